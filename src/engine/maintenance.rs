//! `maintain`: a condition on states that must be true throughout.
//!
//! A watch follows one condition in one extent of time: for one key, or in a repair, which is one duty, for all keys together. Watches are found by the states that their condition reads, so that
//! a change costs what the watches that it can affect cost.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::deadlines::Deadlines;
use super::ending::{Ending, Endings};
use super::evaluate::{Bindings, Context, Evaluated, Frame, evaluate, evaluate_operand};
use super::fluents::Slot;
use super::instance::{Breach, Lack, Outcome, Step, Subject};
use super::state::{restored, saved};
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, Truth};
use crate::log::Event;
use crate::model::{ClauseId, Condition, ForEvery, Operand, OperandKind, StateId};
use crate::plan::PatternPlan;
use crate::time::{Due, Instant};
use crate::value::Value;

/// The maintenance duties at one place in the chain of one clause.
#[derive(Debug)]
pub(super) struct Maintenance {
    clause: ClauseId,
    position: u8,
    condition: Condition,
    every: Option<ForEvery>,
    /// What the condition reads, each state once for each way of naming its key.
    reads: Vec<(StateId, Option<Operand>)>,
    extents: HashMap<u64, Extent, RandomState>,
    watches: HashMap<u64, Watch, RandomState>,
    by_slot: HashMap<Slot, BTreeSet<u64>, RandomState>,
    endings: Option<Endings<u64>>,
    next: u64,
    starts: BinaryHeap<Reverse<(Instant, u64)>>,
    ends: Deadlines<u64>,
    /// While it is suspended nothing is judged.
    suspended: bool,
    /// Whether all is to be judged anew at the next changes.
    resumed: bool,
}

restored!(Maintenance {
    saved: [extents, watches, next, starts, ends, suspended, resumed],
    restored: [endings],
    derived: [by_slot] by find_by_slot,
    fixed: [clause, position, condition, every, reads],
    checked by has_fresh_ids,
});

/// The extent of time of one instance: the term, or what a trigger or breach opened.
#[derive(Debug)]
struct Extent {
    /// The instance of a repair; the first duty of a chain makes one for each interval instead.
    repairs: Option<InstanceKey>,
    bindings: Bindings,
    /// The instant that it is counted from.
    start: Option<Instant>,
    just_after: bool,
    due: Option<Due>,
    ended_by: Option<Arc<Event>>,
    /// What is lacking to tell whether it is over.
    doubt: Option<Lacks>,
    begun: bool,
    watches: Vec<u64>,
}

saved!(struct Extent {
    repairs,
    bindings,
    start,
    just_after,
    due,
    ended_by,
    doubt,
    begun,
    watches,
});

#[derive(Debug)]
struct Watch {
    extent: u64,
    /// `None` stands for no key, where the duty is not said of every one.
    keys: SmallVec<[Option<Value>; 1]>,
    start: Option<Instant>,
    state: Standing,
    interval: Option<Interval>,
    /// Whether an interval has been reported, so that the watch needs no instance for having none.
    concerned: bool,
    slots: SmallVec<[Slot; 2]>,
}

saved!(struct Watch { extent, keys, start, state, interval, concerned, slots });

/// An interval in which the condition is not true.
#[derive(Debug)]
struct Interval {
    start: Instant,
    lacks: Vec<Lack>,
    broken: bool,
    by: Vec<Arc<Event>>,
    instance: Option<InstanceKey>,
}

saved!(struct Interval { start, lacks, broken, by, instance });

/// How the condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Holds,
    Broken,
    Unknown,
}

saved!(enum Standing { 0 = Holds, 1 = Broken, 2 = Unknown });

impl Maintenance {
    pub(super) fn new(
        clause: ClauseId,
        position: u8,
        condition: Condition,
        every: Option<ForEvery>,
        end: Option<PatternPlan>,
    ) -> Self {
        let mut reads = Vec::new();
        condition.for_each_operand(&mut |operand| {
            if let OperandKind::State(state, key) = &operand.kind {
                reads.push((*state, key.as_deref().cloned()));
            }
        });
        Maintenance {
            clause,
            position,
            condition,
            every,
            reads,
            extents: HashMap::default(),
            watches: HashMap::default(),
            by_slot: HashMap::default(),
            endings: end.map(Endings::new),
            next: 0,
            starts: BinaryHeap::new(),
            ends: Deadlines::default(),
            suspended: false,
            resumed: false,
        }
    }

