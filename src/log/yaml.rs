//! YAML: lists of mappings, or documents that are one.

use std::io::Read;
use std::ops::Range;
use std::vec;

use serde_saphyr::granit_parser::{Event as Token, ScanError, Span};

use super::line_ends::line_feeds;
use super::problem::{Problem, ProblemKind};
use super::reader::{Outcome, Reader, too_long, utf8};
use super::record::Schema;
use super::stream::Stream;
use super::visible::visible;
use super::yaml_nodes::Nodes;
use super::{Format, InputError, InputId, Limits, Origin};

/// Reads a log of YAML, which is small and written by hand: the whole of it at once.
pub(super) struct YamlReader {
    outcomes: vec::IntoIter<Outcome>,
    position: u64,
}

impl YamlReader {
    pub(super) fn new(
        mut stream: Stream,
        input: InputId,
        schema: &Schema<'_>,
        limits: Limits,
    ) -> Result<Self, InputError> {
        let offset = stream.position();
        let mut bytes = Vec::new();
        let read = stream
            .by_ref()
            .take(limits.yaml_bytes.saturating_add(1))
            .read_to_end(&mut bytes);
        read.map_err(|error| stream.failure(error))?;
        if bytes.len() as u64 > limits.yaml_bytes {
            return Err(InputError::TooLong {
                name: stream.name().to_owned(),
                format: Format::Yaml,
                limit: limits.yaml_bytes,
            });
        }
        let outcomes = match std::str::from_utf8(&bytes) {
            Ok(text) => Records::new(text, input, offset, schema, limits).read(),
            Err(error) => vec![not_utf8(&bytes, error.valid_up_to(), input, offset)],
        };
        Ok(YamlReader {
            outcomes: outcomes.into_iter(),
            position: stream.position(),
        })
    }
}

impl Reader for YamlReader {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        Ok(self.outcomes.next())
    }

    fn position(&self) -> u64 {
        self.position
    }
}

/// The problem of the line that is not UTF-8, without which the rest means nothing.
fn not_utf8(bytes: &[u8], at: usize, input: InputId, offset: u64) -> Outcome {
    let feed = |&byte: &u8| byte == b'\n';
    let start = bytes[..at].iter().rposition(feed).map_or(0, |feed| feed + 1);
    let length = bytes[start..].iter().position(feed);
    let length = length.unwrap_or(bytes.len() - start);
    let origin = Origin {
        input,
        line: 1 + line_feeds(&bytes[..start]),
        offset: offset + start as u64,
        length: u32::try_from(length).unwrap_or(u32::MAX),
    };
    let problems = utf8(&bytes[start..start + length], origin).err();
    Err(problems.unwrap_or_default())
}

struct Records<'a, 's, 'm> {
    text: &'a str,
    nodes: Nodes<'a>,
    input: InputId,
    /// Where the text starts in the log.
    offset: u64,
    /// How far lines have been counted, and the number of the line there.
    counted: (usize, u64),
    schema: &'s Schema<'m>,
    limits: Limits,
}

/// What the parser is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Document,
    List,
}

impl<'a, 's, 'm> Records<'a, 's, 'm> {
    fn new(text: &'a str, input: InputId, offset: u64, schema: &'s Schema<'m>, limits: Limits) -> Self {
        Records {
            text,
            nodes: Nodes::new(text),
            input,
            offset,
            counted: (0, 1),
            schema,
            limits,
        }
    }

    fn read(mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        if let Err(error) = self.records(&mut outcomes) {
            outcomes.push(Err(vec![self.syntax(&error)]));
        }
        outcomes
    }

    fn records(&mut self, outcomes: &mut Vec<Outcome>) -> Result<(), ScanError> {
        let mut level = Level::Document;
        while let Some((token, span)) = self.nodes.token()? {
            match (&token, level) {
                (Token::StreamStart | Token::StreamEnd | Token::DocumentStart(..), _) => {}
                (Token::DocumentEnd, _) => self.nodes.end_document(),
                (Token::SequenceStart(..), Level::Document) => level = Level::List,
                (Token::SequenceEnd, Level::List) => level = Level::Document,
                // A document without content.
                (Token::Scalar(..), Level::Document) if span.byte_range().is_some_and(|range| range.is_empty()) => {}
                _ => outcomes.push(self.record(token, span)?),
            }
        }
        Ok(())
    }

    fn record(&mut self, token: Token<'a>, span: Span) -> Result<Outcome, ScanError> {
        let node = self.nodes.record(token, span)?;
        let start = node.record_start(self.text);
        let end = node.range().end.max(start);
        let origin = self.origin(start..end);
        if self.nodes.overflowed() || origin.length > self.limits.record_bytes {
            return Ok(Err(vec![too_long(origin, self.limits)]));
        }
        let range = node.range().start - start..end - start;
        let Some(pairs) = node.pairs(start) else {
            let problem = Problem::new(ProblemKind::NotARecord, "the record is not a mapping", origin)
                .at(range, "not a mapping")
                .help("write every event as `time: ...`, `type: ...` and its fields, in a list or in documents of their own");
            return Ok(Err(vec![problem]));
        };
        if let Some(merge) = pairs.iter().find(|pair| pair.key == "<<") {
            let problem = Problem::new(ProblemKind::UnsupportedYaml, "merge keys are not read", origin)
                .at(merge.key_range.clone(), "a merge key")
                .help("write the entries of the other mapping here; an alias of a single value is read");
            return Ok(Err(vec![problem]));
        }
        Ok(self.schema.record(&pairs, origin))
    }

