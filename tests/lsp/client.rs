//! An editor: the protocol's own types and messages, over the pipes of the real process.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use gen_lsp_types as lsp;
use lsp_server::{Message, Notification, Request, RequestId, Response, ResponseError};
use serde_json::Value;
use url::Url;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    last: i32,
    /// What the server said of its own accord.
    pub(crate) said: VecDeque<Notification>,
    pub(crate) asked: Vec<Request>,
}

pub(crate) fn uri(path: &Path) -> lsp::Uri {
    lsp::Uri(Url::from_file_path(path).unwrap().into())
}

impl Client {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_servanda"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            while let Some(value) = frame(&mut output) {
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        Client {
            input: child.stdin.take(),
            child,
            output: receiver,
            last: 0,
            said: VecDeque::new(),
            asked: Vec::new(),
        }
    }

    /// A client that has been greeted, with a folder and with columns counted in UTF-16.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let mut client = Client::start();
        client.greet(folder, lsp::ClientCapabilities::default());
        client
    }

    pub(crate) fn greet(&mut self, folder: &Path, capabilities: lsp::ClientCapabilities) -> lsp::InitializeResult {
        let parameters = lsp::InitializeParams {
            capabilities,
            workspace_folders_initialize_params: lsp::WorkspaceFoldersInitializeParams {
                workspace_folders: Some(lsp::WorkspaceFolders::WorkspaceFolderList(vec![lsp::WorkspaceFolder {
                    uri: uri(folder),
                    name: "rules".to_owned(),
                }])),
            },
            ..lsp::InitializeParams::default()
        };
        let result = self.ask::<lsp::InitializeRequest>(parameters).unwrap();
        self.tell::<lsp::InitializedNotification>(lsp::InitializedParams::default());
        result
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn send(&mut self, message: impl Into<Message>) {
        message.into().write(self.input.as_mut().unwrap()).unwrap();
    }

    pub(crate) fn tell<N: lsp::Notification>(&mut self, parameters: N::Params) {
        self.send(Notification::new(N::METHOD.as_str().to_owned(), parameters));
    }

    /// Asks without waiting.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> RequestId {
        self.last += 1;
        let id = RequestId::from(self.last);
        self.send(Request::new(id.clone(), method.to_owned(), parameters));
        id
    }

    pub(crate) fn ask<R: lsp::Request>(&mut self, parameters: R::Params) -> Result<R::Result, ResponseError> {
        let id = self.call(R::METHOD.as_str(), serde_json::to_value(parameters).unwrap());
        let result = self.answer(&id)?;
        Ok(serde_json::from_value(result).unwrap())
    }

    pub(crate) fn answer(&mut self, id: &RequestId) -> Result<Value, ResponseError> {
        loop {
            match self.next() {
                Message::Response(Response {
                    id: of,
                    response_result,
                }) => {
                    assert_eq!(of, *id, "answers come in the order of the questions");
                    return response_result;
                }
                Message::Notification(notification) => self.said.push_back(notification),
                Message::Request(request) => self.asked.push(request),
            }
        }
    }

    pub(crate) fn next_value(&mut self) -> Value {
        self.output.recv_timeout(PATIENCE).expect("the server is silent")
    }

    fn next(&mut self) -> Message {
        serde_json::from_value(self.next_value()).unwrap()
    }

    pub(crate) fn open(&mut self, path: &Path, text: &str) {
        self.tell::<lsp::DidOpenTextDocumentNotification>(lsp::DidOpenTextDocumentParams {
            text_document: lsp::TextDocumentItem {
                uri: uri(path),
                language_id: lsp::LanguageKind::from("servanda"),
                version: 1,
                text: text.to_owned(),
            },
        });
    }

    pub(crate) fn change(&mut self, path: &Path, version: i32, range: Option<lsp::Range>, text: &str) {
        let change = match range {
            #[expect(deprecated, reason = "the type has a field that is left out")]
            Some(range) => lsp::TextDocumentContentChangeEvent::TextDocumentContentChangePartial(
                lsp::TextDocumentContentChangePartial {
                    range,
                    range_length: None,
                    text: text.to_owned(),
                },
            ),
            None => lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(
                lsp::TextDocumentContentChangeWholeDocument { text: text.to_owned() },
            ),
        };
        self.tell::<lsp::DidChangeTextDocumentNotification>(lsp::DidChangeTextDocumentParams {
            text_document: lsp::VersionedTextDocumentIdentifier {
                version,
                text_document_identifier: lsp::TextDocumentIdentifier { uri: uri(path) },
            },
            content_changes: vec![change],
        });
    }

    /// Waits for what the server has to say of a version of a file; without a version, of a file that is not open.
    pub(crate) fn mistakes(&mut self, path: &Path, version: Option<i32>) -> Vec<lsp::Diagnostic> {
        let method = <lsp::PublishDiagnosticsNotification as lsp::Notification>::METHOD;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let said = self.said.iter().position(|notification| {
                let matches = |parameters: &lsp::PublishDiagnosticsParams| {
                    parameters.uri == uri(path) && parameters.version == version
                };
                notification.method == method.as_str()
                    && matches(&serde_json::from_value(notification.params.clone()).unwrap())
            });
            if let Some(notification) = said.and_then(|at| self.said.remove(at)) {
                let said: lsp::PublishDiagnosticsParams = serde_json::from_value(notification.params).unwrap();
                return said.diagnostics;
            }
            match self.next() {
                Message::Notification(notification) => self.said.push_back(notification),
                Message::Request(request) => self.asked.push(request),
                Message::Response(response) => panic!("nobody asked: {response:?}"),
            }
        }
        panic!("{method:?} of version {version:?} never came");
    }

    /// Leaves in an orderly way.
    pub(crate) fn leave(mut self) -> ExitStatus {
        self.ask::<lsp::ShutdownRequest>(()).unwrap();
        self.tell::<lsp::ExitNotification>(());
        self.child.wait().unwrap()
    }

    /// Closes the pipe, or says `exit` first.
    pub(crate) fn vanish(mut self, with_exit: bool) -> ExitStatus {
        if with_exit {
            self.tell::<lsp::ExitNotification>(());
        }
        drop(self.input.take());
        self.child.wait().unwrap()
    }
}

/// One message as JSON; `None` at the end.
fn frame(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}
