//! The conversation: what the client may ask when, and who answers it.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gen_lsp_types as lsp;
use lsp::{Notification as _, Request as _};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::scenarios::{self, Scenarios};
use super::text::Encoding;
use super::workspace::{Workspace, path_of};
use super::{actions, completion, diagnostics, hover, navigation, outline};

/// How long an editor must be silent before mistakes are looked for.
const SILENCE: Duration = Duration::from_millis(60);

/// How long they are put off at most while somebody types.
const PATIENCE: Duration = Duration::from_millis(400);

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client said that it would leave, and left.
    Orderly,
    /// It left without a word.
    Abrupt,
}

/// Answers one client until it leaves.
pub fn serve(connection: &Connection) -> Ending {
    let mut inbox = Inbox {
        connection,
        waiting: VecDeque::new(),
    };
    let Some(mut server) = greet(&mut inbox) else {
        return Ending::Abrupt;
    };
    server.run(&mut inbox)
}

/// What has arrived and is not answered yet.
struct Inbox<'a> {
    connection: &'a Connection,
    waiting: VecDeque<Message>,
}

impl Inbox<'_> {
    /// Takes in all that has arrived, and takes out the requests that are cancelled by it.
    fn collect(&mut self) {
        while let Ok(message) = self.connection.receiver.try_recv() {
            self.take_in(message);
        }
    }

    fn take_in(&mut self, message: Message) {
        let Message::Notification(notification) = &message else {
            self.waiting.push_back(message);
            return;
        };
        if notification.method != lsp::CancelNotification::METHOD.as_str() {
            self.waiting.push_back(message);
            return;
        }
        let Some(cancelled) = notification.params.get("id").cloned() else {
            return;
        };
        let Ok(cancelled) = serde_json::from_value::<RequestId>(cancelled) else {
            return;
        };
        let before = self.waiting.len();
        self.waiting
            .retain(|waiting| !matches!(waiting, Message::Request(request) if request.id == cancelled));
        if self.waiting.len() < before {
            let message = "the client took this request back".to_owned();
            self.send(Response::new_err(cancelled, ErrorCode::RequestCanceled as i32, message));
        }
    }

    /// The next message. `None` after so long a silence, where one is given.
    fn next(&mut self, silence: Option<Duration>) -> Next {
        self.collect();
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Next::Message(message);
            }
            let received = match silence {
                None => self.connection.receiver.recv().map_err(|_| true),
                Some(silence) => self
                    .connection
                    .receiver
                    .recv_timeout(silence)
                    .map_err(|error| !error.is_timeout()),
            };
            match received {
                Ok(message) => {
                    self.take_in(message);
                    self.collect();
                }
                Err(true) => return Next::Closed,
                Err(false) => return Next::Silence,
            }
        }
    }

    /// A client that no longer listens has left: the next read says so.
    fn send(&self, message: impl Into<Message>) {
        let _ = self.connection.sender.send(message.into());
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: impl Into<String>) {
        self.send(Response::new_err(id, code as i32, why.into()));
    }
}

enum Next {
    Message(Message),
    Silence,
    Closed,
}

/// Waits for the request that starts a conversation. `None` if the client leaves before.
fn greet(inbox: &mut Inbox<'_>) -> Option<Server> {
    loop {
        match inbox.next(None) {
            Next::Message(Message::Request(request)) if request.method == lsp::InitializeRequest::METHOD.as_str() => {
                let parameters: lsp::InitializeParams = match serde_json::from_value(request.params) {
                    Ok(parameters) => parameters,
                    Err(error) => {
                        inbox.refuse(request.id, ErrorCode::InvalidParams, error.to_string());
                        continue;
                    }
                };
                let server = Server::new(&parameters);
                inbox.send(Response::new_ok(request.id, server.introduction()));
                return Some(server);
            }
            Next::Message(Message::Request(request)) => {
                let why = "the first request of a conversation is `initialize`";
                inbox.refuse(request.id, ErrorCode::ServerNotInitialized, why);
            }
            Next::Message(Message::Notification(notification))
                if notification.method == lsp::ExitNotification::METHOD.as_str() =>
            {
                return None;
            }
            Next::Closed => return None,
            Next::Message(Message::Notification(_) | Message::Response(_)) | Next::Silence => {}
        }
    }
}

