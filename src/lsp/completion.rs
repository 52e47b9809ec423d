//! What can be written at a place.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;

use gen_lsp_types as lsp;

use super::hover;
use super::navigation::described;
use super::workspace::{Analysis, Workspace};
use crate::index::{Home, Symbol, Thing};
use crate::source::SourceId;
use crate::syntax::{Expectation, expected_at};
use crate::value::Type;

/// What can be written at a position.
pub(super) fn complete(workspace: &mut Workspace, path: &Path, position: lsp::Position) -> Vec<lsp::CompletionItem> {
    let Some(analysis) = workspace.analysis(path) else {
        return Vec::new();
    };
    let source = analysis.main();
    let offset = analysis.offset(position);
    let text = analysis.text(source);
    let before = text.get(..offset).unwrap_or("");
    let start = before.len()
        - before
            .chars()
            .rev()
            .take_while(|char| is_word(*char))
            .map(char::len_utf8)
            .sum::<usize>();
    let mut place = Place {
        analysis: &analysis,
        source,
        text,
        start,
        range: analysis.range_of(source, start..offset),
        labels: BTreeSet::new(),
        items: Vec::new(),
    };
    match surroundings(before) {
        Surroundings::Comment => {}
        Surroundings::Quote(quote) => {
            let is_use = word_before(text, quote) == "use";
            if is_use {
                place.files(path, before.get(quote + 1..).unwrap_or(""), quote + 1..offset);
            } else if word_before(text, quote) == "zone" {
                place.zones(quote + 1..offset);
            }
        }
        Surroundings::Code => place.code(),
    }
    place.items
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

enum Surroundings {
    Code,
    Comment,
    /// In a text that starts at this offset.
    Quote(usize),
}

/// What the end of a text is in. Comments and quoted texts end with their lines.
fn surroundings(before: &str) -> Surroundings {
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let mut quote = None;
    let mut escaped = false;
    for (at, char) in before[line..].char_indices() {
        match (char, quote) {
            ('#', None) => return Surroundings::Comment,
            ('"', None) => quote = Some(line + at),
            (_, None) => {}
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', Some(_)) => quote = None,
            (_, Some(_)) => {}
        }
    }
    quote.map_or(Surroundings::Code, Surroundings::Quote)
}

fn word_before(text: &str, offset: usize) -> &str {
    let before = text.get(..offset).unwrap_or("").trim_end();
    let start = before
        .rfind(|char| !is_word(char))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    &before[start..]
}

struct Place<'a> {
    analysis: &'a Analysis,
    source: SourceId,
    text: &'a str,
    /// Where the word starts that is being written.
    start: usize,
    range: lsp::Range,
    labels: BTreeSet<String>,
    items: Vec<lsp::CompletionItem>,
}

/// Names come before words of the language.
#[derive(Clone, Copy)]
enum Rank {
    Fitting,
    Name,
    Word,
}

