//! Logs tried in the order of their size.

use std::sync::Arc;

use super::moments::moments;
use super::parts::{Role, StandsFor, roles};
use super::solve::{Names, Solver};
use super::{Shown, Wanted, Witness};
use crate::engine::{Instance, judge_planned};
use crate::log::Event;
use crate::model::{ClauseId, Goal, Model, PerKind, Var};
use crate::plan::Plan;
use crate::time::Instant;
use crate::value::Value;

/// How many groups of events, each of one role, a log is put together from at most.
const MOST_GROUPS: usize = 4;
/// How many logs are judged at most.
const MOST_JUDGED: u32 = 40_000;
/// Events of one role that are asked for together come so many nanoseconds apart.
const STEP: i128 = 60_000_000_000;
/// What is asked for in larger numbers is not put together.
const MOST_OF_A_ROLE: u32 = 400;

/// Finds smallest logs for one clause.
#[derive(Debug)]
pub struct Finder<'m> {
    clause: ClauseId,
    solver: Solver<'m>,
    plan: Arc<Plan>,
    roles: Vec<Role>,
    moments: Vec<Instant>,
    /// Instants to judge as of, in the order of time.
    judgements: Vec<Instant>,
    key: Option<Value>,
    left: u32,
    so_far: Option<Witness>,
}

/// Events of one role that are part of a log.
#[derive(Debug, Clone, Copy)]
struct Group {
    role: usize,
    count: u32,
}

impl<'m> Finder<'m> {
    /// For a clause.
    pub fn new(model: &'m Model, id: ClauseId) -> Self {
        let clause = model.clause(id);
        let roles = roles(model, clause);
        let moments = moments(model, clause);
        let mut judgements = moments.clone();
        judgements.sort_unstable();
        let key = clause.duties.first().and_then(|duty| match &duty.goal {
            Goal::Bound(bound) => match &bound.per.as_ref()?.kind {
                PerKind::Members(_, members) => members.first().cloned(),
                PerKind::Values(_) => None,
            },
            _ => None,
        });
        let alone = Model {
            clauses: vec![clause.clone()],
            ..model.clone()
        };
        Finder {
            clause: id,
            solver: Solver::new(model, clause.agreement),
            plan: Arc::new(Plan::new(alone)),
            roles,
            moments,
            judgements,
            key,
            left: 0,
            so_far: None,
        }
    }

    /// The smallest log that shows what is wanted.
    pub fn find(&mut self, wanted: Wanted) -> Option<Witness> {
        self.left = MOST_JUDGED;
        self.so_far = None;
        let found = self.smallest(wanted);
        if found.is_some() {
            return found;
        }
        // What depends on the day of the week may be so on another day.
        for _ in 1..7 {
            self.a_day_later();
            self.left = MOST_JUDGED / 8;
            let found = self.smallest(wanted);
            if found.is_some() {
                return found;
            }
        }
        self.so_far.take()
    }

    fn a_day_later(&mut self) {
        const DAY: i128 = 86_400_000_000_000;
        for instant in self.moments.iter_mut().chain(&mut self.judgements) {
            if let Some(later) = Instant::from_unix_nanoseconds(instant.unix_nanoseconds() + DAY) {
                *instant = later;
            }
        }
    }

