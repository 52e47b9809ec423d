//! Names for instances, which are the same in every run over what is the same in content.
//!
//! What a name is made of is said in docs/results.md, so that others can make it too.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::engine::{Breach, Excuse, Instance, Outcome, Release, Step, Subject, Trigger};
use crate::log::Event;
use crate::model::{Extent, Goal, Model, Reach};
use crate::value::{Type, Value};

/// The first 128 bits of a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Digest([u8; 16]);

/// Identifies an instance by its content: its clause, and what it is about. Where a record stands in a log, how the rules are laid out, and what came
/// of the instance are no part of it.
///
/// Instances that nothing in their content tells apart are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct VerdictId {
    content: Digest,
    /// From 1.
    number: u32,
}

/// Identifies what came of an instance: it changes when a verdict changes, and when a breach that lasted is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OutcomeId(Digest);

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not an id: 32 hexadecimal digits, and for a verdict perhaps a hyphen and a number from 2 on")]
pub struct IdError;

/// Gives out ids, numbering the instances that nothing in their content tells apart. Such instances are decided at one instant, so that a new
/// numbering can be used for each.
#[derive(Debug, Default)]
pub struct Numbering(HashMap<Digest, u32>);

impl Numbering {
    /// The id of the next instance.
    pub fn next(&mut self, model: &Model, instance: &Instance) -> VerdictId {
        let content = content(model, instance);
        let number = self.0.entry(content).or_default();
        *number = number.saturating_add(1);
        VerdictId {
            content,
            number: *number,
        }
    }
}

impl OutcomeId {
    /// What came of an instance.
    pub fn of(model: &Model, instance: &Instance) -> Self {
        let steps: Vec<SaidOfStep<'_>> = instance.steps.iter().map(|step| SaidOfStep::new(model, step)).collect();
        OutcomeId(Digest::of(&("servanda-outcome-1", instance.verdict().word(), steps)))
    }
}

impl Digest {
    fn of(content: &impl Serialize) -> Self {
        // Texts, numbers, and objects whose keys are texts can always be written.
        let written = serde_json::to_vec(content).unwrap_or_default();
        let hash = Sha256::digest(written);
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(hash.iter()) {
            *to = *from;
        }
        Digest(first)
    }
}

/// The content of an instance: `["servanda-verdict-1", AGREEMENT, CLAUSE, {...}]`.
fn content(model: &Model, instance: &Instance) -> Digest {
    let clause = model.clause(instance.clause);
    let mut about = About::default();
    match &instance.subject {
        Subject::Term => {}
        Subject::Trigger(trigger) => about.trigger = Some(said_of_trigger(model, trigger)),
        Subject::Period(period) => about.period = Some(period.start.to_string()),
        Subject::Key(key, trigger) => {
            about.key = Some(said_of_key(model, instance, key));
            about.trigger = trigger.as_ref().map(|trigger| said_of_trigger(model, trigger));
        }
        Subject::KeyInPeriod(key, period) => {
            about.key = Some(said_of_key(model, instance, key));
            about.period = Some(period.start.to_string());
        }
    }
    if let (Some(step), Some(duty)) = (instance.steps.first(), clause.duties.first()) {
        match &duty.goal {
            // Each event is an instance of its own.
            Goal::Permit { .. }
            | Goal::Avoid {
                more_than: None,
                extent: Extent::Standing(_),
                ..
            } => about.event = deciding_event(&step.outcome).map(|event| SaidOfEvent::new(model, event)),
            // Each interval is.
            Goal::Maintain { .. } => about.from = start_of_interval(&step.outcome),
            Goal::Bound(bound) if matches!(bound.reach, Reach::Any(_)) => {
                about.from = start_of_interval(&step.outcome);
            }
            Goal::Ensure { .. }
            | Goal::EnsureBefore { .. }
            | Goal::EnsureEach { .. }
            | Goal::Avoid { .. }
            | Goal::AvoidEach { .. }
            | Goal::Bound(_) => {}
        }
    }
    let agreement = model.agreement(clause.agreement).name.as_str();
    Digest::of(&("servanda-verdict-1", agreement, clause.name.as_str(), about))
}

/// What an instance is about. Here and below, keys are in the order of the alphabet.
#[derive(Debug, Default, Serialize)]
struct About<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<SaidOfEvent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<SaidOfKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<Vec<SaidOfEvent<'a>>>,
}

/// A key; `null` where it has no type.
#[derive(Debug, Serialize)]
struct SaidOfKey(Option<String>);

/// An event with the fields that it carries, by name.
#[derive(Debug, Serialize)]
struct SaidOfEvent<'a> {
    fields: BTreeMap<&'a str, String>,
    time: String,
    #[serde(rename = "type")]
    ty: &'a str,
}

impl<'a> SaidOfEvent<'a> {
    fn new(model: &'a Model, event: &Event) -> Self {
        let ty = model.event(event.kind);
        let fields = ty.fields.iter().zip(&event.fields);
        let said =
            fields.filter_map(|(field, value)| Some((field.name.as_str(), model.show(value.as_ref()?, &field.ty))));
        SaidOfEvent {
            fields: said.collect(),
            time: event.time.to_string(),
            ty: &ty.name,
        }
    }
}

fn deciding_event(outcome: &Outcome) -> Option<&Event> {
    match outcome {
        Outcome::Broken(Breach::Event { by, .. })
        | Outcome::Met { by: Some(by) }
        | Outcome::Unknown { at: Some(by), .. } => Some(by),
        _ => None,
    }
}

