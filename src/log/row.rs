//! Rows of tables on the short way: what is as it should be becomes an event at once, everything else is left to the long way.

use compact_str::CompactString;

use super::amend::Record;
use super::asked::Regard;
use super::decode::sound_value;
use super::event::without_values;
use super::fixed::Fixed;
use super::names::Names;
use super::record::{TIME, TYPE};
use super::written::Written;
use super::{Asked, Origin, short};
use crate::model::{EventType, EventTypeId, Field, Model};
use crate::time::{Instant, InstantReader};
use crate::value::{Currency, Number, PartyId, Type, Value, Variant};

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
    regard: Regard<'m>,
    /// In the order of their places, with the position of each among the fields of the type.
    fields: Vec<(usize, Column<'m>)>,
    /// How the columns behind the last one of a field are written in lines of CSV, where they are empty and not very many.
    empty: Option<Fixed>,
    /// Whether its records may amend others, and have a way of their own.
    amends: bool,
}

/// Where a field is.
#[derive(Debug)]
struct Column<'m> {
    field: &'m Field,
    /// `None` where no column has its name.
    place: Option<usize>,
    slot: Slot<'m>,
}

/// What the value of a field is made of.
#[derive(Debug)]
enum Slot<'m> {
    Text,
    Party,
    Enum(Box<Names<'m, Variant>>),
    Number,
    Money(Currency),
    Truth,
    Instant,
    /// Something that has to be looked into.
    Other,
}

impl<'m> Layout<'m> {
    fn new(event: &'m EventType, regard: Regard<'m>, names: &[Option<&str>]) -> Self {
        const MANY: usize = 256;
        let fields = event.fields.iter();
        let mut columns: Vec<(usize, Column<'m>)> = fields
            .map(|field| Column {
                field,
                place: place(names, &field.name),
                slot: Slot::new(&field.ty),
            })
            .enumerate()
            .collect();
        columns.sort_by_key(|(_, column)| column.place);
        let last = columns.last().and_then(|(_, column)| column.place);
        let behind = last.map_or(0, |last| names.len() - last - 1);
        let empty = (1..MANY).contains(&behind).then(|| {
            let mut empty = vec![b','; behind];
            empty[behind - 1] = b'\n';
            Fixed::new(&empty)
        });
        Layout {
            regard,
            fields: columns,
            empty,
            amends: event.identity.is_some(),
        }
    }
}

/// The position of the column with a name.
fn place(columns: &[Option<&str>], name: &str) -> Option<usize> {
    columns.iter().position(|column| *column == Some(name))
}

impl<'m> Slot<'m> {
    fn new(ty: &'m Type) -> Self {
        match ty {
            Type::Text => Slot::Text,
            Type::Party => Slot::Party,
            Type::Enum(_) => Slot::Enum(Box::new(Names::of_variants(ty))),
            Type::Number => Slot::Number,
            Type::Money(currency) => Slot::Money(*currency),
            Type::Bool => Slot::Truth,
            Type::Instant => Slot::Instant,
            Type::Date | Type::Duration | Type::Set(_) => Slot::Other,
        }
    }

    /// The value that is a name, if it can be found at once.
    #[inline]
    fn named<'a>(&self, cells: &mut impl Cells<'a>, column: usize, parties: &Names<'_, PartyId>) -> Option<Value> {
        match self {
            Slot::Party => cells.name(column, parties).map(Value::Party),
            Slot::Enum(variants) => cells.name(column, variants).map(Value::Enum),
            _ => None,
        }
    }

    /// The value that a cell says plainly.
    #[inline]
    fn value(&self, plain: Plain<'_>, parties: &Names<'_, PartyId>, instants: &mut InstantReader) -> Option<Value> {
        Some(match self {
            Slot::Text => Value::Text(CompactString::new(plain.text()?)),
            Slot::Party => Value::Party(parties.find(plain.text()?)?),
            Slot::Enum(variants) => Value::Enum(variants.find(plain.text()?)?),
            Slot::Number => Value::Number(plain.number()?),
            Slot::Money(currency) => Value::Number(short::amount(plain.text()?, *currency)?),
            Slot::Truth => match plain {
                Plain::Truth(truth) => Value::Bool(truth),
                _ => return None,
            },
            Slot::Instant => Value::Instant(plain.instant(instants)?),
            Slot::Other => return None,
        })
    }
}

