//! Why an instance came out as it did: the duty, the arithmetic of its deadline, the lines of the log, and what would have complied.

use super::calendar::ABSENT;
use super::describe::{Describer, subject_field};
use crate::diagnostic::list;
use crate::engine::{Breach, Excuse, Instance, Lack, Late, NearMiss, Nearest, Outcome, Step, Subject, Verdict};
use crate::log::{Event, Origin};
use crate::model::{
    self, ClauseId, Clock, Clocks, Condition, Duty, EndReason, Extent, FieldRef, Goal, LeadTime, Model, Opening,
    Operand, Pattern, Periods, Reach, Relative, Strength, Var,
};
use crate::source::Span;
use crate::syntax::ast::Count;
use crate::time::{Cadence, Due, Instant, humanise};
use crate::value::Value;

/// Why an instance came out as it did.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The clause.
    pub clause: ClauseId,
    /// The verdict.
    pub verdict: Verdict,
    /// How strongly the parties were bound.
    pub strength: Strength,
    /// What happened, in one sentence without a full stop.
    pub headline: String,
    /// What to say at places of the rule file, the main one first.
    pub rule: Vec<Note>,
    /// The lines of the log that took part, in the order of time.
    pub evidence: Vec<Evidence>,
    /// What became of the repairs, one sentence each.
    pub repairs: Vec<String>,
    /// What would have complied; `None` where nothing was broken.
    pub remedy: Option<String>,
}

/// A sentence about a place of the rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub span: Span,
    /// What to say there.
    pub text: String,
    /// Whether the explanation is whole without it.
    pub minor: bool,
}

/// A record of the log that took part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The record.
    pub origin: Origin,
    /// When it happened.
    pub time: Instant,
    /// Its part.
    pub role: Role,
    /// What to say about it.
    pub text: String,
    /// The field of it that matters, by name.
    pub field: Option<String>,
}

/// The part that a record played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It opened the duty.
    Trigger,
    /// It came nearest to counting.
    NearMiss,
    /// It would have counted, but came too late.
    Late,
    /// It broke the duty.
    Breach,
    /// It set a state.
    Setter,
    /// It repaired the breach.
    Repair,
    /// It is part of a figure.
    Counted,
    /// It released the duty.
    Release,
    /// It lacks a value that the verdict needs.
    Lacking,
}

/// Explains an instance.
pub fn explain(model: &Model, instance: &Instance) -> Explanation {
    let clause = model.clause(instance.clause);
    let mut explainer = Explainer {
        words: Describer::new(model, instance),
        instance,
        explanation: Explanation {
            clause: instance.clause,
            verdict: instance.verdict(),
            strength: clause.duties.first().map_or(Strength::Binding, |duty| duty.strength),
            headline: String::new(),
            rule: Vec::new(),
            evidence: Vec::new(),
            repairs: Vec::new(),
            remedy: None,
        },
    };
    let mut steps = instance.steps.iter().zip(&clause.duties);
    if let Some((step, duty)) = steps.next() {
        explainer.trigger();
        explainer.first(step, duty);
    }
    for (position, (step, duty)) in steps.enumerate() {
        explainer.repair(position, step, duty);
    }
    if let Some(application) = &clause.application {
        let agreement = &model.agreement(clause.agreement).name;
        explainer.rule(application.span, format!("applied to `{agreement}` here"));
    }
    if explainer.instance.steps.len() > 1 && explainer.explanation.verdict == Verdict::Waived {
        explainer.explanation.headline += ", but what is owed for that was released";
    }
    let mut explanation = explainer.explanation;
    explanation
        .evidence
        .sort_by_key(|evidence| (evidence.time, evidence.role, evidence.origin));
    explanation
}

pub(super) struct Explainer<'a> {
    pub(super) words: Describer<'a>,
    pub(super) instance: &'a Instance,
    pub(super) explanation: Explanation,
}

