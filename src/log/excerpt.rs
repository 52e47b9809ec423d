//! The texts of records, read once more to be shown.

use std::collections::BTreeMap;
use std::io::Read;

use super::visible::harmless;
use super::{Format, InputError, InputId, Inputs, Origin, Progress, arrow, csv, parquet};

/// The texts of some records of a run.
#[derive(Debug, Default)]
pub struct Excerpts {
    excerpts: foldhash::HashMap<Origin, Excerpt>,
    headers: foldhash::HashMap<InputId, String>,
}

/// The text of a record.
///
/// Byte ranges within the record hold for it: what could do harm on a terminal has been replaced by as many harmless bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The text, or its start.
    pub text: String,
    /// Whether the record is longer than its text here.
    pub is_cut: bool,
}

impl Excerpts {
    /// Reads the records at these places, each up to a number of bytes, in one pass over each log concerned.
    ///
    /// A place that is not of this run's logs has no excerpt.
    ///
    /// # Errors
    /// A log that can no longer be read.
    pub fn fetch(
        inputs: &Inputs,
        origins: impl IntoIterator<Item = Origin>,
        max_bytes: u32,
    ) -> Result<Self, InputError> {
        let mut by_input: BTreeMap<InputId, Vec<Origin>> = BTreeMap::new();
        for origin in origins {
            by_input.entry(origin.input).or_default().push(origin);
        }
        let mut fetched = Excerpts::default();
        for (input, mut origins) in by_input {
            let Some(format) = inputs.format(input) else {
                continue;
            };
            origins.sort_unstable_by_key(|origin| (origin.offset, origin.length));
            origins.dedup();
            fetched.fetch_from(inputs, input, &origins, max_bytes)?;
            if format == Format::Csv
                && let Some(header) = csv::header(inputs, input)?
            {
                fetched.headers.insert(input, header);
            }
        }
        Ok(fetched)
    }

    fn fetch_from(
        &mut self,
        inputs: &Inputs,
        input: InputId,
        origins: &[Origin],
        max_bytes: u32,
    ) -> Result<(), InputError> {
        if inputs.format(input).is_some_and(Format::is_binary) {
            return self.fetch_rows(inputs, input, origins, max_bytes);
        }
        let mut stream = inputs.stream_from_start(input, Progress::default())?;
        for same_start in origins.chunk_by(|one, other| one.offset == other.offset) {
            let (Some(first), Some(longest)) = (same_start.first(), same_start.last()) else {
                continue;
            };
            // Records do not overlap, unless the file was changed in between.
            let Some(ahead) = first.offset.checked_sub(stream.position()) else {
                continue;
            };
            let mut bytes = Vec::new();
            stream
                .skip(ahead)
                .and_then(|()| {
                    stream
                        .by_ref()
                        .take(u64::from(longest.length.min(max_bytes)))
                        .read_to_end(&mut bytes)
                })
                .map_err(|error| stream.failure(error))?;
            for origin in same_start {
                let wanted = origin.length.min(max_bytes) as usize;
                let own = bytes.get(..wanted).unwrap_or(&bytes);
                self.excerpts
                    .insert(*origin, Excerpt::new(own, origin.length > max_bytes));
            }
        }
        Ok(())
    }

    /// The rows of a table, as lines.
    fn fetch_rows(
        &mut self,
        inputs: &Inputs,
        input: InputId,
        origins: &[Origin],
        max_bytes: u32,
    ) -> Result<(), InputError> {
        let rows: Vec<u64> = origins.iter().map(|origin| origin.offset).collect();
        let lines = match inputs.format(input) {
            Some(Format::Parquet) => parquet::lines(inputs, input, &rows)?,
            _ => arrow::lines(inputs, input, &rows)?,
        };
        for (origin, line) in origins.iter().zip(lines) {
            let is_cut = line.len() > max_bytes as usize;
            let own = line.as_bytes().get(..max_bytes as usize).unwrap_or(line.as_bytes());
            self.excerpts.insert(*origin, Excerpt::new(own, is_cut));
        }
        Ok(())
    }

    /// The text of the record at this place.
    pub fn get(&self, origin: Origin) -> Option<&Excerpt> {
        self.excerpts.get(&origin)
    }

    /// The header of a CSV log that an excerpt was fetched from, for [`super::locate()`].
    pub fn header(&self, input: InputId) -> Option<&str> {
        self.headers.get(&input).map(String::as_str)
    }
}

impl Excerpt {
    /// The text of a record, or of its start.
    fn new(bytes: &[u8], is_cut: bool) -> Self {
        let whole = if is_cut { whole_characters(bytes) } else { bytes };
        Excerpt {
            text: harmless(whole),
            is_cut,
        }
    }
}

