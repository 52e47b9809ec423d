//! The chain of one clause: its trigger, its duty, and the repairs that breaches open.

use std::sync::Arc;

use super::aggregate::Aggregate;
use super::cadence::{Bounds, Cadence};
use super::counting::Counting;
use super::duty::{Aim, Terms};
use super::evaluate::{Bindings, Breaches, Context, Evaluated, Frame, evaluate_operand};
use super::figures::BoundPlan;
use super::fluents::Slot;
use super::instance::{Outcome, Step, Subject, Trigger};
use super::life::{Extended, Gate, Pace, Status};
use super::maintenance::Maintenance;
use super::opening::{Opened, Openings};
use super::permission::Permission;
use super::prior::Prior;
use super::prohibition::Prohibition;
use super::sliding::Sliding;
use super::state::restored;
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, Truth, merge};
use super::waiver::Waivers;
use crate::log::Event;
use crate::model::{Clause, ClauseId, Condition, Extent, Goal, Model, Opening, Reach, Relative, Standing, StateId};
use crate::plan::ChainPlan;
use crate::syntax::ast::Count;
use crate::time::{Due, Instant, Zone};
use crate::value::Value;

/// The monitors of one clause.
#[derive(Debug)]
pub(super) struct Chain {
    id: ClauseId,
    zone: Zone,
    openings: Option<Openings>,
    links: Vec<Link>,
    /// The end that the term was concluded with, and the present one.
    term: Option<(Instant, Instant)>,
    /// The window of a duty without trigger, and whether it has yet to start.
    window: Option<(Standing, bool)>,
    waivers: Waivers,
    /// Whether the clause was in force just before the present instant; from [`Chain::live`] on, whether it is now.
    status: Status,
    /// Whether it is in force at the present instant.
    turn: Status,
}

restored!(Chain {
    saved: [term, status, turn],
    restored: [openings, links, window, waivers],
    fixed: [id, zone],
});

/// One duty of the chain.
#[derive(Debug)]
struct Link {
    /// When it is due, for a duty that an event opens.
    relative: Option<Relative>,
    monitor: Monitor,
}

restored!(Link {
    restored: [monitor],
    fixed: [relative],
});

#[derive(Debug)]
enum Monitor {
    Prior(Prior),
    Counting(Counting),
    Prohibition(Prohibition),
    Permission(Permission),
    Cadence(Cadence),
    Maintenance(Maintenance),
    Sliding(Box<Sliding>),
    Aggregate(Box<Aggregate>),
}

restored!(
    enum Monitor {
        Prior,
        Counting,
        Prohibition,
        Permission,
        Cadence,
        Maintenance,
        Sliding,
        Aggregate,
    }
);

impl Monitor {
    /// Whether it asks for something to happen, so that it cannot be kept while the clause is suspended.
    fn is_floor(&self) -> bool {
        match self {
            Monitor::Counting(counting) => counting.is_floor(),
            Monitor::Cadence(cadence) => cadence.is_floor(),
            Monitor::Aggregate(aggregate) => aggregate.is_floor(),
            Monitor::Sliding(_)
            | Monitor::Prior(_)
            | Monitor::Prohibition(_)
            | Monitor::Permission(_)
            | Monitor::Maintenance(_) => false,
        }
    }
}

