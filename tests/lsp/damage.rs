//! Files as they are while they are written: cut off anywhere, and edited at random. The server answers whatever it is asked of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::JoinHandle;

use gen_lsp_types as lsp;
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use proptest::prelude::*;
use serde_json::{Value, json};

/// How many damaged files are looked at.
fn cases() -> usize {
    let asked = std::env::var("SERVANDA_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(256)
}

/// The packs, and the texts that the reference of the language gives.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    let mut folders = vec![root.join("rules")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "clause") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let mut texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let reference = fs::read_to_string(root.join("docs/language.md")).unwrap();
    let blocks = reference.split("```clause").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap().split_once('\n').unwrap().1);
    texts.push(blocks.collect());
    texts
}

/// A server in a thread of its own. A panic there ends the conversation, which ends the test.
struct Server {
    client: Connection,
    thread: JoinHandle<()>,
    last: i32,
}

const FILE: &str = "untitled:damaged";
const FRESH: &str = "untitled:fresh";

impl Server {
    fn start() -> Self {
        let (client, server) = Connection::memory();
        let thread = std::thread::spawn(move || {
            servanda::lsp::serve(&server);
        });
        let mut server = Server {
            client,
            thread,
            last: 0,
        };
        server.ask("initialize", json!({ "capabilities": {} }));
        server.tell("initialized", json!({}));
        server
    }

    fn tell(&self, method: &str, parameters: Value) {
        let message = Notification::new(method.to_owned(), parameters);
        self.client.sender.send(message.into()).unwrap();
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let id = RequestId::from(self.last);
        let request = Request::new(id.clone(), method.to_owned(), parameters);
        self.client.sender.send(request.into()).unwrap();
        loop {
            match self.client.receiver.recv().expect("the server has fallen over") {
                Message::Response(response) if response.id == id => {
                    return response.response_result.unwrap_or(Value::Null);
                }
                _ => {}
            }
        }
    }

    fn open(&self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "servanda", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&self, version: usize, change: &Value) {
        let document = json!({ "uri": FILE, "version": version });
        let parameters = json!({ "textDocument": document, "contentChanges": [change] });
        self.tell("textDocument/didChange", parameters);
    }

    /// Everything that an editor asks of a place.
    fn ask_everything(&mut self, position: lsp::Position) {
        let document = json!({ "uri": FILE });
        let at = json!({ "textDocument": document, "position": position });
        for method in [
            "completion",
            "hover",
            "definition",
            "documentHighlight",
            "prepareRename",
        ] {
            self.ask(&format!("textDocument/{method}"), at.clone());
        }
        for method in ["foldingRange", "documentSymbol", "formatting"] {
            let parameters = json!({ "textDocument": document, "options": { "tabSize": 2, "insertSpaces": true } });
            self.ask(&format!("textDocument/{method}"), parameters);
        }
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": position });
        let parameters = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
        self.ask("textDocument/codeAction", parameters);
        let mut rename = at.clone();
        rename["newName"] = json!("another_name");
        self.ask("textDocument/rename", rename);
        let mut references = at;
        references["context"] = json!({ "includeDeclaration": true });
        self.ask("textDocument/references", references);
    }

    fn symbols(&mut self, uri: &str) -> Value {
        self.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }))
    }

    fn leave(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        drop(self.client);
        self.thread.join().expect("the server has fallen over");
    }
}

fn position(text: &str, offset: usize) -> lsp::Position {
    super::position(text, offset)
}

#[test]
fn a_file_that_is_cut_off_anywhere_can_be_worked_on() {
    let texts = texts();
    let total: usize = texts.iter().map(String::len).sum();
    // With as many cases as bytes every prefix is looked at.
    let step = (total / cases()).max(1);
    let mut server = Server::start();
    server.open(FILE, "");
    let mut version = 1;
    let mut next = 0;
    for text in &texts {
        let mut offset = next;
        while offset <= text.len() {
            if text.is_char_boundary(offset) {
                version += 1;
                let prefix = &text[..offset];
                server.change(version, &json!({ "text": prefix }));
                server.ask_everything(position(prefix, offset));
            }
            offset += step;
        }
        next = offset - text.len();
    }
    assert!(version > cases() / 2);
    server.leave();
}