    /// Takes on an extent of time, which begins when its start is reached, or just after it.
    pub(super) fn open(
        &mut self,
        repairs: Option<InstanceKey>,
        bindings: Bindings,
        (start, just_after): (Option<Instant>, bool),
        due: Option<Due>,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let id = self.next_id();
        let endings = self.endings.as_mut();
        let ending = endings.and_then(|endings| endings.enter(id, &bindings, context));
        let extent = Extent {
            repairs,
            bindings,
            start,
            just_after,
            due,
            ended_by: None,
            doubt: None,
            begun: false,
            watches: Vec::new(),
        };
        self.extents.insert(id, extent);
        let start = start.unwrap_or(Instant::MIN);
        self.starts
            .push(Reverse((if just_after { start.next() } else { start }, id)));
        if let Some(due) = due {
            self.ends.push(due, id);
        }
        self.heed(id, ending, context, table);
    }

    /// Shows the events of a time point that may end extents.
    pub(super) fn cut(&mut self, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) {
        let Some(endings) = &mut self.endings else { return };
        for (id, ending) in endings.show(events, context) {
            self.heed(id, Some(ending), context, table);
        }
    }

    /// Lets an event end an extent, if it has started.
    fn heed(&mut self, id: u64, ending: Option<Ending>, context: &Context<'_>, table: &mut Table) {
        let (Some(ending), Some(extent)) = (ending, self.extents.get_mut(&id)) else {
            return;
        };
        if extent.start.is_some_and(|start| context.now < start) {
            return;
        }
        match ending {
            Ending::Doubtful(lacks) => {
                if extent.doubt.is_none() {
                    extent.doubt = Some(lacks);
                    for watch in extent.watches.clone() {
                        self.judge(watch, context.now, context, table);
                    }
                }
            }
            Ending::Over(by) => {
                let due = Due::before(by.time);
                if extent.due.is_some_and(|known| known <= due) {
                    return;
                }
                extent.due = Some(due);
                let repairs = extent.repairs;
                if let Some(instance) = repairs {
                    table.end(instance, self.position, due, &by);
                }
                extent.ended_by = Some(by);
                self.ends.push(due, id);
                if !extent.begun {
                    // It is over before anything can break or release it.
                    self.begin(id, context.now, context, table);
                }
                self.end_until(context.now, table);
            }
        }
    }

    fn find_by_slot(&mut self) {
        for (id, watch) in &self.watches {
            for slot in &watch.slots {
                self.by_slot.entry(slot.clone()).or_default().insert(*id);
            }
        }
    }

