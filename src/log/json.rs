//! JSON: one list of objects, which may be part of an object.

use std::io::BufRead;

use super::json_text::JsonError;
use super::jsonl;
use super::line_ends::line_feeds;
use super::problem::{Problem, ProblemKind, quoted, suggestion};
use super::quick::Quick;
use super::reader::{Outcome, Reader, too_long, utf8};
use super::record::Schema;
use super::stream::Stream;
use super::visible::visible;
use super::{InputError, InputId, Limits, Origin};

/// Reads a log that is one JSON list, or one object with such a list in it.
pub(super) struct JsonReader<'m> {
    elements: Elements,
    schema: Schema<'m>,
    quick: Option<Quick<'m>>,
}

/// The elements of a JSON list, one held at a time.
///
/// The list is taken apart by its brackets, quotes and commas alone, so that an element which is not JSON is a problem of its
/// own and the elements after it can be read.
pub(super) struct Elements {
    stream: Stream,
    input: InputId,
    limits: Limits,
    line: u64,
    /// The key of the list, where the log is an object.
    member: Option<String>,
    state: State,
    buffer: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeList,
    /// Whether an element must follow, as after a comma.
    InList {
        wanted: bool,
    },
    AfterList,
    Done,
}

/// How the text of an element ended.
enum End {
    Comma,
    Bracket,
    Text,
}

/// A longer key of an object is not held.
const MAX_KEY_BYTES: usize = 1024;

/// As much of a key as a message shows.
const MAX_SHOWN_KEY: usize = 60;

/// No object has more keys that a message would name.
const MAX_SHOWN_KEYS: usize = 100;

impl Elements {
    /// The elements of the list that the log is, or, with a key, of the list that its object has there.
    pub(super) fn new(stream: Stream, input: InputId, member: Option<String>, limits: Limits) -> Self {
        Elements {
            stream,
            input,
            limits,
            line: 1,
            member,
            state: State::BeforeList,
            buffer: Vec::new(),
        }
    }

    /// The text of the element that was read last.
    pub(super) fn text(&self) -> &[u8] {
        self.buffer.trim_ascii_end()
    }

    pub(super) fn position(&self) -> u64 {
        self.stream.position()
    }

