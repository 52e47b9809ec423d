//! Monitors over keyed state and deadline queues. No input and no output: events go in, instances come out.
//!
//! An [`Engine`] is shown one time point after another, each with all events of one instant. Nothing that it keeps grows with the log:
//! it holds what is open, what guards can still look back to, the present values of states, and missed duties that wait for what comes late.

mod aggregate;
mod alarm;
mod cadence;
mod chain;
mod counting;
mod deadlines;
mod duties;
mod duty;
mod ending;
mod entries;
mod entry;
mod evaluate;
mod figures;
mod fluents;
mod gauge;
mod hashed;
mod hindsight;
mod history;
mod instance;
mod joined;
mod joins;
mod life;
mod maintenance;
mod matching;
mod near;
mod news;
mod numbers;
mod opening;
mod permission;
mod plain;
mod prior;
mod prohibition;
mod queue;
mod rest;
mod settling;
mod shown;
mod sliding;
pub(crate) mod state;
mod steps;
mod stretch;
mod table;
mod truth;
mod waiver;

use std::io;
use std::sync::Arc;

use smallvec::SmallVec;

pub use entry::Told;
pub use instance::{
    Breach, Excuse, Instance, Lack, Late, Line, NearMiss, Nearest, Outcome, Reading, Release, Step, Subject, Trigger,
    Verdict,
};
pub use life::{End, Extended, Life, Suspended};
pub use news::News;
pub use rest::{Instances, Rest};
pub use table::InstanceKey;

pub use plain::{Names, PlainJudge};
pub use state::StateError;

use crate::log::{Event, Origin};
use crate::model::{AgreementId, ClauseId, Model, StateId};
use crate::plan::{Dispatch, Plan};
use crate::time::{Instant, Zone};
use alarm::Alarm;
use chain::Chain;
use evaluate::{Context, World};
use fluents::{Fluents, Slot};
use hindsight::Hindsight;
use history::Histories;
use life::Lives;
use state::{Loader, Restored, Saved, Saver};
use steps::Steps;
use table::Table;

/// Judges a log against a plan.
#[derive(Debug)]
pub struct Engine {
    plan: Arc<Plan>,
    world: World,
    chains: Vec<Chain>,
    alarm: Alarm,
    /// For each state, the clauses that its changes can matter to.
    readers: Vec<Vec<ClauseId>>,
    lives: Lives,
    /// The clauses that can be suspended or ended before their term.
    mortal: Vec<(AgreementId, ClauseId)>,
    steps: Steps,
    table: Table,
    hindsight: Hindsight,
    now: Option<Instant>,
}