impl Chain {
    pub(super) fn new(model: &Model, plan: &ChainPlan) -> Self {
        let clause: &Clause = model.clause(plan.clause);
        let agreement = model.agreement(clause.agreement);
        let openings = match &clause.opening {
            Opening::Standing => None,
            Opening::Trigger { trigger, guards } => {
                Some(Openings::new(agreement, trigger, guards, plan.sequence.as_ref()))
            }
        };
        let mut window_of_term = None;
        let mut links = Vec::with_capacity(clause.duties.len());
        let patterns = plan.patterns.iter().zip(&plan.references).zip(&plan.ends);
        for (position, (duty, ((pattern, reference), end))) in clause.duties.iter().zip(patterns).enumerate() {
            let position = u8::try_from(position).unwrap_or(u8::MAX);
            let counting = |aim, excuse: Option<&Condition>| {
                let pattern = pattern.clone();
                pattern.map(|pattern| {
                    let terms = Terms {
                        clause: plan.clause,
                        position,
                        pattern,
                        aim,
                        excuse: excuse.cloned(),
                    };
                    Monitor::Counting(Counting::new(terms, end.clone()))
                })
            };
            let cadence = |bounds, periods| {
                let pattern = pattern.clone();
                let zone = &agreement.zone;
                pattern.map(|pattern| Monitor::Cadence(Cadence::new(plan.clause, pattern, bounds, periods, zone)))
            };
            let (monitor, extent) = match &duty.goal {
                Goal::Ensure {
                    count, extent, excuse, ..
                } => (counting(Aim::Reach(*count), excuse.as_ref()), Some(extent)),
                Goal::EnsureBefore { count, lead, .. } => {
                    let pattern = pattern.clone();
                    let monitor = pattern.map(|pattern| Prior::new(plan.clause, pattern, *count, *lead));
                    (monitor.map(Monitor::Prior), None)
                }
                Goal::EnsureEach { count, periods, .. } => {
                    let bounds = match *count {
                        Count::AtLeast(count) => Bounds {
                            floor: Some(count),
                            ceiling: None,
                        },
                        Count::Exactly(count) => Bounds {
                            floor: Some(count),
                            ceiling: Some(count),
                        },
                    };
                    (cadence(bounds, *periods), None)
                }
                Goal::AvoidEach { more_than, periods, .. } => {
                    let bounds = Bounds {
                        floor: None,
                        ceiling: Some(*more_than),
                    };
                    (cadence(bounds, *periods), None)
                }
                Goal::Avoid {
                    more_than: None,
                    extent: Extent::Standing(window),
                    ..
                } => {
                    let pattern = pattern.clone();
                    let monitor = pattern.map(|pattern| Prohibition::new(plan.clause, pattern, *window, end.clone()));
                    (monitor.map(Monitor::Prohibition), None)
                }
                Goal::Permit { window, .. } => {
                    let pattern = pattern.clone();
                    let monitor = pattern.map(|pattern| Permission::new(plan.clause, pattern, *window));
                    (monitor.map(Monitor::Permission), None)
                }
                Goal::Avoid { more_than, extent, .. } => {
                    (counting(Aim::NotExceed(more_than.unwrap_or(0)), None), Some(extent))
                }
                Goal::Maintain {
                    condition,
                    every,
                    extent,
                } => {
                    let monitor =
                        Maintenance::new(plan.clause, position, condition.clone(), every.clone(), end.clone());
                    (Some(Monitor::Maintenance(monitor)), Some(extent))
                }
                Goal::Bound(bound) => {
                    let zone = &agreement.zone;
                    let bound_plan = pattern
                        .clone()
                        .map(|pattern| BoundPlan::new((**bound).clone(), pattern, reference.clone()));
                    let monitor = bound_plan.map(|bound_plan| match &bound.reach {
                        Reach::Any(window) => {
                            Monitor::Sliding(Box::new(Sliding::new(plan.clause, bound_plan, *window, zone)))
                        }
                        Reach::Each(periods) => {
                            Monitor::Aggregate(Box::new(Aggregate::each(plan.clause, bound_plan, *periods, zone)))
                        }
                        Reach::Over(_) => {
                            Monitor::Aggregate(Box::new(Aggregate::new(plan.clause, position, bound_plan, end.clone())))
                        }
                    });
                    let extent = match &bound.reach {
                        Reach::Over(extent) => Some(extent),
                        Reach::Any(_) | Reach::Each(_) => None,
                    };
                    (monitor, extent)
                }
            };
            let relative = match extent {
                Some(Extent::Relative(relative)) => Some(relative.clone()),
                Some(Extent::Standing(window)) => {
                    window_of_term = Some((*window, true));
                    None
                }
                None => None,
            };
            links.extend(monitor.map(|monitor| Link { relative, monitor }));
        }
        Chain {
            id: plan.clause,
            zone: agreement.zone.clone(),
            openings,
            links,
            term: agreement.end.map(|end| (end, end)),
            window: window_of_term,
            waivers: Waivers::new(&plan.waivers),
            status: Status::InForce,
            turn: Status::InForce,
        }
    }

