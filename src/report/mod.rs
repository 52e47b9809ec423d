//! Diagnostics, problems of logs and judgements as text for people.
//!
//! Everything here returns text; nothing writes. Text from logs has been made harmless by the log room before it comes here.

mod account;
mod card;
mod explanations;
mod findings;
mod lints;
mod machine;
mod maps;
mod mistakes;
mod problems;
mod quilt;
mod scenarios;
mod style;
mod summary;

pub use account::account;
pub use explanations::{explanation, explanations};
pub use findings::{Caps, Findings};
pub use lints::{short_findings, write_findings};
pub use machine::MachineFormat;
pub use maps::map_mistakes;
pub use mistakes::mistakes;
pub use problems::Problems;
pub use scenarios::{ScenarioReport, coverage_table, percent, scenario_failures, scenario_mistakes};
pub use style::Style;
pub use summary::summary;
