//! ARCHITECTURE.md's order of rooms: a room imports only from the rooms before it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

const ORDER: [&str; 21] = [
    "source",
    "time",
    "value",
    "diagnostic",
    "syntax",
    "index",
    "model",
    "analysis",
    "plan",
    "log",
    "export",
    "engine",
    "witness",
    "generate",
    "verdict",
    "account",
    "scenario",
    "report",
    "run",
    "lsp",
    "cli",
];

fn rust_files(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn rank(room: &str) -> usize {
    ORDER
        .iter()
        .position(|known| *known == room)
        .unwrap_or_else(|| panic!("`{room}` is no room of ARCHITECTURE.md"))
}

#[test]
fn rooms_import_only_from_rooms_before_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut imports = 0;
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&source).unwrap();
        let room = relative
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if room == "lib" || room == "main" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (line, content) in text.lines().enumerate() {
            for (at, _) in content.match_indices("crate::") {
                let rest = &content[at + "crate::".len()..];
                let used: String = rest
                    .chars()
                    .take_while(|char| char.is_alphanumeric() || *char == '_')
                    .collect();
                if used.is_empty() || content[..at].ends_with('$') {
                    continue;
                }
                imports += 1;
                if rank(&used) > rank(room) {
                    wrong.push(format!("{}:{}: {room} imports {used}", relative.display(), line + 1));
                }
            }
        }
    }
    assert!(
        imports > 100,
        "only {imports} imports were found: the test no longer sees them"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn architecture_lists_the_rooms_in_this_order() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let start = text
        .find("in this order: `source`")
        .expect("the sentence that gives the order");
    let sentence = &text[start..];
    let sentence = &sentence[..sentence.find("`tests/rooms.rs`").unwrap()];
    let listed: Vec<&str> = sentence.split('`').skip(1).step_by(2).collect();
    assert_eq!(listed, ORDER);
}
