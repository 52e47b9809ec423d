//! Why a bound on a figure was broken: the arithmetic, and the lines that decide.

use super::describe::{Describer, scaled};
use super::explain::Explainer;
use super::explanation::Role;
use crate::engine::{Breach, Reading, Step};
use crate::model::{Bound, Duty, FieldRef, Figure, Limit, Measure, Reach, Unit, amount};
use crate::syntax::ast::Direction;
use crate::time::Duration;
use crate::value::{Ratio, Type};

impl Describer<'_> {
    /// A figure: "total amount of `funding` with by == DK".
    pub fn figure(&self, figure: &Figure) -> String {
        let pattern = self.pattern(&figure.pattern);
        let of = |word: &str, field: FieldRef| {
            let name = self.field_name(figure.pattern.event, field);
            format!("{word} {name} of {pattern}")
        };
        match &figure.measure {
            Measure::Count => pattern.clone(),
            Measure::Total(field) => of("total", *field),
            Measure::Average(field) => of("average", *field),
            Measure::Lowest(field) => of("lowest", *field),
            Measure::Highest(field) => of("highest", *field),
            Measure::Distinct(field) => of("distinct", *field),
            Measure::Share(condition) => {
                let condition = self.condition(condition, Some(figure.pattern.event));
                format!("share of {pattern} that has {condition}")
            }
        }
    }

    /// A value of a figure, in its unit.
    pub fn reading(&self, value: Ratio, unit: &Unit) -> String {
        let about = |exact: bool| if exact { "" } else { "about " };
        let (whole, rest) = (
            value.numerator() / i128::from(value.denominator()),
            value.numerator() % i128::from(value.denominator()),
        );
        match unit {
            Unit::Events => match value.decimals() {
                (whole, 0, true) => whole.to_string(),
                (whole, billionths, exact) => {
                    let total = whole.saturating_mul(1_000_000_000);
                    let part = if value.numerator() < 0 {
                        -i128::from(billionths)
                    } else {
                        i128::from(billionths)
                    };
                    format!("{}{}", about(exact), scaled(total.saturating_add(part)))
                }
            },
            Unit::Share => match value.times(Ratio::whole(100)).map(Ratio::decimals) {
                Some((whole, billionths, exact)) => {
                    let total = whole
                        .saturating_mul(1_000_000_000)
                        .saturating_add(i128::from(billionths));
                    format!("{}{} %", about(exact), scaled(total))
                }
                None => "a share too fine to be shown".to_owned(),
            },
            Unit::Of(Type::Duration) => {
                let sign = if whole < 0 { "-" } else { "" };
                let exact = u64::try_from(whole.unsigned_abs())
                    .ok()
                    .and_then(|whole| Duration::exact(whole).ok());
                match exact {
                    Some(duration) => format!("{}{sign}{duration}", about(rest == 0)),
                    None => format!("{} hours", whole / 3_600_000_000_000),
                }
            }
            Unit::Of(Type::Money(currency)) => format!("{}{} {currency}", about(rest == 0), scaled(whole)),
            Unit::Of(_) => format!("{}{}", about(rest == 0), scaled(whole)),
        }
    }
}

impl<'a> Explainer<'a> {
    pub(super) fn beyond(&mut self, step: &Step, duty: &'a Duty, bound: &'a Bound, breach: &Breach) {
        let (reading, times) = match breach {
            Breach::Beyond { reading, .. } => (reading, self.over(step, bound)),
            Breach::Spell { start, end, reading } => {
                let since = self.words.instant(*start);
                let until = match end {
                    Some(end) => format!("until {}", self.words.instant(*end)),
                    None => "on, and still".to_owned(),
                };
                (reading, format!("{}, from {since} {until}", self.over(step, bound)))
            }
            _ => return,
        };
        let actors = self.actors(duty);
        let group = self.group();
        self.explanation.headline = format!(
            "{group}{} {times}{}",
            self.value(bound, reading),
            self.gap(bound, reading)
        );
        let owed = match bound.direction {
            Direction::Floor => format!("{actors} owed this"),
            Direction::Ceiling => format!("{actors} had to keep to this"),
        };
        self.rule(bound.figure.span, owed);
        if let Limit::Part(_, figure) = &bound.limit {
            let limit = self.words.reading(reading.limit, &bound.figure.unit);
            self.rule(figure.span, format!("the bound is {limit}"));
        }
        if let Some(reference) = self.words.model.reference_at(bound.limit_span) {
            let value = amount(&reference.value).map(Ratio::whole);
            let value = value.map_or_else(String::new, |value| self.words.reading(value, &bound.figure.unit));
            let limit = self.words.reading(reading.limit, &bound.figure.unit);
            let source = reference.cites.first();
            let source = source.map_or_else(String::new, |cite| format!(" (see {cite})"));
            let bound_is = if limit == value {
                String::new()
            } else {
                format!(", the bound is {limit}")
            };
            self.rule(
                bound.limit_span,
                format!("{} is {value}{bound_is}{source}", reference.name),
            );
        }
        self.due_label(step, duty);
        let field = figure_field(&bound.figure.measure);
        for line in &reading.lines {
            let event = &line.event;
            let value = field.and_then(|field| event.value(field));
            let amount = value.as_deref().and_then(amount).map(Ratio::whole);
            let shown = match (amount, &bound.figure.unit) {
                (Some(amount), unit @ Unit::Of(_)) => Some(self.words.reading(amount, unit)),
                _ => field.and_then(|field| self.words.field(event, field)),
            };
            let text = match (&bound.figure.measure, shown, line.hit) {
                (Measure::Total(_), Some(value), _) => format!("adds {value}"),
                (_, Some(value), _) => format!("brings {value}"),
                (Measure::Share(condition), None, Some(hit)) => {
                    let condition = self.words.condition(condition, Some(bound.pattern().event));
                    format!("{} {condition}", if hit { "has" } else { "does not have" })
                }
                (_, None, _) => format!("counts, at {}", self.words.instant(event.time)),
            };
            self.evidence(event, Role::Counted, text, field);
        }
    }