impl<'a> Explainer<'a> {
    pub(super) fn rule(&mut self, span: Span, text: impl Into<String>) {
        self.explanation.rule.push(Note {
            span,
            text: text.into(),
            minor: false,
        });
    }

    pub(super) fn evidence(&mut self, event: &Event, role: Role, text: impl Into<String>, field: Option<FieldRef>) {
        self.explanation.evidence.push(Evidence {
            origin: event.origin,
            time: event.time,
            role,
            text: text.into(),
            field: field.map(|field| self.words.field_name(event.kind, field).to_owned()),
        });
    }

    fn trigger(&mut self) {
        let (Subject::Trigger(trigger) | Subject::Key(_, Some(trigger))) = &self.instance.subject else {
            return;
        };
        let clause = self.words.model.clause(self.instance.clause);
        let at = self.words.instant(trigger.event.time);
        let (what, of_those_before) = match &clause.opening {
            Opening::Trigger {
                trigger: model::Trigger::Repeated(repetition),
                ..
            } => {
                let window = repetition.window;
                let count = trigger.before.len() + 1;
                let what = format!("number {count} in {window}: this opened the duty, at {at}");
                (what, "counted towards it")
            }
            _ => (format!("this opened the duty, at {at}"), "came first"),
        };
        for event in &trigger.before {
            let at = self.words.instant(event.time);
            self.evidence(event, Role::Trigger, format!("{of_those_before}, at {at}"), None);
        }
        self.evidence(&trigger.event, Role::Trigger, what, None);
    }

    fn first(&mut self, step: &Step, duty: &'a Duty) {
        match &step.outcome {
            Outcome::Broken(breach) => {
                self.breach(step, duty, breach);
                let permitted = match self.permitting().as_slice() {
                    [] => String::new(),
                    clauses => format!(", or one that {} permits", list(clauses, 4)),
                };
                self.explanation.remedy = Some(self.remedy(step, duty) + &permitted);
            }
            Outcome::Unknown { lacks, at, interval } => {
                self.unknown(step, duty, lacks, at.as_deref(), *interval);
            }
            Outcome::Met { by } => {
                let actors = self.words.actors(&duty.actors);
                self.explanation.headline = match (&duty.goal, self.permitting().as_slice()) {
                    (Goal::Permit { pattern, .. }, _) => {
                        format!("{actors} may conduct this `{}`", self.words.event(pattern.event))
                    }
                    (_, []) => format!("{actors} kept this duty{}", margin(step, by.as_deref())),
                    (_, clauses) => format!("{actors} kept this duty, beside what {} permits", list(clauses, 4)),
                };
                self.rule(goal_span(&duty.goal), format!("{actors} {}", owed(&duty.goal)));
                self.due_label(step, duty);
                if let Some(event) = by {
                    let at = self.words.instant(event.time);
                    let what = match &duty.goal {
                        Goal::Permit { .. } => "this is permitted",
                        _ => "this answered the duty",
                    };
                    self.evidence(event, Role::Repair, format!("{what}, at {at}"), None);
                }
            }
            Outcome::Waived { by } => self.waived(step, duty, by),
            Outcome::Open { .. } => {
                self.explanation.headline = match step.due {
                    Some(due) => format!("open, due {}", self.words.due(due)),
                    None => "open, without a due time".to_owned(),
                };
                let actors = self.words.actors(&duty.actors);
                self.rule(goal_span(&duty.goal), format!("{actors} {}", owed(&duty.goal)));
                self.due_label(step, duty);
            }
        }
    }

    /// An instance that was released while it was owed.
    fn waived(&mut self, step: &Step, duty: &'a Duty, by: &Event) {
        let actors = self.words.actors(&duty.actors);
        let name = self.words.event(by.kind);
        self.explanation.headline = format!("`{name}` released {actors} from this duty");
        self.rule(goal_span(&duty.goal), format!("{actors} owed this"));
        self.due_label(step, duty);
        self.release(by);
    }

