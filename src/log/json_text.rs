//! JSON text taken apart one level at a time, with the place of every part.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::written::{Pair, Shape, Written};

/// A value in a JSON record. Its syntax has been checked, but for escapes in texts that stand for no character.
#[derive(Debug, Clone)]
pub(super) struct JsonValue<'a> {
    text: &'a str,
    /// Where the text starts, counted from the start of the record.
    start: usize,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonError {
    /// What the parser says. It never repeats the text.
    pub(super) message: String,
    /// The byte at which it says so.
    pub(super) at: usize,
    /// Whether it is that the text ends too soon.
    pub(super) ends_too_soon: bool,
}

impl JsonError {
    fn new(text: &str, error: &serde_json::Error) -> Self {
        let shown = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let line_start = match error.line() {
            0 | 1 => 0,
            line => text.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
        };
        JsonError {
            message: shown.strip_suffix(&place).unwrap_or(&shown).to_owned(),
            // The parser counts the bytes that it has read, the offending one included.
            at: (line_start + error.column().saturating_sub(1)).min(text.len()),
            ends_too_soon: error.is_eof(),
        }
    }
}

/// The entries of a JSON object, in their order, added to `pairs` as far as the text can be read.
///
/// Values are not looked into, whatever their depth: `serde_json` passes over them without recursion.
pub(super) fn read_pairs<'a>(text: &'a str, pairs: &mut Vec<Pair<'a, JsonValue<'a>>>) -> Result<(), JsonError> {
    pairs_from(text, 0, pairs)
}

fn pairs_from<'a>(text: &'a str, start: usize, pairs: &mut Vec<Pair<'a, JsonValue<'a>>>) -> Result<(), JsonError> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let place = Parts { text, start };
    parser
        .deserialize_map(PairsVisitor { place, pairs })
        .and_then(|()| parser.end())
        .map_err(|error| JsonError::new(text, &error))
}

impl<'a> JsonValue<'a> {
    /// A value whose syntax has been checked, and where it starts in its record.
    pub(super) fn new(text: &'a str, start: usize) -> Self {
        JsonValue { text, start }
    }
}

impl<'a> Written<'a> for JsonValue<'a> {
    fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn shape(&self) -> Shape<'a, Self> {
        const IMPOSSIBLE: &str = "is not JSON";
        match self.text.as_bytes().first() {
            Some(b'n') => Shape::Null,
            Some(b't') => Shape::Bool(true),
            Some(b'f') => Shape::Bool(false),
            Some(b'"') => match unescaped(self.text) {
                Some(text) => Shape::Text(text),
                None => Shape::Broken("has an escape that stands for no character"),
            },
            Some(b'[') => {
                let mut elements = Vec::new();
                let place = Parts {
                    text: self.text,
                    start: self.start,
                };
                let mut parser = serde_json::Deserializer::from_str(self.text);
                match parser.deserialize_seq(ElementsVisitor {
                    place,
                    elements: &mut elements,
                }) {
                    Ok(()) => Shape::List(elements),
                    Err(_) => Shape::Broken(IMPOSSIBLE),
                }
            }
            Some(b'{') => {
                let mut pairs = Vec::new();
                match pairs_from(self.text, self.start, &mut pairs) {
                    Ok(()) => Shape::Object(pairs),
                    Err(_) => Shape::Broken("has a key with an escape that stands for no character"),
                }
            }
            Some(_) => Shape::Number(Cow::Borrowed(self.text)),
            None => Shape::Broken(IMPOSSIBLE),
        }
    }
}

fn unescaped(literal: &str) -> Option<Cow<'_, str>> {
    if literal.contains('\\') {
        return serde_json::from_str(literal).ok().map(Cow::Owned);
    }
    literal.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
}

/// Tells where a part of a text is.
#[derive(Clone, Copy)]
struct Parts<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Parts<'a> {
    fn offset(self, part: &str) -> usize {
        self.start + part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr())
    }

    fn value(self, raw: &'a RawValue) -> JsonValue<'a> {
        let text = raw.get();
        JsonValue {
            text,
            start: self.offset(text),
        }
    }
}

struct PairsVisitor<'a, 'p> {
    place: Parts<'a>,
    pairs: &'p mut Vec<Pair<'a, JsonValue<'a>>>,
}