    /// The bytes of the text as a place in the log.
    ///
    /// The parser's own lines also end at a carriage return alone, as no other line of a log does.
    fn origin(&mut self, range: Range<usize>) -> Origin {
        let (counted, line) = self.counted;
        if let Some(between) = self.text.as_bytes().get(counted..range.start) {
            self.counted = (range.start, line + line_feeds(between));
        }
        Origin {
            input: self.input,
            line: self.counted.1,
            offset: self.offset + range.start as u64,
            length: u32::try_from(range.len()).unwrap_or(u32::MAX),
        }
    }

    /// The problem of a text that is not YAML from some place on.
    fn syntax(&mut self, error: &ScanError) -> Problem {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let start = self.text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        let origin = self.origin(start..start + line.len());
        let label = visible(&error.info(), 200);
        let character = self.text[at..].chars().next().filter(|&character| character != '\n');
        Problem::new(
            ProblemKind::NotARecord,
            format!("the log is not YAML from here on: {label}"),
            origin,
        )
        .at(at - start..at - start + character.map_or(0, char::len_utf8), label)
        .help("nothing after this place is read: quote values with `: ` or ` #` in them, and indent with spaces")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixture::{events, inputs, model, outcomes, outcomes_within, problem, problems, shown};
    use crate::log::{Asked, reader};

    const ATTACK: &str = "- time: 2024-07-08T10:00:00Z\n  type: attack\n  id: a\n  against: UA\n  kind: threat\n";

    #[test]
    fn lists_and_documents_are_read() {
        let text = "\u{feff}# log\r\n- {time: 2024-07-08T10:00:00Z, type: ping}\r\n-\r\n  type: 'ping'\r\n  time: \"2024-07-08T10:00:01Z\" # c\r\n\
            ---\r\n---\r\ntime: 2024-07-08T10:00:02Z\r\ntype: ping\r\n...\r\n";
        let found: Vec<(u64, &str)> = events(text, Format::Yaml)
            .iter()
            .map(|event| {
                let start = usize::try_from(event.origin.offset).unwrap();
                (event.origin.line, &text[start..start + event.origin.length as usize])
            })
            .collect();
        assert_eq!(
            found,
            [
                (2, "- {time: 2024-07-08T10:00:00Z, type: ping}"),
                (4, "  type: 'ping'\r\n  time: \"2024-07-08T10:00:01Z\""),
                (8, "time: 2024-07-08T10:00:02Z\r\ntype: ping"),
            ]
        );
        assert!(events("", Format::Yaml).is_empty());
        assert!(events("# nothing\n", Format::Yaml).is_empty());
        assert!(events("[]", Format::Yaml).is_empty());
        assert_eq!(
            events(
                "[{time: 2024-07-08T10:00:00Z, type: ping}, {time: 2024-07-08T10:00:00Z, type: ping}]",
                Format::Yaml
            )
            .len(),
            2
        );
    }

    #[test]
    fn what_is_wrong_is_underlined() {
        let (wrong, underlined) = problem(&ATTACK.replace("UA", "UX"), Format::Yaml);
        assert_eq!(wrong.message, "`against` names no party of the agreement: `UX`");
        assert_eq!(underlined, "UX");
        let (wrong, underlined) = problem(&format!("{ATTACK}  kind: threat\n"), Format::Yaml);
        assert_eq!(wrong.kind, ProblemKind::DuplicateKey);
        assert_eq!(underlined, "kind");
        let (wrong, underlined) = problem(&ATTACK.replace("UA", "~"), Format::Yaml);
        assert_eq!(wrong.kind, ProblemKind::MissingField);
        assert_eq!(underlined, "~");
    }

    #[test]
    fn lines_are_counted_by_line_feeds_alone() {
        let text = format!("# a\r# b\r\n\r\r{ATTACK}\r\r- [x\n]\n- *y\n");
        let lines: Vec<u64> = outcomes(&text, Format::Yaml)
            .iter()
            .map(|outcome| match outcome {
                Ok(event) => event.origin().line,
                Err(problems) => problems[0].origin.line,
            })
            .collect();
        assert_eq!(lines, [2, 7, 9]);
    }

    #[test]
    fn what_is_not_a_mapping_is_no_record() {
        let (problem, underlined) = problem("- hello\n", Format::Yaml);
        assert_eq!(problem.kind, ProblemKind::NotARecord);
        assert_eq!(problem.message, "the record is not a mapping");
        assert_eq!(underlined, "hello");
        assert_eq!(
            problems("hello\n", Format::Yaml)[0].message,
            "the record is not a mapping"
        );
        assert_eq!(problems("-\n- [a]\n", Format::Yaml).len(), 2);
    }

    #[test]
    fn aliases_are_followed_and_merge_keys_refused() {
        let text = format!(
            "{}- time: *when\n  type: ping\n",
            ATTACK.replace("time: ", "time: &when ")
        );
        assert_eq!(events(&text, Format::Yaml)[1].time.to_string(), "2024-07-08T10:00:00Z");
        let text =
            "- &base {time: 2024-07-08T10:00:00Z, type: ping}\n- <<: *base\n  time: 2024-07-09T10:00:00Z\n- *base\n";
        let outcomes = outcomes(text, Format::Yaml);
        let usable: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(usable, [true, false, true]);
        let merge = &outcomes[1].as_ref().unwrap_err()[0];
        assert_eq!(merge.kind, ProblemKind::UnsupportedYaml);
        assert_eq!(merge.message, "merge keys are not read");
    }

    #[test]
    fn a_bomb_of_aliases_is_no_more_than_its_text() {
        let level = |level: usize| {
            let aliases = vec![format!("*a{}", level - 1); 10];
            format!("  a{level}: &a{level} [{}]\n", aliases.join(", "))
        };
        let mut text = "- a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        text.extend((1..=60).map(level));
        text.push_str("  time: 2024-07-08T10:00:00Z\n  type: consultation\n  between: *a60\n");
        let found = problems(&text, Format::Yaml);
        assert_eq!(found.len(), 10);
        assert_eq!(
            found[0].message,
            "an element of `between` must be the name of a party, and is a list"
        );
    }

    #[test]
    fn a_text_that_is_not_yaml_is_read_up_to_there() {
        let outcomes = outcomes(&format!("{ATTACK}- time: [1\n- x: 2\n"), Format::Yaml);
        assert!(outcomes[0].is_ok());
        let problem = &outcomes[1].as_ref().unwrap_err()[0];
        assert_eq!(problem.kind, ProblemKind::NotARecord);
        assert!(
            problem.message.starts_with("the log is not YAML from here on: "),
            "{}",
            problem.message
        );
        assert!(problem.origin.line >= 6);
        assert_eq!(problems("- a: *nothing\n", Format::Yaml).len(), 1);
        assert_eq!(problems("- a: \x1b[2J\n", Format::Yaml).len(), 1);
    }

    #[test]
    fn depth_is_bounded() {
        for text in [
            "[".repeat(100_000),
            "- ".repeat(100_000),
            "a: {".repeat(100_000),
            "? ".repeat(100_000),
        ] {
            assert_eq!(problems(&text, Format::Yaml).len(), 1);
        }
    }

    #[test]
    fn a_log_that_is_too_long_is_refused_whole() {
        let (inputs, model) = (inputs(ATTACK, Format::Yaml), model());
        let limits = Limits {
            yaml_bytes: 20,
            ..Limits::default()
        };
        let error = reader::open(&inputs, InputId(0), &Asked::all(&model), limits, None)
            .err()
            .unwrap();
        assert_eq!(error.to_string(), "`standard input` holds more than 20 bytes of yaml");
        let limits = Limits {
            yaml_bytes: ATTACK.len() as u64,
            ..Limits::default()
        };
        assert!(reader::open(&inputs, InputId(0), &Asked::all(&model), limits, None).is_ok());
    }

    #[test]
    fn a_record_that_is_too_long_is_passed_over() {
        let limits = Limits {
            record_bytes: 50,
            ..Limits::default()
        };
        let outcomes = outcomes_within(
            &format!("{ATTACK}- time: 2024-07-08T10:00:00Z\n  type: ping\n"),
            Format::Yaml,
            limits,
        );
        assert_eq!(outcomes[0].as_ref().unwrap_err()[0].kind, ProblemKind::RecordTooLong);
        assert!(outcomes[1].is_ok());
        let parts = format!("{ATTACK}  x: [{}]\n{ATTACK}", "1,".repeat(200_000));
        let outcomes = outcomes_within(&parts, Format::Yaml, Limits::default());
        assert_eq!(outcomes[0].as_ref().unwrap_err()[0].kind, ProblemKind::RecordTooLong);
        assert!(outcomes[1].is_ok());
    }

    #[test]
    fn text_that_is_not_utf8_is_told_by_its_byte() {
        let text = [ATTACK.as_bytes(), b"- a: \xff\n- b"].concat();
        let problem = problems(&text, Format::Yaml).remove(0);
        assert_eq!(problem.kind, ProblemKind::InvalidUtf8);
        assert_eq!(problem.origin.line, 6);
        assert_eq!(
            problem.message,
            format!("the record is not UTF-8 at byte {} of the log", ATTACK.len() + 5)
        );
    }

    #[test]
    fn blocks_of_text_are_text() {
        let text = "time: 2024-07-08T10:00:00Z\ntype: funding\namount: 5 USD\nremark: |\n  two\n  lines\n\n# end\n";
        let event = &events(text, Format::Yaml)[0];
        assert_eq!(shown(event, "remark").as_deref(), Some("\"two\\nlines\\n\""));
        assert!(text[..event.origin.length as usize].ends_with("lines"));
    }
}
