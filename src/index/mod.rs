//! Names in rule files: where each is declared, where it is used, and which are in force at a place.
//!
//! The index is made of the syntax tree and not of the model, so that it is there for files with mistakes too. Of a declaration that could
//! not be parsed it knows what the words alone tell. Definition, references, rename, completion and hover all read it.

mod declare;
mod resolve;
mod sketch;
mod tokens;
mod wanted;
mod world;

use std::collections::HashMap;
use std::sync::Arc;

use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::Parsed;
use crate::value::{EnumType, Type};

pub use tokens::Tokens;
pub use world::{Event, Field, Reusable, State, World};

/// What a name stands for. Equal symbols are one thing, in whichever file they are written: the language tells things apart by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Symbol {
    /// An agreement.
    Agreement(String),
    /// A party.
    Party(String),
    /// A type of event.
    Event(String),
    /// A field of a type of event.
    Field(String, String),
    /// A value of an enumeration. Enumerations of the same values are one type.
    Value(Arc<EnumType>, String),
    /// A state.
    State(String),
    /// A reference figure.
    Reference(String),
    /// What a state has a value for each of.
    Key(String),
    /// A predicate.
    Predicate(String),
    /// A template.
    Template(String),
    /// A parameter, by what it is a parameter of.
    Parameter(Box<Symbol>, String),
    /// A clause, by where it stands.
    Clause(Home, String),
    /// A name that stands for an event, or for one of several things, within one clause, setter or condition. It is told from others by its place.
    Binding(Span),
}

impl Symbol {
    /// Whether only its own file can name it.
    pub fn is_local(&self) -> bool {
        match self {
            Symbol::Binding(_) => true,
            Symbol::Parameter(owner, _) => matches!(**owner, Symbol::Predicate(_)),
            _ => false,
        }
    }

    /// What kind of thing it is, as a person says it.
    pub fn kind(&self) -> &'static str {
        match self {
            Symbol::Agreement(_) => "agreement",
            Symbol::Party(_) => "party",
            Symbol::Event(_) => "event",
            Symbol::Field(..) => "field",
            Symbol::Value(..) => "value",
            Symbol::State(_) => "state",
            Symbol::Reference(_) => "reference figure",
            Symbol::Key(_) => "key",
            Symbol::Predicate(_) => "predicate",
            Symbol::Template(_) => "template",
            Symbol::Parameter(..) => "parameter",
            Symbol::Clause(..) => "clause",
            Symbol::Binding(_) => "name",
        }
    }
}

/// Where a clause stands: its name is told apart from those of the same place only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Home {
    /// In an agreement, or beside the only one of its file.
    Agreement(String),
    /// In a template.
    Template(String),
    /// In a file without an agreement, or with several.
    Nowhere(SourceId),
}

/// What is known of the thing that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A value of a type.
    Value(Type),
    /// An event of a type, or of one of several.
    Event(Vec<String>),
    /// A type of event, given to a template.
    EventType,
    /// An amount in any currency, given to a template.
    Money,
    /// Nothing, or nothing that has a type.
    Untyped,
}

impl Thing {
    /// The type of its values.
    pub fn value(&self) -> Option<&Type> {
        match self {
            Thing::Value(ty) => Some(ty),
            Thing::Event(_) | Thing::EventType | Thing::Money | Thing::Untyped => None,
        }
    }
}

/// A place that declares a name.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// What is declared.
    pub symbol: Symbol,
    /// The name.
    pub name: Span,
    /// All of the declaration.
    pub whole: Span,
    /// The title that the rules give it.
    pub title: Option<String>,
    /// What is known of it.
    pub thing: Thing,
}

/// A place that a name is written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The name.
    pub span: Span,
    /// What it stands for.
    pub symbol: Symbol,
    /// Whether it is declared here.
    pub declares: bool,
}

/// A name that is in force in a part of a file only.
#[derive(Debug, Clone)]
pub struct Local {
    /// The name.
    pub name: String,
    /// What it is.
    pub symbol: Symbol,
    /// What is known of it.
    pub thing: Thing,
    /// Where it is in force.
    pub region: Span,
}

