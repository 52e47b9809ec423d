//! What was decided, and why: tallies per clause, and explanations of single instances.
//!
//! An explanation is made of facts and plain sentences, each tied to its place in the rule file or the log. How it is laid out is the report's concern.

mod arithmetic;
mod baseline;
mod breach;
mod calendar;
mod course;
mod describe;
mod explain;
mod explanation;
mod figures;
mod id;
mod judgement;
mod kept;
mod life;
mod policy;
mod remedy;

pub use baseline::{Baseline, BaselineError, Standing};
pub use describe::{Describer, scaled};
pub use explain::explain;
pub use explanation::{Course, Evidence, Explanation, Fate, Note, Role};
pub use id::{IdError, Numbering, OutcomeId, VerdictId, key_text};
pub use judgement::{Compared, Decided, Judgement, Keeping, Tally, Terms, by_opening, strength};
pub use life::{Stage, StageKind, stages};
pub use policy::{Bond, Criterion, CriterionError, FailOn, Ground, Percent, time_used};
