//! Messages over standard input and output.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use lsp_server::{Connection, ErrorCode, Message};

/// How long a message can be, in bytes: more than a rule file with every character escaped.
const MAX_MESSAGE: usize = 128 * 1024 * 1024;

/// The threads that read and write.
pub(super) struct Threads {
    /// How reading ended, told before nothing more comes of it.
    read: mpsc::Receiver<io::Result<()>>,
    writer: JoinHandle<io::Result<()>>,
}

impl Threads {
    /// Waits until everything is written. The reader is not waited for where the client keeps its end open.
    pub(super) fn finish(self) -> io::Result<()> {
        let written = self.writer.join().unwrap_or(Ok(()));
        self.read.try_recv().unwrap_or(Ok(()))?;
        written
    }
}

/// A connection over standard input and output. Unlike the one that the protocol's crate makes, it outlives a message that is not JSON, and
/// answers it.
pub(super) fn standard() -> io::Result<(Connection, Threads)> {
    let (ours, theirs) = Connection::memory();
    let Connection { sender, receiver } = theirs;
    let (end, read) = mpsc::channel();
    thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let ended = read_all(|message| sender.send(message).is_ok());
        // Whoever finds that no message comes any more is to find out why.
        let _nobody_asks = end.send(ended);
        drop(sender);
    })?;
    let writer = thread::Builder::new().name("writer".to_owned()).spawn(move || {
        for message in receiver {
            message.write(&mut io::stdout().lock())?;
        }
        Ok(())
    })?;
    Ok((ours, Threads { read, writer }))
}

/// Hands on what comes, as long as it is taken.
fn read_all(mut take: impl FnMut(Message) -> bool) -> io::Result<()> {
    let mut input = io::stdin().lock();
    loop {
        match read(&mut input)? {
            Incoming::Message(message) => {
                let is_exit = matches!(&message, Message::Notification(known) if known.method == "exit");
                if !take(message) || is_exit {
                    return Ok(());
                }
            }
            Incoming::Fault(code, why) => refuse(code, &why)?,
            Incoming::End => return Ok(()),
        }
    }
}

enum Incoming {
    Message(Message),
    /// What came is no message.
    Fault(ErrorCode, String),
    End,
}

/// Reads one message. A header that cannot be read leaves no way to find the next message, and is an error.
fn read(input: &mut impl BufRead) -> io::Result<Incoming> {
    let malformed = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let mut length = None;
    loop {
        let mut line = String::new();
        // A header line is short: more is not read of what is none.
        if input.by_ref().take(4_096).read_line(&mut line)? == 0 {
            return Ok(Incoming::End);
        }
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| malformed("a header line without a colon"))?;
        if name.trim().eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let length = length.ok_or_else(|| malformed("a message without a length"))?;
    if length > MAX_MESSAGE {
        return Err(malformed("a message that is too long"));
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    let value: serde_json::Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) => return Ok(Incoming::Fault(ErrorCode::ParseError, error.to_string())),
    };
    // A list could be taken for a message whose parts are not named.
    let message = value.is_object().then(|| serde_json::from_value(value).ok()).flatten();
    Ok(match message {
        Some(message) => Incoming::Message(message),
        None => Incoming::Fault(
            ErrorCode::InvalidRequest,
            "this is neither a request nor a notification nor a response".to_owned(),
        ),
    })
}

/// Answers what is no message. It has no number that the answer could carry.
fn refuse(code: ErrorCode, why: &str) -> io::Result<()> {
    let answer = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": code as i32, "message": why },
    });
    let body = answer.to_string();
    let mut out = io::stdout().lock();
    write!(out, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    out.flush()
}
