//! What is asked for in windows of time that the rules name: so many events in each period, so large a sum until a day.

use std::sync::Arc;

use super::compose::Composer;
use super::court::{Court, numbered};
use super::dice::Dice;
use super::story::{Claim, DAY, SECOND, Story, Teller, moved};
use crate::engine::{Instance, Subject, Verdict, judge_planned};
use crate::model::{
    Bound, Clause, ClauseId, Extent, Goal, Limit, Measure, Model, PerKind, Periods, Reach, Standing, Strength,
};
use crate::syntax::ast::{Count, Direction};
use crate::time::{Due, Instant, Zone};
use crate::value::Value;
use crate::witness::{Role, StandsFor, roles};

/// A window of time, from its first instant to the first one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: Instant,
    pub(super) to: Instant,
    /// Whether what it is about has no beginning.
    pub(super) is_open: bool,
}

/// What a clause asks for in windows.
#[derive(Debug)]
pub(super) struct WindowPlan {
    pub(super) clause: ClauseId,
    pub(super) member: Option<Value>,
    pub(super) stretches: Vec<Stretch>,
    pub(super) asks: Asks,
    /// Whether instances are claimed: not where the windows are only steps on the way of a sliding one.
    pub(super) is_told: bool,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum Asks {
    /// So many tellings of the story in each window, or more unless it is to be exact.
    Floor {
        story: Story,
        count: u32,
        is_exact: bool,
        /// Whether it is met at once and not when the window is over.
        is_met_at_once: bool,
    },
    /// Nothing; so many tellings are too many.
    Ceiling { story: Story, count: u32 },
}

/// Why windows cannot be provided for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unprovided;

/// The plans for a clause that events do not open; none if it asks for nothing in windows.
pub(super) fn plans(
    model: &Model,
    court: &Court,
    composer: &Composer<'_>,
    id: ClauseId,
    span: (Instant, Instant),
) -> Result<Vec<WindowPlan>, Unprovided> {
    let clause = model.clause(id);
    let zone = &model.agreement(clause.agreement).zone;
    let Some(duty) = clause.duties.first() else {
        return Ok(Vec::new());
    };
    if duty.strength == Strength::Aim {
        return Ok(Vec::new());
    }
    let planner = Planner {
        model,
        court,
        composer,
        id,
        clause,
    };
    match &duty.goal {
        Goal::Ensure {
            count,
            extent: Extent::Standing(standing),
            ..
        } => planner.floor(None, standing_stretch(standing, span), *count, false, true),
        Goal::EnsureEach { count, periods, .. } => {
            let (count, is_exact) = match count {
                Count::AtLeast(count) => (*count, false),
                Count::Exactly(count) => (*count, true),
            };
            planner.floor(None, whole_periods(periods, zone, span), count, is_exact, true)
        }
        Goal::Avoid {
            more_than: Some(most),
            extent: Extent::Standing(standing),
            guards,
            ..
        } if guards.is_empty() => Ok(planner.ceiling(None, standing_stretch(standing, span), *most)),
        Goal::AvoidEach {
            more_than,
            periods,
            guards,
            ..
        } if guards.is_empty() => Ok(planner.ceiling(None, whole_periods(periods, zone, span), *more_than)),
        Goal::Bound(bound) => planner.bound(bound, zone, span),
        Goal::Ensure { .. }
        | Goal::EnsureBefore { .. }
        | Goal::Avoid { .. }
        | Goal::AvoidEach { .. }
        | Goal::Permit { .. }
        | Goal::Maintain { .. } => Ok(Vec::new()),
    }
}

fn standing_stretch(standing: &Standing, span: (Instant, Instant)) -> Vec<Stretch> {
    let from = standing.start.unwrap_or(span.0);
    let to = standing.end().map_or(span.1, Due::edge);
    let is_open = standing.start.is_none();
    if from < to {
        vec![Stretch { from, to, is_open }]
    } else {
        Vec::new()
    }
}

/// The periods that no window cuts short, as far as they can touch the span.
fn whole_periods(periods: &Periods, zone: &Zone, span: (Instant, Instant)) -> Vec<Stretch> {
    let first = periods.cadence.period_at(zone, periods.anchor, periods.start());
    let indices = first.map_or(0, |period| period.index)..;
    indices
        .map_while(|index| periods.cadence.period(zone, periods.anchor, index))
        .take_while(|period| period.start < span.1 && periods.end().is_none_or(|end| period.start < end))
        .filter(|period| period.start >= periods.start() && periods.end().is_none_or(|end| period.end <= end))
        .map(|period| Stretch {
            from: period.start,
            to: period.end,
            is_open: false,
        })
        .collect()
}

struct Planner<'p> {
    model: &'p Model,
    court: &'p Court,
    composer: &'p Composer<'p>,
    id: ClauseId,
    clause: &'p Clause,
}

