//! Absolute time.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::Timestamp;

/// An absolute time at nanosecond resolution, between the years 1 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Whole seconds since the start of 1970 in UTC, rounded down.
    pub(super) second: i64,
    /// One more than the nanoseconds after that second, of which there are less than a second has: never zero, which is left for there being no instant.
    rest: NonZeroU32,
}

const NANOSECONDS: u32 = 1_000_000_000;

/// A day of the civil calendar, in no particular zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

/// Why a text is not an instant or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// A time of day without an offset from UTC.
    #[error("it has no offset from UTC, so it is not one instant")]
    NoOffset,
    /// A day without a time of day.
    #[error("it is a day, not an instant")]
    DateOnly,
    /// Outside the years 1 to 9999.
    #[error("it is outside the years 1 to 9999")]
    OutOfRange,
    /// Anything else.
    #[error("it is not a time that exists, written as in 2024-07-08T10:00:00+03:00")]
    Malformed,
}

impl Instant {
    /// The last instant that the language knows.
    pub const MAX: Instant = Instant::within(253_402_207_199, NANOSECONDS - 1);

    /// The first instant that the language knows.
    pub const MIN: Instant = Instant::within(-62_135_596_800, 0);

    /// An instant so many nanoseconds after a second that is counted from 1970, and none beyond the years 1 to 9999.
    #[inline]
    fn new(second: i64, nanosecond: u32) -> Option<Self> {
        let is_known = nanosecond < NANOSECONDS && (Self::MIN.second..=Self::MAX.second).contains(&second);
        is_known.then(|| Instant::within(second, nanosecond))
    }

    /// The instant so many nanoseconds after a second, both as they have to be.
    #[inline]
    pub(super) const fn within(second: i64, nanosecond: u32) -> Self {
        Instant {
            second,
            rest: NonZeroU32::MIN.saturating_add(nanosecond),
        }
    }

    /// The nanoseconds after its second.
    #[inline]
    pub(super) const fn nanosecond(self) -> u32 {
        self.rest.get() - 1
    }

    pub(super) fn from_timestamp(timestamp: Timestamp) -> Option<Self> {
        Self::from_seconds_and_nanoseconds(timestamp.as_second(), timestamp.subsec_nanosecond())
    }

    pub(super) fn saturating_from(timestamp: Option<Timestamp>) -> Self {
        match timestamp {
            Some(early) if early < Self::MIN.timestamp() => Instant::MIN,
            timestamp => timestamp.and_then(Self::from_timestamp).unwrap_or(Instant::MAX),
        }
    }

    pub(super) fn timestamp(self) -> Timestamp {
        let (second, nanosecond) = self.seconds_and_nanoseconds();
        // What the language knows of time, the calendar knows too.
        Timestamp::new(second, nanosecond).unwrap_or(Timestamp::MAX)
    }

    /// An instant so many nanoseconds after the start of 1970 in UTC; `None` outside the years 1 to 9999.
    pub fn from_unix_nanoseconds(nanoseconds: i128) -> Option<Self> {
        Timestamp::from_nanosecond(nanoseconds)
            .ok()
            .and_then(Self::from_timestamp)
    }

    /// The next instant; the last one is its own.
    #[must_use]
    #[inline]
    pub fn next(self) -> Self {
        self.saturating_add(1)
    }

    /// The instant so many nanoseconds later. Stops at the end of time.
    #[must_use]
    #[inline]
    pub fn saturating_add(self, nanoseconds: u64) -> Self {
        let whole = u64::from(NANOSECONDS);
        let nanosecond = u64::from(self.nanosecond()) + nanoseconds % whole;
        let seconds = i64::try_from(nanoseconds / whole + nanosecond / whole).unwrap_or(i64::MAX);
        let nanosecond = u32::try_from(nanosecond % whole).unwrap_or(0);
        Instant::new(self.second.saturating_add(seconds), nanosecond).unwrap_or(Instant::MAX)
    }

    /// Nanoseconds since the start of 1970 in UTC.
    pub fn unix_nanoseconds(self) -> i128 {
        i128::from(self.second) * i128::from(NANOSECONDS) + i128::from(self.nanosecond())
    }

    /// The whole seconds since the start of 1970 in UTC, and the nanoseconds that are left; neither is negative where the other is positive.
    pub fn seconds_and_nanoseconds(self) -> (i64, i32) {
        let nanosecond = self.nanosecond().cast_signed();
        if self.second < 0 && nanosecond > 0 {
            (self.second + 1, nanosecond - NANOSECONDS.cast_signed())
        } else {
            (self.second, nanosecond)
        }
    }

