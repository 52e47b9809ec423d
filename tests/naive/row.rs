//! What a verdict means, without what only explains it: the form in which two judges are compared.

use std::fmt;

use servanda::engine::{self, Breach, Excuse, Instance, Outcome, Step, Subject, Verdict};
use servanda::model::{Duty, Extent, Goal, Model, Opening, Reach, Strength, Trigger};
use servanda::syntax::ast::Count;
use servanda::time::{Due, Instant, Period};
use servanda::value::{Ratio, Value};

use super::condition::{Names, field_of};

/// One instance of a clause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) clause: String,
    pub(crate) subject: SubjectRow,
    pub(crate) verdict: Verdict,
    pub(crate) steps: Vec<StepRow>,
}

/// What an instance is about; events are known by the line that they were read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SubjectRow {
    Term,
    Trigger(Opener),
    Period {
        index: u32,
        start: Instant,
        end: Instant,
    },
    Key {
        key: Value,
        trigger: Option<Opener>,
    },
    KeyInPeriod {
        key: Value,
        index: u32,
        start: Instant,
        end: Instant,
    },
}

/// The events that opened an instance. Where several share the instant that completes a count, only the instant is meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opener {
    Event(u64),
    Pair(u64, u64),
    Count(Instant, Option<Value>),
}

impl Opener {
    pub(super) fn of(trigger: &Trigger, names: &Names<'_>) -> Opener {
        let event = names.trigger.expect("an event opens");
        match trigger {
            Trigger::Any(_) => Opener::Event(event.origin.line),
            Trigger::Sequence(_) => {
                let first = names.earlier.expect("a sequence has a first event");
                Opener::Pair(first.origin.line, event.origin.line)
            }
            Trigger::Repeated(repetition) => {
                Opener::Count(event.time, repetition.group.and_then(|field| field_of(event, field)))
            }
        }
    }
}

/// What became of one duty of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StepRow {
    pub(crate) opened: Option<Instant>,
    pub(crate) due: Option<Due>,
    pub(crate) outcome: OutcomeRow,
}

/// Whether what came late is excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Excused {
    No,
    Yes,
    Unknown,
}

/// The meaning of an outcome. Where several events share the decisive instant, only the instant is meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OutcomeRow {
    Open {
        count: u32,
    },
    Met {
        at: Option<Instant>,
    },
    Waived {
        at: Instant,
    },
    Missed {
        late: Option<Instant>,
        count: u32,
        excused: Excused,
    },
    Event {
        at: Instant,
        further: u32,
        line: Option<u64>,
    },
    NotBefore {
        count: u32,
    },
    Short {
        count: u32,
    },
    Interval {
        start: Instant,
        end: Option<Instant>,
    },
    Beyond {
        at: Instant,
        figure: Ratio,
        limit: Ratio,
    },
    Spell {
        start: Instant,
        end: Option<Instant>,
        figure: Ratio,
        limit: Ratio,
    },
    Unknown {
        line: Option<u64>,
        interval: Option<(Instant, Option<Instant>)>,
    },
}

impl Row {
    /// The verdict follows from the steps, and what explains but does not decide is left out.
    pub(crate) fn new(model: &Model, clause: usize, subject: SubjectRow, mut steps: Vec<StepRow>) -> Row {
        let clause = &model.clauses[clause];
        let verdict = verdict(&steps);
        for (position, (step, duty)) in steps.iter_mut().zip(&clause.duties).enumerate() {
            step.keep_the_meaning(duty, position);
        }
        Row {
            clause: clause.name.clone(),
            subject,
            verdict,
            steps,
        }
    }

    /// The comparable form of what the engine found. Its own word on the verdict is taken.
    pub(crate) fn from_instance(model: &Model, instance: &Instance) -> Row {
        // Whether a period is shown whole or cut by the window is no matter of meaning.
        let part = |period: &Period| {
            let step = instance.steps.first().expect("a step");
            let end = step.due.map_or(period.end, Due::edge);
            (step.opened.unwrap_or(period.start), end)
        };
        let opener = |opened: &engine::Trigger| match &model.clause(instance.clause).opening {
            Opening::Trigger { trigger, .. } => {
                let names = Names {
                    trigger: Some(&opened.event),
                    earlier: opened.before.first().map(|event| &**event),
                    ..Names::default()
                };
                Opener::of(trigger, &names)
            }
            Opening::Standing => panic!("an event opens this clause"),
        };
        let subject = match &instance.subject {
            Subject::Term => SubjectRow::Term,
            Subject::Trigger(trigger) => SubjectRow::Trigger(opener(trigger)),
            Subject::Period(period) => SubjectRow::Period {
                index: period.index,
                start: part(period).0,
                end: part(period).1,
            },
            Subject::KeyInPeriod(key, period) => SubjectRow::KeyInPeriod {
                key: key.clone(),
                index: period.index,
                start: part(period).0,
                end: part(period).1,
            },
            Subject::Key(key, trigger) => SubjectRow::Key {
                key: key.clone(),
                trigger: trigger.as_ref().map(opener),
            },
        };
        let steps = instance.steps.iter().map(step).collect();
        let row = Row::new(model, instance.clause.index(), subject, steps);
        Row {
            verdict: instance.verdict(),
            ..row
        }
    }
}

