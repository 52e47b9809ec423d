//! Tables: batches of rows in columns, a row for each record.
//!
//! What parquet and arrow files have in common. Only the columns that the rules or the map know are read. A record is shown as the line of JSON
//! that would say the same, and places within it are those of that line.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema as Columns, TimeUnit};

use super::rows::Batch;
use super::problem::{Problem, ProblemKind, quoted};
use super::reader::{Outcome, Reader, too_long};
use super::record::{Schema, TIME, TYPE};
use super::row::{Cells, Plain, Row};
use super::visible::visible;
use super::written::{Pair, Shape, Written};
use super::{InputError, InputId, Limits, Origin};
use crate::diagnostic::list;
use crate::time::Instant;

/// Batches of rows of one log.
pub(super) trait Batches {
    /// The next batch; `None` at the end.
    fn next(&mut self) -> Result<Option<RecordBatch>, InputError>;

    /// Goes to a row, counted from 0, and from there on gives all columns that are shown of a record, those too that are not needed for it.
    /// Whether there are such columns; else nothing is done.
    fn widen(&mut self, row: u64) -> Result<bool, InputError>;

    /// Bytes consumed so far.
    fn position(&self) -> u64;
}

/// Reads the rows of a table as records.
pub(super) struct TableReader<'m, B> {
    batches: B,
    batch: Option<Batch>,
    /// The next row of the batch.
    at: usize,
    /// Rows read so far.
    rows: u64,
    input: InputId,
    schema: Schema<'m>,
    limits: Limits,
    short: Short<'m>,
    /// What is wrong with the columns, before it is told.
    broken: Vec<Problem>,
}

/// The short way.
enum Short<'m> {
    /// The columns of the batches are not known yet.
    Unknown,
    /// Where there is none.
    None,
    Row(Box<Row<'m>>),
}

/// What is to be read of a table.
pub(super) struct Selection {
    /// Positions of the columns that the rules or the map know: they are shown of a record.
    pub(super) columns: Vec<usize>,
    /// Those of them that are needed to read the records.
    pub(super) needed: Vec<usize>,
    /// The names of all columns, those that are known first.
    names: Vec<String>,
    broken: Vec<Problem>,
}

impl Selection {
    /// The columns that the rules or the map know, and what is wrong with them.
    pub(super) fn new(schema: &Schema<'_>, columns: &Columns, input: InputId) -> Self {
        let names = || columns.fields().iter().map(|field| field.name().as_str());
        let origin = origin(input, 0);
        let known: Vec<String> = names().map(|name| visible(name, 60)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let otherwise = format!(
            "its columns are {}: a map says which of them stand for `{TIME}` and `{TYPE}`",
            list(&known, 12)
        );
        let mut broken = schema.columns_lacking("table", &names(), origin, &otherwise);
        let mut selection = Selection {
            columns: Vec::new(),
            needed: Vec::new(),
            names: Vec::new(),
            broken: Vec::new(),
        };
        let mut unknown = Vec::new();
        let mut seen = foldhash::HashSet::default();
        for (at, name) in names().enumerate() {
            if !schema.knows(name) {
                unknown.push(name.to_owned());
            } else if seen.insert(name) {
                selection.names.push(name.to_owned());
                selection.columns.push(at);
                if schema.needs(name) {
                    selection.needed.push(at);
                }
            } else {
                let message = format!("the table has two columns {}", quoted(name));
                let problem = Problem::new(ProblemKind::DuplicateKey, message, origin);
                broken.push(problem.help("give every column a name of its own"));
            }
        }
        selection.names.append(&mut unknown);
        selection.broken = broken;
        selection
    }
}

impl<'m, B: Batches> TableReader<'m, B> {
    pub(super) fn new(batches: B, input: InputId, schema: Schema<'m>, selection: Selection, limits: Limits) -> Self {
        TableReader {
            batches,
            batch: None,
            at: 0,
            rows: 0,
            input,
            schema: schema.of_table(selection.names),
            limits,
            short: Short::Unknown,
            broken: selection.broken,
        }
    }
}

impl<B: Batches> Reader for TableReader<'_, B> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        if !self.broken.is_empty() {
            self.batch = None;
            self.at = usize::MAX;
            return Ok(Some(Err(std::mem::take(&mut self.broken))));
        }
        if self.at == usize::MAX {
            return Ok(None);
        }
        loop {
            let Some(batch) = self.batch.as_ref().filter(|batch| self.at < batch.rows().num_rows()) else {
                self.at = 0;
                self.batch = self.batches.next()?.map(Batch::new);
                match &self.batch {
                    None => return Ok(None),
                    Some(batch) => self.short.know(&self.schema, batch.rows()),
                }
                continue;
            };
            let origin = origin(self.input, self.rows);
            let is_short = batch.longest() <= self.limits.record_bytes as usize;
            let mut cells = RowCells { batch, row: self.at };
            let record = match &mut self.short {
                Short::Row(row) if is_short => row.record(&mut cells, origin),
                _ => None,
            };
            let outcome = match record {
                Some(record) => Ok(record),
                None => long(&self.schema, batch.rows(), self.at, origin, self.limits),
            };
            // A record with which something is wrong is shown.
            if outcome.is_err() && self.batches.widen(self.rows)? {
                self.batch = None;
                self.short = Short::Unknown;
                continue;
            }
            self.at += 1;
            self.rows += 1;
            return Ok(Some(outcome));
        }
    }

    fn position(&self) -> u64 {
        self.batches.position()
    }
}

