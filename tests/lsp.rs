//! The language server, as an editor talks to it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "lsp/client.rs"]
mod client;
#[path = "lsp/damage.rs"]
mod damage;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use client::{Client, uri};
use gen_lsp_types as lsp;
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};

const EVENTS: &str = r#"# What both sides report.
event attack "Armed attack or threat" { id: text, against: party, kind: armed_attack | threat }
event consultation { incident: text, level: working < senior < ministerial, cost: optional money EUR }
state alert of region: low | high {
  attack a sets a.id to high
}
define about(c: consultation, a: attack) as c.incident == a.id
template talks(partner: party, window: duration, least: consultation.level) {
  clause talks {
    when attack a where a.against == partner
    partner must ensure consultation c where about(c, a) and c.level >= least within window
  }
}
"#;

const RULES: &str = r#"use "events.clause"

agreement pact "A pact" {
  in force from 2024-06-13 for 10 years
  time zone "Europe/Kyiv"
  party US "United States"
  party UA
  apply talks(partner: UA, window: 1 month, least: senior)
}

# Senior officials meet in time.
clause meet "They meet within a day" {
  severity critical
  when attack a where a.against == UA
  US and UA must ensure consultation c where c.incident == a.id and c.level >= senior within 24 hours
  otherwise US must ensure consultation c where c.incident == a.id within 2 days
}
"#;

struct Desk {
    folder: tempfile::TempDir,
    client: Client,
}

impl Desk {
    /// An editor with both files on disk, and the rules open.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("events.clause"), EVENTS).unwrap();
        fs::write(folder.path().join("rules.clause"), RULES).unwrap();
        let mut client = Client::in_folder(folder.path());
        client.open(&folder.path().canonicalize().unwrap().join("rules.clause"), RULES);
        Desk { folder, client }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn events(&self) -> PathBuf {
        self.path("events.clause")
    }

    fn rules(&self) -> PathBuf {
        self.path("rules.clause")
    }

    fn at(path: &Path, position: lsp::Position) -> lsp::TextDocumentPositionParams {
        lsp::TextDocumentPositionParams {
            text_document: lsp::TextDocumentIdentifier { uri: uri(path) },
            position,
        }
    }

    /// What can be written where `|` stands in a file of this text that uses the events.
    fn completions(&mut self, marked: &str) -> Vec<String> {
        let path = self.path("scratch.clause");
        let marked = format!("use \"events.clause\"\nagreement s {{ party US party UA }}\n{marked}");
        let offset = marked.find('‸').unwrap();
        let text = marked.replace('‸', "");
        self.client.open(&path, &text);
        let parameters = lsp::CompletionParams {
            context: None,
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            partial_result_params: lsp::PartialResultParams::default(),
            text_document_position_params: Desk::at(&path, position(&text, offset)),
        };
        let found = self.client.ask::<lsp::CompletionRequest>(parameters).unwrap().unwrap();
        let lsp::CompletionResponse::CompletionItemList(items) = found else {
            panic!("a plain list is promised");
        };
        let mut labels: Vec<(Option<String>, String)> =
            items.into_iter().map(|item| (item.sort_text, item.label)).collect();
        labels.sort();
        labels.into_iter().map(|(_, label)| label).collect()
    }

    fn hover(&mut self, text: &str, needle: &str) -> Option<String> {
        let parameters = lsp::HoverParams {
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            text_document_position_params: Desk::at(&self.rules(), place(text, needle)),
        };
        let hover = self.client.ask::<lsp::HoverRequest>(parameters).unwrap()?;
        match hover.contents {
            lsp::Contents::MarkupContent(content) => Some(content.value),
            other => panic!("markdown is promised: {other:?}"),
        }
    }

    fn definition(&mut self, path: &Path, position: lsp::Position) -> Vec<lsp::Location> {
        let parameters = lsp::DefinitionParams {
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            partial_result_params: lsp::PartialResultParams::default(),
            text_document_position_params: Desk::at(path, position),
        };
        match self.client.ask::<lsp::DefinitionRequest>(parameters).unwrap() {
            Some(lsp::DefinitionResponse::Definition(lsp::Definition::LocationList(found))) => found,
            other => panic!("a list is promised: {other:?}"),
        }
    }

    fn references(&mut self, path: &Path, position: lsp::Position, declarations: bool) -> Vec<lsp::Location> {
        let parameters = lsp::ReferenceParams {
            context: lsp::ReferenceContext {
                include_declaration: declarations,
            },
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            partial_result_params: lsp::PartialResultParams::default(),
            text_document_position_params: Desk::at(path, position),
        };
        self.client.ask::<lsp::ReferencesRequest>(parameters).unwrap().unwrap()
    }

