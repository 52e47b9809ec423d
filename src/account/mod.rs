//! A clause in plain English, the life of its duty, its formula, and a worked example: for people who check a rule against the text that it came from.
//!
//! Nothing here has a layout, and nothing is judged here: the examples are [`witness`]es, which the engine decided.

mod conditions;
mod life;
mod prose;

use crate::export::{Export, Refused, Translated};
use crate::model::{ClauseId, Model, Strength};
use crate::witness::{Wanted, Witness, witness};

pub use life::{LifeState, Transition};

/// All that is told of a clause.
#[derive(Debug)]
pub struct Account {
    /// The clause.
    pub clause: ClauseId,
    /// What it says, in sentences: what opens the duty, the duty, its repairs, what releases it.
    pub sentences: Vec<String>,
    /// The life of the duty.
    pub life: Vec<Transition>,
    /// For the duty and each repair, the formula of its violations in metric first-order temporal logic, or why there is none.
    pub formulas: Vec<Result<Translated, Refused>>,
    /// A smallest log that keeps it.
    pub kept: Option<Witness>,
    /// Whether anything can break it: not an aim, nor a permission.
    pub is_breakable: bool,
    /// A smallest log that breaks it; none is looked for where nothing can.
    pub broken: Option<Witness>,
}

/// Tells all of a clause.
pub fn account(model: &Model, id: ClauseId) -> Account {
    let clause = model.clause(id);
    let export = Export::new(model, &[id]);
    let is_breakable = clause
        .duties
        .iter()
        .any(|duty| matches!(duty.strength, Strength::Binding | Strength::BestEffort));
    Account {
        clause: id,
        sentences: prose::sentences(model, clause),
        life: life::transitions(model, clause),
        formulas: export.duties.into_iter().map(|duty| duty.result).collect(),
        kept: witness(model, id, Wanted::Kept),
        is_breakable,
        broken: is_breakable.then(|| witness(model, id, Wanted::Broken)).flatten(),
    }
}