    /// Opens the duty for the events of a time point that trigger it. Whether there are any.
    pub(super) fn trigger(&mut self, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) -> bool {
        let Some(openings) = &mut self.openings else {
            return false;
        };
        // What happens while the clause is not in force is no part of what opens a duty, as what happens outside of the term is not.
        if self.status.pace() != Pace::InForce {
            return false;
        }
        if !openings.is_owed(context.now) {
            return false;
        }
        let mut opens = false;
        if let Some(together) = openings.together(events, &self.zone, context) {
            for Opened { trigger, truth, .. } in together {
                self.open(trigger, truth, context, table);
                opens = true;
            }
            return opens;
        }
        for event in events {
            let openings = self.openings.as_ref();
            let truth = openings.map_or(Truth::False, |openings| openings.alone(event, context));
            if truth != Truth::False {
                self.open(Trigger::alone(event), truth, context, table);
                opens = true;
            }
        }
        opens
    }

    /// Opens the duty by an event, if it is certain that it does.
    #[inline]
    fn open(&mut self, trigger: Trigger, truth: Truth, context: &Context<'_>, table: &mut Table) {
        let at = trigger.event.time;
        let lacks = match truth {
            Truth::False => return,
            Truth::Unknown(lacks) => *lacks,
            Truth::True => match self.due(0, at, &Frame::of(&trigger), context) {
                Err(lacks) => lacks,
                Ok(due) => {
                    self.open_first(trigger, due, context, table);
                    return;
                }
            },
        };
        let step = Step::new(
            Some(at),
            None,
            Outcome::Unknown {
                lacks,
                at: Some(Arc::clone(&trigger.event)),
                interval: None,
            },
        );
        table.add_finished(self.id, Subject::Trigger(trigger), step);
    }

    #[inline]
    fn open_first(&mut self, trigger: Trigger, due: Option<Due>, context: &Context<'_>, table: &mut Table) {
        let opened = Some(trigger.event.time);
        let monitor = self.links.first_mut().map(|link| &mut link.monitor);
        if let Some(Monitor::Counting(counting)) = monitor {
            let step = Step::new(opened, due, Outcome::Open { count: 0 });
            let known = (!self.waivers.is_empty()).then(|| Bindings::of(trigger.clone()));
            let instance = table.start(self.id, Subject::Trigger(trigger), step);
            if let Some(known) = known {
                self.waivers.enter(instance, &known, context);
            }
            counting.open(instance, Breaches::default(), false, due, context, table);
            return;
        }
        let bindings = Bindings::of(trigger.clone());
        match monitor {
            Some(Monitor::Maintenance(maintenance)) => {
                maintenance.open(None, bindings, (opened, false), due, context, table);
                maintenance.begin_now(context, table);
            }
            Some(Monitor::Aggregate(aggregate)) => {
                aggregate.open_for(&trigger, bindings, due, context, table);
                self.begun(0, context);
            }
            Some(Monitor::Prior(prior)) => {
                let instance = prior.judge(&trigger, &bindings, &self.zone, context, table);
                self.waivers.enter(instance, &bindings, context);
            }
            Some(
                Monitor::Counting(_)
                | Monitor::Prohibition(_)
                | Monitor::Permission(_)
                | Monitor::Cadence(_)
                | Monitor::Sliding(_),
            )
            | None => {}
        }
    }

    /// Shows an event to a duty that looks back for it from its trigger.
    pub(super) fn prior(&mut self, event: &Arc<Event>, context: &Context<'_>) {
        if let Some(Monitor::Prior(prior)) = self.links.first_mut().map(|link| &mut link.monitor) {
            prior.take_in(event, context);
        }
    }

