//! Whole records of a log of lines, many at a time.

use std::io::{BufRead, Read};

use super::line_ends::{RowEnds, end_of, line_feeds};
use super::problem::Problem;
use super::reader::utf8;
use super::stream::Stream;
use super::{InputError, InputId, Limits, Origin};

/// So many that the work for a block does not count, and so few that it stays in the caches.
pub(super) const BLOCK_BYTES: usize = 128 * 1024;

/// Cuts a log into blocks of whole records, of bounded length.
pub(super) struct Blocks {
    stream: Stream,
    input: InputId,
    limit: usize,
    /// `None` where each line is a record.
    rows: Option<Rows>,
    /// How long a block is at least, where the log goes on.
    size: usize,
    /// Lines before the next block.
    lines: u64,
    /// The start of a line whose end has not been read.
    rest: Vec<u8>,
    /// What kept the log from being read on, to be told after what was read before.
    failure: Option<InputError>,
}

/// Finds where rows end that go on over line ends inside quotes.
struct Rows {
    ends: RowEnds,
    /// Up to which byte whole lines were looked at.
    seen: usize,
}

/// What comes next in a log.
pub(super) enum Piece {
    /// Whole records.
    Block(Block),
    /// A record that is longer than the limit, and has been passed over.
    TooLong(Origin),
}

/// Records that follow one another, of whole lines.
#[derive(Debug)]
pub(super) struct Block {
    input: InputId,
    bytes: Bytes,
    /// Where its first record is.
    first: Place,
    /// Where the first record is that has not been taken.
    next: Place,
    /// Where the block starts in the log.
    offset: u64,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// The first byte in the block.
    at: usize,
    /// The number of the line that starts there.
    line: u64,
}

/// What lines are made of.
#[derive(Debug)]
enum Bytes {
    /// Nobody has looked whether they are text.
    Any(Vec<u8>),
    Text(String),
    /// Somewhere in them is what is no text.
    Broken(Vec<u8>),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Bytes::Any(bytes) | Bytes::Broken(bytes) => bytes,
            Bytes::Text(text) => text.as_bytes(),
        }
    }

    fn memory(self) -> Vec<u8> {
        match self {
            Bytes::Any(bytes) | Bytes::Broken(bytes) => bytes,
            Bytes::Text(text) => text.into_bytes(),
        }
    }
}

/// A record without its last line end: text, or what may be none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line<'b> {
    Text(&'b str),
    Bytes(&'b [u8]),
}

impl<'b> Line<'b> {
    /// The text that it is, or the problem that it is none.
    #[inline]
    pub(super) fn text(self, origin: Origin) -> Result<&'b str, Vec<Problem>> {
        match self {
            Line::Text(text) => Ok(text),
            Line::Bytes(bytes) => utf8(bytes, origin),
        }
    }

    /// Whether nothing but white space is in it.
    #[inline]
    pub(super) fn is_blank(self) -> bool {
        let bytes = match self {
            Line::Text(text) => text.as_bytes(),
            Line::Bytes(bytes) => bytes,
        };
        bytes.iter().all(u8::is_ascii_whitespace)
    }
}

impl Blocks {
    /// Blocks of so many bytes at least of which each line is a record.
    pub(super) fn of_lines(stream: Stream, input: InputId, limits: Limits, size: usize) -> Self {
        Blocks {
            stream,
            input,
            limit: usize::try_from(limits.record_bytes).unwrap_or(usize::MAX),
            rows: None,
            size,
            lines: 0,
            rest: Vec::new(),
            failure: None,
        }
    }

    /// As [`Blocks::of_lines`], where the records are rows of CSV.
    pub(super) fn of_rows(stream: Stream, input: InputId, limits: Limits, size: usize) -> Self {
        let rows = Rows {
            ends: RowEnds::new(limits),
            seen: 0,
        };
        Blocks {
            rows: Some(rows),
            ..Blocks::of_lines(stream, input, limits, size)
        }
    }

    /// Bytes of text read so far.
    pub(super) fn position(&self) -> u64 {
        self.stream.position() - self.rest.len() as u64
    }

