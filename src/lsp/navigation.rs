//! From a name to where it is declared, to where it is used, and to another name.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gen_lsp_types as lsp;

use super::workspace::{Analysis, Place, Workspace};
use crate::diagnostic::Severity;
use crate::index::{Occurrence, Symbol, Thing};
use crate::syntax::{is_field_name, is_name, is_reserved};
use crate::value::Type;

/// Where the name at a position is declared, or where the file is that is named there.
pub(super) fn definition(workspace: &mut Workspace, path: &Path, position: lsp::Position) -> Vec<lsp::Location> {
    let Some(analysis) = workspace.analysis(path) else {
        return Vec::new();
    };
    let offset = analysis.offset(position);
    let named = analysis
        .uses
        .iter()
        .find(|(span, _)| span.source == analysis.main() && span.range().contains(&offset));
    if let Some(file) = named.and_then(|(_, used)| analysis.path(*used)) {
        return vec![lsp::Location {
            uri: workspace.uri_of(file),
            range: lsp::Range::default(),
        }];
    }
    let Some(occurrence) = analysis.index.at(analysis.main(), offset) else {
        return Vec::new();
    };
    let declarations = analysis.index.declarations_of(&occurrence.symbol);
    declarations
        .filter_map(|declaration| {
            Some(lsp::Location {
                uri: workspace.uri_of(analysis.path(declaration.name.source)?),
                range: analysis.range(declaration.name),
            })
        })
        .collect()
}

/// Every place that the name at a position is written at.
pub(super) fn references(
    workspace: &mut Workspace,
    path: &Path,
    position: lsp::Position,
    with_declarations: bool,
) -> Vec<lsp::Location> {
    let Some((analysis, occurrence)) = named(workspace, path, position) else {
        return Vec::new();
    };
    let places = workspace.places(&analysis, &occurrence.symbol);
    places
        .into_iter()
        .filter(|(_, declares)| with_declarations || !declares)
        .map(|(place, _)| lsp::Location {
            uri: workspace.uri_of(&place.path),
            range: place.range,
        })
        .collect()
}

/// The same, in the file alone, as an editor marks them.
pub(super) fn highlights(
    workspace: &mut Workspace,
    path: &Path,
    position: lsp::Position,
) -> Vec<lsp::DocumentHighlight> {
    let Some((analysis, occurrence)) = named(workspace, path, position) else {
        return Vec::new();
    };
    let own = analysis
        .index
        .occurrences_of(&occurrence.symbol)
        .filter(|other| other.span.source == analysis.main());
    own.map(|other| lsp::DocumentHighlight {
        range: analysis.range(other.span),
        kind: Some(if other.declares {
            lsp::DocumentHighlightKind::Write
        } else {
            lsp::DocumentHighlightKind::Read
        }),
    })
    .collect()
}

fn named(workspace: &mut Workspace, path: &Path, position: lsp::Position) -> Option<(Rc<Analysis>, Occurrence)> {
    let analysis = workspace.analysis(path)?;
    let offset = analysis.offset(position);
    let occurrence = analysis.index.at(analysis.main(), offset)?.clone();
    Some((analysis, occurrence))
}

/// Why a name cannot be changed, or not to this one.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is no name here that could be changed")]
    NoName,
    #[error("`{0}` is declared nowhere, so it is not known what else it stands for")]
    Undeclared(String),
    #[error("`{0}` is a word of the language, which cannot be a name")]
    Word(String),
    #[error("`{0}` is not a name: names consist of letters, digits and `_`, and do not start with a digit")]
    NotAName(String),
    #[error("every event carries `{0}` without declaring it")]
    ReservedField(String),
    #[error("there is already {0} `{1}`")]
    InUse(&'static str, String),
    #[error("with this name, `{path}` would have a mistake: {message}")]
    Mistake { path: String, message: String },
    #[error("with this name, other names would stand for something else")]
    Captured,
}

