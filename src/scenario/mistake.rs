//! What is wrong with a scenario file, as data: where, why, and what to do about it.

use std::ops::Range;

use crate::log::{Problem, ProblemKind};

/// The kinds of mistakes a scenario file can contain. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MistakeKind {
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
    /// The rules cannot be used.
    UnusableRules,
    /// A time zone that the time-zone database does not have.
    UnknownZone,
    /// A clause that the rules do not have, or a name that several of them have.
    UnknownClause,
    /// A verdict that there is not.
    UnknownVerdict,
    /// A field that the type of the event does not have.
    UnknownField,
    /// There is neither an event nor an instant to judge as of.
    NothingToJudge,
    /// Nothing is expected.
    NothingExpected,
    /// What the log room says of an event or an instant.
    Event(ProblemKind),
}

impl MistakeKind {
    /// The stable name, as shown to people and machines.
    pub const fn name(self) -> &'static str {
        match self {
            MistakeKind::NotYaml => "not-yaml",
            MistakeKind::WrongForm => "wrong-form",
            MistakeKind::UnknownKey => "unknown-key",
            MistakeKind::MissingKey => "missing-key",
            MistakeKind::Repeated => "repeated",
            MistakeKind::UnusableRules => "unusable-rules",
            MistakeKind::UnknownZone => "unknown-zone",
            MistakeKind::UnknownClause => "unknown-clause",
            MistakeKind::UnknownVerdict => "unknown-verdict",
            MistakeKind::UnknownField => "unknown-field",
            MistakeKind::NothingToJudge => "nothing-to-judge",
            MistakeKind::NothingExpected => "nothing-expected",
            MistakeKind::Event(kind) => kind.name(),
        }
    }
}

/// One mistake in a scenario file.
///
/// No text in it can do harm on a terminal: what comes from the file went through [`crate::log::visible`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The kind of mistake.
    pub kind: MistakeKind,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The bytes of the file concerned.
    pub range: Range<usize>,
    /// What to say there.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake at its place.
    pub fn new(
        kind: MistakeKind,
        message: impl Into<String>,
        range: Range<usize>,
        label: impl Into<String>,
        help: Option<String>,
    ) -> Self {
        Mistake {
            kind,
            message: message.into(),
            range,
            label: label.into(),
            help,
        }
    }

    /// What the log room says; where it names no place, this is the place.
    pub(super) fn of_problem(problem: Problem, place: &Range<usize>) -> Self {
        let start = usize::try_from(problem.origin.offset).unwrap_or(usize::MAX);
        let range = match &problem.range {
            Some(range) => start.saturating_add(range.start)..start.saturating_add(range.end),
            None => place.clone(),
        };
        Mistake {
            kind: MistakeKind::Event(problem.kind),
            message: problem.message,
            range,
            label: problem.label.unwrap_or_else(|| "this event".to_owned()),
            help: problem.help,
        }
    }
}