    /// When the duty at a position is due if it is opened at an instant; what is lacking if that cannot be told.
    fn due(
        &self,
        position: usize,
        at: Instant,
        frame: &Frame<'_>,
        context: &Context<'_>,
    ) -> Result<Option<Due>, Lacks> {
        let relative = self.links.get(position).and_then(|link| link.relative.as_ref());
        let Some(Relative::Until(clocks)) = relative else {
            return Ok(None);
        };
        if clocks.is_single() && clocks.first().field().is_none() {
            return Ok(Some(clocks.first().due(at, &self.zone)));
        }
        let mut earliest: Option<Due> = None;
        let mut lacks = Lacks::new();
        for clock in clocks.iter() {
            let from = match clock.field().map(|field| evaluate_operand(field, frame, context)) {
                None => at,
                Some(Evaluated::One(value)) => match *value {
                    Value::Instant(from) => from,
                    _ => continue,
                },
                Some(Evaluated::Many(_)) => continue,
                Some(Evaluated::Lacking(more)) => {
                    merge(&mut lacks, more);
                    continue;
                }
            };
            let due = clock.due(from, &self.zone);
            earliest = Some(earliest.map_or(due, |earliest| earliest.min(due)));
        }
        // A clock that cannot be read may be the earliest one.
        if lacks.is_empty() { Ok(earliest) } else { Err(lacks) }
    }

    /// Opens the repair of a breach, if the clause has one.
    pub(super) fn repair(
        &mut self,
        breach: Breached,
        changes_taken_in: bool,
        context: &Context<'_>,
        table: &mut Table,
    ) {
        let position = usize::from(breach.position) + 1;
        if position >= self.links.len() {
            return;
        }
        let Breached {
            instance,
            at,
            just_after,
            bindings,
            ..
        } = breach;
        let place = breach.position + 1;
        let due = match self.due(position, at, &bindings.frame(), context) {
            Ok(due) => due,
            Err(lacks) => {
                table.push_step(instance, at, just_after, None);
                let outcome = Outcome::Unknown {
                    lacks,
                    at: bindings.trigger.as_ref().map(|trigger| Arc::clone(&trigger.event)),
                    interval: None,
                };
                table.set(instance, place, outcome);
                table.release(instance);
                return;
            }
        };
        table.push_step(instance, at, just_after, due);
        match &mut self.links[position].monitor {
            Monitor::Counting(counting) => {
                counting.open(instance, bindings.breaches, just_after, due, context, table);
            }
            Monitor::Maintenance(maintenance) => {
                maintenance.open(Some(instance), bindings, (Some(at), just_after), due, context, table);
                if changes_taken_in {
                    maintenance.begin_now(context, table);
                } else {
                    maintenance.advance(context.now, context, table);
                }
            }
            Monitor::Aggregate(aggregate) => {
                aggregate.open_repair(instance, bindings, (Some(at), just_after), due, context, table);
            }
            // The model has these only as the first duty of a clause.
            Monitor::Prior(_)
            | Monitor::Prohibition(_)
            | Monitor::Permission(_)
            | Monitor::Cadence(_)
            | Monitor::Sliding(_) => {}
        }
    }

    /// Lets time pass at one place in the chain, before what happens now.
    pub(super) fn advance(&mut self, position: usize, context: &Context<'_>, table: &mut Table) {
        self.pass_time(position, context, table);
        for instance in table.take_discarded(self.id) {
            self.forget_repairs(instance, table);
            table.drop_discarded(instance);
        }
    }

    fn pass_time(&mut self, position: usize, context: &Context<'_>, table: &mut Table) {
        let now = context.now;
        let gate = self.gate(now);
        if position == 0 {
            self.open_standing(gate, context, table);
        }
        match self.links.get_mut(position).map(|link| &mut link.monitor) {
            Some(Monitor::Counting(counting)) => counting.advance(now, context, table),
            Some(Monitor::Maintenance(maintenance)) => maintenance.advance(now, context, table),
            Some(Monitor::Cadence(cadence)) => {
                for instance in cadence.advance(gate, &self.zone, table) {
                    self.waivers.enter(instance, &Bindings::default(), context);
                }
            }
            Some(Monitor::Sliding(sliding)) => sliding.advance(now, table),
            Some(Monitor::Aggregate(aggregate)) => {
                aggregate.advance_in(gate, &self.zone, table);
                self.begun(position, context);
            }
            Some(Monitor::Prior(_) | Monitor::Prohibition(_) | Monitor::Permission(_)) | None => {}
        }
    }

