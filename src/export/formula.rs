//! Formulas of metric first-order temporal logic, as far as MonPoly monitors them.

use std::collections::BTreeSet;

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(pub String);

/// A term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A variable.
    Variable(Variable),
    /// An integer.
    Int(i128),
    /// A text.
    Text(String),
    /// A variable and so many more.
    Plus(Variable, i128),
    /// `_`: something. Only as an argument of a predicate.
    Something,
}

/// A relation between two terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How far a temporal operator looks, in the unit of the time stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The nearest distance.
    pub from: i128,
    /// Whether the nearest distance itself is left out.
    pub from_is_open: bool,
    /// The farthest distance, which is included; `None` if there is none.
    pub to: Option<i128>,
}

impl Interval {
    /// From now to everything.
    pub const UNBOUNDED: Interval = Interval {
        from: 0,
        from_is_open: false,
        to: None,
    };

    /// From now to a distance that is included.
    pub fn until(to: i128) -> Self {
        Interval {
            to: Some(to),
            ..Interval::UNBOUNDED
        }
    }

    /// Whether a distance lies in it.
    pub fn contains(&self, distance: i128) -> bool {
        let begun = distance > self.from || (distance == self.from && !self.from_is_open);
        begun && self.to.is_none_or(|to| distance <= to)
    }
}

/// A formula.
///
/// Translations keep to the fragment that MonPoly accepts: in `And` each conjunct after the first looks only at variables that the
/// conjuncts before it bind, or binds one itself; the alternatives of `Or` have the same free variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula {
    /// A relation of the log.
    Predicate(String, Vec<Term>),
    /// A relation between terms.
    Compare(Term, Relation, Term),
    /// Not.
    Not(Box<Formula>),
    /// All; one or more.
    And(Vec<Formula>),
    /// One of these; one or more.
    Or(Vec<Formula>),
    /// For some values of these variables.
    Exists(Vec<Variable>, Box<Formula>),
    /// At the time point before this one.
    Previous(Box<Formula>),
    /// At some time point from now back.
    Once(Interval, Box<Formula>),
    /// At some time point from now on.
    Eventually(Interval, Box<Formula>),
    /// At every time point after one at which the second was true, the first.
    Since(Box<Formula>, Box<Formula>),
    /// The first variable is how many values of the second there are, for each assignment of the group; only where there are some.
    Count {
        /// How many.
        result: Variable,
        /// What is counted.
        counted: Variable,
        /// The group: all other free variables of the body.
        group: Vec<Variable>,
        /// What is so of them.
        body: Box<Formula>,
    },
}

impl Formula {
    /// The negation.
    #[must_use]
    pub fn negated(self) -> Formula {
        Formula::Not(Box::new(self))
    }

    /// This and another.
    #[must_use]
    pub fn and(self, other: Formula) -> Formula {
        match self {
            Formula::And(mut conjuncts) => {
                conjuncts.push(other);
                Formula::And(conjuncts)
            }
            first => Formula::And(vec![first, other]),
        }
    }

    /// One of these, with the same free variables each.
    #[must_use]
    pub fn any(mut alternatives: Vec<Formula>) -> Option<Formula> {
        match alternatives.len() {
            0 => None,
            1 => alternatives.pop(),
            _ => Some(Formula::Or(alternatives)),
        }
    }

    /// This at the time point before.
    #[must_use]
    pub fn previously(self) -> Formula {
        Formula::Previous(Box::new(self))
    }

    /// This at some time point back.
    #[must_use]
    pub fn once(self, interval: Interval) -> Formula {
        Formula::Once(interval, Box::new(self))
    }

    /// This for some values of these variables.
    #[must_use]
    pub fn exists(self, variables: Vec<Variable>) -> Formula {
        if variables.is_empty() {
            self
        } else {
            Formula::Exists(variables, Box::new(self))
        }
    }

    /// The predicates that it names.
    pub fn predicates(&self) -> BTreeSet<&str> {
        match self {
            Formula::Predicate(name, _) => BTreeSet::from([name.as_str()]),
            Formula::Compare(..) => BTreeSet::new(),
            Formula::Not(inner)
            | Formula::Exists(_, inner)
            | Formula::Previous(inner)
            | Formula::Once(_, inner)
            | Formula::Eventually(_, inner)
            | Formula::Count { body: inner, .. } => inner.predicates(),
            Formula::Since(left, right) => left.predicates().into_iter().chain(right.predicates()).collect(),
            Formula::And(parts) | Formula::Or(parts) => parts.iter().flat_map(Formula::predicates).collect(),
        }
    }

    /// How many nodes it has.
    pub fn size(&self) -> usize {
        1 + match self {
            Formula::Predicate(..) | Formula::Compare(..) => 0,
            Formula::Not(inner)
            | Formula::Exists(_, inner)
            | Formula::Previous(inner)
            | Formula::Once(_, inner)
            | Formula::Eventually(_, inner)
            | Formula::Count { body: inner, .. } => inner.size(),
            Formula::Since(left, right) => left.size() + right.size(),
            Formula::And(parts) | Formula::Or(parts) => parts.iter().map(Formula::size).sum(),
        }
    }

    /// Its free variables.
    pub fn free(&self) -> BTreeSet<Variable> {
        match self {
            Formula::Predicate(_, terms) => terms.iter().filter_map(Term::variable).cloned().collect(),
            Formula::Compare(left, _, right) => [left, right].into_iter().filter_map(Term::variable).cloned().collect(),
            Formula::Not(inner)
            | Formula::Previous(inner)
            | Formula::Once(_, inner)
            | Formula::Eventually(_, inner) => inner.free(),
            Formula::And(parts) | Formula::Or(parts) => parts.iter().flat_map(Formula::free).collect(),
            Formula::Since(left, right) => left.free().into_iter().chain(right.free()).collect(),
            Formula::Exists(variables, inner) => {
                let mut free = inner.free();
                free.retain(|variable| !variables.contains(variable));
                free
            }
            Formula::Count { result, group, .. } => group.iter().chain([result]).cloned().collect(),
        }
    }
}

impl Term {
    /// The variable in it.
    pub fn variable(&self) -> Option<&Variable> {
        match self {
            Term::Variable(variable) | Term::Plus(variable, _) => Some(variable),
            Term::Int(_) | Term::Text(_) | Term::Something => None,
        }
    }
}
