//! What the readers of all formats have in common.

use super::amend::Record;
use super::crew::Crew;
use super::map::MapFile;
use super::pieces::{PieceReader, Pieces};
use super::problem::{Problem, ProblemKind};
use super::record::Schema;
use super::shared::SharedReader;
use super::{Asked, Format, InputError, InputId, Inputs, Limits, Origin};
use super::{arrow, csv, json, jsonl, ocel, parquet, xes, yaml};

/// What a record came to: its event or amendment, or everything that is wrong with it.
pub(super) type Outcome = Result<Record, Vec<Problem>>;

/// Reads the records of one log in their order.
pub(super) trait Reader {
    /// The next record; `None` at the end of the log.
    fn next(&mut self) -> Result<Option<Outcome>, InputError>;

    /// Bytes of text consumed so far, after decompression.
    fn position(&self) -> u64;
}

/// A reader for a log, by its format, which lets a crew help if there is one.
pub(super) fn open<'m>(
    inputs: &Inputs,
    id: InputId,
    asked: &Asked<'m>,
    limits: Limits,
    crew: Option<&Crew<'m>>,
) -> Result<Box<dyn Reader + 'm>, InputError> {
    let stream = || inputs.stream(id);
    let schema = Schema::new(asked, inputs.map(id, asked.model));
    let records = inputs.map_file().and_then(MapFile::records);
    Ok(match inputs.format(id).unwrap_or(Format::Jsonl) {
        Format::Jsonl if records.is_none() => of_pieces(jsonl::JsonLines::new(stream()?, id, schema, limits), crew),
        Format::Jsonl | Format::Json => {
            let elements = json::Elements::new(stream()?, id, records.map(str::to_owned), limits);
            Box::new(json::JsonReader::new(elements, schema))
        }
        Format::Csv => of_pieces(csv::CsvRows::new(stream()?, id, schema, limits), crew),
        Format::Yaml => Box::new(yaml::YamlReader::new(stream()?, id, &schema, limits)?),
        Format::Parquet => of_pieces(parquet::ParquetRows::open(inputs, id, schema, limits)?, crew),
        Format::Arrow => of_pieces(arrow::ArrowRows::open(inputs, id, schema, limits)?, crew),
        Format::Xes => Box::new(xes::XesReader::new(stream()?, id, schema, limits)),
        Format::Ocel => ocel::open(inputs, id, schema, limits)?,
    })
}

/// Whether logs of this format are read in pieces, unless a map says where the records are in them.
pub(super) fn is_in_pieces(format: Format) -> bool {
    matches!(format, Format::Jsonl | Format::Csv | Format::Parquet | Format::Arrow)
}

fn of_pieces<'m>(pieces: impl Pieces<'m> + 'm, crew: Option<&Crew<'m>>) -> Box<dyn Reader + 'm> {
    match crew {
        Some(crew) => Box::new(SharedReader::new(pieces, crew)),
        None => Box::new(PieceReader::new(pieces)),
    }
}

/// The text of a record, or the problem that it is not UTF-8.
pub(super) fn utf8(bytes: &[u8], origin: Origin) -> Result<&str, Vec<Problem>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let length = error.error_len().unwrap_or(bytes.len() - at);
        let place = origin.offset + at as u64;
        let message = format!("the record is not UTF-8 at byte {place} of the log");
        let problem = Problem::new(ProblemKind::InvalidUtf8, message, origin)
            .at(at..at + length, "not UTF-8")
            .help("write the log as UTF-8, or convert it, as with `iconv -t UTF-8`");
        vec![problem]
    })
}

/// The problem that a record is longer than the limit.
pub(super) fn too_long(origin: Origin, limits: Limits) -> Problem {
    let limit = super::error::bytes_for_people(u64::from(limits.record_bytes));
    Problem::new(
        ProblemKind::RecordTooLong,
        format!("the record is longer than {limit}"),
        origin,
    )
    .help(
        "a record is one event: look for a line end or a closing bracket or quote that is missing, or allow more with `--max-record`",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::Excerpts;
    use crate::log::fixture::{inputs, model, outcomes_within, record};

    /// Pieces that records of all formats are made of, and some that break them.
    const PIECES: &[&str] = &[
        "\n",
        "\r\n",
        " ",
        "  ",
        "-",
        "- ",
        ":",
        ": ",
        ",",
        ";",
        "\"",
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        "#",
        "|\n",
        "? ",
        "&a ",
        "*a",
        "!!str ",
        "---\n",
        "...\n",
        "time",
        "type",
        "ping",
        "attack",
        "against",
        "id",
        "kind",
        "UA",
        "threat",
        "null",
        "2024-07-08T10:00:00Z",
        "2024-07-08",
        "1e400",
        "-0.5",
        "true",
        "é",
        "\u{202e}",
        "\x1b",
        "\u{feff}",
        "\0",
        "\t",
        "time,type,id,against,kind\n",
        "- time: 2024-07-08T10:00:00Z\n  type: ping\n",
        "\\ud800",
    ];

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let whole = record("attack", r#""id": "a", "against": "UA", "kind": "threat""#);
        let piece = prop_oneof![
            8 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
            2 => Just(whole.into_bytes()),
            1 => prop::collection::vec(any::<u8>(), 1..3),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_every_place_is_within_it(text in text(), record_bytes in 0_u32..200) {
            // What starts as a packed log and is none is refused before a record is read.
            prop_assume!(Inputs::open_with(&["-"], Some(Format::Jsonl), &text[..]).is_ok());
            for &format in Format::ALL {
                let limits = Limits { record_bytes, ..Limits::default() };
                let outcomes = outcomes_within(&text, format, limits);
                let origins = outcomes.iter().map(|outcome| match outcome {
                    Ok(event) => event.origin(),
                    Err(problems) => problems[0].origin,
                });
                let (inputs, model) = (inputs(&text, format), model());
                let Ok(excerpts) = Excerpts::fetch(&inputs, origins.clone(), 100) else {
                    prop_assert!(format == Format::Parquet || format == Format::Arrow);
                    continue;
                };
                for origin in origins {
                    let Some(excerpt) = excerpts.get(origin) else { continue };
                    prop_assert!(excerpt.text.len() <= 100);
                    for field in ["time", "id"] {
                        let record = (excerpt.text.as_str(), excerpts.header(origin.input));
                        let range = inputs.locate(origin.input, &model, record, field);
                        prop_assert!(range.is_none_or(|range| excerpt.text.get(range).is_some()));
                    }
                }
            }
        }
    }
}
