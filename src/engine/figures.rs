//! Bounds on figures: what an event brings to them, and how they stand.

use std::sync::Arc;

use smallvec::SmallVec;

use super::evaluate::{Bindings, Context, Frame, evaluate};
use super::gauge::{End, Gauge, Outlook, Part, TooLarge, Worth};
use super::instance::{Lack, Line, Reading};
use super::matching::truth_in;
use super::state::saved;
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{Bound, Condition, FieldRef, Figure, Limit, Measure, OperandKind, PerKind, Var};
use crate::plan::PatternPlan;
use crate::syntax::ast::Direction;
use crate::value::{Ratio, Value};

/// A bound and the patterns of its events.
#[derive(Debug)]
pub(super) struct BoundPlan {
    pub(super) bound: Bound,
    pub(super) pattern: PatternPlan,
    pub(super) reference: Option<PatternPlan>,
    /// The field of the figure's events that names the only group which they can count for.
    keyed: Option<FieldRef>,
    /// What is left to be asked of an event for that group.
    within: PatternPlan,
}

/// Which of the two figures of a bound an event is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Figure,
    Reference,
}

saved!(enum Side { 0 = Figure, 1 = Reference });

/// What an event brings to a bound.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    pub(super) side: Side,
    pub(super) part: Part,
    /// What was lacking to tell whether it counts, or what it is worth.
    pub(super) lacks: Lacks,
}

saved!(struct Brought { side, part, lacks });

/// How a bound stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Kept,
    /// The figure and the limit where they are nearest to each other.
    Beyond(Ratio, Ratio),
    Unknown(Doubt),
}

/// Why it is unknown how a bound stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Events or values of which it is unknown.
    Lacking,
    /// No event makes up the figure, or the one that it is held against.
    Nothing(Side),
    /// A sum does not fit.
    TooLarge,
}

impl BoundPlan {
    pub(super) fn new(bound: Bound, pattern: PatternPlan, reference: Option<PatternPlan>) -> Self {
        let mut within = pattern.clone();
        let keyed = match bound.per.as_ref().map(|per| &per.kind) {
            Some(PerKind::Members(..)) => {
                let mut residual = pattern.residual.iter().map(|conjunct| keyed(&conjunct.condition));
                let place = residual.position(|field| field.is_some());
                place.and_then(|place| keyed(&within.residual.remove(place).condition))
            }
            Some(PerKind::Values(field)) => Some(*field),
            None => None,
        };
        BoundPlan {
            bound,
            pattern,
            reference,
            keyed,
            within,
        }
    }

    /// The only group that an event can bring anything to; `None` if there may be several.
    pub(super) fn only_group(&self, event: &Event) -> Option<Value> {
        let is_reference = self
            .reference
            .as_ref()
            .is_some_and(|reference| reference.event == event.kind);
        if event.kind != self.pattern.event || is_reference {
            return None;
        }
        event.value(self.keyed?).map(std::borrow::Cow::into_owned)
    }

    /// The value of the field that groups are made by, of an event that makes up the figure.
    pub(super) fn group(&self, event: &Event) -> Option<Value> {
        let per = self.bound.per.as_ref()?;
        match per.kind {
            PerKind::Values(field) if event.kind == self.pattern.event => {
                event.value(field).map(std::borrow::Cow::into_owned)
            }
            PerKind::Values(_) | PerKind::Members(..) => None,
        }
    }

    /// Whether groups are found in the log.
    pub(super) fn finds_groups(&self) -> bool {
        let per = self.bound.per.as_ref();
        per.is_some_and(|per| matches!(per.kind, PerKind::Values(_)))
    }

    /// The groups that are known from the rules: `None` stands for all events together.
    pub(super) fn known_groups(&self) -> Vec<Option<Value>> {
        match self.bound.per.as_ref().map(|per| &per.kind) {
            None => vec![None],
            Some(PerKind::Members(_, members)) => members.iter().cloned().map(Some).collect(),
            Some(PerKind::Values(_)) => Vec::new(),
        }
    }

    /// What an event brings to the bound of one group.
    pub(super) fn brought(
        &self,
        event: &Event,
        group: Option<&Value>,
        bindings: &Bindings,
        context: &Context<'_>,
    ) -> SmallVec<[Brought; 2]> {
        let frame = Frame {
            subject: Some(event),
            key: group,
            ..bindings.frame()
        };
        let mut all = SmallVec::new();
        let another = self.finds_groups() && self.group(event).as_ref() != group;
        if event.kind == self.pattern.event && !another {
            let brought = brought(Side::Figure, &self.bound.figure, &self.pattern, &frame, context);
            if let Some(brought) = brought {
                all.push(brought);
            }
        }
        if let (Some(figure), Some(pattern)) = (self.bound.reference(), &self.reference)
            && event.kind == pattern.event
            && let Some(brought) = brought(Side::Reference, figure, pattern, &frame, context)
        {
            all.push(brought);
        }
        all
    }

