//! Clauses as formulas whose satisfactions are the violations.

use std::collections::BTreeSet;

use super::condition::Want;
use super::formula::{Formula, Interval, Relation, Term, Variable};
use super::pattern::{Atom, When};
use super::refusal::{Reason, Refused};
use super::scope::{Bound, Reach, Scope, Translator, fields_of};
use super::vocabulary::{NOW, Namer, stamp};
use crate::model::{
    Clause, Clock, Clocks, Condition, Duty, Exception, Extent, FieldId, FieldRef, ForEvery, Goal, LeadTime, Opening,
    OperandKind, Pattern, Periods, Relative, Standing, Strength, Var,
};
use crate::source::Span;
use crate::syntax::ast::Count;
use crate::time::{Due, Instant, Period};

/// How many periods a formula lists at most.
const MOST_PERIODS: usize = 120;

/// A formula, and what its satisfactions are.
#[derive(Debug, Clone)]
pub struct Translated {
    /// Its satisfactions are the violations.
    pub formula: Formula,
    /// What a satisfaction tells.
    pub reading: Reading,
    /// Instants at which the log must have a time point, because something can begin there without an event.
    pub moments: Vec<Instant>,
}

/// What a satisfaction tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The duty that this event opened is broken; the variable is its number.
    Opened(Variable),
    /// This event is a breach; the variable is its number.
    Event(Variable),
    /// The one duty of the clause is broken; the variable is the time stamp at which that was seen.
    Term(Variable),
    /// The duty is broken in this period; the variable is its position, from 0.
    Period(Variable),
    /// The condition fails from a time on.
    Interval {
        /// The time stamp.
        from: Variable,
        /// For which key of the states, if it is said of each.
        key: Option<Variable>,
        /// The number of the event that opened the duty, if one did.
        opened: Option<Variable>,
    },
}

/// What is bound where a duty is opened.
struct Opened {
    formula: Formula,
    scope: Scope,
    bound: Bound,
    var: Var,
}

