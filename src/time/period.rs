//! Periods that follow one another without gaps.

use jiff::ToSpan;

use super::{Date, Duration, Instant, Zone};

/// How a term is cut into periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// Periods of one length, counted from an anchor. The length is not zero.
    Every(Duration),
    /// Periods of the civil calendar.
    Calendar(CalendarUnit),
}

/// A period of the civil calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// From the first of a month.
    Month,
    /// From the first of January, April, July or October.
    Quarter,
    /// From the first of January.
    Year,
}

impl CalendarUnit {
    fn months(self) -> i16 {
        match self {
            CalendarUnit::Month => 1,
            CalendarUnit::Quarter => 3,
            CalendarUnit::Year => 12,
        }
    }

    /// The word that the language uses.
    pub fn word(self) -> &'static str {
        match self {
            CalendarUnit::Month => "month",
            CalendarUnit::Quarter => "quarter",
            CalendarUnit::Year => "year",
        }
    }
}

/// One period, half-open: [start, end).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// How many periods lie between this one and the one that holds the anchor.
    pub index: u32,
    /// Its first instant.
    pub start: Instant,
    /// The first instant after it.
    pub end: Instant,
}

impl Cadence {
    /// The period with this index. The anchor starts period 0, or lies in it for calendar periods. `None` past the end of time.
    pub fn period(self, zone: &Zone, anchor: Instant, index: u32) -> Option<Period> {
        let start = self.boundary(zone, anchor, index)?;
        let end = index
            .checked_add(1)
            .and_then(|next| self.boundary(zone, anchor, next))
            .unwrap_or(Instant::MAX);
        (start < end).then_some(Period { index, start, end })
    }

    fn boundary(self, zone: &Zone, anchor: Instant, index: u32) -> Option<Instant> {
        match self {
            Cadence::Every(length) => {
                let times = |unit: u64| unit.checked_mul(u64::from(index));
                let total = Duration::new(
                    times(u64::from(length.months()))?,
                    times(u64::from(length.days()))?,
                    times(length.nanoseconds())?,
                )
                .ok()?;
                let boundary = zone.add(anchor, total);
                (boundary < Instant::MAX).then_some(boundary)
            }
            Cadence::Calendar(unit) => {
                let months = unit.months();
                let anchor = zone.date_of(anchor).civil();
                let from_january = i32::from(anchor.month()) - 1;
                let first_month = i8::try_from(from_january - from_january % i32::from(months) + 1).ok()?;
                let first = jiff::civil::Date::new(anchor.year(), first_month, 1).ok()?;
                let ahead = i64::from(index).checked_mul(i64::from(months))?;
                let date = first.checked_add(0.days().try_months(ahead).ok()?).ok()?;
                Some(zone.start_of(Date::from_civil(date)))
            }
        }
    }

    /// The period that an instant at or after the anchor lies in.
    pub fn period_at(self, zone: &Zone, anchor: Instant, instant: Instant) -> Option<Period> {
        let begun = |index: u32| self.boundary(zone, anchor, index).is_some_and(|start| start <= instant);
        let mut above: u32 = 1;
        while begun(above) {
            above = above.checked_mul(2)?;
        }
        let mut below = above / 2;
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if begun(middle) {
                below = middle;
            } else {
                above = middle;
            }
        }
        self.period(zone, anchor, below)
            .filter(|period| period.start <= instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_counted_from_the_anchor_not_from_the_last_boundary() {
        let zone = Zone::utc();
        let anchor = instant("2024-01-31T00:00:00Z");
        let month = Cadence::Every(Duration::new(1, 0, 0).unwrap());
        assert_eq!(
            month.period(&zone, anchor, 1).unwrap().start,
            instant("2024-02-29T00:00:00Z")
        );
        assert_eq!(
            month.period(&zone, anchor, 2).unwrap().start,
            instant("2024-03-31T00:00:00Z")
        );
    }

    #[test]
    fn calendar_periods_hold_their_anchor() {
        let zone = Zone::named("Europe/Kyiv").unwrap();
        let anchor = instant("2024-06-13T00:00:00+03:00");
        let quarter = Cadence::Calendar(CalendarUnit::Quarter)
            .period(&zone, anchor, 0)
            .unwrap();
        assert_eq!(quarter.start, instant("2024-04-01T00:00:00+03:00"));
        assert_eq!(quarter.end, instant("2024-07-01T00:00:00+03:00"));
    }

    #[test]
    fn the_boundary_belongs_to_the_later_period() {
        let zone = Zone::utc();
        let anchor = instant("2024-06-13T00:00:00Z");
        let year = Cadence::Every(Duration::new(12, 0, 0).unwrap());
        let at = |text: &str| year.period_at(&zone, anchor, instant(text)).unwrap().index;
        assert_eq!(at("2024-06-13T00:00:00Z"), 0);
        assert_eq!(at("2025-06-12T23:59:59.999999999Z"), 0);
        assert_eq!(at("2025-06-13T00:00:00Z"), 1);
        assert_eq!(at("2034-06-12T00:00:00Z"), 9);
    }
}