    /// The instant of so many seconds and nanoseconds since the start of 1970 in UTC; `None` outside the years 1 to 9999.
    pub fn from_seconds_and_nanoseconds(second: i64, nanosecond: i32) -> Option<Self> {
        match u32::try_from(nanosecond) {
            Ok(nanosecond) => Instant::new(second, nanosecond),
            Err(_) => Instant::new(
                second.checked_sub(1)?,
                NANOSECONDS.checked_sub(nanosecond.unsigned_abs())?,
            ),
        }
    }

    /// Nanoseconds from `earlier` to this instant; negative if it is later.
    pub fn nanoseconds_since(self, earlier: Instant) -> i128 {
        self.unix_nanoseconds() - earlier.unix_nanoseconds()
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    /// Reads RFC 3339 with an offset. A second numbered 60 is read as the one before it, as POSIX clocks show a leap second.
    fn from_str(text: &str) -> Result<Self, InstantError> {
        if let Some(instant) = of_common_form(text.as_bytes()) {
            return Ok(instant);
        }
        // A zone in brackets is ISO 8601's extension; an instant is given by its offset alone.
        if text.contains('[') {
            return Err(InstantError::Malformed);
        }
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Instant::from_timestamp(timestamp).ok_or(InstantError::OutOfRange),
            Err(_) if text.parse::<jiff::civil::Date>().is_ok() && !text.contains(':') => Err(InstantError::DateOnly),
            Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => Err(InstantError::NoOffset),
            Err(_) if without_offset(text).parse::<jiff::civil::DateTime>().is_ok() => Err(InstantError::OutOfRange),
            Err(_) => Err(InstantError::Malformed),
        }
    }
}

/// Reads instants one after the other, as logs have them: many of one day, with one offset.
#[derive(Debug, Default)]
pub struct InstantReader {
    last: Option<Day>,
}

/// A day at some offset.
#[derive(Debug)]
struct Day {
    /// `2024-07-08T`.
    date: [u8; 11],
    offset: Offset,
    /// The seconds from 1970 to its start.
    start: i64,
}

/// What a text has behind its time of day.
#[derive(Debug)]
enum Offset {
    /// `Z`.
    Utc,
    /// `+03:00`.
    Numbers([u8; 6]),
}

impl Offset {
    fn new(text: &[u8]) -> Option<Self> {
        match text {
            b"Z" => Some(Offset::Utc),
            _ => text.try_into().ok().map(Offset::Numbers),
        }
    }

    /// What follows the offset, if it stands there.
    #[inline]
    fn pass<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        match self {
            Offset::Utc => text.strip_prefix(b"Z"),
            Offset::Numbers(numbers) => {
                let (next, rest) = text.split_first_chunk()?;
                (next == numbers).then_some(rest)
            }
        }
    }
}

impl InstantReader {
    /// The instant that a text writes, if it writes one.
    #[inline]
    pub fn read(&mut self, text: &str) -> Option<Instant> {
        self.read_in_day(text).or_else(|| {
            let instant = text.parse().ok()?;
            self.last = Day::of(text, instant);
            Some(instant)
        })
    }

    #[inline]
    fn read_in_day(&self, text: &str) -> Option<Instant> {
        let (instant, rest) = self.start(text.as_bytes())?;
        rest.is_empty().then_some(instant)
    }

    /// The instant that a text starts with, and what follows it, if it is one of the day and of the offset that was read last.
    #[inline]
    pub fn start<'t>(&self, text: &'t [u8]) -> Option<(Instant, &'t [u8])> {
        let last = self.last.as_ref()?;
        let (date, rest) = text.split_first_chunk::<11>()?;
        let (clock, rest) = rest.split_first_chunk::<8>()?;
        if *date != last.date {
            return None;
        }
        let second = last.start + second_of_day(*clock)?;
        match last.offset.pass(rest) {
            Some(rest) => Some((Instant::new(second, 0)?, rest)),
            None => last.with_fraction(second, rest),
        }
    }
}

impl Day {
    /// The day of an instant that a text writes in the form of most logs.
    fn of(text: &str, instant: Instant) -> Option<Day> {
        let (date, rest) = text.as_bytes().split_first_chunk::<11>()?;
        let (clock, rest) = rest.split_first_chunk::<8>()?;
        let rest = match rest.strip_prefix(b".") {
            Some(rest) => fraction(rest)?.1,
            None => rest,
        };
        // Nothing else gives what it gives, so that the date and the offset are what they seem to be.
        (of_common_form(text.as_bytes()) == Some(instant)).then_some(())?;
        Some(Day {
            date: *date,
            offset: Offset::new(rest)?,
            start: instant.second - second_of_day(*clock)?,
        })
    }

    /// The instant in a second of the day, of which a fraction and the offset follow.
    #[inline(never)]
    fn with_fraction<'t>(&self, second: i64, rest: &'t [u8]) -> Option<(Instant, &'t [u8])> {
        let (nanoseconds, rest) = fraction(rest.strip_prefix(b".")?)?;
        Some((Instant::new(second, nanoseconds)?, self.offset.pass(rest)?))
    }
}

