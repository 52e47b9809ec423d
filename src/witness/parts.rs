//! What a clause looks at: the kinds of event that matter to it, and how many of them.

use crate::model::{
    Bound, Clause, Condition, ConditionKind, EventTypeId, FieldId, FieldRef, Goal, Limit, Measure, Model, Opening,
    Operand, OperandKind, PastQuery, Pattern, StateId, Trigger, Var,
};
use crate::source::Span;
use crate::syntax::ast::{CompareOp, Count, Quantity};
use crate::value::{Number, Ratio, Type, Value};

/// A kind of event that matters to a clause.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its type.
    pub event: EventTypeId,
    /// What is true of such an event.
    pub conditions: Vec<Condition>,
    /// The name that stands for the event in the conditions.
    pub own: Var,
    /// What such an event stands for in the conditions of the other roles.
    pub stands_for: StandsFor,
    /// How many of them matter together.
    pub quota: Quota,
}

/// What an event stands for in the conditions of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandsFor {
    /// The event that opens the duty.
    Trigger,
    /// The event that a sequence of two starts with.
    Earlier,
    /// An event that counts for the duty with this position in the chain, and that may break it.
    Duty(u8),
    /// Nothing.
    Nothing,
}

/// How many events of a role matter together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Each by itself.
    One,
    /// So many are asked for.
    Floor(u32),
    /// More than so many are too many.
    Ceiling(u32),
}

impl Quota {
    /// Numbers of events on both sides of what matters, the smallest first.
    pub fn counts(self) -> Vec<u32> {
        match self {
            Quota::One | Quota::Floor(0 | 1) | Quota::Ceiling(0) => vec![1],
            Quota::Floor(count) => vec![1, count],
            Quota::Ceiling(count) => vec![1, count.saturating_add(1)],
        }
    }
}

/// The kinds of event that matter to a clause: what opens it first, then what its duties ask for, what its guards look back to, and what sets the states that it reads.
pub fn roles(model: &Model, clause: &Clause) -> Vec<Role> {
    let mut parts = Parts {
        model,
        roles: Vec::new(),
        states: Vec::new(),
        compared: Vec::new(),
    };
    if let Opening::Trigger { trigger, guards } = &clause.opening {
        if let Trigger::Sequence(sequence) = trigger {
            parts.pattern(&sequence.first, &[], StandsFor::Earlier, Quota::One);
        }
        let quota = match trigger {
            Trigger::Repeated(repetition) => Quota::Floor(repetition.count),
            Trigger::Any(_) | Trigger::Sequence(_) => Quota::One,
        };
        for pattern in trigger.opening() {
            parts.pattern(pattern, &[], StandsFor::Trigger, quota);
        }
        parts.guards(guards);
    }
    for (place, duty) in clause.duties.iter().enumerate() {
        let place = StandsFor::Duty(u8::try_from(place).unwrap_or(u8::MAX));
        parts.goal(&duty.goal, place);
        if let Some(end) = &duty.end {
            parts.pattern(end, &[], StandsFor::Nothing, Quota::One);
        }
    }
    for exception in &clause.exceptions {
        parts.guards(&exception.conditions);
    }
    parts.setters();
    parts.roles
}

struct Parts<'m> {
    model: &'m Model,
    roles: Vec<Role>,
    states: Vec<StateId>,
    /// What states are compared with.
    compared: Vec<(StateId, Value)>,
}