    fn release(&mut self, by: &Event) {
        let clause = self.words.model.clause(self.instance.clause);
        if let Some(waiver) = clause.waivers.iter().find(|waiver| waiver.event == by.kind) {
            self.rule(waiver.span, "this releases the duty while it is owed");
        }
        let at = self.words.instant(by.time);
        self.evidence(by, Role::Release, format!("this released the duty, at {at}"), None);
    }

    fn breach(&mut self, step: &Step, duty: &'a Duty, breach: &Breach) {
        let actors = self.words.actors(&duty.actors);
        match (breach, &duty.goal) {
            (
                Breach::Missed { late, count, near },
                Goal::Ensure {
                    pattern,
                    count: wanted,
                    excuse,
                    ..
                },
            ) => {
                let name = self.words.event(pattern.event);
                let how_many = short_of(*count, *wanted);
                self.explanation.headline = match (late, step.due) {
                    (Some(late), Some(due)) => {
                        let lateness = humanise(late.by.time.nanoseconds_since(due.at));
                        let excused = match &late.excuse {
                            Excuse::No => String::new(),
                            Excuse::Yes => ", which is excused".to_owned(),
                            Excuse::Unknown(lacks) => {
                                format!(", and whether that is excused cannot be told: {}", self.lacking(lacks))
                            }
                        };
                        format!("`{name}` came {lateness} late{excused}")
                    }
                    _ if *wanted == 1 => format!("no `{name}` that counts came in time"),
                    _ => format!("only {how_many} `{name}` came in time"),
                };
                self.rule(pattern.span, format!("{actors} owed this"));
                self.due_label(step, duty);
                if let Some(late) = late {
                    let lateness = step.due.map_or(0, |due| late.by.time.nanoseconds_since(due.at));
                    let at = self.words.instant(late.by.time);
                    let text = format!("held at {at}: {} late", humanise(lateness));
                    self.evidence(&late.by, Role::Late, text, Some(FieldRef::Time));
                }
                if let Some(excuse) = excuse {
                    self.excuse(late.as_ref(), excuse, pattern);
                }
                self.near_miss(near.as_ref(), pattern);
            }
            (
                Breach::NotBefore { count, nearest },
                Goal::EnsureBefore {
                    pattern,
                    count: wanted,
                    lead,
                },
            ) => {
                let name = self.words.event(pattern.event);
                self.explanation.headline = match (nearest, step.opened, step.due) {
                    (Some(Nearest::TooLate(event)), Some(opened), Some(due)) => {
                        let before = humanise(opened.nanoseconds_since(event.time));
                        let short = humanise(event.time.nanoseconds_since(due.at));
                        format!("`{name}` came {before} before, {short} short")
                    }
                    _ if *wanted == 1 => format!("no `{name}` that counts came {lead}"),
                    _ => format!("only {} `{name}` came {lead}", short_of(*count, *wanted)),
                };
                self.rule(pattern.span, format!("{actors} owed this"));
                self.due_label(step, duty);
                match nearest {
                    Some(Nearest::TooLate(event)) => {
                        let at = self.words.instant(event.time);
                        let short = step.due.map_or(0, |due| event.time.nanoseconds_since(due.at));
                        let text = format!("came at {at}: {} too late", humanise(short));
                        self.evidence(event, Role::Late, text, Some(FieldRef::Time));
                    }
                    Some(Nearest::Failed(near)) => self.near_miss(Some(near), pattern),
                    None => {}
                }
            }
            (
                Breach::Short { count, near },
                Goal::EnsureEach {
                    pattern,
                    count: wanted,
                    periods,
                },
            ) => {
                let name = self.words.event(pattern.event);
                let wanted = match wanted {
                    Count::AtLeast(count) | Count::Exactly(count) => *count,
                };
                let period = self.period_text(step, periods);
                self.explanation.headline = match wanted {
                    1 => format!("no `{name}` that counts in {period}"),
                    _ => format!("only {} `{name}` in {period}", short_of(*count, wanted)),
                };
                self.rule(pattern.span, format!("{actors} owed {}", at_least(wanted)));
                self.due_label(step, duty);
                self.near_miss(near.as_ref(), pattern);
            }
            (breach @ (Breach::Beyond { .. } | Breach::Spell { .. }), Goal::Bound(bound)) => {
                self.beyond(step, duty, bound, breach);
            }
            (Breach::Event { by, further }, goal) => self.broken_by(step, duty, goal, by, *further),
            (Breach::Interval { start, end, by }, Goal::Maintain { condition, .. }) => {
                let text = self.words.condition(condition, None);
                let end_text = match end {
                    Some(end) => format!("until {}", self.words.instant(*end)),
                    None => "and still is not".to_owned(),
                };
                let since = self.words.instant(*start);
                self.explanation.headline = format!("`{text}` was not true from {since} {end_text}");
                self.rule(condition.span, format!("{actors} had to keep this true"));
                self.due_label(step, duty);
                for event in by {
                    let at = self.words.instant(event.time);
                    self.evidence(event, Role::Setter, format!("this set the state, at {at}"), None);
                }
            }
            _ => {}
        }
    }

