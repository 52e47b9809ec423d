//! A log in MonPoly's syntax.

use std::io::{self, Write};
use std::iter::Peekable;
use std::vec::IntoIter;

use super::formula::Term;
use super::vocabulary::{Column, NOW, Vocabulary, constant, nothing, term};
use crate::log::Event;
use crate::model::{FieldRef, Model};
use crate::time::Instant;
use crate::value::{Type, Value};

/// Writes events, in the order of time, as a log.
#[derive(Debug)]
pub struct LogWriter<'a, W> {
    model: &'a Model,
    vocabulary: &'a Vocabulary,
    out: W,
    /// Instants that must have a time point, still to come.
    moments: Peekable<IntoIter<Instant>>,
    at: Option<Instant>,
    events: u64,
}

/// Why a log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file does not take it.
    #[error("the log cannot be written: {0}")]
    Io(#[from] io::Error),
    /// MonPoly keeps negative time stamps for itself.
    #[error("{0} is before 1970, from which MonPoly's time stamps are counted here")]
    Before1970(Instant),
}

impl<'a, W: Write> LogWriter<'a, W> {
    /// A writer. There will be a time point at each of these moments, as far as the log goes.
    pub fn new(model: &'a Model, vocabulary: &'a Vocabulary, moments: Vec<Instant>, out: W) -> Self {
        LogWriter {
            model,
            vocabulary,
            out,
            moments: moments.into_iter().peekable(),
            at: None,
            events: 0,
        }
    }

    /// Writes an event, not earlier than those before it. `origin` says where it was read, for people.
    ///
    /// # Errors
    /// If the event cannot be written.
    pub fn event(&mut self, event: &Event, origin: &str) -> Result<(), WriteError> {
        self.time_point(event.time)?;
        self.events += 1;
        let declared = self.model.event(event.kind);
        let value = |id| event.value(FieldRef::Declared(id));
        let columns = self.vocabulary.columns(event.kind).iter().map(|column| match column {
            Column::Number => Term::Int(i128::from(self.events)),
            Column::Time => Term::Int(event.time.unix_nanoseconds()),
            Column::Given(field) => Term::Int(i128::from(value(*field).is_some())),
            Column::Value(field) => {
                let ty = &declared.field(*field).ty;
                value(*field)
                    .and_then(|value| term(self.model, &value, ty))
                    .unwrap_or_else(|| nothing(ty))
            }
        });
        let columns: Vec<String> = columns.map(|term| constant(&term)).collect();
        let predicate = self.vocabulary.predicate(event.kind);
        let origin: String = origin.chars().filter(|char| !char.is_control()).collect();
        writeln!(self.out, " {predicate}({}) # {origin}", columns.join(", "))?;
        for (position, (field, declared)) in event.fields.iter().zip(&declared.fields).enumerate() {
            let position = crate::model::FieldId(u32::try_from(position).unwrap_or(u32::MAX));
            let (Some(Value::Set(elements)), Type::Set(ty)) = (field, &declared.ty) else {
                continue;
            };
            let Some(predicate) = self.vocabulary.elements(event.kind, position) else {
                continue;
            };
            for element in elements.iter() {
                if let Some(element) = term(self.model, element, ty) {
                    writeln!(self.out, " {predicate}({}, {})", self.events, constant(&element))?;
                }
            }
        }
        Ok(())
    }

    /// Ends the log at the instant that it is judged as of, and gives back what it was written to.
    ///
    /// # Errors
    /// If the end cannot be written.
    pub fn finish(mut self, as_of: Instant) -> Result<W, WriteError> {
        self.time_point(as_of)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Begins a time point, unless it is the present one, after those that must come before it.
    fn time_point(&mut self, at: Instant) -> Result<(), WriteError> {
        while let Some(moment) = self.moments.next_if(|moment| *moment <= at) {
            self.begin(moment)?;
        }
        self.begin(at)
    }

    fn begin(&mut self, at: Instant) -> Result<(), WriteError> {
        if self.at.is_some_and(|now| at <= now) {
            return Ok(());
        }
        let stamp = at.unix_nanoseconds();
        if stamp < 0 {
            return Err(WriteError::Before1970(at));
        }
        self.at = Some(at);
        writeln!(self.out, "@{stamp} {NOW}({stamp}) # {at}")?;
        Ok(())
    }
}