    /// By the passing of what time alone may change something next.
    #[inline]
    pub(super) fn wakes(&self) -> Option<Due> {
        let window = self.window.filter(|(_, is_to_start)| *is_to_start);
        let start = window.map(|(window, _)| Due::before(window.start.unwrap_or(Instant::MIN)));
        let mut earliest = start;
        for link in &self.links {
            let wakes = match &link.monitor {
                Monitor::Counting(counting) => counting.wakes(),
                Monitor::Maintenance(maintenance) => maintenance.wakes(),
                Monitor::Cadence(cadence) => cadence.wakes().map(Due::before),
                Monitor::Sliding(sliding) => sliding.wakes().map(Due::before),
                Monitor::Aggregate(aggregate) => aggregate.wakes(),
                Monitor::Prior(_) | Monitor::Prohibition(_) | Monitor::Permission(_) => None,
            };
            if let Some(wakes) = wakes {
                earliest = Some(earliest.map_or(wakes, |earliest| earliest.min(wakes)));
            }
        }
        earliest
    }

    /// Takes up the duties of a state that was restored, which the table holds.
    pub(super) fn find_places(&mut self, table: &mut Table) {
        for link in &mut self.links {
            if let Monitor::Counting(counting) = &mut link.monitor {
                counting.find_places(table);
            }
        }
    }

    /// As [`Chain::wakes`], leaving out what it turns out that nothing can change.
    pub(super) fn truly_wakes(&mut self, table: &mut Table) -> Option<Due> {
        for link in &mut self.links {
            if let Monitor::Counting(counting) = &mut link.monitor {
                counting.forget_deadlines(table);
            }
        }
        self.wakes()
    }

    /// Forgets duties of an instance that were missed and could still be done too late.
    pub(super) fn wait_no_longer(&mut self, instance: InstanceKey, table: &mut Table) {
        for link in &mut self.links {
            if let Monitor::Counting(counting) = &mut link.monitor {
                counting.wait_no_longer(instance, table);
            }
        }
    }

    /// Whether a change of a state can matter to one of its duties.
    pub(super) fn reads(&self, state: StateId) -> bool {
        self.links.iter().any(|link| match &link.monitor {
            Monitor::Maintenance(maintenance) => maintenance.reads(state),
            _ => false,
        })
    }

    /// Whether states decide one of its duties.
    pub(super) fn maintains(&self) -> bool {
        let mut monitors = self.links.iter().map(|link| &link.monitor);
        monitors.any(|monitor| matches!(monitor, Monitor::Maintenance(_)))
    }

    /// Whether one of its duties is judged by [`Chain::settle`].
    pub(super) fn settles(&self) -> bool {
        let mut monitors = self.links.iter().map(|link| &link.monitor);
        monitors.any(|monitor| matches!(monitor, Monitor::Sliding(_) | Monitor::Aggregate(_)))
    }

    fn gate(&self, now: Instant) -> Gate {
        Gate {
            now,
            before: self.status.pace(),
            at: self.turn.pace(),
        }
    }

    fn open_standing(&mut self, gate: Gate, context: &Context<'_>, table: &mut Table) {
        let Some((window, true)) = self.window else { return };
        let Some(Link { monitor, .. }) = self.links.first_mut() else {
            return;
        };
        let start = window.start.unwrap_or(Instant::MIN);
        if start > context.now {
            return;
        }
        self.window = Some((window, false));
        // Where it starts after the term, nothing has extended the term to hold it.
        let begins = window.admits(start)
            && match gate.at(start) {
                Pace::InForce => true,
                // A floor that begins suspended is not owed; a ceiling holds once it is resumed.
                Pace::Suspended => !monitor.is_floor(),
                Pace::Ended => false,
            };
        if !begins {
            return;
        }
        match monitor {
            Monitor::Counting(counting) => {
                let step = Step::new(window.start, window.end(), Outcome::Open { count: 0 });
                let instance = table.start(self.id, Subject::Term, step);
                self.waivers.enter(instance, &Bindings::default(), context);
                let breaches = Breaches::default();
                counting.open(instance, breaches, false, window.end(), context, table);
            }
            Monitor::Maintenance(maintenance) => {
                maintenance.open(
                    None,
                    Bindings::default(),
                    (window.start, false),
                    window.end(),
                    context,
                    table,
                );
            }
            Monitor::Aggregate(aggregate) => {
                aggregate.open_term(window.start, window.end(), context, table);
            }
            Monitor::Prior(_)
            | Monitor::Prohibition(_)
            | Monitor::Permission(_)
            | Monitor::Cadence(_)
            | Monitor::Sliding(_) => {}
        }
    }

