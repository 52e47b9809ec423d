//! Duties that count events: `ensure` wants so many in time, `avoid` at most so many.
//!
//! Open duties are found by the key of their joins, so that an event costs what the duties that it may answer cost, and not what all open
//! duties do. Deadlines are kept in a heap: with calendar durations a later trigger can be due earlier (30 and 31 January + 1 month).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::ending::{Ending, Endings};
use super::evaluate::{Bindings, Context, Frame, evaluate};
use super::history::{Key, known_key, own_key};
use super::instance::{Breach, Excuse, Late, NearMiss, Outcome};
use super::matching::failed;
use super::near::{Misses, Positions, keep_nearest};
use super::state::{restored, saved};
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{ClauseId, Condition};
use crate::plan::PatternPlan;
use crate::time::{Due, Instant};

/// What a count means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// To reach this count is to keep the duty.
    Reach(u32),
    /// To exceed this count is to break it.
    NotExceed(u32),
}

/// The counting duties at one place in the chain of one clause.
#[derive(Debug)]
pub(super) struct Counting {
    clause: ClauseId,
    position: u8,
    pattern: PatternPlan,
    aim: Aim,
    /// What excuses a late answer.
    excuse: Option<Condition>,
    endings: Option<Endings<InstanceKey>>,
    /// An instance has at most one duty at a place in the chain.
    duties: HashMap<InstanceKey, Box<Duty>, RandomState>,
    buckets: HashMap<Place, Bucket, RandomState>,
    deadlines: BinaryHeap<Reverse<(Due, InstanceKey)>>,
}

restored!(Counting {
    saved: [duties, buckets, deadlines],
    restored: [endings],
    fixed: [clause, position, pattern, aim, excuse],
});

/// Where an event looks for duties that it may answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    /// Duties with these values on their side of the joins.
    Joined(Key),
    /// Duties that lack a value on their side: any event may or may not be meant.
    Loose,
}

saved!(enum Place { 0 = Joined(key), 1 = Loose });

#[derive(Debug, Default)]
struct Bucket {
    /// Oldest first. Some may be gone already; they are passed over, and let go of when they come to the front.
    duties: VecDeque<InstanceKey>,
    /// By the local conjuncts that were not true.
    misses: Misses,
}

saved!(struct Bucket { duties, misses });

#[derive(Debug)]
struct Duty {
    bindings: Bindings,
    place: Place,
    opened: Option<Instant>,
    /// Whether its window starts just after it was opened.
    just_after: bool,
    due: Option<Due>,
    certain: u32,
    possible: u32,
    lacks: Lacks,
    /// The last event of which it is unknown whether it counts.
    doubtful: Option<Arc<Event>>,
    /// The event in the window that was right by itself and failed the fewest other conjuncts; the latest of several.
    near: Option<NearMiss>,
    /// What is lacking to tell whether its time is over.
    doubt: Option<Lacks>,
    /// How many events count for certain if its time is not over.
    deferred: u32,
    stage: Stage,
}

