//! Which stream of NATS is watched, as people write it.

use std::borrow::Cow;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// A stream of NATS, and how it is come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsLog {
    /// The addresses of servers, which belong together, without what opens them.
    pub servers: Vec<String>,
    /// What the server asks for, where it stands in the address.
    pub login: Option<NatsLogin>,
    /// The name of the stream.
    pub stream: String,
    /// Only messages of these subjects are taken.
    pub subject: Option<String>,
    /// The name of the consumer that the server keeps.
    pub consumer: Option<String>,
    /// A file of credentials.
    pub credentials: Option<PathBuf>,
}

/// What opens a server.
#[derive(Clone, PartialEq, Eq)]
pub enum NatsLogin {
    /// A user and a password.
    User(String, String),
    /// A token.
    Token(String),
}

impl std::fmt::Debug for NatsLogin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            NatsLogin::User(..) => "User",
            NatsLogin::Token(_) => "Token",
        })
    }
}

/// An address that says no stream, or not how to come by it. What opens a server is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NatsAddressError {
    /// There is no server.
    #[error("the address names no server")]
    NoServer,
    /// There is no stream.
    #[error("the address names no stream")]
    NoStream,
    /// It is no name of a stream.
    #[error("the name of a stream has no `.`, `*`, `>`, `/`, `\\`, `?` and no blank")]
    NotAStream,
    /// What stands before `@` is no text.
    #[error("the user or the password is not UTF-8 when its `%` are read")]
    NotText,
}

impl NatsLog {
    /// Reads `nats://[USER:PASSWORD@]HOST[:PORT][,…]/STREAM`; with `tls://` the connection must be encrypted.
    ///
    /// # Errors
    /// It is not of this form.
    pub fn parse(address: &str) -> Result<Self, NatsAddressError> {
        let (scheme, rest) = address.split_once("://").ok_or(NatsAddressError::NoServer)?;
        // A password may have a slash where people forget to write it as `%2F`.
        let after_login = rest.rfind('@').map_or(0, |at| at + 1);
        let (servers, stream) = match rest[after_login..].split_once('/') {
            Some((servers, stream)) => (servers, stream),
            None => (&rest[after_login..], ""),
        };
        let login = match after_login.checked_sub(1) {
            None => None,
            Some(at) => Some(login(&rest[..at])?),
        };
        if servers.split(',').any(str::is_empty) {
            return Err(NatsAddressError::NoServer);
        }
        if stream.is_empty() {
            return Err(NatsAddressError::NoStream);
        }
        if stream.contains(|char: char| ".*>/\\?".contains(char) || char.is_whitespace() || char.is_control()) {
            return Err(NatsAddressError::NotAStream);
        }
        Ok(NatsLog {
            servers: servers
                .split(',')
                .map(|server| format!("{scheme}://{server}"))
                .collect(),
            login,
            stream: stream.to_owned(),
            subject: None,
            consumer: None,
            credentials: None,
        })
    }

    /// What people are told of it by.
    pub fn name(&self) -> String {
        format!("nats:{}", self.stream)
    }

    /// What tells it from other logs. A stream may move to other servers.
    pub(in crate::run::watch) fn identity(&self) -> String {
        match &self.subject {
            None => self.name(),
            Some(subject) => format!("{} --subject '{subject}'", self.name()),
        }
    }
}

fn login(text: &str) -> Result<NatsLogin, NatsAddressError> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(Cow::into_owned).map_err(|_| NatsAddressError::NotText)
    };
    Ok(match text.split_once(':') {
        Some((user, password)) => NatsLogin::User(decode(user)?, decode(password)?),
        None => NatsLogin::Token(decode(text)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_servers_a_login_and_a_stream() {
        let log = NatsLog::parse("nats://ann:p%40ss/w@one:4222,two/AUDIT").unwrap();
        assert_eq!(log.servers, ["nats://one:4222", "nats://two"]);
        assert_eq!(log.login, Some(NatsLogin::User("ann".to_owned(), "p@ss/w".to_owned())));
        assert_eq!(log.stream, "AUDIT");
        assert!(!format!("{log:?}").contains("p@ss"));
        let log = NatsLog::parse("tls://t0ken@[::1]:4222/AUDIT").unwrap();
        assert_eq!(log.servers, ["tls://[::1]:4222"]);
        assert_eq!(log.login, Some(NatsLogin::Token("t0ken".to_owned())));
    }

    #[test]
    fn what_is_lacking_is_said() {
        for (address, error) in [
            ("nats://", NatsAddressError::NoServer),
            ("nats:///AUDIT", NatsAddressError::NoServer),
            ("nats://one,/AUDIT", NatsAddressError::NoServer),
            ("nats://one:4222", NatsAddressError::NoStream),
            ("nats://one:4222/", NatsAddressError::NoStream),
            ("nats://one/audit.events", NatsAddressError::NotAStream),
            ("nats://one/AUDIT?subject=a", NatsAddressError::NotAStream),
            ("nats://a:%ff@one/AUDIT", NatsAddressError::NotText),
        ] {
            assert_eq!(NatsLog::parse(address), Err(error), "{address}");
        }
    }
}
