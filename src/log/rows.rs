//! A batch of rows, made ready to be read: what is the same for all cells of a column is found out once.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};

use super::Limits;
use super::row::{Cells, Plain};
use super::table_cells::{Cell, entry};
use crate::time::Instant;
use crate::value::Number;

/// A batch of rows.
#[derive(Debug)]
pub(super) struct Batch {
    rows: RecordBatch,
    columns: Vec<Column>,
    longest: usize,
}

/// A column whose type is known.
#[derive(Debug)]
enum Column {
    Text(StringArray),
    LongText(LargeStringArray),
    TextView(StringViewArray),
    Truth(BooleanArray),
    Whole(Int64Array),
    Float(Float64Array),
    Decimal {
        values: Decimal128Array,
        /// What one is, in billionths.
        unit: i128,
    },
    Instant {
        values: Int64Array,
        /// How many of them are a second.
        of_second: i64,
    },
    Dictionary {
        keys: Int64Array,
        values: Box<Column>,
    },
    /// One whose cells have to be looked into, but for those that there are none.
    Other(Option<NullBuffer>),
    /// One without values.
    Absent,
}

impl Batch {
    pub(super) fn new(rows: RecordBatch) -> Self {
        let columns = rows.columns();
        let longest = columns.iter().map(|column| longest(column.as_ref()));
        Batch {
            longest: longest.fold(0, usize::saturating_add),
            columns: columns.iter().map(|column| Column::new(column.as_ref())).collect(),
            rows,
        }
    }

    pub(super) fn rows(&self) -> &RecordBatch {
        &self.rows
    }

    /// What no row has more of, in bytes of texts and in elements.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// What a cell says; `None` where there is no such column.
    #[inline]
    pub(super) fn plain(&self, row: usize, column: usize) -> Option<Plain<'_>> {
        self.columns.get(column).map(|column| column.plain(row))
    }
}

/// The cells of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowCells<'b> {
    pub(super) batch: &'b Batch,
    pub(super) row: usize,
}

impl<'b> Cells<'b> for RowCells<'b> {
    type Written = Cell<'b>;

    #[inline]
    fn plain(&mut self, column: usize) -> Option<Plain<'b>> {
        self.batch.plain(self.row, column)
    }

    fn written(&mut self, column: usize) -> Option<Cell<'b>> {
        Cell::at(self.batch.rows(), self.row, column)
    }
}

impl Column {
    fn new(array: &dyn Array) -> Self {
        macro_rules! whole {
            ($kind:ty) => {
                Column::Whole(array.as_primitive::<$kind>().unary(i64::from))
            };
        }
        macro_rules! instant {
            ($kind:ty, $of_second:expr) => {
                Column::Instant {
                    values: array.as_primitive::<$kind>().reinterpret_cast::<Int64Type>(),
                    of_second: $of_second,
                }
            };
        }
        match array.data_type() {
            DataType::Utf8 => Column::Text(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Column::LongText(array.as_string::<i64>().clone()),
            DataType::Utf8View => Column::TextView(array.as_string_view().clone()),
            DataType::Boolean => Column::Truth(array.as_boolean().clone()),
            DataType::Int8 => whole!(Int8Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int64 => Column::Whole(array.as_primitive::<Int64Type>().clone()),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt32 => whole!(UInt32Type),
            DataType::Float32 => Column::Float(array.as_primitive::<Float32Type>().unary(f64::from)),
            DataType::Float64 => Column::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::Decimal128(_, scale) => match u32::try_from(9 - i32::from(*scale)) {
                Ok(shift @ 0..=9) => Column::Decimal {
                    values: array.as_primitive::<Decimal128Type>().clone(),
                    unit: 10_i128.pow(shift),
                },
                _ => Column::Other(array.nulls().cloned()),
            },
            DataType::Timestamp(unit, Some(_)) => match unit {
                TimeUnit::Second => instant!(TimestampSecondType, 1),
                TimeUnit::Millisecond => instant!(TimestampMillisecondType, 1_000),
                TimeUnit::Microsecond => instant!(TimestampMicrosecondType, 1_000_000),
                TimeUnit::Nanosecond => instant!(TimestampNanosecondType, 1_000_000_000),
            },
            DataType::Dictionary(key, _) => Column::of_dictionary(array, key),
            DataType::Null => Column::Absent,
            _ => Column::Other(array.nulls().cloned()),
        }
    }

    /// The type is that of the keys.
    fn of_dictionary(array: &dyn Array, key: &DataType) -> Self {
        macro_rules! keys {
            ($kind:ty) => {
                array.as_dictionary::<$kind>().keys().unary(i64::from)
            };
        }
        let keys = match key {
            DataType::Int8 => keys!(Int8Type),
            DataType::Int16 => keys!(Int16Type),
            DataType::Int32 => keys!(Int32Type),
            DataType::Int64 => array.as_dictionary::<Int64Type>().keys().clone(),
            DataType::UInt8 => keys!(UInt8Type),
            DataType::UInt16 => keys!(UInt16Type),
            DataType::UInt32 => keys!(UInt32Type),
            _ => return Column::Other(array.nulls().cloned()),
        };
        let values = array.as_any_dictionary().values();
        Column::Dictionary {
            keys,
            values: Box::new(Column::new(values.as_ref())),
        }
    }

    fn len(&self) -> usize {
        match self {
            Column::Text(values) => values.len(),
            Column::LongText(values) => values.len(),
            Column::TextView(values) => values.len(),
            Column::Truth(values) => values.len(),
            Column::Whole(values) | Column::Instant { values, .. } => values.len(),
            Column::Float(values) => values.len(),
            Column::Decimal { values, .. } => values.len(),
            Column::Dictionary { keys, .. } => keys.len(),
            // Nothing is known of what there is.
            Column::Other(_) | Column::Absent => 0,
        }
    }

    #[inline]
    fn plain(&self, at: usize) -> Plain<'_> {
        macro_rules! known {
            ($values:expr, $plain:expr) => {
                if $values.is_null(at) {
                    Plain::Absent
                } else {
                    $plain
                }
            };
        }
        match self {
            Column::Text(values) => known!(values, Plain::Text(values.value(at))),
            Column::LongText(values) => known!(values, Plain::Text(values.value(at))),
            Column::TextView(values) => known!(values, Plain::Text(values.value(at))),
            Column::Truth(values) => known!(values, Plain::Truth(values.value(at))),
            Column::Whole(values) => known!(values, number(i128::from(values.value(at)).checked_mul(BILLION))),
            Column::Float(values) => known!(values, float(values.value(at))),
            Column::Decimal { values, unit } => known!(values, number(values.value(at).checked_mul(*unit))),
            Column::Instant { values, of_second } => known!(values, instant(values.value(at), *of_second)),
            Column::Dictionary { keys, values } => known!(keys, {
                let at = usize::try_from(keys.value(at)).unwrap_or(usize::MAX);
                if at < values.len() {
                    values.plain(at)
                } else {
                    Plain::Other
                }
            }),
            Column::Other(nulls) => match nulls {
                Some(nulls) if nulls.is_null(at) => Plain::Absent,
                _ => Plain::Other,
            },
            Column::Absent => Plain::Absent,
        }
    }
}

const BILLION: i128 = 1_000_000_000;

fn number(billionths: Option<i128>) -> Plain<'static> {
    let number = billionths.and_then(Number::from_billionths);
    number.map_or(Plain::Other, Plain::Number)
}

