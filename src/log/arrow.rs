//! Files and streams of Apache Arrow.
//!
//! A file is a stream of messages with a mark before it and a table of contents behind it, and both are read as streams. A message is taken in
//! whole, so what one says of its length is looked at before it is believed.

use std::io::{BufRead, Read};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::{MessageHeader, RecordBatch as Header, root_as_message};

use super::fence::fenced;
use super::record::Schema;
use super::stream::Stream;
use super::table::{Batches, Selection, Table};
use super::{InputError, InputId, Inputs, Limits};

/// A log that is an Arrow file or stream.
pub(super) type ArrowRows<'m> = Table<'m, Messages>;

const METHOD: &str = "arrow";

/// What an Arrow file starts with, before zeros.
const FILE_MARK: &[u8] = b"ARROW1";

/// The most that programs pad this mark to.
const MAX_PADDED_MARK: u64 = 64;

/// What a message starts with.
const MESSAGE_MARK: u32 = 0xffff_ffff;

/// The descriptions of more columns than anybody has.
const MAX_HEADER_BYTES: u64 = 16 * 1024 * 1024;

/// The batches of a stream.
pub(super) struct Messages {
    stream: Stream,
    decoder: StreamDecoder,
    /// The columns that are read; all, as long as it is not known.
    columns: Option<Vec<usize>>,
    limits: Limits,
    /// Whether something must follow the last message.
    is_file: bool,
    /// What the decoder has not taken in yet of the last message.
    rest: Buffer,
    /// A batch that was read already.
    ahead: Option<RecordBatch>,
    is_ended: bool,
}

impl<'m> ArrowRows<'m> {
    pub(super) fn open(inputs: &Inputs, id: InputId, schema: Schema<'m>, limits: Limits) -> Result<Self, InputError> {
        let mut messages = Messages::new(inputs.stream(id)?, limits)?;
        messages.read_columns()?;
        let selection = match messages.decoder.schema() {
            Some(columns) => Selection::new(&schema, &columns, id),
            None => return Err(messages.damaged("it does not say what its columns are")),
        };
        inputs.keep_columns(id, &selection.columns, limits);
        messages.keep(selection.columns.clone())?;
        Ok(Table::new(messages, id, schema, selection, limits))
    }
}

/// The texts of some rows, in their order.
pub(super) fn lines(inputs: &Inputs, id: InputId, rows: &[u64]) -> Result<Vec<String>, InputError> {
    let stream = inputs.stream_from_start(id, super::Progress::default())?;
    let limits = inputs.table_limits(id);
    let mut messages = Messages::new(stream, limits)?;
    messages.columns = inputs.columns(id);
    super::table::lines(messages, rows, limits)
}

impl Messages {
    fn new(mut stream: Stream, limits: Limits) -> Result<Self, InputError> {
        let is_file = match stream.fill_buf() {
            Ok(head) => head.starts_with(FILE_MARK),
            Err(error) => return Err(stream.failure(error)),
        };
        if is_file {
            pass_mark(&mut stream).map_err(|error| stream.failure(error))?;
        }
        Ok(Messages {
            stream,
            decoder: StreamDecoder::new(),
            columns: None,
            limits,
            is_file,
            rest: Buffer::from_vec(Vec::<u8>::new()),
            ahead: None,
            is_ended: false,
        })
    }

    fn damaged(&self, detail: &str) -> InputError {
        InputError::of_table(self.stream.name(), METHOD, detail)
    }

    fn truncated(&self) -> InputError {
        InputError::Truncated {
            name: self.stream.name().to_owned(),
            method: METHOD,
        }
    }

    /// Reads on until the columns are known.
    fn read_columns(&mut self) -> Result<(), InputError> {
        while self.decoder.schema().is_none() && !self.is_ended {
            self.ahead = self.message()?;
        }
        Ok(())
    }

