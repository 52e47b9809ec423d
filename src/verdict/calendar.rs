//! Due times that working days and the days of a month decide, in plain words.

use super::explain::Explainer;
use crate::time::{Date, Due, Instant, Weekday, WorkingCalendar};

/// What stands for an instant that the log does not give.
pub(super) const ABSENT: &str = "an absent instant";

/// A person does not read a longer list.
const MOST_HOLIDAYS: usize = 2;

impl Explainer<'_> {
    pub(super) fn day_of(&self, instant: Option<Instant>) -> String {
        instant.map_or_else(
            || ABSENT.to_owned(),
            |instant| self.words.zone.date_of(instant).to_string(),
        )
    }

    /// The day that a number of working days leads to, and the holidays on the way.
    pub(super) fn working_days_text(&self, count: u32, from: Option<Instant>, last: Date) -> String {
        let plural = if count == 1 { "" } else { "s" };
        let start = self.day_of(from);
        let text = format!("by the end of {last} = {start} + {count} working day{plural}");
        let Some((from, calendar)) = from.zip(self.calendar()) else {
            return text;
        };
        let from = self.words.zone.date_of(from);
        let days = std::iter::successors(from.tomorrow(), |day| day.tomorrow()).take_while(|day| *day < last);
        let free: Vec<Date> = days.filter(|day| calendar.is_kept_free(*day)).collect();
        let passed_over = match free.as_slice() {
            [] => String::new(),
            [one] => format!(", as {one} is a holiday"),
            some if some.len() <= MOST_HOLIDAYS => {
                let shown: Vec<String> = some.iter().map(Date::to_string).collect();
                format!(", as {} are holidays", shown.join(" and "))
            }
            many => format!(", as {} days are holidays", many.len()),
        };
        format!("{text}{passed_over}{}", self.unlisted_text(from, last))
    }

    /// When something is due, and why not on the day on which it would be.
    pub(super) fn deferred_text(&self, plain: &str, day: Date, due: Due) -> String {
        let plain = plain.strip_prefix("by ").unwrap_or(plain);
        let last = self.words.zone.last_day(due);
        let until = if due.is_inclusive() {
            self.words.instant(due.edge())
        } else {
            format!("by the end of {last}")
        };
        let holiday = self.calendar().is_some_and(|calendar| calendar.is_kept_free(day));
        let what = if holiday { "holiday".to_owned() } else { weekday(day) };
        let unlisted = self.unlisted_text(day, last);
        format!("{until}, deferred from {plain}, a {what}{unlisted}")
    }

    /// That holidays may be lacking, where the rules name none of a year.
    fn unlisted_text(&self, from: Date, to: Date) -> String {
        let years = self.calendar().map(|calendar| calendar.unlisted_years(from, to));
        match years.as_deref() {
            None | Some([]) => String::new(),
            Some([year]) => format!(" (the rules name no holidays of {year})"),
            Some([first, .., last]) => format!(" (the rules name no holidays of {first} to {last})"),
        }
    }

    fn calendar(&self) -> Option<&WorkingCalendar> {
        let clause = self.words.model.clause(self.instance.clause);
        self.words.model.agreement(clause.agreement).calendar.as_deref()
    }
}

fn weekday(day: Date) -> String {
    let word = Weekday::of(day).word();
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
