//! What a reading of logs is for.

use super::Fields;
use crate::model::{EventTypeId, Model};
use crate::plan::{Plan, Sieve};

/// The rules that records are held to, and the events that somebody looks at.
///
/// Of a record of a type that nobody asks for, only its instant and its type are read, unless the reading is [strict](Asked::strict).
#[derive(Debug, Clone)]
pub struct Asked<'m> {
    pub(super) model: &'m Model,
    /// By [`EventTypeId`].
    kinds: Vec<bool>,
    /// What keeps events of a type back that is asked for.
    plan: Option<&'m Plan>,
    is_strict: bool,
}

/// What becomes of the records of an event type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Regard<'m> {
    /// They are held to the rules, and become events.
    Kept,
    /// They are held to the rules, and become events if something can come of them.
    Sifted(&'m Sieve),
    /// They are held to the rules. Their values are not kept.
    Checked,
    /// Their instant and type are read, and nothing else of them.
    PassedOver,
}

impl Regard<'_> {
    #[inline]
    pub(super) fn passes_over(self) -> bool {
        matches!(self, Regard::PassedOver)
    }

    /// Whether a record with these values becomes an event.
    #[inline]
    pub(super) fn keeps(self, fields: &Fields) -> bool {
        match self {
            Regard::Kept => true,
            Regard::Sifted(sieve) => sieve.lets_through(|field| fields.get(field.index())?.as_ref()),
            Regard::Checked | Regard::PassedOver => false,
        }
    }
}

impl<'m> Asked<'m> {
    /// Asks for all events.
    pub fn all(model: &'m Model) -> Self {
        Asked::only(model, |_| true)
    }

    /// Asks for the events of some types.
    pub fn only(model: &'m Model, is_wanted: impl Fn(EventTypeId) -> bool) -> Self {
        let events = (0..).map(EventTypeId).zip(&model.events);
        Asked {
            model,
            // An amendment has to find its event.
            kinds: events
                .map(|(id, event)| event.identity.is_some() || is_wanted(id))
                .collect(),
            plan: None,
            is_strict: false,
        }
    }

    /// Asks for the events of which something can come by a plan.
    pub fn by(plan: &'m Plan) -> Self {
        Asked {
            plan: Some(plan),
            ..Asked::only(plan.model(), |kind| plan.is_wanted(kind))
        }
    }

    /// Holds the records of all types to the rules, those that nobody asks for too.
    #[must_use]
    pub fn strict(self) -> Self {
        Asked {
            is_strict: true,
            ..self
        }
    }

    /// Whether records can amend earlier ones.
    pub(super) fn has_amendments(&self) -> bool {
        self.model.events.iter().any(|event| event.identity.is_some())
    }

    pub(super) fn regard(&self, kind: EventTypeId) -> Regard<'m> {
        match self.kinds.get(kind.index()) {
            Some(false) if self.is_strict => Regard::Checked,
            Some(false) => Regard::PassedOver,
            Some(true) | None => match self.plan.and_then(|plan| plan.sieve(kind)) {
                // What is said of an event can change.
                Some(sieve) if self.model.event(kind).identity.is_none() => Regard::Sifted(sieve),
                _ => Regard::Kept,
            },
        }
    }
}
