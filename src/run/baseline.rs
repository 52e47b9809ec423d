//! Baselines by their paths.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::files::replace;
use crate::model::Model;
use crate::verdict::{Baseline, BaselineError, Judgement};

/// The most that a baseline can have, in bytes: it is held in memory, and a violation takes some 200 of them.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

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
    /// It is longer than any that is written for people to work off.
    #[error("the baseline {} has more than {} MiB", .path.display(), MAX_BYTES / 1024 / 1024)]
    TooLarge {
        /// The file.
        path: PathBuf,
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
            BaselineFileError::TooLarge { .. } => Some(
                "see that it is a baseline; so many known violations are better ended in the rules, or with `--fail-on`",
            ),
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
/// A file that is not there, cannot be read, is too large, or is no baseline.
pub fn read_baseline(path: &Path) -> Result<Baseline, BaselineFileError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    let length = read.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => BaselineFileError::NotFound { path: path.to_owned() },
        _ => BaselineFileError::Unreadable {
            path: path.to_owned(),
            cause,
        },
    })?;
    if length as u64 > MAX_BYTES {
        return Err(BaselineFileError::TooLarge { path: path.to_owned() });
    }
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
