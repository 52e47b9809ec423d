//! Finds stories: from a smallest log for one clause, by answering whatever else it opens, until all clauses together say what is wanted.

use std::collections::HashSet;
use std::sync::Arc;

use super::court::{Court, Finding, numbered};
use super::seen::seen_fields;
use super::story::{BEAT, Claim, DAY, Done, HOUR, SECOND, Story, Unseen, moved};
use crate::engine::{Instance, Names, Subject, Verdict};
use crate::log::Event;
use crate::model::{
    Clause, ClauseId, Clock, Condition, ConditionKind, EventTypeId, Extent, FieldId, Goal, LeadTime, Model, Opening,
    Reach, Relative, Var,
};
use crate::time::{Due, Instant};
use crate::value::{Type, Value};
use crate::witness::{Finder, Quota, Role, Solver, StandsFor, Wanted, roles};

/// How often something is answered before a story is given up.
const MOST_ANSWERS: usize = 16;
/// At how many instants a story is tried.
const PLACES: i128 = 20;
/// The same where a deadline depends on the day of the month.
const PLACES_IN_MONTHS: i128 = 140;

/// Finds stories for the clauses of a model.
pub(super) struct Composer<'m> {
    model: &'m Model,
    court: &'m Court,
    seen: HashSet<(EventTypeId, FieldId)>,
    /// The time in which all agreements are in force.
    common: (Instant, Instant),
    places: i128,
}

impl Unseen for Composer<'_> {
    fn is_unseen(&self, event: &Event, field: usize) -> bool {
        u32::try_from(field).is_ok_and(|field| !self.seen.contains(&(event.kind, FieldId(field))))
    }
}

impl<'m> Composer<'m> {
    pub(super) fn new(model: &'m Model, court: &'m Court, common: (Instant, Instant)) -> Self {
        Composer {
            model,
            court,
            seen: seen_fields(model),
            common,
            places: if model.clauses.iter().any(counts_days_of_months) {
                PLACES_IN_MONTHS
            } else {
                PLACES
            },
        }
    }

    /// A story in which a clause that events open is kept.
    pub(super) fn kept(&self, clause: ClauseId) -> Option<Story> {
        let mut finder = Finder::new(self.model, clause);
        let witness = finder.find(Wanted::Kept);
        let kept = witness.and_then(|witness| self.story(clause, &witness.events, None));
        // What keeps the clause alone may break another one, and another answer may not.
        kept.or_else(|| {
            let witness = finder.find(Wanted::Broken)?;
            self.story(clause, &witness.events, None)
        })
        .filter(|story| story.claims.iter().any(|claim| claim.clause == clause) || self.is_standing(clause))
    }

    /// A state that is set to what it must not be, and half a day later to what it should be.
    fn restored(&self, clause: ClauseId, kept: &Story) -> Option<Story> {
        let goal = self.model.clause(clause).duties.first().map(|duty| &duty.goal);
        if !matches!(goal, Some(Goal::Maintain { .. })) || !self.is_standing(clause) {
            return None;
        }
        let broken = Finder::new(self.model, clause).find(Wanted::Broken)?.events;
        let kept: Vec<Arc<Event>> = kept.events().cloned().map(Arc::new).collect();
        let by = moved(broken.last()?.time, DAY / 2).nanoseconds_since(kept.first()?.time);
        let events: Vec<Arc<Event>> = broken.into_iter().chain(shifted(self.model, &kept, by)).collect();
        self.story(clause, &events, Some(clause))
    }

    fn is_standing(&self, clause: ClauseId) -> bool {
        matches!(self.model.clause(clause).opening, Opening::Standing)
    }