/// The range and the text of the name at a position, if it can be changed.
pub(super) fn renamable(
    workspace: &mut Workspace,
    path: &Path,
    position: lsp::Position,
) -> Result<(lsp::Range, String), Refusal> {
    let (analysis, occurrence) = named(workspace, path, position).ok_or(Refusal::NoName)?;
    let written = analysis.sources.snippet(occurrence.span).to_owned();
    if analysis.index.declarations_of(&occurrence.symbol).next().is_none() {
        return Err(Refusal::Undeclared(written));
    }
    Ok((analysis.range(occurrence.span), written))
}

/// The edits that give the thing at a position another name, everywhere.
pub(super) fn rename(
    workspace: &mut Workspace,
    path: &Path,
    position: lsp::Position,
    new: &str,
) -> Result<lsp::WorkspaceEdit, Refusal> {
    let (range, old) = renamable(workspace, path, position)?;
    let (analysis, occurrence) = named(workspace, path, position).ok_or(Refusal::NoName)?;
    let symbol = occurrence.symbol;
    allowed(&symbol, new)?;
    if old == new {
        return Ok(lsp::WorkspaceEdit::default());
    }
    let relatives = workspace.relatives(&analysis, &symbol);
    for relative in &relatives {
        free(relative, &symbol, new)?;
    }
    let places: Vec<Place> = workspace
        .places(&analysis, &symbol)
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    judge(workspace, &relatives, &places, new)?;
    let mut changes: HashMap<lsp::Uri, Vec<lsp::TextEdit>> = HashMap::new();
    for place in places {
        let edits = changes.entry(workspace.uri_of(&place.path)).or_default();
        edits.push(lsp::TextEdit {
            range: place.range,
            new_text: new.to_owned(),
        });
    }
    debug_assert!(changes.values().flatten().any(|edit| edit.range == range));
    Ok(lsp::WorkspaceEdit {
        changes: Some(changes),
        document_changes: None,
        change_annotations: None,
    })
}

/// Whether a word can be the name of such a thing.
fn allowed(symbol: &Symbol, new: &str) -> Result<(), Refusal> {
    if !is_field_name(new) {
        return Err(Refusal::NotAName(new.to_owned()));
    }
    match symbol {
        Symbol::Field(..) if matches!(new, "time" | "type") => Err(Refusal::ReservedField(new.to_owned())),
        Symbol::Field(..) => Ok(()),
        _ if is_reserved(new) || !is_name(new) => Err(Refusal::Word(new.to_owned())),
        _ => Ok(()),
    }
}

/// Whether a name is free for such a thing, where the mistake would be plain. What is less plain is found by trying.
fn free(analysis: &Analysis, symbol: &Symbol, new: &str) -> Result<(), Refusal> {
    let world = &analysis.index.world;
    let taken = |what: &'static str, taken: bool| {
        if taken {
            Err(Refusal::InUse(what, new.to_owned()))
        } else {
            Ok(())
        }
    };
    let party = || taken("a party", world.parties.iter().any(|party| party == new));
    let state = || taken("a state", world.states.contains_key(new));
    match symbol {
        Symbol::Agreement(_) => taken("an agreement", world.agreements.iter().any(|known| known == new)),
        Symbol::Party(_) => party(),
        Symbol::Event(_) => taken("an event", world.events.contains_key(new)),
        Symbol::Field(event, _) => taken("a field", world.field(event, new).is_some()),
        Symbol::Value(of, _) => taken("a value", of.names.iter().any(|name| name == new)),
        Symbol::Reference(_) => {
            party()?;
            state()?;
            taken("a reference figure", world.references.contains_key(new))
        }
        Symbol::State(_) | Symbol::Predicate(_) => {
            state()?;
            taken("a predicate", world.predicates.contains_key(new))
        }
        Symbol::Key(_) => {
            let mut keys = world.states.values().filter_map(|state| state.key.as_deref());
            taken("a key", new == "party" || keys.any(|key| key == new))
        }
        Symbol::Template(_) => taken("a template", world.templates.contains_key(new)),
        Symbol::Parameter(owner, _) => {
            party()?;
            state()?;
            let reusables = match &**owner {
                Symbol::Predicate(name) => world.predicates.get(name),
                Symbol::Template(name) => world.templates.get(name),
                _ => None,
            };
            let mut parameters = reusables.into_iter().flat_map(|reusable| &reusable.parameters);
            taken("a parameter", parameters.any(|(name, _)| name == new))
        }
        Symbol::Clause(home, _) => {
            let mut clauses = world.clauses.iter();
            taken("a clause", clauses.any(|(other, name)| other == home && name == new))
        }
        Symbol::Binding(span) => {
            let start = span.start as usize;
            let mut locals = analysis.index.locals_at(span.source, start);
            taken(
                "another thing that stands here as",
                locals.any(|local| local.name == new),
            )
        }
    }
}

