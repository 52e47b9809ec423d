//! Runs of the command over rules and logs of the tests.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Pairs of rules and a log, relative to the repository, that between them have every verdict, every kind of duty, and text that means harm.
pub(crate) const RUNS: [(&str, &str); 11] = [
    ("tests/data/desk.clause", "tests/data/desk.jsonl"),
    ("tests/data/base.clause", "tests/data/base.jsonl"),
    ("tests/data/survey.clause", "tests/data/survey.jsonl"),
    ("tests/data/hostile.clause", "tests/data/hostile.jsonl"),
    ("rules/us-ukraine-2024.clause", "examples/fictional-breached.yaml"),
    ("rules/us-ukraine-2024.clause", "examples/fictional-termination.jsonl"),
    ("rules/us-ukraine-2024-pause.clause", "examples/fictional-pause.jsonl"),
    ("rules/gdpr-33.clause", "examples/fictional-gdpr-compliant.jsonl"),
    ("rules/new-start.clause", "examples/fictional-new-start-breached.csv"),
    (
        "rules/vienna-document-2011.clause",
        "examples/fictional-vienna-breached.yaml",
    ),
    ("rules/aws-compute-sla.clause", "examples/fictional-sla-breached.csv"),
];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn servanda_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .args(arguments)
        .output()
        .unwrap()
}

pub(crate) fn servanda(arguments: &[&str]) -> Output {
    servanda_in(root(), arguments)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output in UTF-8")
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

/// Standard output of a check in a format.
pub(crate) fn checked(rules: &str, log: &str, more: &[&str]) -> Output {
    let output = servanda(&[&["check", rules, "--log", log], more].concat());
    assert_ne!(output.status.code(), Some(2), "{}", text(&output.stderr));
    output
}

pub(crate) fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}
