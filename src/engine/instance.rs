//! Instances of duties: what the engine decides.

use std::sync::Arc;

use smallvec::SmallVec;

use super::life::Extended;
use super::state::{Loader, Saved, Saver, StateError, load_field, save_field, saved};
use crate::log::{Event, Origin};
use crate::model::{ClauseId, Ending, FieldId, StateId};
use crate::source::Span;
use crate::time::{Due, Instant, Period};
use crate::value::{Ratio, Value};

/// One instance of a clause: a duty that was opened, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The clause.
    pub clause: ClauseId,
    /// What the instance is about.
    pub subject: Subject,
    /// What became of the duty and of the repairs that its breach opened, in the order of the clause. Never empty.
    pub steps: SmallVec<[Step; 1]>,
}

impl Instance {
    /// Where it comes among the instances that are finished at one instant: by clause, then by the record that opened it. What is alike in both
    /// belongs to one part of any division of the work, and stays in the order in which it was finished.
    pub fn rank(&self) -> (ClauseId, Option<Origin>) {
        (self.clause, self.subject.trigger().map(|trigger| trigger.event.origin))
    }
}

impl Instance {
    /// From when the duty at a position was owed, if there is such a start.
    pub(super) fn opened(&self, position: u8) -> Option<Instant> {
        self.steps.get(usize::from(position))?.opened
    }

    /// Whether this event is the trigger: what opens a duty is no attempt to answer it.
    pub(super) fn is_opened_by(&self, event: &Arc<Event>) -> bool {
        let trigger = self.subject.trigger();
        trigger.is_some_and(|trigger| Arc::ptr_eq(&trigger.event, event))
    }
}

impl Saved for Instance {
    fn save(&self, to: &mut Saver<'_>) {
        let Instance { clause, subject, steps } = self;
        clause.save(to);
        subject.save(to);
        steps.save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let clause = ClauseId::load(from)?;
        let subject = Subject::load(from)?;
        let steps: SmallVec<[Step; 1]> = Saved::load(from)?;
        if steps.is_empty() || steps.len() > from.model().clause(clause).duties.len() {
            return Err(from.damaged("an instance has another number of duties than its clause"));
        }
        Ok(Instance { clause, subject, steps })
    }
}

/// What an instance is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The term: a duty without trigger.
    Term,
    /// What opened the duty.
    Trigger(Trigger),
    /// A period of the term.
    Period(Period),
    /// A key of a state, in the term, or after a trigger; or one of the things that a bound is said of.
    Key(Value, Option<Trigger>),
    /// One of the things that a bound is said of, in a period of the term.
    KeyInPeriod(Value, Period),
}

impl Subject {
    /// What opened the duty, if events did.
    pub(super) fn trigger(&self) -> Option<&Trigger> {
        match self {
            Subject::Trigger(trigger) | Subject::Key(_, Some(trigger)) => Some(trigger),
            Subject::Term | Subject::Period(_) | Subject::Key(_, None) | Subject::KeyInPeriod(..) => None,
        }
    }
}

saved!(enum Subject { 0 = Term, 1 = Trigger(trigger), 2 = Period(period), 3 = Key(key, trigger), 4 = KeyInPeriod(key, period) });

/// The events that opened a duty.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The one that opened it.
    pub event: Arc<Event>,
    /// Those that had come before, or with it: the first event of a sequence, the others that were counted.
    pub before: Box<[Arc<Event>]>,
}

saved!(struct Trigger { event, before });

impl Trigger {
    /// An event that no others have to do with.
    #[inline]
    pub(super) fn alone(event: &Arc<Event>) -> Self {
        Trigger {
            event: Arc::clone(event),
            before: Box::default(),
        }
    }
}

/// What became of one duty of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// From when it was owed; `None` if there is no start.
    pub opened: Option<Instant>,
    /// When it is over, if ever.
    pub due: Option<Due>,
    /// The event that ended its time, if one did while it was neither kept nor broken.
    pub ended_by: Option<Arc<Event>>,
    /// What extended the term, if it is owed only because of that.
    pub extended_by: Option<Arc<Extended>>,
    /// What became of it.
    pub outcome: Outcome,
}

saved!(struct Step { opened, due, ended_by, extended_by, outcome });

impl Step {
    /// One that no event has ended or extended.
    #[inline]
    pub(super) fn new(opened: Option<Instant>, due: Option<Due>, outcome: Outcome) -> Self {
        Step {
            opened,
            due,
            ended_by: None,
            extended_by: None,
            outcome,
        }
    }
}