    /// The next byte that is not white space, not consumed.
    fn peek(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            let chunk = match self.stream.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.stream.failure(error)),
            };
            if chunk.is_empty() {
                return Ok(None);
            }
            let blank = chunk.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let found = chunk.get(blank).copied();
            self.line += line_feeds(&chunk[..blank]);
            self.stream.consume(blank);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn origin(&self, length: u64) -> Origin {
        Origin {
            input: self.input,
            line: self.line,
            offset: self.stream.position(),
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }

    /// A problem of the list itself, after which nothing more can be read.
    fn broken(&mut self, origin: Origin, message: &str, help: &str) -> Vec<Problem> {
        self.state = State::Done;
        vec![Problem::new(ProblemKind::NotARecord, message, origin).help(help)]
    }

    /// Consumes bytes up to one that ends them, and that one too. Gives their number and the last one, and holds them if they are not more than `most`.
    fn take_until(&mut self, most: u64, mut ends: impl FnMut(u8) -> bool) -> Result<(u64, Option<u8>), InputError> {
        self.buffer.clear();
        let mut length = 0_u64;
        loop {
            let chunk = match self.stream.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.stream.failure(error)),
            };
            if chunk.is_empty() {
                return Ok((length, None));
            }
            let end = chunk.iter().position(|&byte| ends(byte));
            let taken = end.unwrap_or(chunk.len());
            length += taken as u64;
            if length <= most {
                self.buffer.extend_from_slice(&chunk[..taken]);
            } else {
                self.buffer.clear();
            }
            self.line += line_feeds(&chunk[..taken]);
            let end = end.map(|end| chunk[end]);
            self.stream.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                return Ok((length, end));
            }
        }
    }

    /// Consumes an element and the comma or bracket after it. The buffer holds it if it is not longer than the limit.
    fn element(&mut self) -> Result<(u64, End), InputError> {
        let mut scan = Scan::default();
        let (length, end) = self.take_until(u64::from(self.limits.record_bytes), |byte| scan.ends_at(byte))?;
        let end = match end {
            Some(b',') => End::Comma,
            Some(_) => End::Bracket,
            None => End::Text,
        };
        Ok((length, end))
    }

    fn whole_element(&mut self) -> Result<Option<Result<Origin, Vec<Problem>>>, InputError> {
        let start = self.origin(0);
        let (length, end) = self.element()?;
        self.state = match end {
            End::Comma => State::InList { wanted: true },
            End::Bracket => State::AfterList,
            End::Text => {
                let origin = Origin {
                    length: u32::try_from(length).unwrap_or(u32::MAX),
                    ..start
                };
                return Ok(Some(Err(self.broken(
                    origin,
                    "the log ends inside its list",
                    "the file was probably not written to its end; a log that is still being written is better kept as jsonl",
                ))));
            }
        };
        let held = length <= u64::from(self.limits.record_bytes);
        let length = if held { self.text().len() as u64 } else { length };
        let origin = Origin {
            length: u32::try_from(length).unwrap_or(u32::MAX),
            ..start
        };
        if !held {
            return Ok(Some(Err(vec![too_long(origin, self.limits)])));
        }
        Ok(Some(Ok(origin)))
    }

    /// Goes to the list that the log's object has at a key; everything that is wrong, if it has none.
    fn enter(&mut self, member: &str) -> Result<Result<(), Vec<Problem>>, InputError> {
        let first = self.peek()?;
        let start = self.origin(u64::from(first.is_some()));
        if first != Some(b'{') {
            let here = start;
            let named = quoted(member);
            let help = format!("the records are the list at the key {named} of the object that the log is");
            return Ok(Err(self.broken(here, "the log is not a JSON object", &help)));
        }
        self.stream.consume(1);
        let mut keys: Vec<String> = Vec::new();
        loop {
            if self.peek()? == Some(b'"') {
                let mut scan = Scan::default();
                let most = MAX_KEY_BYTES as u64;
                self.take_until(most, |byte| byte == b':' && !scan.is_in_text() || scan.goes_on(byte))?;
                let key = serde_json::from_slice::<String>(&self.buffer).unwrap_or_default();
                if key == member {
                    let first = self.peek()?;
                    if first == Some(b'[') {
                        self.stream.consume(1);
                        self.state = State::InList { wanted: false };
                        return Ok(Ok(()));
                    }
                    let here = self.origin(u64::from(first.is_some()));
                    let message = format!("{} is not a list", quoted(member));
                    return Ok(Err(self.broken(here, &message, "its elements are the records")));
                }
                if keys.len() < MAX_SHOWN_KEYS {
                    keys.push(visible(&key, MAX_SHOWN_KEY));
                }
                let mut scan = Scan::default();
                let (_, end) = self.take_until(0, |byte| scan.is_outside() && byte == b'}' || scan.ends_at(byte))?;
                if end == Some(b',') {
                    continue;
                }
            }
            let known: Vec<&str> = keys.iter().map(String::as_str).collect();
            let help = suggestion(member, "keys", &known).unwrap_or_else(|| "the object is empty".to_owned());
            let message = format!("the log's object has no list {}", quoted(member));
            return Ok(Err(self.broken(start, &message, &help)));
        }
    }

    /// The place of the next element, whose text is then held, or what is wrong with it; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Result<Origin, Vec<Problem>>>, InputError> {
        const NO_LIST: &str = "the log is not a JSON list";
        loop {
            let byte = self.peek()?;
            let here = self.origin(1);
            match (self.state, byte) {
                (State::Done, _) | (State::BeforeList | State::AfterList, None) => return Ok(None),
                (State::BeforeList, Some(_)) if self.member.is_some() => {
                    let member = self.member.clone().unwrap_or_default();
                    if let Err(problems) = self.enter(&member)? {
                        return Ok(Some(Err(problems)));
                    }
                }
                (State::BeforeList, Some(b'[')) => {
                    self.stream.consume(1);
                    self.state = State::InList { wanted: false };
                }
                (State::BeforeList, Some(b'{')) => {
                    return Ok(Some(Err(self.broken(
                        here,
                        NO_LIST,
                        "put the objects into a list, or, if every line is an object of its own, say that the format is jsonl; a map's `records` names the list of an object",
                    ))));
                }
                (State::BeforeList, Some(_)) => {
                    return Ok(Some(Err(self.broken(
                        here,
                        NO_LIST,
                        "write the events as one list of objects",
                    ))));
                }
                (State::InList { wanted: false }, Some(b']')) => {
                    self.stream.consume(1);
                    self.state = State::AfterList;
                }
                (State::InList { .. }, _) => return self.whole_element(),
                // What an object has beside its list is nothing to the records.
                (State::AfterList, Some(_)) if self.member.is_some() => {
                    self.state = State::Done;
                    return Ok(None);
                }
                (State::AfterList, Some(_)) => {
                    return Ok(Some(Err(self.broken(
                        here,
                        "the log goes on after the end of its list",
                        "a log is one list: look for a `]` too many, or join the lists",
                    ))));
                }
            }
        }
    }
}

impl<'m> JsonReader<'m> {
    pub(super) fn new(elements: Elements, schema: Schema<'m>) -> Self {
        JsonReader {
            elements,
            quick: schema.quick(),
            schema,
        }
    }
}

pub(super) fn not_an_object(_: &str, error: Option<&JsonError>) -> Option<String> {
    error
        .is_none()
        .then(|| "write every event as an object in the list".to_owned())
}

impl Reader for JsonReader<'_> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        Ok(match self.elements.next()? {
            None => None,
            Some(Err(problems)) => Some(Err(problems)),
            Some(Ok(origin)) => Some(match utf8(self.elements.text(), origin) {
                Ok(text) => jsonl::event(&self.schema, self.quick.as_mut(), text, origin, not_an_object),
                Err(problems) => Err(problems),
            }),
        })
    }

    fn position(&self) -> u64 {
        self.elements.position()
    }
}

