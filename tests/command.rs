//! The command as a person runs it: what it prints, and how it exits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;

fn data(name: &str) -> String {
    format!("tests/data/{name}")
}

fn servanda(arguments: &[&str]) -> Output {
    run(arguments, "")
}

fn run(arguments: &[&str], input: &str) -> Output {
    Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .args(arguments)
        .write_stdin(input)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output in UTF-8")
}

/// Both streams and the exit code, as a golden file keeps them.
fn transcript(output: &Output) -> String {
    let mut all = String::new();
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            writeln!(all, "--- {name}\n{}", text(bytes)).unwrap();
        }
    }
    write!(all, "--- exit {}", output.status.code().unwrap()).unwrap();
    all
}

fn widest(output: &Output) -> usize {
    let all = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
    all.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

fn temporary(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::File::create(&path).unwrap().write_all(content).unwrap();
    (folder, path)
}

#[test]
fn a_rule_file_with_many_mistakes_shows_them_all() {
    let output = servanda(&["check", &data("mistakes.clause")]);
    assert!(widest(&output) <= 80, "wider than 80 columns");
    insta::assert_snapshot!(transcript(&output));
}

#[test]
fn findings_show_the_clause_the_lines_and_the_arithmetic() {
    let output = servanda(&["check", &data("desk.clause"), "--log", &data("desk.jsonl")]);
    assert!(widest(&output) <= 80, "wider than 80 columns");
    insta::assert_snapshot!(transcript(&output));
}

/// Guards that were looked for, the one party that a bound said of each is about, what came nearest, and what was released.
#[test]
fn findings_name_what_they_are_about() {
    let output = servanda(&["check", &data("base.clause"), "--log", &data("base.jsonl")]);
    assert!(widest(&output) <= 80, "wider than 80 columns");
    let brief = text(&output.stdout);
    assert!(
        brief.contains("... and 1 waived duty of `answered`: `--all` shows it"),
        "{brief}"
    );
    assert!(!brief.contains("> waived"), "{brief}");
    let all = servanda(&["check", &data("base.clause"), "--log", &data("base.jsonl"), "--all"]);
    insta::assert_snapshot!(transcript(&all));
}

/// A correction changes the past, and both of its lines are shown; what amends nothing is a problem.
#[test]
fn corrections_are_shown_with_what_they_correct() {
    let rules = data("survey.clause");
    let log = fs::read_to_string(data("survey.jsonl")).unwrap();
    let output = run(&["check", &rules, "--log", "-"], &log);
    assert!(widest(&output) <= 80, "wider than 80 columns");
    insta::assert_snapshot!("corrected", transcript(&output));
    // As of an instant before the corrections nothing is corrected.
    let before = run(
        &["check", &rules, "--log", "-", "--as-of", "2025-02-04T00:00:00Z"],
        &log,
    );
    assert_eq!(before.status.code(), Some(0), "{}", transcript(&before));
    // What would have counted is shown with what took it back.
    let later = run(
        &["check", &rules, "--log", "-", "--as-of", "2025-03-10T00:00:00Z"],
        &log,
    );
    insta::assert_snapshot!("retracted", transcript(&later));
    let amiss = log
        + r#"{"time":"2025-03-01T09:00:00Z","type":"survey","corrects":"S-9","site":"east","finding":"sound"}
{"time":"2025-03-02T09:00:00Z","type":"survey","corrects":"S-1","site":"north","finding":"sound"}
{"time":"2025-03-02T09:00:00Z","type":"survey","retracts":"S-1"}
"#;
    let output = run(&["check", &rules, "--log", "-"], &amiss);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("corrections_amiss", transcript(&output));
    let output = run(&["check", &rules, "--log", "-", "--skip-invalid"], &amiss);
    assert_eq!(output.status.code(), Some(1), "{}", transcript(&output));
}

/// What is owed only because of an extension shows the event that extended the term.
#[test]
fn extensions_are_shown_where_something_is_owed_because_of_them() {
    let (rules, log) = (data("lease.clause"), data("lease.jsonl"));
    let output = servanda(&["check", &rules, "--log", &log]);
    assert!(widest(&output) <= 80);
    insta::assert_snapshot!(transcript(&output));
    insta::assert_snapshot!(
        "extensions_explained",
        transcript(&servanda(&["explain", &rules, "quiet"]))
    );
}

#[test]
fn a_narrow_report_in_ascii_has_no_wide_line_and_no_other_character() {
    let output = servanda(&[
        "check",
        &data("desk.clause"),
        "--log",
        &data("desk.jsonl"),
        "--ascii",
        "--width",
        "60",
    ]);
    let report = text(&output.stdout);
    assert!(report.is_ascii(), "{report}");
    insta::assert_snapshot!(report);
}

#[test]
fn records_that_cannot_be_used_are_shown_and_nothing_is_judged() {
    let output = servanda(&["check", &data("desk.clause"), "--log", &data("broken.jsonl")]);
    let shown = transcript(&output);
    assert!(
        !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
        "control characters reached the terminal"
    );
    insta::assert_snapshot!(shown);
}

/// A log of the rules below, with a record that nobody looks at and that is none.
#[test]
fn what_no_clause_looks_at_is_held_to_the_rules_on_demand() {
    let rules = r"
agreement desk { in force from 2025-01-01 for 1 year party US }
event asked { ticket: text }
# lint: allow(unused)
event moved { ticket: text, floor: number }
clause quiet { US must avoid asked }
";
    let (_folder, rules) = temporary("desk.clause", rules.as_bytes());
    let rules = rules.to_str().unwrap();
    let moved = |rest: &str| format!("{{\"time\":\"2025-03-01T09:00:00Z\",\"type\":\"moved\",{rest}}}\n");
    let broken = [
        r#""floor":"two""#,
        r#""ticket":"T","floor":1,"floor":2"#,
        r#""ticket":"#,
    ];
    for log in broken.map(moved) {
        let lax = run(&["check", rules, "--log", "-"], &log);
        assert_eq!(lax.status.code(), Some(0), "{log}\n{}", transcript(&lax));
        let strict = run(&["check", rules, "--log", "-", "--strict"], &log);
        assert_eq!(strict.status.code(), Some(2), "{log}\n{}", transcript(&strict));
    }
    let cut = moved(r#""ticket":"T","floor":1"#).replace("}\n", "\n");
    let late = moved(r#""ticket":"T","floor":1"#).replace("09:00", "25:00");
    for log in [cut, late] {
        let lax = run(&["check", rules, "--log", "-"], &log);
        assert_eq!(lax.status.code(), Some(2), "{log}\n{}", transcript(&lax));
    }
    let whole = moved(r#""ticket":"T","floor":1"#);
    let strict = run(&["check", rules, "--log", "-", "--strict"], &whole);
    assert_eq!(strict.status.code(), Some(0), "{}", transcript(&strict));
}

/// What a check of a log tells with so many threads, in a format.
fn told_with(threads: &str, rules: &str, log: &str, format: &str) -> String {
    let mut arguments = vec!["check", rules, "--log", log, "--threads", threads];
    arguments.extend(["--format", format, "--skip-invalid"]);
    // What is shown to people of every instance takes long to write.
    arguments.extend((format != "pretty").then_some("--all"));
    let output = servanda(&arguments);
    assert!(!output.stdout.is_empty(), "{}", text(&output.stderr));
    transcript(&output)
}

fn same_with_any_threads(rules: &str, log: &str, formats: &[&str]) {
    for format in formats {
        let alone = told_with("1", rules, log, format);
        for threads in ["2", "4"] {
            let told = told_with(threads, rules, log, format);
            assert!(
                told == alone,
                "{threads} threads tell something else of {log} as {format}"
            );
        }
    }
}

/// The minute of a record, in a month that starts again after its end.
fn minute(number: u32) -> String {
    let (day, hour) = (1 + number / 1440 % 28, number / 60 % 24);
    format!("2025-03-{day:02}T{hour:02}:{:02}:00Z", number % 60)
}

#[test]
fn threads_change_no_byte_of_what_is_told() {
    let mut lines = Vec::new();
    for number in 0..30_000_u32 {
        let urgency = match number % 5_000 {
            7 => "none",
            even if even % 2 == 0 => "high",
            _ => "low",
        };
        // Several share an instant.
        let (time, note) = (minute(number / 2), "x".repeat(40));
        lines.push(format!(
            "{{\"time\":\"{time}\",\"type\":\"asked\",\"ticket\":\"T-{number}\",\"urgency\":\"{urgency}\",\"note\":\"{note}\"}}\n"
        ));
        if number % 3 == 0 {
            let level = if number % 2 == 0 { "expert" } else { "clerk" };
            let ticket = number.saturating_sub(number % 4_000);
            lines.push(format!(
                "{{\"time\":\"{time}\",\"type\":\"answered\",\"ticket\":\"T-{ticket}\",\"by\":\"a desk\",\"level\":\"{level}\"}}\n"
            ));
        }
    }
    let in_order = lines.concat();
    let (_folder, log) = temporary("desk.jsonl", in_order.as_bytes());
    same_with_any_threads(
        &data("desk.clause"),
        log.to_str().unwrap(),
        &["pretty", "json", "jsonl"],
    );
    // Out of order only when much has been decided.
    let late = lines.remove(100);
    lines.push(late);
    let (_folder, log) = temporary("desk.jsonl", lines.concat().as_bytes());
    same_with_any_threads(&data("desk.clause"), log.to_str().unwrap(), &["jsonl"]);
}

#[test]
fn threads_change_no_byte_of_what_is_told_of_corrections() {
    let mut log = String::new();
    for number in 0..25_000_u32 {
        let (time, site) = (minute(number), number % 40);
        let finding = if number % 1_000 == 0 { "unsound" } else { "sound" };
        let content = format!("\"site\":\"site {site}\",\"finding\":\"{finding}\"");
        writeln!(
            log,
            "{{\"time\":\"{time}\",\"type\":\"survey\",\"id\":\"S-{number}\",{content}}}"
        )
        .unwrap();
        if number % 500 == 300 {
            let (corrected, retracted) = (number - 300, number - 200);
            writeln!(
                log,
                "{{\"time\":\"{time}\",\"type\":\"survey\",\"corrects\":\"S-{corrected}\",{content}}}\n\
                 {{\"time\":\"{time}\",\"type\":\"survey\",\"retracts\":\"S-{retracted}\"}}"
            )
            .unwrap();
        }
    }
    let (_folder, log) = temporary("survey.jsonl", log.as_bytes());
    same_with_any_threads(&data("survey.clause"), log.to_str().unwrap(), &["json", "jsonl"]);
}

#[test]
fn with_skip_invalid_the_rest_is_judged_and_the_unusable_records_are_counted() {
    let output = servanda(&[
        "check",
        &data("desk.clause"),
        "--log",
        &data("broken.jsonl"),
        "--skip-invalid",
        "--as-of",
        "2025-03-03T10:00:00+02:00",
    ]);
    let report = text(&output.stdout);
    assert!(report.contains("answer_24h"), "{report}");
    assert!(report.contains("6 records skipped as unusable"), "{report}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn many_violations_are_capped_and_counted_and_all_shows_them() {
    let mut log = String::new();
    for number in 0..30_000 {
        writeln!(
            log,
            r#"{{"time":"2025-03-{:02}T{:02}:{:02}:00Z","type":"asked","ticket":"T-{number}","urgency":"high"}}"#,
            1 + number / 1440 % 28,
            number / 60 % 24,
            number % 60,
        )
        .unwrap();
    }
    let (_folder, path) = temporary("many.jsonl", log.as_bytes());
    let log = path.to_str().unwrap();
    let as_of = "2025-06-01T00:00:00Z";
    let capped = servanda(&["check", &data("desk.clause"), "--log", log, "--as-of", as_of]);
    let report = text(&capped.stdout);
    assert!(
        report.contains("... and 29997 more violations of `answer_24h`: `--all` shows them"),
        "{report}"
    );
    assert!(report.contains("30000 violations"), "{report}");
    assert!(report.lines().count() < 150, "{} lines", report.lines().count());
    let all = servanda(&["check", &data("desk.clause"), "--log", log, "--as-of", as_of, "--all"]);
    assert_eq!(
        text(&all.stdout).matches("violated: no `answered` that counts").count(),
        30_000
    );
}

#[test]
fn the_order_of_lines_changes_nothing_but_their_numbers() {
    let sorted = fs::read_to_string(data("desk.jsonl")).unwrap();
    let reversed: Vec<&str> = sorted.lines().rev().collect();
    let (_folder, path) = temporary("reversed.jsonl", reversed.join("\n").as_bytes());
    let clauses = |log: &str| {
        let output = servanda(&["check", &data("desk.clause"), "--log", log, "--format", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (report["as_of"].clone(), report["clauses"].clone())
    };
    assert_eq!(clauses(&data("desk.jsonl")), clauses(path.to_str().unwrap()));
}

#[test]
fn a_log_can_be_given_in_parts_compressed_and_on_standard_input() {
    let whole = fs::read_to_string(data("desk.jsonl")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(lines[..3].join("\n").as_bytes()).unwrap();
    let (_gz_folder, gz) = temporary("one.jsonl.gz", &packed.finish().unwrap());
    let zst = zstd::encode_all(lines[3..5].join("\n").as_bytes(), 3).unwrap();
    let (_zst_folder, zst) = temporary("two.jsonl.zst", &zst);
    let parts = run(
        &[
            "check",
            &data("desk.clause"),
            "--log",
            gz.to_str().unwrap(),
            zst.to_str().unwrap(),
            "-",
            "--format",
            "json",
        ],
        &lines[5..].join("\n"),
    );
    let whole = servanda(&[
        "check",
        &data("desk.clause"),
        "--log",
        &data("desk.jsonl"),
        "--format",
        "json",
    ]);
    let clauses =
        |output: &Output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["clauses"].clone();
    assert_eq!(clauses(&parts), clauses(&whole));
}

#[test]
fn the_exit_code_tells_what_the_run_came_to() {
    let rules = data("desk.clause");
    let code = |arguments: &[&str]| servanda(arguments).status.code();
    assert_eq!(code(&["check", &rules]), Some(0));
    assert_eq!(code(&["check", &rules, "--log", &data("desk.jsonl")]), Some(1));
    let early = "2025-03-03T10:00:00+02:00";
    assert_eq!(
        code(&["check", &rules, "--log", &data("desk.jsonl"), "--as-of", early]),
        Some(0)
    );
    assert_eq!(code(&["check", &data("mistakes.clause")]), Some(2));
    assert_eq!(code(&["check", &rules, "--log", "no-such-file.jsonl"]), Some(2));
    assert_eq!(code(&["check", "no-such-file.clause"]), Some(2));
    assert_eq!(
        code(&["check", &rules, "--log", &data("desk.jsonl"), "--as-of", "2025-03-03"]),
        Some(2)
    );
    assert_eq!(code(&["frobnicate"]), Some(2));
}

#[test]
fn an_empty_log_needs_an_instant_to_judge_as_of() {
    let without = run(
        &["check", &data("desk.clause"), "--log", "-", "--log-format", "jsonl"],
        "",
    );
    assert_eq!(without.status.code(), Some(2));
    assert!(text(&without.stderr).contains("--as-of"), "{}", text(&without.stderr));
    let as_of = [
        "check",
        &data("desk.clause"),
        "--log",
        "-",
        "--log-format",
        "jsonl",
        "--as-of",
        "2025-02-01T00:00:00Z",
    ];
    let with = run(&as_of, "");
    assert_eq!(with.status.code(), Some(0));
    assert!(text(&with.stdout).contains("vacuous"), "{}", text(&with.stdout));
}

#[test]
fn colour_is_used_on_demand_only() {
    let arguments = ["check", &data("desk.clause"), "--log", &data("desk.jsonl")];
    assert!(!text(&servanda(&arguments).stdout).contains('\u{1b}'));
    let coloured = servanda(&[&arguments[..], &["--color", "always"]].concat());
    assert!(text(&coloured.stdout).contains("\u{1b}["));
}

#[test]
fn json_and_yaml_say_the_same() {
    let arguments = ["check", &data("desk.clause"), "--log", &data("desk.jsonl"), "--format"];
    let json = servanda(&[&arguments[..], &["json"]].concat());
    let yaml = servanda(&[&arguments[..], &["yaml"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let yaml: serde_json::Value = serde_yaml::from_slice(&yaml.stdout).unwrap();
    assert_eq!(json, yaml);
    assert_eq!(json["version"], 2);
    let findings = json["instances"].as_array().unwrap();
    let words: Vec<&serde_json::Value> = findings.iter().map(|finding| &finding["verdict"]).collect();
    assert_eq!(words, ["repaired", "violated", "violated"]);
    assert_eq!(findings[1]["evidence"][0]["line"], 4);
}

#[test]
fn completions_and_the_manual_page_are_written() {
    let fish = servanda(&["completions", "fish"]);
    assert!(text(&fish.stdout).contains("complete -c servanda"));
    let man = servanda(&["man"]);
    assert!(text(&man.stdout).contains(".TH servanda"));
    assert!(text(&man.stdout).contains("servanda\\-check(1)"));
    // Each command has its page, with its own options.
    let check = text(&servanda(&["man", "check"]).stdout);
    let plain = check.replace("\\-", "-");
    for option in [
        "--log",
        "--output",
        "--fail-on",
        "--baseline",
        "--update-baseline",
        "--quiet",
    ] {
        assert!(plain.contains(option), "{option} in {check}");
        assert!(text(&fish.stdout).contains(&option[2..]), "{option} in completions");
    }
    let misspelt = servanda(&["man", "chek"]);
    assert_eq!(misspelt.status.code(), Some(2));
    assert!(text(&misspelt.stderr).contains("did you mean `check`?"));
}
