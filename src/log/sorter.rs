//! Records put into the order of time, however many there are.
//!
//! They are gathered in memory up to a bound, sorted, and put aside into a temporary file as a run; at the end all runs are merged. What is held is
//! the bound, and a piece of each run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Take, Write};
use std::sync::{Arc, Mutex};

use super::amend::Record;
use super::packed::{pack, unpack};
use super::stream::Stored;
use super::{InputError, Origin};
use crate::time::Instant;

/// What decides the order of records.
type Key = (Instant, Origin);

/// Where a record starts and ends.
type Indexed = (Key, usize, usize);

/// Gathers records to sort them.
pub(super) struct Sorter {
    /// How many bytes of memory the gathered records may take.
    bound: usize,
    /// The records gathered since the last run.
    packed: Vec<u8>,
    index: Vec<Indexed>,
    /// The runs, one behind the other.
    file: Option<File>,
    /// Where each run starts, and where the last one ends.
    runs: Vec<u64>,
}

/// Records in their order.
pub(super) enum Sorted {
    /// All were held.
    Held(Sorter, usize),
    Merged(Merged),
}

/// Runs that are merged.
pub(super) struct Merged {
    runs: Vec<BufReader<Take<Stored>>>,
    /// The next record of each run, the earliest first.
    heads: BinaryHeap<Reverse<(Key, usize)>>,
    /// By run.
    records: Vec<Option<Record>>,
    bytes: Vec<u8>,
}

fn key(record: &Record) -> Key {
    (record.time(), record.origin())
}

fn failure(source: io::Error) -> InputError {
    InputError::Spool {
        name: "a log that is not in the order of time".to_owned(),
        source,
    }
}

impl Sorter {
    pub(super) const BOUND: usize = 16 * 1024 * 1024;

    pub(super) fn new(bound: usize) -> Self {
        Sorter {
            bound,
            packed: Vec::new(),
            index: Vec::new(),
            file: None,
            runs: vec![0],
        }
    }

    /// Takes a record in.
    pub(super) fn add(&mut self, record: &Record) -> Result<(), InputError> {
        if self.packed.capacity() == 0 {
            // At once, and only what is used takes memory: while it grew it would be held twice.
            self.packed.reserve_exact(self.bound);
            self.index.reserve_exact(self.bound / size_of::<Indexed>() / 2);
        }
        let start = self.packed.len();
        pack(record, &mut self.packed);
        self.index.push((key(record), start, self.packed.len()));
        if self.packed.len() + self.index.len() * size_of::<Indexed>() > self.bound {
            self.put_aside().map_err(failure)?;
        }
        Ok(())
    }

