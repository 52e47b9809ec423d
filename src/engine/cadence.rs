//! Counts in periods: `in each P`.

use std::sync::Arc;

use super::evaluate::{Bindings, Context, Frame};
use super::instance::{Breach, NearMiss, Outcome, Step, Subject};
use super::life::{Gate, Pace};
use super::matching::{failed, truth_in};
use super::near::keep_nearest;
use super::state::{restored, saved};
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{ClauseId, Periods};
use crate::plan::PatternPlan;
use crate::time::{Due, Instant, Period, Zone};

/// What a period's count must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// At least so many: `at least`, `exactly`.
    pub(super) floor: Option<u32>,
    /// At most so many: `exactly`, `avoid more than`.
    pub(super) ceiling: Option<u32>,
}

/// The periods of one clause.
#[derive(Debug)]
pub(super) struct Cadence {
    clause: ClauseId,
    pattern: PatternPlan,
    bounds: Bounds,
    periods: Periods,
    next_index: u32,
    /// No period begins before; the first instant where that is not known.
    waits_until: Instant,
    current: Option<Running>,
    over: bool,
}

restored!(Cadence {
    saved: [next_index, waits_until, current, over],
    restored: [periods],
    fixed: [clause, pattern, bounds],
});

/// The period that time is in, and its count.
#[derive(Debug)]
struct Running {
    period: Period,
    /// The part of the period that is in the window.
    start: Instant,
    end: Instant,
    instance: Option<InstanceKey>,
    /// Whether the instance is one only if an extension of the term makes the period whole.
    withheld: bool,
    certain: u32,
    possible: u32,
    lacks: Lacks,
    doubtful: Option<Arc<Event>>,
    near: Option<Box<NearMiss>>,
    settled: bool,
}

saved!(struct Running {
    period,
    start,
    end,
    instance,
    withheld,
    certain,
    possible,
    lacks,
    doubtful,
    near,
    settled,
});

impl Cadence {
    pub(super) fn new(clause: ClauseId, pattern: PatternPlan, bounds: Bounds, periods: Periods, zone: &Zone) -> Self {
        let first = periods.cadence.period_at(zone, periods.anchor, periods.start());
        Cadence {
            clause,
            pattern,
            bounds,
            periods,
            next_index: first.map_or(0, |period| period.index),
            waits_until: Instant::MIN,
            current: None,
            over: first.is_none(),
        }
    }

    /// Ends the periods that are over, and begins those that have begun, of which it gives the instances.
    pub(super) fn advance(&mut self, gate: Gate, zone: &Zone, table: &mut Table) -> Vec<InstanceKey> {
        let mut begun = Vec::new();
        loop {
            if let Some(running) = &self.current {
                if gate.now < running.end {
                    return begun;
                }
                self.end_period(table);
            }
            if self.over || !self.begin_period(gate, zone, table) {
                return begun;
            }
            begun.extend(self.current.as_ref().and_then(|running| running.instance));
        }
    }

    /// When time alone may change something next.
    pub(super) fn wakes(&self) -> Option<Instant> {
        match &self.current {
            Some(running) => Some(running.end),
            None => (!self.over).then_some(self.waits_until),
        }
    }

    fn begin_period(&mut self, gate: Gate, zone: &Zone, table: &mut Table) -> bool {
        if gate.now < self.waits_until {
            return false;
        }
        let Some(period) = self.periods.cadence.period(zone, self.periods.anchor, self.next_index) else {
            self.over = true;
            return false;
        };
        let part = self.periods.part_of(period);
        let Period { start, end, .. } = part;
        if start >= end {
            // Until the end of the window an extension can put it off.
            let window_end = self.periods.end();
            self.over = window_end.is_some_and(|end| end <= gate.now);
            self.waits_until = window_end.unwrap_or(start);
            return false;
        }
        if gate.now < start {
            self.waits_until = start;
            return false;
        }
        self.waits_until = Instant::MIN;
        let pace = gate.at(start);
        if pace == Pace::Ended {
            self.over = true;
            return false;
        }
        self.next_index += 1;
        let withheld = self.is_floor() && self.periods.cut_by_the_term(period);
        let judged = !self.is_floor() || ((part == period || withheld) && pace == Pace::InForce);
        let step = Step::new(Some(start), Some(Due::before(end)), Outcome::Open { count: 0 });
        let instance = judged.then(|| table.start(self.clause, Subject::Period(period), step));
        if let (Some(instance), true) = (instance, withheld) {
            table.withhold(instance);
        }
        self.current = Some(Running {
            period,
            start,
            end,
            instance,
            withheld,
            certain: 0,
            possible: 0,
            lacks: Lacks::new(),
            doubtful: None,
            near: None,
            settled: false,
        });
        true
    }