/// The names of a file and of those that it uses.
#[derive(Debug, Default)]
pub struct Index {
    /// What the files declare for all to use.
    pub world: World,
    occurrences: Vec<Occurrence>,
    declarations: Vec<Declaration>,
    by_symbol: HashMap<Symbol, Vec<usize>>,
    locals: Vec<Local>,
    tokens: HashMap<SourceId, Arc<Tokens>>,
}

impl Index {
    /// The index of files that were read together.
    pub fn new(sources: &SourceMap, files: &[Parsed]) -> Self {
        let mut index = Index::default();
        for file in files {
            let text = sources.get(file.source).map_or("", |source| source.text());
            index.tokens.insert(file.source, Arc::new(Tokens::of(text)));
        }
        for file in files {
            declare::types(&mut index, sources, file);
        }
        index.world.settle_keys();
        for file in files {
            declare::uses_of_types(&mut index, sources, file);
        }
        for file in files {
            resolve::file(&mut index, sources, file);
        }
        index
            .occurrences
            .sort_by_key(|occurrence| (occurrence.span, !occurrence.declares));
        index.occurrences.dedup_by_key(|occurrence| occurrence.span);
        for (position, declaration) in index.declarations.iter().enumerate() {
            let known = index.by_symbol.entry(declaration.symbol.clone()).or_default();
            known.push(position);
        }
        index
    }

    /// The name at an offset of a file, if the index knows what it stands for. The end of a name is part of it, as an editor's cursor stands there.
    pub fn at(&self, source: SourceId, offset: usize) -> Option<&Occurrence> {
        let offset = u32::try_from(offset).ok()?;
        let after = self
            .occurrences
            .partition_point(|occurrence| (occurrence.span.source, occurrence.span.start) <= (source, offset));
        let near = self.occurrences.get(after.checked_sub(1)?)?;
        (near.span.source == source && near.span.end >= offset).then_some(near)
    }

    /// Every place that a symbol is written at.
    pub fn occurrences_of<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = &'a Occurrence> {
        self.occurrences
            .iter()
            .filter(move |occurrence| occurrence.symbol == *symbol)
    }

    /// The places that declare a symbol: several where files repeat a declaration, or agreements share a party.
    pub fn declarations_of(&self, symbol: &Symbol) -> impl Iterator<Item = &Declaration> {
        let positions = self.by_symbol.get(symbol).map_or(&[][..], Vec::as_slice);
        positions.iter().map(|position| &self.declarations[*position])
    }

    /// For each name in the order of the files, the position of the first name that stands for the same thing. Two versions of the files have
    /// one shape if no name has come to stand for something else.
    pub fn shape(&self) -> Vec<usize> {
        let mut first: HashMap<&Symbol, usize> = HashMap::new();
        let positions = self.occurrences.iter().enumerate();
        positions
            .map(|(position, occurrence)| *first.entry(&occurrence.symbol).or_insert(position))
            .collect()
    }

    /// All declarations of a file.
    pub fn declarations_in(&self, source: SourceId) -> impl Iterator<Item = &Declaration> {
        self.declarations
            .iter()
            .filter(move |declaration| declaration.name.source == source)
    }

    /// The names in force at an offset beside those of the whole file, the nearest last.
    pub fn locals_at(&self, source: SourceId, offset: usize) -> impl Iterator<Item = &Local> {
        self.locals.iter().filter(move |local| {
            let region = local.region;
            region.source == source && region.start as usize <= offset && offset <= region.end as usize
        })
    }

    /// The words of a file.
    pub fn tokens(&self, source: SourceId) -> Option<&Tokens> {
        self.tokens.get(&source).map(Arc::as_ref)
    }

    fn occurs(&mut self, span: Span, symbol: Symbol) {
        self.occurrences.push(Occurrence {
            span,
            symbol,
            declares: false,
        });
    }

    fn declares(&mut self, declaration: Declaration) {
        self.occurrences.push(Occurrence {
            span: declaration.name,
            symbol: declaration.symbol.clone(),
            declares: true,
        });
        self.declarations.push(declaration);
    }
}