    /// Both files as a rename would leave them, or why it is refused.
    fn renamed(&mut self, path: &Path, position: lsp::Position, new: &str) -> Result<BTreeMap<String, String>, String> {
        let parameters = lsp::RenameParams {
            new_name: new.to_owned(),
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            text_document_position_params: Desk::at(path, position),
        };
        let edit = self.client.ask::<lsp::RenameRequest>(parameters);
        let edit = edit.map_err(|error| error.message)?.unwrap();
        let mut files = BTreeMap::new();
        for (name, text) in [("events.clause", EVENTS), ("rules.clause", RULES)] {
            let changes = edit.changes.as_ref().unwrap();
            let edits = changes.get(&uri(&self.path(name))).cloned().unwrap_or_default();
            files.insert(name.to_owned(), edited(text, edits));
        }
        Ok(files)
    }
}

/// The position of an offset, columns in UTF-16.
fn position(text: &str, offset: usize) -> lsp::Position {
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    lsp::Position {
        line: u32::try_from(text[..offset].matches('\n').count()).unwrap(),
        character: u32::try_from(text[line_start..offset].encode_utf16().count()).unwrap(),
    }
}

/// Where a needle stands; `‸` in it marks the place within it that is meant.
fn place(text: &str, needle: &str) -> lsp::Position {
    let inner = needle.find('‸').unwrap_or(0);
    let needle = needle.replace('‸', "");
    position(
        text,
        text.find(&needle).unwrap_or_else(|| panic!("no {needle:?}")) + inner,
    )
}

fn offset(text: &str, position: lsp::Position) -> usize {
    let line = text.split_inclusive('\n').nth(position.line as usize).unwrap_or("");
    let start: usize = text
        .split_inclusive('\n')
        .take(position.line as usize)
        .map(str::len)
        .sum();
    let mut column = 0;
    for (at, char) in line.char_indices() {
        if column >= position.character as usize {
            return start + at;
        }
        column += char.len_utf16();
    }
    start + line.len()
}

fn edited(text: &str, mut edits: Vec<lsp::TextEdit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(
            offset(&text, edit.range.start)..offset(&text, edit.range.end),
            &edit.new_text,
        );
    }
    text
}

fn snippet(text: &str, range: lsp::Range) -> &str {
    &text[offset(text, range.start)..offset(text, range.end)]
}

fn code(diagnostic: &lsp::Diagnostic) -> &str {
    match &diagnostic.code {
        Some(lsp::Code::String(code)) => code,
        other => panic!("codes are names: {other:?}"),
    }
}

fn message(diagnostic: &lsp::Diagnostic) -> &str {
    match &diagnostic.message {
        lsp::Message::String(message) => message,
        lsp::Message::MarkupContent(content) => &content.value,
    }
}

// ---- The conversation ----

#[test]
fn the_server_says_what_it_can_and_leaves_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start();
    let result = client.greet(folder.path(), lsp::ClientCapabilities::default());
    let can = result.capabilities;
    assert_eq!(can.position_encoding, Some(lsp::PositionEncodingKind::UTF16));
    assert!(can.completion_provider.is_some() && can.hover_provider.is_some() && can.rename_provider.is_some());
    assert_eq!(result.server_info.unwrap().name, "servanda");
    assert_eq!(client.leave().code(), Some(0));
}

#[test]
fn a_client_that_vanishes_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Client::in_folder(folder.path()).vanish(false).code(), Some(1));
    assert_eq!(Client::in_folder(folder.path()).vanish(true).code(), Some(1));
    assert_eq!(Client::start().vanish(true).code(), Some(1));
}

#[test]
fn columns_are_bytes_for_a_client_that_offers_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("x.clause");
    let text = "event é { ключ: text } event é { a: text }\n";
    for (offered, kind, column) in [
        (
            vec![lsp::PositionEncodingKind::UTF16, lsp::PositionEncodingKind::UTF8],
            lsp::PositionEncodingKind::UTF8,
            34,
        ),
        (
            vec![lsp::PositionEncodingKind::UTF16],
            lsp::PositionEncodingKind::UTF16,
            29,
        ),
    ] {
        let mut client = Client::start();
        let capabilities = lsp::ClientCapabilities {
            general: Some(lsp::GeneralClientCapabilities {
                position_encodings: Some(offered),
                ..lsp::GeneralClientCapabilities::default()
            }),
            ..lsp::ClientCapabilities::default()
        };
        let result = client.greet(folder.path(), capabilities);
        assert_eq!(result.capabilities.position_encoding, Some(kind));
        client.open(&path, text);
        let mistakes = client.mistakes(&path, Some(1));
        assert_eq!(code(&mistakes[0]), "duplicate-name");
        assert_eq!(mistakes[0].range.start.character, column);
        assert_eq!(client.leave().code(), Some(0));
    }
}

