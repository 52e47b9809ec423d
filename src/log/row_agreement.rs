//! Rows of tables come to the same on the short way and on the long one, and whichever columns are read.

use std::sync::Arc;

use arrow_array::types::{
    Decimal128Type, Float64Type, Int8Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt64Type,
};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, LargeStringArray, ListArray, NullArray, PrimitiveArray,
    RecordBatch, StringArray, StringViewArray,
};
use proptest::prelude::*;

use super::crew::Crew;
use super::fixture::{inputs, model};
use super::record::Schema;
use super::rows::{Batch, RowCells, is_longer};
use super::table_cells::pairs;
use super::{Asked, Excerpts, Format, InputId, Limits, Origin, reader};

const ROWS: usize = 5;

/// What texts say.
const TEXTS: &[&str] = &[
    "US",
    "UA",
    "UX",
    " US",
    "threat",
    "armed_attack",
    "mid",
    "",
    " ",
    "a text of more than twenty-four bytes, and then some",
    "100 USD",
    "1e3  USD",
    "-0.50 USD",
    "100 EUR",
    "USD 100",
    "5",
    "true",
    "2024-07-08T10:00:00+03:00",
    "2024-07-08 10:00:00Z",
    "2024-07-08T10:00:00",
    "2024-02-29",
    "PT72H",
    "72 hours",
    "é",
];

const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    1550,
    -12,
    5_000_000_000,
    1_720_432_800,
    1_720_432_800_000,
    1_720_432_800_000_000,
    1_720_432_800_123_456_789,
    -62_135_596_801,
    999_999_999_999_999_999,
    1_000_000_000_000_000_000,
    9_007_199_254_740_993,
    i64::MAX,
    i64::MIN,
];

const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.5,
    -12.25,
    1550.0,
    0.1,
    1e-10,
    1e15,
    9_007_199_254_740_993.0,
    1e17,
    1e18,
    1e300,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// How a column is stored.
#[derive(Debug, Clone, Copy)]
enum Stored {
    Text,
    LongText,
    TextView,
    Dictionary,
    WideDictionary,
    NumberDictionary,
    Whole,
    SmallWhole,
    Unsigned,
    Float,
    Decimal(i8),
    Truth,
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    WallClock,
    Day,
    List,
    Nothing,
}

const STORED: &[Stored] = &[
    Stored::Text,
    Stored::LongText,
    Stored::TextView,
    Stored::Dictionary,
    Stored::WideDictionary,
    Stored::NumberDictionary,
    Stored::Whole,
    Stored::SmallWhole,
    Stored::Unsigned,
    Stored::Float,
    Stored::Decimal(0),
    Stored::Decimal(3),
    Stored::Decimal(9),
    Stored::Decimal(12),
    Stored::Truth,
    Stored::Seconds,
    Stored::Milliseconds,
    Stored::Microseconds,
    Stored::Nanoseconds,
    Stored::WallClock,
    Stored::Day,
    Stored::List,
    Stored::Nothing,
];

