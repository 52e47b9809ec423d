//! The form that records are written in: what stands between their values.
//!
//! A program mostly writes all records of a type alike. Their form is learnt from one that was taken apart, and where the next one has it too, only its
//! values are looked at. What has the form comes to the same values as by [`Scan`](super::json_scan::Scan); what has not may still be JSON.

use super::fixed::Fixed;
use super::json_scan::{Cursor, Entry, Kind, plain_length};

/// What stands before a value, and what the value is.
#[derive(Debug)]
pub(super) struct Part {
    before: Fixed,
    kind: Kind,
}

impl Part {
    /// Those of entries that follow one another, from a place in front of them; `None` if it is no use to know them.
    pub(super) fn all(text: &str, from: usize, entries: &[Entry]) -> Option<Vec<Part>> {
        let mut from = from;
        let part = |entry: &Entry| {
            let (start, end) = entry.value();
            let start = match entry.kind {
                Kind::Text => start + 1,
                Kind::Number => start,
                Kind::Null | Kind::True | Kind::False | Kind::EscapedText | Kind::Compound => return None,
            };
            let before = Fixed::new(text.as_bytes().get(from..start)?);
            from = end;
            Some(Part {
                before,
                kind: entry.kind,
            })
        };
        entries.iter().map(part).collect()
    }

    /// What the value is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// What follows what stands before the value: the value, a text without its first quote.
    #[inline]
    pub(super) fn come_to<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        self.before.pass(text)
    }

    /// The value, a text without its quotes, which starts where so much of a text is left, and what follows it.
    pub(super) fn take<'t>(&self, text: &'t str, left: &[u8]) -> Option<(Taken<'t>, &'t [u8])> {
        let start = text.len().checked_sub(left.len())?;
        let (end, quote) = if self.kind == Kind::Text {
            (start + plain_length(left)?, 1)
        } else {
            let mut cursor = Cursor::new(text, start);
            cursor.number()?;
            (cursor.place(), 0)
        };
        let taken = Taken {
            text: text.get(start..end)?,
            start,
        };
        Some((taken, text.as_bytes().get(end + quote..)?))
    }
}

/// A value as it is written, a text without its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken<'t> {
    pub(super) text: &'t str,
    /// The place of its first byte.
    pub(super) start: usize,
}

/// A form that was learnt, and another one in its place once it is not met any more.
#[derive(Debug)]
pub(super) struct Learnt<F> {
    form: Option<F>,
    /// How often it was not met since it was met last.
    misses: u8,
}

impl<F> Default for Learnt<F> {
    fn default() -> Self {
        Learnt { form: None, misses: 0 }
    }
}

impl<F> Learnt<F> {
    #[inline]
    pub(super) fn known(&self) -> Option<&F> {
        self.form.as_ref()
    }

    /// Says that the form was met.
    #[inline]
    pub(super) fn met(&mut self) {
        self.misses = 0;
    }

    /// Says that the form was not met, for another one to be learnt once that is so too often.
    pub(super) fn missed(&mut self, form: impl FnOnce() -> Option<F>) {
        const MOST_MISSES: u8 = 16;
        self.misses += 1;
        if self.form.is_none() || self.misses == MOST_MISSES {
            self.form = form();
            self.misses = 0;
        }
    }
}