    /// The next records, written into the memory of a block that is done with; `None` at the end of the log.
    pub(super) fn next(&mut self, done: Option<Block>) -> Result<Option<Piece>, InputError> {
        const LINE_END: usize = 2;
        // With room for a record that is not over where what is read at once is.
        let memory = || Vec::with_capacity(2 * self.size);
        let mut room = Room::new(done.map_or_else(memory, |block| block.bytes.memory()), &self.rest);
        self.rest.clear();
        let offset = self.stream.position() - room.filled as u64;
        // Behind the last record.
        let mut end = 0;
        loop {
            let searched = room.filled;
            let goes_on = self.fill(&mut room);
            let bytes = room.bytes();
            let found = match &mut self.rows {
                None => memchr::memrchr(b'\n', &bytes[searched..]).map(|at| searched + at + 1),
                Some(rows) => rows.last_end(bytes, searched),
            };
            end = found.unwrap_or(end);
            if !goes_on {
                break;
            }
            if end == 0 && bytes.len() > self.limit.saturating_add(LINE_END) {
                return self.pass_over(bytes, offset).map(Some);
            }
            if end > 0 && bytes.len() >= self.size {
                self.rest.extend_from_slice(&bytes[end..]);
                room.filled = end;
                break;
            }
        }
        let mut bytes = room.into_bytes();
        if let Some(rows) = &mut self.rows {
            rows.seen = rows.seen.saturating_sub(bytes.len());
        }
        if let Some(failure) = self.failure.take() {
            // A record that was cut off by the failure is no record.
            bytes.truncate(end);
            if bytes.is_empty() {
                return Err(failure);
            }
            self.failure = Some(failure);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let line = self.lines + 1;
        self.lines += line_feeds(&bytes);
        let first = Place { at: 0, line };
        Ok(Some(Piece::Block(Block {
            input: self.input,
            bytes: Bytes::Any(bytes),
            first,
            next: first,
            offset,
        })))
    }

    /// Reads on. Whether there was something to be read.
    fn fill(&mut self, room: &mut Room) -> bool {
        if self.failure.is_some() {
            return false;
        }
        // No less than a stream would read ahead, so that it reads to here at once.
        match self.stream.read(room.free(self.size)) {
            Ok(count) => {
                room.filled += count;
                count > 0
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => true,
            Err(error) => {
                self.failure = Some(self.stream.failure(error));
                false
            }
        }
    }

    /// Passes over a record that is too long, up to the end of the line that it has come to.
    fn pass_over(&mut self, start: &[u8], offset: u64) -> Result<Piece, InputError> {
        let length = self.rest_of_line(start).map_err(|error| self.stream.failure(error))?;
        if let Some(rows) = &mut self.rows {
            rows.ends.restart();
            rows.seen = 0;
        }
        let line = self.lines + 1;
        self.lines = line + line_feeds(start);
        Ok(Piece::TooLong(Origin {
            input: self.input,
            line,
            offset,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }))
    }

    /// Consumes the rest of a line. Gives the length of all of it, without its end.
    fn rest_of_line(&mut self, start: &[u8]) -> std::io::Result<usize> {
        let (mut length, mut last) = (start.len(), start.last().copied());
        loop {
            let chunk = match self.stream.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                return Ok(length);
            }
            let end = memchr::memchr(b'\n', chunk);
            let taken = end.unwrap_or(chunk.len());
            last = chunk[..taken].last().copied().or(last);
            length += taken;
            self.stream.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(length - usize::from(last == Some(b'\r')));
            }
        }
    }
}

/// Memory that is filled from its start. Whatever it held is written over, and not cleared before.
struct Room {
    memory: Vec<u8>,
    filled: usize,
}

