//! Pairs to conditions and operands.

use super::Rule;
use super::ast::{CompareOp, Condition, ConditionKind, Operand, OperandKind, Quantity};
use super::parser::{Builder, P, words};
use crate::source::Spanned;

impl Builder {
    /// `p and q or r`: the grammar gives disjunctions of conjunctions; single-element levels are unwrapped.
    pub(super) fn condition(&mut self, pair: P<'_>) -> Option<Condition> {
        self.chain(pair, Self::conjunction, ConditionKind::Or)
    }

    fn conjunction(&mut self, pair: P<'_>) -> Option<Condition> {
        self.chain(pair, Self::negation, ConditionKind::And)
    }

    fn chain(
        &mut self,
        pair: P<'_>,
        mut element: impl FnMut(&mut Self, P<'_>) -> Option<Condition>,
        join: impl FnOnce(Vec<Condition>) -> ConditionKind,
    ) -> Option<Condition> {
        let span = self.span(&pair);
        let mut elements: Vec<Condition> = words(pair).filter_map(|inner| element(self, inner)).collect();
        match elements.len() {
            0 => None,
            1 => elements.pop(),
            _ => Some(Spanned::new(join(elements), span)),
        }
    }

    fn negation(&mut self, pair: P<'_>) -> Option<Condition> {
        let inner = words(pair).next()?;
        let span = self.span(&inner);
        match inner.as_rule() {
            Rule::not_condition => {
                let negated = words(inner).next().and_then(|pair| self.negation(pair))?;
                Some(Spanned::new(ConditionKind::Not(Box::new(negated)), span))
            }
            Rule::group => words(inner).next().and_then(|pair| self.condition(pair)),
            Rule::past => self.past(inner),
            _ => self.comparison(inner),
        }
    }

    fn past(&mut self, pair: P<'_>) -> Option<Condition> {
        let span = self.span(&pair);
        let mut quantity = None;
        let mut pattern = None;
        let mut within = None;
        for inner in words(pair) {
            match inner.as_rule() {
                Rule::past_some => quantity = Some(Quantity::Some),
                Rule::past_no => quantity = Some(Quantity::No),
                Rule::at_least => quantity = self.count(inner).map(|count| Quantity::AtLeast(count.node)),
                Rule::pattern => pattern = self.pattern(inner),
                _ => within = Some(self.duration(inner)?),
            }
        }
        let kind = ConditionKind::Past(quantity?, Box::new(pattern?), within);
        Some(Spanned::new(kind, span))
    }

    fn comparison(&mut self, pair: P<'_>) -> Option<Condition> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let left = self.operand(inner.next()?)?;
        let Some(operator) = inner.next() else {
            return Some(Spanned::new(ConditionKind::Holds(left), span));
        };
        let right = self.operand(inner.next()?)?;
        let kind = match operator.as_rule() {
            Rule::kw_includes => ConditionKind::Includes(left, right),
            Rule::kw_in => ConditionKind::In(left, right),
            _ => {
                let op = match operator.as_str() {
                    "==" => CompareOp::Equal,
                    "!=" => CompareOp::NotEqual,
                    "<" => CompareOp::Less,
                    "<=" => CompareOp::LessOrEqual,
                    ">" => CompareOp::Greater,
                    _ => CompareOp::GreaterOrEqual,
                };
                ConditionKind::Compare(left, Spanned::new(op, self.span(&operator)), right)
            }
        };
        Some(Spanned::new(kind, span))
    }

    pub(super) fn operand(&mut self, pair: P<'_>) -> Option<Operand> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::path => OperandKind::Path(self.path(pair)?.node),
            Rule::list => OperandKind::List(words(pair).filter_map(|inner| self.operand(inner)).collect()),
            Rule::call => {
                let mut inner = words(pair);
                let name = self.name(&inner.next()?);
                OperandKind::Call(name, inner.filter_map(|pair| self.operand(pair)).collect())
            }
            _ => OperandKind::Literal(self.literal(pair)?),
        };
        Some(Spanned::new(kind, span))
    }
}
