//! What can be said of rules without a log: clauses that say nothing, collide, or provide for what cannot happen.
//!
//! Everything reported here is certain, whatever a log holds. What only looks odd is not reported.

mod collision;
mod domain;
mod redundant;
mod repair;
mod trigger;
mod unused;

use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::source::SourceMap;

/// Everything that is certainly amiss in a model, in the order of the rule files.
pub fn analyse(model: &Model) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    trigger::never(model, &mut found);
    trigger::answers_itself(model, &mut found);
    collision::ensured_and_avoided(model, &mut found);
    repair::too_late(model, &mut found);
    unused::declarations(model, &mut found);
    found.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    found
}

/// What is certainly amiss in the texts that a model was built from, and what the model does not hold: predicates and templates that nothing uses,
/// and conditions that change nothing.
pub fn analyse_texts(model: &Model, sources: &SourceMap) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    redundant::conditions(model, sources, &mut found);
    if !model.clauses.is_empty() {
        unused::reusables(sources, &mut found);
    }
    found
}

/// Adds to what is unused the fix that leaves it out.
pub fn with_removals(found: &mut [Diagnostic], sources: &SourceMap) {
    for diagnostic in found {
        unused::removal(diagnostic, sources);
    }
}