struct Server {
    workspace: Workspace,
    scenarios: Scenarios,
    /// Whether the client can be asked to ask for lenses anew.
    can_refresh: bool,
    /// Whether the client can be asked to watch files.
    can_watch: bool,
    /// Since when something has changed that was not looked at.
    changed: Option<Instant>,
    /// What each file was last said to have amiss, and of which version.
    published: BTreeMap<PathBuf, (Option<i32>, Vec<lsp::Diagnostic>)>,
    /// Whether the client has said that it will leave.
    leaving: bool,
}

/// Why a request was not answered.
struct Fault(ErrorCode, String);

impl Server {
    fn new(parameters: &lsp::InitializeParams) -> Self {
        let capabilities = &parameters.capabilities;
        let general = capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref());
        let watching = capabilities
            .workspace
            .as_ref()
            .and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let lenses = capabilities
            .workspace
            .as_ref()
            .and_then(|workspace| workspace.code_lens.as_ref());
        Server {
            workspace: Workspace::new(Encoding::chosen(offered), folders(parameters)),
            can_watch: watching.and_then(|watching| watching.dynamic_registration) == Some(true),
            scenarios: Scenarios::default(),
            can_refresh: lenses.and_then(|lenses| lenses.refresh_support) == Some(true),
            changed: None,
            published: BTreeMap::new(),
            leaving: false,
        }
    }

    fn introduction(&self) -> lsp::InitializeResult {
        lsp::InitializeResult {
            capabilities: lsp::ServerCapabilities {
                position_encoding: Some(self.workspace.encoding.kind()),
                text_document_sync: Some(lsp::TextDocumentSync::Options(lsp::TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(lsp::TextDocumentSyncKind::Incremental),
                    save: Some(lsp::Save::Bool(true)),
                    ..lsp::TextDocumentSyncOptions::default()
                })),
                completion_provider: Some(lsp::CompletionOptions {
                    trigger_characters: Some([".", "\"", "/", "("].map(str::to_owned).to_vec()),
                    ..lsp::CompletionOptions::default()
                }),
                hover_provider: Some(lsp::HoverProvider::Bool(true)),
                definition_provider: Some(lsp::DefinitionProvider::Bool(true)),
                references_provider: Some(lsp::ReferencesProvider::Bool(true)),
                document_highlight_provider: Some(lsp::DocumentHighlightProvider::Bool(true)),
                document_symbol_provider: Some(lsp::DocumentSymbolProvider::Bool(true)),
                workspace_symbol_provider: Some(lsp::WorkspaceSymbolProvider::Bool(true)),
                document_formatting_provider: Some(lsp::DocumentFormattingProvider::Bool(true)),
                folding_range_provider: Some(lsp::FoldingRangeProvider::Bool(true)),
                code_action_provider: Some(lsp::CodeActionProvider::CodeActionOptions(lsp::CodeActionOptions {
                    code_action_kinds: Some(vec![lsp::CodeActionKind::QuickFix, lsp::CodeActionKind::SourceFixAll]),
                    ..lsp::CodeActionOptions::default()
                })),
                code_lens_provider: Some(lsp::CodeLensOptions::default()),
                execute_command_provider: Some(lsp::ExecuteCommandOptions {
                    commands: vec![scenarios::RUN.to_owned()],
                    ..lsp::ExecuteCommandOptions::default()
                }),
                rename_provider: Some(lsp::RenameProvider::RenameOptions(lsp::RenameOptions {
                    prepare_provider: Some(true),
                    ..lsp::RenameOptions::default()
                })),
                workspace: Some(lsp::WorkspaceOptions {
                    workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                        supported: Some(true),
                        change_notifications: Some(lsp::ChangeNotifications::Bool(true)),
                    }),
                    ..lsp::WorkspaceOptions::default()
                }),
                ..lsp::ServerCapabilities::default()
            },
            server_info: Some(lsp::ServerInfo {
                name: "servanda".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        }
    }

    fn run(&mut self, inbox: &mut Inbox<'_>) -> Ending {
        loop {
            let silence = self
                .changed
                .map(|since| SILENCE.min(PATIENCE.saturating_sub(since.elapsed())));
            match inbox.next(silence) {
                Next::Closed => return Ending::Abrupt,
                Next::Silence => self.publish(inbox),
                Next::Message(Message::Request(request)) => self.request(inbox, request),
                Next::Message(Message::Notification(notification)) => {
                    if notification.method == lsp::ExitNotification::METHOD.as_str() {
                        return if self.leaving { Ending::Orderly } else { Ending::Abrupt };
                    }
                    self.notification(inbox, notification);
                }
                // What the client answers is that it has taken something in.
                Next::Message(Message::Response(_)) => {}
            }
            let late = self.changed.is_some_and(|since| since.elapsed() >= PATIENCE);
            if late {
                self.publish(inbox);
            }
        }
    }

    fn request(&mut self, inbox: &Inbox<'_>, request: Request) {
        let id = request.id.clone();
        if self.leaving {
            inbox.refuse(id, ErrorCode::InvalidRequest, "the client has said that it would leave");
            return;
        }
        match self.answer(inbox, request) {
            Ok(answer) => inbox.send(Response {
                id,
                response_result: Ok(answer),
            }),
            Err(Fault(code, why)) => inbox.refuse(id, code, why),
        }
    }

    fn answer(&mut self, inbox: &Inbox<'_>, request: Request) -> Result<serde_json::Value, Fault> {
        use lsp::LspRequestMethod as Method;
        let workspace = &mut self.workspace;
        let known = &mut self.scenarios;
        let can_refresh = self.can_refresh;
        match Method::from(request.method.as_str()) {
            Method::Shutdown => {
                self.leaving = true;
                Ok(serde_json::Value::Null)
            }
            Method::Initialize => Err(Fault(
                ErrorCode::InvalidRequest,
                "the conversation has been started already".to_owned(),
            )),
            Method::TextDocumentCompletion => answer::<lsp::CompletionRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                let items = completion::complete(workspace, &path, at.position);
                Ok(Some(lsp::CompletionResponse::CompletionItemList(items)))
            }),
            Method::TextDocumentHover => answer::<lsp::HoverRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                Ok(hover::hover(workspace, &path, at.position))
            }),
            Method::TextDocumentDefinition => answer::<lsp::DefinitionRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                let found = navigation::definition(workspace, &path, at.position);
                Ok(Some(lsp::DefinitionResponse::Definition(
                    lsp::Definition::LocationList(found),
                )))
            }),
            Method::TextDocumentReferences => answer::<lsp::ReferencesRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                let declarations = asked.context.include_declaration;
                Ok(Some(navigation::references(
                    workspace,
                    &path,
                    at.position,
                    declarations,
                )))
            }),
            Method::TextDocumentDocumentHighlight => answer::<lsp::DocumentHighlightRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                Ok(Some(navigation::highlights(workspace, &path, at.position)))
            }),
            Method::TextDocumentPrepareRename => answer::<lsp::PrepareRenameRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                let (range, placeholder) =
                    navigation::renamable(workspace, &path, at.position).map_err(|refusal| refused(&refusal))?;
                Ok(Some(lsp::PrepareRenameResult::PrepareRenamePlaceholder(
                    lsp::PrepareRenamePlaceholder { range, placeholder },
                )))
            }),
            Method::TextDocumentRename => answer::<lsp::RenameRequest>(request, |asked| {
                let at = asked.text_document_position_params;
                let path = workspace.path_of(&at.text_document.uri);
                navigation::rename(workspace, &path, at.position, &asked.new_name)
                    .map(Some)
                    .map_err(|refusal| refused(&refusal))
            }),
            Method::TextDocumentDocumentSymbol => answer::<lsp::DocumentSymbolRequest>(request, |asked| {
                let path = workspace.path_of(&asked.text_document.uri);
                let symbols = outline::symbols(workspace, &path);
                Ok(Some(lsp::DocumentSymbolResponse::DocumentSymbolList(symbols)))
            }),
            Method::WorkspaceSymbol => answer::<lsp::WorkspaceSymbolRequest>(request, |asked| {
                let symbols = outline::workspace_symbols(workspace, &asked.query);
                Ok(Some(lsp::WorkspaceSymbolResponse::WorkspaceSymbolList(symbols)))
            }),
            Method::TextDocumentFoldingRange => answer::<lsp::FoldingRangeRequest>(request, |asked| {
                let path = workspace.path_of(&asked.text_document.uri);
                Ok(Some(outline::folding(workspace, &path)))
            }),
            Method::TextDocumentFormatting => answer::<lsp::DocumentFormattingRequest>(request, |asked| {
                let path = workspace.path_of(&asked.text_document.uri);
                actions::formatted(workspace, &path)
                    .map(Some)
                    .map_err(|why| Fault(ErrorCode::RequestFailed, why))
            }),
            Method::TextDocumentCodeLens => answer::<lsp::CodeLensRequest>(request, |asked| {
                let path = workspace.path_of(&asked.text_document.uri);
                Ok(Some(known.lenses(workspace, &path)))
            }),
            Method::WorkspaceExecuteCommand => answer::<lsp::ExecuteCommandRequest>(request, |asked| {
                if asked.command != scenarios::RUN {
                    let why = format!("there is no command `{}`", asked.command);
                    return Err(Fault(ErrorCode::InvalidParams, why));
                }
                let clause = asked.arguments.as_ref().and_then(|arguments| arguments.get(1));
                let (kind, message) = known.run(workspace, clause.and_then(serde_json::Value::as_str));
                inbox.send(Notification::new(
                    lsp::ShowMessageNotification::METHOD.as_str().to_owned(),
                    lsp::ShowMessageParams {
                        kind,
                        message: message.clone(),
                    },
                ));
                if can_refresh {
                    inbox.send(Request::new(
                        RequestId::from("lenses".to_owned()),
                        lsp::CodeLensRefreshRequest::METHOD.as_str().to_owned(),
                        (),
                    ));
                }
                Ok(Some(message.into()))
            }),
            Method::TextDocumentCodeAction => answer::<lsp::CodeActionRequest>(request, |asked| {
                let path = workspace.path_of(&asked.text_document.uri);
                Ok(Some(actions::fixes(workspace, &path, asked.range)))
            }),
            _ => Err(Fault(
                ErrorCode::MethodNotFound,
                format!("`{}` is not known here", request.method),
            )),
        }
    }

    fn notification(&mut self, inbox: &Inbox<'_>, notification: Notification) {
        use lsp::LspNotificationMethod as Method;
        match Method::from(notification.method.as_str()) {
            Method::Initialized => self.watch(inbox),
            Method::TextDocumentDidOpen => {
                if let Some(told) = told::<lsp::DidOpenTextDocumentNotification>(notification) {
                    let document = told.text_document;
                    self.workspace.opened(document.uri, document.version, document.text);
                    self.touched();
                }
            }
            Method::TextDocumentDidChange => {
                if let Some(told) = told::<lsp::DidChangeTextDocumentNotification>(notification) {
                    let document = told.text_document;
                    let (uri, version) = (document.text_document_identifier.uri, document.version);
                    self.workspace.edited(&uri, version, told.content_changes);
                    self.touched();
                }
            }
            Method::TextDocumentDidClose => {
                if let Some(told) = told::<lsp::DidCloseTextDocumentNotification>(notification) {
                    self.workspace.closed(&told.text_document.uri);
                    self.touched();
                }
            }
            Method::TextDocumentDidSave => {
                self.scenarios.forget();
                self.touched();
            }
            Method::WorkspaceDidChangeWatchedFiles => {
                if let Some(told) = told::<lsp::DidChangeWatchedFilesNotification>(notification) {
                    for change in told.changes {
                        let path = self.workspace.path_of(&change.uri);
                        self.workspace.forget(&path);
                        self.scenarios.forget();
                    }
                    self.touched();
                }
            }
            Method::WorkspaceDidChangeWorkspaceFolders => {
                if let Some(told) = told::<lsp::DidChangeWorkspaceFoldersNotification>(notification) {
                    let removed = told.event.removed.iter().filter_map(|folder| path_of(&folder.uri));
                    for folder in removed {
                        self.workspace.remove_folder(&folder);
                    }
                    let added = told.event.added.iter().filter_map(|folder| path_of(&folder.uri));
                    for folder in added {
                        self.workspace.add_folder(folder);
                    }
                    self.touched();
                }
            }
            // Others that are not known can be left aside: nobody waits for an answer.
            _ => {}
        }
    }

    fn touched(&mut self) {
        self.changed.get_or_insert_with(Instant::now);
    }

    /// Asks the client to say when rule files change on disk.
    fn watch(&self, inbox: &Inbox<'_>) {
        if !self.can_watch {
            return;
        }
        let options = lsp::DidChangeWatchedFilesRegistrationOptions {
            watchers: ["**/*.clause", "**/*.scenario.{yaml,yml}"]
                .map(|pattern| lsp::FileSystemWatcher {
                    glob_pattern: lsp::GlobPattern::Pattern(pattern.to_owned()),
                    kind: None,
                })
                .to_vec(),
        };
        let registration = lsp::Registration {
            id: "watch-rule-files".to_owned(),
            method: lsp::DidChangeWatchedFilesNotification::METHOD.as_str().to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        inbox.send(Request::new(
            RequestId::from("watch".to_owned()),
            lsp::RegistrationRequest::METHOD.as_str().to_owned(),
            lsp::RegistrationParams {
                registrations: vec![registration],
            },
        ));
    }

    /// Says what is amiss in each file, where it is not what was said last.
    fn publish(&mut self, inbox: &Inbox<'_>) {
        self.changed = None;
        let mut found = diagnostics::collect(&mut self.workspace);
        // A file without a mistake is told of too: it may have had some.
        for path in self.published.keys().chain(self.workspace.open.keys()) {
            found.entry(path.clone()).or_default();
        }
        for (path, diagnostics) in found {
            let version = self.workspace.open.get(&path).map(|document| document.version);
            let said = (version, diagnostics);
            if self.published.get(&path) == Some(&said) {
                continue;
            }
            let parameters = lsp::PublishDiagnosticsParams {
                uri: self.workspace.uri_of(&path),
                version,
                diagnostics: said.1.clone(),
            };
            inbox.send(Notification::new(
                lsp::PublishDiagnosticsNotification::METHOD.as_str().to_owned(),
                parameters,
            ));
            if version.is_none() && said.1.is_empty() {
                self.published.remove(&path);
            } else {
                self.published.insert(path, said);
            }
        }
    }
}