impl Engine {
    /// An engine that has seen nothing yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        let model = plan.model();
        let lives = Lives::new(model);
        let clauses = plan.chains.iter().map(|chain| chain.clause);
        let clauses = clauses.map(|clause| (model.clause(clause).agreement, clause));
        let chains: Vec<Chain> = plan.chains.iter().map(|chain| Chain::new(model, chain)).collect();
        let readers = |state: StateId| {
            let chains = (0..).map(ClauseId).zip(&chains);
            chains
                .filter(|(_, chain)| chain.reads(state))
                .map(|(clause, _)| clause)
                .collect()
        };
        Engine {
            world: World {
                fluents: Fluents::new(model),
                histories: Histories::new(&plan),
                zones: plan.chains.iter().map(|chain| zone_of(model, chain.clause)).collect(),
            },
            alarm: Alarm::new(chains.len()),
            steps: Steps::new(&plan, &chains),
            readers: (0..).map(StateId).take(model.states.len()).map(readers).collect(),
            chains,
            mortal: clauses
                .filter(|(agreement, clause)| lives.concern(*agreement, *clause))
                .collect(),
            lives,
            table: Table::new(plan.shared_model()),
            hindsight: Hindsight::default(),
            now: None,
            plan,
        }
    }

    /// Writes what has become of the log so far, for [`Engine::restore`] to go on from. It has what [`Engine::finished`] has not given out yet.
    ///
    /// # Errors
    /// What the writer says.
    pub fn save(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Engine {
            plan,
            world,
            chains,
            alarm,
            readers: _,
            lives,
            mortal: _,
            steps: _,
            table,
            hindsight,
            now,
        } = self;
        let mut to = Saver::new(out, plan.model());
        table.save(&mut to);
        now.save(&mut to);
        world.save(&mut to);
        chains.save(&mut to);
        alarm.save(&mut to);
        lives.save(&mut to);
        hindsight.save(&mut to);
        to.finish()
    }

    /// An engine that does from here on what the one did that [`Engine::save`] wrote of. The plan is to be one of the same rules.
    ///
    /// # Errors
    /// If the bytes are of another form, damaged, or of other rules where that can be told: names are numbers, so that other rules may fit them too.
    pub fn restore(plan: Arc<Plan>, bytes: &[u8]) -> Result<Engine, StateError> {
        let mut engine = Engine::new(plan);
        let plan = Arc::clone(&engine.plan);
        let mut from = Loader::new(bytes, plan.model())?;
        engine.table.restore(&mut from)?;
        engine.now = Saved::load(&mut from)?;
        engine.world.restore(&mut from)?;
        engine.chains.restore(&mut from)?;
        engine.alarm.restore(&mut from)?;
        engine.lives.restore(&mut from)?;
        engine.hindsight = Saved::load(&mut from)?;
        for chain in &mut engine.chains {
            chain.find_places(&mut engine.table);
        }
        from.finish()?;
        Ok(engine)
    }

    /// The last time point shown.
    pub fn now(&self) -> Option<Instant> {
        self.now
    }

    /// How many instances are neither finished nor given out.
    pub fn unfinished(&self) -> usize {
        self.table.unfinished()
    }

    /// Of the instances that wait only for what comes late, so many stay as they are, the last ones; the others are kept as bytes, which take less memory and
    /// more time where something does come. Where breaches are [followed](Engine::follow), all stay as they are.
    pub fn keep_whole(&mut self, most: usize) {
        self.table.keep_whole(most);
    }

    /// How many instances are kept as bytes.
    pub fn packed(&self) -> usize {
        self.table.packed()
    }

    /// Shows all events of one instant. Instants must increase from call to call; one that does not is passed over.
    pub fn time_point(&mut self, at: Instant, mut events: Vec<Arc<Event>>) {
        self.show(at, &mut events);
    }

    /// As [`Engine::time_point`], with events that stay where they are, in another order perhaps.
    pub fn show(&mut self, at: Instant, events: &mut [Arc<Event>]) {
        if self.now.is_some_and(|now| at <= now) {
            return;
        }
        // What ends after a notice ends at an instant of its own, at which nothing need happen.
        while let Some(end) = self.lives.next_end(at) {
            self.point(end, &mut []);
        }
        self.point(at, events);
    }

    // Put together with what shows events one after the other, it lacks registers: one clause took 9 % more.
    #[inline(never)]
    fn point(&mut self, at: Instant, events: &mut [Arc<Event>]) {
        self.now = Some(at);
        if events.len() > 1 {
            // The order of lines means nothing: where one of several events must stand for all, content decides.
            events.sort_by(|left, right| {
                let content = (left.kind, &left.fields).cmp(&(right.kind, &right.fields));
                content.then(left.origin.cmp(&right.origin))
            });
        }
        let events = &*events;
        self.alarm.ring(at);
        if self.steps.are_few {
            if self.alarm.is_ringing() {
                self.advance(at);
            }
            self.repairs(at, false);
            self.triggers(at, events);
            for place in 0..self.plan.longest_chain {
                self.candidates(place, at, events);
            }
        } else {
            self.all_steps(at, events);
        }
        self.let_go();
        self.table.pack_waiting();
        self.alarm.set(|clause| self.chains[clause.index()].wakes());
    }

    /// What happens at a time point, in its order.
    #[inline(never)]
    fn all_steps(&mut self, at: Instant, events: &[Arc<Event>]) {
        let turns = self.steps.lives && self.lives.update(&self.plan, events, &self.world.without_zone(at));
        let turning = if turns { self.mortal.as_slice() } else { &[] };
        for &(agreement, clause) in turning {
            let status = self.lives.status(agreement, clause, at);
            self.chains[clause.index()].turns(status);
            self.alarm.concern(clause);
        }
        if self.alarm.is_ringing() {
            self.advance(at);
        }
        // What an event ends is over before anything is released at that instant.
        if self.steps.endings {
            self.endings(at, events, Chain::end);
        }
        let turning = if turns { self.mortal.as_slice() } else { &[] };
        for &(agreement, clause) in turning {
            let context = self.world.context(clause, at);
            let chain = &mut self.chains[clause.index()];
            if let Some(extended) = self.lives.extended(agreement) {
                chain.extend(extended, &mut self.table);
            }
            chain.live(&context, &mut self.table);
        }
        self.repairs(at, false);
        let slots = if self.steps.states {
            self.world.fluents.update(&self.plan, at, events)
        } else {
            Vec::new()
        };
        if self.steps.histories {
            self.world.histories.update(&self.plan, at, events, &self.world.fluents);
        }
        if self.steps.endings {
            self.endings(at, events, Chain::cut);
        }
        if self.steps.prior {
            self.prior(at, events);
        }
        self.triggers(at, events);
        if self.steps.releases {
            self.releases(at, events);
        }
        for (state, _) in &slots {
            self.readers[state.index()]
                .iter()
                .for_each(|clause| self.alarm.concern(*clause));
        }
        for place in 0..self.plan.longest_chain {
            if self.steps.changes {
                self.changes(place, at, &slots);
            }
            self.candidates(place, at, events);
        }
    }

    /// Lets time pass for the clauses that it concerns.
    fn advance(&mut self, now: Instant) {
        let concerned: SmallVec<[ClauseId; 16]> = SmallVec::from_slice(self.alarm.concerned());
        for place in 0..self.plan.longest_chain {
            for &clause in &concerned {
                let context = self.world.context(clause, now);
                self.chains[clause.index()].advance(place, &context, &mut self.table);
            }
            self.repairs(now, false);
        }
    }

    /// What has become of an agreement by the last time point shown.
    pub fn life_of_agreement(&self, agreement: AgreementId) -> Life {
        self.lives.agreement(agreement)
    }

    /// What has become of a clause alone, its agreement apart.
    pub fn life_of_clause(&self, clause: ClauseId) -> Life {
        self.lives.clause(clause)
    }

    /// Judges as of an instant, which is at or after the last time point shown, and gives out all instances that were not given out before.
    pub fn finish(self, as_of: Instant) -> Vec<Instance> {
        self.finish_of(as_of, |_| true).into_iter().collect()
    }

    /// As [`Engine::finish`], with what [`Engine::news`] told of each.
    pub fn finish_told(mut self, as_of: Instant) -> Vec<(Instance, Told)> {
        self.end(as_of);
        self.table.finish();
        self.take_finished().collect()
    }

    /// As [`Engine::finish`], of those that are to be kept; each is asked of once, in any order. What is open and not kept is let go of one by one.
    pub fn finish_of(mut self, as_of: Instant, mut keeps: impl FnMut(&Instance) -> bool) -> Rest {
        self.end(as_of);
        let Engine {
            plan, table, hindsight, ..
        } = self;
        table.finish_if(|instance| {
            hindsight.tell(&plan, instance);
            keeps(instance)
        })
    }

    fn end(&mut self, as_of: Instant) {
        self.time_point(as_of, Vec::new());
        for chain in &mut self.chains {
            chain.finish(as_of, &mut self.table);
        }
    }

    /// The instances that were finished since the last call.
    pub fn finished(&mut self) -> Vec<Instance> {
        self.finished_of(|_| true)
    }

    /// As [`Engine::finished`], of those that are to be kept; each is asked of once, in any order.
    pub fn finished_of(&mut self, mut keeps: impl FnMut(&Instance) -> bool) -> Vec<Instance> {
        let Engine {
            plan, table, hindsight, ..
        } = self;
        table.take_finished_if(|instance| {
            hindsight.tell(plan, instance);
            keeps(instance)
        })
    }

    fn take_finished(&mut self) -> impl Iterator<Item = (Instance, Told)> {
        let finished = self.table.take_finished().into_iter();
        finished.map(|(mut instance, told)| {
            self.hindsight.tell(&self.plan, &mut instance);
            (instance, told)
        })
    }

    /// Tells of an event that a record took back. It decides nothing: it is shown where a duty was broken that would have had it.
    /// Those before an instant must be told before the instances that end there are asked for.
    pub fn retracted(&mut self, event: Arc<Event>, by: Origin) {
        self.hindsight.add(event, by);
    }

    /// Shows events to the duties that look back for them from a trigger, which may share their time point.
    fn prior(&mut self, now: Instant, events: &[Arc<Event>]) {
        for event in events {
            for &clause in &self.plan.dispatch[event.kind.index()].prior {
                let context = self.world.context(clause, now);
                self.chains[clause.index()].prior(event, &context);
            }
        }
    }

    /// Ends the time of duties, before anything of the instant can count for them.
    fn endings(
        &mut self,
        now: Instant,
        events: &[Arc<Event>],
        end: fn(&mut Chain, usize, &[&Arc<Event>], &Context<'_>, &mut Table),
    ) {
        for place in 0..self.plan.longest_chain {
            self.show_to(
                now,
                events,
                |dispatch, _, _| &dispatch.ends[place],
                |chain, events, context, table| {
                    end(chain, place, events, context, table);
                    true
                },
            );
            self.repairs(now, false);
        }
    }

    /// Shows the events of a time point to each of the clauses that want to see them for something, which concerns those that say so.
    fn show_to(
        &mut self,
        now: Instant,
        events: &[Arc<Event>],
        what: impl for<'w> Fn(&'w Dispatch, &'w Event, &'w mut Room) -> &'w [ClauseId],
        mut show: impl FnMut(&mut Chain, &[&Arc<Event>], &Context<'_>, &mut Table) -> bool,
    ) {
        let Engine {
            plan,
            world,
            chains,
            alarm,
            table,
            ..
        } = self;
        for_wanting(plan, events, what, |clause, events| {
            let context = world.context(clause, now);
            if show(&mut chains[clause.index()], events, &context, table) {
                alarm.concern(clause);
            }
        });
    }

    fn triggers(&mut self, now: Instant, events: &[Arc<Event>]) {
        self.show_to(
            now,
            events,
            |dispatch, event, room| dispatch.triggers.of(|field| event.field(field), room),
            Chain::trigger,
        );
        // The repair of a duty that is overdue when it is opened looks at states when its place in the chain does, after what releases it.
        self.repairs(now, false);
    }

    fn releases(&mut self, now: Instant, events: &[Arc<Event>]) {
        self.show_to(
            now,
            events,
            |dispatch, _, _| &dispatch.waivers,
            |chain, events, context, table| {
                chain.release(events, context, table);
                true
            },
        );
        self.let_go();
    }

    #[inline]
    fn let_go(&mut self) {
        if self.table.has_released() {
            self.let_go_of_released();
        }
    }

    #[inline(never)]
    fn let_go_of_released(&mut self) {
        self.table.let_go();
        for (clause, instance) in self.table.gone.drain(..) {
            self.chains[clause.index()].leave(instance);
        }
    }

    fn changes(&mut self, place: usize, now: Instant, slots: &[Slot]) {
        for &clause in self.alarm.concerned() {
            let context = self.world.context(clause, now);
            self.chains[clause.index()].changed(place, slots, &context, &mut self.table);
        }
        self.repairs(now, true);
    }

    fn candidates(&mut self, place: usize, now: Instant, events: &[Arc<Event>]) {
        let mut room = Room::new();
        for event in events {
            let wanting = &self.plan.dispatch[event.kind.index()].candidates[place];
            for &clause in wanting.of(|field| event.field(field), &mut room) {
                let context = self.world.context(clause, now);
                if self.chains[clause.index()].candidate(place, event, &context, &mut self.table) {
                    self.alarm.concern(clause);
                }
            }
        }
        if self.steps.settling {
            for &clause in self.alarm.concerned() {
                self.chains[clause.index()].settle(place, now, &mut self.table);
            }
        }
        self.repairs(now, true);
    }

    /// Opens the repairs of the breaches so far; a repair that is already overdue is a breach in turn.
    #[inline]
    fn repairs(&mut self, now: Instant, changes_taken_in: bool) {
        if !self.table.breached.is_empty() || self.table.has_released() {
            self.open_repairs(now, changes_taken_in);
        }
    }

    #[inline(never)]
    fn open_repairs(&mut self, now: Instant, changes_taken_in: bool) {
        while !self.table.breached.is_empty() {
            for breach in std::mem::take(&mut self.table.breached) {
                let clause = breach.clause;
                self.alarm.concern(clause);
                let context = self.world.context(clause, now);
                self.chains[clause.index()].repair(breach, changes_taken_in, &context, &mut self.table);
            }
        }
        self.let_go();
    }
}

