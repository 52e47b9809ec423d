//! One duty that counts events, and what an event comes to for it.

use std::sync::Arc;

use super::counting::Place;
use super::evaluate::{Bindings, Context, Frame, evaluate};
use super::instance::{Breach, Excuse, Late, NearMiss, Outcome};
use super::matching::failed;
use super::near::keep_nearest;
use super::state::saved;
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

/// What the counting duties at one place in the chain of one clause ask for.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) clause: ClauseId,
    pub(super) position: u8,
    pub(super) pattern: PatternPlan,
    pub(super) aim: Aim,
    /// What excuses a late answer.
    pub(super) excuse: Option<Condition>,
}

/// A duty that is open, or that was missed or broken and of which more can come.
#[derive(Debug)]
pub(super) struct Duty {
    pub(super) bindings: Bindings,
    pub(super) place: Place,
    pub(super) opened: Option<Instant>,
    /// Whether its window starts just after it was opened.
    pub(super) just_after: bool,
    pub(super) due: Option<Due>,
    pub(super) certain: u32,
    pub(super) possible: u32,
    pub(super) lacks: Lacks,
    /// The last event of which it is unknown whether it counts.
    pub(super) doubtful: Option<Arc<Event>>,
    /// The event in the window that was right by itself and failed the fewest other conjuncts; the latest of several.
    pub(super) near: Option<Box<NearMiss>>,
    /// What is lacking to tell whether its time is over.
    pub(super) doubt: Option<Lacks>,
    /// How many events count for certain if its time is not over.
    pub(super) deferred: u32,
    pub(super) stage: Stage,
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
pub(super) enum Stage {
    Open,
    /// An `ensure` that was missed, still waiting for what comes late.
    Overdue,
    /// An `avoid` that was broken, still counting what follows.
    Broken,
}

saved!(enum Stage { 0 = Open, 1 = Overdue, 2 = Broken });

impl Terms {
    /// Counts an event for a duty. Returns whether the duty still waits for events.
    pub(super) fn count(
        &self,
        instance: InstanceKey,
        duty: &mut Duty,
        event: &Arc<Event>,
        local: &Truth,
        context: &Context<'_>,
        table: &mut Table,
    ) -> bool {
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
        let residual = self.pattern.residual.iter();
        let mut truth = Truth::all(residual.map(|conjunct| evaluate(&conjunct.condition, &frame, context)));
        if duty.place == Place::Loose {
            let joins = self
                .pattern
                .joins
                .iter()
                .map(|join| evaluate(&join.condition, &frame, context));
            truth = Truth::all([Truth::all(joins), truth]);
        }
        if *local != Truth::True {
            truth = Truth::all([local.clone(), truth]);
        }
        if let (Truth::True, Some(lacks), false) = (&truth, &duty.doubt, duty.stage == Stage::Overdue) {
            if duty.stage == Stage::Open {
                duty.deferred += 1;
                duty.possible += 1;
                merge(&mut duty.lacks, lacks.clone());
                duty.doubtful = Some(Arc::clone(event));
                self.doubted(instance, duty, table);
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
                    self.doubted(instance, duty, table);
                }
                true
            }
            Truth::True => {
                duty.certain += 1;
                duty.possible += 1;
                self.counted(instance, duty, event, context, table)
            }
        }
    }

    /// What follows from a certain event. Returns whether the duty still waits for events.
    fn counted(
        &self,
        instance: InstanceKey,
        duty: &mut Duty,
        event: &Arc<Event>,
        context: &Context<'_>,
        table: &mut Table,
    ) -> bool {
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
                    self.doubted(instance, duty, table);
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
    fn doubted(&self, instance: InstanceKey, duty: &Duty, table: &mut Table) {
        if let Aim::NotExceed(limit) = self.aim
            && duty.possible > limit
            && duty.certain <= limit
        {
            table.set(instance, self.position, duty.unknown());
        }
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
        Some(Truth::Unknown(lacks)) => Excuse::Unknown(lacks),
    }
}

impl Duty {
    /// Whether a deadline that was noted is that of the duty, and has not passed. An event may have ended its time before.
    pub(super) fn falls_due(&self, due: Due) -> bool {
        self.due == Some(due) && self.stage != Stage::Overdue
    }

    pub(super) fn unknown(&self) -> Outcome {
        Outcome::Unknown {
            lacks: self.lacks.clone(),
            at: self.doubtful.clone(),
            interval: None,
        }
    }

    /// Whether this event is the trigger: what opens a duty is no attempt to answer it.
    pub(super) fn is_opened_by(&self, event: &Arc<Event>) -> bool {
        self.bindings
            .trigger
            .as_ref()
            .is_some_and(|trigger| Arc::ptr_eq(&trigger.event, event))
    }
}