/// The seconds since midnight of `10:00:00`.
#[inline]
fn second_of_day(clock: [u8; 8]) -> Option<i64> {
    const DIGITS: u64 = u64::from_le_bytes(*b"00:00:00");
    // What has to be added to a byte to set the high bit of one that is more than what may stand there: 2, 9, nothing, 5 and so on.
    const BEYOND: u64 = u64::from_le_bytes([0x7d, 0x76, 0x7f, 0x7a, 0x76, 0x7f, 0x7a, 0x76]);
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Digits become their values, and the marks between them zero.
    let values = u64::from_le_bytes(clock) ^ DIGITS;
    // A byte that carries into the next one has a high bit of its own.
    if (values.wrapping_add(BEYOND) | values) & HIGH != 0 {
        return None;
    }
    // Each byte becomes the number that it and the one after it write, of which none is above 99.
    let [hour, _, _, minute, _, _, second, _] = (values * 10 + (values >> 8)).to_le_bytes();
    let (hour, minute, second) = (i64::from(hour), i64::from(minute), i64::from(second));
    (hour <= 23).then_some((hour * 60 + minute) * 60 + second)
}

/// The instant that a text in the form of most logs writes: `2024-07-08T10:00:00Z`, with a fraction of the second and another offset or without them.
/// It gives what the calendar gives, or nothing.
fn of_common_form(text: &[u8]) -> Option<Instant> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let digit = |at: usize| Some(i64::from(head[at])).filter(|_| head[at].is_ascii_digit());
    let two = |at: usize| Some((digit(at)? - 48) * 10 + digit(at + 1)? - 48);
    let marks = [head[4], head[7], head[10], head[13], head[16]];
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    // Leap seconds, and everything out of the ordinary, are left to the calendar.
    if marks != *b"--T::" || year == 0 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanoseconds, rest) = match rest.strip_prefix(b".") {
        Some(rest) => fraction(rest)?,
        None => (0, rest),
    };
    let offset = match rest {
        b"Z" => 0,
        &[sign @ (b'+' | b'-'), h, i, b':', m, n] if [h, i, m, n].iter().all(u8::is_ascii_digit) => {
            let two = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            let (hours, minutes) = (two(h, i), two(m, n));
            // An offset of -00:00 says that it is not known.
            if hours > 23 || minutes > 59 || (sign == b'-' && hours + minutes == 0) {
                return None;
            }
            let seconds = (hours * 60 + minutes) * 60;
            if sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let days = days_since_1970(year, month, day)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset;
    Instant::new(seconds, nanoseconds)
}

/// The nanoseconds of a fraction of a second, and what follows it.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let (digits, rest) = text.split_at(digits);
    let padded = digits
        .iter()
        .map(|byte| u32::from(byte - b'0'))
        .chain(std::iter::repeat(0));
    Some((padded.take(9).fold(0, |sum, digit| sum * 10 + digit), rest))
}

/// Days of the Gregorian calendar from the start of 1970; `None` if there is no such day.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // Years are counted from March, so that a leap day is the last of its year, and in eras of 400.
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The text before `Z`, or before a sign that follows the time of day.
fn without_offset(text: &str) -> &str {
    let clock = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let offset = text[clock..]
        .find(['Z', 'z', '+', '-'])
        .map_or(text.len(), |at| clock + at);
    &text[..offset]
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Date {
    pub(super) fn civil(self) -> jiff::civil::Date {
        self.0
    }

    pub(super) fn from_civil(date: jiff::civil::Date) -> Self {
        Date(date)
    }

    /// The next day; `None` past the end of the calendar.
    pub fn tomorrow(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Date)
    }

    /// Its year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Its month, from 1 on.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Its number in the month, from 1 on.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// A day by its numbers; `None` if there is no such day in the years 1 to 9999.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        (year >= 1)
            .then(|| jiff::civil::Date::new(year, month, day).ok())
            .flatten()
            .map(Date)
    }
}

impl FromStr for Date {
    type Err = InstantError;

