//! What files declare. Every form of the tree is matched by name, so that a new one cannot be forgotten here.

use std::sync::Arc;

use super::world::{Event, Field, Reusable, State, type_of};
use super::{Declaration, Home, Index, Symbol, Thing, Tokens, sketch};
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::Parsed;
use crate::syntax::ast::{
    Agreement, AgreementPart, Clause, Define, EventDecl, FieldDecl, Item, Name, Parameter, Reference, Setter,
    StateDecl, Template, Text, TypeExpr,
};
use crate::value::Type;

/// Takes in one file.
struct Declarer<'a> {
    index: &'a mut Index,
    text: &'a str,
    tokens: Arc<Tokens>,
}

impl<'a> Declarer<'a> {
    fn new(index: &'a mut Index, sources: &'a SourceMap, file: &Parsed) -> Self {
        let tokens = index.tokens.get(&file.source).cloned().unwrap_or_default();
        Declarer {
            index,
            text: sources.get(file.source).map_or("", |source| source.text()),
            tokens,
        }
    }
}

/// Events, states, parties and agreements: what nothing else is needed for.
pub(super) fn types(index: &mut Index, sources: &SourceMap, file: &Parsed) {
    let mut declarer = Declarer::new(index, sources, file);
    for item in &file.file.items {
        match item {
            Item::Event(event) => declarer.event(event),
            Item::State(state) => declarer.state(state),
            Item::Agreement(agreement) => declarer.agreement(agreement),
            Item::Reference(reference) => declarer.reference(reference),
            Item::Use(_) | Item::Define(_) | Item::Template(_) | Item::Clause(_) => {}
        }
    }
    for piece in &file.unread {
        sketch::types(declarer.index, declarer.text, *piece);
    }
}

/// Predicates and templates, whose parameters have types, and clauses, which stand in agreements.
pub(super) fn uses_of_types(index: &mut Index, sources: &SourceMap, file: &Parsed) {
    let home = home_of(file);
    let mut declarer = Declarer::new(index, sources, file);
    for item in &file.file.items {
        match item {
            Item::Define(define) => declarer.define(define),
            Item::Template(template) => declarer.template(template),
            Item::Clause(clause) => declarer.clause(clause, &home),
            Item::Agreement(agreement) => {
                let home = Home::Agreement(agreement.name.node.clone());
                for part in &agreement.parts {
                    match &part.node {
                        AgreementPart::Clause(clause) => declarer.clause(clause, &home),
                        AgreementPart::InForce(..)
                        | AgreementPart::Zone(_)
                        | AgreementPart::WorkingDays(_)
                        | AgreementPart::Holidays(_)
                        | AgreementPart::HolidaysIn(_)
                        | AgreementPart::Party(..)
                        | AgreementPart::Cites(_)
                        | AgreementPart::Life(_)
                        | AgreementPart::Apply(_) => {}
                    }
                }
            }
            Item::Use(_) | Item::Reference(_) | Item::Event(_) | Item::State(_) => {}
        }
    }
    for piece in &file.unread {
        sketch::uses_of_types(declarer.index, declarer.text, *piece, &home);
    }
}

/// Where the clauses of a file stand that stand in no braces.
pub(super) fn home_of(file: &Parsed) -> Home {
    let mut agreements = file.file.items.iter().filter_map(|item| match item {
        Item::Agreement(agreement) => Some(&agreement.name.node),
        _ => None,
    });
    match (agreements.next(), agreements.next()) {
        (Some(only), None) => Home::Agreement(only.clone()),
        _ => Home::Nowhere(file.source),
    }
}