impl Planner<'_> {
    fn bound(&self, bound: &Bound, zone: &Zone, span: (Instant, Instant)) -> Result<Vec<WindowPlan>, Unprovided> {
        let members: Vec<Option<Value>> = match bound.per.as_ref().map(|per| &per.kind) {
            None => vec![None],
            Some(PerKind::Members(_, members)) => members.iter().cloned().map(Some).collect(),
            // There is no instance as long as nothing is seen.
            Some(PerKind::Values(_)) => return Ok(Vec::new()),
        };
        let (stretches, is_told) = match &bound.reach {
            Reach::Each(periods) => (whole_periods(periods, zone, span), true),
            Reach::Over(Extent::Standing(standing)) => (standing_stretch(standing, span), true),
            Reach::Over(Extent::Relative(_)) => return Ok(Vec::new()),
            Reach::Any(window) if bound.direction == Direction::Floor => {
                let standing = standing_stretch(&window.standing, span);
                let step = window.length.longest() / 3;
                (steps(standing.first().copied(), step, span), false)
            }
            Reach::Any(_) => return Ok(Vec::new()),
        };
        let Limit::Fixed(limit) = bound.limit else {
            // Without any event, a ceiling is kept.
            return if bound.direction == Direction::Floor {
                Err(Unprovided)
            } else {
                Ok(Vec::new())
            };
        };
        let whole = limit.numerator().div_euclid(i128::from(limit.denominator()));
        let is_whole = limit.numerator().rem_euclid(i128::from(limit.denominator())) == 0;
        let count = match &bound.figure.measure {
            Measure::Count | Measure::Distinct(_) => {
                u32::try_from(whole + i128::from(!is_whole)).map_err(|_| Unprovided)?
            }
            Measure::Total(_) | Measure::Average(_) | Measure::Lowest(_) | Measure::Highest(_) | Measure::Share(_) => 1,
        };
        let mut plans = Vec::new();
        for member in members {
            plans.extend(match (bound.direction, &bound.figure.measure) {
                (Direction::Floor, _) => self.floor(member, stretches.clone(), count, false, is_told)?,
                (Direction::Ceiling, Measure::Count) => self.ceiling(member, stretches.clone(), count),
                (Direction::Ceiling, Measure::Total(_)) => self.ceiling(member, stretches.clone(), 0),
                (Direction::Ceiling, _) => Vec::new(),
            });
        }
        Ok(plans)
    }

    /// The kinds of events that count, the one that just reaches the limit first.
    fn roles(&self) -> Vec<Role> {
        let all = roles(self.model, self.clause).into_iter();
        all.filter(|role| role.stands_for == StandsFor::Duty(0)).collect()
    }

    fn floor(
        &self,
        member: Option<Value>,
        stretches: Vec<Stretch>,
        count: u32,
        is_exact: bool,
        is_told: bool,
    ) -> Result<Vec<WindowPlan>, Unprovided> {
        if stretches.is_empty() || count == 0 {
            return Ok(Vec::new());
        }
        let stories = self
            .roles()
            .into_iter()
            .filter_map(|role| self.composer.of_role(self.id, &role, member.as_ref()));
        for story in stories {
            let Some(at_once) = self.meets(&story, member.as_ref(), count, &stretches, is_told) else {
                continue;
            };
            return Ok(vec![WindowPlan {
                clause: self.id,
                member,
                stretches,
                asks: Asks::Floor {
                    story,
                    count,
                    is_exact,
                    is_met_at_once: at_once,
                },
                is_told,
            }]);
        }
        Err(Unprovided)
    }

    fn ceiling(&self, member: Option<Value>, stretches: Vec<Stretch>, most: u32) -> Vec<WindowPlan> {
        // The second role of a measured figure is beyond the limit.
        let roles = self.roles();
        let role = if most == 0 {
            roles.get(1).or(roles.first())
        } else {
            roles.first()
        };
        let story = role.and_then(|role| self.composer.of_role(self.id, role, member.as_ref()));
        let story = story.filter(|_| !stretches.is_empty());
        story.map_or_else(Vec::new, |story| {
            vec![WindowPlan {
                clause: self.id,
                member,
                stretches,
                asks: Asks::Ceiling {
                    story,
                    count: most.saturating_add(1),
                },
                is_told: true,
            }]
        })
    }

    /// Whether so many tellings keep the clause, and whether at once; `None` if they do not.
    fn meets(
        &self,
        story: &Story,
        member: Option<&Value>,
        count: u32,
        stretches: &[Stretch],
        is_told: bool,
    ) -> Option<bool> {
        let stretch = stretches.first()?;
        if !is_told {
            return Some(true);
        }
        let mut dice = Dice::new(0, 0);
        let mut teller = Teller {
            prefix: "",
            serial: 0,
            dice: &mut dice,
        };
        let room = stretch.to.nanoseconds_since(stretch.from) - story.length();
        let mut events = Vec::new();
        for number in 0..count {
            let at = moved(
                stretch.from,
                (room / i128::from(count + 1) * i128::from(number + 1)) / SECOND * SECOND,
            );
            events.extend(story.told(at, story.tempo.1, &mut teller).into_iter().map(Arc::new));
        }
        let events = numbered(events);
        let last = events.last()?.time;
        // What is asked for here may be what another clause forbids at this time.
        let heard = self.court.hear(&events);
        let is_forbidden =
            |(instance, claim): &(Instance, Option<Claim>)| claim.is_some() && instance.clause != self.id;
        if heard.bad.iter().any(is_forbidden) {
            return None;
        }
        let verdict = |as_of: Instant| {
            let plan = Arc::new(self.court.plan().clone());
            judge_planned(&plan, events.clone(), Some(as_of))
                .iter()
                .find(|instance| {
                    let key = match &instance.subject {
                        Subject::Key(key, None) | Subject::KeyInPeriod(key, _) => Some(key),
                        _ => None,
                    };
                    let opened = instance.steps.first().and_then(|step| step.opened);
                    instance.clause == self.id && key == member && opened.is_none_or(|opened| opened == stretch.from)
                })
                .map(Instance::verdict)
        };
        (verdict(stretch.to) == Some(Verdict::Met)).then(|| verdict(last) == Some(Verdict::Met))
    }
}

fn steps(standing: Option<Stretch>, step: i128, span: (Instant, Instant)) -> Vec<Stretch> {
    let Some(standing) = standing.filter(|_| step > SECOND) else {
        return Vec::new();
    };
    let (from, to) = (standing.from.max(span.0), standing.to.min(span.1));
    let count = to.nanoseconds_since(from) / step;
    let at = |number: i128| moved(from, number * step);
    (0..count.min(i128::from(u32::MAX)))
        .map(|number| Stretch {
            from: at(number),
            to: at(number + 1),
            is_open: false,
        })
        .collect()
}

/// How long a window is at most that a ceiling is about.
pub(super) fn longest(stretches: &[Stretch]) -> i128 {
    let lengths = stretches
        .iter()
        .map(|stretch| stretch.to.nanoseconds_since(stretch.from));
    lengths.max().unwrap_or(DAY)
}
