//! Clauses: their parts put in order.

use super::agreement::title_or_name;
use super::build::Builder;
use super::duty::scope_after;
use super::life::Whole;
use super::names::Scope;
use super::permission::Waiting;
use super::reuse::Argument;
use super::timing::OpenedBy;
use super::{AgreementId, Application, Clause, ClauseSeverity, Var};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::Span;
use crate::syntax::ast::{self, ClausePart, Name, Timing, Verb};

/// What a clause's braces hold, sorted.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) cites: Vec<String>,
    pub(super) severity: Option<(ClauseSeverity, Span)>,
    pub(super) tags: Vec<String>,
    pub(super) when: Option<(&'a ast::Trigger, Span)>,
    pub(super) guards: Vec<(&'a ast::Guard, Span)>,
    duty: Option<(&'a ast::Duty, Span)>,
    repairs: Vec<(&'a ast::Duty, Span)>,
    waivers: Vec<(&'a ast::Pattern, Span)>,
    life: Vec<(&'a ast::LifeRule, Span)>,
    permission: Option<&'a ast::Permission>,
}

impl Builder {
    pub(super) fn clause(&mut self, clause: &ast::Clause, owner: AgreementId, application: Option<Application>) {
        let twin = self
            .clauses
            .iter()
            .chain(self.permissions.iter().map(Waiting::shell))
            .find(|known| known.agreement == owner && known.name == clause.name.node);
        if let Some(twin) = twin {
            let first = twin.span;
            self.duplicate("clause", &clause.name, first);
        }
        let parts = self.parts(clause);
        if let Some(permission) = parts.permission {
            self.permission(clause, permission, parts, owner, application);
            return;
        }
        match self.built_clause(clause, parts, owner, application) {
            Some(built) => self.clauses.push(built),
            None => {
                self.broken.insert(clause.name.node.clone());
            }
        }
    }

    fn built_clause(
        &mut self,
        clause: &ast::Clause,
        parts: Parts<'_>,
        owner: AgreementId,
        application: Option<Application>,
    ) -> Option<Clause> {
        let mut scope = Scope::default();
        let opening = self.opening(&parts, &mut scope);
        let Some((first, _)) = parts.duty else {
            let message = format!("the clause `{}` has no duty", clause.name.node);
            let help = "say who must do what: `US must ensure consultation c within 24 hours`";
            self.report(Diagnostic::error(Code::MissingPart, message, clause.name.span, "nothing is owed").help(help));
            return None;
        };
        let triggered = parts.when.is_some();
        // With a mistake in the trigger its name still stands for its event where the event is known, so the duties are read all the same.
        let waivers = self.waivers(&parts, &scope);
        let life = self.life(&parts.life, Whole::Clause);
        let mut duties = Vec::new();
        let mut sound = true;
        for (position, duty) in std::iter::once(first)
            .chain(parts.repairs.iter().map(|(duty, _)| *duty))
            .enumerate()
        {
            let opened_by = match (position, triggered) {
                (0, false) => OpenedBy::Term,
                (0, true) => OpenedBy::Trigger,
                _ => OpenedBy::Breach,
            };
            let built = self.duty(duty, owner, &scope, opened_by, !parts.repairs.is_empty());
            match &built {
                Some(built) => scope = scope_after(&scope, position, duty, built),
                None => sound = false,
            }
            duties.extend(built);
        }
        if !sound {
            return None;
        }
        Some(Clause {
            agreement: owner,
            name: clause.name.node.clone(),
            title: title_or_name(clause.title.as_ref(), &clause.name),
            cites: parts.cites,
            severity: parts.severity.map_or(ClauseSeverity::Major, |(severity, _)| severity),
            tags: parts.tags,
            opening: opening?,
            duties,
            application,
            waivers: waivers?,
            life: life?,
            exceptions: Vec::new(),
            span: clause.name.span,
            whole: clause.span,
        })
    }

    fn parts<'a>(&mut self, clause: &'a ast::Clause) -> Parts<'a> {
        let mut parts = Parts::default();
        let mut furthest: Option<(u8, Span, &str)> = None;
        for part in &clause.parts {
            let (rank, what) = rank(&part.node);
            match furthest {
                Some((far, span, other)) if rank < far => {
                    let message = format!("{what} stands before {other} in a clause");
                    let diagnostic = Diagnostic::error(Code::PartOrder, message, part.span, "too late here");
                    let help = "the order is: `cites`, `severity`, `tags`; `when`; `if`, `unless`; the duty; `otherwise`; `waived by`, `suspended by` and its like";
                    self.report(diagnostic.also(span, "move it before this").help(help));
                }
                _ => furthest = Some((rank, part.span, what)),
            }
            match &part.node {
                ClausePart::Cites(text) => parts.cites.push(text.node.clone()),
                ClausePart::Tags(tags) => parts.tags.extend(tags.iter().map(|tag| tag.node.clone())),
                ClausePart::Severity(name) => match parts.severity {
                    Some((_, first)) => self.said_twice("severity", part.span, first),
                    None => parts.severity = self.severity(name).map(|severity| (severity, part.span)),
                },
                ClausePart::When(trigger) => match parts.when {
                    Some((_, first)) => self.said_twice("trigger", part.span, first),
                    None => parts.when = Some((trigger, part.span)),
                },
                ClausePart::Guard(guard) => parts.guards.push((guard, part.span)),
                ClausePart::Duty(duty) => match parts.duty {
                    Some((_, first)) => {
                        let message = "a clause has one duty";
                        let diagnostic = Diagnostic::error(Code::DuplicatePart, message, part.span, "a second duty");
                        let help = "write another clause for it, or `otherwise` if it repairs a breach of the first";
                        self.report(diagnostic.also(first, "the first one").help(help));
                    }
                    None => parts.duty = Some((duty, part.span)),
                },
                ClausePart::Otherwise(duty) => parts.repairs.push((duty, part.span)),
                ClausePart::Permission(permission) => match parts.permission {
                    Some(first) => self.said_twice("permission", part.span, first.span),
                    None => parts.permission = Some(permission),
                },
                ClausePart::Waived(pattern) => parts.waivers.push((pattern, part.span)),
                ClausePart::Life(rule) => parts.life.push((rule, part.span)),
            }
        }
        parts
    }

    fn severity(&mut self, name: &Name) -> Option<ClauseSeverity> {
        match name.node.as_str() {
            "minor" => Some(ClauseSeverity::Minor),
            "major" => Some(ClauseSeverity::Major),
            "critical" => Some(ClauseSeverity::Critical),
            other => {
                let message = format!("`{other}` is not a severity");
                let known = ["minor", "major", "critical"];
                let help = suggest(other, "severities", &known);
                let diagnostic = Diagnostic::error(Code::UnknownName, message, name.span, "unknown severity");
                self.report(diagnostic.help_if(help).meant(other, &known));
                None
            }
        }
    }

    /// The events that release an instance. What is owed at all times has no instance that could be released while it is owed.
    fn waivers(&mut self, parts: &Parts<'_>, scope: &Scope) -> Option<Vec<super::Pattern>> {
        let slides = |duty: &&ast::Duty| {
            duty.timings
                .iter()
                .any(|timing| matches!(timing.node, Timing::InAny(_)))
        };
        let at_all_times = match parts.duty.map(|(duty, _)| &duty.verb.node) {
            _ if parts.duty.map(|(duty, _)| duty).as_ref().is_some_and(slides) => Some("what is said of any window"),
            Some(Verb::Maintain(..)) => Some("`maintain`"),
            Some(Verb::Avoid(None, ..)) if parts.when.is_none() => Some("`avoid` over the term"),
            _ => None,
        };
        if let (Some(what), Some((_, span))) = (at_all_times, parts.waivers.first()) {
            let message = format!("{what} is owed at all times, and has no single duty that could be released");
            let help = "say in the duty itself when it is not owed, with `unless` or a state in its condition";
            self.report(Diagnostic::error(Code::BadForm, message, *span, "nothing to release").help(help));
            return None;
        }
        let built: Vec<Option<super::Pattern>> = parts
            .waivers
            .iter()
            .map(|(pattern, _)| self.pattern(pattern, scope, Var::Subject))
            .collect();
        built.into_iter().collect()
    }

    pub(super) fn known_event(&self, name: &Name) -> Option<super::EventTypeId> {
        match self.arguments.get(&name.node) {
            Some(Argument::EventType(id)) => return Some(*id),
            Some(Argument::AnyEventType) => return None,
            _ => {}
        }
        let position = self.events.iter().position(|event| event.name == name.node)?;
        u32::try_from(position).ok().map(super::EventTypeId)
    }
}

impl Parts<'_> {
    /// A part that has no place in a clause that permits something.
    pub(super) fn beside_a_permission(&self) -> Option<Span> {
        let duty = self.duty.map(|(_, span)| span);
        let when = self.when.map(|(_, span)| span);
        let guard = self.guards.first().map(|(_, span)| *span);
        let repair = self.repairs.first().map(|(_, span)| *span);
        let waiver = self.waivers.first().map(|(_, span)| *span);
        let life = self.life.first().map(|(_, span)| *span);
        when.or(guard).or(duty).or(repair).or(waiver).or(life)
    }
}

fn rank(part: &ClausePart) -> (u8, &'static str) {
    match part {
        ClausePart::Cites(_) => (0, "`cites`"),
        ClausePart::Severity(_) => (0, "`severity`"),
        ClausePart::Tags(_) => (0, "`tags`"),
        ClausePart::When(_) => (1, "`when`"),
        ClausePart::Guard(_) => (2, "a guard"),
        ClausePart::Duty(_) => (3, "the duty"),
        ClausePart::Permission(_) => (3, "the permission"),
        ClausePart::Otherwise(_) => (4, "`otherwise`"),
        ClausePart::Waived(_) => (5, "`waived by`"),
        // It may stand among the releases: both say when nothing is owed.
        ClausePart::Life(_) => (5, "what becomes of the clause"),
    }
}
