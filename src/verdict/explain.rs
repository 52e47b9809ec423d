//! Why an instance came out as it did: the duty, the arithmetic of its deadline, the lines of the log, and what would have complied.

use super::describe::Describer;
use super::explanation::{Evidence, Explanation, Note, Role};
use crate::diagnostic::list;
use crate::engine::{Breach, Extended, Instance, Lack, Outcome, Release, Step, Subject, Verdict};
use crate::log::Event;
use crate::model::{self, Duty, Ending, FieldRef, Goal, Model, Opening, Operand, OperandKind, Strength};
use crate::source::Span;
use crate::time::{Instant, humanise};

/// Explains an instance.
pub fn explain(model: &Model, instance: &Instance) -> Explanation {
    let clause = model.clause(instance.clause);
    let mut explainer = Explainer {
        words: Describer::new(model, instance),
        instance,
        explanation: Explanation {
            clause: instance.clause,
            verdict: instance.verdict(),
            strength: clause.duties.first().map_or(Strength::Binding, |duty| duty.strength),
            headline: String::new(),
            rule: Vec::new(),
            evidence: Vec::new(),
            repairs: Vec::new(),
            remedy: None,
            duties: Vec::new(),
        },
    };
    let mut steps = instance.steps.iter().zip(&clause.duties);
    if let Some((step, duty)) = steps.next() {
        explainer.trigger();
        explainer.first(step, duty);
    }
    for (position, (step, duty)) in steps.enumerate() {
        explainer.repair(position, step, duty);
    }
    if let Some(application) = &clause.application {
        let agreement = &model.agreement(clause.agreement).name;
        explainer.rule(application.span, format!("applied to `{agreement}` here"));
    }
    if explainer.instance.steps.len() > 1 && explainer.explanation.verdict == Verdict::Waived {
        explainer.explanation.headline += ", but what is owed for that was released";
    }
    explainer.explanation.duties = explainer.courses();
    let mut explanation = explainer.explanation;
    explanation
        .evidence
        .sort_by_key(|evidence| (evidence.time, evidence.role, evidence.origin));
    explanation
}

pub(super) struct Explainer<'a> {
    pub(super) words: Describer<'a>,
    pub(super) instance: &'a Instance,
    pub(super) explanation: Explanation,
}

impl<'a> Explainer<'a> {
    pub(super) fn rule(&mut self, span: Span, text: impl Into<String>) {
        self.explanation.rule.push(Note {
            span,
            text: text.into(),
            minor: false,
        });
    }

    pub(super) fn evidence(&mut self, event: &Event, role: Role, text: impl Into<String>, field: Option<FieldRef>) {
        let text = text.into();
        let name = field.map(|field| self.words.field_name(event.kind, field).to_owned());
        let correction = event.correction.as_deref().copied();
        let told = correction
            .is_some_and(|correction| self.explanation.evidence.iter().any(|known| known.origin == correction));
        let mut push = |origin, text, field| {
            self.explanation.evidence.push(Evidence {
                origin,
                time: event.time,
                role,
                text,
                field,
            });
        };
        // The time is that of the record which was corrected, and all else is what the correction says.
        let is_time = field.is_none_or(|field| field == FieldRef::Time);
        let line = event.origin.line;
        match correction {
            Some(correction) if told && !is_time => push(correction, text, name),
            Some(correction) if !told && is_time => {
                push(event.origin, format!("{text}; it was corrected"), name);
                push(correction, format!("this corrects line {line}"), None);
            }
            Some(correction) if !told => {
                push(event.origin, "this was corrected".to_owned(), None);
                push(correction, format!("{text}; this corrects line {line}"), name);
            }
            _ => push(event.origin, text, name),
        }
    }

    /// Who owes a duty, in words.
    pub(super) fn actors(&self, duty: &Duty) -> String {
        self.words.actors(self.owing(duty))
    }

