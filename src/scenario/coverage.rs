//! What scenarios try out of each clause.

use std::collections::HashMap;

use super::judge::Judged;
use super::read::Scenario;
use crate::engine::{Breach, Nearest, Outcome, Step, Subject, Verdict};
use crate::log::Event;
use crate::model::{Clause, ClauseId, Duty, EventTypeId, Extent, Goal, LeadTime, Model, Reach, Relative, Strength};
use crate::source::SourceMap;
use crate::time::{Instant, Zone};

/// How near to a deadline something must be to try its boundary.
pub const NEAR_SECONDS: u32 = 60;

/// What was tried out of many clauses.
#[derive(Debug, Default)]
pub struct Coverage {
    clauses: Vec<ClauseCoverage>,
    positions: HashMap<(String, String, String), usize>,
}

/// How often something was seen that may be possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Whether it can be, so that it should be tried.
    pub possible: bool,
    /// How often it was.
    pub count: u64,
}

/// What was tried out of one clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseCoverage {
    /// The rule file.
    pub file: String,
    /// The agreement.
    pub agreement: String,
    /// The clause.
    pub clause: String,
    /// How many instances there were.
    pub triggered: Seen,
    /// How many were met. Where the duty has no end, those that were still open stand for them.
    pub met: Seen,
    /// How many were violated.
    pub violated: Seen,
    /// How many were repaired.
    pub repaired: Seen,
    /// How many were excused.
    pub excused: Seen,
    /// How many were waived.
    pub waived: Seen,
    /// Its deadlines, in the order of its duties.
    pub deadlines: Vec<DeadlineCoverage>,
    /// Whether the duty has no end.
    endless: bool,
}

/// What was tried out of one deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineCoverage {
    /// The words of the rule file that set it.
    pub timing: String,
    /// Which duty of the clause has it: 0, or the number of the repair.
    pub place: usize,
    /// How often it was just kept.
    pub inside: u64,
    /// How often it was just missed.
    pub outside: u64,
    edge: Edge,
}

/// Which side of an edge is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// What is earlier.
    Latest,
    /// What is later.
    Earliest,
}

impl ClauseCoverage {
    /// What should be tried, and whether it was.
    pub fn points(&self) -> impl Iterator<Item = (String, bool)> {
        let seen = [
            ("triggered", self.triggered),
            ("met", self.met),
            ("violated", self.violated),
            ("repaired", self.repaired),
            ("excused", self.excused),
            ("waived", self.waived),
        ];
        let seen = seen.into_iter().filter(|(_, seen)| seen.possible);
        let seen = seen.map(|(word, seen)| (word.to_owned(), seen.count > 0));
        let deadlines = self.deadlines.iter().flat_map(|deadline| {
            let name = deadline.name();
            let inside = (format!("just in time: {name}"), deadline.inside > 0);
            [inside, (format!("just too late: {name}"), deadline.outside > 0)]
        });
        seen.chain(deadlines)
    }

    /// Whether all that should be tried was.
    pub fn is_covered(&self) -> bool {
        self.points().all(|(_, covered)| covered)
    }
}

impl DeadlineCoverage {
    /// The deadline, for people.
    pub fn name(&self) -> String {
        let timing = &self.timing;
        let edge = match self.edge {
            Edge::Latest => "",
            Edge::Earliest => ", not too early",
        };
        match self.place {
            0 => format!("{timing}{edge}"),
            place => format!("{timing}{edge} (repair {place})"),
        }
    }
}

impl Coverage {
    /// Takes in the clauses of rules, none of which has been tried so far.
    pub fn add_rules(&mut self, model: &Model, sources: &SourceMap) {
        for clause in &model.clauses {
            let key = key(model, clause, sources);
            if self.positions.contains_key(&key) {
                continue;
            }
            self.positions.insert(key.clone(), self.clauses.len());
            self.clauses.push(untried(model, clause, sources, key));
        }
    }

    /// Takes in what came of a scenario.
    pub fn add(&mut self, model: &Model, sources: &SourceMap, scenario: &Scenario, judged: &Judged) {
        for (id, actual) in (0..).map(ClauseId).zip(&judged.clauses) {
            let clause = model.clause(id);
            let Some(position) = self.positions.get(&key(model, clause, sources)) else {
                continue;
            };
            let coverage = &mut self.clauses[*position];
            let zone = &model.agreement(clause.agreement).zone;
            let trial = Trial { scenario, zone };
            for actual in actual {
                coverage.triggered.count += 1;
                match actual.verdict() {
                    Verdict::Met => coverage.met.count += 1,
                    Verdict::Violated => coverage.violated.count += 1,
                    Verdict::Repaired => coverage.repaired.count += 1,
                    Verdict::Excused => coverage.excused.count += 1,
                    Verdict::Waived => coverage.waived.count += 1,
                    Verdict::Open if coverage.endless => coverage.met.count += 1,
                    Verdict::Open | Verdict::Unknown => {}
                }
                let trigger = match &actual.instance.subject {
                    Subject::Trigger(trigger) => Some(trigger.event.time),
                    _ => None,
                };
                for deadline in &mut coverage.deadlines {
                    let place = deadline.place;
                    if let (Some(duty), Some(step)) = (clause.duties.get(place), actual.instance.steps.get(place)) {
                        let (inside, outside) = trial.sides(duty, step, deadline.edge, trigger);
                        deadline.inside += u64::from(inside);
                        deadline.outside += u64::from(outside);
                    }
                }
            }
        }
    }

