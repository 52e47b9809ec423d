//! Conditions as filters on what is bound already.
//!
//! Conditions are three-valued, the logic is two-valued: so each is translated four times over, as that it is certainly true or false, or that it is not.

use super::formula::{Formula, Interval, Relation, Term};
use super::refusal::{Reason, Refused};
use super::scope::{Reach, Scope, Translator};
use super::vocabulary;
use crate::model::{Condition, ConditionKind, FieldId, FieldRef, Operand, OperandKind, StateId, Var};
use crate::syntax::ast::{CompareOp, Quantity};
use crate::value::{Type, Value};

/// What is wanted of the truth of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    True,
    False,
    NotFalse,
    NotTrue,
}

impl Want {
    /// What is wanted of a condition whose negation this is wanted of.
    fn negated(self) -> Want {
        match self {
            Want::True => Want::False,
            Want::False => Want::True,
            Want::NotFalse => Want::NotTrue,
            Want::NotTrue => Want::NotFalse,
        }
    }

    /// Whether this of a conjunction is this of each conjunct.
    fn asks_all(self) -> bool {
        matches!(self, Want::True | Want::NotFalse)
    }
}

/// A relation between values that are there.
#[derive(Debug, Clone)]
enum Literal {
    Compare(Term, Relation, Term),
    /// Not equal.
    Differ(Term, Term),
    Element(Formula),
    NoElement(Formula),
}

/// Alternatives, each of which is a conjunction.
type Alternatives = Vec<Vec<Literal>>;

/// An operand in a formula.
#[derive(Debug, Clone)]
enum Resolved {
    Term(Term),
    Set(SetOperand),
}

#[derive(Debug, Clone)]
enum SetOperand {
    /// Those elements.
    Literal(Vec<Term>),
    /// A field of an event.
    Field(Var, FieldId),
}

