//! Time zones, and the arithmetic that needs one.

use std::fmt;
use std::num::NonZeroU32;

use jiff::Span;
use jiff::tz::TimeZone;

use super::{Date, Duration, Instant};

/// An IANA time zone, from the database bundled with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// The time-zone database has no zone of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the time-zone database has no zone `{0}`")]
pub struct UnknownZone(pub String);

/// When a duty must be done by: `t` itself is in time if inclusive, and too late if not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// That of the instant at the edge.
    second: i64,
    /// One more than twice its nanosecond, and than that where the edge itself is in time. A number and another one that is never zero are two registers,
    /// which due times are moved in all the time.
    rest: NonZeroU32,
}

impl Due {
    /// A due time that is itself in time or not, if the instant at the edge is.
    #[inline]
    pub const fn new(edge: Instant, is_inclusive: bool) -> Self {
        let rest = 2 * edge.nanosecond() + is_inclusive as u32;
        Due {
            second: edge.second,
            rest: NonZeroU32::MIN.saturating_add(rest),
        }
    }

    /// A due time that is itself in time: `within D`.
    #[inline]
    pub fn at(edge: Instant) -> Self {
        Due::new(edge, true)
    }

    /// A due time that is itself too late: the end of a day or a period.
    #[inline]
    pub fn before(edge: Instant) -> Self {
        Due::new(edge, false)
    }

    /// The instant at the edge.
    #[inline]
    pub fn edge(self) -> Instant {
        Instant::within(self.second, (self.rest.get() - 1) / 2)
    }

    /// Whether the edge itself is in time.
    #[inline]
    pub fn is_inclusive(self) -> bool {
        self.rest.get().is_multiple_of(2)
    }

    /// Whether something at this instant is in time.
    #[inline]
    pub fn admits(self, instant: Instant) -> bool {
        Due::before(instant) < self
    }

    /// Whether the due time has passed when it is `now`.
    #[inline]
    pub fn passed(self, now: Instant) -> bool {
        !self.admits(now)
    }

    /// Whether it has passed at some instant before this one.
    #[inline]
    pub fn passed_before(self, instant: Instant) -> bool {
        self.edge() < instant && (!self.is_inclusive() || self.edge().next() < instant)
    }

