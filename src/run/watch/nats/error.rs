//! What keeps a stream of NATS from being watched.

/// A stream that cannot be watched, or not gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NatsError {
    /// No server answers.
    #[error("no NATS server can be reached at {servers}: {cause}")]
    Unreachable {
        /// The addresses.
        servers: String,
        /// Why.
        cause: String,
    },
    /// The server does not let this program in.
    #[error("the NATS server at {servers} refuses the login: {cause}")]
    Refused {
        /// The addresses.
        servers: String,
        /// What it says.
        cause: String,
    },
    /// The file of credentials cannot be used.
    #[error("the credentials {path} cannot be used: {cause}")]
    Credentials {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// There is no such stream.
    #[error("the NATS server has no stream {stream}")]
    NoStream {
        /// The name that was given.
        stream: String,
        /// The names that there are, some of them.
        others: Vec<String>,
    },
    /// The server has no streams at all.
    #[error("the NATS server has no JetStream for this login: {cause}")]
    NoJetStream {
        /// What it says.
        cause: String,
    },
    /// The consumer that the server keeps is none that can be used.
    #[error("the consumer {consumer} of the stream {stream} cannot be used: {why}")]
    Consumer {
        /// The consumer.
        consumer: String,
        /// The stream.
        stream: String,
        /// Why.
        why: String,
    },
    /// The server does not do what it is asked.
    #[error("the NATS server does not {what}: {cause}")]
    Request {
        /// What it was asked.
        what: &'static str,
        /// What it says.
        cause: String,
    },
    /// Messages that have not been judged are not there any more.
    #[error("nats:{stream} cannot be gone on with after message {after}: {lack}")]
    Lacking {
        /// The stream.
        stream: String,
        /// The last message that was judged.
        after: u64,
        /// What became of those that follow.
        lack: Lack,
    },
    /// The part that speaks with the server has failed.
    #[error("the connection to the NATS server has failed: {0}")]
    Broken(String),
}

/// What became of messages that have not been judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// They are not there any more.
    #[error("messages {first} to {last} are not there any more, or some of them")]
    Removed {
        /// The first one.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// The stream was removed and made anew.
    #[error("the stream was made anew")]
    MadeAnew,
    /// The stream has fewer messages than were judged.
    #[error("the stream ends with message {last}")]
    SetBack {
        /// Its last message.
        last: u64,
    },
    /// The stream was removed.
    #[error("the stream was removed")]
    StreamRemoved,
}

impl NatsError {
    /// What can be done.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            NatsError::Unreachable { .. } => {
                "see that it runs and that the address is right: `nats://HOST:PORT/STREAM`, or `tls://` where it asks for TLS"
            }
            NatsError::Refused { .. } => {
                "give what it asks for: `nats://USER:PASSWORD@HOST/STREAM`, `nats://TOKEN@HOST/STREAM`, or a file with `--nats-creds`"
            }
            NatsError::NoStream { others, .. } if others.is_empty() => "it has none, or none that this login may see",
            NatsError::NoStream { others, .. } => return Some(format!("it has {}", others.join(", "))),
            NatsError::NoJetStream { .. } => "start it with `nats-server --jetstream`, or use another account",
            NatsError::Consumer { .. } => {
                "name another one with `--consumer`, or remove it; it is then made as it must be"
            }
            NatsError::Lacking {
                lack: Lack::StreamRemoved,
                ..
            } => "make it anew, and give `--accept-gap` to go on with what comes from then on",
            NatsError::Lacking { .. } => {
                "give `--accept-gap` to go on without them; a stream that keeps its messages longer does not lose them"
            }
            NatsError::Credentials { .. } | NatsError::Request { .. } | NatsError::Broken(_) => return None,
        };
        Some(text.to_owned())
    }
}
