//! `servanda generate` and `servanda init`, as a person runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

const RULES: &str = r#"
agreement desk "A service desk" {
  in force from 2026-01-01 for 1 year
  party DESK "The desk"
}
event asked { ticket: text, by: party, tags: set of text }
event answered { ticket: text, price: optional money EUR, after: duration, on: date }
# lint: allow(unused)
event greeting { by: party, words: text, at: instant }
clause answered "Questions are answered within a day" {
  when asked a
  DESK must ensure answered r where r.ticket == a.ticket within 24 hours
}
clause not_late "No late answer" {
  DESK must avoid answered r where r.after > 3 hours
}
"#;

fn servanda(folder: &Path, line: &str) -> Output {
    Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn ok(folder: &Path, line: &str) -> String {
    let output = servanda(folder, line);
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let all = String::from_utf8(all).unwrap();
    assert_eq!(output.status.code(), Some(0), "{line}: {all}");
    all
}

fn refused(folder: &Path, line: &str) -> String {
    let output = servanda(folder, line);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}: {text}");
    text
}

fn desk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("desk.clause"), RULES).unwrap();
    folder
}

/// What a check finds, the names of files apart.
fn verdicts(folder: &Path, log: &str) -> serde_json::Value {
    let output = servanda(folder, &format!("check desk.clause --format json --log {log}"));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{log} has breaches");
    result["clauses"].clone()
}

#[test]
fn every_format_and_compression_says_the_same() {
    let folder = desk();
    let mut found = Vec::new();
    for name in [
        "a.jsonl",
        "a.json",
        "a.csv",
        "a.yaml",
        "a.jsonl.gz",
        "a.csv.zst",
        "a.parquet",
        "a.arrow",
    ] {
        ok(
            folder.path(),
            &format!("generate desk.clause -n 600 --noise 30% --breach 10% --seed 4 --out {name}"),
        );
        found.push((name, verdicts(folder.path(), name)));
    }
    let (_, first) = &found[0];
    assert!(first.as_array().is_some_and(|clauses| clauses.len() == 2), "{first}");
    for (name, verdicts) in &found {
        assert_eq!(verdicts, first, "{name}");
    }
    let packed = fs::read(folder.path().join("a.jsonl.gz")).unwrap();
    assert_eq!(packed[..2], [0x1f, 0x8b]);
}

#[test]
fn a_seed_decides_every_byte() {
    let folder = desk();
    let made = |seed: u32| {
        let line =
            format!("generate desk.clause -n 3000 --noise 10% --breach 5% --seed {seed} --out l.jsonl --truth t.jsonl");
        ok(folder.path(), &line);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        (read("l.jsonl"), read("t.jsonl"))
    };
    let (log, truth) = made(1);
    assert_eq!(made(1), (log.clone(), truth.clone()));
    assert_ne!(made(2).0, log);
    assert_eq!(log.lines().count(), 3_000);
    let first = log.lines().next().unwrap();
    let start = r#"{"time":"2026-01-01T00:00:01+00:00","type":""#;
    assert!(first.starts_with(start), "{first}");
    let violated = truth
        .lines()
        .filter(|line| line.contains("\"verdict\":\"violated\""))
        .count();
    let claim: serde_json::Value = serde_json::from_str(truth.lines().next().unwrap()).unwrap();
    assert!(
        claim["clause"]
            .as_str()
            .is_some_and(|clause| clause.starts_with("desk."))
    );
    assert!(violated > 20, "{violated}");
}

#[test]
fn mistakes_are_said_and_nothing_is_written() {
    let folder = desk();
    let line = "generate desk.clause --out l.jsonl";
    let said = refused(folder.path(), &format!("{line} --breach answred=5%"));
    assert!(said.contains("did you mean `answered`?"), "{said}");
    let said = refused(folder.path(), &format!("{line} --breach answered=500%"));
    assert!(
        said.contains("`500%` is no rate") && said.contains("--breach CLAUSE=5%"),
        "{said}"
    );
    let said = refused(folder.path(), &format!("{line} --noise much"));
    assert!(said.contains("0.05 or 5%"), "{said}");
    let said = refused(
        folder.path(),
        &format!("{line} --from 2040-01-01T00:00:00Z --to 2041-01-01T00:00:00Z"),
    );
    assert!(
        said.contains("in which all agreements of the rules are in force"),
        "{said}"
    );
    assert!(!folder.path().join("l.jsonl").exists());
    let said = refused(folder.path(), "generate desk.clause --out nowhere/l.jsonl");
    assert!(said.contains("nowhere/l.jsonl cannot be written"), "{said}");
}

#[test]
fn standard_output_carries_the_log_alone() {
    let folder = desk();
    let output = servanda(folder.path(), "generate desk.clause -n 40");
    let log = String::from_utf8(output.stdout).unwrap();
    assert_eq!(log.lines().count(), 40);
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("40 events, 0 breaches"), "{said}");
}

#[test]
fn a_new_project_passes_at_once() {
    for (folder_name, name) in [("deal", None), (".", Some("Supply, \"2026\"")), ("x y", Some("when"))] {
        let outer = tempfile::tempdir().unwrap();
        let mut init = Command::cargo_bin("servanda").unwrap();
        init.current_dir(outer.path()).args(["init", folder_name]);
        init.args(name.iter().flat_map(|name| ["--name", name]));
        let output = init.output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let said = String::from_utf8(output.stdout).unwrap();
        let project = outer.path().join(folder_name);
        // What it says to run succeeds, and so does what its workflow runs.
        let workflow = fs::read_to_string(project.join(".github/workflows/servanda.yml")).unwrap();
        let steps = workflow
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- run: servanda "));
        let proposed = said.lines().filter_map(|line| line.trim().strip_prefix("servanda "));
        let lines: Vec<&str> = proposed.chain(steps).collect();
        assert!(lines.len() > 6, "{lines:?}");
        for line in lines {
            ok(&project, line);
        }
        let readme = fs::read_to_string(project.join("README.md")).unwrap();
        for line in readme.lines().filter_map(|line| line.strip_prefix("servanda ")) {
            ok(&project, line);
        }
        ok(&project, "fmt --check");
        assert_eq!(ok(&project, "lint"), "");
        for file in [
            "logs/fictional.yaml",
            "scenarios/agreement.scenario.yaml",
            "agreement.clause",
        ] {
            assert!(
                fs::read_to_string(project.join(file)).unwrap().contains("FICTIONAL"),
                "{file}"
            );
        }
    }
}

#[test]
fn a_project_overwrites_nothing_unasked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), "mine").unwrap();
    let said = refused(folder.path(), "init");
    assert!(
        said.contains("README.md is there already") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    ok(folder.path(), "init --force");
    assert_ne!(fs::read_to_string(folder.path().join("README.md")).unwrap(), "mine");
}
