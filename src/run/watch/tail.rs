//! Following a file that grows, is put aside and begun anew, or is cut short.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::lines::Position;
use super::source::{Arrival, Source, SourceError, refuse_packed};

/// What tells a file from others, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        FileId {
            device: metadata.dev(),
            number: metadata.ino(),
        }
    }

    /// Where the system does not number files, a file that is begun anew is told by being shorter.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        FileId { device: 0, number: 0 }
    }
}

/// What became of a file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turned {
    No,
    /// It begins anew.
    CutShort,
    /// Another one has its name.
    PutAside,
}

/// Follows a file by its name.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    file: Option<File>,
    id: Option<FileId>,
    /// How far the present file has been read.
    read: u64,
    /// When the present file was written to for the last time, as far as is known.
    written: SystemTime,
    /// Files that were put aside before they were read, the oldest first.
    aside: Vec<PathBuf>,
    /// Whether more may be written.
    follows: bool,
}

impl Tail {
    /// Follows a file from its start; it need not exist yet. One that nothing is added to any more ends with its end.
    pub(super) fn new(path: &Path, follows: bool) -> Self {
        Tail {
            path: path.to_owned(),
            file: None,
            id: None,
            read: 0,
            written: SystemTime::UNIX_EPOCH,
            aside: Vec::new(),
            follows,
        }
    }

    /// Goes on in a file, under whatever name it has now.
    ///
    /// # Errors
    /// It is no longer there, or is shorter than it was.
    pub(super) fn resume(path: &Path, follows: bool, id: FileId, position: Position) -> Result<Self, SourceError> {
        let mut tail = Tail::new(path, follows);
        let gone = |why: &str| SourceError::Gone {
            name: path.display().to_string(),
            offset: position.offset,
            why: why.to_owned(),
        };
        let mut names = vec![path.to_owned()];
        names.extend(tail.put_aside()?.into_iter().map(|(_, path)| path));
        let found = names.into_iter().find_map(|name| {
            let file = File::open(name).ok()?;
            let metadata = file.metadata().ok()?;
            (FileId::of(&metadata) == id).then_some((file, metadata))
        });
        let Some((mut file, metadata)) = found else {
            return Err(gone("it was put aside and packed, moved or removed"));
        };
        if metadata.len() < position.offset {
            return Err(gone("it was cut short"));
        }
        let start = SeekFrom::Start(position.offset);
        file.seek(start).map_err(|cause| tail.unreadable(cause))?;
        tail.written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        tail.file = Some(file);
        tail.id = Some(id);
        tail.read = position.offset;
        Ok(tail)
    }

    fn unreadable(&self, cause: io::Error) -> SourceError {
        SourceError::Unreadable {
            name: self.path.display().to_string(),
            cause,
        }
    }

    /// The files that the present one may have been put aside as, with when they were written to, the oldest first: those whose names are this name and a
    /// number or a date.
    fn put_aside(&self) -> Result<Vec<(SystemTime, PathBuf)>, SourceError> {
        let Some(name) = self.path.file_name().and_then(|name| name.to_str()) else {
            return Ok(Vec::new());
        };
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(|cause| self.unreadable(cause))? {
            let entry = entry.map_err(|cause| self.unreadable(cause))?;
            let other = entry.file_name();
            let rest = other.to_str().and_then(|other| other.strip_prefix(name));
            let is_numbered = rest.is_some_and(|rest| {
                let digits = rest.strip_prefix(['.', '-', '_']);
                digits.is_some_and(|digits| {
                    digits.starts_with(|first: char| first.is_ascii_digit())
                        && digits
                            .chars()
                            .all(|char| char.is_ascii_digit() || "-_.:TZ".contains(char))
                })
            });
            if is_numbered && let Ok(metadata) = entry.metadata() {
                let written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                found.push((written, entry.path()));
            }
        }
        found.sort();
        Ok(found)
    }

    fn open(&mut self, path: &Path) -> Result<bool, SourceError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.follows => return Ok(false),
            Err(cause) => return Err(self.unreadable(cause)),
        };
        let metadata = file.metadata().map_err(|cause| self.unreadable(cause))?;
        if metadata.is_dir() {
            return Err(self.unreadable(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        self.id = Some(FileId::of(&metadata));
        self.written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        self.file = Some(file);
        self.read = 0;
        Ok(true)
    }

    /// Whether the present file is no longer the one of this name, or begins anew.
    fn turned(&self) -> Result<Turned, SourceError> {
        let named = match fs::metadata(&self.path) {
            Ok(named) => named,
            // Between putting a file aside and beginning the next one there is none.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Turned::No),
            Err(cause) => return Err(self.unreadable(cause)),
        };
        Ok(match Some(FileId::of(&named)) == self.id {
            true if named.len() < self.read => Turned::CutShort,
            true => Turned::No,
            false => Turned::PutAside,
        })
    }

    /// Goes on to the file that was begun after the present one.
    fn turn(&mut self) -> Result<(), SourceError> {
        let named = fs::metadata(&self.path).ok().map(|named| FileId::of(&named));
        if named != self.id {
            if let Some(Ok(metadata)) = self.file.as_ref().map(File::metadata) {
                self.written = metadata.modified().unwrap_or(self.written);
            }
            let between = self.put_aside()?.into_iter().filter(|(written, path)| {
                let id = fs::metadata(path).ok().map(|metadata| FileId::of(&metadata));
                *written >= self.written && id != self.id && id != named
            });
            let between: Vec<PathBuf> = between.map(|(_, path)| path).collect();
            self.aside = between;
        }
        self.file = None;
        self.id = None;
        Ok(())
    }
}

impl Source for Tail {
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<Arrival, SourceError> {
        if self.file.is_none() {
            let next = if self.aside.is_empty() {
                self.path.clone()
            } else {
                self.aside.remove(0)
            };
            if !self.open(&next)? {
                return Ok(Arrival::Nothing);
            }
        }
        // What was written before the file was put aside is read after that is seen.
        let turned = self.turned()?;
        let Some(file) = &mut self.file else {
            return Ok(Arrival::Nothing);
        };
        let count = if turned == Turned::CutShort {
            0
        } else {
            read_some(file, buffer).map_err(|cause| SourceError::Unreadable {
                name: self.path.display().to_string(),
                cause,
            })?
        };
        if self.read == 0 && count > 0 {
            let name = self.path.display().to_string();
            refuse_packed(&buffer[buffer.len() - count..], &name)?;
        }
        self.read += count as u64;
        if count > 0 {
            return Ok(Arrival::Bytes);
        }
        Ok(match turned {
            Turned::No if self.follows => Arrival::Nothing,
            Turned::No => Arrival::End,
            Turned::CutShort | Turned::PutAside => {
                self.turn()?;
                Arrival::NextFile {
                    cut: turned == Turned::CutShort,
                }
            }
        })
    }

    fn file(&self) -> Option<FileId> {
        self.id
    }

    fn is_between(&self) -> bool {
        self.file.is_none()
    }
}

/// How much is read at once.
const PIECE_BYTES: u64 = 256 * 1024;

fn read_some(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        match (&mut *file).take(PIECE_BYTES).read_to_end(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
