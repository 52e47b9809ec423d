//! Apache Parquet.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::bytes::Bytes;
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, Length};
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema as Columns};

use super::fence::fenced;
use super::record::Schema;
use super::stream::Stored;
use super::table::{Batches, Selection, TableReader};
use super::{InputError, InputId, Inputs, Limits, Progress};

/// Reads a log that is a Parquet file.
pub(super) type ParquetReader<'m> = TableReader<'m, Rows>;

const METHOD: &str = "parquet";

/// How many rows are decoded at once: enough that the work for a batch does not count, few enough that long texts fit into memory.
const BATCH_ROWS: usize = 1024;

/// The rows of the columns that are read, batch by batch.
pub(super) struct Rows {
    reader: Option<ParquetRecordBatchReader>,
    name: String,
    source: Source,
}

impl<'m> ParquetReader<'m> {
    pub(super) fn open(inputs: &Inputs, id: InputId, schema: Schema<'m>, limits: Limits) -> Result<Self, InputError> {
        let source = Source::new(inputs, id, inputs.progress())?;
        let name = inputs.name(id);
        let metadata = metadata(&source, name)?;
        let selection = Selection::new(&schema, metadata.schema(), id);
        inputs.keep_columns(id, &selection.columns, limits);
        let rows = Rows::new(source, name, metadata, &selection.columns, None)?;
        Ok(TableReader::new(rows, id, schema, selection))
    }
}

/// The texts of some rows, in their order.
pub(super) fn lines(inputs: &Inputs, id: InputId, rows: &[u64]) -> Result<Vec<String>, InputError> {
    let source = Source::new(inputs, id, Progress::default())?;
    let name = inputs.name(id);
    let metadata = metadata(&source, name)?;
    let columns = inputs
        .columns(id)
        .unwrap_or_else(|| (0..metadata.schema().fields().len()).collect());
    let all = usize::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or_default();
    let wanted = rows
        .iter()
        .filter_map(|&row| usize::try_from(row).ok())
        .filter(|&row| row < all);
    let ranges = wanted.map(|row| row..row + 1);
    let selected = RowSelection::from_consecutive_ranges(ranges, all);
    let count = rows.len() as u64;
    let reader = Rows::new(source, name, metadata, &columns, Some(selected))?;
    let positions: Vec<u64> = (0..count).collect();
    super::table::lines(reader, &positions)
}

/// What the file says of itself, with texts to be kept where they were decompressed, be they long and often repeated.
fn metadata(source: &Source, name: &str) -> Result<ArrowReaderMetadata, InputError> {
    let loaded = fenced(|| ArrowReaderMetadata::load(source, ArrowReaderOptions::new()));
    let metadata = loaded.map_err(|error| failure(name, source, &error))?;
    let fields = metadata.schema().fields().iter().map(|field| {
        let is_text = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => true,
            DataType::Dictionary(_, value) => matches!(value.as_ref(), DataType::Utf8 | DataType::LargeUtf8),
            _ => false,
        };
        if is_text {
            Arc::new(Field::clone(field).with_data_type(DataType::Utf8View))
        } else {
            Arc::clone(field)
        }
    });
    let viewed = Columns::new_with_metadata(fields.collect::<Vec<_>>(), metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(viewed));
    let file = Arc::clone(metadata.metadata());
    Ok(fenced(|| ArrowReaderMetadata::try_new(file, options)).unwrap_or(metadata))
}

impl Rows {
    fn new(
        source: Source,
        name: &str,
        metadata: ArrowReaderMetadata,
        columns: &[usize],
        selected: Option<RowSelection>,
    ) -> Result<Self, InputError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(source.clone(), metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
        let builder = match selected {
            Some(selected) => builder.with_row_selection(selected),
            None => builder,
        };
        let reader = fenced(|| builder.build()).map_err(|error| failure(name, &source, &error))?;
        Ok(Rows {
            reader: Some(reader),
            name: name.to_owned(),
            source,
        })
    }
}

impl Batches for Rows {
    fn next(&mut self) -> Result<Option<RecordBatch>, InputError> {
        let Some(reader) = &mut self.reader else {
            return Ok(None);
        };
        match fenced(|| reader.next().transpose()) {
            Ok(batch) => Ok(batch),
            Err(error) => {
                self.reader = None;
                Err(failure(&self.name, &self.source, &error))
            }
        }
    }

    fn position(&self) -> u64 {
        self.source.count.load(Ordering::Relaxed).min(self.source.length)
    }
}

/// What an error of reading the file means: what the system said, or else that the file is not what it says.
fn failure(name: &str, source: &Source, error: &str) -> InputError {
    let said = source.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(error) = said {
        return InputError::of_system(name, error);
    }
    InputError::of_table(name, METHOD, error)
}

/// The bytes of the file, of which each thing that is read reads its own.
#[derive(Debug, Clone)]
pub(super) struct Source {
    stored: Arc<Mutex<Stored>>,
    length: u64,
    /// How many bytes were read.
    count: Arc<AtomicU64>,
    progress: Progress,
    /// What the system said, which the errors of the format do not keep.
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Source {
    fn new(inputs: &Inputs, id: InputId, progress: Progress) -> Result<Self, InputError> {
        let (stored, length) = inputs.stored(id)?;
        Ok(Source {
            stored: Arc::new(Mutex::new(stored)),
            length,
            count: Arc::default(),
            progress,
            failure: Arc::default(),
        })
    }

    fn read_at(&self, start: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let read = stored.seek(SeekFrom::Start(start)).and_then(|_| stored.read(buffer));
        match read {
            Ok(count) => {
                self.count.fetch_add(count as u64, Ordering::Relaxed);
                self.progress.add(count);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(kind.into())
            }
        }
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Source {
    type T = BufReader<At>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let source = self.clone();
        Ok(BufReader::new(At { source, at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length) {
            let message = format!("bytes {start} and {length} more are not all in the file");
            return Err(ParquetError::EOF(message));
        }
        let mut bytes = vec![0; length];
        let source = self.clone();
        At { source, at: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads on from some place.
#[derive(Debug)]
pub(super) struct At {
    source: Source,
    at: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}
