//! Cells of a table: what a value in a column says, and a row as the line of JSON that would say the same.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};

use super::written::{Pair, Shape, Written};
use crate::time::Instant;

/// The entries of a row.
pub(super) fn pairs(batch: &RecordBatch, row: usize) -> Vec<Pair<'_, Cell<'_>>> {
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
pub(super) struct Cell<'b> {
    batch: &'b RecordBatch,
    row: usize,
    array: &'b dyn Array,
    /// The position in the array.
    at: usize,
}

impl<'b> Cell<'b> {
    /// That of a row in a column, if there is such a column.
    pub(super) fn at(batch: &'b RecordBatch, row: usize, column: usize) -> Option<Self> {
        Some(Cell {
            batch,
            row,
            array: batch.columns().get(column)?.as_ref(),
            at: row,
        })
    }

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
pub(super) fn entry(array: &dyn Array, key: &DataType, at: usize) -> Option<usize> {
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
pub(super) fn line(batch: &RecordBatch, row: usize, watched: Option<Cell<'_>>) -> (String, Range<usize>) {
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
