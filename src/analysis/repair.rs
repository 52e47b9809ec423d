//! Repairs that cannot come in time.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Clock, Extent, FieldRef, Goal, Model, OperandKind, Relative, Var};
use crate::time::Zone;

/// `otherwise` duties that are due before the breach they answer.
pub(super) fn too_late(model: &Model, found: &mut Vec<Diagnostic>) {
    for clause in &model.clauses {
        for pair in clause.duties.windows(2) {
            let [before, repair] = pair else { continue };
            let (Goal::Ensure { extent: first, .. }, Goal::Ensure { extent: second, .. }) =
                (&before.goal, &repair.goal)
            else {
                continue;
            };
            let zone = &model.agreement(clause.agreement).zone;
            // An event can break the duty earlier than its clocks.
            if before.end.is_none() && is_due_before(first, second, zone) {
                let message = "this repair is due before the breach that it answers, so it can never come in time";
                let span = repair.timing_span.unwrap_or(repair.span);
                let mut diagnostic = Diagnostic::error(Code::RepairTooLate, message, span, "due by then");
                if let Some(span) = before.timing_span {
                    diagnostic = diagnostic.also(span, "broken only after this");
                }
                found.push(diagnostic.help("give it more time, or count from the breach: `within D` without `of`"));
            }
        }
    }
}

/// Whether the second extent, of a repair, certainly ends when the first one does or before.
fn is_due_before(first: &Extent, second: &Extent, zone: &Zone) -> bool {
    let Extent::Relative(Relative::Until(repair)) = second else {
        return false;
    };
    match first {
        // The earliest clock of the repair is before the earliest of the duty if it has one before each of them.
        Extent::Relative(Relative::Until(broken)) => broken
            .iter()
            .all(|broken| repair.iter().any(|due| runs_out_before(broken, due, zone))),
        Extent::Relative(Relative::Never) => false,
        Extent::Standing(standing) => repair
            .iter()
            .filter_map(|clock| clock.fixed(zone))
            .any(|due| standing.end().is_some_and(|broken| due <= broken)),
    }
}

/// Whether the second clock, of a repair, certainly runs out when the first one does or before.
fn runs_out_before(first: &Clock, second: &Clock, zone: &Zone) -> bool {
    match (first, second) {
        (Clock::Within(broken), Clock::WithinOf(due, from)) => {
            let from_trigger = matches!(from.kind, OperandKind::Field(Var::Trigger, FieldRef::Time));
            // Calendar units are compared unit by unit, which is certain in any zone.
            let longer = due.months() > broken.months()
                || due.days() > broken.days()
                || due.nanoseconds() > broken.nanoseconds();
            from_trigger && !longer
        }
        _ => match (first.fixed(zone), second.fixed(zone)) {
            (Some(broken), Some(due)) => due <= broken,
            _ => false,
        },
    }
}
