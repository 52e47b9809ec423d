//! Instances that are not finished: each is held by the monitors that may still change it, and given out when the last lets go.
//! The duties of an instance that count events are beside it, so that one look finds both.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::hash_map::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::duties::Duties;
use super::duty::Duty;
use super::entries::{Entries, Held};
use super::entry::{Entry, Spare, Told};
use super::evaluate::Bindings;
use super::instance::{Instance, Outcome, Step, Subject};
use super::life::Extended;
use super::rest::Rest;
use super::shown::{Shown, set};
use super::state::{Loader, Restored, Saved, Saver, StateError, saved};
use crate::log::Event;
use crate::model::{ClauseId, Model};
use crate::time::{Due, Instant};

/// Identifies an unfinished instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceKey(u64);

impl Saved for InstanceKey {
    fn save(&self, to: &mut Saver<'_>) {
        to.number(self.0);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let key = from.number()?;
        if key < from.instances {
            Ok(InstanceKey(key))
        } else {
            Err(from.damaged("there was no such instance"))
        }
    }
}

/// An extension of the term that a clause is owed in.
#[derive(Debug)]
struct Extension {
    /// The end that the term was concluded with.
    concluded: Instant,
    last: Arc<Extended>,
}

saved!(struct Extension { concluded, last });

/// A duty that was broken, for the next one in the chain to be opened.
#[derive(Debug)]
pub(super) struct Breached {
    pub(super) instance: InstanceKey,
    pub(super) clause: ClauseId,
    /// The position of the duty that was broken.
    pub(super) position: u8,
    /// The instant that the time of a repair is counted from.
    pub(super) at: Instant,
    /// Whether the breach is a fact only just after that instant.
    pub(super) just_after: bool,
    pub(super) bindings: Bindings,
}

saved!(struct Breached { instance, clause, position, at, just_after, bindings });

/// The unfinished instances, the finished ones that nobody has taken yet, and breaches that nobody has answered yet.
#[derive(Debug)]
pub(super) struct Table {
    entries: Entries<Entry>,
    released: Vec<InstanceKey>,
    #[expect(
        clippy::vec_box,
        reason = "what was unfinished comes here as it is, without being moved"
    )]
    finished: Vec<Box<Entry>>,
    spare: Spare,
    /// The instances of which a duty was broken, or a breach repaired, since somebody asked, where somebody does ask.
    broken: Option<Vec<InstanceKey>>,
    /// The instances that were opened since somebody asked, where somebody does ask.
    opened: Option<Vec<InstanceKey>>,
    pub(super) breached: Vec<Breached>,
    /// The instances whose delay is or may be excused, with nobody having told their repairs so far.
    pub(super) excused: Vec<InstanceKey>,
    /// The instances that were finished and have not been forgotten yet.
    pub(super) gone: Vec<(ClauseId, InstanceKey)>,
    /// The instances that turned out to be none, with nobody having told their repairs so far.
    discarded: Vec<InstanceKey>,
    extensions: BTreeMap<ClauseId, Extension>,
}

impl Restored for Table {
    fn save(&self, to: &mut Saver<'_>) {
        let Table {
            entries,
            released,
            finished,
            spare: _,
            // Whoever follows what is opened and broken says so again.
            broken: _,
            opened: _,
            breached,
            excused,
            gone,
            discarded,
            extensions,
        } = self;
        entries.save(to, |number, to| InstanceKey(number).save(to));
        released.save(to);
        finished.save(to);
        breached.save(to);
        excused.save(to);
        gone.save(to);
        discarded.save(to);
        extensions.save(to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let next = u64::load(from)?;
        from.instances = next;
        let entries: HashMap<InstanceKey, Box<Entry>, RandomState> = Saved::load(from)?;
        let entries = entries.into_iter().map(|(key, entry)| (key.0, entry));
        self.entries.restore(next, entries.collect());
        self.released = Saved::load(from)?;
        self.finished = Saved::load(from)?;
        self.breached = Saved::load(from)?;
        self.excused = Saved::load(from)?;
        self.gone = Saved::load(from)?;
        self.discarded = Saved::load(from)?;
        self.extensions = Saved::load(from)?;
        Ok(())
    }
}

impl Table {
    /// One that holds nothing.
    pub(super) fn new(model: Arc<Model>) -> Self {
        Table {
            entries: Entries::new(model),
            released: Vec::new(),
            finished: Vec::new(),
            spare: Spare::default(),
            broken: None,
            opened: None,
            breached: Vec::new(),
            excused: Vec::new(),
            gone: Vec::new(),
            discarded: Vec::new(),
            extensions: BTreeMap::new(),
        }
    }

