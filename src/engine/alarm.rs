//! Which clauses a time point concerns: those that its events touch, and those that asked to be woken by then.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::state::{Loader, Restored, Saved, Saver, StateError};
use crate::model::ClauseId;
use crate::time::{Due, Instant};

/// The clauses that the present time point concerns, and when the others want to be concerned.
///
/// To concern a clause without need costs time and changes nothing; to leave one out that has something to do would.
#[derive(Debug)]
pub(super) struct Alarm {
    /// What each clause wants to be woken by the passing of. What the heap has beside this is out of date.
    wakes: Vec<Option<Due>>,
    heap: BinaryHeap<Reverse<(Due, ClauseId)>>,
    concerned: Vec<ClauseId>,
    is_concerned: Vec<bool>,
}

/// What the heap has beside the wakes is out of date.
impl Restored for Alarm {
    fn save(&self, to: &mut Saver<'_>) {
        let Alarm {
            wakes,
            heap: _,
            concerned,
            is_concerned: _,
        } = self;
        let wakes = wakes.iter().map(|wake| wake.map(Due::first_after));
        wakes.collect::<Vec<Option<Instant>>>().save(to);
        concerned.save(to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let wakes: Vec<Option<Instant>> = Saved::load(from)?;
        let concerned: Vec<ClauseId> = Saved::load(from)?;
        if wakes.len() != self.wakes.len() {
            return Err(from.damaged("the rules have another number of clauses"));
        }
        self.wakes = wakes.into_iter().map(|wake| wake.map(Due::before)).collect();
        let waking = (0..).map(ClauseId).zip(&self.wakes);
        self.heap = waking
            .filter_map(|(clause, wake)| Some(Reverse(((*wake)?, clause))))
            .collect();
        concerned.into_iter().for_each(|clause| self.concern(clause));
        Ok(())
    }
}

impl Alarm {
    /// What a clause waits for that has not been shown anything.
    pub(super) const AT_ONCE: Due = Due::new(Instant::MIN, false);

    /// With so many clauses, all of which are woken by the first time point.
    pub(super) fn new(clauses: usize) -> Self {
        let ids = (0..).map(ClauseId).take(clauses);
        Alarm {
            wakes: vec![Some(Alarm::AT_ONCE); clauses],
            heap: ids.map(|clause| Reverse((Alarm::AT_ONCE, clause))).collect(),
            concerned: Vec::new(),
            is_concerned: vec![false; clauses],
        }
    }

    /// Lets time pass to an instant, that instant included.
    #[inline]
    pub(super) fn ring(&mut self, now: Instant) {
        while let Some(&Reverse((due, clause))) = self.heap.peek()
            && due.passed(now)
        {
            self.heap.pop();
            if let Some(wake) = self.wakes.get_mut(clause.index())
                && *wake == Some(due)
            {
                *wake = None;
                self.concern(clause);
            }
        }
    }

    /// When some clause wants to be woken next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((due, _))| due.first_after())
    }

    /// Whether some clause may want to be woken before an instant. That may turn out to be out of date.
    #[inline]
    pub(super) fn may_ring_before(&self, at: Instant) -> bool {
        self.heap.peek().is_some_and(|Reverse((due, _))| due.passed_before(at))
    }

    /// The clause that wants to be woken first, and by the passing of what, if that has passed just before an instant.
    pub(super) fn first_before(&mut self, at: Instant) -> Option<(Due, ClauseId)> {
        while let Some(&Reverse((due, clause))) = self.heap.peek()
            && due.passed_before(at)
        {
            if self.wakes.get(clause.index()) == Some(&Some(due)) {
                return Some((due, clause));
            }
            self.heap.pop();
        }
        None
    }

    /// Wakes a clause at another instant than it asked for, or not at all.
    pub(super) fn reset(&mut self, clause: ClauseId, next: Option<Due>) {
        if let Some(wake) = self.wakes.get_mut(clause.index())
            && *wake != next
        {
            *wake = next;
            self.heap.extend(next.map(|next| Reverse((next, clause))));
        }
    }

    /// Says that something touches a clause.
    #[inline]
    pub(super) fn concern(&mut self, clause: ClauseId) {
        if let Some(concerned) = self.is_concerned.get_mut(clause.index())
            && !std::mem::replace(concerned, true)
        {
            self.concerned.push(clause);
        }
    }

    /// Whether some clause is concerned so far.
    pub(super) fn is_ringing(&self) -> bool {
        !self.concerned.is_empty()
    }

    /// The clauses concerned so far, in their order.
    pub(super) fn concerned(&mut self) -> &[ClauseId] {
        if self.concerned.len() > 1 {
            self.concerned.sort_unstable();
        }
        &self.concerned
    }

    /// Ends the time point, after which each clause that it concerned says when it wants to be woken.
    #[inline]
    pub(super) fn set(&mut self, wakes: impl Fn(ClauseId) -> Option<Due>) {
        for &clause in &self.concerned {
            let at = clause.index();
            self.is_concerned[at] = false;
            let next = wakes(clause);
            if self.wakes[at] != next {
                self.wakes[at] = next;
                if let Some(next) = next {
                    self.heap.push(Reverse((next, clause)));
                }
            }
        }
        self.concerned.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i128) -> Instant {
        Instant::from_unix_nanoseconds(second * 1_000_000_000).unwrap()
    }

    fn before(second: i128) -> Due {
        Due::before(at(second))
    }

    #[test]
    fn clauses_are_concerned_when_they_asked_to_be_or_are_touched() {
        let mut alarm = Alarm::new(3);
        alarm.ring(at(0));
        assert_eq!(alarm.concerned(), [ClauseId(0), ClauseId(1), ClauseId(2)]);
        alarm.set(|clause| [Some(before(10)), Some(before(20)), None][clause.index()]);
        alarm.ring(at(9));
        assert!(alarm.concerned().is_empty());
        alarm.concern(ClauseId(1));
        alarm.concern(ClauseId(1));
        assert_eq!(alarm.concerned(), [ClauseId(1)]);
        // Put off from 20 to 30.
        alarm.set(|_| Some(before(30)));
        alarm.ring(at(25));
        assert_eq!(alarm.concerned(), [ClauseId(0)]);
        alarm.set(|_| None);
        alarm.ring(at(30));
        assert_eq!(alarm.concerned(), [ClauseId(1)]);
        alarm.set(|_| Some(Due::at(at(40))));
        alarm.ring(at(40));
        assert!(alarm.concerned().is_empty());
        assert_eq!(alarm.first_before(at(40)), None);
        assert_eq!(alarm.first_before(at(41)), Some((Due::at(at(40)), ClauseId(1))));
    }
}
