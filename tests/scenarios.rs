//! `servanda test`: the scenarios of the packs, and the command as a person runs it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use servanda::run::{find_scenarios, test};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn servanda_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .args(arguments)
        .output()
        .unwrap()
}

fn servanda(arguments: &[&str]) -> Output {
    servanda_in(root(), arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

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

const WRONG: &str = "tests/data/scenarios/wrong.scenario.yaml";
const MISTAKES: &str = "tests/data/scenarios/mistakes.scenario.yaml";
const PARTIAL: &str = "tests/data/scenarios/partial.scenario.yaml";

/// A folder that can be written to, with the rules of the desk and a scenario file of these contents.
fn desk(scenarios: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("tests/data/desk.clause"), folder.path().join("desk.clause")).unwrap();
    fs::create_dir(folder.path().join("scenarios")).unwrap();
    let path = folder.path().join("scenarios/desk.scenario.yaml");
    fs::write(&path, scenarios).unwrap();
    (folder, path)
}

fn rule_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rule_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "clause") {
            found.push(path);
        }
    }
}

#[test]
fn every_clause_of_every_pack_is_covered_by_scenarios_that_pass() {
    let paths = find_scenarios(&[root().join("rules")]).unwrap();
    let suite = test(&paths, false, &mut |_| {}).unwrap();
    let mut lacking = Vec::new();
    for file in &suite.files {
        for mistake in &file.mistakes {
            lacking.push(format!("{}: {}", file.name, mistake.message));
        }
        for (scenario, judged) in &file.scenarios {
            if !judged.failures.is_empty() {
                lacking.push(format!("{}: not as expected: {}", file.name, scenario.name.value));
            }
        }
    }
    let coverage = suite.coverage();
    for clause in coverage.clauses() {
        for (point, _) in clause.points().filter(|(_, covered)| !covered) {
            lacking.push(format!("{}: {} is not {point}", clause.file, clause.clause));
        }
    }
    // A file with clauses of its own that no scenario file names; one of declarations alone needs none.
    let named: BTreeSet<PathBuf> = suite
        .rules
        .iter()
        .flat_map(|tested| {
            let model = tested.rules.model.as_ref();
            let agreements = model.map_or(&[][..], |model| &model.agreements);
            let sources = agreements
                .iter()
                .filter_map(|agreement| tested.rules.sources.get(agreement.span.source));
            sources.map(|source| PathBuf::from(source.name())).collect::<Vec<_>>()
        })
        .collect();
    let mut packs = Vec::new();
    rule_files(&root().join("rules"), &mut packs);
    assert!(packs.len() >= 9, "only {} rule files were found", packs.len());
    for pack in packs {
        let text = fs::read_to_string(&pack).unwrap();
        let declares = text.lines().any(|line| line.trim_start().starts_with("agreement "));
        if declares && !named.contains(&pack) {
            let stem = pack.file_stem().unwrap().to_string_lossy().into_owned();
            lacking.push(format!(
                "{} has no scenarios: write rules/scenarios/{stem}.scenario.yaml, with `rules: ../{stem}.clause` and, for each clause, \
                 scenarios in which it is met, violated, and so on",
                pack.display()
            ));
        }
    }
    assert!(
        lacking.is_empty(),
        "{}\n\n`servanda test rules --coverage` shows more; docs/scenarios.md tells how scenarios are written, and what a clause needs",
        lacking.join("\n")
    );
}

#[test]
fn wrong_expectations_are_shown_where_they_stand() {
    let output = servanda(&["test", WRONG]);
    let all = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
    let widest = all.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest} columns");
    insta::assert_snapshot!(transcript(&output));
}

#[test]
fn mistakes_are_shown_all_at_once() {
    let output = servanda(&["test", MISTAKES, PARTIAL]);
    insta::assert_snapshot!(transcript(&output));
}

