//! Pairs to literals, with a diagnostic for those of the right shape that have no value.

use super::Rule;
use super::ast::Literal;
use super::parser::{Builder, P, words};
use crate::source::Spanned;
use crate::time::{Date, Duration, Instant};
use crate::value::Number;

impl Builder {
    pub(super) fn literal(&mut self, pair: P<'_>) -> Option<Literal> {
        match pair.as_rule() {
            Rule::text => Some(Literal::Text(self.text(&pair).node)),
            Rule::day => self.day(&pair).map(|date| Literal::Date(date.node)),
            Rule::length => self.length(pair).map(|duration| Literal::Duration(duration.node)),
            Rule::boolean => Some(Literal::Bool(pair.as_str() == "true")),
            Rule::instant => {
                let span = self.span(&pair);
                match pair.as_str().parse::<Instant>() {
                    Ok(instant) => Some(Literal::Instant(instant)),
                    Err(error) => {
                        let help = "an instant has a day, a time and an offset from UTC: 2024-07-08T10:00:00+03:00";
                        let message = format!("`{}` is not an instant: {error}", pair.as_str());
                        self.bad_literal(span, message, Some(help.to_owned()));
                        None
                    }
                }
            }
            Rule::number => self.number(pair).map(Literal::Number),
            Rule::money => {
                let currency = pair
                    .clone()
                    .into_inner()
                    .find(|inner| inner.as_rule() == Rule::currency)?;
                let amount = self.number(pair)?;
                Some(Literal::Money(amount, currency.as_str().to_owned()))
            }
            _ => None,
        }
    }

    /// A text with its escapes resolved: `\"`, `\\` and `\n`.
    pub(super) fn text(&mut self, pair: &P<'_>) -> Spanned<String> {
        let span = self.span(pair);
        let raw = pair.clone().into_inner().next().map_or("", |inner| inner.as_str());
        let mut resolved = String::with_capacity(raw.len());
        let mut chars = raw.chars();
        while let Some(char) = chars.next() {
            match (char, char == '\\') {
                (_, true) => match chars.next() {
                    Some('n') => resolved.push('\n'),
                    Some(escaped @ ('"' | '\\')) => resolved.push(escaped),
                    other => {
                        let shown = other.map_or(String::new(), String::from);
                        let message = format!("`\\{shown}` is not an escape");
                        let help = "a text knows \\\", \\\\ and \\n; a backslash itself is written \\\\".to_owned();
                        self.bad_literal(span, message, Some(help));
                    }
                },
                (plain, false) => resolved.push(plain),
            }
        }
        Spanned::new(resolved, span)
    }

    pub(super) fn date(&mut self, pair: &P<'_>) -> Option<Spanned<Date>> {
        let inner = words(pair.clone()).next()?;
        if inner.as_rule() == Rule::parameter {
            return self.stand_in(&inner, "a day", |literal| match literal {
                Literal::Date(date) => Some(*date),
                _ => None,
            });
        }
        self.day(&inner)
    }

    pub(super) fn day(&mut self, pair: &P<'_>) -> Option<Spanned<Date>> {
        let span = self.span(pair);
        match pair.as_str().parse::<Date>() {
            Ok(date) => Some(Spanned::new(date, span)),
            Err(_) => {
                let message = format!("`{}` is not a day of the calendar", pair.as_str());
                let help = "a day is written year-month-day, as in 2024-06-13".to_owned();
                self.bad_literal(span, message, Some(help));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, pair: P<'_>) -> Option<Spanned<Duration>> {
        let inner = words(pair).next()?;
        if inner.as_rule() == Rule::parameter {
            return self.stand_in(&inner, "a duration", |literal| match literal {
                Literal::Duration(duration) => Some(*duration),
                _ => None,
            });
        }
        self.length(inner)
    }

    fn length(&mut self, pair: P<'_>) -> Option<Spanned<Duration>> {
        let span = self.span(&pair);
        let text = pair.as_str().trim_end().to_owned();
        let mut sum = Duration::default();
        let mut smallest: Option<usize> = None;
        for part in words(pair) {
            let mut inner = part.into_inner();
            let (count, unit) = (inner.next()?, inner.next()?);
            let count: Option<u64> = count.as_str().replace('_', "").parse().ok();
            let rank = unit_rank(unit.as_str());
            if smallest.is_some_and(|before| rank <= before) {
                let help = "units combine from large to small, each once: `1 month 15 days`".to_owned();
                self.bad_literal(span, format!("the units of `{text}` are out of order"), Some(help));
                return None;
            }
            smallest = Some(rank);
            let added = count
                .and_then(|count| Duration::of_unit(count, unit.as_str()))
                .and_then(Result::ok)
                .and_then(|part| sum.plus(part).ok());
            let Some(added) = added else {
                let help = "a duration is at most 9,999 years, and its hours, minutes and seconds at most 580 years";
                self.bad_literal(span, format!("`{text}` is too long"), Some(help.to_owned()));
                return None;
            };
            sum = added;
        }
        Some(Spanned::new(sum, span))
    }

    /// The number of an `at least N` and the like.
    pub(super) fn count(&mut self, pair: P<'_>) -> Option<Spanned<u32>> {
        let count = words(pair).next()?;
        if let Some(parameter) = words(count.clone()).find(|inner| inner.as_rule() == Rule::parameter) {
            return self.stand_in(&parameter, "a whole number", |literal| match literal {
                Literal::Number(number) => whole(*number),
                _ => None,
            });
        }
        let span = self.span(&count);
        match count.as_str().replace('_', "").parse::<u32>() {
            Ok(number) => Some(Spanned::new(number, span)),
            Err(_) => {
                self.bad_literal(span, format!("`{}` is too many to count", count.as_str()), None);
                None
            }
        }
    }

    fn number(&mut self, pair: P<'_>) -> Option<Number> {
        let span = self.span(&pair);
        let text = pair.as_str().trim_end().to_owned();
        let mut amount = None;
        let mut factor = 1;
        for inner in words(pair) {
            match inner.as_rule() {
                Rule::amount => amount = Some(inner.as_str().replace('_', "").parse::<Number>()),
                Rule::scale => {
                    factor = match inner.as_str() {
                        "thousand" => 1_000,
                        "million" => 1_000_000,
                        "billion" => 1_000_000_000,
                        _ => 1_000_000_000_000,
                    };
                }
                _ => {}
            }
        }
        let problem = match amount? {
            Ok(number) => match number.times(factor) {
                Some(scaled) => return Some(scaled),
                None => crate::value::NumberError::TooLarge,
            },
            Err(error) => error,
        };
        self.bad_literal(span, format!("`{text}` cannot be used as a number: {problem}"), None);
        None
    }
}

fn whole(number: Number) -> Option<u32> {
    const ONE: i128 = 1_000_000_000;
    let billionths = number.billionths();
    (billionths % ONE == 0).then(|| u32::try_from(billionths / ONE).ok())?
}

fn unit_rank(unit: &str) -> usize {
    const UNITS: [&str; 7] = ["year", "month", "week", "day", "hour", "minute", "second"];
    UNITS
        .iter()
        .position(|known| unit.starts_with(known))
        .unwrap_or(UNITS.len())
}
