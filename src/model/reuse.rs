//! Predicates and templates: what is written once and asked or applied in many places.
//!
//! A predicate is expanded where it is asked, with its parameters in scope and nothing else. A template's clauses are built anew for each
//! agreement that applies it. Both are also checked once by themselves, with parameters of which only the types are known; what is amiss
//! in them is then reported once and not for each use.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::Builder;
use super::event::TYPE_NAMES;
use super::names::{Bound, Scope};
use super::{
    Agreement, AgreementId, Application, Condition, EventTypeId, FieldRef, Operand, OperandKind, Var, operand,
};
use crate::diagnostic::{Code, Diagnostic, Severity, list, suggest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Literal, Name, ParameterType, Path, TypeExpr};
use crate::syntax::{Literals, instantiate};
use crate::time::{Instant, Weekday, WorkingCalendar, Zone};
use crate::value::{Type, Value};

/// How many predicates may be asked within one that is asked: predicates that ask others twice grow as fast as powers of two.
const MAX_EXPANSIONS: u32 = 1_000;

/// A predicate.
#[derive(Debug, Clone)]
pub(super) struct Predicate {
    name: Name,
    parameters: Vec<(Name, Wanted)>,
    body: ast::Condition,
    /// Whether it can be asked without repeating its mistakes.
    sound: bool,
}

/// A template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    declared: ast::Template,
    parameters: Vec<(Name, Wanted)>,
    /// Whether it can be applied without repeating its mistakes.
    sound: bool,
}

/// What must be given for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// A value of a type.
    Value(Type),
    /// An amount in any currency.
    Money,
    /// A type of event.
    EventType,
    /// An event of a type, which has a name where a predicate is asked.
    Event(EventTypeId),
}

/// What a parameter of the template that is being built stands for.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    /// A value.
    Value(Value, Type),
    /// A type of event.
    EventType(EventTypeId),
    /// Any value of a type: the template is checked by itself. The number tells parameters apart.
    Any(Type, u8),
    /// Any amount in any currency, likewise.
    AnyMoney(u8),
    /// Any type of event, likewise.
    AnyEventType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reusable {
    Predicate,
    Template,
}

/// An operand that is equal to no other and no constant. It is never judged.
fn anything(ty: Type, number: u8, span: Span) -> Operand {
    Operand {
        kind: OperandKind::Field(Var::Breach(u8::MAX - number), FieldRef::Time),
        ty,
        span,
    }
}

// ---- Parameters ----

impl Builder {
    fn parameters(&mut self, parameters: &[ast::Parameter], of: Reusable) -> Option<Vec<(Name, Wanted)>> {
        let mut known: Vec<(Name, Wanted)> = Vec::new();
        let mut sound = true;
        if parameters.len() > MAX_PARAMETERS {
            let message = format!("there are more than {MAX_PARAMETERS} parameters");
            let span = parameters[MAX_PARAMETERS].name.span;
            self.report(Diagnostic::error(Code::BadForm, message, span, "too many"));
            return None;
        }
        for parameter in parameters {
            let name = &parameter.name;
            if let Some((first, _)) = known.iter().find(|(known, _)| known.node == name.node) {
                let first = first.span;
                self.duplicate("parameter", name, first);
                sound = false;
            } else if self.party_named(&name.node).is_some() || self.state_named(&name.node).is_some() {
                let message = format!("`{}` is the name of a party or a state", name.node);
                let diagnostic = Diagnostic::error(Code::DuplicateName, message, name.span, "cannot be a parameter");
                self.report(diagnostic.help("choose another name for the parameter"));
                sound = false;
            }
            match self.wanted(parameter, of) {
                Some(wanted) => known.push((name.clone(), wanted)),
                None => sound = false,
            }
        }
        sound.then_some(known)
    }