    fn put_aside(&mut self) -> io::Result<()> {
        self.index.sort_unstable_by_key(|(key, ..)| *key);
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut to = BufWriter::with_capacity(128 * 1024, file);
        let mut written = 0;
        for (_, start, end) in self.index.drain(..) {
            let record = &self.packed[start..end];
            to.write_all(&(record.len() as u64).to_le_bytes())?;
            to.write_all(record)?;
            written += 8 + record.len() as u64;
        }
        self.file = Some(to.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.packed.clear();
        let end = self.runs.last().copied().unwrap_or_default() + written;
        self.runs.push(end);
        Ok(())
    }

    /// All records in their order.
    pub(super) fn finish(mut self) -> Result<Sorted, InputError> {
        if self.file.is_none() {
            self.index.sort_unstable_by_key(|(key, ..)| *key);
            return Ok(Sorted::Held(self, 0));
        }
        if !self.index.is_empty() {
            self.put_aside().map_err(failure)?;
        }
        let Some(file) = self.file else {
            return Ok(Sorted::Held(Sorter::new(self.bound), 0));
        };
        Merged::new(file, &self.runs).map(Sorted::Merged).map_err(failure)
    }
}

impl Sorted {
    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, InputError> {
        match self {
            Sorted::Held(sorter, at) => {
                let Some(&(_, start, end)) = sorter.index.get(*at) else {
                    return Ok(None);
                };
                *at += 1;
                unpacked(&sorter.packed[start..end]).map(Some).map_err(failure)
            }
            Sorted::Merged(merged) => merged.next().map_err(failure),
        }
    }
}

fn unpacked(bytes: &[u8]) -> io::Result<Record> {
    unpack(bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is not what was written to it"))
}

impl Merged {
    fn new(file: File, bounds: &[u64]) -> io::Result<Self> {
        /// Shared among the runs.
        const BUFFERS: usize = 8 * 1024 * 1024;
        let file = Arc::new(Mutex::new(file));
        let size = (BUFFERS / bounds.len().max(1)).clamp(4 * 1024, 128 * 1024);
        let mut runs = Vec::new();
        for bounds in bounds.windows(2) {
            let mut stored = Stored::Spool(Arc::clone(&file), 0);
            stored.seek(SeekFrom::Start(bounds[0]))?;
            runs.push(BufReader::with_capacity(size, stored.take(bounds[1] - bounds[0])));
        }
        let mut merged = Merged {
            heads: BinaryHeap::new(),
            records: runs.iter().map(|_| None).collect(),
            runs,
            bytes: Vec::new(),
        };
        for run in 0..merged.runs.len() {
            merged.take_from(run)?;
        }
        Ok(merged)
    }

    /// Takes the next record of a run, if there is one.
    fn take_from(&mut self, run: usize) -> io::Result<()> {
        let mut length = [0; 8];
        let from = &mut self.runs[run];
        if io::BufRead::fill_buf(from)?.is_empty() {
            return Ok(());
        }
        from.read_exact(&mut length)?;
        self.bytes.clear();
        from.take(u64::from_le_bytes(length)).read_to_end(&mut self.bytes)?;
        let record = unpacked(&self.bytes)?;
        self.heads.push(Reverse((key(&record), run)));
        self.records[run] = Some(record);
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        let Some(Reverse((_, run))) = self.heads.pop() else {
            return Ok(None);
        };
        let record = self.records[run].take();
        self.take_from(run)?;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::fixture::{outcomes, record};
    use crate::log::{Format, InputId};

    /// Records of all event types, at several instants.
    fn records(seconds: &[u8]) -> Vec<Record> {
        let kinds = [
            record("ping", ""),
            record("attack", r#""id": "a", "against": "UA", "kind": "threat""#),
            record("funding", r#""amount": "-100.5 USD", "remark": null"#),
            record("consultation", r#""between": ["US", "UA"], "topics": []"#),
            record(
                "mixed",
                r#""count": -1.5, "done": true, "level": "high", "numbers": [1, 2], "since": "0001-01-01T00:00:00.5Z", "day": "2024-02-29", "notice": "PT72H""#,
            ),
        ];
        let lines = seconds.iter().enumerate().map(|(at, second)| {
            let text = &kinds[at % kinds.len()];
            text.replace("10:00:00Z", &format!("10:00:{:02}Z", second % 60))
        });
        let text: String = lines.map(|line| line + "\n").collect();
        let mut records: Vec<Record> = outcomes(&text, Format::Jsonl).into_iter().map(Result::unwrap).collect();
        let (time, origin) = (records[0].time(), records[0].origin());
        let of_log = |input| Origin {
            input: InputId(input),
            ..origin
        };
        records.push(Record::Unasked {
            time,
            origin: of_log(7),
        });
        records.push(Record::Ignored {
            time,
            origin: of_log(8),
        });
        records
    }

    fn shown(records: &[Record]) -> Vec<String> {
        records.iter().map(|record| format!("{record:?}")).collect()
    }

    proptest! {
        #[test]
        fn records_come_in_their_order_whatever_is_held(
            seconds in prop::collection::vec(any::<u8>(), 1..40),
            bound in 0_usize..4000,
        ) {
            let mut records = records(&seconds);
            let mut sorter = Sorter::new(bound);
            for record in &records {
                sorter.add(record).unwrap();
            }
            let mut sorted = sorter.finish().unwrap();
            let mut found = Vec::new();
            while let Some(record) = sorted.next().unwrap() {
                found.push(record);
            }
            records.sort_by_key(key);
            prop_assert_eq!(shown(&found), shown(&records));
        }
    }

    #[test]
    fn what_is_damaged_is_no_record() {
        for record in &records(&[1, 2, 3, 4, 5]) {
            let mut bytes = Vec::new();
            pack(record, &mut bytes);
            assert_eq!(format!("{:?}", unpack(&bytes).unwrap()), format!("{record:?}"));
            for end in 0..bytes.len() {
                assert!(unpack(&bytes[..end]).is_none());
            }
        }
    }
}
