//! A pattern judged as a whole, for duties that need no index.

use smallvec::SmallVec;

use super::evaluate::{Bindings, Context, Frame, evaluate};
use super::truth::Truth;
use crate::log::Event;
use crate::model::Condition;
use crate::plan::PatternPlan;

fn conjuncts(pattern: &PatternPlan) -> impl Iterator<Item = (u16, &Condition)> {
    let local = pattern
        .local
        .iter()
        .map(|conjunct| (conjunct.position, &conjunct.condition));
    let joins = pattern.joins.iter().map(|join| (join.position, &join.condition));
    let residual = pattern
        .residual
        .iter()
        .map(|conjunct| (conjunct.position, &conjunct.condition));
    local.chain(joins).chain(residual)
}

/// Whether an event counts: the pattern's conjuncts and the guards together.
pub(super) fn pattern_truth(pattern: &PatternPlan, bindings: &Bindings, event: &Event, context: &Context<'_>) -> Truth {
    let frame = Frame {
        subject: Some(event),
        ..bindings.frame()
    };
    truth_in(pattern, &frame, context)
}

/// Whether an event counts, with what the names of a frame stand for; the event is its subject.
pub(super) fn truth_in(pattern: &PatternPlan, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
    Truth::all(conjuncts(pattern).map(|(_, condition)| evaluate(condition, frame, context)))
}

/// The positions of the conjuncts that are not true of an event, which is the subject of a frame.
pub(super) fn failed(pattern: &PatternPlan, frame: &Frame<'_>, context: &Context<'_>) -> SmallVec<[u16; 4]> {
    conjuncts(pattern)
        .filter(|(_, condition)| evaluate(condition, frame, context) != Truth::True)
        .map(|(position, _)| position)
        .collect()
}