    /// Who owes a duty: where it is said of every party, the one that the instance is about.
    pub(super) fn owing<'d>(&self, duty: &'d Duty) -> &'d [Operand] {
        let party = match (&duty.goal, self.words.key) {
            (Goal::Bound(bound), Some(key)) if bound.per.is_some() => duty
                .actors
                .iter()
                .find(|actor| matches!(&actor.kind, OperandKind::Literal(value) if value == key)),
            _ => None,
        };
        party.map_or(&duty.actors, std::slice::from_ref)
    }

    fn trigger(&mut self) {
        let (Subject::Trigger(trigger) | Subject::Key(_, Some(trigger))) = &self.instance.subject else {
            return;
        };
        let clause = self.words.model.clause(self.instance.clause);
        let at = self.words.instant(trigger.event.time);
        let (what, of_those_before) = match &clause.opening {
            Opening::Trigger {
                trigger: model::Trigger::Repeated(repetition),
                ..
            } => {
                let window = repetition.window;
                let count = trigger.before.len() + 1;
                let what = format!("number {count} in {window}: this opened the duty, at {at}");
                (what, "counted towards it")
            }
            _ => (format!("this opened the duty, at {at}"), "came first"),
        };
        for event in &trigger.before {
            let at = self.words.instant(event.time);
            self.evidence(event, Role::Trigger, format!("{of_those_before}, at {at}"), None);
        }
        self.evidence(&trigger.event, Role::Trigger, what, None);
    }

    fn first(&mut self, step: &Step, duty: &'a Duty) {
        self.extension(step);
        match &step.outcome {
            Outcome::Broken(breach) => {
                self.breach(step, duty, breach);
                let permitted = match self.permitting().as_slice() {
                    [] => String::new(),
                    clauses => format!(", or one that {} permits", list(clauses, 4)),
                };
                self.explanation.remedy = Some(self.remedy(step, duty) + &permitted);
            }
            Outcome::Unknown { lacks, at, interval } => {
                self.unknown(step, duty, lacks, at.as_deref(), *interval);
            }
            Outcome::Met { by } => {
                let actors = self.actors(duty);
                self.explanation.headline = match (&duty.goal, self.permitting().as_slice()) {
                    (Goal::Permit { pattern, .. }, _) => {
                        format!("{actors} may conduct this `{}`", self.words.event(pattern.event))
                    }
                    (_, []) => format!("{actors} kept this duty{}", margin(step, by.as_deref())),
                    (_, clauses) => format!("{actors} kept this duty, beside what {} permits", list(clauses, 4)),
                };
                self.rule(goal_span(&duty.goal), format!("{actors} {}", owed(&duty.goal)));
                self.due_label(step, duty);
                if let Some(event) = by {
                    let at = self.words.instant(event.time);
                    let what = match &duty.goal {
                        Goal::Permit { .. } => "this is permitted",
                        _ => "this answered the duty",
                    };
                    self.evidence(event, Role::Repair, format!("{what}, at {at}"), None);
                }
            }
            Outcome::Waived { by, release } => self.waived(step, duty, by, *release),
            Outcome::Open { .. } => {
                self.explanation.headline = match step.due {
                    Some(due) => format!("open, due {}", self.words.due(due)),
                    None => match &duty.end {
                        Some(end) => format!("open until `{}`", self.words.event(end.event)),
                        None => "open, without a due time".to_owned(),
                    },
                };
                let actors = self.actors(duty);
                self.rule(goal_span(&duty.goal), format!("{actors} {}", owed(&duty.goal)));
                self.due_label(step, duty);
            }
        }
    }

    /// Where the duty is owed only because the term was extended.
    fn extension(&mut self, step: &Step) {
        let Some(Extended { end, by, rule }) = step.extended_by.as_deref() else {
            return;
        };
        let (at, end) = (self.words.instant(by.time), self.words.instant(*end));
        self.rule(*rule, "because of this the term went on");
        self.evidence(
            by,
            Role::Extension,
            format!("this extended the term, at {at}, until before {end}"),
            None,
        );
    }

    /// An instance that was released while it was owed.
    fn waived(&mut self, step: &Step, duty: &'a Duty, by: &Event, release: Release) {
        let actors = self.actors(duty);
        let name = self.words.event(by.kind);
        self.explanation.headline = match release {
            Release::Waiver => format!("`{name}` released {actors} from this duty"),
            Release::Suspension { rule } => {
                format!("the {} was suspended while {actors} owed this", self.whole(rule))
            }
            Release::End { ending, rule, .. } => {
                format!("the {} {} while {actors} owed this", self.whole(rule), ended(ending))
            }
        };
        self.rule(goal_span(&duty.goal), format!("{actors} owed this"));
        self.due_label(step, duty);
        self.release(by, release);
    }

    /// Whether a rule speaks of the agreement or of the clause.
    fn whole(&self, rule: Span) -> &'static str {
        let clause = self.words.model.clause(self.instance.clause);
        let agreement = self.words.model.agreement(clause.agreement);
        if agreement.life.iter().any(|life| life.span == rule) {
            "agreement"
        } else {
            "clause"
        }
    }

    fn release(&mut self, by: &Event, release: Release) {
        let at = self.words.instant(by.time);
        match release {
            Release::Waiver => {}
            Release::Suspension { rule } => {
                let whole = self.whole(rule);
                self.rule(
                    rule,
                    format!("this suspends the {whole}, and what is open then is no longer owed"),
                );
                let text = format!("this suspended the {whole}, at {at}");
                self.evidence(by, Role::Release, text, None);
                return;
            }
            Release::End { at: end, ending, rule } => {
                let whole = self.whole(rule);
                self.rule(
                    rule,
                    format!("this ends the {whole}, and what is open then is no longer owed"),
                );
                let text = match ending.notice {
                    None => format!("this ended the {whole}, at {at}"),
                    Some(notice) => {
                        let end = self.words.instant(end);
                        format!("notice at {at}: {notice} after it is {end}, when the {whole} ended")
                    }
                };
                self.evidence(by, Role::Release, text, None);
                return;
            }
        }
        let clause = self.words.model.clause(self.instance.clause);
        if let Some(waiver) = clause.waivers.iter().find(|waiver| waiver.event == by.kind) {
            self.rule(waiver.span, "this releases the duty while it is owed");
        }
        self.evidence(by, Role::Release, format!("this released the duty, at {at}"), None);
    }

    pub(super) fn lacking(&self, lacks: &[Lack]) -> String {
        let lacking: Vec<String> = lacks.iter().map(|lack| self.words.lack(lack)).collect();
        if lacking.is_empty() {
            "a value is absent".to_owned()
        } else {
            lacking.join(", and ")
        }
    }

    /// The names of the clauses that permit some of what this one forbids.
    pub(super) fn permitting(&self) -> Vec<&'a str> {
        let clause = self.words.model.clause(self.instance.clause);
        let exceptions = clause.exceptions.iter();
        exceptions.map(|exception| exception.clause.as_str()).collect()
    }

    fn unknown(
        &mut self,
        step: &Step,
        duty: &'a Duty,
        lacks: &[Lack],
        at: Option<&Event>,
        interval: Option<(Instant, Option<Instant>)>,
    ) {
        let why = self.lacking(lacks);
        let since = match interval {
            Some((start, Some(end))) => {
                format!(" from {} to {}", self.words.instant(start), self.words.instant(end))
            }
            Some((start, None)) => format!(" since {}", self.words.instant(start)),
            None => String::new(),
        };
        let group = self.group();
        self.explanation.headline = format!("{group}this cannot be told{since}: {why}");
        let actors = self.actors(duty);
        let whether = match &duty.goal {
            Goal::Permit { .. } => format!("whether this permits {actors} what is forbidden is unknown"),
            _ => format!("whether {actors} kept this is unknown"),
        };
        self.rule(goal_span(&duty.goal), whether);
        self.due_label(step, duty);
        if let Some(event) = at {
            let is_trigger =
                matches!(&self.instance.subject, Subject::Trigger(trigger) if trigger.event.origin == event.origin);
            let clause = self.words.model.clause(self.instance.clause);
            let waiver = clause.waivers.iter().find(|waiver| waiver.event == event.kind);
            if let Some(waiver) = waiver {
                self.explanation.rule.push(Note {
                    span: waiver.span,
                    text: "this may have released the duty".to_owned(),
                    minor: true,
                });
            }
            if !is_trigger {
                self.evidence(event, Role::Lacking, "what this event lacks decides", None);
            }
        }
    }

    fn repair(&mut self, position: usize, step: &Step, duty: &'a Duty) {
        let which = match position {
            0 => "`otherwise`".to_owned(),
            more => format!("`otherwise` number {}", more + 1),
        };
        let due = step
            .due
            .map_or_else(String::new, |due| format!(" (due {})", self.words.due(due)));
        let pattern = match &duty.goal {
            Goal::Ensure { pattern, .. } | Goal::Avoid { pattern, .. } => Some(pattern),
            _ => None,
        };
        let name = pattern.map_or_else(
            || "it".to_owned(),
            |pattern| format!("`{}`", self.words.event(pattern.event)),
        );
        let text = match &step.outcome {
            Outcome::Met { by: Some(event) } => {
                let at = self.words.instant(event.time);
                self.evidence(event, Role::Repair, format!("this repaired the breach, at {at}"), None);
                format!("{which}: repaired by {name} at {at}{due}")
            }
            Outcome::Met { by: None } => format!("{which}: repaired, {name} was kept{due}"),
            Outcome::Waived { by, release } => {
                self.release(by, *release);
                let released_by = self.words.event(by.kind);
                format!("{which}: no longer owed, released by `{released_by}`{due}")
            }
            Outcome::Open { .. } => format!("{which}: can still be repaired by {name}{due}"),
            Outcome::Unknown { lacks, .. } => {
                let lacking: Vec<String> = lacks.iter().map(|lack| self.words.lack(lack)).collect();
                format!("{which}: unknown, {}", lacking.join(", "))
            }
            Outcome::Broken(Breach::Missed { late: Some(late), .. }) => {
                let lateness = step.due.map_or(0, |due| late.by.time.nanoseconds_since(due.edge()));
                let at = self.words.instant(late.by.time);
                self.evidence(
                    &late.by,
                    Role::Late,
                    format!("the repair came at {at}: {} late", humanise(lateness)),
                    None,
                );
                format!("{which}: {name} came {} late{due}", humanise(lateness))
            }
            Outcome::Broken(_) => format!("{which}: not done either{due}"),
        };
        if let (Some(span), Some(due)) = (duty.timing_span, self.due_text(step, duty)) {
            self.rule(span, due);
        }
        self.explanation.repairs.push(text);
    }
}

