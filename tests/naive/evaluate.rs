//! Section 4 of the reference: the instances of each clause and what became of them, by quantifying over the whole log.

use servanda::log::Event;
use servanda::model::{
    Agreement, Clause, Clock, Condition, Duty, Extent, ForEvery, Goal, LeadTime, Model, Opening, Operand, Pattern,
    Periods, Reach, Relative, Repetition, Standing, Strength, Trigger,
};
use servanda::syntax::ast::{Count, Direction};
use servanda::time::{Date, Due, Duration, Instant, MonthEnd, Respite};
use servanda::value::Value;

use super::condition::{Facts, Names, Truth, field_of};
use super::life::Life;
use super::row::{Excused, Opener, OutcomeRow, Row, StepRow, SubjectRow};
use super::term::{as_extended, due_as_known, end_of_term};

/// Every instance of every clause, sorted.
pub(crate) fn evaluate(model: &Model, events: &[Event], as_of: Instant) -> Vec<Row> {
    // "Events after it are left out."
    let known: Vec<&Event> = events.iter().filter(|event| event.time <= as_of).collect();
    let extended = as_extended(model, &known, as_of);
    let mut rows = Vec::new();
    for (position, clause) in extended.clauses.iter().enumerate() {
        let agreement = extended.agreement(clause.agreement);
        let facts = Facts {
            model: &extended,
            events: &known,
            zone: &agreement.zone,
        };
        let life = Life::of(agreement, clause, facts, as_of);
        let judge = Judge {
            facts,
            life: &life,
            agreement,
            clause,
            as_of,
            until: None,
            known: &known,
        };
        let instances = match &clause.opening {
            Opening::Standing => judge.released(judge.standing(), &Names::default(), |judge, _| judge.standing()),
            Opening::Trigger { trigger, guards } => judge.triggered(trigger, guards),
        };
        let end_known_at = |at| end_of_term(model.agreement(clause.agreement), facts, at);
        rows.extend(instances.into_iter().map(|instance| {
            let last = life.end.map_or(as_of, |end| end.min(as_of));
            let (subject, steps) = due_as_known(instance, clause, end_known_at, last);
            Row::new(model, position, subject, as_rows(without_excused_repairs(steps)))
        }));
    }
    rows.sort();
    rows
}

pub(super) type Instance = (SubjectRow, Vec<Step>);

/// A duty of a chain: when it was owed, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    start: Start,
    pub(super) due: Option<Due>,
    pub(super) outcome: OutcomeRow,
}

fn as_rows(steps: Vec<Step>) -> Vec<StepRow> {
    let row = |step: Step| StepRow {
        opened: step.start.at,
        due: step.due,
        outcome: step.outcome,
    };
    steps.into_iter().map(row).collect()
}

/// The first instant of a window; `None` if it has always begun. With `after` the window starts just after the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) at: Option<Instant>,
    pub(super) after: bool,
}

impl Start {
    pub(super) fn at(at: Instant) -> Start {
        Start {
            at: Some(at),
            after: false,
        }
    }

    fn admits(self, instant: Instant) -> bool {
        self.at.is_none_or(|at| at < instant || (at == instant && !self.after))
    }

    /// Whether there is an instant in what starts here that comes before another one.
    fn precedes(self, instant: Instant) -> bool {
        self.at
            .is_none_or(|at| at.unix_nanoseconds() + i128::from(self.after) < instant.unix_nanoseconds())
    }
}

/// When a duty is owed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) start: Start,
    pub(super) due: Option<Due>,
    /// From this instant on it cannot be told whether it is over.
    pub(super) doubt: Option<Instant>,
}

impl Window {
    pub(super) fn admits(&self, instant: Instant) -> bool {
        self.start.admits(instant) && self.due.is_none_or(|due| due.admits(instant))
    }

    /// Whether what is owed in this window is owed at an instant.
    pub(super) fn owed_at(&self, instant: Instant) -> Truth {
        match self.doubt {
            _ if !self.admits(instant) => Truth::False,
            Some(doubt) if doubt <= instant => Truth::Unknown,
            _ => Truth::True,
        }
    }
}

/// What became of a duty, and the breach that a repair is owed from.
pub(super) struct Outcome<'a> {
    pub(super) row: OutcomeRow,
    pub(super) breach: Option<BreachOf<'a>>,
}

pub(super) struct BreachOf<'a> {
    /// What the time of a repair counts from.
    pub(super) at: Instant,
    /// Where the window of a repair starts: "where the breach is a fact".
    pub(super) fact: Start,
    /// "After `avoid`, that of the event that broke it."
    pub(super) by: Option<&'a Event>,
}

impl Outcome<'_> {
    pub(super) fn whole(row: OutcomeRow) -> Self {
        Outcome { row, breach: None }
    }

    pub(super) fn unknown() -> Self {
        Outcome::whole(OutcomeRow::Unknown {
            line: None,
            interval: None,
        })
    }
}

fn next_day(day: Date) -> Date {
    let text = day.to_string();
    let number = |range: std::ops::Range<usize>| text[range].parse::<i16>().expect("digits");
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let candidates = [(year, month, day + 1), (year, month + 1, 1), (year + 1, 1, 1)];
    let mut days = candidates
        .into_iter()
        .filter_map(|(year, month, day)| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?));
    days.next().expect("not the end of the calendar")
}

fn month_of(day: Date) -> String {
    day.to_string()[..7].to_owned()
}

fn before(instant: Instant) -> Instant {
    Instant::from_unix_nanoseconds(instant.unix_nanoseconds() - 1).expect("not the first instant")
}

#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) facts: Facts<'a>,
    /// Of the whole log, whatever is owed.
    pub(super) life: &'a Life,
    agreement: &'a Agreement,
    pub(super) clause: &'a Clause,
    pub(super) as_of: Instant,
    /// From this instant on nothing is owed any more.
    pub(super) until: Option<Instant>,
    /// The log up to the as-of instant, whatever is owed.
    known: &'a [&'a Event],
}

impl<'a> Judge<'a> {
    // ---- 4.2 Trigger and guards ----

