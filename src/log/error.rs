//! Why a log cannot be read at all.

use std::io;

use super::format::FORMATS;
use super::{Format, visible};

/// Why a log cannot be read at all, or not to its end. What to do about it is in [`InputError::help`].
///
/// The names in it are harmless on a terminal.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// There is no such file.
    #[error("there is no file `{name}`")]
    NotFound {
        /// The log.
        name: String,
    },
    /// The file may not be read.
    #[error("`{name}` may not be read by this user")]
    PermissionDenied {
        /// The log.
        name: String,
    },
    /// A directory is no log.
    #[error("`{name}` is a directory")]
    IsDirectory {
        /// The log.
        name: String,
    },
    /// One log is given twice.
    #[error("`{name}` is given twice")]
    Twice {
        /// The log.
        name: String,
    },
    /// Neither the name nor the first bytes say what the format is.
    #[error("the format of `{name}` cannot be told from its name or its first bytes")]
    UnknownFormat {
        /// The log.
        name: String,
    },
    /// The text is UTF-16.
    #[error("`{name}` is UTF-16, and a log is UTF-8")]
    Utf16 {
        /// The log.
        name: String,
    },
    /// Compressed data ends too soon.
    #[error("`{name}` ends before its {method} data is complete")]
    Truncated {
        /// The log.
        name: String,
        /// The name of the compression.
        method: &'static str,
    },
    /// Compressed data, or a table, is damaged.
    #[error("the {method} data of `{name}` is damaged: {detail}")]
    Corrupt {
        /// The log.
        name: String,
        /// The name of the compression.
        method: &'static str,
        /// What the decompressor says.
        detail: String,
    },
    /// A log, or a part of one, that is read whole is too long for that.
    #[error("`{name}` holds more than {} of {format}", bytes_for_people(*limit))]
    TooLong {
        /// The log.
        name: String,
        /// Its format.
        format: Format,
        /// The most bytes that are read.
        limit: u64,
    },
    /// Rows of a table that are read together take too much.
    #[error("`{name}` asks for more than {} for one batch of rows", bytes_for_people(*limit))]
    BatchTooLong {
        /// The log.
        name: String,
        /// Its format.
        format: Format,
        /// The most bytes that a batch may take.
        limit: u64,
    },
    /// A packed table unpacks to more than may be kept of it.
    #[error("`{name}` unpacks to more than {}", bytes_for_people(*limit))]
    UnpackedTooLong {
        /// The log.
        name: String,
        /// The most bytes that are kept.
        limit: u64,
    },
    /// The log cannot be kept for a second reading.
    #[error("`{name}` cannot be kept in a temporary file: {source}")]
    Spool {
        /// The log.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// Anything else that the system says.
    #[error("`{name}` cannot be read: {source}")]
    Read {
        /// The log.
        name: String,
        /// What the system says.
        source: io::Error,
    },
}

impl InputError {
    /// The error for what the system says about a file.
    pub(super) fn of_system(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => InputError::NotFound { name },
            io::ErrorKind::PermissionDenied => InputError::PermissionDenied { name },
            io::ErrorKind::IsADirectory => InputError::IsDirectory { name },
            _ => InputError::Read { name, source },
        }
    }

    /// The error for what the reader of a format of bytes says.
    pub(super) fn of_table(name: &str, method: &'static str, detail: &str) -> Self {
        InputError::Corrupt {
            name: name.to_owned(),
            method,
            detail: visible(detail, 200),
        }
    }

    /// The error for what a decompressor says.
    pub(super) fn of_decompression(name: &str, method: &'static str, source: io::Error) -> Self {
        if source.raw_os_error().is_some() {
            return InputError::of_system(name, source);
        }
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::UnexpectedEof => InputError::Truncated { name, method },
            _ => InputError::Corrupt {
                name,
                method,
                detail: visible(&source.to_string(), 200),
            },
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            InputError::NotFound { .. } => "check the path, or give `-` to read standard input".to_owned(),
            InputError::PermissionDenied { .. } => "give this user the right to read the file".to_owned(),
            InputError::IsDirectory { name } => {
                format!("name the logs in it, as in `{}/*.jsonl`", name.trim_end_matches('/'))
            }
            InputError::Twice { .. } => "give every log once, or its events count twice".to_owned(),
            InputError::UnknownFormat { .. } => format!("say what the format is: {FORMATS}"),
            InputError::Utf16 { .. } => "convert it first, as with `iconv -f UTF-16 -t UTF-8`".to_owned(),
            InputError::Truncated { .. } => {
                "the file was probably not written or copied to its end: fetch it again".to_owned()
            }
            InputError::Corrupt {
                method: "parquet" | "arrow",
                ..
            } => "the file was probably not written or copied to its end, or is of another format: look at it with the program that wrote it"
                .to_owned(),
            InputError::Corrupt { method, .. } => {
                format!("test the file with `{method} -t`, and fetch it again")
            }
            InputError::BatchTooLong {
                format: Format::Parquet, ..
            } => {
                "its pages are unpacked whole: see that it is what you expect, write it in smaller pages, or allow more with `--max-batch`"
                    .to_owned()
            }
            InputError::BatchTooLong { .. } => {
                "a batch is read whole: write the log in batches of fewer rows, or as parquet, or allow more with `--max-batch`"
                    .to_owned()
            }
            InputError::TooLong { .. } => {
                "such a log is read whole, and is meant to be written by hand: convert it to jsonl, or allow more with `--max-yaml`"
                    .to_owned()
            }
            InputError::UnpackedTooLong { .. } => {
                "it is unpacked to a temporary file: see that it is what you expect, and allow more with `--max-unpacked`"
                    .to_owned()
            }
            InputError::Spool { .. } => {
                "make room where temporary files are kept, or name another directory in TMPDIR".to_owned()
            }
            InputError::Read { .. } => return None,
        };
        Some(help)
    }
}

/// A limit as people write it: in GiB, MiB or KiB where it is a whole number of them.
pub(super) fn bytes_for_people(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = KIB * KIB;
    const GIB: u64 = KIB * MIB;
    match bytes {
        0 => "0 bytes".to_owned(),
        bytes if bytes.is_multiple_of(GIB) => format!("{} GiB", bytes / GIB),
        bytes if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        bytes if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        bytes => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_limits_as_people_do() {
        assert_eq!(bytes_for_people(16 * 1024 * 1024), "16 MiB");
        assert_eq!(bytes_for_people(1536 * 1024), "1536 KiB");
        assert_eq!(bytes_for_people(1000), "1000 bytes");
        assert_eq!(bytes_for_people(0), "0 bytes");
    }

    #[test]
    fn what_the_system_says_under_a_decompressor_is_not_blamed_on_the_data() {
        let error = InputError::of_decompression("a.gz", "gzip", io::Error::from_raw_os_error(5));
        assert!(matches!(error, InputError::Read { .. }), "{error}");
        let error = InputError::of_decompression("a.gz", "gzip", io::ErrorKind::UnexpectedEof.into());
        assert_eq!(error.to_string(), "`a.gz` ends before its gzip data is complete");
    }
}
