//! A stream of NATS as a log.
//!
//! Where the stream is gone on with is in the checkpoint. The server keeps a consumer beside, so that it sends again what was not acknowledged, and people
//! see how far a watch is behind; a message is acknowledged when a checkpoint holds it, or without checkpoints when what follows from it is told.

mod address;
mod error;
mod worker;

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::de::IgnoredAny;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub use address::{NatsAddressError, NatsLog, NatsLogin};
pub use error::{Lack, NatsError};

use super::source::{Arrival, Link, Source, SourceError};
use super::store::{StoreError, StreamPlace};
use super::{WatchError, WatchOptions};
use worker::{BUDGET_BYTES, Command, Event, FAREWELL, Reading, Shared, Worker};

/// A source that has nothing is waited for so long.
const WAIT: Duration = Duration::from_millis(20);

/// The server sends a message again no sooner than this, so that a checkpoint has time to hold it.
const LEAST_ACK_WAIT: Duration = Duration::from_secs(60);

/// Gives the messages of a stream, each once and in order.
pub(super) struct NatsSource {
    stream: String,
    events: Receiver<Event>,
    /// Closing them ends the worker.
    commands: Option<UnboundedSender<Command>>,
    shared: Arc<Shared>,
    /// Says that the worker has ended, by being closed.
    ended: Receiver<()>,
    place: StreamPlace,
    accept_gap: bool,
    /// How many messages were given out since the last were settled.
    unsettled: u64,
    max_ack_pending: u64,
    /// Whether the server has no later message than those that were given out.
    caught_up: bool,
    /// Whether the connection was lost and what has come since is not known.
    away: bool,
}

impl NatsSource {
    /// Begins a stream, or goes on with it after a place.
    ///
    /// # Errors
    /// The server, the stream or the consumer cannot be used.
    pub(super) fn open(log: NatsLog, from: Option<StreamPlace>, options: &WatchOptions) -> Result<Self, WatchError> {
        let (consumer, durable) = match (&log.consumer, &options.state) {
            (Some(name), _) => (name.clone(), true),
            (None, Some(folder)) => (consumer_of(folder)?, true),
            (None, None) => (new_name(), false),
        };
        let stream = log.stream.clone();
        let reading = Reading {
            log,
            from,
            follow: options.follow,
            consumer,
            durable,
            ack_wait: options.checkpoint_every.saturating_mul(4).max(LEAST_ACK_WAIT),
        };
        let (tell, events) = channel();
        let (commands, told) = unbounded_channel();
        let (ready, opened) = channel();
        let (ending, ended) = channel();
        let shared = Arc::new(Shared {
            budget: Semaphore::new(BUDGET_BYTES as usize),
            redelivered: AtomicU64::new(0),
        });
        let both = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(NatsError::Broken(error.to_string())));
                    return;
                }
            };
            runtime.block_on(async {
                match Worker::open(reading, tell, told, both).await {
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                    Ok((worker, opened)) => {
                        let _ = ready.send(Ok(opened));
                        worker.run().await;
                    }
                }
            });
            drop(ending);
        });
        let opened = opened
            .recv()
            .unwrap_or_else(|_| Err(broken()))
            .map_err(SourceError::from)?;
        Ok(NatsSource {
            stream,
            events,
            commands: Some(commands),
            shared,
            ended,
            place: from.unwrap_or(opened.place),
            accept_gap: options.accept_gap,
            unsettled: 0,
            max_ack_pending: opened.max_ack_pending,
            caught_up: false,
            away: false,
        })
    }

    fn arrival(&mut self, event: Event, buffer: &mut Vec<u8>) -> Result<Option<Arrival>, NatsError> {
        match event {
            Event::Message {
                sequence,
                payload,
                permits,
                is_last,
            } => {
                self.shared.budget.add_permits(permits as usize);
                self.place.sequence = sequence;
                self.unsettled += 1;
                self.caught_up = is_last;
                add_lines(&payload, buffer);
                return Ok(Some(Arrival::Message { sequence }));
            }
            Event::Lack { place, lack, next } => {
                let error = NatsError::Lacking {
                    stream: self.stream.clone(),
                    after: place.sequence,
                    lack,
                };
                if !self.accept_gap {
                    return Err(error);
                }
                self.place = next;
                return Ok(Some(Arrival::Lack(error.to_string())));
            }
            Event::Link(link) => {
                if link == Link::Lost {
                    self.away = true;
                }
                return Ok(Some(Arrival::Link(link)));
            }
            Event::Examined(sequence) => self.place.sequence = sequence,
            Event::Compared { caught_up } => {
                self.away = false;
                self.caught_up = caught_up;
            }
            Event::End => return Ok(Some(Arrival::End)),
            Event::Failed(error) => return Err(error),
        }
        Ok(None)
    }
}

