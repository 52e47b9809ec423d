//! The thread that speaks with a server of NATS. It hands on every message once and in the order of the stream, and acknowledges what is settled.
//!
//! A server sends a message again that is not acknowledged in time, and after a lost connection it sends later messages before those that were under way.
//! The server counts what it sends to a consumer: where a number is left out, it is asked for what it has sent, and the messages that did not come are
//! fetched by their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::jetstream::consumer::pull::{Batch, Config};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::context::{ConsumerInfoErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Info, LastRawMessageErrorKind, RetentionPolicy, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Subject};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::super::source::Link;
use super::super::store::StreamPlace;
use super::address::{NatsLog, NatsLogin};
use super::error::{Lack, NatsError};

/// What the server has done or sent.
#[derive(Debug)]
pub(super) enum Event {
    /// A message that was not handed on before.
    Message {
        /// Its number in the stream.
        sequence: u64,
        /// What it says.
        payload: Bytes,
        /// How much of what may be under way it takes.
        permits: u32,
        /// Whether the server has no later one.
        is_last: bool,
    },
    /// All up to this number that are asked for have been handed on.
    Examined(u64),
    /// What the server had sent was compared with what had come.
    Compared {
        /// Whether the server has no later message.
        caught_up: bool,
    },
    /// Messages are lacking before the next one.
    Lack {
        /// Up to where they have been handed on.
        place: StreamPlace,
        /// What became of the others.
        lack: Lack,
        /// Where it is gone on.
        next: StreamPlace,
    },
    /// What became of the connection.
    Link(Link),
    /// All has been handed on, and no more is asked for.
    End,
    /// The watch cannot go on.
    Failed(NatsError),
}

/// What the worker is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    /// All up to this number is judged and noted, and need not be sent again.
    Settle(u64),
}

/// How a stream is read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) log: NatsLog,
    /// Where it is gone on with.
    pub(super) from: Option<StreamPlace>,
    /// Whether more may be written to it.
    pub(super) follow: bool,
    /// The name of the consumer, and whether the server keeps it when nobody asks for it.
    pub(super) consumer: String,
    pub(super) durable: bool,
    /// After so long the server sends again what is not acknowledged.
    pub(super) ack_wait: Duration,
}

/// What is known of a stream when it is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened {
    /// Where it is gone on with.
    pub(super) place: StreamPlace,
    /// How many messages may be held that are not acknowledged.
    pub(super) max_ack_pending: u64,
}

/// What both sides share.
#[derive(Debug)]
pub(super) struct Shared {
    /// How many bytes may still be under way.
    pub(super) budget: Semaphore,
    /// How many messages came again.
    pub(super) redelivered: AtomicU64,
}

/// So many bytes may be under way from the server to where they are judged.
pub(super) const BUDGET_BYTES: u32 = 8 * 1024 * 1024;

/// A message takes so many bytes beside what it says.
const MESSAGE_BYTES: usize = 256;

/// So many messages are asked for at once.
const BATCH: usize = 1000;

/// So many messages may be held that are not acknowledged.
const MAX_ACK_PENDING: i64 = 50_000;

/// A consumer that is ahead by more is made anew, in the place of fetching the messages by their numbers.
const FAR: u64 = 1000;

/// The server ends a request for messages after so long, if none come.
const PATIENCE: Duration = Duration::from_secs(30);

/// As [`PATIENCE`], where no more is written.
const SHORT_PATIENCE: Duration = Duration::from_millis(250);

/// A consumer that is not kept goes away when nobody has asked for it for so long.
const IDLE: Duration = Duration::from_secs(300);

/// So often the server is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);

/// The end waits so long for what is still to be sent.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// How long to wait before something is tried again: 100 ms, 200 ms and so on, 5 s at most.
fn pause(tries: usize) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(6);
    Duration::from_millis(100 << doublings).min(Duration::from_secs(5))
}

