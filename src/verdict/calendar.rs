//! Due times that working days and the days of a month decide, in plain words.

use super::explain::Explainer;
use crate::time::{Date, Due, Instant, WorkingCalendar};

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
        let mut text = format!("by the end of {last} = {start} + {count} working day{plural}");
        let Some((from, calendar)) = from.zip(self.calendar()) else {
            return text;
        };
        let from = self.words.zone.date_of(from);
        let days = std::iter::successors(from.tomorrow(), |day| day.tomorrow()).take_while(|day| *day < last);
        let free: Vec<Date> = days.filter(|day| calendar.is_kept_free(*day)).collect();
        match free.as_slice() {
            [] => {}
            [one] => text.push_str(&format!(", as {one} is a holiday")),
            some if some.len() <= MOST_HOLIDAYS => {
                let shown: Vec<String> = some.iter().map(Date::to_string).collect();
                text.push_str(&format!(", as {} are holidays", shown.join(" and ")));
            }
            many => text.push_str(&format!(", as {} days are holidays", many.len())),
        }
        text.push_str(&self.unlisted_text(from, last));
        text
    }

    /// Why what is due on a day is due on a later one.
    pub(super) fn free_day_text(&self, day: Date, due: Due) -> String {
        let holiday = self.calendar().is_some_and(|calendar| calendar.is_kept_free(day));
        let what = if holiday { "is a holiday" } else { "is no working day" };
        let last = self.words.zone.last_day(due);
        format!("{day} {what}{}", self.unlisted_text(day, last))
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