    /// The clauses, in the order in which they were taken in.
    pub fn clauses(&self) -> &[ClauseCoverage] {
        &self.clauses
    }

    /// How much of what should be tried was, and how much there is.
    pub fn points(&self) -> (usize, usize) {
        let points = self.clauses.iter().flat_map(ClauseCoverage::points);
        points.fold((0, 0), |(covered, all), (_, is_covered)| {
            (covered + usize::from(is_covered), all + 1)
        })
    }
}

fn key(model: &Model, clause: &Clause, sources: &SourceMap) -> (String, String, String) {
    let agreement = model.agreement(clause.agreement);
    let file = sources.get(agreement.span.source);
    let file = file.map_or_else(String::new, |source| source.name().to_owned());
    (file, agreement.name.clone(), clause.name.clone())
}

fn untried(
    model: &Model,
    clause: &Clause,
    sources: &SourceMap,
    (file, agreement, name): (String, String, String),
) -> ClauseCoverage {
    let possible = |possible: bool| Seen { possible, count: 0 };
    let strength = clause.duties.first().map_or(Strength::Binding, |duty| duty.strength);
    let can_break = !matches!(strength, Strength::Aim | Strength::Permission);
    let excused = clause
        .duties
        .first()
        .is_some_and(|duty| matches!(&duty.goal, Goal::Ensure { excuse: Some(_), .. }));
    let deadlines = clause.duties.iter().enumerate().flat_map(|(place, duty)| {
        let timing = duty.timing_span.map_or("the term", |span| sources.snippet(span));
        let timing = timing.split_whitespace().collect::<Vec<_>>().join(" ");
        edges(duty).iter().map(move |edge| DeadlineCoverage {
            timing: timing.clone(),
            place,
            inside: 0,
            outside: 0,
            edge: *edge,
        })
    });
    ClauseCoverage {
        file,
        agreement,
        clause: name,
        triggered: possible(true),
        met: possible(true),
        violated: possible(can_break),
        repaired: possible(clause.duties.len() > 1),
        excused: possible(excused),
        waived: possible(!clause.waivers.is_empty()),
        deadlines: deadlines.collect(),
        endless: clause
            .duties
            .first()
            .is_some_and(|duty| is_endless(&duty.goal, model.agreement(clause.agreement).end)),
    }
}

/// Whether time never makes a duty met.
fn is_endless(goal: &Goal, term: Option<Instant>) -> bool {
    let extent = match goal {
        Goal::Avoid { extent, .. } | Goal::Maintain { extent, .. } => extent,
        Goal::Bound(bound) => match &bound.reach {
            Reach::Over(extent) => extent,
            Reach::Any(window) => return window.standing.end().is_none(),
            Reach::Each(_) => return false,
        },
        Goal::Ensure { .. } | Goal::EnsureBefore { .. } | Goal::EnsureEach { .. } => return false,
        Goal::AvoidEach { .. } | Goal::Permit { .. } => return false,
    };
    match extent {
        Extent::Standing(standing) => standing.end().is_none() && term.is_none(),
        Extent::Relative(Relative::Never) => true,
        Extent::Relative(Relative::Until(_)) => false,
    }
}

/// The edges of the time in which a duty is to be done, or not to be broken.
fn edges(duty: &Duty) -> &'static [Edge] {
    let has_end = |extent: &Extent| match extent {
        Extent::Standing(standing) => standing.end().is_some(),
        Extent::Relative(Relative::Until(_)) => true,
        Extent::Relative(Relative::Never) => false,
    };
    match &duty.goal {
        Goal::Ensure { extent, .. } if has_end(extent) => &[Edge::Latest],
        Goal::EnsureEach { .. } => &[Edge::Latest],
        Goal::EnsureBefore { lead, .. } => match lead {
            LeadTime::AtLeast(_) => &[Edge::Latest],
            LeadTime::Within(_) => &[Edge::Earliest],
            LeadTime::Between(..) => &[Edge::Earliest, Edge::Latest],
        },
        Goal::Avoid {
            extent: Extent::Relative(Relative::Until(_)),
            ..
        } => &[Edge::Latest],
        _ => &[],
    }
}

