//! What came of a run, for machines and for pages made of it: one tree, which all formats for machines are written from.
//!
//! docs/results.schema.json describes it, and docs/results.md tells what it means. Texts in it can be shown as they are: what a log says has nothing in
//! it that acts on a terminal or hides.

mod build;
mod shared;
mod words;

pub use build::ResultsBuilder;
pub(super) use shared::plain;
pub use shared::{Counts, Moment};
pub use words::{OutcomeWord, RoleWord, SeverityWord, StageWord, StandingWord, StrengthWord, VerdictWord};

use serde::Serialize;

use super::place::Place;
use crate::verdict::{Compared, OutcomeId, VerdictId};

/// The version of the form; it changes when a field changes its meaning or goes.
pub const RESULTS_VERSION: u32 = 2;

/// All that came of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// The run as a whole.
    #[serde(flatten)]
    pub summary: Summary,
    /// Single instances, by clause, then by the time of their decision.
    pub instances: Vec<InstanceResult>,
}

/// A run as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// [`RESULTS_VERSION`].
    pub version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The instant that was judged as of, in UTC.
    pub as_of: Moment,
    /// Whether the run fails: exit code 1.
    pub failed: bool,
    /// What makes a run fail, as `--fail-on` has it.
    pub fail_on: Vec<String>,
    /// How the violations stand to the baseline, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineResult>,
    /// Which instances there are beside the counts.
    pub holds: Holds,
    /// How all instances came out.
    pub counts: Counts,
    /// What was read.
    pub read: Read,
    /// The agreements, in the order of the rule files.
    pub agreements: Vec<AgreementResult>,
    /// The clauses, in the order of the rule files.
    pub clauses: Vec<ClauseResult>,
}

impl Summary {
    /// The clause of an instance.
    pub fn clause_of(&self, instance: &InstanceResult) -> Option<&ClauseResult> {
        let mut clauses = self.clauses.iter();
        clauses.find(|clause| clause.agreement == instance.agreement && clause.clause == instance.clause)
    }
}

/// The program.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Default for Tool {
    fn default() -> Self {
        Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Which instances are in a document, or in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// Those that are neither met nor open.
    Findings,
    /// Every one.
    All,
}

/// How the violations stand to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BaselineResult {
    /// They are in it as they are.
    pub known: u64,
    /// They are in it, and something else came of them since.
    pub changed: u64,
    /// They are not in it.
    pub new: u64,
    /// They are in it, and are no violations any more.
    pub gone: u64,
}

