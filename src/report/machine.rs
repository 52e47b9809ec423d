//! Results in the formats that other programs read.

use std::fmt;

use serde::Serialize;

use super::junit::junit;
use super::notice::Notices;
use super::results::{InstanceResult, RESULTS_VERSION, Results, Summary, Tool};
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
    /// What became of an instance.
    Verdict(&'a InstanceResult),
    /// The verdicts so far are void, and all come again.
    Restart,
    /// The last line.
    Summary(&'a Summary),
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
