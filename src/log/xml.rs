//! XML: elements one after the other, each held alone, and taken apart with the place of every part.
//!
//! Entities other than XML's own five are not known here, whatever a document declares, so no text can grow.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::line_ends::line_feeds;
use super::problem::{Problem, ProblemKind};
use super::reader::too_long;
use super::stream::Stream;
use super::visible::visible;
use super::written::{Pair, Shape, Written};
use super::{InputError, InputId, Limits, Origin};

/// Deeper elements than any log has.
const MAX_DEPTH: usize = 100;

/// More elements than any record has.
const MAX_PARTS: usize = 100_000;

/// What is to be done with an element, by its name and those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Look at what is in it.
    Enter,
    /// Hold it as a whole.
    Take,
    /// Pass over it.
    Skip,
}

/// What comes next in a document.
pub(super) enum Next {
    /// An element is held.
    Element(Origin),
    /// An element that was entered starts, or has ended.
    Boundary,
    /// Something from which on nothing can be read.
    Broken(Vec<Problem>),
    End,
}

/// Goes through the elements of a document.
pub(super) struct Walk {
    reader: Reader<Guarded>,
    input: InputId,
    limits: Limits,
    /// The names of the elements that were entered.
    path: Vec<String>,
    step: fn(&[String], &str) -> Step,
    buffer: Vec<u8>,
    is_done: bool,
}

/// A stream that counts its lines, and holds what is read of an element.
struct Guarded {
    stream: Stream,
    line: u64,
    held: Vec<u8>,
    /// How much may still be read before something must have ended.
    left: u64,
}

/// Says that more was read than may be.
const TOO_LONG: &str = "too long";

impl Guarded {
    fn restart(&mut self, left: u64) {
        self.held.clear();
        self.left = left;
    }
}

impl BufRead for Guarded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let chunk = self.stream.fill_buf()?;
        if chunk.is_empty() {
            return Ok(chunk);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(chunk.len());
        if most == 0 {
            return Err(io::Error::other(TOO_LONG));
        }
        Ok(&chunk[..most])
    }

    fn consume(&mut self, count: usize) {
        // What is consumed was given before, so it is there without reading.
        if let Ok(chunk) = self.stream.fill_buf()
            && let Some(chunk) = chunk.get(..count)
        {
            self.line += line_feeds(chunk);
            self.held.extend_from_slice(chunk);
        }
        self.left = self.left.saturating_sub(count as u64);
        self.stream.consume(count);
    }
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut chunk = self.fill_buf()?;
        let count = chunk.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// A token of a document, as far as it matters.
enum Token {
    Start(String),
    Empty(String),
    End,
    Other,
    Eof,
}

impl Walk {
    pub(super) fn new(stream: Stream, input: InputId, limits: Limits, step: fn(&[String], &str) -> Step) -> Self {
        let guarded = Guarded {
            stream,
            line: 1,
            held: Vec::new(),
            left: u64::MAX,
        };
        Walk {
            reader: Reader::from_reader(guarded),
            input,
            limits,
            path: Vec::new(),
            step,
            buffer: Vec::new(),
            is_done: false,
        }
    }

    /// The text of the element that is held.
    pub(super) fn held(&self) -> &[u8] {
        &self.reader.get_ref().held
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.get_ref().stream.position()
    }

    fn here(&self) -> Origin {
        let guarded = self.reader.get_ref();
        Origin {
            input: self.input,
            line: guarded.line,
            offset: guarded.stream.position(),
            length: 0,
        }
    }

    fn token(&mut self) -> Result<Token, quick_xml::Error> {
        self.buffer.clear();
        Ok(match self.reader.read_event_into(&mut self.buffer)? {
            Event::Start(start) => Token::Start(start.local_name().as_ref().to_owned()),
            Event::Empty(start) => Token::Empty(start.local_name().as_ref().to_owned()),
            Event::End(_) => Token::End,
            Event::Eof => Token::Eof,
            _ => Token::Other,
        })
    }

    /// A problem from which on nothing is read.
    fn broken(&mut self, origin: Origin, message: impl Into<String>, help: &str) -> Next {
        self.is_done = true;
        Next::Broken(vec![Problem::new(ProblemKind::NotARecord, message, origin).help(help)])
    }

