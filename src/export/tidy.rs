//! Shorter formulas of the same meaning.

use super::formula::{Formula, Term, Variable};

/// Writes `_` for variables that are quantified and occur once, and drops those that do not occur.
pub(super) fn tidy(formula: Formula) -> Formula {
    match formula {
        Formula::Exists(variables, inner) => {
            let mut inner = tidy(*inner);
            let mut kept = Vec::new();
            for variable in variables {
                match occurrences(&inner, &variable) {
                    0 => {}
                    1 if forget(&mut inner, &variable) => {}
                    _ => kept.push(variable),
                }
            }
            match inner {
                // Two quantifiers in a row are one.
                Formula::Exists(more, innermost) if !kept.is_empty() => {
                    kept.extend(more);
                    Formula::Exists(kept, innermost)
                }
                inner => inner.exists(kept),
            }
        }
        Formula::Predicate(..) | Formula::Compare(..) => formula,
        Formula::Not(inner) => tidy(*inner).negated(),
        Formula::Previous(inner) => tidy(*inner).previously(),
        Formula::Once(interval, inner) => tidy(*inner).once(interval),
        Formula::Eventually(interval, inner) => Formula::Eventually(interval, Box::new(tidy(*inner))),
        Formula::Since(left, right) => Formula::Since(Box::new(tidy(*left)), Box::new(tidy(*right))),
        Formula::And(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match tidy(part) {
                    // Conjunction is read from the left, so only a conjunction that comes first can be opened.
                    Formula::And(inner) if flat.is_empty() => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            Formula::And(flat)
        }
        Formula::Or(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match tidy(part) {
                    Formula::Or(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            Formula::Or(flat)
        }
        Formula::Count {
            result,
            counted,
            group,
            body,
        } => Formula::Count {
            result,
            counted,
            group,
            body: Box::new(tidy(*body)),
        },
    }
}

fn occurrences(formula: &Formula, variable: &Variable) -> usize {
    let in_terms = |terms: &[&Term]| terms.iter().filter(|term| term.variable() == Some(variable)).count();
    match formula {
        Formula::Predicate(_, terms) => in_terms(&terms.iter().collect::<Vec<_>>()),
        Formula::Compare(left, _, right) => in_terms(&[left, right]),
        Formula::Not(inner) | Formula::Previous(inner) | Formula::Once(_, inner) | Formula::Eventually(_, inner) => {
            occurrences(inner, variable)
        }
        Formula::And(parts) | Formula::Or(parts) => parts.iter().map(|part| occurrences(part, variable)).sum(),
        Formula::Since(left, right) => occurrences(left, variable) + occurrences(right, variable),
        Formula::Exists(variables, _) if variables.contains(variable) => 0,
        Formula::Exists(_, inner) => occurrences(inner, variable),
        Formula::Count {
            result,
            counted,
            group,
            body,
        } => {
            let named = group.iter().chain([result, counted]).filter(|name| *name == variable);
            named.count() + occurrences(body, variable)
        }
    }
}

/// Writes `_` for the one occurrence of a variable, if it can be quantified right there.
fn forget(formula: &mut Formula, variable: &Variable) -> bool {
    match formula {
        Formula::Predicate(_, terms) => {
            let found = terms.iter_mut().find(|term| **term == Term::Variable(variable.clone()));
            found.is_some_and(|term| {
                *term = Term::Something;
                true
            })
        }
        // "For some" does not commute with these.
        Formula::Compare(..) | Formula::Not(_) | Formula::Since(..) | Formula::Count { .. } => false,
        Formula::And(parts) | Formula::Or(parts) => parts.iter_mut().any(|part| forget(part, variable)),
        Formula::Exists(_, inner)
        | Formula::Previous(inner)
        | Formula::Once(_, inner)
        | Formula::Eventually(_, inner) => forget(inner, variable),
    }
}
