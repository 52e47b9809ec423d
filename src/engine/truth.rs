//! Three-valued truth (Kleene's), with what was lacking where it is unknown.

use super::instance::Lack;
use super::state::saved;

/// The values that a judgement lacked.
pub(super) type Lacks = Vec<Lack>;

/// The truth of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// Rare, so that a truth is in two registers with what was lacking behind a pointer.
    Unknown(Box<Lacks>),
}

saved!(enum Truth { 0 = True, 1 = False, 2 = Unknown(lacks) });

impl Truth {
    pub(super) fn of(truth: bool) -> Self {
        if truth { Truth::True } else { Truth::False }
    }

    /// Unknown, with what was lacking.
    pub(super) fn lacking(lacks: Lacks) -> Self {
        Truth::Unknown(Box::new(lacks))
    }

    pub(super) fn not(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }

    /// False if any is false, else unknown if any is, else true. Stops at the first false one.
    pub(super) fn all(elements: impl IntoIterator<Item = Truth>) -> Self {
        let mut all = Truth::True;
        for element in elements {
            match element {
                Truth::False => return Truth::False,
                Truth::True => {}
                Truth::Unknown(lacks) => all = all.lacking_too(lacks),
            }
        }
        all
    }

    /// True if any is true, else unknown if any is, else false. Stops at the first true one.
    pub(super) fn any(elements: impl IntoIterator<Item = Truth>) -> Self {
        let mut any = Truth::False;
        for element in elements {
            match element {
                Truth::True => return Truth::True,
                Truth::False => {}
                Truth::Unknown(lacks) => any = any.lacking_too(lacks),
            }
        }
        any
    }

    fn lacking_too(self, more: Box<Lacks>) -> Self {
        match self {
            Truth::Unknown(mut lacks) => {
                merge(&mut lacks, *more);
                Truth::Unknown(lacks)
            }
            Truth::True | Truth::False => Truth::Unknown(more),
        }
    }
}

/// Adds lacks without repetition.
pub(super) fn merge(lacks: &mut Lacks, more: impl IntoIterator<Item = Lack>) {
    for lack in more {
        if !lacks.contains(&lack) {
            lacks.push(lack);
        }
    }
}
