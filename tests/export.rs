//! The files of `servanda export`, as text. That they mean what the clauses mean is tested in `export_agreement.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use servanda::export::Export;
use servanda::model::{ClauseId, Model};
use servanda::run::Rules;

fn model(path: &str) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let rules = Rules::load(&[path]).unwrap();
    rules.model.unwrap_or_else(|| panic!("{:#?}", rules.diagnostics))
}

fn export(model: &Model) -> Export {
    let all: Vec<ClauseId> = (0..).map(ClauseId).take(model.clauses.len()).collect();
    Export::new(model, &all)
}

#[test]
fn each_row_of_the_table_has_its_formula() {
    let model = model("tests/data/export.clause");
    let export = export(&model);
    let mut shown = String::new();
    for duty in &export.duties {
        writeln!(shown, "==== {}", duty.file_name(&model)).unwrap();
        match &duty.result {
            Ok(translated) => shown.push_str(&duty.text(&model, &export.vocabulary, translated)),
            Err(refused) => writeln!(shown, "none: {}", refused.reason).unwrap(),
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_signature_names_every_predicate_and_column() {
    let model = model("tests/data/export.clause");
    insta::assert_snapshot!(export(&model).signature(&model));
}

#[test]
fn every_duty_of_the_packs_is_translated_or_refused_at_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut packs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    packs.retain(|path| path.extension().is_some_and(|extension| extension == "clause"));
    let mut translated = 0;
    for pack in packs {
        let rules = Rules::load(&[pack]).unwrap();
        let model = rules.model.unwrap();
        let export = export(&model);
        let duties: usize = model.clauses.iter().map(|clause| clause.duties.len()).sum();
        assert_eq!(export.duties.len(), duties);
        for duty in &export.duties {
            match &duty.result {
                Ok(_) => translated += 1,
                Err(refused) => {
                    let source = rules.sources.get(refused.span.source).unwrap();
                    let words = &source.text()[refused.span.range()];
                    assert!(!words.is_empty(), "{}: {}", duty.path(&model), refused.reason);
                }
            }
        }
    }
    assert!(translated >= 15, "only {translated} duties are translated");
}

fn command(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("servanda").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
        .args(["export", "--to", "mfotl", "--out"])
        .arg(folder)
        .args(arguments);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        text.replace(&folder.display().to_string(), "FOLDER")
    };
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_writes_all_files_and_says_what_it_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new");
    let log = ["tests/data/export.clause", "--log", "tests/data/export.jsonl"];
    let (code, stdout, stderr) = command(&out, &log);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    insta::assert_snapshot!(stdout);
    insta::assert_snapshot!("the_log", fs::read_to_string(out.join("log.log")).unwrap());
    let mut files: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    insta::assert_snapshot!("the_files", files.join("\n"));
}

#[test]
fn a_named_clause_is_written_alone_and_must_have_a_translation() {
    let folder = tempfile::tempdir().unwrap();
    let (code, ..) = command(folder.path(), &["tests/data/export.clause", "maintained"]);
    assert_eq!(code, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let (code, stdout, _) = command(
        folder.path(),
        &["tests/data/export.clause", "table.calendar", "--explain"],
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(stdout);
    let (code, _, stderr) = command(folder.path(), &["tests/data/export.clause", "maintaned"]);
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: there is no clause `maintaned`\n  help: did you mean `maintained`?\n"
    );
}

#[test]
fn a_log_from_before_1970_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("old.jsonl");
    fs::write(&log, r#"{"time":"1969-12-31T23:59:59Z","type":"invitation","to":"US"}"#).unwrap();
    let (code, _, stderr) = command(
        folder.path(),
        &[
            "tests/data/export.clause",
            "avoid_unless",
            "--log",
            log.to_str().unwrap(),
        ],
    );
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: 1969-12-31T23:59:59Z is before 1970, from which MonPoly's time stamps are counted here\n"
    );
}

#[test]
fn a_log_out_of_order_is_written_in_order_up_to_the_as_of_instant() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("late.jsonl");
    let lines = [
        r#"{"time":"2024-07-02T00:00:00Z","type":"invitation","to":"US"}"#,
        r#"{"time":"2024-07-01T00:00:00Z","type":"invitation","to":"UA"}"#,
        r#"{"time":"2024-07-04T00:00:00Z","type":"invitation","to":"US"}"#,
    ];
    fs::write(&log, lines.join("\n")).unwrap();
    let (code, stdout, _) = command(
        folder.path(),
        &[
            "tests/data/export.clause",
            "avoid_unless",
            "--as-of",
            "2024-07-03T00:00:00Z",
            "--log",
            log.to_str().unwrap(),
        ],
    );
    assert_eq!(code, 0);
    assert_eq!(
        stdout,
        "1 formula written to FOLDER, with a log that ends at 2024-07-03T00:00:00Z; 1 event later than that left out\n"
    );
    let written = fs::read_to_string(folder.path().join("log.log")).unwrap();
    let without_comments: Vec<&str> = written.lines().map(|line| line.split(" #").next().unwrap()).collect();
    assert_eq!(
        without_comments,
        [
            "@1719792000000000000 now(1719792000000000000)",
            " invitation(1, 1719792000000000000, \"UA\")",
            "@1719878400000000000 now(1719878400000000000)",
            " invitation(2, 1719878400000000000, \"US\")",
            "@1719964800000000000 now(1719964800000000000)",
        ]
    );
}
