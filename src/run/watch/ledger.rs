//! The file that tells what was found, each thing once, whatever happens to the process.
//!
//! It is only ever added to. After a restart the same lines come again from the last checkpoint on: those that are in the file already are not written
//! again, and a last line that was not written to its end is cut off and written whole.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file of results that cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The system does not give it or does not take what is written.
    #[error("{} cannot be written: {cause}", .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is shorter than it was at the last checkpoint.
    #[error("{} has {length} bytes, and had {told} at the last checkpoint", .path.display())]
    Short {
        /// The file.
        path: PathBuf,
        /// Its length.
        length: u64,
        /// How long it was.
        told: u64,
    },
    /// It holds something else than what comes of the log.
    #[error("{} says something else at byte {at} than what comes of the log", .path.display())]
    Differs {
        /// The file.
        path: PathBuf,
        /// Where the line starts that differs.
        at: u64,
    },
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was written.
    Written,
    /// It was there.
    Known,
}

/// A file that lines are added to.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    /// The lines that are in the file already and have not come again.
    known: Option<BufReader<File>>,
    file: BufWriter<File>,
    /// How many bytes of the file have come.
    told: u64,
}

impl Ledger {
    /// Opens a file, of which so many bytes come of what was judged before.
    ///
    /// # Errors
    /// The system does not give it, or it is shorter.
    pub(super) fn open(path: &Path, told: u64) -> Result<Self, LedgerError> {
        let system = |cause| LedgerError::System {
            path: path.to_owned(),
            cause,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(system)?;
        let length = file.metadata().map_err(system)?.len();
        if length < told {
            return Err(LedgerError::Short {
                path: path.to_owned(),
                length,
                told,
            });
        }
        let whole = end_of_whole_lines(&mut file, told, length).map_err(system)?;
        if whole < length {
            file.set_len(whole).map_err(system)?;
        }
        let mut known = None;
        if whole > told {
            let mut reader = File::open(path).map_err(system)?;
            reader.seek(SeekFrom::Start(told)).map_err(system)?;
            known = Some(BufReader::new(reader));
        }
        file.seek(SeekFrom::Start(whole)).map_err(system)?;
        Ok(Ledger {
            path: path.to_owned(),
            known,
            file: BufWriter::new(file),
            told,
        })
    }

    /// How many bytes of the file have come.
    pub(super) fn told(&self) -> u64 {
        self.told
    }

    /// Adds a line, which ends in a line end, unless it is there.
    ///
    /// # Errors
    /// The system does not take it, or another line is in its place.
    pub(super) fn put(&mut self, line: &str) -> Result<Put, LedgerError> {
        let put = match &mut self.known {
            None => {
                self.file
                    .write_all(line.as_bytes())
                    .map_err(|cause| self.failure(cause))?;
                Put::Written
            }
            Some(known) => {
                let mut there = vec![0; line.len()];
                let read = known.read_exact(&mut there);
                let more = read.and_then(|()| known.fill_buf().map(|rest| !rest.is_empty()));
                match more {
                    Ok(more) if there == line.as_bytes() => {
                        if !more {
                            self.known = None;
                        }
                    }
                    Err(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => return Err(self.failure(cause)),
                    _ => {
                        return Err(LedgerError::Differs {
                            path: self.path.clone(),
                            at: self.told,
                        });
                    }
                }
                Put::Known
            }
        };
        self.told += line.len() as u64;
        Ok(put)
    }

    /// Hands what was written to the system.
    ///
    /// # Errors
    /// The system does not take it.
    pub(super) fn flush(&mut self) -> Result<(), LedgerError> {
        self.file.flush().map_err(|cause| self.failure(cause))
    }

    /// Sees to it that what was written outlasts the machine.
    ///
    /// # Errors
    /// The system does not take it.
    pub(super) fn sync(&mut self) -> Result<(), LedgerError> {
        self.flush()?;
        self.file.get_ref().sync_data().map_err(|cause| self.failure(cause))
    }

    fn failure(&self, cause: io::Error) -> LedgerError {
        LedgerError::System {
            path: self.path.clone(),
            cause,
        }
    }
}

/// Where the last whole line ends between two places, or else the first of the places.
fn end_of_whole_lines(file: &mut File, from: u64, to: u64) -> io::Result<u64> {
    const PIECE: u64 = 64 * 1024;
    let mut end = to;
    let mut piece = Vec::new();
    while end > from {
        let start = end.saturating_sub(PIECE).max(from);
        file.seek(SeekFrom::Start(start))?;
        piece.clear();
        (&mut *file).take(end - start).read_to_end(&mut piece)?;
        if let Some(at) = memchr::memrchr(b'\n', &piece) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(from)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(content: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        fs::write(&path, content).unwrap();
        (folder, path)
    }

    fn put(ledger: &mut Ledger, lines: &[&str]) -> Vec<Put> {
        lines.iter().map(|line| ledger.put(line).unwrap()).collect()
    }

    #[test]
    fn lines_that_are_there_are_not_written_again() {
        let (_folder, path) = file("one\ntwo\nthree\n");
        let mut ledger = Ledger::open(&path, 4).unwrap();
        let puts = put(&mut ledger, &["two\n", "three\n", "four\n"]);
        assert_eq!(puts, [Put::Known, Put::Known, Put::Written]);
        ledger.sync().unwrap();
        assert_eq!(ledger.told(), 19);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\nfour\n");
    }

    #[test]
    fn a_torn_last_line_is_written_whole() {
        for torn in ["one\nt", "one\ntwo", "on", "one\n"] {
            let (_folder, path) = file(torn);
            let mut ledger = Ledger::open(&path, 0).unwrap();
            put(&mut ledger, &["one\n", "two\n"]);
            ledger.flush().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n", "{torn:?}");
        }
    }

    #[test]
    fn another_line_is_an_error_and_nothing_is_overwritten() {
        for other in ["one\nTWO\nthree\n", "one\ntw\n"] {
            let (_folder, path) = file(other);
            let mut ledger = Ledger::open(&path, 0).unwrap();
            put(&mut ledger, &["one\n"]);
            let error = ledger.put("two\n").unwrap_err();
            assert!(matches!(error, LedgerError::Differs { at: 4, .. }), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), other);
        }
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error() {
        let (_folder, path) = file("one\n");
        let error = Ledger::open(&path, 10).unwrap_err();
        assert!(error.to_string().contains("has 4 bytes, and had 10"), "{error}");
    }

    #[test]
    fn a_torn_line_can_be_long() {
        let (_folder, path) = file(&format!("one\n{}", "x".repeat(200_000)));
        let mut ledger = Ledger::open(&path, 0).unwrap();
        assert_eq!(put(&mut ledger, &["one\n"]), [Put::Known]);
        drop(ledger);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
    }
}