/// Why something did not go as it should.
enum Trouble {
    /// It may go another time.
    Passing(String),
    /// It never will.
    Lasting(NatsError),
}

impl From<NatsError> for Trouble {
    fn from(error: NatsError) -> Self {
        Trouble::Lasting(error)
    }
}

fn passing(error: &impl std::fmt::Display) -> Trouble {
    Trouble::Passing(error.to_string())
}

/// Nobody listens any more.
struct Over;

/// Why a batch is not gone on with.
enum Turn {
    /// It is at its end, after so many messages.
    Ended(usize),
    /// What was sent and what came must be compared.
    Doubt,
    /// The request failed.
    Failed(String),
    /// Nobody listens any more.
    Over,
}

pub(super) struct Worker {
    reading: Reading,
    client: Client,
    context: Context,
    stream: Stream,
    consumer: PullConsumer,
    /// The last message that was handed on, or that is known not to be asked for.
    place: StreamPlace,
    /// The number that the server counts the next sending by.
    next_sending: u64,
    /// Whether a message that is lacking shows by the numbers.
    counts_all: bool,
    /// How messages that are not settled are acknowledged, by their numbers.
    held: BTreeMap<u64, Subject>,
    settled: u64,
    events: Sender<Event>,
    commands: UnboundedReceiver<Command>,
    /// How often a connection was made.
    connections: watch::Receiver<u64>,
    shared: Arc<Shared>,
}

impl Worker {
    pub(super) async fn open(
        reading: Reading,
        events: Sender<Event>,
        commands: UnboundedReceiver<Command>,
        shared: Arc<Shared>,
    ) -> Result<(Self, Opened), NatsError> {
        let (client, connections) = connect(&reading.log, events.clone()).await?;
        let context = jetstream::new(client.clone());
        let stream = stream(&context, &reading.log.stream).await?;
        let info = stream.cached_info();
        let start = start_of(info);
        let mut place = reading.from.unwrap_or(start);
        if let Some(lack) = compare(info, place) {
            // Whoever does not listen any more needs no news.
            let _ = events.send(Event::Lack {
                place,
                lack,
                next: start,
            });
            place = start;
        }
        let consumer = consumer(&stream, &reading, place.sequence).await?;
        let max_ack_pending = u64::try_from(consumer.cached_info().config.max_ack_pending).unwrap_or(u64::MAX);
        let worker = Worker {
            counts_all: reading.log.subject.is_none(),
            reading,
            client,
            context,
            stream,
            consumer,
            place,
            next_sending: 0,
            held: BTreeMap::new(),
            settled: place.sequence,
            events,
            commands,
            connections,
            shared,
        };
        Ok((worker, Opened { place, max_ack_pending }))
    }

    /// Hands on messages until nobody listens, or the watch cannot go on.
    pub(super) async fn run(mut self) {
        let ended = self.hand_on().await;
        if let Err(error) = ended {
            self.tell(Event::Failed(error));
        }
        // A server that is away sends again what is not acknowledged.
        while let Ok(command) = self.commands.try_recv() {
            let _ = timeout(FAREWELL, self.command(command)).await;
        }
        let _ = timeout(FAREWELL, self.client.flush()).await;
    }