/// Where ids of clauses are put together.
type Room = SmallVec<[ClauseId; 8]>;

/// Shows the events of a time point to each of the clauses that want to see them for something, in the order of the clauses.
fn for_wanting(
    plan: &Plan,
    events: &[Arc<Event>],
    what: impl for<'w> Fn(&'w Dispatch, &'w Event, &'w mut Room) -> &'w [ClauseId],
    mut show: impl FnMut(ClauseId, &[&Arc<Event>]),
) {
    let mut room = Room::new();
    if let [event] = events {
        let wanting = what(&plan.dispatch[event.kind.index()], event, &mut room);
        wanting.iter().for_each(|&clause| show(clause, &[event]));
        return;
    }
    let mut wanting: Vec<(ClauseId, SmallVec<[&Arc<Event>; 4]>)> = Vec::new();
    for event in events {
        for &clause in what(&plan.dispatch[event.kind.index()], event, &mut room) {
            match wanting.iter_mut().find(|(known, _)| *known == clause) {
                Some((_, events)) => events.push(event),
                None => wanting.push((clause, SmallVec::from_iter([event]))),
            }
        }
    }
    wanting.sort_unstable_by_key(|(clause, _)| *clause);
    wanting.iter().for_each(|(clause, events)| show(*clause, events));
}

