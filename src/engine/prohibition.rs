//! `avoid` over the term: each event that counts is a breach by itself.

use std::sync::Arc;

use super::ending::{Ending, Endings};
use super::evaluate::{Bindings, Context, Frame};
use super::instance::{Breach, Outcome, Step, Subject};
use super::matching::truth_in;
use super::state::restored;
use super::table::{Breached, Table};
use super::truth::{Lacks, Truth};
use crate::log::Event;
use crate::model::{ClauseId, Standing};
use crate::plan::PatternPlan;
use crate::time::{Due, Instant};

/// The prohibition of one clause.
#[derive(Debug)]
pub(super) struct Prohibition {
    clause: ClauseId,
    pattern: PatternPlan,
    window: Standing,
    endings: Option<Endings<()>>,
    /// The event that ended it.
    ended_by: Option<Arc<Event>>,
    /// What is lacking to tell whether it was ended.
    doubt: Option<Lacks>,
    /// Whether an event has made an instance, so that the clause needs none for the absence of events.
    concerned: bool,
    /// When it ended before its window did.
    ended: Option<Instant>,
}

restored!(Prohibition {
    saved: [ended_by, doubt, concerned, ended],
    restored: [window, endings],
    fixed: [clause, pattern],
});

impl Prohibition {
    pub(super) fn new(clause: ClauseId, pattern: PatternPlan, window: Standing, end: Option<PatternPlan>) -> Self {
        Prohibition {
            clause,
            pattern,
            window,
            endings: end.map(Endings::new),
            ended_by: None,
            doubt: None,
            concerned: false,
            ended: None,
        }
    }

    /// Shows the events of a time point that may end the prohibition.
    pub(super) fn end(&mut self, events: &[&Arc<Event>], context: &Context<'_>) {
        if self.ended_by.is_some() || self.ended.is_some() || !self.window.admits(context.now) {
            return;
        }
        let Some(endings) = &mut self.endings else { return };
        endings.enter((), &Bindings::default(), context);
        for ((), ending) in endings.show(events, context) {
            match ending {
                Ending::Over(by) => self.ended_by = Some(by),
                Ending::Doubtful(lacks) => {
                    self.doubt.get_or_insert(lacks);
                }
            }
        }
    }

    /// Takes in an event. Whether it is what is to be avoided, or may be.
    pub(super) fn candidate(&mut self, event: &Arc<Event>, context: &Context<'_>, table: &mut Table) -> bool {
        if self.ended_by.is_some() || !self.window.admits(event.time) {
            return false;
        }
        let frame = Frame {
            subject: Some(event),
            ..Frame::default()
        };
        let truth = truth_in(&self.pattern, &frame, context);
        if truth == Truth::False {
            return false;
        }
        let step = |outcome| Step::new(self.window.start, self.window.end(), outcome);
        let is_owed = self.doubt.clone().map_or(Truth::True, Truth::lacking);
        match Truth::all([truth, is_owed]) {
            Truth::False => return false,
            Truth::Unknown(lacks) => {
                let outcome = Outcome::Unknown {
                    lacks: lacks.to_vec(),
                    at: Some(Arc::clone(event)),
                    interval: None,
                };
                table.add_finished(self.clause, Subject::Term, step(outcome));
            }
            Truth::True => {
                let breach = Breach::Event {
                    by: Arc::clone(event),
                    further: 0,
                };
                let instance = table.start(self.clause, Subject::Term, step(Outcome::Broken(breach)));
                table.breached.push(Breached {
                    instance,
                    clause: self.clause,
                    position: 0,
                    at: event.time,
                    just_after: false,
                    bindings: Bindings::default().broken_by(0, event),
                });
                table.release(instance);
            }
        }
        self.concerned = true;
        true
    }

    /// Goes on for some time more.
    pub(super) fn extend(&mut self, end: Instant) {
        self.window.extended(end);
    }

    /// Ends now, before anything that happens now.
    pub(super) fn cease(&mut self, now: Instant) {
        self.ended = Some(now);
    }

    /// If nothing happened, the prohibition itself is the one instance.
    pub(super) fn finish(&mut self, as_of: Instant, table: &mut Table) {
        let begun = self.window.start.is_none_or(|start| {
            as_of >= start && self.window.admits(start) && self.ended.is_none_or(|end| start < end)
        });
        if self.concerned || !begun {
            return;
        }
        let ended = self.ended_by.as_ref().map(|event| Due::before(event.time));
        let over = self.ended.is_some() || ended.is_some() || self.window.end().is_some_and(|end| end.passed(as_of));
        let outcome = if over {
            Outcome::Met { by: None }
        } else {
            Outcome::Open { count: 0 }
        };
        let step = Step {
            ended_by: self.ended_by.clone(),
            ..Step::new(self.window.start, ended.or(self.window.end()), outcome)
        };
        table.add_finished(self.clause, Subject::Term, step);
    }
}
