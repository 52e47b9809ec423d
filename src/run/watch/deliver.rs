//! Telling other programs of violations: each by a command or a request of its own, tried again where it fails.

use std::collections::VecDeque;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Whom to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A command for the shell. It gets the line on its standard input, and the id in `SERVANDA_ID`.
    Command(String),
    /// An address that the line is posted to.
    #[cfg(feature = "webhook")]
    Webhook(String),
}

/// How deliveries are made.
#[derive(Debug, Clone)]
pub struct DeliveryOptions {
    /// Whom to tell.
    pub recipient: Recipient,
    /// How often a delivery that fails is tried again.
    pub retries: u32,
    /// How long to wait before the first of these; each wait is twice the one before, up to five minutes.
    pub wait: Duration,
    /// How long one try may take.
    pub timeout: Duration,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It was taken.
    Taken {
        /// The id.
        id: String,
    },
    /// A try failed, and it is tried again.
    Failed {
        /// The id.
        id: String,
        /// How often it was tried.
        tries: u32,
        /// Why.
        why: String,
    },
    /// It was tried as often as it may be. It is tried again when the watch is started anew.
    GivenUp {
        /// The id.
        id: String,
        /// How often it was tried.
        tries: u32,
        /// Why.
        why: String,
    },
}

#[derive(Debug, Clone)]
struct Parcel {
    id: String,
    line: String,
}

/// Makes deliveries on a thread of its own, one after the other, so that nothing waits for them.
#[derive(Debug)]
pub(super) struct Deliveries {
    parcels: Option<Sender<Parcel>>,
    outcomes: Receiver<Delivered>,
    /// What is not delivered yet, in order.
    open: Arc<Mutex<VecDeque<Parcel>>>,
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
}

impl Deliveries {
    /// Begins with nothing to deliver.
    pub(super) fn new(options: DeliveryOptions) -> Self {
        let (parcels, incoming) = channel::<Parcel>();
        let (tell, outcomes) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let worker = thread::spawn(move || {
            for parcel in incoming {
                deliver(&parcel, &options, &stopped, &tell);
            }
        });
        Deliveries {
            parcels: Some(parcels),
            outcomes,
            open: Arc::default(),
            stop,
            worker: Some(worker),
        }
    }

    /// Takes a line to deliver.
    pub(super) fn add(&mut self, id: &str, line: &str) {
        let parcel = Parcel {
            id: id.to_owned(),
            line: line.to_owned(),
        };
        self.lock().push_back(parcel.clone());
        if let Some(parcels) = &self.parcels {
            // The worker ends with this sender.
            let _ = parcels.send(parcel);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Parcel>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is not delivered: ids and lines.
    pub(super) fn open(&self) -> Vec<(String, String)> {
        let open = self.lock();
        open.iter()
            .map(|parcel| (parcel.id.clone(), parcel.line.clone()))
            .collect()
    }

    /// What became of deliveries since the last call.
    pub(super) fn outcomes(&mut self) -> Vec<Delivered> {
        let outcomes: Vec<Delivered> = self.outcomes.try_iter().collect();
        outcomes.iter().for_each(|outcome| self.settle(outcome));
        outcomes
    }

    fn settle(&self, outcome: &Delivered) {
        if let Delivered::Taken { id } = outcome {
            self.lock().retain(|parcel| parcel.id != *id);
        }
    }

    /// Waits until everything has been tried, or for so long, and ends.
    pub(super) fn finish(mut self, patience: Duration) -> Vec<Delivered> {
        self.parcels = None;
        let end = Instant::now() + patience;
        let mut outcomes = Vec::new();
        loop {
            match self
                .outcomes
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(outcome) => {
                    self.settle(&outcome);
                    outcomes.push(outcome);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.stop.store(true, Ordering::Relaxed);
                    break;
                }
            }
        }
        outcomes
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.parcels = None;
        self.stop.store(true, Ordering::Relaxed);
        if let Some(worker) = self.worker.take() {
            // A worker that panicked has told so.
            let _ = worker.join();
        }
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How often it is looked whether a command has ended, or is to be.
const GLANCE: Duration = Duration::from_millis(10);

fn deliver(parcel: &Parcel, options: &DeliveryOptions, stop: &AtomicBool, tell: &Sender<Delivered>) {
    let mut wait = options.wait;
    for tries in 1.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = parcel.id.clone();
        let outcome = match attempt(parcel, options, stop) {
            Ok(()) => Delivered::Taken { id },
            Err(why) if tries > options.retries => Delivered::GivenUp { id, tries, why },
            Err(why) => Delivered::Failed { id, tries, why },
        };
        let failed = matches!(outcome, Delivered::Failed { .. });
        // Where nobody listens any more, the watch has ended.
        let _ = tell.send(outcome);
        if !failed {
            return;
        }
        let end = Instant::now() + wait;
        while Instant::now() < end && !stop.load(Ordering::Relaxed) {
            thread::sleep(GLANCE.min(wait));
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

fn attempt(parcel: &Parcel, options: &DeliveryOptions, stop: &AtomicBool) -> Result<(), String> {
    match &options.recipient {
        Recipient::Command(command) => run(command, parcel, options.timeout, stop),
        #[cfg(feature = "webhook")]
        Recipient::Webhook(address) => post(address, parcel, options.timeout),
    }
}

fn run(command: &str, parcel: &Parcel, timeout: Duration, stop: &AtomicBool) -> Result<(), String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .arg(flag)
        .arg(command)
        .env("SERVANDA_ID", &parcel.id)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command need not read what it is told: its exit code says whether it failed.
        let line = parcel.line.clone();
        thread::spawn(move || stdin.write_all(line.as_bytes()));
    }
    let end = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                return Err(match status.code() {
                    Some(code) => format!("it exited with {code}"),
                    None => "it was ended by a signal".to_owned(),
                });
            }
            Ok(None) if Instant::now() < end && !stop.load(Ordering::Relaxed) => thread::sleep(GLANCE),
            Ok(None) => {
                // It may have ended in this moment.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it had not ended after {} s", timeout.as_secs()));
            }
            Err(error) => return Err(format!("it cannot be waited for: {error}")),
        }
    }
}

#[cfg(feature = "webhook")]
fn post(address: &str, parcel: &Parcel, timeout: Duration) -> Result<(), String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .build()
        .into();
    let request = agent
        .post(address)
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", &parcel.id);
    match request.send(&parcel.line) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
