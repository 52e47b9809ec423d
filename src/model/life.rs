//! The life of an agreement or of one clause: what suspends, resumes and ends it.

use super::build::Builder;
use super::names::Scope;
use super::{AgreementId, Ending, Extension, FieldRef, LifeChange, LifeRule, OperandKind, Pattern, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, LifeVerb};
use crate::value::Type;

/// Whose life it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Agreement(AgreementId),
    Clause,
}

impl Whole {
    fn word(self) -> &'static str {
        match self {
            Whole::Agreement(_) => "agreement",
            Whole::Clause => "clause",
        }
    }
}

impl Builder {
    /// What is said of the life of an agreement or a clause.
    pub(super) fn life(&mut self, rules: &[(&ast::LifeRule, Span)], whole: Whole) -> Option<Vec<LifeRule>> {
        let is_suspended = rules
            .iter()
            .any(|(rule, _)| matches!(rule.verb.node, LifeVerb::Suspended));
        let resumed = rules
            .iter()
            .find(|(rule, _)| matches!(rule.verb.node, LifeVerb::Resumed));
        if let (false, Some((_, span))) = (is_suspended, resumed) {
            let message = format!("nothing suspends this {}, so that nothing can resume it", whole.word());
            let diagnostic = Diagnostic::error(Code::MissingPart, message, *span, "what is resumed?");
            let help = match whole {
                Whole::Clause => {
                    "add `suspended by`; what suspends the whole agreement is resumed in the braces of the agreement"
                }
                Whole::Agreement(_) => "add `suspended by`",
            };
            self.report(diagnostic.help(help));
        }
        let built: Vec<Option<LifeRule>> = rules
            .iter()
            .map(|(rule, span)| self.life_rule(rule, *span, whole))
            .collect();
        built.into_iter().collect()
    }

    fn life_rule(&mut self, rule: &ast::LifeRule, span: Span, whole: Whole) -> Option<LifeRule> {
        let pattern = self.pattern(&rule.pattern, &Scope::default(), Var::Subject);
        let notice = rule.notice.as_ref().map(|notice| notice.node);
        let ending = |succession| LifeChange::End(Ending { succession, notice });
        let change = match (&rule.verb.node, &rule.notice) {
            (LifeVerb::Extended(extension), _) => {
                let extension = self.extension(extension, &rule.pattern, rule.verb.span, whole);
                LifeChange::Extend(extension?)
            }
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

    /// To when a term is extended, by events of a pattern.
    fn extension(
        &mut self,
        extension: &ast::Extension,
        pattern: &ast::Pattern,
        verb: Span,
        whole: Whole,
    ) -> Option<Extension> {
        let Whole::Agreement(id) = whole else {
            let message = "a clause has no term of its own that could be extended";
            let help = "say in the braces of the agreement what extends its term; the clause is owed as long";
            self.report(Diagnostic::error(Code::BadForm, message, verb, "not here").help(help));
            return None;
        };
        let agreement = &self.agreements[id.index()];
        if agreement.end.is_none() {
            let message = format!("the agreement `{}` has no end that could be put off", agreement.name);
            let diagnostic = Diagnostic::error(Code::MissingPart, message, verb, "what is extended?");
            let help = "give it a term that ends: `in force from 2024-06-13 for 10 years`";
            self.report(diagnostic.help(help));
            return None;
        }
        match extension {
            ast::Extension::For(length) => Some(Extension::For(length.node)),
            ast::Extension::To(path) => self.extended_to(path, pattern),
        }
    }

    fn extended_to(&mut self, path: &Spanned<ast::Path>, pattern: &ast::Pattern) -> Option<Extension> {
        let event = self.known_event(&pattern.event)?;
        let scope = Scope::default().with(pattern.binding.as_ref(), Var::Subject, event);
        let operand = Spanned::new(ast::OperandKind::Path(path.node.clone()), path.span);
        let operand = self.infer(&operand, &scope)?;
        let OperandKind::Field(_, FieldRef::Declared(field)) = operand.kind else {
            let message = "a term is extended to a day or an instant that the event names";
            let help = "name a field of type `date` or `instant`, or say `for` how long";
            self.report(
                Diagnostic::error(Code::BadForm, message, path.span, "no field that could say when").help(help),
            );
            return None;
        };
        if !matches!(operand.ty, Type::Date | Type::Instant) {
            let message = format!(
                "a term is extended to a day or an instant, and this field is of type {}",
                operand.ty
            );
            let help = "name a field of type `date` or `instant`, or say `for` how long";
            self.report(Diagnostic::error(Code::TypeMismatch, message, path.span, "no time").help(help));
            return None;
        }
        let declared = self.events[event.index()].field(field);
        if declared.optional {
            let message = format!(
                "when a term ends cannot depend on `{}`, which an event may lack",
                declared.name
            );
            let help = "name a field that every event has, or declare the field without `optional`";
            self.report(Diagnostic::error(Code::BadForm, message, path.span, "optional").help(help));
            return None;
        }
        Some(Extension::To(field))
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