fn step(step: &Step) -> StepRow {
    let outcome = match &step.outcome {
        Outcome::Open { count } => OutcomeRow::Open { count: *count },
        Outcome::Met { by } => OutcomeRow::Met {
            at: by.as_ref().map(|event| event.time),
        },
        Outcome::Waived { by, release } => OutcomeRow::Waived { at: release.at(by) },
        Outcome::Broken(Breach::Missed { late, count, .. }) => OutcomeRow::Missed {
            late: late.as_ref().map(|late| late.by.time),
            count: *count,
            excused: match late.as_ref().map(|late| &late.excuse) {
                None | Some(Excuse::No) => Excused::No,
                Some(Excuse::Yes) => Excused::Yes,
                Some(Excuse::Unknown(_)) => Excused::Unknown,
            },
        },
        Outcome::Broken(Breach::Event { by, further }) => OutcomeRow::Event {
            at: by.time,
            further: *further,
            line: Some(by.origin.line),
        },
        Outcome::Broken(Breach::NotBefore { count, .. }) => OutcomeRow::NotBefore { count: *count },
        Outcome::Broken(Breach::Short { count, .. }) => OutcomeRow::Short { count: *count },
        Outcome::Broken(Breach::Interval { start, end, .. }) => OutcomeRow::Interval {
            start: *start,
            end: *end,
        },
        Outcome::Broken(Breach::Beyond { at, reading }) => OutcomeRow::Beyond {
            at: *at,
            figure: reading.figure,
            limit: reading.limit,
        },
        Outcome::Broken(Breach::Spell { start, end, reading }) => OutcomeRow::Spell {
            start: *start,
            end: *end,
            figure: reading.figure,
            limit: reading.limit,
        },
        Outcome::Unknown { at, interval, .. } => OutcomeRow::Unknown {
            line: at.as_ref().map(|event| event.origin.line),
            interval: *interval,
        },
    };
    StepRow {
        opened: step.opened,
        due: step.due,
        outcome,
    }
}

fn verdict(steps: &[StepRow]) -> Verdict {
    let repair = steps.len() > 1;
    match steps.last().map(|step| &step.outcome) {
        Some(OutcomeRow::Met { .. }) if repair => Verdict::Repaired,
        Some(OutcomeRow::Met { .. }) => Verdict::Met,
        Some(OutcomeRow::Missed {
            excused: Excused::Yes, ..
        }) if !repair => Verdict::Excused,
        Some(OutcomeRow::Missed {
            excused: Excused::Unknown,
            ..
        }) if !repair => Verdict::Unknown,
        Some(OutcomeRow::Waived { .. }) => Verdict::Waived,
        Some(_) if repair => Verdict::Violated,
        Some(OutcomeRow::Open { .. }) | None => Verdict::Open,
        Some(OutcomeRow::Unknown { .. }) => Verdict::Unknown,
        Some(_) => Verdict::Violated,
    }
}

impl StepRow {
    fn keep_the_meaning(&mut self, duty: &Duty, position: usize) {
        // An aim is never due, and of what cannot be told no due time can be told either.
        if duty.strength == Strength::Aim || matches!(self.outcome, OutcomeRow::Unknown { .. }) {
            self.due = None;
        }
        // When its time would have ended is no matter of meaning where an event could end it before, and it was decided before that.
        let decided_before = matches!(
            self.outcome,
            OutcomeRow::Event { .. }
                | OutcomeRow::Interval { .. }
                | OutcomeRow::Beyond { .. }
                | OutcomeRow::Met { at: Some(_) }
        );
        if duty.end.is_some() && decided_before {
            self.due = None;
        }
        let each_event_is_an_instance = position == 0
            && matches!(
                &duty.goal,
                Goal::Permit { .. }
                    | Goal::Avoid {
                        more_than: None,
                        extent: Extent::Standing(_),
                        ..
                    }
            );
        let judged_when_over = matches!(
            &duty.goal,
            Goal::EnsureEach {
                count: Count::Exactly(_),
                ..
            }
        );
        match &mut self.outcome {
            OutcomeRow::Met { at } if judged_when_over => *at = None,
            OutcomeRow::Event { further, .. } if each_event_is_an_instance => *further = 0,
            OutcomeRow::Event { line, .. } => *line = None,
            OutcomeRow::Unknown { line, interval } => {
                if !each_event_is_an_instance {
                    *line = None;
                }
                let in_windows = matches!(&duty.goal, Goal::Bound(bound) if matches!(bound.reach, Reach::Any(_)));
                if !matches!(duty.goal, Goal::Maintain { .. }) && !in_windows {
                    *interval = None;
                }
            }
            _ => {}
        }
    }
}