    /// Whom a bound that is said of each of several things is about here.
    pub(super) fn group(&self) -> String {
        let duty = self.words.model.clause(self.explanation.clause).duties.first();
        let crate::model::Goal::Bound(bound) = (match duty {
            Some(duty) => &duty.goal,
            None => return String::new(),
        }) else {
            return String::new();
        };
        match (self.words.key, &bound.per) {
            (Some(key), Some(per)) => format!("{}: ", self.words.value(key, &per.ty)),
            _ => String::new(),
        }
    }

    fn value(&self, bound: &Bound, reading: &Reading) -> String {
        let name = self.words.event(bound.pattern().event);
        let figure = self.words.reading(reading.figure, &bound.figure.unit);
        let of = |field: FieldRef| self.words.field_name(bound.pattern().event, field);
        let counted = match reading.counted {
            0 => "no".to_owned(),
            counted => counted.to_string(),
        };
        match &bound.figure.measure {
            Measure::Count => format!("{figure} `{name}`"),
            Measure::Total(field) => format!("a total {} of {figure} in {counted} `{name}`", of(*field)),
            Measure::Average(field) => format!("an average {} of {figure} in {counted} `{name}`", of(*field)),
            Measure::Lowest(field) => format!("a lowest {} of {figure} in `{name}`", of(*field)),
            Measure::Highest(field) => format!("a highest {} of {figure} in `{name}`", of(*field)),
            Measure::Distinct(field) => format!("{figure} different {} in {counted} `{name}`", of(*field)),
            Measure::Share(condition) => {
                let condition = self.words.condition(condition, Some(bound.pattern().event));
                format!("{figure} of {} `{name}` had {condition}", reading.counted)
            }
        }
    }

    /// How far the figure is from its bound.
    fn gap(&self, bound: &Bound, reading: &Reading) -> String {
        let unit = &bound.figure.unit;
        let limit = self.words.reading(reading.limit, unit);
        let gap = match bound.direction {
            Direction::Floor => reading.limit.minus(reading.figure),
            Direction::Ceiling => reading.figure.minus(reading.limit),
        };
        let gap = gap.map(|gap| self.words.reading(gap, unit));
        match (bound.direction, gap) {
            (Direction::Floor, Some(gap)) => format!(": {gap} short of the {limit} owed"),
            (Direction::Floor, None) => format!(": short of the {limit} owed"),
            (Direction::Ceiling, Some(gap)) => format!(": {gap} over the {limit} allowed"),
            (Direction::Ceiling, None) => format!(": over the {limit} allowed"),
        }
    }

    /// The time that a figure is about: "in the year from 2025-01-01".
    pub(super) fn over(&self, step: &Step, bound: &Bound) -> String {
        match &bound.reach {
            Reach::Each(periods) => format!("in {}", self.period_text(step, periods)),
            Reach::Any(window) => format!("in {}", window.length),
            Reach::Over(_) => match (step.opened, step.due) {
                (Some(opened), Some(due)) if due.is_inclusive() => {
                    format!(
                        "from {} to {}",
                        self.words.instant(opened),
                        self.words.instant(due.edge())
                    )
                }
                (Some(opened), Some(due)) => {
                    format!(
                        "from {} to before {}",
                        self.words.instant(opened),
                        self.words.instant(due.edge())
                    )
                }
                (Some(opened), None) => format!("from {} on", self.words.instant(opened)),
                (None, _) => "in all".to_owned(),
            },
        }
    }

    /// What would have complied.
    pub(super) fn bound_remedy(&self, step: &Step, bound: &Bound) -> String {
        let unit = &bound.figure.unit;
        let figure = self.words.figure(&bound.figure);
        let limit = match &bound.limit {
            Limit::Fixed(limit) => self.words.reading(*limit, unit),
            Limit::Part(part, figure) => {
                let of = self.words.figure(figure);
                if *part == Ratio::whole(1) {
                    of
                } else {
                    format!("{} of {of}", self.words.reading(*part, &Unit::Share))
                }
            }
        };
        let time = match &bound.reach {
            Reach::Any(window) => format!("in any {}", window.length),
            Reach::Each(_) | Reach::Over(_) => self.over(step, bound),
        };
        let sign = match bound.direction {
            Direction::Floor => "at least",
            Direction::Ceiling => "at most",
        };
        match &bound.figure.measure {
            Measure::Count => format!("{sign} {limit} {figure}, {time}"),
            _ => format!("{figure}: {sign} {limit}, {time}"),
        }
    }
}

fn figure_field(measure: &Measure) -> Option<FieldRef> {
    match measure {
        Measure::Total(field)
        | Measure::Average(field)
        | Measure::Lowest(field)
        | Measure::Highest(field)
        | Measure::Distinct(field) => Some(*field),
        Measure::Count | Measure::Share(_) => None,
    }
}
