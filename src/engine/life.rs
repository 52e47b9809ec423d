//! The life of agreements and of single clauses: what is suspended, resumed and ended, and since when.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluate::{Context, Frame, conjunction};
use super::instance::{Outcome, Release};
use super::state::{restored, saved};
use super::truth::Truth;
use crate::log::Event;
use crate::model::{AgreementId, ClauseId, Ending, FieldRef, LifeChange, LifeRule, Model};
use crate::plan::Plan;
use crate::source::Span;
use crate::time::{Instant, Zone};

/// What has become of an agreement or a clause.
#[derive(Debug, Clone, Default)]
pub struct Life {
    /// What suspended it, while it is suspended.
    pub suspended: Option<Suspended>,
    /// The earliest end that an event has brought about, which may still be to come.
    pub end: Option<End>,
    /// What put off the end of the term last.
    pub extended: Option<Arc<Extended>>,
}

saved!(struct Life { suspended, end, extended });

/// An extension of a term.
#[derive(Debug, Clone, PartialEq)]
pub struct Extended {
    /// The first instant after the term from then on.
    pub end: Instant,
    /// The event that brought it about.
    pub by: Arc<Event>,
    /// The words that say so, in the rule file.
    pub rule: Span,
}

saved!(struct Extended { end, by, rule });

/// What suspended something.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// The event.
    pub by: Arc<Event>,
    /// The words that say so, in the rule file.
    pub rule: Span,
}

saved!(struct Suspended { by, rule });

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

saved!(struct End { at, by, ending, rule });

/// The lives of all agreements and clauses that have more to them than their term.
#[derive(Debug, Default)]
pub(super) struct Lives {
    agreements: BTreeMap<AgreementId, Followed>,
    clauses: BTreeMap<ClauseId, Followed>,
    /// The earliest end that time has not reached.
    coming: Option<Instant>,
}

restored!(Lives {
    saved: [coming],
    restored: [agreements, clauses],
});

#[derive(Debug)]
struct Followed {
    agreement: AgreementId,
    rules: Vec<LifeRule>,
    start: Option<Instant>,
    /// The end of the term, as it is extended so far.
    term_end: Option<Instant>,
    zone: Zone,
    life: Life,
}

restored!(Followed {
    saved: [term_end, life],
    fixed: [agreement, rules, start, zone],
});

/// Whether a clause is in force.
#[derive(Debug, Clone, Default)]
pub(super) enum Status {
    #[default]
    InForce,
    Suspended(Suspended),
    Ended(End),
}

saved!(enum Status { 0 = InForce, 1 = Suspended(suspended), 2 = Ended(end) });

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
        let followed = |id: AgreementId, rules: &[LifeRule]| {
            let agreement = model.agreement(id);
            Followed {
                agreement: id,
                rules: rules.to_vec(),
                start: agreement.start,
                term_end: agreement.end,
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

    /// The earliest end before an instant that time has not reached.
    #[inline]
    pub(super) fn next_end(&self, before: Instant) -> Option<Instant> {
        self.coming.filter(|end| *end < before)
    }

    /// Takes in the events of a time point. Whether that changes anything, or an end takes effect.
    pub(super) fn update(&mut self, plan: &Plan, events: &[Arc<Event>], context: &Context<'_>) -> bool {
        let is_told = events.iter().any(|event| plan.dispatch[event.kind.index()].life);
        if is_told {
            for followed in self.agreements.values_mut() {
                followed.update(events, context);
            }
            for followed in self.clauses.values_mut() {
                followed.update(events, context);
                // The term is that of the agreement.
                if let Some(agreement) = self.agreements.get(&followed.agreement) {
                    followed.term_end = agreement.term_end;
                }
            }
        }
        let changes = is_told || self.coming.is_some_and(|end| end <= context.now);
        if changes {
            let ends = self.all().filter_map(Followed::end).map(|end| end.at);
            self.coming = ends.filter(|at| context.now < *at).min();
        }
        changes
    }

    /// Whether a clause is in force, by its own life and that of its agreement.
    pub(super) fn status(&self, agreement: AgreementId, clause: ClauseId, now: Instant) -> Status {
        let lives = self.agreements.get(&agreement).into_iter();
        let lives: Vec<&Followed> = lives.chain(self.clauses.get(&clause)).collect();
        let ends = lives.iter().filter_map(|followed| followed.end());
        if let Some(end) = ends.filter(|end| end.at <= now).min_by_key(|end| end.at) {
            return Status::Ended(end.clone());
        }
        let suspended = lives.iter().find_map(|followed| followed.life.suspended.clone());
        suspended.map_or(Status::InForce, Status::Suspended)
    }

    /// Whether anything can suspend or end a clause before its term.
    pub(super) fn concern(&self, agreement: AgreementId, clause: ClauseId) -> bool {
        self.agreements.contains_key(&agreement) || self.clauses.contains_key(&clause)
    }

    /// What put off the end of an agreement's term last.
    pub(super) fn extended(&self, agreement: AgreementId) -> Option<&Arc<Extended>> {
        self.agreements.get(&agreement)?.life.extended.as_ref()
    }

    pub(super) fn agreement(&self, agreement: AgreementId) -> Life {
        self.agreements.get(&agreement).map(Followed::life).unwrap_or_default()
    }

    pub(super) fn clause(&self, clause: ClauseId) -> Life {
        self.clauses.get(&clause).map(Followed::life).unwrap_or_default()
    }
}

impl Followed {
    /// The end that an event has brought about, if it comes before that of the term; an extension can make it so.
    fn end(&self) -> Option<&End> {
        let end = self.life.end.as_ref();
        end.filter(|end| self.term_end.is_none_or(|term_end| end.at < term_end))
    }

    fn life(&self) -> Life {
        Life {
            end: self.end().cloned(),
            ..self.life.clone()
        }
    }

    fn update(&mut self, events: &[Arc<Event>], context: &Context<'_>) {
        let now = context.now;
        let over = self.term_end.is_some_and(|end| end <= now) || self.end().is_some_and(|end| end.at <= now);
        let in_term = self.start.is_none_or(|start| start <= now) && !over;
        let mut suspended: Option<Suspended> = None;
        // Each counts from the end in force before this instant; the latest decides.
        let mut extended: Option<Extended> = None;
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
                        if self.life.end.as_ref().is_none_or(|known| at < known.at) {
                            let (by, rule) = (Arc::clone(event), rule.span);
                            self.life.end = Some(End { at, by, ending, rule });
                        }
                    }
                    LifeChange::Extend(extension) if in_term => {
                        let said = |field| event.value(FieldRef::Declared(field)).map(Cow::into_owned);
                        let end = self.term_end.and_then(|end| extension.effective(end, said, &self.zone));
                        if let Some(end) = end.filter(|end| extended.as_ref().is_none_or(|known| known.end < *end)) {
                            let (by, rule) = (Arc::clone(event), rule.span);
                            extended = Some(Extended { end, by, rule });
                        }
                    }
                    LifeChange::Suspend | LifeChange::End(_) | LifeChange::Extend(_) => {}
                    LifeChange::Resume => resumed = true,
                }
            }
        }
        let ends_now = self.end().is_some_and(|end| end.at <= now);
        if let Some(extended) = extended.filter(|_| !ends_now) {
            self.term_end = Some(extended.end);
            self.life.extended = Some(Arc::new(extended));
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
