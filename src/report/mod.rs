//! Diagnostics, problems of logs and judgements as text for people.
//!
//! Everything here returns text; nothing writes. Text from logs has been made harmless by the log room before it comes here.

mod account;
mod board;
mod brief;
mod card;
mod explanations;
mod findings;
mod junit;
mod lints;
mod machine;
mod maps;
mod mistakes;
mod notice;
mod page;
mod place;
mod problems;
mod quilt;
pub mod results;
mod sarif;
mod scenarios;
mod sheet;
mod style;
mod suite;
mod summary;

pub use account::account;
pub use board::{Standing, board};
pub use brief::{Heading, brief};
pub use explanations::{explanation, explanations};
pub use findings::{Caps, Findings};
pub use lints::{short_findings, write_findings};
pub use machine::{Difference, FormatError, GapRecord, LateRecord, MachineFormat, ProblemRecord, ResultLine};
pub use maps::map_mistakes;
pub use mistakes::mistakes;
pub use page::write_page;
pub use place::{Place, Position};
pub use problems::Problems;
pub use scenarios::{coverage_table, percent, scenario_failures, scenario_mistakes};
pub use style::Style;
pub use suite::ScenarioReport;
pub use summary::summary;