impl Declarer<'_> {
    fn declare(&mut self, symbol: Symbol, name: &Name, whole: Span, title: Option<&Text>, thing: Thing) {
        self.index.declares(Declaration {
            symbol,
            name: name.span,
            whole,
            title: title.map(|title| title.node.clone()),
            thing,
        });
    }

    fn braces(&self, name: &Name) -> Span {
        self.tokens.with_braces(self.text, name.span)
    }

    fn agreement(&mut self, agreement: &Agreement) {
        let Agreement { name, title, parts } = agreement;
        self.index.world.agreements.push(name.node.clone());
        let whole = self.braces(name);
        let symbol = Symbol::Agreement(name.node.clone());
        self.declare(symbol, name, whole, title.as_ref(), Thing::Untyped);
        for part in parts {
            match &part.node {
                AgreementPart::Party(name, title) => {
                    if !self.index.world.parties.contains(&name.node) {
                        self.index.world.parties.push(name.node.clone());
                    }
                    let symbol = Symbol::Party(name.node.clone());
                    self.declare(symbol, name, part.span, title.as_ref(), Thing::Value(Type::Party));
                }
                AgreementPart::InForce(..)
                | AgreementPart::Zone(_)
                | AgreementPart::WorkingDays(_)
                | AgreementPart::Holidays(_)
                | AgreementPart::HolidaysIn(_)
                | AgreementPart::Cites(_)
                | AgreementPart::Life(_)
                | AgreementPart::Apply(_)
                | AgreementPart::Clause(_) => {}
            }
        }
    }

    fn event(&mut self, event: &EventDecl) {
        let EventDecl {
            name,
            title,
            identity: _,
            fields,
        } = event;
        let whole = self.braces(name);
        let symbol = Symbol::Event(name.node.clone());
        self.declare(
            symbol,
            name,
            whole,
            title.as_ref(),
            Thing::Event(vec![name.node.clone()]),
        );
        let mut known = Vec::new();
        for field in fields {
            let FieldDecl {
                name: field_name,
                optional,
                ty,
            } = field;
            let found = type_of(&ty.node);
            let symbol = Symbol::Field(name.node.clone(), field_name.node.clone());
            let whole = field_name.span.to(ty.span);
            self.declare(symbol, field_name, whole, None, thing_of(found.as_ref()));
            self.values(ty);
            known.push(Field {
                name: field_name.node.clone(),
                ty: found,
                optional: *optional,
            });
        }
        let events = &mut self.index.world.events;
        events
            .entry(name.node.clone())
            .or_insert_with(|| Event { fields: known });
    }

    /// The values of the enumerations in a type.
    fn values(&mut self, ty: &Spanned<TypeExpr>) {
        match &ty.node {
            TypeExpr::Named(_) | TypeExpr::Money(_) => {}
            TypeExpr::Set(element) => self.values(element),
            TypeExpr::Enum { names, ordered: _ } => {
                let Some(found @ Type::Enum(_)) = type_of(&ty.node) else {
                    return;
                };
                let Type::Enum(enumeration) = &found else { return };
                for name in names {
                    let symbol = Symbol::Value(Arc::clone(enumeration), name.node.clone());
                    self.declare(symbol, name, ty.span, None, Thing::Value(found.clone()));
                }
            }
        }
    }

    fn reference(&mut self, reference: &Reference) {
        let Reference {
            name,
            title,
            ty,
            value,
            cites: _,
        } = reference;
        let found = type_of(&ty.node);
        let whole = name.span.to(value.span);
        let symbol = Symbol::Reference(name.node.clone());
        self.declare(symbol, name, whole, title.as_ref(), thing_of(found.as_ref()));
        self.values(ty);
        let references = &mut self.index.world.references;
        references.entry(name.node.clone()).or_insert(found);
    }

    fn state(&mut self, state: &StateDecl) {
        let StateDecl {
            name,
            key,
            ty,
            initially: _,
            setters,
        } = state;
        let whole = self.braces(name);
        let found = type_of(&ty.node);
        let thing = thing_of(found.as_ref());
        self.declare(Symbol::State(name.node.clone()), name, whole, None, thing);
        self.values(ty);
        if let Some(label) = key {
            self.declare(Symbol::Key(label.node.clone()), label, label.span, None, Thing::Untyped);
        }
        let mut keys = Vec::new();
        for setter in setters {
            let Setter { pattern, key, value: _ } = setter;
            keys.extend(key.clone().map(|key| (pattern.clone(), key)));
        }
        let states = &mut self.index.world.states;
        states.entry(name.node.clone()).or_insert_with(|| State {
            key: key.as_ref().map(|label| label.node.clone()),
            key_type: None,
            ty: found,
            keys,
        });
    }

    fn define(&mut self, define: &Define) {
        let Define { name, parameters, body } = define;
        let whole = self.tokens.with_keyword(name.span, body.span.end);
        let symbol = Symbol::Predicate(name.node.clone());
        self.declare(symbol.clone(), name, whole, None, Thing::Untyped);
        let parameters = self.parameters(parameters, &symbol);
        self.index
            .world
            .predicates
            .entry(name.node.clone())
            .or_insert(parameters);
    }

    fn template(&mut self, template: &Template) {
        let Template {
            name,
            parameters,
            body: _,
            sample,
        } = template;
        let whole = self.braces(name);
        let symbol = Symbol::Template(name.node.clone());
        self.declare(symbol.clone(), name, whole, None, Thing::Untyped);
        let parameters = self.parameters(parameters, &symbol);
        self.index
            .world
            .templates
            .entry(name.node.clone())
            .or_insert(parameters);
        let home = Home::Template(name.node.clone());
        for clause in sample {
            self.clause(clause, &home);
        }
    }

    fn parameters(&mut self, parameters: &[Parameter], owner: &Symbol) -> Reusable {
        let mut known = Vec::new();
        for parameter in parameters {
            let thing = self.index.world.thing(parameter);
            let Parameter { name, ty } = parameter;
            let symbol = Symbol::Parameter(Box::new(owner.clone()), name.node.clone());
            self.declare(symbol, name, name.span.to(ty.span), None, thing.clone());
            known.push((name.node.clone(), thing));
        }
        Reusable { parameters: known }
    }

    fn clause(&mut self, clause: &Clause, home: &Home) {
        let Clause {
            name,
            title,
            parts: _,
            span: _,
        } = clause;
        let whole = self.braces(name);
        self.index.world.clauses.push((home.clone(), name.node.clone()));
        let symbol = Symbol::Clause(home.clone(), name.node.clone());
        self.declare(symbol, name, whole, title.as_ref(), Thing::Untyped);
    }
}

pub(super) fn thing_of(ty: Option<&Type>) -> Thing {
    ty.cloned().map_or(Thing::Untyped, Thing::Value)
}