struct Trial<'s> {
    scenario: &'s Scenario,
    zone: &'s Zone,
}

/// The two sides of a deadline.
#[derive(Clone, Copy)]
struct Boundary {
    at: Instant,
    /// Whether the edge itself is on the earlier side.
    earlier_has_edge: bool,
}

impl Boundary {
    /// Whether an instant is on the earlier side, not further than what is near.
    fn just_before(self, instant: Instant) -> bool {
        let ahead = self.at.nanoseconds_since(instant);
        (0..=near()).contains(&ahead) && (ahead > 0 || self.earlier_has_edge)
    }

    fn just_after(self, instant: Instant) -> bool {
        let past = instant.nanoseconds_since(self.at);
        (0..=near()).contains(&past) && (past > 0 || !self.earlier_has_edge)
    }
}

fn near() -> i128 {
    i128::from(NEAR_SECONDS) * 1_000_000_000
}

impl Trial<'_> {
    /// Whether an instance tries a deadline from within, and from without.
    fn sides(&self, duty: &Duty, step: &Step, edge: Edge, trigger: Option<Instant>) -> (bool, bool) {
        match &duty.goal {
            Goal::Ensure { pattern, .. } | Goal::EnsureEach { pattern, .. } => {
                let Some(due) = step.due else { return (false, false) };
                let boundary = Boundary {
                    at: due.edge(),
                    earlier_has_edge: due.is_inclusive(),
                };
                self.kept_until(boundary, step, pattern.event)
            }
            Goal::EnsureBefore { pattern, lead, .. } => {
                let window = trigger.and_then(|trigger| lead.window(trigger, self.zone));
                let Some(window) = window else { return (false, false) };
                match (edge, window.from) {
                    (Edge::Latest, _) => {
                        let boundary = Boundary {
                            at: window.to,
                            earlier_has_edge: true,
                        };
                        let late = match &step.outcome {
                            Outcome::Broken(Breach::NotBefore {
                                nearest: Some(Nearest::TooLate(event)),
                                ..
                            }) => boundary.just_after(event.time),
                            _ => false,
                        };
                        (met_by(step).is_some_and(|by| boundary.just_before(by.time)), late)
                    }
                    (Edge::Earliest, Some(from)) => {
                        let boundary = Boundary {
                            at: from,
                            earlier_has_edge: false,
                        };
                        let early = is_broken(step) && self.any(pattern.event, |at| boundary.just_before(at));
                        (met_by(step).is_some_and(|by| boundary.just_after(by.time)), early)
                    }
                    (Edge::Earliest, None) => (false, false),
                }
            }
            Goal::Avoid { pattern, .. } => {
                let Some(due) = step.due else { return (false, false) };
                let boundary = Boundary {
                    at: due.edge(),
                    earlier_has_edge: due.is_inclusive(),
                };
                let broken = match &step.outcome {
                    Outcome::Broken(Breach::Event { by, .. }) => boundary.just_before(by.time),
                    _ => false,
                };
                let met = matches!(step.outcome, Outcome::Met { .. });
                (broken, met && self.any(pattern.event, |at| boundary.just_after(at)))
            }
            _ => (false, false),
        }
    }

    fn kept_until(&self, boundary: Boundary, step: &Step, kind: EventTypeId) -> (bool, bool) {
        let as_of = self.scenario.as_of;
        match &step.outcome {
            Outcome::Met { by: Some(by) } => (boundary.just_before(by.time), false),
            Outcome::Open { .. } => (boundary.just_before(as_of), false),
            Outcome::Broken(Breach::Missed { late: Some(late), .. }) => {
                (false, boundary.just_after(late.by.time) || boundary.just_after(as_of))
            }
            Outcome::Broken(Breach::Short { .. }) => {
                let next = self.any(kind, |at| boundary.just_after(at));
                (false, next || boundary.just_after(as_of))
            }
            Outcome::Broken(_) => (false, boundary.just_after(as_of)),
            _ => (false, false),
        }
    }

    fn any(&self, kind: EventTypeId, is_near: impl Fn(Instant) -> bool) -> bool {
        let events = self.scenario.events.iter();
        events
            .filter(|event| event.kind == kind)
            .any(|event| is_near(event.time))
    }
}

fn met_by(step: &Step) -> Option<&Event> {
    match &step.outcome {
        Outcome::Met { by } => by.as_deref(),
        _ => None,
    }
}

fn is_broken(step: &Step) -> bool {
    matches!(step.outcome, Outcome::Broken(_))
}
