//! From syntax trees to a model: declarations first, then what uses them.

use std::collections::{HashMap, HashSet};

use super::permission::Waiting;
use super::{Agreement, AgreementId, Clause, EventType, Model, Party, State};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::ast::{self, Item, Name};
use crate::syntax::{Parsed, Role};

/// What the rule files of a run were built to.
#[derive(Debug)]
pub struct Built {
    /// The model, if there was no error.
    pub model: Option<Model>,
    /// All mistakes, those of the parser included, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// Builds one model from the parsed files of a run.
pub fn build(files: Vec<Parsed>) -> Built {
    let mut builder = Builder::default();
    for file in &files {
        builder.lacks_files |= file.lacks_files;
        builder.broken.extend(file.broken.iter().cloned());
        builder.incomplete |= file.lacks_files || !file.broken.is_empty();
    }
    let owners: Vec<Option<AgreementId>> = files.iter().map(|file| builder.agreements_of(file)).collect();
    for event in items(&files).filter_map(event_of) {
        builder.event(event);
    }
    for state in items(&files).filter_map(state_of) {
        builder.state(state);
    }
    for (file, owner) in files.iter().zip(owners).filter(|(file, _)| file.role == Role::Named) {
        builder.clauses_of(file, owner);
    }
    builder.permit();
    let mut diagnostics: Vec<Diagnostic> = files.into_iter().flat_map(|file| file.diagnostics).collect();
    diagnostics.append(&mut builder.diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    let usable = diagnostics
        .iter()
        .all(|diagnostic| diagnostic.severity != Severity::Error);
    let model = usable.then_some(Model {
        agreements: builder.agreements,
        parties: builder.parties,
        events: builder.events,
        states: builder.states,
        clauses: builder.clauses,
    });
    Built { model, diagnostics }
}

fn items(files: &[Parsed]) -> impl Iterator<Item = &Item> {
    files.iter().flat_map(|file| &file.file.items)
}

fn event_of(item: &Item) -> Option<&ast::EventDecl> {
    match item {
        Item::Event(event) => Some(event),
        _ => None,
    }
}

fn state_of(item: &Item) -> Option<&ast::StateDecl> {
    match item {
        Item::State(state) => Some(state),
        _ => None,
    }
}

/// The model so far, and the mistakes so far.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) agreements: Vec<Agreement>,
    pub(super) parties: Vec<Party>,
    pub(super) events: Vec<EventType>,
    pub(super) states: Vec<State>,
    pub(super) clauses: Vec<Clause>,
    /// Permissions, which need the clauses that they are said against.
    pub(super) permissions: Vec<Waiting>,
    pub(super) past_queries: u32,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Names of declarations that could not be read. Using one is no mistake of the user's.
    pub(super) broken: HashSet<String>,
    /// Whether a used file could not be read, so that any name may have been declared there.
    pub(super) lacks_files: bool,
    /// The canonical text of each state, to tell a repetition from a contradiction.
    pub(super) state_texts: HashMap<String, String>,
    /// Whether a declaration could not be read, so that what seems absent may have been there.
    pub(super) incomplete: bool,
}

impl Builder {
    /// Whether a name that nothing declares is no mistake of those who use it.
    pub(super) fn is_excused(&self, name: &str) -> bool {
        self.lacks_files || self.broken.contains(name)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a name that is declared again.
    pub(super) fn duplicate(&mut self, what: &str, name: &Name, first: Span) {
        let message = format!("the {what} `{}` is declared twice", name.node);
        let diagnostic = Diagnostic::error(Code::DuplicateName, message, name.span, "declared again here");
        self.report(diagnostic.also(first, "first declared here").help("rename one of them"));
    }

    fn clauses_of(&mut self, file: &Parsed, owner: Option<AgreementId>) {
        let clauses = file.file.items.iter().filter_map(|item| match item {
            Item::Clause(clause) => Some(clause),
            _ => None,
        });
        let mut homeless = false;
        for clause in clauses {
            match owner {
                Some(owner) => self.clause(clause, owner),
                None if homeless || self.incomplete => {}
                None => {
                    homeless = true;
                    let diagnostic = Diagnostic::error(
                        Code::MissingPart,
                        "this file has clauses but no agreement",
                        clause.name.span,
                        "this clause belongs to no agreement",
                    );
                    self.report(diagnostic.help(
                        "start the file with `agreement NAME \"Title\" { ... }`, which names the parties, the term and the time zone",
                    ));
                }
            }
        }
    }
}
