//! Predicates, and templates with their applications.
//!
//! A parameter that stands where only a literal can (`within window`, `cites source`) is replaced while the pairs are turned into a tree,
//! so that the tree has no place for it: each application of a template is parsed from the template's own text, with its literals.
//! Where an operand can stand, a parameter is a name like any other, which the model resolves.

use std::collections::HashMap;

use pest::Parser as _;

use super::ast::{Apply, Clause, Define, Literal, Parameter, ParameterType, Template, TypeExpr};
use super::parser::{Builder, P, words};
use super::{Grammar, Rule};
use crate::diagnostic::{Code, Diagnostic, nearest, suggest};
use crate::source::Spanned;
use crate::time::{Date, Duration};
use crate::value::Number;

/// The literals that stand for the parameters of a template, by name; `None` for a parameter that is no literal.
pub type Literals = HashMap<String, Option<Literal>>;

/// The clauses of a template with these literals in the places of its parameters, and the mistakes in them.
pub fn instantiate(template: &Template, literals: Literals) -> (Vec<Clause>, Vec<Diagnostic>) {
    let span = template.body.span;
    let mut builder = Builder::new(span.source, span.start as usize);
    builder.literals = literals;
    // The text was parsed with its file, so it parses.
    let clauses = match Grammar::parse(Rule::template_body, &template.body.node) {
        Ok(pairs) => pairs.flat_map(|body| builder.clauses(body)).collect(),
        Err(_) => Vec::new(),
    };
    (clauses, builder.diagnostics)
}

impl Builder {
    pub(super) fn define(&mut self, pair: P<'_>) -> Option<Define> {
        let mut inner = words(pair);
        let name = self.name(&inner.next()?);
        let parameters = self.parameters(inner.next()?);
        let body = self.condition(inner.next()?)?;
        Some(Define { name, parameters, body })
    }

    pub(super) fn template(&mut self, pair: P<'_>) -> Option<Template> {
        let mut inner = words(pair);
        let name = self.name(&inner.next()?);
        let parameters = self.parameters(inner.next()?);
        let body = inner.next()?;
        let samples = parameters
            .iter()
            .map(|parameter| (parameter.name.node.clone(), sample(&parameter.ty.node)));
        let outer = std::mem::replace(&mut self.literals, samples.collect());
        let text = Spanned::new(body.as_str().trim_end().to_owned(), self.span(&body));
        let sample = self.clauses(body);
        self.literals = outer;
        Some(Template {
            name,
            parameters,
            body: text,
            sample,
        })
    }

    fn clauses(&mut self, body: P<'_>) -> Vec<Clause> {
        words(body).filter_map(|pair| self.clause(pair)).collect()
    }

    fn parameters(&mut self, pair: P<'_>) -> Vec<Parameter> {
        words(pair).filter_map(|pair| self.parameter(pair)).collect()
    }

    fn parameter(&mut self, pair: P<'_>) -> Option<Parameter> {
        let mut inner = words(pair);
        let name = self.name(&inner.next()?);
        let written = inner.next()?;
        let span = self.span(&written);
        let ty = match written.as_rule() {
            Rule::any_money => ParameterType::Money,
            Rule::field_type => {
                let mut names = words(written).map(|pair| self.name(&pair));
                ParameterType::Field(names.next()?, names.next()?)
            }
            _ => ParameterType::Type(self.type_expr(written)?.node),
        };
        Some(Parameter {
            name,
            ty: Spanned::new(ty, span),
        })
    }

    pub(super) fn apply(&mut self, pair: P<'_>) -> Option<Apply> {
        let mut inner = words(pair);
        let template = self.name(&inner.next()?);
        let arguments = inner.filter_map(|argument| {
            let mut inner = words(argument);
            let name = self.name(&inner.next()?);
            Some((name, self.operand(inner.next()?)?))
        });
        Some(Apply {
            template,
            arguments: arguments.collect(),
        })
    }

    /// What stands for the name that was written where a literal is asked for.
    pub(super) fn stand_in<T>(
        &mut self,
        pair: &P<'_>,
        wanted: &str,
        take: impl Fn(&Literal) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let span = self.span(pair);
        let name = pair.as_str().trim_end();
        match self.literals.get(name) {
            Some(Some(literal)) => {
                if let Some(taken) = take(literal) {
                    return Some(Spanned::new(taken, span));
                }
                let message = format!("`{name}` is {}, where {wanted} is asked for", kind(literal));
                let label = format!("must be {wanted}");
                self.diagnostics
                    .push(Diagnostic::error(Code::TypeMismatch, message, span, label));
            }
            Some(None) => {
                let message = format!("`{name}` cannot stand where {wanted} is asked for");
                let label = format!("must be {wanted}");
                self.diagnostics
                    .push(Diagnostic::error(Code::TypeMismatch, message, span, label));
            }
            None => {
                let message = format!("`{name}` stands for nothing where {wanted} is asked for");
                let known: Vec<&str> = self.literals.keys().map(String::as_str).collect();
                let unit = nearest(name, UNITS).filter(|_| wanted == "a duration");
                let help = unit
                    .map(|unit| format!("did you mean `1 {unit}`?"))
                    .or_else(|| suggest(name, "parameters", &known))
                    .unwrap_or_else(|| "only the parameters of a template can stand in for literals".to_owned());
                let diagnostic = Diagnostic::error(Code::UnknownName, message, span, format!("expected {wanted}"));
                self.diagnostics.push(diagnostic.help(help).meant(name, &known));
            }
        }
        None
    }
}

/// What durations are counted in.
const UNITS: [&str; 7] = ["second", "minute", "hour", "day", "week", "month", "year"];

/// Some literal of a type, to read a template by itself; `None` where a literal of it never stands alone.
fn sample(ty: &ParameterType) -> Option<Literal> {
    let ParameterType::Type(TypeExpr::Named(name)) = ty else {
        return None;
    };
    match name.as_str() {
        "text" => Some(Literal::Text(String::new())),
        "number" => Some(Literal::Number(Number::whole(1))),
        "date" => Date::new(2000, 1, 1).map(Literal::Date),
        "duration" => Duration::exact(3_600_000_000_000).ok().map(Literal::Duration),
        _ => None,
    }
}

fn kind(literal: &Literal) -> &'static str {
    match literal {
        Literal::Text(_) => "a text",
        Literal::Number(_) => "a number",
        Literal::Money(..) => "an amount of money",
        Literal::Bool(_) => "true or false",
        Literal::Instant(_) => "an instant",
        Literal::Date(_) => "a day",
        Literal::Duration(_) => "a duration",
    }
}