impl Place<'_> {
    fn code(&mut self) {
        let before = self.text.get(..self.start).unwrap_or("");
        if before.ends_with('.') {
            self.fields();
            return;
        }
        match word_before(self.text, self.start) {
            "apply" => return self.templates(),
            "despite" => return self.clauses(),
            "severity" => {
                for word in ["minor", "major", "critical"] {
                    self.add(word, lsp::CompletionItemKind::EnumMember, Rank::Fitting, None, None);
                }
                return;
            }
            _ => {}
        }
        let expected = expected_at(before);
        self.arguments();
        let wanted = self.analysis.index.wanted_at(self.text, self.source, self.start);
        self.wanted(wanted.as_ref());
        self.names(&expected.names, wanted.as_ref());
        if wanted.is_none() {
            for word in &expected.words {
                self.add(word, lsp::CompletionItemKind::Keyword, Rank::Word, None, None);
            }
        }
    }

    fn add(
        &mut self,
        label: &str,
        kind: lsp::CompletionItemKind,
        rank: Rank,
        detail: Option<String>,
        documentation: Option<String>,
    ) {
        if !self.labels.insert(label.to_owned()) {
            return;
        }
        self.items.push(lsp::CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail,
            documentation: documentation.map(|value| {
                lsp::Documentation::MarkupContent(lsp::MarkupContent {
                    kind: lsp::MarkupKind::Markdown,
                    value,
                })
            }),
            sort_text: Some(format!("{}{label}", rank as u8)),
            text_edit: Some(lsp::CompletionItemTextEdit::TextEdit(lsp::TextEdit {
                range: self.range,
                new_text: label.to_owned(),
            })),
            ..lsp::CompletionItem::default()
        });
    }

    fn add_symbol(&mut self, label: &str, symbol: &Symbol, thing: &Thing, rank: Rank) {
        let kind = match symbol {
            Symbol::Agreement(_) | Symbol::Template(_) => lsp::CompletionItemKind::Class,
            Symbol::Party(_) | Symbol::Reference(_) => lsp::CompletionItemKind::Constant,
            Symbol::Event(_) => lsp::CompletionItemKind::Event,
            Symbol::Field(..) => lsp::CompletionItemKind::Field,
            Symbol::Value(..) => lsp::CompletionItemKind::EnumMember,
            Symbol::State(_) => lsp::CompletionItemKind::Property,
            Symbol::Key(_) | Symbol::Binding(_) | Symbol::Parameter(..) => lsp::CompletionItemKind::Variable,
            Symbol::Predicate(_) => lsp::CompletionItemKind::Function,
            Symbol::Clause(..) => lsp::CompletionItemKind::Reference,
        };
        let documentation = hover::symbol(self.analysis, symbol);
        self.add(label, kind, rank, Some(described(symbol, thing)), documentation);
    }

    /// The fields of the event whose name stands before the dot.
    fn fields(&mut self) {
        let dot = self.start - 1;
        let root = word_before(self.text, dot);
        let index = &self.analysis.index;
        let locals = index.locals_at(self.source, dot).filter(|local| local.name == root);
        let kinds = match locals.last().map(|local| &local.thing) {
            Some(Thing::Event(kinds)) => kinds.clone(),
            // `EVENT.FIELD` as the type of a parameter.
            _ => vec![root.to_owned()],
        };
        let events: Vec<_> = kinds.iter().map(|kind| index.world.events.get(kind)).collect();
        let Some(&Some(first)) = events.first() else {
            return;
        };
        for field in &first.fields {
            // What stands for one of several types has the fields that all of them have.
            let has = |event: &&crate::index::Event| event.fields.iter().any(|known| known.name == field.name);
            if !events.iter().all(|event| event.as_ref().is_some_and(has)) {
                continue;
            }
            let thing = field.ty.clone().map_or(Thing::Untyped, Thing::Value);
            let symbol = Symbol::Field(kinds[0].clone(), field.name.clone());
            self.add_symbol(&field.name, &symbol, &thing, Rank::Fitting);
        }
        let detail = Some("the instant of the event".to_owned());
        self.add("time", lsp::CompletionItemKind::Field, Rank::Name, detail, None);
    }

    /// The parameters of the template that is applied here, those that are given left out.
    fn arguments(&mut self) {
        let index = &self.analysis.index;
        let Some(template) = index.applied_at(self.text, self.source, self.start) else {
            return;
        };
        let last = self.text.get(..self.start).unwrap_or("").trim_end();
        let Some(known) = index.world.templates.get(template) else {
            return;
        };
        if !last.ends_with(['(', ',']) {
            return;
        }
        let owner = Symbol::Template(template.to_owned());
        for (name, thing) in &known.parameters {
            let symbol = Symbol::Parameter(Box::new(owner.clone()), name.clone());
            self.add_symbol(name, &symbol, thing, Rank::Fitting);
        }
    }

    /// What is of the type of the other side.
    fn wanted(&mut self, wanted: Option<&Thing>) {
        match wanted {
            Some(Thing::Value(ty)) => {
                self.values(ty);
                self.locals(Some(ty), Rank::Name);
                self.states(Some(ty));
            }
            Some(Thing::EventType) => self.events(),
            Some(asked @ Thing::Event(_)) => {
                let locals: Vec<_> = self.analysis.index.locals_at(self.source, self.start).collect();
                for local in locals {
                    if local.thing == *asked {
                        self.add_symbol(&local.name, &local.symbol, &local.thing, Rank::Fitting);
                    }
                }
            }
            Some(Thing::Money | Thing::Untyped) | None => {}
        }
    }

    fn values(&mut self, ty: &Type) {
        match ty {
            Type::Enum(of) => {
                for name in &of.names {
                    let symbol = Symbol::Value(of.clone(), name.clone());
                    self.add_symbol(name, &symbol, &Thing::Value(ty.clone()), Rank::Fitting);
                }
            }
            Type::Party => self.parties(),
            Type::Bool => {
                for word in ["true", "false"] {
                    self.add(word, lsp::CompletionItemKind::Keyword, Rank::Fitting, None, None);
                }
            }
            Type::Text | Type::Number | Type::Money(_) | Type::Instant | Type::Date | Type::Duration | Type::Set(_) => {
            }
        }
    }

    /// What the grammar has a place for.
    fn names(&mut self, expected: &[Expectation], wanted: Option<&Thing>) {
        let analysis = self.analysis;
        let world = &analysis.index.world;
        for kind in expected {
            match kind {
                Expectation::Event => self.events(),
                Expectation::Party => {
                    self.parties();
                    self.locals(Some(&Type::Party), Rank::Name);
                }
                // The other side says what it must be.
                Expectation::Operand if wanted.is_some() => {}
                Expectation::Operand => {
                    self.locals(None, Rank::Fitting);
                    self.states(None);
                    for name in world.predicates.keys() {
                        self.add_symbol(name, &Symbol::Predicate(name.clone()), &Thing::Untyped, Rank::Name);
                    }
                }
                Expectation::Literal => {
                    let locals = analysis.index.locals_at(self.source, self.start);
                    for local in locals.filter(|local| matches!(local.symbol, Symbol::Parameter(..))) {
                        self.add_symbol(&local.name, &local.symbol, &local.thing, Rank::Fitting);
                    }
                }
                Expectation::Key => {
                    self.add("party", lsp::CompletionItemKind::Keyword, Rank::Fitting, None, None);
                    for label in world.states.values().filter_map(|state| state.key.as_ref()) {
                        self.add_symbol(label, &Symbol::Key(label.clone()), &Thing::Untyped, Rank::Fitting);
                    }
                }
                Expectation::Type => {
                    for word in [
                        "party", "text", "number", "money", "bool", "instant", "date", "duration", "set of",
                    ] {
                        self.add(word, lsp::CompletionItemKind::TypeParameter, Rank::Fitting, None, None);
                    }
                }
            }
        }
    }

    fn events(&mut self) {
        let analysis = self.analysis;
        for name in analysis.index.world.events.keys() {
            self.add_symbol(name, &Symbol::Event(name.clone()), &Thing::Untyped, Rank::Fitting);
        }
    }

    fn parties(&mut self) {
        let analysis = self.analysis;
        for name in &analysis.index.world.parties {
            let symbol = Symbol::Party(name.clone());
            self.add_symbol(name, &symbol, &Thing::Value(Type::Party), Rank::Fitting);
        }
    }

    /// The names in force here that have this type, or a field of it; all of them without one.
    fn locals(&mut self, wanted: Option<&Type>, rank: Rank) {
        let analysis = self.analysis;
        let locals: Vec<_> = analysis.index.locals_at(self.source, self.start).collect();
        for local in locals.into_iter().rev() {
            let fits = match (&local.thing, wanted) {
                (_, None) => true,
                (Thing::Event(kinds), Some(ty)) => {
                    let known = kinds.iter().filter_map(|kind| analysis.index.world.events.get(kind));
                    let mut fields = known.flat_map(|event| &event.fields);
                    *ty == Type::Instant || fields.any(|field| field.ty.as_ref() == Some(ty))
                }
                (Thing::Value(known), Some(ty)) => known == ty,
                (Thing::Money, Some(ty)) => matches!(ty, Type::Money(_)),
                (Thing::EventType | Thing::Untyped, Some(_)) => false,
            };
            if fits {
                self.add_symbol(&local.name, &local.symbol, &local.thing, rank);
            }
        }
    }

    /// What has a value whatever the event: states, and reference figures.
    fn states(&mut self, wanted: Option<&Type>) {
        let analysis = self.analysis;
        for (name, state) in &analysis.index.world.states {
            if wanted.is_none() || state.ty.as_ref() == wanted {
                let thing = state.ty.clone().map_or(Thing::Untyped, Thing::Value);
                self.add_symbol(name, &Symbol::State(name.clone()), &thing, Rank::Name);
            }
        }
        for (name, ty) in &analysis.index.world.references {
            if wanted.is_none() || ty.as_ref() == wanted {
                let thing = ty.clone().map_or(Thing::Untyped, Thing::Value);
                self.add_symbol(name, &Symbol::Reference(name.clone()), &thing, Rank::Name);
            }
        }
    }

    fn templates(&mut self) {
        let analysis = self.analysis;
        for name in analysis.index.world.templates.keys() {
            self.add_symbol(name, &Symbol::Template(name.clone()), &Thing::Untyped, Rank::Fitting);
        }
    }

    fn clauses(&mut self) {
        let analysis = self.analysis;
        for (home, name) in &analysis.index.world.clauses {
            let symbol = Symbol::Clause(home.clone(), name.clone());
            if !matches!(home, Home::Template(_)) {
                self.add_symbol(name, &symbol, &Thing::Untyped, Rank::Fitting);
            }
        }
    }

    /// The rule files and folders that a path can go on with.
    fn files(&mut self, path: &Path, typed: &str, range: Range<usize>) {
        let typed = typed.rfind('/').map_or("", |at| &typed[..=at]);
        let folder = path.parent().unwrap_or(Path::new("")).join(typed);
        self.range = self
            .analysis
            .range_of(self.source, range.start + typed.len()..range.end);
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(1_000);
        let mut found: Vec<(String, bool)> = entries
            .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path().is_dir())))
            .filter(|(name, is_folder)| !name.starts_with('.') && (*is_folder || name.ends_with(".clause")))
            .collect();
        found.sort();
        for (name, is_folder) in found {
            if is_folder {
                self.add(
                    &format!("{name}/"),
                    lsp::CompletionItemKind::Folder,
                    Rank::Name,
                    None,
                    None,
                );
            } else if path.file_name().is_none_or(|own| own != name.as_str()) {
                self.add(&name, lsp::CompletionItemKind::File, Rank::Fitting, None, None);
            }
        }
    }

    fn zones(&mut self, range: Range<usize>) {
        self.range = self.analysis.range_of(self.source, range);
        for name in crate::time::Zone::names() {
            self.add(&name, lsp::CompletionItemKind::Constant, Rank::Name, None, None);
        }
    }
}
