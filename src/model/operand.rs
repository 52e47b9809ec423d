//! Operands, resolved by their names and checked against the type that their place asks for.

use super::build::Builder;
use super::names::{Bound, Scope};
use super::reuse::Argument;
use super::{EventTypeId, FieldId, FieldRef, Operand, OperandKind, StateId, Var};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Literal, Name, Path};
use crate::value::{Currency, Type, Value};

impl Builder {
    /// Whether an operand's meaning depends on the type of the other side: a bare name that is neither a state nor a key.
    pub(super) fn needs_context(&self, operand: &ast::Operand, scope: &Scope) -> bool {
        match &operand.node {
            ast::OperandKind::Path(Path { root, field: None }) => {
                let is_key = scope.key.as_ref().is_some_and(|(name, _)| *name == root.node);
                let is_given = match self.arguments.get(&root.node) {
                    Some(Argument::AnyMoney(_)) | None => scope.value(&root.node).is_some(),
                    Some(_) => true,
                };
                !is_key
                    && !is_given
                    && self.readable_named(&root.node, scope).is_none()
                    && self.reference_named(&root.node).is_none()
            }
            ast::OperandKind::List(elements) => elements.iter().any(|element| self.needs_context(element, scope)),
            _ => false,
        }
    }

    /// The state that a bare name means wherever a value is looked for: one without key, where states can be read.
    fn readable_named(&self, name: &str, scope: &Scope) -> Option<StateId> {
        let id = self.state_named(name)?;
        let is_value = self.is_value_of_some_enumeration(name);
        (!is_value || (scope.states && self.states[id.index()].key.is_none())).then_some(id)
    }

    fn is_value_of_some_enumeration(&self, name: &str) -> bool {
        let fields = self
            .events
            .iter()
            .flat_map(|event| &event.fields)
            .map(|field| &field.ty);
        let states = self.states.iter().map(|state| &state.ty);
        let has = |ty: &Type| match ty {
            Type::Enum(names) => names.variant(name).is_some(),
            Type::Set(element) => matches!(&**element, Type::Enum(names) if names.variant(name).is_some()),
            _ => false,
        };
        fields.chain(states).any(has)
    }

    /// Whether a bare name that is a state's too means a value of the enumeration that its place asks for: the other side decides.
    fn means_value(&self, operand: &ast::Operand, wanted: &Type) -> bool {
        let (ast::OperandKind::Path(Path { root, field: None }), Type::Enum(names)) = (&operand.node, wanted) else {
            return false;
        };
        let is_state = |id: StateId| {
            let state = &self.states[id.index()];
            state.key.is_none() && state.ty == *wanted
        };
        names.variant(&root.node).is_some() && self.state_named(&root.node).is_some_and(|id| !is_state(id))
    }

    /// Whether an operand is a name whose declaration could not be read.
    pub(super) fn is_excused_operand(&self, operand: &ast::Operand) -> bool {
        matches!(&operand.node, ast::OperandKind::Path(Path { root, field: None }) if self.is_excused(&root.node))
    }

    /// Resolves an operand that says itself what type it is of.
    pub(super) fn infer(&mut self, operand: &ast::Operand, scope: &Scope) -> Option<Operand> {
        match &operand.node {
            ast::OperandKind::Path(Path {
                root,
                field: Some(field),
            }) => self.field(root, field, operand.span, scope),
            ast::OperandKind::Path(Path { root, field: None }) => self.bare(root, operand.span, scope),
            ast::OperandKind::Call(name, arguments) => self.keyed_state(name, arguments, operand.span, scope),
            ast::OperandKind::Literal(literal) => {
                let (value, ty) = self.literal(literal, operand.span)?;
                Some(constant(value, ty, operand.span))
            }
            ast::OperandKind::List(_) => {
                let diagnostic = Diagnostic::error(Code::BadForm, "a list cannot stand here", operand.span, "a list");
                self.report(diagnostic.help("lists stand after `in` and `includes`, or beside a set: `x in [a, b]`"));
                None
            }
        }
    }