    fn triggered(&self, trigger: &'a Trigger, guards: &'a [Condition]) -> Vec<Instance> {
        let openings = match trigger {
            Trigger::Any(patterns) => self.each_event(patterns),
            Trigger::Sequence(sequence) => {
                let mut pairs = Vec::new();
                for second in self.term_events() {
                    // "b strictly after a and not later than a + P"
                    let in_time = |first: &&Event| {
                        first.time < second.time && second.time <= self.facts.zone.add(first.time, sequence.within)
                    };
                    for first in self.term_events().filter(in_time) {
                        let names = Names {
                            trigger: Some(second),
                            earlier: Some(first),
                            ..Names::default()
                        };
                        let is_it = Truth::all([
                            self.facts.fits(&sequence.first, first, &names),
                            self.facts.fits(&sequence.then, second, &names.with_subject(second)),
                        ]);
                        pairs.push((names, is_it));
                    }
                }
                pairs
            }
            Trigger::Repeated(repetition) => self.repeated(repetition, guards),
        };
        let mut instances = Vec::new();
        for (names, is_it) in openings {
            let event = names.trigger.expect("an event opens");
            match Truth::all([is_it, self.facts.all(guards, event.time, &names)]) {
                Truth::False => {}
                Truth::True => {
                    let opened = self.opened_by(event, &names);
                    instances.extend(self.released(opened, &names, |judge, names| {
                        judge.opened_by(names.trigger.expect("an event opens"), names)
                    }));
                }
                Truth::Unknown => {
                    let step = Step {
                        start: Start::at(event.time),
                        due: None,
                        outcome: Outcome::unknown().row,
                    };
                    let opener = Opener::of(trigger, &names);
                    instances.push((SubjectRow::Trigger(opener), vec![step]));
                }
            }
        }
        instances
    }