    fn keep(&mut self, columns: Vec<usize>) -> Result<(), InputError> {
        if let Some(batch) = self.ahead.take() {
            self.ahead = Some(self.projected(&batch, &columns)?);
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn projected(&self, batch: &RecordBatch, columns: &[usize]) -> Result<RecordBatch, InputError> {
        batch.project(columns).map_err(|error| self.damaged(&error.to_string()))
    }

    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, InputError> {
        let mut bytes = Vec::new();
        let read = self.stream.by_ref().take(count).read_to_end(&mut bytes);
        match read {
            Ok(_) if bytes.len() as u64 == count => Ok(bytes),
            Ok(_) => Err(self.truncated()),
            Err(error) => Err(self.stream.failure(error)),
        }
    }

    fn number(&mut self) -> Result<u32, InputError> {
        let bytes = self.bytes(4)?;
        Ok(bytes.try_into().map_or(0, u32::from_le_bytes))
    }

    /// Reads a message: its batch, if it is one. At the end of the stream it says so.
    fn message(&mut self) -> Result<Option<RecordBatch>, InputError> {
        if self.rest.is_empty() {
            self.rest = self.whole_message()?;
        }
        // A message without a body is taken in with the one that follows it.
        let (decoder, rest) = (&mut self.decoder, &mut self.rest);
        match fenced(|| decoder.decode(rest)) {
            Ok(batch) => Ok(batch),
            Err(error) => Err(self.damaged(&error)),
        }
    }

    /// The bytes of the next message, which are not more than they may be.
    fn whole_message(&mut self) -> Result<Buffer, InputError> {
        let is_over = match self.stream.fill_buf() {
            Ok(rest) => rest.is_empty(),
            Err(error) => return Err(self.stream.failure(error)),
        };
        let length = if is_over && self.is_file {
            return Err(self.truncated());
        } else if is_over {
            0
        } else {
            // Streams of long ago have no mark before the length.
            let first = self.number()?;
            if first == MESSAGE_MARK { self.number()? } else { first }
        };
        if length == 0 {
            self.is_ended = true;
            return Ok(Buffer::from_vec([MESSAGE_MARK.to_le_bytes(), [0; 4]].concat()));
        }
        if u64::from(length) > MAX_HEADER_BYTES {
            return Err(self.damaged("a message says more of itself than anybody would write"));
        }
        let header = self.bytes(u64::from(length))?;
        let body = match root_as_message(&header) {
            Err(error) => return Err(self.damaged(&error.to_string())),
            Ok(message) => {
                let kind = message.header_type();
                let body = u64::try_from(message.bodyLength()).unwrap_or(u64::MAX);
                if body > self.limits.batch_bytes {
                    return Err(self.too_long());
                }
                let batch = match kind {
                    MessageHeader::RecordBatch => message.header_as_record_batch(),
                    MessageHeader::DictionaryBatch => message
                        .header_as_dictionary_batch()
                        .and_then(|dictionary| dictionary.data()),
                    _ => None,
                };
                let compressed = batch.map(|batch| compressed_parts(&batch)).unwrap_or_default();
                (body, compressed)
            }
        };
        let (length, compressed) = body;
        let body = self.bytes(length)?;
        if compressed
            .into_iter()
            .try_fold(0_u64, |sum, at| sum.checked_add(unpacked_bytes(&body, at)))
            .is_none_or(|bytes| bytes > self.limits.batch_bytes)
        {
            return Err(self.too_long());
        }
        let mut message = Vec::with_capacity(8 + header.len() + body.len());
        message.extend_from_slice(&MESSAGE_MARK.to_le_bytes());
        message.extend_from_slice(&u32::try_from(header.len()).unwrap_or_default().to_le_bytes());
        message.extend_from_slice(&header);
        message.extend_from_slice(&body);
        Ok(Buffer::from_vec(message))
    }

    fn too_long(&self) -> InputError {
        InputError::BatchTooLong {
            name: self.stream.name().to_owned(),
            format: super::Format::Arrow,
            limit: self.limits.batch_bytes,
        }
    }
}

/// Passes over the mark of a file and what it is padded with.
fn pass_mark(stream: &mut Stream) -> std::io::Result<()> {
    let start = stream.position();
    stream.skip(FILE_MARK.len() as u64)?;
    while stream.position() - start < MAX_PADDED_MARK && stream.fill_buf()?.first() == Some(&0) {
        stream.consume(1);
    }
    Ok(())
}

/// Where the parts of a batch start in its body, if they are compressed.
fn compressed_parts(batch: &Header<'_>) -> Vec<u64> {
    if batch.compression().is_none() {
        return Vec::new();
    }
    let parts = batch.buffers().into_iter().flatten();
    parts
        .filter(|part| part.length() > 0)
        .map(|part| u64::try_from(part.offset()).unwrap_or(u64::MAX))
        .collect()
}

/// What a compressed part says of its length: −1, where it is not compressed after all.
fn unpacked_bytes(body: &[u8], at: u64) -> u64 {
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    let length = start.checked_add(8).and_then(|end| body.get(start..end));
    let length = length
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, i64::from_le_bytes);
    if length == -1 {
        0
    } else {
        u64::try_from(length).unwrap_or(u64::MAX)
    }
}

impl Batches for Messages {
    fn next(&mut self) -> Result<Option<RecordBatch>, InputError> {
        if let Some(batch) = self.ahead.take() {
            return Ok(Some(batch));
        }
        while !self.is_ended || !self.rest.is_empty() {
            if let Some(batch) = self.message()? {
                return match &self.columns {
                    Some(columns) => self.projected(&batch, columns).map(Some),
                    None => Ok(Some(batch)),
                };
            }
        }
        Ok(None)
    }

    fn position(&self) -> u64 {
        self.stream.position()
    }
}