impl Translator<'_> {
    /// The formula that a filter is so of what another formula binds.
    pub(super) fn filter(
        &mut self,
        context: Formula,
        condition: &Condition,
        want: Want,
        scope: &Scope,
    ) -> Result<Formula, Refused> {
        let filtered = match &condition.kind {
            ConditionKind::All(elements) if want.asks_all() => self.filter_all(context, elements, want, scope)?,
            ConditionKind::Any(elements) if !want.asks_all() => self.filter_all(context, elements, want, scope)?,
            ConditionKind::All(elements) | ConditionKind::Any(elements) => {
                let mut alternatives = Vec::new();
                for element in elements {
                    alternatives.push(self.filter(context.clone(), element, want, scope)?);
                }
                Formula::any(alternatives).unwrap_or_else(|| nowhere(context))
            }
            ConditionKind::Not(negated) => self.filter(context, negated, want.negated(), scope)?,
            ConditionKind::Past(query) => {
                if scope.doubting {
                    return Err(Reason::PastMaintained.at(condition.span));
                }
                let (count, none) = match query.quantity {
                    Quantity::Some => (1, false),
                    Quantity::No => (1, true),
                    Quantity::AtLeast(count) => (count, false),
                };
                let want = if none { want.negated() } else { want };
                let interval = match query.within {
                    Some(within) => Interval::until(self.length(within, condition.span)?),
                    None => Interval::UNBOUNDED,
                };
                let reach = Reach::Once(interval);
                let certainty = if want == Want::True || want == Want::NotTrue {
                    Want::True
                } else {
                    Want::NotFalse
                };
                let found = self.at_least(&context, scope, reach, &query.pattern, Var::Past, count, certainty, &[])?;
                if want.asks_all() {
                    context.and(found)
                } else {
                    context.and(found.negated())
                }
            }
            ConditionKind::Compare { .. }
            | ConditionKind::Includes { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Holds(_) => self.filter_atom(context, condition, want, scope)?,
        };
        Self::bounded(filtered, condition.span)
    }

    /// All of these conditions.
    pub(super) fn filter_all(
        &mut self,
        context: Formula,
        conditions: &[Condition],
        want: Want,
        scope: &Scope,
    ) -> Result<Formula, Refused> {
        conditions.iter().try_fold(context, |context, condition| {
            self.filter(context, condition, want, scope)
        })
    }

    fn filter_atom(
        &mut self,
        context: Formula,
        condition: &Condition,
        want: Want,
        scope: &Scope,
    ) -> Result<Formula, Refused> {
        let operands = operands(condition);
        let mut given = Vec::new();
        for operand in &operands {
            given.extend(Self::given(operand, scope));
        }
        let states: Vec<&Operand> = operands
            .iter()
            .copied()
            .filter(|operand| matches!(operand.kind, OperandKind::State(..)))
            .collect();
        if let ConditionKind::In { item, choices } = &condition.kind
            && choices.iter().any(|choice| Self::given(choice, scope).is_some())
        {
            // A choice that is absent leaves open whether another one is the item.
            if !states.is_empty() {
                return Err(Reason::UncertainChoice.at(condition.span));
            }
            let equalities = choices.iter().map(|choice| Condition {
                kind: ConditionKind::Compare {
                    left: item.clone(),
                    op: CompareOp::Equal,
                    right: choice.clone(),
                },
                span: condition.span,
            });
            let any = Condition {
                kind: ConditionKind::Any(equalities.collect()),
                span: condition.span,
            };
            return self.filter(context, &any, want, scope);
        }
        if !states.is_empty() {
            return self.filter_states(context, condition, &states, &given, want, scope);
        }
        let (holds, fails) = self.relation(condition, scope, &[])?;
        let wanted = if want.asks_all() { &holds } else { &fails };
        let is = |term: &Term, number: i128| Formula::Compare(term.clone(), Relation::Equal, Term::Int(number));
        if want == Want::True || want == Want::False {
            let present = given.iter().fold(context, |context, term| context.and(is(term, 1)));
            return Ok(disjoin(present, wanted));
        }
        let mut alternatives = vec![disjoin(context.clone(), wanted)];
        alternatives.extend(given.iter().map(|term| context.clone().and(is(term, 0))));
        Ok(Formula::any(alternatives).unwrap_or_else(|| nowhere(context)))
    }

    /// A relation that reads states: they can have several values at once, or none.
    fn filter_states(
        &mut self,
        context: Formula,
        condition: &Condition,
        states: &[&Operand],
        given: &[Term],
        want: Want,
        scope: &Scope,
    ) -> Result<Formula, Refused> {
        let present = given.iter().fold(context.clone(), |context, term| {
            context.and(Formula::Compare(term.clone(), Relation::Equal, Term::Int(1)))
        });
        let mut contexts = vec![present];
        let mut values = Vec::new();
        for state in states {
            let OperandKind::State(id, key) = &state.kind else {
                continue;
            };
            let key = match key {
                None => None,
                Some(key) => match self.resolve(key, scope)? {
                    Resolved::Term(term) => Some(term),
                    Resolved::Set(_) => return Err(Reason::WholeSet.at(key.span)),
                },
            };
            let value = self.names.variable(&self.model.state(*id).name.clone());
            let mut further = Vec::new();
            for context in contexts {
                further.extend(self.valuations(&context, *id, key.as_ref(), &value, state.span)?);
            }
            contexts = further;
            values.push((*id, value));
        }
        let chosen: Vec<(StateId, Term)> = values
            .iter()
            .map(|(state, value)| (*state, Term::Variable(value.clone())))
            .collect();
        let (holds, fails) = self.relation(condition, scope, &chosen)?;
        let variables: Vec<_> = values.into_iter().map(|(_, value)| value).collect();
        let some = |alternatives: &Alternatives| {
            let found = contexts
                .iter()
                .map(|context| disjoin(context.clone(), alternatives).exists(variables.clone()));
            Formula::any(found.collect())
        };
        let (some_hold, some_fail) = (some(&holds), some(&fails));
        let (Some(some_hold), Some(some_fail)) = (some_hold, some_fail) else {
            // Nothing ever sets it, so that it is never known.
            return Ok(match want {
                Want::True | Want::False => nowhere(context),
                Want::NotTrue | Want::NotFalse => context,
            });
        };
        let sure = |wanted: Formula, other: Formula| {
            if scope.doubting {
                wanted
            } else {
                wanted.and(other.negated())
            }
        };
        Ok(match want {
            Want::True => sure(some_hold, some_fail),
            Want::False => sure(some_fail, some_hold),
            Want::NotTrue => context.and(sure(some_hold, some_fail).negated()),
            Want::NotFalse => context.and(sure(some_fail, some_hold).negated()),
        })
    }

    /// When a relation holds and when it does not, of values that are there. States have these values.
    fn relation(
        &mut self,
        condition: &Condition,
        scope: &Scope,
        states: &[(StateId, Term)],
    ) -> Result<(Alternatives, Alternatives), Refused> {
        // The values are in the order of the operands.
        let mut states = states.iter();
        let mut term = |translator: &Self, operand: &Operand| -> Result<Term, Refused> {
            if matches!(operand.kind, OperandKind::State(..))
                && let Some((_, value)) = states.next()
            {
                return Ok(value.clone());
            }
            match translator.resolve(operand, scope)? {
                Resolved::Term(term) => Ok(term),
                Resolved::Set(_) => Err(Reason::WholeSet.at(operand.span)),
            }
        };
        Ok(match &condition.kind {
            ConditionKind::Compare { left, op, right } => {
                let (left, right) = (term(self, left)?, term(self, right)?);
                comparison(&left, *op, &right)
            }
            ConditionKind::Holds(held) => comparison(&term(self, held)?, CompareOp::Equal, &Term::Int(1)),
            ConditionKind::In { item, choices } => {
                let item = term(self, item)?;
                let choices = choices.iter().map(|choice| term(self, choice));
                one_of(&item, &choices.collect::<Result<Vec<_>, _>>()?)
            }
            ConditionKind::Includes { set, elements } => {
                let set = match self.resolve(set, scope)? {
                    Resolved::Set(set) => set,
                    Resolved::Term(_) => return Err(Reason::WholeSet.at(set.span)),
                };
                let mut holds: Alternatives = vec![Vec::new()];
                let mut fails = Vec::new();
                for element in elements {
                    let element = term(self, element)?;
                    let (has, has_not) = match &set {
                        SetOperand::Literal(members) => one_of(&element, members),
                        SetOperand::Field(var, field) => {
                            let member = self.element(*var, *field, element, scope);
                            (
                                vec![vec![Literal::Element(member.clone())]],
                                vec![vec![Literal::NoElement(member)]],
                            )
                        }
                    };
                    holds = product(&holds, &has);
                    fails.extend(has_not);
                }
                (holds, fails)
            }
            ConditionKind::All(_) | ConditionKind::Any(_) | ConditionKind::Not(_) | ConditionKind::Past(_) => {
                (Vec::new(), Vec::new())
            }
        })
    }

    /// The variable that says whether an operand is there, if it can be absent.
    pub(super) fn given(operand: &Operand, scope: &Scope) -> Option<Term> {
        match &operand.kind {
            OperandKind::Field(var, FieldRef::Declared(field)) => scope.events.get(var)?.given.get(field).cloned(),
            OperandKind::State(_, Some(key)) => Self::given(key, scope),
            OperandKind::State(_, None)
            | OperandKind::Field(_, FieldRef::Time)
            | OperandKind::Common(..)
            | OperandKind::Literal(_)
            | OperandKind::Key => None,
        }
    }

    /// The term of an operand that is no set and no state.
    pub(super) fn term(&self, operand: &Operand, scope: &Scope) -> Result<Term, Refused> {
        match self.resolve(operand, scope)? {
            Resolved::Term(term) => Ok(term),
            Resolved::Set(_) => Err(Reason::WholeSet.at(operand.span)),
        }
    }

    fn resolve(&self, operand: &Operand, scope: &Scope) -> Result<Resolved, Refused> {
        let unknown = || Reason::WholeSet.at(operand.span);
        match &operand.kind {
            OperandKind::Literal(Value::Set(elements)) => {
                let Type::Set(ty) = &operand.ty else {
                    return Err(unknown());
                };
                let terms = elements.iter().map(|element| vocabulary::term(self.model, element, ty));
                let terms: Option<Vec<Term>> = terms.collect();
                terms
                    .map(|terms| Resolved::Set(SetOperand::Literal(terms)))
                    .ok_or_else(unknown)
            }
            OperandKind::Literal(value) => vocabulary::term(self.model, value, &operand.ty)
                .map(Resolved::Term)
                .ok_or_else(unknown),
            OperandKind::Field(var, FieldRef::Time) => {
                let bound = scope.events.get(var).ok_or_else(unknown)?;
                Ok(Resolved::Term(Term::Variable(bound.time.clone())))
            }
            OperandKind::Field(var, FieldRef::Declared(field)) => {
                if matches!(operand.ty, Type::Set(_)) {
                    return Ok(Resolved::Set(SetOperand::Field(*var, *field)));
                }
                let bound = scope.events.get(var).ok_or_else(unknown)?;
                bound.values.get(field).cloned().map(Resolved::Term).ok_or_else(unknown)
            }
            OperandKind::Key => scope.key.clone().map(Resolved::Term).ok_or_else(unknown),
            // A trigger of several types has no translation.
            OperandKind::Common(..) | OperandKind::State(..) => Err(unknown()),
        }
    }

    /// That a field of a set type has an element, judged where the event is.
    fn element(&self, var: Var, field: FieldId, element: Term, scope: &Scope) -> Formula {
        let Some(bound) = scope.events.get(&var) else {
            return Formula::Compare(Term::Int(0), Relation::Equal, Term::Int(1));
        };
        let predicate = self.vocabulary.elements(bound.event, field).unwrap_or_default();
        let terms = vec![Term::Variable(bound.number.clone()), element];
        bound.reach.wrap(Formula::Predicate(predicate.to_owned(), terms))
    }
}

