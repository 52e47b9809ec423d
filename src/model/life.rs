//! The life of an agreement or of one clause: what suspends, resumes and ends it.

use super::build::Builder;
use super::names::Scope;
use super::{Ending, FieldRef, LifeChange, LifeRule, OperandKind, Pattern, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::{self, LifeVerb};

impl Builder {
    /// What is said of the life of an agreement or a clause, which `whole` names.
    pub(super) fn life(&mut self, rules: &[(&ast::LifeRule, Span)], whole: &str) -> Option<Vec<LifeRule>> {
        let is_suspended = rules.iter().any(|(rule, _)| rule.verb.node == LifeVerb::Suspended);
        let resumed = rules.iter().find(|(rule, _)| rule.verb.node == LifeVerb::Resumed);
        if let (false, Some((_, span))) = (is_suspended, resumed) {
            let message = format!("nothing suspends this {whole}, so that nothing can resume it");
            let diagnostic = Diagnostic::error(Code::MissingPart, message, *span, "what is resumed?");
            let help = match whole {
                "clause" => {
                    "add `suspended by`; what suspends the whole agreement is resumed in the braces of the agreement"
                }
                _ => "add `suspended by`",
            };
            self.report(diagnostic.help(help));
        }
        let built: Vec<Option<LifeRule>> = rules.iter().map(|(rule, span)| self.life_rule(rule, *span)).collect();
        built.into_iter().collect()
    }

    fn life_rule(&mut self, rule: &ast::LifeRule, span: Span) -> Option<LifeRule> {
        let pattern = self.pattern(&rule.pattern, &Scope::default(), Var::Subject);
        let notice = rule.notice.as_ref().map(|notice| notice.node);
        let ending = |succession| LifeChange::End(Ending { succession, notice });
        let change = match (rule.verb.node, &rule.notice) {
            (LifeVerb::Suspended | LifeVerb::Resumed, Some(notice)) => {
                let message = format!("what is {} is so from the event on", rule.verb.node.word());
                let diagnostic = Diagnostic::error(Code::BadForm, message, notice.span, "no notice here");
                self.report(diagnostic.help("leave it out; only `terminated by` and `succeeded by` take `after`"));
                return None;
            }
            (LifeVerb::Suspended, None) => LifeChange::Suspend,
            (LifeVerb::Resumed, None) => LifeChange::Resume,
            (LifeVerb::Terminated, _) => ending(false),
            (LifeVerb::Succeeded, _) => ending(true),
        };
        let pattern = pattern?;
        if self.may_be_unknown(&pattern) {
            return None;
        }
        Some(LifeRule { change, pattern, span })
    }

    /// Reports a condition on what an event may lack: whether an agreement is in force must always be known.
    fn may_be_unknown(&mut self, pattern: &Pattern) -> bool {
        let mut optional = Vec::new();
        let event = &self.events[pattern.event.index()];
        for condition in &pattern.conditions {
            condition.for_each_operand(&mut |operand| {
                if let OperandKind::Field(_, FieldRef::Declared(id)) = &operand.kind
                    && event.field(*id).optional
                {
                    optional.push((operand.span, event.field(*id).name.clone()));
                }
            });
        }
        for (span, field) in &optional {
            let message = format!("whether something is in force cannot depend on `{field}`, which an event may lack");
            let diagnostic = Diagnostic::error(Code::BadForm, message, *span, "optional");
            self.report(
                diagnostic.help("look at fields that every event has, or declare the field without `optional`"),
            );
        }
        !optional.is_empty()
    }
}