/// Follows brackets and quotes.
#[derive(Default)]
struct Scan {
    depth: u64,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    fn is_in_text(&self) -> bool {
        self.in_text
    }

    fn is_outside(&self) -> bool {
        self.depth == 0 && !self.in_text
    }

    /// Follows a byte that ends nothing.
    fn goes_on(&mut self, byte: u8) -> bool {
        self.ends_at(byte);
        false
    }

    /// Whether the byte ends the element: a comma or a closing bracket that is not inside it.
    fn ends_at(&mut self, byte: u8) -> bool {
        if self.in_text {
            let escaped = std::mem::take(&mut self.escaped);
            match byte {
                _ if escaped => {}
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'[' | b'{' => self.depth += 1,
            b',' => return self.depth == 0,
            b']' if self.depth == 0 => return true,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Format;
    use crate::log::fixture::{events, outcomes, outcomes_within, problem, record, shown};

    fn json(text: &str) -> (String, u64, Option<String>) {
        let last = outcomes(text, Format::Json).pop().unwrap().unwrap_err().remove(0);
        assert_eq!(last.kind, ProblemKind::NotARecord);
        (last.message, last.origin.line, last.help)
    }

    #[test]
    fn elements_know_their_places() {
        let ping = record("ping", r#""x": ["],[", {"y\"": "}\\"}]"#);
        let text = format!("\u{feff}\r\n [\n{ping} , {ping},\n\n  {ping}\n]\n");
        let found: Vec<(u64, &str)> = events(&text, Format::Json)
            .iter()
            .map(|event| {
                let start = usize::try_from(event.origin.offset).unwrap();
                (event.origin.line, &text[start..start + event.origin.length as usize])
            })
            .collect();
        assert_eq!(found, [(3, ping.as_str()), (3, ping.as_str()), (5, ping.as_str())]);
    }

    #[test]
    fn an_empty_list_has_no_records() {
        assert!(events("[]", Format::Json).is_empty());
        assert!(events(" [ ] ", Format::Json).is_empty());
        assert!(events("", Format::Json).is_empty());
    }

    #[test]
    fn a_record_over_several_lines_is_read() {
        let text = "[{\n  \"time\": \"2024-07-08T10:00:00Z\",\n  \"type\": \"mixed\",\n  \"numbers\": [\n1,\n2]\n}]";
        assert_eq!(
            shown(&events(text, Format::Json)[0], "numbers").as_deref(),
            Some("[1, 2]")
        );
        let (problem, underlined) = problem(&text.replace("1,\n2", "1,\n\"2\""), Format::Json);
        assert_eq!(problem.origin.line, 1);
        assert_eq!(underlined, "\"2\"");
    }

    #[test]
    fn a_bad_element_does_not_spoil_the_next() {
        let ping = record("ping", "");
        let text = format!("[{ping}, 5, {ping}, {{\"time\" 1}}, {ping} {ping}, {ping},]");
        let usable: Vec<bool> = outcomes(&text, Format::Json).iter().map(Result::is_ok).collect();
        assert_eq!(usable, [true, false, true, false, false, true, false]);
    }

    #[test]
    fn what_is_not_one_list_is_explained() {
        let ping = record("ping", "");
        let (message, line, help) = json(&format!("\n{ping}\n{ping}\n"));
        assert_eq!(message, "the log is not a JSON list");
        assert_eq!(line, 2);
        assert!(help.unwrap().contains("the format is jsonl"));
        let (message, ..) = json("17");
        assert_eq!(message, "the log is not a JSON list");
        let (message, line, help) = json(&format!("[{ping},\n{{\"time\": \"2024"));
        assert_eq!(message, "the log ends inside its list");
        assert_eq!(line, 2);
        assert!(
            help.unwrap()
                .starts_with("the file was probably not written to its end")
        );
        let (message, ..) = json(&format!("[{ping}"));
        assert_eq!(message, "the log ends inside its list");
        let (message, ..) = json(&format!("[{ping}]]"));
        assert_eq!(message, "the log goes on after the end of its list");
    }

    #[test]
    fn an_element_that_is_too_long_is_passed_over() {
        let ping = record("ping", "");
        let long = record("ping", &format!("\"x\": \"{}\"", "],".repeat(1_000_000)));
        let limits = Limits {
            record_bytes: 100_000,
            ..Limits::default()
        };
        let outcomes = outcomes_within(&format!("[{ping},\n{long},\n{ping}]"), Format::Json, limits);
        let usable: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(usable, [true, false, true]);
        let problem = &outcomes[1].as_ref().unwrap_err()[0];
        assert_eq!(problem.kind, ProblemKind::RecordTooLong);
        assert_eq!(problem.origin.line, 2);
        assert_eq!(problem.origin.length as usize, long.len());
    }

    #[test]
    fn depth_does_no_harm() {
        let depth = 500_000;
        let nested = format!("[{}{}]", "[".repeat(depth), "]".repeat(depth));
        let (problem, _) = problem(&nested, Format::Json);
        assert_eq!(problem.message, "the record is not a JSON object");
    }
}