/// What became of a duty.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Neither kept nor broken so far.
    Open {
        /// How many events have counted so far.
        count: u32,
    },
    /// Kept.
    Met {
        /// The event that completed an `ensure`; `None` where time alone did.
        by: Option<Arc<Event>>,
    },
    /// Broken.
    Broken(Breach),
    /// No longer owed.
    Waived {
        /// The event that released it.
        by: Arc<Event>,
        /// How.
        release: Release,
    },
    /// What it depends on is not in the log.
    Unknown {
        /// What was lacking, without repetition.
        lacks: Vec<Lack>,
        /// An event or the start of an interval for which it was lacking.
        at: Option<Arc<Event>>,
        /// From when to when, for a state; the end is `None` while it lasts.
        interval: Option<(Instant, Option<Instant>)>,
    },
}

saved!(enum Outcome {
    0 = Open { count },
    1 = Met { by },
    2 = Broken(breach),
    3 = Waived { by, release },
    4 = Unknown { lacks, at, interval },
});

/// How a duty was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// As the clause provides, with `waived by`.
    Waiver,
    /// Its clause or agreement was suspended.
    Suspension {
        /// The words that say so, in the rule file.
        rule: Span,
    },
    /// Its clause or agreement ended.
    End {
        /// When that took effect.
        at: Instant,
        /// How it ended.
        ending: Ending,
        /// The words that say so, in the rule file.
        rule: Span,
    },
}

saved!(enum Release { 0 = Waiver, 1 = Suspension { rule }, 2 = End { at, ending, rule } });

impl Release {
    /// From when on the duty was no longer owed, if this event released it.
    pub fn at(&self, by: &Event) -> Instant {
        match self {
            Release::Waiver | Release::Suspension { .. } => by.time,
            Release::End { at, .. } => *at,
        }
    }
}

/// How a duty was broken.
#[derive(Debug, Clone, PartialEq)]
pub enum Breach {
    /// An `ensure` was not done in time.
    Missed {
        /// What completed it after all.
        late: Option<Late>,
        /// How many events counted in time.
        count: u32,
        /// The event in the window that came nearest to counting.
        near: Option<Box<NearMiss>>,
    },
    /// An `avoid` was broken, or a count exceeded, by this event.
    Event {
        /// The event.
        by: Arc<Event>,
        /// How many further ones followed in the window.
        further: u32,
    },
    /// What was owed before the trigger had not been done in time.
    NotBefore {
        /// How many events counted.
        count: u32,
        /// The event that came nearest to counting.
        nearest: Option<Nearest>,
    },
    /// An `exactly` or `at least` was short when its period was over.
    Short {
        /// How many events counted.
        count: u32,
        /// The event in the period that came nearest to counting.
        near: Option<Box<NearMiss>>,
    },
    /// A `maintain` did not hold in an interval.
    Interval {
        /// Its first instant.
        start: Instant,
        /// The first instant after it; `None` while it lasts.
        end: Option<Instant>,
        /// The events that set the states as they were at its start.
        by: Vec<Arc<Event>>,
    },
    /// A figure was beyond its bound, over an extent of time.
    Beyond {
        /// The first instant at which that was certain.
        at: Instant,
        /// The arithmetic at that instant.
        reading: Box<Reading>,
    },
    /// A figure was beyond its bound in windows that end in an interval.
    Spell {
        /// Its first instant.
        start: Instant,
        /// The first instant after it; `None` while it lasts.
        end: Option<Instant>,
        /// The arithmetic at its start.
        reading: Box<Reading>,
    },
}

saved!(enum Breach {
    0 = Missed { late, count, near },
    1 = Event { by, further },
    2 = NotBefore { count, nearest },
    3 = Short { count, near },
    4 = Interval { start, end, by },
    5 = Beyond { at, reading },
    6 = Spell { start, end, reading },
});

/// The arithmetic of a bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The figure: what nearest to the bound it can be, where some of it is unknown.
    pub figure: Ratio,
    /// The bound, likewise.
    pub limit: Ratio,
    /// How many events count for certain.
    pub counted: u64,
    /// Some of them, in the order of time: those that decide, and the last ones.
    pub lines: Vec<Line>,
}

saved!(struct Reading { figure, limit, counted, lines });

/// An event that is part of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The event.
    pub event: Arc<Event>,
    /// Whether it meets the condition of a share; `None` where there is none, or that is unknown.
    pub hit: Option<bool>,
}

saved!(struct Line { event, hit });

/// What completed an `ensure` too late.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// The event.
    pub by: Arc<Event>,
    /// Whether that is excused.
    pub excuse: Excuse,
}

