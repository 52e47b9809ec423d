//! Checkpoints: how far a log has been judged, and all that is needed to go on from there, in an embedded store.
//!
//! A checkpoint replaces the one before in one transaction. What it holds has a checksum of its own, since the store finds damage only where it looks.

use std::fs;
use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition, TableHandle};
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::lines::Position;
use super::tail::FileId;
use crate::log::fenced;
use crate::time::Instant;

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const STATE: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("state");
const CLOCK: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("clock");
const OUTBOX: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("outbox");
const DELIVERED: TableDefinition<'_, &str, ()> = TableDefinition::new("delivered");

/// The version of the form of a checkpoint.
const FORM: u32 = 3;

/// A state is kept in pieces of so many bytes.
const PIECE_BYTES: usize = 1024 * 1024;

/// The store holds so much of its file in memory.
const CACHE_BYTES: usize = 8 * 1024 * 1024;

/// What a checkpoint says beside the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The rules that the state is of.
    pub identity: Identity,
    /// Where the first record starts that is not in the state.
    pub position: Position,
    /// The file that this is a place of, if it is one of a file.
    pub file: Option<FileId>,
    /// The place in the stream of a broker, if it is one of a stream.
    #[serde(default)]
    pub stream: Option<StreamPlace>,
    /// How many bytes of the output come of what is in the state.
    pub told: u64,
    /// How many records were read, and how many of them could not be used.
    pub records: (u64, u64),
}

/// Where the stream of a broker has been read up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPlace {
    /// When the stream was made, in nanoseconds since 1970. It tells it from others of its name.
    pub created: i64,
    /// The number of the last message that was taken, or that is known not to be asked for.
    pub sequence: u64,
}

/// Time was let pass to an instant where the source had been read up to a place, because the clock had come there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The place.
    pub position: Position,
    /// The instant, in nanoseconds since 1970.
    nanoseconds: i128,
}

impl Passed {
    /// All before an instant was judged when this place had been reached.
    pub fn new(position: Position, frontier: Instant) -> Self {
        Passed {
            position,
            nanoseconds: frontier.unix_nanoseconds(),
        }
    }

    /// The instant.
    pub fn frontier(&self) -> Instant {
        Instant::from_unix_nanoseconds(self.nanoseconds).unwrap_or(Instant::MIN)
    }
}

/// What a store holds.
#[derive(Debug)]
pub enum Held {
    /// Nothing so far.
    Nothing,
    /// A checkpoint.
    Checkpoint(Box<Checkpoint>),
}

/// All that a store holds.
#[derive(Debug)]
pub struct Checkpoint {
    /// What is beside the state.
    pub head: Head,
    /// The state.
    pub state: Vec<u8>,
    /// How time was let pass since the checkpoint, in order.
    pub passed: Vec<Passed>,
    /// What is to be delivered: ids, and the lines that tell.
    pub outbox: Vec<(String, String)>,
}

/// A store that cannot be used, or is damaged.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system does not give the folder or the file, or does not take what is written.
    #[error("the checkpoint {} cannot be used: {cause}", .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// Another process has it open.
    #[error("the checkpoint {} is in use by another process", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is of a form that this program does not read.
    #[error("the checkpoint {} is of another form: version {found}, and this program reads version {FORM}", .path.display())]
    OtherForm {
        /// The file.
        path: PathBuf,
        /// The version of the form.
        found: u32,
    },
    /// It does not hold what was written.
    #[error("the checkpoint {} is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that was noticed.
        what: String,
    },
}

/// An open store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    database: Option<Database>,
}

/// The store within the folder of a watch.
const FILE: &str = "checkpoint.redb";

/// So many damaged stores are put aside under names of their own.
const MOST_ASIDE: u32 = 1000;

impl Store {
    /// Opens the store in a folder, which is made if it is not there, and reads what it holds.
    ///
    /// # Errors
    /// The folder or the file cannot be used, or the file is damaged.
    pub fn open(folder: &Path) -> Result<(Self, Held), StoreError> {
        let path = folder.join(FILE);
        fs::create_dir_all(folder).map_err(|cause| StoreError::System {
            path: path.clone(),
            cause: cause.to_string(),
        })?;
        let database = database(&path)?;
        Store::read(path, database)
    }

