//! What files declare for all of their clauses to use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Thing;
use crate::source::Spanned;
use crate::syntax::ast::{Operand, OperandKind, Parameter, ParameterType, Path, Pattern, TypeExpr};
use crate::value::{Currency, EnumType, Type};

/// The declarations that every clause sees.
#[derive(Debug, Default)]
pub struct World {
    /// The parties.
    pub parties: Vec<String>,
    /// The types of events.
    pub events: BTreeMap<String, Event>,
    /// The states.
    pub states: BTreeMap<String, State>,
    /// The reference figures, with their types.
    pub references: BTreeMap<String, Option<Type>>,
    /// The predicates, with their parameters.
    pub predicates: BTreeMap<String, Reusable>,
    /// The templates, with their parameters.
    pub templates: BTreeMap<String, Reusable>,
    /// The agreements.
    pub agreements: Vec<String>,
    /// The clauses, by where they stand.
    pub clauses: Vec<(super::Home, String)>,
}

/// A type of event.
#[derive(Debug, Default)]
pub struct Event {
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of a type of event.
#[derive(Debug)]
pub struct Field {
    /// The name.
    pub name: String,
    /// The type of its values, if it is one that the language has.
    pub ty: Option<Type>,
    /// Whether an event may lack it.
    pub optional: bool,
}

/// A state.
#[derive(Debug, Default)]
pub struct State {
    /// The word after `of`.
    pub key: Option<String>,
    /// The type of the keys.
    pub key_type: Option<Type>,
    /// The type of its values.
    pub ty: Option<Type>,
    /// What its setters give as keys, until the types of all events are known.
    pub(super) keys: Vec<(Pattern, Operand)>,
}

/// A predicate or a template.
#[derive(Debug, Default)]
pub struct Reusable {
    /// Its parameters, in order.
    pub parameters: Vec<(String, Thing)>,
}

impl World {
    /// The field of an event.
    pub fn field(&self, event: &str, field: &str) -> Option<&Field> {
        let fields = &self.events.get(event)?.fields;
        fields.iter().find(|known| known.name == field)
    }

    /// The first of these types of events that has a field of this name.
    pub fn holder<'k>(&self, kinds: &'k [String], field: &str) -> Option<&'k String> {
        kinds.iter().find(|kind| self.field(kind, field).is_some())
    }

    /// The type of what events of these types carry under this name, their instant included.
    pub fn field_type(&self, kinds: &[String], field: &str) -> Option<Type> {
        if field == "time" {
            return Some(Type::Instant);
        }
        self.field(self.holder(kinds, field)?, field)?.ty.clone()
    }

    /// What a parameter stands for.
    pub(super) fn thing(&self, parameter: &Parameter) -> Thing {
        match &parameter.ty.node {
            ParameterType::Money => Thing::Money,
            ParameterType::Field(event, field) => match self.field_type(std::slice::from_ref(&event.node), &field.node)
            {
                Some(ty) => Thing::Value(ty),
                None => Thing::Untyped,
            },
            ParameterType::Type(TypeExpr::Named(name)) if name == "event" => Thing::EventType,
            ParameterType::Type(written) => match (type_of(written), written) {
                (Some(ty), _) => Thing::Value(ty),
                (None, TypeExpr::Named(name)) if self.events.contains_key(name) => Thing::Event(vec![name.clone()]),
                (None, _) => Thing::Untyped,
            },
        }
    }

    /// Finds the types of the keys of states, once the types of all events are known.
    pub(super) fn settle_keys(&mut self) {
        let events = &self.events;
        for state in self.states.values_mut() {
            let keys = std::mem::take(&mut state.keys);
            state.key_type = keys.iter().find_map(|(pattern, key)| match &key.node {
                OperandKind::Path(Path { field: Some(field), .. }) => {
                    let fields = &events.get(&pattern.event.node)?.fields;
                    fields.iter().find(|known| known.name == field.node)?.ty.clone()
                }
                OperandKind::Literal(literal) => type_of_literal(literal),
                OperandKind::Path(_) | OperandKind::Call(..) | OperandKind::List(_) => None,
            });
        }
    }
}

/// The type that was written, if the language has it.
pub(super) fn type_of(written: &TypeExpr) -> Option<Type> {
    match written {
        TypeExpr::Named(name) => Type::named(name),
        TypeExpr::Money(code) => Currency::new(&code.node).map(Type::Money),
        TypeExpr::Set(element) => type_of(&element.node).map(|element| Type::Set(Box::new(element))),
        TypeExpr::Enum { names, ordered } => Some(Type::Enum(Arc::new(EnumType {
            names: names.iter().map(|name: &Spanned<String>| name.node.clone()).collect(),
            ordered: *ordered,
        }))),
    }
}

/// The type of a literal.
pub(super) fn type_of_literal(literal: &crate::syntax::ast::Literal) -> Option<Type> {
    use crate::syntax::ast::Literal;
    Some(match literal {
        Literal::Text(_) => Type::Text,
        Literal::Number(_) => Type::Number,
        Literal::Money(_, code) => Type::Money(Currency::new(code)?),
        Literal::Bool(_) => Type::Bool,
        Literal::Instant(_) => Type::Instant,
        Literal::Date(_) => Type::Date,
        Literal::Duration(_) => Type::Duration,
    })
}