/// A float that is a whole number; the digits of others have to be found.
fn float(value: f64) -> Plain<'static> {
    /// Below it, every whole number is a float of its own.
    const DENSE: f64 = 9_007_199_254_740_992.0;
    if value.abs() >= DENSE || value.fract() != 0.0 {
        return Plain::Other;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
    number(Some(i128::from(value as i64) * BILLION))
}

#[inline]
fn instant(value: i64, of_second: i64) -> Plain<'static> {
    let nanoseconds = i32::try_from(value % of_second * (1_000_000_000 / of_second));
    let instant = nanoseconds.map(|nanoseconds| Instant::from_seconds_and_nanoseconds(value / of_second, nanoseconds));
    instant.ok().flatten().map_or(Plain::Other, Plain::Instant)
}

/// What no value of a column has more of, in bytes of texts and in elements.
fn longest(array: &dyn Array) -> usize {
    fn widest<T: Copy + Into<i64>>(offsets: &[T]) -> usize {
        let widths = offsets.windows(2).map(|pair| pair[1].into() - pair[0].into());
        usize::try_from(widths.max().unwrap_or_default()).unwrap_or(usize::MAX)
    }
    let of_list = |elements: usize, values: &dyn Array| {
        let each = longest(values).saturating_add(1);
        elements.saturating_mul(each)
    };
    match array.data_type() {
        DataType::Utf8 => widest(array.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => widest(array.as_string::<i64>().value_offsets()),
        DataType::Utf8View => {
            // A view begins with the length, and all bits of all lengths together are no less than any of them.
            let all = array.as_string_view().views().iter().fold(0, |all, view| all | view);
            #[expect(clippy::cast_possible_truncation, reason = "the rest of a view is not its length")]
            let lengths = all as u32;
            lengths as usize
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            of_list(widest(lists.value_offsets()), lists.values().as_ref())
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            of_list(widest(lists.value_offsets()), lists.values().as_ref())
        }
        DataType::FixedSizeList(_, elements) => {
            let elements = usize::try_from(*elements).unwrap_or_default();
            of_list(elements, array.as_fixed_size_list().values().as_ref())
        }
        DataType::Dictionary(..) => longest(array.as_any_dictionary().values().as_ref()),
        DataType::Struct(_) => {
            let parts = array.as_struct().columns().iter();
            parts.map(|part| longest(part.as_ref())).fold(0, usize::saturating_add)
        }
        _ => 0,
    }
}

/// Whether a row has more texts and elements than a record can have bytes.
pub(super) fn is_longer(batch: &RecordBatch, row: usize, limits: Limits) -> bool {
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