/// Tries the new name: nothing may be amiss that was not before, and every name must stand for what it stood for.
fn judge(workspace: &Workspace, relatives: &[Rc<Analysis>], places: &[Place], new: &str) -> Result<(), Refusal> {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    for relative in relatives {
        for path in relative.paths() {
            if texts.contains_key(path) {
                continue;
            }
            let Some(source) = relative.source_of(path) else {
                continue;
            };
            let mut edits: Vec<_> = places
                .iter()
                .filter(|place| place.path == path)
                .map(|place| relative.offsets_in(source, place.range))
                .collect();
            if edits.is_empty() {
                continue;
            }
            edits.sort_by_key(|range| std::cmp::Reverse(range.start));
            let mut text = relative.text(source).to_owned();
            for range in edits {
                text.replace_range(range, new);
            }
            texts.insert(path.to_owned(), text);
        }
    }
    for relative in relatives {
        let Some(path) = relative.path(relative.main()) else {
            continue;
        };
        let Some(after) = workspace.analysis_with(path, &texts) else {
            continue;
        };
        let errors = |analysis: &Analysis| {
            let errors = analysis.diagnostics.iter();
            errors
                .filter(|diagnostic| diagnostic.severity == Severity::Error)
                .count()
        };
        if errors(&after) > errors(relative) {
            let known: Vec<_> = relative.diagnostics.iter().map(|known| known.code).collect();
            let fresh = after
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.severity == Severity::Error)
                .find(|diagnostic| !known.contains(&diagnostic.code))
                .or(after.diagnostics.first());
            return Err(Refusal::Mistake {
                path: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                message: fresh.map_or(String::new(), |diagnostic| diagnostic.message.clone()),
            });
        }
        if after.index.shape() != relative.index.shape() {
            return Err(Refusal::Captured);
        }
    }
    Ok(())
}

/// What a name stands for, in a line.
pub(super) fn described(symbol: &Symbol, thing: &Thing) -> String {
    let of_type = |ty: &Type| format!(": {ty}");
    let tail = match thing {
        Thing::Value(ty) => of_type(ty),
        Thing::Event(kinds) => format!(": an event `{}`", kinds.join("` or `")),
        Thing::EventType => ": a type of event".to_owned(),
        Thing::Money => ": an amount in any currency".to_owned(),
        Thing::Untyped => String::new(),
    };
    match symbol {
        Symbol::Field(event, name) => format!("field `{name}` of `{event}`{tail}"),
        Symbol::Parameter(owner, name) => format!("parameter `{name}` of the {}{tail}", owner.kind()),
        Symbol::Value(of, name) => format!("value `{name}` of {}", Type::Enum(of.clone())),
        Symbol::Binding(_) => format!("stands here for{}", tail.trim_start_matches(':')),
        Symbol::Key(name) => format!("`{name}`: what a state has a value for each of"),
        Symbol::Agreement(name)
        | Symbol::Party(name)
        | Symbol::State(name)
        | Symbol::Reference(name)
        | Symbol::Predicate(name)
        | Symbol::Template(name)
        | Symbol::Clause(_, name) => format!("{} `{name}`{tail}", symbol.kind()),
        Symbol::Event(name) => format!("event `{name}`"),
    }
}