/// A column of values that are named by their numbers, texts out of those that are given.
fn column(stored: Stored, words: &[&'static str], values: &[Option<usize>]) -> ArrayRef {
    let texts = || {
        let text = |value: &Option<usize>| value.map(|value| words[value % words.len()]);
        values.iter().map(text)
    };
    let numbers = || {
        let number = |value: &Option<usize>| value.map(|value| NUMBERS[value % NUMBERS.len()]);
        values.iter().map(number)
    };
    let small = || {
        let small = |value: Option<i64>| value.map(|value| i32::try_from(value % 100_000).unwrap());
        numbers().map(small)
    };
    let floats = values
        .iter()
        .map(|value| value.map(|value| FLOATS[value % FLOATS.len()]));
    match stored {
        Stored::Text => Arc::new(texts().collect::<StringArray>()),
        Stored::LongText => Arc::new(texts().collect::<LargeStringArray>()),
        Stored::TextView => Arc::new(texts().collect::<StringViewArray>()),
        Stored::Dictionary => {
            // All words are in it, be they in rows or not.
            let key = |value: &Option<usize>| value.map(|value| i8::try_from(value % words.len()).unwrap());
            let keys: PrimitiveArray<Int8Type> = values.iter().map(key).collect();
            Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(words.to_vec()))))
        }
        Stored::WideDictionary => Arc::new(texts().collect::<DictionaryArray<UInt64Type>>()),
        Stored::NumberDictionary => {
            let known: PrimitiveArray<Int64Type> = NUMBERS.iter().map(|number| Some(*number)).collect();
            let key = |value: &Option<usize>| value.map(|value| i32::try_from(value % NUMBERS.len()).unwrap());
            let keys: PrimitiveArray<Int32Type> = values.iter().map(key).collect();
            Arc::new(DictionaryArray::new(keys, Arc::new(known)))
        }
        Stored::Whole => Arc::new(numbers().collect::<PrimitiveArray<Int64Type>>()),
        Stored::SmallWhole => Arc::new(small().collect::<PrimitiveArray<Int32Type>>()),
        Stored::Unsigned => {
            let unsigned = numbers().map(|number| number.map(i64::unsigned_abs));
            Arc::new(unsigned.collect::<PrimitiveArray<UInt64Type>>())
        }
        Stored::Float => Arc::new(floats.collect::<PrimitiveArray<Float64Type>>()),
        Stored::Decimal(scale) => {
            let wide = numbers().map(|number| number.map(i128::from));
            let decimals: PrimitiveArray<Decimal128Type> = wide.collect();
            Arc::new(decimals.with_precision_and_scale(38, scale).unwrap())
        }
        Stored::Truth => Arc::new(
            values
                .iter()
                .map(|value| value.map(|value| value % 2 == 0))
                .collect::<BooleanArray>(),
        ),
        Stored::Seconds => Arc::new(
            numbers()
                .collect::<PrimitiveArray<TimestampSecondType>>()
                .with_timezone("UTC"),
        ),
        Stored::Milliseconds => Arc::new(
            numbers()
                .collect::<PrimitiveArray<TimestampMillisecondType>>()
                .with_timezone("UTC"),
        ),
        Stored::Microseconds => Arc::new(
            numbers()
                .collect::<PrimitiveArray<TimestampMicrosecondType>>()
                .with_timezone("UTC"),
        ),
        Stored::Nanoseconds => Arc::new(
            numbers()
                .collect::<PrimitiveArray<TimestampNanosecondType>>()
                .with_timezone("+03:00"),
        ),
        Stored::WallClock => Arc::new(numbers().collect::<PrimitiveArray<TimestampNanosecondType>>()),
        Stored::Day => Arc::new(small().collect::<Date32Array>()),
        Stored::List => {
            let lists = texts().map(|text| text.map(|text| text.split(' ').map(Some).collect::<Vec<_>>()));
            let mut builder = arrow_array::builder::ListBuilder::new(arrow_array::builder::StringBuilder::new());
            lists.for_each(|list| builder.append_option(list));
            let lists: ListArray = builder.finish();
            Arc::new(lists)
        }
        Stored::Nothing => Arc::new(NullArray::new(values.len())),
    }
}

fn values() -> impl Strategy<Value = Vec<Option<usize>>> {
    prop::collection::vec(prop::option::weighted(0.85, 0_usize..1000), ROWS)
}

/// A column as a table would have it for its field, or else any.
fn of_field(
    name: &'static str,
    stored: &'static [Stored],
    texts: &'static [&'static str],
) -> impl Strategy<Value = Option<(&'static str, ArrayRef)>> {
    let usual = (prop::sample::select(stored), values()).prop_map(|(stored, values)| column(stored, texts, &values));
    let any = (prop::sample::select(STORED), values()).prop_map(|(stored, values)| column(stored, TEXTS, &values));
    let array = prop_oneof![5 => usual, 1 => any];
    prop::option::weighted(0.95, array.prop_map(move |array| (name, array)))
}

