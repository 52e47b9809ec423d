//! What a reading of logs is for.

use crate::model::{EventTypeId, Model};

/// The rules that records are held to, and the event types whose events somebody looks at.
///
/// Of a record of any other type, only its instant and its type are read, unless the reading is [strict](Asked::strict).
#[derive(Debug, Clone)]
pub struct Asked<'m> {
    pub(super) model: &'m Model,
    /// By [`EventTypeId`].
    kinds: Vec<bool>,
    is_strict: bool,
}

/// What becomes of the records of an event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regard {
    /// They are held to the rules, and become events.
    Kept,
    /// They are held to the rules. Their values are not kept.
    Checked,
    /// Their instant and type are read, and nothing else of them.
    PassedOver,
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
            is_strict: false,
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

    pub(super) fn regard(&self, kind: EventTypeId) -> Regard {
        match self.kinds.get(kind.index()) {
            Some(false) if self.is_strict => Regard::Checked,
            Some(false) => Regard::PassedOver,
            Some(true) | None => Regard::Kept,
        }
    }
}
