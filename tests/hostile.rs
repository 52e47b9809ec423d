//! Rules and logs that were written to hurt, given to the command as a person would: each is refused with a clear error, or read in bounded time and memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use parquet::basic::{GzipLevel, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use tempfile::TempDir;

const RULES: &str = r#"agreement a "A" {
  in force from 2024-01-01 for 2 years
  time zone "Europe/Kyiv"
  party US
}
event ping {}
event attack { id: text, n: optional number, len: optional duration, day: optional date, at: optional instant }
clause answered "Answered" { when attack x US must ensure ping p within 1 day }
"#;

const EVENT: &str = r#"{"time":"2024-07-08T10:00:00Z","type":"attack","id":"a"}"#;

/// No run of these tests may take longer, on a machine that others use too.
const PATIENCE: Duration = Duration::from_secs(120);

/// Far more than any of these runs needs, and far less than what they are asked to hold, in KiB.
const MEMORY: u64 = 1024 * 1024;

struct House {
    folder: TempDir,
}

/// What a run wrote, on one line without the drawing, and how it exited.
struct Came {
    out: String,
    errors: String,
    exit: i32,
}

impl House {
    fn new() -> House {
        let house = House {
            folder: tempfile::tempdir().unwrap(),
        };
        house.write("r.clause", RULES);
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Came {
        let servanda = assert_cmd::cargo::cargo_bin("servanda");
        // The shell sets the bound on memory, which a process cannot be given in another safe way.
        let mut command = if cfg!(target_os = "linux") {
            let mut command = Command::new("sh");
            let bounded = format!("ulimit -v {MEMORY}; exec \"$@\"");
            command.args(["-c", &bounded, "sh"]).arg(servanda);
            command
        } else {
            Command::new(servanda)
        };
        let started = Instant::now();
        let output = command
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env_remove("COLUMNS")
            .args(arguments)
            .args(["--width", "200"])
            .timeout(PATIENCE)
            .output()
            .unwrap();
        assert!(started.elapsed() < PATIENCE, "{arguments:?} takes too long");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("output in UTF-8");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let (out, errors) = (text(&output.stdout), text(&output.stderr));
        assert!(!errors.contains("panicked"), "{errors}");
        let exit = output.status.code();
        Came {
            exit: exit.unwrap_or_else(|| panic!("{arguments:?} was killed: {errors}")),
            out,
            errors,
        }
    }

    fn check(&self, log: &str) -> Came {
        self.run(&["check", "r.clause", "--log", log])
    }

    /// The run over rules and a log is refused, and says all of this.
    fn refuses(&self, arguments: &[&str], said: &[&str]) {
        let came = self.run(arguments);
        assert_eq!(came.exit, 2, "{arguments:?}: {} {}", came.out, came.errors);
        for said in said {
            assert!(came.errors.contains(said), "{said}: {}", came.errors);
        }
    }

    fn refuses_log(&self, log: &str, said: &[&str]) {
        self.refuses(&["check", "r.clause", "--log", log], said);
    }

    fn refuses_rules(&self, text: impl AsRef<[u8]>, said: &[&str]) {
        self.write("bad.clause", text);
        self.refuses(&["check", "bad.clause"], said);
    }

    /// What is wrong with the field of an event that is written like this.
    fn refuses_field(&self, field: &str, said: &[&str]) {
        self.write(
            "log.jsonl",
            EVENT.replace("\"id\":\"a\"", &format!("\"id\":\"a\",{field}")),
        );
        self.refuses_log("log.jsonl", said);
    }

    fn reads(&self, log: &str) {
        let came = self.check(log);
        assert_eq!(came.exit, 0, "{log}: {}", came.errors);
        assert!(came.out.contains("answered · · 1"), "{}", came.out);
    }
}

fn clause(condition: &str) -> String {
    format!("{RULES}clause c {{ when attack x where {condition} US must ensure ping p within 1 day }}\n")
}

/// A reader of one byte, so many times, without that they are held.
fn repeated(byte: u8, times: u64) -> io::Take<io::Repeat> {
    io::repeat(byte).take(times)
}

const GIB: u64 = 1024 * 1024 * 1024;

// Depth.

#[test]
fn rules_that_nest_without_end_are_refused() {
    let house = House::new();
    let deep = 100_000;
    let said = ["nests more than 64 levels deep", "close brackets earlier"];
    house.refuses_rules(
        clause(&format!("{}x.n == 1{}", "(".repeat(deep), ")".repeat(deep))),
        &said,
    );
    house.refuses_rules(clause(&format!("{}x.n == 1", "not ".repeat(deep))), &said);
    house.refuses_rules(format!("agreement a {}", "{".repeat(deep)), &said);
    house.refuses_rules(format!("event e {{ f: {}text }}", "set of ".repeat(deep)), &said);
    for open in ["(", "[", "{"] {
        house.write("bad.clause", open.repeat(deep));
        house.refuses(&["fmt", "bad.clause"], &["nests more than 64 levels deep"]);
    }
}

#[test]
fn conditions_without_end_take_bounded_time() {
    let house = House::new();
    for word in ["and", "or"] {
        let mut condition = "x.n != -1".to_owned();
        for number in 0..20_000 {
            write!(condition, " {word} x.n != {number}").unwrap();
        }
        house.write("long.clause", clause(&condition));
        let came = house.run(&["check", "long.clause"]);
        assert_eq!(came.exit, 0, "{word}: {}", came.errors);
    }
}

#[test]
fn logs_that_nest_without_end_are_read_or_refused() {
    let house = House::new();
    let deep = 200_000;
    let nested = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    let objects = format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep));
    // What the rules do not ask for is passed over, however deep.
    for value in [&nested, &objects] {
        let record = EVENT.replace("\"id\"", &format!("\"x\":{value},\"id\""));
        house.write("log.jsonl", &record);
        house.reads("log.jsonl");
        house.write("log.json", format!("[{record}]"));
        house.reads("log.json");
    }
    house.refuses_field(&format!("\"n\":{nested}"), &["`n` must be a number, and is a list"]);
    house.write(
        "log.yaml",
        format!("- {{time: 2024-07-08T10:00:00Z, type: attack, id: a, x: {nested}}}\n"),
    );
    house.refuses_log(
        "log.yaml",
        &["the log is not YAML from here on: recursion limit exceeded"],
    );
    house.write(
        "log.xes",
        format!(
            "<log><trace><event>{}{}</event></trace></log>",
            "<list key=\"x\">".repeat(deep),
            "</list>".repeat(deep)
        ),
    );
    house.refuses_log("log.xes", &["help:"]);
    house.write("log.map.yaml", format!("fields: {nested}"));
    house.refuses(
        &["check", "r.clause", "--log", "log.jsonl", "--map", "log.map.yaml"],
        &["recursion limit exceeded"],
    );
    house.write("deep.scenario.yaml", format!("scenarios: {nested}"));
    let came = house.run(&["test", "deep.scenario.yaml"]);
    assert_eq!(came.exit, 2);
    assert!(
        format!("{} {}", came.out, came.errors).contains("recursion limit exceeded"),
        "{}",
        came.errors
    );
}