fn folders(parameters: &lsp::InitializeParams) -> Vec<PathBuf> {
    let given = &parameters.workspace_folders_initialize_params.workspace_folders;
    if let Some(lsp::WorkspaceFolders::WorkspaceFolderList(folders)) = given {
        return folders.iter().filter_map(|folder| path_of(&folder.uri)).collect();
    }
    #[expect(deprecated, reason = "older clients know no other way to name their folder")]
    let root = parameters.root_uri.as_ref();
    root.and_then(path_of).into_iter().collect()
}

fn refused(refusal: &navigation::Refusal) -> Fault {
    Fault(ErrorCode::RequestFailed, refusal.to_string())
}

/// Reads what a request asks, and writes what comes of it.
fn answer<R: lsp::Request>(
    request: Request,
    respond: impl FnOnce(R::Params) -> Result<R::Result, Fault>,
) -> Result<serde_json::Value, Fault>
where
    R::Params: DeserializeOwned,
    R::Result: Serialize,
{
    let parameters = serde_json::from_value(request.params)
        .map_err(|error| Fault(ErrorCode::InvalidParams, format!("{}: {error}", request.method)))?;
    let result = respond(parameters)?;
    serde_json::to_value(result).map_err(|error| Fault(ErrorCode::InternalError, error.to_string()))
}

/// What a notification says. One that says nothing that can be read is left aside, as nobody waits for an answer.
fn told<N: lsp::Notification>(notification: Notification) -> Option<N::Params> {
    serde_json::from_value(notification.params).ok()
}
