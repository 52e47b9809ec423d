//! A watch that goes on: from bytes to lines, from lines to what is told, and now and then a checkpoint.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::deliver::Deliveries;
use super::identity::Identity;
use super::known::Known;
use super::ledger::Ledger;
use super::lines::{Cutter, Line, Position};
use super::monitor::{Monitor, Tidings};
use super::source::{Arrival, Source};
use super::start::Start;
use super::store::{Checkpoint, Head, Passed, StreamPlace};
use super::teller::Teller;
use super::{Note, WatchClock, WatchError, WatchObserver, WatchOptions, Watched};
use crate::log::{Asked, LiveDecoder};
use crate::plan::Plan;
use crate::report::results::ResultsBuilder;
use crate::report::{Findings, ResultLine};
use crate::time::Instant;

/// A watch that goes on.
pub(super) struct Watch<'a> {
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
    mark: Mark,
}

/// How far a watch has come.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
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
    pub(super) fn begin(
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
                let monitor = Monitor::restore(plan, options.monitor.clone(), &state)?;
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
        // What was told of records that are lacking does not come again.
        if let (true, Some(path)) = (migration.is_some() || gap.is_some(), &options.output) {
            let read = Known::read(path, migration.as_ref())?;
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
                mark: Mark {
                    position,
                    stream: head.as_ref().and_then(|head| head.stream),
                    frontier: monitor.frontier(),
                },
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
    pub(super) fn run(&mut self, stop: &AtomicBool, observer: &mut dyn WatchObserver) -> Result<bool, WatchError> {
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
                    let (decoder, monitor, teller) = (&mut self.decoder, &mut self.monitor, &mut self.teller);
                    take(decoder, monitor, teller, &mut self.records, &line, observer);
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
            let (decoder, monitor, teller) = (&mut self.decoder, &mut self.monitor, &mut self.teller);
            take(decoder, monitor, teller, &mut self.records, &line, observer);
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
            self.pass_to(frontier, observer)?;
        }
        Ok(())
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
        self.pass_to(frontier, observer)
    }

    fn pass_to(&mut self, frontier: Instant, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        let mut found = |tidings: &Tidings<'_>| self.teller.tell(tidings, &mut *observer);
        self.monitor.pass_to(frontier, &mut found);
        self.teller.check()
    }

    /// Writes a checkpoint, if anything has changed since the last one.
    fn checkpoint(&mut self, observer: &mut dyn WatchObserver) -> Result<(), WatchError> {
        let at = std::time::Instant::now();
        let mark = Mark {
            position: self.cutter.position(),
            stream: self.source.stream(),
            frontier: self.monitor.frontier(),
        };
        if self.teller.store.is_none() {
            self.teller.flush()?;
            self.source.settled(mark.position.generation);
        }
        if self.teller.store.is_none() || mark == self.saved.mark || self.source.is_between() {
            self.saved.at = at;
            return Ok(());
        }
        if let Some(ledger) = &mut self.teller.ledger {
            ledger.sync()?;
        }
        let head = Head {
            identity: self.identity.clone(),
            position: mark.position,
            file: self.source.file(),
            stream: mark.stream,
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
                self.source.settled(mark.position.generation);
                self.saved.mark = mark;
            }
            // Nothing is lost: the next one may succeed, and till then a restart goes on from the one before.
            Err(error) => observer.note(&Note::NoCheckpoint(&error)),
        }
        self.saved.took = at.elapsed();
        self.saved.at = std::time::Instant::now();
        Ok(())
    }

    pub(super) fn end(mut self, ended: bool, observer: &mut dyn WatchObserver) -> Result<Watched, WatchError> {
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

/// Takes in a line, and tells what comes of it.
fn take(
    decoder: &mut LiveDecoder<'_>,
    monitor: &mut Monitor,
    teller: &mut Teller<'_>,
    records: &mut (u64, u64),
    line: &Line<'_>,
    observer: &mut dyn WatchObserver,
) {
    let problems = match line {
        Line::TooLong(origin) => vec![decoder.too_long(*origin)],
        Line::Whole(text, origin) => match decoder.decode(text, *origin) {
            None => return,
            Some(Ok(record)) => {
                monitor.take(record, *origin, &mut |tidings| teller.tell(tidings, &mut *observer));
                Vec::new()
            }
            Some(Err(problems)) => problems,
        },
    };
    records.0 += 1;
    if !problems.is_empty() {
        records.1 += 1;
        teller.problems(&problems, observer);
    }
}
