//! What is wrong with a record, as data: where, why, and what to do about it.

use std::ops::Range;

use super::Origin;
use super::visible::visible;
use crate::diagnostic::{nearest, suggest};

/// A stable name for a kind of problem.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kinds of problems a log can contain. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ProblemKind { $($(#[doc = $doc])+ $variant,)+ }

        impl ProblemKind {
            /// The stable name, as shown to people and machines.
            pub const fn name(self) -> &'static str {
                match self { $(ProblemKind::$variant => $name,)+ }
            }

            /// Every kind.
            pub const ALL: &'static [ProblemKind] = &[$(ProblemKind::$variant,)+];
        }
    };
}

kinds! {
    /// The text is not of its format, or is of its format and not a record.
    NotARecord = "not-a-record",
    /// The record is longer than the limit.
    RecordTooLong = "record-too-long",
    /// The text is not UTF-8.
    InvalidUtf8 = "invalid-utf8",
    /// A record says one thing twice.
    DuplicateKey = "duplicate-key",
    /// The record lacks its time, its type or a field that its type needs.
    MissingField = "missing-field",
    /// A CSV header lacks the column for the time or the type.
    MissingColumn = "missing-column",
    /// A CSV row has more or fewer cells than the header has columns.
    ColumnCount = "column-count",
    /// An event type that no rule file declares.
    UnknownEventType = "unknown-event-type",
    /// A part of a record that nothing reads, where a map refuses such parts.
    UnknownField = "unknown-field",
    /// A value of another type than its field is declared with.
    WrongType = "wrong-type",
    /// A party or a value of an enumeration that no rule file declares.
    UnknownValue = "unknown-value",
    /// A time that does not exist, or is written in another way than RFC 3339.
    BadTime = "bad-time",
    /// A time without an offset from UTC.
    NoZone = "no-zone",
    /// A number with more digits than the language keeps.
    BadNumber = "bad-number",
    /// A length of time that is not exact, or too long.
    BadDuration = "bad-duration",
    /// A correction or retraction of an event that is not in the logs.
    UnknownId = "unknown-id",
    /// Corrections or retractions that contradict each other, or themselves.
    Contradiction = "contradiction",
    /// A form of YAML that a log cannot have.
    UnsupportedYaml = "unsupported-yaml",
}

/// Something in a log that cannot be used.
///
/// No text in it can do harm on a terminal: what comes from the log went through [`visible`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The record concerned.
    pub origin: Origin,
    /// The bytes concerned, counted from the start of the record.
    pub range: Option<Range<usize>>,
    /// What to say at these bytes.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of a whole record.
    pub fn new(kind: ProblemKind, message: impl Into<String>, origin: Origin) -> Self {
        Problem {
            kind,
            message: message.into(),
            origin,
            range: None,
            label: None,
            help: None,
        }
    }

    /// Says which bytes of the record are concerned, and what to say there.
    #[must_use]
    pub fn at(mut self, range: Range<usize>, label: impl Into<String>) -> Self {
        self.range = Some(range);
        self.label = Some(label.into());
        self
    }

    /// Says what to do, where nothing better is known.
    #[must_use]
    pub(super) fn help_or(mut self, help: impl Into<String>) -> Self {
        self.help.get_or_insert_with(|| help.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// How many characters of a value a message shows.
const SHOWN_CHARS: usize = 60;

/// Longer words are no misspellings, and comparing them with every candidate would take as long as a hostile log likes.
const MAX_COMPARED_BYTES: usize = 100;

/// A piece of a log inside a message.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", visible(text, SHOWN_CHARS))
}

/// "did you mean", or else what is allowed, for a word of the log that is not among the candidates.
pub(super) fn suggestion(word: &str, what: &str, candidates: &[&str]) -> Option<String> {
    let comparable = if word.len() > MAX_COMPARED_BYTES {
        ""
    } else {
        word.trim()
    };
    suggest(comparable, what, candidates)
}

/// The word of the log, among those that mean nothing here, that is nearest to the name that is missing.
pub(super) fn misspelt<'a>(name: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const MAX_WORDS: usize = 200;
    let comparable = words.filter(|word| word.len() <= MAX_COMPARED_BYTES).take(MAX_WORDS);
    nearest(name, comparable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_differ() {
        for (index, kind) in ProblemKind::ALL.iter().enumerate() {
            let name = kind.name();
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
            assert!(ProblemKind::ALL[..index].iter().all(|other| other.name() != name));
        }
    }

    #[test]
    fn suggests_for_words_of_a_sane_length_only() {
        assert_eq!(
            suggestion("atack", "event types", &["attack", "training"]).as_deref(),
            Some("did you mean `attack`?")
        );
        let long = "a".repeat(10_000_000);
        assert_eq!(
            suggestion(&long, "event types", &["attack", "training"]).as_deref(),
            Some("event types known here: `attack` and `training`")
        );
        assert_eq!(
            suggestion("x", "event types", &["attack"]).as_deref(),
            Some("event types known here: `attack`")
        );
        assert_eq!(
            misspelt("against", ["by", "agianst", long.as_str()].into_iter()),
            Some("agianst")
        );
    }

    #[test]
    fn values_in_messages_are_short_and_harmless() {
        assert_eq!(quoted("a\x1b[2J"), "`a\\u{1b}[2J`");
        assert_eq!(quoted(&"x".repeat(1_000)).chars().count(), SHOWN_CHARS + 2);
    }
}
