//! What the readers of all formats have in common.

use super::problem::{Problem, ProblemKind};
use super::record::Schema;
use super::{Event, Format, InputError, InputId, Inputs, Limits, Origin};
use super::{csv, json, jsonl, yaml};
use crate::model::Model;

/// What a record came to: its event, or everything that is wrong with it.
pub(super) type Outcome = Result<Event, Vec<Problem>>;

/// Reads the records of one log in their order.
pub(super) trait Reader {
    /// The next record; `None` at the end of the log.
    fn next(&mut self) -> Result<Option<Outcome>, InputError>;

    /// Bytes of text consumed so far, after decompression.
    fn position(&self) -> u64;
}

/// A reader for a log, by its format.
pub(super) fn open<'m>(
    inputs: &Inputs,
    id: InputId,
    model: &'m Model,
    limits: Limits,
) -> Result<Box<dyn Reader + 'm>, InputError> {
    let stream = inputs.stream(id)?;
    let schema = Schema::new(model);
    Ok(match inputs.format(id).unwrap_or(Format::Jsonl) {
        Format::Jsonl => Box::new(jsonl::JsonlReader::new(stream, id, schema, limits)),
        Format::Json => Box::new(json::JsonReader::new(stream, id, schema, limits)),
        Format::Csv => Box::new(csv::CsvReader::new(stream, id, schema, limits)),
        Format::Yaml => Box::new(yaml::YamlReader::new(stream, id, &schema, limits)?),
    })
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
    .help("a record is one event: look for a line end or a closing bracket or quote that is missing")
}