fn broken() -> NatsError {
    NatsError::Broken("its thread has ended".to_owned())
}

impl Source for NatsSource {
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<Arrival, SourceError> {
        loop {
            let event = match self.events.recv_timeout(WAIT) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) if self.caught_up && !self.away => return Ok(Arrival::Nothing),
                Err(RecvTimeoutError::Timeout) => return Ok(Arrival::Away),
                Err(RecvTimeoutError::Disconnected) => return Err(broken().into()),
            };
            if let Some(arrival) = self.arrival(event, buffer)? {
                return Ok(arrival);
            }
        }
    }

    fn stream(&self) -> Option<StreamPlace> {
        Some(self.place)
    }

    fn presses(&self) -> bool {
        self.unsettled >= self.max_ack_pending.div_ceil(2)
    }

    fn redelivered(&self) -> u64 {
        self.shared.redelivered.load(Ordering::Relaxed)
    }

    fn settled(&mut self, _generation: u32) {
        if self.unsettled > 0
            && let Some(commands) = &self.commands
        {
            // A worker that has failed tells so as an event.
            let _ = commands.send(Command::Settle(self.place.sequence));
        }
        self.unsettled = 0;
    }
}

impl Drop for NatsSource {
    fn drop(&mut self) {
        self.commands = None;
        self.shared.budget.close();
        // What is acknowledged is on its way to the server.
        let _ = self.ended.recv_timeout(FAREWELL * 2);
    }
}

/// Adds what a message says, as lines. A JSON text over several lines is one record.
fn add_lines(payload: &[u8], buffer: &mut Vec<u8>) {
    let from = buffer.len();
    let text = payload.trim_ascii();
    buffer.extend_from_slice(text);
    if memchr::memchr(b'\n', text).is_some() && serde_json::from_slice::<IgnoredAny>(text).is_ok() {
        for byte in &mut buffer[from..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    buffer.push(b'\n');
}

/// The name of the consumer that belongs to a folder of checkpoints, which remembers it.
fn consumer_of(folder: &Path) -> Result<String, StoreError> {
    let path = folder.join("nats-consumer");
    let system = |cause: std::io::Error| StoreError::System {
        path: path.clone(),
        cause: cause.to_string(),
    };
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(system(error)),
        _ => {
            let name = new_name();
            fs::write(&path, format!("{name}\n")).map_err(system)?;
            Ok(name)
        }
    }
}

/// A name that no other consumer has.
fn new_name() -> String {
    // Seeded from what the system gives for hash tables.
    let random = RandomState::new().build_hasher().finish();
    format!("servanda-{random:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(payload: &str) -> String {
        let mut buffer = b"before\n".to_vec();
        add_lines(payload.as_bytes(), &mut buffer);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn a_message_is_one_record_or_several_lines() {
        assert_eq!(lines("{\"a\": 1}"), "before\n{\"a\": 1}\n");
        assert_eq!(lines("\r\n{\"a\": 1}\r\n\n"), "before\n{\"a\": 1}\n");
        assert_eq!(lines("{\n  \"a\": 1\r\n}\n"), "before\n{   \"a\": 1  }\n");
        assert_eq!(lines("{\"a\": 1}\n{\"a\": 2}\n"), "before\n{\"a\": 1}\n{\"a\": 2}\n");
        assert_eq!(lines("{\"a\": \nno"), "before\n{\"a\": \nno\n");
        assert_eq!(lines(""), "before\n\n");
    }

    #[test]
    fn a_folder_remembers_its_consumer() {
        let folder = tempfile::tempdir().unwrap();
        let name = consumer_of(folder.path()).unwrap();
        assert_eq!(consumer_of(folder.path()).unwrap(), name);
        assert_ne!(new_name(), name);
    }
}
