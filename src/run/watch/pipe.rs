//! A stream that is read once. With a folder for checkpoints it is written down as it comes, so that a restart loses nothing that had come.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::source::{Arrival, Source, SourceError, refuse_packed};

/// How much is read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// How many pieces may wait to be judged.
const WAITING: usize = 16;

/// A source that has nothing is waited for so long.
const WAIT: Duration = Duration::from_millis(20);

const NAME: &str = "standard input";

fn unreadable(cause: io::Error) -> SourceError {
    SourceError::Unreadable {
        name: NAME.to_owned(),
        cause,
    }
}

/// Reads on a thread of its own, so that time can pass while nothing comes.
pub(super) struct Pipe {
    pieces: Receiver<io::Result<Vec<u8>>>,
    begun: bool,
}

impl Pipe {
    pub(super) fn new(from: Box<dyn Read + Send>) -> Self {
        let (send, pieces) = sync_channel(WAITING);
        thread::spawn(move || read_all(from, &send));
        Pipe { pieces, begun: false }
    }
}

fn read_all(mut from: Box<dyn Read + Send>, send: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let sent = match from.read(&mut piece) {
            Ok(0) => return,
            Ok(count) => {
                piece.truncate(count);
                send.send(Ok(piece))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                // Nobody listens after a failure.
                let _ = send.send(Err(error));
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

impl Source for Pipe {
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<Arrival, SourceError> {
        match self.pieces.recv_timeout(WAIT) {
            Ok(piece) => {
                let piece = piece.map_err(unreadable)?;
                if !std::mem::replace(&mut self.begun, true) {
                    refuse_packed(&piece, NAME)?;
                }
                buffer.extend_from_slice(&piece);
                Ok(Arrival::Bytes)
            }
            Err(RecvTimeoutError::Timeout) => Ok(Arrival::Nothing),
            Err(RecvTimeoutError::Disconnected) => Ok(Arrival::End),
        }
    }
}

/// What has come of a stream that is written down.
#[derive(Debug, Default)]
struct Written {
    /// The file that is written to, by its number.
    last: AtomicU32,
    /// Why nothing more comes: the stream has ended, or could not be read or written down.
    end: Mutex<Option<io::Result<()>>>,
}

/// A stream that is written down in files by number, and read from there. Files that were judged are removed.
pub(super) struct Journal {
    folder: PathBuf,
    written: Arc<Written>,
    /// The file that is read.
    segment: u32,
    file: Option<File>,
    start: u64,
    settled: u32,
    begun: bool,
}

/// A new file is begun after so many bytes.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

impl Journal {
    /// Goes on at a place of what was written down before, and then with a stream.
    pub(super) fn new(
        folder: &Path,
        from: Box<dyn Read + Send>,
        segment: u32,
        start: u64,
    ) -> Result<Self, SourceError> {
        fs::create_dir_all(folder).map_err(unreadable)?;
        let next = segments(folder).last().map_or(segment, |last| last.saturating_add(1));
        let written = Arc::new(Written::default());
        written.last.store(next, Ordering::SeqCst);
        let writer = Arc::clone(&written);
        let place = folder.to_owned();
        let first = create(&place, next).map_err(unreadable)?;
        thread::spawn(move || {
            let end = write_down(from, &place, first, &writer.last);
            *writer.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        });
        Ok(Journal {
            folder: folder.to_owned(),
            written,
            segment,
            file: None,
            start,
            settled: segment,
            begun: start > 0 || segment > 0,
        })
    }

    /// Whether files that were written down have been judged and removed.
    pub(super) fn has_lost(folder: &Path) -> bool {
        segments(folder).first().is_some_and(|first| *first > 0)
    }
}

fn path(folder: &Path, segment: u32) -> PathBuf {
    folder.join(format!("journal-{segment:08}"))
}

fn create(folder: &Path, segment: u32) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(path(folder, segment))
}

/// The numbers of the files in a folder, in order.
fn segments(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.strip_prefix("journal-")?.parse().ok());
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

fn write_down(mut from: Box<dyn Read + Send>, folder: &Path, mut file: File, last: &AtomicU32) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut length = 0;
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut rest = &piece[..count];
        // A file ends with a line, so that none is torn between two.
        if length >= SEGMENT_BYTES
            && let Some(end) = memchr::memchr(b'\n', rest)
        {
            file.write_all(&rest[..=end])?;
            rest = &rest[end + 1..];
            let next = last.load(Ordering::SeqCst).saturating_add(1);
            file = create(folder, next)?;
            last.store(next, Ordering::SeqCst);
            length = 0;
        }
        file.write_all(rest)?;
        length += rest.len() as u64;
    }
}

impl Source for Journal {
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<Arrival, SourceError> {
        // What is written before these are looked at is read after.
        let last = self.written.last.load(Ordering::SeqCst);
        let end = self.written.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file = match File::open(path(&self.folder, self.segment)) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound && self.segment < last => {
                        return Ok(self.next_segment());
                    }
                    file => file.map_err(unreadable)?,
                };
                file.seek(SeekFrom::Start(self.start)).map_err(unreadable)?;
                self.file.insert(file)
            }
        };
        let from = buffer.len();
        let read = (&mut *file).take(4 * PIECE_BYTES as u64).read_to_end(buffer);
        let count = read.map_err(unreadable)?;
        let is_at_end = count == 0 && self.segment == last;
        if let Some(end) = end {
            end.map_err(unreadable)?;
            if is_at_end {
                return Ok(Arrival::End);
            }
            // It is told once all has been read.
            *self.written.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ok(()));
        }
        if count > 0 {
            if !std::mem::replace(&mut self.begun, true) {
                refuse_packed(&buffer[from..], NAME)?;
            }
            return Ok(Arrival::Bytes);
        }
        if self.segment < last {
            return Ok(self.next_segment());
        }
        thread::sleep(WAIT);
        Ok(Arrival::Nothing)
    }

    fn settled(&mut self, generation: u32) {
        for segment in self.settled..generation {
            // One that stays is in the way of nothing.
            let _ = fs::remove_file(path(&self.folder, segment));
        }
        self.settled = generation;
    }
}

impl Journal {
    fn next_segment(&mut self) -> Arrival {
        self.segment += 1;
        self.start = 0;
        self.file = None;
        Arrival::NextFile { cut: false }
    }
}
