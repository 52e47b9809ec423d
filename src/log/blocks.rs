//! Whole lines of a log, many at a time: so many that the work for each block does not count, and so few that a block stays in the caches.

use std::io::BufRead;

use super::stream::Stream;
use super::{InputError, InputId, Limits, Origin};

/// Cuts a log into blocks of whole lines, of bounded length.
pub(super) struct Blocks {
    stream: Stream,
    input: InputId,
    limit: usize,
    /// How long a block is at least, where the log goes on.
    size: usize,
    /// Lines before the next block.
    lines: u64,
    /// The start of a line whose end has not been read.
    rest: Vec<u8>,
    /// What kept the log from being read on, to be told after what was read before.
    failure: Option<InputError>,
}

/// What comes next in a log.
pub(super) enum Piece {
    /// Whole lines.
    Lines(Block),
    /// A line that is longer than the limit, and has been passed over.
    TooLong(Origin),
}

/// Lines that follow one another.
#[derive(Debug)]
pub(super) struct Block {
    input: InputId,
    bytes: Bytes,
    /// The first byte that has not been taken.
    at: usize,
    /// The number of the line that starts there.
    line: u64,
    /// Where the block starts in the log.
    offset: u64,
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

/// A line without its end: text, or what may be none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line<'b> {
    Text(&'b str),
    Bytes(&'b [u8]),
}

impl Blocks {
    pub(super) fn new(stream: Stream, input: InputId, limits: Limits, size: usize) -> Self {
        Blocks {
            stream,
            input,
            limit: usize::try_from(limits.record_bytes).unwrap_or(usize::MAX),
            size,
            lines: 0,
            rest: Vec::new(),
            failure: None,
        }
    }

    /// Bytes of text read so far.
    pub(super) fn position(&self) -> u64 {
        self.stream.position() - self.rest.len() as u64
    }

    /// The next lines, written into the memory of a block that is done with; `None` at the end of the log.
    pub(super) fn next(&mut self, done: Option<Block>) -> Result<Option<Piece>, InputError> {
        const LINE_END: usize = 2;
        let mut bytes = done.map(|block| block.bytes.memory()).unwrap_or_default();
        bytes.clear();
        bytes.append(&mut self.rest);
        let offset = self.stream.position() - bytes.len() as u64;
        // Behind the last line end.
        let mut end = 0;
        loop {
            let searched = bytes.len();
            let goes_on = self.fill(&mut bytes);
            if let Some(at) = memchr::memrchr(b'\n', &bytes[searched..]) {
                end = searched + at + 1;
            }
            if !goes_on {
                break;
            }
            if end == 0 && bytes.len() > self.limit.saturating_add(LINE_END) {
                return self.pass_over(&bytes, offset).map(Some);
            }
            if end > 0 && bytes.len() >= self.size {
                self.rest.extend_from_slice(&bytes[end..]);
                bytes.truncate(end);
                break;
            }
        }
        if let Some(failure) = self.failure.take() {
            // A line that was cut off by the failure is no record.
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
        self.lines += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Piece::Lines(Block {
            input: self.input,
            bytes: Bytes::Any(bytes),
            at: 0,
            line,
            offset,
        })))
    }

    /// Reads on. Whether there was something to be read.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> bool {
        if self.failure.is_some() {
            return false;
        }
        let wanted = match self.size.saturating_sub(bytes.len()) {
            0 => self.size,
            wanted => wanted,
        };
        match self.stream.fill_buf() {
            Ok(chunk) => {
                let taken = chunk.len().min(wanted);
                bytes.extend_from_slice(&chunk[..taken]);
                self.stream.consume(taken);
                taken > 0
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => true,
            Err(error) => {
                self.failure = Some(self.stream.failure(error));
                false
            }
        }
    }

    /// Passes over the rest of a line that is too long.
    fn pass_over(&mut self, start: &[u8], offset: u64) -> Result<Piece, InputError> {
        let length = self.rest_of_line(start).map_err(|error| self.stream.failure(error))?;
        self.lines += 1;
        Ok(Piece::TooLong(Origin {
            input: self.input,
            line: self.lines,
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

impl Block {
    /// Finds out whether all lines are text. It takes less than to ask each of them.
    pub(super) fn examine(&mut self) {
        if let Bytes::Any(bytes) = &mut self.bytes {
            let bytes = std::mem::take(bytes);
            self.bytes = String::from_utf8(bytes).map_or_else(|error| Bytes::Broken(error.into_bytes()), Bytes::Text);
        }
    }

    /// The next line, and where it is.
    #[inline]
    pub(super) fn next(&mut self) -> Option<(Line<'_>, Origin)> {
        let all = self.bytes.all();
        let start = self.at;
        let rest = all.get(start..).filter(|rest| !rest.is_empty())?;
        let mut end = all.len();
        self.at = end;
        if let Some(length) = memchr::memchr(b'\n', rest) {
            end = start + length;
            self.at = end + 1;
            end -= usize::from(rest[..length].ends_with(b"\r"));
        }
        let origin = Origin {
            input: self.input,
            line: self.line,
            offset: self.offset + start as u64,
            length: u32::try_from(end - start).unwrap_or(u32::MAX),
        };
        self.line += 1;
        let line = match &self.bytes {
            Bytes::Text(text) => Line::Text(text.get(start..end)?),
            Bytes::Any(bytes) | Bytes::Broken(bytes) => Line::Bytes(bytes.get(start..end)?),
        };
        Some((line, origin))
    }
}
