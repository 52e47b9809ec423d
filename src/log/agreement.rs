//! The same events, written in every format, are read as the same events; and damaged logs of every format do no harm.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, ListBuilder, StringBuilder,
    StringDictionaryBuilder, StructBuilder, TimestampNanosecondBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields};
use proptest::prelude::*;
use serde_json::{Map as Object, Value as Json, json};

use super::amend::Record;
use super::fixture::{inputs, model, outcomes_of};
use super::{Event, Format, Inputs, Limits, MapFile, Preset};
use crate::time::Instant;

/// An event as the log's own JSON has it, beside its time and type.
#[derive(Debug, Clone)]
struct Said {
    nanoseconds: i64,
    kind: &'static str,
    fields: Object<String, Json>,
}

const DAY: i64 = 86_400_000_000_000;

fn word() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "B", "7", "é", "<", "&", "\"", "'", ",", "x y", "\u{202e}", "\\", ":", "#", "&amp;", "]]>", "\n",
    ]);
    prop::collection::vec(piece, 1..5).prop_map(|pieces| format!("w{}", pieces.concat()))
}

fn number() -> impl Strategy<Value = Json> {
    // Whole numbers and thousandths, which every format can write exactly.
    prop_oneof![
        any::<i32>().prop_map(|number| json!(number)),
        (-99_999_i32..99_999).prop_map(|number| json!(f64::from(number) / 1000.0)),
    ]
}

/// Fields, each with a way to be absent.
fn fields() -> impl Strategy<Value = (&'static str, Object<String, Json>)> {
    let object = |pairs: Vec<(&str, Option<Json>)>| -> Object<String, Json> {
        let said = pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        said.collect()
    };
    let parties = prop::collection::vec(prop::sample::select(vec!["US", "UA"]), 1..3);
    let words = prop::collection::vec("w[a-z]{0,3}", 1..4);
    let attack = (
        word(),
        prop::sample::select(vec!["US", "UA"]),
        prop::sample::select(vec!["armed_attack", "threat"]),
    );
    let mixed = (
        prop::option::of(number()),
        prop::option::of(any::<bool>()),
        prop::option::of(0..40_000_i64),
        prop::option::of(0..20_000_i64),
        prop::option::of(1..500_u32),
        prop::option::of(prop::sample::select(vec!["low", "mid", "high"])),
        prop::option::of(prop::collection::vec(number(), 1..4)),
    );
    prop_oneof![
        1 => Just(("ping", Object::new())),
        3 => attack.prop_map(move |(id, against, kind)| {
            ("attack", object(vec![("id", Some(json!(id))), ("against", Some(json!(against))), ("kind", Some(json!(kind)))]))
        }),
        2 => (parties, prop::option::of(words)).prop_map(move |(between, topics)| {
            ("consultation", object(vec![("between", Some(json!(between))), ("topics", topics.map(|topics| json!(topics)))]))
        }),
        2 => (number(), prop::option::of(word())).prop_map(move |(amount, remark)| {
            ("funding", object(vec![("amount", Some(json!(format!("{amount} USD")))), ("remark", remark.map(|remark| json!(remark)))]))
        }),
        3 => mixed.prop_map(move |(count, done, since, day, notice, level, numbers)| {
            ("mixed", object(vec![
                ("count", count),
                ("done", done.map(|done| json!(done))),
                ("since", since.map(|days| json!(instant(days * DAY + 1)))),
                ("day", day.map(|days| json!(date(days)))),
                ("notice", notice.map(|hours| json!(format!("{hours} hours")))),
                ("level", level.map(|level| json!(level))),
                ("numbers", numbers.map(|numbers| json!(numbers))),
            ]))
        }),
    ]
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let one = (0..4_000_000_000_000_000_000_i64, fields()).prop_map(|(nanoseconds, (kind, fields))| Said {
        nanoseconds,
        kind,
        fields,
    });
    prop::collection::vec(one, 0..8)
}

fn instant(nanoseconds: i64) -> String {
    Instant::from_unix_nanoseconds(i128::from(nanoseconds))
        .unwrap()
        .to_string()
}

fn date(days: i64) -> String {
    instant(days * DAY)[..10].to_owned()
}

fn own(said: &Said) -> Json {
    let mut record = Object::new();
    record.insert("time".to_owned(), json!(instant(said.nanoseconds)));
    record.insert("type".to_owned(), json!(said.kind));
    record.extend(said.fields.clone());
    Json::Object(record)
}

/// A value as a cell or an attribute has it.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(elements) => elements.iter().map(plain).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

fn jsonl(said: &[Said]) -> String {
    said.iter().fold(String::new(), |mut text, said| {
        let _ = writeln!(text, "{}", own(said));
        text
    })
}

const COLUMNS: &[&str] = &[
    "id", "against", "kind", "between", "topics", "amount", "remark", "count", "done", "since", "day", "notice",
    "level", "numbers",
];

