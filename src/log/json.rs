//! JSON: one list of objects.

use std::io::BufRead;

use super::json_text::JsonError;
use super::jsonl;
use super::lines::line_feeds;
use super::problem::{Problem, ProblemKind};
use super::reader::{Outcome, Reader, too_long, utf8};
use super::record::Schema;
use super::stream::Stream;
use super::{InputError, InputId, Limits, Origin};

/// Reads a log that is one JSON list, holding one element at a time.
///
/// The list is taken apart by its brackets, quotes and commas alone, so that an element which is not JSON is a problem of its
/// own and the elements after it can be read.
pub(super) struct JsonReader<'m> {
    stream: Stream,
    input: InputId,
    schema: Schema<'m>,
    limits: Limits,
    line: u64,
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

impl<'m> JsonReader<'m> {
    pub(super) fn new(stream: Stream, input: InputId, schema: Schema<'m>, limits: Limits) -> Self {
        JsonReader {
            stream,
            input,
            schema,
            limits,
            line: 1,
            state: State::BeforeList,
            buffer: Vec::new(),
        }
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
    fn broken(&mut self, origin: Origin, message: &str, help: &str) -> Outcome {
        self.state = State::Done;
        Err(vec![Problem::new(ProblemKind::NotARecord, message, origin).help(help)])
    }

    /// Consumes an element and the comma or bracket after it. The buffer holds it if it is not longer than the limit.
    fn element(&mut self) -> Result<(u64, End), InputError> {
        self.buffer.clear();
        let mut scan = Scan::default();
        let mut length = 0_u64;
        loop {
            let chunk = match self.stream.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.stream.failure(error)),
            };
            if chunk.is_empty() {
                return Ok((length, End::Text));
            }
            let end = chunk.iter().position(|&byte| scan.ends_at(byte));
            let taken = end.unwrap_or(chunk.len());
            length += taken as u64;
            if length <= u64::from(self.limits.record_bytes) {
                self.buffer.extend_from_slice(&chunk[..taken]);
            } else {
                self.buffer.clear();
            }
            self.line += line_feeds(&chunk[..taken]);
            let end = end.map(|end| chunk[end]);
            self.stream.consume(taken + usize::from(end.is_some()));
            match end {
                Some(b',') => return Ok((length, End::Comma)),
                Some(_) => return Ok((length, End::Bracket)),
                None => {}
            }
        }
    }

    fn decode(&mut self) -> Result<Option<Outcome>, InputError> {
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
                return Ok(Some(self.broken(
                    origin,
                    "the log ends inside its list",
                    "the file was probably not written to its end; a log that is still being written is better kept as jsonl",
                )));
            }
        };
        let held = length <= u64::from(self.limits.record_bytes);
        let bytes = self.buffer.trim_ascii_end();
        let length = if held { bytes.len() as u64 } else { length };
        let origin = Origin {
            length: u32::try_from(length).unwrap_or(u32::MAX),
            ..start
        };
        if !held {
            return Ok(Some(Err(vec![too_long(origin, self.limits)])));
        }
        Ok(Some(match utf8(bytes, origin) {
            Ok(text) => jsonl::event(&self.schema, text, origin, not_an_object),
            Err(problems) => Err(problems),
        }))
    }
}

fn not_an_object(_: &str, error: Option<&JsonError>) -> Option<String> {
    error
        .is_none()
        .then(|| "write every event as an object in the list".to_owned())
}

impl Reader for JsonReader<'_> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        const NO_LIST: &str = "the log is not a JSON list";
        loop {
            let byte = self.peek()?;
            let here = self.origin(1);
            match (self.state, byte) {
                (State::Done, _) | (State::BeforeList | State::AfterList, None) => return Ok(None),
                (State::BeforeList, Some(b'[')) => {
                    self.stream.consume(1);
                    self.state = State::InList { wanted: false };
                }
                (State::BeforeList, Some(b'{')) => {
                    return Ok(Some(self.broken(
                        here,
                        NO_LIST,
                        "put the objects into a list, or, if every line is an object of its own, say that the format is jsonl",
                    )));
                }
                (State::BeforeList, Some(_)) => {
                    return Ok(Some(self.broken(
                        here,
                        NO_LIST,
                        "write the events as one list of objects",
                    )));
                }
                (State::InList { wanted: false }, Some(b']')) => {
                    self.stream.consume(1);
                    self.state = State::AfterList;
                }
                (State::InList { .. }, _) => return self.decode(),
                (State::AfterList, Some(_)) => {
                    return Ok(Some(self.broken(
                        here,
                        "the log goes on after the end of its list",
                        "a log is one list: look for a `]` too many, or join the lists",
                    )));
                }
            }
        }
    }

    fn position(&self) -> u64 {
        self.stream.position()
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
