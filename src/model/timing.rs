//! When a duty is owed: from the words of a rule file to an extent of time.

use std::sync::Arc;

use super::build::Builder;
use super::names::Scope;
use super::{AgreementId, Clock, Clocks, EndReason, Extent, LeadTime, Operand, Periods, Relative, Standing, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Deadline, DeadlineKind, Direction, Modal, Timing, Verb};
use crate::time::{Cadence, Date, Due, Duration, Instant, Respite, WorkingCalendar};
use crate::value::Type;

/// How many working days a timing can ask for.
const MOST_WORKING_DAYS: u32 = 10_000;

/// A mistake was reported, so that there is nothing to go on with.
#[derive(Debug)]
pub(super) struct Reported;

/// The timings of a duty, each kind at most once.
#[derive(Debug, Default)]
pub(super) struct Timings<'a> {
    end: Option<(&'a ast::Pattern, EndWord, Span)>,
    due: Option<(&'a [Spanned<Deadline>], Span)>,
    pub(super) before: Option<(LeadTime, Span)>,
    pub(super) in_each: Option<(Cadence, Span)>,
    pub(super) in_any: Option<(Duration, Span)>,
    from: Option<(Date, Span)>,
    to: Option<(Date, Span)>,
}

impl Builder {
    pub(super) fn timings<'a>(&mut self, duty: &'a ast::Duty) -> Timings<'a> {
        let mut timings = Timings::default();
        for timing in &duty.timings {
            let span = timing.span;
            let before = match &timing.node {
                Timing::Due(deadlines) => {
                    if let Some((_, first)) = timings.due.replace((deadlines, span)) {
                        let message = "this duty has two deadlines side by side";
                        let diagnostic = Diagnostic::error(Code::BadTiming, message, span, "a second one");
                        let help = "join them with `and`: the earlier one decides";
                        self.report(diagnostic.also(first, "the first one").help(help));
                    }
                    for deadline in deadlines {
                        if let DeadlineKind::Before(pattern) = &deadline.node.kind {
                            self.end_word(&mut timings, pattern, EndWord::Before, deadline.span);
                        }
                    }
                    continue;
                }
                Timing::Until(pattern) => {
                    self.end_word(&mut timings, pattern, EndWord::Until, span);
                    continue;
                }
                Timing::Before(lead) => {
                    let lead = match lead {
                        ast::LeadTime::AtLeast(least) => LeadTime::AtLeast(least.node),
                        ast::LeadTime::Between(one, other) => LeadTime::Between(one.node, other.node),
                        ast::LeadTime::Within(most) => LeadTime::Within(most.node),
                    };
                    timings
                        .before
                        .replace((lead, span))
                        .map(|(_, span)| ("time before the trigger", span))
                }
                Timing::InEach(cadence) => timings
                    .in_each
                    .replace((cadence.node, span))
                    .map(|(_, span)| ("`in each`", span)),
                Timing::InAny(length) => timings
                    .in_any
                    .replace((length.node, span))
                    .map(|(_, span)| ("`in any`", span)),
                Timing::From(date) => timings
                    .from
                    .replace((date.node, span))
                    .map(|(_, span)| ("`from`", span)),
                Timing::To(date) => timings.to.replace((date.node, span)).map(|(_, span)| ("`to`", span)),
            };
            if let Some((what, first)) = before {
                self.said_twice(what, span, first);
            }
        }
        timings
    }

    fn end_word<'a>(&mut self, timings: &mut Timings<'a>, pattern: &'a ast::Pattern, word: EndWord, span: Span) {
        if let Some((_, _, first)) = timings.end.replace((pattern, word, span)) {
            self.said_twice("event that ends the time", span, first);
        }
    }

    /// The event that ends the time of a duty, if one does.
    pub(super) fn end(
        &mut self,
        timings: &Timings<'_>,
        duty: &ast::Duty,
        scope: &Scope,
    ) -> Result<Option<super::Pattern>, Reported> {
        let Some((pattern, word, span)) = timings.end else {
            return Ok(None);
        };
        let mistake = match (&duty.verb.node, word) {
            _ if duty.per.is_some() || timings.in_any.is_some() => Some((
                "a window, or what is said of every one, has no event that ends its time",
                "say when it is owed with `in each`, `in any`, `within` or dates",
            )),
            _ if timings.in_each.is_some() => Some((
                "periods are not ended by an event",
                "leave `in each` out, or let the clause be released: `waived by`",
            )),
            (Verb::Ensure(..), _) if duty.modal.node == Modal::AimTo => Some((
                "an aim is never due, and so not before an event",
                "write `should` for a best effort that can fail to be in time",
            )),
            (Verb::Ensure(..), EndWord::Until) => Some((
                "an `ensure` is done once, and not until an event",
                "write `before` if the event ends the time in which it can be done",
            )),
            (Verb::Bound(bound), EndWord::Until) if bound.direction == Direction::Floor => Some((
                "an `ensure` of a figure is done by a time, and not until an event",
                "write `before` if the event ends the time in which it can be reached",
            )),
            (Verb::Bound(bound), EndWord::Before) if bound.direction == Direction::Ceiling => Some((
                "an `avoid` of a figure is owed until an event, and not before one",
                "write `until`: what happens at the instant of the event does not count",
            )),
            (Verb::Avoid(..) | Verb::Maintain(..), EndWord::Before) => Some((
                "an `avoid` or a `maintain` is owed until an event, and not before one",
                "write `until`: what happens at the instant of the event is allowed",
            )),
            _ if timings.before.is_some() => Some((
                "what is owed before its trigger is judged at the trigger, and has no other time",
                "leave one of them out, or write a second clause",
            )),
            _ => None,
        };
        if let Some((message, help)) = mistake {
            self.report(Diagnostic::error(Code::BadTiming, message, span, "not here").help(help));
            return Err(Reported);
        }
        self.pattern(pattern, scope, Var::Subject).map(Some).ok_or(Reported)
    }

    /// The extent of a duty that the term itself opens.
    pub(super) fn standing(&mut self, timings: &Timings<'_>, owner: AgreementId, duty: Span) -> Option<Standing> {
        let agreement = &self.agreements[owner.index()];
        let (zone, term_start, term_end) = (agreement.zone.clone(), agreement.start, agreement.end);
        let start = term_start.max(timings.from.map(|(date, _)| zone.start_of(date)));
        let mut ends: Vec<(Due, EndReason)> = Vec::new();
        if let Some((date, _)) = timings.to {
            ends.push((Due::before(zone.end_of(date)), EndReason::Date(date)));
        }
        for deadline in timings.deadlines() {
            ends.push(self.standing_end(deadline, start, owner)?);
        }
        let standing = Standing {
            start,
            // The earliest; where two fall together the one that was pushed last.
            own: ends.iter().rev().min_by_key(|(due, _)| *due).copied(),
            term: term_end,
        };
        let end = self.agreements[owner.index()].latest_end(&standing);
        if let (Some(start), Some(end)) = (standing.start, end)
            && !end.admits(start)
            && self.by_itself.is_none()
        {
            let message = "this duty is owed at no time: its time ends before it starts";
            self.report(Diagnostic::error(
                Code::BadTiming,
                message,
                timings.span().unwrap_or(duty),
                "an empty time",
            ));
            return None;
        }
        Some(standing)
    }

    /// When a duty that the term opens is due.
    fn standing_end(
        &mut self,
        deadline: &Spanned<Deadline>,
        start: Option<Instant>,
        owner: AgreementId,
    ) -> Option<(Due, EndReason)> {
        let zone = self.agreements[owner.index()].zone.clone();
        let counted = match &deadline.node.kind {
            DeadlineKind::By(date) => {
                let end = (Due::before(zone.end_of(date.node)), EndReason::Date(date.node));
                return self.standing_deferred(end, &deadline.node, owner);
            }
            DeadlineKind::Within(_, of) | DeadlineKind::WorkingDays(_, of) | DeadlineKind::DayOfMonth(_, of) => of,
            // An event has no clock: it is read as the end of the duty.
            DeadlineKind::Before(_) => return None,
        };
        if let Some(path) = counted {
            let message = "there is no trigger whose field could be counted from";
            let help = "open the duty with `when`, or count from the start of the term";
            self.report(Diagnostic::error(Code::BadTiming, message, path.span, "of which event?").help(help));
            return None;
        }
        let Some(start) = start else {
            let message = "this counts from the start of the term, and the agreement has none";
            self.needs_start(deadline.span, message);
            return None;
        };
        let end = match &deadline.node.kind {
            DeadlineKind::WorkingDays(count, _) => {
                let calendar = self.calendar_of(owner, deadline.span)?;
                let count = self.working_days(*count)?;
                let due = zone.end_of_working_day(start, count, &calendar);
                (due, EndReason::WorkingDays(count))
            }
            DeadlineKind::DayOfMonth(day, _) => (zone.end_of_month_day(start, *day), EndReason::DayOfMonth(*day)),
            DeadlineKind::Within(duration, _) => {
                let due = Due::at(zone.add(start, duration.node));
                (due, EndReason::Within(duration.node))
            }
            DeadlineKind::By(_) | DeadlineKind::Before(_) => return None,
        };
        self.standing_deferred(end, &deadline.node, owner)
    }

    fn standing_deferred(
        &mut self,
        (due, reason): (Due, EndReason),
        deadline: &Deadline,
        owner: AgreementId,
    ) -> Option<(Due, EndReason)> {
        let Some((respite, calendar)) = self.deferral(deadline, owner).ok()? else {
            return Some((due, reason));
        };
        let zone = &self.agreements[owner.index()].zone;
        Some(match zone.deferred(due, respite, &calendar) {
            Some(later) => (later, EndReason::Deferred(zone.last_day(due))),
            None => (due, reason),
        })
    }

    /// What a deadline says of days that are no working days.
    fn deferral(
        &mut self,
        deadline: &Deadline,
        owner: AgreementId,
    ) -> Result<Option<(Respite, Arc<WorkingCalendar>)>, Reported> {
        let Some(respite) = deadline.deferral else {
            return Ok(None);
        };
        if let DeadlineKind::WorkingDays(..) = deadline.kind {
            let message = "a time in working days ends on a working day, so that there is nothing to defer";
            let diagnostic = Diagnostic::error(Code::BadTiming, message, respite.span, "never so");
            self.report(diagnostic.help("leave it out"));
            return Err(Reported);
        }
        let calendar = self.calendar_of(owner, respite.span).ok_or(Reported)?;
        Ok(Some((respite.node, calendar)))
    }

    /// The calendar of an agreement that needs one.
    fn calendar_of(&mut self, owner: AgreementId, span: Span) -> Option<Arc<WorkingCalendar>> {
        let agreement = &self.agreements[owner.index()];
        if agreement.calendar.is_none() {
            let message = format!(
                "the agreement `{}` does not say which days are working days",
                agreement.name
            );
            let help = "say so in its braces: `working days monday to friday`, and `holidays` if there are some";
            let diagnostic = Diagnostic::error(Code::MissingPart, message, span, "which days are these?");
            let declared = agreement.span;
            self.report(diagnostic.also(declared, "this agreement").help(help));
            return None;
        }
        agreement.calendar.clone()
    }

    /// A number of working days that can be counted.
    fn working_days(&mut self, count: Spanned<u32>) -> Option<u32> {
        let (message, help) = match count.node {
            0 => (
                "no number of working days",
                "the first working day after that of the event is `within 1 working day`",
            ),
            1..=MOST_WORKING_DAYS => return Some(count.node),
            _ => (
                "so many working days are not counted",
                "a number of working days is at most 10,000; longer times are said in months or years",
            ),
        };
        self.report(Diagnostic::error(Code::BadTiming, message, count.span, "how many?").help(help));
        None
    }

    /// The extent of a duty that a trigger or a breach opens.
    pub(super) fn relative(
        &mut self,
        timings: &Timings<'_>,
        owner: AgreementId,
        scope: &Scope,
    ) -> Result<Option<Relative>, Reported> {
        if let Some((date, span)) = timings.from.or(timings.to) {
            let message = "`from` and `to` bound a duty that the term opens, and this one is opened by an event";
            let help = format!("count from the opening with `within`, or name a last day with `by {date}`");
            self.report(Diagnostic::error(Code::BadTiming, message, span, "not here").help(help));
            return Err(Reported);
        }
        let clocks: Vec<Option<Clock>> = timings
            .deadlines()
            .iter()
            .map(|deadline| self.clock(deadline, owner, scope))
            .collect();
        let mut clocks = clocks
            .into_iter()
            .collect::<Option<Vec<Clock>>>()
            .ok_or(Reported)?
            .into_iter();
        Ok(clocks
            .next()
            .map(|first| Relative::Until(Clocks::new(first, clocks.collect()))))
    }

    fn clock(&mut self, deadline: &Spanned<Deadline>, owner: AgreementId, scope: &Scope) -> Option<Clock> {
        let clock = match &deadline.node.kind {
            DeadlineKind::Within(duration, of) => match self.counted_from(of.as_ref(), scope).ok()? {
                Some(operand) => Clock::WithinOf(duration.node, operand),
                None => Clock::Within(duration.node),
            },
            DeadlineKind::WorkingDays(count, of) => {
                let calendar = self.calendar_of(owner, deadline.span);
                let count = self.working_days(*count);
                let operand = self.counted_from(of.as_ref(), scope).ok()?;
                Clock::WorkingDays(count?, operand, calendar?)
            }
            DeadlineKind::DayOfMonth(day, of) => Clock::DayOfMonth(*day, self.counted_from(of.as_ref(), scope).ok()?),
            DeadlineKind::By(date) => {
                let end = self.agreements[owner.index()].zone.end_of(date.node);
                Clock::By(date.node, Due::before(end))
            }
            // An event has no clock: it is read as the end of the duty.
            DeadlineKind::Before(_) => return None,
        };
        Some(match self.deferral(&deadline.node, owner).ok()? {
            Some((respite, calendar)) => Clock::Deferred(Box::new(clock), respite, calendar),
            None => clock,
        })
    }

    /// The instant in a field that a time is counted from, if it does not count from the opening.
    fn counted_from(&mut self, path: Option<&Spanned<ast::Path>>, scope: &Scope) -> Result<Option<Operand>, Reported> {
        let Some(path) = path else { return Ok(None) };
        let operand = Spanned::new(ast::OperandKind::Path(path.node.clone()), path.span);
        self.check(&operand, scope, &Type::Instant).map(Some).ok_or(Reported)
    }

    /// The lead time of an `ensure`, where it has one; what opens the duty is then an event whose instant it is counted back from.
    pub(super) fn lead(&mut self, timings: &Timings<'_>, opened_by: OpenedBy) -> Result<Option<LeadTime>, Reported> {
        let Some((lead, span)) = timings.before else {
            return Ok(None);
        };
        let (message, help) = match opened_by {
            OpenedBy::Trigger => {
                let others = [
                    timings.due.map(|(_, span)| span),
                    timings.in_each.map(|(_, span)| span),
                    timings.in_any.map(|(_, span)| span),
                    timings.from.map(|(_, span)| span),
                    timings.to.map(|(_, span)| span),
                ];
                let Some(other) = others.into_iter().flatten().next() else {
                    return Ok(Some(lead));
                };
                let message = "what is owed before its trigger is judged at the trigger, and has no other time";
                let diagnostic = Diagnostic::error(Code::BadTiming, message, other, "another time");
                let help = "leave one of them out, or write a second clause";
                self.report(diagnostic.also(span, "the time before").help(help));
                return Err(Reported);
            }
            OpenedBy::Term => (
                "there is no trigger to come before",
                "open the duty with `when`: the time is counted back from that event",
            ),
            OpenedBy::Breach => (
                "a repair is owed from the breach on, and so not before it",
                "count on from the breach: `within 72 hours`",
            ),
        };
        self.report(Diagnostic::error(Code::BadTiming, message, span, "before what?").help(help));
        Err(Reported)
    }

    /// Reports a time before the trigger where there can be none.
    pub(super) fn no_lead(&mut self, timings: &Timings<'_>) -> Result<(), Reported> {
        let Some((_, span)) = timings.before else {
            return Ok(());
        };
        let message = "only an `ensure` is owed before its trigger";
        let help = "to forbid an event unless something came before it, write `avoid E unless some N within D before`";
        self.report(Diagnostic::error(Code::BadTiming, message, span, "not here").help(help));
        Err(Reported)
    }

    /// The periods of a cadence.
    pub(super) fn periods(&mut self, timings: &Timings<'_>, owner: AgreementId, duty: Span) -> Option<Periods> {
        let (cadence, span) = timings.in_each?;
        // An event that ends the time of one has been refused before.
        if let (Some((_, other)), None) = (timings.due, timings.end) {
            let message = "a duty in each period is due at the end of the period";
            let diagnostic = Diagnostic::error(Code::BadTiming, message, other, "a deadline of its own");
            self.report(diagnostic.also(span, "the periods").help("leave one of them out"));
            return None;
        }
        let Some(anchor) = self.agreements[owner.index()].start else {
            self.needs_start(span, "periods are counted in a term, and the agreement has none");
            return None;
        };
        let standing = self.standing(timings, owner, duty)?;
        Some(Periods {
            cadence,
            anchor,
            window: standing,
        })
    }

    pub(super) fn needs_start(&mut self, span: Span, message: &str) {
        let help = "give the agreement a term: `in force from 2024-06-13`";
        self.report(Diagnostic::error(Code::MissingPart, message, span, "needs a start").help(help));
    }

    /// The extent of an `ensure`, `avoid` or `maintain` outside of periods.
    pub(super) fn extent(
        &mut self,
        timings: &Timings<'_>,
        owner: AgreementId,
        scope: &Scope,
        opened_by: OpenedBy,
        need: Need,
        duty: Span,
    ) -> Option<Extent> {
        if let (Need::Length, [first, second, ..]) = (need, timings.deadlines().as_slice()) {
            let message = "only an `ensure` has several deadlines: what is avoided or maintained is so for one length";
            let diagnostic = Diagnostic::error(Code::BadTiming, message, second.span, "a second one");
            self.report(diagnostic.also(first.span, "the first one").help("keep one of them"));
            return None;
        }
        if !opened_by.is_event() {
            let mut standing = self.standing(timings, owner, duty)?;
            if need == Need::Nothing {
                standing.own = None;
                standing.term = None;
            }
            if need == Need::Deadline && standing.end().is_none() && timings.end.is_none() {
                let message = "this duty is never due: neither it nor the agreement has an end";
                let help = "give it a deadline (`by DATE`, `within D`, `in each P`), or write `aim to ensure`";
                self.report(Diagnostic::error(Code::MissingPart, message, duty, "without a deadline").help(help));
                return None;
            }
            return Some(Extent::Standing(standing));
        }
        match (self.relative(timings, owner, scope).ok()?, need) {
            (Some(relative), _) => Some(Extent::Relative(relative)),
            (None, _) if timings.end.is_some() => Some(Extent::Relative(Relative::Never)),
            (None, Need::Nothing) => Some(Extent::Relative(Relative::Never)),
            (None, Need::Deadline) => {
                let message = "a duty that an event opens needs a deadline";
                let help = "say when it is due: `within 24 hours`, `by 2025-01-31`, `before` an event; or write `aim to ensure`";
                self.report(Diagnostic::error(Code::MissingPart, message, duty, "by when?").help(help));
                None
            }
            (None, Need::Length) => {
                let message = "a duty that an event opens needs a length";
                let help = "say how long it is owed: `within 30 days` of the event, `by` a day, or `until` an event";
                self.report(Diagnostic::error(Code::MissingPart, message, duty, "for how long?").help(help));
                None
            }
        }
    }
}

