//! The tables of examples/README.md are what the command says of the examples.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;

use assert_cmd::Command;
use serde_json::Value;

fn judge(rules: &str, log: &str) -> (Value, i64) {
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["check", rules, "--log", log, "--format", "json"])
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{log}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    (report, i64::from(output.status.code().unwrap()))
}

/// The numbers of a row of the tables: met, violated, not kept, unknown, open, vacuous clauses, exit.
fn counts(report: &Value, exit: i64) -> Vec<i64> {
    let clauses = report["clauses"].as_array().unwrap();
    let sum = |of: &str, binding: Option<bool>| -> i64 {
        let counted = clauses
            .iter()
            .filter(|clause| binding.is_none_or(|binding| (clause["strength"] == "binding") == binding));
        counted.map(|clause| clause["counts"][of].as_i64().unwrap()).sum()
    };
    let vacuous = clauses.iter().filter(|clause| clause["vacuous"] == true).count();
    vec![
        sum("met", None),
        sum("violated", Some(true)),
        sum("violated", Some(false)),
        sum("unknown", None),
        sum("open", None),
        i64::try_from(vacuous).unwrap(),
        exit,
    ]
}

#[test]
fn the_tables_are_what_the_command_says() {
    let page = fs::read_to_string("examples/README.md").unwrap();
    let mut rules = String::new();
    let mut rows = 0;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            rules = heading
                .strip_prefix("With `")
                .map_or(String::new(), |rest| rest.trim_end_matches('`').to_owned());
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let Some(log) = cells.get(1).and_then(|cell| cell.strip_prefix('`')) else {
            continue;
        };
        if rules.is_empty() || cells.len() < 11 {
            continue;
        }
        let log = &log[..log.find('`').unwrap()];
        let wanted: Vec<i64> = cells[4..11].iter().map(|cell| cell.parse().unwrap()).collect();
        let (report, exit) = judge(&rules, &format!("examples/{log}"));
        assert_eq!(counts(&report, exit), wanted, "{rules} with {log}");
        for packed in ["gz", "zst"].map(|ending| format!("examples/{log}.{ending}")) {
            if fs::exists(&packed).unwrap() {
                let (packed_report, _) = judge(&rules, &packed);
                assert_eq!(packed_report["clauses"], report["clauses"], "{packed}");
            }
        }
        rows += 1;
    }
    assert!(rows >= 8, "only {rows} rows were found");
}

#[test]
fn every_clause_that_can_be_broken_is_broken_and_kept_in_some_example() {
    let runs = [
        (
            "rules/us-ukraine-2024.clause",
            "examples/fictional-breached.yaml",
            "examples/fictional-compliant.jsonl",
        ),
        (
            "rules/vienna-document-2011.clause",
            "examples/fictional-vienna-breached.yaml",
            "examples/fictional-vienna-compliant.jsonl",
        ),
        (
            "rules/gdpr-33.clause",
            "examples/fictional-gdpr-breached.jsonl",
            "examples/fictional-gdpr-compliant.jsonl",
        ),
        (
            "rules/nis2-23.clause",
            "examples/fictional-nis2-breached.yaml",
            "examples/fictional-nis2-compliant.yaml",
        ),
        (
            "rules/new-start.clause",
            "examples/fictional-new-start-breached.csv",
            "examples/fictional-new-start-compliant.csv",
        ),
        (
            "rules/icao-annex-13.clause",
            "examples/fictional-icao-breached.jsonl",
            "examples/fictional-icao-compliant.jsonl",
        ),
        (
            "rules/dora-19.clause",
            "examples/fictional-dora-breached.yaml",
            "examples/fictional-dora-compliant.yaml",
        ),
        (
            "rules/open-skies.clause",
            "examples/fictional-open-skies-breached.csv",
            "examples/fictional-open-skies-compliant.jsonl",
        ),
        (
            "rules/aws-compute-sla.clause",
            "examples/fictional-sla-breached.csv",
            "examples/fictional-sla-compliant.csv",
        ),
        (
            "rules/partners/agreements.clause",
            "examples/fictional-partners-breached.jsonl",
            "examples/fictional-partners-compliant.yaml",
        ),
    ];
    for (rules, breached, compliant) in runs {
        let (breached, _) = judge(rules, breached);
        for clause in breached["clauses"].as_array().unwrap() {
            let broken = clause["counts"]["violated"].as_i64().unwrap() > 0;
            assert!(
                broken || clause["strength"] == "aim",
                "{}: never broken",
                clause["clause"]
            );
        }
        let (compliant, exit) = judge(rules, compliant);
        assert_eq!(exit, 0);
        for clause in compliant["clauses"].as_array().unwrap() {
            let concerned = clause["counts"]["met"].as_i64().unwrap() + clause["counts"]["open"].as_i64().unwrap();
            assert!(
                concerned > 0 && clause["counts"]["violated"] == 0,
                "{}: not kept",
                clause["clause"]
            );
        }
    }
}

#[test]
fn the_sample_in_the_readme_is_what_the_command_prints() {
    let page = fs::read_to_string("README.md").unwrap();
    let sample = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .args([
            "check",
            "rules/vienna-document-2011.clause",
            "--log",
            "examples/vienna-2022.jsonl",
        ])
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(
        report.ends_with(sample),
        "the README shows\n{sample}\nand the command prints\n{report}"
    );
}

#[test]
fn invented_logs_say_so() {
    for entry in fs::read_dir("examples").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("fictional-") && !name.ends_with(".gz") && !name.ends_with(".zst") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains("FICTIONAL"), "{name} does not say that it is fictional");
        }
    }
}
