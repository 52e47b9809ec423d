//! Conditions about events alone, judged outside of a run.

use std::sync::Arc;

use super::evaluate::{Bindings, Context, Contradictions, Frame, conjunction};
use super::fluents::Fluents;
use super::history::Histories;
use super::instance::Trigger;
use super::truth::Truth;
use crate::log::Event;
use crate::model::{Condition, Model};
use crate::value::Value;

/// What the names in a condition stand for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// The event that opened the duty.
    pub trigger: Option<&'a Arc<Event>>,
    /// The event that a sequence of two starts with.
    pub earlier: Option<&'a Arc<Event>>,
    /// The event that broke the duty with this position in the chain.
    pub breach: Option<(u8, &'a Arc<Event>)>,
    /// The event that is judged.
    pub subject: Option<&'a Event>,
    /// The event that a look into the past is at.
    pub past: Option<&'a Event>,
    /// What `for every` stands for.
    pub key: Option<&'a Value>,
}

/// Judges conditions that look at events and neither at states nor into the past.
#[derive(Debug)]
pub struct PlainJudge {
    fluents: Fluents,
    histories: Histories,
}

impl PlainJudge {
    /// For the conditions of a model.
    pub fn new(model: &Model) -> Self {
        PlainJudge {
            fluents: Fluents::new(model),
            histories: Histories::none(),
        }
    }

    /// Whether all of the conditions are true; `None` where that is unknown, as it is of anything that looks at more than events.
    pub fn holds(&self, conditions: &[Condition], names: Names<'_>) -> Option<bool> {
        let bindings = Bindings {
            trigger: names.trigger.map(|event| Trigger {
                event: Arc::clone(event),
                before: names.earlier.cloned().into_iter().collect(),
            }),
            breaches: names
                .breach
                .map(|(at, event)| (at, Arc::clone(event)))
                .into_iter()
                .collect(),
        };
        let frame = Frame {
            subject: names.subject,
            past: names.past,
            earlier: names.earlier.map(|event| &**event),
            key: names.key,
            ..bindings.frame()
        };
        let now = names
            .subject
            .or(names.past)
            .map_or(crate::time::Instant::MIN, |event| event.time);
        let context = Context {
            fluents: &self.fluents,
            histories: &self.histories,
            zone: None,
            now,
            contradictions: Contradictions::Unknown,
        };
        match conjunction(conditions, &frame, &context) {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown(_) => None,
        }
    }
}
