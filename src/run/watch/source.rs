//! Where the records of a watched log come from.

use std::io;
use std::time::Duration;

#[cfg(feature = "nats")]
use super::nats::NatsError;
use super::store::StreamPlace;
use super::tail::FileId;
use crate::log::is_packed;

/// What came of asking a source for more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "nats"),
    expect(dead_code, reason = "a broker tells more than files do")
)]
pub(super) enum Arrival {
    /// Bytes.
    Bytes,
    /// All of a message, in whole lines.
    Message {
        /// Its number in the stream, from 1 on.
        sequence: u64,
    },
    /// Records are lacking here. It is to be gone on without them.
    Lack(String),
    /// What became of the connection.
    Link(Link),
    /// The present file is at its end, and the next one begins.
    NextFile {
        /// Whether the present one was cut short, so that what was written just before may be lost.
        cut: bool,
    },
    /// Nothing so far: more may come.
    Nothing,
    /// Nothing so far, although more may have been written.
    Away,
    /// Nothing more will come.
    End,
}

/// What became of the connection to a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// It is lost, and is tried again.
    Lost,
    /// It is there again.
    Found {
        /// How long it was lost.
        after: Duration,
    },
    /// Something does not go as it should, and is tried again.
    Trouble(String),
}

/// A source of lines. It is asked again and again, and answers at once, or after a moment.
pub(super) trait Source {
    /// Appends to a buffer what has come.
    ///
    /// # Errors
    /// The source cannot be read any more.
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<Arrival, SourceError>;

    /// The file that is being read, if it is one.
    fn file(&self) -> Option<FileId> {
        None
    }

    /// Whether it is between two files, where no place can be named.
    fn is_between(&self) -> bool {
        false
    }

    /// The place in the stream of a broker that has been read up to, if it is one.
    fn stream(&self) -> Option<StreamPlace> {
        None
    }

    /// Whether it can soon give no more, unless what it gave is settled.
    fn presses(&self) -> bool {
        false
    }

    /// How many messages came again that had come before.
    fn redelivered(&self) -> u64 {
        0
    }

    /// All that was given out is judged and noted, and what came before this file will not be asked for again.
    fn settled(&mut self, _generation: u32) {}
}

/// Refuses what begins like packed data.
pub(super) fn refuse_packed(start: &[u8], name: &str) -> Result<(), SourceError> {
    if is_packed(start) {
        return Err(SourceError::Packed { name: name.to_owned() });
    }
    Ok(())
}

/// A source that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system does not give it.
    #[error("{name} cannot be read: {cause}")]
    Unreadable {
        /// The source.
        name: String,
        /// Why.
        cause: io::Error,
    },
    /// The file that was being read cannot be gone on with.
    #[error("{name} cannot be gone on with at byte {offset}: {why}")]
    Gone {
        /// The file.
        name: String,
        /// How far it had been judged.
        offset: u64,
        /// What became of it.
        why: String,
    },
    /// A stream of NATS.
    #[cfg(feature = "nats")]
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// It is packed, and a packed file does not grow line by line.
    #[error("{name} is packed")]
    Packed {
        /// The source.
        name: String,
    },
}
