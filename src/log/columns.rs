//! Events as rows of a table that is stored by columns: parquet and Arrow.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Decimal128Builder, ListBuilder, StringBuilder, TimestampNanosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::Event;
use super::record::{TIME, TYPE};
use super::write::plain_text;
use crate::model::{EventTypeId, Model};
use crate::value::{Number, Type, Value};

/// So many rows are held, and make up a batch; in a parquet file, a row group.
const BATCH: usize = 1 << 16;

/// Numbers have 9 decimals and are below 10^18.
const DIGITS: u8 = 27;
const DECIMALS: i8 = 9;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Truth,
    Texts,
    Numbers,
}

impl Kind {
    /// `None` for what no column holds: sets of sets and of truth values.
    fn of(ty: &Type) -> Option<Kind> {
        Some(match ty {
            Type::Number => Kind::Number,
            Type::Bool => Kind::Truth,
            Type::Set(element) => match Kind::of(element)? {
                Kind::Text => Kind::Texts,
                Kind::Number => Kind::Numbers,
                Kind::Truth | Kind::Texts | Kind::Numbers => return None,
            },
            Type::Party | Type::Text | Type::Money(_) | Type::Enum(_) | Type::Instant | Type::Date | Type::Duration => {
                Kind::Text
            }
        })
    }

    fn data_type(self) -> DataType {
        let list = |element: DataType| DataType::List(Arc::new(Field::new("item", element, true)));
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Number => DataType::Decimal128(DIGITS, DECIMALS),
            Kind::Truth => DataType::Boolean,
            Kind::Texts => list(DataType::Utf8),
            Kind::Numbers => list(DataType::Decimal128(DIGITS, DECIMALS)),
        }
    }
}

/// The values of a column that are not written yet.
enum Values {
    Text(StringBuilder),
    Number(Decimal128Builder),
    Truth(BooleanBuilder),
    Texts(ListBuilder<StringBuilder>),
    Numbers(ListBuilder<Decimal128Builder>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        let numbers = || Decimal128Builder::new().with_data_type(Kind::Number.data_type());
        match kind {
            Kind::Text => Values::Text(StringBuilder::new()),
            Kind::Number => Values::Number(numbers()),
            Kind::Truth => Values::Truth(BooleanBuilder::new()),
            Kind::Texts => Values::Texts(ListBuilder::new(StringBuilder::new())),
            Kind::Numbers => Values::Numbers(ListBuilder::new(numbers())),
        }
    }

    fn push(&mut self, model: &Model, value: Option<(&Value, &Type)>) {
        let number = |value: &Value| match value {
            Value::Number(number) => Some(Number::billionths(*number)),
            _ => None,
        };
        match self {
            Values::Text(values) => values.append_option(value.map(|(value, ty)| plain_text(model, value, ty))),
            Values::Number(values) => values.append_option(value.and_then(|(value, _)| number(value))),
            Values::Truth(values) => values.append_option(value.map(|(value, _)| *value == Value::Bool(true))),
            Values::Texts(values) => match value {
                Some((Value::Set(elements), Type::Set(ty))) => {
                    let texts = elements.iter().map(|element| Some(plain_text(model, element, ty)));
                    values.append_value(texts);
                }
                _ => values.append_null(),
            },
            Values::Numbers(values) => match value {
                Some((Value::Set(elements), _)) => values.append_value(elements.iter().map(number)),
                _ => values.append_null(),
            },
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Values::Text(values) => Arc::new(values.finish()),
            Values::Number(values) => Arc::new(values.finish()),
            Values::Truth(values) => Arc::new(values.finish()),
            Values::Texts(values) => Arc::new(values.finish()),
            Values::Numbers(values) => Arc::new(values.finish()),
        }
    }
}

enum File<W: Write + Send> {
    Parquet(Box<ArrowWriter<W>>),
    Arrow(Box<FileWriter<W>>),
}

/// How a table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Parquet,
    Arrow,
}

