//! Records of which nobody asks more than when they are, taken together.

use super::Origin;
use super::blocks::Block;
use super::pieces::Taker;
use crate::time::Instant;

/// From when to when records may be that are taken together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Instant,
    pub(super) to: Instant,
}

/// Passes over lines, as far as each of them is a record of which nobody asks more.
#[derive(Debug)]
pub(super) struct Passing {
    /// Where the first of the lines starts.
    start: Origin,
    /// How late a record may be; `None` where each is wanted for itself.
    to: Option<Instant>,
    /// How long a line may be with its end.
    most: usize,
    /// The instants of the first and the last one that was passed.
    first: Instant,
    last: Instant,
    records: u64,
    /// The bytes of what was passed, with the line ends.
    length: usize,
}

impl Passing {
    #[inline]
    pub(super) fn new(start: Origin, span: Option<Span>, most: usize) -> Self {
        let from = span.map_or(Instant::MIN, |span| span.from);
        Passing {
            start,
            to: span.map(|span| span.to),
            most,
            first: from,
            last: from,
            records: 0,
            length: 0,
        }
    }

    /// What of the lines has not been passed.
    #[inline]
    pub(super) fn rest<'t>(&self, lines: &'t str) -> Option<&'t str> {
        lines.get(self.length..)
    }

    /// Where the rest of the lines starts.
    #[inline]
    pub(super) fn origin(&self) -> Origin {
        Origin {
            line: self.start.line + self.records,
            offset: self.start.offset + self.length as u64,
            ..self.start
        }
    }

    /// Passes a line of so many bytes, its end included. Whether that may be: a record may be wanted for itself, as one is that is earlier than the one
    /// before it.
    #[inline]
    pub(super) fn pass(&mut self, time: Instant, length: usize) -> bool {
        let is_within = self.to.is_some_and(|to| (self.last..=to).contains(&time));
        if !is_within || length > self.most {
            return false;
        }
        if self.records == 0 {
            self.first = time;
        }
        self.last = time;
        self.records += 1;
        self.length += length;
        true
    }

    /// Hands on what was passed, and leaves it behind in its block.
    #[inline]
    pub(super) fn hand_on(&self, block: &mut Block, taker: &mut impl Taker) {
        if self.records > 0 {
            block.pass_lines(self.records, self.length);
            taker.pass(self);
        }
    }

    /// How many records were passed, one on each line.
    #[inline]
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// How many bytes they take.
    #[cfg(test)]
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The instant of the first of them, and where it starts.
    #[inline]
    pub(super) fn first(&self) -> (Instant, Origin) {
        (self.first, self.start)
    }

    /// The instant of the last of them.
    #[inline]
    pub(super) fn last(&self) -> Instant {
        self.last
    }
}