fn ended(ending: Ending) -> &'static str {
    if ending.succession {
        "was succeeded by another agreement"
    } else {
        "was terminated"
    }
}

/// The words of a duty that say what it is about.
fn goal_span(goal: &Goal) -> Span {
    match goal {
        Goal::Maintain { condition, .. } => condition.span,
        Goal::Bound(bound) => bound.figure.span,
        Goal::Ensure { pattern, .. }
        | Goal::EnsureBefore { pattern, .. }
        | Goal::EnsureEach { pattern, .. }
        | Goal::Avoid { pattern, .. }
        | Goal::AvoidEach { pattern, .. }
        | Goal::Permit { pattern, .. } => pattern.span,
    }
}

/// What a goal asked of its actors, in words that follow them.
fn owed(goal: &Goal) -> String {
    match goal {
        Goal::Ensure { .. } | Goal::EnsureBefore { .. } | Goal::EnsureEach { .. } => "owed this".to_owned(),
        Goal::Avoid { more_than: None, .. } => "had to avoid this".to_owned(),
        Goal::Avoid {
            more_than: Some(most), ..
        }
        | Goal::AvoidEach { more_than: most, .. } => format!("had to keep to {most}"),
        Goal::Permit { .. } => "may conduct this".to_owned(),
        Goal::Maintain { .. } => "had to keep this true".to_owned(),
        Goal::Bound(_) => "had to keep this to its bound".to_owned(),
    }
}

/// How long before the due time a duty was kept, where an event kept it.
fn margin(step: &Step, by: Option<&Event>) -> String {
    match (step.due, by) {
        (Some(due), Some(by)) => {
            let margin = due.edge().nanoseconds_since(by.time);
            format!(" with a margin of {}", humanise(margin))
        }
        _ => String::new(),
    }
}