    /// As [`BoundPlan::brought`], for the [only group](BoundPlan::only_group) that the event can bring anything to.
    pub(super) fn brought_within(
        &self,
        event: &Event,
        group: &Value,
        bindings: &Bindings,
        context: &Context<'_>,
    ) -> Option<Brought> {
        let frame = Frame {
            subject: Some(event),
            key: Some(group),
            ..bindings.frame()
        };
        brought(Side::Figure, &self.bound.figure, &self.within, &frame, context)
    }

    pub(super) fn meter(&self) -> Meter {
        Meter {
            figure: Gauge::new(&self.bound.figure.measure),
            reference: self.bound.reference().map(|figure| Gauge::new(&figure.measure)),
        }
    }

    /// Whether all of these meters are such as [`BoundPlan::meter`] makes.
    pub(super) fn made<'m>(&self, mut meters: impl Iterator<Item = &'m Meter>) -> Result<(), &'static str> {
        let made = self.meter();
        let like = meters.all(|meter| {
            let both = meter.reference.as_ref().zip(made.reference.as_ref());
            let alike = meter.reference.is_some() == made.reference.is_some();
            alike && meter.figure.is_like(&made.figure) && both.is_none_or(|(one, other)| one.is_like(other))
        });
        like.then_some(())
            .ok_or("a figure is of another kind than in the rules")
    }

    /// How the bound stands with what has been counted.
    pub(super) fn standing(&self, meter: &Meter) -> Standing {
        let (Ok(figure), Ok(limit)) = (meter.figure.outlook(), self.limit(meter)) else {
            return Standing::Unknown(Doubt::TooLarge);
        };
        let direction = self.bound.direction;
        let Some(ends) = figure.ends else {
            return match direction {
                Direction::Ceiling => Standing::Kept,
                Direction::Floor => Standing::Unknown(Doubt::Nothing(Side::Figure)),
            };
        };
        let Some(limits) = limit.ends else {
            return Standing::Unknown(Doubt::Nothing(Side::Reference));
        };
        let (kept, beyond) = match direction {
            Direction::Floor => (ends.0 >= limits.1, ends.1 < limits.0),
            Direction::Ceiling => (ends.1 <= limits.0, ends.0 > limits.1),
        };
        let nearest = match direction {
            Direction::Floor => (ends.1, limits.0),
            Direction::Ceiling => (ends.0, limits.1),
        };
        // Without value a ceiling is kept and a floor is not to be told.
        let told = match direction {
            Direction::Floor => !figure.may_be_nothing,
            Direction::Ceiling => kept || !figure.may_be_nothing,
        };
        match (kept, beyond, nearest) {
            _ if !told || limit.may_be_nothing => Standing::Unknown(Doubt::Lacking),
            (true, ..) => Standing::Kept,
            (_, true, (End::At(figure), End::At(limit))) => Standing::Beyond(figure, limit),
            _ => Standing::Unknown(Doubt::Lacking),
        }
    }

    fn limit(&self, meter: &Meter) -> Result<Outlook, TooLarge> {
        match (&self.bound.limit, &meter.reference) {
            (Limit::Part(part, _), Some(reference)) => {
                let outlook = reference.outlook()?;
                let scaled = |end: End| match end {
                    End::At(ratio) => ratio.times(*part).map(End::At).ok_or(TooLarge),
                    // No part of what may be anything is still nothing.
                    End::Below | End::Above if part.numerator() == 0 => Ok(End::At(Ratio::whole(0))),
                    end @ (End::Below | End::Above) => Ok(end),
                };
                let ends = match outlook.ends {
                    Some((low, high)) => Some((scaled(low)?, scaled(high)?)),
                    None => None,
                };
                Ok(Outlook { ends, ..outlook })
            }
            (Limit::Fixed(ratio), _) | (Limit::Part(ratio, _), None) => Ok(Outlook {
                ends: Some((End::At(*ratio), End::At(*ratio))),
                may_be_nothing: false,
            }),
        }
    }

    /// What to name as lacking.
    pub(super) fn lacks(&self, doubt: Doubt, lacking: &Lacks) -> Vec<Lack> {
        match doubt {
            Doubt::Lacking => lacking.clone(),
            Doubt::TooLarge => vec![Lack::TooLarge],
            Doubt::Nothing(side) => {
                let figure = match side {
                    Side::Figure => Some(&self.bound.figure),
                    Side::Reference => self.bound.reference(),
                };
                figure
                    .map(|figure| Lack::Nothing(figure.pattern.event))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// How much an event that counts decides: the more, the sooner it is shown.
    fn weight(&self, worth: &Worth) -> i128 {
        let amount = match worth {
            Worth::Amount(Some(amount)) => *amount,
            Worth::Hit(Some(hit)) => i128::from(*hit),
            Worth::Amount(None) | Worth::Hit(None) | Worth::One | Worth::Seen(_) => return 0,
        };
        match (&self.bound.figure.measure, self.bound.direction) {
            (Measure::Total(_), _) => i128::try_from(amount.unsigned_abs()).unwrap_or(i128::MAX),
            (_, Direction::Ceiling) => amount,
            (_, Direction::Floor) => amount.saturating_neg(),
        }
    }
}

/// The field of the event that a conjunct equates with the group.
fn keyed(condition: &Condition) -> Option<FieldRef> {
    let (left, right) = condition.equality()?;
    match (&left.kind, &right.kind) {
        (OperandKind::Field(Var::Subject, field), OperandKind::Key)
        | (OperandKind::Key, OperandKind::Field(Var::Subject, field)) => Some(*field),
        _ => None,
    }
}

fn brought(
    side: Side,
    figure: &Figure,
    pattern: &PatternPlan,
    frame: &Frame<'_>,
    context: &Context<'_>,
) -> Option<Brought> {
    let mut lacks = Lacks::new();
    let certain = pattern.asks_nothing()
        || match truth_in(pattern, frame, context) {
            Truth::False => return None,
            Truth::True => true,
            Truth::Unknown(more) => {
                merge(&mut lacks, *more);
                false
            }
        };
    let hit = match &figure.measure {
        Measure::Share(condition) => evaluate(condition, frame, context),
        _ => Truth::True,
    };
    let event = frame.subject?;
    let worth = Worth::of(&figure.measure, event, &hit);
    if let Truth::Unknown(more) = hit {
        merge(&mut lacks, *more);
    }
    if let (Worth::Amount(None) | Worth::Seen(None), Some(id)) = (&worth, declared(&figure.measure)) {
        merge(&mut lacks, [Lack::Field(event.kind, id)]);
    }
    Some(Brought {
        side,
        part: Part { certain, worth },
        lacks,
    })
}

fn declared(measure: &Measure) -> Option<crate::model::FieldId> {
    match measure {
        Measure::Total(FieldRef::Declared(id))
        | Measure::Average(FieldRef::Declared(id))
        | Measure::Lowest(FieldRef::Declared(id))
        | Measure::Highest(FieldRef::Declared(id))
        | Measure::Distinct(FieldRef::Declared(id)) => Some(*id),
        _ => None,
    }
}

/// The figure of a bound and the one that it is held against, kept up to date.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    figure: Gauge,
    reference: Option<Gauge>,
}

saved!(struct Meter { figure, reference });

impl Meter {
    pub(super) fn add(&mut self, side: Side, part: &Part) {
        if let Some(gauge) = self.side(side) {
            gauge.add(part);
        }
    }

    pub(super) fn remove(&mut self, side: Side, part: &Part) {
        if let Some(gauge) = self.side(side) {
            gauge.remove(part);
        }
    }

    fn side(&mut self, side: Side) -> Option<&mut Gauge> {
        match side {
            Side::Figure => Some(&mut self.figure),
            Side::Reference => self.reference.as_mut(),
        }
    }

    /// How many events count for certain.
    pub(super) fn counted(&self) -> u64 {
        self.figure.counted()
    }
}

/// The events that an explanation names: the most weighty ones, the first of several, and the last ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    weighty: SmallVec<[(i128, Line); MOST_WEIGHTY]>,
    last: SmallVec<[Line; MOST_LAST]>,
}