#[test]
fn misbehaviour_is_answered_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start();
    // A request before the greeting.
    let early = client.call("textDocument/hover", json!({}));
    assert_eq!(client.answer(&early).unwrap_err().code, -32_002);
    client.raw(b"Content-Length: 9\r\n\r\n{\"oops\": ");
    let refused = client.next_value();
    assert_eq!(
        (&refused["id"], &refused["error"]["code"]),
        (&Value::Null, &json!(-32_700))
    );
    client.raw(b"Content-Length: 10\r\n\r\n[\"oops\",1]");
    let refused = client.next_value();
    assert_eq!(
        (&refused["id"], &refused["error"]["code"]),
        (&Value::Null, &json!(-32_600))
    );
    client.greet(folder.path(), lsp::ClientCapabilities::default());

    for (method, parameters, wanted) in [
        ("textDocument/unheardOf", json!({}), -32_601),
        (
            "initialize",
            json!({ "capabilities": {}, "processId": null, "rootUri": null }),
            -32_600,
        ),
        ("textDocument/hover", json!({ "position": "here" }), -32_602),
        (
            "workspace/executeCommand",
            json!({ "command": "servanda.unheardOf" }),
            -32_602,
        ),
    ] {
        let id = client.call(method, parameters);
        assert_eq!(client.answer(&id).unwrap_err().code, wanted, "{method}");
    }
    // Nobody waits for an answer to these.
    client.send(Notification::new("$/unheardOf".to_owned(), json!({})));
    client.send(Notification::new(
        "textDocument/didOpen".to_owned(),
        json!({ "textDocument": 7 }),
    ));
    client.send(Notification::new("textDocument/didChange".to_owned(), json!(null)));
    client.change(&folder.path().join("never-opened.clause"), 2, None, "event x {}");
    // Files that are not there, and one that is no file.
    for name in ["file:///nowhere/x.clause", "untitled:Untitled-1", "%%%", "file://"] {
        let parameters = json!({ "textDocument": { "uri": name }, "position": { "line": 9, "character": 9 } });
        let id = client.call("textDocument/hover", parameters);
        assert_eq!(client.answer(&id).unwrap(), Value::Null, "{name}");
    }
    client.ask::<lsp::ShutdownRequest>(()).unwrap();
    let late = client.call("textDocument/hover", json!({}));
    assert_eq!(client.answer(&late).unwrap_err().code, -32_600);
    client.tell::<lsp::ExitNotification>(());
    assert_eq!(client.vanish(false).code(), Some(0));
}

#[test]
fn a_header_that_cannot_be_read_ends_the_server_with_an_error() {
    let mut client = Client::start();
    client.raw(b"Content-Length: 99999999999999999999\r\n\r\n{}");
    assert_eq!(client.vanish(false).code(), Some(2));
}

#[test]
fn a_cancelled_request_is_not_answered_in_vain() {
    let (client, server) = Connection::memory();
    let request = |id: i32, method: &str, parameters: Value| -> Message {
        Request::new(RequestId::from(id), method.to_owned(), parameters).into()
    };
    let at = json!({ "textDocument": { "uri": "file:///x.clause" }, "position": { "line": 0, "character": 0 } });
    // All of it has arrived before the server looks.
    for message in [
        request(1, "initialize", json!({ "capabilities": {} })),
        request(2, "textDocument/hover", at.clone()),
        request(3, "textDocument/hover", at),
        Notification::new("$/cancelRequest".to_owned(), json!({ "id": 2 })).into(),
        request(4, "shutdown", Value::Null),
        Notification::new("exit".to_owned(), Value::Null).into(),
    ] {
        client.sender.send(message).unwrap();
    }
    assert_eq!(servanda::lsp::serve(&server), servanda::lsp::Ending::Orderly);
    drop(server);
    let mut answers = BTreeMap::new();
    for message in client.receiver {
        if let Message::Response(response) = message {
            let known = answers.insert(response.id, response.response_result.map_err(|error| error.code));
            assert!(known.is_none(), "one answer each");
        }
    }
    assert_eq!(answers[&RequestId::from(2)], Err(-32_800));
    assert_eq!(answers[&RequestId::from(3)], Ok(Value::Null));
    assert_eq!(answers.len(), 4);
}

// ---- Mistakes ----

#[test]
fn mistakes_follow_what_is_typed() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    assert_eq!(desk.client.mistakes(&rules, Some(1)), []);
    let start = place(RULES, "attack a");
    let end = lsp::Position {
        character: start.character + 6,
        ..start
    };
    desk.client.change(&rules, 2, Some(lsp::Range { start, end }), "atack");
    let mistakes = desk.client.mistakes(&rules, Some(2));
    assert_eq!(mistakes.iter().map(code).collect::<Vec<_>>(), ["unknown-event"]);
    assert!(message(&mistakes[0]).contains("did you mean `attack`?"), "{mistakes:?}");
    let typed = RULES.replacen("when attack a", "when atack a", 1);
    assert_eq!(snippet(&typed, mistakes[0].range), "atack");
    let end = lsp::Position {
        character: start.character + 5,
        ..start
    };
    desk.client.change(&rules, 3, Some(lsp::Range { start, end }), "attack");
    assert_eq!(desk.client.mistakes(&rules, Some(3)), []);
    desk.client.leave();
}

