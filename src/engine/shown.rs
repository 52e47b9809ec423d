//! An instance while one of its duties is shown an event.

use std::sync::Arc;

use super::evaluate::{Breaches, Frame};
use super::instance::{Instance, Outcome};
use super::table::{Breached, InstanceKey};
use crate::log::Event;
use crate::time::Instant;

/// An unfinished instance whose duty is shown an event, and where what follows from that is noted.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) key: InstanceKey,
    pub(super) instance: &'a mut Instance,
    pub(super) broken: Option<&'a mut Vec<InstanceKey>>,
    pub(super) breached: &'a mut Vec<Breached>,
    pub(super) excused: &'a mut Vec<InstanceKey>,
}

impl Shown<'_> {
    /// As [`Instance::frame`].
    pub(super) fn frame<'a>(&'a self, breaches: &'a Breaches) -> Frame<'a> {
        self.instance.frame(breaches)
    }

    /// As [`Instance::opened`].
    pub(super) fn opened(&self, position: u8) -> Option<Instant> {
        self.instance.opened(position)
    }

    /// Whether this event is the trigger: what opens a duty is no attempt to answer it.
    pub(super) fn is_opened_by(&self, event: &Arc<Event>) -> bool {
        self.instance.is_opened_by(event)
    }

    /// As [`Table::set`](super::table::Table::set).
    #[inline]
    pub(super) fn set(&mut self, position: u8, outcome: Outcome) {
        set(self.instance, self.broken.as_deref_mut(), self.key, position, outcome);
    }

    /// As [`Table::outcome_mut`](super::table::Table::outcome_mut).
    pub(super) fn outcome_mut(&mut self, position: u8) -> Option<&mut Outcome> {
        let step = self.instance.steps.get_mut(usize::from(position))?;
        Some(&mut step.outcome)
    }

    /// Says that a duty was broken by an event, for the next one in the chain to be opened.
    pub(super) fn breach(&mut self, position: u8, breaches: &Breaches, by: &Arc<Event>) {
        let bindings = self.instance.bindings(breaches);
        self.breached.push(Breached {
            instance: self.key,
            clause: self.instance.clause,
            position,
            at: by.time,
            just_after: false,
            bindings: bindings.broken_by(position, by),
        });
    }

    /// Says that the delay of the instance is or may be excused.
    pub(super) fn excuse(&mut self) {
        self.excused.push(self.key);
    }
}

/// Says what became of a duty of an instance, and takes note of it where somebody asks for what was broken or repaired.
#[inline]
pub(super) fn set(
    instance: &mut Instance,
    broken: Option<&mut Vec<InstanceKey>>,
    key: InstanceKey,
    position: u8,
    outcome: Outcome,
) {
    if let Some(step) = instance.steps.get_mut(usize::from(position)) {
        let is_repair = position > 0 && !matches!(outcome, Outcome::Open { .. });
        if let Some(broken) = broken
            && (is_repair || matches!(outcome, Outcome::Broken(_)))
        {
            broken.push(key);
        }
        step.outcome = outcome;
    }
}