/// Writes a table with a column for each field of each declared type, those of one name in one column.
pub(super) struct ColumnWriter<W: Write + Send> {
    file: File<W>,
    schema: Arc<Schema>,
    /// For each event type, the field that stands in each column.
    fields: Vec<Vec<Option<usize>>>,
    times: TimestampNanosecondBuilder,
    types: StringBuilder,
    columns: Vec<Values>,
    rows: usize,
}

impl<W: Write + Send> ColumnWriter<W> {
    pub(super) fn new(model: &Model, stored: Stored, out: W) -> io::Result<Self> {
        let mut columns: Vec<(&str, Kind)> = Vec::new();
        for field in model.events.iter().flat_map(|event| &event.fields) {
            let name = &field.name;
            let Some(kind) = Kind::of(&field.ty) else {
                return Err(unsayable(&format!("`{name}` is a set of what no column holds")));
            };
            match columns.iter().find(|(known, _)| known == name) {
                None => columns.push((name, kind)),
                Some((_, known)) if *known == kind => {}
                Some(_) => {
                    return Err(unsayable(&format!(
                        "the fields `{name}` of several event types differ in what they hold"
                    )));
                }
            }
        }
        let mut declared = vec![
            Field::new(
                TIME,
                DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
                false,
            ),
            Field::new(TYPE, DataType::Utf8, false),
        ];
        declared.extend(
            columns
                .iter()
                .map(|(name, kind)| Field::new(*name, kind.data_type(), true)),
        );
        let schema = Arc::new(Schema::new(declared));
        let file = match stored {
            Stored::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(BATCH))
                    .build();
                let writer =
                    ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(io::Error::other)?;
                File::Parquet(Box::new(writer))
            }
            Stored::Arrow => File::Arrow(Box::new(FileWriter::try_new(out, &schema).map_err(io::Error::other)?)),
        };
        let place = |name: &str, kind: usize| {
            let event = model.events.get(kind)?;
            event.fields.iter().position(|field| field.name == name)
        };
        let kinds = 0..model.events.len();
        Ok(ColumnWriter {
            file,
            schema,
            fields: kinds
                .map(|kind| columns.iter().map(|(name, _)| place(name, kind)).collect())
                .collect(),
            times: times(),
            types: StringBuilder::new(),
            columns: columns.iter().map(|(_, kind)| Values::new(*kind)).collect(),
            rows: 0,
        })
    }

    pub(super) fn event(&mut self, model: &Model, event: &Event) -> io::Result<()> {
        let nanoseconds = i64::try_from(event.time.unix_nanoseconds())
            .map_err(|_| unsayable("a time before 1677 or after 2262 has no place in a column of times"))?;
        self.times.append_value(nanoseconds);
        let EventTypeId(kind) = event.kind;
        let declared = model.event(event.kind);
        self.types.append_value(&declared.name);
        let fields = self.fields.get(kind as usize).map_or(&[][..], Vec::as_slice);
        for (values, field) in self.columns.iter_mut().zip(fields) {
            let value = field.and_then(|at| Some((event.fields.get(at)?.as_ref()?, &declared.fields.get(at)?.ty)));
            values.push(model, value);
        }
        self.rows += 1;
        if self.rows == BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.times.finish()), Arc::new(self.types.finish())];
        self.times = times();
        arrays.extend(self.columns.iter_mut().map(Values::finish));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(io::Error::other)?;
        match &mut self.file {
            File::Parquet(file) => file.write(&batch).map_err(io::Error::other),
            File::Arrow(file) => file.write(&batch).map_err(io::Error::other),
        }
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        match self.file {
            File::Parquet(file) => file.into_inner().map_err(io::Error::other),
            File::Arrow(file) => file.into_inner().map_err(io::Error::other),
        }
    }
}

fn times() -> TimestampNanosecondBuilder {
    TimestampNanosecondBuilder::new().with_timezone("UTC")
}

fn unsayable(why: &str) -> io::Error {
    io::Error::other(format!("{why}: choose another format"))
}
