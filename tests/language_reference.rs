//! Every example of the pages that explain the language does what the page says.
//!
//! A `clause` block is built together with the `clause shared` block. A `jsonl` block after it is its log, and a `verdicts` block after
//! that is what must come out: for each clause named, its counts. A `mistakes` block after a `clause` block lists the codes of the mistakes in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use servanda::log::Inputs;
use servanda::model::{Model, build};
use servanda::run::{CheckOptions, check};
use servanda::source::SourceMap;
use servanda::syntax::parse;
use servanda::time::Instant;

#[derive(Debug)]
struct Block {
    line: usize,
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    line: number + 1,
                    info: info.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn model_of(text: &str) -> Result<Model, Vec<&'static str>> {
    let mut sources = SourceMap::new();
    let id = sources.add("language.md", text);
    let built = build(vec![parse(&sources, id)]);
    let codes = built
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.name())
        .collect();
    built.model.ok_or(codes)
}

fn verdicts(model: &Model, log: &str, as_of: Option<Instant>) -> BTreeMap<String, BTreeMap<&'static str, u64>> {
    let mut file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    file.write_all(log.as_bytes()).unwrap();
    let inputs = Inputs::open(&[file.path()], None).unwrap();
    let options = CheckOptions {
        as_of,
        ..CheckOptions::default()
    };
    let mut problems = Vec::new();
    let checked = check(model.clone(), &inputs, options, &mut problems).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let judgement = checked.judgement.unwrap();
    let counts = judgement.tallies().map(|(clause, tally)| {
        let all = [
            ("met", tally.met),
            ("violated", tally.violated),
            ("repaired", tally.repaired),
            ("excused", tally.excused),
            ("waived", tally.waived),
            ("unknown", tally.unknown),
            ("open", tally.open),
            ("vacuous", u64::from(tally.is_vacuous())),
        ];
        let counts = all.into_iter().filter(|(_, count)| *count > 0).collect();
        let clause = model.clause(clause);
        let name = match model.agreements.len() {
            1 => clause.name.clone(),
            _ => format!("{}.{}", model.agreement(clause.agreement).name, clause.name),
        };
        (name, counts)
    });
    counts.collect()
}

/// `name: 1 met, 2 open` or `name: vacuous`, one clause a line; a first line `as of INSTANT` is possible.
fn expected(text: &str) -> (Option<Instant>, BTreeMap<String, BTreeMap<String, u64>>) {
    let mut as_of = None;
    let mut all = BTreeMap::new();
    for line in text.lines() {
        if let Some(instant) = line.strip_prefix("as of ") {
            as_of = Some(instant.parse().unwrap());
            continue;
        }
        let (clause, counts) = line.split_once(": ").unwrap_or_else(|| panic!("not a verdict: {line}"));
        let counts = counts.split(", ").map(|count| match count.split_once(' ') {
            Some((number, word)) => (word.to_owned(), number.parse().unwrap()),
            None => (count.to_owned(), 1),
        });
        all.insert(clause.to_owned(), counts.collect());
    }
    (as_of, all)
}

#[test]
fn every_example_of_the_reference_does_what_the_page_says() {
    let (built, judged) = examples_of("docs/language.md");
    assert!(
        built >= 9 && judged >= 7,
        "{built} blocks built, {judged} judged: the page lost its examples"
    );
}

#[test]
fn every_recipe_does_what_the_page_says() {
    for page in ["docs/cookbook.md", "docs/treaty-to-clause.md"] {
        let (_, judged) = examples_of(page);
        assert!(judged >= 7, "{page}: {judged} judged: the page lost its examples");
    }
}

/// Runs the examples of a page; says how many were built, and how many were judged.
fn examples_of(page: &str) -> (usize, usize) {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let blocks = blocks(&page);
    let shared: String = blocks
        .iter()
        .filter(|block| block.info == "clause shared")
        .map(|block| block.text.as_str())
        .collect();
    assert!(!shared.is_empty());
    let (mut built, mut judged) = (0, 0);
    for (position, block) in blocks.iter().enumerate() {
        if block.info != "clause" {
            // Files and what commands print are looked at by tests/book.rs.
            let is_of_book = block.info.contains(",file=") || block.info == "console";
            assert!(
                is_of_book || ["clause shared", "jsonl", "verdicts", "mistakes", "sh"].contains(&block.info.as_str()),
                "line {}: a block of an unknown kind `{}`",
                block.line,
                block.info
            );
            continue;
        }
        built += 1;
        let model = model_of(&format!("{shared}\n{}", block.text));
        let after = |steps: usize| blocks.get(position + steps);
        if let Some(mistakes) = after(1).filter(|next| next.info == "mistakes") {
            let codes: Vec<&str> = mistakes.text.lines().collect();
            assert_eq!(model.err().unwrap_or_default(), codes, "line {}", block.line);
            continue;
        }
        let model = model.unwrap_or_else(|codes| panic!("line {}: {codes:?}", block.line));
        let Some(log) = after(1).filter(|next| next.info == "jsonl") else {
            continue;
        };
        let wanted = after(2).filter(|next| next.info == "verdicts");
        let wanted = wanted.unwrap_or_else(|| panic!("line {}: a log without verdicts", log.line));
        let (as_of, wanted) = expected(&wanted.text);
        let found = verdicts(&model, &log.text, as_of);
        for (clause, counts) in wanted {
            let found = found
                .get(&clause)
                .unwrap_or_else(|| panic!("line {}: no clause {clause}", block.line));
            let found: BTreeMap<String, u64> = found.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
            assert_eq!(found, counts, "line {}: {clause}", block.line);
        }
        judged += 1;
    }
    (built, judged)
}

#[test]
fn every_word_that_cannot_be_a_name_is_in_the_grammar() {
    // The page's list of words is for people; the grammar decides.
    for word in [
        "when",
        "where",
        "within",
        "otherwise",
        "must",
        "should",
        "ensure",
        "avoid",
        "maintain",
    ] {
        let text = format!("agreement {word} {{ }}");
        assert_eq!(model_of(&text).err(), Some(vec!["syntax"]), "{word}");
    }
}