    /// Resolves an operand in a place that asks for a type.
    pub(super) fn check(&mut self, operand: &ast::Operand, scope: &Scope, wanted: &Type) -> Option<Operand> {
        match &operand.node {
            ast::OperandKind::Path(Path { root, field: None })
                if self.means_value(operand, wanted)
                    || (self.needs_context(operand, scope) && self.state_named(&root.node).is_none()) =>
            {
                self.constant_named(root, scope, wanted)
            }
            ast::OperandKind::List(elements) => {
                let Type::Set(element_type) = wanted else {
                    self.mismatch(operand.span, "a list", wanted, None);
                    return None;
                };
                self.set_literal(elements, operand.span, scope, element_type)
            }
            ast::OperandKind::Literal(literal) => {
                let (value, ty) = self.literal(literal, operand.span)?;
                if ty == *wanted {
                    return Some(constant(value, ty, operand.span));
                }
                self.literal_mismatch(literal, &ty, wanted, operand.span);
                None
            }
            _ => {
                let found = self.infer(operand, scope)?;
                if found.ty == *wanted {
                    return Some(found);
                }
                self.operand_mismatch(&found.ty, wanted, operand.span);
                None
            }
        }
    }

    fn set_literal(
        &mut self,
        elements: &[ast::Operand],
        span: Span,
        scope: &Scope,
        element_type: &Type,
    ) -> Option<Operand> {
        let mut values = Vec::new();
        for element in elements {
            let found = self.check(element, scope, element_type)?;
            if self.by_itself.is_some() && matches!(found.kind, OperandKind::Field(Var::Breach(_), _)) {
                continue;
            }
            let OperandKind::Literal(value) = found.kind else {
                let diagnostic = Diagnostic::error(
                    Code::BadForm,
                    "a set is written with fixed values",
                    found.span,
                    "not fixed",
                );
                self.report(diagnostic.help("use `includes` to ask for a value of an event"));
                return None;
            };
            values.push(value);
        }
        Some(constant(
            Value::set(values),
            Type::Set(Box::new(element_type.clone())),
            span,
        ))
    }

    fn field(&mut self, root: &Name, field: &Name, span: Span, scope: &Scope) -> Option<Operand> {
        let Some(Bound { var, event, others, .. }) = scope.bound(&root.node).cloned() else {
            self.unknown_binding(root, scope);
            return None;
        };
        if field.node == "time" {
            return Some(Operand {
                kind: OperandKind::Field(var, FieldRef::Time),
                ty: Type::Instant,
                span,
            });
        }
        let places: Option<Vec<(EventTypeId, FieldId)>> = std::iter::once(event)
            .chain(others)
            .map(|event| Some((event, self.field_of(event, field)?)))
            .collect();
        let places = places?;
        let (first, id) = *places.first()?;
        let ty = self.events[first.index()].field(id).ty.clone();
        let differs = |(event, id): &&(EventTypeId, FieldId)| self.events[event.index()].field(*id).ty != ty;
        if let Some((other, other_id)) = places.iter().find(differs) {
            let (one, other) = (&self.events[first.index()], &self.events[other.index()]);
            let other_field = other.field(*other_id);
            let message = format!(
                "`{}` is of type {ty} in `{}`, and of type {} in `{}`",
                field.node, one.name, other_field.ty, other.name
            );
            let diagnostic = Diagnostic::error(Code::TypeMismatch, message, span, "of one type or the other")
                .also(one.field(id).span, "the one")
                .also(other_field.span, "the other");
            self.report(diagnostic.help("only what all alternatives declare with one type can be used after them"));
            return None;
        }
        let kind = if places.len() == 1 {
            OperandKind::Field(var, FieldRef::Declared(id))
        } else {
            OperandKind::Common(var, places)
        };
        Some(Operand { kind, ty, span })
    }

