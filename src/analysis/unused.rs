//! Declarations that nothing uses.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, Fix, Safety, Severity};
use crate::model::{Condition, EventTypeId, Goal, Measure, Model, Opening, OperandKind, Pattern, ReferenceId, StateId};
use crate::source::{SourceMap, Span};
use crate::syntax;
use crate::value::Type;

/// Event types, states and parties that no clause has a use for.
pub(super) fn declarations(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut used = Used::default();
    for rule in model.agreements.iter().flat_map(|agreement| &agreement.life) {
        used.pattern(&rule.pattern);
    }
    for clause in &model.clauses {
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            trigger.patterns().for_each(|pattern| used.pattern(pattern));
            guards.iter().for_each(|guard| used.condition(guard));
        }
        clause.waivers.iter().for_each(|waiver| used.pattern(waiver));
        clause.life.iter().for_each(|rule| used.pattern(&rule.pattern));
        for duty in &clause.duties {
            duty.end.iter().for_each(|end| used.pattern(end));
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
    let used_references: HashSet<ReferenceId> = model.reference_uses.values().copied().collect();
    for (id, reference) in (0..).map(ReferenceId).zip(&model.references) {
        if !used_references.contains(&id) {
            let message = format!("nothing refers to `{}`", reference.name);
            let diagnostic = Diagnostic::warning(Code::Unused, message, reference.span, "unused");
            found.push(diagnostic.help("use it as a value or as the limit of a figure, or leave it out"));
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

/// Predicates that nothing asks, and templates that nothing applies.
pub(super) fn reusables(sources: &SourceMap, found: &mut Vec<Diagnostic>) {
    let ids = sources.ids().filter_map(|id| Some((id, sources.get(id)?.text())));
    // Most files have neither, and need not be read again.
    let has_some = |text: &str| text.contains("define") || text.contains("template");
    let texts: Vec<_> = ids.collect();
    if !texts.iter().any(|(_, text)| has_some(text)) {
        return;
    }
    let outlines: Vec<_> = texts.iter().map(|(id, text)| (*id, syntax::reusables(text))).collect();
    let asked: HashSet<&String> = outlines.iter().flat_map(|(_, outline)| &outline.asked).collect();
    let applied: HashSet<&String> = outlines.iter().flat_map(|(_, outline)| &outline.applied).collect();
    for (id, outline) in &outlines {
        let predicates = outline.predicates.iter().filter(|(name, _)| !asked.contains(name));
        let predicates = predicates.map(|(name, place)| (format!("nothing asks the predicate `{name}`"), place));
        let templates = outline.templates.iter().filter(|(name, _)| !applied.contains(name));
        let templates = templates.map(|(name, place)| (format!("no agreement applies the template `{name}`"), place));
        for (message, place) in predicates.chain(templates) {
            let span = Span::of(*id, place.clone());
            let diagnostic = Diagnostic::warning(Code::Unused, message, span, "unused");
            found.push(diagnostic.help("use it, or leave it out"));
        }
    }
}

/// Adds the fix that leaves an unused declaration out. Whether a log can have events of a type, or name a party, is for its declaration to say, so that
/// leaving these out is not safe.
pub(super) fn removal(diagnostic: &mut Diagnostic, sources: &SourceMap) {
    if diagnostic.code != Code::Unused || diagnostic.severity != Severity::Warning || diagnostic.fix.is_some() {
        return;
    }
    let Some(name) = diagnostic.labels.first().map(|label| label.span) else {
        return;
    };
    let Some(text) = sources.get(name.source).map(|source| source.text()) else {
        return;
    };
    let Some(cut) = syntax::declaration(text, &name.range()) else {
        return;
    };
    let cut = Span::of(name.source, cut);
    let word = sources.snippet(cut).split_whitespace().next();
    diagnostic.fix = Some(Fix {
        title: "leave the declaration out".to_owned(),
        span: cut,
        replacement: String::new(),
        safety: match word {
            Some("event" | "party") => Safety::Unsafe,
            _ => Safety::Safe,
        },
    });
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
