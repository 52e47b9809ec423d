//! Event types and the types of fields.

use std::sync::Arc;

use super::build::Builder;
use super::reuse::Argument;
use super::{EventType, EventTypeId, Field, FieldId, Identity};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::Spanned;
use crate::syntax::ast::{self, Name, TypeExpr};
use crate::value::{Currency, EnumType, Type};

/// What every event carries without declaring it.
const RESERVED_FIELDS: [&str; 2] = ["time", "type"];

pub(super) const TYPE_NAMES: [&str; 9] = [
    "party", "text", "number", "money", "bool", "instant", "date", "duration", "set",
];

impl Builder {
    pub(super) fn event(&mut self, event: &ast::EventDecl) {
        let mut fields: Vec<Field> = Vec::new();
        for field in &event.fields {
            if let Some(first) = fields.iter().find(|known| known.name == field.name.node) {
                let first = first.span;
                self.duplicate("field", &field.name, first);
                continue;
            }
            if RESERVED_FIELDS.contains(&field.name.node.as_str()) {
                let message = format!("every event carries `{}` without declaring it", field.name.node);
                let diagnostic = Diagnostic::error(Code::ReservedField, message, field.name.span, "reserved");
                self.report(diagnostic.help("leave it out, or give the field another name"));
                continue;
            }
            let Some(ty) = self.ty(&field.ty) else {
                self.incomplete = true;
                self.broken.insert(format!("{}.{}", event.name.node, field.name.node));
                continue;
            };
            fields.push(Field {
                name: field.name.node.clone(),
                ty,
                optional: field.optional,
                span: field.name.span,
            });
        }
        let identity = event
            .identity
            .as_ref()
            .and_then(|identity| self.identity(identity, event, &fields));
        let declared = EventType {
            name: event.name.node.clone(),
            title: event.title.as_ref().map(|title| title.node.clone()),
            fields,
            identity,
            span: event.name.span,
        };
        match self.events.iter().find(|known| known.name == declared.name) {
            None => self.events.push(declared),
            Some(twin) if twin.span.source != declared.span.source && same_shape(twin, &declared) => {}
            Some(twin) => {
                let first = twin.span;
                self.duplicate("event", &event.name, first);
            }
        }
    }

    fn identity(&mut self, identity: &ast::Identity, event: &ast::EventDecl, fields: &[Field]) -> Option<Identity> {
        let keys = [&identity.corrects, &identity.retracts];
        let keys: Vec<&Name> = keys.into_iter().flatten().collect();
        for (position, key) in keys.iter().enumerate() {
            if RESERVED_FIELDS.contains(&key.node.as_str()) {
                let message = format!("every record has `{}`, which cannot name another event", key.node);
                let diagnostic = Diagnostic::error(Code::ReservedField, message, key.span, "reserved");
                self.report(diagnostic.help("choose another key, as `corrects` or `retracts`"));
            }
            let declared = fields
                .iter()
                .find(|field| field.name == key.node)
                .map(|field| field.span);
            let before = keys[..position].iter().find(|other| other.node == key.node);
            if let Some(first) = declared.or(before.map(|other| other.span)) {
                self.duplicate("field", key, first);
            }
        }
        let Some(position) = fields.iter().position(|field| field.name == identity.field.node) else {
            if !self.is_excused(&format!("{}.{}", event.name.node, identity.field.node)) {
                let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let help = suggest(&identity.field.node, "fields", &known);
                let message = format!("the event `{}` has no field `{}`", event.name.node, identity.field.node);
                let span = identity.field.span;
                self.report(Diagnostic::error(Code::UnknownField, message, span, "unknown field").help_if(help));
            }
            return None;
        };
        let field = &fields[position];
        if field.optional {
            let message = format!("an event that lacks `{}` could not be named", field.name);
            let diagnostic = Diagnostic::error(Code::BadForm, message, identity.field.span, "optional");
            let diagnostic = diagnostic.also(field.span, "declared here");
            self.report(diagnostic.help("name a field that every event of the type has"));
            return None;
        }
        let named = |key: &Option<Name>| key.as_ref().map(|key| key.node.clone());
        Some(Identity {
            field: FieldId(u32::try_from(position).ok()?),
            corrects: named(&identity.corrects),
            retracts: named(&identity.retracts),
        })
    }