    /// The field of this name of an event type, or a diagnostic.
    fn field_of(&mut self, event: EventTypeId, field: &Name) -> Option<FieldId> {
        let event = &self.events[event.index()];
        let found = event.field_named(&field.node);
        if found.is_some() {
            return found;
        }
        if !self.is_excused(&format!("{}.{}", event.name, field.node)) {
            let known: Vec<&str> = event.fields.iter().map(|field| field.name.as_str()).collect();
            let help = suggest(&field.node, "fields", &known);
            let message = format!("the event `{}` has no field `{}`", event.name, field.node);
            let diagnostic = Diagnostic::error(Code::UnknownField, message, field.span, "unknown field")
                .also(event.span, "declared here")
                .help_if(help)
                .meant(&field.node, &known);
            self.report(diagnostic);
        }
        None
    }

    fn unknown_binding(&mut self, root: &Name, scope: &Scope) {
        if self.is_excused(&root.node) {
            return;
        }
        let known: Vec<&str> = scope.events.iter().map(|bound| bound.name.node.as_str()).collect();
        let message = format!("`{}` stands for no event here", root.node);
        let help = match suggest(&root.node, "names of events", &known) {
            Some(help) => help,
            None => format!("name the event where it is asked for, as in `attack {}`", root.node),
        };
        let diagnostic = Diagnostic::error(Code::UnknownName, message, root.span, "unknown name");
        self.report(diagnostic.help(help).meant(&root.node, &known));
    }

    /// A bare name outside of any context: a key, or a state without key.
    fn bare(&mut self, name: &Name, span: Span, scope: &Scope) -> Option<Operand> {
        if let Some(value) = scope.value(&name.node) {
            return Some(Operand { span, ..value.clone() });
        }
        if self.arguments.contains_key(&name.node) {
            return self.argument(name, span);
        }
        if let Some((key, ty)) = &scope.key
            && *key == name.node
        {
            return Some(Operand {
                kind: OperandKind::Key,
                ty: ty.clone(),
                span,
            });
        }
        if let Some(id) = self.reference_named(&name.node) {
            return Some(self.referred_to(id, span));
        }
        let Some(id) = self.state_named(&name.node) else {
            self.unknown_name(name, scope, &[], "names");
            return None;
        };
        let state = &self.states[id.index()];
        if let Some(key) = &state.key {
            let message = format!("the state `{}` has a value for each {}", name.node, key.label);
            let help = format!("say of which: `{}(...)`", name.node);
            self.report(Diagnostic::error(Code::BadForm, message, span, "of which?").help(help));
            return None;
        }
        let ty = state.ty.clone();
        self.readable_state(id, span, scope)?;
        Some(Operand {
            kind: OperandKind::State(id, None),
            ty,
            span,
        })
    }

    fn keyed_state(&mut self, name: &Name, keys: &[ast::Operand], span: Span, scope: &Scope) -> Option<Operand> {
        let Some(id) = self.state_named(&name.node) else {
            if self.predicate_named(&name.node).is_some() {
                let message = format!("the predicate `{}` is a condition, not a value", name.node);
                let help = "let it stand by itself, or after `not`";
                self.report(Diagnostic::error(Code::BadForm, message, span, "a condition").help(help));
            } else if !self.is_excused(&name.node) {
                let predicates = self.predicate_names();
                let states = self.states.iter().map(|state| state.name.as_str());
                let known: Vec<&str> = states.chain(predicates.iter().map(String::as_str)).collect();
                let help = suggest(&name.node, "states and predicates", &known);
                let message = format!("no state or predicate `{}` is declared", name.node);
                let diagnostic = Diagnostic::error(Code::UnknownName, message, name.span, "unknown");
                let diagnostic = diagnostic.help_if(help).meant(&name.node, &known);
                self.report(diagnostic);
            }
            return None;
        };
        let state = &self.states[id.index()];
        let ty = state.ty.clone();
        let Some(key_type) = state.key.as_ref().map(|key| key.ty.clone()) else {
            let message = format!(
                "the state `{}` has one value, not one for each of several things",
                name.node
            );
            let help = format!("write `{}` without brackets", name.node);
            self.report(Diagnostic::error(Code::BadForm, message, span, "has no key").help(help));
            return None;
        };
        let [key] = keys else {
            let message = format!("the state `{}` is of one thing at a time", name.node);
            self.report(Diagnostic::error(Code::BadForm, message, span, "of which?"));
            return None;
        };
        self.readable_state(id, span, scope)?;
        let key = self.check(key, scope, &key_type)?;
        if let OperandKind::State(..) = key.kind {
            let message = "a state cannot choose which value of another state is meant";
            let help = "choose it with a field, a constant, or the name of `for every`";
            self.report(Diagnostic::error(Code::BadForm, message, key.span, "a state").help(help));
            return None;
        }
        Some(Operand {
            kind: OperandKind::State(id, Some(Box::new(key))),
            ty,
            span,
        })
    }

