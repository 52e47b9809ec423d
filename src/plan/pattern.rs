//! How an event finds the duties that it may answer: conditions on the event alone are judged once, equalities with what
//! the duty already knows become a hash key, and only what is left is judged duty by duty.

use crate::model::{Condition, EventTypeId, FieldRef, Model, Operand, OperandKind, Pattern, Var};
use crate::value::Type;

/// A pattern whose conjuncts are sorted by what they need to know.
#[derive(Debug, Clone)]
pub struct PatternPlan {
    /// The event type.
    pub event: EventTypeId,
    /// Conjuncts that look at the event alone.
    pub local: Vec<Numbered>,
    /// Conjuncts that equate a field of the event with something that the duty knows.
    pub joins: Vec<Join>,
    /// Conjuncts that look at the event and at something that the duty knows.
    pub residual: Vec<Numbered>,
    /// The positions of conjuncts that say which thing or whose act is meant: an event that fails one of them is about another.
    identifying: Vec<u16>,
}

/// A conjunct, and its position: first those of the pattern, then the guards.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// The position.
    pub position: u16,
    /// The conjunct.
    pub condition: Condition,
}

/// An equality between a field of the event, which is always there, and a field of an event that the duty knows.
#[derive(Debug, Clone)]
pub struct Join {
    /// The position of the conjunct.
    pub position: u16,
    /// The field of the event.
    pub own: FieldRef,
    /// What it must equal.
    pub other: Operand,
    /// The conjunct itself, for duties whose side of it is absent.
    pub condition: Condition,
}

impl PatternPlan {
    /// Sorts the conjuncts of a pattern and of the guards on its event, which is `own` in both.
    pub fn new(model: &Model, pattern: &Pattern, guards: &[Condition], own: Var) -> Self {
        let mut plan = PatternPlan {
            event: pattern.event,
            local: Vec::new(),
            joins: Vec::new(),
            residual: Vec::new(),
            identifying: Vec::new(),
        };
        for (position, condition) in pattern.conditions.iter().chain(guards).enumerate() {
            let position = u16::try_from(position).unwrap_or(u16::MAX);
            if identifies(condition, own) {
                plan.identifying.push(position);
            }
            if let Some((field, other)) = join(model, pattern.event, condition, own) {
                plan.joins.push(Join {
                    position,
                    own: field,
                    other,
                    condition: condition.clone(),
                });
                continue;
            }
            let numbered = Numbered {
                position,
                condition: condition.clone(),
            };
            if looks_only_at(condition, own) {
                plan.local.push(numbered);
            } else {
                plan.residual.push(numbered);
            }
        }
        plan
    }

    /// Whether all events of its type are meant.
    #[inline]
    pub fn asks_nothing(&self) -> bool {
        self.local.is_empty() && self.joins.is_empty() && self.residual.is_empty()
    }

    /// Whether an event that fails just these conjuncts came near to counting, and was not simply about another thing.
    pub fn is_near(&self, failed: &[u16]) -> bool {
        !failed.is_empty() && !failed.iter().any(|position| self.identifying.contains(position))
    }
}

/// Whether a conjunct says which thing or whose act is meant: by a text or a party that the event names, or by what the duty knows of it.
pub(super) fn identifies(condition: &Condition, own: Var) -> bool {
    let Some((left, right)) = condition.equality() else {
        return false;
    };
    let is_own = |operand: &Operand| matches!(operand.kind, OperandKind::Field(var, _) if var == own);
    (is_own(left) || is_own(right)) && matches!(left.ty, Type::Text | Type::Party)
}

/// The two sides of a conjunct that can serve as a key: a field of the event, and an operand that the duty knows.
fn join(model: &Model, event: EventTypeId, condition: &Condition, own: Var) -> Option<(FieldRef, Operand)> {
    let (left, right) = condition.equality()?;
    let sides = [(left, right), (right, left)];
    sides.into_iter().find_map(|(mine, other)| {
        let OperandKind::Field(var, field) = mine.kind else {
            return None;
        };
        let other_var = other.kind.var()?;
        let always_there = |event: EventTypeId, field: FieldRef| match field {
            FieldRef::Time => true,
            FieldRef::Declared(id) => !model.event(event).field(id).optional,
        };
        (var == own && other_var != own && always_there(event, field)).then(|| (field, other.clone()))
    })
}

/// Whether a condition looks at no event but this one, apart from those that a look into the past is at itself.
fn looks_only_at(condition: &Condition, own: Var) -> bool {
    let mut only = true;
    condition.for_each_operand(&mut |operand| {
        match operand.kind {
            OperandKind::Field(var, _) | OperandKind::Common(var, _) => only &= var == own || var == Var::Past,
            // What it stands for is known to the duty, not to the event.
            OperandKind::Key => only = false,
            OperandKind::Literal(_) | OperandKind::State(..) => {}
        }
    });
    only
}
