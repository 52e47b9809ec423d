//! What is wrong with a map, as data: where, why, and what to do about it.

use std::ops::Range;

/// The kinds of mistakes in a map. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MapMistakeKind {
    /// The text is not a YAML document.
    NotYaml,
    /// A part is of another form than its place asks for.
    WrongForm,
    /// A key that the place does not have.
    UnknownKey,
    /// A key that the place needs is not there.
    MissingKey,
    /// One thing is said twice.
    Repeated,
    /// An event type that no rule declares.
    UnknownEventType,
    /// A field that no event type, or this one, declares.
    UnknownField,
    /// A value that the declared type does not have.
    UnknownValue,
    /// A time zone that the time-zone database does not have.
    UnknownZone,
    /// A way to write times that there is not.
    UnknownFormat,
    /// A unit that a value of the declared type cannot have.
    WrongUnit,
}

impl MapMistakeKind {
    /// The stable name, as shown to people and machines.
    pub const fn name(self) -> &'static str {
        match self {
            MapMistakeKind::NotYaml => "not-yaml",
            MapMistakeKind::WrongForm => "wrong-form",
            MapMistakeKind::UnknownKey => "unknown-key",
            MapMistakeKind::MissingKey => "missing-key",
            MapMistakeKind::Repeated => "repeated",
            MapMistakeKind::UnknownEventType => "unknown-event-type",
            MapMistakeKind::UnknownField => "unknown-field",
            MapMistakeKind::UnknownValue => "unknown-value",
            MapMistakeKind::UnknownZone => "unknown-zone",
            MapMistakeKind::UnknownFormat => "unknown-format",
            MapMistakeKind::WrongUnit => "wrong-unit",
        }
    }
}

/// One mistake in a map. No text in it can do harm on a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapMistake {
    /// The kind of mistake.
    pub kind: MapMistakeKind,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The bytes of the map concerned.
    pub range: Range<usize>,
    /// What to say there.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}
