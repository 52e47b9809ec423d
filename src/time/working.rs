//! Working days, and the days of a month that deadlines are counted to.

use std::collections::BTreeSet;
use std::fmt;

use jiff::ToSpan;

use super::{Date, Due, Instant, Zone};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// The week, from Monday on.
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// The word that the language uses.
    pub fn word(self) -> &'static str {
        match self {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        }
    }

    /// The day that a word of the language names.
    pub fn named(word: &str) -> Option<Self> {
        Weekday::ALL.into_iter().find(|day| day.word() == word)
    }

    /// From this day to another one, both included, on over the end of the week if need be.
    pub fn through(self, last: Weekday) -> impl Iterator<Item = Weekday> {
        let start = self as usize;
        let length = (last as usize + 7 - start) % 7 + 1;
        Weekday::ALL.into_iter().cycle().skip(start).take(length)
    }

    /// The day of the week that a day is.
    pub fn of(date: Date) -> Self {
        match date.civil().weekday() {
            jiff::civil::Weekday::Monday => Weekday::Monday,
            jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
            jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
            jiff::civil::Weekday::Thursday => Weekday::Thursday,
            jiff::civil::Weekday::Friday => Weekday::Friday,
            jiff::civil::Weekday::Saturday => Weekday::Saturday,
            jiff::civil::Weekday::Sunday => Weekday::Sunday,
        }
    }
}

/// Which days are working days: those of some days of the week that are not holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingCalendar {
    days: Vec<Weekday>,
    holidays: BTreeSet<Date>,
}

impl WorkingCalendar {
    /// The days of the week that are worked on, and those that are not all the same. `None` without a day to work on.
    pub fn new(
        days: impl IntoIterator<Item = Weekday>,
        holidays: impl IntoIterator<Item = Date>,
    ) -> Option<WorkingCalendar> {
        let days: Vec<Weekday> = days.into_iter().collect();
        (!days.is_empty()).then(|| WorkingCalendar {
            days,
            holidays: holidays.into_iter().collect(),
        })
    }

    /// Whether a day is a working day.
    pub fn is_working(&self, date: Date) -> bool {
        self.days.contains(&Weekday::of(date)) && !self.holidays.contains(&date)
    }

    /// Whether a day would be a working day were it not a holiday.
    pub fn is_kept_free(&self, date: Date) -> bool {
        self.days.contains(&Weekday::of(date)) && self.holidays.contains(&date)
    }

    /// The working day with this number after a day, which is day 0 itself; `None` past the end of the calendar.
    pub fn nth_after(&self, date: Date, count: u32) -> Option<Date> {
        let mut left = count;
        let mut day = date;
        while left > 0 {
            day = day.tomorrow()?;
            if self.is_working(day) {
                left -= 1;
            }
        }
        Some(day)
    }

    /// The years from one day to another, both included, of which no holiday is known although some are known of other years.
    pub fn unlisted_years(&self, from: Date, to: Date) -> Vec<i16> {
        if self.holidays.is_empty() {
            return Vec::new();
        }
        let listed = |year: i16| {
            let first = Date::new(year, 1, 1);
            let last = Date::new(year, 12, 31);
            first
                .zip(last)
                .is_some_and(|(first, last)| self.holidays.range(first..=last).next().is_some())
        };
        (from.year()..=to.year()).filter(|year| !listed(*year)).collect()
    }
}

/// A time of day, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClockTime {
    hour: i8,
    minute: i8,
}

impl ClockTime {
    /// Noon.
    pub const NOON: ClockTime = ClockTime { hour: 12, minute: 0 };

    /// An hour and a minute; `None` if no day has them.
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(ClockTime { hour, minute })
    }
}

impl fmt::Display for ClockTime {
    /// In the language's own spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == ClockTime::NOON {
            return f.write_str("noon");
        }
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// Until when on the next working day something may be done that falls due on another day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Respite {
    /// The whole of it.
    WholeDay,
    /// Until a time of day, that instant included.
    Until(ClockTime),
}

/// The first or the last day of a month after the one that an instant is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DayOfMonth {
    /// Which of the two.
    pub end: MonthEnd,
    /// 1 for the next month.
    pub months: u8,
}

/// One end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MonthEnd {
    /// Its first day.
    First,
    /// Its last day.
    Last,
}

/// The words for the second to the twelfth of something.
pub const ORDINALS: [&str; 11] = [
    "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
];

impl DayOfMonth {
    /// That day, after the month of another one; `None` past the end of the calendar.
    pub fn after(self, date: Date) -> Option<Date> {
        let month = date
            .civil()
            .first_of_month()
            .checked_add(i64::from(self.months).months())
            .ok()?;
        Some(Date::from_civil(match self.end {
            MonthEnd::First => month,
            MonthEnd::Last => month.last_of_month(),
        }))
    }
}

impl fmt::Display for DayOfMonth {
    /// In the language's own spelling: `the first day of the second month after`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.end {
            MonthEnd::First => "first",
            MonthEnd::Last => "last",
        };
        match usize::from(self.months).checked_sub(2).and_then(|at| ORDINALS.get(at)) {
            Some(ordinal) => write!(f, "the {end} day of the {ordinal} month after"),
            None => write!(f, "the {end} day of the month after"),
        }
    }
}