    /// Starts an instance, held once.
    #[inline]
    pub(super) fn start(&mut self, clause: ClauseId, subject: Subject, step: Step) -> InstanceKey {
        let entry = self.entry(clause, subject, step);
        let key = InstanceKey(self.entries.add(entry));
        if let Some(opened) = &mut self.opened {
            opened.push(key);
        }
        key
    }

    /// Adds an instance that is finished from the start.
    pub(super) fn add_finished(&mut self, clause: ClauseId, subject: Subject, step: Step) {
        let entry = self.entry(clause, subject, step);
        self.finished.push(entry);
    }

    #[inline]
    fn entry(&mut self, clause: ClauseId, subject: Subject, step: Step) -> Box<Entry> {
        let mut entry = self.spare.make(clause, subject, step);
        if !self.extensions.is_empty() {
            mark(&self.extensions, &mut entry.instance);
        }
        entry
    }

    /// An instance and its duties, to take on one more.
    pub(super) fn owing(&mut self, key: InstanceKey) -> Option<(&Instance, &mut Duties)> {
        let entry = self.entries.get_mut(key.0)?;
        Some((&entry.instance, &mut entry.duties))
    }

    /// The duty of an instance at a position, and the instance.
    pub(super) fn duty(&mut self, key: InstanceKey, position: u8) -> Option<(&Duty, &Instance)> {
        let entry = self.entries.get_mut(key.0)?;
        Some((entry.duties.get(position)?, &entry.instance))
    }

    /// As [`Table::duty`], to change the duty.
    pub(super) fn duty_mut(&mut self, key: InstanceKey, position: u8) -> Option<&mut Duty> {
        self.entries.get_mut(key.0)?.duties.get_mut(position)
    }

