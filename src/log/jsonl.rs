//! JSON Lines: one object on each line.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::blocks::{BLOCK_BYTES, Block, Blocks, Line, Piece};
use super::extent::Extent;
use super::json_text::{JsonError, JsonValue, read_pairs};
use super::passing::Passing;
use super::pieces::{Decoder, Decoders, Next, Pieces, Taker};
use super::problem::{Problem, ProblemKind};
use super::quick::Quick;
use super::reader::{Outcome, too_long};
use super::record::Schema;
use super::stream::Stream;
use super::written::Pair;
use super::{InputError, InputId, Limits, Origin};

/// A log of JSON Lines. Blank lines are passed over.
pub(super) struct JsonLines<'m> {
    blocks: Blocks,
    schema: Schema<'m>,
    limits: Limits,
}

/// Makes events of lines.
#[derive(Debug)]
pub(super) struct LineDecoder<'m> {
    schema: Schema<'m>,
    quick: Option<Quick<'m>>,
    limits: Limits,
}

impl<'m> JsonLines<'m> {
    pub(super) fn new(stream: Stream, input: InputId, schema: Schema<'m>, limits: Limits) -> Self {
        JsonLines {
            blocks: Blocks::of_lines(stream, input, limits, BLOCK_BYTES),
            schema,
            limits,
        }
    }
}

impl<'m> Pieces<'m> for JsonLines<'m> {
    type Piece = Block;
    type Decoder = LineDecoder<'m>;

    fn next(&mut self, done: Option<Block>) -> Result<Option<Next<Block>>, InputError> {
        Ok(self.blocks.next(done)?.map(|piece| match piece {
            Piece::Block(block) => Next::Piece(block),
            Piece::TooLong(origin) => Next::Outcome(Err(vec![too_long(origin, self.limits)])),
        }))
    }

    fn decoders(&self) -> Decoders<'m, LineDecoder<'m>> {
        let (schema, limits) = (self.schema.clone(), self.limits);
        Arc::new(move || LineDecoder::new(schema.clone(), limits))
    }

    fn weight(block: &Block) -> usize {
        block.bytes()
    }

    fn position(&self) -> u64 {
        self.blocks.position()
    }
}

impl<'m> LineDecoder<'m> {
    pub(super) fn new(schema: Schema<'m>, limits: Limits) -> Self {
        LineDecoder {
            quick: schema.quick(),
            schema,
            limits,
        }
    }
}

impl LineDecoder<'_> {
    /// What a line comes to; `None` if it is blank.
    pub(super) fn outcome(&mut self, line: Line<'_>, origin: Origin) -> Option<Outcome> {
        if origin.length <= self.limits.record_bytes
            && let Some(quick) = &mut self.quick
            && let Ok(text) = line.text(origin)
            && let Some(record) = quick.record(text, origin)
        {
            return Some(Ok(record));
        }
        self.long_outcome(line, origin)
    }

    /// As [`LineDecoder::outcome`], on the long way.
    fn long_outcome(&self, line: Line<'_>, origin: Origin) -> Option<Outcome> {
        if origin.length > self.limits.record_bytes {
            return Some(Err(vec![too_long(origin, self.limits)]));
        }
        let text = match line.text(origin) {
            Ok(text) => text,
            Err(problems) => return Some(Err(problems)),
        };
        (!line.is_blank()).then(|| event(&self.schema, None, text, origin, not_one_line))
    }
}

impl Decoder<Block> for LineDecoder<'_> {
    fn begin(&mut self, block: &mut Block) {
        block.begin();
    }

    fn decode(&mut self, block: &mut Block, taker: &mut impl Taker) -> ControlFlow<()> {
        let most = usize::try_from(self.limits.record_bytes).unwrap_or(usize::MAX);
        loop {
            let mut is_tried = false;
            if let Some(quick) = &mut self.quick
                && let Some((lines, start)) = block.lines()
            {
                let mut passing = Passing::new(start, taker.span(), most);
                let flow = quick.records(lines, Extent::Line, &mut passing, taker);
                passing.end(block, taker);
                is_tried = flow?;
            }
            let Some((line, origin)) = block.next_line() else {
                return ControlFlow::Continue(());
            };
            let outcome = if is_tried {
                self.long_outcome(line, origin)
            } else {
                self.outcome(line, origin)
            };
            if let Some(outcome) = outcome {
                taker.take(outcome)?;
            }
        }
    }
}

/// The event of one JSON text. `help` says what to do about a text that is not a JSON object.
pub(super) fn event(
    schema: &Schema<'_>,
    quick: Option<&mut Quick<'_>>,
    text: &str,
    origin: Origin,
    help: impl FnOnce(&str, Option<&JsonError>) -> Option<String>,
) -> Outcome {
    if let Some(record) = quick.and_then(|quick| quick.record(text, origin)) {
        return Ok(record);
    }
    pairs(text, origin, help).and_then(|pairs| schema.record(&pairs, origin))
}

