//! Counts and instants, which several parts of the results hold.

use serde::{Serialize, Serializer};

use crate::log::visible;
use crate::time::{Instant, Zone};
use crate::verdict::Tally;

/// How instances came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Kept.
    pub met: u64,
    /// Broken.
    pub violated: u64,
    /// Broken and repaired.
    pub repaired: u64,
    /// Done late, and excused.
    pub excused: u64,
    /// Released by an event.
    pub waived: u64,
    /// Not to be told from the log.
    pub unknown: u64,
    /// Neither so far.
    pub open: u64,
}

impl From<&Tally> for Counts {
    fn from(tally: &Tally) -> Self {
        Counts {
            met: tally.met,
            violated: tally.violated,
            repaired: tally.repaired,
            excused: tally.excused,
            waived: tally.waived,
            unknown: tally.unknown,
            open: tally.open,
        }
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Self {
        all.fold(Counts::default(), |sum, counts| Counts {
            met: sum.met + counts.met,
            violated: sum.violated + counts.violated,
            repaired: sum.repaired + counts.repaired,
            excused: sum.excused + counts.excused,
            waived: sum.waived + counts.waived,
            unknown: sum.unknown + counts.unknown,
            open: sum.open + counts.open,
        })
    }
}

/// An instant, written with the offset of a zone: `2024-07-09T10:00:00+03:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub instant: Instant,
    /// How it is written.
    pub text: String,
}

impl Moment {
    /// An instant in a zone.
    pub fn new(instant: Instant, zone: &Zone) -> Self {
        Moment {
            instant,
            text: zone.rfc3339(instant),
        }
    }

    /// An instant in UTC: `2024-07-09T07:00:00Z`.
    pub fn utc(instant: Instant) -> Self {
        Moment {
            instant,
            text: instant.to_string(),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A text that may hold what a log says, with nothing in it that acts or hides.
pub(in crate::report) fn plain(text: &str) -> String {
    visible(text, usize::MAX)
}
