//! YAML values with their places.
//!
//! They are built from the events of the parser beneath serde-saphyr, because serde would turn numbers into floats, and words
//! like `no` into truth values, before the declared types are asked. An alias shares what it stands for and is never expanded,
//! so that no text can grow in memory.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use serde_saphyr::granit_parser::{self, Event as Token, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::written::{Pair, Shape, Written};

/// A value of YAML, with its place.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// The bytes that write it, counted from the start of the text. Those of an alias are the alias itself.
    range: Range<usize>,
    content: Rc<Content<'a>>,
    /// How many levels of lists and mappings it has, those behind aliases included.
    depth: usize,
    is_alias: bool,
}

#[derive(Debug)]
enum Content<'a> {
    Scalar { text: Cow<'a, str>, plain: bool },
    List(Vec<Node<'a>>),
    Mapping(Vec<(Node<'a>, Node<'a>)>),
    Broken(&'static str),
}

/// Deeper values than this are refused: to let go of them takes a frame of stack for each level.
const MAX_DEPTH: usize = 250;

/// More parts than any person gives one record.
const MAX_PARTS: usize = 100_000;

/// Builds values from the tokens of a text.
pub(super) struct Nodes<'a> {
    text: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    anchors: foldhash::HashMap<usize, Node<'a>>,
    /// Parts of this record so far.
    parts: usize,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let options = granit_parser::options! { emit_comments: false };
        Nodes {
            text,
            parser: Parser::new_from_str_with_options(text, options),
            anchors: foldhash::HashMap::default(),
            parts: 0,
        }
    }

    /// The next token; `None` at the end of the text.
    pub(super) fn token(&mut self) -> Result<Option<(Token<'a>, Span)>, ScanError> {
        self.parser.next_event().transpose()
    }

    /// Forgets the anchors, which are of one document.
    pub(super) fn end_document(&mut self) {
        self.anchors.clear();
    }

    /// The value that starts with this token.
    pub(super) fn record(&mut self, token: Token<'a>, span: Span) -> Result<Node<'a>, ScanError> {
        self.parts = 0;
        self.node(token, span)
    }

    /// Whether the last record had too many parts, so that some of them were left out.
    pub(super) fn overflowed(&self) -> bool {
        self.parts > MAX_PARTS
    }

    /// Recurses as deep as the parser lets collections nest, which is a few hundred levels.
    fn node(&mut self, token: Token<'a>, span: Span) -> Result<Node<'a>, ScanError> {
        self.parts += 1;
        let range = span.byte_range().unwrap_or_default();
        let (node, anchor) = match token {
            Token::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && !tag.as_deref().is_some_and(marks_text);
                (self.leaf(range, Content::Scalar { text, plain }), anchor)
            }
            Token::SequenceStart(_, anchor, _) => (self.list(range)?, anchor),
            Token::MappingStart(_, anchor, _) => (self.mapping(range)?, anchor),
            Token::Alias(id) => {
                let alias = match self.anchors.get(&id) {
                    Some(target) => Node {
                        range,
                        is_alias: true,
                        ..target.clone()
                    },
                    None => self.leaf(range, Content::Broken("stands for something that it is a part of")),
                };
                return Ok(alias);
            }
            _ => return Ok(self.leaf(range, Content::Broken("is not a value"))),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, start: Range<usize>) -> Result<Node<'a>, ScanError> {
        let (mut elements, mut end, mut depth) = (Vec::new(), start.end, 0);
        while let Some((token, span)) = self.token()? {
            if matches!(token, Token::SequenceEnd) {
                end = end.max(span.byte_range().map_or(0, closing));
                break;
            }
            let element = self.node(token, span)?;
            end = end.max(element.range.end);
            depth = depth.max(element.depth);
            if !self.overflowed() {
                elements.push(element);
            }
        }
        Ok(self.branch(start.start..end, Content::List(elements), depth))
    }

    fn mapping(&mut self, start: Range<usize>) -> Result<Node<'a>, ScanError> {
        let (mut entries, mut end, mut depth) = (Vec::new(), start.end, 0);
        while let Some((token, span)) = self.token()? {
            if matches!(token, Token::MappingEnd) {
                end = end.max(span.byte_range().map_or(0, closing));
                break;
            }
            let key = self.node(token, span)?;
            let Some((token, span)) = self.token()? else {
                break;
            };
            let value = self.node(token, span)?;
            end = end.max(key.range.end).max(value.range.end);
            depth = depth.max(key.depth).max(value.depth);
            if !self.overflowed() {
                entries.push((key, value));
            }
        }
        Ok(self.branch(start.start..end, Content::Mapping(entries), depth))
    }

    fn leaf(&self, range: Range<usize>, content: Content<'a>) -> Node<'a> {
        // The span of a block of text goes on to the next token.
        let length = self.text.get(range.clone()).map_or(0, |text| text.trim_end().len());
        Node {
            range: range.start..range.start + length,
            content: Rc::new(content),
            depth: 0,
            is_alias: false,
        }
    }

    fn branch(&self, range: Range<usize>, content: Content<'a>, depth: usize) -> Node<'a> {
        if depth >= MAX_DEPTH {
            return self.leaf(range, Content::Broken("is nested too deeply"));
        }
        Node {
            range,
            content: Rc::new(content),
            depth: depth + 1,
            is_alias: false,
        }
    }
}

/// Where a collection ends: after its bracket, or, where it has none, not at the token that comes next.
fn closing(span: Range<usize>) -> usize {
    if span.is_empty() { 0 } else { span.end }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn marks_text(tag: &Tag) -> bool {
    tag.is_yaml_core_schema_tag("str") || (tag.handle().is_empty() && tag.suffix() == "!")
}

impl<'a> Node<'a> {
    /// The bytes that write it, counted from the start of the text.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The word that it is, if it is one; the absence of a value is the empty word.
    pub fn word(&self) -> Option<&str> {
        match self.content.as_ref() {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it says that there is no value.
    pub fn is_null(&self) -> bool {
        match self.content.as_ref() {
            Content::Scalar { text, plain: true } => is_null(text),
            _ => false,
        }
    }

    /// Whether it is written elsewhere, and an alias stands in its place.
    pub fn is_alias(&self) -> bool {
        self.is_alias
    }

    /// The elements, if it is a list.
    pub fn elements(&self) -> Option<&[Node<'a>]> {
        match self.content.as_ref() {
            Content::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The keys and values, if it is a mapping.
    pub fn entries(&self) -> Option<&[(Node<'a>, Node<'a>)]> {
        match self.content.as_ref() {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Where it starts as a record of its text: with its line, dash included, so that its lines stay YAML when they are shown alone.
    pub(super) fn record_start(&self, text: &str) -> usize {
        let start = self.range.start;
        let line = text[..start].rfind('\n').map_or(0, |feed| feed + 1);
        let indent = text[line..start].trim_start_matches('\u{feff}');
        if indent.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
            start - indent.len()
        } else {
            start
        }
    }

    /// What it is, in a message.
    pub fn describe(&self) -> &'static str {
        YamlValue::new(self, 0, None).shape().describe()
    }

    /// The entries of a mapping, but for those whose key is no word; `None` for anything else.
    ///
    /// Places are counted from `start`.
    pub(super) fn pairs(&self, start: usize) -> Option<Vec<Pair<'a, YamlValue<'a>>>> {
        let value = YamlValue::new(self, start, None);
        match value.shape() {
            Shape::Object(pairs) => Some(pairs),
            _ => None,
        }
    }
}

/// A value in a YAML record.
#[derive(Debug, Clone)]
pub(super) struct YamlValue<'a> {
    content: Rc<Content<'a>>,
    /// Counted from the start of the record.
    range: Range<usize>,
    /// Where the record starts.
    start: usize,
    is_alias: bool,
}

impl<'a> YamlValue<'a> {
    /// `alias` is the alias that the value is seen through: what is behind one is written elsewhere.
    pub(super) fn new(node: &Node<'a>, start: usize, alias: Option<&Range<usize>>) -> Self {
        let own = || node.range.start.saturating_sub(start)..node.range.end.saturating_sub(start);
        YamlValue {
            content: Rc::clone(&node.content),
            range: alias.cloned().unwrap_or_else(own),
            start,
            is_alias: node.is_alias || alias.is_some(),
        }
    }
}

impl<'a> Written<'a> for YamlValue<'a> {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn shape(&self) -> Shape<'a, Self> {
        let alias = self.is_alias.then_some(&self.range);
        match self.content.as_ref() {
            Content::Scalar { text, plain: false } => Shape::Text(text.clone()),
            Content::Scalar { text, plain: true } if is_null(text) => Shape::Null,
            Content::Scalar { text, plain: true } => Shape::Plain(text.clone()),
            Content::List(elements) => Shape::List(
                elements
                    .iter()
                    .map(|element| YamlValue::new(element, self.start, alias))
                    .collect(),
            ),
            Content::Mapping(entries) => Shape::Object(
                entries
                    .iter()
                    .filter_map(|(key, value)| {
                        let key_range = YamlValue::new(key, self.start, alias).range;
                        let Content::Scalar { text, .. } = key.content.as_ref() else {
                            return None;
                        };
                        Some(Pair {
                            key: text.clone(),
                            key_range,
                            value: YamlValue::new(value, self.start, alias),
                        })
                    })
                    .collect(),
            ),
            Content::Broken(why) => Shape::Broken(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Node<'_> {
        let mut nodes = Nodes::new(text);
        loop {
            let (token, span) = nodes.token().unwrap().unwrap();
            if !matches!(token, Token::StreamStart | Token::DocumentStart(..)) {
                return nodes.record(token, span).unwrap();
            }
        }
    }

    fn slices(text: &str) -> Vec<(String, String)> {
        let pairs = value(text).pairs(0).unwrap();
        let slice = |range: Range<usize>| text[range].to_owned();
        pairs
            .into_iter()
            .map(|pair| (slice(pair.key_range), slice(pair.value.range)))
            .collect()
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "a: é\n'b' : \"x\\ny\"\nc: [1, {d: e}]\nf: |\n  two\n  lines\n\ng: !!str 7\nh:\n";
        let expected = [
            ("a", "é"),
            ("'b'", "\"x\\ny\""),
            ("c", "[1, {d: e}]"),
            ("f", "two\n  lines"),
            ("g", "7"),
            ("h", ""),
        ];
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(slices(text), expected);
    }

    #[test]
    fn words_without_quotes_stay_as_they_are_written() {
        fn shape(text: &str) -> Shape<'_, YamlValue<'_>> {
            value(text).pairs(0).unwrap()[0].value.shape()
        }
        assert!(matches!(shape("a: no"), Shape::Plain(text) if text == "no"));
        assert!(matches!(shape("a: 0.10000000000000000001"), Shape::Plain(text) if text == "0.10000000000000000001"));
        assert!(matches!(shape("a: '5'"), Shape::Text(text) if text == "5"));
        assert!(matches!(shape("a: !!str 5"), Shape::Text(text) if text == "5"));
        assert!(matches!(shape("a: ! 5"), Shape::Text(text) if text == "5"));
        assert!(matches!(shape("a: ~"), Shape::Null));
        assert!(matches!(shape("a: '~'"), Shape::Text(_)));
    }

    #[test]
    fn an_alias_stands_where_it_is_written() {
        let text = "a: &x [1, 2]\nb: *x\n";
        let pairs = value(text).pairs(0).unwrap();
        assert_eq!(&text[pairs[1].value.range()], "*x");
        let Shape::List(elements) = pairs[1].value.shape() else {
            panic!()
        };
        assert!(matches!(elements[1].shape(), Shape::Plain(text) if text == "2"));
        assert_eq!(&text[elements[1].range()], "*x");
    }

    #[test]
    fn an_alias_of_its_own_whole_is_broken() {
        let pairs = value("a: &x [1, *x]\n").pairs(0).unwrap();
        let Shape::List(elements) = pairs[0].value.shape() else {
            panic!()
        };
        assert!(matches!(elements[1].shape(), Shape::Broken(_)));
    }

    #[test]
    fn a_bomb_of_aliases_stays_small() {
        let level = |level: usize| {
            let aliases = vec![format!("*a{}", level - 1); 10];
            format!("a{level}: &a{level} [{}]\n", aliases.join(", "))
        };
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        text.extend((1..=60).map(level));
        let mut nodes = Nodes::new(&text);
        let node = loop {
            let (token, span) = nodes.token().unwrap().unwrap();
            if matches!(token, Token::MappingStart(..)) {
                break nodes.record(token, span).unwrap();
            }
        };
        assert!(nodes.parts < 1_000);
        assert_eq!(node.depth, 62);
    }

    #[test]
    fn a_chain_of_aliases_is_cut_before_it_is_too_deep_to_let_go() {
        let mut text = "- &a0 [x]\n".to_owned();
        text.extend((1..=20_000).map(|level| format!("- &a{level} [*a{}]\n", level - 1)));
        let node = value(&text);
        assert!(node.depth <= MAX_DEPTH);
    }

    #[test]
    fn too_many_parts_are_left_out() {
        let text = format!("a: [{}x]\n", "x,".repeat(MAX_PARTS));
        let mut nodes = Nodes::new(&text);
        while let Some((token, span)) = nodes.token().unwrap() {
            if matches!(token, Token::MappingStart(..)) {
                let node = nodes.record(token, span).unwrap();
                assert!(nodes.overflowed());
                assert_eq!(&text[node.range()], text.trim_end());
            }
        }
    }
}