    fn readable_state(&mut self, id: StateId, span: Span, scope: &Scope) -> Option<()> {
        if scope.states {
            return Some(());
        }
        let message = format!(
            "`where` looks at the event alone, not at the state `{}`",
            self.states[id.index()].name
        );
        let help = "judge a state in `if` or `unless`, or with `maintain`";
        self.report(Diagnostic::error(Code::OutOfScope, message, span, "a state").help(help));
        None
    }

    /// A bare name whose meaning the wanted type decides: a party, or a value of an enumeration.
    fn constant_named(&mut self, name: &Name, scope: &Scope, wanted: &Type) -> Option<Operand> {
        if let Some(bound) = scope.bound(&name.node) {
            let event = &self.events[bound.event.index()];
            let message = format!("`{}` is a whole event, not a value of type {wanted}", name.node);
            let fields: Vec<&str> = event
                .fields
                .iter()
                .filter(|field| field.ty == *wanted)
                .map(|field| field.name.as_str())
                .collect();
            let help = match fields.as_slice() {
                [] => format!("name a field of it: `{}.field`", name.node),
                [first, ..] => format!("name a field of it, as in `{}.{first}`", name.node),
            };
            self.report(Diagnostic::error(Code::TypeMismatch, message, name.span, "an event").help(help));
            return None;
        }
        if let Some(any) = self.any_money(&name.node, name.span, wanted) {
            return Some(any);
        }
        match wanted {
            Type::Party => match self.party_named(&name.node) {
                Some(id) => Some(constant(Value::Party(id), Type::Party, name.span)),
                // Which parties there are is not known to a file of templates alone.
                None if self.by_itself.is_some() && self.parties.is_empty() => Some(constant(
                    Value::Party(crate::value::PartyId(u32::MAX)),
                    Type::Party,
                    name.span,
                )),
                None => {
                    let known: Vec<String> = self.parties.iter().map(|party| party.name.clone()).collect();
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    self.unknown_name(name, scope, &known, "parties");
                    None
                }
            },
            Type::Enum(names) => match names.variant(&name.node) {
                Some(variant) => Some(constant(Value::Enum(variant), wanted.clone(), name.span)),
                None => {
                    let known: Vec<&str> = names.names.iter().map(String::as_str).collect();
                    self.unknown_name(name, scope, &known, "values");
                    None
                }
            },
            _ => {
                let what = if self.party_named(&name.node).is_some() {
                    "a party"
                } else {
                    "a name"
                };
                let help = match wanted {
                    Type::Text => Some(format!("texts are written in quotes: \"{}\"", name.node)),
                    _ => None,
                };
                self.mismatch(name.span, what, wanted, help);
                None
            }
        }
    }

