//! Triggers that never happen, and triggers that answer the duty they open.

use super::domain::Domains;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Clock, Clocks, Condition, ConditionKind, Extent, FieldRef, Goal, LeadTime, Model, Opening, Operand, OperandKind,
    Pattern, Relative, Trigger, Var,
};
use crate::syntax::ast::CompareOp;

/// Patterns and triggers whose conditions no event can satisfy.
pub(super) fn never(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut report = |what: &str, domains: &Domains| {
        let Some(places) = domains.contradiction() else { return };
        let Some((&last, before)) = places.split_last() else {
            return;
        };
        let message = format!("{what}: these conditions are never true together");
        let mut diagnostic = Diagnostic::error(Code::NeverTrue, message, last, "and this cannot be as well");
        for &place in before {
            diagnostic = diagnostic.also(place, "this is asked for");
        }
        found.push(diagnostic.help("loosen one of them, or leave the clause out"));
    };
    let lives = model.agreements.iter().map(|agreement| &agreement.life);
    for rule in lives.chain(model.clauses.iter().map(|clause| &clause.life)).flatten() {
        report(
            "no event can ever do this",
            &Domains::of(&rule.pattern.conditions, Var::Subject),
        );
    }
    for clause in &model.clauses {
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            match trigger.opening() {
                [pattern] => {
                    let mut domains = Domains::of(&pattern.conditions, Var::Subject);
                    domains.and(Domains::of(guards, Var::Trigger));
                    report("the clause can never be triggered", &domains);
                }
                // What guards ask of one of several is not asked of its own fields.
                alternatives => {
                    for pattern in alternatives {
                        let domains = Domains::of(&pattern.conditions, Var::Subject);
                        report("this can never trigger the clause", &domains);
                    }
                }
            }
            if let Trigger::Sequence(sequence) = trigger {
                let conditions = sequence.first.conditions.iter().chain(&sequence.then.conditions);
                let domains = Domains::of(conditions.chain(guards), Var::Earlier);
                report("the sequence can never begin", &domains);
            }
        }
        for waiver in &clause.waivers {
            report(
                "no event can ever release this duty",
                &Domains::of(&waiver.conditions, Var::Subject),
            );
        }
        for duty in &clause.duties {
            if let Some(end) = &duty.end {
                report(
                    "no event can ever end the time of this duty",
                    &Domains::of(&end.conditions, Var::Subject),
                );
            }
            match &duty.goal {
                Goal::Ensure { pattern, .. }
                | Goal::EnsureBefore { pattern, .. }
                | Goal::EnsureEach { pattern, .. } => {
                    report(
                        "no event can ever satisfy this",
                        &Domains::of(&pattern.conditions, Var::Subject),
                    );
                }
                Goal::Avoid { pattern, guards, .. } | Goal::AvoidEach { pattern, guards, .. } => {
                    let conditions = pattern.conditions.iter().chain(guards);
                    report("no event can ever break this", &Domains::of(conditions, Var::Subject));
                }
                Goal::Bound(bound) => {
                    for figure in [Some(&bound.figure), bound.reference()].into_iter().flatten() {
                        let conditions = &figure.pattern.conditions;
                        report(
                            "no event can ever be part of this",
                            &Domains::of(conditions, Var::Subject),
                        );
                    }
                }
                Goal::Permit {
                    pattern,
                    guards,
                    forbids,
                    ..
                } => {
                    let conditions = pattern.conditions.iter().chain(guards).chain(forbids);
                    report(
                        "this permits nothing that is forbidden",
                        &Domains::of(conditions, Var::Subject),
                    );
                }
                Goal::Maintain { .. } => {}
            }
        }
    }
}

/// `ensure`s that the event which opens them always answers itself.
pub(super) fn answers_itself(model: &Model, found: &mut Vec<Diagnostic>) {
    for clause in &model.clauses {
        let Opening::Trigger { trigger, guards } = &clause.opening else {
            continue;
        };
        let [trigger] = trigger.opening() else { continue };
        let answers_at_once = |clocks: &Clocks| clocks.iter().all(Clock::counts_from_the_opening);
        // What ends the time of the duty at the instant of its opening leaves it no time to be answered.
        let never_ended = clause.duties.first().filter(|duty| duty.end.is_none());
        let pattern = match never_ended.map(|duty| &duty.goal) {
            Some(Goal::Ensure {
                pattern,
                count: 1,
                extent: Extent::Relative(Relative::Until(clocks)),
                ..
            }) if answers_at_once(clocks) => pattern,
            Some(Goal::EnsureBefore {
                pattern,
                count: 1,
                lead: LeadTime::Within(_),
            }) => pattern,
            _ => continue,
        };
        if pattern.event != trigger.event {
            continue;
        }
        let mut known = Domains::of(&trigger.conditions, Var::Subject);
        known.and(Domains::of(guards, Var::Trigger));
        let always = pattern.conditions.iter().all(|condition| {
            equates_a_field_with_itself(model, pattern, condition)
                || known.imply(&Domains::of([condition], Var::Subject))
        });
        if always {
            let message = "the event that opens this duty always answers it, so it can never be broken";
            let diagnostic = Diagnostic::error(Code::AnswersItself, message, pattern.span, "also this event itself");
            let help = "say that it must be another one, as in `where u.id != t.id`";
            found.push(diagnostic.also(trigger.span, "opens the duty").help(help));
        }
    }
}

/// `u.x == t.x`, where the trigger t is the answer u: true if the field is there.
fn equates_a_field_with_itself(model: &Model, pattern: &Pattern, condition: &Condition) -> bool {
    let ConditionKind::Compare {
        left: Operand {
            kind: OperandKind::Field(left_var, left),
            ..
        },
        op: CompareOp::Equal | CompareOp::LessOrEqual | CompareOp::GreaterOrEqual,
        right: Operand {
            kind: OperandKind::Field(right_var, right),
            ..
        },
    } = &condition.kind
    else {
        return false;
    };
    let vars = [*left_var, *right_var];
    let there = match left {
        FieldRef::Time => true,
        FieldRef::Declared(id) => !model.event(pattern.event).field(*id).optional,
    };
    left == right && there && vars.contains(&Var::Subject) && vars.contains(&Var::Trigger)
}
