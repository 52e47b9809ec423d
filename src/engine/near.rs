//! Events that came near to counting: they are shown where a duty was missed, and decide nothing.

use std::sync::Arc;

use smallvec::SmallVec;

use super::instance::NearMiss;
use super::state::saved;
use crate::log::Event;
use crate::plan::PatternPlan;

/// Positions of conjuncts.
pub(super) type Positions = SmallVec<[u16; 4]>;

/// For each set of conjuncts that were not true, the last event that failed by just these.
#[derive(Debug, Default)]
pub(super) struct Misses(Vec<(Positions, Arc<Event>)>);

saved!(struct Misses(misses));

impl Misses {
    /// Takes the place of an event that failed by the same conjuncts, of those that are of the same kind.
    pub(super) fn add(&mut self, failed: Positions, event: &Arc<Event>, is_alike: impl Fn(&Event) -> bool) {
        let mut known = self.0.iter_mut();
        match known.find(|(known, last)| *known == failed && is_alike(last)) {
            Some((_, last)) => *last = Arc::clone(event),
            None => self.0.push((failed, Arc::clone(event))),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Positions, Arc<Event>)> {
        self.0.iter()
    }
}

impl FromIterator<(Positions, Arc<Event>)> for Misses {
    fn from_iter<I: IntoIterator<Item = (Positions, Arc<Event>)>>(misses: I) -> Self {
        Misses(misses.into_iter().collect())
    }
}

impl IntoIterator for Misses {
    type Item = (Positions, Arc<Event>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Keeps the event that failed the fewest conjuncts; the latest of several.
pub(super) fn keep_nearest(
    near: &mut Option<Box<NearMiss>>,
    pattern: &PatternPlan,
    failed: Positions,
    event: &Arc<Event>,
) {
    if pattern.is_near(&failed) && near.as_ref().is_none_or(|near| failed.len() <= near.failed.len()) {
        *near = Some(Box::new(NearMiss {
            event: Arc::clone(event),
            failed,
            retracted_by: None,
        }));
    }
}
