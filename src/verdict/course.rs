//! The course of duties in time: who owed them, from when to when, and when they were kept or broken.

use super::explain::Explainer;
use super::explanation::{Course, Fate};
use crate::engine::{Breach, Outcome, Step};
use crate::time::Due;

impl Explainer<'_> {
    /// The duty and the repairs that were owed.
    pub(super) fn courses(&self) -> Vec<Course> {
        let duties = &self.words.model.clause(self.instance.clause).duties;
        let owed = self.instance.steps.iter().zip(duties);
        owed.map(|(step, duty)| Course {
            owed_by: self.words.parties(self.owing(duty)),
            opened: step.opened,
            due: step.due,
            arithmetic: self.due_text(step, duty),
            fate: fate(step),
        })
        .collect()
    }
}

fn fate(step: &Step) -> Fate {
    let due = step.due.map(Due::edge);
    let at = |at| Fate::Broken { at, late: None };
    match &step.outcome {
        Outcome::Open { .. } => Fate::Open,
        Outcome::Met { by } => Fate::Met {
            at: by.as_ref().map(|by| by.time).or(due),
        },
        Outcome::Waived { by, release } => Fate::Waived { at: release.at(by) },
        Outcome::Unknown { at, interval, .. } => match interval {
            Some((start, end)) => Fate::Unknown {
                start: Some(*start),
                end: *end,
            },
            None => Fate::Unknown {
                start: at.as_ref().map(|event| event.time).or(due),
                end: None,
            },
        },
        Outcome::Broken(breach) => match breach {
            // What was overdue when it was opened was broken then.
            Breach::Missed { late, .. } => Fate::Broken {
                at: due.max(step.opened),
                late: late.as_ref().map(|late| late.by.time),
            },
            Breach::Event { by, .. } => at(Some(by.time)),
            Breach::NotBefore { .. } => at(step.opened),
            Breach::Short { .. } => at(due),
            Breach::Beyond { at: instant, .. } => at(Some(*instant)),
            Breach::Interval { start, end, .. } | Breach::Spell { start, end, .. } => Fate::BrokenFrom {
                start: *start,
                end: *end,
            },
        },
    }
}