    /// Takes the term to end at another instant than before, if an event has put it off.
    pub(super) fn extend(&mut self, extended: &Arc<Extended>, table: &mut Table) {
        let end = extended.end;
        let Some((concluded, term)) = self.term.filter(|(_, term)| *term != end) else {
            return;
        };
        self.term = Some((concluded, end));
        table.extend(self.id, concluded, extended);
        if let Some(openings) = &mut self.openings {
            openings.extend(end);
            return;
        }
        let was_due = self.window.and_then(|(window, _)| window.end());
        if let Some((window, _)) = &mut self.window {
            window.extended(end);
        }
        let is_due = self.window.and_then(|(window, _)| window.end());
        let put_off = was_due.zip(is_due).unwrap_or((Due::before(term), Due::before(end)));
        let put_off = Some(put_off).filter(|(old, new)| old != new);
        match (self.links.first_mut().map(|link| &mut link.monitor), put_off) {
            (Some(Monitor::Cadence(cadence)), _) => cadence.extend(end, table),
            // A clause that has ended alone is done with; only what its last period comes to is told by the end of the term.
            (Some(Monitor::Prohibition(_) | Monitor::Sliding(_)), _) if self.status.pace() == Pace::Ended => {}
            (Some(Monitor::Prohibition(prohibition)), _) => prohibition.extend(end),
            (Some(Monitor::Permission(permission)), _) => permission.extend(end),
            (Some(Monitor::Sliding(sliding)), _) => sliding.extend(end),
            (Some(Monitor::Counting(counting)), Some((old, new))) => counting.put_off(old, new, table),
            (Some(Monitor::Maintenance(maintenance)), Some((old, new))) => maintenance.put_off(old, new),
            (Some(Monitor::Aggregate(aggregate)), Some((old, new))) => aggregate.put_off(old, new, table),
            // What looks back from a trigger has no end of its own.
            (Some(Monitor::Prior(_)) | None, _) | (_, None) => {}
        }
    }

    /// Shows the events of a time point that may end the time of the duties at one place in the chain.
    pub(super) fn end(&mut self, position: usize, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) {
        // After the end of the clause nothing is owed but repairs, and what was broken stays so.
        if position == 0 && self.status.pace() == Pace::Ended {
            return;
        }
        match self.links.get_mut(position).map(|link| &mut link.monitor) {
            Some(Monitor::Counting(counting)) => counting.end(events, context, table),
            Some(Monitor::Prohibition(prohibition)) => prohibition.end(events, context),
            Some(Monitor::Aggregate(aggregate)) => aggregate.end_by(events, context, table),
            // The model has no event that ends these, or states decide with it: see `cut`.
            Some(
                Monitor::Maintenance(_)
                | Monitor::Prior(_)
                | Monitor::Permission(_)
                | Monitor::Cadence(_)
                | Monitor::Sliding(_),
            )
            | None => {}
        }
    }

    /// Shows the same events to the duties that states decide, once the states have taken in their changes.
    pub(super) fn cut(&mut self, position: usize, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) {
        if let Some(Monitor::Maintenance(maintenance)) = self.links.get_mut(position).map(|link| &mut link.monitor) {
            maintenance.cut(events, context, table);
        }
    }

    /// Takes in changes of states at one place in the chain.
    pub(super) fn changed(&mut self, position: usize, slots: &[Slot], context: &Context<'_>, table: &mut Table) {
        if let Some(Monitor::Maintenance(maintenance)) = self.links.get_mut(position).map(|link| &mut link.monitor) {
            maintenance.changed(context.now, slots, context, table);
        }
    }

