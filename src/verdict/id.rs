//! Names for instances, which are the same in every run over what is the same in content.
//!
//! What a name is made of is said in docs/results.md, so that others can make it too.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::engine::{Breach, Excuse, Instance, Outcome, Release, Step, Subject, Trigger};
use crate::log::Event;
use crate::model::{Extent, Goal, Model, Reach};
use crate::time::Instant;
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
        let steps: Vec<Json> = instance.steps.iter().map(|step| step_json(model, step)).collect();
        OutcomeId(Digest::of(&Json::from(vec![
            Json::from("servanda-outcome-1"),
            Json::from(instance.verdict().word()),
            Json::Array(steps),
        ])))
    }
}

impl Digest {
    fn of(content: &Json) -> Self {
        let hash = Sha256::digest(content.to_string().as_bytes());
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
    let mut about: Object = BTreeMap::new();
    let mut say = |key: &'static str, value: Json| {
        about.insert(key, value);
    };
    match &instance.subject {
        Subject::Term => {}
        Subject::Trigger(trigger) => say("trigger", trigger_json(model, trigger)),
        Subject::Period(period) => say("period", period.start.to_string().into()),
        Subject::Key(key, trigger) => {
            say("key", key_json(model, instance, key));
            if let Some(trigger) = trigger {
                say("trigger", trigger_json(model, trigger));
            }
        }
        Subject::KeyInPeriod(key, period) => {
            say("key", key_json(model, instance, key));
            say("period", period.start.to_string().into());
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
            } => {
                if let Some(event) = deciding_event(&step.outcome) {
                    say("event", event_json(model, event));
                }
            }
            // Each interval is.
            Goal::Maintain { .. } => interval(&step.outcome, &mut say),
            Goal::Bound(bound) if matches!(bound.reach, Reach::Any(_)) => interval(&step.outcome, &mut say),
            Goal::Ensure { .. }
            | Goal::EnsureBefore { .. }
            | Goal::EnsureEach { .. }
            | Goal::Avoid { .. }
            | Goal::AvoidEach { .. }
            | Goal::Bound(_) => {}
        }
    }
    Digest::of(&Json::from(vec![
        Json::from("servanda-verdict-1"),
        Json::from(model.agreement(clause.agreement).name.as_str()),
        Json::from(clause.name.as_str()),
        object(about),
    ]))
}

fn deciding_event(outcome: &Outcome) -> Option<&Event> {
    match outcome {
        Outcome::Broken(Breach::Event { by, .. })
        | Outcome::Met { by: Some(by) }
        | Outcome::Unknown { at: Some(by), .. } => Some(by),
        _ => None,
    }
}

fn interval(outcome: &Outcome, say: &mut impl FnMut(&'static str, Json)) {
    match outcome {
        Outcome::Broken(Breach::Interval { start, .. } | Breach::Spell { start, .. })
        | Outcome::Unknown {
            interval: Some((start, _)),
            ..
        } => say("from", start.to_string().into()),
        _ => {}
    }
}

/// The events that opened a duty, the one that did so last.
fn trigger_json(model: &Model, trigger: &Trigger) -> Json {
    let events = trigger.before.iter().chain([&trigger.event]);
    events.map(|event| event_json(model, event)).collect()
}

/// An event with the fields that it carries, by name.
fn event_json(model: &Model, event: &Event) -> Json {
    let ty = model.event(event.kind);
    let fields = ty.fields.iter().zip(&event.fields).filter_map(|(field, value)| {
        let value = value.as_ref()?;
        Some((field.name.clone(), Json::from(model.show(value, &field.ty))))
    });
    object(BTreeMap::from([
        ("fields", object(fields.collect())),
        ("time", event.time.to_string().into()),
        ("type", ty.name.as_str().into()),
    ]))
}

/// An object with its keys in the order of the alphabet, however the JSON library orders them.
type Object = BTreeMap<&'static str, Json>;

fn object<K: Into<String>>(pairs: BTreeMap<K, Json>) -> Json {
    Json::Object(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn key_json(model: &Model, instance: &Instance, key: &Value) -> Json {
    key_type(model, instance).map_or(Json::Null, |ty| model.show(key, ty).into())
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
fn step_json(model: &Model, step: &Step) -> Json {
    let instant = |at: Instant| Json::from(at.to_string());
    let maybe = |at: Option<Instant>| at.map_or(Json::Null, instant);
    let event = |event: &Event| event_json(model, event);
    let due = maybe(step.due.map(|due| due.at));
    let (word, detail) = match &step.outcome {
        Outcome::Open { .. } => ("open", Json::Null),
        Outcome::Met { by } => ("met", by.as_ref().map_or(Json::Null, |by| event(by))),
        Outcome::Waived { by, release } => {
            let how = match release {
                Release::Waiver => "waiver",
                Release::Suspension { .. } => "suspension",
                Release::End { .. } => "end",
            };
            ("waived", Json::from(vec![Json::from(how), event(by)]))
        }
        Outcome::Unknown { .. } => ("unknown", Json::Null),
        Outcome::Broken(breach) => match breach {
            Breach::Missed { late: None, .. } => ("missed", Json::Null),
            Breach::Missed { late: Some(late), .. } => {
                let excuse = match late.excuse {
                    Excuse::No => "no",
                    Excuse::Yes => "yes",
                    Excuse::Unknown(_) => "unknown",
                };
                ("late", Json::from(vec![event(&late.by), Json::from(excuse)]))
            }
            Breach::Event { by, .. } => ("event", event(by)),
            Breach::NotBefore { .. } => ("not-before", Json::Null),
            Breach::Short { count, .. } => ("short", Json::from(*count)),
            Breach::Interval { start, end, .. } | Breach::Spell { start, end, .. } => {
                ("interval", Json::from(vec![instant(*start), maybe(*end)]))
            }
            Breach::Beyond { at, .. } => ("beyond", instant(*at)),
        },
    };
    Json::from(vec![Json::from(word), due, detail])
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