    async fn hand_on(&mut self) -> Result<(), NatsError> {
        let mut tries = 0;
        loop {
            let turn = match self.synchronise().await {
                Ok(()) => {
                    tries = 0;
                    self.batches().await?
                }
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(why)) => Turn::Failed(why),
            };
            match turn {
                Turn::Over => return Ok(()),
                Turn::Ended(_) | Turn::Doubt => {}
                Turn::Failed(why) => {
                    tries += 1;
                    // What is tried while the connection is lost cannot succeed, and that was told.
                    if tries == 1 && self.client.connection_state() == State::Connected {
                        self.tell(Event::Link(Link::Trouble(why)));
                    }
                    if self.wait(pause(tries)).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes batch after batch, until something is not as it should be.
    async fn batches(&mut self) -> Result<Turn, NatsError> {
        let server = self.client.server_info();
        let max_bytes = (BUDGET_BYTES as usize).max(server.max_payload.saturating_mul(2));
        loop {
            self.connections.borrow_and_update();
            let expires = if self.reading.follow { PATIENCE } else { SHORT_PATIENCE };
            let request = self
                .consumer
                .batch()
                .max_messages(BATCH)
                .max_bytes(max_bytes)
                .expires(expires);
            let mut batch = match request.messages().await {
                Ok(batch) => batch,
                Err(error) => return Ok(Turn::Failed(error.to_string())),
            };
            let turn = self.take_batch(&mut batch).await;
            match turn {
                Ok(Turn::Ended(0)) => match self.look_around().await {
                    Ok(None) => {}
                    Ok(Some(turn)) => return Ok(turn),
                    Err(Trouble::Lasting(error)) => return Err(error),
                    Err(Trouble::Passing(why)) => return Ok(Turn::Failed(why)),
                },
                Ok(Turn::Ended(_)) => {}
                Ok(turn) => return Ok(turn),
                Err(Over) => return Ok(Turn::Over),
            }
        }
    }

    async fn take_batch(&mut self, batch: &mut Batch) -> Result<Turn, Over> {
        let mut taken = 0;
        loop {
            let message = tokio::select! {
                biased;
                command = self.commands.recv() => {
                    self.command(command.ok_or(Over)?).await;
                    continue;
                }
                changed = self.connections.changed() => {
                    changed.map_err(|_| Over)?;
                    return Ok(Turn::Doubt);
                }
                message = batch.next() => message,
            };
            let message = match message {
                None => return Ok(Turn::Ended(taken)),
                Some(Ok(message)) => message,
                // The server ends a batch before the message that would make it too large.
                Some(Err(_)) if taken > 0 => return Ok(Turn::Ended(taken)),
                Some(Err(error)) => return Ok(Turn::Failed(error.to_string())),
            };
            taken += 1;
            let Ok(info) = message.info() else { continue };
            let (sequence, sending, is_last) = (info.stream_sequence, info.consumer_sequence, info.pending == 0);
            let is_next = sending == self.next_sending;
            if is_next {
                self.next_sending += 1;
            }
            let came_again = sequence <= self.place.sequence;
            if came_again {
                self.shared.redelivered.fetch_add(1, Ordering::Relaxed);
            }
            if let Some(reply) = message.message.reply {
                self.hold(sequence, reply).await;
            }
            if !is_next && (!came_again || sending > self.next_sending) {
                return Ok(Turn::Doubt);
            }
            if !came_again {
                self.hand(sequence, message.message.payload, is_last).await?;
            }
        }
    }

    /// Hands on a message that follows those that were handed on.
    async fn hand(&mut self, sequence: u64, payload: Bytes, is_last: bool) -> Result<(), Over> {
        self.lacks_before(sequence);
        let bytes = u32::try_from(payload.len().saturating_add(MESSAGE_BYTES)).unwrap_or(u32::MAX);
        let permits = bytes.min(BUDGET_BYTES);
        self.shared
            .budget
            .acquire_many(permits)
            .await
            .map_err(|_| Over)?
            .forget();
        self.place.sequence = sequence;
        self.tell(Event::Message {
            sequence,
            payload,
            permits,
            is_last,
        });
        Ok(())
    }

    /// Tells of messages that should have come before one.
    fn lacks_before(&mut self, sequence: u64) {
        if self.counts_all {
            self.lacks_to(sequence.saturating_sub(1));
        }
    }

    /// Tells that the messages up to one are lacking, those that were not handed on.
    fn lacks_to(&mut self, last: u64) {
        let first = self.place.sequence + 1;
        if first <= last {
            let next = StreamPlace {
                sequence: last,
                ..self.place
            };
            self.lacks(Lack::Removed { first, last }, next);
        }
    }

    fn lacks(&mut self, lack: Lack, next: StreamPlace) {
        let place = std::mem::replace(&mut self.place, next);
        self.tell(Event::Lack { place, lack, next });
    }

    /// Compares what the server has sent with what has come, and fetches what has not.
    async fn synchronise(&mut self) -> Result<(), Trouble> {
        self.look_at_stream().await?;
        let info = self.stream.cached_info();
        let (start, retention) = (start_of(info), info.config.retention);
        if let Some(lack) = compare(info, self.place) {
            self.held.clear();
            self.settled = start.sequence;
            self.lacks(lack, start);
        }
        // Where messages go when they are acknowledged, the first one that is there says nothing.
        if self.counts_all || retention == RetentionPolicy::Limits {
            self.lacks_to(start.sequence);
        }
        self.consumer = match consumer(&self.stream, &self.reading, self.place.sequence).await {
            Err(NatsError::Request { cause, .. }) => return Err(Trouble::Passing(cause)),
            consumer => consumer?,
        };
        let sent = self.consumer.cached_info().clone();
        let to = sent.delivered.stream_sequence;
        while self.place.sequence < to {
            let filter = self.reading.log.subject.as_deref().unwrap_or(">");
            let next = self
                .stream
                .get_first_raw_message_by_subject(filter, self.place.sequence + 1)
                .await;
            match next {
                Ok(message) if message.sequence <= to => {
                    if self.hand(message.sequence, message.payload, false).await.is_err() {
                        return Ok(());
                    }
                }
                Ok(_) => self.examined(to),
                Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => self.examined(to),
                Err(error) => return Err(passing(&error)),
            }
        }
        self.next_sending = sent.delivered.consumer_sequence + 1;
        self.tell(Event::Compared {
            caught_up: sent.num_pending == 0,
        });
        Ok(())
    }

    /// All up to a number that are asked for have been handed on, or are lacking.
    fn examined(&mut self, to: u64) {
        self.lacks_before(to.saturating_add(1));
        self.place.sequence = self.place.sequence.max(to);
        self.tell(Event::Examined(self.place.sequence));
    }

    /// Where nothing comes: sees how far the stream has been examined, and whether it is at its end.
    async fn look_around(&mut self) -> Result<Option<Turn>, Trouble> {
        if self.reading.follow && self.counts_all {
            return Ok(None);
        }
        self.look_at_stream().await?;
        let last = self.stream.cached_info().state.last_sequence;
        let consumer = self
            .stream
            .consumer_info(&self.reading.consumer)
            .await
            .map_err(|error| passing(&error))?;
        if consumer.delivered.consumer_sequence + 1 != self.next_sending {
            return Ok(Some(Turn::Doubt));
        }
        if consumer.num_pending > 0 {
            return Ok(None);
        }
        if last > self.place.sequence {
            self.examined(last);
        }
        if !self.reading.follow {
            self.tell(Event::End);
            // What is settled after that is acknowledged.
            while let Some(command) = self.commands.recv().await {
                self.command(command).await;
            }
            return Ok(Some(Turn::Over));
        }
        Ok(None)
    }

    async fn look_at_stream(&mut self) -> Result<(), Trouble> {
        let error = match self.context.get_stream(&self.reading.log.stream).await {
            Ok(stream) => {
                self.stream = stream;
                return Ok(());
            }
            Err(error) => error,
        };
        Err(match error.kind() {
            GetStreamErrorKind::JetStream(cause) if cause.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Trouble::Lasting(NatsError::Lacking {
                    stream: self.reading.log.stream.clone(),
                    after: self.place.sequence,
                    lack: Lack::StreamRemoved,
                })
            }
            _ => passing(&error),
        })
    }

    /// Keeps how a message is acknowledged until it is settled. One that was settled before it came again is acknowledged at once.
    async fn hold(&mut self, sequence: u64, reply: Subject) {
        if sequence <= self.settled {
            self.acknowledge(reply).await;
        } else {
            self.held.insert(sequence, reply);
        }
    }

    async fn command(&mut self, command: Command) {
        let Command::Settle(sequence) = command;
        self.settled = self.settled.max(sequence);
        let rest = self.held.split_off(&sequence.saturating_add(1));
        for reply in std::mem::replace(&mut self.held, rest).into_values() {
            self.acknowledge(reply).await;
        }
    }

    async fn acknowledge(&self, reply: Subject) {
        // One that is lost makes the server send the message again, and that is acknowledged then.
        let _ = self.client.publish(reply, Bytes::from_static(b"+ACK")).await;
    }

    /// Waits, and does what it is told meanwhile.
    async fn wait(&mut self, pause: Duration) -> Result<(), Over> {
        let end = sleep(pause);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                command = self.commands.recv() => self.command(command.ok_or(Over)?).await,
                changed = self.connections.changed() => return changed.map_err(|_| Over),
            }
        }
    }

