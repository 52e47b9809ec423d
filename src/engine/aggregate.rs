//! Bounds over an extent of time: a period, the term, or what a trigger or a breach opened.
//!
//! A bound is judged when its time is over, and before where nothing that follows can change it, or where a ceiling is exceeded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::deadlines::Deadlines;
use super::ending::{Ending, Endings};
use super::evaluate::{Bindings, Context};
use super::figures::{BoundPlan, Lines, Standing};
use super::history::{Key, known_key, own_key};
use super::instance::{Breach, Outcome, Trigger};
use super::life::{Gate, Pace};
use super::settling::{Early, Settling};
use super::state::restored;
use super::stretch::{About, Account, Changed, Owed, Stretch};
use super::table::{Breached, InstanceKey, Table};
use super::truth::Lacks;
use crate::log::Event;
use crate::model::{ClauseId, Periods};
use crate::plan::PatternPlan;
use crate::syntax::ast::Direction;
use crate::time::{Due, Instant, Period, Zone};
use crate::value::Value;

/// The bounds at one place in the chain of one clause.
#[derive(Debug)]
pub(super) struct Aggregate {
    clause: ClauseId,
    position: u8,
    plan: BoundPlan,
    cadence: Option<Cadence>,
    stretches: BTreeMap<u64, Stretch>,
    next: u64,
    deadlines: Deadlines<u64>,
    /// Stretches by the values that their events must have, where the rules say so.
    joined: HashMap<Key, BTreeSet<u64>, RandomState>,
    /// Those that any event may be about, in the order in which they were opened.
    loose: Vec<u64>,
    /// The groups found in the periods so far.
    found: BTreeSet<Value>,
    /// Stretches that the present instant has changed.
    touched: SmallVec<[u64; 2]>,
    /// The stretches of the instances that are held.
    places: HashMap<InstanceKey, u64, RandomState>,
    endings: Option<Endings<u64>>,
    /// Instances that were begun since it was last asked, with what they know.
    begun: Vec<(InstanceKey, Bindings)>,
}

restored!(Aggregate {
    saved: [stretches, next, deadlines, found, touched, places, begun],
    restored: [cadence, endings],
    derived: [joined, loose] by find_by_key,
    fixed: [clause, position, plan],
    checked by is_as_planned,
});

/// The periods that follow one another.
#[derive(Debug)]
struct Cadence {
    periods: Periods,
    next_index: u32,
    /// No period begins before; the first instant where that is not known.
    waits_until: Instant,
    over: bool,
}

restored!(Cadence {
    saved: [next_index, waits_until, over],
    restored: [periods],
});

/// What a stretch is opened with.
#[derive(Debug)]
struct Opening {
    /// From when on, and whether only just after that.
    opened: (Option<Instant>, bool),
    due: Option<Due>,
    bindings: Bindings,
    about: About,
    key: Option<Key>,
}

/// An event, with the group that it can make known, and the only one that it can bring something to.
struct Offered<'e> {
    event: &'e Arc<Event>,
    group: Option<Value>,
    only: Option<Value>,
}

impl Aggregate {
    pub(super) fn new(clause: ClauseId, position: u8, plan: BoundPlan, end: Option<PatternPlan>) -> Self {
        Aggregate {
            clause,
            position,
            plan,
            cadence: None,
            stretches: BTreeMap::new(),
            next: 0,
            deadlines: Deadlines::default(),
            joined: HashMap::default(),
            loose: Vec::new(),
            found: BTreeSet::new(),
            touched: SmallVec::new(),
            places: HashMap::default(),
            endings: end.map(Endings::new),
            begun: Vec::new(),
        }
    }

    fn find_by_key(&mut self) {
        for (id, stretch) in &self.stretches {
            match &stretch.key {
                Some(key) => {
                    self.joined.entry(key.clone()).or_default().insert(*id);
                }
                None => self.loose.push(*id),
            }
        }
    }

