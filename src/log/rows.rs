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

use super::fixed::Fixed;
use super::names::Names;
use super::row::{Cells, Plain};
use super::table_cells::{Cell, entry};
use super::{Limits, Origin};
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
    TextView(StringViewArray),
    Instant {
        values: Int64Array,
        unit: TimeUnit,
    },
    /// One that few tables have, Parquet least of all. What is read of the others is so little that it fits in where it is asked for.
    Rare(Rare),
}

#[derive(Debug)]
enum Rare {
    Text(StringArray),
    LongText(LargeStringArray),
    Truth(BooleanArray),
    Whole(Int64Array),
    Float(Float64Array),
    Decimal {
        values: Decimal128Array,
        /// What one is, in billionths.
        unit: i128,
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

    #[inline]
    fn name<I: Copy>(&mut self, column: usize, names: &Names<'_, I>) -> Option<I> {
        match self.batch.columns.get(column)? {
            Column::TextView(values) if !values.nulls().is_some_and(|nulls| nulls.is_null(self.row)) => {
                names.of_view(*values.views().get(self.row)?)
            }
            _ => None,
        }
    }

    fn written(&self, column: usize) -> Option<Cell<'b>> {
        Cell::at(self.batch.rows(), self.row, column)
    }

    fn pass_over(&mut self, origin: Origin) -> Option<Origin> {
        Some(origin)
    }

    /// A row of a table has a cell in every column.
    fn end(&mut self, origin: Origin, _empty: Option<&Fixed>) -> Option<Origin> {
        Some(origin)
    }
}

impl Column {
    fn new(array: &dyn Array) -> Self {
        macro_rules! numbers {
            ($kind:ty) => {
                array.as_primitive::<$kind>().reinterpret_cast::<Int64Type>()
            };
        }
        match array.data_type() {
            DataType::Utf8View => Column::TextView(array.as_string_view().clone()),
            DataType::Timestamp(unit, Some(_)) => Column::Instant {
                values: match unit {
                    TimeUnit::Second => numbers!(TimestampSecondType),
                    TimeUnit::Millisecond => numbers!(TimestampMillisecondType),
                    TimeUnit::Microsecond => numbers!(TimestampMicrosecondType),
                    TimeUnit::Nanosecond => numbers!(TimestampNanosecondType),
                },
                unit: *unit,
            },
            _ => Column::Rare(Rare::new(array)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Column::TextView(values) => values.len(),
            Column::Instant { values, .. } => values.len(),
            Column::Rare(rare) => rare.len(),
        }
    }

    #[inline]
    fn plain(&self, at: usize) -> Plain<'_> {
        match self {
            Column::TextView(values) => known(values, at, || Plain::Text(values.value(at))),
            Column::Instant { values, unit } => known(values, at, || instant(values.value(at), *unit)),
            Column::Rare(rare) => rare.plain(at),
        }
    }
}