// Size.

#[test]
fn a_million_clauses_are_refused() {
    let house = House::new();
    let mut text = RULES.to_owned();
    for number in 0..60_000 {
        writeln!(
            text,
            "clause c{number} {{ when attack US must ensure ping within 1 day }}"
        )
        .unwrap();
    }
    house.refuses_rules(
        &text,
        &["more than 50000 declarations", "check the files in several runs"],
    );
    house.write("used.clause", &text);
    house.refuses_rules(
        "use \"used.clause\"\n",
        &["these rules have more than 50000 declarations"],
    );
    for number in 60_000..1_000_000 {
        writeln!(
            text,
            "clause c{number} {{ when attack US must ensure ping within 1 day }}"
        )
        .unwrap();
    }
    house.refuses_rules(&text, &["more than 16 MiB", "split it into several files"]);
}

#[test]
fn how_many_declarations_there_can_be_is_said_by_whoever_runs_it() {
    let house = House::new();
    house.refuses(
        &["check", "r.clause", "--max-declarations", "3"],
        &["more than 3 declarations", "--max-declarations"],
    );
    let came = house.run(&["check", "r.clause", "--max-declarations", "4"]);
    assert_eq!(came.exit, 0, "{}", came.errors);
}

#[test]
fn a_line_of_a_gibibyte_is_passed_over_without_being_held() {
    let house = House::new();
    // A sparse file: a line of zeros that takes no room on the disk.
    let mut file = File::create(house.path("log.jsonl")).unwrap();
    writeln!(file, "{EVENT}").unwrap();
    file.set_len(GIB).unwrap();
    let said = ["the record is longer than 16 MiB", "`--max-record`", "log.jsonl:2:1"];
    house.refuses_log("log.jsonl", &said);
    let came = house.run(&["check", "r.clause", "--log", "log.jsonl", "--skip-invalid"]);
    assert_eq!(came.exit, 0, "{}", came.errors);
    assert!(came.out.contains("answered · · 1"), "{}", came.out);
}