impl<'m> Short<'m> {
    fn know(&mut self, schema: &Schema<'m>, batch: &RecordBatch) {
        if matches!(self, Short::Unknown) {
            let fields = batch.schema_ref().fields();
            let names: Vec<Option<&str>> = fields.iter().map(|field| Some(field.name().as_str())).collect();
            *self = schema.row(&names).map_or(Short::None, |row| Short::Row(Box::new(row)));
        }
    }
}

/// What a row comes to on the long way.
fn long(schema: &Schema<'_>, batch: &RecordBatch, row: usize, origin: Origin, limits: Limits) -> Outcome {
    if is_longer(batch, row, limits) {
        return Err(vec![too_long(origin, limits)]);
    }
    schema.record(&pairs(batch, row), origin)
}

/// The place of a row: rows are counted, and their lengths are nothing that a file says.
fn origin(input: InputId, row: u64) -> Origin {
    Origin {
        input,
        line: row + 1,
        offset: row,
        length: 0,
    }
}

/// The texts of some rows: those at the given positions, in their order, of all that the batches have.
pub(super) fn lines(mut batches: impl Batches, rows: &[u64], limits: Limits) -> Result<Vec<String>, InputError> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut start = 0;
    while lines.len() < rows.len()
        && let Some(batch) = batches.next()?
    {
        let end = start + batch.num_rows() as u64;
        while let Some(&row) = rows.get(lines.len())
            && row < end
        {
            let at = usize::try_from(row.saturating_sub(start)).unwrap_or(usize::MAX);
            lines.push(if is_longer(&batch, at, limits) {
                TOO_LONG.to_owned()
            } else {
                line(&batch, at, None).0
            });
        }
        start = end;
    }
    Ok(lines)
}

/// What stands for a record that is longer than the limit.
const TOO_LONG: &str = "(too long to be shown)";

/// Whether a row has more texts and elements than a record can have bytes.
fn is_longer(batch: &RecordBatch, row: usize, limits: Limits) -> bool {
    let mut left = limits.record_bytes as usize;
    let is_enough = |column: &ArrayRef| take(&mut left, column.as_ref(), row);
    row < batch.num_rows() && !batch.columns().iter().all(is_enough)
}

/// Takes what a value has at least as a text from what is left, of which there must be enough.
fn take(left: &mut usize, array: &dyn Array, at: usize) -> bool {
    if array.is_null(at) {
        return true;
    }
    let elements = match array.data_type() {
        DataType::Utf8 => return take_away(left, array.as_string::<i32>().value(at).len()),
        DataType::LargeUtf8 => return take_away(left, array.as_string::<i64>().value(at).len()),
        DataType::Utf8View => return take_away(left, array.as_string_view().value(at).len()),
        DataType::List(_) => array.as_list::<i32>().value(at),
        DataType::LargeList(_) => array.as_list::<i64>().value(at),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(at),
        DataType::Dictionary(key, _) => {
            let values = array.as_any_dictionary().values();
            return entry(array, key, at).is_none_or(|at| take(left, values.as_ref(), at));
        }
        DataType::Struct(_) => {
            let parts = array.as_struct().columns();
            return parts.iter().all(|part| take(left, part.as_ref(), at));
        }
        _ => return true,
    };
    // Of each element its comma, at least.
    take_away(left, elements.len()) && (0..elements.len()).all(|at| take(left, elements.as_ref(), at))
}

