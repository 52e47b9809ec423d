//! How far a record goes that a text starts with.

use super::Origin;
use super::line_ends::{end_of, line_feed};

/// What of a text is the record that it starts with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Extent {
    /// All of it.
    Text,
    /// The first line.
    Line,
}

impl Extent {
    /// The length of the record that a text starts with, and its length with that of its line end, of which there is none before a place.
    #[inline]
    pub(super) fn lengths(self, text: &str, from: usize) -> Option<(usize, usize)> {
        let text = text.as_bytes();
        let end = match self {
            Extent::Text => None,
            Extent::Line => line_feed(text.get(from..)?),
        };
        let Some(end) = end else {
            return Some((text.len(), text.len()));
        };
        let line = text.get(..=from + end)?;
        Some((line.len() - end_of(line), line.len()))
    }

    /// The record, and its length with that of its line end.
    pub(super) fn record(self, text: &str, from: usize) -> Option<(&str, usize)> {
        let (length, with_end) = self.lengths(text, from)?;
        Some((text.get(..length)?, with_end))
    }

    /// The length of the line end that follows a record, which is over here.
    #[inline]
    pub(super) fn line_end(self, rest: &[u8]) -> Option<usize> {
        match (self, rest) {
            (_, []) => Some(0),
            (Extent::Line, [b'\n', ..]) => Some(1),
            (Extent::Line, [b'\r', b'\n', ..]) => Some(2),
            _ => None,
        }
    }

    /// Where a record of a length is. Where a text is one is known before.
    #[inline]
    pub(super) fn origin(self, start: Origin, length: usize) -> Origin {
        match self {
            Extent::Text => start,
            Extent::Line => Origin {
                length: u32::try_from(length).unwrap_or(u32::MAX),
                ..start
            },
        }
    }
}
