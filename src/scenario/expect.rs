//! What a scenario expects.

use std::ops::Range;

use crate::engine::Verdict;
use crate::model::ClauseId;
use crate::time::Instant;

/// A value, and where the file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// The bytes that write it.
    pub range: Range<usize>,
}

/// What is expected of the clauses that a scenario does not speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Anything.
    Any,
    /// That none is violated or unknown.
    Kept,
    /// That they have no instance.
    None,
}

impl Others {
    /// Every one, with its word.
    pub(super) const WORDS: [(&'static str, Others); 3] =
        [("any", Others::Any), ("kept", Others::Kept), ("none", Others::None)];

    /// Whether an instance of another clause may have this verdict.
    pub(super) fn allows(self, verdict: Verdict) -> bool {
        match self {
            Others::Any => true,
            Others::Kept => !matches!(verdict, Verdict::Violated | Verdict::Unknown),
            Others::None => false,
        }
    }
}

/// All that a scenario expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedClauses {
    /// The word `expect`.
    pub key: Range<usize>,
    /// What stands after it.
    pub value: Range<usize>,
    /// Whether nothing is said yet.
    pub is_blank: bool,
    /// Whether the scenario is written between braces.
    pub in_braces: bool,
    /// The clauses that it speaks of.
    pub clauses: Vec<ExpectedClause>,
}

/// What is expected of one clause: each of its instances, and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedClause {
    /// The clause.
    pub clause: ClauseId,
    /// Its name in the file.
    pub name: Range<usize>,
    /// What stands after the name.
    pub value: Range<usize>,
    /// Whether that is a list.
    pub is_list: bool,
    /// The instances, in the order of the file.
    pub instances: Vec<Expectation>,
}

/// What is expected of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The bytes that write all of it.
    pub range: Range<usize>,
    /// Whether it is the verdict alone, and not a mapping.
    pub is_word: bool,
    /// Whether it is written elsewhere, and an alias stands in its place.
    pub is_alias: bool,
    /// The verdict.
    pub verdict: Placed<Verdict>,
    /// What its explanation says.
    pub because: Vec<Placed<String>>,
    /// From when it was owed: which instance is meant.
    pub opened: Option<Placed<Instant>>,
    /// The key that it is about: which instance is meant.
    pub key: Option<Placed<String>>,
}
