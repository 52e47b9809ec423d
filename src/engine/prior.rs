//! `ensure` before the trigger: what is owed is looked for in the past, and judged when the trigger happens.

use std::cmp::Reverse;
use std::sync::Arc;

use super::evaluate::{Bindings, Context, Frame, evaluate};
use super::history::{Keep, PastEvents};
use super::instance::{Breach, NearMiss, Nearest, Outcome, Step, Subject, Trigger};
use super::matching::failed;
use super::near::{Misses, Positions};
use super::state::restored;
use super::table::{Breached, InstanceKey, Table};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{ClauseId, LeadTime, LeadWindow, Var};
use crate::plan::PatternPlan;
use crate::time::{Due, Zone};

/// The duty of one clause that must be done before its trigger.
#[derive(Debug)]
pub(super) struct Prior {
    clause: ClauseId,
    count: u32,
    lead: LeadTime,
    past: PastEvents,
    /// For each set of conjuncts that were not true of an event alone, the last event that failed by just these.
    misses: Misses,
}

restored!(Prior {
    saved: [misses],
    restored: [past],
    fixed: [clause, count, lead],
});

impl Prior {
    pub(super) fn new(clause: ClauseId, pattern: PatternPlan, count: u32, lead: LeadTime) -> Self {
        let keep = Keep::for_a_count(&pattern, lead.reach(), count);
        Prior {
            clause,
            count,
            lead,
            past: PastEvents::new(pattern, Var::Subject, keep),
            misses: Misses::default(),
        }
    }

    /// Takes in an event that a later trigger may look back to.
    pub(super) fn take_in(&mut self, event: &Arc<Event>, context: &Context<'_>) {
        self.past.let_go(event.time);
        self.past.take_in(event, context);
        let frame = Frame {
            subject: Some(event),
            ..Frame::default()
        };
        let local = self.past.pattern().local.iter();
        let failed: Positions = local
            .filter(|conjunct| evaluate(&conjunct.condition, &frame, context) != Truth::True)
            .map(|conjunct| conjunct.position)
            .collect();
        if failed.is_empty() || self.past.pattern().is_near(&failed) {
            self.misses.add(failed, event, |_| true);
        }
    }

    /// Judges the duty for a trigger. Returns its instance, which only a repair still holds after this time point.
    pub(super) fn judge(
        &self,
        trigger: &Trigger,
        bindings: &Bindings,
        zone: &Zone,
        context: &Context<'_>,
        table: &mut Table,
    ) -> InstanceKey {
        let at = trigger.event.time;
        let window = self.lead.window(at, zone);
        let frame = bindings.frame();
        let mut certain: Vec<Arc<Event>> = Vec::new();
        let mut possible = 0_u32;
        let mut lacks = Lacks::new();
        let mut doubtful = None;
        let mut too_late: Option<Arc<Event>> = None;
        self.past.for_each(&frame, context, |event, truth| {
            let in_time = window.is_some_and(|window| window.admits(event.time));
            match truth {
                Truth::Unknown(more) if in_time => {
                    possible += 1;
                    merge(&mut lacks, *more);
                    doubtful = Some(Arc::clone(event));
                }
                Truth::True if in_time => {
                    possible += 1;
                    certain.push(Arc::clone(event));
                }
                Truth::True
                    if window.is_some_and(|window| event.time > window.to)
                        && !Arc::ptr_eq(event, &trigger.event)
                        && too_late.as_ref().is_none_or(|nearest| event.time < nearest.time) =>
                {
                    too_late = Some(Arc::clone(event));
                }
                Truth::True | Truth::Unknown(_) | Truth::False => {}
            }
        });
        let wanted = usize::try_from(self.count).unwrap_or(usize::MAX);
        let completing = wanted.checked_sub(1).and_then(|last| certain.get(last));
        let outcome = if let Some(by) = completing {
            Outcome::Met {
                by: Some(Arc::clone(by)),
            }
        } else if possible >= self.count {
            Outcome::Unknown {
                lacks: lacks.clone(),
                at: doubtful,
                interval: None,
            }
        } else {
            let nearest = match too_late {
                Some(event) => Some(Nearest::TooLate(event)),
                None => self
                    .near_miss(window, &trigger.event, bindings, context)
                    .map(Nearest::Failed),
            };
            Outcome::Broken(Breach::NotBefore {
                count: u32::try_from(certain.len()).unwrap_or(u32::MAX),
                nearest,
            })
        };
        let broken = matches!(outcome, Outcome::Broken(_));
        let step = Step::new(Some(at), window.map(|window| Due::at(window.to)), outcome);
        let instance = table.start(self.clause, Subject::Trigger(trigger.clone()), step);
        if broken {
            table.breached.push(Breached {
                instance,
                clause: self.clause,
                position: 0,
                at,
                just_after: false,
                bindings: bindings.clone(),
            });
        }
        table.release(instance);
        instance
    }

    /// The event in the window that failed the fewest conjuncts; the latest of several.
    fn near_miss(
        &self,
        window: Option<LeadWindow>,
        trigger: &Arc<Event>,
        bindings: &Bindings,
        context: &Context<'_>,
    ) -> Option<NearMiss> {
        let in_window = self
            .misses
            .iter()
            .filter(|(_, event)| window.is_some_and(|window| window.admits(event.time)))
            .filter(|(_, event)| !Arc::ptr_eq(event, trigger));
        let failed = |event| {
            let frame = Frame {
                subject: Some(event),
                ..bindings.frame()
            };
            failed(self.past.pattern(), &frame, context)
        };
        in_window
            .map(|(_, event)| NearMiss {
                failed: failed(event),
                event: Arc::clone(event),
                retracted_by: None,
            })
            .filter(|miss| self.past.pattern().is_near(&miss.failed))
            .min_by_key(|miss| (miss.failed.len(), Reverse(miss.event.time)))
    }
}
