//! What the engine says of a few events, with all clauses at once.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::story::{Anchor, Claim, Done, moved};
use crate::engine::{Breach, Instance, Outcome, Subject, Verdict, judge_planned};
use crate::log::Event;
use crate::model::{ClauseId, Model};
use crate::plan::Plan;
use crate::time::Instant;

/// Judges small logs.
#[derive(Debug)]
pub(super) struct Court {
    plan: Arc<Plan>,
    /// How long after the last event everything is decided that a duty's own lengths decide.
    horizon: i128,
    /// What clauses say when nothing happens, by the instant that is judged.
    silence: RefCell<HashMap<Instant, Arc<Vec<Instance>>>>,
}

/// What was found of a small log.
#[derive(Debug)]
pub(super) struct Finding {
    /// What can be said of each of its events wherever they stand.
    pub(super) claims: Vec<Claim>,
    /// The instances that are neither kept, open nor released, each with its claim if it can have one.
    pub(super) bad: Vec<(Instance, Option<Claim>)>,
    /// Aims that are not reached.
    pub(super) open: Vec<Instance>,
    /// The last instant at which one of the claims was decided.
    pub(super) settled: Instant,
}

impl Finding {
    /// Whether nothing is amiss but what is broken of one clause, if that is allowed. Everything that is amiss must be told.
    pub(super) fn is_well_but_for(&self, broken: Option<ClauseId>) -> bool {
        self.bad.iter().all(|(instance, claim)| {
            claim.is_some() && Some(instance.clause) == broken && instance.verdict() == Verdict::Violated
        })
    }

    /// Whether a clause is broken.
    pub(super) fn breaks(&self, clause: ClauseId) -> bool {
        self.bad
            .iter()
            .any(|(instance, _)| instance.clause == clause && instance.verdict() == Verdict::Violated)
    }
}

/// Gives the events the numbers of their positions in the order of time, by which the engine's instances lead back to them.
pub(super) fn numbered(mut events: Vec<Arc<Event>>) -> Vec<Arc<Event>> {
    events.sort_by_key(|event| event.time);
    let renumber = |(position, event): (usize, Arc<Event>)| {
        let mut event = Arc::unwrap_or_clone(event);
        event.origin.line = position as u64 + 1;
        Arc::new(event)
    };
    events.into_iter().enumerate().map(renumber).collect()
}

fn position(event: &Event) -> usize {
    usize::try_from(event.origin.line).unwrap_or(0).saturating_sub(1)
}

