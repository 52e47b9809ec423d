//! Logs that nobody wrote for Servanda, checked by the command as they are.
//!
//! The logs in tests/data/foreign were written for these tests in the shape of those that ship with process-mining tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use assert_cmd::Command;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/foreign");

/// What a run writes to both of its streams, and its exit code.
fn run(arguments: &[&str]) -> (String, String, i32) {
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(FOLDER)
        .env("NO_COLOR", "1")
        .args(["check", "--width", "100"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap(),
    )
}

/// The lines of a report's table, without their blanks.
fn tallies(report: &str) -> Vec<String> {
    let lines = report.lines().skip_while(|line| !line.starts_with("──"));
    let lines = lines.skip(1).take_while(|line| !line.is_empty());
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

const FINES: [&str; 2] = ["sent_90d 2 1 ·", "paid_60d 1 1 ·"];

#[test]
fn a_log_of_traces_is_checked_as_it_is() {
    let (report, errors, exit) = run(&["fines.clause", "--log", "fines.xes", "--map", "fines.map.yaml"]);
    assert_eq!(exit, 1, "{errors}");
    assert_eq!(tallies(&report), FINES);
    assert!(report.contains("violated: `send_fine` came 44 d 1 h late"), "{report}");
    assert!(report.contains("fines.xes:20:"), "{report}");
    assert!(report.contains("1 record of types that the map ignores"), "{report}");

    let folder = tempfile::tempdir().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed
        .write_all(&fs::read(format!("{FOLDER}/fines.xes")).unwrap())
        .unwrap();
    let packed = written(folder.path(), "fines.xes.gz", &packed.finish().unwrap());
    let (again, ..) = run(&[
        "fines.clause",
        "--log",
        packed.to_str().unwrap(),
        "--map",
        "fines.map.yaml",
    ]);
    assert_eq!(tallies(&again), FINES);
}

#[test]
fn without_a_map_it_is_told_what_a_map_should_say() {
    let (_, errors, exit) = run(&["fines.clause", "--log", "fines.xes", "--all"]);
    assert_eq!(exit, 2);
    let whole = errors.replace("\n        ", " ");
    for said in [
        "`time:timestamp` has no offset from UTC, so it is not one instant",
        "say in the map where its clock hung, as in `zone: Europe/Kyiv`",
        "neither a rule nor the map has an event type `Add penalty`",
        "`ignore: [\"Add penalty\"]`",
        "`amount` must be an amount in EUR, and is `35.0`",
        "the record lacks `paid`, which `payment` needs",
    ] {
        assert!(whole.contains(said), "{said}: {whole}");
    }
}

/// The case, the activity, the day, an amount and an expense.
type Row = (&'static str, &'static str, &'static str, Option<f64>, Option<f64>);

/// The fines as a table, as programs make them of such logs.
fn table() -> RecordBatch {
    let instant = |day: &str| {
        let midnight: servanda::time::Instant = format!("{day}T00:00:00Z").parse().unwrap();
        i64::try_from(midnight.unix_nanoseconds() / 1_000_000).unwrap()
    };
    let rows: [Row; 10] = [
        ("A1", "Create Fine", "2006-07-24", Some(35.0), None),
        ("A1", "Send Fine", "2006-12-05", None, Some(11.0)),
        ("A2", "Create Fine", "2006-08-02", Some(36.5), None),
        ("A2", "Send Fine", "2006-09-12", None, Some(11.0)),
        ("A2", "Insert Fine Notification", "2006-09-20", None, None),
        ("A2", "Payment", "2006-10-02", Some(47.5), None),
        ("A3", "Create Fine", "2006-08-10", Some(22.0), None),
        ("A3", "Send Fine", "2006-09-01", None, Some(11.0)),
        ("A3", "Insert Fine Notification", "2006-09-15", None, None),
        ("A3", "Add penalty", "2006-11-14", Some(44.0), None),
    ];
    let text = |of: fn(&Row) -> &'static str| Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef;
    let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| instant(row.2)));
    RecordBatch::try_from_iter_with_nullable(vec![
        ("case:concept:name", text(|row| row.0), false),
        ("concept:name", text(|row| row.1), false),
        ("time:timestamp", Arc::new(times) as ArrayRef, false),
        ("org:resource", text(|_| "561"), false),
        (
            "amount",
            Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>()),
            true,
        ),
        (
            "expense",
            Arc::new(rows.iter().map(|row| row.4).collect::<Float64Array>()),
            true,
        ),
        (
            "paymentAmount",
            Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>()),
            true,
        ),
    ])
    .unwrap()
}

#[test]
fn a_table_made_of_such_a_log_is_checked_with_the_same_map() {
    let folder = tempfile::tempdir().unwrap();
    let batch = table();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let log = written(folder.path(), "fines.parquet", &bytes);
    let map = fs::read_to_string(format!("{FOLDER}/fines.map.yaml")).unwrap();
    let map = written(folder.path(), "map.yaml", format!("preset: xes\n{map}").as_bytes());
    let (log, map) = (log.to_str().unwrap(), map.to_str().unwrap());
    let (report, errors, exit) = run(&["fines.clause", "--log", log, "--map", map]);
    assert_eq!(exit, 1, "{errors}");
    assert_eq!(tallies(&report), FINES);
    assert!(
        report.contains("rows of ") && report.contains("fines.parquet:2:"),
        "{report}"
    );
    assert!(report.contains("2006-12-05T00:00:00"), "{report}");

    let (report, ..) = run(&["fines.clause", "--log", log, "--map", map, "--format", "json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert!(report.to_string().contains("fines.parquet"), "{report}");

    let cut = written(folder.path(), "cut.parquet", &bytes[..bytes.len() / 2]);
    let (_, errors, exit) = run(&["fines.clause", "--log", cut.to_str().unwrap(), "--map", map]);
    assert_eq!(exit, 2);
    assert!(
        errors.contains("the parquet data of") && errors.contains("is damaged"),
        "{errors}"
    );
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn object_centric_logs_are_checked_in_both_of_their_forms() {
    for log in ["orders.json", "orders.xmlocel"] {
        let (report, errors, exit) = run(&["orders.clause", "--log", log, "--map", "orders.map.yaml"]);
        assert_eq!(exit, 1, "{errors}");
        assert_eq!(tallies(&report), ["paid_30d · 1 ·"], "{report}");
        assert!(report.contains("came 1 ms late") || report.contains("late"), "{report}");
    }
}

#[test]
fn mistakes_in_a_map_are_shown_at_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let map = written(
        folder.path(),
        "map.yaml",
        b"time: {form: x}\ntypes: {Payment: paymnt}\n",
    );
    let (report, errors, exit) = run(&["fines.clause", "--log", "fines.xes", "--map", map.to_str().unwrap()]);
    assert_eq!((report.as_str(), exit), ("", 2));
    for said in [
        "map.yaml:1:8",
        "did you mean `from`?",
        "map.yaml:2:18",
        "did you mean `payment`?",
        "mistakes in the map",
    ] {
        assert!(errors.contains(said), "{said}: {errors}");
    }
    let (_, errors, exit) = run(&["fines.clause", "--log", "fines.xes", "--map", "cloudevent"]);
    assert_eq!(exit, 2);
    assert!(errors.contains("did you mean `cloudevents`?"), "{errors}");
}
