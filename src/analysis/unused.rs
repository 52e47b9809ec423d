//! Declarations that nothing uses.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Condition, EventTypeId, Goal, Measure, Model, Opening, OperandKind, Pattern, StateId};
use crate::value::Type;

/// Event types, states and parties that no clause has a use for.
pub(super) fn declarations(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut used = Used::default();
    for clause in &model.clauses {
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            trigger.patterns().for_each(|pattern| used.pattern(pattern));
            guards.iter().for_each(|guard| used.condition(guard));
        }
        clause.waivers.iter().for_each(|waiver| used.pattern(waiver));
        for duty in &clause.duties {
            match &duty.goal {
                Goal::Ensure { pattern, excuse, .. } => {
                    used.pattern(pattern);
                    excuse.iter().for_each(|excuse| used.condition(excuse));
                }
                Goal::EnsureBefore { pattern, .. } | Goal::EnsureEach { pattern, .. } => used.pattern(pattern),
                Goal::Avoid { pattern, guards, .. } | Goal::AvoidEach { pattern, guards, .. } => {
                    used.pattern(pattern);
                    guards.iter().for_each(|guard| used.condition(guard));
                }
                Goal::Permit { pattern, guards, .. } => {
                    used.pattern(pattern);
                    guards.iter().for_each(|guard| used.condition(guard));
                }
                Goal::Maintain { condition, .. } => used.condition(condition),
                Goal::Bound(bound) => {
                    for figure in [Some(&bound.figure), bound.reference()].into_iter().flatten() {
                        used.pattern(&figure.pattern);
                        if let Measure::Share(condition) = &figure.measure {
                            used.condition(condition);
                        }
                    }
                    bound.guards.iter().for_each(|guard| used.condition(guard));
                }
            }
        }
    }
    if model.clauses.is_empty() {
        // A file of declarations for others to share.
        return;
    }
    for (id, state) in (0..).map(StateId).zip(&model.states) {
        if used.states.contains(&id) {
            for setter in &state.setters {
                used.pattern(&setter.pattern);
            }
        } else {
            let message = format!("no clause looks at the state `{}`", state.name);
            let diagnostic = Diagnostic::warning(Code::Unused, message, state.span, "unused");
            found.push(diagnostic.help("use it in `if`, `unless` or `maintain`, or leave it out"));
            for setter in &state.setters {
                used.pattern(&setter.pattern);
            }
        }
    }
    for (id, event) in (0..).map(EventTypeId).zip(&model.events) {
        if !used.events.contains(&id) {
            let message = format!("no clause looks at the event `{}`", event.name);
            let diagnostic = Diagnostic::warning(Code::Unused, message, event.span, "unused");
            found.push(
                diagnostic.help("it can still be in a log, where it changes nothing; leave it out if it should not be"),
            );
        }
    }
    let parties_occur = model
        .events
        .iter()
        .flat_map(|event| &event.fields)
        .any(|field| match &field.ty {
            Type::Party => true,
            Type::Set(element) => **element == Type::Party,
            _ => false,
        });
    let named: HashSet<&str> = actors(model).collect();
    for party in &model.parties {
        if !parties_occur && !named.contains(party.name.as_str()) {
            let message = format!("the party `{}` owes nothing, and no event can name it", party.name);
            let diagnostic = Diagnostic::warning(Code::Unused, message, party.span, "unused");
            found.push(diagnostic.help("leave it out, or give an event a field of type `party`"));
        }
    }
}

fn actors(model: &Model) -> impl Iterator<Item = &str> {
    let duties = model.clauses.iter().flat_map(|clause| &clause.duties);
    duties
        .flat_map(|duty| &duty.actors)
        .filter_map(|actor| match &actor.kind {
            OperandKind::Literal(crate::value::Value::Party(id)) => Some(model.party(*id).name.as_str()),
            _ => None,
        })
}

#[derive(Default)]
struct Used {
    events: HashSet<EventTypeId>,
    states: HashSet<StateId>,
}

impl Used {
    fn pattern(&mut self, pattern: &Pattern) {
        self.events.insert(pattern.event);
        pattern
            .conditions
            .iter()
            .for_each(|condition| self.condition(condition));
    }

    fn condition(&mut self, condition: &Condition) {
        condition.for_each_operand(&mut |operand| {
            if let OperandKind::State(state, _) = &operand.kind {
                self.states.insert(*state);
            }
        });
        condition.for_each_past(&mut |query| {
            self.events.insert(query.pattern.event);
        });
    }
}