/// The cells of a row, by the positions of their columns.
pub(super) trait Cells<'a> {
    type Written: Written<'a>;

    /// What a cell says, as far as it is plain; `None` where there is none.
    fn plain(&mut self, column: usize) -> Option<Plain<'a>>;

    /// The name that a cell is, if it is one and there is a way to find it at once.
    #[inline]
    fn name<I: Copy>(&mut self, _column: usize, _names: &Names<'_, I>) -> Option<I> {
        None
    }

    /// The instant and the name that the first two cells are, if there is a way to find them at once. Nothing has been asked for before.
    #[inline]
    fn head<I: Copy>(&mut self, _reader: &InstantReader, _names: &Names<'_, I>) -> Option<(Instant, I)> {
        None
    }

    /// The instant that a cell says plainly.
    #[inline]
    fn instant(&mut self, column: usize, reader: &mut InstantReader) -> Option<Instant> {
        self.plain(column)?.instant(reader)
    }

    /// A cell whatever it says.
    fn written(&self, column: usize) -> Option<Self::Written>;

    /// Leaves the row, which starts at `origin` and is passed over: where it is.
    fn pass_over(&mut self, origin: Origin) -> Option<Origin>;

    /// Comes to the end of the row, which starts at `origin` and has been read: where it is. `None` if it has not the cells that it is to have.
    /// `empty` is how the cells behind those that were read are mostly written, the last ones of a line of CSV.
    fn end(&mut self, origin: Origin, empty: Option<&Fixed>) -> Option<Origin>;
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

impl<'a> Plain<'a> {
    #[inline]
    fn text(self) -> Option<&'a str> {
        match self {
            Plain::Text(text) | Plain::Cell(text) => Some(text),
            _ => None,
        }
    }

    #[inline]
    fn number(self) -> Option<Number> {
        match self {
            Plain::Number(number) => Some(number),
            Plain::Cell(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn instant(self, reader: &mut InstantReader) -> Option<Instant> {
        match self {
            Plain::Instant(instant) => Some(instant),
            Plain::Text(text) | Plain::Cell(text) => reader.read(text),
            _ => None,
        }
    }
}

impl<'m> Row<'m> {
    /// For columns with these names, each of which there is once; `None` where one is lacking that every record needs.
    pub(super) fn new(asked: &Asked<'m>, columns: &[Option<&str>]) -> Option<Self> {
        let model = asked.model;
        let types = (0..).map(EventTypeId).zip(&model.events);
        let layouts = types.map(|(id, event)| Layout::new(event, asked.regard(id), columns));
        Some(Row {
            model,
            layouts: layouts.collect(),
            types: Names::of_types(model),
            parties: Names::of_parties(model),
            time: place(columns, TIME)?,
            kind: place(columns, TYPE)?,
            instants: Instants::default(),
        })
    }

    /// The record that a row is, if nothing in it is wrong or out of the ordinary. The instant and the type are asked for first, then the fields in the
    /// order of their columns; of what is passed over nothing else.
    #[inline]
    pub(super) fn record<'a>(&mut self, cells: &mut impl Cells<'a>, origin: Origin) -> Option<Record> {
        let (time, kind) = self.start(cells)?;
        if self.layouts.get(kind.index())?.regard.passes_over() {
            let origin = cells.pass_over(origin)?;
            return Some(Record::Unasked { time, origin });
        }
        self.regarded(time, kind, cells, origin)
    }

    /// When the record of a row is, and its type.
    #[inline]
    fn start<'a>(&mut self, cells: &mut impl Cells<'a>) -> Option<(Instant, EventTypeId)> {
        let head = (self.time, self.kind) == (0, 1);
        if head && let Some(start) = cells.head(&self.instants.of_records, &self.types) {
            return Some(start);
        }
        let first = (self.time < self.kind).then(|| cells.instant(self.time, &mut self.instants.of_records));
        let kind = match cells.name(self.kind, &self.types) {
            Some(kind) => kind,
            None => self.types.find(cells.plain(self.kind)?.text()?)?,
        };
        let time = first.unwrap_or_else(|| cells.instant(self.time, &mut self.instants.of_records))?;
        Some((time, kind))
    }

    /// The record that a row is that starts so.
    #[inline]
    fn regarded<'a>(
        &mut self,
        time: Instant,
        kind: EventTypeId,
        cells: &mut impl Cells<'a>,
        origin: Origin,
    ) -> Option<Record> {
        let layout = self.layouts.get(kind.index())?;
        if layout.amends {
            return None;
        }
        let mut fields = without_values(layout.fields.len());
        for (field, column) in &layout.fields {
            let value = match column.place {
                Some(place) => match column.slot.named(cells, place, &self.parties) {
                    Some(value) => Some(value),
                    None => match cells.plain(place)? {
                        Plain::Absent => None,
                        plain => match column.slot.value(plain, &self.parties, &mut self.instants.of_fields) {
                            Some(value) => Some(value),
                            None => Some(sound_value(self.model, &cells.written(place)?, column.field, origin)?),
                        },
                    },
                },
                None => None,
            };
            if value.is_none() && !column.field.optional {
                return None;
            }
            *fields.get_mut(*field)? = value;
        }
        let origin = cells.end(origin, layout.empty.as_ref())?;
        Some(Record::regarded(layout.regard, kind, time, fields, origin))
    }
}