    fn wanted(&mut self, parameter: &ast::Parameter, of: Reusable) -> Option<Wanted> {
        let span = parameter.ty.span;
        match &parameter.ty.node {
            ParameterType::Field(event, field) => {
                let id = self.event_named(event)?;
                let event = &self.events[id.index()];
                if let Some(id) = event.field_named(&field.node) {
                    return Some(Wanted::Value(event.field(id).ty.clone()));
                }
                if !self.is_excused(&format!("{}.{}", event.name, field.node)) {
                    let known: Vec<&str> = event.fields.iter().map(|field| field.name.as_str()).collect();
                    let help = suggest(&field.node, "fields", &known);
                    let message = format!("the event `{}` has no field `{}`", event.name, field.node);
                    let diagnostic = Diagnostic::error(Code::UnknownField, message, field.span, "unknown field");
                    let diagnostic = diagnostic.help_if(help).meant(&field.node, &known);
                    self.report(diagnostic);
                }
                None
            }
            ParameterType::Money if of == Reusable::Template => Some(Wanted::Money),
            ParameterType::Type(TypeExpr::Named(name)) if name == "event" => match of {
                Reusable::Template => Some(Wanted::EventType),
                Reusable::Predicate => {
                    let message = "a predicate is asked of events of one type";
                    let help = format!("name the type: `{}: attack`", parameter.name.node);
                    self.report(Diagnostic::error(Code::BadForm, message, span, "of which type?").help(help));
                    None
                }
            },
            ParameterType::Type(TypeExpr::Named(name)) if !TYPE_NAMES.contains(&name.as_str()) => {
                let event = self.events.iter().position(|event| event.name == *name);
                match (event, of) {
                    (Some(id), Reusable::Predicate) => u32::try_from(id).ok().map(EventTypeId).map(Wanted::Event),
                    (Some(_), Reusable::Template) => {
                        let message = "a template is applied before anything happens, so no event can be given to it";
                        let help = format!("for a type of event write `{}: event`", parameter.name.node);
                        self.report(Diagnostic::error(Code::BadForm, message, span, "an event").help(help));
                        None
                    }
                    (None, _) if self.is_excused(name) => None,
                    (None, _) => {
                        let events: Vec<&str> = self.events.iter().map(|event| event.name.as_str()).collect();
                        let known = match of {
                            Reusable::Predicate => [TYPE_NAMES.as_slice(), &events].concat(),
                            Reusable::Template => [TYPE_NAMES.as_slice(), &["event"]].concat(),
                        };
                        let help = suggest(name, "types", &known);
                        let message = format!("there is no type `{name}`");
                        self.report(Diagnostic::error(Code::UnknownType, message, span, "unknown type").help_if(help));
                        None
                    }
                }
            }
            ParameterType::Type(ty) => self.ty(&Spanned::new(ty.clone(), span)).map(Wanted::Value),
            ParameterType::Money => self
                .ty(&Spanned::new(TypeExpr::Named("money".to_owned()), span))
                .map(Wanted::Value),
        }
    }

    /// What a bare name stands for in a template that is being built, as an operand.
    pub(super) fn argument(&mut self, name: &Name, span: Span) -> Option<Operand> {
        match self.arguments.get(&name.node)? {
            Argument::Value(Value::Duration(duration), _) if !duration.is_exact() => {
                let message = format!("`{}` is {duration}: as a value, a duration is exact", name.node);
                let help = "days, weeks, months and years have no fixed length: give hours, minutes or seconds";
                self.report(Diagnostic::error(Code::TypeMismatch, message, span, "not exact").help(help));
                None
            }
            Argument::Value(value, ty) => Some(operand::constant(value.clone(), ty.clone(), span)),
            Argument::Any(ty, number) => Some(anything(ty.clone(), *number, span)),
            // Reached only where no other side says which currency.
            Argument::AnyMoney(_) => None,
            Argument::EventType(_) | Argument::AnyEventType => {
                let message = format!("`{}` is a type of event, not a value", name.node);
                self.report(Diagnostic::error(Code::TypeMismatch, message, span, "a type of event"));
                None
            }
        }
    }

    /// Whether a name stands for an amount whose currency only the other side can tell.
    pub(super) fn any_money(&self, name: &str, span: Span, wanted: &Type) -> Option<Operand> {
        match (self.arguments.get(name), wanted) {
            (Some(Argument::AnyMoney(number)), Type::Money(_)) => Some(anything(wanted.clone(), *number, span)),
            _ => None,
        }
    }

    /// Adds to the mistakes found since `mark` where the text that they are in is used, and drops those that are known already.
    pub(super) fn used_at(&mut self, mark: usize, span: Span, label: &str) {
        let found = self.diagnostics.split_off(mark);
        for diagnostic in found {
            let same = |known: &Diagnostic| {
                known.code == diagnostic.code
                    && known.message == diagnostic.message
                    && known.labels.first() == diagnostic.labels.first()
            };
            if !self.diagnostics.iter().any(same) {
                self.diagnostics.push(diagnostic.also(span, label));
            }
        }
    }

