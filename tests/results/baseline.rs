//! Known violations, and what makes a run fail.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::documents::{assert_valid, schema};
use super::run::{json, root, servanda, text, write};

const RULES: &str = "tests/data/desk.clause";
const LOG: &str = "tests/data/desk.jsonl";

/// A check of some log with a baseline: its exit code, what it says, and its results.
fn check(log: &str, baseline: &Path, more: &[&str]) -> (i32, String, Value) {
    let base = ["check", RULES, "--log", log, "--baseline", baseline.to_str().unwrap()];
    let pretty = servanda(&[&base[..], more].concat());
    assert!(pretty.stderr.is_empty(), "{}", text(&pretty.stderr));
    let document = if more.contains(&"--update-baseline") {
        Value::Null
    } else {
        let document = json(&servanda(&[&base[..], more, &["--format", "json"]].concat()));
        assert_valid(&schema(None), &document, log);
        document
    };
    (pretty.status.code().unwrap(), text(&pretty.stdout), document)
}

fn with(lines: &[&str]) -> String {
    let log = fs::read_to_string(root().join(LOG)).unwrap();
    log + &lines.join("\n")
}

#[test]
fn known_violations_are_quiet_until_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("known.json");
    let (code, out, _) = check(LOG, &baseline, &["--update-baseline"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("baseline written: 2 new, 0 changed, 0 as before, 0 taken out"),
        "{out}"
    );
    let written = fs::read_to_string(&baseline).unwrap();

    // Nothing is said of them, though they are counted.
    let (code, out, document) = check(LOG, &baseline, &[]);
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("violated: ") && !out.contains("not kept: "), "{out}");
    assert!(
        out.contains("no violation, 2 known and not counted, 1 repaired"),
        "{out}"
    );
    assert_eq!(
        document["baseline"],
        json!({"known": 2, "changed": 0, "new": 0, "gone": 0})
    );
    assert_eq!(document["counts"]["violated"], 2);
    assert_eq!(document["failed"], false);

    // A log that goes on, with one more violation: only that one is told of.
    let more = with(&[
        r#"{"time":"2025-04-01T09:00:00+03:00","type":"asked","ticket":"T-9","urgency":"high"}"#,
        r#"{"time":"2025-04-09T09:00:00+03:00","type":"asked","ticket":"T-10","urgency":"low"}"#,
    ]);
    let log = write(folder.path(), "more.jsonl", &more);
    let (code, out, document) = check(log.to_str().unwrap(), &baseline, &[]);
    assert_eq!(code, 1);
    let told = document["instances"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|instance| instance["baseline"] == "new");
    assert!(told.clone().count() > 0);
    assert!(
        told.clone()
            .all(|instance| instance["failing"] == (instance["strength"] == "binding"))
    );
    assert!(out.contains("T-9") && !out.contains("T-2\""), "{out}");

    // The one that was missed is done after all, too late: it has changed.
    let late =
        with(&[r#"{"time":"2025-04-09T09:00:00+03:00","type":"answered","ticket":"T-2","by":"sam","level":"expert"}"#]);
    let log = write(folder.path(), "late.jsonl", &late);
    let (code, out, document) = check(log.to_str().unwrap(), &baseline, &[]);
    assert_eq!(code, 1, "{out}");
    assert_eq!(document["baseline"]["changed"], 1, "{out}");
    assert!(out.contains("(known, but otherwise than in the"), "{out}");

    // A log without it takes it out again.
    let records = fs::read_to_string(root().join(LOG)).unwrap();
    let without: Vec<&str> = records.lines().filter(|line| !line.contains("T-2")).collect();
    let log = write(
        folder.path(),
        "without.jsonl",
        &without.join(
            "
",
        ),
    );
    let (code, out, document) = check(log.to_str().unwrap(), &baseline, &[]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(document["baseline"]["gone"], 1);
    assert!(out.contains("1 of the baseline no longer violated"), "{out}");
    assert_eq!(fs::read_to_string(&baseline).unwrap(), written, "only an update writes");
    let (_, out, _) = check(log.to_str().unwrap(), &baseline, &["--update-baseline"]);
    assert!(out.contains("0 new, 0 changed, 1 as before, 1 taken out"), "{out}");
    let (_, out, _) = check(LOG, &baseline, &["--update-baseline"]);
    assert!(out.contains("1 new, 0 changed, 1 as before, 0 taken out"), "{out}");
    assert_eq!(
        fs::read_to_string(&baseline).unwrap(),
        written,
        "the order of the file is one"
    );
}

#[test]
fn every_format_knows_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("known.json");
    check(LOG, &baseline, &["--update-baseline"]);
    let written = |format: &str| {
        let output = servanda(&[
            "check",
            RULES,
            "--log",
            LOG,
            "--baseline",
            baseline.to_str().unwrap(),
            "--format",
            format,
        ]);
        assert_eq!(output.status.code(), Some(0), "{format}");
        text(&output.stdout)
    };
    for format in ["short", "github"] {
        assert!(
            written(format).lines().count() == 1 && written(format).contains("repaired"),
            "{format}"
        );
    }
    let sarif: Value = serde_json::from_str(&written("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<&Value> = results
        .iter()
        .filter(|result| result["suppressions"].is_array())
        .collect();
    assert_eq!(suppressed.len(), 2);
    assert!(suppressed.iter().all(|result| result["baselineState"] == "unchanged"));
    let junit = quick_junit::Report::deserialize_from_str(&written("junit")).unwrap();
    assert_eq!(junit.failures, 0);
    assert_eq!(written("csv").matches(",false,known\n").count(), 2);
    let stream = written("jsonl");
    assert_eq!(stream.matches(r#""baseline":"known""#).count(), 2);
    stream
        .lines()
        .for_each(|line| assert_valid(&schema(Some("line")), &serde_json::from_str(line).unwrap(), line));
    // A baseline can be written whatever else is written.
    let other = folder.path().join("other.json");
    let arguments = [
        "check",
        RULES,
        "--log",
        LOG,
        "--format",
        "jsonl",
        "--update-baseline",
        "--baseline",
    ];
    servanda(&[&arguments[..], &[other.to_str().unwrap()]].concat());
    assert_eq!(
        fs::read_to_string(other).unwrap(),
        fs::read_to_string(&baseline).unwrap()
    );
}

#[test]
fn mistakes_in_a_baseline_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let says = |path: &Path| {
        let output = servanda(&["check", RULES, "--log", LOG, "--baseline", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        text(&output.stderr)
    };
    let none = says(&folder.path().join("none.json"));
    assert!(
        none.contains("there is no baseline") && none.contains("--update-baseline"),
        "{none}"
    );
    let broken = write(folder.path(), "broken.json", "{\"version\":1,\n\"known\":[{}]}");
    let broken = says(&broken);
    assert!(
        broken.contains("is not a baseline") && broken.contains("line 2"),
        "{broken}"
    );
    let newer = write(folder.path(), "newer.json", r#"{"version":7,"known":[]}"#);
    assert!(says(&newer).contains("version 7"));
    assert!(says(folder.path()).contains("cannot be read"));
    let alone = servanda(&["check", RULES, "--log", LOG, "--update-baseline"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(text(&alone.stderr).contains("--baseline"));
    let output = write(folder.path(), "known.json", r#"{"version":1,"known":[]}"#);
    let spec = format!("json={}", output.display());
    let same = servanda(&[
        "check",
        RULES,
        "--log",
        LOG,
        "--baseline",
        output.to_str().unwrap(),
        "--output",
        &spec,
    ]);
    assert!(text(&same.stderr).contains("is read by this run"));
}

const TEXTS: &str = r#"
agreement texts {
  in force from 2025-01-01 for 1 year
  party US
}

event asked    { id: text }
event answered { id: text }
event marked   { mark: optional text }

clause answered {
  severity minor
  when asked a
  US must ensure answered r
    where r.id == a.id
    within 10 days
}

clause softly {
  severity critical
  when asked a
  US should ensure answered r
    where r.id == a.id
    within 20 days
}

clause goal {
  US aim to ensure answered r
    where r.id == "never"
}

clause clean {
  US must avoid marked m where m.mark == "bad"
}

clause often {
  US must ensure at least 2 asked a in each calendar month
}
"#;

/// The exit code of a check of what was asked on the first of February, as of some days later.
fn fails(fail_on: &[&str], days: u32, more: &str) -> i32 {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "texts.clause", TEXTS);
    let mut log = String::new();
    for time in ["2025-01-02", "2025-01-03"] {
        let _ = writeln!(log, r#"{{"time":"{time}T00:00:00Z","type":"asked","id":"early"}}"#);
        let _ = writeln!(log, r#"{{"time":"{time}T01:00:00Z","type":"answered","id":"early"}}"#);
    }
    log += "{\"time\":\"2025-02-01T00:00:00Z\",\"type\":\"asked\",\"id\":\"A\"}\n";
    log += more;
    let log = write(folder.path(), "log.jsonl", &log);
    let as_of = format!("2025-02-{:02}T00:00:00Z", 1 + days);
    let mut arguments = vec![
        "check",
        rules.to_str().unwrap(),
        "--log",
        log.to_str().unwrap(),
        "--as-of",
        &as_of,
    ];
    fail_on
        .iter()
        .for_each(|conditions| arguments.extend(["--fail-on", conditions]));
    let output = servanda(&arguments);
    assert_ne!(output.status.code(), Some(2), "{}", text(&output.stderr));
    output.status.code().unwrap()
}

#[test]
fn strength_and_severity_decide_what_fails() {
    // After 11 days the answer that must come is late; after 21 so is the one that should.
    for (fail_on, at_9, at_11, at_21) in [
        (&[][..], 0, 1, 1),
        (&["must"], 0, 1, 1),
        (&["must:minor"], 0, 1, 1),
        (&["major"], 0, 0, 0),
        (&["must:critical"], 0, 0, 0),
        (&["should:critical"], 0, 0, 1),
        (&["should:critical,must"], 0, 1, 1),
        (&["should"], 0, 1, 1),
        (&["aim"], 1, 1, 1),
        (&["aim:critical"], 0, 0, 1),
        (&["never"], 0, 0, 0),
    ] {
        assert_eq!(fails(fail_on, 9, ""), at_9, "{fail_on:?} after 9 days");
        assert_eq!(fails(fail_on, 11, ""), at_11, "{fail_on:?} after 11 days");
        assert_eq!(fails(fail_on, 21, ""), at_21, "{fail_on:?} after 21 days");
    }
}

#[test]
fn what_is_not_done_in_time_is_at_risk() {
    // 8 of 10 days are 80 %, and 8 of 20 are 40 %.
    assert_eq!(fails(&["at-risk:80%"], 8, ""), 1);
    assert_eq!(fails(&["at-risk:81%"], 8, ""), 0);
    assert_eq!(fails(&["at-risk:81%"], 9, ""), 1);
    assert_eq!(fails(&["should,at-risk:40%"], 8, ""), 1);
    // With an answer nothing is, until the month is almost over with one question of two.
    let answer = "{\"time\":\"2025-02-02T00:00:00Z\",\"type\":\"answered\",\"id\":\"A\"}\n";
    assert_eq!(fails(&["at-risk:50%"], 8, answer), 0);
    assert_eq!(fails(&["at-risk:80%"], 22, answer), 0, "78 % of February");
    assert_eq!(fails(&["at-risk:80%"], 23, answer), 1, "82 % of February");
    let second = format!(
        "{answer}{}",
        answer.replace("answered", "asked").replace("\"A\"", "\"early\"")
    );
    let second = format!(
        "{second}{}",
        answer.replace("02T00", "02T01").replace("\"A\"", "\"early\"")
    );
    assert_eq!(fails(&["at-risk:80%"], 23, &second), 0, "two questions are enough");
    // What would not fail when it is violated is not at risk either.
    assert_eq!(fails(&["critical,at-risk:10%"], 8, ""), 0);
}

#[test]
fn what_cannot_be_told_fails_on_demand() {
    let mark = "{\"time\":\"2025-02-02T00:00:00Z\",\"type\":\"marked\"}\n";
    assert_eq!(fails(&[], 3, mark), 0);
    assert_eq!(fails(&["unknown"], 3, mark), 1);
    assert_eq!(fails(&["unknown"], 3, ""), 0);
    assert_eq!(fails(&["unknown"], 11, ""), 1, "violations are still there");
}

#[test]
fn what_is_at_risk_is_shown_and_said_by_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "texts.clause", TEXTS);
    let log = write(
        folder.path(),
        "log.jsonl",
        "{\"time\":\"2025-02-01T00:00:00Z\",\"type\":\"asked\",\"id\":\"A\"}\n",
    );
    let base = [
        "check",
        rules.to_str().unwrap(),
        "--log",
        log.to_str().unwrap(),
        "--as-of",
        "2025-02-10T12:00:00Z",
        "--fail-on",
        "at-risk:90%",
    ];
    let pretty = text(&servanda(&base).stdout);
    assert!(
        pretty.contains("at risk: open, due 2025-02-11 00:00 +00:00; 95 % of its time"),
        "{pretty}"
    );
    assert!(pretty.contains("1 violation, 1 at risk"), "{pretty}");
    let document = json(&servanda(&[&base[..], &["--format", "json"]].concat()));
    assert_valid(&schema(None), &document, "at risk");
    assert_eq!(document["fail_on"], json!(["must", "at-risk:90%"]));
    let open: Vec<&Value> = document["instances"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|instance| instance["verdict"] == "open")
        .collect();
    assert_eq!(open.len(), 1);
    assert_eq!((&open[0]["failing"], &open[0]["time_used"]), (&json!(true), &json!(95)));
    let short = text(&servanda(&[&base[..], &["--format", "short"]].concat()).stdout);
    assert!(short.contains("warning[texts.answered] at risk: open, due"), "{short}");
    let stream = text(&servanda(&[&base[..], &["--format", "jsonl"]].concat()).stdout);
    assert!(stream.contains(r#""failing":true,"time_used":95"#), "{stream}");
}

#[test]
fn mistakes_in_conditions_are_told() {
    let says = |conditions: &str| {
        let output = servanda(&["check", RULES, "--log", LOG, "--fail-on", conditions]);
        assert_eq!(output.status.code(), Some(2), "{conditions}");
        text(&output.stderr)
    };
    assert!(says("shoud").contains("did you mean `should`?"));
    assert!(says("at-risk:80").contains("at-risk:80%"));
    assert!(says("never,must").contains("stands alone"));
    assert!(says("major:must").contains("should:major"));
}