#[test]
fn a_burst_of_changes_is_judged_once_it_is_over() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    for version in 2..=200 {
        desk.client
            .change(&rules, version, None, &format!("event e{version} {{ x: oops }}"));
    }
    let mistakes = desk.client.mistakes(&rules, Some(200));
    assert_eq!(mistakes.iter().map(code).collect::<Vec<_>>(), ["unknown-type"]);
    desk.client.leave();
}

#[test]
fn files_that_use_an_edited_file_are_judged_anew_by_its_unsaved_text() {
    let mut desk = Desk::new();
    let (events, rules) = (desk.events(), desk.rules());
    assert_eq!(desk.client.mistakes(&rules, Some(1)), []);
    desk.client.open(&events, EVENTS);
    let other = desk.path("other.clause");
    fs::write(&other, RULES.replace("agreement pact", "agreement other")).unwrap();
    desk.client
        .change(&events, 2, None, &EVENTS.replace("event attack", "event assault"));
    // The one that is open, and the one that is only on disk.
    for (path, version) in [(&rules, Some(1)), (&other, None)] {
        let mistakes = desk.client.mistakes(path, version);
        assert!(
            mistakes.iter().any(|mistake| code(mistake) == "unknown-event"),
            "{mistakes:?}"
        );
    }
    // Closed without saving, it is what it is on disk again.
    desk.client
        .tell::<lsp::DidCloseTextDocumentNotification>(lsp::DidCloseTextDocumentParams {
            text_document: lsp::TextDocumentIdentifier { uri: uri(&events) },
        });
    assert_eq!(desk.client.mistakes(&rules, Some(1)), []);
    desk.client.leave();
}

#[test]
fn other_places_of_a_mistake_are_told_across_files() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    let text = format!("{RULES}event attack {{ id: number }}\n");
    desk.client.change(&rules, 2, None, &text);
    // The file that is used is read second, so that its declaration is the one too many.
    let mistakes = desk.client.mistakes(&desk.events(), None);
    let twice = mistakes
        .iter()
        .find(|mistake| code(mistake) == "duplicate-name")
        .unwrap();
    let related = twice.related_information.as_ref().unwrap();
    assert_eq!(related[0].location.uri, uri(&rules));
    assert_eq!(snippet(&text, related[0].location.range), "attack");
    desk.client.leave();
}

// ---- Names ----

#[test]
fn completion_offers_what_can_stand_there() {
    let mut desk = Desk::new();
    let levels = ["working", "senior", "ministerial"];
    // Each with what is offered and what is not; the clause around is broken most of the time.
    for (marked, offered, withheld) in [
        (
            "clause x { when ‸ }",
            &["attack", "consultation"][..],
            &["US", "alert"][..],
        ),
        ("clause x { when att‸", &["attack"], &["US"]),
        (
            "clause x { when attack a where a.‸",
            &["id", "against", "kind", "time"],
            &["level", "a"],
        ),
        (
            "clause x { when attack a where a.kind == ‸",
            &["armed_attack", "threat"],
            &["working", "US"],
        ),
        (
            "clause x { when attack a where a.against == ‸",
            &["US", "UA"],
            &["threat"],
        ),
        (
            "clause x { when attack a where a.kind in [threat, ‸",
            &["armed_attack"],
            &["US"],
        ),
        (
            "clause x { when attack a ‸",
            &["where", "if", "unless", "US"],
            &["agreement"],
        ),
        ("clause x { when attack a where ‸", &["a", "about", "not"], &["some"]),
        (
            "clause x { when attack a if ‸",
            &["a", "alert", "some", "no"],
            &["within"],
        ),
        ("clause x { US ‸", &["must", "should", "may"], &["ensure"]),
        (
            "clause x { US must ensure consultation c where c.level >= ‸",
            &levels,
            &["US", "threat"],
        ),
        (
            "clause x { US must ensure consultation c where about(‸",
            &["c"],
            &["US"],
        ),
        ("clause x { US must maintain alert(r) == ‸", &["low", "high"], &["US"]),
        ("clause x { severity ‸", &["minor", "major", "critical"], &["US"]),
        (
            "clause x { US must maintain alert(r) == low for every ‸",
            &["region", "party"],
            &["US"],
        ),
        ("event e { x: ‸", &["text", "party", "set of", "optional"], &["attack"]),
        ("agreement t { apply ‸", &["talks"], &["about"]),
        ("agreement t { apply talks(‸", &["partner", "window", "least"], &["US"]),
        ("agreement t { apply talks(partner: ‸", &["US", "UA"], &["working"]),
        ("agreement t { apply talks(least: ‸", &levels, &["US"]),
        (
            "template t(n: duration) { clause x { US must ensure attack a within ‸",
            &["n"],
            &["US"],
        ),
        ("define f(a: attack) as a.‸", &["id", "kind"], &["level"]),
        (
            "clause forbidden { US must avoid attack }\nclause x { US may conduct attack a despite ‸",
            &["forbidden"],
            &["US"],
        ),
        ("‸", &["agreement", "clause", "event"], &["when"]),
        ("# a remark ‸", &[], &["agreement", "clause"]),
        ("agreement z { time zone \"Europe/K‸", &["Europe/Kyiv"], &["agreement"]),
        ("use \"‸", &["events.clause", "rules.clause"], &["scratch.clause"]),
    ] {
        let labels = desk.completions(marked);
        for label in offered {
            assert!(
                labels.iter().any(|known| known == label),
                "{marked}: no {label} in {labels:?}"
            );
        }
        for label in withheld {
            assert!(
                !labels.iter().any(|known| known == label),
                "{marked}: {label} in {labels:?}"
            );
        }
    }
    desk.client.leave();
}