/// The entries of the object that a JSON text is.
pub(super) fn pairs(
    text: &str,
    origin: Origin,
    help: impl FnOnce(&str, Option<&JsonError>) -> Option<String>,
) -> Result<Vec<Pair<'_, JsonValue<'_>>>, Vec<Problem>> {
    let start = text.len() - text.trim_ascii_start().len();
    if !text[start..].starts_with('{') {
        let mut problem = Problem::new(ProblemKind::NotARecord, "the record is not a JSON object", origin)
            .at(start..text.trim_ascii_end().len(), "not an object");
        problem.help = help(text, None);
        return Err(vec![problem]);
    }
    let mut pairs: Vec<Pair<'_, JsonValue<'_>>> = Vec::new();
    match read_pairs(text, &mut pairs) {
        Ok(()) => Ok(pairs),
        Err(error) => {
            let (message, label) = if error.ends_too_soon {
                (
                    "the record is cut off: its JSON does not end".to_owned(),
                    "ends here".to_owned(),
                )
            } else {
                (
                    format!("the record is not JSON: {}", error.message),
                    error.message.clone(),
                )
            };
            let mut problem =
                Problem::new(ProblemKind::NotARecord, message, origin).at(character_at(text, error.at), label);
            problem.help = help(text, Some(&error));
            Err(vec![problem])
        }
    }
}

/// The bytes of the character that a byte belongs to.
fn character_at(text: &str, at: usize) -> std::ops::Range<usize> {
    let start = (0..=at.min(text.len()))
        .rev()
        .find(|&start| text.is_char_boundary(start))
        .unwrap_or(0);
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}

