//! YAML texts that hold records beside other things, each part with its place.

use std::ops::Range;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event as Token, ScanError};

use super::amend::Record;
use super::decode::{Decoder, Place};
use super::line_ends::line_feeds;
use super::problem::{Problem, ProblemKind};
use super::record::Schema;
use super::visible::visible;
use super::yaml_nodes::{Node, Nodes, YamlValue};
use super::{Event, InputId, Origin};
use crate::model::Model;
use crate::time::{Anchor, Instant};

/// A YAML text of one document.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    root: Option<Node<'a>>,
}

/// Why a text is not a YAML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// Why, harmless on a terminal.
    pub message: String,
    /// The bytes concerned.
    pub range: Range<usize>,
}

impl<'a> Document<'a> {
    /// Takes a text apart. A text without content is a document without root.
    ///
    /// # Errors
    /// What is not YAML, or more than one document.
    pub fn parse(text: &'a str) -> Result<Self, DocumentError> {
        let mut nodes = Nodes::new(text);
        let mut root = None;
        loop {
            let (token, span) = match nodes.token() {
                Ok(Some(found)) => found,
                Ok(None) => break,
                Err(error) => return Err(syntax(text, &error)),
            };
            let start = span.byte_range().map_or(0, |range| range.start);
            match token {
                Token::StreamStart | Token::StreamEnd | Token::DocumentStart(..) | Token::DocumentEnd => {}
                // A document without content.
                Token::Scalar(..) if span.byte_range().is_some_and(|range| range.is_empty()) => {}
                _ if root.is_some() => {
                    return Err(DocumentError {
                        message: "a second document starts here".to_owned(),
                        range: character(text, start),
                    });
                }
                token => root = Some(nodes.record(token, span).map_err(|error| syntax(text, &error))?),
            }
        }
        if nodes.overflowed() {
            return Err(DocumentError {
                message: "it has more parts than anybody would write".to_owned(),
                range: 0..0,
            });
        }
        Ok(Document { text, root })
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// What it holds.
    pub fn root(&self) -> Option<&Node<'a>> {
        self.root.as_ref()
    }

    /// The event that a part tells of, or everything that is wrong with it.
    ///
    /// # Errors
    /// What is wrong. Places are counted from the start of the problem's origin.
    pub fn event(&self, node: &Node<'a>, model: &Model, anchor: &Anchor) -> Result<Event, Vec<Problem>> {
        let origin = self.origin(node);
        let start = node.record_start(self.text);
        let Some(pairs) = node.pairs(start) else {
            let range = node.range().start - start..node.range().end.max(start) - start;
            let problem = Problem::new(ProblemKind::NotARecord, "the event is not a mapping", origin)
                .at(range, "not a mapping")
                .help("write every event as `time: ...`, `type: ...` and its fields");
            return Err(vec![problem]);
        };
        match Schema::anchored(model, anchor).record(&pairs, origin)? {
            Record::Event(event) => Ok(Arc::unwrap_or_clone(event)),
            Record::Amendment(amendment) => {
                let message = "a correction or a retraction cannot stand here";
                let problem = Problem::new(ProblemKind::NotARecord, message, amendment.origin)
                    .at(amendment.place, "names the event that it amends")
                    .help("write the event as it was amended, or leave it out");
                Err(vec![problem])
            }
            // Nothing is passed over without a map, and all events are asked for.
            Record::Ignored { origin, .. } | Record::Unasked { origin, .. } => {
                let problem = Problem::new(ProblemKind::NotARecord, "the record is no event", origin);
                Err(vec![problem])
            }
        }
    }

    /// The instant that a part writes as the value of a key, or everything that is wrong with it.
    ///
    /// # Errors
    /// What is wrong. Places are counted from the start of the problem's origin.
    pub fn instant(
        &self,
        node: &Node<'a>,
        key: &str,
        model: &Model,
        anchor: Option<&Anchor>,
    ) -> Result<Instant, Vec<Problem>> {
        let mut decoder = Decoder::new(model, anchor, self.origin(node));
        let value = YamlValue::new(node, node.record_start(self.text), None);
        let instant = decoder.instant(Place::Key(key), &value);
        instant.ok_or_else(|| decoder.problems())
    }

    fn origin(&self, node: &Node<'a>) -> Origin {
        let (start, end) = (node.record_start(self.text), node.range().end);
        let before = self.text.as_bytes().get(..start).unwrap_or_default();
        Origin {
            input: InputId(0),
            line: 1 + line_feeds(before),
            offset: start as u64,
            length: u32::try_from(end.saturating_sub(start)).unwrap_or(u32::MAX),
        }
    }
}

fn syntax(text: &str, error: &ScanError) -> DocumentError {
    DocumentError {
        message: visible(&error.info(), 200),
        range: character(text, error.marker().byte_offset().unwrap_or(0)),
    }
}

/// The character at an offset, or the place after the last one.
fn character(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let length = text.get(at..).and_then(|rest| rest.chars().next());
    at..at + length.filter(|char| *char != '\n').map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixture::model;

    fn error(text: &str) -> (String, Range<usize>) {
        let error = Document::parse(text).unwrap_err();
        (error.message, error.range)
    }

    #[test]
    fn a_document_is_one() {
        assert!(Document::parse("# nothing\n").unwrap().root().is_none());
        let document = Document::parse("---\n- a\n- {b: c}\n").unwrap();
        assert_eq!(document.root().unwrap().elements().unwrap().len(), 2);
        assert_eq!(
            error("a: 1\n---\nb: 2\n"),
            ("a second document starts here".to_owned(), 9..10)
        );
        let (message, range) = error("a: [1\nb: 2\n");
        assert!(!message.is_empty() && range.start >= 6, "{message} {range:?}");
    }

    #[test]
    fn events_are_read_with_times_that_count_from_a_start() {
        let anchor = Anchor {
            start: Some("2024-07-08T10:00:00Z".parse().unwrap()),
            zone: None,
        };
        let text = "events:\n  - {time: +1h30m, type: ping}\n  - type: ping\n    time: +1d\n";
        let document = Document::parse(text).unwrap();
        let entries = document.root().unwrap().entries().unwrap();
        let events = entries[0].1.elements().unwrap();
        let event = document.event(&events[0], &model(), &anchor).unwrap();
        assert_eq!(event.time.to_string(), "2024-07-08T11:30:00Z");
        assert_eq!((event.origin.line, event.origin.offset), (2, 8));
        let problems = document.event(&events[1], &model(), &anchor).unwrap_err();
        assert_eq!(problems[0].kind, ProblemKind::BadTime);
        let range = problems[0].range.clone().unwrap();
        let start = usize::try_from(problems[0].origin.offset).unwrap();
        assert_eq!(&text[start + range.start..start + range.end], "+1d");
    }
}