#[test]
fn hover_shows_declarations_clauses_and_times() {
    let mut desk = Desk::new();
    for (needle, wanted) in [
        (
            "when att‸ack",
            &["event attack", "Armed attack or threat", "What both sides report."][..],
        ),
        (
            "c.le‸vel >=",
            &["level: working < senior < ministerial", "`consultation`"],
        ),
        ("sen‸ior within", &["2 of 3, lowest first"]),
        ("c.inc‸ident == a.id and", &["incident: text"]),
        (
            "clause me‸et",
            &[
                "They meet within a day",
                "Senior officials meet in time.",
                "opened by `attack a where a.against == UA`",
                "binding",
                "86400 seconds",
                "repaired",
            ],
        ),
        ("2024-0‸6-13", &["2024-06-13 00:00 +03:00", "2024-06-14 00:00 +03:00"]),
        ("24 ho‸urs", &["exact, 86400 seconds"]),
        ("1 mo‸nth,", &["calendar of Europe/Kyiv"]),
        (
            "agreement pa‸ct",
            &["A pact", "2034-06-13 00:00 +03:00", "United States"],
        ),
        ("win‸dow: 1", &["window: duration"]),
        ("== U‸A", &["party UA"]),
    ] {
        let shown = desk
            .hover(RULES, needle)
            .unwrap_or_else(|| panic!("nothing at {needle}"));
        for part in wanted {
            assert!(shown.contains(part), "{needle}: no {part:?} in\n{shown}");
        }
    }
    assert_eq!(desk.hover(RULES, "sever‸ity"), None);
    desk.client.leave();
}

#[test]
fn definitions_are_found_across_files() {
    let mut desk = Desk::new();
    let (events, rules) = (desk.events(), desk.rules());
    for (needle, file, wanted) in [
        ("when att‸ack", &events, "attack"),
        ("c.le‸vel >=", &events, "level"),
        ("sen‸ior within", &events, "senior"),
        ("a.id‸ and", &events, "id"),
        ("‸US and", &rules, "US"),
        ("== U‸A", &rules, "UA"),
        ("apply ta‸lks", &events, "talks"),
        ("win‸dow:", &events, "window"),
        ("‸c.level >=", &rules, "c"),
    ] {
        let found = desk.definition(&rules, place(RULES, needle));
        let text = if *file == events { EVENTS } else { RULES };
        assert_eq!(found.len(), 1, "{needle}: {found:?}");
        assert_eq!(found[0].uri, uri(file), "{needle}");
        assert_eq!(snippet(text, found[0].range), wanted, "{needle}");
    }
    let file = desk.definition(&rules, place(RULES, "events‸.clause"));
    assert_eq!(file[0].uri, uri(&events));
    assert_eq!(desk.definition(&rules, place(RULES, "in fo‸rce")), []);
    // The name of an event in a duty is its own, not that of the duty before.
    let own = desk.definition(&rules, place(RULES, "otherwise US must ensure consultation c where ‸c"));
    assert_eq!(
        own[0].range.start,
        place(RULES, "otherwise US must ensure consultation ‸c")
    );
    desk.client.leave();
}

