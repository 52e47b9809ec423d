//! Corrections and retractions: records that say of an earlier one that it was wrong.
//!
//! A first reading gathers them, and a second one puts them in force. What is held in memory is what was amended, and not the log.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::asked::Regard;
use super::problem::{Problem, ProblemKind, quoted};
use super::read::{ReadSummary, Records, Sink};
use super::{Event, Fields, Origin};
use crate::model::{EventTypeId, Model};
use crate::time::Instant;
use crate::value::Value;

/// What a record says.
#[derive(Debug)]
pub(super) enum Record {
    /// That something happened.
    Event(Arc<Event>),
    /// That an earlier record was wrong.
    Amendment(Box<Amendment>),
    /// That something happened that nobody asked for.
    Unasked {
        /// When.
        time: Instant,
        /// Where it was read.
        origin: Origin,
    },
    /// That time has come to an instant, with something that the rules do not ask for.
    Ignored {
        /// When.
        time: Instant,
        /// Where it was read.
        origin: Origin,
    },
}

impl Record {
    /// An event that was read, if anybody asks for it.
    #[inline]
    pub(super) fn regarded(
        regard: Regard<'_>,
        kind: EventTypeId,
        time: Instant,
        fields: Fields,
        origin: Origin,
    ) -> Self {
        if !regard.keeps(&fields) {
            return Record::Unasked { time, origin };
        }
        Record::Event(Arc::new(Event::new(kind, time, fields, origin)))
    }

    pub(super) fn time(&self) -> Instant {
        match self {
            Record::Event(event) => event.time,
            Record::Amendment(amendment) => amendment.time,
            Record::Unasked { time, .. } | Record::Ignored { time, .. } => *time,
        }
    }

    pub(super) fn origin(&self) -> Origin {
        match self {
            Record::Event(event) => event.origin,
            Record::Amendment(amendment) => amendment.origin,
            Record::Unasked { origin, .. } | Record::Ignored { origin, .. } => *origin,
        }
    }
}

/// A correction or a retraction.
#[derive(Debug, Clone)]
pub(super) struct Amendment {
    pub(super) kind: EventTypeId,
    /// What the identifying field of the event has.
    pub(super) target: Value,
    pub(super) time: Instant,
    pub(super) change: Change,
    pub(super) origin: Origin,
    /// The bytes that name the event, counted from the start of the record.
    pub(super) place: Range<usize>,
}

/// What becomes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// These are its fields.
    Correct(Fields),
    /// It did not happen.
    Retract,
}

/// What is said of one event, or of several that have the same value in the identifying field.
#[derive(Debug)]
struct Said {
    /// The last amendment from before the instant of the latest one that nothing contradicts.
    before: Option<Amendment>,
    latest: Amendment,
    /// Whether another record of the same instant says something else.
    contradicted: bool,
    /// Whether there is such an event.
    found: bool,
}

impl Said {
    fn in_force(&self) -> Option<&Amendment> {
        if self.contradicted {
            self.before.as_ref()
        } else {
            Some(&self.latest)
        }
    }
}

/// All amendments of logs that are known as of an instant.
#[derive(Debug)]
pub(super) struct Amendments<'m> {
    model: &'m Model,
    as_of: Option<Instant>,
    said: foldhash::HashMap<(EventTypeId, Value), Said>,
    problems: Vec<Problem>,
}

impl<'m> Amendments<'m> {
    pub(super) fn new(model: &'m Model, as_of: Option<Instant>) -> Self {
        Amendments {
            model,
            as_of,
            said: foldhash::HashMap::default(),
            problems: Vec::new(),
        }
    }

    fn add(&mut self, amendment: Amendment) {
        let key = (amendment.kind, amendment.target.clone());
        let Some(said) = self.said.get_mut(&key) else {
            let said = Said {
                before: None,
                latest: amendment,
                contradicted: false,
                found: false,
            };
            self.said.insert(key, said);
            return;
        };
        if amendment.time > said.latest.time {
            let latest = std::mem::replace(&mut said.latest, amendment);
            if !std::mem::take(&mut said.contradicted) {
                said.before = Some(latest);
            }
        } else if amendment.change != said.latest.change {
            let other = said.latest.clone();
            if !std::mem::replace(&mut said.contradicted, true) {
                let problem = self.contradiction(&other, amendment.origin);
                self.problems.push(problem);
            }
            let problem = self.contradiction(&amendment, other.origin);
            self.problems.push(problem);
        }
    }

