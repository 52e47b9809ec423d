//! The texts of records, read once more to be shown.

use std::collections::BTreeMap;
use std::io::Read;

use super::visible::harmless;
use super::{Format, InputError, InputId, Inputs, Origin, Progress, csv};

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
                let is_cut = origin.length > max_bytes;
                let own = bytes.get(..wanted).unwrap_or(&bytes);
                let own = if is_cut { whole_characters(own) } else { own };
                let text = harmless(own);
                self.excerpts.insert(*origin, Excerpt { text, is_cut });
            }
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

/// The bytes without a character at their end that is not complete.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let last = bytes.utf8_chunks().last();
    let incomplete = last.map_or(0, |chunk| chunk.invalid().len());
    &bytes[..bytes.len() - incomplete]
}