#[test]
fn references_are_found_in_files_that_are_not_open_and_not_in_strangers() {
    let mut desk = Desk::new();
    let (events, rules) = (desk.events(), desk.rules());
    let stranger = desk.path("stranger.clause");
    fs::write(
        &stranger,
        "event attack { id: text }\nagreement s { party S clause c { S must avoid attack a } }\n",
    )
    .unwrap();
    let second = desk.path("second.clause");
    fs::write(
        &second,
        "use \"events.clause\"\nagreement t { party T clause c { T must avoid attack a where a.against == T } }\n",
    )
    .unwrap();
    let found = desk.references(&events, place(EVENTS, "event att‸ack"), true);
    let count = |path: &Path| found.iter().filter(|location| location.uri == uri(path)).count();
    assert_eq!(
        (count(&events), count(&rules), count(&second), count(&stranger)),
        (4, 1, 1, 0)
    );
    let uses = desk.references(&events, place(EVENTS, "event att‸ack"), false);
    assert_eq!(uses.len(), found.len() - 1);
    desk.client.leave();
}

#[test]
fn alternatives_and_sequences_have_their_names() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    // Read and half written.
    for end in ["within 1 day", "within within"] {
        let text = format!(
            "use \"events.clause\"\nagreement p {{ party US }}\nclause either {{\n  when attack x where x.kind == threat\n    or when consultation x where x.level == \
             senior\n  US must ensure attack b where b.time > x.time {end}\n}}\n"
        );
        desk.client.change(&rules, 2, None, &text);
        let uses = desk.references(&rules, place(&text, "> x‸.time"), true);
        assert_eq!(uses.len(), 5, "{end}: {uses:?}");
        let level = desk.definition(&rules, place(&text, "x.le‸vel"));
        assert_eq!(snippet(EVENTS, level[0].range), "level", "{end}");
    }
    let text = RULES.replacen(
        "when attack a where a.against == UA",
        "when consultation f then attack a where a.id == f.incident within 3 days",
        1,
    );
    desk.client.change(&rules, 3, None, &text);
    assert_eq!(desk.client.mistakes(&rules, Some(3)), []);
    let first = desk.definition(&rules, place(&text, "‸f.incident"));
    assert_eq!(first[0].range.start, place(&text, "consultation ‸f"));
    desk.client.leave();
}

#[test]
fn a_parameter_is_found_where_it_stands_for_a_literal() {
    let mut desk = Desk::new();
    let (events, rules) = (desk.events(), desk.rules());
    let found = desk.references(&rules, place(RULES, "win‸dow:"), true);
    let shown: Vec<(&str, lsp::Position)> = found
        .iter()
        .map(|location| {
            if location.uri == uri(&events) {
                ("events", location.range.start)
            } else {
                ("rules", location.range.start)
            }
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("events", place(EVENTS, "‸window: duration")),
            ("events", place(EVENTS, "within ‸window")),
            ("rules", place(RULES, "‸window: 1 month")),
        ]
    );
    desk.client.leave();
}

#[test]
fn names_are_known_in_a_clause_that_cannot_be_parsed() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    let broken = RULES.replacen("within 24 hours", "within within", 1);
    desk.client.change(&rules, 2, None, &broken);
    let events = desk.events();
    for (needle, file, wanted) in [
        ("when att‸ack", &events, "attack"),
        ("c.le‸vel >=", &events, "level"),
        ("sen‸ior within", &events, "senior"),
        ("‸a.against", &rules, "a"),
        ("== U‸A", &rules, "UA"),
    ] {
        let found = desk.definition(&rules, place(&broken, needle));
        let text = if *file == events { EVENTS } else { &broken };
        assert_eq!(found.len(), 1, "{needle}: {found:?}");
        assert_eq!(found[0].uri, uri(file), "{needle}");
        assert_eq!(snippet(text, found[0].range), wanted, "{needle}");
    }
    desk.client.leave();
}

#[test]
fn renaming_reaches_every_file() {
    let mut desk = Desk::new();
    let (events, rules) = (desk.events(), desk.rules());
    for (path, position, old, new) in [
        (&rules, place(RULES, "when att‸ack"), "attack", "assault"),
        (&rules, place(RULES, "c.le‸vel"), "level", "rank"),
        (&rules, place(RULES, "sen‸ior within"), "senior", "high_level"),
        (&events, place(EVENTS, "template ta‸lks"), "talks", "meetings"),
        (&events, place(EVENTS, "win‸dow: duration"), "window", "span"),
        (&events, place(EVENTS, "define ab‸out"), "about", "concerns"),
    ] {
        let files = desk.renamed(path, position, new).unwrap();
        let (both, before) = (files.values().cloned().collect::<String>(), format!("{EVENTS}{RULES}"));
        assert!(both.matches(new).count() > before.matches(new).count(), "{old}");
        // A title and an enumeration's value hold the word too: those stay.
        let left = both
            .split(|char: char| !(char.is_alphanumeric() || char == '_'))
            .filter(|word| *word == old)
            .count();
        let expected = match old {
            "attack" => 1,
            "talks" => 1,
            _ => 0,
        };
        assert_eq!(left, expected, "{old} is left in\n{both}");
    }
    // Only within its own duty.
    let files = desk.renamed(&rules, place(RULES, "‸c.level"), "meeting").unwrap();
    assert!(files["rules.clause"].contains("otherwise US must ensure consultation c where c.incident"));
    assert!(files["rules.clause"].contains("consultation meeting where meeting.incident == a.id and meeting.level"));
    desk.client.leave();
}