    fn contradiction(&self, amendment: &Amendment, other: Origin) -> Problem {
        let message = format!(
            "two records of one instant say different things of {}: the other one is line {}{}",
            self.name(amendment),
            other.line,
            if other.input == amendment.origin.input {
                ""
            } else {
                " of another log"
            },
        );
        Problem::new(ProblemKind::Contradiction, message, amendment.origin)
            .at(amendment.place.clone(), "contradicted")
            .help("leave out the one that is wrong, or give the later one a later `time`")
    }

    /// The event that is meant: "the `attack` `A-1`".
    fn name(&self, amendment: &Amendment) -> String {
        let event = self.model.event(amendment.kind);
        let id = match &amendment.target {
            Value::Text(text) => quoted(text),
            other => match &event.identity {
                Some(identity) => quoted(&self.model.show(other, &event.field(identity.field).ty)),
                None => String::new(),
            },
        };
        format!("the `{}` {id}", event.name)
    }

    /// What is said of an event.
    fn of(&mut self, event: &Event) -> Option<&Amendment> {
        let identity = self.model.event(event.kind).identity.as_ref()?;
        let id = event.fields.get(identity.field.index())?.clone()?;
        let said = self.said.get_mut(&(event.kind, id))?;
        said.found = true;
        said.in_force()
    }

    /// What is wrong with the amendments, once all events have been seen.
    fn problems(mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        let unknown = self.said.values().filter(|said| !said.found);
        problems.extend(unknown.filter_map(Said::in_force).map(|amendment| {
            let name = self.name(amendment);
            Problem::new(
                ProblemKind::UnknownId,
                format!("no record of the logs is {name}, which this one amends"),
                amendment.origin,
            )
            .at(amendment.place.clone(), "not in the logs")
            .help("name the event as its own record does, or give the log that has it too")
        }));
        problems.sort_by_key(|problem| problem.origin);
        problems
    }
}

impl Records for Amendments<'_> {
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        if let Record::Amendment(amendment) = record
            && self.as_of.is_none_or(|as_of| amendment.time <= as_of)
        {
            self.add(*amendment);
        }
        ControlFlow::Continue(())
    }

    // They are told when the events are read.
    fn problems(&mut self, _problems: Vec<Problem>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn restart(&mut self) {
        self.said.clear();
        self.problems.clear();
    }
}

/// Hands events to a sink as the amendments leave them.
pub(super) struct Rewriting<'a, 'm, S> {
    amendments: Amendments<'m>,
    corrected: u64,
    retracted: u64,
    sink: &'a mut S,
}

impl<'a, 'm, S: Sink> Rewriting<'a, 'm, S> {
    pub(super) fn new(amendments: Amendments<'m>, sink: &'a mut S) -> Self {
        Rewriting {
            amendments,
            corrected: 0,
            retracted: 0,
            sink,
        }
    }

    /// Says what is wrong with the amendments, and completes the summary of a reading.
    pub(super) fn finish(self, mut summary: ReadSummary) -> ReadSummary {
        summary.corrected = self.corrected;
        summary.retracted = self.retracted;
        for problem in self.amendments.problems() {
            if summary.stopped {
                break;
            }
            summary.amendments = summary.amendments.saturating_sub(1);
            summary.unusable += 1;
            summary.problems += 1;
            summary.stopped = self.sink.problems(vec![problem]).is_break();
        }
        summary
    }
}

impl<S: Sink> Records for Rewriting<'_, '_, S> {
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let event = match record {
            Record::Event(event) => event,
            Record::Amendment(_) | Record::Unasked { .. } | Record::Ignored { .. } => {
                return self.sink.passed(record.time());
            }
        };
        match self
            .amendments
            .of(&event)
            .map(|amendment| (&amendment.change, amendment.origin))
        {
            None => self.sink.event(event),
            Some((Change::Correct(fields), origin)) => {
                self.corrected += 1;
                let corrected = Arc::unwrap_or_clone(event).corrected(fields.clone(), origin);
                self.sink.event(Arc::new(corrected))
            }
            Some((Change::Retract, origin)) => {
                self.retracted += 1;
                self.sink.retracted(event, origin)
            }
        }
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        self.sink.problems(problems)
    }

    fn restart(&mut self) {
        self.corrected = 0;
        self.retracted = 0;
        self.sink.restart();
    }
}

/// Hands events to a sink where the rules know of no amendments.
pub(super) struct Plain<'a, S>(pub(super) &'a mut S);

impl<S: Sink> Records for Plain<'_, S> {
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        match record {
            Record::Event(event) => self.0.event(event),
            Record::Amendment(_) | Record::Unasked { .. } | Record::Ignored { .. } => self.0.passed(record.time()),
        }
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        self.0.problems(problems)
    }

    fn restart(&mut self) {
        self.0.restart();
    }
}
