//! What editors know of the language is what the language is: words, snippets, and the server's command.
//!
//! That colours and trees are right is tried by editors/test, with the tools of the two kinds of grammar.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Map, Value};
use servanda::source::SourceMap;
use servanda::syntax::{is_reserved, parse};

type Words = BTreeSet<String>;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

fn is_word(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|char| char.is_ascii_lowercase())
}

/// The runs of letters in a text.
fn words_in(text: &str) -> Words {
    let runs = text.split(|char: char| !char.is_ascii_lowercase());
    runs.filter(|run| is_word(run)).map(str::to_owned).collect()
}

/// What stands in quotes in a text in which `\` takes the meaning of what follows.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = text.chars();
    while chars.any(|char| char == '"') {
        let mut content = String::new();
        while let Some(char) = chars.next() {
            match char {
                '"' => break,
                '\\' => content.extend(chars.next()),
                char => content.push(char),
            }
        }
        found.push(content);
    }
    found
}

/// The words of grammar/servanda.pest: those that some form is written with, and those that are kept.
fn language() -> (Words, Words) {
    let grammar: String = read("grammar/servanda.pest")
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let (before, rest) = grammar.split_once("\nreserved = @{").expect("a rule `reserved`");
    let (reserved, after) = rest.split_once("\n}").expect("its end");
    let words = |text: &str| -> Words { quoted(text).into_iter().filter(|text| is_word(text)).collect() };
    let mut used = words(&format!("{before}\n{after}"));
    let mut kept = words(reserved);
    assert!(
        used.len() > 100 && kept.len() > 40,
        "{} words, {} kept",
        used.len(),
        kept.len()
    );
    let open: Vec<&String> = kept.iter().filter(|word| !is_reserved(word)).collect();
    assert!(open.is_empty(), "{open:?} are not kept");
    // Editors know it before the language has it.
    for words in [&mut used, &mut kept] {
        words.insert("extended".to_owned());
    }
    (used, kept)
}

