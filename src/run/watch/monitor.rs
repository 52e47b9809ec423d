//! Judging events as they come, each as soon as nothing that is still to come can change what is said.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;

use crate::engine::state::{Loader, Saved, Saver, saved};
use crate::engine::{Engine, InstanceKey, News, StateError, Told, Verdict};
use crate::log::{Amended, Event, LiveAmendment, LiveRecord, Origin};
use crate::plan::Plan;
use crate::time::{Delay, Instant};
use crate::verdict::{Decided, Judgement, Numbering, Percent, Terms, time_used};

/// How a log that goes on is judged.
#[derive(Debug, Clone)]
pub struct MonitorOptions {
    /// How long a record may come after records of later instants.
    pub max_delay: Delay,
    /// How long after its verdict was told a missed duty is waited for, to tell of it when it is done too late.
    pub await_late: Delay,
    /// The share of its time after which an open duty is told to be at risk.
    pub at_risk: Option<Percent>,
    /// What makes a run fail, and which verdicts are told of.
    pub terms: Terms,
}

impl Default for MonitorOptions {
    /// No delay, thirty days for what is done too late.
    fn default() -> Self {
        MonitorOptions {
            max_delay: Delay::ZERO,
            await_late: Delay::THIRTY_DAYS,
            at_risk: None,
            terms: Terms::default(),
        }
    }
}

/// What is told of while time goes on.
#[derive(Debug)]
pub enum Tidings<'a> {
    /// A duty was broken, and it can still be excused or repaired.
    Breach(&'a Decided),
    /// A verdict that cannot change any more. Comes once for each instance that is told of.
    Verdict {
        /// The instance.
        decided: &'a Decided,
        /// What was told of it before.
        told: Told,
    },
    /// What came of a violation after its verdict was told.
    Sequel(&'a Decided),
    /// So much of the time of an open duty has passed that it is at risk.
    AtRisk(&'a Decided),
    /// A record that came too late to be judged.
    Late(Late),
}

impl Tidings<'_> {
    /// Whether this is the first that is told of a violation.
    pub fn begins_violation(&self) -> bool {
        match self {
            Tidings::Breach(_) => true,
            Tidings::Verdict { decided, told } => {
                *told == Told::Nothing && decided.instance.verdict() == Verdict::Violated
            }
            Tidings::Sequel(_) | Tidings::AtRisk(_) | Tidings::Late(_) => false,
        }
    }
}

/// A record that came after everything at its instant had been judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// Where it was read.
    pub origin: Origin,
    /// Its instant.
    pub time: Instant,
    /// All before this had been judged.
    pub frontier: Instant,
    /// Whether it corrects or retracts an event that had been judged, or never came.
    pub amends: bool,
}

/// Counts of what was read and told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MonitorCounts {
    /// Records that are events, judged or waiting to be.
    pub events: u64,
    /// Events that were corrected before they were judged.
    pub corrected: u64,
    /// Events that were retracted before they were judged.
    pub retracted: u64,
    /// Records that came too late to be judged.
    pub late: u64,
    /// Violations that were told of and make a run fail.
    pub failing: u64,
}

/// Takes records in the order in which they come, and shows them to the engine in the order of time.
///
/// What it tells depends on the records and on the instants that time was let pass to, and on nothing else: after a restart the same comes again.
#[derive(Debug)]
pub struct Monitor {
    plan: Arc<Plan>,
    engine: Engine,
    judgement: Judgement,
    max_delay: Delay,
    await_late: Delay,
    /// Missed duties whose verdicts were told, and when, the oldest first.
    missed: VecDeque<(Instant, InstanceKey)>,
    /// Events that wait for time to pass them.
    pending: BTreeMap<Instant, Vec<Arc<Event>>>,
    /// How many these are, which is asked for after every record.
    waiting: usize,
    /// The latest instant of a record.
    latest: Option<Instant>,
    /// All before this has been judged.
    frontier: Instant,
    risks: Option<Risks>,
    counts: MonitorCounts,
}