fn zone_of(model: &Model, clause: ClauseId) -> Zone {
    model.agreement(model.clause(clause).agreement).zone.clone()
}

/// Judges a whole log as of an instant, or else as of its last event. Events may come in any order; those after the instant are left out.
/// Without an instant and without events there is nothing to judge, and no instance.
pub fn judge(model: &Model, events: Vec<Event>, as_of: Option<Instant>) -> Vec<Instance> {
    let events = events.into_iter().map(Arc::new).collect();
    judge_planned(&Arc::new(Plan::new(model.clone())), events, as_of)
}

/// As [`judge`], with a plan that was made before.
pub fn judge_planned(plan: &Arc<Plan>, mut events: Vec<Arc<Event>>, as_of: Option<Instant>) -> Vec<Instance> {
    events.sort_by_key(|event| event.time);
    let Some(as_of) = as_of.or_else(|| events.last().map(|event| event.time)) else {
        return Vec::new();
    };
    let mut engine = Engine::new(Arc::clone(plan));
    let mut instances = Vec::new();
    let in_time: Vec<Arc<Event>> = events.into_iter().take_while(|event| event.time <= as_of).collect();
    for point in in_time.chunk_by(|left, right| left.time == right.time) {
        if let Some(first) = point.first() {
            engine.time_point(first.time, point.to_vec());
            instances.append(&mut engine.finished());
        }
    }
    instances.append(&mut engine.finish(as_of));
    instances
}