fn not_one_line(text: &str, error: Option<&JsonError>) -> Option<String> {
    let is_opening = matches!(text.trim_ascii(), "{" | "[");
    match error {
        _ if is_opening => {
            Some("in JSON Lines every record is on one line; a list of records is the format json".to_owned())
        }
        None if text.trim_ascii_start().starts_with('[') => {
            Some("a list of records is the format json, not jsonl".to_owned())
        }
        None => Some("write every record as an object on one line".to_owned()),
        Some(error) if error.ends_too_soon => Some("write every record on one line, and to its closing `}`".to_owned()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::fixture::{events, found_in, inputs, model, outcomes, outcomes_within, problem, problems, record};
    use crate::log::{Asked, Format};

    fn jsonl(text: &str) -> (String, String, Option<String>) {
        let (problem, underlined) = problem(text, Format::Jsonl);
        assert_eq!(problem.kind, ProblemKind::NotARecord);
        (problem.message, underlined, problem.help)
    }

    #[test]
    fn lines_end_in_any_way_and_blank_ones_are_none() {
        let ping = record("ping", "");
        let text = format!("\u{feff}{ping}\r\n\n  \t\r\n {ping} \n{ping}");
        let places: Vec<(u64, u64, u32)> = events(&text, Format::Jsonl)
            .iter()
            .map(|event| (event.origin.line, event.origin.offset, event.origin.length))
            .collect();
        let length = u32::try_from(ping.len()).unwrap();
        let long = u64::from(length);
        assert_eq!(
            places,
            [(1, 3, length), (4, 11 + long, length + 2), (5, 14 + 2 * long, length)]
        );
        assert!(events("", Format::Jsonl).is_empty());
        assert!(events("\n", Format::Jsonl).is_empty());
    }

    #[test]
    fn what_is_not_an_object_is_no_record() {
        let (message, underlined, help) = jsonl(" 17 ");
        assert_eq!(message, "the record is not a JSON object");
        assert_eq!(underlined, "17");
        assert_eq!(help.as_deref(), Some("write every record as an object on one line"));
        // White space that JSON does not know.
        let (_, underlined, _) = jsonl("\u{b}");
        assert_eq!(underlined, "\u{b}");
        let (.., help) = jsonl("[{}]");
        assert_eq!(help.as_deref(), Some("a list of records is the format json, not jsonl"));
    }

    #[test]
    fn broken_json_is_underlined_where_it_breaks() {
        let (message, underlined, _) = jsonl(r#"{"time": NaN, "type": "ping"}"#);
        assert_eq!(message, "the record is not JSON: expected value");
        assert_eq!(underlined, "N");
        let (message, underlined, _) = jsonl("{\"é\": 1 é}");
        assert_eq!(message, "the record is not JSON: expected `,` or `}`");
        assert_eq!(underlined, "é");
        let (message, underlined, help) = jsonl(r#"{"time": "2024"#);
        assert_eq!(message, "the record is cut off: its JSON does not end");
        assert_eq!(underlined.len(), 1);
        assert_eq!(
            help.as_deref(),
            Some("write every record on one line, and to its closing `}`")
        );
        let (message, ..) = jsonl(r#"{"time": 1} {"time": 2}"#);
        assert_eq!(message, "the record is not JSON: trailing characters");
    }

    #[test]
    fn an_object_over_several_lines_is_explained() {
        let found = problems("{\n\"time\": 1\n}\n", Format::Jsonl);
        assert_eq!(
            found[0].help.as_deref(),
            Some("in JSON Lines every record is on one line; a list of records is the format json")
        );
        let lines: Vec<u64> = found.iter().map(|problem| problem.origin.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }

    #[test]
    fn a_bad_line_does_not_spoil_the_next() {
        let ping = record("ping", "");
        let text = format!("{ping}\nnonsense\n{ping}\n");
        let usable: Vec<bool> = outcomes(&text, Format::Jsonl).iter().map(Result::is_ok).collect();
        assert_eq!(usable, [true, false, true]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let ping = record("ping", "");
        let long = record("ping", &format!("\"x\": \"{}\"", "y".repeat(10_000_000)));
        let text = format!("{ping}\n{long}\r\n{ping}\n{long}");
        let limits = Limits {
            record_bytes: 1_000_000,
            ..Limits::default()
        };
        let outcomes = outcomes_within(&text, Format::Jsonl, limits);
        let usable: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(usable, [true, false, true, false]);
        let problem = &outcomes[1].as_ref().unwrap_err()[0];
        assert_eq!(problem.kind, ProblemKind::RecordTooLong);
        assert_eq!(problem.message, "the record is longer than 1000000 bytes");
        assert_eq!(problem.origin.line, 2);
        assert!(problem.origin.length as usize >= long.len());
        assert_eq!(outcomes[2].as_ref().unwrap().origin().line, 3);
    }

    #[test]
    fn the_limit_itself_is_not_too_long() {
        let ping = record("ping", "");
        let limits = Limits {
            record_bytes: u32::try_from(ping.len()).unwrap(),
            ..Limits::default()
        };
        for end in ["", "\n", "\r\n"] {
            assert!(
                outcomes_within(&format!("{ping}{end}"), Format::Jsonl, limits)[0].is_ok(),
                "{end:?}"
            );
            assert!(
                outcomes_within(&format!("{ping} {end}"), Format::Jsonl, limits)[0].is_err(),
                "{end:?}"
            );
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_told_by_its_byte() {
        let mut text = record("ping", "").into_bytes();
        let first = text.len() as u64 + 1;
        text.extend_from_slice(b"\n{\"a\": \"\xff\"}\n");
        let problem = outcomes(&text, Format::Jsonl)[1].as_ref().unwrap_err()[0].clone();
        assert_eq!(problem.kind, ProblemKind::InvalidUtf8);
        assert_eq!(
            problem.message,
            format!("the record is not UTF-8 at byte {} of the log", first + 7)
        );
        assert_eq!(problem.range, Some(7..8));
        assert_eq!(problem.origin.line, 2);
    }

    #[test]
    fn depth_in_a_field_that_nobody_reads_does_no_harm() {
        let depth = 500_000;
        let nested = format!("\"x\": {}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(events(&record("ping", &nested), Format::Jsonl).len(), 1);
        let nested = format!("\"between\": {}{}", "[".repeat(depth), "]".repeat(depth));
        let found = problems(&record("consultation", &nested), Format::Jsonl);
        assert_eq!(
            found[0].message,
            "an element of `between` must be the name of a party, and is a list"
        );
    }

    fn piece() -> impl Strategy<Value = String> {
        let attack = record("attack", r#""id": "a", "against": "UA", "kind": "threat""#);
        let long = record("ping", &format!("\"x\": \"{}\"", "y".repeat(300)));
        let lines = [
            attack,
            long,
            record("ping", ""),
            record("pong", ""),
            "{".to_owned(),
            " ".to_owned(),
        ];
        let end = prop::sample::select(&["\n", "\r\n", "\n\n", ""][..]);
        (prop::sample::select(lines.to_vec()), end).prop_map(|(line, end)| line + end)
    }

    proptest! {
        #[test]
        fn blocks_and_threads_change_nothing(
            pieces in prop::collection::vec(piece(), 0..30),
            size in 1_usize..2000,
            helpers in 0_usize..3,
        ) {
            let (text, model) = (pieces.concat(), model());
            let inputs = inputs(&text, Format::Jsonl);
            let limits = Limits { record_bytes: 250, ..Limits::default() };
            let read = |size: usize, helpers: Option<usize>| {
                let stream = inputs.stream(InputId(0)).unwrap();
                let lines = JsonLines {
                    blocks: Blocks::of_lines(stream, InputId(0), limits, size),
                    schema: Schema::new(&Asked::all(&model), None),
                    limits,
                };
                found_in(lines, helpers)
            };
            let whole = read(BLOCK_BYTES, None);
            prop_assert_eq!(&read(size, None), &whole);
            prop_assert_eq!(&read(size, Some(helpers)), &whole);
        }
    }

    #[test]
    fn characters_are_underlined_whole() {
        assert_eq!(character_at("aé", 1), 1..3);
        assert_eq!(character_at("aé", 2), 1..3);
        assert_eq!(character_at("aé", 3), 3..3);
        assert_eq!(character_at("", 9), 0..0);
    }
}
