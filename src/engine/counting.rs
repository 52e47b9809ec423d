//! Duties that count events: `ensure` wants so many in time, `avoid` at most so many.
//!
//! Open duties are found by the key of their joins, so that an event costs what the duties that it may answer cost, and not what all open
//! duties do.

use std::cmp::Reverse;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::deadlines::Deadlines;
use super::duty::{Aim, Duty, Found, Stage, Terms};
use super::ending::{Ending, Endings};
use super::evaluate::{Breaches, Context, Frame, evaluate};
use super::hashed::ByHash;
use super::history::known_key;
use super::instance::{Breach, Instance, NearMiss, Outcome};
use super::near::{Misses, Positions};
use super::queue::Queue;
use super::state::{Loader, Restored, Saved, Saver, StateError, saved};
use super::table::{Breached, InstanceKey, Table};
use super::truth::Truth;
use crate::log::Event;
use crate::model::OperandKind;
use crate::plan::PatternPlan;
use crate::time::{Due, Instant};

/// The counting duties at one place in the chain of one clause, which the table holds with their instances.
#[derive(Debug)]
pub(super) struct Counting {
    terms: Terms,
    /// Whether states say what the duties are joined by.
    joins_states: bool,
    endings: Option<Endings<InstanceKey>>,
    /// The duties by the hash of the values on their side of the joins.
    buckets: HashMap<u64, Bucket, ByHash>,
    hashing: RandomState,
    /// The duties that lack a value on their side: any event may or may not be meant.
    loose: Queue,
    deadlines: Deadlines<InstanceKey>,
    /// What was restored and has no place in the buckets so far.
    unplaced: Unplaced,
}

/// What the buckets hold, without the hashes, which are others in another run.
#[derive(Debug, Default)]
struct Unplaced {
    /// Those of one bucket are in the order of the bucket.
    duties: Vec<InstanceKey>,
    misses: Misses,
}

saved!(struct Unplaced { duties, misses });

impl Restored for Counting {
    fn save(&self, to: &mut Saver<'_>) {
        let Counting {
            terms: _,
            joins_states: _,
            endings,
            buckets,
            hashing: _,
            loose,
            deadlines,
            unplaced: _,
        } = self;
        let misses = buckets.values().flat_map(|bucket| &bucket.misses);
        let unplaced = Unplaced {
            duties: buckets.values().flat_map(|bucket| bucket.duties.iter()).collect(),
            misses: misses.flat_map(|misses| misses.iter()).cloned().collect(),
        };
        Saved::save(&unplaced, to);
        Saved::save(loose, to);
        Saved::save(deadlines, to);
        Restored::save(endings, to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.unplaced = Saved::load(from)?;
        self.loose = Saved::load(from)?;
        self.deadlines = Saved::load(from)?;
        self.endings.restore(from)
    }
}

/// Duties with the same values on their side of the joins, or with others of the same hash.
#[derive(Debug, Default)]
struct Bucket {
    /// Oldest first. Some may be gone already; they are passed over, and let go of when they come to the front.
    duties: Queue,
    /// By the local conjuncts that were not true.
    misses: Option<Box<Misses>>,
}

impl Counting {
    pub(super) fn new(terms: Terms, end: Option<PatternPlan>) -> Self {
        let mut joins = terms.pattern.joins.iter();
        Counting {
            joins_states: joins.any(|join| matches!(join.other.kind, OperandKind::State(..))),
            terms,
            endings: end.map(Endings::new),
            buckets: HashMap::default(),
            loose: Queue::default(),
            hashing: RandomState::default(),
            deadlines: Deadlines::default(),
            unplaced: Unplaced::default(),
        }
    }

    /// Takes up the duties that were restored, which the table holds.
    pub(super) fn find_places(&mut self, table: &mut Table) {
        let Unplaced { duties, misses } = std::mem::take(&mut self.unplaced);
        for instance in duties {
            let held = table.duty(instance, self.terms.position);
            if let Some(hash) = held.and_then(|(duty, known)| self.hash_of(duty, known)) {
                self.buckets.entry(hash).or_default().duties.push_back(instance);
            }
        }
        for (failed, event) in misses {
            self.miss(failed, &event);
        }
    }

