//! Walks over conditions, for those who look for something in them.

use super::{Condition, ConditionKind, Operand, OperandKind, PastQuery};
use crate::syntax::ast::CompareOp;

impl Condition {
    /// The two sides, if it says that one thing is another.
    pub fn equality(&self) -> Option<(&Operand, &Operand)> {
        match &self.kind {
            ConditionKind::Compare {
                left,
                op: CompareOp::Equal,
                right,
            } => Some((left, right)),
            _ => None,
        }
    }

    /// Shows each operand of the condition, the keys of states and what looks into the past ask included.
    pub fn for_each_operand<'a>(&'a self, visit: &mut impl FnMut(&'a Operand)) {
        match &self.kind {
            ConditionKind::All(elements) | ConditionKind::Any(elements) => {
                for element in elements {
                    element.for_each_operand(visit);
                }
            }
            ConditionKind::Not(negated) => negated.for_each_operand(visit),
            ConditionKind::Compare { left, right, .. } => {
                left.for_each(visit);
                right.for_each(visit);
            }
            ConditionKind::Includes { set, elements } => {
                set.for_each(visit);
                for element in elements {
                    element.for_each(visit);
                }
            }
            ConditionKind::In { item, choices } => {
                item.for_each(visit);
                for choice in choices {
                    choice.for_each(visit);
                }
            }
            ConditionKind::Holds(held) => held.for_each(visit),
            ConditionKind::Past(query) => {
                for condition in &query.pattern.conditions {
                    condition.for_each_operand(visit);
                }
            }
        }
    }

    /// Shows the two sides of each comparison, those in looks into the past apart.
    pub fn for_each_comparison<'a>(&'a self, visit: &mut impl FnMut(&'a Operand, &'a Operand)) {
        match &self.kind {
            ConditionKind::All(elements) | ConditionKind::Any(elements) => {
                for element in elements {
                    element.for_each_comparison(visit);
                }
            }
            ConditionKind::Not(negated) => negated.for_each_comparison(visit),
            ConditionKind::Compare { left, right, .. } => visit(left, right),
            ConditionKind::Includes { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Holds(_)
            | ConditionKind::Past(_) => {}
        }
    }

    /// Shows each look into the past.
    pub fn for_each_past<'a>(&'a self, visit: &mut impl FnMut(&'a PastQuery)) {
        match &self.kind {
            ConditionKind::All(elements) | ConditionKind::Any(elements) => {
                for element in elements {
                    element.for_each_past(visit);
                }
            }
            ConditionKind::Not(negated) => negated.for_each_past(visit),
            ConditionKind::Past(query) => visit(query),
            ConditionKind::Compare { .. }
            | ConditionKind::Includes { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Holds(_) => {}
        }
    }
}

impl Operand {
    fn for_each<'a>(&'a self, visit: &mut impl FnMut(&'a Operand)) {
        visit(self);
        if let OperandKind::State(_, Some(key)) = &self.kind {
            key.for_each(visit);
        }
    }
}
