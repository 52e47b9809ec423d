//! Pairs to figures and what they are held against.

use super::Rule;
use super::ast::{FieldMeasure, Figure, Limit, Literal, Measure, Per};
use super::parser::{Builder, P, words};
use crate::source::Spanned;
use crate::value::Number;

impl Builder {
    pub(super) fn figure(&mut self, pair: P<'_>) -> Option<Figure> {
        let span = self.span(&pair);
        let mut measure = None;
        let mut pattern = None;
        let mut path = None;
        let mut share = None;
        for inner in words(pair) {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::measure => {
                    let word = match inner.as_str() {
                        "total" => FieldMeasure::Total,
                        "average" => FieldMeasure::Average,
                        "lowest" => FieldMeasure::Lowest,
                        "highest" => FieldMeasure::Highest,
                        _ => FieldMeasure::Distinct,
                    };
                    measure = Some(Spanned::new(word, span));
                }
                Rule::path => path = self.path(inner),
                Rule::pattern => pattern = self.pattern(inner),
                Rule::share => {
                    let mut parts = words(inner);
                    pattern = self.pattern(parts.next()?);
                    share = self.condition(parts.next()?);
                }
                _ => {}
            }
        }
        let measure = match share {
            Some(condition) => Measure::Share(condition),
            None => Measure::Field(measure?, path?),
        };
        Some(Figure {
            measure,
            pattern: pattern?,
            span,
        })
    }

    pub(super) fn limit(&mut self, pair: P<'_>) -> Option<Limit> {
        let mut percentage = None;
        for inner in words(pair) {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::percent => percentage = Some(Spanned::new(self.percent(inner)?, span)),
                Rule::figure => {
                    let figure = self.figure(inner)?;
                    return Some(Limit::Figure(percentage, Box::new(figure)));
                }
                Rule::parameter if !self.literals.contains_key(inner.as_str().trim_end()) => {
                    let name = words(inner).next()?;
                    return Some(Limit::Reference(percentage, self.name(&name)));
                }
                Rule::parameter => {
                    let name = self.name(&inner);
                    if let Some(None) = self.literals.get(&name.node) {
                        return Some(Limit::Parameter(name));
                    }
                    let literal =
                        self.stand_in(&inner, "a number, an amount or a duration", |literal| match literal {
                            Literal::Number(_) | Literal::Money(..) | Literal::Duration(_) => Some(literal.clone()),
                            _ => None,
                        })?;
                    return Some(Limit::Fixed(percentage, literal.node));
                }
                _ => {
                    let literal = self.literal(inner)?;
                    return Some(Limit::Fixed(percentage, literal));
                }
            }
        }
        percentage.map(|percentage| Limit::Percent(percentage.node))
    }

    fn percent(&mut self, pair: P<'_>) -> Option<Number> {
        let span = self.span(&pair);
        let amount = words(pair).next()?;
        if amount.as_rule() == Rule::parameter {
            let stands_for = self.stand_in(&amount, "a number", |literal| match literal {
                Literal::Number(number) if *number >= Number::default() => Some(*number),
                _ => None,
            })?;
            return Some(stands_for.node);
        }
        match amount.as_str().replace('_', "").parse::<Number>() {
            Ok(number) if number >= Number::default() => Some(number),
            Ok(_) => {
                self.bad_literal(span, "a share is not negative".to_owned(), None);
                None
            }
            Err(error) => {
                let message = format!("`{}` cannot be used as a percentage: {error}", amount.as_str());
                self.bad_literal(span, message, None);
                None
            }
        }
    }

    pub(super) fn per(&mut self, pair: P<'_>) -> Option<Per> {
        let mut inner = words(pair);
        let first = inner.next()?;
        if first.as_rule() == Rule::path {
            return self.path(first).map(Per::Field);
        }
        let kind = self.name(&first);
        let binding = self.name(&inner.next()?);
        Some(Per::Named(kind, binding))
    }
}