    fn is_as_planned(&self) -> Result<(), &'static str> {
        if self.stretches.keys().next_back().is_some_and(|last| *last >= self.next) {
            return Err("a number is given twice");
        }
        let stretches = self.stretches.values();
        let accounts = stretches.flat_map(|stretch| stretch.accounts.values().chain([&stretch.unborn]));
        self.plan.made(accounts.map(|account| &account.meter))
    }

    /// Over periods.
    pub(super) fn each(clause: ClauseId, plan: BoundPlan, periods: Periods, zone: &Zone) -> Self {
        let first = periods.cadence.period_at(zone, periods.anchor, periods.start());
        let cadence = Cadence {
            periods,
            next_index: first.map_or(0, |period| period.index),
            waits_until: Instant::MIN,
            over: first.is_none(),
        };
        Aggregate {
            cadence: Some(cadence),
            ..Aggregate::new(clause, 0, plan, None)
        }
    }

    /// Takes on the term, or a part of it.
    pub(super) fn open_term(
        &mut self,
        opened: Option<Instant>,
        due: Option<Due>,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let opening = Opening {
            opened: (opened, false),
            due,
            bindings: Bindings::default(),
            about: About::Term,
            key: None,
        };
        self.open_endable(opening, context, table);
    }

    /// Takes on what a trigger opened.
    pub(super) fn open_for(
        &mut self,
        trigger: &Trigger,
        bindings: Bindings,
        due: Option<Due>,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let key = self.key(&bindings, context);
        let about = About::Trigger(trigger.clone());
        let opening = Opening {
            opened: (Some(trigger.event.time), false),
            due,
            bindings,
            about,
            key,
        };
        self.open_endable(opening, context, table);
        self.advance(context.now, table);
    }

    /// Takes on a repair, which holds its instance already.
    pub(super) fn open_repair(
        &mut self,
        instance: InstanceKey,
        bindings: Bindings,
        opened: (Option<Instant>, bool),
        due: Option<Due>,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let key = self.key(&bindings, context);
        let opening = Opening {
            opened,
            due,
            bindings,
            about: About::Repair(instance),
            key,
        };
        self.open_endable(opening, context, table);
        self.advance(context.now, table);
    }

    /// Takes on a stretch whose time an event can end.
    fn open_endable(&mut self, opening: Opening, context: &Context<'_>, table: &mut Table) {
        let bindings = opening.bindings.clone();
        let id = self.open(opening, context.now, table);
        let endings = self.endings.as_mut().filter(|_| self.stretches.contains_key(&id));
        let ending = endings.and_then(|endings| endings.enter(id, &bindings, context));
        self.heed(id, ending, context, table);
    }

    /// Shows the events of a time point that may end stretches.
    pub(super) fn end_by(&mut self, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) {
        let Some(endings) = &mut self.endings else { return };
        for (id, ending) in endings.show(events, context) {
            self.heed(id, Some(ending), context, table);
        }
    }

    /// Lets an event end a stretch, if it is not over.
    fn heed(&mut self, id: u64, ending: Option<Ending>, context: &Context<'_>, table: &mut Table) {
        let (Some(ending), Some(stretch)) = (ending, self.stretches.get_mut(&id)) else {
            return;
        };
        match ending {
            Ending::Doubtful(lacks) => {
                stretch.doubt.get_or_insert(lacks);
            }
            Ending::Over(by) => {
                let due = Due::before(by.time);
                if stretch.due.is_some_and(|known| known <= due) {
                    return;
                }
                stretch.due = Some(due);
                let instances = stretch.accounts.values().filter_map(|account| account.instance);
                instances.for_each(|instance| table.end(instance, self.position, due, &by));
                self.deadlines.push(due, id);
                self.advance(context.now, table);
            }
        }
    }

    fn key(&self, bindings: &Bindings, context: &Context<'_>) -> Option<Key> {
        // An event of no weight still brings a group into being, and one of the reference has joins of its own.
        if self.plan.pattern.joins.is_empty() || self.plan.reference.is_some() || self.plan.finds_groups() {
            return None;
        }
        let frame = bindings.frame();
        known_key(&self.plan.pattern, &frame, context)
    }

    fn open(&mut self, opening: Opening, now: Instant, table: &mut Table) -> u64 {
        let Opening {
            opened: (opened, just_after),
            due,
            bindings,
            about,
            key,
        } = opening;
        let id = self.next;
        self.next += 1;
        let unborn = Account {
            instance: None,
            meter: self.plan.meter(),
            lines: Lines::default(),
            lacks: Lacks::new(),
            doubtful: None,
            doubted: false,
        };
        let mut stretch = Stretch {
            opened,
            just_after,
            due,
            doubt: None,
            bindings,
            about,
            key,
            accounts: BTreeMap::new(),
            unborn,
            withheld: Vec::new(),
            changed: Changed::All,
        };
        let in_period = matches!(stretch.about, About::Period(..));
        let found = self.found.iter().filter(|_| in_period).cloned().map(Some);
        for group in self.plan.known_groups().into_iter().chain(found) {
            let instance = stretch.found(self.clause, group, table);
            self.places.extend(instance.map(|instance| (instance, id)));
            self.begun.extend(instance.and_then(|instance| stretch.own(instance)));
        }
        match &stretch.key {
            Some(key) => {
                self.joined.entry(key.clone()).or_default().insert(id);
            }
            None => self.loose.push(id),
        }
        if let Some(due) = due {
            self.deadlines.push(due, id);
        }
        self.stretches.insert(id, stretch);
        // A ceiling can be below nothing: before the first event, if that is past already, else with those of the present instant.
        let from = opened.unwrap_or(Instant::MIN);
        if from < now {
            self.settle_one(id, from, table);
        } else {
            self.touch(id);
        }
        id
    }

    fn touch(&mut self, id: u64) {
        if !self.touched.contains(&id) {
            self.touched.push(id);
        }
    }

    /// Settles the stretches that are over, and begins the periods that have begun.
    pub(super) fn advance_in(&mut self, gate: Gate, zone: &Zone, table: &mut Table) {
        self.advance(gate.now, table);
        while self.begin_period(gate, zone, table) {
            self.advance(gate.now, table);
        }
    }

    /// By the passing of what time alone may change something next.
    pub(super) fn wakes(&self) -> Option<Due> {
        let due = self.deadlines.first().map(|(due, _)| due);
        let cadence = self.cadence.iter().filter(|cadence| !cadence.over);
        cadence.map(|cadence| Due::before(cadence.waits_until)).chain(due).min()
    }

    fn advance(&mut self, now: Instant, table: &mut Table) {
        while let Some((due, id)) = self.deadlines.first() {
            if !due.passed(now) {
                break;
            }
            self.deadlines.pop();
            // It may have been put off since.
            if self.stretches.get(&id).is_some_and(|stretch| stretch.due == Some(due)) {
                self.fall_due(id, due, table);
            }
        }
    }

    fn begin_period(&mut self, gate: Gate, zone: &Zone, table: &mut Table) -> bool {
        let floor = self.is_floor();
        let Some(cadence) = &mut self.cadence else { return false };
        if cadence.over || gate.now < cadence.waits_until {
            return false;
        }
        let periods = cadence.periods;
        let Some(period) = periods.cadence.period(zone, periods.anchor, cadence.next_index) else {
            cadence.over = true;
            return false;
        };
        let part = periods.part_of(period);
        let Period { start, end, .. } = part;
        if start >= end {
            // Until the end of the window an extension can put it off.
            let window_end = periods.end();
            cadence.over = window_end.is_some_and(|end| end <= gate.now);
            cadence.waits_until = window_end.unwrap_or(start);
            return false;
        }
        if gate.now < start {
            cadence.waits_until = start;
            return false;
        }
        cadence.waits_until = Instant::MIN;
        let pace = gate.at(start);
        if pace == Pace::Ended {
            cadence.over = true;
            return false;
        }
        cadence.next_index += 1;
        let owed = match pace {
            _ if !floor => Owed::Yes,
            Pace::InForce if part == period => Owed::Yes,
            Pace::InForce if periods.cut_by_the_term(period) => Owed::IfExtended,
            _ => Owed::No,
        };
        let about = About::Period(period, owed);
        let due = Some(Due::before(end));
        let opening = Opening {
            opened: (Some(start), false),
            due,
            bindings: Bindings::default(),
            about,
            key: None,
        };
        self.open(opening, gate.now, table);
        true
    }

    fn remove(&mut self, id: u64) -> Option<Stretch> {
        let stretch = self.stretches.remove(&id)?;
        if let Ok(place) = self.loose.binary_search(&id) {
            self.loose.remove(place);
        }
        if let Some(key) = &stretch.key
            && let Some(ids) = self.joined.get_mut(key)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.joined.remove(key);
            }
        }
        self.endings.iter_mut().for_each(|endings| endings.leave(id));
        Some(stretch)
    }

    /// Forgets a stretch that nothing is left to be told of, and that time alone may never end.
    fn drop_if_told(&mut self, id: u64) {
        let told = self.stretches.get(&id).is_some_and(|stretch| {
            stretch.due.is_none() && stretch.accounts.values().all(|account| account.instance.is_none())
        });
        if told && self.endings.is_some() {
            self.remove(id);
        }
    }

    fn fall_due(&mut self, id: u64, due: Due, table: &mut Table) {
        let Some(stretch) = self.remove(id) else {
            return;
        };
        if !stretch.withheld.is_empty() {
            for instance in stretch.withheld {
                self.places.remove(&instance);
                table.discard(instance);
            }
            return;
        }
        for account in stretch.accounts.values() {
            let Some(instance) = account.instance else { continue };
            let outcome = match self.plan.standing(&account.meter) {
                _ if account.doubted => None,
                Standing::Kept => Some(Outcome::Met { by: None }),
                Standing::Unknown(doubt) => Some(account.unknown(&self.plan, doubt)),
                Standing::Beyond(figure, limit) => {
                    // What was due before it was opened is broken when it is opened.
                    let missed = (due.edge(), due.is_inclusive());
                    let (at, just_after) = stretch
                        .opened
                        .map_or(missed, |opened| missed.max((opened, stretch.just_after)));
                    let reading = Box::new(account.lines.reading(figure, limit, &account.meter));
                    table.breached.push(Breached {
                        instance,
                        clause: self.clause,
                        position: self.position,
                        at,
                        just_after,
                        bindings: stretch.bindings.clone(),
                    });
                    Some(Outcome::Broken(Breach::Beyond { at, reading }))
                }
            };
            if let Some(outcome) = outcome {
                table.set(instance, self.position, outcome);
            }
            self.places.remove(&instance);
            table.release(instance);
        }
    }

    /// The instances that were begun since this was last asked, with what they know.
    pub(super) fn begun(&mut self) -> Vec<(InstanceKey, Bindings)> {
        std::mem::take(&mut self.begun)
    }

    /// Whether it asks for something to happen.
    pub(super) fn is_floor(&self) -> bool {
        self.plan.bound.direction == Direction::Floor
    }

    /// Opens no more instances in what is open now, and gives those that are neither kept nor broken.
    pub(super) fn close(&mut self) -> Vec<InstanceKey> {
        for stretch in self.stretches.values_mut() {
            stretch.about = match &stretch.about {
                // A period goes on finding groups for those to come.
                About::Period(period, _) => About::Period(*period, Owed::No),
                _ => About::Closed,
            };
        }
        let mut owed: Vec<InstanceKey> = self.places.keys().copied().collect();
        owed.sort_unstable();
        owed
    }

    /// Puts off the end of the term from one instant to another.
    pub(super) fn put_off(&mut self, old: Due, new: Due, table: &mut Table) {
        if let Some(cadence) = &mut self.cadence {
            cadence.periods.window.extended(new.edge());
            cadence.waits_until = Instant::MIN;
        }
        let periods = self.cadence.as_ref().map(|cadence| cadence.periods);
        for (&id, stretch) in &mut self.stretches {
            let due = match (&stretch.about, periods) {
                (About::Period(period, _), Some(periods)) => Due::before(periods.part_of(*period).end),
                _ if stretch.due == Some(old) => new,
                _ => continue,
            };
            if stretch.due != Some(due) {
                stretch.due = Some(due);
                self.deadlines.push(due, id);
            }
            let instances = stretch.accounts.values().filter_map(|account| account.instance);
            instances
                .chain(stretch.withheld.iter().copied())
                .for_each(|instance| table.put_off(instance, due));
            if let (About::Period(period, owed), Some(periods)) = (&mut stretch.about, periods)
                && !periods.cut_by_the_term(*period)
            {
                if *owed == Owed::IfExtended {
                    *owed = Owed::Yes;
                }
                stretch
                    .withheld
                    .drain(..)
                    .for_each(|instance| table.vouch_for(instance));
            }
        }
    }

    /// Ends all that is open now, before anything that happens now.
    pub(super) fn end(&mut self, now: Instant, table: &mut Table) {
        if let Some(cadence) = &mut self.cadence {
            cadence.over = true;
        }
        let ids: Vec<u64> = self.stretches.keys().copied().collect();
        for id in ids {
            self.fall_due(id, Due::before(now), table);
        }
    }

    /// Forgets an instance that is no longer owed, if it is neither kept nor broken.
    pub(super) fn forget(&mut self, instance: InstanceKey, table: &mut Table) {
        let Some(id) = self.places.remove(&instance) else {
            return;
        };
        let stretch = self.stretches.get_mut(&id);
        for account in stretch.into_iter().flat_map(|stretch| stretch.accounts.values_mut()) {
            if account.instance == Some(instance) {
                account.instance = None;
                table.release(instance);
            }
        }
        self.drop_if_told(id);
    }

    /// Takes in an event of the present instant. Whether anything is changed by it.
    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) -> bool {
        // Nobody asks for the figures of instances that are decided. An event may still be what a group is found by.
        if self.places.is_empty() && !self.plan.finds_groups() {
            return false;
        }
        let mut matters = false;
        let offered = Offered {
            event,
            group: self.plan.group(event),
            only: self.plan.only_group(event),
        };
        let mut next = 0;
        while let Some(id) = self.loose.get(next).copied() {
            matters |= self.offer(id, &offered, context, table);
            next += 1;
        }
        if !self.joined.is_empty()
            && let Some(joined) = self.joined.get(&own_key(&self.plan.pattern, event))
        {
            let joined: SmallVec<[u64; 4]> = joined.iter().copied().collect();
            for id in joined {
                matters |= self.offer(id, &offered, context, table);
            }
        }
        matters
    }

    /// Offers an event to a stretch. Whether it changes something for it.
    fn offer(&mut self, id: u64, offered: &Offered<'_>, context: &Context<'_>, table: &mut Table) -> bool {
        let Offered { event, group, only } = offered;
        let Some(stretch) = self.stretches.get_mut(&id) else {
            return false;
        };
        let begun = stretch.opened.is_none_or(|opened| event.time >= opened);
        if !begun || stretch.due.is_some_and(|due| !due.admits(event.time)) {
            return false;
        }
        let mut is_changed = false;
        if let Some(name) = group
            && !stretch.accounts.contains_key(group)
        {
            is_changed = true;
            if matches!(stretch.about, About::Period(..)) {
                self.found.insert(name.clone());
            }
            let instance = stretch.found(self.clause, group.clone(), table);
            self.places.extend(instance.map(|instance| (instance, id)));
            self.begun.extend(instance.and_then(|instance| stretch.own(instance)));
        }
        let known = (&stretch.bindings, stretch.doubt.as_ref());
        // Nothing is brought to the other groups, nor to one that is yet to be found.
        if let Some(name) = only {
            let account = stretch.accounts.get_mut(only);
            // Nobody asks for the figures of an instance that is decided, or is none.
            let Some(account) = account.filter(|account| account.instance.is_some()) else {
                return is_changed;
            };
            let is_found = is_changed;
            is_changed |= account.take_only(event, name, &self.plan, known, context);
            // What is judged only when its time is over is not concerned by what it counts before.
            if self.plan.early() == Early::Nothing {
                if is_changed {
                    account.show_count(self.position, table);
                }
                return is_found;
            }
            if is_changed {
                stretch.changed.add(name);
                self.touch(id);
            }
            return is_changed;
        }
        let asked = |account: &Account| account.instance.is_some();
        for (group, account) in stretch.accounts.iter_mut().filter(|(_, account)| asked(account)) {
            is_changed |= account.take(event, group.as_ref(), &self.plan, known, context);
        }
        if self.plan.finds_groups() {
            let known = (&stretch.bindings, None);
            stretch.unborn.take(event, None, &self.plan, known, context);
        }
        if is_changed {
            stretch.changed = Changed::All;
            self.touch(id);
        }
        is_changed
    }

    /// Judges the present instant, all events of which have been taken in.
    pub(super) fn settle(&mut self, now: Instant, table: &mut Table) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        for id in touched {
            self.settle_one(id, now, table);
        }
    }

    fn settle_one(&mut self, id: u64, at: Instant, table: &mut Table) {
        let Some(stretch) = self.stretches.get_mut(&id) else {
            return;
        };
        let settling = Settling {
            clause: self.clause,
            position: self.position,
            plan: &self.plan,
            early: self.plan.early(),
            bindings: &stretch.bindings,
            at,
            // What opens just after an instant is broken just after it.
            just_after: stretch.just_after && stretch.opened == Some(at),
        };
        match std::mem::replace(&mut stretch.changed, Changed::Of(SmallVec::new())) {
            Changed::All => {
                for account in stretch.accounts.values_mut() {
                    settling.settle(account, &mut self.places, table);
                }
            }
            Changed::Of(mut groups) => {
                groups.sort_unstable();
                for group in groups {
                    if let Some(account) = stretch.accounts.get_mut(&Some(group)) {
                        settling.settle(account, &mut self.places, table);
                    }
                }
            }
        }
        self.drop_if_told(id);
    }
}