impl Rare {
    fn new(array: &dyn Array) -> Self {
        macro_rules! whole {
            ($kind:ty) => {
                Rare::Whole(array.as_primitive::<$kind>().unary(i64::from))
            };
        }
        match array.data_type() {
            DataType::Utf8 => Rare::Text(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Rare::LongText(array.as_string::<i64>().clone()),
            DataType::Boolean => Rare::Truth(array.as_boolean().clone()),
            DataType::Int8 => whole!(Int8Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int64 => Rare::Whole(array.as_primitive::<Int64Type>().clone()),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt32 => whole!(UInt32Type),
            DataType::Float32 => Rare::Float(array.as_primitive::<Float32Type>().unary(f64::from)),
            DataType::Float64 => Rare::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::Decimal128(_, scale) => match u32::try_from(9 - i32::from(*scale)) {
                Ok(shift @ 0..=9) => Rare::Decimal {
                    values: array.as_primitive::<Decimal128Type>().clone(),
                    unit: 10_i128.pow(shift),
                },
                _ => Rare::other(array),
            },
            DataType::Dictionary(key, _) => Rare::of_dictionary(array, key),
            DataType::Null => Rare::Absent,
            _ => Rare::other(array),
        }
    }

    fn other(array: &dyn Array) -> Self {
        Rare::Other(array.nulls().cloned())
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
            _ => return Rare::other(array),
        };
        let values = array.as_any_dictionary().values();
        // A dictionary can be much longer than a batch, and is not to be gone through for each.
        let is_text = matches!(
            values.data_type(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        );
        if !is_text && values.len() > array.len() {
            return Rare::other(array);
        }
        Rare::Dictionary {
            keys,
            values: Box::new(Column::new(values.as_ref())),
        }
    }

    fn len(&self) -> usize {
        match self {
            Rare::Text(values) => values.len(),
            Rare::LongText(values) => values.len(),
            Rare::Truth(values) => values.len(),
            Rare::Whole(values) => values.len(),
            Rare::Float(values) => values.len(),
            Rare::Decimal { values, .. } => values.len(),
            Rare::Dictionary { keys, .. } => keys.len(),
            // Nothing is known of what there is.
            Rare::Other(_) | Rare::Absent => 0,
        }
    }

    fn plain(&self, at: usize) -> Plain<'_> {
        match self {
            Rare::Text(values) => known(values, at, || Plain::Text(values.value(at))),
            Rare::LongText(values) => known(values, at, || Plain::Text(values.value(at))),
            Rare::Truth(values) => known(values, at, || Plain::Truth(values.value(at))),
            Rare::Whole(values) => known(values, at, || number(i128::from(values.value(at)).checked_mul(BILLION))),
            Rare::Float(values) => known(values, at, || float(values.value(at))),
            Rare::Decimal { values, unit } => known(values, at, || number(values.value(at).checked_mul(*unit))),
            Rare::Dictionary { keys, values } => known(keys, at, || {
                let at = usize::try_from(keys.value(at)).unwrap_or(usize::MAX);
                if at < values.len() {
                    values.plain(at)
                } else {
                    Plain::Other
                }
            }),
            Rare::Other(nulls) => match nulls {
                Some(nulls) if nulls.is_null(at) => Plain::Absent,
                _ => Plain::Other,
            },
            Rare::Absent => Plain::Absent,
        }
    }
}

/// What a cell says, if it has a value.
#[inline]
fn known<'a>(values: &impl Array, at: usize, plain: impl FnOnce() -> Plain<'a>) -> Plain<'a> {
    if values.nulls().is_some_and(|nulls| nulls.is_null(at)) {
        Plain::Absent
    } else {
        plain()
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
fn instant(value: i64, unit: TimeUnit) -> Plain<'static> {
    // To divide by what is known beforehand takes a fraction of what another division does.
    let instant = match unit {
        TimeUnit::Second => instant_of::<1>(value),
        TimeUnit::Millisecond => instant_of::<1_000>(value),
        TimeUnit::Microsecond => instant_of::<1_000_000>(value),
        TimeUnit::Nanosecond => instant_of::<1_000_000_000>(value),
    };
    instant.map_or(Plain::Other, Plain::Instant)
}

#[inline]
fn instant_of<const OF_SECOND: i64>(value: i64) -> Option<Instant> {
    let nanoseconds = i32::try_from(value % OF_SECOND * (1_000_000_000 / OF_SECOND)).ok()?;
    Instant::from_seconds_and_nanoseconds(value / OF_SECOND, nanoseconds)
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
        DataType::Dictionary(..) => {
            let values = array.as_any_dictionary().values();
            if values.len() > array.len() {
                (0..array.len()).map(|at| taken(array, at)).max().unwrap_or_default()
            } else {
                longest(values.as_ref())
            }
        }
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

/// What a value has, in bytes of texts and in elements.
fn taken(array: &dyn Array, at: usize) -> usize {
    let mut left = usize::MAX;
    take(&mut left, array, at);
    usize::MAX - left
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
