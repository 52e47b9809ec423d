//! What the names in clauses, setters and conditions stand for.
//!
//! The rules are those of the model, without its mistakes: a name that the model would refuse still stands for what its writer will have
//! meant. Every form of the tree is taken apart by name, so that a new one cannot be forgotten here.

use std::collections::HashSet;
use std::sync::Arc;

use super::declare::{home_of, thing_of};
use super::world::type_of_literal;
use super::{Declaration, Home, Index, Local, Symbol, Thing, Tokens, sketch};
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::Parsed;
use crate::syntax::ast::{
    Agreement, AgreementPart, Apply, Bound, Clause, ClausePart, Condition, ConditionKind, Deadline, DeadlineKind,
    Define, Duty, EventDecl, Extension, Figure, ForEvery, Guard, Identity, Item, LeadTime, LifeRule, LifeVerb, Limit,
    Measure, Name, Operand, OperandKind, Parameter, ParameterType, Path, Pattern, Per, Permission, Reference, Repeated,
    Setter, StateDecl, Template, Timing, Trigger, TypeExpr, Verb,
};
use crate::time::{Duration, Respite};
use crate::value::Type;

/// Resolves the names of one file.
pub(super) fn file(index: &mut Index, sources: &SourceMap, file: &Parsed) {
    let text = sources.get(file.source).map_or("", |source| source.text());
    let tokens = index.tokens.get(&file.source).cloned().unwrap_or_default();
    let mut resolver = Resolver {
        index,
        text,
        tokens,
        in_force: Vec::new(),
        words: HashSet::new(),
    };
    let home = home_of(file);
    for item in &file.file.items {
        resolver.item(item, &home);
    }
    for piece in &file.unread {
        sketch::uses(resolver.index, text, *piece, &home);
    }
}

struct Resolver<'a> {
    index: &'a mut Index,
    text: &'a str,
    tokens: Arc<Tokens>,
    /// Names of the clause that is read, the nearest last.
    in_force: Vec<Local>,
    /// Where words stand that are no names.
    words: HashSet<u32>,
}

