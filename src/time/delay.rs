//! Exact lengths of time, as people give them to a command.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use super::Instant;

/// An exact length of time, in nanoseconds; not below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Delay(SignedDuration);

/// A text that is no exact length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no length of time: write it like `30s`, `5m`, `2h`, `1h 30m` or `2 hours`")]
pub struct DelayError;

impl Delay {
    /// No time at all.
    pub const ZERO: Delay = Delay(SignedDuration::ZERO);

    /// A minute.
    pub const MINUTE: Delay = Delay(SignedDuration::from_mins(1));

    /// Thirty days of 24 hours.
    pub const THIRTY_DAYS: Delay = Delay(SignedDuration::from_hours(30 * 24));

    /// The instant that is so long before another one, or the first instant of all.
    pub fn before(self, instant: Instant) -> Instant {
        Instant::from_unix_nanoseconds(instant.unix_nanoseconds() - self.0.as_nanos()).unwrap_or(Instant::MIN)
    }

    /// For the clock of the system.
    pub fn to_std(self) -> std::time::Duration {
        self.0.unsigned_abs()
    }
}

impl FromStr for Delay {
    type Err = DelayError;

    fn from_str(text: &str) -> Result<Self, DelayError> {
        let length: SignedDuration = text.trim().parse().map_err(|_| DelayError)?;
        if length.is_negative() {
            return Err(DelayError);
        }
        Ok(Delay(length))
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, nanoseconds) in [
            ("0s", 0),
            ("250ms", 250_000_000),
            ("30s", 30_000_000_000_i128),
            ("1h 30m", 5_400_000_000_000),
            ("2 hours", 7_200_000_000_000),
        ] {
            let at = Instant::from_unix_nanoseconds(1_000_000_000_000_000).unwrap();
            let delay: Delay = text.parse().unwrap();
            assert_eq!(at.nanoseconds_since(delay.before(at)), nanoseconds, "{text}");
        }
        for text in ["", "5", "-3m", "3 months", "1 day ago", "soon"] {
            assert_eq!(text.parse::<Delay>(), Err(DelayError), "{text}");
        }
        let long: Delay = "200000000h".parse().unwrap();
        assert_eq!(long.before(Instant::MIN), Instant::MIN);
    }
}