    /// Shows an event to the duty at one place in the chain. Whether it can have changed anything that is yet to be settled, or when time does.
    pub(super) fn candidate(
        &mut self,
        position: usize,
        event: &Arc<Event>,
        context: &Context<'_>,
        table: &mut Table,
    ) -> bool {
        if position == 0 && self.status.pace() != Pace::InForce && self.goes_on() {
            return false;
        }
        match self.links.get_mut(position).map(|link| &mut link.monitor) {
            Some(Monitor::Counting(counting)) => {
                counting.candidate(event, context, table);
                if !table.excused.is_empty() {
                    self.take_back_repairs(context.now, table);
                }
                true
            }
            Some(Monitor::Prohibition(prohibition)) => prohibition.candidate(event, context, table),
            Some(Monitor::Permission(permission)) => {
                permission.candidate(event, context, table);
                false
            }
            Some(Monitor::Cadence(cadence)) => cadence.candidate(event, context, table),
            Some(Monitor::Sliding(sliding)) => sliding.candidate(event, context, &self.zone),
            Some(Monitor::Aggregate(aggregate)) => {
                let matters = aggregate.candidate(event, context, table);
                if matters {
                    self.begun(position, context);
                }
                matters
            }
            Some(Monitor::Prior(_) | Monitor::Maintenance(_)) | None => false,
        }
    }

    /// Lets events that release find the instances that an aggregate has begun.
    fn begun(&mut self, position: usize, context: &Context<'_>) {
        if let Some(Monitor::Aggregate(aggregate)) = self.links.get_mut(position).map(|link| &mut link.monitor) {
            for (instance, bindings) in aggregate.begun() {
                self.waivers.enter(instance, &bindings, context);
            }
        }
    }

    /// Takes back the repairs of instances whose delay turned out to be excused, or perhaps so. What was repaired or released before stays so.
    fn take_back_repairs(&mut self, now: Instant, table: &mut Table) {
        for instance in std::mem::take(&mut table.excused) {
            if table.is_settled(instance, now) {
                continue;
            }
            table.take_back_repairs(instance);
            self.forget_repairs(instance, table);
        }
    }

    fn forget_repairs(&mut self, instance: InstanceKey, table: &mut Table) {
        for link in self.links.iter_mut().skip(1) {
            match &mut link.monitor {
                Monitor::Counting(counting) => counting.drop_duty(instance, table),
                Monitor::Maintenance(maintenance) => maintenance.forget(instance, table),
                Monitor::Aggregate(aggregate) => aggregate.forget(instance, table),
                Monitor::Permission(_)
                | Monitor::Prior(_)
                | Monitor::Prohibition(_)
                | Monitor::Cadence(_)
                | Monitor::Sliding(_) => {}
            }
        }
    }

    /// Judges the present instant at one place in the chain, all events of which have been shown.
    pub(super) fn settle(&mut self, position: usize, now: Instant, table: &mut Table) {
        match self.links.get_mut(position).map(|link| &mut link.monitor) {
            Some(Monitor::Sliding(sliding)) => sliding.settle(now, table),
            Some(Monitor::Aggregate(aggregate)) => aggregate.settle(now, table),
            Some(
                Monitor::Prior(_)
                | Monitor::Counting(_)
                | Monitor::Prohibition(_)
                | Monitor::Permission(_)
                | Monitor::Cadence(_)
                | Monitor::Maintenance(_),
            )
            | None => {}
        }
    }

    /// Says whether the clause is in force at the coming instant.
    pub(super) fn turns(&mut self, status: Status) {
        self.turn = status;
    }

    /// Whether what happens while the clause is suspended does not count for its duty. Where an event opened it, or it was missed, there is nothing that could
    /// count but what comes late.
    fn goes_on(&self) -> bool {
        match self.links.first().map(|link| &link.monitor) {
            Some(Monitor::Counting(counting)) => self.openings.is_none() && !counting.is_floor(),
            Some(_) => self.openings.is_none(),
            None => false,
        }
    }

