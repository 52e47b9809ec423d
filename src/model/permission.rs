//! `may`: what an `avoid` of the same agreement forbids, and a permission allows all the same.

use std::collections::HashMap;

use super::agreement::title_or_name;
use super::build::Builder;
use super::clause::Parts;
use super::names::Scope;
use super::opening::negated;
use super::reuse::Argument;
use super::{
    AgreementId, Application, Clause, ClauseSeverity, Condition, ConditionKind, Duty, Exception, Extent, Goal, Opening,
    Operand, Pattern, Standing, Strength, Var,
};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::syntax::ast;

/// A permission that waits for the clauses of all files to be read.
#[derive(Debug)]
pub(super) struct Waiting {
    permission: ast::Permission,
    owner: AgreementId,
    /// The clause, with no duty yet.
    shell: Clause,
    /// What the parameters of the template that it is from stand for.
    arguments: HashMap<String, Argument>,
    /// Where it stands among the clauses.
    position: usize,
}

impl Waiting {
    /// The clause, with no duty yet.
    pub(super) fn shell(&self) -> &Clause {
        &self.shell
    }
}

impl Builder {
    /// Takes in a clause that permits something. What it is about is judged once the clause that it is said against is known.
    pub(super) fn permission(
        &mut self,
        clause: &ast::Clause,
        permission: &ast::Permission,
        parts: Parts<'_>,
        owner: AgreementId,
        application: Option<Application>,
    ) {
        if let Some(span) = parts.beside_a_permission() {
            let message = "a clause that permits something has no duty, no trigger, no life of its own and nothing that repairs or releases";
            let diagnostic = Diagnostic::error(Code::BadForm, message, span, "not here");
            let help =
                "write another clause for it; a condition of the permission follows its event, as `if` or `unless`";
            self.report(diagnostic.also(permission.span, "the permission").help(help));
            self.broken.insert(clause.name.node.clone());
            return;
        }
        let shell = Clause {
            agreement: owner,
            name: clause.name.node.clone(),
            title: title_or_name(clause.title.as_ref(), &clause.name),
            cites: parts.cites,
            severity: parts.severity.map_or(ClauseSeverity::Major, |(severity, _)| severity),
            tags: parts.tags,
            opening: Opening::Standing,
            duties: Vec::new(),
            application,
            waivers: Vec::new(),
            life: Vec::new(),
            exceptions: Vec::new(),
            span: clause.name.span,
            whole: clause.span,
        };
        self.permissions.push(Waiting {
            permission: permission.clone(),
            owner,
            shell,
            arguments: self.arguments.clone(),
            position: self.clauses.len() + self.permissions.len(),
        });
    }

    /// Says each permission to the clause that it is said against.
    pub(super) fn permit(&mut self) {
        let mut built = Vec::new();
        for waiting in std::mem::take(&mut self.permissions) {
            let position = waiting.position;
            let applied = waiting.shell.application.as_ref().map(|application| application.span);
            let mark = self.diagnostics.len();
            let outer = std::mem::replace(&mut self.arguments, waiting.arguments.clone());
            if let Some(clause) = self.permitted(waiting) {
                built.push((position, clause));
            }
            self.arguments = outer;
            if let Some(applied) = applied {
                self.used_at(mark, applied, "applied here");
            }
        }
        for (position, clause) in built {
            let position = position.min(self.clauses.len());
            self.clauses.insert(position, clause);
        }
    }

    fn permitted(&mut self, waiting: Waiting) -> Option<Clause> {
        let Waiting {
            permission,
            owner,
            mut shell,
            ..
        } = waiting;
        let scope = Scope::default();
        let actors: Vec<Option<Operand>> = permission
            .actors
            .iter()
            .map(|actor| self.actor(actor, &scope))
            .collect();
        let pattern = self.pattern(&permission.pattern, &scope, Var::Subject);
        let event = pattern.as_ref().map(|pattern| pattern.event);
        let guard_scope = event.map_or_else(Scope::default, |event| {
            scope.with(permission.pattern.binding.as_ref(), Var::Subject, event)
        });
        let guards = match event {
            Some(_) => self.guards(permission.guards.iter().map(|guard| &guard.node), &guard_scope.guard()),
            None => None,
        };
        let against = self.forbidding(&permission.despite, owner);
        let (actors, pattern, guards): (Option<Vec<Operand>>, _, _) = (actors.into_iter().collect(), pattern?, guards?);
        let (position, forbidden, forbids, window) = against?;
        if forbidden.event != pattern.event {
            let (name, event) = (&permission.despite.node, &self.events[forbidden.event.index()].name);
            let message = format!("`{name}` forbids no such event: it is about `{event}`");
            let diagnostic = Diagnostic::error(Code::BadForm, message, pattern.span, "permits nothing");
            self.report(diagnostic.also(forbidden.span, "what is forbidden"));
            return None;
        }
        let conditions: Vec<Condition> = pattern.conditions.iter().chain(&guards).cloned().collect();
        if conditions.is_empty() {
            let message = format!("this permits all that `{}` forbids", permission.despite.node);
            let diagnostic = Diagnostic::error(Code::BadForm, message, pattern.span, "without a condition");
            self.report(diagnostic.help("say which events are permitted, with `where`, `if` or `unless`"));
            return None;
        }
        self.clauses[position].exceptions.push(Exception {
            clause: shell.name.clone(),
            conditions,
            span: shell.span,
        });
        let fresh = |builder: &mut Builder, conditions: Vec<Condition>| -> Vec<Condition> {
            conditions
                .into_iter()
                .map(|condition| builder.fresh(condition))
                .collect()
        };
        // It permits as long as the other clause forbids.
        shell.life.clone_from(&self.clauses[position].life);
        let forbids = fresh(self, forbids);
        let guards = fresh(self, guards);
        shell.duties.push(Duty {
            end: None,
            actors: actors?,
            strength: Strength::Permission,
            goal: Goal::Permit {
                pattern,
                guards,
                forbids,
                window,
            },
            span: permission.span,
            timing_span: None,
        });
        Some(shell)
    }

