//! What was decided, and why: tallies per clause, and explanations of single instances.
//!
//! An explanation is made of facts and plain sentences, each tied to its place in the rule file or the log. How it is laid out is the report's concern.

mod arithmetic;
mod breach;
mod calendar;
mod describe;
mod explain;
mod explanation;
mod figures;
mod judgement;
mod life;
mod remedy;

pub use describe::{Describer, scaled};
pub use explain::explain;
pub use explanation::{Evidence, Explanation, Note, Role};
pub use judgement::{Judgement, Tally, by_opening};
pub use life::{Stage, StageKind, stages};
