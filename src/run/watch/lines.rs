//! Cutting what comes in pieces into lines, which are not judged before they are whole.

use crate::log::{InputId, Origin};

/// Where a source has been read up to: the next record starts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// How many files came before the present one.
    pub generation: u32,
    /// The offset in the present file, in bytes.
    pub offset: u64,
    /// The lines before it, in the present file; in a stream of messages, the number of the last message less one.
    pub line: u64,
}

impl Position {
    /// The start of the next file.
    #[must_use]
    pub(super) fn next_file(self) -> Position {
        Position {
            generation: self.generation.saturating_add(1),
            offset: 0,
            line: 0,
        }
    }
}

/// A line without its end, and where it was read.
#[derive(Debug)]
pub(super) enum Line<'a> {
    /// As it is.
    Whole(&'a [u8], Origin),
    /// It is longer than is held, and was passed over.
    TooLong(Origin),
}

/// Holds what has come of a line that is not whole.
#[derive(Debug)]
pub(super) struct Cutter {
    buffer: Vec<u8>,
    /// Where the first line that has not been given out begins in the buffer.
    start: usize,
    /// Up to where the buffer has been searched for a line end.
    searched: usize,
    /// The place of `start`.
    position: Position,
    longest: usize,
    /// How many bytes of a line that is too long were passed over.
    dropped: u64,
    /// Whether the last of them was a carriage return.
    dropped_return: bool,
    /// How much the number of a line is above that of the line before.
    step: u64,
}

impl Cutter {
    /// Begins at a place, with lines of so many bytes at most.
    pub(super) fn new(position: Position, longest: u32) -> Self {
        Cutter {
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            position,
            longest: usize::try_from(longest).unwrap_or(usize::MAX),
            dropped: 0,
            dropped_return: false,
            step: 1,
        }
    }

    /// Where the first line begins that has not been given out.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// How many bytes of a line that is not whole have come.
    pub(super) fn held(&self) -> u64 {
        self.dropped + (self.buffer.len() - self.start) as u64
    }

    /// Takes in what has come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
        if self.searched == self.buffer.len() || memchr::memchr(b'\n', &self.buffer[self.searched..]).is_some() {
            return;
        }
        self.searched = self.buffer.len();
        // Room for a carriage return, which may turn out to be part of the line's end.
        if self.buffer.len() > self.longest.saturating_add(1) {
            self.dropped += self.buffer.len() as u64;
            self.dropped_return = self.buffer.ends_with(b"\r");
            self.buffer.clear();
            self.searched = 0;
        }
    }

    /// Takes in all of a message. Its lines have its number, in the place of numbers of their own.
    pub(super) fn push_message(&mut self, bytes: &[u8], sequence: u64) {
        self.position.line = sequence.saturating_sub(1);
        self.step = 0;
        self.push(bytes);
    }

    /// The next line that is whole.
    pub(super) fn next(&mut self) -> Option<Line<'_>> {
        let end = self.searched + memchr::memchr(b'\n', &self.buffer[self.searched..])?;
        Some(self.cut(end, 1))
    }

    /// What has come of the last line of a file to which nothing is added any more.
    pub(super) fn rest(&mut self) -> Option<Line<'_>> {
        (self.held() > 0).then(|| self.cut(self.buffer.len(), 0))
    }

    /// Goes on at the start of the next file.
    pub(super) fn next_file(&mut self) {
        *self = Cutter {
            buffer: std::mem::take(&mut self.buffer),
            ..Cutter::new(
                self.position.next_file(),
                u32::try_from(self.longest).unwrap_or(u32::MAX),
            )
        };
        self.buffer.clear();
    }

    fn cut(&mut self, end: usize, line_end: usize) -> Line<'_> {
        let line = &self.buffer[self.start..end];
        let dropped = std::mem::take(&mut self.dropped);
        // A carriage return before the line's end belongs to the end.
        let is_return_dropped = line.is_empty() && dropped > 0 && self.dropped_return;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let length = line.len() as u64 + dropped - u64::from(is_return_dropped);
        let origin = Origin {
            input: InputId(self.position.generation),
            line: self.position.line + 1,
            offset: self.position.offset,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        };
        self.position.offset += dropped + (end + line_end - self.start) as u64;
        self.position.line += self.step;
        self.start = end + line_end;
        self.searched = self.start;
        if dropped > 0 || line.len() > self.longest {
            Line::TooLong(origin)
        } else {
            Line::Whole(line, origin)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]], longest: u32) -> Vec<(Option<String>, u64, u64, u32)> {
        let mut cutter = Cutter::new(Position::default(), longest);
        let mut lines = Vec::new();
        let mut keep = |line: Line<'_>| {
            lines.push(match line {
                Line::Whole(text, origin) => (
                    Some(String::from_utf8_lossy(text).into_owned()),
                    origin.line,
                    origin.offset,
                    origin.length,
                ),
                Line::TooLong(origin) => (None, origin.line, origin.offset, origin.length),
            });
        };
        for piece in pieces {
            cutter.push(piece);
            while let Some(line) = cutter.next() {
                keep(line);
            }
        }
        if let Some(line) = cutter.rest() {
            keep(line);
        }
        lines
    }

    #[test]
    fn lines_come_when_they_are_whole() {
        let mut cutter = Cutter::new(Position::default(), 100);
        cutter.push(b"on");
        assert!(cutter.next().is_none());
        cutter.push(b"e\r\ntw");
        assert!(matches!(cutter.next(), Some(Line::Whole(b"one", _))));
        assert!(cutter.next().is_none());
        assert_eq!(
            (cutter.position().offset, cutter.position().line, cutter.held()),
            (5, 1, 2)
        );
        cutter.next_file();
        assert_eq!(cutter.position().generation, 1);
        assert!(cutter.rest().is_none());
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_not_held() {
        let long = [b'x'; 1000];
        let lines = cut(&[b"a\n", &long, &long, b"\nb\n"], 10);
        assert_eq!(
            lines,
            [
                (Some("a".to_owned()), 1, 0, 1),
                (None, 2, 2, 2000),
                (Some("b".to_owned()), 3, 2003, 1)
            ]
        );
        assert_eq!(cut(&[b"0123456789\r\n"], 10)[0].0.as_deref(), Some("0123456789"));
        assert_eq!(cut(&[b"0123456789a\n"], 10)[0].0, None);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[a-c\r\n]{0,60}", cuts in prop::collection::vec(1_usize..7, 0..40), longest in 0_u32..12) {
            let whole = cut(&[text.as_bytes()], longest);
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(&cut(&pieces, longest), &whole);
            // Every byte belongs to one line.
            let ends: Vec<&str> = text.split('\n').collect();
            let expected = ends.iter().filter(|line| !line.is_empty()).count();
            prop_assert!(whole.len() >= expected && whole.len() <= ends.len());
        }
    }
}
