//! Records of which nobody asks more than when they are, taken together.

use super::Origin;
use crate::time::Instant;

/// Records that follow one another in the order of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    /// The instant of the first one, and where it is.
    pub(super) first: (Instant, Origin),
    /// The instant of the last one.
    pub(super) last: Instant,
    /// How many they are.
    pub(super) records: u64,
}

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
    /// `None` where each record is wanted for itself.
    span: Option<Span>,
    /// How long a line may be with its end.
    most: usize,
    passed: Option<Passed>,
    /// The bytes of what was passed, with the line ends.
    length: usize,
}

impl Passing {
    #[inline]
    pub(super) fn new(start: Origin, span: Option<Span>, most: usize) -> Self {
        Passing {
            start,
            span,
            most,
            passed: None,
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
        let Origin {
            input,
            line,
            offset,
            length,
        } = self.start;
        Origin {
            input,
            line: line + self.passed.map_or(0, |passed| passed.records),
            offset: offset + self.length as u64,
            length,
        }
    }

    /// Passes a line of so many bytes, its end included. Whether that may be: a record may be wanted for itself, as one is that is earlier than the one
    /// before it.
    #[inline]
    pub(super) fn pass(&mut self, time: Instant, length: usize) -> bool {
        let Some(Span { from, to }) = &mut self.span else {
            return false;
        };
        if time < *from || time > *to || length > self.most {
            return false;
        }
        *from = time;
        match &mut self.passed {
            Some(passed) => {
                passed.last = time;
                passed.records += 1;
            }
            None => {
                self.passed = Some(Passed {
                    first: (time, self.start),
                    last: time,
                    records: 1,
                });
            }
        }
        self.length += length;
        true
    }

    /// What was passed, and how many bytes that is.
    #[inline]
    pub(super) fn passed(&self) -> Option<(Passed, usize)> {
        self.passed.map(|passed| (passed, self.length))
    }
}