fn take_away(left: &mut usize, bytes: usize) -> bool {
    let rest = left.checked_sub(bytes);
    *left = rest.unwrap_or_default();
    rest.is_some()
}

/// The cells of a row.
#[derive(Debug, Clone, Copy)]
struct RowCells<'b> {
    batch: &'b Batch,
    row: usize,
}

impl<'b> Cells<'b> for RowCells<'b> {
    type Written = Cell<'b>;

    #[inline]
    fn plain(&mut self, column: usize) -> Option<Plain<'b>> {
        self.batch.plain(self.row, column)
    }

    fn written(&mut self, column: usize) -> Option<Cell<'b>> {
        let batch = self.batch.rows();
        Some(Cell {
            batch,
            row: self.row,
            array: batch.columns().get(column)?.as_ref(),
            at: self.row,
        })
    }
}

/// The entries of a row.
fn pairs(batch: &RecordBatch, row: usize) -> Vec<Pair<'_, Cell<'_>>> {
    let columns = batch.schema_ref().fields().iter().zip(batch.columns());
    columns
        .map(|(field, array)| Pair {
            key: Cow::Borrowed(field.name().as_str()),
            key_range: 0..0,
            value: Cell {
                batch,
                row,
                array: array.as_ref(),
                at: row,
            },
        })
        .collect()
}

/// A value of a row, or of a list or a structure in it.
#[derive(Debug, Clone, Copy)]
struct Cell<'b> {
    batch: &'b RecordBatch,
    row: usize,
    array: &'b dyn Array,
    /// The position in the array.
    at: usize,
}

impl<'b> Cell<'b> {
    fn of(self, array: &'b dyn Array, at: usize) -> Self {
        Cell { array, at, ..self }
    }

    fn is(self, other: Cell<'_>) -> bool {
        std::ptr::addr_eq(self.array, other.array) && self.at == other.at
    }

    fn elements(self, values: &'b dyn Array, range: Range<usize>) -> Shape<'b, Self> {
        Shape::List(range.map(|at| self.of(values, at)).collect())
    }

    fn instant(nanoseconds: i128, zoned: bool) -> Shape<'b, Self> {
        match Instant::from_unix_nanoseconds(nanoseconds) {
            Some(instant) if zoned => Shape::Instant(instant),
            // The wall clock of some place, which the column does not name.
            Some(instant) => Shape::Text(Cow::Owned(instant.to_string().trim_end_matches('Z').to_owned())),
            None => Shape::Broken("is outside the years 1 to 9999"),
        }
    }

    fn day(days: i64) -> Shape<'b, Self> {
        const DAY: i128 = 86_400_000_000_000;
        match Instant::from_unix_nanoseconds(i128::from(days) * DAY) {
            Some(instant) => Shape::Text(Cow::Owned(instant.to_string().chars().take(10).collect())),
            None => Shape::Broken("is outside the years 1 to 9999"),
        }
    }
}