fn csv(said: &[Said]) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(["time", "type"].iter().chain(COLUMNS)).unwrap();
    for said in said {
        let cells = COLUMNS
            .iter()
            .map(|column| said.fields.get(*column).map(plain).unwrap_or_default());
        let head = [instant(said.nanoseconds), said.kind.to_owned()];
        writer.write_record(head.into_iter().chain(cells)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn yaml(said: &[Said]) -> String {
    said.iter().fold(String::new(), |mut text, said| {
        let _ = writeln!(text, "- {}", own(said));
        text
    })
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).replace('\n', "&#10;")
}

fn attribute(key: &str, value: &Json) -> String {
    let kind = match value {
        Json::Number(number) if number.is_i64() => "int",
        Json::Number(_) => "float",
        Json::Bool(_) => "boolean",
        Json::Array(elements) => {
            let elements: String = elements.iter().map(|element| attribute("e", element)).collect();
            return format!("<list key=\"{key}\"><values>{elements}</values></list>");
        }
        _ => "string",
    };
    format!("<{kind} key=\"{key}\" value=\"{}\"/>", escaped(&plain(value)))
}

fn xes(said: &[Said]) -> String {
    let mut text = "<?xml version=\"1.0\"?>\n<!-- <event> -->\n<log xes.version=\"1849-2016\">\n\
        <extension name=\"Time\" prefix=\"time\" uri=\"x\"/>\n<global scope=\"event\"><string key=\"type\" value=\"?\"/></global>\n"
        .to_owned();
    for said in said {
        // What an event has in common with others of its trace is said of the trace.
        let (case, own): (Vec<_>, Vec<_>) = said
            .fields
            .iter()
            .partition(|(key, _)| ["id", "level"].contains(&key.as_str()));
        let case: String = case.into_iter().map(|(key, value)| attribute(key, value)).collect();
        let own: String = own.into_iter().map(|(key, value)| attribute(key, value)).collect();
        let _ = writeln!(
            text,
            "<trace>{case}<event>\n<date key=\"time:timestamp\" value=\"{}\"/><string key=\"concept:name\" value=\"{}\"/>{own}</event></trace>",
            instant(said.nanoseconds),
            // Names are compared by their letters.
            said.kind.to_uppercase(),
        );
    }
    text + "</log>\n"
}

const XES_MAP: &str = "fields: {id: \"case:id\", level: \"case:level\"}\n";

fn ocel_event(said: &Said, at: usize) -> (Vec<Json>, Vec<String>) {
    let attributes = said.fields.iter().filter(|(key, _)| key.as_str() != "between");
    let attributes = attributes.map(|(key, value)| json!({"name": key, "value": value}));
    let related = said
        .fields
        .get("between")
        .and_then(Json::as_array)
        .into_iter()
        .flatten();
    let related = related
        .enumerate()
        .map(|(number, party)| format!("{at}-{number}-{}", plain(party)));
    (attributes.collect(), related.collect())
}

/// Objects cannot be parties of the model, so the parties of consultations are attributes of another form here.
fn ocel_json(said: &[Said]) -> String {
    let mut objects = Vec::new();
    let mut events = Vec::new();
    for (at, said) in said.iter().enumerate() {
        let (attributes, related) = ocel_event(said, at);
        let mut relations = Vec::new();
        for id in related {
            objects.push(json!({"id": id, "type": "Between"}));
            relations.push(json!({"objectId": id, "qualifier": "of"}));
        }
        events.push(json!({
            "id": format!("e{at}"), "type": said.kind, "time": instant(said.nanoseconds), "attributes": attributes,
            "relationships": relations,
        }));
    }
    json!({"objectTypes": [], "events": events, "eventTypes": [], "objects": objects}).to_string()
}

fn ocel_xml(said: &[Said]) -> String {
    let (mut objects, mut events) = (String::new(), String::new());
    for (at, said) in said.iter().enumerate() {
        let (attributes, related) = ocel_event(said, at);
        let mut inner = String::new();
        for attribute in attributes.iter().filter(|attribute| !attribute["value"].is_array()) {
            let (name, value) = (plain(&attribute["name"]), escaped(&plain(&attribute["value"])));
            let _ = write!(inner, "<attribute name=\"{name}\">{value}</attribute>");
        }
        let mut relations = String::new();
        for id in related {
            let _ = writeln!(objects, "<object id=\"{id}\" type=\"between\"/>");
            let _ = write!(relations, "<relationship object-id=\"{id}\" qualifier=\"of\"/>");
        }
        let (time, kind) = (instant(said.nanoseconds), said.kind);
        let _ = writeln!(
            events,
            "<event id=\"e{at}\" type=\"{kind}\" time=\"{time}\"><attributes>{inner}</attributes><objects>{relations}</objects></event>"
        );
    }
    format!("<log>\n<object-types/><objects>{objects}</objects>\n<events>\n{events}</events></log>")
}

/// What the ids of objects stand for in these logs.
fn ocel_map() -> String {
    let mut values = String::new();
    for at in 0..8 {
        for number in 0..3 {
            for party in ["US", "UA"] {
                let _ = write!(values, "{at}-{number}-{party}: {party}, ");
            }
        }
    }
    format!("fields: {{between: {{from: objects.between, values: {{{values}}}}}}}\n")
}

fn cloud_events(said: &[Said]) -> String {
    let events = said.iter().enumerate().map(|(at, said)| {
        let mut data = said.fields.clone();
        // An extension stands beside the data.
        let kind = data.remove("kind");
        let mut event = json!({
            "specversion": "1.0", "id": at.to_string(), "source": "/s", "type": said.kind, "time": instant(said.nanoseconds),
            "data": data,
        });
        if let (Some(kind), Some(event)) = (kind, event.as_object_mut()) {
            event.insert("kind".to_owned(), kind);
        }
        event
    });
    Json::Array(events.collect()).to_string()
}

/// Records of another shape, whose numbers and times are what others make of them.
fn foreign(said: &[Said]) -> String {
    let records = said.iter().map(|said| {
        let mut deep = Object::new();
        for (key, value) in &said.fields {
            let value = match value {
                Json::Array(elements) => json!(elements.iter().map(plain).collect::<Vec<_>>()),
                value if key == "amount" => json!(plain(value).trim_end_matches(" USD").parse::<f64>().unwrap()),
                value if key == "notice" => json!(plain(value).trim_end_matches(" hours").parse::<u64>().unwrap()),
                value if key == "against" => json!(if value == "UA" { "Ukraine" } else { "United States" }),
                value => json!(plain(value)),
            };
            deep.insert(format!("the {key}"), value);
        }
        json!({"at.ns": said.nanoseconds, "what": {"is": format!("a {}", said.kind)}, "v": {"w": deep}})
    });
    json!({"more": {"records": [1]}, "the records": records.collect::<Vec<_>>()}).to_string()
}

const FOREIGN_MAP: &str = "
records: the records
time: {from: [at, at.ns], format: epoch-nanoseconds}
type: what.is
types: {a ping: ping, a attack: attack, a consultation: consultation, a funding: funding, a mixed: mixed}
extra_fields: refuse
fields:
  id: v.w.the id
  against: {from: v.w.the against, values: {Ukraine: UA, United States: US}}
  between: v.w.the between
  amount: {from: v.w.the amount, unit: USD}
  count: v.w.the count
  done: v.w.the done
  since: v.w.the since
  notice: {from: v.w.the notice, unit: hours}
  numbers: v.w.the numbers
  level: v.w.the level
  topics: v.w.the topics
  remark: v.w.the remark
  day: v.w.the day
events:
  attack: {kind: [nowhere, v.w.the kind]}
";

fn thousandths(number: &Json) -> i128 {
    #[allow(clippy::cast_possible_truncation)]
    let thousandths = (number.as_f64().unwrap() * 1000.0).round() as i128;
    thousandths
}

fn decimals(values: impl Iterator<Item = Option<i128>>) -> ArrayRef {
    let mut builder = Decimal128Builder::new().with_precision_and_scale(30, 3).unwrap();
    values.for_each(|value| builder.append_option(value));
    Arc::new(builder.finish())
}

/// A column for every field, of the type that a table would have for it.
fn table(said: &[Said]) -> RecordBatch {
    let texts = |column: &str| -> ArrayRef {
        let mut builder = StringBuilder::new();
        said.iter()
            .for_each(|said| builder.append_option(said.fields.get(column).map(plain)));
        Arc::new(builder.finish())
    };
    let lists = |column: &str| -> ArrayRef {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for said in said {
            match said.fields.get(column).and_then(Json::as_array) {
                Some(elements) => builder.append_value(elements.iter().map(|element| Some(plain(element)))),
                None => builder.append_null(),
            }
        }
        Arc::new(builder.finish())
    };
    let mut times = TimestampNanosecondBuilder::new().with_timezone("Europe/Kyiv");
    said.iter().for_each(|said| times.append_value(said.nanoseconds));
    let mut kinds = StringDictionaryBuilder::<Int32Type>::new();
    said.iter().for_each(|said| kinds.append_value(said.kind));
    let mut done = BooleanBuilder::new();
    said.iter()
        .for_each(|said| done.append_option(said.fields.get("done").and_then(Json::as_bool)));
    let mut since = TimestampNanosecondBuilder::new().with_timezone("UTC");
    for said in said {
        let at: Option<Instant> = said.fields.get("since").map(|since| plain(since).parse().unwrap());
        since.append_option(at.map(|at| i64::try_from(at.unix_nanoseconds()).unwrap()));
    }
    let mut days = Date32Builder::new();
    for said in said {
        let day = said
            .fields
            .get("day")
            .map(|day| format!("{}T00:00:00Z", plain(day)).parse::<Instant>().unwrap());
        days.append_option(day.map(|day| i32::try_from(day.unix_nanoseconds() / i128::from(DAY)).unwrap()));
    }
    let parts = Fields::from(vec![
        Field::new("amount", DataType::Decimal128(30, 3), true),
        Field::new("currency", DataType::Utf8, true),
    ]);
    let amount = Decimal128Builder::new().with_precision_and_scale(30, 3).unwrap();
    let mut amounts = StructBuilder::new(parts, vec![Box::new(amount), Box::new(StringBuilder::new())]);
    for said in said {
        let amount = said.fields.get("amount").map(plain);
        let number = amount
            .as_ref()
            .map(|amount| json!(amount.trim_end_matches(" USD").parse::<f64>().unwrap()));
        amounts
            .field_builder::<Decimal128Builder>(0)
            .unwrap()
            .append_option(number.as_ref().map(thousandths));
        amounts
            .field_builder::<StringBuilder>(1)
            .unwrap()
            .append_option(number.as_ref().map(|_| "USD"));
        amounts.append(number.is_some());
    }
    let number = Decimal128Builder::new().with_precision_and_scale(30, 3).unwrap();
    let mut numbers = ListBuilder::new(number);
    for said in said {
        match said.fields.get("numbers").and_then(Json::as_array) {
            Some(elements) => numbers.append_value(elements.iter().map(|element| Some(thousandths(element)))),
            None => numbers.append_null(),
        }
    }
    let mut more = Int64Builder::new();
    said.iter().for_each(|_| more.append_value(7));
    let counts = said.iter().map(|said| said.fields.get("count").map(thousandths));
    RecordBatch::try_from_iter_with_nullable(vec![
        ("unused", Arc::new(more.finish()) as ArrayRef, true),
        ("time", Arc::new(times.finish()), true),
        ("type", Arc::new(kinds.finish()), true),
        ("id", texts("id"), true),
        ("against", texts("against"), true),
        ("kind", texts("kind"), true),
        ("between", lists("between"), true),
        ("topics", lists("topics"), true),
        ("amount", Arc::new(amounts.finish()), true),
        ("remark", texts("remark"), true),
        ("count", decimals(counts), true),
        ("done", Arc::new(done.finish()), true),
        ("since", Arc::new(since.finish()), true),
        ("day", Arc::new(days.finish()), true),
        ("notice", texts("notice"), true),
        ("level", texts("level"), true),
        ("numbers", Arc::new(numbers.finish()), true),
    ])
    .unwrap()
}

fn parquet(said: &[Said]) -> Vec<u8> {
    use ::parquet::basic::Compression;
    let batch = table(said);
    let properties = ::parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(3))
        .set_compression(Compression::SNAPPY)
        .build();
    let mut bytes = Vec::new();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn arrow_file(said: &[Said]) -> Vec<u8> {
    let batch = table(said);
    let options = arrow_ipc::writer::IpcWriteOptions::default()
        .try_with_compression(Some(arrow_ipc::CompressionType::LZ4_FRAME))
        .unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream(said: &[Said]) -> Vec<u8> {
    let batch = table(said);
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    for at in 0..batch.num_rows() {
        writer.write(&batch.slice(at, 1)).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

/// A log in every format, with the map that it needs.
fn logs(said: &[Said]) -> Vec<(&'static str, Format, Vec<u8>, Option<MapFile>)> {
    let map = |text: &str| Some(MapFile::read(text, &model()).unwrap_or_else(|mistakes| panic!("{mistakes:#?}")));
    vec![
        ("jsonl", Format::Jsonl, jsonl(said).into_bytes(), None),
        ("csv", Format::Csv, csv(said).into_bytes(), None),
        ("yaml", Format::Yaml, yaml(said).into_bytes(), None),
        ("parquet", Format::Parquet, parquet(said), None),
        ("arrow file", Format::Arrow, arrow_file(said), None),
        ("arrow stream", Format::Arrow, arrow_stream(said), None),
        ("xes", Format::Xes, xes(said).into_bytes(), map(XES_MAP)),
        (
            "ocel json",
            Format::Ocel,
            ocel_json(said).into_bytes(),
            map(&ocel_map()),
        ),
        ("ocel xml", Format::Ocel, ocel_xml(said).into_bytes(), map(&ocel_map())),
        (
            "cloudevents",
            Format::Json,
            cloud_events(said).into_bytes(),
            Some(MapFile::preset(Preset::CloudEvents)),
        ),
        ("foreign", Format::Json, foreign(said).into_bytes(), map(FOREIGN_MAP)),
    ]
}

fn opened(bytes: &[u8], format: Format, map: Option<MapFile>) -> Inputs {
    let inputs = inputs(bytes, format);
    match map {
        Some(map) => inputs.mapped(map),
        None => inputs,
    }
}

/// What is read, without its places.
fn events(name: &str, bytes: &[u8], format: Format, map: Option<MapFile>) -> Vec<(Instant, Event)> {
    let inputs = opened(bytes, format, map);
    let outcomes = outcomes_of(&inputs, Limits::default()).unwrap();
    let text = || String::from_utf8_lossy(bytes).into_owned();
    let events = outcomes.into_iter().map(|outcome| match outcome {
        Ok(Record::Event(event)) => Arc::unwrap_or_clone(event),
        other => panic!("{name}: {other:#?} in {}", text()),
    });
    events.map(|event| (event.time, event)).collect()
}

proptest! {
    #[test]
    fn every_format_says_the_same(said in said()) {
        let mut expected: Option<Vec<(Instant, Event)>> = None;
        for (name, format, bytes, map) in logs(&said) {
            // XML's attributes of OCEL hold no lists.
            let has_lists = |said: &Said| said.fields.iter().any(|(key, value)| value.is_array() && key != "between");
            if name == "ocel xml" && said.iter().any(has_lists) {
                continue;
            }
            let found = events(name, &bytes, format, map);
            match &expected {
                None => expected = Some(found),
                Some(expected) => {
                    prop_assert_eq!(found.len(), expected.len(), "{}", name);
                    for ((_, found), (_, expected)) in found.iter().zip(expected) {
                        prop_assert_eq!((found.time, found.kind, &found.fields), (expected.time, expected.kind, &expected.fields), "{}", name);
                    }
                }
            }
        }
    }
}

/// A way to damage a log.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Byte(usize, u8),
    Without(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<usize>().prop_map(Damage::Cut),
        3 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        1 => (any::<usize>(), 1..30_usize).prop_map(|(at, count)| Damage::Without(at, count)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damage: &[Damage]) -> Vec<u8> {
    for damage in damage {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match *damage {
            Damage::Cut(at) => bytes.truncate(at % length),
            Damage::Byte(at, byte) => bytes[at % length] = byte,
            Damage::Without(at, count) => {
                let start = at % length;
                bytes.drain(start..(start + count).min(length));
            }
        }
    }
    bytes
}

proptest! {
    #[test]
    fn damaged_logs_do_no_harm(said in said(), damage in prop::collection::vec(damage(), 1..4)) {
        for (_, format, bytes, map) in logs(&said) {
            let bytes = damaged(bytes, &damage);
            let inputs = opened(&bytes, format, map);
            let Ok(outcomes) = outcomes_of(&inputs, Limits { batch_bytes: 1 << 20, ..Limits::default() }) else {
                prop_assert!(format.is_binary());
                continue;
            };
            if !format.is_binary() {
                outcomes.iter().for_each(|outcome| super::fixture::check_places(&bytes, outcome));
            }
            let origins: Vec<_> = outcomes.iter().map(|outcome| match outcome {
                Ok(record) => record.origin(),
                Err(problems) => problems[0].origin,
            }).collect();
            let Ok(excerpts) = super::Excerpts::fetch(&inputs, origins.clone(), 200) else { continue };
            for (outcome, origin) in outcomes.iter().zip(origins) {
                let Some(excerpt) = excerpts.get(origin).filter(|excerpt| !excerpt.is_cut) else { continue };
                for problem in outcome.as_ref().err().into_iter().flatten() {
                    let range = problem.range.clone().unwrap_or(0..0);
                    prop_assert!(excerpt.text.get(range.clone()).is_some(), "{:?} in {}", problem, excerpt.text);
                }
                let range = inputs.locate(origin.input, &model(), (&excerpt.text, None), "time");
                prop_assert!(range.is_none_or(|range| excerpt.text.get(range).is_some()));
            }
        }
    }
}

/// What is wrong with the only record of a log, and the text that it is shown with.
fn wrong(bytes: &[u8], format: Format, map: Option<&str>) -> (super::Problem, String, String) {
    let map = map.map(|text| MapFile::read(text, &model()).unwrap());
    let inputs = opened(bytes, format, map);
    let outcome = outcomes_of(&inputs, Limits::default()).unwrap().remove(0);
    let problem = outcome.unwrap_err().remove(0);
    let excerpts = super::Excerpts::fetch(&inputs, [problem.origin], 4_096).unwrap();
    let text = excerpts
        .get(problem.origin)
        .map_or_else(String::new, |excerpt| excerpt.text.clone());
    let underlined = problem.range.clone().map_or("", |range| &text[range]).to_owned();
    (problem, text, underlined)
}

#[test]
fn what_is_wrong_with_a_row_is_shown_in_a_line_of_json() {
    let said = Said {
        nanoseconds: DAY,
        kind: "consultation",
        fields: [("between".to_owned(), json!(["US", "UX", "UA"]))]
            .into_iter()
            .collect(),
    };
    for (bytes, format) in [
        (parquet(std::slice::from_ref(&said)), Format::Parquet),
        (arrow_file(std::slice::from_ref(&said)), Format::Arrow),
    ] {
        let (problem, text, underlined) = wrong(&bytes, format, None);
        assert_eq!(
            problem.message,
            "an element of `between` names no party of the agreement: `UX`"
        );
        assert_eq!(problem.origin.line, 1);
        assert_eq!(
            text,
            r#"{"time": "1970-01-02T00:00:00Z", "type": "consultation", "between": ["US", "UX", "UA"]}"#
        );
        assert_eq!(underlined, "\"UX\"");
    }
}

#[test]
fn columns_are_held_to_the_rules_and_the_unread_ones_are_looked_at_for_what_is_lacking() {
    use arrow_array::{Float64Array, StringArray, TimestampMicrosecondArray};
    let write = |columns: Vec<(&str, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    };
    let text = |word: &str| Arc::new(StringArray::from(vec![word])) as ArrayRef;
    let naive = || Arc::new(TimestampMicrosecondArray::from(vec![1_720_422_000_000_001])) as ArrayRef;
    let found = wrong(
        &write(vec![("when", naive()), ("type", text("ping"))]),
        Format::Parquet,
        None,
    );
    assert_eq!(found.0.message, "the table has no column `time`");
    assert_eq!(
        found.0.help.as_deref(),
        Some("the table has `when`: rename it to `time`")
    );

    let found = wrong(&write(vec![("a", text("x")), ("b", text("y"))]), Format::Parquet, None);
    assert_eq!(
        found.0.help.as_deref(),
        Some("its columns are `a` and `b`: a map says which of them stand for `time` and `type`")
    );

    let attack = write(vec![
        ("time", text("2024-07-08T10:00:00Z")),
        ("type", text("attack")),
        ("id", text("a")),
        ("agianst", text("UA")),
        ("kind", text("threat")),
    ]);
    let found = wrong(&attack, Format::Parquet, None);
    assert_eq!(
        found.0.help.as_deref(),
        Some("the record has `agianst`: did you mean `against`?")
    );

    // A clock without a zone is no instant, unless the map says where it hung.
    let naive = write(vec![("time", naive()), ("type", text("ping"))]);
    let (problem, _, underlined) = wrong(&naive, Format::Parquet, None);
    assert_eq!(
        problem.message,
        "`time` has no offset from UTC, so it is not one instant"
    );
    assert_eq!(underlined, "\"2024-07-08T07:00:00.000001\"");
    let map = MapFile::read("time: {from: time, zone: Europe/Kyiv}", &model()).unwrap();
    let found = events("naive", &naive, Format::Parquet, Some(map));
    assert_eq!(found[0].0.to_string(), "2024-07-08T04:00:00.000001Z");

    // A float is what it is written as.
    let float = |number: f64| {
        let number = Arc::new(Float64Array::from(vec![number])) as ArrayRef;
        write(vec![
            ("time", text("2024-07-08T10:00:00Z")),
            ("type", text("mixed")),
            ("count", number),
        ])
    };
    let found = events("float", &float(0.1), Format::Parquet, None);
    assert_eq!(super::fixture::shown(&found[0].1, "count").as_deref(), Some("0.1"));
    let (problem, ..) = wrong(&float(1.0 / 3.0), Format::Parquet, None);
    assert_eq!(
        problem.message,
        "`count` cannot be kept exactly: it has more than 9 decimals"
    );
    let (problem, ..) = wrong(&float(f64::NAN), Format::Parquet, None);
    assert_eq!(problem.message, "`count` has no value: it is not a finite number");
}

#[test]
fn only_the_columns_that_the_rules_know_are_read() {
    let said = Said {
        nanoseconds: 0,
        kind: "ping",
        fields: Object::new(),
    };
    let bytes = parquet(&[said]);
    let inputs = inputs(&bytes, Format::Parquet);
    outcomes_of(&inputs, Limits::default()).unwrap();
    let columns = inputs.columns(super::InputId(0)).unwrap();
    assert_eq!(columns, (1..17).collect::<Vec<usize>>());
}

#[test]
fn a_log_of_bytes_that_is_cut_off_is_refused() {
    let said = Said {
        nanoseconds: 0,
        kind: "ping",
        fields: Object::new(),
    };
    for (bytes, format) in [
        (parquet(std::slice::from_ref(&said)), Format::Parquet),
        (arrow_file(std::slice::from_ref(&said)), Format::Arrow),
    ] {
        let packed = zstd::encode_all(bytes.as_slice(), 3).unwrap();
        assert_eq!(
            outcomes_of(&inputs(&packed, format), Limits::default()).unwrap().len(),
            1
        );
        for length in [bytes.len() / 2, 30, 8, 0] {
            let error = outcomes_of(&inputs(&bytes[..length], format), Limits::default()).unwrap_err();
            assert!(error.help().is_some(), "{error}");
        }
    }
}

const XES: &str = "<log>
<trace><string key=\"concept:name\" value=\"7\"/>
<event><date key=\"time:timestamp\" value=\"2024-07-08T10:00:00.000+03:00\"/><string key=\"concept:name\" value=\"Attack\"/>
<string key=\"against\" value=\"UX\"/><string key=\"kind\" value=\"threat\"/></event></trace></log>";

#[test]
fn what_is_wrong_with_an_xml_event_is_told_in_its_own_words() {
    let (problem, text, underlined) = wrong(XES.as_bytes(), Format::Xes, Some("fields: {id: \"case:concept:name\"}"));
    assert_eq!(problem.message, "`against` names no party of the agreement: `UX`");
    assert_eq!(problem.origin.line, 3);
    assert_eq!(underlined, "UX");
    assert!(text.starts_with("<event>") && text.ends_with("</event>"));
    let (problem, ..) = wrong(XES.as_bytes(), Format::Xes, Some("fields: {id: \"org:resource\"}"));
    assert_eq!(
        problem.message,
        "the record lacks `org:resource`, which `attack` needs as `id`"
    );
    let unzoned = XES.replace("+03:00", "");
    let (problem, ..) = wrong(unzoned.as_bytes(), Format::Xes, None);
    assert_eq!(
        problem.message,
        "`time:timestamp` has no offset from UTC, so it is not one instant"
    );
    assert_eq!(
        problem.help.as_deref(),
        Some("say in the map where its clock hung, as in `zone: Europe/Kyiv`")
    );
}

#[test]
fn xml_cannot_grow_or_nest_without_bound() {
    let entity = "<!DOCTYPE log [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>".to_owned()
        + &XES.replace("UX", "&b;");
    let (problem, ..) = wrong(
        entity.as_bytes(),
        Format::Xes,
        Some("fields: {id: \"case:concept:name\"}"),
    );
    assert_eq!(
        problem.message,
        "`against` has no value: it has an entity that is not one of XML's own"
    );
    let deep = format!("<log><trace><event>{}", "<list key=\"a\">".repeat(1_000_000));
    let (problem, ..) = wrong(deep.as_bytes(), Format::Xes, None);
    assert_eq!(problem.message, "elements are nested more deeply than in any log");
    let inputs = inputs(&deep, Format::Xes);
    let limits = Limits {
        record_bytes: 1_000,
        ..Limits::default()
    };
    let problem = outcomes_of(&inputs, limits).unwrap().remove(0).unwrap_err().remove(0);
    assert_eq!(problem.message, "the record is longer than 1000 bytes");
    let (problem, ..) = wrong(&XES.as_bytes()[..XES.len() - 22], Format::Xes, None);
    assert_eq!(problem.message, "the log ends inside `<event>`");
}

#[test]
fn problems_of_a_mapped_log_are_told_in_its_own_names() {
    let map = "time: occurred\ntype: what\ntypes: {hit: attack}\nfields: {against: to.whom, id: nr}\n";
    let wrong = |record: &str| {
        let (problem, _, underlined) = wrong(record.as_bytes(), Format::Jsonl, Some(map));
        (problem.message, underlined, problem.help.unwrap_or_default())
    };
    let (message, underlined, _) = wrong(
        r#"{"occurred": "2024-07-08T10:00:00Z", "what": "hit", "nr": 7, "to": {"whom": "UX"}, "kind": "threat"}"#,
    );
    assert_eq!(message, "`to.whom` names no party of the agreement: `UX`");
    assert_eq!(underlined, "\"UX\"");
    let (message, underlined, help) = wrong(r#"{"occurred": "2024-07-08T10:00:00Z", "what": "hits"}"#);
    assert_eq!(message, "neither a rule nor the map has an event type `hits`");
    assert_eq!(underlined, "\"hits\"");
    assert_eq!(help, "did you mean `hit`?");
    let (message, _, help) = wrong(r#"{"ocurred": "2024-07-08T10:00:00Z", "what": "ping"}"#);
    assert_eq!(message, "the record lacks `occurred`, which the map takes for `time`");
    assert_eq!(help, "the record has `ocurred`: mend it there, or in the map");
    let (message, _, help) = wrong(r#"{"occurred": "2024-07-08T10:00:00Z", "what": "hit", "nr": 7, "kind": "threat"}"#);
    assert_eq!(message, "the record lacks `to.whom`, which `attack` needs as `against`");
    assert_eq!(
        help,
        "add it, or declare it as `optional party` if an event may lack it"
    );
    let (message, _, help) = wrong(r#"{"occurred": 1720422000, "what": "ping"}"#);
    assert_eq!(message, "`occurred` is not an instant that exists: `1720422000`");
    assert!(help.contains("epoch-seconds"), "{help}");
}

#[test]
fn records_that_a_map_ignores_still_tell_the_time() {
    let map = |ignore: &str| MapFile::read(&format!("ignore: {ignore}\nextra_fields: refuse\n"), &model()).unwrap();
    let text = "{\"time\":\"2024-07-08T10:00:00Z\",\"type\":\"tick\",\"x\":1}\n{\"time\":\"2024-07-08T11:00:00Z\",\"type\":\"ping\"}\n";
    for ignore in ["others", "[tick]"] {
        let outcomes = outcomes_of(
            &opened(text.as_bytes(), Format::Jsonl, Some(map(ignore))),
            Limits::default(),
        )
        .unwrap();
        assert!(matches!(&outcomes[0], Ok(Record::Ignored { time, .. }) if time.to_string() == "2024-07-08T10:00:00Z"));
        assert!(matches!(&outcomes[1], Ok(Record::Event(_))));
    }
    let outcomes = outcomes_of(
        &opened(text.as_bytes(), Format::Jsonl, Some(map("[tock]"))),
        Limits::default(),
    )
    .unwrap();
    assert!(outcomes[0].is_err());
    let more = text.replace("ping\"", "ping\",\"idd\":2");
    let (problem, _, underlined) = wrong(
        more.lines().last().unwrap().as_bytes(),
        Format::Jsonl,
        Some("extra_fields: refuse"),
    );
    assert_eq!(problem.message, "nothing reads `idd` of the record");
    assert_eq!(underlined, "\"idd\"");
}

#[test]
fn every_mistake_in_a_map_is_told_at_its_place() {
    let text = "presett: xes
time: {from: at, format: epoch-second, zone: Europe/Kiev2}
type: {always: pingg}
types: {hit: atack}
ignore: [hit]
names: looose
fields:
  againstt: x
  against: {from: x, values: {Ukraine: UAA}}
  amount: {from: y, unit: EUR}
  time: z
  count: {format: epoch-seconds, from: c}
  day: {from: d, format: \"%H\"}
events:
  attack: {amount: y}
  none: {}
  mixed: {notice: {from: n, unit: days}, level: {}}
time: again
";
    let mistakes = MapFile::read(text, &model()).unwrap_err();
    let told: Vec<(&str, &str, &str)> = mistakes
        .iter()
        .map(|mistake| {
            (
                mistake.kind.name(),
                &text[mistake.range.clone()],
                mistake.help.as_deref().unwrap_or(""),
            )
        })
        .collect();
    let expected = [
        ("unknown-key", "presett", "did you mean `preset`?"),
        ("unknown-format", "epoch-second", "did you mean `epoch-seconds`?"),
        ("unknown-zone", "Europe/Kiev2", "did you mean `Europe/Kiev`?"),
        ("unknown-event-type", "pingg", "did you mean `ping`?"),
        ("unknown-event-type", "atack", "did you mean `attack`?"),
        ("wrong-form", "looose", "did you mean `loose`?"),
        ("unknown-field", "againstt", "did you mean `against`?"),
        ("unknown-value", "UAA", "did you mean `UA`?"),
        (
            "wrong-unit",
            "EUR",
            "write `unit: USD` if it is in USD; nothing converts one currency into another",
        ),
        (
            "unknown-field",
            "time",
            "write `time:` beside `fields:` and `events:`, as it is the same for all event types",
        ),
        ("wrong-form", "format", ""),
        (
            "unknown-format",
            "\"%H\"",
            "patterns are those of strptime, as in \"%d/%m/%Y %H:%M:%S\" or \"%Y%m%dT%H%M%S%z\"",
        ),
        (
            "unknown-field",
            "amount",
            "fields known here: `id`, `against` and `kind`",
        ),
        (
            "unknown-event-type",
            "none",
            "event types known here: `ping`, `attack`, `consultation`, `funding` and `mixed`",
        ),
        (
            "wrong-unit",
            "days",
            "units of an exact length of time are `hours`, `minutes` and `seconds`",
        ),
        (
            "missing-key",
            "{}",
            "write `from: PATH`, or `always: WORD` where the log does not say it",
        ),
        ("repeated", "time", "keep one of the two"),
    ];
    assert_eq!(told, expected);
    assert_eq!(MapFile::read("a: [", &model()).unwrap_err()[0].kind.name(), "not-yaml");
    assert_eq!(MapFile::read("- a", &model()).unwrap_err()[0].kind.name(), "wrong-form");
    assert!(MapFile::read("", &model()).is_ok());
}

#[test]
fn the_list_of_records_in_an_object_is_found_or_its_keys_are_told() {
    let map = || Some(MapFile::read("records: Records", &model()).unwrap());
    let ping = r#"{"time": "2024-07-08T10:00:00Z", "type": "ping"}"#;
    let text = format!("{{\n\"a:}}\": [{{\"Records\": []}}, \"}}\"], \"Records\" : [\n{ping}, {ping}], \"more\": 1}}");
    for format in [Format::Json, Format::Jsonl] {
        let found = events("records", text.as_bytes(), format, map());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].1.origin.line, 3);
    }
    for (text, message, help) in [
        (
            r#"{"records": []}"#,
            "the log's object has no list `Records`",
            "did you mean `records`?",
        ),
        (
            r#"{"Records": {}}"#,
            "`Records` is not a list",
            "its elements are the records",
        ),
        (
            "[]",
            "the log is not a JSON object",
            "the records are the list at the key `Records` of the object that the log is",
        ),
        ("{}", "the log's object has no list `Records`", "the object is empty"),
    ] {
        let (problem, ..) = wrong(text.as_bytes(), Format::Json, Some("records: Records"));
        assert_eq!(
            (problem.message.as_str(), problem.help.as_deref()),
            (message, Some(help))
        );
    }
}

#[test]
fn texts_are_read_through_maps_too() {
    let map = |text: &str| Some(MapFile::read(text, &model()).unwrap());
    let csv = "when; it,what,names\n2024-07-08T10:00:00,talk,US;UA\n".replace("; ", " ");
    let says =
        "time: {from: when it, zone: Europe/Kyiv}\ntype: what\ntypes: {talk: consultation}\nfields: {between: names}\n";
    let found = events("csv", csv.as_bytes(), Format::Csv, map(says));
    assert_eq!(found[0].0.to_string(), "2024-07-08T07:00:00Z");
    assert_eq!(
        super::fixture::shown(&found[0].1, "between").as_deref(),
        Some("[US, UA]")
    );
    let (problem, ..) = wrong(csv.as_bytes(), Format::Csv, Some("time: wenn\ntype: {always: ping}"));
    assert_eq!(problem.message, "the header has no column `wenn`");
    assert_eq!(problem.help.as_deref(), Some("say in the map where `time` is"));

    let yaml = "- {when: {at: 8/7/2024 10:00}, who: UA}\n";
    let says = "time: {from: when.at, format: \"%d/%m/%Y %H:%M\", zone: Europe/Kyiv}\ntype: {always: consultation}\nfields: {between: who}\n";
    let found = events("yaml", yaml.as_bytes(), Format::Yaml, map(says));
    assert_eq!(found[0].0.to_string(), "2024-07-08T07:00:00Z");
    assert_eq!(super::fixture::shown(&found[0].1, "between").as_deref(), Some("[UA]"));
    let inputs = opened(yaml.as_bytes(), Format::Yaml, map(says));
    let range = inputs
        .locate(super::InputId(0), &model(), (yaml, None), "time")
        .unwrap();
    assert_eq!(&yaml[range], "8/7/2024 10:00");
    let (problem, _, underlined) = wrong(yaml.replace("8/7", "32/7").as_bytes(), Format::Yaml, Some(says));
    assert_eq!(
        problem.message,
        "`when.at` is not an instant: it is not written as the pattern says: `32/7/2024 10:00`"
    );
    assert_eq!(underlined, "32/7/2024 10:00");
}