    /// What the excuse of a duty has to do with what came late, or with what may still come.
    fn excuse(&mut self, late: Option<&Late>, excuse: &Condition, pattern: &Pattern) {
        let Some(late) = late else {
            let name = self.words.event(pattern.event);
            let condition = self.words.condition(excuse, Some(pattern.event));
            let text = format!("a late `{name}` can still be excused: {condition}");
            self.explanation.repairs.push(text);
            return;
        };
        let text = match late.excuse {
            Excuse::Yes => "so of the late one",
            Excuse::No => "not so of the late one",
            Excuse::Unknown(_) => "whether this is so of the late one is unknown",
        };
        self.rule(excuse.span, text);
        if let Some(field) = subject_field(excuse) {
            let name = self.words.field_name(late.by.kind, field).to_owned();
            let text = match self.words.field(&late.by, field) {
                Some(value) => format!("{name} is {value}"),
                None => format!("{name} is absent"),
            };
            self.evidence(&late.by, Role::Late, text, Some(field));
        }
    }

    fn lacking(&self, lacks: &[Lack]) -> String {
        let lacking: Vec<String> = lacks.iter().map(|lack| self.words.lack(lack)).collect();
        if lacking.is_empty() {
            "a value is absent".to_owned()
        } else {
            lacking.join(", and ")
        }
    }

    fn broken_by(&mut self, step: &Step, duty: &'a Duty, goal: &'a Goal, by: &Event, further: u32) {
        let actors = self.words.actors(&duty.actors);
        let (pattern, limit, periods) = match goal {
            Goal::Avoid { pattern, more_than, .. } => (pattern, *more_than, None),
            Goal::AvoidEach {
                pattern,
                more_than,
                periods,
                ..
            } => (pattern, Some(*more_than), Some(periods)),
            Goal::EnsureEach {
                pattern,
                count: Count::Exactly(count) | Count::AtLeast(count),
                periods,
            } => (pattern, Some(*count), Some(periods)),
            Goal::Ensure { pattern, .. } => (pattern, None, None),
            Goal::EnsureBefore { .. } | Goal::Permit { .. } | Goal::Maintain { .. } | Goal::Bound(_) => return,
        };
        let name = self.words.event(pattern.event);
        let at = self.words.instant(by.time);
        match limit {
            None => {
                self.explanation.headline = format!("`{name}` happened, which {actors} had to avoid");
                self.rule(pattern.span, format!("{actors} had to avoid this"));
            }
            Some(limit) => {
                let span = match periods {
                    Some(periods) => format!(" in {}", self.period_text(step, periods)),
                    None => String::new(),
                };
                self.explanation.headline = format!(
                    "{} `{name}`{span}, where at most {limit} may be",
                    u64::from(limit) + 1 + u64::from(further)
                );
                self.rule(pattern.span, format!("{actors} had to keep to {limit}"));
            }
        }
        self.due_label(step, duty);
        self.not_permitted(duty);
        let what = match limit {
            None => "this broke the duty".to_owned(),
            Some(limit) => format!("this is number {}", u64::from(limit) + 1),
        };
        let more = match further {
            0 => String::new(),
            1 => "; one more followed".to_owned(),
            more => format!("; {more} more followed"),
        };
        let field = pattern.conditions.iter().find_map(subject_field);
        self.evidence(by, Role::Breach, format!("{what}, at {at}{more}"), field);
    }

