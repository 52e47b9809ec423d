//! What an explanation is made of: facts and plain sentences, each with its place.

use crate::engine::Verdict;
use crate::log::Origin;
use crate::model::{ClauseId, Strength};
use crate::source::Span;
use crate::time::Instant;

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
