//! One duty that counts events, and what an event comes to for it.

use std::sync::Arc;

use super::evaluate::{Breaches, Context, Frame, evaluate};
use super::history::Key;
use super::instance::{Breach, Excuse, Late, NearMiss, Outcome};
use super::matching::failed;
use super::near::keep_nearest;
use super::shown::Shown;
use super::state::saved;
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{ClauseId, Condition};
use crate::plan::PatternPlan;
use crate::time::Due;

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
    /// Its position in the chain.
    pub(super) position: u8,
    pub(super) stage: Stage,
    /// Whether its window starts just after it was opened.
    pub(super) just_after: bool,
    pub(super) certain: u32,
    pub(super) possible: u32,
    pub(super) due: Option<Due>,
    /// The events that broke the duties before it.
    pub(super) breaches: Breaches,
    pub(super) found: Found,
    pub(super) notes: Option<Box<Notes>>,
}

saved!(struct Duty {
    position,
    stage,
    just_after,
    certain,
    possible,
    due,
    breaches,
    found,
    notes,
});

/// How a duty is found by the events that may answer it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// By the values that what it knows has on its side of the joins.
    Joined,
    /// By values that states had when it was opened.
    Kept(Box<Key>),
    /// By every event, since it lacks a value on its side.
    Loose,
}

saved!(enum Found { 0 = Joined, 1 = Kept(key), 2 = Loose });

/// What there is to note of a duty beside how many events count, which few duties have.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What is lacking to tell whether events count.
    pub(super) lacks: Lacks,
    /// The last event of which it is unknown whether it counts.
    pub(super) doubtful: Option<Arc<Event>>,
    /// The event in the window that was right by itself and failed the fewest other conjuncts; the latest of several.
    pub(super) near: Option<Box<NearMiss>>,
    /// What is lacking to tell whether its time is over.
    pub(super) doubt: Option<Lacks>,
    /// How many events count for certain if its time is not over.
    pub(super) deferred: u32,
}

