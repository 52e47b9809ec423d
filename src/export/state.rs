//! States: the value that was set last.

use std::collections::BTreeSet;

use super::condition::Want;
use super::formula::{Formula, Interval, Relation, Term, Variable};
use super::pattern::Atom;
use super::refusal::{Reason, Refused};
use super::scope::{Scope, Translator, fields_of};
use super::vocabulary;
use crate::model::{FieldId, FieldRef, Operand, OperandKind, Setter, StateId, Var};
use crate::source::Span;
use crate::value::Type;

impl Translator<'_> {
    /// What a context binds together with each value that a state has; one formula for what was set, one for the initial value.
    pub(super) fn valuations(
        &mut self,
        context: &Formula,
        state: StateId,
        key: Option<&Term>,
        value: &Variable,
        span: Span,
    ) -> Result<Vec<Formula>, Refused> {
        let set = self.set(state, key, &Term::Variable(value.clone()), span)?;
        let touched = self.touched(state, key, span)?;
        let mut valuations = Vec::new();
        if let (Some(set), Some(touched)) = (set, touched.clone()) {
            let since = Formula::Since(Box::new(touched.negated()), Box::new(set));
            valuations.push(context.clone().and(since));
        }
        let declared = self.model.state(state);
        if let Some(initially) = &declared.initially {
            let initially =
                vocabulary::term(self.model, initially, &declared.ty).ok_or_else(|| self.holds_sets(state, span))?;
            let mut before = context.clone();
            if let Some(touched) = touched {
                before = before.and(touched.once(Interval::UNBOUNDED).negated());
            }
            let value = Term::Variable(value.clone());
            valuations.push(before.and(Formula::Compare(value, Relation::Equal, initially)));
        }
        Ok(valuations)
    }

    /// That a state is set now, to whatever.
    pub(super) fn touched(
        &mut self,
        state: StateId,
        key: Option<&Term>,
        span: Span,
    ) -> Result<Option<Formula>, Refused> {
        let name = self.model.state(state).name.clone();
        let value = self.names.variable(&name);
        let set = self.set(state, key, &Term::Variable(value.clone()), span)?;
        Ok(set.map(|set| set.exists(vec![value])))
    }

    /// That a state is set now to a value; `None` if nothing can set it for this key.
    fn set(
        &mut self,
        state: StateId,
        key: Option<&Term>,
        value: &Term,
        span: Span,
    ) -> Result<Option<Formula>, Refused> {
        let declared = self.model.state(state);
        if matches!(declared.ty, Type::Set(_)) {
            return Err(self.holds_sets(state, span));
        }
        let mut alternatives = Vec::new();
        for setter in &declared.setters {
            self.is_certain(state, setter, span)?;
            alternatives.extend(self.set_by(setter, key, value)?);
        }
        Ok(Formula::any(alternatives))
    }

    fn set_by(&mut self, setter: &Setter, key: Option<&Term>, value: &Term) -> Result<Option<Formula>, Refused> {
        let sides = [(setter.key.as_ref(), key), (Some(&setter.value), Some(value))];
        let sides: Vec<(&Operand, &Term)> = sides
            .into_iter()
            .filter_map(|(operand, term)| operand.zip(term))
            .collect();
        let preset: Vec<(FieldId, Term)> = sides
            .iter()
            .filter_map(|(operand, term)| field(operand).map(|field| (field, (*term).clone())))
            .collect();
        let Atom { formula, bound, rest } = self.atom(
            &setter.pattern,
            Var::Subject,
            &Scope::default(),
            &BTreeSet::new(),
            &preset,
        );
        let own = bound.own.clone();
        let scope = Scope::default().with(Var::Subject, bound);
        let mut formula = formula;
        for condition in rest {
            formula = self.filter(formula, condition, Want::True, &scope)?;
        }
        for (operand, term) in sides {
            let found = self.term(operand, &scope)?;
            match (&found, term) {
                _ if found == *term => {}
                (Term::Int(_) | Term::Text(_), Term::Int(_) | Term::Text(_)) => return Ok(None),
                _ => formula = formula.and(Formula::Compare(term.clone(), Relation::Equal, found)),
            }
        }
        Ok(Some(formula.exists(own)))
    }

    /// Whether every event says whether and what it sets.
    fn is_certain(&self, state: StateId, setter: &Setter, span: Span) -> Result<(), Refused> {
        let event = self.model.event(setter.pattern.event);
        let mut fields = fields_of(Var::Subject, &setter.pattern.conditions);
        fields.extend(setter.key.iter().chain([&setter.value]).filter_map(field));
        match fields
            .into_iter()
            .map(|id| event.field(id))
            .find(|field| field.optional)
        {
            None => Ok(()),
            Some(field) => {
                let state = self.model.state(state).name.clone();
                let field = format!("{}.{}", event.name, field.name);
                Err(Reason::UncertainState { state, field }.at(span))
            }
        }
    }

    fn holds_sets(&self, state: StateId, span: Span) -> Refused {
        let state = self.model.state(state).name.clone();
        Reason::SetState { state }.at(span)
    }
}

fn field(operand: &Operand) -> Option<FieldId> {
    match operand.kind {
        OperandKind::Field(Var::Subject, FieldRef::Declared(field)) => Some(field),
        _ => None,
    }
}
