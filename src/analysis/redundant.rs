//! Conditions that are true whenever the others beside them are.

use super::domain::Domains;
use crate::diagnostic::{Code, Diagnostic, Fix, Safety};
use crate::model::{Clause, Condition, Goal, Model, Opening, Pattern, Var};
use crate::source::{SourceMap, Span};
use crate::syntax;

/// More conjuncts than any person writes. Each is compared with all others, so that more would cost without bound.
const MAX_COMPARED: usize = 200;

/// Conjuncts of a `where` that ask of a field what other conjuncts there ask of it more narrowly. Such a conjunct is also unknown only where the
/// others are, as it looks at the same field.
pub(super) fn conditions(model: &Model, sources: &SourceMap, found: &mut Vec<Diagnostic>) {
    // What is redundant with one argument of a template is not with another.
    for clause in model.clauses.iter().filter(|clause| clause.application.is_none()) {
        for pattern in patterns(clause) {
            of_pattern(pattern, sources, found);
        }
    }
}

fn of_pattern(pattern: &Pattern, sources: &SourceMap, found: &mut Vec<Diagnostic>) {
    if pattern.conditions.len() > MAX_COMPARED {
        return;
    }
    let mut kept: Vec<&Condition> = pattern.conditions.iter().collect();
    for condition in pattern.conditions.iter().rev() {
        let own = Domains::of([condition], Var::Subject);
        let others: Vec<&Condition> = kept
            .iter()
            .copied()
            .filter(|other| !std::ptr::eq(*other, condition))
            .collect();
        let wanted = Domains::of(others.iter().copied(), Var::Subject);
        if !own.exact || wanted.contradiction().is_some() || !wanted.imply(&own) {
            continue;
        }
        let Some(narrower) = others
            .iter()
            .rev()
            .find(|other| Domains::of([**other], Var::Subject).imply(&own))
        else {
            // Several others together: true, but no single one that a person could be shown.
            continue;
        };
        // What a predicate says is right for others who ask it.
        let Some(cut) = cut(pattern, condition.span, sources) else {
            continue;
        };
        kept = others.clone();
        let message = "this condition is true whenever another one beside it is";
        let diagnostic = Diagnostic::warning(Code::Redundant, message, condition.span, "changes nothing");
        let fix = Fix {
            title: "leave the condition out".to_owned(),
            span: cut,
            replacement: String::new(),
            safety: Safety::Safe,
        };
        found.push(
            diagnostic
                .also(narrower.span, "as this asks for no less")
                .help("leave it out, or say what else was meant")
                .fixed_by(fix),
        );
    }
}

fn cut(pattern: &Pattern, condition: Span, sources: &SourceMap) -> Option<Span> {
    if pattern.span.source != condition.source {
        return None;
    }
    let text = sources.get(condition.source)?.text();
    let cut = syntax::conjunct(text, &pattern.span.range(), &condition.range())?;
    Some(Span::of(condition.source, cut))
}

/// The patterns of a clause, looks into the past apart.
fn patterns(clause: &Clause) -> Vec<&Pattern> {
    let mut found: Vec<&Pattern> = Vec::new();
    if let Opening::Trigger { trigger, .. } = &clause.opening {
        found.extend(trigger.patterns());
    }
    for duty in &clause.duties {
        match &duty.goal {
            Goal::Ensure { pattern, .. }
            | Goal::EnsureBefore { pattern, .. }
            | Goal::EnsureEach { pattern, .. }
            | Goal::Avoid { pattern, .. }
            | Goal::AvoidEach { pattern, .. }
            | Goal::Permit { pattern, .. } => found.push(pattern),
            Goal::Bound(bound) => {
                found.extend(
                    [Some(&bound.figure), bound.reference()]
                        .into_iter()
                        .flatten()
                        .map(|figure| &figure.pattern),
                );
            }
            Goal::Maintain { .. } => {}
        }
    }
    found.extend(&clause.waivers);
    found
}
