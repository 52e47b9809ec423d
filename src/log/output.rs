//! Files that are written, compressed as their names say.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A file that is written.
pub enum Output {
    /// As it is.
    Plain(BufWriter<Box<dyn Write + Send>>),
    /// Compressed with gzip.
    Gzip(GzEncoder<BufWriter<File>>),
    /// Compressed with zstd.
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

const BUFFER: usize = 1 << 18;

impl Output {
    /// Standard output.
    pub fn standard() -> Self {
        Output::Plain(BufWriter::with_capacity(BUFFER, Box::new(io::stdout())))
    }

    /// A file, whose name says how it is compressed. What was in it is gone.
    ///
    /// # Errors
    /// If the system does not give it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let file = File::create(path)?;
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        Ok(if ends(&[".gz", ".gzip"]) {
            Output::Gzip(GzEncoder::new(
                BufWriter::with_capacity(BUFFER, file),
                Compression::default(),
            ))
        } else if ends(&[".zst", ".zstd"]) {
            Output::Zstd(zstd::Encoder::new(BufWriter::with_capacity(BUFFER, file), 0)?)
        } else {
            Output::Plain(BufWriter::with_capacity(BUFFER, Box::new(file)))
        })
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Output::Plain(mut file) => file.flush(),
            Output::Gzip(file) => file.finish()?.flush(),
            Output::Zstd(file) => file.finish()?.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Plain(file) => file.write(bytes),
            Output::Gzip(file) => file.write(bytes),
            Output::Zstd(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Plain(file) => file.flush(),
            Output::Gzip(file) => file.flush(),
            Output::Zstd(file) => file.flush(),
        }
    }
}
