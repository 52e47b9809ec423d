//! Baselines by their paths.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::replace;
use crate::model::Model;
use crate::verdict::{Baseline, BaselineError, Judgement};

/// A baseline that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineFileError {
    /// There is none.
    #[error("there is no baseline {}", .path.display())]
    NotFound {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("the baseline {} cannot be read: {cause}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is none.
    #[error("the baseline {} cannot be used: {cause}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: BaselineError,
    },
    /// It cannot be written.
    #[error("the baseline {} cannot be written: {cause}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

impl BaselineFileError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            BaselineFileError::NotFound { .. } => Some("write it with `--update-baseline`"),
            BaselineFileError::Unusable { .. } => {
                Some("remove it, and write it anew with `--update-baseline` once its violations are known")
            }
            BaselineFileError::Unreadable { .. } | BaselineFileError::Unwritable { .. } => None,
        }
    }
}

/// Reads a baseline.
///
/// # Errors
/// A file that is not there, cannot be read, or is no baseline.
pub fn read_baseline(path: &Path) -> Result<Baseline, BaselineFileError> {
    let text = fs::read_to_string(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => BaselineFileError::NotFound { path: path.to_owned() },
        _ => BaselineFileError::Unreadable {
            path: path.to_owned(),
            cause,
        },
    })?;
    Baseline::parse(&text).map_err(|cause| BaselineFileError::Unusable {
        path: path.to_owned(),
        cause,
    })
}

/// Writes a baseline in which the violations that a judgement keeps are known, in the place of one that is there, wholly or not at all.
///
/// # Errors
/// What the system does not allow.
pub fn write_baseline(path: &Path, model: &Model, judgement: &Judgement) -> Result<(), BaselineFileError> {
    let unwritable = |cause| BaselineFileError::Unwritable {
        path: path.to_owned(),
        cause,
    };
    let text = Baseline::write(model, judgement.kept().iter()).map_err(|error| unwritable(error.into()))?;
    if path.exists() {
        replace(path, &text).map_err(unwritable)
    } else {
        fs::write(path, text).map_err(unwritable)
    }
}