/// Words and signs that are typed, and some that are not.
const TYPED: [&str; 40] = [
    "a",
    ".",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "#",
    "\n",
    "\r",
    "\r\n",
    " ",
    ",",
    ":",
    "==",
    "<",
    "|",
    "where ",
    "clause x {",
    "event ",
    "within 24 hours",
    "2024-02-30",
    "for every party p",
    "not ",
    "apply t(",
    "use \"x.clause\"",
    "é",
    "𝄞",
    "\u{0}",
    "\u{feff}",
    "must ",
    "ensure ",
    "template t(a: text) {",
    "9999999999999999999 EUR",
    "agreement a {",
    "total ",
    "share of ",
    "1 month",
];

#[derive(Debug, Clone)]
struct Edit {
    line: u32,
    character: u32,
    lines: u32,
    columns: u32,
    text: &'static str,
}

fn edit() -> impl Strategy<Value = Edit> {
    let far = prop_oneof![9 => 0_u32..100, 1 => Just(u32::MAX)];
    let text = (0..TYPED.len()).prop_map(|at| TYPED[at]);
    (
        0_u32..400,
        far,
        prop_oneof![8 => 0_u32..1, 2 => 0_u32..20],
        0_u32..12,
        text,
    )
        .prop_map(|(line, character, lines, columns, text)| Edit {
            line,
            character,
            lines,
            columns,
            text,
        })
}

#[test]
fn a_file_that_is_edited_at_random_can_be_worked_on() {
    let texts = texts();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: u32::try_from(cases() / 4).unwrap().max(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (0..texts.len(), prop::collection::vec(edit(), 1..8));
    let reached = std::cell::RefCell::new(BTreeMap::<bool, usize>::new());
    runner
        .run(&strategy, |(file, edits)| {
            let mut server = Server::start();
            server.open(FILE, &texts[file]);
            let mut mirror = texts[file].clone();
            for (version, edit) in edits.iter().enumerate() {
                let start = lsp::Position {
                    line: edit.line,
                    character: edit.character,
                };
                let end = lsp::Position {
                    line: edit.line.saturating_add(edit.lines),
                    character: edit.character.saturating_add(edit.columns),
                };
                let range = lsp::Range { start, end };
                server.change(version + 2, &json!({ "range": range, "text": edit.text }));
                server.ask_everything(start);
                mirror = applied(&mirror, range, edit.text);
            }
            // What the server has made of the edits is what it makes of the text that they come to.
            server.open(FRESH, &mirror);
            let (edited, fresh) = (server.symbols(FILE), server.symbols(FRESH));
            let count = edited.as_array().map_or(0, Vec::len);
            *reached.borrow_mut().entry(count > 0).or_default() += 1;
            server.leave();
            prop_assert_eq!(edited, fresh);
            Ok(())
        })
        .unwrap();
    assert!(
        reached.into_inner().contains_key(&true),
        "no damaged file had a symbol left"
    );
}

/// An edit as a client makes it, with every line end that the protocol knows.
fn applied(text: &str, range: lsp::Range, new: &str) -> String {
    let offset = |position: lsp::Position| {
        let mut line = 0;
        let mut at = 0;
        while line < position.line {
            let Some(end) = text[at..].find(['\r', '\n']) else {
                return text.len();
            };
            at += end + if text[at + end..].starts_with("\r\n") { 2 } else { 1 };
            line += 1;
        }
        let end = text[at..].find(['\r', '\n']).map_or(text.len(), |end| at + end);
        let mut column = 0;
        for (step, char) in text[at..end].char_indices() {
            let width = u32::try_from(char.len_utf16()).unwrap();
            if column + width > position.character {
                return at + step;
            }
            column += width;
        }
        end
    };
    let (start, end) = (offset(range.start), offset(range.end));
    format!("{}{new}{}", &text[..start], &text[end..])
}
