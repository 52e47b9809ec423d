//! What opens the duty of a clause: the trigger and its guards.

use super::build::Builder;
use super::clause::Parts;
use super::names::Scope;
use super::{Condition, ConditionKind, EventTypeId, Opening, Pattern, PerKind, Repetition, Sequence, Trigger, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast;

impl Builder {
    /// The trigger and its guards; the names of the trigger enter the scope.
    pub(super) fn opening(&mut self, parts: &Parts<'_>, scope: &mut Scope) -> Option<Opening> {
        let Some((trigger, _)) = parts.when else {
            if let Some((_, span)) = parts.guards.first() {
                let message = "a guard here judges a trigger, and this clause has none";
                let help =
                    "add `when EVENT`; to judge the events that an `avoid` is about, put the guard after its pattern";
                self.report(Diagnostic::error(Code::BadForm, message, *span, "of what?").help(help));
                return None;
            }
            return Some(Opening::Standing);
        };
        // With a mistake in the trigger its names still stand for its events where they are known, so that what follows is read all the same.
        let trigger = match trigger {
            ast::Trigger::Any(patterns) => self.alternatives(patterns, scope),
            ast::Trigger::Sequence(patterns, within) => {
                let (first, then) = &**patterns;
                let built = self.pattern(first, scope, Var::Earlier);
                self.enters(std::slice::from_ref(first), scope, Var::Earlier);
                let built_then = self.pattern(then, scope, Var::Subject);
                self.enters(std::slice::from_ref(then), scope, Var::Trigger);
                built.zip(built_then).map(|(first, then)| {
                    Trigger::Sequence(Box::new(Sequence {
                        first,
                        then,
                        within: within.node,
                    }))
                })
            }
            ast::Trigger::Repeated(repeated) => self.repetition(repeated, scope),
        };
        let guards = self.guards(parts.guards.iter().map(|(guard, _)| *guard), &scope.guard());
        Some(Opening::Trigger {
            trigger: trigger?,
            guards: guards?,
        })
    }

    /// Lets the name that these patterns give to their event enter the scope.
    fn enters(&mut self, patterns: &[ast::Pattern], scope: &mut Scope, var: Var) {
        let Some(binding) = patterns.iter().find_map(|pattern| pattern.binding.as_ref()) else {
            return;
        };
        let mut events: Vec<EventTypeId> = Vec::new();
        for pattern in patterns {
            match self.known_event(&pattern.event) {
                Some(event) if events.contains(&event) => {}
                Some(event) => events.push(event),
                None => {
                    self.broken.insert(binding.node.clone());
                    return;
                }
            }
        }
        if let Some((&first, others)) = events.split_first() {
            *scope = scope.with_any(Some(binding), var, first, others.to_vec());
        }
    }

    fn alternatives(&mut self, patterns: &[ast::Pattern], scope: &mut Scope) -> Option<Trigger> {
        let built: Vec<Option<Pattern>> = patterns
            .iter()
            .map(|pattern| self.pattern(pattern, scope, Var::Subject))
            .collect();
        let built: Option<Vec<Pattern>> = built.into_iter().collect();
        let name = |pattern: &ast::Pattern| pattern.binding.as_ref().map(|binding| binding.node.clone());
        let (first, others) = patterns.split_first()?;
        if let Some(other) = others.iter().find(|other| name(other) != name(first)) {
            let message = "the alternatives of a trigger have one name for their event";
            let place = |pattern: &ast::Pattern| pattern.binding.as_ref().unwrap_or(&pattern.event).span;
            let diagnostic = Diagnostic::error(Code::BadForm, message, place(other), "another name, or none");
            let help = match name(first).or(name(other)) {
                Some(name) => format!("call it `{name}` in each of them"),
                None => "give it the same name in each of them".to_owned(),
            };
            self.report(diagnostic.also(place(first), "the first one").help(help));
            self.broken.extend(patterns.iter().filter_map(name));
            return None;
        }
        self.enters(patterns, scope, Var::Trigger);
        built.map(Trigger::Any)
    }

    fn repetition(&mut self, repeated: &ast::Repeated, scope: &mut Scope) -> Option<Trigger> {
        let pattern = self.pattern(&repeated.pattern, scope, Var::Subject);
        self.enters(std::slice::from_ref(&repeated.pattern), scope, Var::Trigger);
        let count = repeated.count;
        if count.node == 0 {
            let message = "at least 0 is always the case";
            let diagnostic = Diagnostic::error(Code::ConstantCondition, message, count.span, "opens nothing");
            self.report(diagnostic.help("say how many open the duty"));
        }
        let group = match &repeated.per {
            None => None,
            Some(per) => match (&per.node, pattern.is_some()) {
                (ast::Per::Named(..), _) => {
                    let message = "a trigger is counted for each value of a field of its event";
                    let help = "name the field: `for every x.field`";
                    self.report(Diagnostic::error(Code::BadForm, message, per.span, "of which field?").help(help));
                    return None;
                }
                (ast::Per::Field(path), true) => match self.group_field(path, &repeated.pattern, per.span)?.kind {
                    PerKind::Values(field) => Some(field),
                    PerKind::Members(..) => None,
                },
                (ast::Per::Field(_), false) => None,
            },
        };
        Some(Trigger::Repeated(Box::new(Repetition {
            count: (count.node > 0).then_some(count.node)?,
            pattern: pattern?,
            group,
            window: repeated.window.node,
        })))
    }

    pub(super) fn guards<'a>(
        &mut self,
        guards: impl Iterator<Item = &'a ast::Guard>,
        scope: &Scope,
    ) -> Option<Vec<Condition>> {
        let built: Vec<Option<Condition>> = guards
            .map(|guard| {
                let condition = self.condition(&guard.condition, scope)?;
                Some(if guard.negated { negated(condition) } else { condition })
            })
            .collect();
        built.into_iter().collect()
    }
}

/// The condition that another one is false.
pub(super) fn negated(condition: Condition) -> Condition {
    let span = condition.span;
    Condition {
        kind: ConditionKind::Not(Box::new(condition)),
        span,
    }
}
