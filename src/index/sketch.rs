//! What the words alone tell of a declaration that could not be parsed: its name, what it declares, and the names in it that are plain.
//!
//! A declaration is broken most of the time while it is being written, and that is when its names are wanted.

use std::collections::HashSet;
use std::sync::Arc;

use super::declare::thing_of;
use super::world::{Event, Field, Reusable, State};
use super::{Declaration, Home, Index, Local, Symbol, Thing, Tokens};
use crate::source::Span;
use crate::syntax::{is_field_name, is_name};
use crate::value::{Currency, EnumType, Type};

/// The words of one piece of a file.
#[derive(Clone)]
struct Piece<'a> {
    text: &'a str,
    tokens: Arc<Tokens>,
    span: Span,
    first: usize,
    end: usize,
}

impl<'a> Piece<'a> {
    fn new(index: &Index, text: &'a str, span: Span) -> Self {
        let tokens = index.tokens.get(&span.source).cloned().unwrap_or_default();
        let (first, end) = (tokens.from(span.start as usize), tokens.before(span.end as usize));
        Piece {
            text,
            tokens,
            span,
            first,
            end,
        }
    }

    fn word(&self, at: usize) -> &'a str {
        if (self.first..self.end).contains(&at) {
            self.tokens.word(self.text, at)
        } else {
            ""
        }
    }

    fn before(&self, at: usize, back: usize) -> &'a str {
        at.checked_sub(back).map_or("", |at| self.word(at))
    }

    fn span(&self, at: usize) -> Span {
        self.tokens
            .range(at)
            .map_or(self.span, |range| Span::of(self.span.source, range.clone()))
    }

    /// The first token from `at` on that is this word.
    fn find(&self, at: usize, word: &str) -> Option<usize> {
        (at..self.end).find(|&at| self.word(at) == word)
    }

    fn title(&self, at: usize) -> Option<String> {
        let word = self.word(at);
        let inner = word.strip_prefix('"')?.strip_suffix('"')?;
        Some(inner.to_owned())
    }

    /// A type that is written from `at` on.
    fn ty(&self, at: usize) -> Option<Type> {
        let word = self.word(at);
        match word {
            "money" => Currency::new(self.word(at + 1)).map(Type::Money),
            "optional" => self.ty(at + 1),
            "set" if self.word(at + 1) == "of" => Some(Type::Set(Box::new(self.ty(at + 2)?))),
            _ => {
                let sign = self.word(at + 1);
                if !is_name(word) || !matches!(sign, "|" | "<") {
                    return Type::named(word);
                }
                let mut names = vec![word.to_owned()];
                let mut at = at + 1;
                while self.word(at) == sign && is_name(self.word(at + 1)) {
                    names.push(self.word(at + 1).to_owned());
                    at += 2;
                }
                let ordered = sign == "<";
                Some(Type::Enum(Arc::new(EnumType { names, ordered })))
            }
        }
    }

    /// The names with a type after a colon, from an opening bracket to its closing one: where each stands.
    fn typed_names(&self, open: usize, close: &str) -> Vec<usize> {
        (open + 1..self.end)
            .take_while(|&at| self.word(at) != close)
            .filter(|&at| self.word(at + 1) == ":" && is_field_name(self.word(at)))
            .collect()
    }

    /// From the word before a name to the end of the piece.
    fn whole(&self, name: usize) -> Span {
        self.span(name.saturating_sub(1)).to(Span {
            start: self.span.end,
            ..self.span
        })
    }
}

fn declare(index: &mut Index, piece: &Piece<'_>, at: usize, symbol: Symbol, whole: Span, thing: Thing) {
    index.declares(Declaration {
        symbol,
        name: piece.span(at),
        whole,
        title: piece.title(at + 1),
        thing,
    });
}

