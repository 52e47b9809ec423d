//! Instants and dates as other programs write them.

use jiff::civil::{self, DateTime};
use jiff::fmt::strtime;
use jiff::tz::AmbiguousOffset;

use super::{Date, Instant, InstantError, Zone};

/// How instants are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeFormat {
    /// As in RFC 3339; where a zone is known, the offset can be left out.
    Rfc3339,
    /// As a number of units since the start of 1970 in UTC.
    Epoch(EpochUnit),
    /// As a pattern of `strptime` says.
    Pattern(String),
}

/// What a number of units since 1970 counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochUnit {
    /// Seconds.
    Seconds,
    /// Thousandths of seconds.
    Milliseconds,
    /// Millionths of seconds.
    Microseconds,
    /// Billionths of seconds.
    Nanoseconds,
}

/// How the instants of a source are written, and the zone of those without an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// How they are written.
    pub format: TimeFormat,
    /// Where the clock hung that shows times without an offset.
    pub zone: Option<Zone>,
}

/// Why a text is not an instant or a date of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// It does not name an instant in RFC 3339.
    #[error(transparent)]
    Instant(#[from] InstantError),
    /// It is not a number.
    #[error("it is not a number of {} since 1970", .0.name())]
    NotANumber(EpochUnit),
    /// It is not as the pattern says.
    #[error("it is not written as the pattern says")]
    NotAsPattern,
    /// Clocks were set back, and showed this time twice.
    #[error("the clocks of the zone showed it twice")]
    Twice,
    /// Clocks were set forward, and never showed this time.
    #[error("the clocks of the zone never showed it")]
    Never,
}

impl EpochUnit {
    /// Every unit.
    pub const ALL: [EpochUnit; 4] = [
        EpochUnit::Seconds,
        EpochUnit::Milliseconds,
        EpochUnit::Microseconds,
        EpochUnit::Nanoseconds,
    ];

    /// The unit's name in the plural.
    pub const fn name(self) -> &'static str {
        match self {
            EpochUnit::Seconds => "seconds",
            EpochUnit::Milliseconds => "milliseconds",
            EpochUnit::Microseconds => "microseconds",
            EpochUnit::Nanoseconds => "nanoseconds",
        }
    }

    const fn decimals(self) -> usize {
        match self {
            EpochUnit::Seconds => 9,
            EpochUnit::Milliseconds => 6,
            EpochUnit::Microseconds => 3,
            EpochUnit::Nanoseconds => 0,
        }
    }
}

impl TimeFormat {
    /// Whether a pattern can be used at all: what it shows of an instant, it can read back.
    pub fn is_usable(&self) -> bool {
        let TimeFormat::Pattern(pattern) = self else {
            return true;
        };
        let shown = strtime::BrokenDownTime::from(jiff::Timestamp::constant(981_173_106, 0));
        shown
            .to_string(pattern)
            .and_then(|text| strtime::parse(pattern, text))
            .and_then(|read| read.to_date())
            .is_ok()
    }
}

impl Clock {
    /// The instant that a text writes.
    ///
    /// # Errors
    /// Why it writes none.
    pub fn instant(&self, text: &str) -> Result<Instant, ClockError> {
        match &self.format {
            TimeFormat::Rfc3339 => match text.parse::<Instant>() {
                Err(InstantError::NoOffset) => {
                    let time: DateTime = text.parse().map_err(|_| InstantError::Malformed)?;
                    self.in_zone(time)
                }
                read => Ok(read?),
            },
            TimeFormat::Epoch(unit) => {
                let nanoseconds = nanoseconds(text, *unit).ok_or(ClockError::NotANumber(*unit))?;
                Ok(Instant::from_unix_nanoseconds(nanoseconds).ok_or(InstantError::OutOfRange)?)
            }
            TimeFormat::Pattern(pattern) => {
                let read = strtime::parse(pattern, text).map_err(|_| ClockError::NotAsPattern)?;
                if let Ok(timestamp) = read.to_timestamp() {
                    return Ok(Instant::from_timestamp(timestamp).ok_or(InstantError::OutOfRange)?);
                }
                let date = read.to_date().map_err(|_| ClockError::NotAsPattern)?;
                if read.hour().is_none() {
                    return Err(InstantError::DateOnly.into());
                }
                let time = read.to_time().map_err(|_| ClockError::NotAsPattern)?;
                self.in_zone(date.to_datetime(time))
            }
        }
    }

    /// The day that a text writes.
    ///
    /// # Errors
    /// Why it writes none.
    pub fn date(&self, text: &str) -> Result<Date, ClockError> {
        let TimeFormat::Pattern(pattern) = &self.format else {
            return Ok(text.parse()?);
        };
        let date = civil::Date::strptime(pattern, text).map_err(|_| ClockError::NotAsPattern)?;
        Ok(Date::new(date.year(), date.month(), date.day()).ok_or(InstantError::OutOfRange)?)
    }

