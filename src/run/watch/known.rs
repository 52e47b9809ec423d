//! What a file of results tells already, where other rules are watched from here on, or records are lacking.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use foldhash::fast::RandomState;
use serde::Deserialize;

use super::ledger::LedgerError;
use crate::report::Difference;

/// The lines of a file that stay true.
#[derive(Debug, Default)]
pub(super) struct Known {
    lines: HashSet<String, RandomState>,
    length: u64,
}

/// What tells a line from others.
#[derive(Deserialize)]
struct Told {
    record: String,
    id: Option<String>,
    agreement: Option<String>,
    clause: Option<String>,
    line: Option<u64>,
    time: Option<String>,
    text: Option<String>,
    changed: Option<Vec<String>>,
    new: Option<Vec<String>>,
}

/// A longer line is none that was written here.
const LONGEST: u64 = 64 * 1024 * 1024;

impl Known {
    /// Reads a file of results; one that is not there tells nothing. If rules are others, what it tells of clauses that mean something else now is void, up
    /// to where it says so itself.
    pub(super) fn read(path: &Path, difference: Option<&Difference>) -> Result<Self, LedgerError> {
        let system = |cause| LedgerError::System {
            path: path.to_owned(),
            cause,
        };
        let mut reader = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Known::default()),
            Err(cause) => return Err(system(cause)),
        };
        let mut known = Known::default();
        let mut line = String::new();
        loop {
            line.clear();
            let read = reader.by_ref().take(LONGEST).read_line(&mut line).map_err(system)?;
            // A torn last line is not told.
            if read == 0 || !line.ends_with('\n') {
                return Ok(known);
            }
            known.length += read as u64;
            let Ok(told) = serde_json::from_str::<Told>(&line) else {
                continue;
            };
            let begun = |difference: &Difference| {
                (told.changed.as_ref(), told.new.as_ref()) == (Some(&difference.changed), Some(&difference.new))
            };
            if told.record == "migrated" && difference.is_some_and(begun) {
                // This migration was begun before.
                known.lines.insert(name(&told));
                continue;
            }
            let is_void = match (&told.agreement, &told.clause, difference) {
                (Some(agreement), Some(clause), Some(difference)) => {
                    let name = format!("{agreement}.{clause}");
                    !difference.same.contains(&name) && !known.lines.contains("migrated")
                }
                _ => false,
            };
            if !is_void {
                known.lines.insert(name(&told));
            }
        }
    }

    /// How long the file is, up to its last whole line.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether a line, or one that tells of the same, is in the file.
    pub(super) fn has(&self, line: &str) -> bool {
        serde_json::from_str::<Told>(line).is_ok_and(|told| self.lines.contains(&name(&told)))
    }
}

fn name(told: &Told) -> String {
    match (&told.id, &told.record) {
        (Some(id), record) => format!("{record} {id}"),
        (None, record) if record == "migrated" => record.clone(),
        (None, record) => format!("{record} {:?} {:?} {:?}", told.line, told.time, told.text),
    }
}