    fn smallest(&mut self, wanted: Wanted) -> Option<Witness> {
        for size in 0..=MOST_GROUPS {
            let mut found = None;
            self.groups(&mut Vec::new(), size, &mut |finder, groups| {
                found = finder.placed(groups, &mut Vec::new(), wanted);
                found.is_some()
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Shows every choice of so many groups, until one is taken.
    fn groups(
        &mut self,
        chosen: &mut Vec<Group>,
        wanting: usize,
        take: &mut impl FnMut(&mut Self, &[Group]) -> bool,
    ) -> bool {
        if wanting == 0 {
            return take(self, chosen);
        }
        let from = chosen.last().map_or(0, |group| group.role);
        for role in from..self.roles.len() {
            for count in self.roles[role].quota.counts() {
                if count > MOST_OF_A_ROLE {
                    continue;
                }
                chosen.push(Group { role, count });
                let taken = self.groups(chosen, wanting - 1, take);
                chosen.pop();
                if taken {
                    return true;
                }
            }
        }
        false
    }

    /// Places the groups that are left at instants, and judges what comes of it.
    fn placed(&mut self, groups: &[Group], events: &mut Vec<(usize, Arc<Event>)>, wanted: Wanted) -> Option<Witness> {
        let Some((group, rest)) = groups.split_first() else {
            return self.judged(events, wanted);
        };
        let opens = matches!(
            self.roles[group.role].stands_for,
            StandsFor::Trigger | StandsFor::Earlier
        );
        let sequence = self.roles.iter().any(|role| role.stands_for == StandsFor::Earlier);
        // A duty is opened at one quiet instant, which all others are counted from; a second one may come at any.
        let first = opens
            && !(sequence && self.roles[group.role].stands_for == StandsFor::Trigger)
            && !events.iter().any(|(role, _)| *role == group.role);
        // An answer some time after what it answers is a better example than one at the same instant.
        let instants: Vec<Instant> = match self.moments.split_first() {
            Some((quiet, _)) if first => vec![*quiet],
            Some((quiet, others)) => others.iter().chain([quiet]).copied().collect(),
            None => Vec::new(),
        };
        for at in instants {
            if self.left == 0 {
                return None;
            }
            let before = events.len();
            if self.add(*group, at, events) {
                let found = self.placed(rest, events, wanted);
                if found.is_some() {
                    return found;
                }
            }
            events.truncate(before);
        }
        None
    }

    fn add(&self, group: Group, at: Instant, events: &mut Vec<(usize, Arc<Event>)>) -> bool {
        let role = &self.roles[group.role];
        for number in 0..group.count {
            let Some(at) = Instant::from_unix_nanoseconds(at.unix_nanoseconds() + i128::from(number) * STEP) else {
                return false;
            };
            let last = |stands_for: fn(StandsFor) -> Option<u8>| {
                let mut known = events.iter().rev();
                known.find_map(|(role, event)| Some((stands_for(self.roles[*role].stands_for)?, event)))
            };
            let trigger = last(|stands_for| (stands_for == StandsFor::Trigger).then_some(0));
            let earlier = last(|stands_for| (stands_for == StandsFor::Earlier).then_some(0));
            let breach = last(|stands_for| match stands_for {
                StandsFor::Duty(place) => Some(place),
                StandsFor::Trigger | StandsFor::Earlier | StandsFor::Nothing => None,
            });
            let names = Names {
                trigger: trigger.map(|(_, event)| event),
                earlier: earlier.map(|(_, event)| event),
                breach,
                key: self.key.as_ref(),
                // A guard of an `avoid` looks back from the event that may break it.
                subject: breach.filter(|_| role.own == Var::Past).map(|(_, event)| &**event),
                ..Names::default()
            };
            let alike = events.iter().filter(|(_, event)| event.kind == role.event).count();
            let serial = u32::try_from(alike).unwrap_or(u32::MAX);
            let Some(event) = self.solver.event(role, at, names, serial) else {
                return false;
            };
            events.push((group.role, Arc::new(event)));
        }
        true
    }

    fn judged(&mut self, events: &[(usize, Arc<Event>)], wanted: Wanted) -> Option<Witness> {
        let mut events: Vec<Arc<Event>> = events.iter().map(|(_, event)| Arc::clone(event)).collect();
        events.sort_by_key(|event| event.time);
        let last = events.last().map(|event| event.time);
        let later = self
            .judgements
            .iter()
            .copied()
            .filter(|at| last.is_none_or(|last| *at > last));
        let as_ofs: Vec<Instant> = last.into_iter().chain(later).collect();
        for as_of in as_ofs {
            self.left = self.left.checked_sub(1)?;
            let instances = judge_planned(&self.plan, events.clone(), Some(as_of));
            let shown = wanted.shown_by(&instances, ClauseId(0));
            if shown == Shown::Not || (shown == Shown::SoFar && self.so_far.is_some()) {
                continue;
            }
            let of_the_model = |instance: Instance| Instance {
                clause: self.clause,
                ..instance
            };
            let witness = Witness {
                events: events.clone(),
                as_of,
                instances: instances.into_iter().map(of_the_model).collect(),
            };
            if shown == Shown::Decided {
                return Some(witness);
            }
            self.so_far = Some(witness);
        }
        None
    }
}