saved!(struct Notes { lacks, doubtful, near, doubt, deferred });

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
        duty: &mut Duty,
        event: &Arc<Event>,
        local: &Truth,
        context: &Context<'_>,
        shown: &mut Shown<'_>,
    ) -> bool {
        if shown.opened(self.position).is_some_and(|opened| event.time < opened) {
            return true;
        }
        let in_time = duty.due.is_none_or(|due| due.admits(event.time));
        if !in_time && duty.stage != Stage::Overdue {
            return true;
        }
        match self.truth(duty, event, local, context, shown) {
            Truth::False => {
                if duty.stage == Stage::Open && matches!(self.aim, Aim::Reach(_)) && !shown.is_opened_by(event) {
                    let frame = Frame {
                        subject: Some(event),
                        ..shown.frame(&duty.breaches)
                    };
                    let failed = failed(&self.pattern, &frame, context);
                    if self.pattern.is_near(&failed) {
                        keep_nearest(&mut duty.notes_mut().near, &self.pattern, failed, event);
                    }
                }
                true
            }
            Truth::Unknown(lacks) => {
                if duty.stage == Stage::Open {
                    self.may_count(duty, *lacks, event, shown);
                }
                true
            }
            Truth::True => {
                if let Some(doubt) = duty.doubt().filter(|_| duty.stage != Stage::Overdue) {
                    if duty.stage == Stage::Open {
                        let lacks = doubt.clone();
                        duty.notes_mut().deferred += 1;
                        self.may_count(duty, lacks, event, shown);
                    }
                    return true;
                }
                duty.certain += 1;
                duty.possible += 1;
                self.counted(duty, event, context, shown)
            }
        }
    }

    /// Whether an event counts, of which it is known what it is by itself.
    fn truth(&self, duty: &Duty, event: &Event, local: &Truth, context: &Context<'_>, shown: &Shown<'_>) -> Truth {
        let frame = Frame {
            subject: Some(event),
            ..shown.frame(&duty.breaches)
        };
        let residual = self.pattern.residual.iter();
        let mut truth = Truth::all(residual.map(|conjunct| evaluate(&conjunct.condition, &frame, context)));
        if duty.found == Found::Loose {
            let joins = self.pattern.joins.iter();
            let joins = joins.map(|join| evaluate(&join.condition, &frame, context));
            truth = Truth::all([Truth::all(joins), truth]);
        }
        if *local != Truth::True {
            truth = Truth::all([local.clone(), truth]);
        }
        truth
    }

    fn may_count(&self, duty: &mut Duty, lacks: Lacks, event: &Arc<Event>, shown: &mut Shown<'_>) {
        duty.possible += 1;
        let notes = duty.notes_mut();
        merge(&mut notes.lacks, lacks);
        notes.doubtful = Some(Arc::clone(event));
        self.doubted(duty, shown);
    }

    /// What follows from a certain event. Returns whether the duty still waits for events.
    fn counted(&self, duty: &mut Duty, event: &Arc<Event>, context: &Context<'_>, shown: &mut Shown<'_>) -> bool {
        let position = self.position;
        match (self.aim, duty.stage) {
            (Aim::Reach(wanted), Stage::Open) => {
                if duty.certain < wanted {
                    shown.set(position, Outcome::Open { count: duty.certain });
                    return true;
                }
                let by = Some(Arc::clone(event));
                shown.set(position, Outcome::Met { by });
            }
            (Aim::Reach(wanted), Stage::Overdue | Stage::Broken) => {
                if duty.certain < wanted {
                    return true;
                }
                let frame = Frame {
                    subject: Some(event),
                    ..shown.frame(&duty.breaches)
                };
                let excuse = excuse_of(self.excuse.as_ref(), &frame, context);
                let excusing = excuse != Excuse::No;
                if let Some(Outcome::Broken(Breach::Missed { late, .. })) = shown.outcome_mut(position) {
                    let by = Arc::clone(event);
                    *late = Some(Late { by, excuse });
                }
                if excusing {
                    shown.excuse();
                }
            }
            (Aim::NotExceed(limit), Stage::Open | Stage::Overdue) => {
                if duty.certain <= limit {
                    shown.set(position, Outcome::Open { count: duty.certain });
                    self.doubted(duty, shown);
                    return true;
                }
                let breach = Breach::Event {
                    by: Arc::clone(event),
                    further: 0,
                };
                shown.set(position, Outcome::Broken(breach));
                shown.breach(position, &duty.breaches, event);
                duty.stage = Stage::Broken;
                return true;
            }
            (Aim::NotExceed(_), Stage::Broken) => {
                if let Some(Outcome::Broken(Breach::Event { further, .. })) = shown.outcome_mut(position) {
                    *further += 1;
                }
                return true;
            }
        }
        false
    }

    /// A count that may have exceeded its limit makes the duty unknown at once: what follows can only break it.
    fn doubted(&self, duty: &Duty, shown: &mut Shown<'_>) {
        if let Aim::NotExceed(limit) = self.aim
            && duty.possible > limit
            && duty.certain <= limit
        {
            shown.set(self.position, duty.unknown());
        }
    }
}

/// What an excuse says of an event, which is the subject of a frame.
fn excuse_of(excuse: Option<&Condition>, frame: &Frame<'_>, context: &Context<'_>) -> Excuse {
    match excuse.map(|excuse| evaluate(excuse, frame, context)) {
        None | Some(Truth::False) => Excuse::No,
        Some(Truth::True) => Excuse::Yes,
        Some(Truth::Unknown(lacks)) => Excuse::Unknown(*lacks),
    }
}

impl Duty {
    /// Whether a deadline that was noted is that of the duty, and has not passed. An event may have ended its time before.
    pub(super) fn falls_due(&self, due: Due) -> bool {
        self.due == Some(due) && self.stage != Stage::Overdue
    }

    pub(super) fn unknown(&self) -> Outcome {
        let notes = self.notes.as_ref();
        Outcome::Unknown {
            lacks: notes.map(|notes| notes.lacks.clone()).unwrap_or_default(),
            at: notes.and_then(|notes| notes.doubtful.clone()),
            interval: None,
        }
    }

    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }

    fn doubt(&self) -> Option<&Lacks> {
        self.notes.as_ref()?.doubt.as_ref()
    }
}
