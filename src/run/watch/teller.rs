//! Telling what was found: in the ledger, to who looks on, and to who is to be told of violations.

use super::deliver::{Delivered, Deliveries};
use super::known::Known;
use super::ledger::{Ledger, Put};
use super::monitor::{Late, MonitorCounts, Tidings};
use super::store::Store;
use super::{Note, WatchError, WatchObserver};
use crate::log::{Inputs, Problem, ReadSummary};
use crate::report::results::{Holds, Moment, ResultsBuilder};
use crate::report::{Difference, GapRecord, LateRecord, ProblemRecord, ResultLine};
use crate::verdict::{Decided, Judgement, Keeping};

/// Tells what was found.
pub(super) struct Teller<'a> {
    pub(super) builder: ResultsBuilder<'a>,
    pub(super) inputs: &'a Inputs,
    pub(super) ledger: Option<Ledger>,
    /// What was told under other rules.
    pub(super) known: Option<Known>,
    pub(super) deliveries: Option<Deliveries>,
    pub(super) store: Option<Store>,
    /// Why something could not be told.
    pub(super) failure: Option<WatchError>,
}

impl Teller<'_> {
    /// Says whether all could be told.
    pub(super) fn check(&mut self) -> Result<(), WatchError> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Hands what was told to the system.
    pub(super) fn flush(&mut self) -> Result<(), WatchError> {
        self.ledger
            .as_mut()
            .map_or(Ok(()), Ledger::flush)
            .map_err(WatchError::from)
    }

    pub(super) fn tell(&mut self, tidings: &Tidings<'_>, observer: &mut dyn WatchObserver) {
        let (decided, line): (_, fn(_) -> _) = match tidings {
            Tidings::Breach(decided) => (decided, |instance| ResultLine::Breach(instance)),
            Tidings::Verdict { decided, .. } => (decided, |instance| ResultLine::Verdict(instance)),
            Tidings::Sequel(decided) => (decided, |instance| ResultLine::Sequel(instance)),
            Tidings::AtRisk(decided) => (decided, |instance| ResultLine::AtRisk(instance)),
            Tidings::Late(late) => return self.late(*late, tidings, observer),
        };
        let instance = self.builder.instance(decided);
        let written = self.line(Some(tidings), &line(&instance), observer);
        if let (Some((text, put)), true) = (written, tidings.begins_violation() && decided.failing) {
            self.deliver(decided, &text, put);
        }
    }

    /// Hands a violation to who is to be told of it, unless that was done.
    fn deliver(&mut self, decided: &Decided, text: &str, put: Put) {
        let Some(deliveries) = &mut self.deliveries else { return };
        let id = decided.id.to_string();
        let may_have_been = put == Put::Known || self.known.is_some();
        let delivered = match &mut self.store {
            Some(store) if may_have_been => store.is_delivered(&id),
            // Without a store nobody knows; what was told before the process was started was handed over then.
            _ => Ok(put == Put::Known),
        };
        match delivered {
            Ok(true) => {}
            Ok(false) => deliveries.add(&id, text),
            Err(error) => self.failure = Some(error.into()),
        }
    }

    fn late(&mut self, late: Late, tidings: &Tidings<'_>, observer: &mut dyn WatchObserver) {
        let what = if late.amends {
            "it amends an event that was judged, or never came: what was told stands, and a check of the whole log takes it in"
        } else {
            "everything at its instant was judged: what was told stands, and a check of the whole log takes it in"
        };
        let record = LateRecord {
            file: self.inputs.name(late.origin.input),
            line: late.origin.line,
            time: Moment::utc(late.time),
            judged_to: Moment::utc(late.frontier),
            text: what.to_owned(),
        };
        self.line(Some(tidings), &ResultLine::Late(record), observer);
    }

    pub(super) fn problems(&mut self, problems: &[Problem], observer: &mut dyn WatchObserver) {
        observer.note(&Note::Problems(problems));
        for problem in problems {
            let record = ProblemRecord {
                file: self.inputs.name(problem.origin.input),
                line: problem.origin.line,
                problem: problem.kind.name(),
                text: problem.message.clone(),
                help: problem.help.clone(),
            };
            self.line(None, &ResultLine::Problem(record), observer);
        }
    }

    pub(super) fn gap(&mut self, text: &str, observer: &mut dyn WatchObserver) {
        observer.note(&Note::Gap(text));
        let file = self.inputs.name(crate::log::InputId(0));
        self.line(None, &ResultLine::Gap(GapRecord { file, text }), observer);
    }

    pub(super) fn migrated(&mut self, difference: &Difference, observer: &mut dyn WatchObserver) {
        self.line(None, &ResultLine::Migrated(difference), observer);
    }

    pub(super) fn summary(
        &mut self,
        judgement: &Judgement,
        counts: MonitorCounts,
        records: (u64, u64),
        observer: &mut dyn WatchObserver,
    ) {
        let read = ReadSummary {
            records: records.0,
            events: counts.events,
            corrected: counts.corrected,
            retracted: counts.retracted,
            unusable: records.1,
            ..ReadSummary::default()
        };
        let holds = match judgement.terms().telling {
            Keeping::All => Holds::All,
            Keeping::Nothing | Keeping::Findings => Holds::Findings,
        };
        let summary = self.builder.summary(judgement, &read, counts.late, holds);
        self.line(None, &ResultLine::Summary(&summary), observer);
    }

    /// Tells a line. Says what it is and what became of it, unless it is known or cannot be told.
    pub(super) fn line(
        &mut self,
        tidings: Option<&Tidings<'_>>,
        line: &ResultLine<'_>,
        observer: &mut dyn WatchObserver,
    ) -> Option<(String, Put)> {
        let text = match line.write() {
            Ok(text) => text,
            Err(error) => {
                self.failure = Some(error.into());
                return None;
            }
        };
        if self.known.as_ref().is_some_and(|known| known.has(&text)) {
            return None;
        }
        let put = match self.ledger.as_mut().map(|ledger| ledger.put(&text)) {
            None => Put::Written,
            Some(Ok(put)) => put,
            Some(Err(error)) => {
                // The first failure tells why.
                self.failure.get_or_insert(error.into());
                return None;
            }
        };
        observer.told(tidings, &text, put);
        Some((text, put))
    }

    /// Takes note of what became of deliveries.
    pub(super) fn outcomes(&mut self, observer: &mut dyn WatchObserver) {
        let outcomes = self.deliveries.as_mut().map(Deliveries::outcomes).unwrap_or_default();
        for outcome in outcomes {
            self.delivered(&outcome, observer);
        }
    }

    pub(super) fn delivered(&mut self, outcome: &Delivered, observer: &mut dyn WatchObserver) {
        if let (Delivered::Taken { id }, Some(store)) = (outcome, &mut self.store)
            && let Err(error) = store.delivered(id)
        {
            observer.note(&Note::NoCheckpoint(&error));
        }
        observer.note(&Note::Delivery(outcome));
    }
}