    /// The type that was written, or a diagnostic.
    pub(super) fn ty(&mut self, written: &Spanned<TypeExpr>) -> Option<Type> {
        match &written.node {
            TypeExpr::Named(name) => match Type::named(name) {
                Some(ty) => Some(ty),
                None => {
                    let message = format!("there is no type `{name}`");
                    let help = match name.as_str() {
                        "money" => Some("money has a currency: `money EUR`".to_owned()),
                        "set" => Some("a set has elements: `set of party`".to_owned()),
                        "string" | "str" | "id" => Some("did you mean `text`?".to_owned()),
                        "int" | "integer" | "float" | "decimal" => Some("did you mean `number`?".to_owned()),
                        "boolean" => Some("did you mean `bool`?".to_owned()),
                        "timestamp" | "datetime" => Some("did you mean `instant`?".to_owned()),
                        _ => suggest(name, "types", &TYPE_NAMES),
                    };
                    let diagnostic = Diagnostic::error(Code::UnknownType, message, written.span, "unknown type");
                    self.report(diagnostic.help_if(help).meant(name, &TYPE_NAMES));
                    None
                }
            },
            TypeExpr::Money(code) => Currency::new(&code.node).map(Type::Money),
            TypeExpr::Set(element) => match self.ty(element)? {
                Type::Set(_) => {
                    let diagnostic =
                        Diagnostic::error(Code::BadForm, "a set holds no sets", written.span, "a set of sets");
                    self.report(diagnostic);
                    None
                }
                element => Some(Type::Set(Box::new(element))),
            },
            TypeExpr::Enum { names, ordered } => self.enumeration(names, *ordered),
        }
    }

    fn enumeration(&mut self, names: &[Name], ordered: bool) -> Option<Type> {
        for (position, name) in names.iter().enumerate() {
            if let Some(first) = names[..position].iter().find(|before| before.node == name.node) {
                self.duplicate("value", name, first.span);
                return None;
            }
        }
        let names = names.iter().map(|name| name.node.clone()).collect();
        Some(Type::Enum(Arc::new(EnumType { names, ordered })))
    }

    /// The event type of this name, or a diagnostic.
    pub(super) fn event_named(&mut self, name: &Name) -> Option<EventTypeId> {
        match self.arguments.get(&name.node) {
            Some(Argument::EventType(id)) => return Some(*id),
            Some(Argument::AnyEventType) => return None,
            _ => {}
        }
        if let Some(position) = self.events.iter().position(|event| event.name == name.node) {
            return u32::try_from(position).ok().map(EventTypeId);
        }
        if !self.is_excused(&name.node) {
            let known: Vec<&str> = self.events.iter().map(|event| event.name.as_str()).collect();
            let help = suggest(&name.node, "events", &known)
                .unwrap_or_else(|| format!("declare it: `event {} {{ field: type, ... }}`", name.node));
            let message = format!("no event `{}` is declared", name.node);
            let diagnostic = Diagnostic::error(Code::UnknownEvent, message, name.span, "unknown event");
            let diagnostic = diagnostic.help(help).meant(&name.node, &known);
            self.report(diagnostic);
        }
        None
    }
}

fn same_shape(left: &EventType, right: &EventType) -> bool {
    left.identity == right.identity
        && left.fields.len() == right.fields.len()
        && left
            .fields
            .iter()
            .zip(&right.fields)
            .all(|(left, right)| left.name == right.name && left.ty == right.ty && left.optional == right.optional)
}
