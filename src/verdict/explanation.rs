//! What an explanation is made of: facts and plain sentences, each with its place.

use crate::engine::Verdict;
use crate::log::Origin;
use crate::model::{ClauseId, Strength};
use crate::source::Span;
use crate::time::{Due, Instant};

/// Why an instance came out as it did.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The clause.
    pub clause: ClauseId,
    /// The verdict.
    pub verdict: Verdict,
    /// How strongly the parties were bound.
    pub strength: Strength,
    /// What happened, in one sentence without a full stop.
    pub headline: String,
    /// What to say at places of the rule file, the main one first.
    pub rule: Vec<Note>,
    /// The lines of the log that took part, in the order of time.
    pub evidence: Vec<Evidence>,
    /// What became of the repairs, one sentence each.
    pub repairs: Vec<String>,
    /// What would have complied; `None` where nothing was broken.
    pub remedy: Option<String>,
    /// The duty and the repairs that were owed, in the order of the clause.
    pub duties: Vec<Course>,
}

/// The course of a duty in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The parties that owed it, by name; none where the log does not say which.
    pub owed_by: Vec<String>,
    /// From when it was owed; `None` if there is no start.
    pub opened: Option<Instant>,
    /// When it is over, if ever.
    pub due: Option<Due>,
    /// By which arithmetic it is then.
    pub arithmetic: Option<String>,
    /// What became of it, and when.
    pub fate: Fate,
}

/// What became of a duty, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Neither kept nor broken so far.
    Open,
    /// Kept.
    Met {
        /// By what happened then, or at the end of its time.
        at: Option<Instant>,
    },
    /// Broken at an instant.
    Broken {
        /// Then.
        at: Option<Instant>,
        /// When it was done after all.
        late: Option<Instant>,
    },
    /// Broken as long as an interval lasts.
    BrokenFrom {
        /// Its first instant.
        start: Instant,
        /// The first instant after it; `None` while it lasts.
        end: Option<Instant>,
    },
    /// No longer owed.
    Waived {
        /// From then on.
        at: Instant,
    },
    /// Not to be told.
    Unknown {
        /// Since then, where that is known.
        start: Option<Instant>,
        /// The first instant at which it can be told again, for a state.
        end: Option<Instant>,
    },
}

/// A sentence about a place of the rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub span: Span,
    /// What to say there.
    pub text: String,
    /// Whether the explanation is whole without it.
    pub minor: bool,
}

/// A record of the log that took part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The record.
    pub origin: Origin,
    /// When it happened.
    pub time: Instant,
    /// Its part.
    pub role: Role,
    /// What to say about it.
    pub text: String,
    /// The field of it that matters, by name.
    pub field: Option<String>,
}

/// The part that a record played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It opened the duty.
    Trigger,
    /// It came nearest to counting.
    NearMiss,
    /// It would have counted, but came too late.
    Late,
    /// It broke the duty.
    Breach,
    /// It set a state.
    Setter,
    /// It repaired the breach.
    Repair,
    /// It is part of a figure.
    Counted,
    /// It released the duty.
    Release,
    /// It ended the time of the duty.
    End,
    /// It extended the term that the duty is owed in.
    Extension,
    /// It lacks a value that the verdict needs.
    Lacking,
}
