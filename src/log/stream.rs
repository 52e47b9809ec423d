//! The text of a log as one stream of bytes, whatever it is stored in and packed with.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::{InputError, Progress};

/// What a log is packed with. Its first bytes say so, whatever its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// How many bytes decide.
    pub(super) const MAGIC_BYTES: u64 = 4;

    pub(super) fn of_magic(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            // A frame, or a frame to be skipped, which tools put first to hold a table of contents.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Packing::Zstd,
            _ => Packing::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Packing::None => "plain",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

/// The bytes of a log as they are stored.
#[derive(Debug)]
pub(super) enum Stored {
    File(File),
    /// A temporary file that several streams share, each with its own position.
    Spool(Arc<Mutex<File>>, u64),
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stored::File(file) => file.read(buffer),
            Stored::Spool(file, position) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(*position))?;
                let count = file.read(buffer)?;
                *position += count as u64;
                Ok(count)
            }
        }
    }
}

impl Seek for Stored {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        match self {
            Stored::File(file) => file.seek(target),
            Stored::Spool(file, position) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                // The file's own position is that of whichever stream read last.
                file.seek(SeekFrom::Start(*position))?;
                *position = file.seek(target)?;
                Ok(*position)
            }
        }
    }
}

/// Counts what is read.
#[derive(Debug)]
struct Counted {
    stored: Stored,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stored.read(buffer)?;
        self.progress.add(count);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.stored.seek(target)
    }
}

enum Text {
    Plain(BufReader<Counted>),
    Packed(BufReader<Box<dyn Read + Send>>),
}

/// The decompressed bytes of one log, from the first.
pub(super) struct Stream {
    name: String,
    packing: Packing,
    text: Text,
    position: u64,
}

const BUFFER_BYTES: usize = 128 * 1024;

impl Stream {
    pub(super) fn new(name: &str, stored: Stored, packing: Packing, progress: Progress) -> Result<Self, InputError> {
        let counted = Counted { stored, progress };
        let packed = |decoder| Text::Packed(BufReader::with_capacity(BUFFER_BYTES, decoder));
        let text = match packing {
            Packing::None => Text::Plain(BufReader::with_capacity(BUFFER_BYTES, counted)),
            Packing::Gzip => {
                let stored = BufReader::with_capacity(BUFFER_BYTES, counted);
                packed(Box::new(flate2::bufread::MultiGzDecoder::new(stored)))
            }
            Packing::Zstd => {
                let stored = BufReader::with_capacity(BUFFER_BYTES, counted);
                let decoder = zstd::Decoder::with_buffer(stored)
                    .map_err(|error| InputError::of_decompression(name, packing.name(), error))?;
                packed(Box::new(decoder))
            }
        };
        Ok(Stream {
            name: name.to_owned(),
            packing,
            text,
            position: 0,
        })
    }

    /// The name of the log, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes have been consumed.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// What an error of reading this stream means.
    pub(super) fn failure(&self, error: io::Error) -> InputError {
        match self.packing {
            Packing::None => InputError::of_system(&self.name, error),
            packing => InputError::of_decompression(&self.name, packing.name(), error),
        }
    }

