//! Figures that events make up, what they are held against, and what they are counted for one by one.

use super::build::Builder;
use super::names::Scope;
use super::timing::{Need, OpenedBy, Timings};
use super::{
    AgreementId, Bound, Condition, FieldRef, Figure, Goal, Limit, Measure, Operand, OperandKind, Pattern, Per, PerKind,
    Reach, Unit, Var, Window,
};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Count, Direction, FieldMeasure, Verb};
use crate::value::{Number, Ratio, Type, Value};

/// A count that windows or groups make a bound of.
#[derive(Debug, Clone, Copy)]
struct Counted {
    direction: Direction,
    count: u32,
}

/// Whether a duty is about a figure, or about a count in windows or for each of several things.
pub(super) fn is_bound(duty: &ast::Duty, timings: &Timings<'_>) -> bool {
    matches!(duty.verb.node, Verb::Bound(_)) || duty.per.is_some() || timings.in_any.is_some()
}

impl Builder {
    /// The goal of a duty about a figure, or about a count in windows or for each of several things.
    pub(super) fn bound(
        &mut self,
        duty: &ast::Duty,
        timings: &Timings<'_>,
        owner: AgreementId,
        scope: &Scope,
        opened_by: OpenedBy,
    ) -> Option<Goal> {
        self.no_lead(timings).ok()?;
        if let (Verb::Maintain(..), Some((_, span))) = (&duty.verb.node, timings.in_any) {
            let message = "what must be maintained at all times needs no windows";
            self.report(Diagnostic::error(Code::BadTiming, message, span, "windows").help("leave `in any` out"));
            return None;
        }
        if duty.modal.node == ast::Modal::AimTo {
            let message =
                "an aim is reached once: it is not held in windows, for each of several things, or to a figure";
            let help = "write `should` for a best effort that can fail";
            self.report(Diagnostic::error(Code::BadForm, message, duty.modal.span, "an aim").help(help));
            return None;
        }
        if let (OpenedBy::Breach, Some(per)) = (opened_by, &duty.per) {
            let message = "a repair is one duty, and cannot be owed for each of several things";
            let help = "say what repairs the breach as a whole, or write a clause of its own";
            self.report(Diagnostic::error(Code::BadForm, message, per.span, "not in a repair").help(help));
            return None;
        }
        let pattern = match &duty.verb.node {
            Verb::Ensure(_, pattern) | Verb::Avoid(_, pattern, _) => pattern,
            Verb::Bound(bound) => &bound.figure.pattern,
            Verb::Maintain(..) => return None,
        };
        let per = match &duty.per {
            Some(per) => Some(self.per(per, pattern, owner)?),
            None => None,
        };
        let mut inner = scope.clone();
        if let (Some(ast::Per::Named(_, binding)), Some(_)) = (duty.per.as_ref().map(|per| &per.node), &per) {
            inner.key = Some((binding.node.clone(), Type::Party));
        }
        let (direction, figure, guards, limit, limit_span) = match &duty.verb.node {
            Verb::Bound(bound) => {
                let figure = self.figure(&bound.figure, &inner);
                let limit = figure
                    .as_ref()
                    .map(|figure| self.limit(&bound.limit, &figure.unit, bound.direction, &inner));
                let span = match &bound.limit.node {
                    ast::Limit::Reference(_, name) => name.span,
                    _ => bound.limit.span,
                };
                (bound.direction, figure?, Vec::new(), limit??, span)
            }
            _ => {
                let counted = self.counted(duty);
                let (figure, guards) = self.counted_events(duty, &inner)?;
                let counted = counted?;
                let limit = Limit::Fixed(Ratio::whole(i128::from(counted.count)));
                (counted.direction, figure, guards, limit, duty.verb.span)
            }
        };
        let reach = self.reach(timings, owner, scope, opened_by, direction, duty.verb.span)?;
        Some(Goal::Bound(Box::new(Bound {
            direction,
            figure,
            guards,
            limit,
            limit_span,
            reach,
            per,
        })))
    }

