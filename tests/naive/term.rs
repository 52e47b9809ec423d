//! Section 4.11 of the reference: the term of an agreement that events extend.

use servanda::log::Event;
use servanda::model::{
    Agreement, Clause, Extension, Extent, FieldRef, Goal, LifeChange, Model, Opening, Reach, Standing, Strength,
};
use servanda::time::{Due, Instant};
use servanda::value::Value;

use super::condition::{Facts, field_of};
use super::evaluate::Instance;
use super::life::{does, notices};
use super::row::{OutcomeRow, SubjectRow};

/// When the term of an agreement ends, as far as is known at an instant.
pub(super) fn end_of_term(agreement: &Agreement, facts: Facts<'_>, at: Instant) -> Option<Instant> {
    let mut end = agreement.end?;
    let mut instants: Vec<Instant> = facts.events.iter().map(|event| event.time).collect();
    instants.sort();
    instants.dedup();
    for now in instants.into_iter().filter(|now| *now <= at) {
        let has_begun = agreement.start.is_none_or(|start| start <= now);
        let is_over = end <= now
            || notices(agreement, facts, now)
                .iter()
                .any(|notice| *notice <= now && *notice < end);
        // "One at the instant of the end, or after it, revives nothing."
        if !has_begun || is_over {
            continue;
        }
        // "Each counts from the end in force before that instant, and the latest of the new ends counts."
        let here = facts.events.iter().filter(|event| event.time == now);
        end = here
            .flat_map(|event| extended_by(agreement, event, end, facts))
            .chain([end])
            .max()
            .expect("the end before");
    }
    Some(end)
}

fn extended_by(agreement: &Agreement, event: &Event, end: Instant, facts: Facts<'_>) -> Vec<Instant> {
    let new_end = |extension: Extension| match extension {
        Extension::For(length) => facts.zone.add(end, length),
        Extension::To(field) => match field_of(event, FieldRef::Declared(field)).expect("a field that is there") {
            // "The day is included."
            Value::Date(day) => facts.zone.end_of(day),
            Value::Instant(instant) => instant,
            other => panic!("{other:?} is no end"),
        },
    };
    let rules = agreement.life.iter().filter(|rule| does(rule, event, facts));
    rules
        .filter_map(|rule| match rule.change {
            LifeChange::Extend(extension) => Some(new_end(extension)),
            _ => None,
        })
        .collect()
}

/// "An agreement that is extended is judged as one that was concluded with the later end."
pub(super) fn as_extended(model: &Model, known: &[&Event], as_of: Instant) -> Model {
    let mut extended = model.clone();
    for (position, agreement) in model.agreements.iter().enumerate() {
        let facts = Facts {
            model,
            events: known,
            zone: &agreement.zone,
        };
        extended.agreements[position].end = end_of_term(agreement, facts, as_of);
    }
    let Model {
        agreements, clauses, ..
    } = &mut extended;
    for clause in clauses {
        let end = agreements[clause.agreement.index()].end;
        if let Some(standing) = standing_of(clause) {
            standing.term = standing.term.and(end);
        }
    }
    extended
}

/// The extent of a duty that the term opens.
fn standing_of(clause: &mut Clause) -> Option<&mut Standing> {
    match &mut clause.duties[0].goal {
        Goal::Ensure { extent, .. } | Goal::Avoid { extent, .. } | Goal::Maintain { extent, .. } => standing_in(extent),
        Goal::EnsureEach { periods, .. } | Goal::AvoidEach { periods, .. } => Some(&mut periods.window),
        Goal::Permit { window, .. } => Some(window),
        Goal::EnsureBefore { .. } => None,
        Goal::Bound(bound) => match &mut bound.reach {
            Reach::Each(periods) => Some(&mut periods.window),
            Reach::Any(window) => Some(&mut window.standing),
            Reach::Over(extent) => standing_in(extent),
        },
    }
}

fn standing_in(extent: &mut Extent) -> Option<&mut Standing> {
    match extent {
        Extent::Standing(standing) => Some(standing),
        Extent::Relative(_) => None,
    }
}

/// "What was decided by then is shown with the due time that it was decided with"; at the last instant of the clause all is decided.
pub(super) fn due_as_known(
    (mut subject, mut steps): Instance,
    clause: &Clause,
    end_known_at: impl Fn(Instant) -> Option<Instant>,
    last: Instant,
) -> Instance {
    let duty = &clause.duties[0];
    let standing = matches!(clause.opening, Opening::Standing) && duty.strength != Strength::Aim;
    if let (true, Some(due)) = (standing && !is_floor_in_periods(&duty.goal), steps[0].due) {
        let each_event_is_an_instance = matches!(&duty.goal, Goal::Avoid { more_than: None, .. });
        let decided = match steps[0].outcome {
            OutcomeRow::Met { at: Some(at) } | OutcomeRow::Waived { at } | OutcomeRow::Beyond { at, .. } => at,
            OutcomeRow::Interval { start, .. } | OutcomeRow::Spell { start, .. } => start,
            OutcomeRow::Event { at, .. } if each_event_is_an_instance => at,
            _ => last,
        };
        let known = end_known_at(decided).map(Due::before);
        steps[0].due = known.into_iter().chain([due]).min();
    }
    if let (SubjectRow::Period { end, .. } | SubjectRow::KeyInPeriod { end, .. }, Some(due)) =
        (&mut subject, steps[0].due)
    {
        *end = due.edge();
    }
    (subject, steps)
}

/// A period that owes a floor is whole, so that no extension moves its end.
fn is_floor_in_periods(goal: &Goal) -> bool {
    use servanda::syntax::ast::Direction;
    match goal {
        Goal::EnsureEach { .. } => true,
        Goal::Bound(bound) => bound.direction == Direction::Floor && matches!(bound.reach, Reach::Each(_)),
        _ => false,
    }
}