    /// Reads `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self, InstantError> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(InstantError::Malformed);
        }
        let date: jiff::civil::Date = text.parse().map_err(|_| InstantError::Malformed)?;
        if date.year() < 1 {
            return Err(InstantError::OutOfRange);
        }
        Ok(Date(date))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_offsets_and_fractions() {
        let instant: Instant = "2024-07-08T10:00:00.000000001+03:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2024-07-08T07:00:00.000000001Z");
    }

    #[test]
    fn says_why_a_text_is_no_instant() {
        let why = |text: &str| text.parse::<Instant>().unwrap_err();
        assert_eq!(why("2024-07-08T10:00:00"), InstantError::NoOffset);
        assert_eq!(why("2024-07-08 10:00"), InstantError::NoOffset);
        assert_eq!(why("2024-07-08"), InstantError::DateOnly);
        assert_eq!(why("2024-02-30T10:00:00Z"), InstantError::Malformed);
        assert_eq!(why("yesterday"), InstantError::Malformed);
        assert_eq!(why("0000-01-01T00:00:00Z"), InstantError::OutOfRange);
        assert_eq!(why("2024-07-08T10:00:00+03:00[Europe/Kyiv]"), InstantError::Malformed);
    }

    proptest! {
        #[test]
        fn it_is_the_same_time_as_the_calendar_has(nanoseconds in -62_135_596_800_000_000_000_i128..253_402_207_200_000_000_000, later: u64) {
            let instant = Instant::from_unix_nanoseconds(nanoseconds).unwrap();
            let timestamp = Timestamp::from_nanosecond(nanoseconds).unwrap();
            prop_assert_eq!(instant.timestamp(), timestamp);
            prop_assert_eq!(Instant::from_timestamp(timestamp), Some(instant));
            prop_assert_eq!(instant.unix_nanoseconds(), nanoseconds);
            prop_assert_eq!(instant.to_string(), timestamp.to_string());
            let (second, nanosecond) = instant.seconds_and_nanoseconds();
            prop_assert_eq!((second, nanosecond), (timestamp.as_second(), timestamp.subsec_nanosecond()));
            prop_assert_eq!(Instant::from_seconds_and_nanoseconds(second, nanosecond), Some(instant));
            let later = nanoseconds + i128::from(later);
            let moved = Instant::from_unix_nanoseconds(later).unwrap_or(Instant::MAX);
            prop_assert_eq!(instant.saturating_add(u64::try_from(later - nanoseconds).unwrap()), moved);
            prop_assert_eq!(instant.next().unix_nanoseconds(), (nanoseconds + 1).min(Instant::MAX.unix_nanoseconds()));
        }
    }

    #[test]
    fn instants_are_between_the_first_and_the_last() {
        let [first, last] = [Instant::MIN, Instant::MAX].map(Instant::unix_nanoseconds);
        for (nanoseconds, is_known) in [(first - 1, false), (first, true), (last, true), (last + 1, false)] {
            assert_eq!(Instant::from_unix_nanoseconds(nanoseconds).is_some(), is_known);
        }
        assert_eq!(Instant::from_seconds_and_nanoseconds(-62_135_596_800, -1), None);
        assert_eq!(Instant::from_seconds_and_nanoseconds(0, i32::MIN), None);
    }

    #[test]
    fn the_last_instant_can_be_read() {
        let last: Instant = "9999-12-30T21:59:59.999999999Z".parse().unwrap();
        assert!(last <= Instant::MAX);
        assert_eq!("9999-12-31T23:59:59Z".parse::<Instant>(), Err(InstantError::OutOfRange));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_common_form_means_what_the_calendar_says(
            numbers in (0..=9999, 0..14, 0..33, 0..25, 0..61, 0..61),
            fraction in "(\\.[0-9]{0,10})?",
            offset in "[Zz]|[+-](0[0-9]|1[0-9]|2[0-6]):[0-6][0-9]|",
            separator in "[T t]",
        ) {
            let (year, month, day, hour, minute, second) = numbers;
            let text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{offset}");
            if let Some(instant) = of_common_form(text.as_bytes()) {
                prop_assert_eq!(text.parse::<Timestamp>().ok(), Some(instant.timestamp()), "{}", text);
            }
        }
    }

    proptest! {
        #[test]
        fn a_reader_reads_as_each_text_is_read_by_itself(
            texts in prop::collection::vec(
                prop_oneof![
                    "2024-0[27]-(08|29|30)[T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.5)?(Z|z|\\+03:00)",
                    "2024-07-08T[0-9:;/a]{8}Z",
                    "1969-12-3[01]T2[0-4]:[05]9:[0-6][0-9](\\.[0-9]{0,10})?(Z|\\+00:00|-0[0-2]:00)",
                    "9999-12-30T2[0-9]:59:59Z",
                ],
                1..20,
            ),
        ) {
            let mut reader = InstantReader::default();
            for text in texts {
                prop_assert_eq!(reader.read(&text), text.parse().ok(), "{}", text);
            }
        }
    }

    #[test]
    fn every_day_is_counted() {
        let mut date = jiff::civil::Date::constant(1, 1, 1);
        let mut days = -719_162;
        while let Ok(next) = date.tomorrow() {
            let (year, month, day) = (date.year().into(), date.month().into(), date.day().into());
            assert_eq!(days_since_1970(year, month, day), Some(days), "{date}");
            (date, days) = (next, days + 1);
        }
        assert_eq!(days_since_1970(2023, 2, 29), None);
        assert_eq!(days_since_1970(2024, 4, 31), None);
    }
}
