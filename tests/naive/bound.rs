//! Sections 4.8 to 4.10 of the reference: windows, figures and groups, by going through everything that they can be.

use std::collections::BTreeSet;

use servanda::log::Event;
use servanda::model::{Bound, FieldRef, Figure, Limit, Measure, Opening, PerKind, Periods, Reach, Window as Windows};
use servanda::syntax::ast::Direction;
use servanda::time::{Due, Instant};
use servanda::value::{Number, Ratio, Value};

use super::condition::{Names, Truth, field_of};
use super::evaluate::{BreachOf, Instance, Judge, Outcome, Start, Window, due_as_declared, number};
use super::row::{Opener, OutcomeRow, SubjectRow};

/// What a figure may turn out to be; `None` where it has no value.
type Worlds = BTreeSet<Option<Ratio>>;

/// How a bound stands, and for a broken one the figure and the limit where they are nearest to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Kept,
    Unknown,
    Broken(Ratio, Ratio),
}

/// What an event that lacks a value may be worth.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    One,
    Amount(i128),
    Value(Option<Value>),
    /// A value that no other event has.
    New(u64),
    Hit(bool),
}

const VAST: i128 = 1_000_000_000_000_000_000_000_000_000_000;

impl<'a> Judge<'a> {
    // ---- 4.9 Figures ----

    fn worlds(
        &self,
        figure: &Figure,
        names: &Names<'a>,
        fits: impl Fn(&'a Event) -> Truth,
        admits: impl Fn(Instant) -> Truth,
    ) -> Worlds {
        let mut worlds: Vec<Vec<Worth>> = vec![Vec::new()];
        for event in self.facts.events.iter().copied() {
            // "From a doubtful end on each event may count or not."
            let truth = match admits(event.time) {
                Truth::False => Truth::False,
                admitted => Truth::all([fits(event), admitted]),
            };
            if truth == Truth::False {
                continue;
            }
            let worths = self.worths(&figure.measure, event, names);
            let mut next = Vec::new();
            for world in &worlds {
                if truth == Truth::Unknown {
                    next.push(world.clone());
                }
                next.extend(
                    worths
                        .iter()
                        .map(|worth| [world.as_slice(), std::slice::from_ref(worth)].concat()),
                );
            }
            // The order of events means nothing, and so many worlds are one.
            for world in &mut next {
                world.sort();
            }
            next.sort();
            next.dedup();
            worlds = next;
        }
        worlds.iter().map(|world| figure_of(&figure.measure, world)).collect()
    }

    fn worths(&self, measure: &Measure, event: &'a Event, names: &Names<'a>) -> Vec<Worth> {
        match measure {
            Measure::Count => vec![Worth::One],
            Measure::Total(field) | Measure::Average(field) | Measure::Lowest(field) | Measure::Highest(field) => {
                match field_of(event, *field).map(|value| amount_of(&value)) {
                    Some(amount) => vec![Worth::Amount(amount)],
                    None => vec![Worth::Amount(-VAST), Worth::Amount(VAST)],
                }
            }
            Measure::Distinct(field) => match field_of(event, *field) {
                Some(value) => vec![Worth::Value(Some(value))],
                // One that others have too, or one of its own.
                None => vec![Worth::Value(None), Worth::New(event.origin.line)],
            },
            Measure::Share(condition) => {
                let names = names.with_subject(event);
                match self.facts.all(std::slice::from_ref(condition), event.time, &names) {
                    Truth::True => vec![Worth::Hit(true)],
                    Truth::False => vec![Worth::Hit(false)],
                    Truth::Unknown => vec![Worth::Hit(true), Worth::Hit(false)],
                }
            }
        }
    }

    /// How a bound stands over the events of a group that an instant admits.
    fn standing_of(&self, bound: &'a Bound, names: &Names<'a>, admits: impl Fn(Instant) -> Truth) -> Standing {
        let admits = |time: Instant| {
            if self.is_counted(&bound.figure.pattern, time) {
                admits(time)
            } else {
                Truth::False
            }
        };
        let of_group = |event: &Event| match (bound.per.as_ref().map(|per| &per.kind), &names.key) {
            (Some(PerKind::Values(field)), Some(key)) => field_of(event, *field).as_ref() == Some(key),
            _ => true,
        };
        let counts = |event: &'a Event| {
            if event.kind == bound.figure.pattern.event && !of_group(event) {
                Truth::False
            } else {
                self.counts(&bound.figure.pattern, &bound.guards, event, names)
            }
        };
        let figures = self.worlds(&bound.figure, names, counts, admits);
        let limits: Worlds = match &bound.limit {
            Limit::Fixed(limit) => Worlds::from([Some(*limit)]),
            Limit::Part(part, figure) => {
                let fits = |event: &'a Event| self.facts.fits(&figure.pattern, event, &names.with_subject(event));
                let part = |whole: Ratio| whole.times(*part).expect("small");
                self.worlds(figure, names, fits, admits)
                    .into_iter()
                    .map(|whole| whole.map(part))
                    .collect()
            }
        };
        let mut verdicts = Vec::new();
        for figure in &figures {
            for limit in &limits {
                verdicts.push(match (figure, limit, bound.direction) {
                    // "Without a value a ceiling is kept, and a floor cannot be told."
                    (None, _, Direction::Ceiling) => Truth::True,
                    (None, _, Direction::Floor) | (_, None, _) => Truth::Unknown,
                    (Some(figure), Some(limit), Direction::Floor) => Truth::of(figure >= limit),
                    (Some(figure), Some(limit), Direction::Ceiling) => Truth::of(figure <= limit),
                });
            }
        }
        if verdicts.iter().all(|verdict| *verdict == Truth::True) {
            return Standing::Kept;
        }
        if !verdicts.iter().all(|verdict| *verdict == Truth::False) {
            return Standing::Unknown;
        }
        let ends = |worlds: &Worlds| {
            let known: Vec<Ratio> = worlds.iter().copied().flatten().collect();
            let least = known.iter().min().copied().expect("broken, so it has a value");
            (least, known.iter().max().copied().expect("broken, so it has a value"))
        };
        match bound.direction {
            Direction::Floor => Standing::Broken(ends(&figures).1, ends(&limits).0),
            Direction::Ceiling => Standing::Broken(ends(&figures).0, ends(&limits).1),
        }
    }