    fn tell(&self, event: Event) {
        // Whoever does not listen any more closes the commands too.
        let _ = self.events.send(event);
    }
}

/// Before the first message that a stream has. What was removed before it is watched is no part of the log.
fn start_of(info: &Info) -> StreamPlace {
    StreamPlace {
        created: i64::try_from(info.created.unix_timestamp_nanos()).unwrap_or(i64::MAX),
        sequence: info.state.first_sequence.saturating_sub(1),
    }
}

/// Whether a place is one of another stream of this name, or of a longer one.
fn compare(info: &Info, place: StreamPlace) -> Option<Lack> {
    let last = info.state.last_sequence;
    if place.created == start_of(info).created {
        (last < place.sequence).then_some(Lack::SetBack { last })
    } else {
        Some(Lack::MadeAnew)
    }
}

/// Connects, and tells of connections that are lost and made again.
async fn connect(log: &NatsLog, events: Sender<Event>) -> Result<(Client, watch::Receiver<u64>), NatsError> {
    let mut options = ConnectOptions::new()
        .name("servanda watch")
        .ping_interval(PING)
        .reconnect_delay_callback(pause)
        .max_reconnects(None);
    options = match &log.login {
        None => options,
        Some(NatsLogin::User(user, password)) => options.user_and_password(user.clone(), password.clone()),
        Some(NatsLogin::Token(token)) => options.token(token.clone()),
    };
    if let Some(path) = &log.credentials {
        options = options
            .credentials_file(path)
            .await
            .map_err(|cause| NatsError::Credentials {
                path: path.display().to_string(),
                cause: cause.to_string(),
            })?;
    }
    let (count, connections) = watch::channel(0);
    let lost = Arc::new(std::sync::Mutex::new(None::<Instant>));
    options = options.event_callback(move |event| {
        let mut lost = lost.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let link = match event {
            async_nats::Event::Disconnected => {
                *lost = Some(Instant::now());
                Some(Link::Lost)
            }
            async_nats::Event::Connected => {
                count.send_modify(|count| *count += 1);
                lost.take().map(|since| Link::Found { after: since.elapsed() })
            }
            async_nats::Event::ServerError(error) => Some(Link::Trouble(error.to_string())),
            async_nats::Event::ClientError(error) if lost.is_none() => Some(Link::Trouble(error.to_string())),
            _ => None,
        };
        if let Some(link) = link {
            let _ = events.send(Event::Link(link));
        }
        std::future::ready(())
    });
    let servers = log.servers.join(",");
    let client = options.connect(&log.servers).await.map_err(|error| {
        let (servers, cause) = (servers.clone(), error.to_string());
        match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                NatsError::Refused { servers, cause }
            }
            _ => NatsError::Unreachable { servers, cause },
        }
    })?;
    Ok((client, connections))
}