    /// The names of the clauses that permit some of what this one forbids.
    fn permitting(&self) -> Vec<&'a str> {
        let clause = self.words.model.clause(self.instance.clause);
        let exceptions = clause.exceptions.iter();
        exceptions.map(|exception| exception.clause.as_str()).collect()
    }

    /// Says at the permissions that the event is not among what they permit.
    fn not_permitted(&mut self, duty: &Duty) {
        let clause = self.words.model.clause(self.instance.clause);
        if clause.duties.first().map(|first| first.span) == Some(duty.span) {
            for exception in &clause.exceptions {
                self.rule(exception.span, "this does not permit it");
            }
        }
    }

    fn near_miss(&mut self, near: Option<&NearMiss>, pattern: &'a Pattern) {
        let Some(near) = near else { return };
        let failed: Vec<&Condition> = near
            .failed
            .iter()
            .filter_map(|position| pattern.conditions.get(usize::from(*position)))
            .collect();
        let reasons: Vec<String> = failed
            .iter()
            .map(|condition| self.words.failure(condition, &near.event))
            .collect();
        let field = failed.first().and_then(|condition| subject_field(condition));
        let text = format!("did not count: {}", reasons.join("; "));
        self.evidence(&near.event, Role::NearMiss, text, field);
        for condition in failed {
            self.explanation.rule.push(Note {
                span: condition.span,
                text: "not so of the nearest event".to_owned(),
                minor: true,
            });
        }
    }

    /// Says at the timing when the duty was due, and by which arithmetic.
    pub(super) fn due_label(&mut self, step: &Step, duty: &Duty) {
        let Some(span) = duty.timing_span else { return };
        if let Some(text) = self.due_text(step, duty) {
            self.rule(span, text);
        }
    }

    fn due_text(&self, step: &Step, duty: &Duty) -> Option<String> {
        if let (Goal::Bound(bound), None) = (&duty.goal, step.due)
            && let Reach::Any(window) = &bound.reach
        {
            return Some(format!("{} back from each instant", window.length));
        }
        if let Goal::EnsureBefore { lead, .. } = &duty.goal {
            return self.lead_text(step, *lead);
        }
        let due = step.due?;
        let at = self.words.instant(due.at);
        let from = |instant: Option<Instant>| instant.map_or_else(String::new, |from| self.words.instant(from));
        let extent = match &duty.goal {
            Goal::Ensure { extent, .. } | Goal::Avoid { extent, .. } | Goal::Maintain { extent, .. } => extent,
            Goal::Permit { .. } => return None,
            Goal::EnsureBefore { .. } => return None,
            Goal::EnsureEach { .. } | Goal::AvoidEach { .. } => {
                return Some(format!("from {} to before {at}", from(step.opened)));
            }
            Goal::Bound(bound) => match &bound.reach {
                Reach::Over(extent) => extent,
                Reach::Each(_) => return Some(format!("from {} to before {at}", from(step.opened))),
                Reach::Any(window) => {
                    return Some(format!("{} back from each instant, until before {at}", window.length));
                }
            },
        };
        Some(match extent {
            Extent::Relative(Relative::Until(clocks)) => self.clocks_text(clocks, due, step.opened),
            Extent::Relative(Relative::Never) => return None,
            Extent::Standing(standing) => match standing.reason {
                EndReason::Within(duration) => format!("due {at} = {} + {duration}", from(standing.start)),
                EndReason::Date(date) => format!("until the end of {date}"),
                EndReason::WorkingDays(count) => {
                    let last = self.words.zone.last_day(due);
                    self.working_days_text(count, standing.start, last)
                }
                EndReason::DayOfMonth(day) => {
                    let last = self.words.zone.last_day(due);
                    format!("until the end of {last}, {day} {}", self.day_of(standing.start))
                }
                EndReason::Deferred(day) => format!("due {}", self.deferred_text(&day.to_string(), day, due)),
                EndReason::Term => format!("until the term ends, {at}"),
                EndReason::Never => return None,
            },
        })
    }

    /// The arithmetic of a time before the trigger.
    fn lead_text(&self, step: &Step, lead: LeadTime) -> Option<String> {
        let trigger = step.opened?;
        let Some(window) = lead.window(trigger, self.words.zone) else {
            return Some("that is before the year 1".to_owned());
        };
        let at = self.words.instant(trigger);
        let to = self.words.instant(window.to);
        let from = window
            .from
            .map_or_else(|| "the year 1".to_owned(), |from| self.words.instant(from));
        Some(match lead {
            LeadTime::AtLeast(least) => format!("due {to} = {at} - {least}"),
            LeadTime::Within(most) => format!("due from {from} = {at} - {most}, to {to}"),
            LeadTime::Between(one, other) => {
                let earlier = |from: &Option<Instant>, length| self.words.zone.subtract(trigger, length) == *from;
                let (longer, shorter) = if earlier(&window.from, one) {
                    (one, other)
                } else {
                    (other, one)
                };
                format!("due from {from} = {at} - {longer}, to {to} = {at} - {shorter}")
            }
        })
    }

    /// The arithmetic of every clock, that of the one that decided first.
    fn clocks_text(&self, clocks: &Clocks, due: Due, opened: Option<Instant>) -> String {
        let mut decided = None;
        let mut others = Vec::new();
        for clock in clocks.iter() {
            let from = match clock.field() {
                Some(field) => self.instant_of(field),
                None => opened,
            };
            let runs_out = from.map(|from| clock.due(from, self.words.zone));
            let text = self.clock_text(clock, from, runs_out);
            if decided.is_none() && runs_out == Some(due) {
                decided = Some(text);
            } else {
                others.push(text);
            }
        }
        let decided = decided.unwrap_or_else(|| self.words.instant(due.at));
        match others.as_slice() {
            [] => format!("due {decided}"),
            [other] => format!("due {decided}; the earlier of two clocks, the other one: {other}"),
            more => {
                let count = more.len() + 1;
                format!(
                    "due {decided}; the earliest of {count} clocks, the others: {}",
                    more.join("; ")
                )
            }
        }
    }

    fn clock_text(&self, clock: &Clock, from: Option<Instant>, due: Option<Due>) -> String {
        let instant =
            |instant: Option<Instant>| instant.map_or_else(|| ABSENT.to_owned(), |instant| self.words.instant(instant));
        let last = due.map(|due| self.words.zone.last_day(due));
        match clock {
            Clock::Within(duration) | Clock::WithinOf(duration, _) => {
                format!("{} = {} + {duration}", instant(due.map(|due| due.at)), instant(from))
            }
            Clock::By(date, _) => format!("by the end of {date}"),
            Clock::WorkingDays(count, ..) => {
                let Some(last) = last else { return ABSENT.to_owned() };
                self.working_days_text(*count, from, last)
            }
            Clock::DayOfMonth(day, _) => {
                let Some(last) = last else { return ABSENT.to_owned() };
                format!("by the end of {last}, {day} {}", self.day_of(from))
            }
            Clock::Deferred(inner, ..) => {
                let plain = from.map(|from| inner.due(from, self.words.zone));
                let text = self.clock_text(inner, from, plain);
                match (plain, due) {
                    (Some(plain), Some(due)) if plain != due => {
                        self.deferred_text(&text, self.words.zone.last_day(plain), due)
                    }
                    _ => text,
                }
            }
        }
    }

    /// The instant in a field of an event that the instance knows.
    fn instant_of(&self, field: &Operand) -> Option<Instant> {
        let event = match field.kind.var()? {
            Var::Trigger => self.words.trigger?,
            Var::Earlier => self.words.earlier?,
            Var::Breach(position) => match &self.instance.steps.get(usize::from(position))?.outcome {
                Outcome::Broken(Breach::Event { by, .. }) => by,
                _ => return None,
            },
            Var::Subject | Var::Past => return None,
        };
        match *event.value(field.kind.field(event.kind)?)? {
            Value::Instant(instant) => Some(instant),
            _ => None,
        }
    }

    pub(super) fn period_text(&self, step: &Step, periods: &Periods) -> String {
        let start = step
            .opened
            .map_or_else(String::new, |start| self.words.zone.date_of(start).to_string());
        match periods.cadence {
            Cadence::Calendar(unit) => format!("the {} from {start}", unit.word()),
            Cadence::Every(length) => format!("the {length} from {start}"),
        }
    }

    fn unknown(
        &mut self,
        step: &Step,
        duty: &'a Duty,
        lacks: &[Lack],
        at: Option<&Event>,
        interval: Option<(Instant, Option<Instant>)>,
    ) {
        let why = self.lacking(lacks);
        let since = match interval {
            Some((start, Some(end))) => {
                format!(" from {} to {}", self.words.instant(start), self.words.instant(end))
            }
            Some((start, None)) => format!(" since {}", self.words.instant(start)),
            None => String::new(),
        };
        let group = self.group();
        self.explanation.headline = format!("{group}this cannot be told{since}: {why}");
        let actors = self.words.actors(&duty.actors);
        let whether = match &duty.goal {
            Goal::Permit { .. } => format!("whether this permits {actors} what is forbidden is unknown"),
            _ => format!("whether {actors} kept this is unknown"),
        };
        self.rule(goal_span(&duty.goal), whether);
        self.due_label(step, duty);
        if let Some(event) = at {
            let is_trigger =
                matches!(&self.instance.subject, Subject::Trigger(trigger) if trigger.event.origin == event.origin);
            let clause = self.words.model.clause(self.instance.clause);
            let waiver = clause.waivers.iter().find(|waiver| waiver.event == event.kind);
            if let Some(waiver) = waiver {
                self.explanation.rule.push(Note {
                    span: waiver.span,
                    text: "this may have released the duty".to_owned(),
                    minor: true,
                });
            }
            if !is_trigger {
                self.evidence(event, Role::Lacking, "what this event lacks decides", None);
            }
        }
    }

    fn repair(&mut self, position: usize, step: &Step, duty: &'a Duty) {
        let which = match position {
            0 => "`otherwise`".to_owned(),
            more => format!("`otherwise` number {}", more + 1),
        };
        let due = step
            .due
            .map_or_else(String::new, |due| format!(" (due {})", self.words.due(due)));
        let pattern = match &duty.goal {
            Goal::Ensure { pattern, .. } | Goal::Avoid { pattern, .. } => Some(pattern),
            _ => None,
        };
        let name = pattern.map_or_else(
            || "it".to_owned(),
            |pattern| format!("`{}`", self.words.event(pattern.event)),
        );
        let text = match &step.outcome {
            Outcome::Met { by: Some(event) } => {
                let at = self.words.instant(event.time);
                self.evidence(event, Role::Repair, format!("this repaired the breach, at {at}"), None);
                format!("{which}: repaired by {name} at {at}{due}")
            }
            Outcome::Met { by: None } => format!("{which}: repaired, {name} was kept{due}"),
            Outcome::Waived { by } => {
                self.release(by);
                let released_by = self.words.event(by.kind);
                format!("{which}: no longer owed, released by `{released_by}`{due}")
            }
            Outcome::Open { .. } => format!("{which}: can still be repaired by {name}{due}"),
            Outcome::Unknown { lacks, .. } => {
                let lacking: Vec<String> = lacks.iter().map(|lack| self.words.lack(lack)).collect();
                format!("{which}: unknown, {}", lacking.join(", "))
            }
            Outcome::Broken(Breach::Missed { late: Some(late), .. }) => {
                let lateness = step.due.map_or(0, |due| late.by.time.nanoseconds_since(due.at));
                let at = self.words.instant(late.by.time);
                self.evidence(
                    &late.by,
                    Role::Late,
                    format!("the repair came at {at}: {} late", humanise(lateness)),
                    None,
                );
                format!("{which}: {name} came {} late{due}", humanise(lateness))
            }
            Outcome::Broken(_) => format!("{which}: not done either{due}"),
        };
        if let (Some(span), Some(due)) = (duty.timing_span, self.due_text(step, duty)) {
            self.rule(span, due);
        }
        self.explanation.repairs.push(text);
    }

    /// What would have complied.
    fn remedy(&self, step: &Step, duty: &Duty) -> String {
        let until = |due: Option<Due>| match due {
            Some(due) if due.inclusive => format!("not later than {}", self.words.instant(due.at)),
            Some(due) => format!("before {}", self.words.instant(due.at)),
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
            Goal::Avoid { pattern, more_than, .. } => match more_than {
                None => format!("no {}", self.words.pattern(pattern)),
                Some(limit) => format!("at most {limit} {}", self.words.pattern(pattern)),
            },
            Goal::AvoidEach {
                pattern,
                more_than,
                periods,
                ..
            } => {
                let period = self.period_text(step, periods);
                format!("at most {more_than} {} in {period}", self.words.pattern(pattern))
            }
            Goal::Bound(bound) => self.bound_remedy(step, bound),
            Goal::Permit { pattern, .. } => self.words.pattern(pattern),
            Goal::Maintain { condition, .. } => {
                format!("`{}` at every instant", self.words.condition(condition, None))
            }
        }
    }
}