fn operands(condition: &Condition) -> Vec<&Operand> {
    match &condition.kind {
        ConditionKind::Compare { left, right, .. } => vec![left, right],
        ConditionKind::Includes { set, elements } => std::iter::once(set).chain(elements).collect(),
        ConditionKind::In { item, choices } => std::iter::once(item).chain(choices).collect(),
        ConditionKind::Holds(held) => vec![held],
        ConditionKind::All(_) | ConditionKind::Any(_) | ConditionKind::Not(_) | ConditionKind::Past(_) => Vec::new(),
    }
}

fn comparison(left: &Term, op: CompareOp, right: &Term) -> (Alternatives, Alternatives) {
    let order = match (left, right) {
        (Term::Int(one), Term::Int(other)) => Some(one.cmp(other)),
        (Term::Text(one), Term::Text(other)) => Some(one.cmp(other)),
        _ => None,
    };
    if let Some(order) = order {
        let always = vec![Vec::new()];
        return if op.holds(order) {
            (always, Vec::new())
        } else {
            (Vec::new(), always)
        };
    }
    let compare = |relation| vec![vec![Literal::Compare(left.clone(), relation, right.clone())]];
    let differ = || vec![vec![Literal::Differ(left.clone(), right.clone())]];
    match op {
        CompareOp::Equal => (compare(Relation::Equal), differ()),
        CompareOp::NotEqual => (differ(), compare(Relation::Equal)),
        CompareOp::Less => (compare(Relation::Less), compare(Relation::GreaterOrEqual)),
        CompareOp::LessOrEqual => (compare(Relation::LessOrEqual), compare(Relation::Greater)),
        CompareOp::Greater => (compare(Relation::Greater), compare(Relation::LessOrEqual)),
        CompareOp::GreaterOrEqual => (compare(Relation::GreaterOrEqual), compare(Relation::Less)),
    }
}

