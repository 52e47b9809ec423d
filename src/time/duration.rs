//! Spans of time that mix calendar units and exact ones.

use std::fmt;
use std::str::FromStr;

/// A span of time: calendar months and days, counted in a zone, then exact nanoseconds.
///
/// Years are 12 months and weeks are 7 days, which is exact in the calendar; days and hours do not mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration {
    months: u32,
    days: u32,
    nanoseconds: u64,
}

/// Why a duration cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Longer than the calendar.
    #[error("a duration is at most 9,999 years")]
    TooLong,
    /// Calendar units where only exact ones have a meaning.
    #[error("a duration in a log is exact: hours, minutes and seconds")]
    NotExact,
    /// Anything else.
    #[error("it is not a duration, written as in \"72 hours\" or \"PT72H\"")]
    Malformed,
}

const SECOND: u64 = 1_000_000_000;
const MAX_MONTHS: u64 = 9_999 * 12;
const MAX_DAYS: u64 = 3_652_059;
const MAX_NANOSECONDS: u64 = 580 * 366 * 86_400 * SECOND;

impl Duration {
    /// Joins calendar months, calendar days and exact nanoseconds.
    pub fn new(months: u64, days: u64, nanoseconds: u64) -> Result<Self, DurationError> {
        if months > MAX_MONTHS || days > MAX_DAYS || nanoseconds > MAX_NANOSECONDS {
            return Err(DurationError::TooLong);
        }
        Ok(Duration {
            months: u32::try_from(months).map_err(|_| DurationError::TooLong)?,
            days: u32::try_from(days).map_err(|_| DurationError::TooLong)?,
            nanoseconds,
        })
    }

    /// An exact duration, as logs carry it.
    pub fn exact(nanoseconds: u64) -> Result<Self, DurationError> {
        Duration::new(0, 0, nanoseconds)
    }

    /// So many of a unit named as in the language, singular or plural; `None` if there is no such unit.
    pub fn of_unit(count: u64, unit: &str) -> Option<Result<Self, DurationError>> {
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let (months, days, nanoseconds) = match unit {
            "second" => (0, 0, SECOND),
            "minute" => (0, 0, 60 * SECOND),
            "hour" => (0, 0, 3_600 * SECOND),
            "day" => (0, 1, 0),
            "week" => (0, 7, 0),
            "month" => (1, 0, 0),
            "year" => (12, 0, 0),
            _ => return None,
        };
        let times = |unit: u64| count.checked_mul(unit).ok_or(DurationError::TooLong);
        Some(times(months).and_then(|months| Duration::new(months, times(days)?, times(nanoseconds)?)))
    }

    /// The sum, unit by unit.
    pub fn plus(self, other: Duration) -> Result<Self, DurationError> {
        Duration::new(
            u64::from(self.months) + u64::from(other.months),
            u64::from(self.days) + u64::from(other.days),
            self.nanoseconds.saturating_add(other.nanoseconds),
        )
    }

    /// Calendar months.
    pub fn months(self) -> u32 {
        self.months
    }

    /// Calendar days, beside the months.
    pub fn days(self) -> u32 {
        self.days
    }

    /// Exact nanoseconds, beside the calendar units.
    pub fn nanoseconds(self) -> u64 {
        self.nanoseconds
    }

    /// Whether it has no calendar units, so that it is the same length everywhere and always.
    pub fn is_exact(self) -> bool {
        self.months == 0 && self.days == 0
    }

    /// Whether it has no length.
    pub fn is_zero(self) -> bool {
        self == Duration::default()
    }

    /// Nanoseconds that no instance of this duration exceeds, whatever zone and date it is counted from.
    pub fn longest(self) -> i128 {
        // A civil day has at most 25 hours where clocks change, and a zone that moves across the date line skips or repeats one whole day.
        const SLACK: i128 = 50 * 3_600 * SECOND as i128;
        let calendar_days = i128::from(self.months) * 31 + i128::from(self.days);
        let calendar = if self.is_exact() {
            0
        } else {
            calendar_days * 86_400 * i128::from(SECOND) + SLACK
        };
        calendar + i128::from(self.nanoseconds)
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    /// Reads what logs carry: `72 hours`, `1 hour 30 minutes`, or ISO 8601 as in `PT1H30M`. Exact units only.
    fn from_str(text: &str) -> Result<Self, DurationError> {
        let text = text.trim();
        if text.starts_with(['P', 'p']) {
            let span: jiff::SignedDuration = text.parse().map_err(|_| match text.parse::<jiff::Span>() {
                Ok(_) => DurationError::NotExact,
                Err(_) => DurationError::Malformed,
            })?;
            let nanoseconds = u64::try_from(span.as_nanos()).map_err(|_| DurationError::Malformed)?;
            return Duration::exact(nanoseconds);
        }
        let mut words = text.split_ascii_whitespace();
        let mut sum = Duration::default();
        while let Some(count) = words.next() {
            let count: u64 = count.parse().map_err(|_| DurationError::Malformed)?;
            let unit = words.next().ok_or(DurationError::Malformed)?;
            sum = sum.plus(Duration::of_unit(count, unit).ok_or(DurationError::Malformed)??)?;
        }
        if text.is_empty() {
            return Err(DurationError::Malformed);
        }
        if !sum.is_exact() {
            return Err(DurationError::NotExact);
        }
        Ok(sum)
    }
}

impl fmt::Display for Duration {
    /// In the language's own spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.nanoseconds / (3_600 * SECOND);
        let minutes = self.nanoseconds / (60 * SECOND) % 60;
        let seconds = self.nanoseconds / SECOND % 60;
        let months_are_years = self.months.is_multiple_of(12) && self.months > 12;
        let (years, months) = if months_are_years {
            (self.months / 12, 0)
        } else {
            (0, self.months)
        };
        let parts = [
            (u64::from(years), "year"),
            (u64::from(months), "month"),
            (u64::from(self.days), "day"),
            (hours, "hour"),
            (minutes, "minute"),
            (seconds, "second"),
        ];
        let mut first = true;
        // Rules are written in whole seconds, and logs need not be.
        let fraction = self.nanoseconds % SECOND;
        for (count, unit) in parts {
            let fraction = if unit == "second" { fraction } else { 0 };
            if count > 0 || fraction > 0 {
                let space = if first { "" } else { " " };
                write!(f, "{space}{count}")?;
                if fraction > 0 {
                    let digits = format!("{fraction:09}");
                    write!(f, ".{}", digits.trim_end_matches('0'))?;
                }
                let plural = if count == 1 && fraction == 0 { "" } else { "s" };
                write!(f, " {unit}{plural}")?;
                first = false;
            }
        }
        if first {
            f.write_str("0 seconds")?;
        }
        Ok(())
    }
}