#[test]
fn what_was_decided_is_written_and_all_else_is_kept() {
    let before = fs::read_to_string(root().join(WRONG)).unwrap();
    let (folder, path) = desk(&before);
    let first = servanda_in(folder.path(), &["test", "--update"]);
    assert_eq!(text(&first.stderr), "");
    assert_eq!(
        text(&first.stdout),
        "scenarios/desk.scenario.yaml updated\n5 scenarios passed\n"
    );
    let after = fs::read_to_string(&path).unwrap();
    insta::assert_snapshot!(after);
    let comments = |text: &str| text.matches('#').count();
    assert_eq!(comments(&after), comments(&before));
    let second = servanda_in(folder.path(), &["test", "--update"]);
    assert_eq!(text(&second.stdout), "5 scenarios passed\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
}

#[test]
fn files_of_any_layout_are_updated() {
    let events = "events: [{time: +0s, type: asked, ticket: T-1, urgency: high}, {time: +0s, type: asked, ticket: T-2, urgency: high}]";
    let start = "rules: ../desk.clause\nstart: 2025-03-03T09:00:00Z\n";
    let scenarios = [
        // Fewer and more than there are, in lists of both styles.
        format!("{start}{events}\nexpect:\n  answer_24h:\n  - open # one\n"),
        format!(
            "{start}{events}\nexpect:\n  answer_24h:\n    - open\n    # the second\n    - open\n    - met # gone\n  quiet: none\n"
        ),
        format!("{start}{events}\nexpect: {{answer_24h: [met, met, met], quiet: [open]}}\n"),
        format!("{start}{events}\nothers: none\nexpect: {{answer_24h: met}}\n"),
        format!("{start}{events}\nothers: none\nexpect: {{}}\n"),
        // Single ones that become several.
        format!("{start}{events}\nexpect:\n    answer_24h: open\n"),
        format!("{start}{events}\nexpect:\n  answer_24h:\n    verdict: met # not yet\n    because: none\n"),
        format!("{start}{events}\nexpect:\n  answer_24h: [open, met, open]\n  quiet: [open, met]\n"),
        // No instance is left.
        format!("{start}as-of: +1h\nexpect:\n  answer_24h:\n    - met\n    - met\n"),
        format!("{start}as-of: +1h\nexpect: {{answer_24h: met}}\n"),
        // Blank, at the end of the file and before something.
        format!("{start}{events}\nexpect:"),
        format!("{start}expect: ~ # blank\n{events}\n"),
        format!(
            "{start}scenarios:\n- name: a\n  expect:\n  {events}\n- name: b\n  {events}\n  expect:\n    quiet: met\n"
        ),
        format!("{{rules: ../desk.clause, start: '2025-03-03T09:00:00Z', {events}, expect: }}\n"),
        // Reasons of every style.
        format!(
            "{start}{events}\nexpect:\n  answer_24h:\n  - {{verdict: open, because: [due, 'no']}}\n  - verdict: met\n    because:\n    - due\n    - never\n"
        ),
        format!(
            "{start}{events}\nexpect:\n  answer_24h:\n  - {{verdict: open, because: \"no\"}}\n  - because: |\n      no\n    verdict: met\n"
        ),
        // Of each key, and from an instant on.
        format!(
            "{start}{events}\nexpect:\n  answer_24h:\n  - {{verdict: met, opened: +0s}}\n  - {{verdict: met, opened: +1s}}\n"
        ),
        // An alias is replaced by itself, and not where it is written.
        format!("{start}{events}\nexpect: {{answer_24h: [&x {{verdict: met}}, *x]}}\n"),
    ];
    for scenario in scenarios {
        let with_returns = scenario.replace('\n', "\r\n");
        for scenario in [scenario, with_returns] {
            let (folder, path) = desk(&scenario);
            let output = servanda_in(folder.path(), &["test", "--update"]);
            let after = fs::read_to_string(&path).unwrap();
            let shown = format!("{scenario}\nbecame\n{after}\n{}", transcript(&output));
            assert_eq!(output.status.code(), Some(0), "{shown}");
            let comments = |text: &str| text.matches('#').count() - text.matches("# gone").count();
            assert_eq!(comments(&after), comments(&scenario), "{shown}");
            let is_returned = |text: &str| text.matches("\r\n").count() == text.matches('\n').count();
            assert_eq!(is_returned(&after), is_returned(&scenario), "{shown}");
            let again = servanda_in(folder.path(), &["test", "--update"]);
            assert_eq!(again.status.code(), Some(0), "{shown}");
            assert_eq!(fs::read_to_string(&path).unwrap(), after, "{shown}");
        }
    }
}

#[test]
fn coverage_is_a_table_and_what_is_lacking() {
    let output = servanda(&["test", PARTIAL, "--coverage"]);
    insta::assert_snapshot!(transcript(&output));
}

#[test]
fn too_little_coverage_fails_the_run() {
    let code = |least: &str| servanda(&["test", PARTIAL, "--min-coverage", least]).status.code();
    assert_eq!(code("0"), Some(0));
    assert_eq!(code("100"), Some(1));
}

#[test]
fn machines_get_all_of_it() {
    let output = servanda(&["test", MISTAKES, WRONG, "--coverage", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(report["failed"], 5);
    assert_eq!(report["unusable_files"], 1);
    let files = report["files"].as_array().unwrap();
    assert_eq!(files[0]["mistakes"][0]["code"], "no-zone");
    assert_eq!(files[0]["mistakes"][0]["line"], 2);
    let failure = &files[1]["scenarios"][0]["failures"][0];
    assert_eq!(failure["clause"], "desk.answer_24h");
    assert_eq!((&failure["line"], &failure["column"]), (&12.into(), &11.into()));
    assert_eq!(failure["actual"]["verdict"], "repaired");
    let says = failure["actual"]["says"].as_array().unwrap();
    assert!(
        says.iter().any(|says| says.as_str().unwrap().contains("1 min late")),
        "{says:?}"
    );
    assert_eq!(report["coverage"]["clauses"][0]["clause"], "answer_24h");
    assert_eq!(report["coverage"]["clauses"][0]["waived"], serde_json::Value::Null);
}

#[test]
fn the_exit_code_tells_what_the_run_came_to() {
    let code = |arguments: &[&str]| servanda(arguments).status.code();
    assert_eq!(code(&["test", PARTIAL]), Some(0));
    assert_eq!(code(&["test", WRONG]), Some(1));
    assert_eq!(code(&["test", MISTAKES]), Some(2));
    assert_eq!(code(&["test", WRONG, MISTAKES]), Some(2));
    assert_eq!(code(&["test", "no-such-file.yaml"]), Some(2));
    let empty = tempfile::tempdir().unwrap();
    let output = servanda_in(empty.path(), &["test"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains(".scenario.yaml"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn rules_that_cannot_be_used_are_shown() {
    let (folder, path) =
        desk("rules: [../desk.clause, ../desc.clause]\nas-of: 2025-03-03T09:00:00Z\nexpect: {quiet: met}\n");
    let output = servanda_in(folder.path(), &["test"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    assert!(errors.contains("the rule file desc.clause cannot be read"), "{errors}");
    assert!(errors.contains("scenarios/desk.scenario.yaml:1:25"), "{errors}");
    fs::write(
        folder.path().join("desk.clause"),
        "agreement a {}\nclause c { US must }\n",
    )
    .unwrap();
    fs::write(
        &path,
        "rules: ../desk.clause\nas-of: 2025-03-03T09:00:00Z\nexpect: {quiet: met}\n",
    )
    .unwrap();
    let output = servanda_in(folder.path(), &["test"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    assert!(
        errors.contains("the rules cannot be used") && errors.contains("desk.clause:2:"),
        "{errors}"
    );
}

#[test]
fn what_a_file_says_is_harmless_in_messages() {
    let (folder, _path) = desk("\"ru\\x1b[2Jles\": x\n");
    let output = servanda_in(folder.path(), &["test"]);
    assert!(!text(&output.stderr).contains('\u{1b}'));
    for hostile in [
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        "\u{feff}".to_owned(),
        "*a".to_owned(),
    ] {
        let (folder, _path) = desk(&hostile);
        assert_eq!(servanda_in(folder.path(), &["test"]).status.code(), Some(2));
    }
}

#[test]
fn the_examples_of_the_reference_are_what_the_command_does() {
    let page = fs::read_to_string(root().join("docs/scenarios.md")).unwrap();
    let blocks: Vec<(&str, &str)> = page
        .split("\n```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').unwrap())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.scenario.yaml");
    let mut runs = 0;
    let mut failing = None;
    for (kind, content) in blocks {
        match kind {
            "clause" => fs::write(folder.path().join("desk.clause"), content).unwrap(),
            "yaml" | "yaml wrong" => {
                fs::write(&file, content).unwrap();
                let output = servanda_in(folder.path(), &["test"]);
                let wanted = i32::from(kind == "yaml wrong");
                assert_eq!(output.status.code(), Some(wanted), "{content}\n{}", transcript(&output));
                failing = Some(text(&output.stdout));
                runs += 1;
            }
            "text" => assert_eq!(failing.take().unwrap().trim_end(), content.trim_end()),
            _ => {}
        }
    }
    assert_eq!(runs, 2);
}