    /// As [`Store::open`], on something else than a file.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(backend: impl StorageBackend) -> Result<(Self, Held), StoreError> {
        let path = PathBuf::from(FILE);
        let made = guarded(&path, || {
            let mut builder = Database::builder();
            Ok(builder.set_cache_size(CACHE_BYTES).create_with_backend(backend)?)
        })?;
        Store::read(path, made)
    }

    fn read(path: PathBuf, database: Database) -> Result<(Self, Held), StoreError> {
        let held = guarded(&path, || held(&database))?;
        let held = match held {
            Read::Held(held) => held,
            Read::OtherForm(found) => return Err(StoreError::OtherForm { path, found }),
            Read::Damaged(what) => {
                return Err(StoreError::Damaged {
                    path,
                    what: what.to_owned(),
                });
            }
        };
        let store = Store {
            path,
            database: Some(database),
        };
        Ok((store, held))
    }

    /// Puts a damaged store aside, and opens one that holds nothing. Says where the damaged one is.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn put_aside(folder: &Path) -> Result<(Self, PathBuf), StoreError> {
        let path = folder.join(FILE);
        let system = |cause: std::io::Error| StoreError::System {
            path: path.clone(),
            cause: cause.to_string(),
        };
        let aside = (1..=MOST_ASIDE)
            .map(|number| folder.join(format!("{FILE}.damaged-{number}")))
            .find(|aside| !aside.exists())
            .unwrap_or_else(|| path.with_extension("damaged"));
        fs::rename(&path, &aside).map_err(system)?;
        let (store, _) = Store::open(folder)?;
        Ok((store, aside))
    }

    /// Writes a checkpoint in the place of the one before.
    ///
    /// # Errors
    /// The system does not take it. The checkpoint before is then still there.
    pub fn checkpoint(&mut self, head: &Head, state: &[u8], outbox: &[(String, String)]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut meta = transaction.open_table(META)?;
            let pieces = u32::try_from(state.len().div_ceil(PIECE_BYTES)).unwrap_or(u32::MAX);
            let sum = crc32fast::hash(state);
            let sealed = Sealed {
                head: head.clone(),
                bytes: state.len() as u64,
                pieces,
                sum,
            };
            let text = serde_json::to_vec(&sealed).map_err(|error| redb::StorageError::Corrupted(error.to_string()))?;
            meta.insert("form", FORM.to_le_bytes().as_slice())?;
            meta.insert("head", with_sum(&text).as_slice())?;
            let mut table = transaction.open_table(STATE)?;
            for (number, piece) in (0_u32..).zip(state.chunks(PIECE_BYTES)) {
                table.insert(number, piece)?;
            }
            table.retain(|number, _| number < pieces)?;
            transaction.open_table(CLOCK)?.retain(|_, _| false)?;
            let mut table = transaction.open_table(OUTBOX)?;
            table.retain(|_, _| false)?;
            for (id, line) in outbox {
                table.insert(id.as_str(), with_sum(line.as_bytes()).as_slice())?;
            }
            Ok(())
        })
    }

    /// Notes how time was let pass since the checkpoint.
    ///
    /// # Errors
    /// The system does not take it.
    pub fn pass(&mut self, passed: Passed) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(CLOCK)?;
            let next = table.last()?.map_or(0, |(number, _)| number.value() + 1);
            let text = serde_json::to_vec(&passed).map_err(|error| redb::StorageError::Corrupted(error.to_string()))?;
            table.insert(next, with_sum(&text).as_slice())?;
            Ok(())
        })
    }

    /// Notes that something was delivered.
    ///
    /// # Errors
    /// The system does not take it.
    pub fn delivered(&mut self, id: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.open_table(OUTBOX)?.remove(id)?;
            transaction.open_table(DELIVERED)?.insert(id, ())?;
            Ok(())
        })
    }

    /// Whether something was delivered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn is_delivered(&mut self, id: &str) -> Result<bool, StoreError> {
        let path = self.path.clone();
        let database = self.database()?;
        guarded(&path, || {
            let transaction = database.begin_read()?;
            let table = match transaction.open_table(DELIVERED) {
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(false),
                table => table?,
            };
            Ok(table.get(id)?.is_some())
        })
    }

    /// The store takes nothing more after a failure: it is opened again.
    fn database(&mut self) -> Result<&Database, StoreError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => database(&self.path)?,
        };
        Ok(self.database.insert(database))
    }

    fn write(
        &mut self,
        change: impl FnOnce(&redb::WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let database = self.database()?;
        let written = guarded(&path, || {
            let transaction = database.begin_write()?;
            change(&transaction)?;
            transaction.commit()?;
            Ok(())
        });
        if written.is_err() {
            self.database = None;
        }
        written
    }
}