impl<'b> Written<'b> for Cell<'b> {
    fn range(&self) -> Range<usize> {
        line(self.batch, self.row, Some(*self)).1
    }

    fn shape(&self) -> Shape<'b, Self> {
        macro_rules! number {
            ($kind:ty) => {
                digits(self.array.as_primitive::<$kind>().value(self.at))
            };
        }
        macro_rules! float {
            ($kind:ty) => {{
                let value = self.array.as_primitive::<$kind>().value(self.at);
                if value.is_finite() {
                    digits(value)
                } else {
                    Shape::Broken("is not a finite number")
                }
            }};
        }
        macro_rules! decimal {
            ($kind:ty) => {
                Shape::Number(Cow::Owned(
                    self.array.as_primitive::<$kind>().value_as_string(self.at),
                ))
            };
        }
        macro_rules! nanoseconds {
            ($kind:ty, $each:expr) => {
                i128::from(self.array.as_primitive::<$kind>().value(self.at)) * $each
            };
        }
        if self.array.is_null(self.at) {
            return Shape::Null;
        }
        match self.array.data_type() {
            DataType::Null => Shape::Null,
            DataType::Boolean => Shape::Bool(self.array.as_boolean().value(self.at)),
            DataType::Int8 => number!(Int8Type),
            DataType::Int16 => number!(Int16Type),
            DataType::Int32 => number!(Int32Type),
            DataType::Int64 => number!(Int64Type),
            DataType::UInt8 => number!(UInt8Type),
            DataType::UInt16 => number!(UInt16Type),
            DataType::UInt32 => number!(UInt32Type),
            DataType::UInt64 => number!(UInt64Type),
            DataType::Float16 => float!(Float16Type),
            DataType::Float32 => float!(Float32Type),
            DataType::Float64 => float!(Float64Type),
            DataType::Decimal32(..) => decimal!(Decimal32Type),
            DataType::Decimal64(..) => decimal!(Decimal64Type),
            DataType::Decimal128(..) => decimal!(Decimal128Type),
            DataType::Decimal256(..) => decimal!(Decimal256Type),
            DataType::Utf8 => Shape::Text(Cow::Borrowed(self.array.as_string::<i32>().value(self.at))),
            DataType::LargeUtf8 => Shape::Text(Cow::Borrowed(self.array.as_string::<i64>().value(self.at))),
            DataType::Utf8View => Shape::Text(Cow::Borrowed(self.array.as_string_view().value(self.at))),
            DataType::Timestamp(unit, zone) => {
                let nanoseconds = match unit {
                    TimeUnit::Second => nanoseconds!(TimestampSecondType, 1_000_000_000),
                    TimeUnit::Millisecond => nanoseconds!(TimestampMillisecondType, 1_000_000),
                    TimeUnit::Microsecond => nanoseconds!(TimestampMicrosecondType, 1_000),
                    TimeUnit::Nanosecond => nanoseconds!(TimestampNanosecondType, 1),
                };
                Cell::instant(nanoseconds, zone.is_some())
            }
            DataType::Date32 => Cell::day(i64::from(self.array.as_primitive::<Date32Type>().value(self.at))),
            DataType::Date64 => Cell::day(
                self.array
                    .as_primitive::<Date64Type>()
                    .value(self.at)
                    .div_euclid(86_400_000),
            ),
            DataType::Duration(unit) => {
                let nanoseconds = match unit {
                    TimeUnit::Second => nanoseconds!(DurationSecondType, 1_000_000_000),
                    TimeUnit::Millisecond => nanoseconds!(DurationMillisecondType, 1_000_000),
                    TimeUnit::Microsecond => nanoseconds!(DurationMicrosecondType, 1_000),
                    TimeUnit::Nanosecond => nanoseconds!(DurationNanosecondType, 1),
                };
                Shape::Text(Cow::Owned(seconds(nanoseconds)))
            }
            DataType::Dictionary(key, _) => match entry(self.array, key, self.at) {
                Some(at) => self.of(self.array.as_any_dictionary().values().as_ref(), at).shape(),
                None => Shape::Broken("is not in its dictionary"),
            },
            DataType::List(_) => {
                let list = self.array.as_list::<i32>();
                let (start, end) = (list.value_offsets()[self.at], list.value_offsets()[self.at + 1]);
                self.elements(list.values().as_ref(), size(i64::from(start))..size(i64::from(end)))
            }
            DataType::LargeList(_) => {
                let list = self.array.as_list::<i64>();
                let (start, end) = (list.value_offsets()[self.at], list.value_offsets()[self.at + 1]);
                self.elements(list.values().as_ref(), size(start)..size(end))
            }
            DataType::FixedSizeList(..) => {
                let list = self.array.as_fixed_size_list();
                let start = list.value_offset_at(self.at);
                self.elements(
                    list.values().as_ref(),
                    start..start + size(i64::from(list.value_length())),
                )
            }
            DataType::Struct(_) => {
                let parts = self.array.as_struct();
                let pairs = parts.fields().iter().zip(parts.columns());
                let pairs = pairs.map(|(field, array)| Pair {
                    key: Cow::Borrowed(field.name().as_str()),
                    key_range: 0..0,
                    value: self.of(array.as_ref(), self.at),
                });
                Shape::Object(pairs.collect())
            }
            _ => Shape::Broken("is of a type that no field of an event can have"),
        }
    }
}

