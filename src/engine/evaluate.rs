//! Conditions judged at an instant, over the events that names stand for, the present states and the past that was asked to be kept.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;

use super::fluents::{Fluents, unset};
use super::history::Histories;
use super::instance::Lack;
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{ClauseId, Condition, ConditionKind, FieldRef, Operand, OperandKind, Var};
use crate::syntax::ast::CompareOp;
use crate::time::{Instant, Zone};
use crate::value::Value;

/// What conditions can look at beside the events that names stand for.
#[derive(Debug)]
pub(super) struct World {
    pub(super) fluents: Fluents,
    pub(super) histories: Histories,
    /// For each clause, the zone of its agreement.
    pub(super) zones: Vec<Zone>,
}

impl World {
    /// The world as a clause sees it at an instant.
    pub(super) fn context(&self, clause: ClauseId, now: Instant) -> Context<'_> {
        Context {
            fluents: &self.fluents,
            histories: &self.histories,
            zone: self.zones.get(clause.index()),
            now,
        }
    }
}

/// The world at an instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) fluents: &'a Fluents,
    pub(super) histories: &'a Histories,
    /// The zone in which looks into the past count days; `None` where there are none.
    pub(super) zone: Option<&'a Zone>,
    pub(super) now: Instant,
}

/// What an instance knows: the event that opened it and those that broke its duties so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Bindings {
    pub(super) trigger: Option<Arc<Event>>,
    pub(super) breaches: SmallVec<[(u8, Arc<Event>); 1]>,
}

/// What names stand for where a condition is judged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame<'a> {
    pub(super) bindings: Option<&'a Bindings>,
    pub(super) subject: Option<&'a Event>,
    pub(super) past: Option<&'a Event>,
    pub(super) key: Option<&'a Value>,
}

impl<'a> Frame<'a> {
    fn event(&self, var: Var) -> Option<&'a Event> {
        match var {
            Var::Subject => self.subject,
            Var::Past => self.past,
            Var::Trigger => self.bindings?.trigger.as_deref(),
            Var::Breach(position) => self
                .bindings?
                .breaches
                .iter()
                .find(|(at, _)| *at == position)
                .map(|(_, event)| &**event),
        }
    }
}

/// The value of an operand.
pub(super) enum Evaluated<'a> {
    One(Cow<'a, Value>),
    /// The values of a state that was set to several at one instant.
    Many(&'a [Value]),
    Lacking(Lacks),
}

impl Evaluated<'_> {
    fn values(&self) -> &[Value] {
        match self {
            Evaluated::One(value) => std::slice::from_ref(value),
            Evaluated::Many(values) => values,
            Evaluated::Lacking(_) => &[],
        }
    }
}

/// All conditions together.
pub(super) fn conjunction(conditions: &[Condition], frame: &Frame<'_>, context: &Context<'_>) -> Truth {
    Truth::all(conditions.iter().map(|condition| evaluate(condition, frame, context)))
}

/// The truth of a condition.
pub(super) fn evaluate(condition: &Condition, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
    let operand = |operand| evaluate_operand(operand, frame, context);
    match &condition.kind {
        ConditionKind::All(elements) => conjunction(elements, frame, context),
        ConditionKind::Any(elements) => Truth::any(elements.iter().map(|element| evaluate(element, frame, context))),
        ConditionKind::Not(negated) => evaluate(negated, frame, context).not(),
        ConditionKind::Compare { left, op, right } => {
            compare(left, &operand(left), right, &operand(right), |left, right| {
                op_holds(*op, left, right)
            })
        }
        ConditionKind::Includes { set, elements } => {
            let whole = operand(set);
            Truth::all(elements.iter().map(|element| {
                compare(set, &whole, element, &operand(element), |set, element| {
                    set.includes(element)
                })
            }))
        }
        ConditionKind::In { item, choices } => {
            let value = operand(item);
            Truth::any(
                choices
                    .iter()
                    .map(|choice| compare(item, &value, choice, &operand(choice), |item, choice| item == choice)),
            )
        }
        ConditionKind::Holds(held) => {
            let value = operand(held);
            compare(held, &value, held, &value, |value, _| *value == Value::Bool(true))
        }
        ConditionKind::Past(query) => context.histories.judge(query, frame, context),
    }
}

/// A relation over every pair of values that the sides can have: true or false where all agree.
fn compare(
    left_operand: &Operand,
    left: &Evaluated<'_>,
    right_operand: &Operand,
    right: &Evaluated<'_>,
    holds: impl Fn(&Value, &Value) -> bool,
) -> Truth {
    let mut lacks = Lacks::new();
    for side in [left, right] {
        if let Evaluated::Lacking(more) = side {
            merge(&mut lacks, more.iter().cloned());
        }
    }
    if !lacks.is_empty() {
        return Truth::Unknown(lacks);
    }
    let mut pairs = left
        .values()
        .iter()
        .flat_map(|left| right.values().iter().map(move |right| (left, right)));
    let first = pairs.next().is_some_and(|(left, right)| holds(left, right));
    if pairs.all(|(left, right)| holds(left, right) == first) {
        return Truth::of(first);
    }
    for (operand, side) in [(left_operand, left), (right_operand, right)] {
        if let (OperandKind::State(state, _), Evaluated::Many(_)) = (&operand.kind, side) {
            merge(&mut lacks, [Lack::Contradiction(*state)]);
        }
    }
    Truth::Unknown(lacks)
}

fn op_holds(op: CompareOp, left: &Value, right: &Value) -> bool {
    op.holds(left.order(right))
}

/// The value of an operand.
pub(super) fn evaluate_operand<'a>(operand: &'a Operand, frame: &Frame<'a>, context: &Context<'a>) -> Evaluated<'a> {
    match &operand.kind {
        OperandKind::Literal(value) => Evaluated::One(Cow::Borrowed(value)),
        OperandKind::Field(var, field) => field_value(frame.event(*var), *field),
        OperandKind::Key => match frame.key {
            Some(key) => Evaluated::One(Cow::Borrowed(key)),
            None => Evaluated::Lacking(Lacks::new()),
        },
        OperandKind::State(state, key) => {
            let fluent = match key {
                None => context.fluents.get(*state, None),
                Some(key) => match evaluate_operand(key, frame, context) {
                    Evaluated::One(key) => context.fluents.get(*state, Some(&key)),
                    Evaluated::Many(_) => None,
                    Evaluated::Lacking(lacks) => return Evaluated::Lacking(lacks),
                },
            };
            fluent.map_or_else(|| unset(*state), |fluent| fluent.evaluated())
        }
    }
}

fn field_value(event: Option<&Event>, field: FieldRef) -> Evaluated<'_> {
    let Some(event) = event else {
        return Evaluated::Lacking(Lacks::new());
    };
    match (event.value(field), field) {
        (Some(value), _) => Evaluated::One(value),
        (None, FieldRef::Declared(id)) => Evaluated::Lacking(Lacks::from_iter([Lack::Field(event.kind, id)])),
        (None, FieldRef::Time) => Evaluated::Lacking(Lacks::new()),
    }
}
