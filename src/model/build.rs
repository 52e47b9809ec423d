//! From syntax trees to a model: declarations first, then what uses them.

use std::collections::{HashMap, HashSet};

use super::life::Whole;
use super::permission::Waiting;
use super::reuse::{Argument, Predicate, Reusable, Template};
use super::{Agreement, AgreementId, Clause, EventType, Model, Party, Reference, ReferenceId, State};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::ast::{self, AgreementPart, Item, Name};
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
pub fn build(mut files: Vec<Parsed>) -> Built {
    let mut builder = Builder::default();
    for file in &mut files {
        builder.diagnostics.append(&mut file.diagnostics);
        builder.lacks_files |= file.lacks_files;
        builder.broken.extend(file.broken.iter().cloned());
        builder.incomplete |= file.lacks_files || !file.broken.is_empty();
    }
    let misread: Vec<Span> = places(&builder.diagnostics).collect();
    let owners: Vec<Vec<AgreementId>> = files.iter().map(|file| builder.agreements_of(file)).collect();
    for item in items(&files) {
        if let Item::Reference(reference) = item {
            builder.reference(reference);
        }
    }
    for event in items(&files).filter_map(event_of) {
        builder.event(event);
    }
    for state in items(&files).filter_map(state_of) {
        builder.state(state);
    }
    for item in items(&files) {
        if let Item::Define(define) = item {
            builder.predicate(define);
        }
    }
    builder.check_predicates();
    for item in items(&files) {
        if let Item::Template(template) = item {
            builder.template(template);
        }
    }
    for (file, owner) in files.iter().zip(owners).filter(|(file, _)| file.role == Role::Named) {
        builder.clauses_of(file, &owner);
    }
    builder.permit();
    let mut diagnostics = builder.diagnostics;
    diagnostics.retain(|diagnostic| !is_misread(diagnostic, &files, &misread));
    diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    let usable = diagnostics
        .iter()
        .all(|diagnostic| diagnostic.severity != Severity::Error);
    let model = usable.then_some(Model {
        agreements: builder.agreements,
        parties: builder.parties,
        references: builder.references,
        reference_uses: builder.reference_uses,
        events: builder.events,
        states: builder.states,
        clauses: builder.clauses,
    });
    Built { model, diagnostics }
}

fn places(diagnostics: &[Diagnostic]) -> impl Iterator<Item = Span> {
    let labels = diagnostics.iter().filter_map(|diagnostic| diagnostic.labels.first());
    labels.map(|label| label.span)
}

/// Whether a part is missed of a clause in which some part could not be read: that one may be it.
fn is_misread(diagnostic: &Diagnostic, files: &[Parsed], misread: &[Span]) -> bool {
    let label = diagnostic
        .labels
        .first()
        .filter(|_| diagnostic.code == Code::MissingPart);
    let Some(label) = label.filter(|label| !misread.contains(&label.span)) else {
        return false;
    };
    let holds = |clause: &ast::Clause, span: &Span| {
        clause.span.source == span.source && clause.span.start <= span.start && span.end <= clause.span.end
    };
    let within = items(files).flat_map(|item| match item {
        Item::Clause(clause) => vec![clause],
        Item::Agreement(agreement) => {
            let parts = agreement.parts.iter();
            let own = parts.filter_map(|part| match &part.node {
                AgreementPart::Clause(clause) => Some(clause),
                _ => None,
            });
            own.collect()
        }
        _ => Vec::new(),
    });
    let mut within = within.filter(|clause| holds(clause, &label.span));
    within.any(|clause| misread.iter().any(|span| holds(clause, span)))
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
    pub(super) references: Vec<Reference>,
    pub(super) reference_uses: HashMap<Span, ReferenceId>,
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
    pub(super) predicates: Vec<Predicate>,
    /// The predicates that are being written out, each asked by the one before.
    pub(super) expanding: Vec<usize>,
    /// How many have been, for the condition that is being built.
    pub(super) expansions: u32,
    pub(super) templates: Vec<Template>,
    /// Which templates have been applied to which agreements, and where.
    pub(super) applied: Vec<(AgreementId, usize, Span)>,
    /// What the parameters of the template that is being built stand for.
    pub(super) arguments: HashMap<String, Argument>,
    /// Set while a predicate or a template is checked by itself, with nothing given to it.
    pub(super) by_itself: Option<Reusable>,
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

    /// The clauses of a file: those in the braces of its agreements, and those beside its only agreement. `owners` are its agreements.
    fn clauses_of(&mut self, file: &Parsed, owners: &[AgreementId]) {
        let mut homeless = false;
        let mut next = owners.iter();
        for item in &file.file.items {
            match item {
                Item::Agreement(agreement) => {
                    let Some(&owner) = next.next() else { continue };
                    let life = agreement.parts.iter().filter_map(|part| match &part.node {
                        AgreementPart::Life(rule) => Some((&**rule, part.span)),
                        _ => None,
                    });
                    let life: Vec<(&ast::LifeRule, Span)> = life.collect();
                    if let Some(life) = self.life(&life, Whole::Agreement(owner)) {
                        self.agreements[owner.index()].life = life;
                    }
                    for part in &agreement.parts {
                        match &part.node {
                            AgreementPart::Clause(clause) => self.clause(clause, owner, None),
                            AgreementPart::Apply(apply) => self.application(apply, owner, part.span),
                            _ => {}
                        }
                    }
                }
                Item::Clause(clause) => match owners {
                    [owner] => self.clause(clause, *owner, None),
                    _ if homeless || self.incomplete => {}
                    _ => {
                        homeless = true;
                        self.homeless(clause, owners.len());
                    }
                },
                _ => {}
            }
        }
    }

    fn homeless(&mut self, clause: &ast::Clause, agreements: usize) {
        let span = clause.name.span;
        self.report(if agreements == 0 {
            let message = "this file has clauses but no agreement";
            let help = "start the file with `agreement NAME \"Title\" { ... }`, which names the parties, the term and the time zone";
            Diagnostic::error(Code::MissingPart, message, span, "this clause belongs to no agreement").help(help)
        } else {
            let message = "this file has several agreements, and this clause is in none of them";
            let help = "move it into the braces of the agreement that it is of";
            Diagnostic::error(Code::MissingPart, message, span, "of which agreement?").help(help)
        });
    }
}