    // ---- 4.10 For every ----

    /// The groups that there are in a stretch of time, with the first event of those that are found in the log.
    fn groups(&self, bound: &Bound, within: impl Fn(Instant) -> bool) -> Vec<(Option<Value>, Option<Instant>)> {
        match bound.per.as_ref().map(|per| &per.kind) {
            None => vec![(None, None)],
            Some(PerKind::Members(_, members)) => members.iter().map(|member| (Some(member.clone()), None)).collect(),
            Some(PerKind::Values(field)) => self.values(bound, *field, within),
        }
    }

    fn values(
        &self,
        bound: &Bound,
        field: FieldRef,
        within: impl Fn(Instant) -> bool,
    ) -> Vec<(Option<Value>, Option<Instant>)> {
        let mut found: Vec<(Option<Value>, Option<Instant>)> = Vec::new();
        let mut events: Vec<&Event> = self.facts.events.to_vec();
        events.sort_by_key(|event| event.time);
        for event in events {
            let value = field_of(event, field);
            if event.kind == bound.figure.pattern.event
                && within(event.time)
                && self.is_counted(&bound.figure.pattern, event.time)
                && value.is_some()
                && !found.iter().any(|(known, _)| *known == value)
            {
                found.push((value, Some(event.time)));
            }
        }
        found
    }

