//! Watching a log that is still being written: verdicts as soon as they are certain, and none lost or told twice, whatever happens to the process.
//!
//! What is told depends on the records alone, and where the clock of the system decides, on what the store notes of it before anything is told. After a
//! restart the same lines come again from the last checkpoint on, and the ledger writes those that are not there.

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
mod store;
mod tail;
mod teller;

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
use crate::log::{Asked, Limits, LiveDecoder, Problem};
use crate::plan::Plan;
use crate::report::results::ResultsBuilder;
use crate::report::{Difference, Findings, FormatError, ResultLine};
use crate::time::Instant;
use crate::verdict::Judgement;
use deliver::Deliveries;
use known::Known;
use ledger::Ledger;
use lines::{Cutter, Line};
#[cfg(feature = "nats")]
use nats::NatsSource;
use pipe::{Journal, Pipe};
use source::{Arrival, Source};
use tail::Tail;
use teller::Teller;

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

/// Everything from which a watch begins.
struct Start {
    identity: Identity,
    store: Option<Store>,
    checkpoint: Option<Checkpoint>,
    source: Box<dyn Source>,
    /// How the rules differ from those that were watched before.
    migration: Option<Difference>,
    gap: Option<String>,
}

impl Start {
    fn find(
        source: WatchSource<'_>,
        findings: &Findings<'_>,
        options: &WatchOptions,
        observer: &mut dyn WatchObserver,
    ) -> Result<Self, WatchError> {
        let log = match &source {
            WatchSource::File(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
            WatchSource::Pipe(_) => PathBuf::from("standard input"),
            #[cfg(feature = "nats")]
            WatchSource::Nats(log) => PathBuf::from(log.identity()),
        };
        let clock = match options.clock {
            WatchClock::Event => "event",
            WatchClock::Wall => "wall",
        };
        let identity = Identity::of(findings.model, &options.monitor, clock, &log.to_string_lossy());
        let (store, mut checkpoint) = open_store(options, observer)?;
        let mut migration = None;
        if let Some(found) = &checkpoint {
            let before = &found.head.identity;
            if !identity.has_rules_of(before) {
                let difference = identity.difference(before);
                if !options.migrate {
                    return Err(WatchError::OtherRules(Box::new(difference)));
                }
                migration = Some(difference);
            } else if (identity.options(), identity.log()) != (before.options(), before.log()) {
                return Err(WatchError::Other {
                    before: format!("{} with {}", before.log(), before.options()),
                    now: format!("{} with {}", identity.log(), identity.options()),
                });
            }
        }
        if migration.is_some() {
            checkpoint = None;
        }
        let mut gap = None;
        let head = checkpoint.as_ref().map(|checkpoint| &checkpoint.head);
        let source: Box<dyn Source> = match (source, &options.state) {
            (WatchSource::Pipe(_), Some(folder)) if head.is_none() && Journal::has_lost(folder) => {
                return Err(WatchError::PipeIsGone);
            }
            (WatchSource::Pipe(from), Some(folder)) => {
                let from_segment = head.map_or(0, |head| head.position.generation);
                let offset = head.map_or(0, |head| head.position.offset);
                Box::new(Journal::new(folder, from, from_segment, offset)?)
            }
            (WatchSource::Pipe(from), None) => Box::new(Pipe::new(from)),
            #[cfg(feature = "nats")]
            (WatchSource::Nats(log), _) => {
                let from = head.and_then(|head| head.stream);
                Box::new(NatsSource::open(log, from, options)?)
            }
            (WatchSource::File(path), _) => {
                let place = head.and_then(|head| head.file.map(|file| (file, head.position)));
                Box::new(match place {
                    None => Tail::new(path, options.follow),
                    Some((file, position)) => match Tail::resume(path, options.follow, file, position) {
                        Err(error @ SourceError::Gone { .. }) if options.accept_gap => {
                            gap = Some(error.to_string());
                            Tail::new(path, options.follow)
                        }
                        tail => tail?,
                    },
                })
            }
        };
        Ok(Start {
            identity,
            store,
            checkpoint,
            source,
            migration,
            gap,
        })
    }
}

/// The store, and what it holds. A damaged one is put aside.
fn open_store(
    options: &WatchOptions,
    observer: &mut dyn WatchObserver,
) -> Result<(Option<Store>, Option<Checkpoint>), WatchError> {
    let Some(folder) = &options.state else {
        return Ok((None, None));
    };
    match Store::open(folder) {
        Ok((store, Held::Nothing)) => Ok((Some(store), None)),
        Ok((store, Held::Checkpoint(checkpoint))) => Ok((Some(store), Some(*checkpoint))),
        Err(error @ StoreError::Damaged { .. }) => {
            let (store, aside) = Store::put_aside(folder)?;
            observer.note(&Note::Rebuilt {
                error: &error,
                aside: &aside,
            });
            Ok((Some(store), None))
        }
        Err(error) => Err(error.into()),
    }
}

/// A watch that goes on.
struct Watch<'a> {
    options: &'a WatchOptions,
    decoder: LiveDecoder<'a>,
    identity: Identity,
    source: Box<dyn Source>,
    cutter: Cutter,
    monitor: Monitor,
    teller: Teller<'a>,
    passed: VecDeque<Passed>,
    now: &'a dyn Fn() -> Instant,
    records: (u64, u64),
    saved: Saved,
}

