//! Conditions, typed.

use super::build::Builder;
use super::names::Scope;
use super::{Condition, ConditionKind, Operand, OperandKind, PastId, PastQuery, Pattern, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::{self, CompareOp};
use crate::value::{Type, Value};

impl Builder {
    pub(super) fn next_past_query(&mut self) -> PastId {
        let id = PastId(self.past_queries);
        self.past_queries += 1;
        id
    }

    pub(super) fn condition(&mut self, condition: &ast::Condition, scope: &Scope) -> Option<Condition> {
        let span = condition.span;
        if let ast::ConditionKind::Holds(operand) = &condition.node
            && let ast::OperandKind::Call(name, arguments) = &operand.node
            && let Some(predicate) = self.predicate_named(&name.node)
        {
            return self.asked(predicate, name, arguments, operand.span, scope);
        }
        let kind = match &condition.node {
            ast::ConditionKind::Or(elements) => ConditionKind::Any(self.conditions(elements, scope)?),
            ast::ConditionKind::And(elements) => {
                let elements = self.conditions(elements, scope)?;
                self.contradiction(&elements);
                ConditionKind::All(elements)
            }
            ast::ConditionKind::Not(negated) => ConditionKind::Not(Box::new(self.condition(negated, scope)?)),
            ast::ConditionKind::Compare(left, op, right) => {
                let (left, right) = self.both_sides(left, right, scope)?;
                if op.node.needs_order() && !left.ty.is_ordered() {
                    self.unordered(&left, op.span, op.node);
                    return None;
                }
                self.constant_comparison(&left, op.node, &right, span);
                ConditionKind::Compare {
                    left,
                    op: op.node,
                    right,
                }
            }
            ast::ConditionKind::Includes(set, element) => self.includes(set, element, scope)?,
            ast::ConditionKind::In(item, choices) => self.among(item, choices, scope)?,
            ast::ConditionKind::Holds(operand) => self.holds(operand, scope)?,
            ast::ConditionKind::Past(quantity, pattern, within) => {
                if !scope.past {
                    let message = "this condition cannot look into the past";
                    let help = "only `if` and `unless` can: move it there";
                    self.report(
                        Diagnostic::error(Code::OutOfScope, message, span, "asks for an earlier event").help(help),
                    );
                    return None;
                }
                let pattern = self.pattern(pattern, &scope.fields_only(), Var::Past)?;
                let id = self.next_past_query();
                ConditionKind::Past(Box::new(PastQuery {
                    id,
                    quantity: *quantity,
                    pattern,
                    within: within.map(|within| within.node),
                }))
            }
        };
        Some(Condition { kind, span })
    }

    /// All of them, or nothing if one has a mistake; every mistake is reported.
    fn conditions(&mut self, elements: &[ast::Condition], scope: &Scope) -> Option<Vec<Condition>> {
        let built: Vec<Option<Condition>> = elements.iter().map(|element| self.condition(element, scope)).collect();
        built.into_iter().collect()
    }

    /// An event pattern; its own event is `var` in its condition.
    pub(super) fn pattern(&mut self, pattern: &ast::Pattern, scope: &Scope, var: Var) -> Option<Pattern> {
        if let Some(binding) = &pattern.binding {
            self.free_binding(binding, scope);
        }
        let Some(event) = self.event_named(&pattern.event) else {
            self.broken
                .extend(pattern.binding.as_ref().map(|binding| binding.node.clone()));
            return None;
        };
        let scope = scope.fields_only().with(pattern.binding.as_ref(), var, event);
        let conditions = match &pattern.condition {
            Some(condition) => conjuncts(self.condition(condition, &scope)?),
            None => Vec::new(),
        };
        Some(Pattern {
            event,
            binding: pattern.binding.as_ref().map(|binding| binding.node.clone()),
            conditions,
            span: pattern.event.span,
        })
    }

    fn free_binding(&mut self, binding: &ast::Name, scope: &Scope) {
        if let Some(bound) = scope.bound(&binding.node) {
            let first = bound.name.span;
            let message = format!("`{}` already stands for another event here", binding.node);
            let diagnostic = Diagnostic::error(Code::DuplicateName, message, binding.span, "used again here");
            self.report(
                diagnostic
                    .also(first, "stands for this event")
                    .help("choose another name"),
            );
        } else if self.arguments.contains_key(&binding.node) || scope.value(&binding.node).is_some() {
            let message = format!("`{}` is a parameter here", binding.node);
            let diagnostic = Diagnostic::error(Code::DuplicateName, message, binding.span, "cannot stand for an event");
            self.report(diagnostic.help("choose another name for the event"));
        } else if self.party_named(&binding.node).is_some() || self.state_named(&binding.node).is_some() {
            let message = format!("`{}` is the name of a party or a state", binding.node);
            let diagnostic = Diagnostic::error(Code::DuplicateName, message, binding.span, "cannot stand for an event");
            self.report(diagnostic.help("choose another name for the event"));
        }
    }

    fn both_sides(&mut self, left: &ast::Operand, right: &ast::Operand, scope: &Scope) -> Option<(Operand, Operand)> {
        match (self.needs_context(left, scope), self.needs_context(right, scope)) {
            (false, _) => {
                let left = self.infer(left, scope)?;
                let right = self.check(right, scope, &left.ty)?;
                Some((left, right))
            }
            (true, false) => {
                let right = self.infer(right, scope)?;
                let left = self.check(left, scope, &right.ty)?;
                Some((left, right))
            }
            (true, true) => {
                if [left, right].into_iter().any(|side| self.is_excused_operand(side)) {
                    return None;
                }
                let message = "neither side of this comparison is a field or a state";
                let diagnostic = Diagnostic::error(Code::TypeMismatch, message, left.span.to(right.span), "two names");
                let known: Vec<String> = scope
                    .events
                    .iter()
                    .map(|bound| format!("`{}.field`", bound.name.node))
                    .collect();
                self.report(diagnostic.help_if(
                    (!known.is_empty()).then(|| format!("compare a field of an event: {}", known.join(", "))),
                ));
                None
            }
        }
    }

    fn unordered(&mut self, operand: &Operand, sign: Span, op: CompareOp) {
        let message = format!("values of type {} have no order", operand.ty);
        let help = match &operand.ty {
            Type::Enum(names) => format!(
                "compare with `==` or `in [...]`, or declare an order: {}",
                names.names.join(" < ")
            ),
            _ => "compare with `==` or `!=`".to_owned(),
        };
        let label = format!("`{}` asks for an order", op.sign());
        let diagnostic = Diagnostic::error(Code::Unordered, message, sign, label);
        self.report(
            diagnostic
                .also(operand.span, format!("of type {}", operand.ty))
                .help(help),
        );
    }

    fn includes(&mut self, set: &ast::Operand, element: &ast::Operand, scope: &Scope) -> Option<ConditionKind> {
        let set = self.infer(set, scope)?;
        let Type::Set(element_type) = &set.ty else {
            let message = format!("`includes` asks something of a set, and this is of type {}", set.ty);
            self.report(
                Diagnostic::error(Code::TypeMismatch, message, set.span, "not a set").help("compare it with `==`"),
            );
            return None;
        };
        let elements = match &element.node {
            ast::OperandKind::List(elements) => elements.iter().collect(),
            _ => vec![element],
        };
        let elements: Vec<Option<Operand>> = elements
            .into_iter()
            .map(|element| self.check(element, scope, element_type))
            .collect();
        let elements: Option<Vec<Operand>> = elements.into_iter().collect();
        let elements = elements?;
        if elements.is_empty() {
            self.always(element.span, true, "every set includes nothing");
        }
        Some(ConditionKind::Includes { set, elements })
    }

    fn among(&mut self, item: &ast::Operand, choices: &ast::Operand, scope: &Scope) -> Option<ConditionKind> {
        let item = self.infer(item, scope)?;
        let ast::OperandKind::List(elements) = &choices.node else {
            return None;
        };
        let built: Vec<Option<Operand>> = elements
            .iter()
            .map(|choice| self.check(choice, scope, &item.ty))
            .collect();
        let built: Option<Vec<Operand>> = built.into_iter().collect();
        let choices_built = built?;
        if choices_built.is_empty() {
            self.always(choices.span, false, "nothing is in an empty list");
        }
        Some(ConditionKind::In {
            item,
            choices: choices_built,
        })
    }

    fn holds(&mut self, operand: &ast::Operand, scope: &Scope) -> Option<ConditionKind> {
        if let ast::OperandKind::Literal(ast::Literal::Bool(truth)) = &operand.node {
            self.always(operand.span, *truth, "it is a constant");
            return None;
        }
        let operand = if self.needs_context(operand, scope) {
            self.check(operand, scope, &Type::Bool)?
        } else {
            self.infer(operand, scope)?
        };
        if operand.ty != Type::Bool {
            let message = format!("this is of type {}, not a condition", operand.ty);
            let diagnostic = Diagnostic::error(Code::TypeMismatch, message, operand.span, "not true or false");
            self.report(diagnostic.help("compare it with something: `==`, `>=`, `in [...]`"));
            return None;
        }
        Some(ConditionKind::Holds(operand))
    }

    fn always(&mut self, span: Span, truth: bool, why: &str) {
        if self.is_decided_by_arguments() {
            return;
        }
        let message = format!("this condition is always {truth}: {why}");
        let label = format!("always {truth}");
        let diagnostic = Diagnostic::error(Code::ConstantCondition, message, span, label);
        self.report(diagnostic.help("leave it out, or compare with something that can vary"));
    }

    /// Reports a comparison that says the same whatever happens.
    fn constant_comparison(&mut self, left: &Operand, op: CompareOp, right: &Operand, span: Span) {
        if let (OperandKind::Literal(_), OperandKind::Literal(_)) = (&left.kind, &right.kind) {
            let holds = matches!((&left.kind, &right.kind),
                (OperandKind::Literal(left), OperandKind::Literal(right)) if op_holds(op, left, right));
            self.always(span, holds, "both sides are constants");
            return;
        }
        if same_operand(left, right) {
            let holds = matches!(
                op,
                CompareOp::Equal | CompareOp::LessOrEqual | CompareOp::GreaterOrEqual
            );
            self.always(span, holds, "both sides are the same");
            return;
        }
        let (value, op) = match (&left.kind, &right.kind) {
            (_, OperandKind::Literal(value)) => (value, op),
            (OperandKind::Literal(value), _) => (value, op.mirrored()),
            _ => return,
        };
        let (Type::Enum(names), Value::Enum(variant)) = (&left.ty, value) else {
            return;
        };
        let lowest = variant.0 == 0;
        let highest = variant.0 as usize + 1 == names.names.len();
        let name = names.name(*variant);
        match op {
            CompareOp::Less if lowest => self.always(span, false, &format!("`{name}` is the lowest value")),
            CompareOp::GreaterOrEqual if lowest => self.always(span, true, &format!("`{name}` is the lowest value")),
            CompareOp::Greater if highest => self.always(span, false, &format!("`{name}` is the highest value")),
            CompareOp::LessOrEqual if highest => self.always(span, true, &format!("`{name}` is the highest value")),
            _ => {}
        }
    }

    /// Reports two conjuncts that ask one operand to be two different things.
    fn contradiction(&mut self, conjuncts: &[Condition]) {
        let equalities: Vec<(&Operand, &Value, Span)> = conjuncts.iter().filter_map(equality).collect();
        for (position, (operand, value, span)) in equalities.iter().enumerate() {
            let other = equalities[..position]
                .iter()
                .find(|(other, wanted, _)| same_operand(operand, other) && wanted != value);
            if let Some((_, _, first)) = other {
                let message = "these two conditions are never true together";
                let diagnostic = Diagnostic::error(Code::ConstantCondition, message, *span, "asks for this");
                let help = "write `or`, or `in [...]`, if either will do";
                self.report(diagnostic.also(*first, "and this asks for something else").help(help));
                return;
            }
        }
    }
}

fn equality(condition: &Condition) -> Option<(&Operand, &Value, Span)> {
    let (left, right) = condition.equality()?;
    match (&left.kind, &right.kind) {
        (_, OperandKind::Literal(value)) => Some((left, value, condition.span)),
        (OperandKind::Literal(value), _) => Some((right, value, condition.span)),
        _ => None,
    }
}

/// The conditions that must all be true for this one to be.
pub(super) fn conjuncts(condition: Condition) -> Vec<Condition> {
    match condition.kind {
        ConditionKind::All(elements) => elements.into_iter().flat_map(conjuncts).collect(),
        _ => vec![condition],
    }
}

fn same_operand(left: &Operand, right: &Operand) -> bool {
    match (&left.kind, &right.kind) {
        (OperandKind::Field(var, field), OperandKind::Field(other_var, other)) => var == other_var && field == other,
        (OperandKind::Common(var, places), OperandKind::Common(other_var, other)) => {
            var == other_var && places == other
        }
        (OperandKind::Key, OperandKind::Key) => true,
        (OperandKind::Literal(left), OperandKind::Literal(right)) => left == right,
        (OperandKind::State(state, key), OperandKind::State(other, other_key)) => {
            state == other
                && match (key, other_key) {
                    (None, None) => true,
                    (Some(key), Some(other)) => same_operand(key, other),
                    _ => false,
                }
        }
        _ => false,
    }
}

fn op_holds(op: CompareOp, left: &Value, right: &Value) -> bool {
    op.holds(left.order(right))
}