    /// A story in which a clause is broken, and as little else as can be.
    pub(super) fn broken(&self, clause: ClauseId, kept: Option<&Story>) -> Option<Story> {
        let mut found: Vec<Story> = Vec::new();
        if let Some(kept) = kept {
            let events: Vec<Arc<Event>> = kept.events().cloned().map(Arc::new).collect();
            for without in 0..events.len() {
                let mut fewer = events.clone();
                fewer.remove(without);
                let fewer = numbered(fewer);
                if self.court.hear(&fewer).breaks(clause) {
                    found.extend(self.story(clause, &fewer, Some(clause)));
                }
            }
        }
        if found.iter().all(|story| collateral(story, clause) > 0)
            && let Some(witness) = Finder::new(self.model, clause).find(Wanted::Broken)
        {
            found.extend(self.story(clause, &witness.events, Some(clause)));
        }
        if let Some(restored) = kept.and_then(|kept| self.restored(clause, kept)) {
            found.insert(0, restored);
        }
        found.retain(|story| is_broken(&story.claims, clause));
        let is_restored = |story: &Story| story.claims.iter().any(|claim| claim.done == Done::State);
        found.sort_by_key(|story| {
            (
                collateral(story, clause),
                if is_restored(story) { 0 } else { story.len() },
            )
        });
        found.into_iter().next()
    }

    /// The kept story with an answer that comes too late.
    pub(super) fn late(&self, clause: ClauseId, kept: &Story, broken: &Story) -> Option<Story> {
        let broken_claims = broken.claims.iter().filter(|claim| claim.clause == clause);
        let wanted = broken_claims.filter(|claim| claim.verdict == Verdict::Violated).count();
        let events: Vec<Arc<Event>> = kept.events().cloned().map(Arc::new).collect();
        let late = (0..events.len()).filter_map(|which| {
            let mut fewer = events.clone();
            let answer = fewer.remove(which);
            let finding = self.court.hear(&numbered(fewer.clone()));
            if !finding.breaks(clause) {
                return None;
            }
            let mut answer = Arc::unwrap_or_clone(answer);
            answer.time = moved(finding.settled, 2 * HOUR);
            fewer.push(Arc::new(answer));
            self.story(clause, &fewer, Some(clause))
        });
        late.into_iter().find(|story| {
            let mut own = story.claims.iter().filter(|claim| claim.clause == clause);
            collateral(story, clause) <= collateral(broken, clause)
                && own.clone().filter(|claim| claim.verdict == Verdict::Violated).count() == wanted
                && own.any(|claim| claim.done == Done::Late)
        })
    }

    /// A story that begins with events of a role, for a clause that the rules themselves open.
    pub(super) fn of_role(&self, clause: ClauseId, role: &Role, key: Option<&Value>) -> Option<Story> {
        let names = Names {
            key,
            ..Names::default()
        };
        let solver = Solver::new(self.model, self.model.clause(clause).agreement);
        let base = self.base(clause, 1);
        self.careful(role).iter().find_map(|role| {
            let event = solver.event(role, base, names, 0)?;
            self.story(clause, &[Arc::new(event)], None)
        })
    }

    /// A role whose events are besides none that a clause always forbids; else such as it forbids in some circumstances; else any.
    fn careful(&self, role: &Role) -> Vec<Role> {
        let mut never = role.clone();
        let mut sometimes = role.clone();
        for clause in &self.model.clauses {
            let Some(Goal::Avoid {
                pattern,
                guards,
                extent: Extent::Standing(_),
                ..
            }) = clause.duties.first().map(|duty| &duty.goal)
            else {
                continue;
            };
            if pattern.event != role.event || role.own != Var::Subject {
                continue;
            }
            if let Some(harmless) = not_all(&pattern.conditions) {
                if guards.is_empty() {
                    sometimes.conditions.push(harmless.clone());
                }
                never.conditions.push(harmless);
            }
        }
        let mut roles = vec![role.clone()];
        if sometimes.conditions.len() > role.conditions.len() {
            roles.insert(0, sometimes.clone());
        }
        if never.conditions.len() > sometimes.conditions.len() {
            roles.insert(0, never);
        }
        roles
    }

    /// An instant early in the time that is common to all agreements.
    pub(super) fn early(&self) -> Instant {
        moved(self.common.0, DAY)
    }