    fn each_event(&self, patterns: &'a [Pattern]) -> Vec<(Names<'a>, Truth)> {
        let judged = |event: &'a Event| {
            let names = Names {
                trigger: Some(event),
                ..Names::default()
            };
            let as_subject = names.with_subject(event);
            let is_it = Truth::any(
                patterns
                    .iter()
                    .map(|pattern| self.facts.fits(pattern, event, &as_subject)),
            );
            (names, is_it)
        };
        self.term_events().map(judged).collect()
    }

    /// The instants at which a window comes to hold so many events, in every way in which events of which it is unknown may count or not.
    fn repeated(&self, repetition: &'a Repetition, guards: &'a [Condition]) -> Vec<(Names<'a>, Truth)> {
        let group = |event: &Event| {
            repetition
                .group
                .map(|field| field_of(event, field).expect("a field that is there"))
        };
        let judged: Vec<(&Event, Truth)> = self
            .term_events()
            .map(|event| {
                (
                    event,
                    self.facts
                        .fits(&repetition.pattern, event, &Names::default().with_subject(event)),
                )
            })
            .filter(|(_, truth)| *truth != Truth::False)
            .collect();
        let mut instants: Vec<(Instant, Option<Value>)> =
            judged.iter().map(|(event, _)| (event.time, group(event))).collect();
        instants.sort();
        instants.dedup();
        let mut openings = Vec::new();
        for (t, of) in instants {
            let gone = |event: &Event| self.facts.zone.add(event.time, repetition.window);
            let here = |wanted: &dyn Fn(&Event) -> bool| -> Vec<(&'a Event, Truth)> {
                let fitting = judged.iter().filter(|(event, _)| group(event) == of && wanted(event));
                let mut fitting: Vec<(&Event, Truth)> = fitting.copied().collect();
                fitting.sort_by(|(left, _), (right, _)| left.fields.cmp(&right.fields));
                fitting
            };
            let stay = here(&|event| event.time < t && gone(event) > t);
            let leave = here(&|event| event.time < t && gone(event) == t);
            let arrive = here(&|event| event.time == t);
            let wanted = repetition.count as usize;
            // Which event completes the count: none where the window does not come to hold so many.
            let mut ways: Vec<Option<&Event>> = Vec::new();
            for arrived in choices(&arrive) {
                for stayed in numbers(&stay) {
                    for left in numbers(&leave) {
                        let opens = stayed + arrived.len() >= wanted && stayed + left < wanted;
                        ways.push(arrived.last().copied().filter(|_| opens));
                    }
                }
            }
            let fields = |way: Option<&'a Event>| way.map(|event| &event.fields);
            let Some(one) = ways.iter().copied().flatten().next() else {
                continue;
            };
            let named = |event: &'a Event| Names {
                trigger: Some(event),
                ..Names::default()
            };
            if ways.iter().all(|way| fields(*way) == fields(Some(one))) {
                openings.push((named(one), Truth::True));
                continue;
            }
            // "Where it depends on unknowns which event that is, the guards are asked of each that it can be."
            let possible = ways.iter().copied().flatten().map(named);
            let open = possible
                .into_iter()
                .find(|names| self.facts.all(guards, t, names) != Truth::False);
            openings.extend(open.map(|names| (names, Truth::Unknown)));
        }
        openings
    }

    fn term_events(&self) -> impl Iterator<Item = &'a Event> {
        let events = self.facts.events.iter().copied();
        events.filter(|event| self.in_term(event.time) && self.life.is_in_force(event.time))
    }

    fn trigger(&self) -> &'a Trigger {
        match &self.clause.opening {
            Opening::Trigger { trigger, .. } => trigger,
            Opening::Standing => panic!("an event opens this clause"),
        }
    }

    fn in_term(&self, instant: Instant) -> bool {
        self.agreement.start.is_none_or(|start| start <= instant) && self.agreement.end.is_none_or(|end| instant < end)
    }

    fn opened_by(&self, trigger: &'a Event, names: &Names<'a>) -> Vec<Instance> {
        let duty = self.first_duty();
        let opener = Opener::of(self.trigger(), names);
        if let Goal::EnsureBefore { pattern, count, lead } = &duty.goal {
            return vec![(
                SubjectRow::Trigger(opener.clone()),
                self.done_before(pattern, *count, *lead, trigger, names),
            )];
        }
        let Some(window) = self.window(duty, trigger.time, Start::at(trigger.time), names) else {
            let step = Step {
                start: Start::at(trigger.time),
                due: None,
                outcome: Outcome::unknown().row,
            };
            return vec![(SubjectRow::Trigger(opener.clone()), vec![step])];
        };
        if let Goal::Maintain { condition, every, .. } = &duty.goal {
            let instances = self.maintain(condition, every.as_ref(), self.cut(window), names, Some(opener));
            return due_as_declared(instances, window.due);
        }
        if let Goal::Bound(bound) = &duty.goal {
            return self.bound_for_groups(bound, window, names, Some(&opener));
        }
        let outcome = self.outcome(duty, window, names);
        vec![(SubjectRow::Trigger(opener.clone()), self.chain(window, outcome, names))]
    }

    /// "Judged at the trigger's instant t": by the events in a window that ends at t or before.
    fn done_before(
        &self,
        pattern: &'a Pattern,
        count: u32,
        lead: LeadTime,
        trigger: &'a Event,
        names: &Names<'a>,
    ) -> Vec<Step> {
        let t = trigger.time;
        let earlier = |length: Duration| self.facts.zone.subtract(t, length);
        // Before the year 1 there is nothing: there a window has no first instant, and it is empty if it ends there.
        let (first, last) = match lead {
            LeadTime::AtLeast(least) => (None, earlier(least)),
            LeadTime::Within(most) => (earlier(most), Some(t)),
            LeadTime::Between(one, other) => {
                let mut ends = [earlier(one), earlier(other)];
                ends.sort();
                (ends[0], ends[1])
            }
        };
        let in_window =
            |time: Instant| first.is_none_or(|first| first <= time) && last.is_some_and(|last| time <= last);
        // Nothing releases what is decided when it is opened, so that all events of the trigger's time point are looked at.
        let everything = Judge {
            facts: Facts {
                events: self.known,
                ..self.facts
            },
            ..*self
        };
        let (certain, possible) = everything.answers(pattern, names, |time| Truth::of(in_window(time)));
        let window = Window {
            start: Start::at(t),
            due: last.map(Due::at),
            doubt: None,
        };
        let outcome = if let Some(at) = completed(&certain, count) {
            Outcome::whole(OutcomeRow::Met { at: Some(at) })
        } else if possible >= count as usize {
            Outcome::unknown()
        } else {
            Outcome {
                row: OutcomeRow::NotBefore {
                    count: number(certain.len()),
                },
                // "Repairs count from t."
                breach: Some(BreachOf {
                    at: t,
                    fact: Start::at(t),
                    by: None,
                }),
            }
        };
        self.chain(window, outcome, names)
    }

    pub(super) fn first_duty(&self) -> &'a Duty {
        self.clause.duties.first().expect("a clause has a duty")
    }

    // ---- Duties without trigger ----

    fn standing(&self) -> Vec<Instance> {
        let duty = self.first_duty();
        let names = Names::default();
        match &duty.goal {
            Goal::EnsureEach { periods, .. } | Goal::AvoidEach { periods, .. } => self.each_period(duty, periods),
            Goal::Bound(bound) => self.standing_bound(bound),
            Goal::Permit {
                pattern,
                guards,
                forbids,
                window,
            } => self.permitted(pattern, guards, forbids, window),
            Goal::EnsureBefore { .. } => panic!("there is a trigger to come before"),
            Goal::Ensure { .. } | Goal::Avoid { .. } | Goal::Maintain { .. } => {
                let declared = self.ended(duty, Self::standing_window(duty), &names, self.life.end);
                // "Judged as of an earlier instant the clause has no instance."
                if declared.start.at.is_some_and(|start| self.as_of < start) || !self.begins(declared.start.at) {
                    return Vec::new();
                }
                if Self::starts_too_late(duty) {
                    return Vec::new();
                }
                let window = self.cut(declared);
                let instances = match &duty.goal {
                    Goal::Maintain { condition, every, .. } => {
                        self.maintain(condition, every.as_ref(), window, &names, None)
                    }
                    Goal::Avoid {
                        pattern,
                        guards,
                        more_than: None,
                        ..
                    } => self.each_breaking_event(pattern, guards, window),
                    _ => {
                        let outcome = self.outcome(duty, window, &names);
                        vec![(SubjectRow::Term, self.chain(window, outcome, &names))]
                    }
                };
                due_as_declared(instances, declared.due)
            }
        }
    }

    /// Whether the first duty asks for something to happen, so that it is released where the clause stops being in force.
    pub(super) fn asks(&self) -> bool {
        match &self.first_duty().goal {
            Goal::Ensure { .. } | Goal::EnsureEach { .. } => true,
            Goal::Bound(bound) => bound.direction == Direction::Floor && !matches!(bound.reach, Reach::Any(_)),
            _ => false,
        }
    }

    /// "None for a stretch of time that begins while the clause is not in force", if it asks for something, "and none for one that begins after its end".
    pub(super) fn begins(&self, start: Option<Instant>) -> bool {
        let Some(start) = start else { return true };
        let ended = self.life.end.is_some_and(|end| end <= start);
        !ended && (!self.asks() || self.life.is_in_force(start))
    }

    /// "It ends with the clause": what forbids, and what is owed at all times.
    pub(super) fn cut(&self, window: Window) -> Window {
        let end = self.life.end.filter(|_| !self.asks()).map(Due::before);
        Window {
            due: window.due.into_iter().chain(end).min(),
            ..window
        }
    }

    /// Whether an event counts for a duty that goes on while the clause is not in force, but for what happens then.
    pub(super) fn is_counted(&self, pattern: &Pattern, at: Instant) -> bool {
        let first = match &self.first_duty().goal {
            Goal::Avoid { pattern, .. } | Goal::AvoidEach { pattern, .. } | Goal::EnsureEach { pattern, .. } => pattern,
            Goal::Bound(bound) => &bound.figure.pattern,
            _ => return true,
        };
        let standing = matches!(self.clause.opening, Opening::Standing);
        !standing || !std::ptr::eq(first, pattern) || self.life.is_in_force(at)
    }

    /// "Its instances are the events that the other clause would count against it, and that are permitted."
    fn permitted(
        &self,
        pattern: &'a Pattern,
        guards: &'a [Condition],
        forbids: &'a [Condition],
        window: &Standing,
    ) -> Vec<Instance> {
        let window = Window {
            start: Start {
                at: window.start,
                after: false,
            },
            due: window.end(),
            doubt: None,
        };
        let mut instances = Vec::new();
        let events = self.facts.events.iter().copied();
        for event in events.filter(|event| window.admits(event.time) && self.life.is_in_force(event.time)) {
            let names = Names::default().with_subject(event);
            let truth = Truth::all([
                self.facts.fits(pattern, event, &names),
                self.facts.all(guards, event.time, &names),
                self.facts.all(forbids, event.time, &names),
            ]);
            let outcome = match truth {
                Truth::False => continue,
                Truth::True => OutcomeRow::Met { at: Some(event.time) },
                Truth::Unknown => OutcomeRow::Unknown {
                    line: Some(event.origin.line),
                    interval: None,
                },
            };
            let step = Step {
                start: window.start,
                due: window.due,
                outcome,
            };
            instances.push((SubjectRow::Term, vec![step]));
        }
        instances
    }

    /// "A duty that starts at or after the end of the term has no instance."
    pub(super) fn starts_too_late(duty: &Duty) -> bool {
        let window = Self::standing_window(duty);
        window.start.at.is_some_and(|start| !window.admits(start))
    }

    pub(super) fn standing_window(duty: &Duty) -> Window {
        let Extent::Standing(standing) = extent_of(duty) else {
            panic!("a duty without trigger is not opened by an event");
        };
        Window {
            start: Start {
                at: standing.start,
                after: false,
            },
            due: standing.end(),
            doubt: None,
        }
    }

    /// "Each event E of the term for which C is true, all `if` are true and all `unless` are false, is a `violated` instance.
    /// Where that is unknown for an event, it is an `unknown` instance."
    fn each_breaking_event(&self, pattern: &'a Pattern, guards: &'a [Condition], window: Window) -> Vec<Instance> {
        let names = Names::default();
        let mut instances = Vec::new();
        for event in self
            .facts
            .events
            .iter()
            .copied()
            .filter(|event| window.admits(event.time))
        {
            let counts = self.counts(pattern, guards, event, &names);
            let outcome = match Truth::all([counts, window.owed_at(event.time)]) {
                Truth::False => continue,
                Truth::True => broken_by(event, 0, window),
                Truth::Unknown => Outcome::whole(OutcomeRow::Unknown {
                    line: Some(event.origin.line),
                    interval: None,
                }),
            };
            instances.push((SubjectRow::Term, self.chain(window, outcome, &names)));
        }
        // "If there is no such event, the clause has one instance."
        if instances.is_empty() {
            let outcome = self.kept_when_over(window, 0);
            instances.push((SubjectRow::Term, self.chain(window, outcome, &names)));
        }
        instances
    }

    // ---- 4.4 Periods ----

    fn each_period(&self, duty: &'a Duty, periods: &Periods) -> Vec<Instance> {
        let names = Names::default();
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
            if !self.begins(Some(start)) {
                continue;
            }
            let declared = Window {
                start: Start::at(start),
                due: Some(Due::before(end)),
                doubt: None,
            };
            let window = self.cut(declared);
            let outcome = match &duty.goal {
                // "A period that the window cuts short owes no floor."
                Goal::EnsureEach { .. } if cut => continue,
                Goal::EnsureEach { pattern, count, .. } => self.ensure_in_period(pattern, *count, window, end, &names),
                _ => self.outcome(duty, window, &names),
            };
            let subject = SubjectRow::Period { index, start, end };
            let instance = (subject, self.chain(window, outcome, &names));
            instances.extend(due_as_declared(vec![instance], declared.due));
        }
        instances
    }

    fn ensure_in_period(
        &self,
        pattern: &'a Pattern,
        count: Count,
        window: Window,
        end: Instant,
        names: &Names<'a>,
    ) -> Outcome<'a> {
        let (certain, possible) = self.answers(pattern, names, |time| {
            if self.is_counted(pattern, time) {
                window.owed_at(time)
            } else {
                Truth::False
            }
        });
        let over = end <= self.as_of;
        let counted = number(certain.len());
        let open = Outcome::whole(OutcomeRow::Open { count: counted });
        let short = || Outcome {
            row: OutcomeRow::Short { count: counted },
            breach: Some(BreachOf {
                at: end,
                fact: Start::at(end),
                by: None,
            }),
        };
        match count {
            Count::AtLeast(wanted) => {
                if let Some(at) = completed(&certain, wanted) {
                    Outcome::whole(OutcomeRow::Met { at: Some(at) })
                } else if !over {
                    open
                } else if possible >= wanted as usize {
                    Outcome::unknown()
                } else {
                    short()
                }
            }
            Count::Exactly(wanted) => {
                let wanted = wanted as usize;
                if certain.len() > wanted {
                    broken_by(certain[wanted], number(certain.len() - wanted - 1), window)
                } else if possible > wanted {
                    // It may have been exceeded already.
                    Outcome::unknown()
                } else if !over {
                    open
                } else if certain.len() == wanted {
                    Outcome::whole(OutcomeRow::Met { at: None })
                } else if possible == wanted {
                    Outcome::unknown()
                } else {
                    short()
                }
            }
        }
    }

    // ---- 4.3 The duty ----

    /// When a duty is owed that an event or a breach opens; `None` if the log does not say.
    fn window(&self, duty: &'a Duty, from: Instant, start: Start, names: &Names<'a>) -> Option<Window> {
        let Extent::Relative(relative) = extent_of(duty) else {
            panic!("a duty that an event opens counts from it");
        };
        let due = match relative {
            Relative::Never => None,
            Relative::Until(clocks) => {
                let mut dues = Vec::new();
                for clock in clocks.iter() {
                    // "A clock whose field is absent" makes the due time unknown, whatever the other clocks say.
                    dues.push(self.runs_out(clock, from, names)?);
                }
                let earliest = dues.into_iter().min_by_key(|due| (due.edge(), due.is_inclusive()));
                Some(earliest.expect("a clock"))
            }
        };
        let doubt = None;
        // "What repairs it can be done while the agreement is suspended and after it has ended."
        let over = self.life.end.filter(|_| std::ptr::eq(duty, self.first_duty()));
        Some(self.ended(duty, Window { start, due, doubt }, names, over))
    }

    /// "Until the first event E for which C is true, its instant not included; from an event for which that is unknown on, it cannot be told."
    /// "What would end a duty after the agreement or the clause did changes nothing."
    pub(super) fn ended(&self, duty: &'a Duty, window: Window, names: &Names<'a>, over: Option<Instant>) -> Window {
        let Some(end) = &duty.end else { return window };
        let first = |wanted: Truth| {
            // What comes at the instant of a release is there to end the time, though nothing is owed any more.
            // What is maintained is released by nothing, so that at one instant the end of the whole decides.
            let is_maintained = matches!(duty.goal, Goal::Maintain { .. });
            let over = over.map(|over| if is_maintained { before(over) } else { over });
            let last = over.map_or(self.as_of, |over| over.min(self.as_of));
            let known = self.known.iter().copied().filter(|event| event.time <= last);
            let ending = known.filter(|event| {
                window.start.admits(event.time) && self.facts.fits(end, event, &names.with_subject(event)) == wanted
            });
            ending.map(|event| event.time).min()
        };
        let over = first(Truth::True).map(Due::before);
        Window {
            due: window
                .due
                .into_iter()
                .chain(over)
                .min_by_key(|due| (due.edge(), due.is_inclusive())),
            doubt: first(Truth::Unknown),
            ..window
        }
    }

    fn runs_out(&self, clock: &Clock, from: Instant, names: &Names<'a>) -> Option<Due> {
        match clock {
            Clock::Within(length) => Some(Due::at(self.facts.zone.add(from, *length))),
            Clock::WithinOf(length, operand) => {
                let [Value::Instant(instant)] = self.facts.values(operand, from, names)[..] else {
                    return None;
                };
                Some(Due::at(self.facts.zone.add(instant, *length)))
            }
            Clock::By(date, _) => Some(Due::before(self.facts.zone.end_of(*date))),
            Clock::WorkingDays(count, operand, _) => {
                // "Day 0 is the civil day of the instant that is counted from."
                let mut day = self.day_counted_from(operand.as_ref(), from, names)?;
                let mut left = *count;
                while left > 0 {
                    day = next_day(day);
                    left -= u32::from(self.is_working(day));
                }
                Some(Due::before(self.facts.zone.end_of(day)))
            }
            Clock::DayOfMonth(day, operand) => {
                let mut date = self.day_counted_from(operand.as_ref(), from, names)?;
                let month_after = |mut date: Date| {
                    let month = month_of(date);
                    while month_of(date) == month {
                        date = next_day(date);
                    }
                    date
                };
                for _ in 0..day.months {
                    date = month_after(date);
                }
                if day.end == MonthEnd::Last {
                    // The day before the month after that one.
                    let next = month_after(date);
                    while next_day(date) != next {
                        date = next_day(date);
                    }
                }
                Some(Due::before(self.facts.zone.end_of(date)))
            }
            Clock::Deferred(clock, respite, _) => {
                let due = self.runs_out(clock, from, names)?;
                // "The day of its last instant that is in time."
                let last = if due.is_inclusive() {
                    due.edge()
                } else {
                    before(due.edge())
                };
                let mut day = self.facts.zone.date_of(last);
                if self.is_working(day) {
                    return Some(due);
                }
                while !self.is_working(day) {
                    day = next_day(day);
                }
                Some(match respite {
                    Respite::WholeDay => Due::before(self.facts.zone.end_of(day)),
                    Respite::Until(time) => {
                        // None of the zones of the tests changes its clocks at a time that random rules name.
                        let wanted = match time.to_string().as_str() {
                            "noon" => "12:00".to_owned(),
                            other => other.to_owned(),
                        };
                        let instants = (0..25 * 60).map(|minutes| {
                            let start = self.facts.zone.start_of(day).unix_nanoseconds();
                            Instant::from_unix_nanoseconds(start + minutes * 60_000_000_000).expect("an instant")
                        });
                        let mut shown = instants.filter(|at| self.facts.zone.show_briefly(*at).ends_with(&wanted));
                        Due::at(shown.next().expect("a time of that day"))
                    }
                })
            }
        }
    }

    /// The civil day of the instant in a field, or else of the opening.
    fn day_counted_from(&self, operand: Option<&Operand>, from: Instant, names: &Names<'a>) -> Option<Date> {
        let from = match operand {
            None => from,
            Some(operand) => {
                let [Value::Instant(instant)] = self.facts.values(operand, from, names)[..] else {
                    return None;
                };
                instant
            }
        };
        Some(self.facts.zone.date_of(from))
    }

    fn is_working(&self, day: Date) -> bool {
        let calendar = self.agreement.calendar.as_ref().expect("working days");
        calendar.is_working(day)
    }

    /// What became of a duty that has one outcome.
    fn outcome(&self, duty: &'a Duty, window: Window, names: &Names<'a>) -> Outcome<'a> {
        match &duty.goal {
            Goal::Ensure { pattern, count, .. } => self.ensure(duty, pattern, *count, window, names),
            Goal::Avoid {
                pattern,
                guards,
                more_than,
                ..
            } => self.avoid(pattern, guards, more_than.unwrap_or(0), window, names),
            Goal::AvoidEach {
                pattern,
                guards,
                more_than,
                ..
            } => self.avoid(pattern, guards, *more_than, window, names),
            Goal::Maintain { condition, every, .. } => self.maintain_once(condition, every.as_ref(), window, names),
            Goal::Bound(bound) => self.bound_once(bound, window, names, None),
            Goal::EnsureEach { .. } => panic!("judged with its period"),
            Goal::EnsureBefore { .. } => panic!("judged with its trigger"),
            Goal::Permit { .. } => panic!("judged by itself"),
        }
    }

    fn ensure(&self, duty: &Duty, pattern: &'a Pattern, count: u32, window: Window, names: &Names<'a>) -> Outcome<'a> {
        // The answers in time, and those at any time.
        let (certain, possible) = self.answers(pattern, names, |time| window.owed_at(time));
        let (ever, _) = self.answers(pattern, names, |time| Truth::of(window.start.admits(time)));
        // "It is open from t on until it is reached, even after the term."
        if duty.strength == Strength::Aim {
            let row = match completed(&ever, count) {
                Some(at) => OutcomeRow::Met { at: Some(at) },
                None => OutcomeRow::Open {
                    count: number(ever.len()),
                },
            };
            return Outcome::whole(row);
        }
        if let Some(at) = completed(&certain, count) {
            return Outcome::whole(OutcomeRow::Met { at: Some(at) });
        }
        let counted = number(certain.len());
        let Some(due) = window.due.filter(|due| due.passed(self.as_of)) else {
            return Outcome::whole(OutcomeRow::Open { count: counted });
        };
        if possible >= count as usize {
            return Outcome::unknown();
        }
        let just_after_due = Start {
            at: Some(due.edge()),
            after: due.is_inclusive(),
        };
        Outcome {
            row: OutcomeRow::Missed {
                late: completed(&ever, count),
                count: counted,
                excused: self.excused(duty, &ever, count, names),
            },
            breach: Some(BreachOf {
                // "A due time that lies before the opening is overdue at once, and the duty is broken when it is opened."
                at: window.start.at.map_or(due.edge(), |start| start.max(due.edge())),
                fact: window.start.max(just_after_due),
                by: None,
            }),
        }
    }

    /// Whether the condition of `excused if` is true of the event that completed the count after all.
    fn excused(&self, duty: &Duty, ever: &[&'a Event], count: u32, names: &Names<'a>) -> Excused {
        let (
            Goal::Ensure {
                excuse: Some(excuse), ..
            },
            Some(late),
        ) = (&duty.goal, ever.get(count as usize - 1))
        else {
            return Excused::No;
        };
        let excuse = std::slice::from_ref(excuse);
        match self.facts.all(excuse, late.time, &names.with_subject(late)) {
            Truth::True => Excused::Yes,
            Truth::False => Excused::No,
            Truth::Unknown => Excused::Unknown,
        }
    }

    /// "Violated by the first event, else unknown if there was one of which it is unknown, else met when D is over."
    fn avoid(
        &self,
        pattern: &'a Pattern,
        guards: &'a [Condition],
        more_than: u32,
        window: Window,
        names: &Names<'a>,
    ) -> Outcome<'a> {
        let allowed = more_than as usize;
        let in_window = |event: &&'a Event| window.admits(event.time);
        let judged = self.facts.events.iter().copied().filter(in_window);
        let judged: Vec<(&Event, Truth)> = judged
            .map(|event| {
                let counts = self.counts(pattern, guards, event, names);
                (event, Truth::all([counts, window.owed_at(event.time)]))
            })
            .collect();
        let certain = in_order(
            judged
                .iter()
                .filter(|(_, truth)| *truth == Truth::True)
                .map(|(event, _)| *event),
        );
        let possible = judged.iter().filter(|(_, truth)| *truth != Truth::False).count();
        if certain.len() > allowed {
            broken_by(certain[allowed], number(certain.len() - allowed - 1), window)
        } else if possible > allowed {
            Outcome::unknown()
        } else {
            self.kept_when_over(window, number(certain.len()))
        }
    }

    pub(super) fn kept_when_over(&self, window: Window, count: u32) -> Outcome<'a> {
        Outcome::whole(if self.over(window) {
            OutcomeRow::Met { at: None }
        } else {
            OutcomeRow::Open { count }
        })
    }

    pub(super) fn over(&self, window: Window) -> bool {
        window.due.is_some_and(|due| due.passed(self.as_of))
    }

    /// Whether an event counts against an `avoid`: its guards are judged at the event's time point.
    pub(super) fn counts(&self, pattern: &Pattern, guards: &[Condition], event: &'a Event, names: &Names<'a>) -> Truth {
        let names = names.with_subject(event);
        if !self.is_counted(pattern, event.time) {
            return Truth::False;
        }
        let is_first = match &self.first_duty().goal {
            Goal::Avoid { pattern: first, .. } | Goal::AvoidEach { pattern: first, .. } => std::ptr::eq(first, pattern),
            _ => false,
        };
        // "Does not count against the duty of the clause that it is said against": against no repair.
        let exceptions = self.clause.exceptions.iter().filter(|_| is_first);
        let permitted = exceptions.map(|exception| self.facts.all(&exception.conditions, event.time, &names));
        Truth::all([
            self.facts.fits(pattern, event, &names),
            self.facts.all(guards, event.time, &names),
            Truth::any(permitted).not(),
        ])
    }

    /// The events at these times that are of a pattern for certain, and how many may be.
    fn answers(&self, pattern: &Pattern, names: &Names<'a>, at: impl Fn(Instant) -> Truth) -> (Vec<&'a Event>, usize) {
        let fits = |event: &'a Event| {
            let is_it = self.facts.fits(pattern, event, &names.with_subject(event));
            Truth::all([is_it, at(event.time)])
        };
        let here = self.facts.events.iter().copied();
        let judged: Vec<(&Event, Truth)> = here.map(|event| (event, fits(event))).collect();
        let possible = judged.iter().filter(|(_, truth)| *truth != Truth::False).count();
        let certain = judged.into_iter().filter(|(_, truth)| *truth == Truth::True);
        (in_order(certain.map(|(event, _)| event)), possible)
    }

    // ---- maintain ----

    /// The instances of a `maintain` that opens a chain: one for each interval in which it is not kept, else one.
    fn maintain(
        &self,
        condition: &'a Condition,
        every: Option<&ForEvery>,
        window: Window,
        names: &Names<'a>,
        opener: Option<Opener>,
    ) -> Vec<Instance> {
        let Some(every) = every else {
            let subject = opener.map_or(SubjectRow::Term, SubjectRow::Trigger);
            return self.each_interval(window, names, &subject, |at| {
                self.if_in_force(at, self.facts.maintained(condition, at, names))
            });
        };
        let mut instances = Vec::new();
        for (key, first) in self.facts.first_settings(&every.states) {
            let set_before = window.start.at.is_some_and(|start| first <= start);
            if !set_before && !window.admits(first) {
                continue;
            }
            let window = Window {
                start: window.start.max(Start::at(first)),
                ..window
            };
            let of_key = names.with_key(key.clone());
            let subject = SubjectRow::Key {
                key,
                trigger: opener.clone(),
            };
            let is_kept = |at| self.if_in_force(at, self.facts.maintained(condition, at, &of_key));
            instances.extend(self.each_interval(window, names, &subject, is_kept));
        }
        instances
    }

    fn if_in_force(&self, at: Instant, kept: Truth) -> Truth {
        if self.life.is_in_force(at) { kept } else { Truth::True }
    }

    fn each_interval(
        &self,
        window: Window,
        names: &Names<'a>,
        subject: &SubjectRow,
        is_kept: impl Fn(Instant) -> Truth,
    ) -> Vec<Instance> {
        let intervals = self.intervals(window, is_kept);
        if intervals.is_empty() {
            let outcome = self.kept_when_over(window, 0);
            return vec![(subject.clone(), self.chain(window, outcome, names))];
        }
        let each = |interval: Interval| (subject.clone(), self.chain(window, interval.outcome(window), names));
        intervals.into_iter().map(each).collect()
    }

    /// What became of a `maintain` that repairs: it is one duty, about all keys that there are at an instant.
    fn maintain_once(
        &self,
        condition: &'a Condition,
        every: Option<&ForEvery>,
        window: Window,
        names: &Names<'a>,
    ) -> Outcome<'a> {
        let keys = every.map(|every| self.facts.first_settings(&every.states));
        let is_kept = |at: Instant| match &keys {
            None => self.facts.maintained(condition, at, names),
            Some(keys) => Truth::all(keys.iter().filter(|(_, first)| **first <= at).map(|(key, _)| {
                let names = names.with_key(key.clone());
                self.facts.maintained(condition, at, &names)
            })),
        };
        let intervals = self.intervals(window, is_kept);
        let first_with = |truth: Truth| intervals.iter().find(|interval| interval.truth == truth);
        match first_with(Truth::False).or_else(|| first_with(Truth::Unknown)) {
            Some(interval) => interval.outcome(window),
            None => self.kept_when_over(window, 0),
        }
    }

    /// The maximal intervals of a window in which it is false, or unknown, that a condition holds, in their order.
    fn intervals(&self, window: Window, is_kept: impl Fn(Instant) -> Truth) -> Vec<Interval> {
        // "Instants run from year 1."
        let always = Instant::from_unix_nanoseconds(-62_135_596_800_000_000_000).expect("the year 1");
        let start = window.start.at.unwrap_or(always);
        // A window that starts just after an instant has the next nanosecond for its first, and is named by the instant.
        let next = Instant::from_unix_nanoseconds(start.unix_nanoseconds() + i128::from(window.start.after));
        let Some(first) =
            next.filter(|first| window.admits(*first) && *first <= self.as_of && self.until != Some(*first))
        else {
            return Vec::new();
        };
        // Nothing changes but with an event, so that a stretch begins with the window or with an event.
        let mut begins: Vec<Instant> = self.facts.events.iter().map(|event| event.time).collect();
        let stops = self.life.stops.iter();
        begins.extend(stops.flat_map(|(from, until)| [Some(*from), *until]).flatten());
        begins.retain(|time| first < *time && window.admits(*time));
        begins.push(first);
        begins.sort();
        begins.dedup();
        let window_end = window.due.filter(|due| due.passed(self.as_of)).map(Due::edge);
        let mut intervals: Vec<Interval> = Vec::new();
        for (position, begin) in begins.iter().enumerate() {
            // What is kept is kept, whether it is owed or not.
            let truth = Truth::any([is_kept(*begin), window.owed_at(*begin).not()]);
            let end = begins.get(position + 1).copied().or(window_end);
            match intervals.last_mut() {
                Some(last) if last.truth == truth => last.end = end,
                _ => intervals.push(Interval {
                    truth,
                    start: if *begin == first { start } else { *begin },
                    end,
                }),
            }
        }
        intervals.retain(|interval| interval.truth != Truth::True);
        intervals
    }

    // ---- 4.6 waived by ----

    /// "From its instant on, that instant included": an instance that is still owed when an event releases it is judged by what was before.
    fn released(
        &self,
        instances: Vec<Instance>,
        names: &Names<'a>,
        again: impl for<'b> Fn(&Judge<'b>, &Names<'b>) -> Vec<Instance>,
    ) -> Vec<Instance> {
        instances
            .into_iter()
            .map(|(subject, mut steps)| {
                for (at, truth, by_life) in self.releases(names) {
                    let before: Vec<&Event> = self
                        .facts
                        .events
                        .iter()
                        .copied()
                        .filter(|event| event.time < at)
                        .collect();
                    let judge = Judge {
                        facts: Facts {
                            events: &before,
                            ..self.facts
                        },
                        as_of: at,
                        until: Some(at),
                        ..*self
                    };
                    let then = again(&judge, &names.clone())
                        .into_iter()
                        .find(|(same, _)| *same == subject);
                    let Some((_, then)) = then.filter(|(_, then)| then[0].start.at.is_none_or(|opened| opened <= at))
                    else {
                        continue;
                    };
                    let last = then.len() - 1;
                    // "A breach is a fact: what repairs it is owed all the same."
                    if by_life && last > 0 {
                        continue;
                    }
                    let outcome = match (&then[last].outcome, truth) {
                        (OutcomeRow::Open { .. }, Truth::True) => OutcomeRow::Waived { at },
                        (OutcomeRow::Open { .. }, _) => Outcome::unknown().row,
                        // What could not be told before cannot be told now.
                        (OutcomeRow::Unknown { .. }, _) => then[last].outcome.clone(),
                        _ => continue,
                    };
                    steps.truncate(last);
                    steps.push(Step {
                        outcome,
                        ..then[last].clone()
                    });
                    break;
                }
                (subject, steps)
            })
            .collect()
    }

    /// The instants at which an event releases the instance, or may.
    fn releases(&self, names: &Names<'a>) -> Vec<(Instant, Truth, bool)> {
        let mut times: Vec<Instant> = self.facts.events.iter().map(|event| event.time).collect();
        times.sort();
        times.dedup();
        let truth_at = |at: Instant| {
            let here = self.facts.events.iter().copied().filter(|event| event.time == at);
            Truth::any(here.flat_map(|event| {
                let each = |waiver| self.facts.fits(waiver, event, &names.with_subject(event));
                self.clause.waivers.iter().map(each).collect::<Vec<_>>()
            }))
        };
        let judged = times.into_iter().map(|at| (at, truth_at(at), false));
        let mut releases: Vec<_> = judged.filter(|(_, truth, _)| *truth != Truth::False).collect();
        let at_all_times = matches!(self.first_duty().goal, Goal::Maintain { .. });
        let triggered = matches!(self.clause.opening, Opening::Trigger { .. });
        if self.asks() || (triggered && !at_all_times) {
            let stops = self.life.stops.iter().map(|(from, _)| (*from, Truth::True, true));
            releases.extend(stops);
        }
        // "Life changes come first in a time point."
        releases.sort_by_key(|(at, _, by_life)| (*at, !by_life));
        releases
    }

    // ---- 4.5 otherwise ----

    /// The first duty and the repairs that breaches open, each owed from the breach before it.
    pub(super) fn chain(&self, window: Window, outcome: Outcome<'a>, names: &Names<'a>) -> Vec<Step> {
        let mut names = names.clone();
        let mut steps = vec![Step {
            start: window.start,
            due: window.due,
            outcome: outcome.row,
        }];
        let mut breach = outcome.breach;
        for (before, repair) in (0..).zip(&self.clause.duties[1..]) {
            let Some(broken) = breach else { break };
            if let Some(event) = broken.by {
                names.breaches.insert(before, event);
            }
            let window = self.window(repair, broken.at, broken.fact, &names);
            let outcome = match window {
                Some(window) => self.outcome(repair, window, &names),
                None => Outcome::unknown(),
            };
            steps.push(Step {
                start: broken.fact,
                due: window.and_then(|window| window.due),
                outcome: outcome.row,
            });
            breach = outcome.breach;
        }
        steps
    }
}

