//! What results are written as, and where to.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::args::{OutputFormat, ResultArgs};
use super::terminal::Terminal;
use crate::diagnostic::suggest;
use crate::log::{InputError, visible};
use crate::report::{FormatError, MachineFormat, Style};
use crate::run::BaselineFileError;
use crate::verdict::CriterionError;

/// `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// The format.
    pub format: OutputFormat,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for OutputSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((format, path)) = text.split_once('=') else {
            return Err("write it as FORMAT=FILE, as in sarif=out.sarif".to_owned());
        };
        if path.is_empty() || path == "-" {
            return Err(format!(
                "no file is named after `{format}=`; what goes to standard output is said with --format"
            ));
        }
        match OutputFormat::from_str(format, false) {
            Ok(format) => Ok(OutputSpec {
                format,
                path: path.into(),
            }),
            Err(_) => {
                let known: Vec<String> = OutputFormat::value_variants()
                    .iter()
                    .filter_map(ValueEnum::to_possible_value)
                    .map(|value| value.get_name().to_owned())
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let help = suggest(&visible(format, 60), "formats", &known);
                let help = help.map_or_else(String::new, |help| format!("; {help}"));
                Err(format!("there is no format `{}`{help}", visible(format, 60)))
            }
        }
    }
}

/// A file that results cannot be written to.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error("{} cannot be written: {cause}", .path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("{} is named for two outputs", .0.display())]
    Twice(PathBuf),
    #[error("{} is read by this run, and would be overwritten", .0.display())]
    Input(PathBuf),
}

/// Why a run came to no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResultError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Baseline(#[from] BaselineFileError),
    #[error("--fail-on: {0}")]
    FailOn(#[from] CriterionError),
}

impl ResultError {
    pub(super) fn help(&self) -> Option<String> {
        match self {
            ResultError::Input(error) => error.help(),
            ResultError::Baseline(error) => error.help().map(str::to_owned),
            ResultError::Output(_) | ResultError::Format(_) | ResultError::FailOn(_) => None,
        }
    }
}

/// One of the places that results are written to.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) format: OutputFormat,
    /// Standard output, if there is none.
    file: Option<(PathBuf, BufWriter<File>)>,
    /// Why it could not be written, once that is so.
    failure: Option<io::Error>,
}

impl Output {
    pub(super) fn put(&mut self, text: &str, terminal: &mut Terminal) {
        match &mut self.file {
            None => terminal.out(text),
            Some((_, file)) if self.failure.is_none() => self.failure = file.write_all(text.as_bytes()).err(),
            Some(_) => {}
        }
    }

    pub(super) fn style(&self, terminal: &Terminal) -> Style {
        if self.file.is_some() {
            terminal.file_style
        } else {
            terminal.out_style
        }
    }
}

/// The places that results are written to: standard output, and files.
#[derive(Debug)]
pub(super) struct Outputs(Vec<Output>);

impl Outputs {
    /// Makes the files. None of them may be one that the run reads.
    pub(super) fn open(arguments: &ResultArgs, inputs: &[&Path]) -> Result<Self, OutputError> {
        let inputs: Vec<PathBuf> = inputs.iter().filter_map(|path| path.canonicalize().ok()).collect();
        if let Some(spec) = arguments
            .output
            .iter()
            .find(|spec| spec.path.canonicalize().is_ok_and(|path| inputs.contains(&path)))
        {
            return Err(OutputError::Input(spec.path.clone()));
        }
        let mut outputs = vec![Output {
            format: arguments.format,
            file: None,
            failure: None,
        }];
        let mut made = Vec::new();
        for OutputSpec { format, path } in &arguments.output {
            let unwritable = |cause| OutputError::Unwritable {
                path: path.clone(),
                cause,
            };
            let file = File::create(path).map_err(unwritable)?;
            let canonical = path.canonicalize().map_err(unwritable)?;
            if made.contains(&canonical) {
                return Err(OutputError::Twice(path.clone()));
            }
            made.push(canonical);
            outputs.push(Output {
                format: *format,
                file: Some((path.clone(), BufWriter::new(file))),
                failure: None,
            });
        }
        Ok(Outputs(outputs))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Output> {
        self.0.iter_mut()
    }

    /// Whether something is written in a format for which this is so.
    pub(super) fn any(&self, is_so: impl Fn(OutputFormat) -> bool) -> bool {
        self.0.iter().any(|output| is_so(output.format))
    }

    /// Writes what is not written yet.
    pub(super) fn finish(self) -> Result<(), OutputError> {
        for output in self.0 {
            let Some((path, mut file)) = output.file else { continue };
            let failure = output.failure.or_else(|| file.flush().err());
            if let Some(cause) = failure {
                return Err(OutputError::Unwritable { path, cause });
            }
        }
        Ok(())
    }
}

/// How a format is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Pretty,
    /// Line by line.
    Lines,
    /// Once all is known.
    Document(MachineFormat),
}

impl OutputFormat {
    pub(super) fn form(self) -> Form {
        match self {
            OutputFormat::Pretty => Form::Pretty,
            OutputFormat::Jsonl => Form::Lines,
            OutputFormat::Short => Form::Document(MachineFormat::Short),
            OutputFormat::Json => Form::Document(MachineFormat::Json),
            OutputFormat::Yaml => Form::Document(MachineFormat::Yaml),
            OutputFormat::Sarif => Form::Document(MachineFormat::Sarif),
            OutputFormat::Junit => Form::Document(MachineFormat::Junit),
            OutputFormat::Github => Form::Document(MachineFormat::Github),
            OutputFormat::Csv => Form::Document(MachineFormat::Csv),
        }
    }
}