    /// Takes on a duty of an instance that is in the table.
    pub(super) fn open(
        &mut self,
        instance: InstanceKey,
        breaches: Breaches,
        just_after: bool,
        due: Option<Due>,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let Some((known, duties)) = table.owing(instance) else {
            return;
        };
        let endings = self.endings.as_mut();
        let ending = endings.and_then(|endings| endings.enter(instance, &known.bindings(&breaches), context));
        let frame = known.frame(&breaches);
        let found = if self.joins_states {
            let key = known_key(&self.terms.pattern, &frame, context);
            key.map_or(Found::Loose, |key| Found::Kept(Box::new(key)))
        } else {
            Found::Joined
        };
        let hash = self.terms.known_hash(&found, &frame, &self.hashing);
        let (found, queue) = match hash {
            Some(hash) => (found, &mut self.buckets.entry(hash).or_default().duties),
            None => (Found::Loose, &mut self.loose),
        };
        queue.push_back(instance);
        if let Some(due) = due {
            self.deadlines.push(due, instance);
        }
        duties.add(Duty {
            position: self.terms.position,
            stage: Stage::Open,
            just_after,
            certain: 0,
            possible: 0,
            due,
            breaches,
            found,
            notes: None,
        });
        self.heed(instance, ending, context, table);
        // A due time taken from a field or a date can lie before the opening.
        if due.is_some_and(|due| due.passed(context.now)) {
            self.advance(context.now, context, table);
        }
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
        let Some(ending) = ending else { return };
        let Some(duty) = table.duty_mut(instance, self.terms.position) else {
            return;
        };
        if duty.stage == Stage::Overdue {
            return;
        }
        match ending {
            Ending::Doubtful(lacks) => {
                duty.notes_mut().doubt.get_or_insert(lacks);
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

    /// By the passing of what time alone may change something next.
    #[inline]
    pub(super) fn wakes(&self) -> Option<Due> {
        self.deadlines.first().map(|(due, _)| due)
    }

    /// Forgets the next deadlines as far as they mean nothing any more.
    pub(super) fn forget_deadlines(&mut self, table: &mut Table) {
        while let Some((due, instance)) = self.deadlines.first() {
            let duty = table.duty(instance, self.terms.position);
            if duty.is_some_and(|(duty, _)| duty.falls_due(due)) {
                break;
            }
            self.deadlines.pop();
        }
    }

    fn fall_due(&mut self, instance: InstanceKey, due: Due, context: &Context<'_>, table: &mut Table) {
        let Some((duty, known)) = table.duty(instance, self.terms.position) else {
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
            let outcome = duty.unknown();
            table.set(instance, self.terms.position, outcome);
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
                    near: self.near_miss(duty, known, context),
                };
                // A duty that was due before it was opened is broken when it is opened.
                let missed = (due.edge(), due.is_inclusive());
                let (at, just_after) = known
                    .opened(self.terms.position)
                    .map_or(missed, |opened| missed.max((opened, duty.just_after)));
                let bindings = known.bindings(&duty.breaches);
                table.set(instance, self.terms.position, Outcome::Broken(breach));
                table.breached.push(Breached {
                    instance,
                    clause: self.terms.clause,
                    position: self.terms.position,
                    at,
                    just_after,
                    bindings,
                });
                if let Some(duty) = table.duty_mut(instance, self.terms.position) {
                    duty.stage = Stage::Overdue;
                    let deferred = duty.notes.as_ref().map_or(0, |notes| notes.deferred);
                    duty.certain = duty.certain.saturating_add(deferred);
                    table.waits(instance);
                }
            }
        }
    }

    /// Shows an event of the pattern's type to the duties.
    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) {
        if self.buckets.is_empty() && self.loose.is_empty() {
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
        if !failed.is_empty() {
            if self.terms.pattern.is_near(&failed) {
                self.miss(failed, event);
            }
            return;
        }
        let Counting {
            terms,
            endings,
            buckets,
            hashing,
            loose,
            ..
        } = self;
        let mut offer = |queue: &mut Queue| {
            queue.retain(|instance| {
                let waits = table.show(instance, terms.position, |duty, shown| {
                    !terms.is_joined(event, duty, shown.instance) || terms.count(duty, event, &local, context, shown)
                });
                if waits == Some(false) {
                    endings.iter_mut().for_each(|endings| endings.leave(instance));
                }
                waits == Some(true)
            });
        };
        let hash = terms.own_hash(event, hashing);
        if let Some(Entry::Occupied(mut bucket)) = hash.map(|hash| buckets.entry(hash)) {
            offer(&mut bucket.get_mut().duties);
            if bucket.get().duties.is_empty() {
                bucket.remove();
            }
        }
        offer(loose);
    }

    /// Notes an event that came near to counting for the duties that it is joined with.
    fn miss(&mut self, failed: Positions, event: &Arc<Event>) {
        let hash = self.terms.own_hash(event, &self.hashing);
        if let Some(bucket) = hash.and_then(|hash| self.buckets.get_mut(&hash)) {
            let misses = bucket.misses.get_or_insert_default();
            misses.add(failed, event, |last| self.terms.joins_alike(last, event));
        }
    }

    /// Whether it asks for events.
    pub(super) fn is_floor(&self) -> bool {
        matches!(self.terms.aim, Aim::Reach(_))
    }

    /// The instances that have a duty here, and some whose duty is gone.
    fn instances(&self) -> Vec<InstanceKey> {
        let queues = self.buckets.values().map(|bucket| &bucket.duties);
        let mut instances: Vec<InstanceKey> = queues.chain([&self.loose]).flat_map(Queue::iter).collect();
        instances.sort_unstable();
        instances.dedup();
        instances
    }

    /// The instances whose duty here is neither kept nor broken.
    pub(super) fn owed(&self, table: &mut Table) -> Vec<InstanceKey> {
        let is_owed = |instance: &InstanceKey| {
            let duty = table.duty(*instance, self.terms.position);
            duty.is_some_and(|(duty, _)| duty.stage == Stage::Open)
        };
        self.instances().into_iter().filter(is_owed).collect()
    }

    /// Puts off what is due at an instant.
    pub(super) fn put_off(&mut self, old: Due, new: Due, table: &mut Table) {
        for instance in self.instances() {
            if let Some(duty) = table.duty_mut(instance, self.terms.position)
                && duty.due == Some(old)
            {
                duty.due = Some(new);
                self.deadlines.push(new, instance);
                table.put_off(instance, new);
            }
        }
    }

    /// Ends all duties now, before anything that happens now, unless they end earlier.
    pub(super) fn cease(&mut self, context: &Context<'_>, table: &mut Table) {
        let end = Due::before(context.now);
        for instance in self.instances() {
            if let Some(duty) = table.duty_mut(instance, self.terms.position)
                && duty.due.is_none_or(|due| end < due)
            {
                duty.due = Some(end);
                self.deadlines.push(end, instance);
            }
        }
        self.advance(context.now, context, table);
    }

    /// Forgets a duty that is no longer owed, if it is neither kept nor broken.
    pub(super) fn forget(&mut self, instance: InstanceKey, table: &mut Table) {
        self.drop_at(Stage::Open, instance, table);
    }

    /// Forgets a duty that was missed, although it could still be done too late.
    pub(super) fn wait_no_longer(&mut self, instance: InstanceKey, table: &mut Table) {
        self.drop_at(Stage::Overdue, instance, table);
    }

    fn drop_at(&mut self, stage: Stage, instance: InstanceKey, table: &mut Table) {
        let duty = table.duty(instance, self.terms.position);
        if duty.is_some_and(|(duty, _)| duty.stage == stage) {
            self.drop_duty(instance, table);
        }
    }

    /// Forgets a duty, whatever became of it.
    pub(super) fn drop_duty(&mut self, instance: InstanceKey, table: &mut Table) {
        let position = self.terms.position;
        let Some((duty, known)) = table.duty(instance, position) else {
            return;
        };
        let hash = self.hash_of(duty, known);
        table.forget_duty(instance, position);
        self.endings.iter_mut().for_each(|endings| endings.leave(instance));
        let mut let_go = |queue: &mut Queue| {
            while queue.front().is_some_and(|front| table.duty(front, position).is_none()) {
                queue.pop_front();
            }
        };
        match hash.map(|hash| self.buckets.entry(hash)) {
            None => let_go(&mut self.loose),
            Some(Entry::Occupied(mut bucket)) => {
                let_go(&mut bucket.get_mut().duties);
                if bucket.get().duties.is_empty() {
                    bucket.remove();
                }
            }
            Some(Entry::Vacant(_)) => {}
        }
        table.release(instance);
    }

    /// The bucket that a duty is in; `None` if it is in none.
    fn hash_of(&self, duty: &Duty, known: &Instance) -> Option<u64> {
        let frame = known.frame(&duty.breaches);
        self.terms.known_hash(&duty.found, &frame, &self.hashing)
    }

    /// The event in the duty's window that failed the fewest conjuncts; the latest of several.
    fn near_miss(&self, duty: &Duty, known: &Instance, context: &Context<'_>) -> Option<Box<NearMiss>> {
        let opened = known.opened(self.terms.position);
        let in_window = |event: &Event| {
            opened.is_none_or(|opened| event.time >= opened) && duty.due.is_none_or(|due| due.admits(event.time))
        };
        let not_true = |event: &Arc<Event>, failed: &Positions| {
            let frame = Frame {
                subject: Some(event),
                ..known.frame(&duty.breaches)
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
        let bucket = self.hash_of(duty, known).and_then(|hash| self.buckets.get(&hash));
        let misses = bucket.and_then(|bucket| bucket.misses.as_ref());
        misses
            .into_iter()
            .flat_map(|misses| misses.iter())
            .filter(|(_, event)| self.terms.is_joined(event, duty, known))
            .filter(|(_, event)| in_window(event) && !known.is_opened_by(event))
            .map(|(failed, event)| {
                Box::new(NearMiss {
                    failed: not_true(event, failed),
                    event: Arc::clone(event),
                    retracted_by: None,
                })
            })
            .filter(|miss| self.terms.pattern.is_near(&miss.failed))
            .chain(duty.notes.as_ref().and_then(|notes| notes.near.clone()))
            .min_by_key(|miss| (miss.failed.len(), Reverse(miss.event.time)))
    }
}
