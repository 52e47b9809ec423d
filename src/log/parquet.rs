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
use arrow_schema::{DataType, Field, FieldRef, Schema as Columns};

use super::fence::fenced;
use super::pages::Pages;
use super::record::Schema;
use super::stream::Stored;
use super::table::{Batches, Selection, Table};
use super::{Format, InputError, InputId, Inputs, Limits, Progress};

/// A log that is a Parquet file.
pub(super) type ParquetRows<'m> = Table<'m, Rows>;

const METHOD: &str = "parquet";

/// The rows of the columns that are read, batch by batch.
pub(super) struct Rows {
    reader: Option<ParquetRecordBatchReader>,
    name: String,
    source: Source,
    metadata: ArrowReaderMetadata,
    limit: u64,
    /// The columns that are shown of a record, where they are more than those that are read.
    shown: Option<Vec<usize>>,
}

/// The rows that are read.
enum Wanted {
    From(u64),
    Only(RowSelection),
}

impl<'m> ParquetRows<'m> {
    pub(super) fn open(inputs: &Inputs, id: InputId, schema: Schema<'m>, limits: Limits) -> Result<Self, InputError> {
        let source = Source::new(inputs, id, inputs.progress())?;
        let name = inputs.name(id);
        let metadata = metadata(&source, name)?;
        let selection = Selection::new(&schema, metadata.schema(), id);
        inputs.keep_columns(id, &selection.columns, limits);
        let needed = &selection.needed;
        let mut rows = Rows::new(source, name, metadata, needed, Wanted::From(0), limits.batch_bytes)?;
        if *needed != selection.columns {
            rows.shown = Some(selection.columns.clone());
        }
        Ok(Table::new(rows, id, schema, selection, limits))
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
    let limits = inputs.table_limits(id);
    let reader = Rows::new(
        source,
        name,
        metadata,
        &columns,
        Wanted::Only(selected),
        limits.batch_bytes,
    )?;
    let positions: Vec<u64> = (0..count).collect();
    super::table::lines(reader, &positions, limits)
}

/// What the file says of itself, with texts to be kept where they were decompressed, be they long and often repeated.
fn metadata(source: &Source, name: &str) -> Result<ArrowReaderMetadata, InputError> {
    let loaded = fenced(|| ArrowReaderMetadata::load(source, ArrowReaderOptions::new()));
    let metadata = loaded.map_err(|error| failure(name, source, &error))?;
    let fields = metadata.schema().fields().iter().map(viewed);
    let columns = Columns::new_with_metadata(fields.collect::<Vec<_>>(), metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(columns));
    let file = Arc::clone(metadata.metadata());
    Ok(fenced(|| ArrowReaderMetadata::try_new(file, options)).unwrap_or(metadata))
}

/// A column whose texts are kept where they were decompressed, and those of its lists and structures too.
fn viewed(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Dictionary(_, value) if matches!(value.as_ref(), DataType::Utf8 | DataType::LargeUtf8) => {
            DataType::Utf8View
        }
        DataType::List(element) => DataType::List(viewed(element)),
        DataType::LargeList(element) => DataType::LargeList(viewed(element)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(viewed).collect()),
        _ => return Arc::clone(field),
    };
    Arc::new(Field::clone(field).with_data_type(kind))
}

impl Rows {
    fn new(
        source: Source,
        name: &str,
        metadata: ArrowReaderMetadata,
        columns: &[usize],
        wanted: Wanted,
        limit: u64,
    ) -> Result<Self, InputError> {
        let pages = Arc::new(Pages::new(metadata.metadata(), columns, limit));
        let batch_rows = pages.batch_rows();
        let source = Source {
            pages: Some(pages),
            ..source
        };
        if source.exceeded().is_some() {
            return Err(failure(name, &source, ""));
        }
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(source.clone(), metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let builder = builder.with_projection(mask).with_batch_size(batch_rows);
        let builder = match wanted {
            Wanted::From(0) => builder,
            Wanted::From(row) => builder.with_offset(usize::try_from(row).unwrap_or(usize::MAX)),
            Wanted::Only(selected) => builder.with_row_selection(selected),
        };
        let reader = fenced(|| builder.build()).map_err(|error| failure(name, &source, &error))?;
        Ok(Rows {
            reader: Some(reader),
            name: name.to_owned(),
            source,
            metadata,
            limit,
            shown: None,
        })
    }
}

impl Batches for Rows {
    fn next(&mut self) -> Result<Option<RecordBatch>, InputError> {
        let Some(reader) = &mut self.reader else {
            return Ok(None);
        };
        if let Some(pages) = &self.source.pages {
            pages.begin();
        }
        match fenced(|| reader.next().transpose()) {
            Ok(batch) => Ok(batch),
            Err(error) => {
                self.reader = None;
                Err(failure(&self.name, &self.source, &error))
            }
        }
    }

    fn is_narrow(&self) -> bool {
        self.shown.is_some()
    }

    fn widen(&mut self, row: u64) -> Result<(), InputError> {
        if let Some(columns) = self.shown.take() {
            let (source, metadata) = (self.source.clone(), self.metadata.clone());
            *self = Rows::new(source, &self.name, metadata, &columns, Wanted::From(row), self.limit)?;
        }
        Ok(())
    }

    fn position(&self) -> u64 {
        self.source.count.load(Ordering::Relaxed).min(self.source.length)
    }
}

/// What an error of reading the file means: what the system said, or that a batch takes too much, or else that the file is not what it says.
fn failure(name: &str, source: &Source, error: &str) -> InputError {
    if let Some(limit) = source.exceeded() {
        return InputError::BatchTooLong {
            name: name.to_owned(),
            format: Format::Parquet,
            limit,
        };
    }
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
    /// What bounds the pages, once the file has said what it holds: from then on nothing else is read.
    pages: Option<Arc<Pages>>,
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
            pages: None,
            failure: Arc::default(),
        })
    }

    /// The limit that a batch goes beyond, if one does.
    fn exceeded(&self) -> Option<u64> {
        self.pages.as_ref()?.exceeded()
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
        let head = self.pages.clone();
        Ok(BufReader::new(At {
            source,
            position: start,
            head,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length) {
            let message = format!("bytes {start} and {length} more are not all in the file");
            return Err(ParquetError::EOF(message));
        }
        if let Some(pages) = &self.pages {
            pages.reserve(start, length as u64)?;
        }
        let mut bytes = vec![0; length];
        At::plain(self, start).read_exact(&mut bytes)?;
        if let Some(pages) = &self.pages {
            pages.examine(start, &bytes)?;
        }
        Ok(bytes.into())
    }
}

/// Reads on from some place.
#[derive(Debug)]
pub(super) struct At {
    source: Source,
    position: u64,
    /// What is to know the head of the page that starts here, as soon as it is read.
    head: Option<Arc<Pages>>,
}

impl At {
    fn plain(source: &Source, position: u64) -> Self {
        At {
            source: source.clone(),
            position,
            head: None,
        }
    }
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(pages) = self.head.take() {
            pages.head(
                self.position,
                BufReader::with_capacity(512, At::plain(&self.source, self.position)),
            )?;
        }
        let count = self.source.read_at(self.position, buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}