    fn counted(&mut self, duty: &ast::Duty) -> Option<Counted> {
        let (message, span, help) = match &duty.verb.node {
            Verb::Ensure(Some(count), _) => match count.node {
                Count::AtLeast(0) => ("at least 0 is always the case", count.span, "leave the clause out"),
                Count::AtLeast(count) => {
                    let direction = Direction::Floor;
                    return Some(Counted { direction, count });
                }
                Count::Exactly(_) => (
                    "`exactly` counts in periods, and for all together",
                    count.span,
                    "write `at least` here, and a second clause that must `avoid more than` it",
                ),
            },
            Verb::Avoid(Some(count), ..) => {
                return Some(Counted {
                    direction: Direction::Ceiling,
                    count: count.node,
                });
            }
            Verb::Avoid(None, ..) => (
                "what must be avoided at all times needs no windows, and nothing that it is said of one by one",
                duty.verb.span,
                "say how many are allowed: `avoid more than 3 ...`",
            ),
            Verb::Ensure(None, _) | Verb::Maintain(..) | Verb::Bound(_) => {
                return Some(Counted {
                    direction: Direction::Floor,
                    count: 1,
                });
            }
        };
        self.report(Diagnostic::error(Code::BadForm, message, span, "not here").help(help));
        None
    }

    fn counted_events(&mut self, duty: &ast::Duty, scope: &Scope) -> Option<(Figure, Vec<Condition>)> {
        let (pattern, guards): (_, &[Spanned<ast::Guard>]) = match &duty.verb.node {
            Verb::Ensure(_, pattern) => (pattern, &[]),
            Verb::Avoid(_, pattern, guards) => (pattern, guards),
            Verb::Maintain(..) | Verb::Bound(_) => return None,
        };
        let event = self.known_event(&pattern.event);
        let built = self.pattern(pattern, scope, Var::Subject);
        let guard_scope = match event {
            Some(event) => scope.with(pattern.binding.as_ref(), Var::Subject, event),
            None => scope.clone(),
        };
        let guards = self.guards(guards.iter().map(|guard| &guard.node), &guard_scope.guard());
        let pattern = built?;
        let figure = Figure {
            measure: Measure::Count,
            unit: Unit::Events,
            span: pattern.span,
            pattern,
        };
        Some((figure, guards?))
    }

    fn figure(&mut self, figure: &ast::Figure, scope: &Scope) -> Option<Figure> {
        let pattern = self.pattern(&figure.pattern, scope, Var::Subject)?;
        let alone = Scope::default().with(figure.pattern.binding.as_ref(), Var::Subject, pattern.event);
        let (measure, unit) = match &figure.measure {
            ast::Measure::Share(condition) => {
                let inner = scope
                    .fields_only()
                    .with(figure.pattern.binding.as_ref(), Var::Subject, pattern.event);
                (Measure::Share(self.condition(condition, &inner)?), Unit::Share)
            }
            ast::Measure::Field(measure, path) => {
                let (field, ty) = self.own_field(path, &figure.pattern, &alone)?;
                match measure.node {
                    FieldMeasure::Distinct => (Measure::Distinct(field), Unit::Events),
                    other => {
                        if !matches!(ty, Type::Number | Type::Money(_) | Type::Duration) {
                            let message = format!("there is no {} of values of type {ty}", other.word());
                            let help = "numbers, amounts of money and durations make up figures; `distinct` counts the different values of any field";
                            self.report(
                                Diagnostic::error(Code::TypeMismatch, message, path.span, format!("of type {ty}"))
                                    .help(help),
                            );
                            return None;
                        }
                        let measure = match other {
                            FieldMeasure::Average => Measure::Average(field),
                            FieldMeasure::Lowest => Measure::Lowest(field),
                            FieldMeasure::Highest => Measure::Highest(field),
                            FieldMeasure::Total | FieldMeasure::Distinct => Measure::Total(field),
                        };
                        (measure, Unit::Of(ty))
                    }
                }
            }
        };
        Some(Figure {
            measure,
            pattern,
            unit,
            span: figure.span,
        })
    }

