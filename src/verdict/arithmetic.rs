//! When a duty was due, and by which arithmetic.

use super::calendar::ABSENT;
use super::explain::Explainer;
use super::explanation::Role;
use crate::engine::Step;
use crate::model::{Clock, Clocks, Duty, EndReason, Extent, Goal, LeadTime, Operand, Periods, Reach, Relative, Var};
use crate::time::{Cadence, Due, Instant};
use crate::value::Value;

impl Explainer<'_> {
    /// Says at the timing when the duty was due, and by which arithmetic.
    pub(super) fn due_label(&mut self, step: &Step, duty: &Duty) {
        if let Some(by) = &step.ended_by {
            let at = self.words.instant(by.time);
            self.evidence(by, Role::End, format!("this ended the time of the duty, at {at}"), None);
        }
        let Some(span) = duty.timing_span else { return };
        if let Some(text) = self.due_text(step, duty) {
            self.rule(span, text);
        }
    }

    pub(super) fn due_text(&self, step: &Step, duty: &Duty) -> Option<String> {
        if let Some(by) = &step.ended_by {
            let name = self.words.event(by.kind);
            return Some(format!(
                "until before {}, when this `{name}` came",
                self.words.instant(by.time)
            ));
        }
        if let (None, Some(end)) = (step.due, &duty.end) {
            return Some(format!("no {} has come", self.words.pattern(end)));
        }
        if let (Goal::Bound(bound), None) = (&duty.goal, step.due)
            && let Reach::Any(window) = &bound.reach
        {
            return Some(format!("{} back from each instant", window.length));
        }
        if let Goal::EnsureBefore { lead, .. } = &duty.goal {
            return self.lead_text(step, *lead);
        }
        let due = step.due?;
        let at = self.words.instant(due.edge());
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
            Extent::Standing(standing) => match standing.reason_for(due) {
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
        let decided = decided.unwrap_or_else(|| self.words.instant(due.edge()));
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
                format!("{} = {} + {duration}", instant(due.map(Due::edge)), instant(from))
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
        let var = field.kind.var()?;
        let event = match var {
            Var::Trigger | Var::Earlier | Var::Breach(_) => self.words.event_of(var)?,
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
}