    fn has_fresh_ids(&self) -> Result<(), &'static str> {
        let used = self.extents.keys().chain(self.watches.keys()).max();
        let fresh = used.is_none_or(|used| *used <= self.next);
        fresh.then_some(()).ok_or("a number is given twice")
    }

    fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Begins extents that start, and ends those that are over, before what happens now: starts at `now` itself wait for its changes.
    pub(super) fn advance(&mut self, now: Instant, context: &Context<'_>, table: &mut Table) {
        self.begin_until(now, false, context, table);
        self.end_until(now, table);
    }

    /// By the passing of what time alone may change something next.
    pub(super) fn wakes(&self) -> Option<Due> {
        let start = self.starts.peek().map(|Reverse((start, _))| Due::before(*start));
        let end = self.ends.first().map(|(due, _)| due);
        start.into_iter().chain(end).min()
    }

    /// Whether a change of a state can matter to it.
    pub(super) fn reads(&self, state: StateId) -> bool {
        let every = self.every.iter().any(|every| every.states.contains(&state));
        every || self.reads.iter().any(|(read, _)| *read == state)
    }

    /// Begins extents that start now, once the changes of now have been taken in.
    pub(super) fn begin_now(&mut self, context: &Context<'_>, table: &mut Table) {
        self.begin_until(context.now, true, context, table);
        self.end_until(context.now, table);
    }

    fn begin_until(&mut self, now: Instant, inclusive: bool, context: &Context<'_>, table: &mut Table) {
        while let Some(&Reverse((start, id))) = self.starts.peek() {
            if start > now || (start == now && !inclusive) {
                break;
            }
            self.starts.pop();
            self.begin(id, start, context, table);
        }
    }

    fn end_until(&mut self, now: Instant, table: &mut Table) {
        while let Some((due, id)) = self.ends.first() {
            if !due.passed(now) {
                break;
            }
            self.ends.pop();
            // It may have been put off since.
            if self.extents.get(&id).is_some_and(|extent| extent.due == Some(due)) {
                self.end(id, due.edge(), table);
            }
        }
    }

    fn begin(&mut self, id: u64, first: Instant, context: &Context<'_>, table: &mut Table) {
        let Some(extent) = self.extents.get_mut(&id) else {
            return;
        };
        extent.begun = true;
        let is_over = extent.due.is_some_and(|due| due.passed(first));
        let start = extent.start.unwrap_or(Instant::MIN);
        let keys: BTreeSet<Option<Value>> = match &self.every {
            None => BTreeSet::from([None]),
            Some(every) => {
                let states = every.states.iter();
                states
                    .flat_map(|state| context.fluents.keys(*state))
                    .cloned()
                    .map(Some)
                    .collect()
            }
        };
        let is_repair = extent.repairs.is_some();
        let sets: Vec<BTreeSet<Option<Value>>> = if is_repair {
            vec![keys]
        } else {
            keys.into_iter().map(|key| BTreeSet::from([key])).collect()
        };
        for keys in sets {
            let watch = self.watch(id, start);
            for key in keys {
                self.add_key(watch, key, context);
            }
            if !is_over {
                self.judge(watch, start, context, table);
            }
        }
    }

    fn watch(&mut self, extent_id: u64, start: Instant) -> u64 {
        let id = self.next_id();
        let watch = Watch {
            extent: extent_id,
            keys: SmallVec::new(),
            start: (start > Instant::MIN).then_some(start),
            state: Standing::Holds,
            interval: None,
            concerned: false,
            slots: SmallVec::new(),
        };
        self.watches.insert(id, watch);
        if let Some(extent) = self.extents.get_mut(&extent_id) {
            extent.watches.push(id);
        }
        id
    }

    fn add_key(&mut self, id: u64, key: Option<Value>, context: &Context<'_>) {
        let Some(watch) = self.watches.get_mut(&id) else { return };
        let Some(extent) = self.extents.get(&watch.extent) else {
            return;
        };
        let frame = Frame {
            key: key.as_ref(),
            ..extent.bindings.frame()
        };
        for (state, key) in &self.reads {
            let slot = match key {
                None => (*state, None),
                Some(operand) => match evaluate_operand(operand, &frame, context) {
                    Evaluated::One(value) => (*state, Some(value.into_owned())),
                    Evaluated::Many(_) | Evaluated::Lacking(_) => continue,
                },
            };
            self.by_slot.entry(slot.clone()).or_default().insert(id);
            if !watch.slots.contains(&slot) {
                watch.slots.push(slot);
            }
        }
        watch.keys.push(key);
    }

    /// Takes in the changes of a time point.
    pub(super) fn changed(&mut self, now: Instant, slots: &[Slot], context: &Context<'_>, table: &mut Table) {
        self.begin_now(context, table);
        if let Some(every) = &self.every {
            let fresh: BTreeSet<Value> = slots
                .iter()
                .filter(|(state, _)| every.states.contains(state))
                .filter_map(|(_, key)| key.clone())
                .collect();
            let extents: Vec<u64> = {
                let begun = self.extents.iter().filter(|(_, extent)| extent.begun);
                let mut ids: Vec<u64> = begun.map(|(id, _)| *id).collect();
                ids.sort_unstable();
                ids
            };
            for key in fresh {
                for &extent in &extents {
                    self.take_on(extent, &key, now, context);
                }
            }
        }
        let affected: BTreeSet<u64> = if std::mem::take(&mut self.resumed) {
            self.watches.keys().copied().collect()
        } else {
            let watching = slots.iter().filter_map(|slot| self.by_slot.get(slot));
            watching.flatten().copied().collect()
        };
        for id in affected {
            self.judge(id, now, context, table);
        }
    }

    /// Follows a key that was set for the first time.
    fn take_on(&mut self, extent_id: u64, key: &Value, now: Instant, context: &Context<'_>) {
        let Some(extent) = self.extents.get(&extent_id) else {
            return;
        };
        let mut watches = extent.watches.iter().filter_map(|id| self.watches.get(id));
        let known = watches.any(|watch| watch.keys.iter().flatten().any(|known| known == key));
        if known {
            return;
        }
        let watch = match (extent.repairs, extent.watches.first()) {
            (Some(_), Some(&watch)) => watch,
            _ => self.watch(extent_id, now),
        };
        self.add_key(watch, Some(key.clone()), context);
    }

    /// Judges the condition of a watch from an instant on.
    fn judge(&mut self, id: u64, from: Instant, context: &Context<'_>, table: &mut Table) {
        if self.suspended {
            return;
        }
        let Some(watch) = self.watches.get(&id) else { return };
        let Some(extent) = self.extents.get(&watch.extent) else {
            return;
        };
        if extent.due.is_some_and(|due| due.passed(from)) {
            return;
        }
        let doubting = context.doubting();
        let truths = watch.keys.iter().map(|key| {
            let frame = Frame {
                key: key.as_ref(),
                ..extent.bindings.frame()
            };
            evaluate(&self.condition, &frame, &doubting)
        });
        let (state, lacks) = match Truth::all(truths) {
            Truth::True => (Standing::Holds, Vec::new()),
            Truth::False => match &extent.doubt {
                None => (Standing::Broken, Vec::new()),
                Some(lacks) => (Standing::Unknown, lacks.clone()),
            },
            Truth::Unknown(lacks) => (Standing::Unknown, lacks.to_vec()),
        };
        if state == watch.state {
            return;
        }
        let by: Vec<Arc<Event>> = watch
            .slots
            .iter()
            .filter_map(|(state, key)| context.fluents.get(*state, key.as_ref()))
            .flat_map(|fluent| fluent.by.iter().cloned())
            .collect();
        self.close(id, Some(from), table);
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.state = state;
        }
        if state != Standing::Holds {
            let interval = Interval {
                start: from,
                lacks,
                broken: state == Standing::Broken,
                by,
                instance: None,
            };
            self.open_interval(id, interval, table);
        }
    }

    fn open_interval(&mut self, id: u64, mut interval: Interval, table: &mut Table) {
        let Some(watch) = self.watches.get_mut(&id) else { return };
        let Some(extent) = self.extents.get(&watch.extent) else {
            return;
        };
        if let (Some(instance), true) = (extent.repairs, watch.concerned) {
            // A repair is one duty: the first interval that breaks it decides, and before that the first unknown one.
            let decided = matches!(table.outcome_mut(instance, self.position), Some(Outcome::Broken(_)));
            if decided || !interval.broken {
                return;
            }
        }
        watch.concerned = true;
        let instance = match extent.repairs {
            Some(instance) => instance,
            None => {
                let step = Step::new(watch.start, extent.due, Outcome::Open { count: 0 });
                table.start(self.clause, subject(watch, extent), step)
            }
        };
        interval.instance = Some(instance);
        table.set(instance, self.position, interval.outcome(None));
        if interval.broken {
            table.breached.push(Breached {
                instance,
                clause: self.clause,
                position: self.position,
                at: interval.start,
                just_after: extent.just_after && extent.start == Some(interval.start),
                bindings: extent.bindings.clone(),
            });
        }
        watch.interval = Some(interval);
    }

    /// Ends the interval of a watch, if it is in one.
    fn close(&mut self, id: u64, end: Option<Instant>, table: &mut Table) {
        let Some(watch) = self.watches.get_mut(&id) else { return };
        let Some(interval) = watch.interval.take() else { return };
        let Some(instance) = interval.instance else { return };
        let Some(extent) = self.extents.get(&watch.extent) else {
            return;
        };
        table.set(instance, self.position, interval.outcome(end));
        if extent.repairs.is_none() {
            table.release(instance);
        }
    }

    /// Ends an extent: what is in an interval ends with it, and what never was has been maintained.
    fn end(&mut self, id: u64, at: Instant, table: &mut Table) {
        let Some(extent) = self.extents.get(&id) else { return };
        let repairs = extent.repairs;
        let mut kept = true;
        for watch in extent.watches.clone() {
            self.close(watch, Some(at), table);
        }
        for watch in self.drop_watches(id) {
            kept &= !watch.concerned;
            if !watch.concerned && repairs.is_none() {
                self.report_kept(&watch, id, Outcome::Met { by: None }, table);
            }
        }
        if let Some(instance) = repairs {
            if kept {
                table.set(instance, self.position, Outcome::Met { by: None });
            }
            table.release(instance);
        }
        self.remove(id);
    }

    fn remove(&mut self, id: u64) {
        self.extents.remove(&id);
        self.endings.iter_mut().for_each(|endings| endings.leave(id));
    }

    fn drop_watches(&mut self, extent: u64) -> Vec<Watch> {
        let ids = self
            .extents
            .get_mut(&extent)
            .map(|extent| std::mem::take(&mut extent.watches));
        let mut dropped = Vec::new();
        for id in ids.unwrap_or_default() {
            let Some(watch) = self.watches.remove(&id) else {
                continue;
            };
            for slot in &watch.slots {
                if let Some(ids) = self.by_slot.get_mut(slot) {
                    ids.remove(&id);
                    if ids.is_empty() {
                        self.by_slot.remove(slot);
                    }
                }
            }
            dropped.push(watch);
        }
        dropped
    }

    fn report_kept(&self, watch: &Watch, extent: u64, outcome: Outcome, table: &mut Table) {
        let Some(extent) = self.extents.get(&extent) else {
            return;
        };
        let step = Step {
            ended_by: extent.ended_by.clone(),
            ..Step::new(watch.start, extent.due, outcome)
        };
        table.add_finished(self.clause, subject(watch, extent), step);
    }

    /// Judges nothing from now on; the intervals end.
    pub(super) fn suspend(&mut self, now: Instant, table: &mut Table) {
        self.suspended = true;
        self.resumed = false;
        let mut watches: Vec<u64> = self.watches.keys().copied().collect();
        watches.sort_unstable();
        for id in watches {
            self.close(id, Some(now), table);
            if let Some(watch) = self.watches.get_mut(&id) {
                watch.state = Standing::Holds;
            }
        }
    }

    /// Judges again, from now on, as soon as the changes of now are taken in.
    pub(super) fn resume(&mut self) {
        self.suspended = false;
        self.resumed = true;
    }

    /// Puts off the end of what ends at an instant.
    pub(super) fn put_off(&mut self, old: Due, new: Due) {
        for (&id, extent) in &mut self.extents {
            if extent.repairs.is_none() && extent.due == Some(old) {
                extent.due = Some(new);
                self.ends.push(new, id);
            }
        }
    }

    /// Ends all extents now, before anything that happens now.
    pub(super) fn end_all(&mut self, now: Instant, table: &mut Table) {
        self.suspended = true;
        let (begun, waiting): (Vec<_>, Vec<_>) = self.extents.iter().partition(|(_, extent)| extent.begun);
        let waiting: Vec<u64> = waiting.into_iter().map(|(id, _)| *id).collect();
        let mut begun: Vec<u64> = begun.into_iter().map(|(id, _)| *id).collect();
        begun.sort_unstable();
        for id in waiting {
            self.extents.remove(&id);
        }
        for id in begun {
            self.end(id, now, table);
        }
    }

    /// Forgets a repair that is no longer owed.
    pub(super) fn forget(&mut self, instance: InstanceKey, table: &mut Table) {
        let of_instance = self.extents.iter().find(|(_, extent)| extent.repairs == Some(instance));
        let Some((&id, _)) = of_instance else { return };
        self.drop_watches(id);
        self.remove(id);
        table.release(instance);
    }

    /// Reports the watches that are still open and never were in an interval.
    pub(super) fn finish(&mut self, table: &mut Table) {
        let mut open: Vec<(&u64, &Watch)> = self.watches.iter().filter(|(_, watch)| !watch.concerned).collect();
        open.sort_by_key(|(id, _)| **id);
        for (_, watch) in open {
            let is_repair = self
                .extents
                .get(&watch.extent)
                .is_some_and(|extent| extent.repairs.is_some());
            if !is_repair {
                self.report_kept(watch, watch.extent, Outcome::Open { count: 0 }, table);
            }
        }
    }
}

fn subject(watch: &Watch, extent: &Extent) -> Subject {
    let trigger = extent.bindings.trigger.clone();
    match (watch.keys.iter().flatten().next(), trigger) {
        (Some(key), trigger) => Subject::Key(key.clone(), trigger),
        (None, Some(trigger)) => Subject::Trigger(trigger),
        (None, None) => Subject::Term,
    }
}

impl Interval {
    fn outcome(&self, end: Option<Instant>) -> Outcome {
        if self.broken {
            Outcome::Broken(Breach::Interval {
                start: self.start,
                end,
                by: self.by.clone(),
            })
        } else {
            Outcome::Unknown {
                lacks: self.lacks.clone(),
                at: self.by.first().cloned(),
                interval: Some((self.start, end)),
            }
        }
    }
}