async fn stream(context: &Context, name: &str) -> Result<Stream, NatsError> {
    let error = match context.get_stream(name).await {
        Ok(stream) => return Ok(stream),
        Err(error) => error,
    };
    let cause = error.to_string();
    Err(match error.kind() {
        GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            let names = context.stream_names().filter_map(|name| std::future::ready(name.ok()));
            NatsError::NoStream {
                stream: name.to_owned(),
                others: names.take(SHOWN_NAMES).collect().await,
            }
        }
        GetStreamErrorKind::JetStream(error)
            if [
                ErrorCode::JETSTREAM_NOT_ENABLED,
                ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
            ]
            .contains(&error.error_code()) =>
        {
            NatsError::NoJetStream { cause }
        }
        GetStreamErrorKind::Request => NatsError::NoJetStream { cause },
        _ => NatsError::Request {
            what: "give the stream",
            cause,
        },
    })
}

/// So many names of streams are shown.
const SHOWN_NAMES: usize = 10;

/// The consumer, which is made if it is not there or is far ahead.
async fn consumer(stream: &Stream, reading: &Reading, handed: u64) -> Result<PullConsumer, NatsError> {
    let unusable = |why: String| NatsError::Consumer {
        consumer: reading.consumer.clone(),
        stream: reading.log.stream.clone(),
        why,
    };
    let subject = reading.log.subject.clone().unwrap_or_default();
    let (retention, last) = (
        stream.cached_info().config.retention,
        stream.cached_info().state.last_sequence,
    );
    let mut config = Config {
        durable_name: reading.durable.then(|| reading.consumer.clone()),
        name: Some(reading.consumer.clone()),
        description: Some("servanda watch".to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: reading.ack_wait,
        max_ack_pending: MAX_ACK_PENDING,
        filter_subject: subject.clone(),
        inactive_threshold: if reading.durable { Duration::ZERO } else { IDLE },
        ..Config::default()
    };
    match stream.get_consumer::<Config>(&reading.consumer).await {
        Ok(found) => {
            let info = found.cached_info();
            if info.config.ack_policy != AckPolicy::Explicit {
                return Err(unusable("its messages are not acknowledged one by one".to_owned()));
            }
            if info.config.filter_subject != subject {
                let its = &info.config.filter_subject;
                return Err(unusable(format!(
                    "it is for the subject '{its}', and this watch for '{subject}'"
                )));
            }
            if info.config.headers_only {
                return Err(unusable("it gives headers only".to_owned()));
            }
            let sent = info.delivered.stream_sequence;
            let is_far = sent > handed.saturating_add(FAR) || sent > last.max(handed);
            // Other streams drop messages with the consumer.
            if !is_far || retention != RetentionPolicy::Limits {
                return Ok(found);
            }
            config.ack_wait = info.config.ack_wait;
            config.max_ack_pending = info.config.max_ack_pending;
            stream
                .delete_consumer(&reading.consumer)
                .await
                .map_err(|error| NatsError::Request {
                    what: "let the consumer be made anew",
                    cause: error.to_string(),
                })?;
        }
        Err(error) => {
            let is_absent = error
                .downcast_ref::<jetstream::context::ConsumerInfoError>()
                .is_some_and(|error| matches!(error.kind(), ConsumerInfoErrorKind::NotFound));
            if !is_absent {
                return Err(NatsError::Request {
                    what: "tell of the consumer",
                    cause: error.to_string(),
                });
            }
        }
    }
    config.deliver_policy = if handed > 0 && retention == RetentionPolicy::Limits {
        DeliverPolicy::ByStartSequence {
            start_sequence: handed + 1,
        }
    } else {
        DeliverPolicy::All
    };
    stream
        .create_consumer(config)
        .await
        .map_err(|error| NatsError::Request {
            what: "make a consumer",
            cause: error.to_string(),
        })
}
