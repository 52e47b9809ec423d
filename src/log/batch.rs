//! Events of a log, as the parts of a divided plan are to see them.

use std::sync::Arc;

use super::crew::Hand;
use super::{Event, Origin};
use crate::plan::{Division, Route};
use crate::time::Instant;

/// Events that follow one another in the order of time, for each part those that are for it.
#[derive(Debug, Default)]
pub struct Batch {
    /// The instants of the events that the whole plan looks at, each once, in their order.
    pub times: Vec<Instant>,
    /// By part.
    pub portions: Vec<Vec<Arc<Event>>>,
    /// Events that were taken back, which are for every part, and what took them back.
    pub retracted: Vec<(Arc<Event>, Origin)>,
    /// The last instant of a record, whatever it is.
    pub reached: Option<Instant>,
    /// How many records it is made of, those included that are for no part.
    pub records: u64,
    /// Records that are later than the instant to judge as of.
    pub left_out: u64,
    /// The thread that made it, in whose caches its events are.
    pub by: Option<Hand>,
}

impl Batch {
    /// Takes in that time has come to the instants of so many records, none of which is after the instant to judge as of.
    #[inline]
    pub(super) fn pass(&mut self, last: Instant, records: u64) {
        self.records += records;
        self.reached = Some(last);
    }
}

/// How events are put into batches.
#[derive(Debug, Clone)]
pub struct Dividing {
    /// What the parts look at.
    pub division: Arc<Division>,
    /// The instant to judge as of: what is later is left out.
    pub as_of: Option<Instant>,
}

impl Dividing {
    /// A batch of nothing, with room for so many events.
    pub fn batch(&self, events: usize) -> Batch {
        let parts = self.division.parts().len();
        Batch {
            times: Vec::with_capacity(events),
            portions: (0..parts).map(|_| Vec::with_capacity(events / parts)).collect(),
            ..Batch::default()
        }
    }

    /// Takes in that time has come to the instant of a record. Whether that counts.
    #[inline]
    pub fn reach(&self, batch: &mut Batch, at: Instant) -> bool {
        batch.records += 1;
        if self.as_of.is_some_and(|as_of| at > as_of) {
            batch.left_out += 1;
            return false;
        }
        batch.reached = Some(at);
        true
    }

    /// Takes in an event, which is not earlier than what the batch has.
    #[inline]
    pub fn add(&self, batch: &mut Batch, event: Arc<Event>) {
        if !self.reach(batch, event.time) {
            return;
        }
        let Some(route) = self.division.route(event.kind) else {
            return;
        };
        let Batch { times, portions, .. } = batch;
        if times.last() != Some(&event.time) {
            times.push(event.time);
        }
        let last = route.only().or_else(|| share(route, &event, portions));
        if let Some(portion) = last.and_then(|last| portions.get_mut(last)) {
            portion.push(event);
        }
    }

    /// Takes in an event that was taken back.
    pub fn retract(&self, batch: &mut Batch, event: Arc<Event>, by: Origin) {
        if self.reach(batch, event.time) && self.division.is_wanted(event.kind) {
            batch.retracted.push((event, by));
        }
    }
}

/// Adds an event to the portions of all parts that it is for, but for the last of them, which is given.
#[inline(never)]
fn share(route: &Route, event: &Arc<Event>, portions: &mut [Vec<Arc<Event>>]) -> Option<usize> {
    let mut last = None;
    route.parts(
        |field| event.value(field),
        |part| {
            let before = last.replace(part);
            if let Some(portion) = before.and_then(|before: usize| portions.get_mut(before)) {
                portion.push(Arc::clone(event));
            }
        },
    );
    last
}