/// The same instances; what ends earlier than it was to is still said to be due when it was.
pub(super) fn due_as_declared(mut instances: Vec<Instance>, due: Option<Due>) -> Vec<Instance> {
    for (_, steps) in &mut instances {
        steps[0].due = due;
    }
    instances
}

/// "What had become of the repairs before that instant": one that was met by then stays so, as does a release not later than at it; else the
/// instance owes no repair, and never did.
fn without_excused_repairs(mut steps: Vec<Step>) -> Vec<Step> {
    if let OutcomeRow::Missed {
        late: Some(late),
        excused: Excused::Yes | Excused::Unknown,
        ..
    } = steps[0].outcome
    {
        let last = steps.last().expect("a step");
        let settled = match last.outcome {
            OutcomeRow::Met { at: Some(at) } => at < late && last.start.precedes(late),
            // "All of its time lies before that instant", and if it had none, the breach that it was owed from.
            OutcomeRow::Met { at: None } => last.due.is_some_and(|due| due.passed(late)) && last.start.precedes(late),
            OutcomeRow::Waived { at } => at <= late,
            _ => false,
        };
        if !settled {
            steps.truncate(1);
        }
    }
    steps
}

/// A stretch of time in which a condition has one truth; without end while it lasts.
struct Interval {
    truth: Truth,
    start: Instant,
    end: Option<Instant>,
}