    fn in_zone(&self, time: DateTime) -> Result<Instant, ClockError> {
        let Some(zone) = &self.zone else {
            return Err(InstantError::NoOffset.into());
        };
        let ambiguous = zone.time_zone().to_ambiguous_timestamp(time);
        match ambiguous.offset() {
            AmbiguousOffset::Gap { .. } => Err(ClockError::Never),
            AmbiguousOffset::Fold { .. } => Err(ClockError::Twice),
            AmbiguousOffset::Unambiguous { .. } => {
                let timestamp = ambiguous.unambiguous().ok();
                Ok(timestamp
                    .and_then(Instant::from_timestamp)
                    .ok_or(InstantError::OutOfRange)?)
            }
        }
    }
}

/// A decimal number of units in nanoseconds; `None` if it is no number, or finer than they are.
fn nanoseconds(text: &str, unit: EpochUnit) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    let decimals = unit.decimals();
    // Longer numbers are outside of the calendar, and would not fit either.
    if !is_number(whole)
        || whole.len() > 22
        || fraction.len() > decimals
        || !(fraction.is_empty() || is_number(fraction))
    {
        return None;
    }
    let all: i128 = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
    Some(if negative { -all } else { all })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(format: TimeFormat, zone: Option<&str>) -> Clock {
        let zone = zone.map(|name| Zone::named(name).unwrap());
        Clock { format, zone }
    }

    fn read(clock: &Clock, text: &str) -> Result<String, ClockError> {
        clock.instant(text).map(|instant| instant.to_string())
    }

    #[test]
    fn numbers_since_1970_are_exact() {
        let of = |unit, text| read(&clock(TimeFormat::Epoch(unit), None), text);
        let expected = Ok("2024-07-08T07:00:00.123456789Z".to_owned());
        assert_eq!(of(EpochUnit::Seconds, "1720422000.123456789"), expected);
        assert_eq!(of(EpochUnit::Milliseconds, "1720422000123.4567890"), expected);
        assert_eq!(of(EpochUnit::Microseconds, "1720422000123456.789"), expected);
        assert_eq!(of(EpochUnit::Nanoseconds, "1720422000123456789"), expected);
        assert_eq!(of(EpochUnit::Seconds, "-0.5"), Ok("1969-12-31T23:59:59.5Z".to_owned()));
        for text in [
            "",
            "-",
            ".5",
            "1e9",
            "0x1",
            "1.",
            "+1",
            "1 ",
            "9999999999999999999999999999",
            "0.1234567891",
        ] {
            let found = of(EpochUnit::Seconds, text);
            assert!(
                found == Err(ClockError::NotANumber(EpochUnit::Seconds)) || text == "1.",
                "{text}: {found:?}"
            );
        }
        assert_eq!(
            of(EpochUnit::Seconds, "1720422000123"),
            Err(ClockError::Instant(InstantError::OutOfRange))
        );
    }

    #[test]
    fn a_zone_stands_for_the_offset_unless_there_is_one() {
        let kyiv = clock(TimeFormat::Rfc3339, Some("Europe/Kyiv"));
        assert_eq!(
            read(&kyiv, "2024-07-08T10:00:00"),
            Ok("2024-07-08T07:00:00Z".to_owned())
        );
        assert_eq!(
            read(&kyiv, "2024-07-08 10:00:00Z"),
            Ok("2024-07-08T10:00:00Z".to_owned())
        );
        assert_eq!(read(&kyiv, "2024-03-31T03:30:00"), Err(ClockError::Never));
        assert_eq!(read(&kyiv, "2024-10-27T03:30:00"), Err(ClockError::Twice));
        let none = clock(TimeFormat::Rfc3339, None);
        assert_eq!(
            read(&none, "2024-07-08T10:00:00"),
            Err(ClockError::Instant(InstantError::NoOffset))
        );
    }

    #[test]
    fn patterns_are_read_in_the_zone_or_with_their_offset() {
        let pattern = |pattern: &str, zone| clock(TimeFormat::Pattern(pattern.to_owned()), zone);
        let day_first = pattern("%d/%m/%Y %H:%M", Some("Europe/Kyiv"));
        assert_eq!(
            read(&day_first, "08/07/2024 10:00"),
            Ok("2024-07-08T07:00:00Z".to_owned())
        );
        assert_eq!(read(&day_first, "2024-07-08"), Err(ClockError::NotAsPattern));
        let offset = pattern("%Y%m%dT%H%M%S%z", None);
        assert_eq!(
            read(&offset, "20240708T100000+0300"),
            Ok("2024-07-08T07:00:00Z".to_owned())
        );
        let day = pattern("%d.%m.%Y", None);
        assert_eq!(
            read(&day, "08.07.2024"),
            Err(ClockError::Instant(InstantError::DateOnly))
        );
        assert_eq!(day.date("08.07.2024"), Ok(Date::new(2024, 7, 8).unwrap()));
        assert!(day_first.format.is_usable() && offset.format.is_usable() && day.format.is_usable());
        for bad in ["%", "%H:%M", "no pattern", "%Q!%d"] {
            assert!(!TimeFormat::Pattern(bad.to_owned()).is_usable(), "{bad}");
        }
    }
}
