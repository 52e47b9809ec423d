//! Records of one or more lines, of bounded length.

use std::io::{self, BufRead, Read};

use super::stream::Stream;
use super::{InputError, InputId, Limits, Origin};

/// Reads lines into one buffer, which holds the lines of one record at a time.
pub(super) struct Lines {
    stream: Stream,
    input: InputId,
    limit: u64,
    /// The record's bytes as they are, its line ends included.
    buffer: Vec<u8>,
    /// How long the record is without its last line end.
    length: usize,
    /// Lines read so far.
    count: u64,
    /// The record's first line and first byte.
    start: (u64, u64),
    /// Bytes of the record that were passed over.
    passed_over: u64,
}

/// What reading a line came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// There is no further line.
    End,
    /// The buffer holds the record.
    Held,
    /// The record would be longer than the limit. It has been passed over up to the end of this line.
    TooLong,
}

impl Lines {
    pub(super) fn new(stream: Stream, input: InputId, limits: Limits) -> Self {
        Lines {
            stream,
            input,
            limit: u64::from(limits.record_bytes),
            buffer: Vec::new(),
            length: 0,
            count: 0,
            start: (0, 0),
            passed_over: 0,
        }
    }

    /// Bytes of text consumed so far.
    pub(super) fn position(&self) -> u64 {
        self.stream.position()
    }

    /// The record that is held, with all of its line ends.
    pub(super) fn held(&self) -> &[u8] {
        &self.buffer
    }

    /// The record that is held, without its last line end.
    pub(super) fn record(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Where the record is.
    pub(super) fn origin(&self) -> Origin {
        let length = self.length as u64 + self.passed_over;
        let (line, offset) = self.start;
        Origin {
            input: self.input,
            line,
            offset,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }

    /// Reads a line as the start of the next record.
    pub(super) fn next(&mut self) -> Result<Step, InputError> {
        self.buffer.clear();
        self.length = 0;
        self.passed_over = 0;
        self.start = (self.count + 1, self.stream.position());
        self.append().map_err(|error| self.stream.failure(error))
    }

    /// Reads a line as the continuation of this record.
    pub(super) fn more(&mut self) -> Result<Step, InputError> {
        self.append().map_err(|error| self.stream.failure(error))
    }

    /// Reads a line that is at hand as a whole, as most are. Whether it was.
    fn append_buffered(&mut self, room: u64) -> io::Result<bool> {
        let chunk = match self.stream.fill_buf() {
            // The long way reads on.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(false),
            chunk => chunk?,
        };
        let end = memchr::memchr(b'\n', chunk).map(|at| at + 1);
        let Some(end) = end.filter(|end| *end as u64 <= room) else {
            return Ok(false);
        };
        self.buffer.extend_from_slice(&chunk[..end]);
        self.stream.consume(end);
        Ok(true)
    }

    fn append(&mut self) -> io::Result<Step> {
        const LINE_END: u64 = 2;
        let room = (self.limit + LINE_END).saturating_sub(self.buffer.len() as u64);
        // Where there is no room at all, one byte still tells the end of the text from a line that is too long.
        let room = room.max(1);
        if !self.append_buffered(room)? {
            let mut limited = self.stream.by_ref().take(room);
            if limited.read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(Step::End);
            }
        }
        self.count += 1;
        self.length = without_end(&self.buffer).len();
        if self.length as u64 <= self.limit {
            return Ok(Step::Held);
        }
        let cut = !self.buffer.ends_with(b"\n");
        self.passed_over = self.length as u64;
        self.buffer.clear();
        self.length = 0;
        if cut {
            self.passed_over += self.stream.skip_until(b'\n')? as u64;
        }
        Ok(Step::TooLong)
    }
}

/// A line without its end.
fn without_end(line: &[u8]) -> &[u8] {
    match line {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] => line,
        line => line,
    }
}

/// How many line feeds there are.
pub(super) fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Format;
    use crate::log::fixture::inputs;

    fn lines(text: &str, record_bytes: u32) -> Lines {
        let limits = Limits {
            record_bytes,
            ..Limits::default()
        };
        let stream = inputs(text, Format::Jsonl).stream(InputId(0)).unwrap();
        Lines::new(stream, InputId(0), limits)
    }

    #[test]
    fn a_record_can_have_several_lines() {
        let mut lines = lines("a\r\nb\nc", 100);
        assert_eq!(lines.next().unwrap(), Step::Held);
        assert_eq!(lines.record(), b"a");
        assert_eq!(lines.more().unwrap(), Step::Held);
        assert_eq!(lines.record(), b"a\r\nb");
        assert_eq!(
            (lines.origin().line, lines.origin().offset, lines.origin().length),
            (1, 0, 4)
        );
        assert_eq!(lines.next().unwrap(), Step::Held);
        assert_eq!(
            (lines.origin().line, lines.origin().offset, lines.origin().length),
            (3, 5, 1)
        );
        assert_eq!(lines.more().unwrap(), Step::End);
        assert_eq!(lines.record(), b"c");
        assert_eq!(lines.next().unwrap(), Step::End);
    }

    #[test]
    fn the_limit_holds_for_all_lines_of_a_record_together() {
        for end in ["\n", "\r\n"] {
            let mut lines = lines(&format!("abc{end}d{end}e"), 3);
            assert_eq!(lines.next().unwrap(), Step::Held);
            assert_eq!(lines.more().unwrap(), Step::TooLong);
            assert_eq!(lines.record(), b"");
            assert!(lines.origin().length as usize >= 4 + end.len());
            assert_eq!(lines.next().unwrap(), Step::Held);
            assert_eq!((lines.record(), lines.origin().line), (&b"e"[..], 3));
        }
        let mut lines = lines("abc\r\n", 3);
        assert_eq!(lines.next().unwrap(), Step::Held);
        assert_eq!(lines.more().unwrap(), Step::End);
    }

    #[test]
    fn feeds_are_counted() {
        assert_eq!(line_feeds(b"\na\n\n"), 3);
    }
}
