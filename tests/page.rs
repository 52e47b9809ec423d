//! The page of `servanda report`, as far as it can be told without a browser; tests/browser has the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Output;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

fn report(arguments: &[&str]) -> Output {
    Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("report")
        .args(arguments)
        .output()
        .unwrap()
}

fn page(arguments: &[&str]) -> String {
    let output = report(&[arguments, &["--output", "-"]].concat());
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What is between two texts, for each place where the first one is.
fn between<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
    let starts = text.split(start).skip(1);
    starts.map(|rest| rest.split(end).next().unwrap()).collect()
}

const HOSTILE: [&str; 3] = ["tests/data/hostile.clause", "--log", "tests/data/hostile.jsonl"];

#[test]
fn only_the_pages_own_style_and_script_are_allowed() {
    let page = page(&HOSTILE);
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let styles = between(&page, "<style>", "</style>");
    let scripts = between(&page, "<script>", "</script>");
    assert_eq!((styles.len(), scripts.len()), (1, 1));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(styles[0]),
        hash(scripts[0])
    );
    assert!(page.contains(&format!(
        r#"<meta http-equiv="Content-Security-Policy" content="{policy}">"#
    )));
}

#[test]
fn the_page_loads_nothing() {
    let page = page(&[
        "rules/us-ukraine-2024.clause",
        "--log",
        "examples/fictional-breached.yaml",
    ]);
    for word in [
        " src=",
        "<link",
        "<iframe",
        "<object",
        "<embed",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    let targets = between(&page, "href=\"", "\"");
    assert!(
        targets
            .iter()
            .all(|target| target.starts_with('#') || target.starts_with("http"))
    );
    assert!(
        targets.iter().any(|target| target.starts_with("http")),
        "sources are links"
    );
}

#[test]
fn what_logs_say_is_text() {
    let page = page(&HOSTILE);
    let log = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hostile.jsonl")).unwrap();
    assert!(log.contains("<script"), "the log holds markup");
    assert!(page.contains("&lt;script"), "which is shown");
    let own = page.matches("<script").count();
    assert_eq!(own, 2, "and the page has no script but its data and its own");
    assert!(
        !page
            .chars()
            .any(|character| character.is_control() && character != '\n')
    );
}

#[test]
fn what_cannot_be_written_or_read_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none/report.html");
    let rules = "rules/us-ukraine-2024.clause";
    let log = "examples/fictional-breached.yaml";
    let output = report(&[rules, "--log", log, "--output", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
    let output = report(&[rules, "--log", "tests/data/broken.jsonl", "--output", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn the_title_can_be_given() {
    let title = page(&[
        "tests/data/desk.clause",
        "--log",
        "tests/data/desk.jsonl",
        "--title",
        "A < B",
    ]);
    assert!(title.contains("<h1>A &lt; B</h1>"));
}