impl<'a> Visitor<'a> for PairsVisitor<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let raw: &'a RawValue = map.next_value()?;
            let value = self.place.value(raw);
            let key_range = match &key {
                Cow::Borrowed(key) => {
                    let start = self.place.offset(key);
                    start.saturating_sub(1)..start + key.len() + 1
                }
                // A key with escapes is not a part of the text; what follows it is.
                Cow::Owned(_) => value.range(),
            };
            self.pairs.push(Pair { key, key_range, value });
        }
        Ok(())
    }
}

struct ElementsVisitor<'a, 'e> {
    place: Parts<'a>,
    elements: &'e mut Vec<JsonValue<'a>>,
}

impl<'a> Visitor<'a> for ElementsVisitor<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<&'a RawValue>()? {
            self.elements.push(self.place.value(raw));
        }
        Ok(())
    }
}

/// Keeps a key a part of the text where it has no escapes.
struct KeySeed;

impl<'a> DeserializeSeed<'a> for KeySeed {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Cow<'a, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for KeySeed {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<Pair<'_, JsonValue<'_>>> {
        let mut pairs = Vec::new();
        read_pairs(text, &mut pairs).unwrap();
        pairs
    }

    fn error(text: &str) -> JsonError {
        read_pairs(text, &mut Vec::new()).unwrap_err()
    }

    #[test]
    fn every_part_knows_its_place() {
        let text = r#" {"a": [1, "б\n", {"x":null}], "c\u0064" :true}"#;
        let pairs = pairs(text);
        let slices: Vec<(&str, &str, &str)> = pairs
            .iter()
            .map(|pair| {
                (
                    pair.key.as_ref(),
                    &text[pair.key_range.clone()],
                    &text[pair.value.range()],
                )
            })
            .collect();
        assert_eq!(
            slices,
            [("a", "\"a\"", "[1, \"б\\n\", {\"x\":null}]"), ("cd", "true", "true")]
        );
        let Shape::List(elements) = pairs[0].value.shape() else {
            panic!()
        };
        let slices: Vec<&str> = elements.iter().map(|element| &text[element.range()]).collect();
        assert_eq!(slices, ["1", "\"б\\n\"", "{\"x\":null}"]);
        assert!(matches!(elements[1].shape(), Shape::Text(text) if text == "б\n"));
        let Shape::Object(inner) = elements[2].shape() else {
            panic!()
        };
        assert_eq!(&text[inner[0].key_range.clone()], "\"x\"");
        assert!(matches!(inner[0].value.shape(), Shape::Null));
    }

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"{"a": 0.10000000000000000001, "b": 1e400, "c": -0}"#;
        let digits: Vec<Cow<'_, str>> = pairs(text)
            .iter()
            .map(|pair| match pair.value.shape() {
                Shape::Number(digits) => digits,
                _ => Cow::Borrowed(""),
            })
            .collect();
        assert_eq!(digits, ["0.10000000000000000001", "1e400", "-0"]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let wrong = error(r#"{"a": NaN}"#);
        assert_eq!((wrong.message.as_str(), wrong.at), ("expected value", 6));
        let wrong = error("{\"a\":\n 1 2}");
        assert_eq!((wrong.message.as_str(), wrong.at), ("expected `,` or `}`", 9));
        assert!(error(r#"{"a": "b"#).ends_too_soon);
        assert!(!error(r#"{"a": 1} x"#).ends_too_soon);
        let control = error("{\"a\": \"\x1b\"}");
        assert!(control.message.starts_with("control character"), "{}", control.message);
    }

    #[test]
    fn a_lone_surrogate_is_no_text() {
        let text = r#"{"a": "\ud800"}"#;
        assert!(matches!(pairs(text)[0].value.shape(), Shape::Broken(_)));
    }

    #[test]
    fn depth_costs_no_stack() {
        let depth = 1_000_000;
        let text = format!("{{\"a\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        let pairs = pairs(&text);
        let Shape::List(elements) = pairs[0].value.shape() else {
            panic!()
        };
        assert_eq!(elements[0].range().len(), 2 * depth - 2);
    }

    #[test]
    fn a_broken_text_still_gives_what_comes_before() {
        let mut pairs = Vec::new();
        assert!(read_pairs(r#"{"a": 1, "b": "cut o"#, &mut pairs).is_err());
        assert_eq!(pairs.len(), 1);
    }
}