/// The bytes without a character at their end that is not complete.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let last = bytes.utf8_chunks().last();
    let incomplete = last.map_or(0, |chunk| chunk.invalid().len());
    &bytes[..bytes.len() - incomplete]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixture::{events, inputs, outcomes, record};

    #[test]
    fn records_are_read_again_whatever_the_packing() {
        let text = format!(
            "\u{feff}{}\n\nnonsense\n{}\n",
            record("ping", ""),
            record("ping", r#""x": "é""#)
        );
        let origins: Vec<Origin> = outcomes(&text, Format::Jsonl)
            .into_iter()
            .map(|outcome| match outcome {
                Ok(event) => event.origin(),
                Err(problems) => problems[0].origin,
            })
            .collect();
        for bytes in [text.clone().into_bytes(), zstd::encode_all(text.as_bytes(), 3).unwrap()] {
            let inputs = inputs(&bytes, Format::Jsonl);
            // In any order, and more than once.
            let wanted = [origins[2], origins[1], origins[2], origins[0]];
            let excerpts = Excerpts::fetch(&inputs, wanted, 1_000).unwrap();
            let texts: Vec<&str> = origins
                .iter()
                .map(|&origin| excerpts.get(origin).unwrap().text.as_str())
                .collect();
            assert_eq!(
                texts,
                [record("ping", ""), "nonsense".to_owned(), record("ping", r#""x": "é""#)]
            );
            assert!(origins.iter().all(|&origin| !excerpts.get(origin).unwrap().is_cut));
            assert_eq!(inputs.progress().bytes(), 0);
        }
    }

    #[test]
    fn a_long_record_is_cut_between_characters() {
        let text = record("ping", "\"x\": \"éééééé\"");
        let origin = events(&text, Format::Jsonl)[0].origin;
        let start = text.find('é').unwrap();
        for (most, shown) in [(start + 3, "é"), (start + 4, "éé")] {
            let most = u32::try_from(most).unwrap();
            let excerpts = Excerpts::fetch(&inputs(&text, Format::Jsonl), [origin], most).unwrap();
            let excerpt = excerpts.get(origin).unwrap();
            assert_eq!(&excerpt.text[start..], shown);
            assert!(excerpt.is_cut);
        }
    }

    #[test]
    fn what_could_do_harm_is_replaced_and_every_byte_keeps_its_place() {
        let text = record(
            "attack",
            "\"id\": \"\u{202e}\u{85}\u{7f}\", \"against\": \"XX\", \"kind\": \"threat\"",
        );
        let problem = outcomes(&text, Format::Jsonl).remove(0).unwrap_err().remove(0);
        let excerpts = Excerpts::fetch(&inputs(&text, Format::Jsonl), [problem.origin], 4_096).unwrap();
        let shown = &excerpts.get(problem.origin).unwrap().text;
        assert_eq!(&shown[problem.range.unwrap()], "\"XX\"");
        assert!(shown.contains("\"\u{fffd}·?\""));
    }

    #[test]
    fn the_header_of_a_csv_log_comes_with_its_excerpts() {
        let text = "\u{feff}\r\ntime,\"ty\"\"pe\",type\r\n2024-07-08T10:00:00Z,,ping\r\n";
        let origin = events(text, Format::Csv)[0].origin;
        let inputs = inputs(text, Format::Csv);
        let excerpts = Excerpts::fetch(&inputs, [origin], 4_096).unwrap();
        assert_eq!(excerpts.get(origin).unwrap().text, "2024-07-08T10:00:00Z,,ping");
        assert_eq!(excerpts.header(InputId(0)), Some("time,\"ty\"\"pe\",type"));
        assert_eq!(Excerpts::fetch(&inputs, [], 4_096).unwrap().header(InputId(0)), None);
    }

    #[test]
    fn a_place_outside_the_logs_has_no_excerpt_or_an_empty_one() {
        let text = record("ping", "");
        let inputs = inputs(&text, Format::Jsonl);
        let origin = events(&text, Format::Jsonl)[0].origin;
        let other_log = Origin {
            input: InputId(7),
            ..origin
        };
        let past_the_end = Origin {
            offset: 1_000_000,
            ..origin
        };
        let excerpts = Excerpts::fetch(&inputs, [other_log, past_the_end], 4_096).unwrap();
        assert_eq!(excerpts.get(other_log), None);
        assert_eq!(excerpts.get(past_the_end).unwrap().text, "");
    }
}
