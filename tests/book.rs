//! The book's commands print what the book shows, and its page of commands is what the command says of itself.
//!
//! On a page, a block `clause,file=NAME` (or any other kind with `,file=NAME`) is a file that the reader writes; with `,append` its text is added to the file.
//! A block `console` holds lines `$ servanda ...`, each followed by what it prints. `BOOK_UPDATE=1` writes the present output into the pages instead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use clap::CommandFactory;
use servanda::cli::Cli;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn is_updating() -> bool {
    std::env::var_os("BOOK_UPDATE").is_some()
}

/// What a reader sees who types a line, in a folder.
fn typed(line: &str, folder: &Path) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[0], "servanda", "the book runs nothing but servanda: {line}");
    let output = Command::cargo_bin("servanda")
        .unwrap()
        .args(&words[1..])
        .args(["--width", "80"])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let mut shown = String::from_utf8(output.stdout).unwrap();
    shown.push_str(&String::from_utf8(output.stderr).unwrap());
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The text of a `console` block, run anew.
fn run_block(block: &str, folder: &Path) -> String {
    let mut out = String::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            let printed = typed(command, folder);
            let _ = writeln!(out, "$ {command}\n{printed}");
        }
    }
    out
}

/// A page as it should be, its commands run.
fn run_page(page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(out, "{line}");
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let mut block = String::new();
        for inner in lines.by_ref().take_while(|inner| *inner != "```") {
            let _ = writeln!(block, "{inner}");
        }
        let file = info.split(',').find_map(|part| part.strip_prefix("file="));
        if let Some(file) = file {
            let path = folder.path().join(file);
            let before = if info.ends_with(",append") {
                fs::read_to_string(&path).unwrap()
            } else {
                String::new()
            };
            fs::write(path, before + &block).unwrap();
        }
        if info == "console" {
            block = run_block(&block, folder.path());
        }
        let _ = writeln!(out, "{block}```");
    }
    out
}

/// The pages that the table of contents names.
fn pages() -> Vec<PathBuf> {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let links = summary
        .lines()
        .filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    links.map(|link| docs().join(link)).collect()
}

#[test]
fn commands_print_what_the_book_shows() {
    let mut commands = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        commands += page.lines().filter(|line| line.starts_with("$ servanda")).count();
        let run = run_page(&page);
        if is_updating() {
            fs::write(&path, run).unwrap();
        } else {
            assert_eq!(page, run, "{}: BOOK_UPDATE=1 writes it anew", path.display());
        }
    }
    assert!(commands > 4, "the book lost its commands");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let named = pages();
    for entry in fs::read_dir(docs()).unwrap() {
        let path = entry.unwrap().path();
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        if is_page && !path.ends_with("SUMMARY.md") {
            assert!(named.contains(&path), "{} is not in SUMMARY.md", path.display());
        }
    }
}

#[test]
fn the_page_of_commands_is_what_the_command_says() {
    let mut page = String::from(
        "# Commands\n\nWhat the command says of itself: `servanda COMMAND --help`. This page is written by the project's tests.\n",
    );
    let mut command = Cli::command().term_width(100).color(clap::ColorChoice::Never);
    command.build();
    let _ = write!(page, "\n```text\n{}\n```\n", plain(&mut command));
    let names: Vec<String> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        let sub = command.find_subcommand_mut(&name).unwrap();
        let _ = write!(page, "\n## `servanda {name}`\n\n```text\n{}\n```\n", plain(sub));
    }
    let path = docs().join("commands.md");
    if is_updating() {
        fs::write(path, page).unwrap();
    } else {
        assert_eq!(fs::read_to_string(path).unwrap(), page, "BOOK_UPDATE=1 writes it anew");
    }
}

fn plain(command: &mut clap::Command) -> String {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
