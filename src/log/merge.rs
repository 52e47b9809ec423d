//! Several logs as one stream in the order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::amend::Record;
use super::crew::Crew;
use super::problem::Problem;
use super::reader::{self, Reader};
use super::{Asked, InputError, InputId, Inputs, Limits};
use crate::time::Instant;

/// Reads logs that are each in the order of time, holding one record of each.
///
/// Events of one instant come in the order of the logs and, within one, of its lines.
pub(super) struct Merge<'m> {
    logs: Vec<Log<'m>>,
    /// The logs whose next event is not among the heads; the next one to be read is last.
    unread: Vec<usize>,
    heads: BinaryHeap<Head>,
    /// Bytes of the logs that have been read to their end.
    ended_bytes: u64,
}

struct Log<'m> {
    id: InputId,
    /// `None` after the end.
    reader: Option<Box<dyn Reader + 'm>>,
    latest: Option<Instant>,
}

/// What comes next in the stream.
pub(super) enum Next {
    Record(Record),
    /// A record that is none.
    Problems(Vec<Problem>),
    /// A record is earlier than one before it in the same log: the stream cannot go on.
    Disorder(Disorder),
    End,
}

/// A log that is not in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disorder {
    /// The log.
    pub input: InputId,
    /// The line of the first record that is earlier than the one before it.
    pub line: u64,
}

/// A record; the earliest is the greatest, as the heap wants it.
struct Head {
    record: Record,
    log: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |head: &Head| (head.record.time(), head.record.origin());
        key(other).cmp(&key(self))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl<'m> Merge<'m> {
    pub(super) fn open(
        inputs: &Inputs,
        asked: &Asked<'m>,
        limits: Limits,
        crew: Option<&Crew<'m>>,
    ) -> Result<Self, InputError> {
        let mut logs = Vec::new();
        for id in inputs.ids() {
            logs.push(Log {
                id,
                reader: Some(reader::open(inputs, id, asked, limits, crew)?),
                latest: None,
            });
        }
        Ok(Merge {
            unread: (0..logs.len()).rev().collect(),
            logs,
            heads: BinaryHeap::new(),
            ended_bytes: 0,
        })
    }

    /// Bytes of text consumed so far, after decompression.
    pub(super) fn bytes(&self) -> u64 {
        let open = self.logs.iter().filter_map(|log| log.reader.as_ref());
        self.ended_bytes + open.map(|reader| reader.position()).sum::<u64>()
    }

    pub(super) fn next(&mut self) -> Result<Next, InputError> {
        while let Some(&at) = self.unread.last() {
            let log = &mut self.logs[at];
            let Some(reader) = &mut log.reader else {
                self.unread.pop();
                continue;
            };
            match reader.next()? {
                Some(Ok(record)) => {
                    if log.latest.is_some_and(|latest| record.time() < latest) {
                        return Ok(Next::Disorder(Disorder {
                            input: log.id,
                            line: record.origin().line,
                        }));
                    }
                    log.latest = Some(record.time());
                    // Where there is one log only, nothing else can come before.
                    if self.unread.len() == 1 && self.heads.is_empty() {
                        return Ok(Next::Record(record));
                    }
                    self.heads.push(Head { record, log: at });
                    self.unread.pop();
                }
                Some(Err(problems)) => return Ok(Next::Problems(problems)),
                None => {
                    self.ended_bytes += reader.position();
                    log.reader = None;
                    self.unread.pop();
                }
            }
        }
        Ok(match self.heads.pop() {
            Some(head) => {
                self.unread.push(head.log);
                Next::Record(head.record)
            }
            None => Next::End,
        })
    }
}
