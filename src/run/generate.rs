//! A run that makes a log from rules, with the truth about it.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::engine::Verdict;
use crate::generate::{Generator, Made, zone};
use crate::log::{Format, LogWriter, Output};
use crate::time::Instant;

/// Where a log is written to.
#[derive(Debug, Clone)]
pub struct Target {
    /// The log; `None` for standard output.
    pub log: Option<PathBuf>,
    /// How its records are written.
    pub format: Format,
    /// The truth about it.
    pub truth: Option<PathBuf>,
}

/// What came of making a log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    /// How many events it has.
    pub events: u64,
    /// The instant of the last one.
    pub last: Option<Instant>,
    /// How many instances are expected to be violated.
    pub violated: u64,
}

/// Something that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {cause}", path.as_deref().map_or("standard output".to_owned(), |path| path.display().to_string()))]
pub struct WriteLogError {
    /// The file; `None` for standard output.
    pub path: Option<PathBuf>,
    /// Why.
    pub cause: io::Error,
}

/// How many events pass between two calls of `on_progress`.
const PROGRESS_STEP: u64 = 4096;

/// Makes a log and writes it. `on_progress` is told now and then how many events there are.
///
/// # Errors
/// A file that cannot be written.
pub fn write_generated(
    generator: Generator,
    target: &Target,
    on_progress: &mut dyn FnMut(u64),
) -> Result<Written, WriteLogError> {
    let log_error = |cause| WriteLogError {
        path: target.log.clone(),
        cause,
    };
    let truth_error = |cause| WriteLogError {
        path: target.truth.clone(),
        cause,
    };
    let model = std::sync::Arc::clone(generator.model());
    let out = match &target.log {
        Some(path) => Output::create(path).map_err(log_error)?,
        None => Output::standard(),
    };
    let mut truth = match &target.truth {
        Some(path) => Some(Output::create(path).map_err(truth_error)?),
        None => None,
    };
    let mut log = LogWriter::new(&model, &zone(&model), target.format, out).map_err(log_error)?;
    let mut written = Written::default();
    for made in generator {
        match made {
            Made::Event(event) => {
                log.event(&event).map_err(log_error)?;
                written.events += 1;
                written.last = Some(event.time);
                if written.events.is_multiple_of(PROGRESS_STEP) {
                    on_progress(written.events);
                }
            }
            Made::Truth(claim) => {
                written.violated += u64::from(claim.verdict == Verdict::Violated);
                if let Some(truth) = &mut truth {
                    writeln!(truth, "{}", claim.json_line(&model)).map_err(truth_error)?;
                }
            }
        }
    }
    log.finish().and_then(Output::finish).map_err(log_error)?;
    truth.map_or(Ok(()), Output::finish).map_err(truth_error)?;
    Ok(written)
}