/// An exact length for people, rounded down to the two largest units that matter: `2 h 15 min`, `3 d 4 h`, `0.25 s`.
pub fn humanise(nanoseconds: i128) -> String {
    let second = i128::from(SECOND);
    let total = nanoseconds.abs();
    let (days, hours, minutes, seconds) = (
        total / (86_400 * second),
        total / (3_600 * second) % 24,
        total / (60 * second) % 60,
        total / second % 60,
    );
    let two = |a: i128, a_unit: &str, b: i128, b_unit: &str| {
        if b == 0 {
            format!("{a} {a_unit}")
        } else {
            format!("{a} {a_unit} {b} {b_unit}")
        }
    };
    if days > 0 {
        two(days, "d", hours, "h")
    } else if hours > 0 {
        two(hours, "h", minutes, "min")
    } else if minutes > 0 {
        two(minutes, "min", seconds, "s")
    } else if total % second == 0 {
        format!("{seconds} s")
    } else {
        let fraction = format!("{:09}", total % second);
        format!("{seconds}.{} s", fraction.trim_end_matches('0'))
    }
}

/// An exact length in full: `2 d 23 h 59 min 59 s`.
pub fn spell_out(nanoseconds: i128) -> String {
    let second = i128::from(SECOND);
    let total = nanoseconds.abs();
    let parts = [
        (total / (86_400 * second), "d"),
        (total / (3_600 * second) % 24, "h"),
        (total / (60 * second) % 60, "min"),
    ];
    let mut words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    let rest = total % (60 * second);
    if rest > 0 || words.is_empty() {
        words.push(humanise(rest));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_in_the_language_s_spelling() {
        let show = |months, days, nanoseconds| Duration::new(months, days, nanoseconds).unwrap().to_string();
        assert_eq!(show(120, 0, 0), "10 years");
        assert_eq!(show(12, 0, 0), "12 months");
        assert_eq!(show(1, 15, 0), "1 month 15 days");
        assert_eq!(show(0, 0, 5_400 * SECOND), "1 hour 30 minutes");
        assert_eq!(show(0, 0, 0), "0 seconds");
        assert_eq!(show(0, 0, 1_250_000_000), "1.25 seconds");
        assert_eq!(show(0, 0, 3_600 * SECOND + 1_000_000), "1 hour 0.001 seconds");
    }

    #[test]
    fn reads_what_logs_carry() {
        let hours = |count: u64| Duration::exact(count * 3_600 * SECOND);
        assert_eq!("72 hours".parse(), hours(72));
        assert_eq!("PT72H".parse(), hours(72));
        assert_eq!("3 days".parse::<Duration>(), Err(DurationError::NotExact));
        assert_eq!("P3M".parse::<Duration>(), Err(DurationError::NotExact));
        assert_eq!("soon".parse::<Duration>(), Err(DurationError::Malformed));
        assert_eq!("99999999999999 hours".parse::<Duration>(), Err(DurationError::TooLong));
    }

    #[test]
    fn spells_out_every_unit() {
        assert_eq!(spell_out(259_199 * 1_000_000_000), "2 d 23 h 59 min 59 s");
        assert_eq!(spell_out(3_600_500_000_000), "1 h 0.5 s");
        assert_eq!(spell_out(0), "0 s");
    }

    #[test]
    fn humanises_to_two_units() {
        assert_eq!(humanise(8_100 * 1_000_000_000), "2 h 15 min");
        assert_eq!(humanise(86_400 * 1_000_000_000), "1 d");
        assert_eq!(humanise(250_000_000), "0.25 s");
        assert_eq!(humanise(1), "0.000000001 s");
    }
}
