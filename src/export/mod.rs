//! Clauses and logs for an independent monitor: MonPoly's files.
//!
//! The core of the language translates to metric first-order temporal logic. [`Export`] holds, for each clause, formulas whose satisfactions are
//! the clause's violations, or the reason why there is none; [`LogWriter`] writes the log that they are judged on. What is not
//! certain to mean the same is refused. docs/export.md describes the files and how to read the monitor's output.

mod clause;
mod condition;
mod events;
mod formula;
mod pattern;
mod print;
mod refusal;
mod scope;
mod state;
mod text;
mod tidy;
mod vocabulary;

pub use clause::{Reading, Translated};
pub use events::{LogWriter, WriteError};
pub use formula::{Formula, Interval, Relation, Term, Variable};
pub use print::print;
pub use refusal::{Reason, Refused};
pub use vocabulary::{Column, Vocabulary};

use crate::model::{ClauseId, Model};
use crate::time::Instant;
use scope::Translator;
use vocabulary::Namer;

/// The translation of some clauses of a model.
#[derive(Debug, Clone)]
pub struct Export {
    /// The names that the files use.
    pub vocabulary: Vocabulary,
    /// For each duty of each clause, its formula or why there is none.
    pub duties: Vec<ExportedDuty>,
}

/// A duty of a clause, translated or not.
#[derive(Debug, Clone)]
pub struct ExportedDuty {
    /// The clause.
    pub clause: ClauseId,
    /// Its position in the clause: 0 is the duty, the others are its repairs.
    pub place: usize,
    /// The formula of its violations, or why there is none.
    pub result: Result<Translated, Refused>,
}

impl Export {
    /// Translates clauses.
    pub fn new(model: &Model, clauses: &[ClauseId]) -> Self {
        let vocabulary = Vocabulary::new(model);
        let mut duties = Vec::new();
        for &id in clauses {
            let clause = model.clause(id);
            let mut translator = Translator {
                model,
                vocabulary: &vocabulary,
                zone: &model.agreement(clause.agreement).zone,
                names: Namer::new(),
            };
            for (place, result) in translator.clause(clause).into_iter().enumerate() {
                let result = result.and_then(|translated| {
                    let formula = Translator::bounded(tidy::tidy(translated.formula), clause.span)?;
                    Ok(Translated { formula, ..translated })
                });
                duties.push(ExportedDuty {
                    clause: id,
                    place,
                    result,
                });
            }
        }
        Export { vocabulary, duties }
    }

    /// Instants at which the log must have a time point.
    pub fn moments(&self) -> Vec<Instant> {
        let translated = self.duties.iter().filter_map(|duty| duty.result.as_ref().ok());
        let mut moments: Vec<Instant> = translated.flat_map(|translated| translated.moments.clone()).collect();
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}
