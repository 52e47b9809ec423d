//! The instants at which a clause could decide differently.

use crate::model::{
    Bound, Clause, Clock, Condition, ConditionKind, Extent, Goal, LeadTime, Model, Opening, Periods, Reach, Relative,
    Standing, Trigger,
};
use crate::time::{Due, Duration, Instant, Zone};

const SECOND: i128 = 1_000_000_000;
const HOUR: i128 = 3_600 * SECOND;

/// How many periods of a cadence are looked at.
const PERIODS: u32 = 3;

/// The instants at which a clause could decide differently, beginning with a quiet one at which its duty can be opened.
pub(super) fn moments(model: &Model, clause: &Clause) -> Vec<Instant> {
    let agreement = model.agreement(clause.agreement);
    let mut found = Found {
        zone: &agreement.zone,
        lengths: Vec::new(),
        instants: Vec::new(),
        periods: Vec::new(),
    };
    found.clause(clause);
    let quiet = found.quiet(agreement.start);
    let mut all = vec![quiet];
    for (start, end) in &found.periods {
        all.extend([shifted(*start, HOUR), Some(*end)].into_iter().flatten());
    }
    for length in &found.lengths {
        let later = agreement.zone.add(quiet, *length);
        let middle = shifted(quiet, later.nanoseconds_since(quiet) / 2);
        let earlier = agreement.zone.subtract(quiet, *length);
        let around = |instant: Option<Instant>, step| instant.and_then(|instant| shifted(instant, step));
        all.extend(
            [
                middle,
                Some(later),
                shifted(later, SECOND),
                earlier,
                around(earlier, -SECOND),
                around(earlier, SECOND),
            ]
            .into_iter()
            .flatten(),
        );
    }
    // A repair is due a length after another one.
    for (position, first) in found.lengths.iter().enumerate() {
        for second in &found.lengths[position..] {
            let last = agreement.zone.add(agreement.zone.add(quiet, *first), *second);
            all.extend([Some(last), shifted(last, SECOND)].into_iter().flatten());
        }
    }
    for instant in found.instants.iter().copied().chain(agreement.end) {
        all.extend(
            [shifted(instant, -SECOND), Some(instant), shifted(instant, SECOND)]
                .into_iter()
                .flatten(),
        );
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|instant| seen.insert(*instant));
    all
}

/// Nanoseconds that a clause never looks further than, back or ahead, by the lengths that it names; looks without a length apart.
pub fn reach(model: &Model, clause: &Clause) -> i128 {
    let agreement = model.agreement(clause.agreement);
    let mut found = Found {
        zone: &agreement.zone,
        lengths: Vec::new(),
        instants: Vec::new(),
        periods: Vec::new(),
    };
    found.clause(clause);
    found.lengths.iter().map(|length| length.longest()).sum()
}

fn shifted(instant: Instant, nanoseconds: i128) -> Option<Instant> {
    Instant::from_unix_nanoseconds(instant.unix_nanoseconds() + nanoseconds)
}

struct Found<'m> {
    zone: &'m Zone,
    lengths: Vec<Duration>,
    instants: Vec<Instant>,
    periods: Vec<(Instant, Instant)>,
}