    /// What an error means; `start` is where the token starts.
    fn failed(&mut self, start: Origin, error: &quick_xml::Error) -> Result<Next, InputError> {
        if let quick_xml::Error::Io(cause) = error {
            if cause.to_string() == TOO_LONG {
                self.is_done = true;
                let length = self.position().saturating_sub(start.offset);
                let length = u32::try_from(length).unwrap_or(u32::MAX);
                return Ok(Next::Broken(vec![too_long(Origin { length, ..start }, self.limits)]));
            }
            let cause = match cause.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(cause.kind(), cause.to_string()),
            };
            return Err(self.reader.get_ref().stream.failure(cause));
        }
        let message = format!("the log is not XML from here on: {}", visible(&error.to_string(), 200));
        Ok(self.broken(start, message, "nothing after this place is read"))
    }

    pub(super) fn next(&mut self) -> Result<Next, InputError> {
        const CUT: &str = "the file was probably not written or copied to its end";
        let limit = u64::from(self.limits.record_bytes);
        while !self.is_done {
            self.reader.get_mut().restart(limit);
            let start = self.here();
            let token = match self.token() {
                Ok(token) => token,
                Err(error) => return self.failed(start, &error),
            };
            match token {
                Token::Other => {}
                Token::Eof if self.path.is_empty() => self.is_done = true,
                Token::Eof => {
                    let message = format!(
                        "the log ends inside `<{}>`",
                        visible(self.path.last().map_or("", |name| name), 60)
                    );
                    return Ok(self.broken(start, message, CUT));
                }
                Token::End => {
                    self.path.pop();
                    return Ok(Next::Boundary);
                }
                Token::Empty(name) => match (self.step)(&self.path, &name) {
                    Step::Take => return Ok(Next::Element(self.held_from(start))),
                    Step::Enter | Step::Skip => {}
                },
                Token::Start(name) => match (self.step)(&self.path, &name) {
                    Step::Enter if self.path.len() < MAX_DEPTH => {
                        self.path.push(name);
                        return Ok(Next::Boundary);
                    }
                    step => {
                        let mut depth = 1;
                        while depth > 0 {
                            if step != Step::Take {
                                self.reader.get_mut().restart(limit);
                            }
                            match self.token() {
                                Ok(Token::Start(_)) => depth += 1,
                                Ok(Token::End) => depth -= 1,
                                Ok(Token::Eof) => {
                                    let message = format!("the log ends inside `<{}>`", visible(&name, 60));
                                    return Ok(self.broken(start, message, CUT));
                                }
                                Ok(_) => {}
                                Err(error) => return self.failed(start, &error),
                            }
                            if depth > MAX_DEPTH {
                                let message = "elements are nested more deeply than in any log";
                                return Ok(self.broken(start, message, "nothing after this place is read"));
                            }
                        }
                        if step == Step::Take {
                            return Ok(Next::Element(self.held_from(start)));
                        }
                    }
                },
            }
        }
        Ok(Next::End)
    }

    fn held_from(&self, start: Origin) -> Origin {
        let length = u32::try_from(self.held().len()).unwrap_or(u32::MAX);
        Origin { length, ..start }
    }
}

/// An element with what is in it.
#[derive(Debug, Clone)]
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    /// The bytes that write it.
    pub(super) range: Range<usize>,
    attributes: Vec<(&'a str, Piece<'a>)>,
    pub(super) children: Vec<Element<'a>>,
    /// What is between its tags, if there is no element.
    pub(super) text: Piece<'a>,
}

/// A text in its XML form.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece<'a> {
    raw: &'a str,
    pub(super) range: Range<usize>,
}

/// Why a text is not the XML of an element, and where.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) message: String,
    pub(super) at: usize,
}

impl<'a> Piece<'a> {
    fn of(whole: &'a str, range: Range<usize>) -> Self {
        Piece {
            raw: whole.get(range.clone()).unwrap_or_default(),
            range,
        }
    }

    /// The text that it stands for; `None` if there is an entity in it that is not one of XML's own.
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        unescape(self.raw).ok()
    }

    /// As a value whose declared type decides what it is.
    pub(super) fn value(&self) -> XmlValue<'a> {
        XmlValue {
            range: self.range.clone(),
            content: match self.text() {
                Some(text) => Content::Scalar(text),
                None => Content::Broken("has an entity that is not one of XML's own"),
            },
        }
    }
}