    /// Goes on for some time more, in the running period too.
    pub(super) fn extend(&mut self, end: Instant, table: &mut Table) {
        self.periods.window.extended(end);
        self.waits_until = Instant::MIN;
        let Some(running) = &mut self.current else { return };
        running.end = self.periods.part_of(running.period).end;
        let Some(instance) = running.instance else { return };
        table.put_off(instance, Due::before(running.end));
        if running.withheld && !self.periods.cut_by_the_term(running.period) {
            running.withheld = false;
            table.vouch_for(instance);
        }
    }

    /// Whether it asks for events.
    pub(super) fn is_floor(&self) -> bool {
        self.bounds.floor.is_some()
    }

    /// The instance of the running period, if it is neither kept nor broken.
    pub(super) fn owed(&self) -> Vec<InstanceKey> {
        let running = self.current.iter().filter(|running| !running.settled);
        running.filter_map(|running| running.instance).collect()
    }

    /// Ends the periods now, before anything that happens now.
    pub(super) fn end(&mut self, now: Instant, table: &mut Table) {
        self.over = true;
        if let Some(running) = &mut self.current {
            running.end = running.end.min(now);
        }
        self.end_period(table);
    }

    /// Judges the running period no further, if it is neither kept nor broken.
    pub(super) fn forget(&mut self, instance: InstanceKey) {
        if let Some(running) = &mut self.current
            && running.instance == Some(instance)
        {
            running.settled = true;
        }
    }

    fn end_period(&mut self, table: &mut Table) {
        let Some(running) = self.current.take() else { return };
        let Some(instance) = running.instance else { return };
        if running.withheld {
            table.discard(instance);
            return;
        }
        if !running.settled {
            let short = |count: u32| self.bounds.floor.is_some_and(|floor| count < floor);
            let exceeds = |count: u32| self.bounds.ceiling.is_some_and(|ceiling| count > ceiling);
            if short(running.possible) {
                let breach = Breach::Short {
                    count: running.certain,
                    near: running.near,
                };
                table.set(instance, 0, Outcome::Broken(breach));
                table.breached.push(Breached {
                    instance,
                    clause: self.clause,
                    position: 0,
                    at: running.end,
                    just_after: false,
                    bindings: Bindings::default(),
                });
                table.release(instance);
                return;
            }
            let outcome = if short(running.certain) || exceeds(running.possible) {
                running.unknown()
            } else {
                Outcome::Met { by: None }
            };
            table.set(instance, 0, outcome);
        }
        table.release(instance);
    }

    /// Takes in an event. Whether it counts, or may.
    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) -> bool {
        let Some(running) = &mut self.current else {
            return false;
        };
        let Some(instance) = running.instance else {
            return false;
        };
        if event.time < running.start || event.time >= running.end {
            return false;
        }
        let frame = Frame {
            subject: Some(event),
            ..Frame::default()
        };
        match truth_in(&self.pattern, &frame, context) {
            Truth::False => {
                if self.bounds.floor.is_some() {
                    let failed = failed(&self.pattern, &frame, context);
                    keep_nearest(&mut running.near, &self.pattern, failed, event);
                }
                return false;
            }
            Truth::Unknown(lacks) => {
                running.possible += 1;
                merge(&mut running.lacks, *lacks);
                running.doubtful = Some(Arc::clone(event));
                running.doubted(self.bounds, table);
                return true;
            }
            Truth::True => {
                running.certain += 1;
                running.possible += 1;
            }
        }
        if running.settled {
            if let Some(Outcome::Broken(Breach::Event { further, .. })) = table.outcome_mut(instance, 0) {
                *further += 1;
            }
            return true;
        }
        let Bounds { floor, ceiling } = self.bounds;
        if ceiling.is_some_and(|ceiling| running.certain > ceiling) {
            running.settled = true;
            let breach = Breach::Event {
                by: Arc::clone(event),
                further: 0,
            };
            table.set(instance, 0, Outcome::Broken(breach));
            table.breached.push(Breached {
                instance,
                clause: self.clause,
                position: 0,
                at: event.time,
                just_after: false,
                bindings: Bindings::default().broken_by(0, event),
            });
        } else if ceiling.is_none() && floor.is_some_and(|floor| running.certain >= floor) {
            running.settled = true;
            let by = Some(Arc::clone(event));
            table.set(instance, 0, Outcome::Met { by });
        } else {
            table.set(instance, 0, Outcome::Open { count: running.certain });
            running.doubted(self.bounds, table);
        }
        true
    }
}

impl Running {
    fn unknown(&self) -> Outcome {
        Outcome::Unknown {
            lacks: self.lacks.clone(),
            at: self.doubtful.clone(),
            interval: None,
        }
    }

    /// A count that may have exceeded its ceiling makes the period unknown at once: what follows can only break it.
    fn doubted(&self, bounds: Bounds, table: &mut Table) {
        let exceeds = |count: u32| bounds.ceiling.is_some_and(|ceiling| count > ceiling);
        if let (Some(instance), false) = (self.instance, self.settled)
            && exceeds(self.possible)
            && !exceeds(self.certain)
        {
            table.set(instance, 0, self.unknown());
        }
    }
}