/// Where in its dictionary a value is, if it is there. The type is that of the keys.
fn entry(array: &dyn Array, key: &DataType, at: usize) -> Option<usize> {
    macro_rules! key {
        ($kind:ty) => {
            usize::try_from(array.as_dictionary::<$kind>().keys().value(at)).ok()
        };
    }
    let entry = match key {
        DataType::Int8 => key!(Int8Type),
        DataType::Int16 => key!(Int16Type),
        DataType::Int32 => key!(Int32Type),
        DataType::Int64 => key!(Int64Type),
        DataType::UInt8 => key!(UInt8Type),
        DataType::UInt16 => key!(UInt16Type),
        DataType::UInt32 => key!(UInt32Type),
        _ => key!(UInt64Type),
    };
    entry.filter(|&entry| entry < array.as_any_dictionary().values().len())
}

/// The digits that a number is written with; of a float, as few as tell it from any other.
fn digits<'b>(number: impl std::fmt::Display) -> Shape<'b, Cell<'b>> {
    Shape::Number(Cow::Owned(number.to_string()))
}

fn size(offset: i64) -> usize {
    usize::try_from(offset).unwrap_or_default()
}

/// A length of time in ISO 8601.
fn seconds(nanoseconds: i128) -> String {
    const SECOND: u128 = 1_000_000_000;
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let length = nanoseconds.unsigned_abs();
    let whole = format!("{sign}PT{}", length / SECOND);
    match length % SECOND {
        0 => format!("{whole}S"),
        rest => format!("{whole}.{}S", format!("{rest:09}").trim_end_matches('0')),
    }
}

/// A row as a line of JSON, and where in it a value is; nowhere, if it is not of this row.
fn line(batch: &RecordBatch, row: usize, watched: Option<Cell<'_>>) -> (String, Range<usize>) {
    let mut writer = Line {
        text: String::new(),
        watched,
        found: 0..0,
    };
    if row < batch.num_rows() {
        writer.object(pairs(batch, row));
    }
    (writer.text, writer.found)
}

struct Line<'w> {
    text: String,
    watched: Option<Cell<'w>>,
    found: Range<usize>,
}

impl Line<'_> {
    fn object(&mut self, pairs: Vec<Pair<'_, Cell<'_>>>) {
        self.text.push('{');
        let said = pairs
            .into_iter()
            .filter(|pair| !matches!(pair.value.shape(), Shape::Null));
        for (position, pair) in said.enumerate() {
            self.text.push_str(if position == 0 { "" } else { ", " });
            self.quoted(&pair.key);
            self.text.push_str(": ");
            self.value(pair.value);
        }
        self.text.push('}');
    }

    fn quoted(&mut self, words: &str) {
        self.text.push_str(&serde_json::Value::from(words).to_string());
    }

    fn value(&mut self, cell: Cell<'_>) {
        let start = self.text.len();
        match cell.shape() {
            Shape::Null => self.text.push_str("null"),
            Shape::Bool(truth) => self.text.push_str(if truth { "true" } else { "false" }),
            Shape::Number(digits) => self.text.push_str(&digits),
            Shape::Instant(instant) => self.quoted(&instant.to_string()),
            Shape::Text(words) | Shape::Plain(words) | Shape::Cell(words) => self.quoted(&words),
            Shape::List(elements) => {
                self.text.push('[');
                for (position, element) in elements.into_iter().enumerate() {
                    self.text.push_str(if position == 0 { "" } else { ", " });
                    self.value(element);
                }
                self.text.push(']');
            }
            Shape::Object(pairs) => self.object(pairs),
            Shape::Broken(why) => self.quoted(&format!("({why})")),
        }
        if self.watched.is_some_and(|watched| watched.is(cell)) {
            self.found = start..self.text.len();
        }
    }
}
