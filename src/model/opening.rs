//! What opens the duty of a clause: the trigger and its guards.

use super::build::Builder;
use super::clause::Parts;
use super::names::Scope;
use super::{Condition, ConditionKind, Opening, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast;

impl Builder {
    /// The trigger and its guards; the trigger's name enters the scope.
    pub(super) fn opening(&mut self, parts: &Parts<'_>, scope: &mut Scope) -> Option<Opening> {
        let Some((pattern, _)) = parts.when else {
            if let Some((_, span)) = parts.guards.first() {
                let message = "a guard here judges a trigger, and this clause has none";
                let help =
                    "add `when EVENT`; to judge the events that an `avoid` is about, put the guard after its pattern";
                self.report(Diagnostic::error(Code::BadForm, message, *span, "of what?").help(help));
                return None;
            }
            return Some(Opening::Standing);
        };
        let built = self.pattern(pattern, scope, Var::Subject);
        if let Some(event) = built
            .as_ref()
            .map(|built| built.event)
            .or_else(|| self.known_event(&pattern.event))
        {
            *scope = scope.with(pattern.binding.as_ref(), Var::Trigger, event);
        } else {
            self.broken
                .extend(pattern.binding.as_ref().map(|binding| binding.node.clone()));
        }
        let guards = self.guards(parts.guards.iter().map(|(guard, _)| *guard), &scope.guard());
        Some(Opening::Trigger {
            pattern: built?,
            guards: guards?,
        })
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
