//! A run that writes clauses and a log for an independent monitor.

use std::fs::{self, File};
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::CheckOptions;
use crate::export::{Export, LogWriter, WriteError};
use crate::log::{self, Asked, Event, InputError, Inputs, Origin, Problem, ReadSummary, Sink};
use crate::model::Model;
use crate::time::Instant;

/// The name of the signature file in the folder of an export.
const SIGNATURE: &str = "signature.sig";
/// The name of the log.
const LOG: &str = "log.log";

/// Why an export cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file or folder that cannot be written.
    #[error("{path} cannot be written: {cause}")]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A log that cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An event that cannot be written.
    #[error(transparent)]
    Log(#[from] WriteError),
}

/// Writes the signature and the formulas of an export to a folder, which is made if it is not there. Returns the names of the formulas' files.
///
/// # Errors
/// A file that cannot be written.
pub fn write_formulas(export: &Export, model: &Model, folder: &Path) -> Result<Vec<String>, ExportError> {
    fs::create_dir_all(folder).map_err(|cause| unwritable(folder, cause))?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|cause| unwritable(&path, cause))
    };
    write(SIGNATURE, &export.signature(model))?;
    let mut names = Vec::new();
    for duty in &export.duties {
        if let Ok(translated) = &duty.result {
            let name = duty.file_name(model);
            write(&name, &duty.text(model, &export.vocabulary, translated))?;
            names.push(name);
        }
    }
    Ok(names)
}

/// What came of writing a log.
#[derive(Debug)]
pub struct WrittenLog {
    /// What was read.
    pub read: ReadSummary,
    /// The instant at which the log ends; `None` if there is neither an event nor an instant to judge as of, and no log.
    pub as_of: Option<Instant>,
    /// How many events are later than that, and were left out.
    pub left_out: u64,
}

/// Writes logs as one log to the folder of an export.
///
/// # Errors
/// A log that cannot be read to its end, or an event that cannot be written.
pub fn write_log(
    export: &Export,
    model: &Model,
    inputs: &Inputs,
    options: &CheckOptions,
    folder: &Path,
    on_problems: &mut dyn FnMut(Vec<Problem>),
) -> Result<WrittenLog, ExportError> {
    let path = folder.join(LOG);
    let mut feed = LogFeed {
        export,
        model,
        inputs,
        path: &path,
        as_of: options.as_of,
        last: None,
        left_out: 0,
        writer: None,
        failure: None,
        on_problems,
    };
    feed.open();
    let read = log::read(inputs, &Asked::all(model), options.limits, options.as_of, &mut feed)?;
    if let Some(failure) = feed.failure {
        return Err(failure);
    }
    let as_of = options.as_of.or(feed.last);
    if let (Some(writer), Some(as_of)) = (feed.writer, as_of) {
        writer.finish(as_of)?;
    }
    Ok(WrittenLog {
        read,
        as_of,
        left_out: feed.left_out,
    })
}

/// Takes events to a file.
struct LogFeed<'a> {
    export: &'a Export,
    model: &'a Model,
    inputs: &'a Inputs,
    path: &'a Path,
    as_of: Option<Instant>,
    last: Option<Instant>,
    left_out: u64,
    writer: Option<LogWriter<'a, BufWriter<File>>>,
    failure: Option<ExportError>,
    on_problems: &'a mut dyn FnMut(Vec<Problem>),
}

impl LogFeed<'_> {
    /// Begins the file, from its start.
    fn open(&mut self) {
        match File::create(self.path) {
            Ok(file) => {
                let out = BufWriter::new(file);
                let moments = self.export.moments();
                self.writer = Some(LogWriter::new(self.model, &self.export.vocabulary, moments, out));
            }
            Err(cause) => self.failure = Some(unwritable(self.path, cause)),
        }
    }
}

impl Sink for LogFeed<'_> {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        if self.as_of.is_some_and(|as_of| event.time > as_of) {
            self.left_out += 1;
            return ControlFlow::Continue(());
        }
        self.last = Some(event.time);
        let origin = format!("{}:{}", self.inputs.name(event.origin.input), event.origin.line);
        let written = self.writer.as_mut().map(|writer| writer.event(&event, &origin));
        match written {
            Some(Ok(())) => ControlFlow::Continue(()),
            Some(Err(error)) => {
                self.failure = Some(error.into());
                ControlFlow::Break(())
            }
            None => ControlFlow::Break(()),
        }
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        (self.on_problems)(problems);
        ControlFlow::Continue(())
    }

    fn passed(&mut self, at: Instant) -> ControlFlow<()> {
        if self.as_of.is_some_and(|as_of| at > as_of) {
            self.left_out += 1;
        } else {
            self.last = Some(at);
        }
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, event: Arc<Event>, _by: Origin) -> ControlFlow<()> {
        self.passed(event.time)
    }

    fn restart(&mut self) {
        self.last = None;
        self.left_out = 0;
        self.open();
    }
}

fn unwritable(path: &Path, cause: std::io::Error) -> ExportError {
    ExportError::Unwritable {
        path: path.to_owned(),
        cause,
    }
}