    /// An instant at which a story can be tried: the morning of a day of the week, well inside the time that is common to all agreements.
    fn base(&self, clause: ClauseId, weekday: i128) -> Instant {
        let zone = &self.model.agreement(self.model.clause(clause).agreement).zone;
        let (from, to) = self.common;
        let middle = moved(from, (to.nanoseconds_since(from) / 3).min(200 * DAY));
        let days = middle.unix_nanoseconds().div_euclid(DAY);
        // 1970 began on a Thursday.
        let ahead = (weekday + 4 - days.rem_euclid(7)).rem_euclid(7);
        let day = zone.date_of(moved(
            Instant::from_unix_nanoseconds(days * DAY).unwrap_or(middle),
            ahead * DAY + DAY / 2,
        ));
        moved(zone.start_of(day), 9 * HOUR + 30 * 60 * SECOND)
    }

    fn story(&self, clause: ClauseId, events: &[Arc<Event>], broken: Option<ClauseId>) -> Option<Story> {
        // What is due after a weekend can be answered at any time of it; what is due on a working day cannot.
        [1, 0].into_iter().find_map(|weekday| {
            let base = self.base(clause, weekday);
            let first = events.iter().map(|event| event.time).min()?;
            let events = shifted(self.model, events, base.nanoseconds_since(first));
            let (events, finding) = self.answered(events, broken);
            let agrees = match broken {
                None => finding.is_well_but_for(None),
                Some(clause) => finding.breaks(clause) && tellable(&finding),
            };
            agrees.then(|| self.placed(clause, &events, finding)).flatten()
        })
    }

    /// Answers what the events open, until nothing is amiss, or nothing that could be answered.
    fn answered(&self, events: Vec<Arc<Event>>, broken: Option<ClauseId>) -> (Vec<Arc<Event>>, Finding) {
        let mut events = numbered(events);
        let mut finding = self.court.hear(&events);
        let mut hopeless: HashSet<(ClauseId, Option<EventTypeId>, Option<Instant>)> = HashSet::new();
        for _ in 0..MOST_ANSWERS {
            let is_wanted = |instance: &&Instance| Some(instance.clause) != broken;
            let bad = finding.bad.iter().map(|(instance, _)| instance).chain(&finding.open);
            let amiss = bad
                .filter(is_wanted)
                .find(|instance| !hopeless.contains(&mark(instance)));
            let Some(amiss) = amiss.cloned() else {
                break;
            };
            let worse = weight(&finding, broken);
            let still_broken = |finding: &Finding| broken.is_none_or(|clause| finding.breaks(clause));
            let better = self.answers(&amiss, &events).into_iter().find_map(|answers| {
                let more = numbered(events.iter().cloned().chain(answers).collect());
                let heard = self.court.hear(&more);
                let is_mended = heard.bad.iter().map(|(instance, _)| instance).chain(&heard.open);
                let is_mended = !is_mended.into_iter().any(|instance| mark(instance) == mark(&amiss));
                let grows = weight(&heard, broken) > worse + 3;
                (is_mended && !grows && still_broken(&heard)).then_some((more, heard))
            });
            match better {
                Some((more, heard)) => (events, finding) = (more, heard),
                None => {
                    hopeless.insert(mark(&amiss));
                }
            }
        }
        (events, finding)
    }