fn one_of(item: &Term, choices: &[Term]) -> (Alternatives, Alternatives) {
    let mut holds = Vec::new();
    let mut fails: Alternatives = vec![Vec::new()];
    for choice in choices {
        let (same, other) = comparison(item, CompareOp::Equal, choice);
        holds.extend(same);
        fails = product(&fails, &other);
    }
    (holds, fails)
}

fn product(left: &Alternatives, right: &Alternatives) -> Alternatives {
    let pairs = left.iter().flat_map(|one| right.iter().map(move |other| (one, other)));
    pairs
        .map(|(one, other)| one.iter().chain(other).cloned().collect())
        .collect()
}

/// What another formula binds, of which one of the alternatives is true.
fn disjoin(context: Formula, alternatives: &Alternatives) -> Formula {
    if let Some(choice) = choice_of_constants(alternatives) {
        return context.and(choice);
    }
    let each = alternatives.iter().map(|literals| {
        literals
            .iter()
            .fold(context.clone(), |context, literal| match literal.clone() {
                Literal::Compare(left, relation, right) => context.and(Formula::Compare(left, relation, right)),
                Literal::Differ(left, right) => context.and(Formula::Compare(left, Relation::Equal, right).negated()),
                Literal::Element(member) => context.and(member),
                Literal::NoElement(member) => context.and(member.negated()),
            })
    });
    Formula::any(each.collect()).unwrap_or_else(|| nowhere(context))
}

/// Several constants for one variable are monitorable by themselves, and shorter so.
fn choice_of_constants(alternatives: &Alternatives) -> Option<Formula> {
    let mut of = None;
    let mut equalities = Vec::new();
    for literals in alternatives {
        let [Literal::Compare(Term::Variable(variable), Relation::Equal, constant)] = literals.as_slice() else {
            return None;
        };
        if constant.variable().is_some() || of.is_some_and(|of| of != variable) {
            return None;
        }
        of = Some(variable);
        equalities.push(Formula::Compare(
            Term::Variable(variable.clone()),
            Relation::Equal,
            constant.clone(),
        ));
    }
    if equalities.len() < 2 {
        return None;
    }
    Formula::any(equalities)
}

/// A formula with the variables of another one that is never true.
fn nowhere(context: Formula) -> Formula {
    context.and(Formula::Compare(Term::Int(0), Relation::Equal, Term::Int(1)))
}
