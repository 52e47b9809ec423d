//! Duties: who owes what, how strongly, and when.

use super::build::Builder;
use super::figure::is_bound;
use super::names::Scope;
use super::timing::{Need, OpenedBy, Timings};
use super::{
    AgreementId, Condition, Duty, EndReason, Extent, ForEvery, Goal, Operand, OperandKind, StateId, Strength, Var,
};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Count, Modal, Verb};
use crate::time::{Due, Instant, Period};

impl Builder {
    pub(super) fn duty(
        &mut self,
        duty: &ast::Duty,
        owner: AgreementId,
        scope: &Scope,
        opened_by: OpenedBy,
        in_chain: bool,
    ) -> Option<Duty> {
        // Who broke an `avoid` of single events can be what the event says.
        let actor_scope = match &duty.verb.node {
            Verb::Avoid(None, pattern, _) => self.known_event(&pattern.event).map_or_else(
                || scope.clone(),
                |event| scope.with(pattern.binding.as_ref(), Var::Subject, event),
            ),
            _ => scope.clone(),
        };
        let actors: Vec<Option<Operand>> = duty
            .actors
            .iter()
            .map(|actor| self.actor(actor, &actor_scope))
            .collect();
        let strength = self.strength(duty, in_chain);
        let timings = self.timings(duty);
        self.excusable(duty, &timings, opened_by);
        let end = self.end(&timings, duty, scope);
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
            end: end.ok()?,
            span: duty.span,
            timing_span: timings.span(),
        })
    }

    fn plain_goal(
        &mut self,
        duty: &ast::Duty,
        timings: &Timings<'_>,
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

    fn aim_without_timing(&mut self, timings: &Timings<'_>) {
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
    fn excusable(&mut self, duty: &ast::Duty, timings: &Timings<'_>, opened_by: OpenedBy) {
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
        timings: &Timings<'_>,
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
                    self.report(diagnostic.help_if(help).meant(&every.key.node, &known));
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

impl super::Standing {
    /// Whether an instant is in it.
    pub fn admits(&self, instant: Instant) -> bool {
        self.start.is_none_or(|start| start <= instant) && self.end().is_none_or(|end| end.admits(instant))
    }

    /// When it is over, if ever.
    pub fn end(&self) -> Option<Due> {
        let own = self.own.map(|(due, _)| due);
        own.into_iter().chain(self.term.map(Due::before)).min()
    }

    /// What sets the end.
    pub fn reason(&self) -> EndReason {
        self.end().map_or(EndReason::Never, |end| self.reason_for(end))
    }

    /// What sets this end: where that of the term falls together with one that the duty itself names, that one.
    pub fn reason_for(&self, end: Due) -> EndReason {
        match self.own {
            Some((own, reason)) if own == end => reason,
            _ => EndReason::Term,
        }
    }

    /// The same extent once the term ends at another instant. What the end of the term does not bound stays so.
    pub fn extended(&mut self, end: Instant) {
        self.term = self.term.map(|_| end);
    }
}

impl super::Periods {
    /// The first instant of the window that cuts them.
    pub fn start(&self) -> Instant {
        self.window.start.unwrap_or(self.anchor)
    }

    /// The first instant after that window, if it ends.
    pub fn end(&self) -> Option<Instant> {
        self.window.end().map(Due::edge)
    }

    /// The part of a period that is in the window.
    pub fn part_of(&self, period: Period) -> Period {
        Period {
            start: period.start.max(self.start()),
            end: self.end().map_or(period.end, |end| period.end.min(end)),
            ..period
        }
    }

    /// Whether the end of the term alone cuts a period short.
    pub fn cut_by_the_term(&self, period: Period) -> bool {
        let own = self.window.own.is_none_or(|(due, _)| period.end <= due.edge());
        own && self.start() <= period.start && self.window.term.is_some_and(|term| term < period.end)
    }
}

/// The scope of the repairs of a duty: after an `avoid` of single events, the event that broke it has a name.
pub(super) fn scope_after(scope: &Scope, position: usize, written: &ast::Duty, built: &Duty) -> Scope {
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