impl Translator<'_> {
    /// For each duty of a clause, the formula of its violations: that it is broken, and all before it.
    pub(super) fn clause(&mut self, clause: &Clause) -> Vec<Result<Translated, Refused>> {
        // Taken apart whole, so that what clauses will be able to say besides is not passed over in silence.
        let Clause {
            agreement: _,
            name: _,
            title: _,
            cites: _,
            severity: _,
            tags: _,
            opening,
            duties,
            waivers: _,
            life,
            exceptions: _,
            application: _,
            span: _,
            whole: _,
        } = clause;
        let Some((first, repairs)) = duties.split_first() else {
            return Vec::new();
        };
        let lives = life.iter().chain(&self.model.agreement(clause.agreement).life);
        let mut results = vec![match lives.min_by_key(|rule| rule.span) {
            Some(rule) => Err(Reason::Life.at(rule.span)),
            None => self.first_duty(clause, opening, first),
        }];
        for place in 0..repairs.len() {
            let refused = match results.last() {
                Some(Err(_)) => Some(Reason::AfterUntranslated),
                _ => None,
            };
            // A formula of its own has names of its own.
            self.names = Namer::new();
            let result = match refused {
                Some(reason) => Err(reason.at(repairs[place].span)),
                None => self.repair(clause, opening, &duties[..place + 2]),
            };
            results.push(result);
        }
        results
    }

    fn first_duty(&mut self, clause: &Clause, opening: &Opening, duty: &Duty) -> Result<Translated, Refused> {
        let Duty {
            actors: _,
            strength,
            goal,
            end,
            span,
            timing_span,
        } = duty;
        if *strength == Strength::Aim {
            return Err(Reason::Aim.at(*span));
        }
        if let Some(end) = end {
            return Err(Reason::End.at(end.span));
        }
        let timing = timing_span.unwrap_or(*span);
        let released = match goal {
            Goal::Ensure { extent, .. } => matches!(extent, Extent::Relative(_)),
            // It is decided when it is opened, so that only its repair can be released.
            Goal::EnsureBefore { .. } => true,
            Goal::EnsureEach { .. }
            | Goal::Avoid { .. }
            | Goal::AvoidEach { .. }
            | Goal::Maintain { .. }
            | Goal::Bound(_)
            | Goal::Permit { .. } => false,
        };
        if let (Some(waiver), false) = (clause.waivers.first(), released) {
            return Err(Reason::Release.at(waiver.span));
        }
        match goal {
            Goal::Bound(_) => Err(Reason::Figure.at(*span)),
            Goal::Ensure {
                excuse: Some(excuse), ..
            } => Err(Reason::Excuse.at(excuse.span)),
            Goal::Ensure {
                pattern,
                count,
                extent,
                excuse: None,
            } => match extent {
                Extent::Relative(relative) => {
                    let opened = self.opening(clause, opening)?;
                    self.ensure(clause, &opened, pattern, *count, relative, timing)
                }
                Extent::Standing(standing) => self.ensure_standing(pattern, *count, *standing, timing),
            },
            Goal::Avoid {
                pattern,
                guards,
                more_than,
                extent,
            } => match extent {
                Extent::Relative(relative) => {
                    let opened = self.opening(clause, opening)?;
                    self.avoid(&opened, pattern, guards, *more_than, relative, timing)
                }
                Extent::Standing(standing) => match more_than {
                    None => {
                        let event = self.standing_event(clause, pattern, guards, *standing)?;
                        let reading = Reading::Event(event.bound.number.clone());
                        Ok(translated(event.formula, reading))
                    }
                    Some(limit) => self.avoid_standing(pattern, &forbidding(clause, guards), *limit, *standing),
                },
            },
            Goal::EnsureBefore { pattern, count, lead } => {
                let opened = self.opening(clause, opening)?;
                let formula = self.ensure_before(&opened, pattern, *count, *lead, timing)?;
                Ok(translated(formula, Reading::Opened(opened.bound.number)))
            }
            Goal::EnsureEach {
                pattern,
                count,
                periods,
            } => self.ensure_each(pattern, *count, periods, timing),
            Goal::AvoidEach {
                pattern,
                guards,
                more_than,
                periods,
            } => self.avoid_each(pattern, &forbidding(clause, guards), *more_than, periods, timing),
            Goal::Permit { .. } => Err(Reason::Permission.at(*span)),
            Goal::Maintain {
                condition,
                every,
                extent,
            } => self.maintain(clause, opening, condition, every.as_ref(), extent, timing),
        }
    }

    // ---- Openings ----

    /// The event that opens a duty, and that it does.
    fn opening(&mut self, clause: &Clause, opening: &Opening) -> Result<Opened, Refused> {
        let Opening::Trigger { trigger, guards } = opening else {
            // The model gives a duty that the term opens an extent of its own.
            return Err(Reason::Repair.at(clause.span));
        };
        let pattern = match (trigger.single(), trigger.opening()) {
            (Some(pattern), _) => pattern,
            (None, [pattern, ..]) => return Err(Reason::Trigger.at(pattern.span)),
            (None, []) => return Err(Reason::Trigger.at(clause.span)),
        };
        let used = used_of(clause, Var::Trigger);
        let Atom { formula, bound, rest } = self.atom(pattern, Var::Subject, &Scope::default(), &used, &[]);
        let judged = Scope::default().with(Var::Subject, bound.clone());
        let mut formula = formula;
        for condition in rest {
            formula = self.filter(formula, condition, Want::True, &judged)?;
        }
        let agreement = self.model.agreement(clause.agreement);
        let term = [
            agreement
                .start
                .map(|start| When(Relation::GreaterOrEqual, stamp(start))),
            agreement.end.map(|end| When(Relation::Less, stamp(end))),
        ];
        for When(relation, bound_at) in term.into_iter().flatten() {
            formula = formula.and(Formula::Compare(Term::Variable(bound.time.clone()), relation, bound_at));
        }
        let scope = Scope::default().with(Var::Trigger, bound.clone());
        let formula = self.filter_all(formula, guards, Want::True, &scope)?;
        Ok(Opened {
            formula,
            scope,
            bound,
            var: Var::Trigger,
        })
    }

    /// An event that breaks a prohibition of the term.
    fn standing_event(
        &mut self,
        clause: &Clause,
        pattern: &Pattern,
        guards: &[Condition],
        standing: Standing,
    ) -> Result<Opened, Refused> {
        let guards = forbidding(clause, guards);
        let mut used = fields_of(Var::Subject, &guards);
        used.extend(used_of(clause, Var::Breach(0)));
        let (formula, bound) = self.counted_event(None, pattern, &guards, &used, &window(standing))?;
        let scope = Scope::default().with(Var::Breach(0), bound.clone());
        Ok(Opened {
            formula,
            scope,
            bound,
            var: Var::Breach(0),
        })
    }

    /// An event that certainly counts, where it happens; beside what is bound already.
    fn counted_event(
        &mut self,
        opened: Option<&Opened>,
        pattern: &Pattern,
        guards: &[Condition],
        used: &BTreeSet<FieldId>,
        when: &[When],
    ) -> Result<(Formula, Bound), Refused> {
        let outer = opened.map_or_else(Scope::default, |opened| opened.scope.clone());
        let Atom { formula, bound, rest } = self.atom(pattern, Var::Subject, &outer, used, &[]);
        let mut formula = match opened {
            None => formula,
            Some(opened) => opened.formula.clone().and(formula),
        };
        for When(relation, term) in when {
            formula = formula.and(Formula::Compare(
                Term::Variable(bound.time.clone()),
                *relation,
                term.clone(),
            ));
        }
        let scope = outer.with(Var::Subject, bound.clone());
        for condition in rest {
            formula = self.filter(formula, condition, Want::True, &scope)?;
        }
        formula = self.filter_all(formula, guards, Want::True, &scope)?;
        Ok((formula, bound))
    }

    /// What is bound now, when one of these due times has passed; only at the first time point at which one has.
    fn first_past(&mut self, context: Option<&Formula>, passed: &[When], at: &Variable) -> Formula {
        let before = self.names.variable("before");
        let over = |at: &Variable| {
            let at = Term::Variable(at.clone());
            let now = Formula::Predicate(NOW.to_owned(), vec![at.clone()]);
            let start = match context {
                Some(context) => context.clone().and(now),
                None => now,
            };
            let each = passed
                .iter()
                .map(|When(relation, due)| start.clone().and(Formula::Compare(at.clone(), *relation, due.clone())));
            Formula::any(each.collect()).unwrap_or_else(|| start.clone())
        };
        let already = over(&before).exists(vec![before.clone()]).previously();
        over(at).and(already.negated())
    }

    /// The ends of a window that clocks give it.
    fn ends(&self, clocks: &Clocks, opened: &Opened, timing: Span) -> Result<Vec<End>, Refused> {
        let end = |clock: &Clock| {
            if let Some(due) = clock.fixed(self.zone) {
                return Ok(End {
                    passed: past(due),
                    admits: not_past(due),
                    given: None,
                });
            }
            let (term, given, duration) = match clock {
                Clock::By(..) | Clock::WorkingDays(..) | Clock::DayOfMonth(..) | Clock::Deferred(..) => {
                    return Err(Reason::DaysOfTheCalendar.at(timing));
                }
                Clock::Within(duration) => (Term::Variable(opened.bound.time.clone()), None, duration),
                Clock::WithinOf(duration, operand) => (
                    self.term(operand, &opened.scope)?,
                    Self::given(operand, &opened.scope),
                    duration,
                ),
            };
            let length = self.length(*duration, timing)?;
            let due = match term {
                Term::Variable(variable) => Term::Plus(variable, length),
                Term::Int(number) => Term::Int(number + length),
                other => other,
            };
            Ok(End {
                passed: When(Relation::Greater, due.clone()),
                admits: When(Relation::LessOrEqual, due),
                given,
            })
        };
        clocks.iter().map(end).collect()
    }

    /// The length of a window that one clock gives it, counted from the opening.
    fn single_length(&self, clocks: &Clocks, timing: Span) -> Result<Option<i128>, Refused> {
        match clocks.first() {
            Clock::Within(duration) if clocks.is_single() => self.length(*duration, timing).map(Some),
            _ => Ok(None),
        }
    }

    // ---- ensure ----

    fn ensure(
        &mut self,
        clause: &Clause,
        opened: &Opened,
        pattern: &Pattern,
        count: u32,
        relative: &Relative,
        timing: Span,
    ) -> Result<Translated, Refused> {
        let Relative::Until(clocks) = relative else {
            return Err(Reason::NeverBroken.at(timing));
        };
        let reading = Reading::Opened(opened.bound.number.clone());
        if let Some(length) = self.single_length(clocks, timing)? {
            let reach = Reach::Eventually(Interval::until(length));
            let kept = self.kept(clause, &opened.formula, &opened.scope, reach, pattern, count, &[])?;
            return Ok(translated(and_none(opened.formula.clone(), kept), reading));
        }
        // The due time is no one distance from the opening, so the violation is seen from the time point at which it has passed.
        let ends = self.ends(clocks, opened, timing)?;
        let before = given(opened.formula.clone().once(Interval::UNBOUNDED), &ends);
        let scope = opened.reached(Reach::Once(Interval::UNBOUNDED));
        let at = self.names.variable("at");
        let passed: Vec<When> = ends.iter().map(|end| end.passed.clone()).collect();
        let over = self.first_past(Some(&before), &passed, &at);
        let mut when = vec![When(
            Relation::GreaterOrEqual,
            Term::Variable(opened.bound.time.clone()),
        )];
        when.extend(ends.into_iter().map(|end| end.admits));
        let reach = Reach::Once(Interval::UNBOUNDED);
        let kept = self.kept(clause, &before, &scope, reach, pattern, count, &when)?;
        Ok(translated(and_none(over.exists(vec![at]), kept), reading))
    }

    /// What keeps a duty from being broken: that it is done, or that it is released.
    #[expect(clippy::too_many_arguments, reason = "each is a part of what is looked for")]
    fn kept(
        &mut self,
        clause: &Clause,
        context: &Formula,
        scope: &Scope,
        reach: Reach,
        pattern: &Pattern,
        count: u32,
        when: &[When],
    ) -> Result<Vec<Formula>, Refused> {
        let own = Var::Subject;
        let mut kept = vec![self.at_least(context, scope, reach, pattern, own, count, Want::NotFalse, when)?];
        for waiver in &clause.waivers {
            kept.push(self.at_least(context, scope, reach, waiver, own, 1, Want::NotFalse, when)?);
        }
        Ok(kept)
    }

    fn ensure_before(
        &mut self,
        opened: &Opened,
        pattern: &Pattern,
        count: u32,
        lead: LeadTime,
        timing: Span,
    ) -> Result<Formula, Refused> {
        let (from, to) = match lead {
            LeadTime::AtLeast(least) => (self.length(least, timing)?, None),
            LeadTime::Within(most) => (0, Some(self.length(most, timing)?)),
            LeadTime::Between(one, other) => {
                let (one, other) = (self.length(one, timing)?, self.length(other, timing)?);
                (one.min(other), Some(one.max(other)))
            }
        };
        let interval = Interval {
            from,
            from_is_open: false,
            to,
        };
        let done = self.at_least(
            &opened.formula,
            &opened.scope,
            Reach::Once(interval),
            pattern,
            Var::Subject,
            count,
            Want::NotFalse,
            &[],
        )?;
        Ok(opened.formula.clone().and(done.negated()))
    }

    fn ensure_standing(
        &mut self,
        pattern: &Pattern,
        count: u32,
        standing: Standing,
        timing: Span,
    ) -> Result<Translated, Refused> {
        let Some(due) = standing.end() else {
            return Err(Reason::NeverBroken.at(timing));
        };
        let at = self.names.variable("at");
        let over = self.first_past(None, &[past(due)], &at);
        let done = self.at_least(
            &over,
            &Scope::default(),
            Reach::Once(Interval::UNBOUNDED),
            pattern,
            Var::Subject,
            count,
            Want::NotFalse,
            &window(standing),
        )?;
        Ok(translated(over.and(done.negated()), Reading::Term(at)))
    }

    fn ensure_each(
        &mut self,
        pattern: &Pattern,
        count: Count,
        periods: &Periods,
        timing: Span,
    ) -> Result<Translated, Refused> {
        let position = self.names.variable("period");
        let at = self.names.variable("at");
        let mut alternatives = Vec::new();
        for period in self.periods(periods, timing)? {
            let is_whole = period.start >= periods.start() && periods.end().is_none_or(|end| period.end <= end);
            if !is_whole {
                continue;
            }
            let when = within(period.start, period.end);
            let over = self.first_past(None, &[past(Due::before(period.end))], &at);
            let floor = match count {
                Count::AtLeast(floor) | Count::Exactly(floor) => floor,
            };
            if floor > 0 {
                let done = self.at_least(
                    &over,
                    &Scope::default(),
                    Reach::Once(Interval::UNBOUNDED),
                    pattern,
                    Var::Subject,
                    floor,
                    Want::NotFalse,
                    &when,
                )?;
                alternatives.push(labelled(over.and(done.negated()), &position, period));
            }
            if let Count::Exactly(limit) = count {
                let exceeded = self.exceeded(pattern, &[], limit, &when)?;
                alternatives.push(labelled(first_time(&exceeded, &at), &position, period));
            }
        }
        let Some(formula) = Formula::any(alternatives) else {
            return Err(Reason::NeverBroken.at(timing));
        };
        Ok(translated(formula, Reading::Period(position)))
    }

    // ---- avoid ----

    fn avoid(
        &mut self,
        opened: &Opened,
        pattern: &Pattern,
        guards: &[Condition],
        more_than: Option<u32>,
        relative: &Relative,
        timing: Span,
    ) -> Result<Translated, Refused> {
        let reading = Reading::Opened(opened.bound.number.clone());
        let (interval, ends) = self.stretch(relative, opened, timing)?;
        let before = given(opened.formula.clone().once(interval), &ends);
        let before = Opened {
            formula: before,
            scope: opened.reached(Reach::Once(interval)),
            bound: opened.bound.clone(),
            var: opened.var,
        };
        let used = fields_of(Var::Subject, guards);
        let when: Vec<When> = ends.into_iter().map(|end| end.admits).collect();
        let (event, bound) = self.counted_event(Some(&before), pattern, guards, &used, &when)?;
        let broken = match more_than {
            None | Some(0) => event.exists(bound.own),
            Some(limit) => {
                let mut hidden = bound.own.clone();
                hidden.retain(|variable| *variable != bound.number);
                self.more_than(event.exists(hidden).once(interval), &bound.number, limit)
            }
        };
        let already = broken.clone().once(Interval::UNBOUNDED).previously();
        Ok(translated(broken.and(already.negated()), reading))
    }

    /// How far back an opening may lie whose extent of time is not over, and what else ends that.
    fn stretch(&self, relative: &Relative, opened: &Opened, timing: Span) -> Result<(Interval, Vec<End>), Refused> {
        let Relative::Until(clocks) = relative else {
            return Ok((Interval::UNBOUNDED, Vec::new()));
        };
        Ok(match self.single_length(clocks, timing)? {
            Some(length) => (Interval::until(length), Vec::new()),
            None => (Interval::UNBOUNDED, self.ends(clocks, opened, timing)?),
        })
    }

    fn avoid_standing(
        &mut self,
        pattern: &Pattern,
        guards: &[Condition],
        limit: u32,
        standing: Standing,
    ) -> Result<Translated, Refused> {
        let at = self.names.variable("at");
        let exceeded = self.exceeded(pattern, guards, limit, &window(standing))?;
        Ok(translated(first_time(&exceeded, &at), Reading::Term(at)))
    }

    fn avoid_each(
        &mut self,
        pattern: &Pattern,
        guards: &[Condition],
        limit: u32,
        periods: &Periods,
        timing: Span,
    ) -> Result<Translated, Refused> {
        let position = self.names.variable("period");
        let at = self.names.variable("at");
        let mut alternatives = Vec::new();
        for period in self.periods(periods, timing)? {
            let start = period.start.max(periods.start());
            let end = periods.end().map_or(period.end, |end| period.end.min(end));
            let exceeded = self.exceeded(pattern, guards, limit, &within(start, end))?;
            alternatives.push(labelled(first_time(&exceeded, &at), &position, period));
        }
        let Some(formula) = Formula::any(alternatives) else {
            return Err(Reason::NeverBroken.at(timing));
        };
        Ok(translated(formula, Reading::Period(position)))
    }

    /// That more than so many events have counted so far. It has no free variable.
    fn exceeded(
        &mut self,
        pattern: &Pattern,
        guards: &[Condition],
        limit: u32,
        when: &[When],
    ) -> Result<Formula, Refused> {
        let used = fields_of(Var::Subject, guards);
        let (event, bound) = self.counted_event(None, pattern, guards, &used, when)?;
        if limit == 0 {
            return Ok(event.exists(bound.own).once(Interval::UNBOUNDED));
        }
        let mut hidden = bound.own.clone();
        hidden.retain(|variable| *variable != bound.number);
        let counted = event.exists(hidden).once(Interval::UNBOUNDED);
        Ok(self.more_than(counted, &bound.number, limit))
    }

    fn periods(&self, periods: &Periods, timing: Span) -> Result<Vec<Period>, Refused> {
        let Some(end) = periods.end() else {
            return Err(Reason::EndlessPeriods.at(timing));
        };
        let mut listed = Vec::new();
        let mut next = periods.cadence.period_at(self.zone, periods.anchor, periods.start());
        while let Some(period) = next.filter(|period| period.start < end) {
            if listed.len() == MOST_PERIODS {
                return Err(Reason::TooManyPeriods { most: MOST_PERIODS }.at(timing));
            }
            listed.push(period);
            let index = period.index.checked_add(1);
            next = index.and_then(|index| periods.cadence.period(self.zone, periods.anchor, index));
        }
        Ok(listed)
    }

    // ---- maintain ----

    fn maintain(
        &mut self,
        clause: &Clause,
        opening: &Opening,
        condition: &Condition,
        every: Option<&ForEvery>,
        extent: &Extent,
        timing: Span,
    ) -> Result<Translated, Refused> {
        let mut moments = Vec::new();
        let mut when = Vec::new();
        let mut context = None;
        let mut scope = Scope::default();
        let mut opened_by = None;
        match extent {
            Extent::Standing(standing) => {
                when = window(*standing);
                // The condition can fail from the start of the window on, with no event there; without a start, from when time stamps begin.
                moments.extend(standing.start.or(Instant::from_unix_nanoseconds(0)));
            }
            Extent::Relative(relative) => {
                let opened = self.opening(clause, opening)?;
                let (interval, ends) = self.stretch(relative, &opened, timing)?;
                context = Some(given(opened.formula.clone().once(interval), &ends));
                when.extend(ends.into_iter().map(|end| end.admits));
                scope = opened.reached(Reach::Once(interval));
                opened_by = Some(opened.bound.number);
            }
        }
        scope.doubting = true;
        let mut key = None;
        if let Some(every) = every {
            let variable = self.names.variable(&every.binding);
            let term = Term::Variable(variable.clone());
            let mut known = Vec::new();
            for state in &every.states {
                known.extend(self.touched(*state, Some(&term), condition.span)?);
            }
            let Some(known) = Formula::any(known) else {
                return Err(Reason::NeverBroken.at(condition.span));
            };
            let known = known.once(Interval::UNBOUNDED);
            context = Some(match context {
                Some(context) => context.and(known),
                None => known,
            });
            scope.key = Some(term);
            key = Some(variable);
        }
        let from = self.names.variable("from");
        let now = Formula::Predicate(NOW.to_owned(), vec![Term::Variable(from.clone())]);
        let start = match context {
            Some(context) => context.and(now),
            None => now,
        };
        let start = when.into_iter().fold(start, |formula, When(relation, term)| {
            formula.and(Formula::Compare(Term::Variable(from.clone()), relation, term))
        });
        let broken = self.filter(start, condition, Want::False, &scope)?;
        let before = broken.clone().exists(vec![from.clone()]).previously();
        let reading = Reading::Interval {
            from,
            key,
            opened: opened_by,
        };
        Ok(Translated {
            formula: broken.and(before.negated()),
            reading,
            moments,
        })
    }

    // ---- otherwise ----

    /// The length of an extent of time that has one.
    fn fixed_length(&self, relative: &Relative, timing: Span) -> Result<Option<i128>, Refused> {
        match relative {
            Relative::Until(clocks) => self.single_length(clocks, timing),
            Relative::Never => Ok(None),
        }
    }

    /// That the last of these duties is broken, and all before it. Each repair is owed from where the one before it was due.
    fn repair(&mut self, clause: &Clause, opening: &Opening, duties: &[Duty]) -> Result<Translated, Refused> {
        let mut chain = duties.iter();
        let Some(first) = chain.next() else {
            return Err(Reason::Repair.at(clause.span));
        };
        let last = duties.last().map_or(clause.span, |duty| duty.span);
        let (opened, mut formula, mut from) = match &first.goal {
            Goal::Ensure {
                pattern,
                count,
                extent: Extent::Relative(relative),
                excuse: None,
            } => {
                let timing = first.timing_span.unwrap_or(first.span);
                let length = self
                    .fixed_length(relative, timing)?
                    .ok_or_else(|| Reason::Repair.at(last))?;
                let opened = self.opening(clause, opening)?;
                let formula = self.ensure(clause, &opened, pattern, *count, relative, timing)?;
                (opened, formula.formula, Some(length))
            }
            Goal::EnsureBefore { pattern, count, lead } => {
                let opened = self.opening(clause, opening)?;
                let timing = first.timing_span.unwrap_or(first.span);
                let formula = self.ensure_before(&opened, pattern, *count, *lead, timing)?;
                (opened, formula, None)
            }
            Goal::Avoid {
                pattern,
                guards,
                more_than: None,
                extent: Extent::Standing(standing),
            } => {
                let opened = self.standing_event(clause, pattern, guards, *standing)?;
                let formula = opened.formula.clone();
                (opened, formula, None)
            }
            _ => return Err(Reason::Repair.at(last)),
        };
        for duty in chain {
            let Duty {
                strength,
                goal:
                    Goal::Ensure {
                        pattern,
                        count,
                        extent: Extent::Relative(relative),
                        excuse: None,
                    },
                timing_span,
                ..
            } = duty
            else {
                return Err(Reason::Repair.at(duty.span));
            };
            if *strength == Strength::Aim {
                return Err(Reason::Aim.at(duty.span));
            }
            if let Some(end) = &duty.end {
                return Err(Reason::End.at(end.span));
            }
            let timing = timing_span.unwrap_or(duty.span);
            let length = self
                .fixed_length(relative, timing)?
                .ok_or_else(|| Reason::Repair.at(duty.span))?;
            let interval = Interval {
                from: from.unwrap_or(0),
                // After an inclusive due time the repair's time begins just after it.
                from_is_open: from.is_some(),
                to: Some(from.unwrap_or(0) + length),
            };
            if interval.from_is_open && length == 0 {
                return Err(Reason::Repair.at(duty.span));
            }
            let reach = Reach::Eventually(interval);
            let kept = self.kept(clause, &opened.formula, &opened.scope, reach, pattern, *count, &[])?;
            formula = and_none(formula, kept);
            from = Some(from.unwrap_or(0) + length);
        }
        let reading = match opened.var {
            Var::Trigger => Reading::Opened(opened.bound.number),
            Var::Subject | Var::Earlier | Var::Breach(_) | Var::Past => Reading::Event(opened.bound.number),
        };
        Ok(translated(formula, reading))
    }
}