    /// A field of the event that a figure or a group is about.
    fn own_field(
        &mut self,
        path: &Spanned<ast::Path>,
        pattern: &ast::Pattern,
        scope: &Scope,
    ) -> Option<(FieldRef, Type)> {
        if path.node.field.is_none() {
            let event = &pattern.event.node;
            let name = pattern.binding.as_ref().map_or("x", |binding| binding.node.as_str());
            let message = format!("this asks for a field of `{event}`");
            let help = format!("name the event and its field, as in `{name}.amount of {event} {name}`");
            self.report(Diagnostic::error(Code::BadForm, message, path.span, "which field?").help(help));
            return None;
        }
        let operand = Spanned::new(ast::OperandKind::Path(path.node.clone()), path.span);
        let operand = self.infer(&operand, scope)?;
        match operand.kind {
            OperandKind::Field(Var::Subject, field) => Some((field, operand.ty)),
            _ => None,
        }
    }

    fn limit(
        &mut self,
        limit: &Spanned<ast::Limit>,
        unit: &Unit,
        direction: Direction,
        scope: &Scope,
    ) -> Option<Limit> {
        let part = |percentage: &Option<Spanned<Number>>| {
            percentage
                .as_ref()
                .map_or(Ratio::whole(1), |percentage| Ratio::percent(percentage.node))
        };
        match &limit.node {
            ast::Limit::Percent(percentage) if *unit == Unit::Share => Some(Limit::Fixed(Ratio::percent(*percentage))),
            ast::Limit::Percent(_) => {
                self.not_a_limit(unit, limit.span);
                None
            }
            ast::Limit::Figure(percentage, figure) => {
                let figure = self.figure(figure, scope)?;
                self.same_unit(&figure.unit, unit, figure.span)?;
                Some(Limit::Part(part(percentage), Box::new(figure)))
            }
            ast::Limit::Fixed(percentage, literal) => {
                let operand = Spanned::new(ast::OperandKind::Literal(literal.clone()), limit.span);
                let operand = match unit {
                    Unit::Of(ty) => self.check(&operand, scope, ty)?,
                    Unit::Events | Unit::Share => self.infer(&operand, scope)?,
                };
                self.fixed(&operand, part(percentage), unit, direction)
            }
            ast::Limit::Parameter(name) => {
                let Unit::Of(ty) = unit else {
                    self.not_a_limit(unit, limit.span);
                    return None;
                };
                let path = ast::Path {
                    root: name.clone(),
                    field: None,
                };
                self.check(&Spanned::new(ast::OperandKind::Path(path), name.span), scope, ty)?;
                // No value is needed: the clauses of a sample are checked, and never judged.
                Some(Limit::Fixed(Ratio::whole(1)))
            }
            ast::Limit::Reference(percentage, name) => {
                let Some(id) = self.reference_named(&name.node) else {
                    self.unknown_reference(name);
                    return None;
                };
                let operand = self.referred_to(id, name.span);
                if let Unit::Of(ty) = unit
                    && operand.ty != *ty
                {
                    self.operand_mismatch(&operand.ty, ty, name.span);
                    return None;
                }
                self.fixed(&operand, part(percentage), unit, direction)
            }
        }
    }