impl Room {
    fn new(mut memory: Vec<u8>, start: &[u8]) -> Self {
        let (over, behind) = start.split_at(start.len().min(memory.len()));
        memory[..over.len()].copy_from_slice(over);
        memory.extend_from_slice(behind);
        Room {
            memory,
            filled: start.len(),
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.memory[..self.filled]
    }

    /// So many bytes behind those that are filled.
    fn free(&mut self, size: usize) -> &mut [u8] {
        let end = self.filled + size;
        if self.memory.len() < end {
            self.memory.resize(end, 0);
        }
        &mut self.memory[self.filled..end]
    }

    fn into_bytes(mut self) -> Vec<u8> {
        self.memory.truncate(self.filled);
        self.memory
    }
}

impl Rows {
    /// Behind the last row that ends in these bytes, if any does past those that have been searched.
    fn last_end(&mut self, bytes: &[u8], searched: usize) -> Option<usize> {
        let last = searched + memchr::memrchr(b'\n', &bytes[searched..])? + 1;
        let lines = &bytes[self.seen..last];
        let mut end = self.seen;
        if self.ends.are_ends(lines) {
            end = last;
        } else {
            let mut at = self.seen;
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                at += line.len();
                if !self.ends.goes_on(line) {
                    end = at;
                }
            }
        }
        let is_new = end > self.seen;
        self.seen = last;
        is_new.then_some(end)
    }
}

impl Block {
    /// Goes to the first record. Finds out whether all lines are text, which takes less than to ask each of them.
    pub(super) fn begin(&mut self) {
        self.next = self.first;
        if let Bytes::Any(bytes) = &mut self.bytes {
            let bytes = std::mem::take(bytes);
            self.bytes = String::from_utf8(bytes).map_or_else(|error| Bytes::Broken(error.into_bytes()), Bytes::Text);
        }
    }

    /// How many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.all().len()
    }

    /// Leaves out what was taken so far, so that the first record is the next one.
    pub(super) fn leave_taken(&mut self) {
        self.first = self.next;
    }

    /// Whether a byte is somewhere in what has not been taken.
    pub(super) fn has(&self, byte: u8) -> bool {
        let rest = self.bytes.all().get(self.next.at..);
        rest.is_some_and(|rest| memchr::memchr(byte, rest).is_some())
    }

    /// All lines that have not been taken, if they are text, and where the first of them starts, whose length is not told.
    #[inline]
    pub(super) fn lines(&self) -> Option<(&str, Origin)> {
        let Bytes::Text(text) = &self.bytes else {
            return None;
        };
        let Place { at, line } = self.next;
        let origin = Origin {
            input: self.input,
            line,
            offset: self.offset + at as u64,
            length: 0,
        };
        Some((text.get(at..)?, origin))
    }

    /// Goes on behind so many lines of so many bytes, their ends included.
    #[inline]
    pub(super) fn pass_lines(&mut self, lines: u64, length: usize) {
        self.next.at += length;
        self.next.line += lines;
    }

    /// The next line, and where it is.
    #[inline]
    pub(super) fn next_line(&mut self) -> Option<(Line<'_>, Origin)> {
        self.next(|_| false)
    }

    /// The next record, of as many lines as it goes on for, and where it is.
    #[inline]
    pub(super) fn next(&mut self, mut goes_on: impl FnMut(&[u8]) -> bool) -> Option<(Line<'_>, Origin)> {
        let all = self.bytes.all();
        let Place { at: start, line } = self.next;
        let mut rest = all.get(start..).filter(|rest| !rest.is_empty())?;
        let end = loop {
            let length = memchr::memchr(b'\n', rest);
            let (present, after) = rest.split_at(length.map_or(rest.len(), |length| length + 1));
            self.next.line += 1;
            self.next.at += present.len();
            rest = after;
            if !goes_on(present) || rest.is_empty() {
                break self.next.at - end_of(present);
            }
        };
        let origin = Origin {
            input: self.input,
            line,
            offset: self.offset + start as u64,
            length: u32::try_from(end - start).unwrap_or(u32::MAX),
        };
        let record = match &self.bytes {
            Bytes::Text(text) => Line::Text(text.get(start..end)?),
            Bytes::Any(bytes) | Bytes::Broken(bytes) => Line::Bytes(bytes.get(start..end)?),
        };
        Some((record, origin))
    }
}
