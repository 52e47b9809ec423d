//! Smallest logs that keep a clause and that break it, found from the clause and judged by the engine.
//!
//! A log is put together from *roles*: the kinds of event that the clause looks at. Logs are tried in the order of their size, at the instants
//! at which the clause could decide differently, until the engine's verdict is the wanted one. So an example never says more than the engine does.

mod moments;
mod parts;
mod search;
mod solve;

use std::sync::Arc;

use crate::engine::{Instance, Verdict};
use crate::log::Event;
use crate::model::{ClauseId, Model};
use crate::time::Instant;

pub use moments::reach;
pub use parts::{Quota, Role, StandsFor, roles};
pub use search::Finder;
pub use solve::{Names, Solver};

/// What a log is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The clause is kept: an instance is met and none is broken, unknown or released. Where none can be met by then, one that is open.
    Kept,
    /// The clause is broken, and nothing is unknown.
    Broken,
}

impl Wanted {
    /// How well instances of a clause show it.
    fn shown_by(self, instances: &[Instance], clause: ClauseId) -> Shown {
        let mut shown = Shown::Not;
        for instance in instances.iter().filter(|instance| instance.clause == clause) {
            let this = match (self, instance.verdict()) {
                (_, Verdict::Unknown | Verdict::Waived | Verdict::Repaired | Verdict::Excused)
                | (Wanted::Kept, Verdict::Violated) => return Shown::Not,
                (Wanted::Kept, Verdict::Met) | (Wanted::Broken, Verdict::Violated) => Shown::Decided,
                (Wanted::Kept, Verdict::Open) => Shown::SoFar,
                (Wanted::Broken, Verdict::Met | Verdict::Open) => Shown::Not,
            };
            shown = shown.max(this);
        }
        shown
    }
}

/// How well a log shows what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Not,
    SoFar,
    Decided,
}

/// A log that shows what was wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// Its events, in the order of time.
    pub events: Vec<Arc<Event>>,
    /// The instant that it is judged as of.
    pub as_of: Instant,
    /// The instances of the clause, as the engine judges them.
    pub instances: Vec<Instance>,
}

/// The smallest log found that shows what is wanted of a clause; `None` if none was found among those of a few events.
pub fn witness(model: &Model, clause: ClauseId, wanted: Wanted) -> Option<Witness> {
    Finder::new(model, clause).find(wanted)
}
