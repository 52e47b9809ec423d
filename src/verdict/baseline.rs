//! Violations that are known, and stay quiet until they change.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::explain::explain;
use super::id::{OutcomeId, VerdictId};
use super::judgement::Decided;
use crate::engine::Verdict;
use crate::log::visible;
use crate::model::Model;

/// The version of the form of a baseline's file.
const VERSION: u32 = 1;

/// Known violations.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    known: HashMap<VerdictId, OutcomeId>,
}

/// How a violation stands to a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in it, and what came of it is the same.
    Known,
    /// It is in it, and something else came of it since.
    Changed,
    /// It is not in it.
    New,
}

/// A baseline as its file has it. What is beside the ids is for people who read the file, and its changes.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    version: u32,
    known: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    id: VerdictId,
    outcome_id: OutcomeId,
    agreement: String,
    clause: String,
    headline: String,
}

/// A text that is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It does not have the form.
    #[error("it is not a baseline: {0}")]
    Form(#[from] serde_json::Error),
    /// It has another version.
    #[error("it has version {0} of the form, and this program reads version {VERSION}")]
    Version(u32),
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// A text that is none.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let file: File = serde_json::from_str(text)?;
        if file.version != VERSION {
            return Err(BaselineError::Version(file.version));
        }
        let known = file.known.into_iter().map(|entry| (entry.id, entry.outcome_id));
        Ok(Baseline { known: known.collect() })
    }

    /// The text of a baseline in which the violations among some instances are known.
    ///
    /// # Errors
    /// What the writer of JSON says; no baseline is known to cause it.
    pub fn write<'a>(model: &Model, decided: impl Iterator<Item = &'a Decided>) -> Result<String, serde_json::Error> {
        let violated = decided.filter(|decided| decided.instance.verdict() == Verdict::Violated);
        let mut known: Vec<Entry> = violated
            .map(|decided| {
                let clause = model.clause(decided.instance.clause);
                Entry {
                    id: decided.id,
                    outcome_id: OutcomeId::of(model, &decided.instance),
                    agreement: model.agreement(clause.agreement).name.clone(),
                    clause: clause.name.clone(),
                    headline: visible(&explain(model, &decided.instance).headline, usize::MAX),
                }
            })
            .collect();
        // In an order that does not depend on the logs, so that a change of the file shows what changed.
        known.sort_by(|one, other| {
            let key = |entry: &Entry| (entry.agreement.clone(), entry.clause.clone(), entry.id);
            key(one).cmp(&key(other))
        });
        let file = File {
            version: VERSION,
            known,
        };
        serde_json::to_string_pretty(&file).map(|text| text + "\n")
    }

    /// How a violation stands to it.
    pub fn standing(&self, id: VerdictId, outcome: OutcomeId) -> Standing {
        match self.known.get(&id) {
            None => Standing::New,
            Some(known) if *known == outcome => Standing::Known,
            Some(_) => Standing::Changed,
        }
    }

    /// How many violations it has.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
