//! The life of a duty: the states that an instance can be in, and what takes it from one to the next.

use super::conditions::Words;
use super::prose::pattern_of;
use crate::model::{Clause, Goal, LifeChange, Model, Opening, Strength, Trigger, Var};

/// What an instance of a duty can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifeState {
    /// Not there yet.
    Idle,
    /// Owed: the duty with this position in the chain.
    Owed(u8),
    /// Done in time.
    Met,
    /// Not kept, with nothing that repairs it.
    Violated,
    /// Not kept, and repaired.
    Repaired,
    /// Done late, and excused.
    Excused,
    /// Released.
    Waived,
}

/// A step in the life of a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// From where.
    pub from: LifeState,
    /// To where.
    pub to: LifeState,
    /// What takes it there.
    pub by: String,
}

/// The steps that an instance of a clause can take.
pub(super) fn transitions(model: &Model, clause: &Clause) -> Vec<Transition> {
    let words = Words { model, clause };
    let mut steps = vec![Transition {
        from: LifeState::Idle,
        to: LifeState::Owed(0),
        by: match &clause.opening {
            Opening::Trigger { trigger, .. } => opened_by(&words, trigger),
            Opening::Standing => "its time begins".to_owned(),
        },
    }];
    let last = clause.duties.len().saturating_sub(1);
    for (position, duty) in clause.duties.iter().enumerate() {
        let place = u8::try_from(position).unwrap_or(u8::MAX);
        let from = LifeState::Owed(place);
        let done = if position == 0 {
            LifeState::Met
        } else {
            LifeState::Repaired
        };
        let (kept, broken) = ways(&words, &duty.goal);
        steps.push(Transition {
            from,
            to: done,
            by: kept,
        });
        if matches!(duty.strength, Strength::Aim | Strength::Permission) {
            continue;
        }
        let next = if position == last {
            LifeState::Violated
        } else {
            LifeState::Owed(place.saturating_add(1))
        };
        steps.push(Transition {
            from,
            to: next,
            by: broken,
        });
        if let Goal::Ensure { excuse: Some(_), .. } = &duty.goal {
            steps.push(Transition {
                from: next,
                to: LifeState::Excused,
                by: "it comes late, with what excuses that".to_owned(),
            });
        }
    }
    let agreement = model.agreement(clause.agreement);
    for rule in agreement.life.iter().chain(&clause.life) {
        let ends = match rule.change {
            LifeChange::Suspend => "suspends",
            LifeChange::End(_) => "ends",
            LifeChange::Resume | LifeChange::Extend(_) => continue,
        };
        let event = words.event(rule.pattern.event);
        steps.push(Transition {
            from: LifeState::Owed(0),
            to: LifeState::Waived,
            by: format!("{event} {ends} what it is owed by"),
        });
    }
    for pattern in &clause.waivers {
        steps.push(Transition {
            from: LifeState::Owed(0),
            to: LifeState::Waived,
            by: words.event(pattern.event),
        });
    }
    steps
}

fn opened_by(words: &Words<'_>, trigger: &Trigger) -> String {
    let names: Vec<String> = trigger
        .opening()
        .iter()
        .map(|pattern| words.event(pattern.event))
        .collect();
    let names = super::conditions::listed(&names, "or");
    match trigger {
        Trigger::Any(_) => names,
        Trigger::Sequence(sequence) => format!("{names} after {}", words.event(sequence.first.event)),
        Trigger::Repeated(repetition) => format!("{names}, number {}", repetition.count),
    }
}

/// What keeps a goal, and what breaks it.
fn ways(words: &Words<'_>, goal: &Goal) -> (String, String) {
    let event = pattern_of(goal).map_or_else(String::new, |pattern| words.pattern(pattern, Var::Subject));
    match goal {
        Goal::Ensure { count, .. } => {
            let kept = if *count == 1 {
                event
            } else {
                format!("{count} times {event}")
            };
            (format!("{kept}, in time"), "its time runs out without".to_owned())
        }
        Goal::EnsureBefore { .. } => (
            format!("{event} had come in time"),
            "nothing that counts had come in time".to_owned(),
        ),
        Goal::EnsureEach { .. } => (
            format!("{event}, often enough"),
            "the period ends, and it was not often enough".to_owned(),
        ),
        Goal::Avoid { more_than, .. } => {
            let too_many = more_than.map_or_else(
                || event.clone(),
                |count| format!("number {} of {event}", u64::from(count) + 1),
            );
            ("its time is over, and nothing broke it".to_owned(), too_many)
        }
        Goal::AvoidEach { more_than, .. } => (
            "the period ends, and it was not too often".to_owned(),
            format!("number {} of {event}", u64::from(*more_than) + 1),
        ),
        Goal::Permit { .. } => (event, String::new()),
        Goal::Maintain { .. } => (
            "its time is over, and it was so throughout".to_owned(),
            "it is not so for a time".to_owned(),
        ),
        Goal::Bound(_) => (
            "its time is over, and the figure is within its bound".to_owned(),
            "the figure is beyond its bound".to_owned(),
        ),
    }
}