const IN_TEXTS: &[Stored] = &[
    Stored::Text,
    Stored::LongText,
    Stored::TextView,
    Stored::Dictionary,
    Stored::WideDictionary,
];

fn table() -> impl Strategy<Value = RecordBatch> {
    const INSTANTS: &[Stored] = &[
        Stored::Milliseconds,
        Stored::Nanoseconds,
        Stored::Text,
        Stored::Dictionary,
    ];
    const IN_NUMBERS: &[Stored] = &[
        Stored::Whole,
        Stored::SmallWhole,
        Stored::Unsigned,
        Stored::Float,
        Stored::Decimal(0),
        Stored::Decimal(3),
        Stored::Decimal(12),
        Stored::NumberDictionary,
    ];
    const TIMES: &[&str] = &["2024-07-08T10:00:00Z", "2024-07-08T10:00:00.5+03:00"];
    const KINDS: &[&str] = &["ping", "attack", "consultation", "funding", "mixed", " ping", "pong"];
    let time = (prop::sample::select(INSTANTS), values())
        .prop_map(|(stored, values)| Some(("time", column(stored, TIMES, &values))));
    let kind = (prop::sample::select(IN_TEXTS), values())
        .prop_map(|(stored, values)| Some(("type", column(stored, KINDS, &values))));
    let columns = (
        (time, kind),
        of_field("id", IN_TEXTS, TEXTS),
        of_field("against", IN_TEXTS, &["US", "UA"]),
        of_field("kind", IN_TEXTS, &["threat", "armed_attack"]),
        of_field("between", &[Stored::List], &["US UA", "UA"]),
        of_field("amount", IN_TEXTS, &["100 USD", "-0.5 USD", "1  USD"]),
        of_field("remark", IN_TEXTS, TEXTS),
        of_field("count", IN_NUMBERS, &["1"]),
        of_field("done", &[Stored::Truth], &["true"]),
        of_field("since", INSTANTS, TIMES),
        of_field("level", IN_TEXTS, &["low", "high"]),
        of_field("unused", STORED, TEXTS),
    );
    columns.prop_map(|((a, b), c, d, e, f, g, h, i, j, k, l, m)| {
        let columns = [a, b, c, d, e, f, g, h, i, j, k, l, m];
        let columns = columns.into_iter().flatten().map(|(name, array)| (name, array, true));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    })
}

fn origin(row: usize) -> Origin {
    Origin {
        input: InputId(0),
        line: row as u64 + 1,
        offset: row as u64,
        length: 0,
    }
}

/// What the rows of a batch come to: on the short way, where it takes them, and on the long one.
fn both_ways(rows: &RecordBatch, asked: &Asked<'_>) -> Vec<(Option<String>, String)> {
    let schema = Schema::new(asked, None);
    let fields = rows.schema();
    let names: Vec<Option<&str>> = fields
        .fields()
        .iter()
        .map(|field| Some(field.name().as_str()))
        .collect();
    let mut short = schema.row(&names).unwrap();
    let batch = Batch::new(rows.clone());
    let outcomes = (0..rows.num_rows()).map(|row| {
        let mut cells = RowCells { batch: &batch, row };
        let record = short.record(&mut cells, origin(row));
        let long = schema.record(&pairs(rows, row), origin(row));
        (
            record.map(|record| format!("{:?}", Ok::<_, ()>(record))),
            format!("{long:?}"),
        )
    });
    outcomes.collect()
}

fn parquet(batch: &RecordBatch, times: usize) -> Vec<u8> {
    let properties = ::parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(8))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    (0..times).for_each(|_| writer.write(batch).unwrap());
    writer.close().unwrap();
    bytes
}