/// An end of an extent of time.
struct End {
    /// What is so of now once it has passed.
    passed: When,
    /// What is so of an event before it.
    admits: When,
    /// The variable that says whether the field that it is counted from is there, if that can be absent.
    given: Option<Term>,
}

/// What is bound, where all fields that ends are counted from are there.
fn given(context: Formula, ends: &[End]) -> Formula {
    let given = ends.iter().filter_map(|end| end.given.clone());
    given.fold(context, |context, given| {
        context.and(Formula::Compare(given, Relation::Equal, Term::Int(1)))
    })
}

/// What is bound, where none of these is so.
fn and_none(context: Formula, of: Vec<Formula>) -> Formula {
    of.into_iter()
        .fold(context, |context, formula| context.and(formula.negated()))
}

impl Opened {
    /// The scope as seen from where the event is in reach.
    fn reached(&self, reach: Reach) -> Scope {
        self.scope.with(self.var, self.bound.clone().reached(reach))
    }
}

/// The guards of a clause's first duty, an `avoid`, and that what other clauses permit is not what happened.
fn forbidding(clause: &Clause, guards: &[Condition]) -> Vec<Condition> {
    let not_permitted = clause.exceptions.iter().map(Exception::does_not_apply);
    guards.iter().cloned().chain(not_permitted).collect()
}

