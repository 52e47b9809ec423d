//! When what is due next, and for whom.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::state::{Loader, Saved, Saver, StateError};
use crate::time::Due;

/// Due times, of which the earliest comes first.
///
/// Those of one duration come in the order in which they are added, so that most only join a queue. With calendar durations a later trigger can be due
/// earlier (30 and 31 January + 1 month), and dates and fields set due times of their own: these go to a heap.
#[derive(Debug)]
pub(super) struct Deadlines<K> {
    queue: VecDeque<(Due, K)>,
    heap: BinaryHeap<Reverse<(Due, K)>>,
    /// The earliest of both, which is asked for at every time point.
    first: Option<(Due, K)>,
}

impl<K: Ord> Default for Deadlines<K> {
    fn default() -> Self {
        Deadlines {
            queue: VecDeque::new(),
            heap: BinaryHeap::new(),
            first: None,
        }
    }
}

impl<K: Copy + Ord> Deadlines<K> {
    pub(super) fn push(&mut self, due: Due, whose: K) {
        let next = (due, whose);
        if self.first.is_none_or(|first| next < first) {
            self.first = Some(next);
        }
        if self.queue.back().is_none_or(|last| *last <= next) {
            self.queue.push_back(next);
        } else {
            self.heap.push(Reverse(next));
        }
    }

    /// The earliest.
    #[inline]
    pub(super) fn first(&self) -> Option<(Due, K)> {
        self.first
    }

    fn find_first(&self) -> Option<(Due, K)> {
        let queued = self.queue.front().copied();
        match self.heap.peek() {
            None => queued,
            Some(&Reverse(heaped)) => Some(queued.map_or(heaped, |queued| queued.min(heaped))),
        }
    }

    /// Takes the earliest out.
    pub(super) fn pop(&mut self) -> Option<(Due, K)> {
        let first = self.first?;
        if self.queue.front() == Some(&first) {
            self.queue.pop_front();
        } else {
            self.heap.pop();
        }
        self.first = self.find_first();
        Some(first)
    }
}

impl<K: Copy + Ord + Saved> Saved for Deadlines<K> {
    fn save(&self, to: &mut Saver<'_>) {
        self.queue.save(to);
        self.heap.save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let queue: VecDeque<(Due, K)> = Saved::load(from)?;
        if !queue.iter().is_sorted() {
            return Err(from.damaged("due times are out of order"));
        }
        let mut deadlines = Deadlines {
            queue,
            heap: Saved::load(from)?,
            first: None,
        };
        deadlines.first = deadlines.find_first();
        Ok(deadlines)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Instant;

    proptest! {
        #[test]
        fn the_earliest_comes_first(steps in prop::collection::vec(prop::option::weighted(0.7, (0_i64..40, any::<bool>())), 0..200)) {
            let mut deadlines = Deadlines::default();
            let mut all: Vec<(Due, u64)> = Vec::new();
            for (id, step) in (0..).zip(steps) {
                if let Some((second, inclusive)) = step {
                    let at = Instant::from_seconds_and_nanoseconds(second, 0).unwrap();
                    let due = Due::new(at, inclusive);
                    deadlines.push(due, id);
                    all.push((due, id));
                    all.sort_unstable();
                } else {
                    let first = (!all.is_empty()).then(|| all.remove(0));
                    prop_assert_eq!(deadlines.pop(), first);
                }
                prop_assert_eq!(deadlines.first(), all.first().copied());
            }
        }
    }
}