    /// Events that could answer a duty, tried in this order.
    fn answers(&self, instance: &Instance, events: &[Arc<Event>]) -> Vec<Vec<Arc<Event>>> {
        let clause = self.model.clause(instance.clause);
        let zone = &self.model.agreement(clause.agreement).zone;
        let (trigger, key) = match &instance.subject {
            Subject::Trigger(trigger) => (trigger, None),
            Subject::Key(key, Some(trigger)) => (trigger, Some(key)),
            _ => return Vec::new(),
        };
        let Some(step) = instance.steps.first() else {
            return Vec::new();
        };
        let from = step.opened.unwrap_or(trigger.event.time);
        let within = |from: Instant, length: i128| [6, 1, 12, 18].map(|part| moved(from, length / 24 * part)).to_vec();
        let times: Vec<Instant> = match clause.duties.first().map(|duty| &duty.goal) {
            Some(Goal::EnsureBefore { lead, .. }) => {
                let Some(window) = lead.window(trigger.event.time, zone) else {
                    return Vec::new();
                };
                let from = match (lead, window.from) {
                    (LeadTime::AtLeast(_), _) | (_, None) => moved(window.to, -4 * HOUR),
                    (_, Some(from)) => from,
                };
                let mut times = within(from, window.to.nanoseconds_since(from));
                times.reverse();
                times
            }
            Some(Goal::Ensure { .. } | Goal::Bound(_)) => {
                let due = step.due.map_or_else(|| moved(from, 4 * DAY), Due::edge);
                let mut times = within(from, due.nanoseconds_since(from));
                times.push(from);
                times
            }
            _ => return Vec::new(),
        };
        let solver = Solver::new(self.model, clause.agreement);
        let mut found = Vec::new();
        let answering = roles(self.model, clause).into_iter();
        let answering = answering.filter(|role| role.stands_for == StandsFor::Duty(0));
        for role in answering.flat_map(|role| self.careful(&role)) {
            let count = match role.quota {
                Quota::Floor(count) => count.max(1),
                Quota::One | Quota::Ceiling(_) => 1,
            };
            for &at in &times {
                let serial = events.iter().filter(|event| event.kind == role.event).count();
                let names = Names {
                    trigger: Some(&trigger.event),
                    earlier: trigger.before.first(),
                    key,
                    ..Names::default()
                };
                let answers = (0..count).map(|number| {
                    let at = moved(at, i128::from(number) * 60 * SECOND);
                    let serial = u32::try_from(serial).ok()?.checked_add(number)?;
                    solver.event(&role, at, names, serial).map(Arc::new)
                });
                found.extend(answers.collect::<Option<Vec<_>>>());
            }
        }
        found
    }

    /// Tries the story at other places of the calendar, and as fast and as slow as it can be told.
    fn placed(&self, clause: ClauseId, events: &[Arc<Event>], finding: Finding) -> Option<Story> {
        let agreement = self.model.agreement(self.model.clause(clause).agreement);
        let first = events.first()?.time;
        let mut story = Story::new(
            self.model,
            events,
            finding.claims,
            &agreement.parties,
            &agreement.zone,
            self,
        );
        let settled = |tempo: i128| self.settled_everywhere(&story.claims, events, tempo);
        let mut longest = settled(BEAT)?.max(finding.settled.nanoseconds_since(first));
        let mut tempo = (BEAT, BEAT);
        // A story of one instant has but one tempo.
        if events.last().is_some_and(|last| last.time > first) {
            for (slowest, fastest) in [(BEAT / 4, BEAT * 3), (BEAT / 4, BEAT * 7 / 4), (BEAT / 2, BEAT * 5 / 4)] {
                let middle = i128::midpoint(slowest, fastest);
                let ends = [slowest, i128::midpoint(slowest, middle), middle, fastest].map(settled);
                if let Some(lengths) = ends.into_iter().collect::<Option<Vec<i128>>>() {
                    tempo = (slowest, fastest);
                    longest = lengths.into_iter().max().unwrap_or(0).max(longest);
                    break;
                }
            }
        }
        story.tempo = tempo;
        // A day for what a month, a clock change or a weekend can add.
        story.settled = longest + if longest == 0 { 0 } else { 5 * DAY.min(longest) };
        Some(story)
    }

    /// How long until all is settled, at the worst of many places; `None` if a claim does not hold at one of them.
    fn settled_everywhere(&self, claims: &[Claim], events: &[Arc<Event>], tempo: i128) -> Option<i128> {
        let first = events.first()?.time;
        let (from, to) = self.common;
        let room = to.nanoseconds_since(from) - self.court.horizon().min(to.nanoseconds_since(from) / 2);
        let mut longest = 0;
        for place in 0..self.places {
            // Places that are no whole number of days, weeks or months apart.
            let start = moved(
                from,
                DAY + room / self.places * place + (place * 37 % 24) * HOUR + 61 * SECOND,
            );
            let start = if place == 0 { first } else { start };
            let moved_events: Vec<Arc<Event>> = shifted(self.model, events, start.nanoseconds_since(first))
                .into_iter()
                .map(|event| {
                    let mut event = Arc::unwrap_or_clone(event);
                    event.time = moved(
                        start,
                        event.time.nanoseconds_since(start) * tempo / BEAT / SECOND * SECOND,
                    );
                    Arc::new(event)
                })
                .collect();
            let moved_events = numbered(moved_events);
            let finding = self.court.hear(&moved_events);
            if finding.claims != claims || finding.bad.iter().any(|(_, claim)| claim.is_none()) {
                return None;
            }
            longest = longest.max(finding.settled.nanoseconds_since(start));
        }
        Some(longest)
    }
}

