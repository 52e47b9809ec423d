//! Relative times, as scenarios write them: `+23h59m`, `-2 days`, `+1 month -1s`.

use std::str::FromStr;

use super::{Duration, Instant, Zone};

/// A way from one instant to another: lengths of time, each forwards or back, gone one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift(Vec<Step>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    back: bool,
    length: Duration,
}

/// Why a text is not a relative time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShiftError {
    /// It is none.
    #[error("it is not a sign and lengths of time with their units")]
    Malformed,
    /// It is longer than the calendar.
    #[error("it is longer than the calendar")]
    TooLong,
}

impl Shift {
    /// Whether a text is meant as a relative time: no instant of the years 1 to 9999 starts with a sign.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(['+', '-'])
    }

    /// Whether it has no calendar units, so that it needs no zone.
    fn is_exact(&self) -> bool {
        self.0.iter().all(|step| step.length.is_exact())
    }
}

impl FromStr for Shift {
    type Err = ShiftError;

    fn from_str(text: &str) -> Result<Self, ShiftError> {
        let mut rest = text.trim();
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let back = rest.starts_with('-');
            rest = rest.strip_prefix(['+', '-']).ok_or(ShiftError::Malformed)?.trim_start();
            let mut length = None;
            while rest.starts_with(|first: char| first.is_ascii_digit()) {
                let (count, unit, after) = part(rest);
                let count = count.parse().map_err(|_| ShiftError::TooLong)?;
                let more = duration(count, unit)?;
                length = Some(match length {
                    None => more,
                    Some(length) => more.plus(length).map_err(|_| ShiftError::TooLong)?,
                });
                rest = after;
            }
            let length = length.ok_or(ShiftError::Malformed)?;
            steps.push(Step { back, length });
        }
        if steps.is_empty() {
            return Err(ShiftError::Malformed);
        }
        Ok(Shift(steps))
    }
}

/// The digits and the letters that a text starts with, and what comes after them.
fn part(text: &str) -> (&str, &str, &str) {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (count, rest) = text.split_at(digits);
    let rest = rest.trim_start();
    let letters = rest.find(|char: char| !char.is_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(letters);
    (count, unit, rest.trim_start())
}

fn duration(count: u64, unit: &str) -> Result<Duration, ShiftError> {
    let word = match unit {
        "y" => "year",
        "mo" => "month",
        "w" => "week",
        "d" => "day",
        "h" => "hour",
        "m" | "min" => "minute",
        "s" => "second",
        "ns" => return Duration::exact(count).map_err(|_| ShiftError::TooLong),
        word => word,
    };
    Duration::of_unit(count, word)
        .ok_or(ShiftError::Malformed)?
        .map_err(|_| ShiftError::TooLong)
}

/// What relative times count from.
#[derive(Debug, Clone, Default)]
pub struct Anchor {
    /// The instant.
    pub start: Option<Instant>,
    /// Where calendar units are counted.
    pub zone: Option<Zone>,
}

/// Why a relative time is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// There is nothing that it could count from.
    #[error("there is no start to count from")]
    NoStart,
    /// It has calendar units, and there is no zone to count them in.
    #[error("there is no zone to count days, weeks, months and years in")]
    NoZone,
    /// It leads out of the calendar.
    #[error("that is outside the years 1 to 9999")]
    OutOfRange,
}

impl Anchor {
    /// The instant that a relative time leads to.
    ///
    /// # Errors
    /// What is lacking.
    pub fn resolve(&self, shift: &Shift) -> Result<Instant, AnchorError> {
        let start = self.start.ok_or(AnchorError::NoStart)?;
        let utc = Zone::utc();
        let zone = match &self.zone {
            Some(zone) => zone,
            None if shift.is_exact() => &utc,
            None => return Err(AnchorError::NoZone),
        };
        shift.0.iter().try_fold(start, |at, step| {
            if step.back {
                return zone.subtract(at, step.length).ok_or(AnchorError::OutOfRange);
            }
            let later = zone.add(at, step.length);
            if later == Instant::MAX {
                Err(AnchorError::OutOfRange)
            } else {
                Ok(later)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(start: &str, shift: &str) -> String {
        let anchor = Anchor {
            start: Some(start.parse().unwrap()),
            zone: Some(Zone::named("Europe/Kyiv").unwrap()),
        };
        match shift.parse::<Shift>() {
            Ok(shift) => match anchor.resolve(&shift) {
                Ok(at) => at.to_string(),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn counts_exact_units_and_those_of_the_calendar() {
        let start = "2024-10-26T12:00:00+03:00";
        assert_eq!(from(start, "+0s"), "2024-10-26T09:00:00Z");
        assert_eq!(from(start, "+23h59m"), "2024-10-27T08:59:00Z");
        assert_eq!(from(start, "+1d"), "2024-10-27T10:00:00Z", "a day of 25 hours");
        assert_eq!(from(start, "+24 hours"), "2024-10-27T09:00:00Z");
        assert_eq!(from(start, "-1 month 2 days"), "2024-09-24T09:00:00Z");
        assert_eq!(from(start, "+1d-1s"), "2024-10-27T09:59:59Z");
        assert_eq!(from(start, "+1ns"), "2024-10-26T09:00:00.000000001Z");
    }

    #[test]
    fn refuses_what_it_cannot_read_or_reach() {
        let start = "2024-10-26T12:00:00+03:00";
        for shift in ["", "+", "5h", "+5", "+5 fortnights", "+5h 3", "+1.5h", "+h"] {
            assert_eq!(from(start, shift), ShiftError::Malformed.to_string(), "{shift}");
        }
        assert_eq!(from(start, "+99999999999999999999h"), ShiftError::TooLong.to_string());
        assert_eq!(from(start, "+9000y"), AnchorError::OutOfRange.to_string());
        let anchor = Anchor {
            start: Some(start.parse().unwrap()),
            zone: None,
        };
        let shift = |text: &str| text.parse::<Shift>().unwrap();
        assert_eq!(anchor.resolve(&shift("+1d")), Err(AnchorError::NoZone));
        assert!(anchor.resolve(&shift("+24h")).is_ok());
        assert_eq!(Anchor::default().resolve(&shift("+1h")), Err(AnchorError::NoStart));
    }
}
