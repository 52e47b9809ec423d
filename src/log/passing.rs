//! Records of which nobody asks more than when they are, taken together.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::amend::Record;
use super::blocks::Block;
use super::pieces::Taker;
use super::reader::Outcome;
use super::{Event, Origin};
use crate::time::Instant;

/// From when to when records may be that are taken together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Instant,
    pub(super) to: Instant,
}

/// Goes from line to line, each of which is a record, and takes those together of which nobody asks more than when they are.
#[derive(Debug)]
pub(super) struct Passing {
    /// Where the next line starts.
    next: Origin,
    /// Of the lines before it, with their ends.
    bytes: usize,
    lines: u64,
    /// How late a record may be; `None` where each is wanted for itself.
    to: Option<Instant>,
    /// How long a line may be with its end.
    most: usize,
    passed: Passed,
}

/// Records that follow one another, one on each line, of which nobody asks more.
#[derive(Debug)]
pub(super) struct Passed {
    /// Where the first of them starts.
    start: Origin,
    /// The instants of the first and the last one; that of the record before them, where there is none.
    first: Instant,
    last: Instant,
    records: u64,
}

impl Passed {
    /// How many they are.
    #[inline]
    pub(super) fn records(&self) -> u64 {
        self.records
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

impl Passing {
    /// Before lines that start at a place, none of which may be longer with its end than `most` bytes.
    #[inline]
    pub(super) fn new(start: Origin, span: Option<Span>, most: usize) -> Self {
        let from = span.map_or(Instant::MIN, |span| span.from);
        Passing {
            next: start,
            bytes: 0,
            lines: 0,
            to: span.map(|span| span.to),
            most,
            passed: Passed {
                start,
                first: from,
                last: from,
                records: 0,
            },
        }
    }

    /// What of the lines it has not gone past.
    #[inline]
    pub(super) fn rest<'t>(&self, lines: &'t str) -> Option<&'t str> {
        lines.get(self.bytes..)
    }

    /// Where the rest of the lines starts.
    #[inline]
    pub(super) fn origin(&self) -> Origin {
        self.next
    }

    /// Whether a line of so many bytes may be taken, its end included.
    #[inline]
    pub(super) fn admits(&self, length: usize) -> bool {
        length <= self.most
    }

    #[inline]
    fn go_past(&mut self, length: usize) {
        self.bytes += length;
        self.lines += 1;
        self.next.line += 1;
        self.next.offset += length as u64;
    }

    /// Goes past a line of so many bytes with its end, whose record nobody asks for. It is taken for itself, with where it is, if it is wanted so, as one
    /// is that is earlier than the one before it.
    #[inline]
    pub(super) fn pass(
        &mut self,
        time: Instant,
        length: usize,
        origin: impl FnOnce() -> Origin,
        taker: &mut impl Taker,
    ) -> ControlFlow<()> {
        if !self.to.is_some_and(|to| (self.passed.last..=to).contains(&time)) {
            let origin = origin();
            return self.take(Ok(Record::Unasked { time, origin }), length, taker);
        }
        if self.passed.records == 0 {
            (self.passed.start, self.passed.first) = (self.next, time);
        }
        self.passed.last = time;
        self.passed.records += 1;
        self.go_past(length);
        ControlFlow::Continue(())
    }

    /// Goes past the line of a record, which is taken, or passed if nobody asks for it.
    #[inline]
    pub(super) fn record(&mut self, record: Record, length: usize, taker: &mut impl Taker) -> ControlFlow<()> {
        match record {
            Record::Event(event) => self.event(event, length, taker),
            Record::Unasked { time, origin } => self.pass(time, length, || origin, taker),
            record => self.take(Ok(record), length, taker),
        }
    }

    /// Goes past the line of an event, which is taken.
    #[inline]
    pub(super) fn event(&mut self, event: Arc<Event>, length: usize, taker: &mut impl Taker) -> ControlFlow<()> {
        self.come_to(event.time, length, taker);
        taker.event(event)
    }

    /// Goes past the line of any record, whose outcome is taken for itself.
    #[inline(never)]
    pub(super) fn take(&mut self, outcome: Outcome, length: usize, taker: &mut impl Taker) -> ControlFlow<()> {
        match &outcome {
            Ok(record) => self.come_to(record.time(), length, taker),
            Err(_) => {
                self.hand_on(taker);
                self.go_past(length);
            }
        }
        taker.take(outcome)
    }

    #[inline]
    fn come_to(&mut self, time: Instant, length: usize, taker: &mut impl Taker) {
        self.hand_on(taker);
        self.passed.last = time;
        self.go_past(length);
    }

    /// Hands on what was passed.
    #[inline]
    pub(super) fn hand_on(&mut self, taker: &mut impl Taker) {
        if self.passed.records > 0 {
            taker.pass(&self.passed);
            self.passed.records = 0;
        }
    }

    /// Hands on what is left, and leaves the lines behind in their block.
    #[inline]
    pub(super) fn end(mut self, block: &mut Block, taker: &mut impl Taker) {
        self.hand_on(taker);
        block.pass_lines(self.lines, self.bytes);
    }
}
