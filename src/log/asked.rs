//! What a reading of logs is for.

use crate::model::{EventTypeId, Model};

/// The rules that records are held to, and the event types whose events somebody looks at.
///
/// Of the other types every record is held to the rules all the same; only its values are not kept.
#[derive(Debug, Clone)]
pub struct Asked<'m> {
    pub(super) model: &'m Model,
    /// By [`EventTypeId`].
    kinds: Vec<bool>,
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
        }
    }

    pub(super) fn has(&self, kind: EventTypeId) -> bool {
        self.kinds.get(kind.index()).copied().unwrap_or(true)
    }
}