impl Interval {
    fn outcome<'a>(&self, window: Window) -> Outcome<'a> {
        if self.truth == Truth::Unknown {
            return Outcome::whole(OutcomeRow::Unknown {
                line: None,
                interval: Some((self.start, self.end)),
            });
        }
        Outcome {
            row: OutcomeRow::Interval {
                start: self.start,
                end: self.end,
            },
            breach: Some(BreachOf {
                at: self.start,
                fact: window.start.max(Start::at(self.start)),
                by: None,
            }),
        }
    }
}

fn extent_of(duty: &Duty) -> &Extent {
    match &duty.goal {
        Goal::Ensure { extent, .. } | Goal::Avoid { extent, .. } | Goal::Maintain { extent, .. } => extent,
        Goal::Bound(bound) => match &bound.reach {
            Reach::Over(extent) => extent,
            Reach::Each(_) | Reach::Any(_) => panic!("periods and windows are of the term"),
        },
        Goal::EnsureEach { .. } | Goal::AvoidEach { .. } => panic!("periods are of the term"),
        Goal::EnsureBefore { .. } => panic!("looks back from its trigger"),
        Goal::Permit { .. } => panic!("a permission is of the term"),
    }
}

fn broken_by(event: &Event, further: u32, window: Window) -> Outcome<'_> {
    Outcome {
        row: OutcomeRow::Event {
            at: event.time,
            further,
            line: Some(event.origin.line),
        },
        breach: Some(BreachOf {
            at: event.time,
            fact: window.start.max(Start::at(event.time)),
            by: Some(event),
        }),
    }
}