    fn named(names: &Names<'a>, group: Option<&Value>) -> Names<'a> {
        match group {
            Some(group) => names.with_key(group.clone()),
            None => names.clone(),
        }
    }

    // ---- 4.9 Over an extent of time ----

    /// The instances of a bound that the term opens.
    pub(super) fn standing_bound(&self, bound: &'a Bound) -> Vec<Instance> {
        let names = Names::default();
        match &bound.reach {
            Reach::Each(periods) => self.bound_in_periods(bound, periods),
            Reach::Any(windows) => self.bound_in_windows(bound, windows),
            Reach::Over(_) => {
                let declared = Self::standing_window(self.first_duty());
                if Self::starts_too_late(self.first_duty()) {
                    return Vec::new();
                }
                if declared.start.at.is_some_and(|start| self.as_of < start) || !self.begins(declared.start.at) {
                    return Vec::new();
                }
                let declared = self.ended(self.first_duty(), declared, &names, self.life.end);
                let instances = self.bound_for_groups(bound, self.cut(declared), &names, None);
                due_as_declared(instances, declared.due)
            }
        }
    }

    /// The instances of a bound over one stretch of time.
    pub(super) fn bound_for_groups(
        &self,
        bound: &'a Bound,
        window: Window,
        names: &Names<'a>,
        opener: Option<&Opener>,
    ) -> Vec<Instance> {
        let mut instances = Vec::new();
        let opens = |time: Instant| window.admits(time) && self.still_opens(window.start.at, time);
        for (group, first) in self.groups(bound, opens) {
            let subject = match (group.clone(), opener.cloned()) {
                (None, None) => SubjectRow::Term,
                (None, Some(opener)) => SubjectRow::Trigger(opener),
                (Some(key), trigger) => SubjectRow::Key { key, trigger },
            };
            let names = Self::named(names, group.as_ref());
            let outcome = self.bound_once(bound, window, &names, first);
            instances.push((subject, self.chain(window, outcome, &names)));
        }
        instances
    }

    /// "A value that comes up after it was released has no instance."
    fn still_opens(&self, start: Option<Instant>, at: Instant) -> bool {
        let released = self.asks() || matches!(self.clause.opening, Opening::Trigger { .. });
        !released || !self.life.stops_between(start, at)
    }

    fn bound_in_periods(&self, bound: &'a Bound, periods: &Periods) -> Vec<Instance> {
        let mut instances = Vec::new();
        for index in 0.. {
            let Some(period) = periods.cadence.period(self.facts.zone, periods.anchor, index) else {
                break;
            };
            if self.as_of < period.start || periods.end().is_some_and(|end| end <= period.start) {
                break;
            }
            let start = period.start.max(periods.start());
            let end = periods.end().map_or(period.end, |end| period.end.min(end));
            if end <= start || self.as_of < start {
                continue;
            }
            let cut = (start, end) != (period.start, period.end);
            // "A period that the window cuts short owes no floor."
            if cut && bound.direction == Direction::Floor {
                continue;
            }
            if !self.begins(Some(start)) {
                continue;
            }
            let declared = Window {
                start: Start::at(start),
                due: Some(Due::before(end)),
                doubt: None,
            };
            let window = self.cut(declared);
            let since = periods.start();
            let opens = |time: Instant| since <= time && time < end && self.still_opens(Some(start), time);
            for (group, first) in self.groups(bound, opens) {
                let names = Self::named(&Names::default(), group.as_ref());
                let outcome = self.bound_once(bound, window, &names, first);
                let subject = match group {
                    None => SubjectRow::Period { index, start, end },
                    Some(key) => SubjectRow::KeyInPeriod { key, index, start, end },
                };
                let instance = (subject, self.chain(window, outcome, &names));
                instances.extend(due_as_declared(vec![instance], declared.due));
            }
        }
        instances
    }

    /// What became of a bound over a stretch of time, for one group; a group that is found in the log is judged from its first event on.
    pub(super) fn bound_once(
        &self,
        bound: &'a Bound,
        window: Window,
        names: &Names<'a>,
        first: Option<Instant>,
    ) -> Outcome<'a> {
        let over = self.over(window);
        let constant = matches!(bound.limit, Limit::Fixed(_));
        let up_to = |instant: Instant| {
            self.standing_of(bound, names, |time| {
                if time <= instant {
                    window.owed_at(time)
                } else {
                    Truth::False
                }
            })
        };
        let always = Instant::from_unix_nanoseconds(-62_135_596_800_000_000_000).expect("the year 1");
        let start = window.start.at.unwrap_or(always).max(first.unwrap_or(always));
        let mut instants: Vec<Instant> = self.facts.events.iter().map(|event| event.time).collect();
        instants.retain(|time| start < *time && window.admits(*time));
        // "A due time that lies before the opening is overdue at once."
        if window.due.is_none_or(|due| due.admits(start)) {
            instants.push(start);
        }
        instants.retain(|instant| self.until.is_none_or(|until| *instant < until));
        instants.sort();
        instants.dedup();
        let broken = |at: Instant, after: bool, figure: Ratio, limit: Ratio| Outcome {
            row: OutcomeRow::Beyond { at, figure, limit },
            breach: Some(BreachOf {
                at,
                fact: window.start.max(Start { at: Some(at), after }),
                by: None,
            }),
        };
        let mut doubted = false;
        for at in instants {
            let standing = up_to(at);
            match (&bound.figure.measure, bound.direction, standing) {
                _ if !constant => {}
                (
                    Measure::Count | Measure::Distinct(_) | Measure::Highest(_) | Measure::Total(_),
                    Direction::Ceiling,
                    Standing::Broken(figure, limit),
                )
                | (Measure::Lowest(_), Direction::Floor, Standing::Broken(figure, limit)) => {
                    return broken(at, false, figure, limit);
                }
                (
                    Measure::Count | Measure::Distinct(_) | Measure::Highest(_) | Measure::Total(_),
                    Direction::Ceiling,
                    Standing::Unknown,
                ) => doubted = true,
                (Measure::Count | Measure::Distinct(_) | Measure::Highest(_), Direction::Floor, Standing::Kept) => {
                    return Outcome::whole(OutcomeRow::Met { at: Some(at) });
                }
                _ => {}
            }
        }
        if doubted {
            return Outcome::unknown();
        }
        if !over {
            let count = self.certain(bound, window, names);
            return Outcome::whole(OutcomeRow::Open { count });
        }
        let due = window.due.expect("it is over");
        match self.standing_of(bound, names, |time| window.owed_at(time)) {
            Standing::Kept => Outcome::whole(OutcomeRow::Met { at: None }),
            Standing::Unknown => Outcome::unknown(),
            Standing::Broken(figure, limit) => {
                let opened_after = window
                    .start
                    .at
                    .is_some_and(|start| (start, window.start.after) > (due.edge(), due.is_inclusive()));
                if opened_after {
                    broken(window.start.at.expect("opened"), window.start.after, figure, limit)
                } else {
                    broken(due.edge(), due.is_inclusive(), figure, limit)
                }
            }
        }
    }