/// The word that says which event ends the time of a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndWord {
    /// `before`, of an `ensure`.
    Before,
    /// `until`, of an `avoid` or a `maintain`.
    Until,
}

/// What opens a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenedBy {
    Term,
    Trigger,
    /// Of the duty before it in the chain.
    Breach,
}

impl OpenedBy {
    /// Whether it has an instant of its own for each instance.
    pub(super) fn is_event(self) -> bool {
        self != OpenedBy::Term
    }
}

/// What a duty needs its timing for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// An `ensure` must be due at some time.
    Deadline,
    /// An `avoid` or `maintain` that an event opens must end at some time.
    Length,
    /// An aim is never due.
    Nothing,
}

impl<'a> Timings<'a> {
    /// A timing that cannot stand beside windows.
    pub(super) fn beside_windows(&self) -> Option<Span> {
        self.due.map(|(_, span)| span).or(self.in_each.map(|(_, span)| span))
    }

    /// The deadlines that have a clock.
    fn deadlines(&self) -> Vec<&'a Spanned<Deadline>> {
        let all = self.due.map_or(&[][..], |(deadlines, _)| deadlines);
        let has_clock = |deadline: &&Spanned<Deadline>| !matches!(deadline.node.kind, DeadlineKind::Before(_));
        all.iter().filter(has_clock).collect()
    }

    /// The words that say when.
    pub(super) fn span(&self) -> Option<Span> {
        let spans = [
            self.end.map(|(_, _, span)| span),
            self.due.map(|(_, span)| span),
            self.before.map(|(_, span)| span),
            self.in_each.map(|(_, span)| span),
            self.in_any.map(|(_, span)| span),
            self.from.map(|(_, span)| span),
            self.to.map(|(_, span)| span),
        ];
        spans.into_iter().flatten().reduce(Span::to)
    }
}