#[test]
fn renaming_is_refused_with_its_reason() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    for (needle, new, reason) in [
        ("when att‸ack", "within", "a word of the language"),
        ("when att‸ack", "7up", "not a name"),
        ("when att‸ack", "", "not a name"),
        ("when att‸ack", "two words", "not a name"),
        ("when att‸ack", "consultation", "already an event `consultation`"),
        ("c.le‸vel", "incident", "already a field `incident`"),
        ("c.le‸vel", "time", "without declaring it"),
        ("sen‸ior within", "working", "already a value `working`"),
        ("party U‸S", "UA", "already a party `UA`"),
        ("‸c.level", "a", "`a`"),
        ("in fo‸rce", "x", "no name here"),
    ] {
        let refused = desk.renamed(&rules, place(RULES, needle), new).unwrap_err();
        assert!(refused.contains(reason), "{needle} to {new:?}: {refused}");
    }
    desk.client.leave();
}

// ---- The file as a whole ----

#[test]
fn symbols_are_nested_and_survive_mistakes() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    let text = format!("{RULES}clause broken {{ when when }}\nevent last {{ a: text }}\n");
    desk.client.change(&rules, 2, None, &text);
    let parameters = lsp::DocumentSymbolParams {
        text_document: lsp::TextDocumentIdentifier { uri: uri(&rules) },
        work_done_progress_params: lsp::WorkDoneProgressParams::default(),
        partial_result_params: lsp::PartialResultParams::default(),
    };
    let Some(lsp::DocumentSymbolResponse::DocumentSymbolList(symbols)) =
        desk.client.ask::<lsp::DocumentSymbolRequest>(parameters).unwrap()
    else {
        panic!("nested symbols are promised");
    };
    let tree: Vec<(String, Vec<String>)> = symbols
        .iter()
        .map(|symbol| {
            let children = symbol.children.iter().flatten().map(|child| child.name.clone());
            (symbol.name.clone(), children.collect())
        })
        .collect();
    let own = |name: &str, children: &[&str]| {
        (
            name.to_owned(),
            children.iter().map(|&child| child.to_owned()).collect(),
        )
    };
    assert_eq!(
        tree,
        [
            own("pact", &["US", "UA"]),
            own("meet", &[]),
            own("broken", &[]),
            own("last", &["a"]),
        ]
    );
    for symbol in &symbols {
        assert!(symbol.range.start <= symbol.selection_range.start && symbol.selection_range.end <= symbol.range.end);
    }
    let id = desk.client.call("workspace/symbol", json!({ "query": "cnslt" }));
    let found: Vec<lsp::WorkspaceSymbol> = serde_json::from_value(desk.client.answer(&id).unwrap()).unwrap();
    let names: Vec<&str> = found
        .iter()
        .map(|symbol| symbol.base_symbol_information.name.as_str())
        .collect();
    assert_eq!(names, ["consultation"]);
    desk.client.leave();
}

#[test]
fn braces_and_comments_fold() {
    let mut desk = Desk::new();
    let path = desk.path("fold.clause");
    let text = "# one\n# two\nevent e {\n  a: text\n}\nevent f { a: text }\n";
    desk.client.open(&path, text);
    let parameters = lsp::FoldingRangeParams {
        text_document: lsp::TextDocumentIdentifier { uri: uri(&path) },
        work_done_progress_params: lsp::WorkDoneProgressParams::default(),
        partial_result_params: lsp::PartialResultParams::default(),
    };
    let found = desk
        .client
        .ask::<lsp::FoldingRangeRequest>(parameters)
        .unwrap()
        .unwrap();
    let lines: Vec<(u32, u32)> = found.iter().map(|range| (range.start_line, range.end_line)).collect();
    assert_eq!(lines, [(2, 3), (0, 1)]);
    desk.client.leave();
}

