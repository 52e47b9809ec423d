//! Watching a log that is still being written: verdicts as soon as they are certain, and none lost or told twice, whatever happens to the process.
//!
//! What is told depends on the records alone, and where the clock of the system decides, on what the store notes of it before anything is told. After a
//! restart the same lines come again from the last checkpoint on, and the ledger writes those that are not there.

mod course;
mod deliver;
mod identity;
mod known;
mod ledger;
mod lines;
mod monitor;
#[cfg(feature = "nats")]
mod nats;
mod pipe;
mod source;
mod start;
mod store;
mod tail;
mod teller;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use deliver::{Delivered, DeliveryOptions, Recipient};
pub use identity::Identity;
pub use ledger::{LedgerError, Put};
pub use lines::Position;
pub use monitor::{Late, Monitor, MonitorCounts, MonitorOptions, Tidings};
#[cfg(feature = "nats")]
pub use nats::{Lack, NatsAddressError, NatsError, NatsLog, NatsLogin};
pub use source::{Link, SourceError};
pub use store::{Checkpoint, Head, Held, Passed, Store, StoreError, StreamPlace};
pub use tail::FileId;

use crate::engine::StateError;
use crate::log::{Limits, Problem};
use crate::plan::Plan;
use crate::report::{Difference, Findings, FormatError};
use crate::time::Instant;
use crate::verdict::Judgement;
use course::Watch;
use start::Start;

/// Which clock says that a deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WatchClock {
    /// The instants of the records.
    #[default]
    Event,
    /// That of the system, once all that has been written is read.
    Wall,
}

/// Where the records come from.
pub enum WatchSource<'a> {
    /// A file, by its name.
    File(&'a Path),
    /// A stream that is read once.
    Pipe(Box<dyn Read + Send>),
    /// A stream of NATS.
    #[cfg(feature = "nats")]
    Nats(NatsLog),
}

/// How a log is watched.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// How records are judged.
    pub monitor: MonitorOptions,
    /// Which clock says that a deadline has passed.
    pub clock: WatchClock,
    /// The folder for checkpoints.
    pub state: Option<PathBuf>,
    /// The file that everything is told in.
    pub output: Option<PathBuf>,
    /// Whether more may be written to the log.
    pub follow: bool,
    /// Whom to tell of violations.
    pub delivery: Option<DeliveryOptions>,
    /// How often a checkpoint is written, at most.
    pub checkpoint_every: Duration,
    /// How many events may wait for time to pass them.
    pub max_pending: usize,
    /// Whether to go on where records may be lacking.
    pub accept_gap: bool,
    /// Whether to go on with other rules than those of the checkpoint.
    pub migrate: bool,
    /// Bounds on what is read.
    pub limits: Limits,
}

/// Something that people should know of, and that is not part of the results.
#[derive(Debug)]
pub enum Note<'a> {
    /// The watch goes on from a checkpoint.
    Resumed {
        /// Where.
        position: Position,
        /// Where in the stream of a broker.
        stream: Option<StreamPlace>,
        /// All before this had been judged.
        frontier: Instant,
    },
    /// The checkpoint is damaged, and the log is read from its start.
    Rebuilt {
        /// How that was noticed.
        error: &'a StoreError,
        /// Where the damaged one is.
        aside: &'a Path,
    },
    /// Other rules are watched from here on.
    Migrated(&'a Difference),
    /// A checkpoint could not be written; the one before is still there.
    NoCheckpoint(&'a StoreError),
    /// What became of a delivery.
    Delivery(&'a Delivered),
    /// A record that cannot be used.
    Problems(&'a [Problem]),
    /// Records may be lacking.
    Gap(&'a str),
    /// What became of the connection to the log.
    Link(&'a Link),
}

/// Looks on.
pub trait WatchObserver {
    /// Something was found, with the line that tells it. [`Put::Known`] was told before the process was started.
    fn told(&mut self, tidings: Option<&Tidings<'_>>, line: &str, put: Put);

    /// Something that people should know of.
    fn note(&mut self, note: &Note<'_>);

    /// All that has been written is read, or much of it. Called now and then.
    fn moment(&mut self, monitor: &Monitor, now: Instant, records: u64);
}

/// Why a watch cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The log.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The checkpoints.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file of results.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A result that cannot be written. None is known.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The checkpoint is of other rules.
    #[error("the checkpoint is of other rules")]
    OtherRules(Box<Difference>),
    /// The checkpoint is of another log or was made with other options.
    #[error("the checkpoint was made for {before}, and this is {now}")]
    Other {
        /// What it was made for.
        before: String,
        /// What is asked for.
        now: String,
    },
    /// What came by a pipe cannot be read again.
    #[error("what came by the pipe before cannot be read again")]
    PipeIsGone,
    /// The state in a checkpoint cannot be used, although it is as it was written.
    #[error("the checkpoint cannot be used: {0}")]
    State(#[from] StateError),
    /// Too many events wait for time to pass them.
    #[error("{0} events wait for time to pass them")]
    TooManyPending(usize),
}

/// What a watch came to.
#[derive(Debug)]
pub struct Watched {
    /// The judgement, of what was read since the rules or the log were watched first.
    pub judgement: Judgement,
    /// Counts of what was read and told.
    pub counts: MonitorCounts,
    /// How many records were read, and how many of them could not be used.
    pub records: (u64, u64),
    /// How many messages a broker sent again that had been taken.
    pub redelivered: u64,
}

/// Watches a log until it ends, or until it is to stop.
///
/// # Errors
/// A log, a checkpoint or a file of results that cannot be used.
pub fn watch(
    plan: &Arc<Plan>,
    source: WatchSource<'_>,
    findings: &Findings<'_>,
    options: &WatchOptions,
    now: &dyn Fn() -> Instant,
    stop: &AtomicBool,
    observer: &mut dyn WatchObserver,
) -> Result<Watched, WatchError> {
    let start = Start::find(source, findings, options, observer)?;
    let mut watch = Watch::begin(plan, findings, options, now, start, observer)?;
    let ended = watch.run(stop, observer)?;
    watch.end(ended, observer)
}