/// The last checkpoint.
struct Saved {
    at: std::time::Instant,
    took: Duration,
    position: Position,
    stream: Option<StreamPlace>,
    frontier: Instant,
}

/// How long to wait before a source that had nothing is asked again.
const GLANCE: Duration = Duration::from_millis(50);

/// So often people are shown how things stand.
const MOMENT: Duration = Duration::from_millis(250);

/// A checkpoint takes no more than one part in so many of the time.
const SHARE: u32 = 10;

impl<'a> Watch<'a> {
    fn begin(
        plan: &Arc<Plan>,
        findings: &Findings<'a>,
        options: &'a WatchOptions,
        now: &'a dyn Fn() -> Instant,
        start: Start,
        observer: &mut dyn WatchObserver,
    ) -> Result<Self, WatchError> {
        let Start {
            identity,
            store,
            checkpoint,
            source,
            migration,
            gap,
        } = start;
        let asked = Asked::only(findings.model, |kind| plan.is_wanted(kind));
        let decoder = LiveDecoder::new(findings.inputs, &asked, options.limits);
        let (monitor, head, passed, outbox) = match checkpoint {
            None => (
                Monitor::new(Arc::clone(plan), options.monitor.clone()),
                None,
                Vec::new(),
                Vec::new(),
            ),
            Some(Checkpoint {
                head,
                state,
                passed,
                outbox,
            }) => {
                let monitor = Monitor::restore(Arc::clone(plan), options.monitor.clone(), &state)?;
                observer.note(&Note::Resumed {
                    position: head.position,
                    stream: head.stream,
                    frontier: monitor.frontier(),
                });
                (monitor, Some(head), passed, outbox)
            }
        };
        let position = match (&head, &gap) {
            (None, _) => Position::default(),
            (Some(head), None) => head.position,
            (Some(head), Some(_)) => head.position.next_file(),
        };
        let (mut told, mut known) = (head.as_ref().map_or(0, |head| head.told), None);
        if let (Some(difference), Some(path)) = (&migration, &options.output) {
            let read = Known::read(path, difference)?;
            told = read.length();
            known = Some(read);
        }
        let ledger = options
            .output
            .as_ref()
            .map(|path| Ledger::open(path, told))
            .transpose()?;
        let mut deliveries = options.delivery.clone().map(Deliveries::new);
        if let Some(deliveries) = &mut deliveries {
            outbox.iter().for_each(|(id, line)| deliveries.add(id, line));
        }
        let mut teller = Teller {
            builder: ResultsBuilder::new(findings),
            inputs: findings.inputs,
            ledger,
            known,
            deliveries,
            store,
            failure: None,
        };
        if told == 0 {
            teller.line(None, &ResultLine::start(), observer);
        }
        if let Some(difference) = &migration {
            observer.note(&Note::Migrated(difference));
            teller.migrated(difference, observer);
        }
        if let Some(text) = &gap {
            teller.gap(text, observer);
        }
        teller.check()?;
        Ok(Watch {
            saved: Saved {
                at: std::time::Instant::now(),
                took: Duration::ZERO,
                position,
                stream: head.as_ref().and_then(|head| head.stream),
                frontier: monitor.frontier(),
            },
            records: head.as_ref().map_or((0, 0), |head| head.records),
            cutter: Cutter::new(position, decoder.longest()),
            options,
            decoder,
            identity,
            source,
            monitor,
            teller,
            passed: passed.into(),
            now,
        })
    }

