//! Walks over conditions, for those who look for something in them.

use super::{
    Clause, Condition, ConditionKind, Exception, Goal, LifeRule, Measure, Opening, Operand, OperandKind, PastQuery,
    Pattern,
};
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

    /// Whether it depends on the value of a state.
    pub fn looks_at_states(&self) -> bool {
        let mut looks = false;
        self.for_each_operand(&mut |operand| looks |= matches!(operand.kind, OperandKind::State(..)));
        looks
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

impl Clause {
    /// Whether anything that is decided of it depends on the value of a state.
    pub fn looks_at_states(&self) -> bool {
        let opens = match &self.opening {
            Opening::Standing => false,
            Opening::Trigger { trigger, guards } => {
                trigger.patterns().any(pattern_looks_at_states) || guards.iter().any(Condition::looks_at_states)
            }
        };
        opens
            || self.waivers.iter().any(pattern_looks_at_states)
            || self.life.iter().any(LifeRule::looks_at_states)
            || self.exceptions.iter().any(Exception::looks_at_states)
            || self
                .duties
                .iter()
                .any(|duty| duty.end.iter().any(pattern_looks_at_states) || duty.goal.looks_at_states())
    }
}

impl LifeRule {
    /// Whether it depends on the value of a state.
    pub fn looks_at_states(&self) -> bool {
        pattern_looks_at_states(&self.pattern)
    }
}

impl Exception {
    fn looks_at_states(&self) -> bool {
        self.conditions.iter().any(Condition::looks_at_states)
    }
}

impl Goal {
    fn looks_at_states(&self) -> bool {
        let any = |conditions: &[Condition]| conditions.iter().any(Condition::looks_at_states);
        match self {
            Goal::Ensure { pattern, excuse, .. } => {
                pattern_looks_at_states(pattern) || excuse.as_ref().is_some_and(Condition::looks_at_states)
            }
            Goal::EnsureBefore { pattern, .. } | Goal::EnsureEach { pattern, .. } => pattern_looks_at_states(pattern),
            Goal::Avoid { pattern, guards, .. } | Goal::AvoidEach { pattern, guards, .. } => {
                pattern_looks_at_states(pattern) || any(guards)
            }
            Goal::Permit {
                pattern,
                guards,
                forbids,
                ..
            } => pattern_looks_at_states(pattern) || any(guards) || any(forbids),
            Goal::Maintain { .. } => true,
            Goal::Bound(bound) => {
                let mut figures = [Some(&bound.figure), bound.reference()].into_iter().flatten();
                any(&bound.guards)
                    || figures.any(|figure| {
                        let shares = match &figure.measure {
                            Measure::Share(condition) => condition.looks_at_states(),
                            _ => false,
                        };
                        shares || pattern_looks_at_states(&figure.pattern)
                    })
            }
        }
    }
}

fn pattern_looks_at_states(pattern: &Pattern) -> bool {
    pattern.conditions.iter().any(Condition::looks_at_states)
}

impl Operand {
    fn for_each<'a>(&'a self, visit: &mut impl FnMut(&'a Operand)) {
        visit(self);
        if let OperandKind::State(_, Some(key)) = &self.kind {
            key.for_each(visit);
        }
    }
}