impl Zone {
    /// The end of the working day with this number after the day of an instant.
    pub fn end_of_working_day(&self, instant: Instant, count: u32, calendar: &WorkingCalendar) -> Due {
        Due::before(self.end_of_day(calendar.nth_after(self.date_of(instant), count)))
    }

    /// The end of the first or last day of a month after that of an instant.
    pub fn end_of_month_day(&self, instant: Instant, day: DayOfMonth) -> Due {
        Due::before(self.end_of_day(day.after(self.date_of(instant))))
    }

    /// The next working day for what is due on another day: that on which its last instant falls. `None` if it is due on a working day.
    pub fn deferred(&self, due: Due, respite: Respite, calendar: &WorkingCalendar) -> Option<Due> {
        let day = self.last_day(due);
        if calendar.is_working(day) {
            return None;
        }
        let next = calendar.nth_after(day, 1);
        Some(match respite {
            Respite::WholeDay => Due::before(self.end_of_day(next)),
            Respite::Until(time) => Due::at(next.map_or(Instant::MAX, |next| self.at(next, time.hour, time.minute))),
        })
    }

    /// The day of the last instant that is in time.
    pub fn last_day(&self, due: Due) -> Date {
        let last = if due.is_inclusive() {
            due.edge()
        } else {
            Instant::from_unix_nanoseconds(due.edge().unix_nanoseconds() - 1).unwrap_or(due.edge())
        };
        self.date_of(last)
    }

    fn end_of_day(&self, date: Option<Date>) -> Instant {
        date.map_or(Instant::MAX, |date| self.end_of(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn calendar(holidays: &[&str]) -> WorkingCalendar {
        let days = Weekday::Monday.through(Weekday::Friday);
        WorkingCalendar::new(days, holidays.iter().map(|text| date(text))).unwrap()
    }

    #[test]
    fn a_range_of_weekdays_goes_on_over_the_end_of_the_week() {
        let days: Vec<Weekday> = Weekday::Sunday.through(Weekday::Tuesday).collect();
        assert_eq!(days, [Weekday::Sunday, Weekday::Monday, Weekday::Tuesday]);
        let one: Vec<Weekday> = Weekday::Friday.through(Weekday::Friday).collect();
        assert_eq!(one, [Weekday::Friday]);
    }

    #[test]
    fn working_days_are_counted_from_the_day_after() {
        // 1 January 2025 was a Wednesday.
        let calendar = calendar(&["2025-01-01"]);
        assert_eq!(calendar.nth_after(date("2024-12-31"), 1), Some(date("2025-01-02")));
        assert_eq!(calendar.nth_after(date("2024-12-31"), 3), Some(date("2025-01-06")));
        assert_eq!(calendar.nth_after(date("2025-01-04"), 1), Some(date("2025-01-06")));
        assert_eq!(calendar.nth_after(date("9999-12-30"), 5), None);
    }

    #[test]
    fn what_is_due_on_a_free_day_is_deferred() {
        let zone = Zone::named("Europe/Kyiv").unwrap();
        let calendar = calendar(&["2025-01-06"]);
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let saturday = Due::at(at("2025-01-04T00:00:00+02:00"));
        let tuesday = Due::before(at("2025-01-08T00:00:00+02:00"));
        assert_eq!(zone.deferred(saturday, Respite::WholeDay, &calendar), Some(tuesday));
        let noon = Due::at(at("2025-01-07T12:00:00+02:00"));
        assert_eq!(
            zone.deferred(saturday, Respite::Until(ClockTime::NOON), &calendar),
            Some(noon)
        );
        // The end of Friday is the start of Saturday, and still due on the Friday.
        let end_of_friday = Due::before(at("2025-01-04T00:00:00+02:00"));
        assert_eq!(zone.deferred(end_of_friday, Respite::WholeDay, &calendar), None);
    }

    #[test]
    fn days_of_months_are_counted_from_the_month_of_a_day() {
        let day = |end, months| DayOfMonth { end, months };
        assert_eq!(
            day(MonthEnd::First, 1).after(date("2011-02-05")),
            Some(date("2011-03-01"))
        );
        assert_eq!(
            day(MonthEnd::First, 1).after(date("2024-01-31")),
            Some(date("2024-02-01"))
        );
        assert_eq!(
            day(MonthEnd::Last, 1).after(date("2024-01-31")),
            Some(date("2024-02-29"))
        );
        assert_eq!(
            day(MonthEnd::Last, 2).after(date("2024-12-01")),
            Some(date("2025-02-28"))
        );
    }

    #[test]
    fn years_without_a_holiday_are_known() {
        let known = calendar(&["2024-01-01", "2026-01-01"]);
        assert_eq!(known.unlisted_years(date("2024-12-31"), date("2026-01-05")), [2025]);
        assert!(
            calendar(&[])
                .unlisted_years(date("2024-12-31"), date("2026-01-05"))
                .is_empty()
        );
    }
}