    fn unknown_name(&mut self, name: &Name, scope: &Scope, candidates: &[&str], what: &str) {
        if self.is_excused(&name.node) {
            return;
        }
        let states: Vec<String> = self.states.iter().map(|state| state.name.clone()).collect();
        let mut known: Vec<&str> = candidates.to_vec();
        if candidates.is_empty() {
            known.extend(scope.events.iter().map(|bound| bound.name.node.as_str()));
            known.extend(states.iter().map(String::as_str));
        }
        let message = match what {
            "values" => format!("`{}` is not one of the values that can stand here", name.node),
            "parties" => format!("`{}` is not a party", name.node),
            _ => format!("`{}` means nothing here", name.node),
        };
        let help = suggest(&name.node, what, &known);
        let diagnostic = Diagnostic::error(Code::UnknownName, message, name.span, "unknown name");
        self.report(diagnostic.help_if(help).meant(&name.node, &known));
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> Option<(Value, Type)> {
        Some(match literal {
            Literal::Text(text) => (Value::Text(text.as_str().into()), Type::Text),
            Literal::Number(number) => (Value::Number(*number), Type::Number),
            Literal::Bool(truth) => (Value::Bool(*truth), Type::Bool),
            Literal::Instant(instant) => (Value::Instant(*instant), Type::Instant),
            Literal::Date(date) => (Value::Date(*date), Type::Date),
            Literal::Money(amount, code) => (Value::Number(*amount), Type::Money(Currency::new(code)?)),
            Literal::Duration(duration) => {
                if !duration.is_exact() {
                    let message = "as a value, a duration is exact: hours, minutes and seconds";
                    let help = "days, weeks, months and years have no fixed length: write `72 hours`, not `3 days`";
                    self.report(Diagnostic::error(Code::TypeMismatch, message, span, "not exact").help(help));
                    return None;
                }
                (Value::Duration(*duration), Type::Duration)
            }
        })
    }

    fn literal_mismatch(&mut self, literal: &Literal, found: &Type, wanted: &Type, span: Span) {
        let help = match (literal, wanted) {
            (Literal::Text(text), Type::Party | Type::Enum(_)) => Some(format!("write it without quotes: {text}")),
            (Literal::Number(number), Type::Money(currency)) => Some(format!("say the currency: {number} {currency}")),
            (Literal::Number(number), Type::Text) => Some(format!("texts are written in quotes: \"{number}\"")),
            (Literal::Money(..), Type::Number) => Some("write the number without a currency".to_owned()),
            (Literal::Date(date), Type::Instant) => {
                Some(format!("an instant has a time and an offset: {date}T00:00:00+03:00"))
            }
            _ => None,
        };
        match (found, wanted) {
            (Type::Money(_), Type::Money(_)) => self.operand_mismatch(found, wanted, span),
            _ => self.mismatch(span, &format!("of type {found}"), wanted, help),
        }
    }

    pub(super) fn operand_mismatch(&mut self, found: &Type, wanted: &Type, span: Span) {
        if let (Type::Money(found), Type::Money(wanted)) = (found, wanted) {
            let message = format!("an amount in {found} cannot be compared with one in {wanted}");
            let help = "Servanda knows no rates of exchange: compare amounts of one currency";
            let diagnostic = Diagnostic::error(Code::CurrencyMismatch, message, span, format!("in {found}"));
            self.report(diagnostic.help(help));
            return;
        }
        self.mismatch(span, &format!("of type {found}"), wanted, None);
    }

    pub(super) fn mismatch(&mut self, span: Span, what: &str, wanted: &Type, help: Option<String>) {
        let message = format!("this is {what}, where a value of type {wanted} is asked for");
        let diagnostic = Diagnostic::error(Code::TypeMismatch, message, span, what.to_owned());
        self.report(diagnostic.help_if(help));
    }

    /// A path that must be a party: a party's name, or a field of type party.
    pub(super) fn actor(&mut self, path: &Spanned<Path>, scope: &Scope) -> Option<Operand> {
        let operand = Spanned::new(ast::OperandKind::Path(path.node.clone()), path.span);
        self.check(&operand, scope, &Type::Party)
    }
}

pub(super) fn constant(value: Value, ty: Type, span: Span) -> Operand {
    Operand {
        kind: OperandKind::Literal(value),
        ty,
        span,
    }
}