/// The instants at which open duties come to be at risk.
#[derive(Debug)]
struct Risks {
    share: Percent,
    due: BinaryHeap<Reverse<(Instant, InstanceKey)>>,
}

impl Monitor {
    /// A monitor that has seen nothing yet.
    pub fn new(plan: Arc<Plan>, options: MonitorOptions) -> Self {
        let engine = Engine::new(Arc::clone(&plan));
        let judgement = Judgement::new(plan.model(), options.terms);
        Monitor::with(
            plan,
            engine,
            judgement,
            (options.max_delay, options.await_late),
            options.at_risk,
        )
    }

    fn with(
        plan: Arc<Plan>,
        mut engine: Engine,
        judgement: Judgement,
        (max_delay, await_late): (Delay, Delay),
        at_risk: Option<Percent>,
    ) -> Self {
        engine.follow();
        Monitor {
            max_delay,
            await_late,
            missed: VecDeque::new(),
            pending: BTreeMap::new(),
            waiting: 0,
            latest: None,
            frontier: Instant::MIN,
            risks: at_risk.map(|share| Risks {
                share,
                due: BinaryHeap::new(),
            }),
            counts: MonitorCounts::default(),
            judgement,
            engine,
            plan,
        }
    }

    /// The engine, to look at what is open.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Counts of what was read and told.
    pub fn counts(&self) -> MonitorCounts {
        self.counts
    }

    /// The latest instant of a record.
    pub fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// All before this has been judged.
    pub fn frontier(&self) -> Instant {
        self.frontier
    }

    /// How many events wait for time to pass them.
    pub fn pending(&self) -> usize {
        self.waiting
    }

