//! A server of NATS of its own, with a stream.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::ConnectOptions;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream::{Config, RetentionPolicy, Stream};
use async_nats::jetstream::{self, Context};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The stream.
pub(crate) const STREAM: &str = "AUDIT";

const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs, and a client of it.
pub(crate) struct Broker {
    pub(crate) port: u16,
    program: PathBuf,
    more: Vec<String>,
    store: TempDir,
    server: Child,
    runtime: Runtime,
    context: Context,
}

/// Starts a server. Where there is none to start, it is said, and the test has nothing to try.
pub(crate) fn broker(more: &[&str]) -> Option<Broker> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let Some(program) = folders
        .map(|folder| folder.join("nats-server"))
        .find(|file| file.is_file())
    else {
        println!("SKIPPED: there is no nats-server here.");
        return None;
    };
    let store = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let more: Vec<String> = more.iter().map(|&argument| argument.to_owned()).collect();
    let server = start(&program, port, &store, &more);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let context = runtime.block_on(connect(port, &more));
    Some(Broker {
        port,
        program,
        more,
        store,
        server,
        runtime,
        context,
    })
}

fn start(program: &PathBuf, port: u16, store: &TempDir, more: &[String]) -> Child {
    let mut command = Command::new(program);
    command.args([
        "--jetstream",
        "--addr",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--store_dir",
    ]);
    command
        .arg(store.path())
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

async fn connect(port: u16, more: &[String]) -> Context {
    let end = Instant::now() + PATIENCE;
    loop {
        let mut options = ConnectOptions::new().reconnect_delay_callback(|_| Duration::from_millis(50));
        if let [_, user, _, password] = more {
            options = options.user_and_password(user.clone(), password.clone());
        }
        match options.connect(format!("nats://127.0.0.1:{port}")).await {
            Ok(client) => return jetstream::new(client),
            Err(error) => assert!(Instant::now() < end, "the server does not start: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

impl Broker {
    /// The stream, as `--log` names it.
    pub(crate) fn address(&self) -> String {
        let login = match &self.more[..] {
            [_, user, _, password] => format!("{user}:{}@", password.replace('/', "%2F")),
            _ => String::new(),
        };
        format!("nats://{login}127.0.0.1:{}/{STREAM}", self.port)
    }

    /// Makes the stream.
    pub(crate) fn make(&self, retention: RetentionPolicy) {
        let config = Config {
            name: STREAM.to_owned(),
            subjects: vec!["audit.>".to_owned()],
            retention,
            ..Config::default()
        };
        self.runtime.block_on(self.context.create_stream(config)).unwrap();
    }

    /// Removes the stream, and makes another one of its name.
    pub(crate) fn make_anew(&self) {
        self.runtime.block_on(self.context.delete_stream(STREAM)).unwrap();
        self.make(RetentionPolicy::Limits);
    }

    /// Kills the server, and starts it anew with what it had written.
    pub(crate) fn restart(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        self.server = start(&self.program, self.port, &self.store, &self.more);
        self.context = self.runtime.block_on(connect(self.port, &self.more));
    }

    /// Writes messages to the stream, each once.
    pub(crate) fn publish(&self, events: &[(String, String)]) {
        self.runtime.block_on(async {
            let mut taken = Vec::new();
            for (subject, line) in events {
                let payload = line.trim_end().to_owned().into();
                taken.push(self.context.publish(subject.clone(), payload).await.unwrap());
            }
            for taken in taken {
                taken.await.unwrap();
            }
        });
    }

    /// Writes messages while asking for them as another client of a consumer, and says how many it got.
    pub(crate) fn steal(&self, consumer: &str, events: &[(String, String)]) -> usize {
        let consumer = self.runtime.block_on(async {
            self.stream()
                .await
                .get_consumer::<pull::Config>(consumer)
                .await
                .unwrap()
        });
        let thief = self.runtime.spawn(async move {
            let request = consumer.batch().max_messages(5).expires(Duration::from_millis(100));
            request
                .messages()
                .await
                .unwrap()
                .filter(|message| std::future::ready(message.is_ok()))
                .count()
                .await
        });
        self.publish(events);
        self.runtime.block_on(thief).unwrap()
    }

    /// Makes a durable consumer.
    pub(crate) fn make_consumer(&self, name: &str, ack_wait: Duration, max_ack_pending: i64) {
        let config = pull::Config {
            durable_name: Some(name.to_owned()),
            ack_wait,
            max_ack_pending,
            ..pull::Config::default()
        };
        self.runtime
            .block_on(async { self.stream().await.create_consumer(config).await.unwrap() });
    }

    /// Removes a consumer.
    pub(crate) fn remove_consumer(&self, name: &str) {
        self.runtime
            .block_on(async { self.stream().await.delete_consumer(name).await.unwrap() });
    }

    /// How many messages a consumer has been sent that are not acknowledged.
    pub(crate) fn unacknowledged(&self, consumer: &str) -> usize {
        self.runtime
            .block_on(async { self.stream().await.consumer_info(consumer).await.unwrap() })
            .num_ack_pending
    }

    /// Waits until all messages up to one are acknowledged: the server takes note of that in its own time.
    pub(crate) fn wait_for_acknowledgement(&self, consumer: &str, sequence: u64) {
        self.wait(|broker| {
            let info = broker
                .runtime
                .block_on(async { broker.stream().await.consumer_info(consumer).await.unwrap() });
            let found = (info.num_ack_pending, info.ack_floor.stream_sequence);
            (found == (0, sequence)).then_some(()).ok_or(format!("{found:?}"))
        });
    }

    /// Waits until the stream has no message any more.
    pub(crate) fn wait_for_emptiness(&self) {
        self.wait(|broker| match broker.messages() {
            0 => Ok(()),
            left => Err(format!("{left} messages are left")),
        });
    }

    fn wait(&self, is_so: impl Fn(&Broker) -> Result<(), String>) {
        let end = Instant::now() + PATIENCE;
        while let Err(found) = is_so(self) {
            assert!(Instant::now() < end, "{found}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many messages the stream has.
    fn messages(&self) -> u64 {
        self.runtime
            .block_on(async { self.stream().await.cached_info().state.messages })
    }

    /// Removes the messages before one.
    pub(crate) fn purge_to(&self, sequence: u64) {
        self.runtime
            .block_on(async { self.stream().await.purge().sequence(sequence).await.unwrap() });
    }

    /// Removes a message.
    pub(crate) fn remove_message(&self, sequence: u64) {
        self.runtime
            .block_on(async { self.stream().await.delete_message(sequence).await.unwrap() });
    }

    async fn stream(&self) -> Stream {
        self.context.get_stream(STREAM).await.unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
