//! Places in rule files for machines: lines and columns.

use std::collections::HashMap;

use serde::Serialize;

use crate::source::{SourceId, SourceMap, Span};

/// A position in a text. Lines and columns count from 1, columns in characters; the offset is in bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The offset.
    pub offset: u32,
}

/// A range of a rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The name of the file.
    pub file: String,
    /// Its first character.
    pub start: Position,
    /// The position past its last one.
    pub end: Position,
}

/// Finds lines and columns, and knows where the lines of each file start.
#[derive(Debug)]
pub(super) struct Places<'a> {
    sources: &'a SourceMap,
    starts: HashMap<SourceId, Vec<usize>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(sources: &'a SourceMap) -> Self {
        Places {
            sources,
            starts: HashMap::new(),
        }
    }

    /// The text under a span.
    pub(super) fn text(&self, span: Span) -> &'a str {
        self.sources.snippet(span)
    }

    pub(super) fn place(&mut self, span: Span) -> Place {
        let source = self.sources.get(span.source);
        Place {
            file: source.map_or_else(String::new, |source| source.name().to_owned()),
            start: self.position(span.source, span.start),
            end: self.position(span.source, span.end),
        }
    }

    fn position(&mut self, source: SourceId, offset: u32) -> Position {
        let text = self.sources.get(source).map_or("", |source| source.text());
        let starts = self.starts.entry(source).or_insert_with(|| {
            let after = text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after).collect()
        });
        let line = starts.partition_point(|start| *start <= offset as usize);
        let start = line.checked_sub(1).and_then(|line| starts.get(line)).copied();
        let before = start.and_then(|start| text.get(start..offset as usize));
        Position {
            line: line.max(1),
            column: before.map_or(0, |before| before.chars().count()) + 1,
            offset,
        }
    }
}