/// Whether everything that is amiss is a plain breach that can be told wherever the story stands.
fn tellable(finding: &Finding) -> bool {
    finding
        .bad
        .iter()
        .all(|(instance, claim)| claim.is_some() && instance.verdict() == Verdict::Violated)
}

/// That not all of the conditions are true.
pub(super) fn not_all(conditions: &[Condition]) -> Option<Condition> {
    let first = conditions.first()?;
    let kind = match conditions {
        [only] => only.kind.clone(),
        several => ConditionKind::All(several.to_vec()),
    };
    let span = first.span;
    Some(Condition {
        kind: ConditionKind::Not(Box::new(Condition { kind, span })),
        span,
    })
}

fn counts_days_of_months(clause: &Clause) -> bool {
    fn is_of_month(clock: &Clock) -> bool {
        match clock {
            Clock::DayOfMonth(..) => true,
            Clock::Deferred(clock, ..) => is_of_month(clock),
            Clock::Within(_) | Clock::WithinOf(..) | Clock::By(..) | Clock::WorkingDays(..) => false,
        }
    }
    clause.duties.iter().any(|duty| {
        let extent = match &duty.goal {
            Goal::Ensure { extent, .. } | Goal::Avoid { extent, .. } | Goal::Maintain { extent, .. } => Some(extent),
            Goal::Bound(bound) => match &bound.reach {
                Reach::Over(extent) => Some(extent),
                Reach::Each(_) | Reach::Any(_) => None,
            },
            Goal::EnsureBefore { .. } | Goal::EnsureEach { .. } | Goal::AvoidEach { .. } | Goal::Permit { .. } => None,
        };
        match extent {
            Some(Extent::Relative(Relative::Until(clocks))) => clocks.iter().any(is_of_month),
            _ => false,
        }
    })
}

fn weight(finding: &Finding, broken: Option<ClauseId>) -> usize {
    let others = finding
        .bad
        .iter()
        .filter(|(instance, _)| Some(instance.clause) != broken);
    others.count()
}

fn is_broken(claims: &[Claim], clause: ClauseId) -> bool {
    claims
        .iter()
        .any(|claim| claim.clause == clause && claim.verdict == Verdict::Violated)
}

/// How many breaches of other clauses a story has.
pub(super) fn collateral(story: &Story, clause: ClauseId) -> usize {
    let others = story.claims.iter().filter(|claim| claim.clause != clause);
    others.filter(|claim| claim.verdict == Verdict::Violated).count()
}

/// What tells an instance from the others of a small log.
fn mark(instance: &Instance) -> (ClauseId, Option<EventTypeId>, Option<Instant>) {
    let trigger = match &instance.subject {
        Subject::Trigger(trigger) | Subject::Key(_, Some(trigger)) => Some(&trigger.event),
        _ => None,
    };
    let opened = instance.steps.first().and_then(|step| step.opened);
    (instance.clause, trigger.map(|event| event.kind), opened)
}

/// Events moved in time, with the instants and days that they name.
pub(super) fn shifted(model: &Model, events: &[Arc<Event>], by: i128) -> Vec<Arc<Event>> {
    let utc = crate::time::Zone::utc();
    let shift = |event: &Arc<Event>| {
        let mut event = (**event).clone();
        event.time = moved(event.time, by);
        for (value, field) in event.fields.iter_mut().zip(&model.event(event.kind).fields) {
            match (value.as_mut(), &field.ty) {
                (Some(Value::Instant(instant)), _) => *instant = moved(*instant, by),
                (Some(Value::Date(date)), _) => *date = utc.date_of(moved(utc.start_of(*date), DAY / 2 + by)),
                (_, Type::Set(_)) | (Some(_) | None, _) => {}
            }
        }
        Arc::new(event)
    };
    events.iter().map(shift).collect()
}
