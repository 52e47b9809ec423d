//! Patterns of events as predicates, and how many events there are of one.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::Want;
use super::formula::{Formula, Relation, Term, Variable};
use super::refusal::Refused;
use super::scope::{Bound, Reach, Scope, Translator, fields_of, is_about};
use super::vocabulary::Column;
use crate::model::{Condition, FieldId, FieldRef, Operand, OperandKind, Pattern, Var};
use crate::value::Type;

/// A pattern's predicate.
pub(super) struct Atom<'p> {
    pub(super) formula: Formula,
    pub(super) bound: Bound,
    /// The conditions that the predicate's arguments do not already say.
    pub(super) rest: Vec<&'p Condition>,
}

/// A bound on the instant of an event.
#[derive(Debug, Clone)]
pub(super) struct When(pub(super) Relation, pub(super) Term);

impl Translator<'_> {
    /// The predicate of a pattern. Equalities with what is known become arguments; fields that are looked at become variables.
    pub(super) fn atom<'p>(
        &mut self,
        pattern: &'p Pattern,
        own: Var,
        scope: &Scope,
        also_used: &BTreeSet<FieldId>,
        preset: &[(FieldId, Term)],
    ) -> Atom<'p> {
        let event = self.model.event(pattern.event);
        let mut pinned: BTreeMap<FieldId, Term> = BTreeMap::new();
        let mut rest = Vec::new();
        for condition in &pattern.conditions {
            match self.pin(condition, own, scope, pattern) {
                Some((field, term)) if !pinned.contains_key(&field) => {
                    pinned.insert(field, term);
                }
                _ => rest.push(condition),
            }
        }
        for (field, term) in preset {
            pinned.entry(*field).or_insert_with(|| term.clone());
        }
        let mut used = fields_of(own, rest.iter().copied());
        used.extend(also_used);
        let label = pattern.binding.clone().unwrap_or_else(|| event.name.clone());
        let mut bound = Bound {
            event: pattern.event,
            number: self.names.variable(&format!("{label}_number")),
            time: self.names.variable(&format!("{label}_time")),
            values: BTreeMap::new(),
            given: BTreeMap::new(),
            reach: Reach::Here,
            own: Vec::new(),
        };
        let mut terms = Vec::new();
        for column in self.vocabulary.columns(pattern.event) {
            terms.push(match column {
                Column::Number => own_variable(&mut bound.own, bound.number.clone()),
                Column::Time => own_variable(&mut bound.own, bound.time.clone()),
                Column::Given(field) if used.contains(field) => {
                    let name = format!("{label}_{}_given", event.field(*field).name);
                    let term = own_variable(&mut bound.own, self.names.variable(&name));
                    bound.given.insert(*field, term.clone());
                    term
                }
                Column::Value(field) => match pinned.get(field) {
                    Some(term) => {
                        bound.values.insert(*field, term.clone());
                        term.clone()
                    }
                    None if used.contains(field) => {
                        let name = format!("{label}_{}", event.field(*field).name);
                        let term = own_variable(&mut bound.own, self.names.variable(&name));
                        bound.values.insert(*field, term.clone());
                        term
                    }
                    None => Term::Something,
                },
                Column::Given(_) => Term::Something,
            });
        }
        let predicate = self.vocabulary.predicate(pattern.event).to_owned();
        Atom {
            formula: Formula::Predicate(predicate, terms),
            bound,
            rest,
        }
    }

    /// The field and the term of an equality that can stand as an argument.
    fn pin(&self, condition: &Condition, own: Var, scope: &Scope, pattern: &Pattern) -> Option<(FieldId, Term)> {
        let (left, right) = condition.equality()?;
        let field_of = |operand: &Operand| match operand.kind {
            OperandKind::Field(var, FieldRef::Declared(field)) if var == own => Some(field),
            _ => None,
        };
        [(left, right), (right, left)].into_iter().find_map(|(mine, other)| {
            let field = field_of(mine)?;
            let declared = self.model.event(pattern.event).field(field);
            let is_fixed = match &other.kind {
                OperandKind::Literal(_) => true,
                OperandKind::Field(var, _) => *var != own,
                OperandKind::Common(..) | OperandKind::State(..) | OperandKind::Key => false,
            };
            let simple = !declared.optional && !matches!(declared.ty, Type::Set(_));
            if !simple || !is_fixed || Self::given(other, scope).is_some() {
                return None;
            }
            Some((field, self.term(other, scope).ok()?))
        })
    }

    /// That there are at least so many events of a pattern within reach, beside what the context binds.
    /// The free variables are among those of the context.
    #[expect(clippy::too_many_arguments, reason = "each is a part of what is counted")]
    pub(super) fn at_least(
        &mut self,
        context: &Formula,
        scope: &Scope,
        reach: Reach,
        pattern: &Pattern,
        own: Var,
        count: u32,
        want: Want,
        when: &[When],
    ) -> Result<Formula, Refused> {
        let Atom { formula, bound, rest } = self.atom(pattern, own, scope, &BTreeSet::new(), &[]);
        let alone = Scope::default().with(own, bound.clone());
        let mut inner = formula;
        let (local, outer): (Vec<&Condition>, Vec<&Condition>) =
            rest.into_iter().partition(|condition| is_about(condition, own));
        for condition in local {
            inner = self.filter(inner, condition, want, &alone)?;
        }
        let time = Term::Variable(bound.time.clone());
        let (near, far): (Vec<&When>, Vec<&When>) = when.iter().partition(|when| when.1.variable().is_none());
        for When(relation, term) in near {
            inner = inner.and(Formula::Compare(time.clone(), *relation, term.clone()));
        }
        let counts = count > 1;
        let hidden = |keep: bool| -> Vec<Variable> {
            let own = bound
                .own
                .iter()
                .filter(|variable| !(keep && **variable == bound.number));
            own.cloned().collect()
        };
        let body = if outer.is_empty() && far.is_empty() {
            reach.wrap(inner.exists(hidden(counts)))
        } else {
            let mut joint = context.clone().and(reach.wrap(inner));
            let both = scope.with(own, bound.clone().reached(reach));
            for condition in outer {
                joint = self.filter(joint, condition, want, &both)?;
            }
            for When(relation, term) in far {
                joint = joint.and(Formula::Compare(time.clone(), *relation, term.clone()));
            }
            joint.exists(hidden(counts))
        };
        if !counts {
            return Ok(body);
        }
        Ok(self.more_than(body, &bound.number, count - 1))
    }

    /// That there are more than so many values of a variable, for each assignment of the other free variables.
    pub(super) fn more_than(&mut self, body: Formula, counted: &Variable, limit: u32) -> Formula {
        let result = self.names.variable("count");
        let mut group = body.free();
        group.remove(counted);
        let enough = Formula::Compare(
            Term::Variable(result.clone()),
            Relation::Greater,
            Term::Int(i128::from(limit)),
        );
        let count = Formula::Count {
            result: result.clone(),
            counted: counted.clone(),
            group: group.into_iter().collect(),
            body: Box::new(body),
        };
        Formula::And(vec![count, enough]).exists(vec![result])
    }
}

fn own_variable(own: &mut Vec<Variable>, variable: Variable) -> Term {
    own.push(variable.clone());
    Term::Variable(variable)
}
