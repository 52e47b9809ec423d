//! What names of a clause stand for in a formula, and what translates it.

use std::collections::{BTreeMap, BTreeSet};

use super::formula::{Formula, Interval, Term, Variable};
use super::refusal::{Reason, Refused};
use super::vocabulary::{Namer, Vocabulary};
use crate::model::{Condition, EventTypeId, FieldId, FieldRef, Model, OperandKind, Var};
use crate::source::Span;
use crate::time::{Duration, Zone};

/// Where, seen from the time point at which a formula is judged, an event is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    Here,
    Once(Interval),
    Eventually(Interval),
}

impl Reach {
    /// A formula that is judged where the event is.
    pub(super) fn wrap(self, formula: Formula) -> Formula {
        match self {
            Reach::Here => formula,
            Reach::Once(interval) => formula.once(interval),
            Reach::Eventually(interval) => Formula::Eventually(interval, Box::new(formula)),
        }
    }
}

/// An event that a name stands for.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) event: EventTypeId,
    pub(super) number: Variable,
    pub(super) time: Variable,
    /// The values of the fields that are looked at.
    pub(super) values: BTreeMap<FieldId, Term>,
    /// For optional fields, whether they are there.
    pub(super) given: BTreeMap<FieldId, Term>,
    pub(super) reach: Reach,
    /// The variables that its predicate brought.
    pub(super) own: Vec<Variable>,
}

impl Bound {
    pub(super) fn reached(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }
}

/// What can be named.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) events: BTreeMap<Var, Bound>,
    /// What `for every` stands for.
    pub(super) key: Option<Term>,
    /// Whether values that contradict each other keep a condition from being true, as `maintain` has it.
    pub(super) doubting: bool,
}

impl Scope {
    pub(super) fn with(&self, var: Var, bound: Bound) -> Scope {
        let mut scope = self.clone();
        scope.events.insert(var, bound);
        scope
    }
}

/// Translates one clause.
pub(super) struct Translator<'a> {
    pub(super) model: &'a Model,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) zone: &'a Zone,
    pub(super) names: Namer,
}

/// Formulas with more parts are not written. It bounds what conditions with many alternatives can grow to.
pub(super) const MOST_PARTS: usize = 3_000;

impl Translator<'_> {
    /// The length of a duration, if it has one.
    pub(super) fn length(&self, duration: Duration, span: Span) -> Result<i128, Refused> {
        let day = 24 * 3_600 * 1_000_000_000_i128;
        let days_are_equal = self.zone.name() == "UTC";
        if duration.months() > 0 || (duration.days() > 0 && !days_are_equal) {
            let zone = self.zone.name().to_owned();
            return Err(Reason::Calendar { duration, zone }.at(span));
        }
        Ok(i128::from(duration.days()) * day + i128::from(duration.nanoseconds()))
    }

    /// Keeps formulas from growing without bound.
    pub(super) fn bounded(formula: Formula, span: Span) -> Result<Formula, Refused> {
        if formula.size() > MOST_PARTS {
            return Err(Reason::TooLarge { most: MOST_PARTS }.at(span));
        }
        Ok(formula)
    }
}

/// The fields of an event that conditions look at.
pub(super) fn fields_of<'a>(var: Var, conditions: impl IntoIterator<Item = &'a Condition>) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    for condition in conditions {
        condition.for_each_operand(&mut |operand| {
            if let OperandKind::Field(of, FieldRef::Declared(field)) = operand.kind
                && of == var
            {
                fields.insert(field);
            }
        });
    }
    fields
}

/// Whether a condition looks at no event but this one.
pub(super) fn is_about(condition: &Condition, var: Var) -> bool {
    let mut about = true;
    condition.for_each_operand(&mut |operand| match operand.kind {
        OperandKind::Field(of, _) | OperandKind::Common(of, _) => about &= of == var,
        OperandKind::State(..) | OperandKind::Key => about = false,
        OperandKind::Literal(_) => {}
    });
    about
}
