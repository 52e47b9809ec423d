//! An `ensure` and an `avoid` of the same events.

use super::domain::Domains;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Agreement, Clause, Extent, Goal, Model, Pattern, Standing, Strength, Var};
use crate::time::Due;

/// Duties that can only be kept by breaking another one: each event that would answer the `ensure` breaks the `avoid`.
pub(super) fn ensured_and_avoided(model: &Model, found: &mut Vec<Diagnostic>) {
    let forbidden: Vec<(&Clause, &Pattern, Domains)> = model
        .clauses
        .iter()
        .filter_map(
            |clause| match &clause.duties.first().filter(|duty| duty.end.is_none())?.goal {
                Goal::Avoid {
                    pattern,
                    guards,
                    more_than: None,
                    extent: Extent::Standing(window),
                } if guards.is_empty()
                    && clause.exceptions.is_empty()
                    && covers_the_term(model.agreement(clause.agreement), *window) =>
                {
                    Some((clause, pattern, Domains::of(&pattern.conditions, Var::Subject)))
                }
                _ => None,
            },
        )
        .collect();
    for clause in &model.clauses {
        let Some(duty) = clause.duties.first().filter(|duty| duty.strength == Strength::Binding) else {
            continue;
        };
        let (Goal::Ensure { pattern, .. } | Goal::EnsureEach { pattern, .. }) = &duty.goal else {
            continue;
        };
        let wanted = Domains::of(&pattern.conditions, Var::Subject);
        for (other, avoided, domains) in &forbidden {
            if avoided.event == pattern.event && other.agreement == clause.agreement && wanted.imply(domains) {
                let message = format!("`{}` can only be kept by breaking `{}`", clause.name, other.name);
                let diagnostic =
                    Diagnostic::warning(Code::Collision, message, pattern.span, "every event that answers this");
                found.push(
                    diagnostic
                        .also(avoided.span, "is one that must be avoided")
                        .help("narrow one of the two conditions so that an event can satisfy both"),
                );
            }
        }
    }
}

fn covers_the_term(agreement: &Agreement, window: Standing) -> bool {
    // What ends by itself can end before a term that is extended.
    let to_the_end = window.own.is_none() || !agreement.can_be_extended();
    window.start == agreement.start && window.end().map(Due::edge) == agreement.end && to_the_end
}
