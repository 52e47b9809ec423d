//! Records that come one by one, from a log that is still being written.

use std::sync::Arc;

use super::amend::{Amendment, Change, Record};
use super::blocks::Line;
use super::jsonl::LineDecoder;
use super::reader::too_long;
use super::record::Schema;
use super::{Asked, Event, InputId, Inputs, Limits, Origin, Problem};
use crate::model::Model;
use crate::time::Instant;

/// What a record of a log that is still being written says.
#[derive(Debug)]
pub enum LiveRecord {
    /// That something happened.
    Event(Arc<Event>),
    /// That an earlier record was wrong.
    Amendment(LiveAmendment),
    /// That time has come to an instant, with something that nobody asked for.
    Passed(Instant),
}

impl LiveRecord {
    /// When it happened, or was said.
    pub fn time(&self) -> Instant {
        match self {
            LiveRecord::Event(event) => event.time,
            LiveRecord::Amendment(amendment) => amendment.0.time,
            LiveRecord::Passed(at) => *at,
        }
    }
}

/// A correction or a retraction.
#[derive(Debug)]
pub struct LiveAmendment(Amendment);

/// What an amendment makes of an event.
#[derive(Debug)]
pub enum Amended {
    /// It has other fields.
    Corrected(Arc<Event>),
    /// It did not happen.
    Retracted,
}

impl LiveAmendment {
    /// Where it was read.
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// What it makes of an event; `None` if it is about another one.
    pub fn amend(&self, model: &Model, event: &Event) -> Option<Amended> {
        let identity = model.event(event.kind).identity.as_ref()?;
        let id = event.fields.get(identity.field.index())?.as_ref()?;
        if event.kind != self.0.kind || *id != self.0.target {
            return None;
        }
        Some(match &self.0.change {
            Change::Correct(fields) => {
                Amended::Corrected(Arc::new(event.clone().corrected(fields.clone(), self.0.origin)))
            }
            Change::Retract => Amended::Retracted,
        })
    }
}

/// Decodes the lines of a log in JSON lines, as they come.
pub struct LiveDecoder<'m> {
    lines: LineDecoder<'m>,
    limits: Limits,
}

impl<'m> LiveDecoder<'m> {
    /// For the records that are asked for, through the map of the inputs.
    pub fn new(inputs: &Inputs, asked: &Asked<'m>, limits: Limits) -> Self {
        let schema = Schema::new(asked, inputs.map(InputId(0), asked.model));
        LiveDecoder {
            lines: LineDecoder::new(schema, limits),
            limits,
        }
    }

    /// The longest line that is held, in bytes without its end.
    pub fn longest(&self) -> u32 {
        self.limits.record_bytes
    }

    /// What a line says, without its line end; `None` if it is blank.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn decode(&mut self, line: &[u8], origin: Origin) -> Option<Result<LiveRecord, Vec<Problem>>> {
        let outcome = self.lines.outcome(Line::Bytes(line), origin)?;
        Some(outcome.map(|record| match record {
            Record::Event(event) => LiveRecord::Event(event),
            Record::Amendment(amendment) => LiveRecord::Amendment(LiveAmendment(*amendment)),
            Record::Unasked { time, .. } | Record::Ignored { time, .. } => LiveRecord::Passed(time),
        }))
    }

    /// The problem that a line is longer than is held.
    pub fn too_long(&self, origin: Origin) -> Problem {
        too_long(origin, self.limits)
    }
}