/// A head with what its state must be like.
#[derive(Serialize, Deserialize)]
struct Sealed {
    head: Head,
    bytes: u64,
    pieces: u32,
    sum: u32,
}

enum Read {
    Held(Held),
    OtherForm(u32),
    Damaged(&'static str),
}

fn held(database: &Database) -> Result<Read, redb::Error> {
    let transaction = database.begin_read()?;
    if transaction.list_tables()?.all(|table| table.name() != META.name()) {
        return Ok(Read::Held(Held::Nothing));
    }
    let meta = transaction.open_table(META)?;
    let Some(form) = meta.get("form")? else {
        return Ok(Read::Held(Held::Nothing));
    };
    match form.value().try_into().map(u32::from_le_bytes) {
        Ok(FORM) => {}
        Ok(found) => return Ok(Read::OtherForm(found)),
        Err(_) => return Ok(Read::Damaged("its version cannot be read")),
    }
    let Some(text) = meta.get("head")? else {
        return Ok(Read::Damaged("it has no head"));
    };
    let Some(Sealed {
        head,
        bytes,
        pieces,
        sum,
    }) = without_sum(text.value()).and_then(|text| serde_json::from_slice(text).ok())
    else {
        return Ok(Read::Damaged("the checksum of its head is wrong"));
    };
    let mut state = Vec::new();
    let table = transaction.open_table(STATE)?;
    for number in 0..pieces {
        match table.get(number)? {
            Some(piece) => state.extend_from_slice(piece.value()),
            None => return Ok(Read::Damaged("a part of its state is lacking")),
        }
    }
    if state.len() as u64 != bytes || crc32fast::hash(&state) != sum {
        return Ok(Read::Damaged("the checksum of its state is wrong"));
    }
    let mut passed = Vec::new();
    for entry in transaction.open_table(CLOCK)?.iter()? {
        let (_, text) = entry?;
        match without_sum(text.value()).and_then(|text| serde_json::from_slice(text).ok()) {
            Some(entry) => passed.push(entry),
            None => return Ok(Read::Damaged("the checksum of what its clock said is wrong")),
        }
    }
    let mut outbox = Vec::new();
    for entry in transaction.open_table(OUTBOX)?.iter()? {
        let (id, line) = entry?;
        let line = without_sum(line.value()).and_then(|line| String::from_utf8(line.to_vec()).ok());
        match line {
            Some(line) => outbox.push((id.value().to_owned(), line)),
            None => return Ok(Read::Damaged("the checksum of what is to be delivered is wrong")),
        }
    }
    Ok(Read::Held(Held::Checkpoint(Box::new(Checkpoint {
        head,
        state,
        passed,
        outbox,
    }))))
}

fn with_sum(bytes: &[u8]) -> Vec<u8> {
    let mut with_sum = crc32fast::hash(bytes).to_le_bytes().to_vec();
    with_sum.extend_from_slice(bytes);
    with_sum
}

fn without_sum(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, bytes) = bytes.split_first_chunk()?;
    (crc32fast::hash(bytes) == u32::from_le_bytes(*sum)).then_some(bytes)
}

fn database(path: &Path) -> Result<Database, StoreError> {
    guarded(path, || {
        let mut builder = Database::builder();
        Ok(builder.set_cache_size(CACHE_BYTES).create(path)?)
    })
}

/// What the store's own code says of a failure. It can panic on a damaged file.
fn guarded<T>(path: &Path, act: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, StoreError> {
    let path = path.to_owned();
    let acted = fenced(|| Ok::<_, String>(act()));
    match acted {
        Ok(Ok(done)) => Ok(done),
        Err(what) => Err(StoreError::Damaged { path, what }),
        Ok(Err(error)) => Err(match error {
            redb::Error::DatabaseAlreadyOpen => StoreError::InUse { path },
            redb::Error::Io(cause) if cause.kind() == std::io::ErrorKind::InvalidData => StoreError::Damaged {
                path,
                what: "it is no store".to_owned(),
            },
            redb::Error::Io(cause) => StoreError::System {
                path,
                cause: cause.to_string(),
            },
            redb::Error::PreviousIo => StoreError::System {
                path,
                cause: "an earlier failure".to_owned(),
            },
            redb::Error::UpgradeRequired(version) => StoreError::Damaged {
                path,
                what: format!("its store is of the old version {version}"),
            },
            other => StoreError::Damaged {
                path,
                what: other.to_string(),
            },
        }),
    }
}