saved!(struct Lines { weighty, last });

const MOST_WEIGHTY: usize = 3;
const MOST_LAST: usize = 2;

impl Lines {
    /// Takes in an event that counts for certain; later ones come later.
    pub(super) fn take(&mut self, plan: &BoundPlan, worth: &Worth, event: &Arc<Event>) {
        let line = || Line {
            event: Arc::clone(event),
            hit: match worth {
                Worth::Hit(hit) => *hit,
                Worth::One | Worth::Amount(_) | Worth::Seen(_) => None,
            },
        };
        let weight = plan.weight(worth);
        let least = self.weighty.get(MOST_WEIGHTY - 1);
        if least.is_none_or(|(least, _)| *least < weight) {
            let place = self.weighty.iter().position(|(other, _)| *other < weight);
            let place = place.unwrap_or(self.weighty.len());
            self.weighty.truncate(MOST_WEIGHTY - 1);
            self.weighty.insert(place, (weight, line()));
        }
        match self.last.as_mut_slice() {
            [first, second] => *first = std::mem::replace(second, line()),
            _ => self.last.push(line()),
        }
    }

    /// The last of them.
    pub(super) fn latest(&self) -> Option<Arc<Event>> {
        self.last.last().map(|line| Arc::clone(&line.event))
    }

    /// The arithmetic with these events.
    pub(super) fn reading(&self, figure: Ratio, limit: Ratio, meter: &Meter) -> Reading {
        let weighty = self.weighty.iter().map(|(_, line)| line);
        let mut lines: Vec<Line> = weighty.chain(&self.last).cloned().collect();
        lines.sort_by_key(|line| (line.event.time, line.event.origin));
        lines.dedup_by_key(|line| line.event.origin);
        Reading {
            figure,
            limit,
            counted: meter.counted(),
            lines,
        }
    }
}
