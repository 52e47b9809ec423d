//! Pages of Parquet: what their heads say of them, and what a batch of rows may make of them.
//!
//! A page is unpacked whole, and it says itself to how much. The heads are read here first, so that a page which asks for more than a batch may
//! take is refused before anything is unpacked. Whatever no writer writes is refused too, so that a head means here what it means to the reader of pages.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use ::parquet::basic::{Compression, Encoding, Type};
use ::parquet::file::metadata::ParquetMetaData;

/// How many rows are decoded at once: enough that the work for a batch does not count, few enough that long texts fit into memory.
const BATCH_ROWS: usize = 1024;

/// The same where a page can say much with few bytes: a value is written as what it has beyond the one before.
const EXPANDING_BATCH_ROWS: usize = 32;

/// What a value of a list takes: its levels, and its place in a text.
const BYTES_OF_VALUE: u64 = 32;

/// The most that a byte of gzip can stand for.
const GZIP_FACTOR: u64 = 1032;

/// The most that a byte of a frame of LZ4 can stand for.
const LZ4_FACTOR: u64 = 255;

/// Holds the pages of a batch to a limit.
#[derive(Debug)]
pub(super) struct Pages {
    limit: u64,
    /// Packings that are unpacked to their ends, whatever the head of the page says.
    unbounded: Vec<Unbounded>,
    /// Whether a row can have many values of a column.
    repeats: bool,
    expands: bool,
    state: Mutex<State>,
    is_exceeded: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// Heads that were read, by where the bytes of their pages start.
    heads: HashMap<u64, Head>,
    /// What the pages of this batch take.
    taken: u64,
}

/// A packing that can hold more than the head of its page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unbounded {
    Gzip,
    Lz4,
}

/// What the head of a page says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    /// Bytes when unpacked.
    unpacked: u64,
    /// Bytes before the part that is packed.
    plain: u64,
    values: u64,
    /// Whether each value is written as what it has beyond the one before.
    expands: bool,
}