fn arrow(batch: &RecordBatch, times: usize) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    (0..times).for_each(|_| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

/// What the records of a log come to, and how they are shown. It is read by a crew of so many helpers or without one.
fn read<'m>(bytes: &[u8], format: Format, asked: &Asked<'m>, helpers: Option<usize>) -> Vec<(String, Option<String>)> {
    let inputs = inputs(bytes, format);
    let outcomes = |crew: Option<&Crew<'m>>| -> Vec<_> {
        let mut reader = reader::open(&inputs, InputId(0), asked, Limits::default(), crew).unwrap();
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    };
    let outcomes = match helpers {
        None => outcomes(None),
        Some(helpers) => Crew::with(helpers, |crew| outcomes(Some(crew))),
    };
    let origins = outcomes.iter().map(|outcome| match outcome {
        Ok(record) => record.origin(),
        Err(problems) => problems[0].origin,
    });
    let excerpts = Excerpts::fetch(&inputs, origins.clone(), 1000).unwrap();
    let shown = origins.map(|origin| excerpts.get(origin).map(|excerpt| excerpt.text.clone()));
    let outcomes = outcomes.iter().map(|outcome| format!("{outcome:?}"));
    outcomes.zip(shown).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_short_way_says_nothing_else_than_the_long_one(rows in table()) {
        for (short, long) in both_ways(&rows, &Asked::all(&model())) {
            prop_assert_eq!(short.as_ref().unwrap_or(&long), &long);
        }
    }

    #[test]
    fn a_strict_reading_holds_to_the_rules_what_nobody_asks_for(rows in table()) {
        let model = model();
        let asked = both_ways(&rows, &Asked::all(&model));
        let strict = both_ways(&rows, &Asked::only(&model, |_| false).strict());
        for ((asked, _), (strict, _)) in asked.iter().zip(&strict) {
            prop_assert_eq!(asked.is_some(), strict.is_some());
        }
    }

    #[test]
    fn no_row_is_longer_than_its_batch_says(rows in table()) {
        let longest = u32::try_from(Batch::new(rows.clone()).longest()).unwrap();
        let limits = Limits { record_bytes: longest, ..Limits::default() };
        for row in 0..rows.num_rows() {
            prop_assert!(!is_longer(&rows, row, limits));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn columns_that_are_not_needed_and_threads_change_nothing(
        rows in table(),
        wanted in any::<u8>(),
        times in prop_oneof![8 => 1_usize..5, 1 => Just(300)],
        helpers in 0_usize..3,
    ) {
        let model = model();
        let asked = Asked::only(&model, |kind| wanted & 1 << kind.index() != 0);
        // All of a message of Arrow is there, whatever is needed.
        let whole = read(&arrow(&rows, times), Format::Arrow, &asked, None);
        let parquet = parquet(&rows, times);
        prop_assert_eq!(&read(&arrow(&rows, times), Format::Arrow, &asked, Some(helpers)), &whole);
        prop_assert_eq!(&read(&parquet, Format::Parquet, &asked, None), &whole);
        prop_assert_eq!(&read(&parquet, Format::Parquet, &asked, Some(helpers)), &whole);
    }
}

#[test]
fn what_is_common_in_tables_takes_the_short_way() {
    let kinds = ["ping", "attack", "funding", "mixed"];
    let count = [Stored::Whole, Stored::SmallWhole, Stored::Float, Stored::Decimal(3)];
    for (text, count) in IN_TEXTS.iter().take(4).zip(count) {
        let values: Vec<Option<usize>> = (0..kinds.len()).map(Some).collect();
        let column = |stored, texts| column(stored, texts, &values);
        let rows = RecordBatch::try_from_iter_with_nullable([
            ("time", column(Stored::Nanoseconds, &[]), true),
            ("type", column(*text, &["ping", "attack", "funding", "mixed"]), true),
            ("id", column(*text, &["a"]), true),
            ("against", column(*text, &["US"]), true),
            ("kind", column(*text, &["threat"]), true),
            ("amount", column(*text, &["100 USD"]), true),
            ("remark", column(Stored::Nothing, &[]), true),
            ("count", column(count, &[]), true),
            ("done", column(Stored::Truth, &[]), true),
            ("since", column(Stored::Seconds, &[]), true),
            ("level", column(*text, &["mid"]), true),
        ]);
        for (short, long) in both_ways(&rows.unwrap(), &Asked::all(&model())) {
            assert!(short.is_some(), "{long}");
        }
    }
}