/// The order of time: "within a time point events count in the order of their fields' values".
fn in_order<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<&'a Event> {
    let mut events: Vec<&Event> = events.collect();
    events.sort_by(|left, right| (left.time, &left.fields).cmp(&(right.time, &right.fields)));
    events
}

/// The events that count, in every way in which those of which it is unknown may.
fn choices<'a>(events: &[(&'a Event, Truth)]) -> Vec<Vec<&'a Event>> {
    let mut ways: Vec<Vec<&Event>> = vec![Vec::new()];
    for (event, truth) in events {
        let with: Vec<Vec<&Event>> = ways.iter().map(|way| [way.as_slice(), &[*event]].concat()).collect();
        if *truth == Truth::True {
            ways = with;
        } else {
            ways.extend(with);
        }
    }
    ways
}

/// How many events may count.
fn numbers(events: &[(&Event, Truth)]) -> std::ops::RangeInclusive<usize> {
    let certain = events.iter().filter(|(_, truth)| *truth == Truth::True).count();
    certain..=events.len()
}

/// When the last of so many events happened.
fn completed(events: &[&Event], wanted: u32) -> Option<Instant> {
    let last = (wanted as usize).checked_sub(1)?;
    events.get(last).map(|event| event.time)
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).expect("logs of tests are short")
}
