//! Duties that count events: `ensure` wants so many in time, `avoid` at most so many.
//!
//! Open duties are found by the key of their joins, so that an event costs what the duties that it may answer cost, and not what all open
//! duties do.

use std::cmp::Reverse;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::deadlines::Deadlines;
use super::duty::{Aim, Duty, Stage, Terms};
use super::ending::{Ending, Endings};
use super::evaluate::{Bindings, Context, Frame, evaluate};
use super::history::{Key, known_key, own_key};
use super::instance::{Breach, NearMiss, Outcome};
use super::near::{Misses, Positions};
use super::queue::Queue;
use super::state::{restored, saved};
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, Truth};
use crate::log::Event;
use crate::plan::PatternPlan;
use crate::time::{Due, Instant};

/// The counting duties at one place in the chain of one clause.
#[derive(Debug)]
pub(super) struct Counting {
    terms: Terms,
    endings: Option<Endings<InstanceKey>>,
    /// An instance has at most one duty at a place in the chain.
    duties: HashMap<InstanceKey, Box<Duty>, RandomState>,
    buckets: HashMap<Place, Bucket, RandomState>,
    deadlines: Deadlines<InstanceKey>,
}

restored!(Counting {
    saved: [duties, buckets, deadlines],
    restored: [endings],
    fixed: [terms],
});

/// Where an event looks for duties that it may answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Duties with these values on their side of the joins.
    Joined(Key),
    /// Duties that lack a value on their side: any event may or may not be meant.
    Loose,
}

saved!(enum Place { 0 = Joined(key), 1 = Loose });

#[derive(Debug, Default)]
struct Bucket {
    /// Oldest first. Some may be gone already; they are passed over, and let go of when they come to the front.
    duties: Queue,
    /// By the local conjuncts that were not true.
    misses: Misses,
}

saved!(struct Bucket { duties, misses });

impl Counting {
    pub(super) fn new(terms: Terms, end: Option<PatternPlan>) -> Self {
        Counting {
            terms,
            endings: end.map(Endings::new),
            duties: HashMap::default(),
            buckets: HashMap::default(),
            deadlines: Deadlines::default(),
        }
    }

    /// Takes on a duty that a table entry was made for.
    pub(super) fn open(
        &mut self,
        instance: InstanceKey,
        bindings: Bindings,
        (opened, just_after): (Option<Instant>, bool),
        due: Option<Due>,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let frame = Frame {
            bindings: Some(&bindings),
            ..Frame::default()
        };
        let place = known_key(&self.terms.pattern, &frame, context).map_or(Place::Loose, Place::Joined);
        let bucket = self.buckets.entry(place.clone()).or_default();
        bucket.duties.push_back(instance);
        if let Some(due) = due {
            self.deadlines.push(due, instance);
        }
        let duty = Box::new(Duty {
            bindings,
            place,
            opened,
            just_after,
            due,
            certain: 0,
            possible: 0,
            lacks: Lacks::new(),
            doubtful: None,
            near: None,
            doubt: None,
            deferred: 0,
            stage: Stage::Open,
        });
        let ending = self
            .endings
            .as_mut()
            .and_then(|endings| endings.enter(instance, &duty.bindings, context));
        self.duties.insert(instance, duty);
        self.heed(instance, ending, context, table);
        // A due time taken from a field or a date can lie before the opening.
        self.advance(context.now, context, table);
    }

    /// Shows the events of a time point that may end the time of the duties.
    pub(super) fn end(&mut self, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) {
        let Some(endings) = &mut self.endings else { return };
        for (instance, ending) in endings.show(events, context) {
            self.heed(instance, Some(ending), context, table);
        }
    }

    /// Lets an event end the time of a duty, if it has begun and is not over.
    fn heed(&mut self, instance: InstanceKey, ending: Option<Ending>, context: &Context<'_>, table: &mut Table) {
        let (Some(ending), Some(duty)) = (ending, self.duties.get_mut(&instance)) else {
            return;
        };
        if duty.stage == Stage::Overdue {
            return;
        }
        match ending {
            Ending::Doubtful(lacks) => {
                duty.doubt.get_or_insert(lacks);
            }
            Ending::Over(by) => {
                let due = Due::before(by.time);
                if duty.due.is_some_and(|known| known <= due) {
                    return;
                }
                duty.due = Some(due);
                if duty.stage == Stage::Open {
                    table.end(instance, self.terms.position, due, &by);
                }
                self.deadlines.push(due, instance);
                self.advance(context.now, context, table);
            }
        }
    }