#[test]
fn a_line_that_unpacks_to_gibibytes_is_passed_over_without_being_held() {
    let house = House::new();
    let line = || {
        EVENT
            .as_bytes()
            .chain(&b"\n{\"time\":\""[..])
            .chain(repeated(b'a', 2 * GIB))
    };
    let mut packed = zstd::Encoder::new(File::create(house.path("log.jsonl.zst")).unwrap(), 1).unwrap();
    io::copy(&mut line(), &mut packed).unwrap();
    packed.finish().unwrap();
    assert!(fs::metadata(house.path("log.jsonl.zst")).unwrap().len() < 1024 * 1024);
    house.refuses_log(
        "log.jsonl.zst",
        &["the record is longer than 16 MiB", "log.jsonl.zst:2:1"],
    );

    let file = File::create(house.path("log.jsonl.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    io::copy(&mut line().take(GIB / 4), &mut packed).unwrap();
    packed.finish().unwrap();
    house.refuses_log("log.jsonl.gz", &["the record is longer than 16 MiB"]);
}

#[test]
fn every_format_bounds_what_it_holds_of_a_bomb() {
    let house = House::new();
    let bomb = |name: &str, head: &str| {
        let mut packed = zstd::Encoder::new(File::create(house.path(name)).unwrap(), 1).unwrap();
        io::copy(&mut head.as_bytes().chain(repeated(b'a', GIB / 4)), &mut packed).unwrap();
        packed.finish().unwrap();
        house.path(name).display().to_string()
    };
    for (format, head, said) in [
        ("json", "[{\"time\":\"", "the log ends inside its list"),
        ("csv", "time,type,id\n", "longer than 16 MiB"),
        ("csv", "time,", "help:"),
        ("yaml", "- time: ", "holds more than 64 MiB of yaml"),
        ("xes", "<log><trace><event><string key=\"", "longer than 16 MiB"),
        ("ocel", "{\"events\":[{\"id\":\"", "the log ends inside its list"),
        ("arrow", "ARROW1\0\0", "help:"),
        ("parquet", "PAR1", "help:"),
    ] {
        let log = bomb("bomb.zst", head);
        house.refuses(&["check", "r.clause", "--log-format", format, "--log", &log], &[said]);
    }
}

/// A Parquet log of one row: an attack with this `id`, packed like this.
fn parquet(id: &str, kinds: Option<ArrayRef>, packing: parquet::basic::Compression) -> Vec<u8> {
    let text = |words: &str| Arc::new(StringArray::from(vec![words])) as ArrayRef;
    let mut columns = vec![
        ("time", text("2024-07-08T10:00:00Z")),
        ("type", text("attack")),
        ("id", text(id)),
    ];
    columns.extend(kinds.map(|kinds| ("kinds", kinds)));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(packing)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn pages_of_parquet_that_unpack_to_more_than_a_batch_may_take_are_refused() {
    use parquet::basic::Compression;
    const SAID: [&str; 2] = ["asks for more than 16 MiB for one batch of rows", "`--max-batch`"];
    const LENGTH: usize = 40 * 1024 * 1024;
    let house = House::new();
    let limited = ["check", "r.clause", "--log", "log.parquet", "--max-batch", "16MiB"];
    let long = "a".repeat(LENGTH);
    for packing in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        house.write("log.parquet", parquet(&long, None, packing));
        house.refuses(&limited, &SAID);
    }
    // What gzip holds has no end that the head of the page could set.
    let mut bytes = parquet(&long, None, Compression::GZIP(GzipLevel::default()));
    let said: Vec<u8> = varint(2 * (LENGTH as u64 + 4));
    let less = [vec![0x80; said.len() - 1], vec![0]].concat();
    let at = bytes.windows(said.len()).position(|window| window == said).unwrap();
    bytes[at..at + said.len()].copy_from_slice(&less);
    house.write("log.parquet", &bytes);
    house.refuses(&limited, &SAID);
    // With the limit as it is, a page may be as long as this, and a record may not.
    house.write("log.parquet", parquet(&long, None, Compression::SNAPPY));
    house.refuses_log("log.parquet", &["the record is longer than 16 MiB", "`--max-record`"]);
}

#[test]
fn lists_of_parquet_that_say_much_with_few_bytes_are_refused() {
    let house = House::new();
    house.write("r.clause", RULES.replace("id: text,", "id: text, kinds: set of text,"));
    let elements = 4_000_000;
    let mut kinds = ListBuilder::new(StringBuilder::new());
    for _ in 0..elements {
        kinds.values().append_null();
    }
    kinds.append(true);
    let packing = parquet::basic::Compression::ZSTD(ZstdLevel::default());
    let bytes = parquet("a", Some(Arc::new(kinds.finish())), packing);
    assert!(bytes.len() < 16 * 1024);
    house.write("log.parquet", bytes);
    house.refuses(
        &["check", "r.clause", "--log", "log.parquet", "--max-batch", "64MiB"],
        &["asks for more than 64 MiB for one batch of rows"],
    );
    house.refuses(
        &["check", "r.clause", "--log", "log.parquet", "--max-record", "1MiB"],
        &["the record is longer than 1 MiB"],
    );
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

#[test]
fn limits_can_be_set() {
    let house = House::new();
    let long = EVENT.replace("\"a\"", &format!("\"{}\"", "a".repeat(2000)));
    house.write("log.jsonl", &long);
    house.write("log.yaml", format!("[{long}]"));
    let limited = |log: &str, limit: &str, size: &str, said: &[&str]| {
        house.refuses(&["check", "r.clause", "--log", log, limit, size], said);
    };
    limited(
        "log.jsonl",
        "--max-record",
        "1KiB",
        &["the record is longer than 1 KiB"],
    );
    limited(
        "log.yaml",
        "--max-yaml",
        "1KiB",
        &["holds more than 1 KiB of yaml", "`--max-yaml`"],
    );
    let mut packed = zstd::Encoder::new(File::create(house.path("log.parquet")).unwrap(), 1).unwrap();
    io::copy(&mut (&b"PAR1"[..]).chain(repeated(0, 100_000)), &mut packed).unwrap();
    packed.finish().unwrap();
    limited(
        "log.parquet",
        "--max-unpacked",
        "64KiB",
        &["unpacks to more than 64 KiB", "`--max-unpacked`"],
    );
    for size in ["0", "1TiB", "x", "999999999999GiB", ""] {
        limited("log.jsonl", "--max-record", size, &["--max-record"]);
    }
    let came = house.run(&["check", "r.clause", "--log", "log.jsonl", "--max-record", "4KiB"]);
    assert_eq!(came.exit, 0, "{}", came.errors);
}

#[test]
fn a_baseline_without_end_is_refused() {
    let house = House::new();
    house.write("log.jsonl", EVENT);
    let file = File::create(house.path("baseline.json")).unwrap();
    file.set_len(GIB).unwrap();
    house.refuses(
        &["check", "r.clause", "--log", "log.jsonl", "--baseline", "baseline.json"],
        &["has more than 64 MiB", "help:"],
    );
}

// YAML.

#[test]
fn aliases_that_multiply_are_no_more_than_their_text() {
    let house = House::new();
    let mut text = "- a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..=40 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "  a{level}: &a{level} [{aliases}]").unwrap();
    }
    text.push_str("  time: 2024-07-08T10:00:00Z\n  type: attack\n  id: ");
    house.write("log.yaml", format!("{text}*a40\n"));
    house.refuses_log("log.yaml", &["`id` must be text, and is a list"]);
    house.write("log.yaml", format!("{text}a\n"));
    house.reads("log.yaml");
    house.write("log.yaml", "- &a [*a]\n- {<<: *b}\n");
    house.refuses_log("log.yaml", &["help:"]);
    house.write(
        "bomb.scenario.yaml",
        format!("rules: r.clause\nscenarios:\n{text}*a40\n"),
    );
    assert_eq!(house.run(&["test", "bomb.scenario.yaml"]).exit, 2);
}

// Numbers and times.

#[test]
fn numbers_that_are_none_are_refused() {
    let house = House::new();
    for number in ["NaN", "Infinity", "-Infinity", "+1", "01", "0x10", "1."] {
        house.refuses_field(&format!("\"n\":{number}"), &["the record is not JSON"]);
    }
    for number in ["1e400", "-1e400", "1000000000000000000"] {
        house.refuses_field(&format!("\"n\":{number}"), &["cannot be kept exactly", "below 10^18"]);
    }
    house.refuses_field("\"n\":1e-400", &["it has more than 9 decimals"]);
    house.refuses_field("\"n\":0.1234567891", &["it has more than 9 decimals"]);
    for text in ["NaN", "inf", "1e999", "١"] {
        house.write(
            "log.csv",
            format!("time,type,id,n\n2024-07-08T10:00:00Z,attack,a,{text}\n"),
        );
        house.refuses_log("log.csv", &["`n`", "help:"]);
        house.write(
            "log.yaml",
            format!("- {{time: 2024-07-08T10:00:00Z, type: attack, id: a, n: {text}}}\n"),
        );
        house.refuses_log("log.yaml", &["`n`"]);
    }
    house.write(
        "log.yaml",
        "- {time: 2024-07-08T10:00:00Z, type: attack, id: a, n: .nan}\n",
    );
    house.refuses_log("log.yaml", &["`n`"]);
    house.refuses_field("\"len\":\"99999999999999999999 days\"", &["is not a length of time"]);
    house.refuses_field("\"len\":\"9999999 days\"", &["below 580 years"]);
}

#[test]
fn times_that_are_none_are_refused() {
    let house = House::new();
    for (time, said) in [
        ("0000-01-01T00:00:00Z", "outside the years 1 to 9999"),
        ("-009999-01-02T00:00:00Z", "outside the years 1 to 9999"),
        ("9999-12-31T23:59:59Z", "outside the years 1 to 9999"),
        ("10000-01-01T00:00:00Z", "is not an instant that exists"),
        ("2024-02-30T00:00:00Z", "is not an instant that exists"),
        ("2024-07-08T24:00:00Z", "is not an instant that exists"),
        ("2024-07-08T10:00:61Z", "is not an instant that exists"),
        ("2024-03-31T03:30:00", "has no offset from UTC"),
    ] {
        house.write("log.jsonl", EVENT.replace("2024-07-08T10:00:00Z", time));
        house.refuses_log("log.jsonl", &[said, "help:"]);
        let came = house.run(&["check", "r.clause", "--log", "log.jsonl", "--as-of", time]);
        assert_eq!(came.exit, 2, "{time}");
    }
    house.refuses_field("\"day\":\"2023-02-29\"", &["is not a day of the calendar"]);
    house.refuses_field("\"day\":\"0000-00-00\"", &["is not a day of the calendar"]);
}

/// Civil time has no leap seconds: 23:59:60 is the second before midnight, as computers' clocks have it.
#[test]
fn a_leap_second_is_the_second_before_midnight() {
    let house = House::new();
    house.write(
        "log.jsonl",
        EVENT.replace("2024-07-08T10:00:00Z", "2024-12-31T23:59:60Z"),
    );
    house.reads("log.jsonl");
    let came = house.run(&["check", "r.clause", "--log", "log.jsonl", "--format", "json", "--all"]);
    assert!(came.out.contains("2025-01-01T01:59:59+02:00"), "{}", came.out);
}

#[test]
fn terms_reach_to_both_ends_of_the_calendar() {
    let house = House::new();
    for zone in ["Europe/Kyiv", "UTC", "America/New_York"] {
        for term in [
            "0001-01-01 for 9990 years",
            "9990-01-01 for 100 years",
            "0001-01-01 to 9999-12-31",
        ] {
            let rules = RULES
                .replace("2024-01-01 for 2 years", term)
                .replace("Europe/Kyiv", zone);
            house.write("r.clause", &rules);
            for time in ["0001-01-02T00:00:00Z", "9999-12-30T21:59:59Z"] {
                house.write("log.jsonl", EVENT.replace("2024-07-08T10:00:00Z", time));
                let came = house.check("log.jsonl");
                assert_eq!(came.exit, 0, "{zone}, {term}, {time}: {}", came.errors);
            }
        }
    }
    let none = RULES.replace("2024-01-01", "0000-01-01");
    house.refuses_rules(none, &["0000-01-01"]);
}

/// Clocks that were put forward or back: a log without offsets is read by a map's zone, and what its clocks never showed, or showed twice, is no instant.
#[test]
fn times_in_gaps_and_folds_are_refused() {
    let house = House::new();
    house.write("map.yaml", "time: {from: time, zone: Europe/Kyiv}\n");
    let mapped = ["check", "r.clause", "--log", "log.jsonl", "--map", "map.yaml"];
    for (time, said) in [("2024-03-31T03:30:00", "never"), ("2024-10-27T03:30:00", "twice")] {
        house.write("log.jsonl", EVENT.replace("2024-07-08T10:00:00Z", time));
        house.refuses(&mapped, &[said, "help:"]);
    }
    house.write(
        "log.jsonl",
        EVENT.replace("2024-07-08T10:00:00Z", "2024-03-31T04:30:00"),
    );
    assert_eq!(house.run(&mapped).exit, 0);
}

// Text.

#[test]
fn bytes_that_are_no_text_are_refused() {
    let house = House::new();
    let bad = |text: &str| [text.as_bytes(), b"\xff\xfe\x80"].concat();
    house.refuses_rules(bad(RULES), &["is not text in UTF-8", "iconv"]);
    for (name, head) in [
        ("log.jsonl", "{\"time\":\""),
        (
            "log.json",
            "[{\"time\":\"2024-07-08T10:00:00Z\",\"type\":\"attack\",\"id\":\"",
        ),
        ("log.csv", "time,type,id\n2024-07-08T10:00:00Z,attack,"),
        ("log.yaml", "- time: "),
    ] {
        house.write(name, [bad(head), b"\"}]\n".to_vec()].concat());
        house.refuses_log(name, &["not UTF-8", "iconv"]);
    }
    house.write("log.xes", bad("<log><trace><event><string key=\""));
    house.refuses_log("log.xes", &["help:"]);
    house.write("map.yaml", bad("time: "));
    house.write("log.jsonl", EVENT);
    house.refuses(
        &["check", "r.clause", "--log", "log.jsonl", "--map", "map.yaml"],
        &["is not text in UTF-8"],
    );
    house.write("a.scenario.yaml", bad("rules: "));
    house.refuses(&["test", "a.scenario.yaml"], &["UTF-8"]);
}

/// What steers a terminal, turns text round or starts a formula reaches no output as such.
#[test]
fn no_output_lets_text_act() {
    const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gnp.exe\u{2066}\u{9b}31m";
    let house = House::new();
    let escaped = EVIL.chars().fold(String::new(), |mut text, char| {
        write!(text, "\\u{:04x}", char as u32).unwrap();
        text
    });
    let acts = |text: &str| {
        text.chars().find(|char| {
            (char.is_control() && *char != '\n')
                || ('\u{202a}'..='\u{202e}').contains(char)
                || ('\u{2066}'..='\u{2069}').contains(char)
        })
    };
    house.write(
        "r.clause",
        format!("{RULES}clause quiet \"Quiet\" {{ US must avoid attack x }}\n"),
    );
    house.write("log.jsonl", EVENT.replace("\"a\"", &format!("\"{escaped}\"")));
    for format in [
        "pretty", "short", "json", "jsonl", "yaml", "sarif", "junit", "github", "csv",
    ] {
        let came = house.run(&["check", "r.clause", "--log", "log.jsonl", "--format", format, "--all"]);
        assert_eq!(came.exit, 1, "{format}: {}", came.errors);
        assert_eq!(acts(&came.out), None, "{format}");
    }
    // The same in what cannot be used, in the name of a file, and in rules.
    house.write("log.jsonl", EVENT.replace("attack", &escaped));
    assert_eq!(acts(&house.check("log.jsonl").errors), None);
    assert_eq!(acts(&house.check(EVIL).errors), None);
    let came = house.run(&["check", EVIL]);
    assert_eq!((came.exit, acts(&came.errors)), (2, None));
    house.refuses_rules(clause(&format!("x.id == {EVIL}")), &[]);
    let came = house.run(&["check", "bad.clause"]);
    assert_eq!(acts(&came.errors), None);
}

#[test]
fn no_cell_of_a_sheet_is_a_formula() {
    let house = House::new();
    house.write(
        "r.clause",
        format!("{RULES}clause quiet \"=HYPERLINK(1)\" {{ US must avoid more than 0 attack x for every x.id }}\n"),
    );
    for start in ["=1+1", "+1", "-1", "@SUM(A1)", "\\t=1", "＝1"] {
        house.write("log.jsonl", EVENT.replace("\"a\"", &format!("\"{start}\"")));
        let came = house.run(&[
            "check",
            "r.clause",
            "--log",
            "log.jsonl",
            "--format",
            "csv",
            "--all",
            "--output",
            "csv=out.csv",
        ]);
        assert_eq!(came.exit, 1, "{}", came.errors);
        let mut cells = 0;
        for row in csv::Reader::from_path(house.path("out.csv")).unwrap().records() {
            for cell in &row.unwrap() {
                cells += 1;
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']),
                    "{cell}"
                );
            }
        }
        assert!(cells > 20);
    }
}

// Files.

#[test]
fn a_log_in_the_place_of_rules_is_recognized() {
    let house = House::new();
    house.write("log.jsonl", EVENT);
    house.write("log", EVENT);
    house.write(
        "log.parquet",
        parquet("a", None, parquet::basic::Compression::UNCOMPRESSED),
    );
    for log in ["log.jsonl", "log", "log.parquet"] {
        let said = format!("`{log}` was given as a rule file, and is a log");
        let help = format!("did you mean `--log {log}`?");
        house.refuses(&["check", "r.clause", log], &[&said, &help]);
    }
}

#[test]
fn nothing_outside_of_the_root_is_read() {
    let house = House::new();
    house.write("secret.clause", "event secret {}\n");
    house.write("secret.days", "2024-01-01\n");
    let using = |path: &str| format!("use \"{path}\"\n{RULES}");
    let listing = |path: &str| {
        RULES.replace(
            "  party US",
            &format!("  working days monday to friday\n  holidays in \"{path}\"\n  party US"),
        )
    };
    let outside = |path: &str, of: &dyn Fn(&str) -> String| {
        house.write("inner/bad.clause", of(path));
        let came = house.run(&["check", "inner/bad.clause"]);
        assert_eq!(came.exit, 2, "{path}: {}", came.errors);
        assert!(came.errors.contains("forbidden-path"), "{path}: {}", came.errors);
        assert!(!came.errors.contains("event secret"), "{}", came.errors);
    };
    let absolute = house.path("secret.clause").display().to_string();
    for path in [
        "../secret.clause",
        "./x/../../secret.clause",
        "../none.clause",
        &absolute,
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.com/a.clause",
    ] {
        outside(path, &using);
    }
    for path in ["../secret.days", "/etc/passwd"] {
        outside(path, &listing);
    }
    #[cfg(unix)]
    {
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(house.path(to), house.path(name)).unwrap();
        link("secret.clause", "inner/link.clause");
        link("secret.days", "inner/link.days");
        link(".", "inner/folder");
        outside("link.clause", &using);
        outside("folder/secret.clause", &using);
        outside("link.days", &listing);
        outside("folder/secret.days", &listing);
        // What never ends is no file of rules.
        let made = std::process::Command::new("mkfifo")
            .arg(house.path("inner/pipe.clause"))
            .status()
            .unwrap();
        assert!(made.success());
        house.write("inner/bad.clause", using("pipe.clause"));
        house.refuses(&["check", "inner/bad.clause"], &["it is not a plain file"]);
        house.refuses(&["check", "/dev/zero"], &["more than 16 MiB"]);
        house.write("log.jsonl", EVENT);
        house.refuses(
            &["check", "r.clause", "--log", "log.jsonl", "--map", "/dev/zero"],
            &["more than 1 MiB"],
        );
    }
    // With a root that holds them, the same files can be used.
    house.write("inner/good.clause", using("../secret.clause"));
    let came = house.run(&["check", "inner/good.clause", "--rules-root", "."]);
    assert_eq!(came.exit, 0, "{}", came.errors);
}
