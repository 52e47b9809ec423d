//! States and what sets them.

use super::build::Builder;
use super::names::Scope;
use super::{Setter, State, StateId, StateKey, Var};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{self, File, Item};
use crate::syntax::print;
use crate::value::Type;

impl Builder {
    pub(super) fn state(&mut self, state: &ast::StateDecl) {
        let name = &state.name;
        if let Some(twin) = self.states.iter().find(|known| known.name == name.node) {
            let first = twin.span;
            if first.source == name.span.source || self.state_texts.get(&name.node) != Some(&text_of(state)) {
                self.duplicate("state", name, first);
            }
            return;
        }
        if let Some(reference) = self.reference_named(&name.node) {
            let message = format!("`{}` is both a reference and a state", name.node);
            let first = self.references[reference.index()].span;
            let diagnostic = Diagnostic::error(Code::DuplicateName, message, name.span, "the state");
            self.report(diagnostic.also(first, "the reference").help("rename one of them"));
        }
        let built = self.built_state(state);
        match built {
            Some(built) => {
                self.state_texts.insert(name.node.clone(), text_of(state));
                self.states.push(built);
            }
            None => {
                self.broken.insert(name.node.clone());
            }
        }
    }

    fn built_state(&mut self, state: &ast::StateDecl) -> Option<State> {
        let ty = self.ty(&state.ty)?;
        let nowhere = Scope::default();
        let initially = match &state.initially {
            Some(value) => Some(self.constant_value(value, &ty, &nowhere)?),
            None => None,
        };
        let mut key_type: Option<Type> = None;
        let mut setters = Vec::new();
        for setter in &state.setters {
            setters.push(self.setter(setter, state, &ty, &mut key_type)?);
        }
        if setters.is_empty() {
            let message = format!("nothing sets the state `{}`", state.name.node);
            let help = "say which events do: `reorganised r sets r.unit to r.standard`";
            let diagnostic = Diagnostic::error(Code::MissingPart, message, state.name.span, "never set");
            self.report(diagnostic.help(help));
            return None;
        }
        let key = match &state.key {
            Some(label) => Some(StateKey {
                label: label.node.clone(),
                ty: key_type?,
            }),
            None => None,
        };
        Some(State {
            name: state.name.node.clone(),
            key,
            ty,
            initially,
            setters,
            span: state.name.span,
        })
    }

    fn constant_value(&mut self, operand: &ast::Operand, ty: &Type, scope: &Scope) -> Option<crate::value::Value> {
        let found = self.check(operand, scope, ty)?;
        match found.kind {
            super::OperandKind::Literal(value) => Some(value),
            _ => {
                let message = "an initial value is a constant";
                self.report(Diagnostic::error(
                    Code::BadForm,
                    message,
                    operand.span,
                    "not a constant",
                ));
                None
            }
        }
    }

    fn setter(
        &mut self,
        setter: &ast::Setter,
        state: &ast::StateDecl,
        ty: &Type,
        key_type: &mut Option<Type>,
    ) -> Option<Setter> {
        let pattern = self.pattern(&setter.pattern, &Scope::default(), Var::Subject)?;
        let scope = Scope::default().with(setter.pattern.binding.as_ref(), Var::Subject, pattern.event);
        let span = setter.pattern.event.span.to(setter.value.span);
        let key = match (&setter.key, &state.key) {
            (Some(key), Some(_)) => {
                let key = match key_type {
                    Some(ty) => self.check(key, &scope, ty)?,
                    None => self.infer(key, &scope)?,
                };
                *key_type = Some(key.ty.clone());
                Some(key)
            }
            (None, None) => None,
            (None, Some(label)) => {
                let message = format!("the state `{}` has a value for each {}", state.name.node, label.node);
                let help = format!("say whose is set: `sets event.{} to ...`", label.node);
                self.report(Diagnostic::error(Code::BadForm, message, span, "whose?").help(help));
                return None;
            }
            (Some(key), None) => {
                let message = format!(
                    "the state `{}` has one value, not one for each of several things",
                    state.name.node
                );
                let help = format!("write `sets to ...`, or declare `state {} of ...`", state.name.node);
                self.report(Diagnostic::error(Code::BadForm, message, key.span, "has no key").help(help));
                return None;
            }
        };
        let value = self.check(&setter.value, &scope, ty)?;
        Some(Setter {
            pattern,
            key,
            value,
            span,
        })
    }

    pub(super) fn state_named(&self, name: &str) -> Option<StateId> {
        let position = self.states.iter().position(|state| state.name == name)?;
        u32::try_from(position).ok().map(StateId)
    }
}

/// Two declarations say the same if their canonical texts do.
fn text_of(state: &ast::StateDecl) -> String {
    print(&File {
        items: vec![Item::State(state.clone())],
    })
}
