//! Mistakes in rule files, as data: what is wrong, where, why, and what to do about it.
//!
//! Rooms that read rules collect [`Diagnostic`]s and go on, so that one run shows every mistake. Only the report room turns them into text.

mod explanation;
mod fix;

use crate::source::Span;

pub use explanation::{Example, Explanation, WORLD};
pub use fix::{Fix, Safety, apply};

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The rules cannot be used.
    Error,
    /// The rules can be used, but probably do not say what was meant.
    Warning,
}

/// A stable name for a kind of mistake.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kinds of mistakes a rule file can contain. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// The stable name, as shown to people and machines.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];
        }
    };
}

codes! {
    /// The text is not of the language's grammar.
    Syntax = "syntax",
    /// Brackets or words nest deeper than the parser goes.
    NestingTooDeep = "nesting-too-deep",
    /// A literal is of the right shape but has no value, as 2024-02-30 has none.
    BadLiteral = "bad-literal",
    /// Two declarations have one name.
    DuplicateName = "duplicate-name",
    /// One thing is said twice where it can be said once.
    DuplicatePart = "duplicate-part",
    /// A name that nothing declares.
    UnknownName = "unknown-name",
    /// An event type that no declaration introduces.
    UnknownEvent = "unknown-event",
    /// A field that the event type does not have.
    UnknownField = "unknown-field",
    /// A type that the language does not have.
    UnknownType = "unknown-type",
    /// A time zone that the time-zone database does not have.
    UnknownZone = "unknown-zone",
    /// A field name that the log format keeps for itself.
    ReservedField = "reserved-field",
    /// An operand is of another type than its place asks for.
    TypeMismatch = "type-mismatch",
    /// Amounts of two currencies are compared.
    CurrencyMismatch = "currency-mismatch",
    /// An order is asked of values that have none.
    Unordered = "unordered",
    /// A clause or agreement lacks a part that it needs.
    MissingPart = "missing-part",
    /// The parts of a clause come in an order that they are not read in.
    PartOrder = "part-order",
    /// A timing that does not fit the duty.
    BadTiming = "bad-timing",
    /// A form that has no meaning in its place.
    BadForm = "bad-form",
    /// A condition looks at something it cannot see from its place.
    OutOfScope = "out-of-scope",
    /// A condition has the same truth whatever happens.
    ConstantCondition = "constant-condition",
    /// A used file that is not there.
    UnknownFile = "unknown-file",
    /// A path that rule files cannot use.
    ForbiddenPath = "forbidden-path",
    /// A used file that cannot be read.
    UnreadableFile = "unreadable-file",
    /// More files, or a longer chain of them, than rules can be of.
    TooManyFiles = "too-many-files",
    /// Something that uses itself, directly or through others.
    Cycle = "cycle",
    /// Conditions that no event can satisfy together.
    NeverTrue = "never-true",
    /// A duty that the event which opens it always answers.
    AnswersItself = "answers-itself",
    /// A duty that can only be kept by breaking another one.
    Collision = "collision",
    /// A repair that is due before the breach that it answers.
    RepairTooLate = "repair-too-late",
    /// What an export leaves out because it cannot be said there.
    NoTranslation = "no-translation",
    /// A declaration that nothing uses.
    Unused = "unused",
    /// A condition that is true whenever the others beside it are.
    Redundant = "redundant",
}

/// A place and what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What to say there.
    pub text: String,
}

/// One mistake in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of mistake.
    pub code: Code,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The places concerned, the main one first.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// A change of the text that does it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error with its main place.
    pub fn error(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: vec![Label {
                span,
                text: label.into(),
            }],
            help: None,
            fix: None,
        }
    }

    /// A warning with its main place.
    pub fn warning(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, message, span, label)
        }
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: label.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, where there is something to say.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

/// The candidate nearest to a misspelt word, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let shared = |candidate: &str| {
        let other = candidate.to_lowercase();
        let pairs = folded.chars().zip(other.chars());
        pairs.take_while(|(left, right)| left == right).count()
    };
    distances(word, candidates)
        .into_iter()
        // Of two words that are equally near, people mean the one that starts alike.
        .min_by_key(|&(distance, candidate)| (distance, std::cmp::Reverse(shared(candidate)), candidate))
        .map(|(_, candidate)| candidate)
}

/// The candidates that are near enough to a misspelt word to be meant, and how far they are.
fn distances<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    let limit = match word.chars().count() {
        // Codes of two letters are all near one another: only their case is forgiven.
        0..=2 => 0,
        3..=5 => 2,
        _ => 3,
    };
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance <= limit && distance < candidate.chars().count())
        .collect()
}

/// "did you mean", or else the list of what is allowed, for a word that is not among the candidates.
pub fn suggest(word: &str, what: &str, candidates: &[&str]) -> Option<String> {
    if let Some(candidate) = nearest(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    match candidates {
        [] => None,
        many => Some(format!("{what} known here: {}", list(many, 12))),
    }
}

/// `a`, `b` and `c`; with more than `most`, the first ones and how many more there are.
pub fn list(words: &[&str], most: usize) -> String {
    let shown: Vec<String> = words.iter().take(most).map(|word| format!("`{word}`")).collect();
    if words.len() > most {
        return format!("{} and {} more", shown.join(", "), words.len() - most);
    }
    match shown.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}
