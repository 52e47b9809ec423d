//! Rows of tables on the short way: what is as it should be becomes an event at once, everything else is left to the long way.

use super::amend::Record;
use super::asked::Regard;
use super::decode::{Decoder, Place};
use super::names::Names;
use super::record::{TIME, TYPE};
use super::written::Written;
use super::{Asked, Fields, Origin, short};
use crate::model::{EventTypeId, Field, Model};
use crate::time::{Instant, InstantReader};
use crate::value::{Number, PartyId, Type, Value, Variant};

/// The names that the rules give, found among the columns of a table.
#[derive(Debug)]
pub(super) struct Row<'m> {
    model: &'m Model,
    types: Names<'m, EventTypeId>,
    /// By [`EventTypeId`].
    layouts: Vec<Layout<'m>>,
    parties: Names<'m, PartyId>,
    time: usize,
    kind: usize,
    instants: Instants,
}

/// Those of a column are mostly of one day, or of one after the other.
#[derive(Debug, Default)]
struct Instants {
    of_records: InstantReader,
    of_fields: InstantReader,
}

/// The columns of the fields of an event type.
#[derive(Debug)]
struct Layout<'m> {
    regard: Regard,
    fields: Vec<Column<'m>>,
    /// Whether its records may amend others, and have a way of their own.
    amends: bool,
}

/// Where a field is.
#[derive(Debug)]
struct Column<'m> {
    field: &'m Field,
    /// `None` where no column has its name.
    place: Option<usize>,
    /// Those of its type, if it has any.
    variants: Names<'m, Variant>,
}

impl<'m> Column<'m> {
    fn new(field: &'m Field, place: Option<usize>) -> Self {
        Column {
            field,
            place,
            variants: Names::of_variants(&field.ty),
        }
    }
}

/// The cells of a row, by the positions of their columns.
pub(super) trait Cells<'a> {
    type Written: Written<'a>;

    /// What a cell says, as far as it is plain; `None` where there is none.
    fn plain(&mut self, column: usize) -> Option<Plain<'a>>;

    /// A cell whatever it says.
    fn written(&mut self, column: usize) -> Option<Self::Written>;
}

/// What a cell says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plain<'a> {
    /// That there is no value.
    Absent,
    /// Text that is marked as text.
    Text(&'a str),
    /// A text of which the declared type decides what it is.
    Cell(&'a str),
    Number(Number),
    Truth(bool),
    Instant(Instant),
    /// Something that has to be looked into.
    Other,
}

impl<'m> Row<'m> {
    /// For columns with these names, each of which there is once; `None` where one is lacking that every record needs.
    pub(super) fn new(asked: &Asked<'m>, columns: &[Option<&str>]) -> Option<Self> {
        let model = asked.model;
        let place = |name: &str| columns.iter().position(|column| *column == Some(name));
        let types = (0..).map(EventTypeId).zip(&model.events);
        let layouts = types.map(|(id, event)| Layout {
            regard: asked.regard(id),
            fields: event
                .fields
                .iter()
                .map(|field| Column::new(field, place(&field.name)))
                .collect(),
            amends: event.identity.is_some(),
        });
        Some(Row {
            model,
            layouts: layouts.collect(),
            types: Names::of_types(model),
            parties: Names::of_parties(model),
            time: place(TIME)?,
            kind: place(TYPE)?,
            instants: Instants::default(),
        })
    }

    /// Whether there are records of which only the instant and the type are asked for.
    pub(super) fn passes_over(&self) -> bool {
        self.layouts.iter().any(|layout| layout.regard == Regard::PassedOver)
    }

    /// The record that a row is, if nothing in it is wrong or out of the ordinary. The instant and the type are asked for first, and of what is
    /// passed over nothing else.
    #[inline]
    pub(super) fn record<'a>(&mut self, cells: &mut impl Cells<'a>, origin: Origin) -> Option<Record> {
        let kind = match cells.plain(self.kind)? {
            Plain::Text(name) | Plain::Cell(name) => self.types.find(name)?,
            _ => return None,
        };
        let time = match cells.plain(self.time)? {
            Plain::Instant(instant) => instant,
            Plain::Text(text) | Plain::Cell(text) => self.instants.of_records.read(text)?,
            _ => return None,
        };
        let layout = self.layouts.get(kind.index())?;
        if layout.regard == Regard::PassedOver {
            return Some(Record::Unasked { time, origin });
        }
        if layout.amends {
            return None;
        }
        let mut fields = Fields::with_capacity(layout.fields.len());
        for column in &layout.fields {
            let said = match column.place {
                Some(place) => Some((place, cells.plain(place)?)),
                None => None,
            };
            fields.push(match said {
                None | Some((_, Plain::Absent)) if column.field.optional => None,
                None | Some((_, Plain::Absent)) => return None,
                Some((place, plain)) => {
                    let known = of_plain(plain, column, &self.parties, &mut self.instants.of_fields);
                    Some(match known {
                        Some(value) => value,
                        None => looked_into(self.model, &cells.written(place)?, column.field, origin)?,
                    })
                }
            });
        }
        Some(Record::regarded(layout.regard, kind, time, fields, origin))
    }
}

/// The value of a field that a cell says plainly.
#[inline]
fn of_plain(
    plain: Plain<'_>,
    column: &Column<'_>,
    parties: &Names<'_, PartyId>,
    instants: &mut InstantReader,
) -> Option<Value> {
    match (&column.field.ty, plain) {
        (Type::Number, Plain::Number(number)) => Some(Value::Number(number)),
        (Type::Number, Plain::Cell(digits)) => digits.parse().ok().map(Value::Number),
        (Type::Bool, Plain::Truth(truth)) => Some(Value::Bool(truth)),
        (Type::Instant, Plain::Instant(instant)) => Some(Value::Instant(instant)),
        (Type::Instant, Plain::Text(text) | Plain::Cell(text)) => instants.read(text).map(Value::Instant),
        (ty, Plain::Text(text) | Plain::Cell(text)) => short::of_text(ty, text, parties, &column.variants),
        _ => None,
    }
}

/// The value of a cell on the way that all formats share, if nothing is wrong with it.
fn looked_into<'a>(model: &Model, written: &impl Written<'a>, field: &Field, origin: Origin) -> Option<Value> {
    let mut decoder = Decoder::new(model, None, origin);
    let value = decoder.value(Place::Key(&field.name), written, &field.ty)?;
    decoder.problems().is_empty().then_some(value)
}