    /// The first instant at which it has passed; the last of all instants where it never does.
    pub fn first_after(self) -> Instant {
        if self.is_inclusive() {
            self.edge().next()
        } else {
            self.edge()
        }
    }
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Zone(TimeZone::UTC)
    }

    /// The zone with an IANA name.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        // Without this guard jiff would read the machine's own zone for "Local" or a POSIX string.
        TimeZone::get(name)
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .map(Zone)
            .ok_or_else(|| UnknownZone(name.to_owned()))
    }

    pub(super) fn time_zone(&self) -> &TimeZone {
        &self.0
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Every name that the bundled database knows.
    pub fn names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.to_string()).collect()
    }

    /// The instant a duration later: calendar units first, in this zone, then exact ones. Stops at the end of time.
    pub fn add(&self, instant: Instant, duration: Duration) -> Instant {
        if duration.is_exact() {
            return instant.saturating_add(duration.nanoseconds());
        }
        let moved = calendar_span(duration).and_then(|span| {
            let zoned = instant.timestamp().to_zoned_datetime(self.0.clone());
            zoned.checked_add(span).ok()
        });
        let moved = Instant::saturating_from(moved.map(|moved| moved.timestamp()));
        moved.saturating_add(duration.nanoseconds())
    }

    /// The instant a duration earlier: calendar units first, in this zone, then exact ones. `None` before the year 1.
    pub fn subtract(&self, instant: Instant, duration: Duration) -> Option<Instant> {
        let exact = jiff::SignedDuration::from_nanos_i128(i128::from(duration.nanoseconds()));
        let moved = if duration.is_exact() {
            instant.timestamp().checked_sub(exact).ok()?
        } else {
            let span = calendar_span(duration)?;
            let earlier = instant
                .timestamp()
                .to_zoned_datetime(self.0.clone())
                .checked_sub(span)
                .ok()?;
            earlier.timestamp().checked_sub(exact).ok()?
        };
        Instant::from_timestamp(moved)
    }

    /// The first instant of a civil day. Stops at the end of time.
    pub fn start_of(&self, date: Date) -> Instant {
        let start = date
            .civil()
            .to_zoned_datetime(self.0.clone())
            .and_then(|midnight| midnight.start_of_day())
            .ok()
            .map(|midnight| midnight.timestamp());
        Instant::saturating_from(start)
    }

    /// The first instant after a civil day.
    pub fn end_of(&self, date: Date) -> Instant {
        date.tomorrow().map_or(Instant::MAX, |next| self.start_of(next))
    }

    /// A time of day of a civil day: where clocks skip it moved forward, and where they show it twice the first. Stops at the end of time.
    pub(super) fn at(&self, date: Date, hour: i8, minute: i8) -> Instant {
        let time = date.civil().at(hour, minute, 0, 0);
        let zoned = time.to_zoned_datetime(self.0.clone()).ok();
        Instant::saturating_from(zoned.map(|zoned| zoned.timestamp()))
    }

    /// The civil day that an instant falls on.
    pub fn date_of(&self, instant: Instant) -> Date {
        Date::from_civil(instant.timestamp().to_zoned_datetime(self.0.clone()).date())
    }

    /// An instant for people, in this zone, to the minute and without the offset: `2024-07-09 10:00`.
    pub fn show_briefly(&self, instant: Instant) -> String {
        let zoned = instant.timestamp().to_zoned_datetime(self.0.clone());
        zoned.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// An instant as a log writes it, with the offset of this zone: `2024-07-09T10:00:00+03:00`.
    pub fn rfc3339(&self, instant: Instant) -> String {
        let zoned = instant.timestamp().to_zoned_datetime(self.0.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
    }

    /// An instant for people, in this zone with its offset: `2024-07-09 10:00 +03:00`, with seconds where they are not zero.
    pub fn show(&self, instant: Instant) -> ShownInstant {
        ShownInstant(instant.timestamp().to_zoned_datetime(self.0.clone()))
    }
}

fn calendar_span(duration: Duration) -> Option<Span> {
    Span::new()
        .try_months(i64::from(duration.months()))
        .and_then(|span| span.try_days(i64::from(duration.days())))
        .ok()
}

/// An instant in a zone, ready to be shown.
#[derive(Debug)]
pub struct ShownInstant(jiff::ZonedDateTime);

impl fmt::Display for ShownInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zoned = &self.0;
        let format = match (zoned.subsec_nanosecond(), zoned.second()) {
            (0, 0) => "%Y-%m-%d %H:%M %:z",
            (0, _) => "%Y-%m-%d %H:%M:%S %:z",
            _ => "%Y-%m-%d %H:%M:%S%.f %:z",
        };
        zoned.strftime(format).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn units(count: u64, unit: &str) -> Duration {
        Duration::of_unit(count, unit).unwrap().unwrap()
    }

    #[test]
    fn the_last_day_of_a_month_is_kept() {
        let zone = Zone::named("Europe/Kyiv").unwrap();
        let due = zone.add(instant("2024-01-31T10:00:00+02:00"), units(1, "month"));
        assert_eq!(due, instant("2024-02-29T10:00:00+02:00"));
        let due = zone.add(instant("2023-01-31T10:00:00+02:00"), units(1, "month"));
        assert_eq!(due, instant("2023-02-28T10:00:00+02:00"));
    }

    #[test]
    fn a_day_across_a_clock_change_has_23_or_25_hours() {
        let zone = Zone::named("Europe/Kyiv").unwrap();
        let spring = instant("2024-03-30T12:00:00+02:00");
        assert_eq!(zone.add(spring, units(1, "day")), instant("2024-03-31T12:00:00+03:00"));
        assert_eq!(
            zone.add(spring, units(24, "hours")),
            instant("2024-03-31T13:00:00+03:00")
        );
        let autumn = instant("2024-10-26T12:00:00+03:00");
        let next = zone.add(autumn, units(1, "day"));
        assert_eq!(next.nanoseconds_since(autumn), 25 * 3_600 * 1_000_000_000);
    }

    #[test]
    fn a_skipped_clock_time_moves_forward_and_a_repeated_one_is_the_first() {
        let zone = Zone::named("Europe/Kyiv").unwrap();
        // Clocks in Kyiv went from 03:00 to 04:00 on 31 March 2024, and from 04:00 back to 03:00 on 27 October.
        let skipped = zone.add(instant("2024-03-30T03:30:00+02:00"), units(1, "day"));
        assert_eq!(skipped, instant("2024-03-31T04:30:00+03:00"));
        let repeated = zone.add(instant("2024-10-26T03:30:00+03:00"), units(1, "day"));
        assert_eq!(repeated, instant("2024-10-27T03:30:00+03:00"));
    }

    #[test]
    fn a_day_without_midnight_starts_when_it_starts() {
        let zone = Zone::named("America/Sao_Paulo").unwrap();
        let start = zone.start_of(Date::new(2018, 11, 4).unwrap());
        assert_eq!(start, instant("2018-11-04T01:00:00-02:00"));
    }

    #[test]
    fn time_stops_at_its_end() {
        let zone = Zone::utc();
        assert_eq!(zone.add(Instant::MAX, units(1, "second")), Instant::MAX);
        assert_eq!(
            zone.add(instant("9000-01-01T00:00:00Z"), units(9_000, "years")),
            Instant::MAX
        );
        assert_eq!(zone.subtract(instant("0001-01-02T00:00:00Z"), units(2, "days")), None);
    }

    #[test]
    fn shows_seconds_only_where_there_are_some() {
        let zone = Zone::named("Europe/Kyiv").unwrap();
        assert_eq!(
            zone.show(instant("2024-07-09T07:00:00Z")).to_string(),
            "2024-07-09 10:00 +03:00"
        );
        assert_eq!(
            zone.show(instant("2024-07-09T07:00:00.5Z")).to_string(),
            "2024-07-09 10:00:00.5 +03:00"
        );
    }

    #[test]
    fn only_real_zones_have_names() {
        assert!(Zone::named("Europe/Kiev").is_ok());
        assert!(Zone::named("Europe/Kyev").is_err());
        assert!(Zone::named("").is_err());
    }
}