    /// Whether what is always so here may be so because of what was given to a predicate or a template. To give the lowest level is no
    /// mistake where a level is asked for, and what is always so without it has been found when the text was checked by itself.
    pub(super) fn is_decided_by_arguments(&self) -> bool {
        match self.by_itself {
            Some(Reusable::Predicate) => self.expanding.len() > 1,
            Some(Reusable::Template) => !self.expanding.is_empty(),
            None => !(self.expanding.is_empty() && self.arguments.is_empty()),
        }
    }

    fn is_sound_since(&self, mark: usize) -> bool {
        self.diagnostics[mark..]
            .iter()
            .all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// Parameters are told apart by a byte.
const MAX_PARAMETERS: usize = 32;

// ---- Predicates ----

impl Builder {
    pub(super) fn predicate(&mut self, define: &ast::Define) {
        let name = &define.name;
        if let Some(twin) = self.predicate_named(&name.node) {
            let first = self.predicates[twin].name.span;
            self.duplicate("predicate", name, first);
            return;
        }
        if let Some(twin) = self.state_named(&name.node) {
            let first = self.states[twin.index()].span;
            let message = format!("`{}` is the name of a state too", name.node);
            let diagnostic = Diagnostic::error(Code::DuplicateName, message, name.span, "a predicate of this name");
            self.report(diagnostic.also(first, "the state").help("rename one of them"));
            return;
        }
        match self.parameters(&define.parameters, Reusable::Predicate) {
            Some(parameters) => self.predicates.push(Predicate {
                name: name.clone(),
                parameters,
                body: define.body.clone(),
                sound: true,
            }),
            None => {
                self.broken.insert(name.node.clone());
            }
        }
    }

    pub(super) fn predicate_named(&self, name: &str) -> Option<usize> {
        self.predicates.iter().position(|predicate| predicate.name.node == name)
    }

    pub(super) fn predicate_names(&self) -> Vec<String> {
        let names = self.predicates.iter().map(|predicate| predicate.name.node.clone());
        names.collect()
    }

    /// Checks each predicate by itself.
    pub(super) fn check_predicates(&mut self) {
        for position in 0..self.predicates.len() {
            let predicate = self.predicates[position].clone();
            if !predicate.sound {
                continue;
            }
            let mut scope = Scope::default().guard();
            for (number, (name, wanted)) in (0_u8..).zip(&predicate.parameters) {
                match wanted {
                    Wanted::Event(event) => scope.events.push(Bound {
                        name: name.clone(),
                        var: Var::Breach(u8::MAX - number),
                        event: *event,
                        others: Vec::new(),
                    }),
                    Wanted::Value(ty) => scope
                        .values
                        .push((name.clone(), anything(ty.clone(), number, name.span))),
                    Wanted::Money | Wanted::EventType => {}
                }
            }
            let mark = self.diagnostics.len();
            let past_queries = self.past_queries;
            self.by_itself = Some(Reusable::Predicate);
            self.expansions = 0;
            self.expanding.push(position);
            let built = self.condition(&predicate.body, &scope);
            self.expanding.pop();
            self.by_itself = None;
            self.past_queries = past_queries;
            if built.is_none() || !self.is_sound_since(mark) {
                self.predicates[position].sound = false;
            }
        }
    }

    /// A predicate where it is asked.
    pub(super) fn asked(
        &mut self,
        position: usize,
        name: &Name,
        arguments: &[ast::Operand],
        span: Span,
        scope: &Scope,
    ) -> Option<Condition> {
        if let Some(start) = self.expanding.iter().position(|known| *known == position) {
            self.circle(start, name);
            return None;
        }
        let predicate = self.predicates[position].clone();
        if !predicate.sound {
            return None;
        }
        if predicate.parameters.len() != arguments.len() {
            let wanted: Vec<&str> = predicate
                .parameters
                .iter()
                .map(|(name, _)| name.node.as_str())
                .collect();
            let message = format!(
                "`{}` is asked of {}, and {} {} given",
                name.node,
                match wanted.as_slice() {
                    [] => "nothing".to_owned(),
                    many => list(many, MAX_PARAMETERS),
                },
                arguments.len(),
                if arguments.len() == 1 { "is" } else { "are" },
            );
            let diagnostic = Diagnostic::error(Code::BadForm, message, span, "asked here");
            self.report(diagnostic.also(predicate.name.span, "defined here"));
            return None;
        }
        if self.expanding.is_empty() {
            self.expansions = 0;
        }
        self.expansions += 1;
        if self.expansions > MAX_EXPANSIONS {
            if self.expansions == MAX_EXPANSIONS + 1 {
                let message = format!("this asks more than {MAX_EXPANSIONS} predicates in turn");
                let diagnostic = Diagnostic::error(Code::NestingTooDeep, message, span, "too many");
                self.report(diagnostic.help("predicates that ask others several times grow very fast: ask each once"));
            }
            return None;
        }
        let mut inner = Scope {
            states: scope.states,
            past: scope.past,
            ..Scope::default()
        };
        let mut sound = true;
        for ((parameter, wanted), argument) in predicate.parameters.iter().zip(arguments) {
            let given = match wanted {
                Wanted::Event(event) => {
                    let bound = self.given_event(argument, *event, scope);
                    bound.map(|var| {
                        inner.events.push(Bound {
                            name: parameter.clone(),
                            var,
                            event: *event,
                            others: Vec::new(),
                        });
                    })
                }
                Wanted::Value(ty) => {
                    let operand = self.check(argument, scope, ty);
                    operand.map(|operand| inner.values.push((parameter.clone(), operand)))
                }
                Wanted::Money | Wanted::EventType => None,
            };
            sound &= given.is_some();
        }
        if !sound {
            return None;
        }
        let mark = self.diagnostics.len();
        // A predicate knows its own parameters, and not those of the template that asks it.
        let outer = std::mem::take(&mut self.arguments);
        self.expanding.push(position);
        let built = self.condition(&predicate.body, &inner);
        self.expanding.pop();
        self.arguments = outer;
        self.used_at(mark, span, "asked here");
        built
    }

    fn given_event(&mut self, argument: &ast::Operand, wanted: EventTypeId, scope: &Scope) -> Option<Var> {
        let wanted_name = self.events[wanted.index()].name.clone();
        if let ast::OperandKind::Path(Path { root, field: None }) = &argument.node {
            if let Some(bound) = scope.bound(&root.node) {
                if bound.event == wanted && bound.others.is_empty() {
                    return Some(bound.var);
                }
                let unwanted = std::iter::once(&bound.event).chain(&bound.others);
                let unwanted = unwanted.copied().find(|event| *event != wanted);
                let found = &self.events[unwanted.unwrap_or(wanted).index()].name;
                let message = format!(
                    "`{}` is an event `{found}`, where one `{wanted_name}` is asked for",
                    root.node
                );
                let label = format!("an event `{found}`");
                self.report(Diagnostic::error(Code::TypeMismatch, message, argument.span, label));
                return None;
            }
            if self.is_excused(&root.node) {
                return None;
            }
        }
        let message = format!("this is not the name of an event `{wanted_name}`");
        let known = scope.events.iter().filter(|bound| bound.event == wanted);
        let known: Vec<&str> = known.map(|bound| bound.name.node.as_str()).collect();
        let help = match known.as_slice() {
            [] => format!("name the event where it is asked for, as in `{wanted_name} e`"),
            many => format!("events of this type have these names here: {}", list(many, 12)),
        };
        let diagnostic = Diagnostic::error(Code::TypeMismatch, message, argument.span, "not such an event");
        self.report(diagnostic.help(help));
        None
    }

    fn circle(&mut self, start: usize, name: &Name) {
        let circle = self.expanding[start..].to_vec();
        let names: Vec<String> = circle
            .iter()
            .chain(circle.first())
            .map(|position| format!("`{}`", self.predicates[*position].name.node))
            .collect();
        let message = match circle.as_slice() {
            [_] => format!("the predicate `{}` asks itself", name.node),
            _ => format!("these predicates ask one another in a circle: {}", names.join(", ")),
        };
        let help = "a predicate is written out where it is asked, so it cannot ask itself";
        self.report(Diagnostic::error(Code::Cycle, message, name.span, "closes the circle").help(help));
        for position in circle {
            self.predicates[position].sound = false;
        }
    }
}

// ---- Templates ----

impl Builder {
    /// Takes in a template, and checks it by itself.
    pub(super) fn template(&mut self, declared: &ast::Template) {
        let name = &declared.name;
        if let Some(twin) = self.template_named(&name.node) {
            let first = self.templates[twin].declared.name.span;
            self.duplicate("template", name, first);
            return;
        }
        let body = declared.body.span;
        let was_read = !self.diagnostics.iter().any(|known| {
            let span = known.labels.first().map(|label| label.span);
            span.is_some_and(|span| span.source == body.source && body.range().contains(&(span.start as usize)))
        });
        let Some(parameters) = self.parameters(&declared.parameters, Reusable::Template) else {
            self.broken.insert(name.node.clone());
            return;
        };
        let sound = self.check_template(declared, &parameters) && was_read;
        self.templates.push(Template {
            declared: declared.clone(),
            parameters,
            sound,
        });
    }

    fn template_named(&self, name: &str) -> Option<usize> {
        self.templates
            .iter()
            .position(|template| template.declared.name.node == name)
    }

    fn check_template(&mut self, declared: &ast::Template, parameters: &[(Name, Wanted)]) -> bool {
        let mark = self.diagnostics.len();
        self.arguments = (0_u8..)
            .zip(parameters)
            .map(|(number, (name, wanted))| {
                let any = match wanted {
                    Wanted::Value(ty) => Argument::Any(ty.clone(), number),
                    Wanted::Money => Argument::AnyMoney(number),
                    Wanted::EventType | Wanted::Event(_) => Argument::AnyEventType,
                };
                (name.node.clone(), any)
            })
            .collect();
        let broken = self.broken.clone();
        let past_queries = self.past_queries;
        let owner = AgreementId(u32::try_from(self.agreements.len()).unwrap_or(u32::MAX));
        self.agreements.push(any_agreement(declared.name.span));
        self.by_itself = Some(Reusable::Template);
        let clauses = std::mem::take(&mut self.clauses);
        for clause in &declared.sample {
            self.clause(clause, owner, None);
        }
        self.permit();
        self.clauses = clauses;
        self.by_itself = None;
        self.agreements.pop();
        self.past_queries = past_queries;
        self.broken = broken;
        self.arguments.clear();
        self.is_sound_since(mark)
    }

    /// The clauses that a template gives to an agreement.
    pub(super) fn application(&mut self, apply: &ast::Apply, owner: AgreementId, span: Span) {
        let name = &apply.template;
        let Some(position) = self.template_named(&name.node) else {
            if !self.is_excused(&name.node) {
                let known: Vec<String> = self
                    .templates
                    .iter()
                    .map(|template| template.declared.name.node.clone())
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let help = suggest(&name.node, "templates", &known);
                let message = format!("no template `{}` is declared", name.node);
                let diagnostic = Diagnostic::error(Code::UnknownName, message, name.span, "unknown template");
                self.report(diagnostic.help_if(help).meant(&name.node, &known));
            }
            return;
        };
        if let Some((_, _, first)) = self
            .applied
            .iter()
            .find(|(agreement, template, _)| *agreement == owner && *template == position)
        {
            let message = format!("the template `{}` is applied twice to one agreement", name.node);
            let diagnostic = Diagnostic::error(Code::DuplicatePart, message, span, "applied again here")
                .also(*first, "first applied here")
                .help("its clauses would have the same names: write a second template for what differs");
            self.report(diagnostic);
            return;
        }
        self.applied.push((owner, position, span));
        let template = self.templates[position].clone();
        let Some(arguments) = self.arguments_of(apply, &template) else {
            return;
        };
        if !template.sound {
            return;
        }
        let literals: Literals = arguments
            .iter()
            .map(|(name, argument)| (name.clone(), literal_of(argument)))
            .collect();
        let mark = self.diagnostics.len();
        let (clauses, mut diagnostics) = instantiate(&template.declared, literals);
        self.diagnostics.append(&mut diagnostics);
        self.arguments = arguments;
        for clause in &clauses {
            let application = Application {
                template: name.node.clone(),
                span,
            };
            self.clause(clause, owner, Some(application));
        }
        self.arguments.clear();
        self.used_at(mark, span, "applied here");
    }

    fn arguments_of(&mut self, apply: &ast::Apply, template: &Template) -> Option<HashMap<String, Argument>> {
        let mut arguments = HashMap::new();
        let mut given: Vec<&Name> = Vec::new();
        let mut sound = true;
        for (name, value) in &apply.arguments {
            if let Some(first) = given.iter().find(|known| known.node == name.node) {
                self.said_twice(&format!("argument `{}`", name.node), name.span, first.span);
                sound = false;
                continue;
            }
            given.push(name);
            let Some((_, wanted)) = template.parameters.iter().find(|(known, _)| known.node == name.node) else {
                let left: Vec<&str> = template
                    .parameters
                    .iter()
                    .map(|(parameter, _)| parameter.node.as_str())
                    .filter(|parameter| !apply.arguments.iter().any(|(given, _)| given.node == *parameter))
                    .collect();
                let message = format!(
                    "the template `{}` has no parameter `{}`",
                    apply.template.node, name.node
                );
                let help = suggest(&name.node, "parameters not given", &left);
                let diagnostic = Diagnostic::error(Code::UnknownName, message, name.span, "unknown parameter");
                self.report(
                    diagnostic
                        .also(template.declared.name.span, "declared here")
                        .help_if(help)
                        .meant(&name.node, &left),
                );
                sound = false;
                continue;
            };
            match self.given(value, wanted) {
                Some(argument) => drop(arguments.insert(name.node.clone(), argument)),
                None => sound = false,
            }
        }
        let missing: Vec<&Name> = template
            .parameters
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !given.iter().any(|given| given.node == name.node))
            .collect();
        if let Some(first) = missing.first() {
            let names: Vec<&str> = missing.iter().map(|name| name.node.as_str()).collect();
            let verb = if missing.len() == 1 { "is" } else { "are" };
            let message = format!(
                "{} of the template `{}` {verb} not given",
                list(&names, MAX_PARAMETERS),
                apply.template.node
            );
            let diagnostic = Diagnostic::error(Code::MissingPart, message, apply.template.span, "applied here");
            self.report(diagnostic.also(first.span, "declared here"));
            sound = false;
        }
        sound.then_some(arguments)
    }

    fn given(&mut self, value: &ast::Operand, wanted: &Wanted) -> Option<Argument> {
        let nowhere = Scope::default();
        if let (Wanted::Value(Type::Duration), ast::OperandKind::Literal(Literal::Duration(duration))) =
            (wanted, &value.node)
        {
            // Not only an exact one: it may stand in `within` and its like.
            return Some(Argument::Value(Value::Duration(*duration), Type::Duration));
        }
        let operand = match wanted {
            Wanted::EventType | Wanted::Event(_) => {
                if let ast::OperandKind::Path(Path { root, field: None }) = &value.node {
                    return self.event_named(root).map(Argument::EventType);
                }
                let message = "this is not the name of a type of event";
                self.report(Diagnostic::error(
                    Code::TypeMismatch,
                    message,
                    value.span,
                    "not a type of event",
                ));
                return None;
            }
            Wanted::Value(ty) => self.check(value, &nowhere, ty)?,
            Wanted::Money => match &value.node {
                ast::OperandKind::Literal(Literal::Money(..)) => self.infer(value, &nowhere)?,
                _ => {
                    let message = "this is not an amount of money";
                    let help = "write it with its currency, as in `1.8 billion EUR`";
                    let diagnostic = Diagnostic::error(Code::TypeMismatch, message, value.span, "not an amount");
                    self.report(diagnostic.help(help));
                    return None;
                }
            },
        };
        match operand.kind {
            OperandKind::Literal(value) => Some(Argument::Value(value, operand.ty)),
            _ => {
                let message = "a template is applied with fixed values";
                self.report(Diagnostic::error(Code::BadForm, message, value.span, "not fixed"));
                None
            }
        }
    }
}

/// An agreement of which nothing is known, and whose term is as long as time.
fn any_agreement(span: Span) -> Agreement {
    Agreement {
        name: String::new(),
        title: String::new(),
        zone: Zone::utc(),
        calendar: WorkingCalendar::new(Weekday::ALL, []).map(Arc::new),
        start: Some(Instant::MIN),
        end: Some(Instant::MAX),
        parties: Vec::new(),
        cites: Vec::new(),
        life: Vec::new(),
        span,
    }
}

fn literal_of(argument: &Argument) -> Option<Literal> {
    let Argument::Value(value, ty) = argument else {
        return None;
    };
    Some(match (value, ty) {
        (Value::Text(text), _) => Literal::Text(text.to_string()),
        (Value::Number(number), Type::Money(currency)) => Literal::Money(*number, currency.to_string()),
        (Value::Number(number), _) => Literal::Number(*number),
        (Value::Bool(truth), _) => Literal::Bool(*truth),
        (Value::Instant(instant), _) => Literal::Instant(*instant),
        (Value::Date(date), _) => Literal::Date(*date),
        (Value::Duration(duration), _) => Literal::Duration(*duration),
        (Value::Party(_) | Value::Enum(_) | Value::Set(_), _) => return None,
    })
}
