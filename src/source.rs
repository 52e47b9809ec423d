//! Source texts and places in them.
//!
//! Every rule file that a run reads gets a [`SourceId`]; syntax trees, models and diagnostics point into it with [`Span`]s.

use std::ops::Range;
use std::sync::Arc;

/// Identifies a rule file within one [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SourceId(u32);

/// A range of bytes in a rule file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of a range of bytes of a file.
    pub fn of(source: SourceId, range: Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            source,
            start: offset(range.start),
            end: offset(range.end),
        }
    }

    /// The smallest span that covers both; the files must be the same.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The byte range, for slicing the text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value together with the place that it was written at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub node: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value to its place.
    pub const fn new(node: T, span: Span) -> Self {
        Spanned { node, span }
    }
}

/// One rule file: how it was named on the command line, and its text.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// The name to show to people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// All rule files of a run. Cheap to clone once filled: diagnostics carry it to the report.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<Arc<Source>>,
}

/// The largest rule file accepted, in bytes. Spans are 32-bit, and no person writes a file of this size.
pub const MAX_RULE_BYTES: usize = 16 * 1024 * 1024;

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Arc::new(Source {
            name: name.into(),
            text: text.into(),
        }));
        id
    }

    /// The ids of all files, in the order in which they were added.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        let count = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        (0..count).map(SourceId)
    }

    /// The file with this id, if it is of this map.
    pub fn get(&self, id: SourceId) -> Option<&Arc<Source>> {
        self.files.get(id.0 as usize)
    }

    /// The text under a span; empty if the span is not of this map.
    pub fn snippet(&self, span: Span) -> &str {
        self.get(span.source)
            .and_then(|source| source.text.get(span.range()))
            .unwrap_or("")
    }
}