/// Events, states, agreements and parties.
pub(super) fn types(index: &mut Index, text: &str, span: Span) {
    let piece = Piece::new(index, text, span);
    let at = piece.first + 1;
    let name = piece.word(at);
    if !is_name(name) {
        return;
    }
    let whole = piece.whole(at);
    match piece.word(piece.first) {
        "event" => {
            let thing = Thing::Event(vec![name.to_owned()]);
            declare(index, &piece, at, Symbol::Event(name.to_owned()), whole, thing);
            let open = piece.find(at, "{").unwrap_or(piece.end);
            let mut fields = Vec::new();
            for field in piece.typed_names(open, "}") {
                let field_name = piece.word(field).to_owned();
                let ty = piece.ty(field + 2);
                let symbol = Symbol::Field(name.to_owned(), field_name.clone());
                let whole = piece.span(field).to(piece.span(field + 2));
                declare(index, &piece, field, symbol, whole, thing_of(ty.as_ref()));
                fields.push(Field {
                    name: field_name,
                    ty,
                    optional: piece.word(field + 2) == "optional",
                });
            }
            let events = &mut index.world.events;
            events.entry(name.to_owned()).or_insert_with(|| Event { fields });
        }
        "state" => {
            let key = (piece.word(at + 1) == "of").then(|| piece.word(at + 2).to_owned());
            let ty = piece.find(at, ":").and_then(|colon| piece.ty(colon + 1));
            let thing = thing_of(ty.as_ref());
            declare(index, &piece, at, Symbol::State(name.to_owned()), whole, thing);
            let states = &mut index.world.states;
            states.entry(name.to_owned()).or_insert_with(|| State {
                key,
                ty,
                ..State::default()
            });
        }
        "agreement" => {
            let symbol = Symbol::Agreement(name.to_owned());
            declare(index, &piece, at, symbol, whole, Thing::Untyped);
            index.world.agreements.push(name.to_owned());
            for at in piece.first..piece.end {
                let name = piece.word(at + 1);
                if piece.word(at) == "party" && is_name(name) && piece.before(at, 1) != ":" {
                    let whole = piece.span(at).to(piece.span(at + 1));
                    let thing = Thing::Value(Type::Party);
                    declare(index, &piece, at + 1, Symbol::Party(name.to_owned()), whole, thing);
                    if !index.world.parties.iter().any(|known| known == name) {
                        index.world.parties.push(name.to_owned());
                    }
                }
            }
        }
        _ => {}
    }
}

/// Predicates, templates and clauses.
pub(super) fn uses_of_types(index: &mut Index, text: &str, span: Span, home: &Home) {
    let piece = Piece::new(index, text, span);
    let at = piece.first + 1;
    let name = piece.word(at).to_owned();
    let owner = match piece.word(piece.first) {
        "define" => Symbol::Predicate(name.clone()),
        "template" => Symbol::Template(name.clone()),
        _ => {
            clauses(index, &piece, &home_within(&piece, home));
            return;
        }
    };
    if !is_name(&name) {
        return;
    }
    let whole = piece.whole(at);
    declare(index, &piece, at, owner.clone(), whole, Thing::Untyped);
    let mut known = Reusable::default();
    for parameter in piece.typed_names(at + 1, ")") {
        let word = piece.word(parameter);
        let written = piece.word(parameter + 2);
        let thing = match piece.ty(parameter + 2) {
            Some(ty) => Thing::Value(ty),
            None if written == "event" => Thing::EventType,
            None if written == "money" => Thing::Money,
            None if piece.word(parameter + 3) == "." => thing_of(
                index
                    .world
                    .field_type(&[written.to_owned()], piece.word(parameter + 4))
                    .as_ref(),
            ),
            None if index.world.events.contains_key(written) => Thing::Event(vec![written.to_owned()]),
            None => Thing::Untyped,
        };
        let symbol = Symbol::Parameter(Box::new(owner.clone()), word.to_owned());
        let region = piece.span(parameter).to(piece.span(parameter + 2));
        declare(index, &piece, parameter, symbol.clone(), region, thing.clone());
        index.locals.push(Local {
            name: word.to_owned(),
            symbol,
            thing: thing.clone(),
            region: piece.span,
        });
        known.parameters.push((word.to_owned(), thing));
    }
    let reusables = match owner {
        Symbol::Predicate(_) => &mut index.world.predicates,
        _ => &mut index.world.templates,
    };
    reusables.entry(name).or_insert(known);
    clauses(index, &piece, &home_within(&piece, home));
}

