//! Every clause of every pack has a smallest log that keeps it and one that breaks it, and is told in plain words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use servanda::account::account;
use servanda::engine::{Verdict, judge};
use servanda::model::{ClauseId, Strength};
use servanda::run::{Rules, rule_files};

fn packs() -> Vec<std::path::PathBuf> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    rule_files(&[rules]).unwrap()
}

/// Clauses whose smallest kept log is of more events, or of values further apart, than are tried.
const BEYOND_THE_SEARCH: [&str; 1] = ["icao_annex_13.each_anniversary"];

#[test]
fn each_clause_of_the_packs_has_examples_that_the_engine_judges_as_they_say() {
    let mut without = Vec::new();
    let mut found = 0;
    for pack in packs() {
        let model = Rules::load(&[&pack]).unwrap().model.unwrap();
        for (position, clause) in model.clauses.iter().enumerate() {
            let id = ClauseId(u32::try_from(position).unwrap());
            let name = format!("{}.{}", model.agreement(clause.agreement).name, clause.name);
            let told = account(&model, id);
            assert!(!told.sentences.is_empty() && !told.life.is_empty(), "{name}");
            let strength = clause.duties[0].strength;
            let is_breakable = matches!(strength, Strength::Binding | Strength::BestEffort);
            let examples = [
                ("kept", told.kept, Verdict::Met, true),
                ("broken", told.broken, Verdict::Violated, is_breakable),
            ];
            for (what, example, wanted, is_asked) in examples.into_iter().filter(|(.., is_asked)| *is_asked) {
                assert!(is_asked);
                let Some(example) = example else {
                    without.push(format!("{name} {what}"));
                    continue;
                };
                found += 1;
                // The example was judged with the clause alone; the whole pack must say the same of it.
                let events = example.events.iter().map(|event| (**event).clone()).collect();
                let verdicts: Vec<Verdict> = judge(&model, events, Some(example.as_of))
                    .iter()
                    .filter(|instance| instance.clause == id)
                    .map(servanda::engine::Instance::verdict)
                    .collect();
                let so_far = wanted == Verdict::Met && verdicts.contains(&Verdict::Open);
                assert!(verdicts.contains(&wanted) || so_far, "{name} {what}: {verdicts:?}");
                assert_eq!(
                    verdicts.contains(&Verdict::Violated),
                    wanted == Verdict::Violated,
                    "{name} {what}"
                );
            }
        }
    }
    let known = |line: &String| BEYOND_THE_SEARCH.iter().any(|name| line.starts_with(name));
    without.retain(|line| !known(line));
    assert!(found > 150 && without.is_empty(), "{found} found, none for {without:?}");
}

/// A log that an account shows is a log: the command reads it and says what the account says.
#[test]
fn the_lines_of_an_example_are_a_log() {
    let pack = "rules/us-ukraine-2024.clause";
    let model = Arc::new(Rules::load(&[pack]).unwrap().model.unwrap());
    let position = model
        .clauses
        .iter()
        .position(|clause| clause.name == "consultation_news")
        .unwrap();
    let id = ClauseId(u32::try_from(position).unwrap());
    let broken = account(&model, id).broken.unwrap();
    let zone = &model.agreement(model.clause(id).agreement).zone;
    let lines: Vec<String> = broken
        .events
        .iter()
        .map(|event| servanda::log::json_line(&model, event, zone))
        .collect();
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .args(["check", pack, "--log", "-", "--log-format", "jsonl", "--as-of"])
        .arg(broken.as_of.to_string())
        .write_stdin(lines.join("\n"))
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("us_ukraine_2024.consultation_news"), "{shown}");
}

#[test]
fn a_clause_is_told_whole() {
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .args(["explain", "tests/data/desk.clause", "--width", "80"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    insta::assert_snapshot!("explained", String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_clause_that_is_not_there_is_told_with_the_nearest_name() {
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .args(["explain", "tests/data/desk.clause", "anwser_24h"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("did you mean `answer_24h`?"), "{shown}");
}