#[test]
fn what_is_amiss_can_be_mended_or_allowed() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    let mut actions = |text: &str, version: i32, needle: &str| -> BTreeMap<String, String> {
        desk.client.change(&rules, version, None, text);
        let here = place(text, needle);
        let parameters = lsp::CodeActionParams {
            text_document: lsp::TextDocumentIdentifier { uri: uri(&rules) },
            range: lsp::Range { start: here, end: here },
            context: lsp::CodeActionContext::default(),
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            partial_result_params: lsp::PartialResultParams::default(),
        };
        let actions = desk.client.ask::<lsp::CodeActionRequest>(parameters).unwrap().unwrap();
        let actions = actions.into_iter().map(|action| match action {
            lsp::CodeActionResponse::CodeAction(action) => action,
            lsp::CodeActionResponse::Command(command) => panic!("an edit is promised: {command:?}"),
        });
        actions
            .map(|action| {
                let edits = action.edit.unwrap().changes.unwrap()[&uri(&rules)].clone();
                (action.title, edited(text, edits))
            })
            .collect()
    };
    let misspelt = RULES.replacen("when attack a", "when atack a", 1);
    let found = actions(&misspelt, 2, "at‸ack a");
    assert_eq!(found["Replace it by `attack`"], RULES);
    let twice = misspelt.replacen("ensure consultation", "ensure consultatoin", 1);
    let found = actions(&twice, 3, "in fo‸rce");
    assert_eq!(found["Mend all that is certain in this file"], RULES);
    let unused = format!("{RULES}event nothing {{ a: text }}\n");
    let found = actions(&unused, 4, "event no‸thing");
    assert_eq!(
        found["Allow `unused` here"],
        unused.replace("event nothing", "# lint: allow(unused)\nevent nothing")
    );
    assert_eq!(
        actions(&found["Allow `unused` here"], 5, "event no‸thing"),
        BTreeMap::new()
    );
    assert_eq!(actions(RULES, 6, "when att‸ack"), BTreeMap::new());
    desk.client.leave();
}

#[test]
fn a_file_is_laid_out_as_the_command_does() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    let mut format = |text: &str, version: i32| {
        desk.client.change(&rules, version, None, text);
        desk.client
            .ask::<lsp::DocumentFormattingRequest>(lsp::DocumentFormattingParams {
                text_document: lsp::TextDocumentIdentifier { uri: uri(&rules) },
                options: lsp::FormattingOptions::default(),
                work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            })
    };
    let untidy = RULES
        .replace("  party US", "party   US")
        .replace("\n}\n\n# Senior", "\n}\n\n\n\n# Senior");
    let tidy = servanda::format(&untidy).unwrap();
    let edits = format(&untidy, 2).unwrap().unwrap();
    assert_eq!(edited(&untidy, edits), tidy);
    assert_eq!(format(&tidy, 3).unwrap().unwrap(), []);
    let refused = format("clause x { when when }", 4).unwrap_err();
    assert!(refused.message.contains("once its grammar is right"), "{refused:?}");
    desk.client.leave();
}

#[test]
fn lenses_count_scenarios_and_the_command_runs_them() {
    let mut desk = Desk::new();
    let rules = desk.rules();
    let scenarios = r"rules: rules.clause
start: 2025-03-03T09:00:00+02:00
scenarios:
  - name: in time
    events:
      - {time: +0s, type: attack, id: A, against: UA, kind: threat}
      - {time: +1h, type: consultation, incident: A, level: senior}
    expect:
      meet: VERDICT
  - name: nothing
    events: []
    as-of: +1d
    expect:
      meet: none
";
    let file = desk.path("pact.scenario.yaml");
    fs::write(&file, scenarios.replace("VERDICT", "met")).unwrap();
    let lenses = |desk: &mut Desk| -> Vec<lsp::CodeLens> {
        let parameters = lsp::CodeLensParams {
            text_document: lsp::TextDocumentIdentifier {
                uri: uri(&desk.rules()),
            },
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
            partial_result_params: lsp::PartialResultParams::default(),
        };
        desk.client.ask::<lsp::CodeLensRequest>(parameters).unwrap().unwrap()
    };
    let found = lenses(&mut desk);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(snippet(RULES, found[0].range), "meet");
    let command = found[0].command.clone().unwrap();
    assert_eq!(command.title, "2 scenarios: run");
    assert_eq!(command.command, "servanda.runScenarios");
    let run = |desk: &mut Desk| {
        let parameters = lsp::ExecuteCommandParams {
            command: command.command.clone(),
            arguments: command.arguments.clone(),
            work_done_progress_params: lsp::WorkDoneProgressParams::default(),
        };
        let said = desk
            .client
            .ask::<lsp::ExecuteCommandRequest>(parameters)
            .unwrap()
            .unwrap();
        let title = lenses(desk)[0].command.clone().unwrap().title;
        (said.as_str().unwrap().to_owned(), title)
    };
    let as_expected = "2 scenarios, as expected";
    assert_eq!(run(&mut desk), (as_expected.to_owned(), as_expected.to_owned()));
    fs::write(&file, scenarios.replace("VERDICT", "violated")).unwrap();
    let (said, title) = run(&mut desk);
    assert!(
        said.contains("pact.scenario.yaml: in time") && !said.contains("nothing"),
        "{said}"
    );
    assert_eq!(title, "2 scenarios, 1 not as expected");
    assert_eq!(desk.client.mistakes(&rules, Some(1)), []);
    desk.client.leave();
}