    /// Goes on until the log ends, which is told, or until it is to stop.
    fn run(&mut self, stop: &AtomicBool, observer: &mut dyn WatchObserver) -> Result<bool, WatchError> {
        let mut shown = std::time::Instant::now();
        let mut buffer = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            buffer.clear();
            let arrival = self.source.fill(&mut buffer)?;
            match &arrival {
                Arrival::Message { sequence } => {
                    self.cutter.push_message(&buffer, *sequence);
                    self.lines(observer)?;
                }
                Arrival::Lack(text) => {
                    self.teller.gap(text, observer);
                    // What comes after a restart does not tell of it again.
                    self.checkpoint(observer)?;
                }
                Arrival::Link(link) => observer.note(&Note::Link(link)),
                Arrival::Away => self.clock_of_then(observer)?,
                Arrival::Bytes => {
                    self.cutter.push(&buffer);
                    self.lines(observer)?;
                }
                Arrival::NextFile { cut } => {
                    self.rest(observer)?;
                    self.cutter.next_file();
                    if *cut {
                        self.teller.gap(
                            "the log was cut short and begun anew: what was written to it just before may be lacking",
                            observer,
                        );
                    }
                }
                Arrival::Nothing | Arrival::End => {
                    self.clock_of_then(observer)?;
                    if arrival == Arrival::End {
                        self.rest(observer)?;
                    } else {
                        self.clock_of_now(observer)?;
                    }
                }
            }
            self.teller.check()?;
            self.teller.outcomes(observer);
            let is_idle = matches!(arrival, Arrival::Nothing | Arrival::Away);
            if is_idle {
                self.teller.flush()?;
            }
            if shown.elapsed() >= MOMENT {
                shown = std::time::Instant::now();
                observer.moment(&self.monitor, (self.now)(), self.records.0);
            }
            if arrival == Arrival::End {
                return Ok(true);
            }
            let pause = if self.source.presses() {
                Duration::ZERO
            } else {
                self.options.checkpoint_every
            };
            if self.saved.at.elapsed() >= pause.max(self.saved.took * SHARE) {
                self.checkpoint(observer)?;
            }
            if is_idle {
                std::thread::sleep(GLANCE);
            }
        }
        Ok(false)
    }

    fn lines(&mut self, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        loop {
            self.clock_of_then(observer)?;
            match self.cutter.next() {
                None => return Ok(()),
                Some(line) => {
                    let mut found = |tidings: &Tidings<'_>| self.teller.tell(tidings, &mut *observer);
                    let problems = take(
                        &mut self.decoder,
                        &mut self.monitor,
                        &mut self.records,
                        line,
                        &mut found,
                    );
                    if !problems.is_empty() {
                        self.teller.problems(&problems, observer);
                    }
                }
            }
            self.teller.check()?;
            let pending = self.monitor.pending();
            if pending > self.options.max_pending {
                return Err(WatchError::TooManyPending(pending));
            }
        }
    }

    /// Takes in what has come of a last line that nothing is added to any more.
    fn rest(&mut self, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        if let Some(line) = self.cutter.rest() {
            let mut found = |tidings: &Tidings<'_>| self.teller.tell(tidings, &mut *observer);
            let problems = take(
                &mut self.decoder,
                &mut self.monitor,
                &mut self.records,
                line,
                &mut found,
            );
            if !problems.is_empty() {
                self.teller.problems(&problems, observer);
            }
        }
        self.teller.check()
    }

    /// Lets time pass as it was let pass before a restart.
    fn clock_of_then(&mut self, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        while let Some(passed) = self.passed.front()
            && passed.position <= self.cutter.position()
        {
            let frontier = passed.frontier();
            self.passed.pop_front();
            let mut found = |tidings: &Tidings<'_>| self.teller.tell(tidings, &mut *observer);
            self.monitor.pass_to(frontier, &mut found);
        }
        self.teller.check()
    }

    /// Lets time pass to what the clock of the system says, if that changes anything.
    fn clock_of_now(&mut self, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        if self.options.clock == WatchClock::Event {
            return Ok(());
        }
        let frontier = self.options.monitor.max_delay.before((self.now)());
        if !self.monitor.is_due(frontier) {
            return Ok(());
        }
        if let Some(store) = &mut self.teller.store {
            store.pass(Passed::new(self.cutter.position(), frontier))?;
        }
        let mut found = |tidings: &Tidings<'_>| self.teller.tell(tidings, &mut *observer);
        self.monitor.pass_to(frontier, &mut found);
        self.teller.check()
    }

    /// Writes a checkpoint, if anything has changed since the last one.
    fn checkpoint(&mut self, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        let position = self.cutter.position();
        let (at, frontier) = (std::time::Instant::now(), self.monitor.frontier());
        let stream = self.source.stream();
        let nothing_new = (position, frontier, stream) == (self.saved.position, self.saved.frontier, self.saved.stream);
        if self.teller.store.is_none() || nothing_new || self.source.is_between() {
            if self.teller.store.is_none() {
                self.teller.flush()?;
                self.source.settled(position.generation);
            }
            self.saved.at = at;
            return Ok(());
        }
        if let Some(ledger) = &mut self.teller.ledger {
            ledger.sync()?;
        }
        let head = Head {
            identity: self.identity.clone(),
            position,
            file: self.source.file(),
            stream,
            told: self.teller.ledger.as_ref().map_or(0, Ledger::told),
            records: self.records,
        };
        let outbox = self
            .teller
            .deliveries
            .as_ref()
            .map(Deliveries::open)
            .unwrap_or_default();
        let state = self.monitor.save();
        let written = match &mut self.teller.store {
            Some(store) => store.checkpoint(&head, &state, &outbox),
            None => Ok(()),
        };
        match written {
            Ok(()) => {
                self.source.settled(position.generation);
                self.saved.position = position;
                self.saved.stream = stream;
                self.saved.frontier = frontier;
            }
            // Nothing is lost: the next one may succeed, and till then a restart goes on from the one before.
            Err(error) => observer.note(&Note::NoCheckpoint(&error)),
        }
        self.saved.took = at.elapsed();
        self.saved.at = std::time::Instant::now();
        Ok(())
    }

    fn end(mut self, ended: bool, observer: &mut dyn WatchObserver) -> Result<Watched, WatchError> {
        self.teller.check()?;
        self.teller.flush()?;
        self.checkpoint(observer)?;
        let Watch {
            monitor,
            mut teller,
            records,
            options,
            source,
            ..
        } = self;
        let redelivered = source.redelivered();
        drop(source);
        // Where there is a checkpoint, the log may go on another time.
        let (judgement, counts) = if ended && options.state.is_none() {
            let mut found = |tidings: &Tidings<'_>| teller.tell(tidings, &mut *observer);
            let (judgement, counts) = monitor.finish(&mut found);
            teller.summary(&judgement, counts, records, observer);
            (judgement, counts)
        } else {
            monitor.leave()
        };
        teller.check()?;
        teller.flush()?;
        if let Some(deliveries) = teller.deliveries.take() {
            for outcome in deliveries.finish(PATIENCE) {
                teller.delivered(&outcome, observer);
            }
        }
        Ok(Watched {
            judgement,
            counts,
            records,
            redelivered,
        })
    }
}

/// How long the end of a watch waits for deliveries.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes in a line, and says what is wrong with it.
fn take(
    decoder: &mut LiveDecoder<'_>,
    monitor: &mut Monitor,
    records: &mut (u64, u64),
    line: Line<'_>,
    found: &mut dyn FnMut(&Tidings<'_>),
) -> Vec<Problem> {
    let problems = match line {
        Line::TooLong(origin) => vec![decoder.too_long(origin)],
        Line::Whole(text, origin) => match decoder.decode(text, origin) {
            None => return Vec::new(),
            Some(Ok(record)) => {
                monitor.take(record, origin, found);
                Vec::new()
            }
            Some(Err(problems)) => problems,
        },
    };
    records.0 += 1;
    records.1 += u64::from(!problems.is_empty());
    problems
}
