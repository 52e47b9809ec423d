//! Why a clause has no translation.

use crate::source::Span;
use crate::time::Duration;

/// Why a clause, or a duty of it, has no translation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// An aim is never violated.
    #[error("an aim is never violated, so there is no formula of its violations")]
    Aim,
    /// A permission is never violated.
    #[error(
        "a permission is never violated, so there is no formula of its violations; it is part of that of the clause it is taken from"
    )]
    Permission,
    /// A trigger that is not each event of one kind.
    #[error("only a trigger of single events of one kind is translated")]
    Trigger,
    /// An event that ends the time of a duty.
    #[error("an event that ends the time of a duty is not translated")]
    End,
    /// A figure that a duty bounds, or a count that is judged like one.
    #[error(
        "figures, and counts in sliding windows or for each of several, are not among the forms that are translated"
    )]
    Figure,
    /// Nothing can break the duty.
    #[error("nothing can break this duty in its time, so there is no formula of its violations")]
    NeverBroken,
    /// A calendar duration.
    #[error("`{duration}` has no fixed length in {zone}, and MonPoly's intervals count units of one length")]
    Calendar {
        /// The duration.
        duration: Duration,
        /// The agreement's zone.
        zone: String,
    },
    /// A due time that days of the calendar decide.
    #[error(
        "working days and days of a month are of no fixed length, and MonPoly's intervals count units of one length"
    )]
    DaysOfTheCalendar,
    /// Periods without end.
    #[error("the periods follow one another without end, and a formula can only list so many")]
    EndlessPeriods,
    /// Too many periods.
    #[error("there are more than {most} periods, and a formula has to list each of them")]
    TooManyPeriods {
        /// How many can be listed.
        most: usize,
    },
    /// Sets compared as wholes.
    #[error("sets are written as one relation for each element, so that two of them cannot be compared as wholes")]
    WholeSet,
    /// A state whose values are sets.
    #[error("the state `{state}` holds sets, which cannot be written as values")]
    SetState {
        /// The state.
        state: String,
    },
    /// A state that an absent field can leave unknown.
    #[error("an event can leave the state `{state}` unknown by lacking `{field}`, and the logic has no such value")]
    UncertainState {
        /// The state.
        state: String,
        /// The optional field.
        field: String,
    },
    /// A choice among fields that can be absent, of a state.
    #[error("a state is looked for among fields that can be absent")]
    UncertainChoice,
    /// A look into the past where states are maintained.
    #[error("a look into the past changes its truth between events, where a monitor does not look")]
    PastMaintained,
    /// A release from what is no `ensure` after a trigger.
    #[error("only from an `ensure` that an event opens is a release translated")]
    Release,
    /// A clause that is not in force all the time.
    #[error(
        "an event can suspend the agreement or the clause, end it before its term or extend the term, which is not translated; for a log in which none does, give `--assume-in-force`"
    )]
    Life,
    /// A breach that can be excused.
    #[error("what excuses a breach may come at any time after it, and MonPoly looks only so far ahead")]
    Excuse,
    /// A repair that is not an `ensure` within a fixed time.
    #[error("only `ensure ... within` a fixed time is translated as a repair")]
    Repair,
    /// A repair after one that has no translation.
    #[error("the duty before it has no translation")]
    AfterUntranslated,
    /// The formula would be too large.
    #[error("its formula would have more than {most} parts")]
    TooLarge {
        /// How many it can have.
        most: usize,
    },
}

/// A reason and its place in the rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// Where.
    pub span: Span,
}

impl Reason {
    pub(super) fn at(self, span: Span) -> Refused {
        Refused { reason: self, span }
    }
}