/// All objects in a document, however deep.
fn objects<'v>(value: &'v Value, found: &mut Vec<&'v Map<String, Value>>) {
    match value {
        Value::Object(fields) => {
            found.push(fields);
            fields.values().for_each(|value| objects(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

fn missing(from: &Words, wanted: &Words) -> Vec<String> {
    wanted.difference(from).cloned().collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

/// The texts that a rule of the tree-sitter grammar reads, without what a regular expression reads.
fn strings_in(rule: &Value) -> Words {
    let mut found = Vec::new();
    objects(rule, &mut found);
    let strings = found
        .into_iter()
        .filter(|rule| rule.get("type").is_some_and(|kind| kind == "STRING"));
    let texts = strings.filter_map(|rule| rule.get("value")?.as_str());
    texts.filter(|text| is_word(text)).map(str::to_owned).collect()
}

#[test]
fn the_tree_sitter_grammar_has_the_words_of_the_language_and_no_others() {
    let (used, kept) = language();
    let grammar = json("editors/tree-sitter-servanda/src/grammar.json");
    let known = strings_in(&grammar["rules"]);
    assert_eq!(
        missing(&known, &used),
        none(),
        "words that editors/tree-sitter-servanda/grammar.js lacks"
    );
    let plural = |word: &String| word.strip_suffix('s').is_some_and(|one| used.contains(one));
    let foreign: Vec<String> = missing(&used, &known)
        .into_iter()
        .filter(|word| !plural(word))
        .collect();
    assert_eq!(
        foreign,
        none(),
        "words of editors/tree-sitter-servanda/grammar.js that are none of the language"
    );

    // A word that no form is written with cannot be kept there, and `clause` is kept for the sake of what is unfinished.
    let reserved = strings_in(&grammar["reserved"]["global"]);
    let mut expected: Words = kept.intersection(&used).cloned().collect();
    expected.insert("clause".to_owned());
    assert_eq!(
        reserved, expected,
        "RESERVED of editors/tree-sitter-servanda/grammar.js"
    );
}

#[test]
fn tree_sitter_colours_every_word_of_the_language() {
    let (used, _) = language();
    let highlights = read("editors/tree-sitter-servanda/queries/highlights.scm");
    let mut coloured: Words = quoted(&highlights).into_iter().collect();
    let grammar = json("editors/tree-sitter-servanda/src/grammar.json");
    for (name, rule) in grammar["rules"].as_object().unwrap() {
        if highlights.contains(&format!("({name})")) {
            coloured.extend(strings_in(rule));
        }
    }
    assert_eq!(
        missing(&coloured, &used),
        none(),
        "words that queries/highlights.scm lacks"
    );
}

#[test]
fn the_textmate_grammar_has_the_words_of_the_language_and_no_others() {
    let (used, kept) = language();
    let grammar = json("editors/vscode/syntaxes/servanda.tmLanguage.json");

    // What a name is says which words are none. That list stands in most patterns, and makes no word known.
    let name = grammar["repository"]["name"]["match"]
        .as_str()
        .expect("the pattern of a name");
    let list = name.split_once("(?!(?:").and_then(|(_, rest)| rest.split_once(')'));
    let (list, _) = list.expect("the words that are no names");
    let reserved: Words = list.split('|').map(str::to_owned).collect();
    assert_eq!(reserved, kept, "RESERVED of editors/vscode/grammar/words.mjs");

    let mut rules = Vec::new();
    objects(&grammar, &mut rules);
    let patterns = rules
        .iter()
        .flat_map(|rule| ["match", "begin", "end"].map(|key| rule.get(key)?.as_str()));
    let known: Words = patterns
        .flatten()
        .flat_map(|pattern| words_in(&pattern.replace(list, "").replace("\\s", " ").replace("\\w", " ")))
        .collect();
    assert_eq!(
        missing(&known, &used),
        none(),
        "words that editors/vscode/grammar/words.mjs lacks"
    );
    let types = words_in("party text number bool instant date duration");
    let all: Words = used.iter().chain(&kept).chain(&types).cloned().collect();
    assert_eq!(
        missing(&all, &known),
        none(),
        "words of editors/vscode/grammar that are none of the language"
    );
}

/// A snippet as it stands when it was put in and nothing was changed.
fn put_in(body: &str) -> String {
    let mut text = String::new();
    let mut said: Vec<(String, String)> = Vec::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        if let Some(inside) = after.strip_prefix('{') {
            let (inside, behind) = inside.split_once('}').expect("the end of a placeholder");
            let number = digits(inside);
            let default = inside[number.len()..].trim_start_matches(':');
            let default = default
                .trim_matches('|')
                .split(',')
                .next()
                .filter(|_| default.starts_with('|'))
                .unwrap_or(default);
            text.push_str(default);
            said.push((number, default.to_owned()));
            rest = behind;
        } else {
            let number = digits(after);
            let known = said.iter().find(|(known, _)| *known == number);
            assert!(
                known.is_some() || number == "0",
                "${number} stands before what it repeats in {body}"
            );
            text.push_str(known.map_or("", |(_, default)| default));
            rest = &after[number.len()..];
        }
    }
    text + rest
}

fn is_read(text: &str) -> bool {
    let mut sources = SourceMap::new();
    let source = sources.add("snippet", text);
    parse(&sources, source).diagnostics.is_empty()
}

#[test]
fn snippets_are_rules() {
    let snippets = json("editors/vscode/snippets/servanda.json");
    let snippets = snippets.as_object().unwrap();
    assert!(snippets.len() > 10);
    for (name, snippet) in snippets {
        let lines: Vec<&str> = snippet["body"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let text = put_in(&lines.join("\n"));
        assert!(
            !text.contains(['$', '|']) || name == "Enumeration" || name == "State",
            "{name}: {text}"
        );
        let places = [
            text.clone(),
            format!("agreement x {{ {text} }}"),
            format!("event x {{ {text} }}"),
        ];
        assert!(
            places.iter().any(|place| is_read(place)),
            "`{name}` is no rule:\n{text}"
        );
    }
}

#[test]
fn the_server_offers_the_command_that_the_extension_runs() {
    let extension = read("editors/vscode/src/extension.ts");
    let (_, rest) = extension
        .split_once("const RUN_SCENARIOS = '")
        .expect("the name of the command");
    let (command, _) = rest.split_once('\'').unwrap();
    let messages = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}"#,
        r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#,
        r#"{"jsonrpc":"2.0","method":"exit"}"#,
    ];
    let framed = messages.map(|message| format!("Content-Length: {}\r\n\r\n{message}", message.len()));
    let run = Command::cargo_bin("servanda")
        .unwrap()
        .arg("lsp")
        .write_stdin(framed.concat())
        .assert()
        .success();
    let output = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(
        output.contains(&format!("\"{command}\"")),
        "{command} is not in {output}"
    );
}