    /// Forgets the duty of an instance at a position.
    pub(super) fn forget_duty(&mut self, key: InstanceKey, position: u8) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            entry.duties.remove(position);
        }
    }

    /// Shows something to the duty of an instance at a position, which is forgotten, and lets go of the instance, if it waits for no more.
    /// Says whether it waits; there may be none.
    pub(super) fn show(
        &mut self,
        key: InstanceKey,
        position: u8,
        waits: impl FnOnce(&mut Duty, &mut Shown<'_>) -> bool,
    ) -> Option<bool> {
        let entry = self.entries.get_mut(key.0)?;
        let duty = entry.duties.get_mut(position)?;
        let mut shown = Shown {
            key,
            instance: &mut entry.instance,
            broken: self.broken.as_mut(),
            breached: &mut self.breached,
            excused: &mut self.excused,
        };
        let waits = waits(duty, &mut shown);
        if !waits {
            entry.duties.remove(position);
            self.released.push(key);
        }
        Some(waits)
    }

    /// Says what has extended the term of a clause, which was concluded with an end.
    pub(super) fn extend(&mut self, clause: ClauseId, concluded: Instant, last: &Arc<Extended>) {
        let last = Arc::clone(last);
        self.extensions.insert(clause, Extension { concluded, last });
    }

    /// Puts off when the first duty of an instance is due. What it was decided by before stays so.
    pub(super) fn put_off(&mut self, key: InstanceKey, due: Due) {
        let Table {
            entries, extensions, ..
        } = self;
        let Some(entry) = entries.get_mut(key.0) else {
            return;
        };
        if let Some(step) = entry.instance.steps.first_mut()
            && (entry.withheld || !matches!(step.outcome, Outcome::Met { .. } | Outcome::Waived { .. }))
        {
            step.due = Some(due);
            mark(extensions, &mut entry.instance);
        }
    }

    /// Keeps an instance back until somebody vouches for it, or discards it.
    pub(super) fn withhold(&mut self, key: InstanceKey) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            entry.withheld = true;
        }
    }

    /// Makes an instance one that was kept back.
    pub(super) fn vouch_for(&mut self, key: InstanceKey) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            entry.withheld = false;
            if entry.holders == 0 {
                self.released.push(key);
            }
            if let (Some(broken), Some(opened)) = (&mut self.broken, &mut self.opened) {
                broken.push(key);
                opened.push(key);
            }
        }
    }

    /// Says that an instance that is kept back is none. Once the monitors of its repairs have forgotten it, it is to be dropped.
    pub(super) fn discard(&mut self, key: InstanceKey) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            entry.withheld = true;
            self.gone.push((entry.instance.clause, key));
            self.discarded.push(key);
        }
    }

    /// The instances of a clause that turned out to be none since the last call.
    #[inline]
    pub(super) fn take_discarded(&mut self, clause: ClauseId) -> Vec<InstanceKey> {
        if self.discarded.is_empty() {
            return Vec::new();
        }
        let entries = &mut self.entries;
        let of_clause = |key: &mut InstanceKey| {
            let entry = entries.get_mut(key.0);
            entry.is_none_or(|entry| entry.instance.clause == clause)
        };
        self.discarded.extract_if(.., of_clause).collect()
    }

    /// Drops an instance that was discarded.
    pub(super) fn drop_discarded(&mut self, key: InstanceKey) {
        self.entries.remove(key.0);
    }

    /// Opens the next duty of the chain, which holds the instance too.
    pub(super) fn push_step(&mut self, key: InstanceKey, opened: Instant, just_after: bool, due: Option<Due>) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            entry.holders += 1;
            entry.just_after = just_after;
            entry
                .instance
                .steps
                .push(Step::new(Some(opened), due, Outcome::Open { count: 0 }));
        }
    }

    /// Says what became of a duty of the chain, so far or for good.
    #[inline]
    pub(super) fn set(&mut self, key: InstanceKey, position: u8, outcome: Outcome) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            set(&mut entry.instance, self.broken.as_mut(), key, position, outcome);
        }
    }

    /// Says how many events have counted so far for a duty of the chain that is open.
    pub(super) fn count(&mut self, key: InstanceKey, position: u8, events: u32) {
        match self.outcome_mut(key, position) {
            Some(Outcome::Open { count }) => *count = events,
            Some(_) => self.set(key, position, Outcome::Open { count: events }),
            None => {}
        }
    }

    /// Says that an event has ended the time of a duty of the chain.
    pub(super) fn end(&mut self, key: InstanceKey, position: u8, due: Due, by: &Arc<Event>) {
        let entry = self.entries.get_mut(key.0);
        if let Some(step) = entry.and_then(|entry| entry.instance.steps.get_mut(usize::from(position))) {
            step.due = Some(due);
            step.ended_by = Some(Arc::clone(by));
        }
    }

    /// What was said of a duty of the chain.
    pub(super) fn outcome_mut(&mut self, key: InstanceKey, position: u8) -> Option<&mut Outcome> {
        let entry = self.entries.get_mut(key.0)?;
        Some(&mut entry.instance.steps.get_mut(usize::from(position))?.outcome)
    }

    /// The position of the duty that an instance is at, and what was said of it.
    pub(super) fn present(&mut self, key: InstanceKey) -> Option<(u8, &Outcome)> {
        let steps = &self.entries.get_mut(key.0)?.instance.steps;
        let position = u8::try_from(steps.len().checked_sub(1)?).ok()?;
        steps.last().map(|step| (position, &step.outcome))
    }

    /// Whether nothing is left to be excused at an instant, of which no answer to a repair has been counted yet: the breach was repaired before
    /// it, or released not later. What is met at the very instant from which it is owed is not met before.
    pub(super) fn is_settled(&mut self, key: InstanceKey, now: Instant) -> bool {
        let Some(entry) = self.entries.get_mut(key.0) else {
            return true;
        };
        let steps = &entry.instance.steps;
        let Some(last) = steps.last() else { return false };
        match last.outcome {
            Outcome::Met { .. } => {
                let from = last.opened.filter(|_| steps.len() > 1);
                let from = from.map(|from| if entry.just_after { from.next() } else { from });
                from.is_none_or(|from| from < now)
            }
            Outcome::Waived { .. } => true,
            Outcome::Open { .. } | Outcome::Broken(_) | Outcome::Unknown { .. } => false,
        }
    }

    /// Takes back the repairs of an instance. Their monitors are to forget it too.
    pub(super) fn take_back_repairs(&mut self, key: InstanceKey) {
        if let Some(entry) = self.entries.get_mut(key.0) {
            entry.instance.steps.truncate(1);
        }
    }

    /// Says that an instance waits for what comes late, if anything does.
    pub(super) fn waits(&mut self, key: InstanceKey) {
        // Whoever follows what is broken asks for it again.
        if self.broken.is_none() {
            self.entries.waits(key.0);
        }
    }

    /// As [`Engine::keep_whole`](super::Engine::keep_whole).
    pub(super) fn keep_whole(&mut self, most: usize) {
        self.entries.keep_whole(most);
    }

    /// How many instances are packed.
    pub(super) fn packed(&self) -> usize {
        self.entries.packed()
    }

    /// Packs instances that have waited for long.
    #[inline]
    pub(super) fn pack_waiting(&mut self) {
        self.entries.pack_waiting(Entry::waits);
    }

    /// Lets go of an instance, once the breaches so far have been answered.
    pub(super) fn release(&mut self, key: InstanceKey) {
        self.released.push(key);
    }

    /// Whether instances are to be let go of, or forgotten.
    #[inline]
    pub(super) fn has_released(&self) -> bool {
        !self.released.is_empty() || !self.gone.is_empty()
    }

    /// Finishes the instances that nobody holds any more.
    pub(super) fn let_go(&mut self) {
        for key in self.released.drain(..) {
            let Some(entry) = self.entries.get_mut(key.0) else {
                continue;
            };
            entry.holders = entry.holders.saturating_sub(1);
            if entry.holders == 0
                && !entry.withheld
                && let Some(entry) = self.entries.remove(key.0)
            {
                self.gone.push((entry.instance.clause, key));
                self.finished.push(entry);
            }
        }
    }

    /// Gives out all instances that are not finished, as they are.
    pub(super) fn finish(&mut self) {
        let packing = self.entries.packing();
        let rest = self.entries.drain().map(|held| held.whole(&packing));
        self.finished.extend(rest.filter(|entry| !entry.withheld));
    }

    /// All instances of which this is so, finished or as they are.
    pub(super) fn finish_if(mut self, mut keeps: impl FnMut(&mut Instance) -> bool) -> Rest {
        let packing = self.entries.packing();
        let finished = std::mem::take(&mut self.finished);
        let mut rest = Rest::new(Arc::clone(&packing));
        for held in finished.into_iter().map(Held::Whole).chain(self.entries.drain()) {
            let is_packed = held.is_packed();
            let mut entry = held.whole(&packing);
            if !entry.withheld && keeps(&mut entry.instance) {
                rest.add(entry, is_packed);
            }
        }
        rest.sort();
        rest
    }

    /// The instances that were finished since the last call, with what has been told of each, in the order of [`Instance::rank`].
    pub(super) fn take_finished(&mut self) -> Vec<(Instance, Told)> {
        let mut finished = std::mem::take(&mut self.finished);
        finished.sort_by_key(|entry| entry.instance.rank());
        finished.into_iter().map(|entry| (entry.instance, entry.told)).collect()
    }

    /// As [`Table::take_finished`], of those of which this is so; the others are forgotten.
    #[inline]
    pub(super) fn take_finished_if(&mut self, keeps: impl FnMut(&mut Instance) -> bool) -> Vec<Instance> {
        if self.finished.is_empty() {
            return Vec::new();
        }
        self.take_some_finished(keeps)
    }

    fn take_some_finished(&mut self, mut keeps: impl FnMut(&mut Instance) -> bool) -> Vec<Instance> {
        let mut kept = Vec::new();
        for mut entry in self.finished.drain(..) {
            if keeps(&mut entry.instance) {
                kept.push(entry.instance);
            } else {
                self.spare.put(entry);
            }
        }
        if kept.len() > 1 {
            kept.sort_by_key(Instance::rank);
        }
        kept
    }

    /// Takes note from now on of the instances that are opened, and of those of which a duty is broken or a breach repaired.
    pub(super) fn follow(&mut self) {
        self.broken.get_or_insert_default();
        self.opened.get_or_insert_default();
    }

    /// The unfinished instances of which a duty was broken or a breach repaired since the last call.
    pub(super) fn take_broken(&mut self) -> Vec<InstanceKey> {
        let mut broken = self.broken.as_mut().map(std::mem::take).unwrap_or_default();
        broken.sort_unstable();
        broken.dedup();
        broken
    }

    /// An unfinished instance, and what has been told of it; not one that is kept back.
    pub(super) fn unfinished_mut(&mut self, key: InstanceKey) -> Option<(&Instance, &mut Told)> {
        let entry = self.entries.get_mut(key.0).filter(|entry| !entry.withheld)?;
        Some((&entry.instance, &mut entry.told))
    }

    /// An unfinished instance that is not kept back.
    pub(super) fn get(&self, key: InstanceKey) -> Option<Cow<'_, Instance>> {
        let entry = self.entries.look(key.0).filter(|entry| !entry.withheld)?;
        Some(entry.instance())
    }

    /// The instances that were opened since the last call, in their order, where somebody follows them.
    pub(super) fn take_opened(&mut self) -> Vec<InstanceKey> {
        self.opened.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// All unfinished instances that are not kept back.
    pub(super) fn all(&self) -> impl Iterator<Item = Cow<'_, Instance>> {
        let entries = self.entries.iter().filter(|(_, entry)| !entry.withheld);
        entries.map(|(_, entry)| entry.instance())
    }

    /// How many instances are unfinished.
    pub(super) fn unfinished(&self) -> usize {
        self.entries.len().saturating_sub(self.discarded.len())
    }
}

/// Says what extended the term, where an instance is owed past the end that the term was concluded with.
fn mark(extensions: &BTreeMap<ClauseId, Extension>, instance: &mut Instance) {
    let Some(extension) = extensions.get(&instance.clause) else {
        return;
    };
    let triggered = matches!(instance.subject, Subject::Trigger(_) | Subject::Key(_, Some(_)));
    if let Some(step) = instance.steps.first_mut() {
        let past = if triggered {
            step.opened.is_some_and(|opened| extension.concluded <= opened)
        } else {
            step.due.is_some_and(|due| extension.concluded < due.edge())
        };
        // Where an earlier extension is enough, it is that one.
        let known = step.extended_by.as_ref();
        let enough = known.is_some_and(|known| step.due.is_none_or(|due| due.edge() <= known.end));
        if !enough {
            step.extended_by = past.then(|| Arc::clone(&extension.last));
        }
    }
}