    /// A limit that is a part of a value, or all of it.
    fn fixed(&mut self, operand: &Operand, part: Ratio, unit: &Unit, direction: Direction) -> Option<Limit> {
        let OperandKind::Literal(value) = &operand.kind else {
            return None;
        };
        let whole = match (unit, value) {
            (Unit::Events, Value::Number(number)) => self.fixed_count(*number, direction, operand.span)?,
            (Unit::Of(_), value) => Ratio::whole(amount(value)?),
            _ => {
                self.not_a_limit(unit, operand.span);
                return None;
            }
        };
        let limit = whole.times(part);
        if limit.is_none() {
            let message = "this part of the value is too fine or too large to be computed";
            self.report(Diagnostic::error(Code::BadLiteral, message, operand.span, "of this"));
        }
        limit.map(Limit::Fixed)
    }

    /// A limit on a number of different values.
    fn fixed_count(&mut self, number: Number, direction: Direction, span: Span) -> Option<Ratio> {
        const ONE: i128 = 1_000_000_000;
        let (count, rest) = (number.billionths() / ONE, number.billionths() % ONE);
        if (direction, count, rest) == (Direction::Floor, 0, 0) {
            let message = "at least 0 is always the case";
            self.report(Diagnostic::error(Code::ConstantCondition, message, span, "always met"));
            return None;
        }
        if rest != 0 || count < 0 {
            let message = format!("`{number}` is not a number of different values");
            self.report(Diagnostic::error(Code::TypeMismatch, message, span, "not a count"));
            return None;
        }
        Some(Ratio::whole(count))
    }

    fn not_a_limit(&mut self, unit: &Unit, span: Span) {
        let (message, help) = match unit {
            Unit::Share => ("a share is held against a percentage", "write it with a sign: `99.9 %`"),
            Unit::Events => ("a count is held against a number", "write a whole number"),
            Unit::Of(_) => (
                "a percentage by itself is a share, and this figure is none",
                "say of what: `0.25 % of total x.field of EVENT x`, or of a `reference`",
            ),
        };
        self.report(Diagnostic::error(Code::TypeMismatch, message, span, "of another kind").help(help));
    }

    fn unknown_reference(&mut self, name: &ast::Name) {
        if self.is_excused(&name.node) {
            return;
        }
        let known: Vec<&str> = self
            .references
            .iter()
            .map(|reference| reference.name.as_str())
            .collect();
        let help = suggest(&name.node, "references", &known)
            .unwrap_or_else(|| format!("declare it: `reference {}: money EUR = 1.8 billion EUR`", name.node));
        let message = format!("`{}` is no reference figure, and no parameter of a template", name.node);
        self.report(Diagnostic::error(Code::UnknownName, message, name.span, "unknown name").help(help));
    }

    fn same_unit(&mut self, found: &Unit, wanted: &Unit, span: Span) -> Option<()> {
        match (found, wanted) {
            (Unit::Of(found), Unit::Of(wanted)) if found != wanted => {
                self.operand_mismatch(found, wanted, span);
                None
            }
            (Unit::Of(_), Unit::Of(_)) | (Unit::Events, Unit::Events) | (Unit::Share, Unit::Share) => Some(()),
            _ => {
                let message = "these two figures are of different kinds";
                let help = "hold amounts against amounts of one currency, counts against counts, shares against shares";
                self.report(Diagnostic::error(Code::TypeMismatch, message, span, "of another kind").help(help));
                None
            }
        }
    }

