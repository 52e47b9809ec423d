//! What would have complied.

use super::explain::Explainer;
use crate::engine::Step;
use crate::model::{Condition, ConditionKind, Duty, Goal, Pattern};
use crate::syntax::ast::Count;
use crate::time::Due;

impl Explainer<'_> {
    /// What would have complied.
    pub(super) fn remedy(&self, step: &Step, duty: &Duty) -> String {
        let until = |due: Option<Due>| match due {
            Some(due) if due.is_inclusive() => format!("not later than {}", self.words.instant(due.edge())),
            Some(due) => format!("before {}", self.words.instant(due.edge())),
            None => "at any time".to_owned(),
        };
        match &duty.goal {
            Goal::Ensure { pattern, count, .. } => {
                let name = self.words.event(pattern.event);
                format!(
                    "{} {}, {}",
                    a(*count, name),
                    self.words.pattern(pattern),
                    until(step.due)
                )
            }
            Goal::EnsureBefore { pattern, count, lead } => {
                let name = self.words.event(pattern.event);
                let window = step.opened.and_then(|trigger| lead.window(trigger, self.words.zone));
                let from = window.and_then(|window| window.from);
                let from = from.map_or_else(String::new, |from| {
                    format!("not earlier than {} and ", self.words.instant(from))
                });
                format!(
                    "{} {}, {from}{}",
                    a(*count, name),
                    self.words.pattern(pattern),
                    until(step.due)
                )
            }
            Goal::EnsureEach {
                pattern,
                count,
                periods,
            } => {
                let count = match count {
                    Count::AtLeast(count) => at_least(*count),
                    Count::Exactly(count) => format!("exactly {count}"),
                };
                format!(
                    "{count} {}, in {}",
                    self.words.pattern(pattern),
                    self.period_text(step, periods)
                )
            }
            Goal::Avoid {
                pattern,
                guards,
                more_than,
                ..
            } => {
                let pattern = self.guarded(pattern, guards);
                match more_than {
                    None => format!("no {pattern}"),
                    Some(limit) => format!("at most {limit} {pattern}"),
                }
            }
            Goal::AvoidEach {
                pattern,
                guards,
                more_than,
                periods,
            } => {
                let period = self.period_text(step, periods);
                format!("at most {more_than} {} in {period}", self.guarded(pattern, guards))
            }
            Goal::Bound(bound) => self.bound_remedy(step, bound),
            Goal::Permit { pattern, .. } => self.words.pattern(pattern),
            Goal::Maintain { condition, .. } => {
                format!("`{}` at every instant", self.words.condition(condition, None))
            }
        }
    }
}

impl Explainer<'_> {
    /// A pattern with the guards on its event, as the clause says them.
    fn guarded(&self, pattern: &Pattern, guards: &[Condition]) -> String {
        let guards = guards.iter().map(|guard| match &guard.kind {
            ConditionKind::Not(negated) => format!("unless {}", self.words.guard(negated)),
            _ => format!("if {}", self.words.guard(guard)),
        });
        let words: Vec<String> = std::iter::once(self.words.pattern(pattern)).chain(guards).collect();
        words.join(" ")
    }
}

/// An article or a number for an event of this name.
fn a(count: u32, name: &str) -> String {
    match count {
        1 if name.starts_with(['a', 'e', 'i', 'o']) => "an".to_owned(),
        1 => "a".to_owned(),
        more => format!("{more}"),
    }
}

pub(super) fn at_least(count: u32) -> String {
    format!("at least {count}")
}