fn translated(formula: Formula, reading: Reading) -> Translated {
    Translated {
        formula,
        reading,
        moments: Vec::new(),
    }
}

/// The fields of the event that opens a duty, or breaks one, that the rest of the clause looks at.
fn used_of(clause: &Clause, var: Var) -> BTreeSet<FieldId> {
    let mut conditions: Vec<&Condition> = Vec::new();
    if let Opening::Trigger { guards, .. } = &clause.opening {
        conditions.extend(guards);
    }
    let mut used = BTreeSet::new();
    for duty in &clause.duties {
        match &duty.goal {
            Goal::Ensure { pattern, .. } | Goal::EnsureBefore { pattern, .. } | Goal::EnsureEach { pattern, .. } => {
                conditions.extend(&pattern.conditions);
            }
            Goal::Avoid { pattern, guards, .. } | Goal::AvoidEach { pattern, guards, .. } => {
                conditions.extend(&pattern.conditions);
                conditions.extend(guards);
            }
            Goal::Maintain { condition, .. } => conditions.push(condition),
            // No other duty looks at what these bind.
            Goal::Bound(_) | Goal::Permit { .. } => {}
        }
        let (Goal::Ensure { extent, .. } | Goal::Avoid { extent, .. } | Goal::Maintain { extent, .. }) = &duty.goal
        else {
            continue;
        };
        if let Extent::Relative(Relative::Until(clocks)) = extent {
            let fields = clocks.iter().filter_map(Clock::field);
            used.extend(fields.filter_map(|operand| match operand.kind {
                OperandKind::Field(of, FieldRef::Declared(field)) if of == var => Some(field),
                _ => None,
            }));
        }
    }
    conditions.extend(clause.waivers.iter().flat_map(|waiver| &waiver.conditions));
    for condition in conditions {
        condition.for_each_operand(&mut |operand| {
            if let OperandKind::Field(of, FieldRef::Declared(field)) = operand.kind
                && of == var
            {
                used.insert(field);
            }
        });
    }
    used
}