    /// Settles the duties whose due time has passed.
    pub(super) fn advance(&mut self, now: Instant, context: &Context<'_>, table: &mut Table) {
        while let Some((due, instance)) = self.deadlines.first() {
            if !due.passed(now) {
                break;
            }
            self.deadlines.pop();
            self.fall_due(instance, due, context, table);
        }
    }

    /// When time alone may change something next.
    pub(super) fn wakes(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| due.first_after())
    }

    /// Forgets the next deadlines as far as they mean nothing any more.
    pub(super) fn forget_deadlines(&mut self) {
        while let Some((due, instance)) = self.deadlines.first() {
            let duty = self.duties.get(&instance);
            if duty.is_some_and(|duty| duty.falls_due(due)) {
                break;
            }
            self.deadlines.pop();
        }
    }

    fn fall_due(&mut self, instance: InstanceKey, due: Due, context: &Context<'_>, table: &mut Table) {
        let Some(duty) = self.duties.get(&instance) else {
            return;
        };
        if !duty.falls_due(due) {
            return;
        }
        let over = |count: u32| match self.terms.aim {
            Aim::Reach(wanted) => count >= wanted,
            Aim::NotExceed(limit) => count > limit,
        };
        if duty.stage == Stage::Broken {
            self.drop_duty(instance, table);
            return;
        }
        if over(duty.possible) {
            table.set(instance, self.terms.position, duty.unknown());
            self.drop_duty(instance, table);
            return;
        }
        match self.terms.aim {
            Aim::NotExceed(_) => {
                table.set(instance, self.terms.position, Outcome::Met { by: None });
                self.drop_duty(instance, table);
            }
            Aim::Reach(_) => {
                let breach = Breach::Missed {
                    late: None,
                    count: duty.certain,
                    near: self.near_miss(duty, context),
                };
                table.set(instance, self.terms.position, Outcome::Broken(breach));
                // A duty that was due before it was opened is broken when it is opened.
                let missed = (due.at, due.inclusive);
                let (at, just_after) = duty
                    .opened
                    .map_or(missed, |opened| missed.max((opened, duty.just_after)));
                table.breached.push(Breached {
                    instance,
                    clause: self.terms.clause,
                    position: self.terms.position,
                    at,
                    just_after,
                    bindings: duty.bindings.clone(),
                });
                if let Some(duty) = self.duties.get_mut(&instance) {
                    duty.stage = Stage::Overdue;
                    duty.certain = duty.certain.saturating_add(duty.deferred);
                }
            }
        }
    }

    /// Shows an event of the pattern's type to the duties.
    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) {
        if self.duties.is_empty() {
            return;
        }
        let frame = Frame {
            subject: Some(event),
            ..Frame::default()
        };
        let mut failed = Positions::new();
        let mut local = Truth::True;
        for conjunct in &self.terms.pattern.local {
            match evaluate(&conjunct.condition, &frame, context) {
                Truth::True => {}
                Truth::False => failed.push(conjunct.position),
                unknown @ Truth::Unknown(_) => local = Truth::all([local, unknown]),
            }
        }
        let place = Place::Joined(own_key(&self.terms.pattern, event));
        if !failed.is_empty() {
            if let Some(bucket) = self
                .buckets
                .get_mut(&place)
                .filter(|_| self.terms.pattern.is_near(&failed))
            {
                bucket.misses.add(failed, event);
            }
            return;
        }
        self.offer(&place, event, &local, context, table);
        if !self.terms.pattern.joins.is_empty() {
            self.offer(&Place::Loose, event, &local, context, table);
        }
    }

    fn offer(&mut self, place: &Place, event: &Arc<Event>, local: &Truth, context: &Context<'_>, table: &mut Table) {
        let Some(bucket) = self.buckets.get_mut(place) else {
            return;
        };
        let Counting {
            terms, duties, endings, ..
        } = self;
        bucket.duties.retain(|instance| {
            let Entry::Occupied(mut entry) = duties.entry(instance) else {
                return false;
            };
            let waits = terms.count(instance, entry.get_mut(), event, local, context, table);
            if !waits {
                entry.remove();
                endings.iter_mut().for_each(|endings| endings.leave(instance));
            }
            waits
        });
        if bucket.duties.is_empty() {
            self.buckets.remove(place);
        }
    }

    /// Whether it asks for events.
    pub(super) fn is_floor(&self) -> bool {
        matches!(self.terms.aim, Aim::Reach(_))
    }

    /// The instances whose duty here is neither kept nor broken.
    pub(super) fn owed(&self) -> Vec<InstanceKey> {
        let open = self.duties.iter().filter(|(_, duty)| duty.stage == Stage::Open);
        let mut open: Vec<InstanceKey> = open.map(|(instance, _)| *instance).collect();
        open.sort_unstable();
        open
    }

    /// Puts off what is due at an instant.
    pub(super) fn put_off(&mut self, old: Due, new: Due, table: &mut Table) {
        for (&instance, duty) in &mut self.duties {
            if duty.due == Some(old) {
                duty.due = Some(new);
                self.deadlines.push(new, instance);
                table.put_off(instance, new);
            }
        }
    }

    /// Ends all duties now, before anything that happens now, unless they end earlier.
    pub(super) fn cease(&mut self, context: &Context<'_>, table: &mut Table) {
        let end = Due::before(context.now);
        for (&instance, duty) in &mut self.duties {
            if duty.due.is_none_or(|due| end < due) {
                duty.due = Some(end);
                self.deadlines.push(end, instance);
            }
        }
        self.advance(context.now, context, table);
    }

    /// Forgets a duty that is no longer owed, if it is neither kept nor broken.
    pub(super) fn forget(&mut self, instance: InstanceKey, table: &mut Table) {
        if self.duties.get(&instance).is_some_and(|duty| duty.stage == Stage::Open) {
            self.drop_duty(instance, table);
        }
    }

    /// Forgets a duty that was missed, although it could still be done too late.
    pub(super) fn wait_no_longer(&mut self, instance: InstanceKey, table: &mut Table) {
        if self
            .duties
            .get(&instance)
            .is_some_and(|duty| duty.stage == Stage::Overdue)
        {
            self.drop_duty(instance, table);
        }
    }

    /// Forgets a duty, whatever became of it.
    pub(super) fn drop_duty(&mut self, instance: InstanceKey, table: &mut Table) {
        let Some(duty) = self.duties.remove(&instance) else {
            return;
        };
        self.endings.iter_mut().for_each(|endings| endings.leave(instance));
        if let Some(bucket) = self.buckets.get_mut(&duty.place) {
            while bucket
                .duties
                .front()
                .is_some_and(|front| !self.duties.contains_key(&front))
            {
                bucket.duties.pop_front();
            }
            if bucket.duties.is_empty() {
                self.buckets.remove(&duty.place);
            }
        }
        table.release(instance);
    }

    /// The event in the duty's window that failed the fewest conjuncts; the latest of several.
    fn near_miss(&self, duty: &Duty, context: &Context<'_>) -> Option<Box<NearMiss>> {
        let in_window = |event: &Event| {
            duty.opened.is_none_or(|opened| event.time >= opened) && duty.due.is_none_or(|due| due.admits(event.time))
        };
        let not_true = |event: &Arc<Event>, failed: &Positions| {
            let frame = Frame {
                bindings: Some(&duty.bindings),
                subject: Some(event),
                ..Frame::default()
            };
            let joins = self
                .terms
                .pattern
                .joins
                .iter()
                .map(|join| (join.position, &join.condition));
            let residual = self
                .terms
                .pattern
                .residual
                .iter()
                .map(|residual| (residual.position, &residual.condition));
            let mut failed = failed.clone();
            failed.extend(
                joins
                    .chain(residual)
                    .filter(|(_, condition)| evaluate(condition, &frame, context) != Truth::True)
                    .map(|(position, _)| position),
            );
            failed
        };
        let misses = self.buckets.get(&duty.place).into_iter();
        misses
            .flat_map(|bucket| bucket.misses.iter())
            .filter(|(_, event)| in_window(event) && !duty.is_opened_by(event))
            .map(|(failed, event)| {
                Box::new(NearMiss {
                    failed: not_true(event, failed),
                    event: Arc::clone(event),
                    retracted_by: None,
                })
            })
            .filter(|miss| self.terms.pattern.is_near(&miss.failed))
            .chain(duty.near.clone())
            .min_by_key(|miss| (miss.failed.len(), Reverse(miss.event.time)))
    }
}
