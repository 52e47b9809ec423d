//! Scenarios: short logs with the verdicts that are expected of them, in YAML files. docs/scenarios.md is their reference.
//!
//! [`File::parse`] takes a file apart as far as its text alone tells, [`File::scenarios`] reads it by the rules that it names, [`judge`] compares what
//! is expected with what the engine decides, [`Coverage`] tells what was tried out of a clause, and [`update()`] writes what was decided into
//! the text. No input and no output: texts, models and mistakes come in and go out.

mod align;
mod because;
mod coverage;
mod expect;
mod judge;
mod mistake;
mod read;
mod update;

pub use because::sentences;
pub use coverage::{ClauseCoverage, Coverage, DeadlineCoverage, NEAR_SECONDS, Seen};
pub use expect::{Expectation, ExpectedClause, ExpectedClauses, Others, Placed};
pub use judge::{Actual, Failure, Judged, judge};
pub use mistake::{Mistake, MistakeKind};
pub use read::{File, Scenario};
pub use update::update;
