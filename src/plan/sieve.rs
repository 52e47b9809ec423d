//! Which events something can come of, as far as they tell by themselves.

use super::pattern::identifies;
use crate::model::{Condition, ConditionKind, Extent, FieldId, FieldRef, Goal, Operand, OperandKind, Var};
use crate::value::Value;

/// Lets through the events of one type, but for those of which nothing comes: each clause that wants events of the type asks something of them that is
/// false of these, whatever else happens.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    /// What each of those asks that want events of the type, as far as an event tells it by itself. One that asks nothing wants all of them.
    asked: Vec<Vec<Condition>>,
}

/// What follows for a clause from an event that fails a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    /// Nothing.
    IsNothing,
    /// Nothing where the condition says which thing or whose act is meant. Otherwise the event may have come near to counting, which is shown.
    MayBeNear,
}

impl Failing {
    pub(super) fn of(goal: &Goal) -> Self {
        match goal {
            Goal::Avoid {
                more_than: None,
                extent: Extent::Standing(_),
                ..
            } => Failing::IsNothing,
            _ => Failing::MayBeNear,
        }
    }
}

impl Sieve {
    /// Adds somebody who wants the events of which these conjuncts are true; in them, they are [`Var::Subject`].
    pub(super) fn add<'c>(&mut self, conjuncts: impl IntoIterator<Item = &'c Condition>, failing: Failing) {
        let is_meant = |condition: &&Condition| {
            let decides = match failing {
                Failing::IsNothing => true,
                Failing::MayBeNear => identifies(condition, Var::Subject),
            };
            decides && is_told(condition)
        };
        self.asked
            .push(conjuncts.into_iter().filter(is_meant).cloned().collect());
    }

    /// Adds somebody who wants all events.
    pub(super) fn add_all(&mut self) {
        self.asked.push(Vec::new());
    }

    /// Whether nobody wants events of the type.
    pub(super) fn is_closed(&self) -> bool {
        self.asked.is_empty()
    }

    /// Whether it keeps no event back: somebody wants all, or so many ask that an event is judged as soon as they are gone through.
    pub(super) fn is_open(&self) -> bool {
        const MOST: usize = 4;
        self.asked.len() > MOST || self.asked.iter().any(Vec::is_empty)
    }

    /// Whether something can come of an event with these values.
    #[inline]
    pub fn lets_through<'v>(&'v self, value: impl Fn(FieldId) -> Option<&'v Value>) -> bool {
        let may_be = |conjunct: &'v Condition| truth(conjunct, &value) != Some(false);
        self.asked.iter().any(|conjuncts| conjuncts.iter().all(may_be))
    }
}

/// Whether an event tells by itself whether a condition is true of it.
fn is_told(condition: &Condition) -> bool {
    let mut is_told = true;
    condition.for_each_operand(&mut |operand| {
        is_told &= matches!(
            operand.kind,
            OperandKind::Literal(_) | OperandKind::Field(Var::Subject, FieldRef::Declared(_))
        );
    });
    condition.for_each_past(&mut |_| is_told = false);
    is_told
}

/// The truth of a condition that an event tells by itself; `None` where it lacks a value.
fn truth<'v>(condition: &'v Condition, value: &impl Fn(FieldId) -> Option<&'v Value>) -> Option<bool> {
    match &condition.kind {
        ConditionKind::Compare { left, op, right } => {
            Some(op.holds(operand(left, value)?.order(operand(right, value)?)))
        }
        ConditionKind::In { item, choices } => {
            let item = operand(item, value)?;
            Some(choices.iter().any(|choice| operand(choice, value) == Some(item)))
        }
        ConditionKind::Holds(held) => Some(*operand(held, value)? == Value::Bool(true)),
        ConditionKind::All(elements) => unless_lacking(elements, value, false),
        ConditionKind::Any(elements) => unless_lacking(elements, value, true),
        ConditionKind::Not(negated) => truth(negated, value).map(|truth| !truth),
        ConditionKind::Includes { .. } | ConditionKind::Past(_) => None,
    }
}

/// This, if one condition is worth it; otherwise the contrary, if none lacks a value.
fn unless_lacking<'v>(
    conditions: &'v [Condition],
    value: &impl Fn(FieldId) -> Option<&'v Value>,
    decisive: bool,
) -> Option<bool> {
    let mut worth = Some(!decisive);
    for condition in conditions {
        match truth(condition, value) {
            Some(truth) if truth == decisive => return Some(decisive),
            Some(_) => {}
            None => worth = None,
        }
    }
    worth
}

#[inline]
fn operand<'v>(operand: &'v Operand, value: &impl Fn(FieldId) -> Option<&'v Value>) -> Option<&'v Value> {
    match &operand.kind {
        OperandKind::Literal(value) => Some(value),
        OperandKind::Field(Var::Subject, FieldRef::Declared(field)) => value(*field),
        _ => None,
    }
}
