//! Events that were taken back: they decide nothing, and are shown where a broken duty would have had them.

use std::sync::Arc;

use super::evaluate::{Bindings, Context, Contradictions, Frame, evaluate};
use super::fluents::Fluents;
use super::history::Histories;
use super::instance::{Breach, Instance, NearMiss, Nearest, Outcome, Step};
use super::near::Positions;
use super::state::saved;
use super::truth::Truth;
use crate::log::{Event, Origin};
use crate::model::{Goal, Model, Pattern};
use crate::plan::Plan;
use crate::time::Instant;

/// The retracted events of the types that some clause wants. A retraction is held while a log is read, and so is what it takes back.
#[derive(Debug, Default)]
pub(super) struct Hindsight {
    retracted: Vec<(Arc<Event>, Origin)>,
}

saved!(struct Hindsight { retracted });

impl Hindsight {
    pub(super) fn add(&mut self, event: Arc<Event>, by: Origin) {
        self.retracted.push((event, by));
    }

    /// Says of a duty that was broken by what did not happen which retracted event would have counted; the latest of several.
    pub(super) fn tell(&self, plan: &Plan, instance: &mut Instance) {
        if self.retracted.is_empty() {
            return;
        }
        let model = plan.model();
        let clause = model.clause(instance.clause);
        let mut bindings = Bindings {
            trigger: instance.subject.trigger().cloned(),
            ..Bindings::default()
        };
        for (position, (step, duty)) in (0_u8..).zip(instance.steps.iter_mut().zip(&clause.duties)) {
            let (pattern, from) = match (&duty.goal, step.opened) {
                (Goal::Ensure { pattern, .. } | Goal::EnsureEach { pattern, .. }, opened) => (pattern, opened),
                (Goal::EnsureBefore { pattern, lead, .. }, Some(opened)) => {
                    let zone = &model.agreement(clause.agreement).zone;
                    match lead.window(opened, zone) {
                        Some(window) => (pattern, window.from),
                        None => continue,
                    }
                }
                (Goal::Avoid { .. }, _) => {
                    if let Outcome::Broken(Breach::Event { by, .. }) = &step.outcome {
                        bindings = bindings.broken_by(position, by);
                    }
                    continue;
                }
                _ => continue,
            };
            if let Some(near) = self.nearest(model, pattern, &bindings, from, step) {
                match &mut step.outcome {
                    Outcome::Broken(Breach::Missed { near: known, .. } | Breach::Short { near: known, .. }) => {
                        *known = Some(Box::new(near));
                    }
                    Outcome::Broken(Breach::NotBefore { nearest, .. }) => *nearest = Some(Nearest::Failed(near)),
                    _ => {}
                }
            }
        }
    }

    fn nearest(
        &self,
        model: &Model,
        pattern: &Pattern,
        bindings: &Bindings,
        from: Option<Instant>,
        step: &Step,
    ) -> Option<NearMiss> {
        if !matches!(step.outcome, Outcome::Broken(_)) {
            return None;
        }
        // States are not as they were: what depends on one is left in doubt.
        let (fluents, histories) = (Fluents::new(model), Histories::default());
        let counts = |event: &Event| {
            let context = Context {
                fluents: &fluents,
                histories: &histories,
                zone: None,
                now: event.time,
                contradictions: Contradictions::Unknown,
            };
            let frame = Frame {
                subject: Some(event),
                ..bindings.frame()
            };
            let mut conditions = pattern.conditions.iter();
            !conditions.any(|condition| evaluate(condition, &frame, &context) == Truth::False)
        };
        self.retracted
            .iter()
            .filter(|(event, _)| event.kind == pattern.event)
            .filter(|(event, _)| from.is_none_or(|from| event.time >= from))
            .filter(|(event, _)| step.due.is_none_or(|due| due.admits(event.time)))
            .filter(|(event, _)| counts(event))
            .max_by_key(|(event, by)| (event.time, *by))
            .map(|(event, by)| NearMiss {
                event: Arc::clone(event),
                failed: Positions::new(),
                retracted_by: Some(*by),
            })
    }
}
