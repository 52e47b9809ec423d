//! `holidays in "FILE"`: what a list of holidays says, and every way in which it cannot be used.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use servanda::run::Rules;
use tempfile::TempDir;

const CLAUSE: &str = "event strike { id: text } event answer { id: text } clause c { when strike s \
    US must ensure answer b where b.id == s.id within 2 working days }";

/// A folder with a rule file, and beside it these.
fn folder(agreement: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("rules/lists")).unwrap();
    let text = format!("agreement a {{ party US {agreement} }} {CLAUSE}");
    fs::write(folder.path().join("rules/a.clause"), text).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(folder: &TempDir) -> Rules {
    Rules::load(&[folder.path().join("rules/a.clause")]).unwrap()
}

/// `code at "snippet" in FILE` of each mistake.
fn mistakes(rules: &Rules) -> Vec<String> {
    let shown = rules.diagnostics.iter().map(|diagnostic| {
        let span = diagnostic.labels[0].span;
        let file = rules.sources.get(span.source).unwrap().name();
        let name = file.rsplit('/').next().unwrap();
        format!(
            "{} at {} in {name}",
            diagnostic.code.name(),
            rules.sources.snippet(span)
        )
    });
    shown.collect()
}

#[test]
fn lists_and_dates_add_up() {
    let lists = "working days monday to friday holidays 2025-12-25 \
        holidays in \"lists/new-year.txt\" holidays in \"../rules/lists/may.txt\" holidays in \"lists/may.txt\"";
    let folder = folder(
        lists,
        &[
            (
                "rules/lists/new-year.txt",
                "# Two days\n2025-01-01 New Year's Day\n2025-01-06\n",
            ),
            ("rules/lists/may.txt", "2025-05-01"),
        ],
    );
    let rules = load(&folder);
    assert_eq!(mistakes(&rules), Vec::<String>::new());
    let model = rules.model.unwrap();
    let calendar = model.agreements[0].calendar.as_ref().unwrap();
    let is_working = |text: &str| calendar.is_working(text.parse().unwrap());
    for holiday in ["2025-01-01", "2025-01-06", "2025-05-01", "2025-12-25", "2025-01-04"] {
        assert!(!is_working(holiday), "{holiday}");
    }
    assert!(is_working("2025-01-02") && is_working("2026-01-01"));
}

#[test]
fn a_bad_line_is_shown_in_the_list_once() {
    let twice = "working days monday to friday holidays in \"lists/bad.txt\" holidays in \"lists/bad.txt\"";
    let list = "2025-01-01\n2025-02-30 no such day\n\nEaster 2025-04-20\n";
    let folder = folder(twice, &[("rules/lists/bad.txt", list)]);
    assert_eq!(
        mistakes(&load(&folder)),
        [
            "bad-literal at 2025-02-30 in bad.txt",
            "bad-literal at Easter in bad.txt"
        ]
    );
}

#[test]
fn a_list_must_be_a_text_under_the_root() {
    let large = "2025-01-01\n".repeat(100_000);
    let files = [("outside.txt", "2025-01-01"), ("rules/lists/large.txt", large.as_str())];
    for (path, code) in [
        ("../outside.txt", "forbidden-path"),
        ("/etc/hosts", "forbidden-path"),
        ("lists/lrge.txt", "unknown-file"),
        ("lists", "unreadable-file"),
        ("lists/large.txt", "unreadable-file"),
    ] {
        let agreement = format!("working days monday to friday holidays in \"{path}\"");
        let folder = folder(&agreement, &files);
        assert_eq!(mistakes(&load(&folder)), [format!("{code} at \"{path}\" in a.clause")]);
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_is_refused() {
    let folder = folder(
        "working days monday to friday holidays in \"link.txt\"",
        &[("outside.txt", "2025-01-01")],
    );
    std::os::unix::fs::symlink(folder.path().join("outside.txt"), folder.path().join("rules/link.txt")).unwrap();
    assert_eq!(mistakes(&load(&folder)), ["forbidden-path at \"link.txt\" in a.clause"]);
}

/// The agreements of a used file are not judged, so that their lists are not read.
#[test]
fn the_lists_of_used_files_are_left_alone() {
    let folder = folder(
        "working days monday to friday",
        &[("rules/b.clause", "agreement b { holidays in \"nothing.txt\" }")],
    );
    let path = folder.path().join("rules/a.clause");
    let text = format!("use \"b.clause\"\n{}", fs::read_to_string(&path).unwrap());
    fs::write(&path, text).unwrap();
    assert_eq!(mistakes(&load(&folder)), Vec::<String>::new());
}
