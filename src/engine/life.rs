//! The life of agreements and of single clauses: what is suspended, resumed and ended, and since when.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluate::{Context, Frame, conjunction};
use super::instance::{Outcome, Release};
use super::truth::Truth;
use crate::log::Event;
use crate::model::{AgreementId, ClauseId, Ending, LifeChange, LifeRule, Model};
use crate::source::Span;
use crate::time::{Instant, Zone};

/// What has become of an agreement or a clause.
#[derive(Debug, Clone, Default)]
pub struct Life {
    /// What suspended it, while it is suspended.
    pub suspended: Option<Suspended>,
    /// The earliest end that an event has brought about, which may still be to come.
    pub end: Option<End>,
}

/// What suspended something.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// The event.
    pub by: Arc<Event>,
    /// The words that say so, in the rule file.
    pub rule: Span,
}

/// An end before the term.
#[derive(Debug, Clone)]
pub struct End {
    /// When it takes effect.
    pub at: Instant,
    /// The event that brought it about.
    pub by: Arc<Event>,
    /// How.
    pub ending: Ending,
    /// The words that say so, in the rule file.
    pub rule: Span,
}

/// The lives of all agreements and clauses that have more to them than their term.
#[derive(Debug, Default)]
pub(super) struct Lives {
    agreements: BTreeMap<AgreementId, Followed>,
    clauses: BTreeMap<ClauseId, Followed>,
}

#[derive(Debug)]
struct Followed {
    rules: Vec<LifeRule>,
    term: (Option<Instant>, Option<Instant>),
    zone: Zone,
    life: Life,
}

/// Whether a clause is in force.
#[derive(Debug, Clone, Default)]
pub(super) enum Status {
    #[default]
    InForce,
    Suspended(Suspended),
    Ended(End),
}

/// [`Status`], without the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    InForce,
    Suspended,
    Ended,
}

/// Whether a clause is in force where time passes to an instant: it turns at that instant if at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    pub(super) now: Instant,
    pub(super) before: Pace,
    pub(super) at: Pace,
}

impl Gate {
    /// At an instant since the last time point.
    pub(super) fn at(&self, instant: Instant) -> Pace {
        if instant < self.now { self.before } else { self.at }
    }
}

impl Lives {
    pub(super) fn new(model: &Model) -> Self {
        let followed = |agreement: AgreementId, rules: &[LifeRule]| {
            let agreement = model.agreement(agreement);
            Followed {
                rules: rules.to_vec(),
                term: (agreement.start, agreement.end),
                zone: agreement.zone.clone(),
                life: Life::default(),
            }
        };
        let mut lives = Lives::default();
        for (id, agreement) in (0..).map(AgreementId).zip(&model.agreements) {
            if !agreement.life.is_empty() {
                lives.agreements.insert(id, followed(id, &agreement.life));
            }
        }
        for (id, clause) in (0..).map(ClauseId).zip(&model.clauses) {
            if !clause.life.is_empty() {
                lives.clauses.insert(id, followed(clause.agreement, &clause.life));
            }
        }
        lives
    }

    fn all(&self) -> impl Iterator<Item = &Followed> {
        self.agreements.values().chain(self.clauses.values())
    }

    /// The earliest end between two instants, neither of them included.
    pub(super) fn next_end(&self, after: Option<Instant>, before: Instant) -> Option<Instant> {
        let ends = self.all().filter_map(|followed| followed.life.end.as_ref());
        let ends = ends.map(|end| end.at);
        ends.filter(|at| after.is_none_or(|after| after < *at) && *at < before)
            .min()
    }

    /// Takes in the events of a time point.
    pub(super) fn update(&mut self, events: &[Arc<Event>], context: &Context<'_>) {
        for followed in self.agreements.values_mut().chain(self.clauses.values_mut()) {
            followed.update(events, context);
        }
    }

    /// Whether a clause is in force, by its own life and that of its agreement.
    pub(super) fn status(&self, agreement: AgreementId, clause: ClauseId, now: Instant) -> Status {
        let lives = self.agreements.get(&agreement).into_iter();
        let lives: Vec<&Life> = lives
            .chain(self.clauses.get(&clause))
            .map(|followed| &followed.life)
            .collect();
        let ends = lives.iter().filter_map(|life| life.end.as_ref());
        if let Some(end) = ends.filter(|end| end.at <= now).min_by_key(|end| end.at) {
            return Status::Ended(end.clone());
        }
        let suspended = lives.iter().find_map(|life| life.suspended.clone());
        suspended.map_or(Status::InForce, Status::Suspended)
    }

    /// Whether anything can suspend or end a clause before its term.
    pub(super) fn concern(&self, agreement: AgreementId, clause: ClauseId) -> bool {
        self.agreements.contains_key(&agreement) || self.clauses.contains_key(&clause)
    }

    pub(super) fn agreement(&self, agreement: AgreementId) -> Life {
        let followed = self.agreements.get(&agreement);
        followed.map(|followed| followed.life.clone()).unwrap_or_default()
    }

    pub(super) fn clause(&self, clause: ClauseId) -> Life {
        let followed = self.clauses.get(&clause);
        followed.map(|followed| followed.life.clone()).unwrap_or_default()
    }
}

impl Followed {
    fn update(&mut self, events: &[Arc<Event>], context: &Context<'_>) {
        let now = context.now;
        let (start, end) = self.term;
        let over = end.is_some_and(|end| end <= now) || self.life.end.as_ref().is_some_and(|end| end.at <= now);
        let in_term = start.is_none_or(|start| start <= now) && !over;
        let mut suspended: Option<Suspended> = None;
        let mut resumed = false;
        for event in events {
            for rule in self.rules.iter().filter(|rule| rule.pattern.event == event.kind) {
                let frame = Frame {
                    subject: Some(event),
                    ..Frame::default()
                };
                if conjunction(&rule.pattern.conditions, &frame, context) != Truth::True {
                    continue;
                }
                match rule.change {
                    LifeChange::Suspend if in_term => {
                        let by = Arc::clone(event);
                        suspended.get_or_insert(Suspended { by, rule: rule.span });
                    }
                    LifeChange::End(ending) if in_term => {
                        let at = ending.effective(now, &self.zone);
                        let in_time = end.is_none_or(|end| at < end);
                        let earlier = self.life.end.as_ref().is_none_or(|known| at < known.at);
                        if in_time && earlier {
                            let (by, rule) = (Arc::clone(event), rule.span);
                            self.life.end = Some(End { at, by, ending, rule });
                        }
                    }
                    LifeChange::Suspend | LifeChange::End(_) => {}
                    LifeChange::Resume => resumed = true,
                }
            }
        }
        match suspended {
            // What suspends prevails over what resumes at the same instant.
            Some(suspended) => {
                self.life.suspended.get_or_insert(suspended);
            }
            None if resumed => self.life.suspended = None,
            None => {}
        }
    }
}

impl Status {
    pub(super) fn pace(&self) -> Pace {
        match self {
            Status::InForce => Pace::InForce,
            Status::Suspended(_) => Pace::Suspended,
            Status::Ended(_) => Pace::Ended,
        }
    }

    /// What becomes of a duty that is released by this; `None` if it is not.
    pub(super) fn waives(&self) -> Option<Outcome> {
        let (by, release) = match self {
            Status::InForce => return None,
            Status::Suspended(suspended) => (&suspended.by, Release::Suspension { rule: suspended.rule }),
            Status::Ended(end) => {
                let End { at, ending, rule, .. } = *end;
                (&end.by, Release::End { at, ending, rule })
            }
        };
        let by = Arc::clone(by);
        Some(Outcome::Waived { by, release })
    }
}