impl Court {
    pub(super) fn new(model: Arc<Model>, horizon: i128) -> Self {
        Court {
            plan: Arc::new(Plan::new(model)),
            horizon,
            silence: RefCell::default(),
        }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn horizon(&self) -> i128 {
        self.horizon
    }

    /// The clauses that are broken or unknown if nothing happens.
    pub(super) fn unkept_in_silence(&self, as_of: Instant) -> BTreeSet<ClauseId> {
        let instances = judge_planned(&self.plan, Vec::new(), Some(as_of)).into_iter();
        let unkept = instances.filter(|instance| !matches!(instance.verdict(), Verdict::Met | Verdict::Open));
        unkept.map(|instance| instance.clause).collect()
    }

    /// Judges events with the numbers of [`numbered`], long after them.
    pub(super) fn hear(&self, events: &[Arc<Event>]) -> Finding {
        let last = events.last().map_or(Instant::MIN, |event| event.time);
        let as_of = moved(last, self.horizon);
        let silence = Arc::clone(
            self.silence
                .borrow_mut()
                .entry(as_of)
                .or_insert_with(|| Arc::new(judge_planned(&self.plan, Vec::new(), Some(as_of)))),
        );
        let mut finding = Finding {
            claims: Vec::new(),
            bad: Vec::new(),
            open: Vec::new(),
            settled: last,
        };
        for instance in judge_planned(&self.plan, events.to_vec(), Some(as_of)) {
            let verdict = instance.verdict();
            let claim = claim(&instance, events);
            let is_opened = matches!(&instance.subject, Subject::Trigger(_) | Subject::Key(_, Some(_)));
            match verdict {
                Verdict::Met | Verdict::Open | Verdict::Waived => {
                    if is_opened {
                        finding.settled = finding.settled.max(decided(&instance).unwrap_or(last));
                        finding.claims.extend(claim);
                        if verdict == Verdict::Open {
                            finding.open.push(instance);
                        }
                    } else if verdict == Verdict::Waived {
                        finding.bad.push((instance, None));
                    }
                }
                Verdict::Violated | Verdict::Unknown | Verdict::Repaired | Verdict::Excused => {
                    let told = |other: &&Instance| {
                        other.clause == instance.clause
                            && other.subject == instance.subject
                            && other.verdict() == verdict
                            && other.steps.first().map(|step| step.opened)
                                == instance.steps.first().map(|step| step.opened)
                    };
                    if !is_opened
                        && !matches!(claim.as_ref().map(|claim| claim.about), Some(Anchor::Event(_)))
                        && silence.iter().any(|other| told(&other))
                    {
                        continue;
                    }
                    finding.settled = finding.settled.max(decided(&instance).unwrap_or(last));
                    finding.claims.extend(claim.clone());
                    finding.bad.push((instance, claim));
                }
            }
        }
        finding
            .claims
            .sort_by_key(|claim| (claim.clause, position_of(claim.about), claim.verdict));
        finding
    }
}

fn position_of(anchor: Anchor) -> usize {
    match anchor {
        Anchor::Trigger(position) | Anchor::Event(position) | Anchor::From(position) => position,
    }
}

/// When an instance was decided, as far as that is not at once.
fn decided(instance: &Instance) -> Option<Instant> {
    let step = instance.steps.last()?;
    let due = step.due.map(|due| due.edge().next());
    match &step.outcome {
        Outcome::Met { by: Some(by) } | Outcome::Waived { by, .. } => Some(by.time),
        Outcome::Met { by: None } | Outcome::Broken(Breach::Missed { .. }) => due,
        Outcome::Broken(Breach::Interval { end, .. } | Breach::Spell { end, .. }) => *end,
        Outcome::Broken(Breach::Event { by, .. }) => Some(by.time),
        Outcome::Broken(Breach::Beyond { at, .. }) => Some(*at),
        Outcome::Broken(Breach::Short { .. }) => due,
        Outcome::Broken(Breach::NotBefore { .. }) => None,
        Outcome::Open { .. } | Outcome::Unknown { .. } => None,
    }
}

/// What can be said of an instance wherever the events stand; `None` if it hangs on the calendar.
fn claim(instance: &Instance, events: &[Arc<Event>]) -> Option<Claim> {
    let about = match &instance.subject {
        Subject::Trigger(trigger) => Anchor::Trigger(position(&trigger.event)),
        Subject::Key(_, Some(trigger)) => Anchor::Trigger(position(&trigger.event)),
        Subject::Term | Subject::Key(_, None) => match instance.steps.first().map(|step| &step.outcome) {
            Some(Outcome::Broken(Breach::Event { by, .. })) => Anchor::Event(position(by)),
            Some(Outcome::Broken(Breach::Interval { start, .. } | Breach::Spell { start, .. })) => {
                Anchor::From(events.iter().position(|event| event.time == *start)?)
            }
            _ => return None,
        },
        Subject::Period(_) | Subject::KeyInPeriod(..) => return None,
    };
    let verdict = instance.verdict();
    let done = match (verdict, instance.steps.first().map(|step| &step.outcome)) {
        (Verdict::Met | Verdict::Open | Verdict::Waived, _) => Done::Kept,
        (
            _,
            Some(Outcome::Broken(Breach::Missed { late: Some(_), .. } | Breach::NotBefore { nearest: Some(_), .. })),
        ) => Done::Late,
        (_, Some(Outcome::Broken(Breach::Event { .. } | Breach::Beyond { .. } | Breach::Spell { .. }))) => {
            Done::Forbidden
        }
        (_, Some(Outcome::Broken(Breach::Interval { .. }))) => Done::State,
        _ => Done::LeftOut,
    };
    Some(Claim {
        clause: instance.clause,
        about,
        verdict,
        done,
    })
}
