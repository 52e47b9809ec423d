//! `may`: each event that is permitted, and would be forbidden otherwise, is an instance by itself.

use std::sync::Arc;

use super::evaluate::{Bindings, Context};
use super::instance::{Outcome, Step, Subject};
use super::matching::pattern_truth;
use super::state::restored;
use super::table::Table;
use super::truth::Truth;
use crate::log::Event;
use crate::model::{ClauseId, Standing};
use crate::plan::PatternPlan;
use crate::time::Instant;

/// The permission of one clause.
#[derive(Debug)]
pub(super) struct Permission {
    clause: ClauseId,
    pattern: PatternPlan,
    window: Standing,
}

restored!(Permission {
    restored: [window],
    fixed: [clause, pattern],
});

impl Permission {
    pub(super) fn new(clause: ClauseId, pattern: PatternPlan, window: Standing) -> Self {
        Permission {
            clause,
            pattern,
            window,
        }
    }

    /// Goes on for some time more.
    pub(super) fn extend(&mut self, end: Instant) {
        self.window.extended(end);
    }

    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) {
        if !self.window.admits(event.time) {
            return;
        }
        let outcome = match pattern_truth(&self.pattern, &Bindings::default(), event, context) {
            Truth::False => return,
            Truth::True => Outcome::Met {
                by: Some(Arc::clone(event)),
            },
            Truth::Unknown(lacks) => Outcome::Unknown {
                lacks: lacks.to_vec(),
                at: Some(Arc::clone(event)),
                interval: None,
            },
        };
        let step = Step::new(self.window.start, self.window.end(), outcome);
        table.add_finished(self.clause, Subject::Term, step);
    }
}