    /// Takes in a record.
    pub fn take(&mut self, record: LiveRecord, origin: Origin, tell: &mut dyn FnMut(&Tidings<'_>)) {
        let at = record.time();
        match record {
            LiveRecord::Passed(_) => {}
            LiveRecord::Event(event) if at >= self.frontier => {
                self.counts.events += 1;
                if self.plan.is_wanted(event.kind) {
                    self.pending.entry(at).or_default().push(event);
                    self.waiting += 1;
                }
            }
            LiveRecord::Event(_) => self.late(origin, at, false, tell),
            LiveRecord::Amendment(amendment) => {
                if !self.amend(&amendment) {
                    self.late(origin, at, true, tell);
                }
            }
        }
        self.latest = self.latest.max(Some(at));
        if let Some(latest) = self.latest {
            self.pass_to(self.max_delay.before(latest), tell);
        }
    }

    fn late(&mut self, origin: Origin, time: Instant, amends: bool, tell: &mut dyn FnMut(&Tidings<'_>)) {
        self.counts.late += 1;
        tell(&Tidings::Late(Late {
            origin,
            time,
            frontier: self.frontier,
            amends,
        }));
    }

    /// Puts an amendment in force, if its event has not been judged.
    fn amend(&mut self, amendment: &LiveAmendment) -> bool {
        let model = self.plan.model();
        for events in self.pending.values_mut() {
            for (position, event) in events.iter_mut().enumerate() {
                match amendment.amend(model, event) {
                    None => {}
                    Some(Amended::Corrected(corrected)) => {
                        *event = corrected;
                        self.counts.corrected += 1;
                        return true;
                    }
                    Some(Amended::Retracted) => {
                        events.remove(position);
                        self.waiting -= 1;
                        self.counts.retracted += 1;
                        return true;
                    }
                }
            }
        }
        false
    }

    /// The first instant at which something happens or time alone changes something, as far as is known.
    pub fn next(&self) -> Option<Instant> {
        let event = self.pending.keys().next().copied();
        event.into_iter().chain(self.wake()).min()
    }

    fn wake(&self) -> Option<Instant> {
        let now = self.engine.now()?;
        let risk = self.risks.as_ref().and_then(|risks| risks.due.peek());
        let wakes = self
            .engine
            .next_wake()
            .into_iter()
            .chain(risk.map(|Reverse((at, _))| *at));
        wakes.min().map(|wake| wake.max(now.next()))
    }

    /// Whether letting time pass to before an instant changes anything. Before the first record nothing does.
    pub fn is_due(&self, frontier: Instant) -> bool {
        self.frontier < frontier && self.next().is_some_and(|next| next < frontier)
    }

    /// Judges all that comes before an instant, which no record can be about any more.
    ///
    /// The engine is shown one time point after the other, also where time alone changes something: how far time passes at once makes no difference.
    pub fn pass_to(&mut self, frontier: Instant, tell: &mut dyn FnMut(&Tidings<'_>)) {
        if frontier <= self.frontier {
            return;
        }
        while let Some(at) = self.next().filter(|at| *at < frontier) {
            self.point(at, tell);
        }
        self.frontier = frontier;
    }

    fn point(&mut self, at: Instant, tell: &mut dyn FnMut(&Tidings<'_>)) {
        let events = self.pending.remove(&at).unwrap_or_default();
        self.waiting -= events.len();
        self.engine.time_point(at, events);
        self.judgement.as_of = at;
        while let Some(&(since, key)) = self.missed.front()
            && since < self.await_late.before(at)
        {
            self.missed.pop_front();
            self.engine.wait_no_longer(key);
        }
        let news = self.engine.news();
        self.tell(news, tell);
        self.tell_risks(at, tell);
    }

    fn tell(&mut self, news: Vec<News>, tell: &mut dyn FnMut(&Tidings<'_>)) {
        let model = self.plan.model();
        let mut numbering = Numbering::default();
        for news in news {
            match news {
                News::Breach(instance) => {
                    let decided = self.judgement.look(model, instance, &mut numbering);
                    self.counts.failing += u64::from(decided.failing);
                    tell(&Tidings::Breach(&decided));
                }
                News::Certain { key, instance, told } => {
                    self.missed.push_back((self.judgement.as_of, key));
                    let decided = &self.judgement.look(model, instance, &mut numbering);
                    let tidings = Tidings::Verdict { decided, told };
                    self.counts.failing += u64::from(decided.failing && tidings.begins_violation());
                    tell(&tidings);
                }
                News::Finished { instance, told } => {
                    let Some(decided) = self.judgement.take_one(model, instance, &mut numbering) else {
                        continue;
                    };
                    let decided = &decided;
                    match told {
                        Told::Verdict => tell(&Tidings::Sequel(decided)),
                        Told::Nothing if !self.judgement.terms().telling.has(decided) => {}
                        Told::Nothing | Told::Breach => {
                            let tidings = Tidings::Verdict { decided, told };
                            self.counts.failing += u64::from(decided.failing && tidings.begins_violation());
                            tell(&tidings);
                        }
                    }
                }
            }
        }
    }

    fn tell_risks(&mut self, at: Instant, tell: &mut dyn FnMut(&Tidings<'_>)) {
        let opened = self.engine.opened();
        let Some(risks) = &mut self.risks else { return };
        let model = self.plan.model();
        for key in opened {
            let from = self
                .engine
                .open(key)
                .and_then(|instance| risks.share.of_time(&instance));
            risks.due.extend(from.map(|from| Reverse((from, key))));
        }
        let mut numbering = Numbering::default();
        while let Some(&Reverse((from, key))) = risks.due.peek()
            && from <= at
        {
            risks.due.pop();
            let Some(instance) = self.engine.open(key) else {
                continue;
            };
            // The due time may have been put off.
            if let Some(later) = risks.share.of_time(&instance).filter(|later| *later > at) {
                risks.due.push(Reverse((later, key)));
            } else if time_used(model, &instance, at).is_some() {
                let decided = self.judgement.look(model, instance.into_owned(), &mut numbering);
                tell(&Tidings::AtRisk(&decided));
            }
        }
    }

    /// Writes all that a monitor needs to go on from here.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        add_part(&mut bytes, |to| self.engine.save(to));
        add_part(&mut bytes, |to| self.judgement.save(self.plan.model(), to));
        add_part(&mut bytes, |to| self.save_rest(to));
        bytes
    }

    fn save_rest(&self, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        let mut to = Saver::new(bytes, self.plan.model());
        self.pending.save(&mut to);
        self.latest.save(&mut to);
        self.frontier.save(&mut to);
        self.counts.save(&mut to);
        let risks = self.risks.as_ref().map(|risks| &risks.due);
        risks.cloned().unwrap_or_default().save(&mut to);
        self.missed.save(&mut to);
        to.finish()
    }

    /// A monitor that goes on from what [`Monitor::save`] wrote, by the same rules and options.
    ///
    /// # Errors
    /// If the bytes are of another form or damaged.
    pub fn restore(plan: &Arc<Plan>, options: MonitorOptions, bytes: &[u8]) -> Result<Self, StateError> {
        let (engine, rest) = part(bytes)?;
        let (judgement, rest) = part(rest)?;
        let (rest, _) = part(rest)?;
        let engine = Engine::restore(Arc::clone(plan), engine)?;
        let judgement = Judgement::restore(plan.model(), options.terms, judgement)?;
        let delays = (options.max_delay, options.await_late);
        let mut monitor = Monitor::with(Arc::clone(plan), engine, judgement, delays, options.at_risk);
        let mut from = Loader::new(rest, plan.model())?;
        // Of an instance that there is not, nothing is told.
        from.instances = u64::MAX;
        monitor.pending = Saved::load(&mut from)?;
        monitor.latest = Saved::load(&mut from)?;
        monitor.frontier = Saved::load(&mut from)?;
        monitor.counts = Saved::load(&mut from)?;
        let due = Saved::load(&mut from)?;
        monitor.missed = Saved::load(&mut from)?;
        from.finish()?;
        monitor.waiting = monitor.pending.values().map(Vec::len).sum();
        if let Some(risks) = &mut monitor.risks {
            risks.due = due;
        }
        Ok(monitor)
    }

    /// The judgement so far, of a log that may go on another time.
    pub fn leave(self) -> (Judgement, MonitorCounts) {
        (self.judgement, self.counts)
    }

    /// Judges all that has come as of the latest instant: no more will come.
    pub fn finish(mut self, tell: &mut dyn FnMut(&Tidings<'_>)) -> (Judgement, MonitorCounts) {
        if let Some(latest) = self.latest {
            self.pass_to(latest.next(), tell);
            self.judgement.as_of = self.judgement.as_of.max(latest);
        }
        let as_of = self.judgement.as_of;
        let Monitor {
            plan,
            engine,
            mut judgement,
            counts,
            ..
        } = self;
        let mut numbering = Numbering::default();
        for (instance, told) in engine.finish_told(as_of) {
            let Some(decided) = judgement.take_one(plan.model(), instance, &mut numbering) else {
                continue;
            };
            if told < Told::Verdict && judgement.terms().telling.has(&decided) {
                tell(&Tidings::Verdict {
                    decided: &decided,
                    told,
                });
            }
        }
        (judgement, counts)
    }
}

saved!(struct MonitorCounts { events, corrected, retracted, late, failing });

/// Adds what is written behind its length.
fn add_part(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) {
    const LENGTH: usize = size_of::<u64>();
    let start = bytes.len() + LENGTH;
    bytes.extend_from_slice(&[0; LENGTH]);
    // A vector takes everything.
    let _ = write(bytes);
    let length = (bytes.len() - start) as u64;
    bytes[start - LENGTH..start].copy_from_slice(&length.to_le_bytes());
}

/// The first part of bytes, and what follows it.
fn part(bytes: &[u8]) -> Result<(&[u8], &[u8]), StateError> {
    let damaged = StateError::Damaged {
        at: 0,
        what: "it ends too early",
    };
    let (length, rest) = bytes.split_first_chunk().ok_or_else(|| damaged.clone())?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok();
    length.and_then(|length| rest.split_at_checked(length)).ok_or(damaged)
}