/// The words of a duty that say what it is about.
fn goal_span(goal: &Goal) -> Span {
    match goal {
        Goal::Maintain { condition, .. } => condition.span,
        Goal::Bound(bound) => bound.figure.span,
        Goal::Ensure { pattern, .. }
        | Goal::EnsureBefore { pattern, .. }
        | Goal::EnsureEach { pattern, .. }
        | Goal::Avoid { pattern, .. }
        | Goal::AvoidEach { pattern, .. }
        | Goal::Permit { pattern, .. } => pattern.span,
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

/// What a goal asked of its actors, in words that follow them.
fn owed(goal: &Goal) -> String {
    match goal {
        Goal::Ensure { .. } | Goal::EnsureBefore { .. } | Goal::EnsureEach { .. } => "owed this".to_owned(),
        Goal::Avoid { more_than: None, .. } => "had to avoid this".to_owned(),
        Goal::Avoid {
            more_than: Some(most), ..
        }
        | Goal::AvoidEach { more_than: most, .. } => format!("had to keep to {most}"),
        Goal::Permit { .. } => "may conduct this".to_owned(),
        Goal::Maintain { .. } => "had to keep this true".to_owned(),
        Goal::Bound(_) => "had to keep this to its bound".to_owned(),
    }
}

/// How long before the due time a duty was kept, where an event kept it.
fn margin(step: &Step, by: Option<&Event>) -> String {
    match (step.due, by) {
        (Some(due), Some(by)) => {
            let margin = due.at.nanoseconds_since(by.time);
            format!(" with a margin of {}", humanise(margin))
        }
        _ => String::new(),
    }
}

fn at_least(count: u32) -> String {
    format!("at least {count}")
}

fn short_of(count: u32, wanted: u32) -> String {
    format!("{count} of {wanted}")
}
