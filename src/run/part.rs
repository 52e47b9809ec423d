//! One part of a divided run: an engine that sees some of the events, and passes time as all of them let it pass.

use std::sync::Arc;

use crate::engine::{Engine, Instance, Life, Rest};
use crate::log::{Event, Origin};
use crate::model::{AgreementId, ClauseId, Model};
use crate::plan::Plan;
use crate::time::Instant;

/// What is decided at one instant.
pub type DecidedAt = (Instant, Vec<Instance>);

/// Judges what one part of a plan is about.
///
/// What it finishes comes out at the instants at which an engine that sees everything gives it out: those of the events that the whole plan looks at.
#[derive(Debug)]
pub struct Part {
    engine: Engine,
    /// The last of those instants, as long as more events of it may come.
    at: Option<Instant>,
    /// The events of that instant.
    point: Vec<Arc<Event>>,
}

impl Part {
    /// A part that has seen nothing yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        Part {
            engine: Engine::new(plan),
            at: None,
            point: Vec::new(),
        }
    }

    /// Takes in events, in the order of time, and the instants of all events that the whole plan looks at, up to one that time has reached with
    /// whatever record. Each call goes on where the one before ended. Tells what was decided before that instant, of what is to be kept: each
    /// instance is asked of once.
    pub fn take_in(
        &mut self,
        times: &[Instant],
        mut events: Vec<Arc<Event>>,
        retracted: &[(Arc<Event>, Origin)],
        reached: Option<Instant>,
        keeps: &mut dyn FnMut(&Instance) -> bool,
    ) -> Vec<DecidedAt> {
        let mut passage = Passage {
            times,
            retracted,
            decided: Vec::new(),
            keeps,
        };
        if let Some(last) = events.last().map(|event| event.time) {
            // More of the last instant may come with the next call.
            let whole = events
                .iter()
                .rposition(|event| event.time < last)
                .map_or(0, |at| at + 1);
            let mut points = events.get_mut(..whole).unwrap_or_default();
            while let Some(at) = points.first().map(|event| event.time) {
                let length = points.iter().take_while(|event| event.time == at).count();
                let (point, rest) = points.split_at_mut(length);
                if self.at == Some(at) {
                    self.point.extend_from_slice(point);
                } else {
                    self.pass(at, &mut passage);
                    self.show(at, point, &mut passage);
                }
                points = rest;
            }
            if self.at != Some(last) {
                self.pass(last, &mut passage);
                self.at = Some(last);
            }
            self.point.extend(events.drain(whole..));
        }
        if let Some(&last) = times.last()
            && self.at.is_none_or(|at| at < last)
        {
            self.pass(last, &mut passage);
            self.at = Some(last);
        }
        if let Some(reached) = reached
            && self.at.is_none_or(|at| at < reached)
        {
            self.pass(reached, &mut passage);
        }
        passage.tell_until(Instant::MAX, &mut self.engine);
        passage.decided
    }

    /// Lets time pass to an instant, with all that happens before it.
    fn pass(&mut self, to: Instant, passage: &mut Passage<'_>) {
        if let Some(at) = self.at.take()
            && (!self.point.is_empty() || self.engine.wakes_before(at.next()).is_some())
        {
            let mut point = std::mem::take(&mut self.point);
            self.show(at, &mut point, passage);
            point.clear();
            self.point = point;
        }
        while let Some(wake) = self.engine.wakes_before(to) {
            let shown = self.engine.now();
            passage.leave_before(shown.map_or(wake, |shown| wake.max(shown.next())));
            let Some(&time) = passage.times.first().filter(|time| **time < to) else {
                break;
            };
            self.show(time, &mut [], passage);
        }
    }

    fn show(&mut self, at: Instant, point: &mut [Arc<Event>], passage: &mut Passage<'_>) {
        passage.tell_until(at, &mut self.engine);
        self.engine.show(at, point);
        let finished = self.engine.finished_of(&mut *passage.keeps);
        if !finished.is_empty() {
            passage.decided.push((at, finished));
        }
    }

    /// Decides what is left of the last instant.
    pub fn close(&mut self, keeps: &mut dyn FnMut(&Instance) -> bool) -> Option<DecidedAt> {
        let at = self.at?;
        let mut passage = Passage {
            times: &[],
            retracted: &[],
            decided: Vec::new(),
            keeps,
        };
        self.pass(at, &mut passage);
        passage.decided.pop()
    }

    /// What has become of agreements and of clauses alone as of an instant, and all that was not decided before and is to be kept.
    pub fn finish(mut self, model: &Model, as_of: Instant, keeps: &mut dyn FnMut(&Instance) -> bool) -> (Lives, Rest) {
        self.engine.time_point(as_of, Vec::new());
        let agreements = (0..).map(AgreementId).take(model.agreements.len());
        let clauses = (0..).map(ClauseId).take(model.clauses.len());
        let lives = Lives {
            agreements: agreements.map(|id| self.engine.life_of_agreement(id)).collect(),
            clauses: clauses.map(|id| self.engine.life_of_clause(id)).collect(),
        };
        (lives, self.engine.finish_of(as_of, keeps))
    }
}

/// What has become of agreements and of clauses alone.
#[derive(Debug, Clone)]
pub struct Lives {
    /// By [`AgreementId`].
    pub agreements: Vec<Life>,
    /// By [`ClauseId`].
    pub clauses: Vec<Life>,
}

/// What is left of what a part takes in, and what came of it.
struct Passage<'a> {
    /// In their order; those that have passed are left behind.
    times: &'a [Instant],
    retracted: &'a [(Arc<Event>, Origin)],
    decided: Vec<DecidedAt>,
    keeps: &'a mut dyn FnMut(&Instance) -> bool,
}

impl Passage<'_> {
    fn leave_before(&mut self, at: Instant) {
        let passed = self.times.partition_point(|time| *time < at);
        self.times = self.times.get(passed..).unwrap_or_default();
    }

    /// Tells an engine of the events up to an instant that were taken back.
    fn tell_until(&mut self, at: Instant, engine: &mut Engine) {
        while let Some(((event, by), rest)) = self.retracted.split_first()
            && event.time <= at
        {
            engine.retracted(Arc::clone(event), *by);
            self.retracted = rest;
        }
    }
}