fn start_of_interval(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Broken(Breach::Interval { start, .. } | Breach::Spell { start, .. })
        | Outcome::Unknown {
            interval: Some((start, _)),
            ..
        } => Some(start.to_string()),
        _ => None,
    }
}

/// The events that opened a duty, the one that did so last.
fn said_of_trigger<'a>(model: &'a Model, trigger: &Trigger) -> Vec<SaidOfEvent<'a>> {
    let events = trigger.before.iter().chain([&trigger.event]);
    events.map(|event| SaidOfEvent::new(model, event)).collect()
}

fn said_of_key(model: &Model, instance: &Instance, key: &Value) -> SaidOfKey {
    SaidOfKey(key_type(model, instance).map(|ty| model.show(key, ty)))
}

/// The type of the key that an instance is about.
fn key_type<'m>(model: &'m Model, instance: &Instance) -> Option<&'m Type> {
    match &model.clause(instance.clause).duties.first()?.goal {
        Goal::Maintain { every, .. } => every.as_ref().map(|every| &every.ty),
        Goal::Bound(bound) => bound.per.as_ref().map(|per| &per.ty),
        _ => None,
    }
}

/// The key that an instance is about, as people write it: text without its quotes.
pub fn key_text(model: &Model, instance: &Instance) -> Option<String> {
    let (Subject::Key(key, _) | Subject::KeyInPeriod(key, _)) = &instance.subject else {
        return None;
    };
    let ty = key_type(model, instance)?;
    Some(match (key, ty) {
        (Value::Text(text), Type::Text) => text.to_string(),
        (key, ty) => model.show(key, ty),
    })
}

/// What came of a duty, as far as it is a change when it is otherwise: how many more breaches followed, and what came nearest, are none.
#[derive(Debug, Serialize)]
struct SaidOfStep<'a>(&'static str, Option<String>, Detail<'a>);

/// What is said of an outcome beside its name.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    None,
    Event(SaidOfEvent<'a>),
    Waived(&'static str, SaidOfEvent<'a>),
    Late(SaidOfEvent<'a>, &'static str),
    Count(u32),
    Interval(String, Option<String>),
    Instant(String),
}

impl<'a> SaidOfStep<'a> {
    fn new(model: &'a Model, step: &Step) -> Self {
        let event = |event: &Event| SaidOfEvent::new(model, event);
        let (word, detail) = match &step.outcome {
            Outcome::Open { .. } => ("open", Detail::None),
            Outcome::Met { by } => ("met", by.as_ref().map_or(Detail::None, |by| Detail::Event(event(by)))),
            Outcome::Waived { by, release } => {
                let how = match release {
                    Release::Waiver => "waiver",
                    Release::Suspension { .. } => "suspension",
                    Release::End { .. } => "end",
                };
                ("waived", Detail::Waived(how, event(by)))
            }
            Outcome::Unknown { .. } => ("unknown", Detail::None),
            Outcome::Broken(breach) => match breach {
                Breach::Missed { late: None, .. } => ("missed", Detail::None),
                Breach::Missed { late: Some(late), .. } => {
                    let excuse = match late.excuse {
                        Excuse::No => "no",
                        Excuse::Yes => "yes",
                        Excuse::Unknown(_) => "unknown",
                    };
                    ("late", Detail::Late(event(&late.by), excuse))
                }
                Breach::Event { by, .. } => ("event", Detail::Event(event(by))),
                Breach::NotBefore { .. } => ("not-before", Detail::None),
                Breach::Short { count, .. } => ("short", Detail::Count(*count)),
                Breach::Interval { start, end, .. } | Breach::Spell { start, end, .. } => {
                    let end = end.map(|end| end.to_string());
                    ("interval", Detail::Interval(start.to_string(), end))
                }
                Breach::Beyond { at, .. } => ("beyond", Detail::Instant(at.to_string())),
            },
        };
        SaidOfStep(word, step.due.map(|due| due.edge().to_string()), detail)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_plain) {
            return Err(IdError);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| IdError)?;
        Ok(Digest(number.to_be_bytes()))
    }
}

impl fmt::Display for VerdictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => self.content.fmt(f),
            number => write!(f, "{}-{number}", self.content),
        }
    }
}

impl FromStr for VerdictId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (content, number) = match text.split_once('-') {
            None => (text, 1),
            Some((content, number)) => {
                let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
                let number: u32 = number.parse().map_err(|_| IdError)?;
                if !plain || number < 2 {
                    return Err(IdError);
                }
                (content, number)
            }
        };
        Ok(VerdictId {
            content: content.parse()?,
            number,
        })
    }
}

impl fmt::Display for OutcomeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OutcomeId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(OutcomeId)
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {
        $(impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        })+
    };
}

as_text!(VerdictId, OutcomeId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let content = "0123456789abcdef0123456789abcdef";
        for text in [
            content.to_owned(),
            format!("{content}-2"),
            format!("{content}-4294967295"),
        ] {
            assert_eq!(text.parse::<VerdictId>().unwrap().to_string(), text);
        }
        assert_eq!(content.parse::<OutcomeId>().unwrap().to_string(), content);
        for text in [
            "",
            "0123",
            &content.to_uppercase(),
            &format!("+{}", &content[1..]),
            &format!("{content}-1"),
            &format!("{content}-02"),
            &format!("{content}-+2"),
            &format!("{content}-"),
            &format!("{content}-2-2"),
        ] {
            assert_eq!(text.parse::<VerdictId>(), Err(IdError), "{text}");
        }
    }
}