impl<'a> Element<'a> {
    /// The one element that a text is.
    pub(super) fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Element<'a>> = Vec::new();
        let mut parts = 0;
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let malformed = |message: String| Malformed { message, at };
            let event = reader
                .read_event()
                .map_err(|error| malformed(visible(&error.to_string(), 200)))?;
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let closed = match event {
                Event::Start(start) => {
                    open.push(Element::open(text, &start, at..end).map_err(malformed)?);
                    None
                }
                Event::Empty(start) => Some(Element::open(text, &start, at..end).map_err(malformed)?),
                Event::End(_) => open.pop().map(|mut element| {
                    if element.children.is_empty() {
                        element.text = Piece::of(text, element.range.end..at);
                    }
                    element.range.end = end;
                    element
                }),
                Event::Eof => return Err(malformed("it ends too soon".to_owned())),
                _ => None,
            };
            parts += 1;
            if parts > MAX_PARTS || open.len() > MAX_DEPTH {
                return Err(malformed("it has more parts than any record has".to_owned()));
            }
            let Some(element) = closed else { continue };
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => return Ok(element),
            }
        }
    }

    fn open(text: &'a str, start: &BytesStart<'_>, range: Range<usize>) -> Result<Self, String> {
        // The tag's content stands behind its `<`.
        let content = range.start + 1;
        let offset = |part: &str| content + part.as_ptr().addr().saturating_sub(start.as_ptr().addr());
        let piece = |part: &str| {
            let at = offset(part);
            Piece::of(text, at..at + part.len())
        };
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| visible(&error.to_string(), 200))?;
            let value = match &attribute.value {
                Cow::Borrowed(value) => piece(value),
                Cow::Owned(_) => Piece::default(),
            };
            attributes.push((piece(attribute.key.as_ref()).raw, value));
        }
        Ok(Element {
            name: piece(start.local_name().as_ref()).raw,
            range,
            attributes,
            children: Vec::new(),
            text: Piece::default(),
        })
    }

    /// An attribute of its tag.
    pub(super) fn attribute(&self, name: &str) -> Option<&Piece<'a>> {
        self.attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// Its children of a name.
    pub(super) fn named<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element<'a>> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// A value in a record of XML.
#[derive(Debug, Clone)]
pub(super) struct XmlValue<'a> {
    pub(super) range: Range<usize>,
    pub(super) content: Content<'a>,
}

#[derive(Debug, Clone)]
pub(super) enum Content<'a> {
    Scalar(Cow<'a, str>),
    List(Vec<XmlValue<'a>>),
    Object(Vec<(Cow<'a, str>, XmlValue<'a>)>),
    Broken(&'static str),
}

impl<'a> XmlValue<'a> {
    /// The same value, written elsewhere: all of it is shown at one place.
    pub(super) fn elsewhere(&self, range: &Range<usize>) -> XmlValue<'static> {
        let content = match &self.content {
            Content::Scalar(text) => Content::Scalar(Cow::Owned(text.clone().into_owned())),
            Content::List(elements) => Content::List(elements.iter().map(|element| element.elsewhere(range)).collect()),
            Content::Object(pairs) => {
                let pairs = pairs.iter();
                Content::Object(
                    pairs
                        .map(|(key, value)| (Cow::Owned(key.clone().into_owned()), value.elsewhere(range)))
                        .collect(),
                )
            }
            Content::Broken(why) => Content::Broken(why),
        };
        XmlValue {
            range: range.clone(),
            content,
        }
    }

    pub(super) fn pair(key: Cow<'a, str>, key_range: Range<usize>, value: Self) -> Pair<'a, Self> {
        Pair { key, key_range, value }
    }
}

impl<'a> Written<'a> for XmlValue<'a> {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn shape(&self) -> Shape<'a, Self> {
        match &self.content {
            Content::Scalar(text) => Shape::Cell(text.clone()),
            Content::List(elements) => Shape::List(elements.clone()),
            Content::Object(pairs) => {
                let pairs = pairs.iter().cloned();
                Shape::Object(
                    pairs
                        .map(|(key, value)| XmlValue::pair(key, value.range.clone(), value))
                        .collect(),
                )
            }
            Content::Broken(why) => Shape::Broken(why),
        }
    }

    fn parts(&self) -> Vec<Self> {
        vec![self.clone()]
    }
}