impl Found<'_> {
    fn clause(&mut self, clause: &Clause) {
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            guards.iter().for_each(|guard| self.guard(guard));
            match trigger {
                Trigger::Any(_) => {}
                Trigger::Sequence(sequence) => self.length(sequence.within),
                Trigger::Repeated(repetition) => self.length(repetition.window),
            }
        }
        for duty in &clause.duties {
            self.goal(&duty.goal);
        }
    }

    fn length(&mut self, length: Duration) {
        if !self.lengths.contains(&length) {
            self.lengths.push(length);
        }
    }

    fn guard(&mut self, guard: &Condition) {
        match &guard.kind {
            ConditionKind::All(elements) | ConditionKind::Any(elements) => {
                elements.iter().for_each(|element| self.guard(element));
            }
            ConditionKind::Not(negated) => self.guard(negated),
            ConditionKind::Past(query) => query.within.into_iter().for_each(|within| self.length(within)),
            ConditionKind::Compare { .. }
            | ConditionKind::Includes { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Holds(_) => {}
        }
    }

    fn goal(&mut self, goal: &Goal) {
        match goal {
            Goal::Ensure { extent, .. } | Goal::Maintain { extent, .. } => self.extent(extent),
            Goal::EnsureBefore { lead, .. } => match *lead {
                LeadTime::AtLeast(length) | LeadTime::Within(length) => self.length(length),
                LeadTime::Between(one, other) => {
                    self.length(one);
                    self.length(other);
                }
            },
            Goal::EnsureEach { periods, .. } => self.periods(periods),
            Goal::Avoid { extent, guards, .. } => {
                self.extent(extent);
                guards.iter().for_each(|guard| self.guard(guard));
            }
            Goal::AvoidEach { periods, guards, .. } => {
                self.periods(periods);
                guards.iter().for_each(|guard| self.guard(guard));
            }
            Goal::Permit {
                guards,
                forbids,
                window,
                ..
            } => {
                self.standing(window);
                guards.iter().chain(forbids).for_each(|guard| self.guard(guard));
            }
            Goal::Bound(bound) => self.bound(bound),
        }
    }

    fn bound(&mut self, bound: &Bound) {
        bound.guards.iter().for_each(|guard| self.guard(guard));
        match &bound.reach {
            Reach::Each(periods) => self.periods(periods),
            Reach::Any(window) => {
                self.length(window.length);
                self.standing(&window.standing);
            }
            Reach::Over(extent) => self.extent(extent),
        }
    }

    fn extent(&mut self, extent: &Extent) {
        match extent {
            Extent::Standing(standing) => self.standing(standing),
            Extent::Relative(Relative::Never) => {}
            Extent::Relative(Relative::Until(clocks)) => {
                clocks.iter().for_each(|clock| self.clock(clock));
            }
        }
    }

    fn clock(&mut self, clock: &Clock) {
        match clock {
            Clock::Within(length) | Clock::WithinOf(length, _) => self.length(*length),
            Clock::By(_, due) => self.instants.push(due.edge()),
            Clock::Deferred(inner, ..) => {
                self.clock(inner);
                self.fallback(1);
            }
            // Twice as many days hold so many working days in all but the strangest calendars.
            Clock::WorkingDays(count, ..) => self.fallback(count.saturating_mul(2).saturating_add(7)),
            Clock::DayOfMonth(day, _) => self.fallback(u32::from(day.months) * 31 + 31),
        }
    }

    /// Lengths of days that go past a clock whose own length depends on the day.
    fn fallback(&mut self, days: u32) {
        for days in [1, days] {
            if let Some(Ok(length)) = Duration::of_unit(u64::from(days), "days") {
                self.length(length);
            }
        }
    }

    fn standing(&mut self, standing: &Standing) {
        self.instants.extend(standing.start);
        self.instants.extend(standing.end().map(Due::edge));
    }

    fn periods(&mut self, periods: &Periods) {
        for index in 0..PERIODS {
            if let Some(period) = periods.cadence.period(self.zone, periods.anchor, index)
                && period.start >= periods.start()
            {
                self.periods.push((period.start, period.end));
            }
        }
    }

    /// A morning some days after everything that the clause speaks of can have begun.
    fn quiet(&self, start: Option<Instant>) -> Instant {
        let beginning = start.or_else(|| self.instants.iter().min().copied());
        let beginning = beginning
            .or_else(|| "2025-01-01T00:00:00Z".parse().ok())
            .unwrap_or(Instant::MIN);
        let later = self
            .periods
            .first()
            .map_or(beginning, |(start, _)| (*start).max(beginning));
        let day = self.zone.date_of(shifted(later, 20 * 24 * HOUR).unwrap_or(later));
        shifted(self.zone.start_of(day), 10 * HOUR).unwrap_or(later)
    }
}