saved!(struct Duty {
    bindings,
    place,
    opened,
    just_after,
    due,
    certain,
    possible,
    lacks,
    doubtful,
    near,
    doubt,
    deferred,
    stage,
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// An `ensure` that was missed, still waiting for what comes late.
    Overdue,
    /// An `avoid` that was broken, still counting what follows.
    Broken,
}

saved!(enum Stage { 0 = Open, 1 = Overdue, 2 = Broken });

impl Counting {
    pub(super) fn new(
        clause: ClauseId,
        position: u8,
        pattern: PatternPlan,
        aim: Aim,
        excuse: Option<Condition>,
        end: Option<PatternPlan>,
    ) -> Self {
        Counting {
            clause,
            position,
            pattern,
            aim,
            excuse,
            endings: end.map(Endings::new),
            duties: HashMap::default(),
            buckets: HashMap::default(),
            deadlines: BinaryHeap::new(),
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
        let place = known_key(&self.pattern, &frame, context).map_or(Place::Loose, Place::Joined);
        let bucket = self.buckets.entry(place.clone()).or_default();
        bucket.duties.push_back(instance);
        if let Some(due) = due {
            self.deadlines.push(Reverse((due, instance)));
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
                    table.end(instance, self.position, due, &by);
                }
                self.deadlines.push(Reverse((due, instance)));
                self.advance(context.now, context, table);
            }
        }
    }

    /// Settles the duties whose due time has passed.
    pub(super) fn advance(&mut self, now: Instant, context: &Context<'_>, table: &mut Table) {
        while let Some(&Reverse((due, instance))) = self.deadlines.peek() {
            if !due.passed(now) {
                break;
            }
            self.deadlines.pop();
            self.fall_due(instance, due, context, table);
        }
    }

    /// When time alone may change something next.
    pub(super) fn wakes(&self) -> Option<Instant> {
        self.deadlines.peek().map(|Reverse((due, _))| due.first_after())
    }

    /// Forgets the next deadlines as far as they mean nothing any more.
    pub(super) fn forget_deadlines(&mut self) {
        while let Some(Reverse((due, instance))) = self.deadlines.peek() {
            let duty = self.duties.get(instance);
            if duty.is_some_and(|duty| duty.falls_due(*due)) {
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
        let over = |count: u32| match self.aim {
            Aim::Reach(wanted) => count >= wanted,
            Aim::NotExceed(limit) => count > limit,
        };
        if duty.stage == Stage::Broken {
            self.drop_duty(instance, table);
            return;
        }
        if over(duty.possible) {
            table.set(instance, self.position, duty.unknown());
            self.drop_duty(instance, table);
            return;
        }
        match self.aim {
            Aim::NotExceed(_) => {
                table.set(instance, self.position, Outcome::Met { by: None });
                self.drop_duty(instance, table);
            }
            Aim::Reach(_) => {
                let breach = Breach::Missed {
                    late: None,
                    count: duty.certain,
                    near: self.near_miss(duty, context),
                };
                table.set(instance, self.position, Outcome::Broken(breach));
                // A duty that was due before it was opened is broken when it is opened.
                let missed = (due.at, due.inclusive);
                let (at, just_after) = duty
                    .opened
                    .map_or(missed, |opened| missed.max((opened, duty.just_after)));
                table.breached.push(Breached {
                    instance,
                    clause: self.clause,
                    position: self.position,
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
        for conjunct in &self.pattern.local {
            match evaluate(&conjunct.condition, &frame, context) {
                Truth::True => {}
                Truth::False => failed.push(conjunct.position),
                unknown @ Truth::Unknown(_) => local = Truth::all([local, unknown]),
            }
        }
        let place = Place::Joined(own_key(&self.pattern, event));
        if !failed.is_empty() {
            if let Some(bucket) = self.buckets.get_mut(&place).filter(|_| self.pattern.is_near(&failed)) {
                bucket.misses.add(failed, event);
            }
            return;
        }
        self.offer(&place, event, &local, context, table);
        if !self.pattern.joins.is_empty() {
            self.offer(&Place::Loose, event, &local, context, table);
        }
    }

    fn offer(&mut self, place: &Place, event: &Arc<Event>, local: &Truth, context: &Context<'_>, table: &mut Table) {
        let Some(bucket) = self.buckets.get_mut(place) else {
            return;
        };
        let mut ids = std::mem::take(&mut bucket.duties);
        let mut waits = |instance: InstanceKey| {
            let waits = self.count(instance, event, local, context, table);
            if !waits {
                self.duties.remove(&instance);
                self.endings.iter_mut().for_each(|endings| endings.leave(instance));
            }
            waits
        };
        // Mostly one duty is meant.
        if let ([only], []) = ids.as_slices() {
            if !waits(*only) {
                ids.clear();
            }
        } else {
            ids.retain(|&instance| waits(instance));
        }
        if ids.is_empty() {
            self.buckets.remove(place);
        } else if let Some(bucket) = self.buckets.get_mut(place) {
            bucket.duties = ids;
        }
    }

    /// Counts an event for a duty. Returns whether the duty still waits for events.
    fn count(
        &mut self,
        instance: InstanceKey,
        event: &Arc<Event>,
        local: &Truth,
        context: &Context<'_>,
        table: &mut Table,
    ) -> bool {
        let Some(duty) = self.duties.get_mut(&instance) else {
            return false;
        };
        if duty.opened.is_some_and(|opened| event.time < opened) {
            return true;
        }
        let in_time = duty.due.is_none_or(|due| due.admits(event.time));
        if !in_time && duty.stage != Stage::Overdue {
            return true;
        }
        let frame = Frame {
            bindings: Some(&duty.bindings),
            subject: Some(event),
            ..Frame::default()
        };
        let residual = self
            .pattern
            .residual
            .iter()
            .map(|conjunct| evaluate(&conjunct.condition, &frame, context));
        let mut truth = Truth::all(residual);
        if duty.place == Place::Loose {
            let joins = self
                .pattern
                .joins
                .iter()
                .map(|join| evaluate(&join.condition, &frame, context));
            truth = Truth::all([Truth::all(joins), truth]);
        }
        let truth = Truth::all([local.clone(), truth]);
        if let (Truth::True, Some(lacks), false) = (&truth, &duty.doubt, duty.stage == Stage::Overdue) {
            if duty.stage == Stage::Open {
                duty.deferred += 1;
                duty.possible += 1;
                merge(&mut duty.lacks, lacks.clone());
                duty.doubtful = Some(Arc::clone(event));
                self.doubted(instance, table);
            }
            return true;
        }
        match truth {
            Truth::False => {
                if duty.stage == Stage::Open && matches!(self.aim, Aim::Reach(_)) && !duty.is_opened_by(event) {
                    let failed = failed(&self.pattern, &duty.bindings, event, context);
                    keep_nearest(&mut duty.near, &self.pattern, failed, event);
                }
                true
            }
            Truth::Unknown(lacks) => {
                if duty.stage == Stage::Open {
                    duty.possible += 1;
                    merge(&mut duty.lacks, lacks);
                    duty.doubtful = Some(Arc::clone(event));
                    self.doubted(instance, table);
                }
                true
            }
            Truth::True => {
                duty.certain += 1;
                duty.possible += 1;
                self.counted(instance, event, context, table)
            }
        }
    }

    /// What follows from a certain event. Returns whether the duty still waits for events.
    fn counted(&mut self, instance: InstanceKey, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) -> bool {
        let Some(duty) = self.duties.get_mut(&instance) else {
            return false;
        };
        let position = self.position;
        match (self.aim, duty.stage) {
            (Aim::Reach(wanted), Stage::Open) => {
                if duty.certain < wanted {
                    table.set(instance, position, Outcome::Open { count: duty.certain });
                    return true;
                }
                let by = Some(Arc::clone(event));
                table.set(instance, position, Outcome::Met { by });
            }
            (Aim::Reach(wanted), Stage::Overdue | Stage::Broken) => {
                if duty.certain < wanted {
                    return true;
                }
                let excuse = excuse_of(self.excuse.as_ref(), &duty.bindings, event, context);
                let excusing = excuse != Excuse::No;
                if let Some(Outcome::Broken(Breach::Missed { late, .. })) = table.outcome_mut(instance, position) {
                    let by = Arc::clone(event);
                    *late = Some(Late { by, excuse });
                }
                if excusing {
                    table.excused.push(instance);
                }
            }
            (Aim::NotExceed(limit), Stage::Open | Stage::Overdue) => {
                if duty.certain <= limit {
                    table.set(instance, position, Outcome::Open { count: duty.certain });
                    self.doubted(instance, table);
                    return true;
                }
                let breach = Breach::Event {
                    by: Arc::clone(event),
                    further: 0,
                };
                table.set(instance, position, Outcome::Broken(breach));
                table.breached.push(Breached {
                    instance,
                    clause: self.clause,
                    position,
                    at: event.time,
                    just_after: false,
                    bindings: duty.bindings.broken_by(position, event),
                });
                duty.stage = Stage::Broken;
                return true;
            }
            (Aim::NotExceed(_), Stage::Broken) => {
                if let Some(Outcome::Broken(Breach::Event { further, .. })) = table.outcome_mut(instance, position) {
                    *further += 1;
                }
                return true;
            }
        }
        table.release(instance);
        false
    }

    /// A count that may have exceeded its limit makes the duty unknown at once: what follows can only break it.
    fn doubted(&self, instance: InstanceKey, table: &mut Table) {
        if let (Aim::NotExceed(limit), Some(duty)) = (self.aim, self.duties.get(&instance))
            && duty.possible > limit
            && duty.certain <= limit
        {
            table.set(instance, self.position, duty.unknown());
        }
    }

    /// Whether it asks for events.
    pub(super) fn is_floor(&self) -> bool {
        matches!(self.aim, Aim::Reach(_))
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
                self.deadlines.push(Reverse((new, instance)));
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
                self.deadlines.push(Reverse((end, instance)));
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
                .is_some_and(|front| !self.duties.contains_key(front))
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
    fn near_miss(&self, duty: &Duty, context: &Context<'_>) -> Option<NearMiss> {
        let in_window = |event: &Event| {
            duty.opened.is_none_or(|opened| event.time >= opened) && duty.due.is_none_or(|due| due.admits(event.time))
        };
        let not_true = |event: &Arc<Event>, failed: &Positions| {
            let frame = Frame {
                bindings: Some(&duty.bindings),
                subject: Some(event),
                ..Frame::default()
            };
            let joins = self.pattern.joins.iter().map(|join| (join.position, &join.condition));
            let residual = self
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
            .map(|(failed, event)| NearMiss {
                failed: not_true(event, failed),
                event: Arc::clone(event),
                retracted_by: None,
            })
            .filter(|miss| self.pattern.is_near(&miss.failed))
            .chain(duty.near.clone())
            .min_by_key(|miss| (miss.failed.len(), Reverse(miss.event.time)))
    }
}

fn excuse_of(excuse: Option<&Condition>, bindings: &Bindings, event: &Event, context: &Context<'_>) -> Excuse {
    let frame = Frame {
        bindings: Some(bindings),
        subject: Some(event),
        ..Frame::default()
    };
    match excuse.map(|excuse| evaluate(excuse, &frame, context)) {
        None | Some(Truth::False) => Excuse::No,
        Some(Truth::True) => Excuse::Yes,
        Some(Truth::Unknown(lacks)) => Excuse::Unknown(lacks.to_vec()),
    }
}

impl Duty {
    /// Whether a deadline that was noted is that of the duty, and has not passed. An event may have ended its time before.
    fn falls_due(&self, due: Due) -> bool {
        self.due == Some(due) && self.stage != Stage::Overdue
    }

    fn unknown(&self) -> Outcome {
        Outcome::Unknown {
            lacks: self.lacks.to_vec(),
            at: self.doubtful.clone(),
            interval: None,
        }
    }

    /// Whether this event is the trigger: what opens a duty is no attempt to answer it.
    fn is_opened_by(&self, event: &Arc<Event>) -> bool {
        self.bindings
            .trigger
            .as_ref()
            .is_some_and(|trigger| Arc::ptr_eq(&trigger.event, event))
    }
}