impl Pages {
    /// For the columns of a file that are read, by the positions of their roots. `limit` is in bytes.
    pub(super) fn new(metadata: &ParquetMetaData, roots: &[usize], limit: u64) -> Self {
        let schema = metadata.file_metadata().schema_descr();
        let is_read = |column: usize| roots.contains(&schema.get_column_root_idx(column));
        let read: Vec<usize> = (0..schema.num_columns()).filter(|&column| is_read(column)).collect();
        let chunks = || {
            let groups = metadata.row_groups().iter();
            groups.flat_map(|group| read.iter().filter_map(|&column| group.columns().get(column)))
        };
        let has = |compression: fn(Compression) -> bool| chunks().any(|chunk| compression(chunk.compression()));
        let mut unbounded = Vec::new();
        if has(|compression| matches!(compression, Compression::GZIP(_))) {
            unbounded.push(Unbounded::Gzip);
        }
        if has(|compression| matches!(compression, Compression::LZ4)) {
            unbounded.push(Unbounded::Lz4);
        }
        let expands = chunks().any(|chunk| chunk.encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY));
        let pages = Pages {
            limit,
            unbounded,
            repeats: read.iter().any(|&column| schema.column(column).max_rep_level() > 0),
            expands,
            state: Mutex::default(),
            is_exceeded: AtomicBool::new(false),
        };
        // A value that is not there takes as much as one that is.
        let rows = pages.batch_rows() as u64;
        let fixed = read.iter().map(|&column| schema.column(column)).filter_map(|column| {
            let is_fixed = column.physical_type() == Type::FIXED_LEN_BYTE_ARRAY;
            u64::try_from(column.type_length()).ok().filter(|_| is_fixed)
        });
        if fixed.fold(0, u64::saturating_add).saturating_mul(rows) > limit {
            pages.is_exceeded.store(true, Ordering::Relaxed);
        }
        pages
    }

    /// How many rows a batch has.
    pub(super) fn batch_rows(&self) -> usize {
        if self.expands { EXPANDING_BATCH_ROWS } else { BATCH_ROWS }
    }

    /// The limit, if something asked for more.
    pub(super) fn exceeded(&self) -> Option<u64> {
        self.is_exceeded.load(Ordering::Relaxed).then_some(self.limit)
    }

    /// A batch begins.
    pub(super) fn begin(&self) {
        self.state().taken = 0;
    }

    /// Reads the head of a page.
    pub(super) fn head(&self, start: u64, bytes: impl Read) -> io::Result<()> {
        let mut reader = Thrift { bytes, count: 0 };
        let head = reader.head()?;
        if head.expands && !self.expands {
            return Err(damaged());
        }
        let at = start.saturating_add(reader.count);
        self.state().heads.insert(at, head);
        Ok(())
    }

    /// A page of which the head was read is to take so many bytes of the file. It is refused if the batch then takes too much.
    pub(super) fn reserve(&self, start: u64, length: u64) -> io::Result<()> {
        let mut state = self.state();
        let Some(head) = state.heads.get(&start) else {
            return Err(damaged());
        };
        let rows = self.batch_rows() as u64;
        let of_page = head.unpacked.max(length);
        let of_page = if head.expands {
            of_page.saturating_mul(rows)
        } else {
            of_page
        };
        let of_values = if self.repeats {
            head.values.saturating_mul(BYTES_OF_VALUE)
        } else {
            0
        };
        state.taken = state.taken.saturating_add(of_page).saturating_add(of_values);
        self.hold(state.taken)
    }

    /// Looks into the bytes of a page that may hold more than its head says.
    pub(super) fn examine(&self, start: u64, bytes: &[u8]) -> io::Result<()> {
        let Some(head) = self.state().heads.remove(&start) else {
            return Err(damaged());
        };
        let plain = usize::try_from(head.plain).unwrap_or(usize::MAX);
        let packed = bytes.get(plain..).unwrap_or_default();
        for packing in &self.unbounded {
            let most = (packed.len() as u64).saturating_mul(packing.factor());
            if most > self.limit {
                self.hold(packing.unpacked(packed, self.limit))?;
            }
        }
        Ok(())
    }

    fn hold(&self, bytes: u64) -> io::Result<()> {
        if bytes > self.limit {
            self.is_exceeded.store(true, Ordering::Relaxed);
            return Err(io::Error::other("a batch takes too much"));
        }
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unbounded {
    fn factor(self) -> u64 {
        match self {
            Unbounded::Gzip => GZIP_FACTOR,
            Unbounded::Lz4 => LZ4_FACTOR,
        }
    }

    /// How much these bytes are when unpacked, as far as they are of this packing; no more than one beyond `most` is counted.
    fn unpacked(self, bytes: &[u8], most: u64) -> u64 {
        let most = most.saturating_add(1);
        match self {
            Unbounded::Gzip => counted(flate2::read::MultiGzDecoder::new(bytes).take(most)),
            Unbounded::Lz4 => counted(lz4_flex::frame::FrameDecoder::new(bytes).take(most)),
        }
    }
}

/// How many bytes there are before the end, or before what is damaged.
fn counted(mut bytes: impl Read) -> u64 {
    let mut buffer = [0; 16 * 1024];
    let mut count = 0;
    while let Ok(read @ 1..) = bytes.read(&mut buffer) {
        count += read as u64;
    }
    count
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the head of a page is damaged")
}

/// Reads the compact protocol of Thrift, as writers of Parquet write it.
struct Thrift<R> {
    bytes: R,
    count: u64,
}

/// The types of fields.
mod kind {
    pub(super) const STOP: u8 = 0;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const I32: u8 = 5;
    pub(super) const I64: u8 = 6;
    pub(super) const BINARY: u8 = 8;
    pub(super) const STRUCT: u8 = 12;
}

impl<R: Read> Thrift<R> {
    fn head(&mut self) -> io::Result<Head> {
        let mut head = Head {
            unpacked: 0,
            plain: 0,
            values: 0,
            expands: false,
        };
        self.fields(|reader, field, kind| {
            match (field, kind) {
                (2, kind::I32) => head.unpacked = reader.size()?,
                (1 | 3, kind::I32) => _ = reader.size()?,
                (4, kind::I32) => _ = reader.number()?,
                (5..=8, kind::STRUCT) => reader.contents(field, &mut head)?,
                _ => return Err(damaged()),
            }
            Ok(())
        })?;
        Ok(head)
    }

    /// What the head says of the contents: of data in the first way or the second, of an index, or of a dictionary.
    fn contents(&mut self, of: u8, head: &mut Head) -> io::Result<()> {
        let is_second = of == 8;
        self.fields(|reader, field, kind| {
            match (field, kind) {
                (1, kind::I32) => head.values = reader.size()?,
                (4, kind::I32) if is_second => head.expands = reader.is_expanding()?,
                (2, kind::I32) if !is_second => head.expands = reader.is_expanding()?,
                (5 | 6, kind::I32) if is_second => head.plain += reader.size()?,
                (2..=4, kind::I32) => _ = reader.size()?,
                (3 | 7, kind::TRUE | kind::FALSE) => {}
                (5 | 8, kind::STRUCT) => reader.statistics()?,
                _ => return Err(damaged()),
            }
            Ok(())
        })
    }

    fn is_expanding(&mut self) -> io::Result<bool> {
        Ok(self.size()? == Encoding::DELTA_BYTE_ARRAY as u64)
    }

    fn statistics(&mut self) -> io::Result<()> {
        self.fields(|reader, _, kind| {
            match kind {
                kind::TRUE | kind::FALSE => {}
                kind::I32 | kind::I64 => _ = reader.number()?,
                kind::BINARY => {
                    let length = reader.number()?;
                    reader.count += length;
                    let skipped = io::copy(&mut reader.bytes.by_ref().take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(damaged());
                    }
                }
                _ => return Err(damaged()),
            }
            Ok(())
        })
    }

    /// Hands each field of a structure to `take`: its number and its type. The numbers rise.
    fn fields(&mut self, mut take: impl FnMut(&mut Self, u8, u8) -> io::Result<()>) -> io::Result<()> {
        let mut field = 0_u8;
        loop {
            let byte = self.byte()?;
            let (ahead, kind) = (byte >> 4, byte & 0x0f);
            if kind == kind::STOP {
                return Ok(());
            }
            if ahead == 0 {
                return Err(damaged());
            }
            field = field.checked_add(ahead).ok_or_else(damaged)?;
            take(self, field, kind)?;
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.bytes.read_exact(&mut byte)?;
        self.count += 1;
        Ok(byte[0])
    }

    /// A number as it is written, of which a signed one is twice as large or one less.
    fn number(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        // A negative one of 64 bits has one more bit.
        match self.byte()? {
            1 => Ok(number | 1 << 63),
            _ => Err(damaged()),
        }
    }

    /// A number of 32 bits that is not negative.
    fn size(&mut self) -> io::Result<u64> {
        let number = self.number()?;
        if number & 1 == 1 || number > u64::from(u32::MAX) {
            return Err(damaged());
        }
        Ok(number >> 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8]) -> io::Result<(Head, u64)> {
        let mut reader = Thrift { bytes, count: 0 };
        Ok((reader.head()?, reader.count))
    }

    #[test]
    fn heads_say_what_their_pages_take() {
        // A page of data in the first way: 300 bytes of 200, 7 values in DELTA_BYTE_ARRAY, a statistic of 2 bytes.
        let first = [
            0x15, 0, 0x15, 0xd8, 0x04, 0x15, 0x90, 0x03, 0x2c, 0x15, 14, 0x15, 14, 0x15, 6, 0x15, 6, 0x1c, 0x18, 2, 9,
            9, 0x26, 1, 0, 0, 0,
        ];
        let said = Head {
            unpacked: 300,
            plain: 0,
            values: 7,
            expands: true,
        };
        assert_eq!(head(&first).unwrap(), (said, first.len() as u64));
        // In the second way: levels of 3 and 4 bytes.
        let second = [
            0x15, 6, 0x15, 0xd8, 0x04, 0x15, 0x90, 0x03, 0x5c, 0x15, 14, 0x15, 0, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 8,
            0x12, 0, 0, 9,
        ];
        let said = Head {
            unpacked: 300,
            plain: 7,
            values: 7,
            expands: false,
        };
        assert_eq!(head(&second).unwrap(), (said, second.len() as u64 - 1));
    }

    #[test]
    fn what_no_writer_writes_is_refused() {
        for bytes in [
            // The sizes as other types, twice, negative, or longer than 32 bits; the end before the stop.
            &[0x15, 0, 0x16, 2, 0x15, 2, 0][..],
            &[0x15, 0, 0x15, 2, 0x05, 4, 2, 0],
            &[0x15, 0, 0x15, 1, 0x15, 2, 0],
            &[0x15, 0, 0x15, 0x80, 0x80, 0x80, 0x80, 0x10, 0x15, 2, 0],
            &[
                0x15, 0, 0x15, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0,
            ],
            &[0x15, 0, 0x15, 2],
            &[0xff; 20],
        ] {
            assert!(head(bytes).is_err(), "{bytes:?}");
        }
    }
}