    /// Passes over bytes, without reading them where the log is not packed. Passing over the end is no error.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        if let (Text::Plain(reader), Ok(ahead)) = (&mut self.text, i64::try_from(count)) {
            reader.seek_relative(ahead)?;
            self.position += count;
        } else {
            io::copy(&mut self.by_ref().take(count), &mut io::sink())?;
        }
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.text {
            Text::Plain(reader) => reader.read(buffer),
            Text::Packed(reader) => reader.read(buffer),
        }?;
        self.position += count as u64;
        Ok(count)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.text {
            Text::Plain(reader) => reader.fill_buf(),
            Text::Packed(reader) => reader.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.text {
            Text::Plain(reader) => reader.consume(count),
            Text::Packed(reader) => reader.consume(count),
        }
        self.position += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn spool(bytes: &[u8]) -> Arc<Mutex<File>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Arc::new(Mutex::new(file))
    }

    fn stream(bytes: &[u8]) -> Stream {
        let packing = Packing::of_magic(bytes);
        Stream::new("log", Stored::Spool(spool(bytes), 0), packing, Progress::default()).unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn text(bytes: &[u8]) -> Result<String, InputError> {
        let mut stream = stream(bytes);
        let mut text = String::new();
        match stream.read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(stream.failure(error)),
        }
    }

    #[test]
    fn unpacks_every_member_and_frame() {
        assert_eq!(text(b"plain").unwrap(), "plain");
        assert_eq!(text(&gzip(b"one")).unwrap(), "one");
        assert_eq!(text(&[gzip(b"one "), gzip(b"two")].concat()).unwrap(), "one two");
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
        assert_eq!(text(&zstd(b"one")).unwrap(), "one");
        assert_eq!(text(&[zstd(b"one "), zstd(b"two")].concat()).unwrap(), "one two");
        let skipped = [0x52, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
        assert_eq!(text(&[&skipped[..], &zstd(b"one")].concat()).unwrap(), "one");
    }

    #[test]
    fn says_whether_packed_data_is_cut_off_or_damaged() {
        let lines = "2024-07-08 some line of a log, rather long\n".repeat(1_000);
        for (packed, method) in [
            (gzip(lines.as_bytes()), "gzip"),
            (zstd::encode_all(lines.as_bytes(), 3).unwrap(), "zstd"),
        ] {
            let cut = text(&packed[..packed.len() / 2]).unwrap_err();
            assert_eq!(
                cut.to_string(),
                format!("`log` ends before its {method} data is complete")
            );
        }
        let mut damaged = gzip(lines.as_bytes());
        let checksum = damaged.len() - 6;
        damaged[checksum] ^= 0xff;
        let error = text(&damaged).unwrap_err();
        assert!(matches!(error, InputError::Corrupt { method: "gzip", .. }), "{error}");
        let trailing = text(&[gzip(b"one"), b"garbage that is no header".to_vec()].concat()).unwrap_err();
        assert!(
            matches!(trailing, InputError::Corrupt { method: "gzip", .. }),
            "{trailing}"
        );
        let mut damaged = zstd::encode_all(lines.as_bytes(), 3).unwrap();
        damaged[5] ^= 0xff;
        let error = text(&damaged).unwrap_err();
        assert!(
            matches!(
                error,
                InputError::Corrupt { method: "zstd", .. } | InputError::Truncated { .. }
            ),
            "{error}"
        );
    }

    #[test]
    fn skips_and_counts() {
        for bytes in [b"0123456789".to_vec(), gzip(b"0123456789")] {
            let mut stream = stream(&bytes);
            let mut two = [0; 2];
            stream.read_exact(&mut two).unwrap();
            stream.skip(3).unwrap();
            assert_eq!(stream.position(), 5);
            assert_eq!(stream.fill_buf().unwrap(), b"56789");
            stream.consume(1);
            assert_eq!(stream.position(), 6);
        }
    }

    #[test]
    fn streams_of_one_spool_do_not_disturb_each_other() {
        let file = spool(&b"abcdef".repeat(100_000));
        let open = || {
            let stored = Stored::Spool(Arc::clone(&file), 0);
            Stream::new("log", stored, Packing::None, Progress::default()).unwrap()
        };
        let (mut one, mut other) = (open(), open());
        let mut texts = [String::new(), String::new()];
        let mut byte = [0; 1];
        one.read_exact(&mut byte).unwrap();
        other.read_to_string(&mut texts[1]).unwrap();
        one.read_to_string(&mut texts[0]).unwrap();
        assert_eq!(texts[0].len() + 1, texts[1].len());
        assert_eq!(texts[0], texts[1][1..]);
    }

    #[test]
    fn progress_counts_stored_bytes() {
        let packed = gzip(&b"a".repeat(1_000_000));
        let progress = Progress::default();
        let stored = Stored::Spool(spool(&packed), 0);
        let mut stream = Stream::new("log", stored, Packing::Gzip, progress.clone()).unwrap();
        io::copy(&mut stream, &mut io::sink()).unwrap();
        assert_eq!(progress.bytes(), packed.len() as u64);
    }
}