fn within(start: Instant, end: Instant) -> Vec<When> {
    vec![
        When(Relation::GreaterOrEqual, stamp(start)),
        When(Relation::Less, stamp(end)),
    ]
}

fn window(standing: Standing) -> Vec<When> {
    let start = standing.start.map(|start| When(Relation::GreaterOrEqual, stamp(start)));
    start.into_iter().chain(standing.end().map(not_past)).collect()
}

fn past(due: Due) -> When {
    let relation = if due.is_inclusive() {
        Relation::Greater
    } else {
        Relation::GreaterOrEqual
    };
    When(relation, stamp(due.edge()))
}

fn not_past(due: Due) -> When {
    let relation = if due.is_inclusive() {
        Relation::LessOrEqual
    } else {
        Relation::Less
    };
    When(relation, stamp(due.edge()))
}

fn labelled(formula: Formula, position: &Variable, period: Period) -> Formula {
    formula.and(Formula::Compare(
        Term::Variable(position.clone()),
        Relation::Equal,
        Term::Int(i128::from(period.index)),
    ))
}

/// What stays true once it is: at the first time point at which it is.
fn first_time(formula: &Formula, at: &Variable) -> Formula {
    let now = Formula::Predicate(NOW.to_owned(), vec![Term::Variable(at.clone())]);
    now.and(formula.clone()).and(formula.clone().previously().negated())
}