impl fmt::Display for Row {
    /// In one line: `clause (line 3) violated: 2024-07-08T10:00:00Z ..= 2024-07-09T10:00:00Z missed after 0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = format!("{:?}", self.verdict).to_lowercase();
        write!(f, "{} ({}) {verdict}:", self.clause, self.subject)?;
        for (position, step) in self.steps.iter().enumerate() {
            let separator = if position > 0 { "; otherwise" } else { "" };
            write!(f, "{separator} {step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opener::Event(line) => write!(f, "line {line}"),
            Opener::Pair(first, line) => write!(f, "lines {first} and {line}"),
            Opener::Count(at, None) => write!(f, "count at {at}"),
            Opener::Count(at, Some(Value::Text(group))) => write!(f, "count of {group} at {at}"),
            Opener::Count(at, Some(group)) => write!(f, "count of {group:?} at {at}"),
        }
    }
}

impl fmt::Display for SubjectRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SubjectRow::Term => f.write_str("term"),
            SubjectRow::Trigger(opener) => write!(f, "{opener}"),
            SubjectRow::Period { index, start, end } => write!(f, "period {index} {start} .. {end}"),
            SubjectRow::KeyInPeriod { key, index, start, end } => {
                let key = SubjectRow::Key {
                    key: key.clone(),
                    trigger: None,
                };
                write!(f, "{key} period {index} {start} .. {end}")
            }
            SubjectRow::Key { key, trigger } => {
                write!(f, "key ")?;
                match key {
                    Value::Text(text) => write!(f, "{text}")?,
                    other => write!(f, "{other:?}")?,
                }
                trigger.as_ref().map_or(Ok(()), |opener| write!(f, " {opener}"))
            }
        }
    }
}

fn fraction(ratio: Ratio) -> String {
    match ratio.denominator() {
        1 => ratio.numerator().to_string(),
        under => format!("{}/{under}", ratio.numerator()),
    }
}

impl fmt::Display for StepRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(opened) = self.opened {
            write!(f, "{opened} ")?;
        }
        match self.due {
            Some(due) if due.is_inclusive() => write!(f, "..= {} ", due.edge())?,
            Some(due) => write!(f, ".. {} ", due.edge())?,
            None => f.write_str(".. ")?,
        }
        match &self.outcome {
            OutcomeRow::Open { count } => write!(f, "open after {count}"),
            OutcomeRow::Met { at: Some(at) } => write!(f, "met at {at}"),
            OutcomeRow::Met { at: None } => f.write_str("met"),
            OutcomeRow::Waived { at } => write!(f, "waived at {at}"),
            OutcomeRow::Missed { late: None, count, .. } => write!(f, "missed after {count}"),
            OutcomeRow::Missed {
                late: Some(late),
                count,
                excused,
            } => {
                write!(f, "late at {late} after {count}")?;
                f.write_str(match excused {
                    Excused::No => "",
                    Excused::Yes => ", excused",
                    Excused::Unknown => ", perhaps excused",
                })
            }
            OutcomeRow::Event { at, further, line } => {
                write!(f, "broken at {at} and {further} more")?;
                line.map_or(Ok(()), |line| write!(f, " by line {line}"))
            }
            OutcomeRow::NotBefore { count } => write!(f, "not before with {count}"),
            OutcomeRow::Short { count } => write!(f, "short with {count}"),
            OutcomeRow::Interval { start, end: Some(end) } => write!(f, "broken from {start} to {end}"),
            OutcomeRow::Interval { start, end: None } => write!(f, "broken from {start} on"),
            OutcomeRow::Beyond { at, figure, limit } => {
                write!(f, "beyond at {at}: {} against {}", fraction(*figure), fraction(*limit))
            }
            OutcomeRow::Spell {
                start,
                end,
                figure,
                limit,
            } => {
                match end {
                    Some(end) => write!(f, "beyond from {start} to {end}")?,
                    None => write!(f, "beyond from {start} on")?,
                }
                write!(f, ": {} against {}", fraction(*figure), fraction(*limit))
            }
            OutcomeRow::Unknown { line, interval } => {
                f.write_str("unknown")?;
                match interval {
                    Some((start, Some(end))) => write!(f, " from {start} to {end}")?,
                    Some((start, None)) => write!(f, " from {start} on")?,
                    None => {}
                }
                line.map_or(Ok(()), |line| write!(f, " for line {line}"))
            }
        }
    }
}