impl Resolver<'_> {
    fn item(&mut self, item: &Item, home: &Home) {
        match item {
            // What a path leads to is found by who reads files.
            Item::Use(_) => {}
            Item::Agreement(Agreement { name, title: _, parts }) => {
                let home = Home::Agreement(name.node.clone());
                for part in parts {
                    match &part.node {
                        AgreementPart::InForce(..)
                        | AgreementPart::Zone(_)
                        | AgreementPart::WorkingDays(_)
                        | AgreementPart::Holidays(_)
                        | AgreementPart::HolidaysIn(_)
                        | AgreementPart::Party(..)
                        | AgreementPart::Cites(_) => {}
                        AgreementPart::Life(rule) => {
                            self.life(rule, part.span);
                            self.in_force.clear();
                        }
                        AgreementPart::Apply(apply) => self.apply(apply),
                        AgreementPart::Clause(clause) => self.clause(clause, &home),
                    }
                }
            }
            Item::Reference(Reference {
                name,
                title: _,
                ty: _,
                value,
                cites: _,
            }) => {
                let ty = self.index.world.references.get(&name.node).cloned().flatten();
                self.operand(value, ty.as_ref());
            }
            // Its fields are declared with it.
            Item::Event(EventDecl {
                name,
                title: _,
                identity,
                fields: _,
            }) => {
                if let Some(Identity {
                    field,
                    corrects,
                    retracts,
                }) = identity
                {
                    self.field(std::slice::from_ref(&name.node), field);
                    corrects.iter().chain(retracts).for_each(|key| self.word(key));
                }
            }
            Item::State(state) => self.state(state),
            Item::Define(define) => self.define(define),
            Item::Template(template) => self.template(template),
            Item::Clause(clause) => self.clause(clause, home),
        }
    }

    fn state(&mut self, state: &StateDecl) {
        let StateDecl {
            name,
            key: _,
            ty: _,
            initially,
            setters,
        } = state;
        let known = self.index.world.states.get(&name.node);
        let (key_type, ty) = known.map_or((None, None), |known| (known.key_type.clone(), known.ty.clone()));
        if let Some(value) = initially {
            self.operand(value, ty.as_ref());
        }
        for setter in setters {
            let Setter { pattern, key, value } = setter;
            let region = pattern.event.span.to(value.span);
            self.pattern(pattern, region);
            if let Some(key) = key {
                self.operand(key, key_type.as_ref());
            }
            self.operand(value, ty.as_ref());
            self.in_force.clear();
        }
    }

    fn define(&mut self, define: &Define) {
        let Define { name, parameters, body } = define;
        let region = name.span.to(body.span);
        self.parameters(parameters, &Symbol::Predicate(name.node.clone()), region);
        self.condition(body);
        self.in_force.clear();
    }

    fn template(&mut self, template: &Template) {
        let Template {
            name,
            parameters,
            body,
            sample,
        } = template;
        let owner = Symbol::Template(name.node.clone());
        let region = name.span.to(body.span);
        self.parameters(parameters, &owner, region);
        let home = Home::Template(name.node.clone());
        let own = self.in_force.len();
        for clause in sample {
            self.clause_within(clause, &home, own);
        }
        self.in_force.clear();
        self.literal_parameters(parameters, &owner, body.span);
    }

    /// Parameters that stand where literals are asked for, for which the tree holds literals: the words that nothing else has taken.
    fn literal_parameters(&mut self, parameters: &[Parameter], owner: &Symbol, body: Span) {
        let taken: HashSet<u32> = self
            .index
            .occurrences
            .iter()
            .map(|occurrence| occurrence.span)
            .filter(|span| span.source == body.source && body.start <= span.start && span.end <= body.end)
            .map(|span| span.start)
            .collect();
        let mut previous = "";
        for position in self.tokens.from(body.start as usize)..self.tokens.before(body.end as usize) {
            let word = self.tokens.word(self.text, position);
            let before = std::mem::replace(&mut previous, word);
            let named = parameters.iter().any(|parameter| parameter.name.node == word);
            if !named || before == "." {
                continue;
            }
            let Some(range) = self.tokens.range(position) else {
                continue;
            };
            let span = Span::of(body.source, range.clone());
            if !taken.contains(&span.start) && !self.words.contains(&span.start) {
                let symbol = Symbol::Parameter(Box::new(owner.clone()), word.to_owned());
                self.index.occurs(span, symbol);
            }
        }
    }

    fn parameters(&mut self, parameters: &[Parameter], owner: &Symbol, region: Span) {
        for parameter in parameters {
            let thing = self.index.world.thing(parameter);
            let Parameter { name, ty } = parameter;
            match &ty.node {
                ParameterType::Money => {}
                ParameterType::Field(event, field) => {
                    self.index.occurs(event.span, Symbol::Event(event.node.clone()));
                    self.field(std::slice::from_ref(&event.node), field);
                }
                ParameterType::Type(TypeExpr::Named(_)) => {
                    if let Thing::Event(kinds) = &thing {
                        let symbols = kinds.iter().cloned().map(Symbol::Event);
                        symbols.for_each(|symbol| self.index.occurs(ty.span, symbol));
                    }
                }
                ParameterType::Type(TypeExpr::Money(_) | TypeExpr::Set(_) | TypeExpr::Enum { .. }) => {}
            }
            let symbol = Symbol::Parameter(Box::new(owner.clone()), name.node.clone());
            self.enter(&name.node, symbol, thing, region);
        }
    }

    fn apply(&mut self, apply: &Apply) {
        let Apply { template, arguments } = apply;
        let owner = Symbol::Template(template.node.clone());
        self.index.occurs(template.span, owner.clone());
        for (name, value) in arguments {
            let known = self.index.world.templates.get(&template.node);
            let parameter = known.and_then(|known| known.parameters.iter().find(|(known, _)| *known == name.node));
            let thing = parameter.map(|(_, thing)| thing.clone());
            let symbol = Symbol::Parameter(Box::new(owner.clone()), name.node.clone());
            self.index.occurs(name.span, symbol);
            match (thing, &value.node) {
                (Some(Thing::EventType), OperandKind::Path(Path { root, field: None })) => {
                    self.index.occurs(root.span, Symbol::Event(root.node.clone()));
                }
                (thing, _) => self.operand(value, thing.as_ref().and_then(Thing::value)),
            }
        }
    }

    fn clause(&mut self, clause: &Clause, home: &Home) {
        self.clause_within(clause, home, 0);
    }

    /// A clause that sees the first names in force, and leaves them in force.
    fn clause_within(&mut self, clause: &Clause, home: &Home, outer: usize) {
        let Clause {
            name,
            title: _,
            parts,
            span: _,
        } = clause;
        let region = self.tokens.with_braces(self.text, name.span);
        for part in parts {
            let region = Span {
                start: part.span.start,
                ..region
            };
            match &part.node {
                ClausePart::Cites(_) => {}
                ClausePart::Severity(word) => self.word(word),
                ClausePart::Tags(tags) => tags.iter().for_each(|tag| self.word(tag)),
                ClausePart::When(trigger) => self.trigger(trigger, part.span, region),
                ClausePart::Waived(pattern) => self.pattern(pattern, region),
                ClausePart::Life(rule) => self.life(rule, region),
                ClausePart::Guard(guard) => self.guard(guard),
                ClausePart::Duty(duty) | ClausePart::Otherwise(duty) => self.duty(duty, region),
                ClausePart::Permission(permission) => self.permission(permission, home, region),
            }
        }
        self.in_force.truncate(outer);
    }

    fn life(&mut self, rule: &LifeRule, region: Span) {
        let LifeRule { verb, pattern, notice } = rule;
        let _: &Option<Spanned<Duration>> = notice;
        self.pattern(pattern, region);
        match &verb.node {
            LifeVerb::Extended(Extension::To(path)) => self.path(&path.node, None),
            LifeVerb::Extended(Extension::For(Spanned { .. }))
            | LifeVerb::Suspended
            | LifeVerb::Resumed
            | LifeVerb::Terminated
            | LifeVerb::Succeeded => {}
        }
    }

    fn word(&mut self, word: &Name) {
        self.words.insert(word.span.start);
    }

    fn guard(&mut self, guard: &Guard) {
        let Guard { negated: _, condition } = guard;
        self.condition(condition);
    }

    fn duty(&mut self, duty: &Duty, region: Span) {
        let Duty {
            actors,
            modal: _,
            verb,
            per,
            timings,
            excuse,
            span: _,
        } = duty;
        for actor in actors {
            self.path(&actor.node, Some(&Type::Party));
        }
        // The name of one of several things is in force in the words before it too.
        if let Some(Per::Named(kind, binding)) = per.as_ref().map(|per| &per.node) {
            self.key(kind, binding, region);
        }
        match &verb.node {
            Verb::Ensure(count, pattern) => {
                let _: &Option<Spanned<_>> = count;
                self.pattern(pattern, region);
            }
            Verb::Avoid(count, pattern, guards) => {
                let _: &Option<Spanned<u32>> = count;
                self.pattern(pattern, region);
                guards.iter().for_each(|guard| self.guard(&guard.node));
            }
            Verb::Maintain(condition, every) => {
                if let Some(ForEvery { key, binding }) = every {
                    self.key(key, binding, region);
                }
                self.condition(condition);
            }
            Verb::Bound(bound) => self.bound(bound, region),
        }
        if let Some(Per::Field(path)) = per.as_ref().map(|per| &per.node) {
            self.path(&path.node, None);
        }
        for timing in timings {
            self.timing(&timing.node, region);
        }
        if let Some(excuse) = excuse {
            self.condition(excuse);
        }
    }

    fn bound(&mut self, bound: &Bound, region: Span) {
        let Bound {
            direction: _,
            figure,
            limit,
        } = bound;
        self.figure(figure, region);
        match &limit.node {
            Limit::Fixed(..) | Limit::Percent(_) => {}
            Limit::Reference(percentage, name) => {
                let _: &Option<Spanned<_>> = percentage;
                let symbol = match self.local(&name.node) {
                    Some(local) => local.symbol.clone(),
                    None => Symbol::Reference(name.node.clone()),
                };
                self.index.occurs(name.span, symbol);
            }
            Limit::Parameter(name) => {
                if let Some(local) = self.local(&name.node).cloned() {
                    self.index.occurs(name.span, local.symbol);
                }
            }
            Limit::Figure(percentage, figure) => {
                let _: &Option<Spanned<_>> = percentage;
                self.figure(figure, region);
            }
        }
    }

    fn figure(&mut self, figure: &Figure, region: Span) {
        let Figure { measure, pattern, span } = figure;
        let region = Span {
            start: span.start,
            ..region
        };
        self.pattern(pattern, region);
        match measure {
            Measure::Field(_, path) => self.path(&path.node, None),
            Measure::Share(condition) => self.condition(condition),
        }
    }

    fn timing(&mut self, timing: &Timing, region: Span) {
        match timing {
            Timing::Until(pattern) => self.pattern(pattern, region),
            Timing::Due(deadlines) => {
                for deadline in deadlines {
                    let Deadline { kind, deferral } = &deadline.node;
                    let _: &Option<Spanned<Respite>> = deferral;
                    match kind {
                        DeadlineKind::Within(_, Some(path))
                        | DeadlineKind::WorkingDays(_, Some(path))
                        | DeadlineKind::DayOfMonth(_, Some(path)) => self.path(&path.node, Some(&Type::Instant)),
                        DeadlineKind::Before(pattern) => self.pattern(pattern, region),
                        DeadlineKind::Within(_, None)
                        | DeadlineKind::WorkingDays(_, None)
                        | DeadlineKind::DayOfMonth(_, None)
                        | DeadlineKind::By(_) => {}
                    }
                }
            }
            Timing::Before(LeadTime::AtLeast(_) | LeadTime::Between(..) | LeadTime::Within(_))
            | Timing::InEach(_)
            | Timing::InAny(_)
            | Timing::From(_)
            | Timing::To(_) => {}
        }
    }

    fn permission(&mut self, permission: &Permission, home: &Home, region: Span) {
        let Permission {
            actors,
            pattern,
            guards,
            despite,
            span: _,
        } = permission;
        for actor in actors {
            self.path(&actor.node, Some(&Type::Party));
        }
        self.pattern(pattern, region);
        guards.iter().for_each(|guard| self.guard(&guard.node));
        self.clause_named(despite, home);
    }

    fn trigger(&mut self, trigger: &Trigger, place: Span, region: Span) {
        match trigger {
            Trigger::Any(alternatives) => self.alternatives(alternatives, place, region),
            Trigger::Sequence(pair, within) => {
                let _: &Spanned<Duration> = within;
                let (first, then) = &**pair;
                self.pattern(first, region);
                self.pattern(then, region);
            }
            Trigger::Repeated(repeated) => {
                let Repeated {
                    count: _,
                    pattern,
                    per,
                    window: _,
                } = &**repeated;
                self.pattern(pattern, region);
                match per.as_ref().map(|per| &per.node) {
                    Some(Per::Named(kind, binding)) => self.key(kind, binding, region),
                    Some(Per::Field(path)) => self.path(&path.node, None),
                    None => {}
                }
            }
        }
    }

    /// Alternatives have one name for their event: each in its own condition stands for its own type, and afterwards for any of them.
    fn alternatives(&mut self, alternatives: &[Pattern], place: Span, region: Span) {
        let outer = self.in_force.len();
        let mut common: Vec<(&Name, Vec<String>)> = Vec::new();
        for alternative in alternatives {
            let Pattern {
                event,
                binding,
                condition,
            } = alternative;
            let thing = self.event(event);
            if let Some(binding) = binding {
                let known = common.iter().position(|(name, _)| name.node == binding.node);
                let at = known.unwrap_or_else(|| {
                    common.push((binding, Vec::new()));
                    common.len() - 1
                });
                let (first, kinds) = &mut common[at];
                if let Thing::Event(own) = &thing {
                    kinds.extend(own.iter().cloned());
                }
                let symbol = Symbol::Binding(first.span);
                self.declare(binding, symbol.clone(), thing.clone());
                self.enter(&binding.node, symbol, thing, place);
            }
            if let Some(condition) = condition {
                self.condition(condition);
            }
            self.in_force.truncate(outer);
        }
        let after = Span {
            start: place.end,
            ..region
        };
        for (name, kinds) in common {
            let thing = if kinds.is_empty() {
                Thing::Untyped
            } else {
                Thing::Event(kinds)
            };
            self.enter(&name.node, Symbol::Binding(name.span), thing, after);
        }
    }

    fn clause_named(&mut self, name: &Name, home: &Home) {
        let symbol = Symbol::Clause(home.clone(), name.node.clone());
        self.index.occurs(name.span, symbol);
    }

    /// An event that is asked for. Its name is in force from its own condition on.
    fn pattern(&mut self, pattern: &Pattern, region: Span) {
        let Pattern {
            event,
            binding,
            condition,
        } = pattern;
        let thing = self.event(event);
        if let Some(binding) = binding {
            self.bind(binding, thing, region);
        }
        if let Some(condition) = condition {
            self.condition(condition);
        }
    }

    fn event(&mut self, name: &Name) -> Thing {
        let parameter = self.local(&name.node).filter(|local| local.thing == Thing::EventType);
        if let Some(symbol) = parameter.map(|local| local.symbol.clone()) {
            self.index.occurs(name.span, symbol);
            return Thing::Untyped;
        }
        self.index.occurs(name.span, Symbol::Event(name.node.clone()));
        Thing::Event(vec![name.node.clone()])
    }

    fn key(&mut self, kind: &Name, binding: &Name, region: Span) {
        let thing = if kind.node == "party" {
            Thing::Value(Type::Party)
        } else {
            self.index.occurs(kind.span, Symbol::Key(kind.node.clone()));
            let mut states = self.index.world.states.values();
            let of = states.find(|state| state.key.as_ref() == Some(&kind.node));
            thing_of(of.and_then(|state| state.key_type.as_ref()))
        };
        self.bind(binding, thing, region);
    }

    fn bind(&mut self, name: &Name, thing: Thing, region: Span) {
        let symbol = Symbol::Binding(name.span);
        self.declare(name, symbol.clone(), thing.clone());
        self.enter(&name.node, symbol, thing, region);
    }

    fn declare(&mut self, name: &Name, symbol: Symbol, thing: Thing) {
        self.index.declares(Declaration {
            symbol,
            name: name.span,
            whole: name.span,
            title: None,
            thing,
        });
    }

    fn enter(&mut self, name: &str, symbol: Symbol, thing: Thing, region: Span) {
        let local = Local {
            name: name.to_owned(),
            symbol,
            thing,
            region,
        };
        self.index.locals.push(local.clone());
        self.in_force.push(local);
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.in_force.iter().rev().find(|local| local.name == name)
    }

    fn condition(&mut self, condition: &Condition) {
        match &condition.node {
            ConditionKind::Or(elements) | ConditionKind::And(elements) => {
                elements.iter().for_each(|element| self.condition(element));
            }
            ConditionKind::Not(negated) => self.condition(negated),
            ConditionKind::Compare(left, _, right) => {
                let (left_type, right_type) = (self.type_of(left), self.type_of(right));
                self.operand(left, right_type.as_ref());
                self.operand(right, left_type.as_ref());
            }
            ConditionKind::Includes(set, element) => {
                self.operand(set, None);
                let set_type = self.type_of(set);
                // A list beside `includes` holds elements of the set.
                let wanted = match (&element.node, &set_type) {
                    (OperandKind::List(_), _) => set_type.clone(),
                    (_, Some(Type::Set(of))) => Some((**of).clone()),
                    _ => None,
                };
                self.operand(element, wanted.as_ref());
            }
            ConditionKind::In(item, choices) => {
                self.operand(item, None);
                let wanted = self.type_of(item).map(|ty| Type::Set(Box::new(ty)));
                self.operand(choices, wanted.as_ref());
            }
            ConditionKind::Holds(operand) => self.operand(operand, Some(&Type::Bool)),
            ConditionKind::Past(_, pattern, _) => {
                let outer = self.in_force.len();
                self.pattern(pattern, condition.span);
                self.in_force.truncate(outer);
            }
        }
    }

    fn operand(&mut self, operand: &Operand, wanted: Option<&Type>) {
        match &operand.node {
            OperandKind::Path(path) => self.path(path, wanted),
            OperandKind::Call(name, arguments) => self.call(name, arguments),
            OperandKind::List(elements) => {
                let of = match wanted {
                    Some(Type::Set(of)) => Some(&**of),
                    _ => None,
                };
                elements.iter().for_each(|element| self.operand(element, of));
            }
            OperandKind::Literal(_) => {}
        }
    }

    fn call(&mut self, name: &Name, arguments: &[Operand]) {
        if let Some(state) = self.index.world.states.get(&name.node) {
            let key = state.key_type.clone();
            self.index.occurs(name.span, Symbol::State(name.node.clone()));
            arguments
                .iter()
                .for_each(|argument| self.operand(argument, key.as_ref()));
            return;
        }
        let predicate = self.index.world.predicates.get(&name.node);
        let wanted: Vec<Option<Type>> = predicate
            .into_iter()
            .flat_map(|predicate| &predicate.parameters)
            .map(|(_, thing)| thing.value().cloned())
            .collect();
        if predicate.is_some() {
            self.index.occurs(name.span, Symbol::Predicate(name.node.clone()));
        }
        for (position, argument) in arguments.iter().enumerate() {
            self.operand(argument, wanted.get(position).and_then(Option::as_ref));
        }
    }

    fn path(&mut self, path: &Path, wanted: Option<&Type>) {
        let Path { root, field } = path;
        let local = self.local(&root.node).cloned();
        if let Some(field) = field {
            if let Some(local) = local {
                self.index.occurs(root.span, local.symbol);
                if let Thing::Event(kinds) = &local.thing {
                    self.field(kinds, field);
                }
            }
            return;
        }
        let world = &self.index.world;
        let symbol = match (local, wanted) {
            (Some(local), _) => Some(local.symbol),
            (None, _) if world.states.contains_key(&root.node) => Some(Symbol::State(root.node.clone())),
            (None, _) if world.references.contains_key(&root.node) => Some(Symbol::Reference(root.node.clone())),
            (None, Some(Type::Enum(enumeration))) => enumeration
                .variant(&root.node)
                .map(|_| Symbol::Value(Arc::clone(enumeration), root.node.clone())),
            (None, Some(Type::Party) | None) => {
                let known = world.parties.contains(&root.node);
                known.then(|| Symbol::Party(root.node.clone()))
            }
            (None, Some(_)) => None,
        };
        if let Some(symbol) = symbol {
            self.index.occurs(root.span, symbol);
        }
    }

    fn field(&mut self, kinds: &[String], field: &Name) {
        if let Some(holder) = self.index.world.holder(kinds, &field.node) {
            let symbol = Symbol::Field(holder.clone(), field.node.clone());
            self.index.occurs(field.span, symbol);
        }
    }

    /// The type of an operand that says itself of what type it is.
    fn type_of(&self, operand: &Operand) -> Option<Type> {
        match &operand.node {
            OperandKind::Path(Path { root, field }) => {
                let local = self.local(&root.node);
                match (field, local.map(|local| &local.thing)) {
                    (Some(field), Some(Thing::Event(kinds))) => self.index.world.field_type(kinds, &field.node),
                    (Some(_), _) => None,
                    (None, Some(thing)) => thing.value().cloned(),
                    (None, None) => match self.index.world.states.get(&root.node) {
                        Some(state) => state.ty.clone(),
                        None => self.index.world.references.get(&root.node).cloned().flatten(),
                    },
                }
            }
            OperandKind::Call(name, _) => self.index.world.states.get(&name.node)?.ty.clone(),
            OperandKind::List(elements) => {
                let of = elements.iter().find_map(|element| self.type_of(element))?;
                Some(Type::Set(Box::new(of)))
            }
            OperandKind::Literal(literal) => type_of_literal(literal),
        }
    }
}