    fn certain(&self, bound: &'a Bound, window: Window, names: &Names<'a>) -> u32 {
        let counts = |event: &&'a Event| {
            let in_group = match (bound.per.as_ref().map(|per| &per.kind), &names.key) {
                (Some(PerKind::Values(field)), Some(key)) => field_of(event, *field).as_ref() == Some(key),
                _ => true,
            };
            let truth = self.counts(&bound.figure.pattern, &bound.guards, event, names);
            in_group && window.owed_at(event.time) == Truth::True && truth == Truth::True
        };
        number(self.facts.events.iter().copied().filter(counts).count())
    }

    // ---- 4.8 Sliding windows ----

    fn bound_in_windows(&self, bound: &'a Bound, windows: &Windows) -> Vec<Instance> {
        let start = windows.standing.start;
        let declared = windows.standing.end();
        let end = self.life.end.map(Due::before).into_iter().chain(declared).min();
        if start.is_some_and(|start| self.as_of < start) {
            return Vec::new();
        }
        let admits = |time: Instant| start.is_none_or(|start| start <= time) && end.is_none_or(|end| end.admits(time));
        let mut instances = Vec::new();
        for (group, first) in self.groups(bound, admits) {
            let names = Self::named(&Names::default(), group.as_ref());
            let opened = first.or(start);
            let window = Window {
                start: Start {
                    at: opened,
                    after: false,
                },
                due: end,
                doubt: None,
            };
            let subject = match group {
                None => SubjectRow::Term,
                Some(key) => SubjectRow::Key { key, trigger: None },
            };
            let spells = self.spells(bound, windows, window, &names);
            let Some(spells) = spells else { continue };
            if spells.is_empty() {
                let outcome = self.kept_when_over(window, 0);
                instances.push((subject, self.chain(window, outcome, &names)));
                continue;
            }
            for spell in spells {
                instances.push((subject.clone(), self.chain(window, spell, &names)));
            }
        }
        due_as_declared(instances, declared)
    }

    /// The maximal intervals in which a bound is broken or unknown; `None` if no instant is judged.
    fn spells(
        &self,
        bound: &'a Bound,
        windows: &Windows,
        window: Window,
        names: &Names<'a>,
    ) -> Option<Vec<Outcome<'a>>> {
        let always = Instant::from_unix_nanoseconds(-62_135_596_800_000_000_000).expect("the year 1");
        let opened = window.start.at.unwrap_or(always);
        let from = match bound.direction {
            Direction::Ceiling => opened,
            // "A floor is owed at instants whose window lies in the term as a whole."
            Direction::Floor => self.facts.zone.add(opened, windows.length),
        };
        if window.due.is_some_and(|due| !due.admits(from)) {
            return None;
        }
        // Nothing changes but where an event comes or leaves.
        let mut instants = vec![from];
        for event in self.facts.events {
            instants.extend([event.time, self.facts.zone.add(event.time, windows.length)]);
        }
        for (stop, resumption) in &self.life.stops {
            instants.push(*stop);
            instants.extend(
                resumption
                    .iter()
                    .flat_map(|at| [*at, self.facts.zone.add(*at, windows.length)]),
            );
        }
        instants.retain(|instant| from <= *instant && *instant <= self.as_of && window.admits(*instant));
        instants.sort();
        instants.dedup();
        let begun = windows.standing.start;
        // "A floor is owed in whole windows again from the resumption + D on."
        let is_whole = |at: Instant| {
            let mut resumed = self.life.stops.iter().filter_map(|(_, until)| *until);
            bound.direction == Direction::Ceiling
                || resumed.all(|resumed| at < resumed || self.facts.zone.add(resumed, windows.length) <= at)
        };
        let standing_at = |at: Instant| {
            if !self.life.is_in_force(at) || !is_whole(at) {
                return Standing::Kept;
            }
            // "The window at t holds the events e with e <= t < e + D."
            self.standing_of(bound, names, |time| {
                let begun = begun.is_none_or(|begun| begun <= time);
                Truth::of(begun && time <= at && at < self.facts.zone.add(time, windows.length))
            })
        };
        let mut spells: Vec<(Instant, Option<Instant>, Standing)> = Vec::new();
        for at in instants {
            let standing = standing_at(at);
            match spells.last_mut() {
                Some((_, _, last)) if std::mem::discriminant(last) == std::mem::discriminant(&standing) => {}
                Some((_, end, _)) => {
                    *end = Some(at);
                    spells.push((at, None, standing));
                }
                None => spells.push((at, None, standing)),
            }
        }
        if let Some((_, end, _)) = spells.last_mut() {
            *end = window.due.filter(|due| due.passed(self.as_of)).map(Due::edge);
        }
        let outcomes = spells.into_iter().filter_map(|(start, end, standing)| match standing {
            Standing::Kept => None,
            Standing::Unknown => Some(Outcome::whole(OutcomeRow::Unknown {
                line: None,
                interval: Some((start, end)),
            })),
            Standing::Broken(figure, limit) => Some(Outcome {
                row: OutcomeRow::Spell {
                    start,
                    end,
                    figure,
                    limit,
                },
                breach: Some(BreachOf {
                    at: start,
                    fact: window.start.max(Start::at(start)),
                    by: None,
                }),
            }),
        });
        Some(outcomes.collect())
    }
}