impl From<Compared> for BaselineResult {
    fn from(compared: Compared) -> Self {
        BaselineResult {
            known: compared.known,
            changed: compared.changed,
            new: compared.new,
            gone: compared.gone,
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Serialize)]
pub struct Read {
    /// The logs.
    pub logs: Vec<Log>,
    /// Records that are events.
    pub events: u64,
    /// Events later than the instant judged as of, which were left out.
    pub left_out: u64,
    /// Records that cannot be used, which were skipped.
    pub skipped: u64,
    /// Events that later records corrected.
    pub corrected: u64,
    /// Events that later records retracted.
    pub retracted: u64,
}

/// A log.
#[derive(Debug, Clone, Serialize)]
pub struct Log {
    /// Its name, as it was given.
    pub file: String,
    /// Its format.
    pub format: &'static str,
}

/// An agreement.
#[derive(Debug, Clone, Serialize)]
pub struct AgreementResult {
    /// Its name.
    pub name: String,
    /// Its title, or else its name.
    pub title: String,
    /// The time zone in which its days are counted, and all its instants here are written.
    pub zone: String,
    /// The first instant of its term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// The first instant after its term, as events have extended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// Its parties.
    pub parties: Vec<PartyResult>,
    /// Where its text is published.
    pub cites: Vec<String>,
    /// The name, in the rule file.
    pub place: Place,
    /// What is extended or suspended, has ended or will end.
    pub stages: Vec<StageResult>,
}

/// A party.
#[derive(Debug, Clone, Serialize)]
pub struct PartyResult {
    /// Its name.
    pub name: String,
    /// Its title, or else its name.
    pub title: String,
}

/// What became of an agreement or a clause.
#[derive(Debug, Clone, Serialize)]
pub struct StageResult {
    /// The clause, if it is about one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What it is.
    pub stage: StageWord,
    /// When it began, or will begin.
    pub time: Moment,
    /// The sentence.
    pub text: String,
    /// The log with the event that brought it about.
    pub file: String,
    /// The line of that event.
    pub line: u64,
}

/// A clause, and how its instances came out.
#[derive(Debug, Clone, Serialize)]
pub struct ClauseResult {
    /// The name of its agreement.
    pub agreement: String,
    /// Its name.
    pub clause: String,
    /// Its title, or else its name.
    pub title: String,
    /// Who owes it, by name; not those whom only an event names.
    pub owed_by: Vec<String>,
    /// How strongly the parties are bound.
    pub strength: StrengthWord,
    /// How much a breach matters.
    pub severity: SeverityWord,
    /// Where its text is published.
    pub cites: Vec<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// The template that it is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Its words: the text of the rule file in that place.
    pub text: String,
    /// How its instances came out.
    pub counts: Counts,
    /// Whether it has no instance at all.
    pub vacuous: bool,
    /// The earliest due time of an open duty or an open repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Moment>,
}

/// An instance of a clause: a duty that was opened, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct InstanceResult {
    /// Its id: the same in every run over what is the same in content.
    pub id: VerdictId,
    /// The id of what came of it: another one when that changes.
    pub outcome_id: OutcomeId,
    /// The name of its agreement.
    pub agreement: String,
    /// The name of its clause.
    pub clause: String,
    /// The verdict.
    pub verdict: VerdictWord,
    /// Whether it makes the run fail.
    pub failing: bool,
    /// How it stands to the baseline, for a violation where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<StandingWord>,
    /// How much of its time has passed while something has still to be done, in whole percents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_used: Option<u8>,
    /// How strongly the parties were bound.
    pub strength: StrengthWord,
    /// How much a breach matters.
    pub severity: SeverityWord,
    /// What happened, in a sentence.
    pub headline: String,
    /// Who owed it, by name.
    pub owed_by: Vec<String>,
    /// What it is about, where a clause speaks for every one of several things.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The period that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Interval>,
    /// From when it was owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Moment>,
    /// When it was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueResult>,
    /// The duty and the repairs that a breach opened, in the order of the clause.
    pub duties: Vec<DutyResult>,
    /// What is said at places of the rule files, the main one first.
    pub rules: Vec<RuleNote>,
    /// The records of the logs that took part, in the order of time.
    pub evidence: Vec<EvidenceResult>,
    /// What became of the repairs, a sentence each.
    pub repairs: Vec<String>,
    /// What would have complied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// The time of a duty, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct DutyResult {
    /// Who owed it, by name.
    pub owed_by: Vec<String>,
    /// From when it was owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Moment>,
    /// When it was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueResult>,
    /// By which arithmetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arithmetic: Option<String>,
    /// What became of it.
    pub outcome: OutcomeWord,
    /// When it was met, violated or waived, or since when it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// When it was no longer broken, or could be told again, where it was so for an interval that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Whether it was broken for as long as something was not so, and still is if there is no `until`.
    pub lasting: bool,
    /// When it was done after all, too late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Moment>,
}

/// A due time.
#[derive(Debug, Clone, Serialize)]
pub struct DueResult {
    /// The instant at the edge.
    pub at: Moment,
    /// Whether the edge itself is in time.
    pub inclusive: bool,
}

/// From one instant to before another.
#[derive(Debug, Clone, Serialize)]
pub struct Interval {
    /// The first instant.
    pub from: Moment,
    /// The first instant after it.
    pub to: Moment,
}

/// A sentence about a place of a rule file.
#[derive(Debug, Clone, Serialize)]
pub struct RuleNote {
    /// The place.
    #[serde(flatten)]
    pub place: Place,
    /// The sentence.
    pub text: String,
    /// Whether the explanation is whole without it.
    pub minor: bool,
}

/// A record of a log that took part.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceResult {
    /// The log.
    pub file: String,
    /// The line on which the record starts, or that of the field that matters, where the record is here.
    pub line: u64,
    /// The column of the field that matters, in characters, where the record is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// When it happened.
    pub time: Moment,
    /// Its part.
    pub role: RoleWord,
    /// What there is to say about it.
    pub text: String,
    /// The field that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The record itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordResult>,
}

/// The text of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordResult {
    /// The line on which it starts.
    pub line: u64,
    /// The text, or its start. What acts or hides in it has been replaced.
    pub text: String,
    /// Whether the record is longer.
    pub cut: bool,
    /// Where in the text the field that matters is: the offset of its first byte.
    pub start: usize,
    /// The offset past its last byte.
    pub end: usize,
}