    /// When a bound holds.
    fn reach(
        &mut self,
        timings: &Timings<'_>,
        owner: AgreementId,
        scope: &Scope,
        opened_by: OpenedBy,
        direction: Direction,
        duty: Span,
    ) -> Option<Reach> {
        if let Some((length, span)) = timings.in_any {
            if opened_by.is_event() {
                let message = "windows slide over the term, and this duty is opened by an event";
                let help = "use `within` for a duty that counts from an event";
                self.report(Diagnostic::error(Code::BadTiming, message, span, "not here").help(help));
                return None;
            }
            if let Some(other) = timings.beside_windows() {
                let message = "a duty in any window is owed all the time, in `from` and `to` if they are said";
                let diagnostic = Diagnostic::error(Code::BadTiming, message, other, "not beside `in any`");
                self.report(diagnostic.also(span, "the windows").help("leave one of them out"));
                return None;
            }
            let standing = self.standing(timings, owner, duty)?;
            if direction == Direction::Floor && standing.start.is_none() {
                self.needs_start(
                    span,
                    "a floor is owed in windows that lie in the term as a whole, and the agreement has no start",
                );
                return None;
            }
            let agreement = &self.agreements[owner.index()];
            let end = agreement.latest_end(&standing);
            if let (Direction::Floor, Some(start), Some(end)) = (direction, standing.start, end)
                && !end.admits(agreement.zone.add(start, length))
            {
                let message = format!("no window of {length} lies in the time of this duty as a whole");
                let help = "a floor is owed in whole windows only: shorten them, or use `in each`";
                self.report(Diagnostic::error(Code::BadTiming, message, span, "too long").help(help));
                return None;
            }
            return Some(Reach::Any(Window { length, standing }));
        }
        if timings.in_each.is_some() {
            return self.cadence(timings, owner, opened_by, duty).map(Reach::Each);
        }
        let need = match direction {
            Direction::Floor => Need::Deadline,
            Direction::Ceiling => Need::Length,
        };
        self.extent(timings, owner, scope, opened_by, need, duty)
            .map(Reach::Over)
    }

    fn per(&mut self, per: &Spanned<ast::Per>, pattern: &ast::Pattern, owner: AgreementId) -> Option<Per> {
        match &per.node {
            ast::Per::Named(kind, binding) => {
                if kind.node != "party" {
                    let message = format!("counts and figures cannot be said of every `{}`", kind.node);
                    let help = "write `for every party p`, or name a field whose values are meant: `for every x.field`";
                    self.report(Diagnostic::error(Code::UnknownName, message, kind.span, "not a kind").help(help));
                    return None;
                }
                let parties = &self.agreements[owner.index()].parties;
                let members = parties.iter().map(|id| Value::Party(*id)).collect();
                Some(Per {
                    kind: PerKind::Members(binding.node.clone(), members),
                    ty: Type::Party,
                    span: per.span,
                })
            }
            ast::Per::Field(path) => self.group_field(path, pattern, per.span),
        }
    }

    /// The values of a field of the events of a pattern, as what is counted one by one.
    pub(super) fn group_field(&mut self, path: &Spanned<ast::Path>, pattern: &ast::Pattern, span: Span) -> Option<Per> {
        let event = self.event_named(&pattern.event)?;
        let scope = Scope::default().with(pattern.binding.as_ref(), Var::Subject, event);
        let (field, ty) = self.own_field(path, pattern, &scope)?;
        let FieldRef::Declared(id) = field else {
            let message = "every event has an instant of its own, so this would make no groups";
            self.report(Diagnostic::error(Code::BadForm, message, path.span, "the instant"));
            return None;
        };
        if self.events[event.index()].field(id).optional {
            let message = "an event without this field would belong to no group";
            let help = "group by a field that every event of the type carries";
            self.report(Diagnostic::error(Code::BadForm, message, path.span, "an optional field").help(help));
            return None;
        }
        Some(Per {
            kind: PerKind::Values(field),
            ty,
            span,
        })
    }
}

/// What a value adds to a figure: billionths of a number or an amount, nanoseconds of a duration.
pub fn amount(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => Some(number.billionths()),
        Value::Duration(duration) => Some(i128::from(duration.nanoseconds())),
        _ => None,
    }
}

impl Bound {
    /// The figure that it is held against, if it is one.
    pub fn reference(&self) -> Option<&Figure> {
        match &self.limit {
            Limit::Fixed(_) => None,
            Limit::Part(_, figure) => Some(figure),
        }
    }

    /// The events that the figure is made of.
    pub fn pattern(&self) -> &Pattern {
        &self.figure.pattern
    }
}