fn figure_of(measure: &Measure, world: &[Worth]) -> Option<Ratio> {
    let amounts = || {
        world.iter().filter_map(|worth| match worth {
            Worth::Amount(amount) => Some(*amount),
            _ => None,
        })
    };
    let count = u64::try_from(world.len()).expect("short");
    match measure {
        Measure::Count => Some(Ratio::whole(i128::from(count))),
        Measure::Total(_) => Some(Ratio::whole(amounts().sum())),
        Measure::Average(_) => Ratio::new(amounts().sum(), count),
        Measure::Lowest(_) => amounts().min().map(Ratio::whole),
        Measure::Highest(_) => amounts().max().map(Ratio::whole),
        Measure::Distinct(_) => {
            // A value that others have too is one of theirs where there are others.
            let mut different: Vec<&Worth> = world.iter().collect();
            different.dedup();
            let others = different.iter().any(|worth| **worth != Worth::Value(None));
            let shared = different.iter().any(|worth| **worth == Worth::Value(None));
            let count = different.len() - usize::from(shared && others);
            Some(Ratio::whole(i128::try_from(count).expect("short")))
        }
        Measure::Share(_) => {
            let hits = world.iter().filter(|worth| **worth == Worth::Hit(true)).count();
            Ratio::new(i128::try_from(hits).expect("short"), count)
        }
    }
}

fn amount_of(value: &Value) -> i128 {
    match value {
        Value::Number(number) => Number::billionths(*number),
        Value::Duration(duration) => i128::from(duration.nanoseconds()),
        other => panic!("{other:?} is no amount"),
    }
}
