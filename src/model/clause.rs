//! Clauses: their parts put in order, and their duties.

use super::agreement::title_or_name;
use super::build::Builder;
use super::figure::is_bound;
use super::names::Scope;
use super::permission::Waiting;
use super::reuse::Argument;
use super::timing::{Need, OpenedBy};
use super::{
    AgreementId, Application, Clause, ClauseSeverity, Condition, ConditionKind, Duty, Extent, ForEvery, Goal, Opening,
    Operand, OperandKind, StateId, Strength, Var,
};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, ClausePart, Count, Modal, Name, Timing, Verb};

/// What a clause's braces hold, sorted.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) cites: Vec<String>,
    pub(super) severity: Option<(ClauseSeverity, Span)>,
    pub(super) tags: Vec<String>,
    when: Option<(&'a ast::Pattern, Span)>,
    guards: Vec<(&'a ast::Guard, Span)>,
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
        let life = self.life(&parts.life, "clause");
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
                ClausePart::When(pattern) => match parts.when {
                    Some((_, first)) => self.said_twice("trigger", part.span, first),
                    None => parts.when = Some((pattern, part.span)),
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
                let help = suggest(other, "severities", &["minor", "major", "critical"]);
                self.report(Diagnostic::error(Code::UnknownName, message, name.span, "unknown severity").help_if(help));
                None
            }
        }
    }

    /// The trigger and its guards; the trigger's name enters the scope.
    fn opening(&mut self, parts: &Parts<'_>, scope: &mut Scope) -> Option<Opening> {
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

    fn duty(
        &mut self,
        duty: &ast::Duty,
        owner: AgreementId,
        scope: &Scope,
        opened_by: OpenedBy,
        in_chain: bool,
    ) -> Option<Duty> {
        let actors: Vec<Option<Operand>> = duty.actors.iter().map(|actor| self.actor(actor, scope)).collect();
        let strength = self.strength(duty, in_chain);
        let timings = self.timings(duty);
        self.excusable(duty, &timings, opened_by);
        let goal = if is_bound(duty, &timings) {
            self.bound(duty, &timings, owner, scope, opened_by)?
        } else {
            self.plain_goal(duty, &timings, owner, scope, opened_by, strength)?
        };
        let actors: Option<Vec<Operand>> = actors.into_iter().collect();
        Some(Duty {
            actors: actors?,
            strength: strength?,
            goal,
            span: duty.span,
            timing_span: timings.span(),
        })
    }

    fn plain_goal(
        &mut self,
        duty: &ast::Duty,
        timings: &super::timing::Timings<'_>,
        owner: AgreementId,
        scope: &Scope,
        opened_by: OpenedBy,
        strength: Option<Strength>,
    ) -> Option<Goal> {
        let goal = match &duty.verb.node {
            Verb::Ensure(count, written) => {
                let pattern = self.pattern(written, scope, Var::Subject);
                let lead = match strength {
                    Some(Strength::Aim) => None,
                    _ => self.lead(timings, opened_by).ok()?,
                };
                if let Some(lead) = lead {
                    Goal::EnsureBefore {
                        pattern: pattern?,
                        count: self.count_at_least(*count, duty.verb.span)?,
                        lead,
                    }
                } else if timings.in_each.is_some() && strength != Some(Strength::Aim) {
                    let periods = self.cadence(timings, owner, opened_by, duty.span);
                    Goal::EnsureEach {
                        pattern: pattern?,
                        count: self.count(*count)?,
                        periods: periods?,
                    }
                } else {
                    let need = if strength == Some(Strength::Aim) {
                        self.aim_without_timing(timings);
                        Need::Nothing
                    } else {
                        Need::Deadline
                    };
                    let extent = self.extent(timings, owner, scope, opened_by, need, duty.verb.span);
                    let count = self.count_at_least(*count, duty.verb.span);
                    let excuse = match &duty.excuse {
                        Some(excuse) if opened_by != OpenedBy::Breach && strength != Some(Strength::Aim) => {
                            let scope = match &pattern {
                                Some(built) => scope.with(written.binding.as_ref(), Var::Subject, built.event),
                                None => scope.clone(),
                            };
                            pattern.is_some().then(|| self.condition(excuse, &scope.fields_only()))
                        }
                        _ => None,
                    };
                    Goal::Ensure {
                        pattern: pattern?,
                        count: count?,
                        extent: extent?,
                        excuse: match excuse {
                            Some(built) => Some(built?),
                            None => None,
                        },
                    }
                }
            }
            Verb::Avoid(more_than, pattern, guards) => {
                let event = self.known_event(&pattern.event);
                let built = self.pattern(pattern, scope, Var::Subject);
                let guard_scope = match event {
                    Some(event) => scope.with(pattern.binding.as_ref(), Var::Subject, event),
                    None => scope.clone(),
                };
                let guards = self.guards(guards.iter().map(|guard| &guard.node), &guard_scope.guard());
                self.no_lead(timings).ok()?;
                if let Some((_, span)) = timings.in_each {
                    let periods = self.cadence(timings, owner, opened_by, duty.span);
                    let Some(more_than) = more_than else {
                        let message = "what must be avoided at all times needs no periods";
                        let help = "leave `in each` out, or say how many are allowed: `avoid more than 18 ...`";
                        self.report(Diagnostic::error(Code::BadTiming, message, span, "periods").help(help));
                        return None;
                    };
                    Goal::AvoidEach {
                        pattern: built?,
                        guards: guards?,
                        more_than: more_than.node,
                        periods: periods?,
                    }
                } else {
                    let extent = self.extent(timings, owner, scope, opened_by, Need::Length, duty.verb.span);
                    Goal::Avoid {
                        pattern: built?,
                        guards: guards?,
                        more_than: more_than.map(|count| count.node),
                        extent: extent?,
                    }
                }
            }
            Verb::Maintain(condition, every) => {
                self.no_lead(timings).ok()?;
                if let Some((_, span)) = timings.in_each {
                    let message = "what must be maintained at all times needs no periods";
                    self.report(
                        Diagnostic::error(Code::BadTiming, message, span, "periods").help("leave `in each` out"),
                    );
                    return None;
                }
                let extent = self.extent(timings, owner, scope, opened_by, Need::Length, duty.verb.span);
                let (condition, every) = self.maintained(condition, every.as_ref(), scope, duty.verb.span)?;
                Goal::Maintain {
                    condition,
                    every,
                    extent: extent?,
                }
            }
            // Every bound was taken before.
            Verb::Bound(_) => return None,
        };
        Some(goal)
    }

    fn strength(&mut self, duty: &ast::Duty, in_chain: bool) -> Option<Strength> {
        let span = duty.modal.span;
        match (duty.modal.node, &duty.verb.node) {
            (Modal::Must, _) => Some(Strength::Binding),
            (Modal::Should, _) => Some(Strength::BestEffort),
            // What else is wrong with it is said where the figure is read.
            (Modal::AimTo, Verb::Bound(_)) => Some(Strength::Aim),
            (Modal::AimTo, Verb::Ensure(..)) if !in_chain => Some(Strength::Aim),
            (Modal::AimTo, Verb::Ensure(..)) => {
                let message = "an aim is never broken, so nothing repairs it and it repairs nothing";
                let help = "write `should` for a best effort that can fail";
                self.report(Diagnostic::error(Code::BadForm, message, span, "an aim").help(help));
                None
            }
            (Modal::AimTo, _) => {
                let message = "an aim is something to `ensure`";
                let help = "write `should avoid` or `should maintain` for a best effort";
                self.report(Diagnostic::error(Code::BadForm, message, span, "an aim").help(help));
                None
            }
        }
    }

    fn aim_without_timing(&mut self, timings: &super::timing::Timings<'_>) {
        if let Some(span) = timings.span() {
            let message = "an aim is never due";
            let help = "leave the time out, or write `should` for a best effort that can fail to be in time";
            self.report(Diagnostic::error(Code::BadTiming, message, span, "a time").help(help));
        }
    }

    fn count(&mut self, count: Option<Spanned<Count>>) -> Option<Count> {
        match count {
            None => Some(Count::AtLeast(1)),
            Some(count) if count.node == Count::AtLeast(0) => {
                let message = "at least 0 is always the case";
                self.report(Diagnostic::error(
                    Code::ConstantCondition,
                    message,
                    count.span,
                    "always met",
                ));
                None
            }
            Some(count) => Some(count.node),
        }
    }

    /// Reports an excuse where nothing can be late.
    fn excusable(&mut self, duty: &ast::Duty, timings: &super::timing::Timings<'_>, opened_by: OpenedBy) {
        let Some(excuse) = &duty.excuse else { return };
        let (message, help) = match (&duty.verb.node, duty.modal.node) {
            _ if is_bound(duty, timings) => (
                "what is held in windows, for each of several things, or to a figure is not made good by a late event",
                Some("leave the excuse out"),
            ),
            (Verb::Ensure(..), Modal::AimTo) => ("an aim is never late, and needs no excuse", None),
            (Verb::Ensure(..), _) if timings.in_each.is_some() => (
                "what is owed in each period cannot come late: a later one counts in its own period",
                Some("leave the excuse out"),
            ),
            (Verb::Ensure(..), _) if timings.before.is_some() => (
                "what is owed before its trigger cannot be made good after it",
                Some("let an `otherwise` say what repairs it"),
            ),
            (Verb::Ensure(..), _) if opened_by == OpenedBy::Breach => (
                "a repair has no excuse of its own: it is the duty before it that can be excused",
                Some("move it to the first duty of the clause"),
            ),
            (Verb::Ensure(..), _) => return,
            (Verb::Avoid(..) | Verb::Maintain(..) | Verb::Bound(_), _) => (
                "only what is to be ensured can come late and be excused",
                Some("an exception to an `avoid` is written `unless`"),
            ),
        };
        let diagnostic = Diagnostic::error(Code::BadForm, message, excuse.span, "an excuse");
        self.report(diagnostic.help_if(help.map(str::to_owned)));
    }

    /// The count of an `ensure` that has no periods.
    fn count_at_least(&mut self, count: Option<Spanned<Count>>, verb: Span) -> Option<u32> {
        match self.count(count)? {
            Count::AtLeast(count) => Some(count),
            Count::Exactly(_) => {
                let span = count.map_or(verb, |count| count.span);
                let message = "`exactly` counts in periods, and this duty has none";
                let help = "write `at least`, or add `in each` period; a second clause can `avoid more than` it";
                self.report(Diagnostic::error(Code::BadForm, message, span, "not here").help(help));
                None
            }
        }
    }

    pub(super) fn cadence(
        &mut self,
        timings: &super::timing::Timings<'_>,
        owner: AgreementId,
        opened_by: OpenedBy,
        duty: Span,
    ) -> Option<super::Periods> {
        if opened_by.is_event() {
            let span = timings.in_each.map_or(duty, |(_, span)| span);
            let message = "periods are cut out of the term, and this duty is opened by an event";
            let help = "use `within` for a duty that counts from an event";
            self.report(Diagnostic::error(Code::BadTiming, message, span, "not here").help(help));
            return None;
        }
        self.periods(timings, owner, duty)
    }

    fn maintained(
        &mut self,
        condition: &ast::Condition,
        every: Option<&ast::ForEvery>,
        scope: &Scope,
        verb: Span,
    ) -> Option<(Condition, Option<ForEvery>)> {
        let mut scope = Scope {
            states: true,
            ..scope.clone()
        };
        if let Some(every) = every {
            let keys: Vec<&super::StateKey> = self.states.iter().filter_map(|state| state.key.as_ref()).collect();
            let Some(key) = keys.iter().find(|key| key.label == every.key.node) else {
                let known: Vec<&str> = keys.iter().map(|key| key.label.as_str()).collect();
                let help = suggest(&every.key.node, "keys of states", &known);
                if !self.incomplete {
                    let message = format!("no state is of `{}`", every.key.node);
                    let diagnostic = Diagnostic::error(Code::UnknownName, message, every.key.span, "unknown key");
                    self.report(diagnostic.help_if(help));
                }
                return None;
            };
            scope.key = Some((every.binding.node.clone(), key.ty.clone()));
        }
        let condition = self.condition(condition, &scope)?;
        let (states, mut keyed) = states_of(&condition);
        if states.is_empty() {
            let message = "there is no state in this condition, so nothing can change it";
            let help = "`maintain` keeps a state: declare one with `state NAME { EVENT sets to VALUE }`";
            self.report(Diagnostic::error(Code::BadForm, message, condition.span, "no state").help(help));
            return None;
        }
        let Some(every) = every else {
            return Some((condition, None));
        };
        if keyed.is_empty() {
            let message = format!("`{}` is not used in the condition", every.binding.node);
            let help = format!("ask for its state, as in `standard({}) == nato`", every.binding.node);
            self.report(
                Diagnostic::error(Code::Unused, message, every.binding.span, "unused")
                    .also(verb, "here")
                    .help(help),
            );
            return None;
        }
        keyed.sort_unstable();
        keyed.dedup();
        let ty = scope.key.map(|(_, ty)| ty)?;
        let every = ForEvery {
            label: every.key.node.clone(),
            binding: every.binding.node.clone(),
            ty,
            states: keyed,
        };
        Some((condition, Some(every)))
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

/// The condition that another one is false.
pub(super) fn negated(condition: Condition) -> Condition {
    let span = condition.span;
    Condition {
        kind: ConditionKind::Not(Box::new(condition)),
        span,
    }
}

impl super::Standing {
    /// Whether an instant is in it.
    pub fn admits(&self, instant: crate::time::Instant) -> bool {
        self.start.is_none_or(|start| start <= instant) && self.end.is_none_or(|end| end.admits(instant))
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

/// The scope of the repairs of a duty: after an `avoid` of single events, the event that broke it has a name.
fn scope_after(scope: &Scope, position: usize, written: &ast::Duty, built: &Duty) -> Scope {
    match (&written.verb.node, &built.goal) {
        (Verb::Avoid(_, written, _), Goal::Avoid { pattern, .. } | Goal::AvoidEach { pattern, .. }) => {
            let position = u8::try_from(position).unwrap_or(u8::MAX);
            scope.with(written.binding.as_ref(), Var::Breach(position), pattern.event)
        }
        _ => scope.clone(),
    }
}

/// The states that a condition reads, and those among them that it reads for the key of `for every`.
fn states_of(condition: &Condition) -> (Vec<StateId>, Vec<StateId>) {
    let (mut states, mut keyed) = (Vec::new(), Vec::new());
    condition.for_each_operand(&mut |operand| {
        if let OperandKind::State(state, key) = &operand.kind {
            states.push(*state);
            if key.as_ref().is_some_and(|key| matches!(key.kind, OperandKind::Key)) {
                keyed.push(*state);
            }
        }
    });
    (states, keyed)
}

impl Extent {
    /// Whether the extent is known from the rule file alone.
    pub fn is_standing(&self) -> bool {
        matches!(self, Extent::Standing(_))
    }
}
