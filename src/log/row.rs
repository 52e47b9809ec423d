//! Rows of tables on the short way: what is as it should be becomes an event at once, everything else is left to the long way.

use super::amend::Record;
use super::asked::Regard;
use super::decode::{Decoder, Place};
use super::quick::Names;
use super::record::{TIME, TYPE};
use super::written::{Shape, Written};
use super::{Asked, Origin};
use crate::model::{EventTypeId, Field, Model};
use crate::time::InstantReader;

/// The names that the rules give, found among the columns of a table.
#[derive(Debug)]
pub(super) struct Row<'m> {
    model: &'m Model,
    types: Names<'m, EventTypeId>,
    /// By [`EventTypeId`].
    layouts: Vec<Layout<'m>>,
    time: usize,
    kind: usize,
    instants: InstantReader,
}

/// The columns of the fields of an event type.
#[derive(Debug)]
struct Layout<'m> {
    regard: Regard,
    fields: Vec<(&'m Field, Option<usize>)>,
    /// Whether its records may amend others, and have a way of their own.
    amends: bool,
}

impl<'m> Row<'m> {
    /// For columns with these names, each of which there is once; `None` where one is lacking that every record needs.
    pub(super) fn new(asked: &Asked<'m>, columns: &[Option<&str>]) -> Option<Self> {
        let model = asked.model;
        let place = |name: &str| columns.iter().position(|column| *column == Some(name));
        let types = (0..).map(EventTypeId).zip(&model.events);
        let layouts = types.clone().map(|(id, event)| Layout {
            regard: asked.regard(id),
            fields: event.fields.iter().map(|field| (field, place(&field.name))).collect(),
            amends: event.identity.is_some(),
        });
        Some(Row {
            model,
            layouts: layouts.collect(),
            types: types.map(|(id, event)| (event.name.as_str(), id)).collect(),
            time: place(TIME)?,
            kind: place(TYPE)?,
            instants: InstantReader::default(),
        })
    }

    /// Whether there are records of which only the instant and the type are asked for.
    pub(super) fn passes_over(&self) -> bool {
        self.layouts.iter().any(|layout| layout.regard == Regard::PassedOver)
    }

    /// The record that a row is, of which the cells of columns are given out, if nothing in it is wrong or out of the ordinary. The instant and the
    /// type are asked for first, and of what is passed over nothing else.
    pub(super) fn record<'a, W: Written<'a>>(
        &mut self,
        mut cell: impl FnMut(usize) -> Option<W>,
        origin: Origin,
    ) -> Option<Record> {
        let kind = match cell(self.kind)?.shape() {
            Shape::Text(name) | Shape::Plain(name) | Shape::Cell(name) => self.types.find(&name)?,
            _ => return None,
        };
        let time = match cell(self.time)?.shape() {
            Shape::Instant(instant) => instant,
            Shape::Text(text) | Shape::Plain(text) | Shape::Cell(text) => self.instants.read(&text)?,
            _ => return None,
        };
        let layout = self.layouts.get(kind.index())?;
        if layout.regard == Regard::PassedOver {
            return Some(Record::Unasked { time, origin });
        }
        if layout.amends {
            return None;
        }
        let mut decoder = Decoder::new(self.model, None, origin);
        let mut fields = Vec::with_capacity(layout.fields.len());
        for (field, column) in &layout.fields {
            let written = match column {
                Some(column) => Some(cell(*column)?).filter(|written| !matches!(written.shape(), Shape::Null)),
                None => None,
            };
            fields.push(match written {
                Some(written) => Some(decoder.value(Place::Key(&field.name), &written, &field.ty)?),
                None if field.optional => None,
                None => return None,
            });
        }
        if !decoder.problems().is_empty() {
            return None;
        }
        Some(Record::regarded(layout.regard, kind, time, fields, origin))
    }
}