saved!(struct Late { by, excuse });

/// Whether a late event is excused.
#[derive(Debug, Clone, PartialEq)]
pub enum Excuse {
    /// The clause has no excuse, or it is not so of this event.
    No,
    /// It is so of this event.
    Yes,
    /// Whether it is so of this event depends on values that are not in the log.
    Unknown(Vec<Lack>),
}

saved!(enum Excuse { 0 = No, 1 = Yes, 2 = Unknown(lacks) });

/// The event that came nearest to being done before the trigger.
#[derive(Debug, Clone, PartialEq)]
pub enum Nearest {
    /// It was right, but came too late.
    TooLate(Arc<Event>),
    /// It came in time, and was not right.
    Failed(NearMiss),
}

saved!(enum Nearest { 0 = TooLate(event), 1 = Failed(near) });

/// An event of the right type that did not count.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMiss {
    /// The event.
    pub event: Arc<Event>,
    /// Which conjuncts of the pattern's condition were not true, by position.
    pub failed: SmallVec<[u16; 4]>,
    /// The record that took the event back; nothing else kept it from counting.
    pub retracted_by: Option<Origin>,
}

saved!(struct NearMiss { event, failed, retracted_by });

/// A value that a verdict needs and the log does not have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lack {
    /// An event has no value for an optional field.
    Field(crate::model::EventTypeId, FieldId),
    /// A state was not set.
    Unset(StateId),
    /// A state was set to different values at one instant.
    Contradiction(StateId),
    /// No event of the type counts, so that the figure has no value.
    Nothing(crate::model::EventTypeId),
    /// A figure is too large to be added up.
    TooLarge,
}

impl Saved for Lack {
    fn save(&self, to: &mut Saver<'_>) {
        match self {
            Lack::Field(of, field) => {
                to.byte(0);
                save_field((*of, *field), to);
            }
            Lack::Unset(state) => {
                to.byte(1);
                state.save(to);
            }
            Lack::Contradiction(state) => {
                to.byte(2);
                state.save(to);
            }
            Lack::Nothing(of) => {
                to.byte(3);
                of.save(to);
            }
            Lack::TooLarge => to.byte(4),
        }
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        Ok(match from.byte()? {
            0 => {
                let (of, field) = load_field(from)?;
                Lack::Field(of, field)
            }
            1 => Lack::Unset(Saved::load(from)?),
            2 => Lack::Contradiction(Saved::load(from)?),
            3 => Lack::Nothing(Saved::load(from)?),
            4 => Lack::TooLarge,
            _ => return Err(from.damaged("there is no such Lack")),
        })
    }
}

/// The verdict on an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Neither kept nor broken so far.
    Open,
    /// Kept.
    Met,
    /// Broken.
    Violated,
    /// Broken, and repaired as the clause provides.
    Repaired,
    /// Done late, with what the clause takes for an excuse.
    Excused,
    /// Released before it was decided.
    Waived,
    /// Not to be told from this log.
    Unknown,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Verdict; 7] = [
        Verdict::Met,
        Verdict::Violated,
        Verdict::Open,
        Verdict::Repaired,
        Verdict::Excused,
        Verdict::Waived,
        Verdict::Unknown,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Violated => "violated",
            Verdict::Open => "open",
            Verdict::Repaired => "repaired",
            Verdict::Excused => "excused",
            Verdict::Waived => "waived",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Instance {
    /// The verdict, from the steps: a later step exists only if the one before it was broken.
    pub fn verdict(&self) -> Verdict {
        let repair = self.steps.len() > 1;
        let excuse = match self.steps.first().map(|step| &step.outcome) {
            Some(Outcome::Broken(Breach::Missed { late: Some(late), .. })) => &late.excuse,
            _ => &Excuse::No,
        };
        match self.steps.last().map(|step| &step.outcome) {
            Some(Outcome::Met { .. }) if repair => Verdict::Repaired,
            Some(Outcome::Met { .. }) => Verdict::Met,
            // What is still owed for a breach is released with it.
            Some(Outcome::Waived { .. }) => Verdict::Waived,
            Some(_) if *excuse == Excuse::Yes => Verdict::Excused,
            Some(_) if *excuse != Excuse::No => Verdict::Unknown,
            // The breach is certain, and a repair that is open or unknown has not repaired it.
            Some(_) if repair => Verdict::Violated,
            Some(Outcome::Open { .. }) | None => Verdict::Open,
            Some(Outcome::Broken(_)) => Verdict::Violated,
            Some(Outcome::Unknown { .. }) => Verdict::Unknown,
        }
    }
}