fn home_within(piece: &Piece<'_>, home: &Home) -> Home {
    let name = piece.word(piece.first + 1).to_owned();
    match piece.word(piece.first) {
        "agreement" => Home::Agreement(name),
        "template" => Home::Template(name),
        _ => home.clone(),
    }
}

fn clauses(index: &mut Index, piece: &Piece<'_>, home: &Home) {
    for at in clause_words(piece) {
        let name = piece.word(at + 1).to_owned();
        let whole = piece.tokens.with_braces(piece.text, piece.span(at + 1));
        let whole = Span {
            end: whole.end.min(piece.span.end),
            ..whole
        };
        let symbol = Symbol::Clause(home.clone(), name.clone());
        declare(index, piece, at + 1, symbol, whole, Thing::Untyped);
        index.world.clauses.push((home.clone(), name));
    }
}

/// Where `clause` starts a clause.
fn clause_words(piece: &Piece<'_>) -> Vec<usize> {
    (piece.first..piece.end)
        .filter(|&at| {
            piece.word(at) == "clause" && is_name(piece.word(at + 1)) && matches!(piece.before(at, 1), "" | "{" | "}")
                || piece.word(at) == "clause"
                    && is_name(piece.word(at + 1))
                    && piece.word(at + 2).starts_with(['{', '"'])
        })
        .collect()
}

/// The names that are used.
pub(super) fn uses(index: &mut Index, text: &str, span: Span, home: &Home) {
    let piece = Piece::new(index, text, span);
    let home = home_within(&piece, home);
    let starts = clause_words(&piece);
    let taken: HashSet<u32> = index
        .occurrences
        .iter()
        .filter(|known| {
            known.span.source == span.source && span.start <= known.span.start && known.span.end <= span.end
        })
        .map(|known| known.span.start)
        .collect();
    // Names are told within a clause, or in what is before the first one.
    let mut edges = vec![piece.first];
    edges.extend(starts.iter().copied().filter(|start| *start > piece.first));
    edges.push(piece.end);
    for pair in edges.windows(2) {
        let &[from, until] = pair else { continue };
        bindings(index, &piece, from, until);
        for at in from..until {
            if !taken.contains(&piece.span(at).start)
                && let Some(symbol) = meaning(index, &piece, at, &home)
            {
                index.occurs(piece.span(at), symbol);
            }
        }
    }
}

/// Words that stand before a type of event.
const BEFORE_EVENT: [&str; 12] = [
    "when", "by", "ensure", "avoid", "conduct", "of", "some", "no", "least", "than", "exactly", "{",
];

fn is_event(index: &Index, piece: &Piece<'_>, at: usize) -> bool {
    let before = piece.before(at, 1);
    let counted = before.starts_with(|char: char| char.is_ascii_digit());
    index.world.events.contains_key(piece.word(at))
        && (counted || BEFORE_EVENT.contains(&before) || is_name(piece.word(at + 1)) || piece.word(at + 1) == "where")
        && !matches!(before, "." | "=" | "<" | ">")
}