impl Parts<'_> {
    fn pattern(&mut self, pattern: &Pattern, more: &[Condition], stands_for: StandsFor, quota: Quota) {
        let plain = |condition: &&Condition| is_about_events(condition);
        let conditions = pattern.conditions.iter().chain(more.iter().filter(plain));
        self.roles.push(Role {
            event: pattern.event,
            conditions: conditions.cloned().collect(),
            own: Var::Subject,
            stands_for,
            quota,
        });
    }

    fn goal(&mut self, goal: &Goal, place: StandsFor) {
        match goal {
            Goal::Ensure { pattern, count, .. } | Goal::EnsureBefore { pattern, count, .. } => {
                self.pattern(pattern, &[], place, Quota::Floor(*count));
            }
            Goal::EnsureEach { pattern, count, .. } => {
                let (Count::AtLeast(count) | Count::Exactly(count)) = *count;
                self.pattern(pattern, &[], place, Quota::Floor(count));
            }
            Goal::Avoid {
                pattern,
                guards,
                more_than,
                ..
            } => {
                self.pattern(pattern, guards, place, Quota::Ceiling(more_than.unwrap_or(0)));
                self.guards(guards);
            }
            Goal::AvoidEach {
                pattern,
                guards,
                more_than,
                ..
            } => {
                self.pattern(pattern, guards, place, Quota::Ceiling(*more_than));
                self.guards(guards);
            }
            Goal::Permit {
                pattern,
                guards,
                forbids,
                ..
            } => {
                let conditions: Vec<Condition> = guards.iter().chain(forbids).cloned().collect();
                self.pattern(pattern, &conditions, place, Quota::One);
                self.guards(guards);
                self.guards(forbids);
            }
            Goal::Maintain { condition, .. } => self.states_of(condition),
            Goal::Bound(bound) => self.bound(bound, place),
        }
    }

    fn bound(&mut self, bound: &Bound, place: StandsFor) {
        self.guards(&bound.guards);
        let (limit, reference) = match &bound.limit {
            Limit::Fixed(limit) => (*limit, None),
            Limit::Part(part, figure) => {
                // A reference that every usual percentage is a whole part of.
                let whole = Ratio::whole(1_000_000 * BILLION);
                (part.times(whole).unwrap_or(whole), Some((figure, whole)))
            }
        };
        let values = around(limit);
        let figure = &bound.figure;
        match &figure.measure {
            Measure::Count | Measure::Distinct(_) => {
                let count = u32::try_from(values[0]).unwrap_or(1);
                self.pattern(&figure.pattern, &bound.guards, place, Quota::Floor(count));
                self.pattern(&figure.pattern, &bound.guards, place, Quota::Ceiling(count));
            }
            Measure::Share(hit) => {
                for condition in [hit.clone(), negated(hit)] {
                    let mut guards = bound.guards.clone();
                    guards.push(condition);
                    self.pattern(&figure.pattern, &guards, place, Quota::One);
                }
            }
            Measure::Total(field) | Measure::Average(field) | Measure::Lowest(field) | Measure::Highest(field) => {
                self.measured(&figure.pattern, &bound.guards, *field, &values, place);
            }
        }
        if let Some((figure, whole)) = reference {
            match &figure.measure {
                Measure::Total(field) | Measure::Average(field) | Measure::Lowest(field) | Measure::Highest(field) => {
                    self.measured(&figure.pattern, &[], *field, &[whole.numerator()], StandsFor::Nothing);
                }
                Measure::Count | Measure::Distinct(_) | Measure::Share(_) => {
                    self.pattern(&figure.pattern, &[], StandsFor::Nothing, Quota::One);
                }
            }
        }
    }

    /// Events that carry a value at the limit, and on both sides of it.
    fn measured(
        &mut self,
        pattern: &Pattern,
        guards: &[Condition],
        field: FieldRef,
        values: &[i128],
        place: StandsFor,
    ) {
        let FieldRef::Declared(id) = field else {
            return self.pattern(pattern, guards, place, Quota::One);
        };
        let declared = self.model.event(pattern.event).field(id);
        for &amount in values {
            let Some(value) = measured_value(&declared.ty, amount) else {
                continue;
            };
            let mut conditions = guards.to_vec();
            conditions.push(equals(field, &declared.ty, value, pattern.span));
            self.pattern(pattern, &conditions, place, Quota::One);
        }
    }

    fn guards(&mut self, guards: &[Condition]) {
        for guard in guards {
            self.states_of(guard);
            guard.for_each_past(&mut |query| self.past(query));
        }
    }

    fn past(&mut self, query: &PastQuery) {
        let quota = match query.quantity {
            Quantity::Some | Quantity::No => Quota::One,
            Quantity::AtLeast(count) => Quota::Floor(count),
        };
        self.roles.push(Role {
            event: query.pattern.event,
            conditions: query.pattern.conditions.clone(),
            own: Var::Past,
            stands_for: StandsFor::Nothing,
            quota,
        });
    }

    fn states_of(&mut self, condition: &Condition) {
        condition.for_each_comparison(&mut |left, right| {
            for (one, other) in [(left, right), (right, left)] {
                if let (OperandKind::State(state, _), OperandKind::Literal(value)) = (&one.kind, &other.kind) {
                    self.compared.push((*state, value.clone()));
                }
            }
        });
        condition.for_each_operand(&mut |operand| {
            if let OperandKind::State(state, _) = operand.kind
                && !self.states.contains(&state)
            {
                self.states.push(state);
            }
        });
    }

    /// For each state that is read, the events that give it each of its values.
    fn setters(&mut self) {
        for id in std::mem::take(&mut self.states) {
            let state = self.model.state(id);
            for setter in &state.setters {
                let values = match (&setter.value.kind, &state.ty) {
                    (OperandKind::Field(..), Type::Enum(names)) => {
                        let count = u32::try_from(names.names.len()).unwrap_or(0);
                        (0..count).map(|at| Value::Enum(crate::value::Variant(at))).collect()
                    }
                    (OperandKind::Field(..), Type::Bool) => vec![Value::Bool(true), Value::Bool(false)],
                    (OperandKind::Field(..), Type::Number | Type::Money(_)) => {
                        let limits = self.compared.iter().filter(|(of, _)| *of == id);
                        let amounts = limits.filter_map(|(_, value)| match value {
                            Value::Number(number) => Some(around(Ratio::whole(number.billionths()))),
                            _ => None,
                        });
                        let values = amounts.flatten().filter_map(|amount| measured_value(&state.ty, amount));
                        values.collect()
                    }
                    _ => Vec::new(),
                };
                if values.is_empty() {
                    self.pattern(&setter.pattern, &[], StandsFor::Nothing, Quota::One);
                }
                for value in values {
                    let is_it = compare(
                        setter.value.clone(),
                        literal(&state.ty, value, setter.span),
                        setter.span,
                    );
                    self.pattern(&setter.pattern, &[is_it], StandsFor::Nothing, Quota::One);
                }
            }
        }
    }
}

