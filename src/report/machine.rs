//! Results in the formats that other programs read.

use std::fmt;

use serde::Serialize;

use super::junit::junit;
use super::notice::Notices;
use super::results::{InstanceResult, Moment, RESULTS_VERSION, Results, Summary, Tool};
use super::sarif::sarif;
use super::sheet::sheet;

/// A form that other programs read, written once all is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineFormat {
    /// One line a finding: `file:line:column: level[clause] message`.
    Short,
    /// JSON, indented.
    Json,
    /// YAML.
    Yaml,
    /// SARIF 2.1.0.
    Sarif,
    /// `JUnit`'s XML.
    Junit,
    /// Commands for a GitHub workflow.
    Github,
    /// Comma-separated values.
    Csv,
}

/// Results that cannot be written in a format. No results are known to cause it.
#[derive(Debug, thiserror::Error)]
#[error("the result cannot be written: {0}")]
pub struct FormatError(String);

impl FormatError {
    pub(super) fn of(error: impl fmt::Display) -> Self {
        FormatError(error.to_string())
    }
}

impl MachineFormat {
    /// Results as a document that ends in a newline, or is empty.
    ///
    /// # Errors
    /// What the writer of the format says.
    pub fn write(self, results: &Results) -> Result<String, FormatError> {
        match self {
            MachineFormat::Short => Ok(Notices::from(results).short()),
            MachineFormat::Json => json(results),
            MachineFormat::Yaml => yaml(results),
            MachineFormat::Sarif => sarif(&Notices::from(results)).map_err(FormatError::of),
            MachineFormat::Junit => junit(results).map_err(FormatError::of),
            MachineFormat::Github => Ok(Notices::from(results).github()),
            MachineFormat::Csv => sheet(results).map_err(FormatError::of),
        }
    }
}

pub(super) fn json(document: &impl Serialize) -> Result<String, FormatError> {
    let text = serde_json::to_string_pretty(document).map_err(FormatError::of)?;
    Ok(text + "\n")
}

pub(super) fn yaml(document: &impl Serialize) -> Result<String, FormatError> {
    serde_yaml::to_string(document).map_err(FormatError::of)
}

/// A line of JSON, of results that are written while a run goes on.
#[derive(Debug, Serialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum ResultLine<'a> {
    /// The first line.
    Start {
        /// As in a whole document.
        version: u32,
        /// What writes it.
        tool: Tool,
    },
    /// A duty was broken, and it can still be excused or repaired. Only while a log is watched.
    Breach(&'a InstanceResult),
    /// What became of an instance.
    Verdict(&'a InstanceResult),
    /// What came of a violation after its verdict was told. Only while a log is watched.
    Sequel(&'a InstanceResult),
    /// So much of the time of an open duty has passed that it is at risk. Only while a log is watched.
    AtRisk(&'a InstanceResult),
    /// A record that came too late to be judged. Only while a log is watched.
    Late(LateRecord<'a>),
    /// A record that cannot be used. Only while a log is watched.
    Problem(ProblemRecord<'a>),
    /// Records may be lacking. Only while a log is watched.
    Gap(GapRecord<'a>),
    /// From here on other rules are watched, and what was told of changed clauses is void. Only while a log is watched.
    Migrated(&'a Difference),
    /// The verdicts so far are void, and all come again.
    Restart,
    /// The last line.
    Summary(&'a Summary),
}

/// A record that came after everything at its instant had been judged.
#[derive(Debug, Serialize)]
pub struct LateRecord<'a> {
    /// The log.
    pub file: &'a str,
    /// Its line.
    pub line: u64,
    /// Its instant, in UTC.
    pub time: Moment,
    /// All before this had been judged.
    pub judged_to: Moment,
    /// What there is to say of it.
    pub text: String,
}

/// A record that cannot be used.
#[derive(Debug, Serialize)]
pub struct ProblemRecord<'a> {
    /// The log.
    pub file: &'a str,
    /// Its line.
    pub line: u64,
    /// The kind of problem.
    pub problem: &'static str,
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A place after which records may be lacking.
#[derive(Debug, Serialize)]
pub struct GapRecord<'a> {
    /// The log.
    pub file: &'a str,
    /// Why.
    pub text: &'a str,
}

/// How rules differ from those that were watched before, by the names of clauses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Difference {
    /// Clauses that mean the same.
    pub same: Vec<String>,
    /// Clauses that mean something else.
    pub changed: Vec<String>,
    /// Clauses that there were not.
    pub new: Vec<String>,
    /// Clauses that there are no more.
    pub gone: Vec<String>,
}

impl ResultLine<'_> {
    /// The first line.
    pub fn start() -> Self {
        ResultLine::Start {
            version: RESULTS_VERSION,
            tool: Tool::default(),
        }
    }

    /// The line with its end.
    ///
    /// # Errors
    /// What the writer of JSON says.
    pub fn write(&self) -> Result<String, FormatError> {
        json_line(self)
    }
}

pub(super) fn json_line(record: &impl Serialize) -> Result<String, FormatError> {
    let text = serde_json::to_string(record).map_err(FormatError::of)?;
    Ok(text + "\n")
}