    /// The clause that a permission is said against: its position, what it forbids, all its conditions and its window.
    fn forbidding(
        &mut self,
        name: &ast::Name,
        owner: AgreementId,
    ) -> Option<(usize, Pattern, Vec<Condition>, Standing)> {
        let found = self
            .clauses
            .iter()
            .position(|clause| clause.agreement == owner && clause.name == name.node);
        let Some(position) = found else {
            // A template may permit what the agreement that applies it forbids.
            if !self.is_excused(&name.node) && self.by_itself.is_none() {
                let ours = self.clauses.iter().filter(|clause| clause.agreement == owner);
                let avoids = ours.filter(|clause| forbids(clause).is_some());
                let known: Vec<&str> = avoids.map(|clause| clause.name.as_str()).collect();
                let help = suggest(&name.node, "clauses that forbid something", &known);
                let message = format!("this agreement has no clause `{}` that forbids something", name.node);
                let diagnostic = Diagnostic::error(Code::UnknownName, message, name.span, "unknown clause");
                let diagnostic = diagnostic.help_if(help).meant(&name.node, &known);
                self.report(diagnostic);
            }
            return None;
        };
        let clause = &self.clauses[position];
        let Some((pattern, guards, window)) = forbids(clause) else {
            let message = format!(
                "`{}` forbids no events over the term or its periods, so nothing can be permitted despite it",
                name.node
            );
            let diagnostic = Diagnostic::error(Code::BadForm, message, name.span, "not an `avoid` over the term");
            let help = "a permission is said against an `avoid` without trigger; where an event opens the `avoid`, add `unless` to it";
            let span = clause.span;
            self.report(diagnostic.also(span, "this clause").help(help));
            return None;
        };
        if let Some(end) = clause.duties.first().and_then(|duty| duty.end.as_ref()) {
            let message = format!(
                "`{}` forbids only until an event, after which there is nothing to permit",
                name.node
            );
            let diagnostic = Diagnostic::error(Code::BadForm, message, name.span, "not over the whole term");
            let help = "add `unless` to the `avoid`";
            let span = end.span;
            self.report(diagnostic.also(span, "this event ends it").help(help));
            return None;
        }
        let conditions = pattern.conditions.iter().chain(guards).cloned().collect();
        Some((position, pattern.clone(), conditions, window))
    }

    /// The same condition, whose looks into the past are looks of their own.
    fn fresh(&mut self, condition: Condition) -> Condition {
        let all = |builder: &mut Builder, elements: Vec<Condition>| -> Vec<Condition> {
            elements.into_iter().map(|element| builder.fresh(element)).collect()
        };
        let kind = match condition.kind {
            ConditionKind::All(elements) => ConditionKind::All(all(self, elements)),
            ConditionKind::Any(elements) => ConditionKind::Any(all(self, elements)),
            ConditionKind::Not(negated) => ConditionKind::Not(Box::new(self.fresh(*negated))),
            ConditionKind::Past(mut query) => {
                query.id = self.next_past_query();
                ConditionKind::Past(query)
            }
            kind => kind,
        };
        Condition { kind, ..condition }
    }
}

/// What a clause forbids over the term, if it does.
fn forbids(clause: &Clause) -> Option<(&Pattern, &[Condition], Standing)> {
    match &clause.duties.first()?.goal {
        Goal::Avoid {
            pattern,
            guards,
            extent: Extent::Standing(window),
            ..
        } => Some((pattern, guards, *window)),
        Goal::AvoidEach {
            pattern,
            guards,
            periods,
            ..
        } => Some((pattern, guards, periods.window)),
        _ => None,
    }
}

impl Exception {
    /// That an event is not permitted.
    pub fn does_not_apply(&self) -> Condition {
        let all = match self.conditions.as_slice() {
            [only] => only.clone(),
            many => Condition {
                kind: ConditionKind::All(many.to_vec()),
                span: self.span,
            },
        };
        negated(all)
    }
}