const BILLION: i128 = 1_000_000_000;

/// Whole amounts at a limit, above it and below it.
fn around(limit: Ratio) -> [i128; 3] {
    let under = i128::from(limit.denominator());
    let whole = limit.numerator().div_euclid(under);
    let exact = limit.numerator().rem_euclid(under) == 0;
    let at = if exact { whole } else { whole.saturating_add(1) };
    [at, at.saturating_add(BILLION), at.saturating_sub(BILLION)]
}

fn measured_value(ty: &Type, amount: i128) -> Option<Value> {
    match ty {
        Type::Number | Type::Money(_) => Number::from_billionths(amount).map(Value::Number),
        Type::Duration => {
            let nanoseconds = u64::try_from(amount).ok()?;
            crate::time::Duration::exact(nanoseconds).ok().map(Value::Duration)
        }
        _ => None,
    }
}

/// Whether a condition can be judged from events alone.
fn is_about_events(condition: &Condition) -> bool {
    let mut only = true;
    condition.for_each_past(&mut |_| only = false);
    condition.for_each_operand(&mut |operand| only &= !matches!(operand.kind, OperandKind::State(..)));
    only
}

fn negated(condition: &Condition) -> Condition {
    Condition {
        kind: ConditionKind::Not(Box::new(condition.clone())),
        span: condition.span,
    }
}

fn equals(field: FieldRef, ty: &Type, value: Value, span: Span) -> Condition {
    let field = Operand {
        kind: OperandKind::Field(Var::Subject, field),
        ty: ty.clone(),
        span,
    };
    compare(field, literal(ty, value, span), span)
}

fn compare(left: Operand, right: Operand, span: Span) -> Condition {
    Condition {
        kind: ConditionKind::Compare {
            left,
            op: CompareOp::Equal,
            right,
        },
        span,
    }
}

fn literal(ty: &Type, value: Value, span: Span) -> Operand {
    Operand {
        kind: OperandKind::Literal(value),
        ty: ty.clone(),
        span,
    }
}

/// A field that a role's conditions name.
pub(super) fn is_own_field(operand: &Operand, own: Var) -> Option<FieldId> {
    match operand.kind {
        OperandKind::Field(var, FieldRef::Declared(id)) if var == own => Some(id),
        _ => None,
    }
}
