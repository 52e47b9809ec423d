//! What can be said of rules without a log: clauses that say nothing, collide, or provide for what cannot happen.
//!
//! Everything reported here is certain, whatever a log holds. What only looks odd is not reported.

mod collision;
mod domain;
mod repair;
mod trigger;
mod unused;

use crate::diagnostic::Diagnostic;
use crate::model::Model;

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
