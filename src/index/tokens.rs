//! The words of a file, to find what surrounds a name that the tree gives.

use std::ops::Range;

use crate::source::Span;
use crate::syntax;

/// The words, signs and quoted texts of a file, in order.
#[derive(Debug, Default)]
pub struct Tokens {
    ranges: Vec<Range<usize>>,
}

impl Tokens {
    pub(super) fn of(text: &str) -> Self {
        Tokens {
            ranges: syntax::tokens(text).collect(),
        }
    }

    /// The position of the first token that starts at this offset or after it.
    pub fn from(&self, offset: usize) -> usize {
        self.ranges.partition_point(|range| range.start < offset)
    }

    /// The place of a token.
    pub fn range(&self, position: usize) -> Option<&Range<usize>> {
        self.ranges.get(position)
    }

    /// A token as written; empty past the end.
    pub fn word<'t>(&self, text: &'t str, position: usize) -> &'t str {
        self.ranges
            .get(position)
            .and_then(|range| text.get(range.clone()))
            .unwrap_or("")
    }

    /// The tokens that end at this offset or before it: how many there are.
    pub fn before(&self, offset: usize) -> usize {
        self.ranges.partition_point(|range| range.end <= offset)
    }

    /// From the word before a name, which says what it declares, to an offset.
    pub(super) fn with_keyword(&self, name: Span, end: u32) -> Span {
        let start = self
            .from(name.start as usize)
            .checked_sub(1)
            .and_then(|before| self.ranges.get(before))
            .and_then(|range| u32::try_from(range.start).ok());
        Span {
            source: name.source,
            start: start.unwrap_or(name.start),
            end: end.max(name.end),
        }
    }

    /// From the word before a name to the closing bracket of the braces that follow it, or to the end of the line of tokens if there is none.
    pub(super) fn with_braces(&self, text: &str, name: Span) -> Span {
        let mut depth = 0_usize;
        let mut end = name.end as usize;
        for position in self.from(name.end as usize)..self.ranges.len() {
            match self.word(text, position) {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        end = self.ranges[position].end;
                        break;
                    }
                }
                _ => {}
            }
        }
        self.with_keyword(name, u32::try_from(end).unwrap_or(name.end))
    }
}