    /// Lives through the present instant: what is suspended or has ended is released, and what is resumed begins anew.
    pub(super) fn live(&mut self, context: &Context<'_>, table: &mut Table) {
        let (before, now) = (self.status.pace(), self.turn.pace());
        self.status = self.turn.clone();
        if before == now {
            return;
        }
        let triggered = self.openings.is_some();
        let Some(Link { monitor, .. }) = self.links.first_mut() else {
            return;
        };
        let mut released = Vec::new();
        if before == Pace::InForce {
            released = match monitor {
                Monitor::Counting(counting) if triggered || counting.is_floor() => counting.owed(table),
                Monitor::Cadence(cadence) if cadence.is_floor() => cadence.owed(),
                Monitor::Aggregate(aggregate) if triggered || aggregate.is_floor() => aggregate.close(),
                Monitor::Maintenance(maintenance) => {
                    maintenance.suspend(context.now, table);
                    Vec::new()
                }
                Monitor::Sliding(sliding) => {
                    sliding.suspend(context.now, table);
                    Vec::new()
                }
                Monitor::Counting(_)
                | Monitor::Cadence(_)
                | Monitor::Aggregate(_)
                | Monitor::Prior(_)
                | Monitor::Prohibition(_)
                | Monitor::Permission(_) => Vec::new(),
            };
        }
        match (now, monitor) {
            (Pace::InForce, Monitor::Maintenance(maintenance)) => maintenance.resume(),
            (Pace::InForce, Monitor::Sliding(sliding)) => sliding.resume(context.now, &self.zone),
            (Pace::Ended, Monitor::Maintenance(maintenance)) => maintenance.end_all(context.now, table),
            (Pace::Ended, Monitor::Sliding(sliding)) => sliding.end(context.now, table),
            (Pace::Ended, Monitor::Counting(counting)) if !triggered && !counting.is_floor() => {
                counting.cease(context, table);
            }
            (Pace::Ended, Monitor::Cadence(cadence)) if !cadence.is_floor() => cadence.end(context.now, table),
            (Pace::Ended, Monitor::Aggregate(aggregate)) if !triggered && !aggregate.is_floor() => {
                aggregate.end(context.now, table);
            }
            (Pace::Ended, Monitor::Prohibition(prohibition)) => prohibition.cease(context.now),
            _ => {}
        }
        if let Some(outcome) = self.status.waives() {
            for instance in released {
                self.let_off(instance, outcome.clone(), table);
            }
        }
    }

    /// Releases the instances that the events of a time point say are no longer owed, from that instant on.
    pub(super) fn release(&mut self, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) {
        for released in self.waivers.released(events, context, table) {
            self.let_off(released.instance, released.outcome, table);
        }
    }

    /// Judges an instance no further, if it is still owed.
    fn let_off(&mut self, instance: InstanceKey, outcome: Outcome, table: &mut Table) {
        // Two events may release one instance, and what may be released may have been released for certain.
        let Some((position, present)) = table.present(instance) else {
            return;
        };
        match present {
            Outcome::Open { .. } => table.set(instance, position, outcome),
            // What could not be told before cannot be told now; it is only judged no further.
            Outcome::Unknown { .. } => {}
            Outcome::Met { .. } | Outcome::Broken(_) | Outcome::Waived { .. } => return,
        }
        match self.links.get_mut(usize::from(position)).map(|link| &mut link.monitor) {
            Some(Monitor::Counting(counting)) => counting.forget(instance, table),
            Some(Monitor::Cadence(cadence)) => cadence.forget(instance),
            Some(Monitor::Maintenance(maintenance)) => maintenance.forget(instance, table),
            Some(Monitor::Aggregate(aggregate)) => aggregate.forget(instance, table),
            Some(Monitor::Prior(_) | Monitor::Prohibition(_) | Monitor::Permission(_) | Monitor::Sliding(_)) | None => {
            }
        }
    }

    /// Forgets an instance that is finished.
    pub(super) fn leave(&mut self, instance: InstanceKey) {
        self.waivers.leave(instance);
    }

    /// Reports what only the end of the log can tell.
    pub(super) fn finish(&mut self, as_of: Instant, table: &mut Table) {
        for link in &mut self.links {
            match &mut link.monitor {
                Monitor::Prohibition(prohibition) => prohibition.finish(as_of, table),
                Monitor::Maintenance(maintenance) => maintenance.finish(table),
                Monitor::Sliding(sliding) => sliding.finish(as_of, table),
                Monitor::Prior(_)
                | Monitor::Counting(_)
                | Monitor::Cadence(_)
                | Monitor::Permission(_)
                | Monitor::Aggregate(_) => {}
            }
        }
    }
}