/// Brings the names of events and of things of which there are several in force.
fn bindings(index: &mut Index, piece: &Piece<'_>, from: usize, until: usize) {
    let region = piece.span(from).to(Span {
        start: piece.span(until.saturating_sub(1)).end,
        end: piece.span(until.saturating_sub(1)).end,
        ..piece.span
    });
    // What is written last in a piece goes on to where the next one starts: an editor's cursor stands there.
    let region = Span {
        end: if until == piece.end { piece.span.end } else { region.end },
        ..region
    };
    for at in from..until {
        let (name_at, thing) = if is_event(index, piece, at) {
            let follows = piece.word(at + 2);
            if follows == "." {
                continue;
            }
            (at + 1, Thing::Event(vec![piece.word(at).to_owned()]))
        } else if piece.word(at) == "every" && is_name(piece.word(at + 1)) {
            let kind = piece.word(at + 1);
            let ty = if kind == "party" {
                Some(Type::Party)
            } else {
                let mut states = index.world.states.values();
                let of = states.find(|state| state.key.as_deref() == Some(kind));
                of.and_then(|state| state.key_type.clone())
            };
            (at + 2, thing_of(ty.as_ref()))
        } else {
            continue;
        };
        let name = piece.word(name_at);
        if !is_name(name) || piece.word(name_at + 1) == "." || name_at >= until {
            continue;
        }
        // Alternatives have one name for their event.
        let is_alternative = piece.before(at, 2) == "or" && piece.before(at, 1) == "when";
        let known = index.locals.iter_mut().rev();
        let known = known
            .take_while(|local| local.region == region)
            .find(|local| local.name == name);
        if let (true, Some(local), Thing::Event(kinds)) = (is_alternative, known, &thing)
            && let Thing::Event(known) = &mut local.thing
        {
            known.extend(kinds.iter().cloned());
            let symbol = local.symbol.clone();
            declare(index, piece, name_at, symbol, piece.span(name_at), thing);
            continue;
        }
        let symbol = Symbol::Binding(piece.span(name_at));
        declare(
            index,
            piece,
            name_at,
            symbol.clone(),
            piece.span(name_at),
            thing.clone(),
        );
        index.locals.push(Local {
            name: name.to_owned(),
            symbol,
            thing,
            region,
        });
    }
}

fn meaning(index: &Index, piece: &Piece<'_>, at: usize, home: &Home) -> Option<Symbol> {
    let word = piece.word(at);
    if !is_field_name(word) {
        return None;
    }
    let source = piece.span.source;
    let local = |at: usize| {
        let start = piece.span(at).start as usize;
        let named = index
            .locals_at(source, start)
            .filter(|local| local.name == piece.word(at));
        named.last()
    };
    if piece.before(at, 1) == "." {
        let Thing::Event(kinds) = &local(at.checked_sub(2)?)?.thing else {
            return None;
        };
        let holder = index.world.holder(kinds, word)?;
        return Some(Symbol::Field(holder.clone(), word.to_owned()));
    }
    if !is_name(word) || piece.word(at + 1) == ":" {
        return None;
    }
    match piece.before(at, 1) {
        "despite" => return Some(Symbol::Clause(home.clone(), word.to_owned())),
        "apply" => return Some(Symbol::Template(word.to_owned())),
        _ => {}
    }
    if let Some(local) = local(at) {
        return Some(local.symbol.clone());
    }
    if is_event(index, piece, at) {
        return Some(Symbol::Event(word.to_owned()));
    }
    let world = &index.world;
    if world.states.contains_key(word) {
        return Some(Symbol::State(word.to_owned()));
    }
    if world.references.contains_key(word) {
        return Some(Symbol::Reference(word.to_owned()));
    }
    if world.predicates.contains_key(word) && piece.word(at + 1) == "(" {
        return Some(Symbol::Predicate(word.to_owned()));
    }
    let wanted = index.wanted_at(piece.text, source, piece.span(at).start as usize);
    if let Some(Thing::Value(Type::Enum(enumeration))) = wanted
        && enumeration.variant(word).is_some()
    {
        return Some(Symbol::Value(enumeration, word.to_owned()));
    }
    world
        .parties
        .iter()
        .any(|party| party == word)
        .then(|| Symbol::Party(word.to_owned()))
}
