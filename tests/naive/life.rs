//! Section 4.11 of the reference: when a clause is in force.

use servanda::log::Event;
use servanda::model::{Agreement, Clause, LifeChange, LifeRule};
use servanda::time::Instant;

use super::condition::{Facts, Names, Truth};

/// The time in which a clause is not in force, as far as its term does not say so.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// When it is suspended or has ended: from when, and until when.
    pub(super) stops: Vec<(Instant, Option<Instant>)>,
    /// When it ended before its term.
    pub(super) end: Option<Instant>,
}

impl Life {
    pub(super) fn of(agreement: &Agreement, clause: &Clause, facts: Facts<'_>, as_of: Instant) -> Life {
        let lives = [&agreement.life, &clause.life];
        let ends = lives.iter().filter_map(|rules| end_of(rules, agreement, facts));
        let end = ends.filter(|end| *end <= as_of).min();
        let mut instants: Vec<Instant> = facts.events.iter().map(|event| event.time).chain(end).collect();
        instants.sort();
        instants.dedup();
        let mut stops: Vec<(Instant, Option<Instant>)> = Vec::new();
        for at in instants {
            let ended = end.is_some_and(|end| end <= at);
            let stopped = ended || lives.iter().any(|rules| is_suspended(rules, agreement, facts, at));
            let running = stops.last().is_some_and(|(_, until)| until.is_none());
            match (running, stopped) {
                (false, true) => stops.push((at, None)),
                (true, false) => stops.last_mut().expect("running").1 = Some(at),
                _ => {}
            }
        }
        Life { stops, end }
    }

    pub(super) fn is_in_force(&self, at: Instant) -> bool {
        let stopped = |(from, until): &(Instant, Option<Instant>)| *from <= at && until.is_none_or(|until| at < until);
        !self.stops.iter().any(stopped)
    }

    /// Whether it stops being in force at an instant of a stretch of time, its start not included.
    pub(super) fn stops_between(&self, start: Option<Instant>, last: Instant) -> bool {
        let within = |(from, _): &(Instant, Option<Instant>)| start.is_none_or(|start| start < *from) && *from <= last;
        self.stops.iter().any(within)
    }
}

fn in_term(agreement: &Agreement, at: Instant) -> bool {
    agreement.start.is_none_or(|start| start <= at) && agreement.end.is_none_or(|end| at < end)
}

pub(super) fn does<'a>(rule: &LifeRule, event: &'a Event, facts: Facts<'a>) -> bool {
    facts.fits(&rule.pattern, event, &Names::default().with_subject(event)) == Truth::True
}

/// "It ends D after the event, and the earliest of several ends counts."
fn end_of(rules: &[LifeRule], agreement: &Agreement, facts: Facts<'_>) -> Option<Instant> {
    let ends = ends_by(rules, agreement, facts, |event| in_term(agreement, event.time));
    ends.into_iter().filter(|end| in_term(agreement, *end)).min()
}

/// The ends that events up to an instant have brought about, were the term without end.
pub(super) fn notices(agreement: &Agreement, facts: Facts<'_>, at: Instant) -> Vec<Instant> {
    let has_begun = |event: &Event| agreement.start.is_none_or(|start| start <= event.time);
    ends_by(&agreement.life, agreement, facts, |event| {
        has_begun(event) && event.time <= at
    })
}

fn ends_by(
    rules: &[LifeRule],
    agreement: &Agreement,
    facts: Facts<'_>,
    counts: impl Fn(&Event) -> bool,
) -> Vec<Instant> {
    let mut ends = Vec::new();
    for rule in rules {
        let LifeChange::End(ending) = rule.change else { continue };
        for event in facts.events.iter().filter(|event| counts(event)) {
            if does(rule, event, facts) {
                let notice = ending.notice;
                ends.push(notice.map_or(event.time, |notice| agreement.zone.add(event.time, notice)));
            }
        }
    }
    ends
}

/// "From the instant of the suspension on, that included, until it is resumed; what suspends prevails over what resumes at the same instant."
fn is_suspended(rules: &[LifeRule], agreement: &Agreement, facts: Facts<'_>, at: Instant) -> bool {
    let instants = |change: LifeChange| -> Vec<Instant> {
        let rules: Vec<&LifeRule> = rules.iter().filter(|rule| rule.change == change).collect();
        let events = facts.events.iter().filter(|event| event.time <= at);
        let events = events.filter(|event| rules.iter().any(|rule| does(rule, event, facts)));
        events.map(|event| event.time).collect()
    };
    let resumed = instants(LifeChange::Resume);
    let mut suspended = instants(LifeChange::Suspend);
    suspended.retain(|since| in_term(agreement, *since));
    suspended.iter().any(|since| !resumed.iter().any(|until| since < until))
}
