//! The names that are in force somewhere in a rule file.

use super::{EventTypeId, Operand, Var};
use crate::syntax::ast::Name;
use crate::value::Type;

/// What the names in a condition or an operand can stand for, beside the declarations of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Events that have a name here, the nearest last.
    pub(super) events: Vec<Bound>,
    /// The values that the parameters of a predicate stand for.
    pub(super) values: Vec<(Name, Operand)>,
    /// The name that `for every` introduced, with the type of its values.
    pub(super) key: Option<(String, Type)>,
    /// Whether states can be read here.
    pub(super) states: bool,
    /// Whether a condition can look into the past here.
    pub(super) past: bool,
}

/// A name that stands for an event.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) name: Name,
    pub(super) var: Var,
    pub(super) event: EventTypeId,
    /// What it may be instead.
    pub(super) others: Vec<EventTypeId>,
}

impl Scope {
    pub(super) fn bound(&self, name: &str) -> Option<&Bound> {
        self.events.iter().rev().find(|bound| bound.name.node == name)
    }

    /// What a parameter of a predicate stands for.
    pub(super) fn value(&self, name: &str) -> Option<&Operand> {
        let found = self.values.iter().find(|(known, _)| known.node == name);
        found.map(|(_, value)| value)
    }

    /// This scope with one more event, if the event has a name.
    pub(super) fn with(&self, name: Option<&Name>, var: Var, event: EventTypeId) -> Scope {
        self.with_any(name, var, event, Vec::new())
    }

    /// This scope with one more event, which can be of several types.
    pub(super) fn with_any(
        &self,
        name: Option<&Name>,
        var: Var,
        event: EventTypeId,
        others: Vec<EventTypeId>,
    ) -> Scope {
        let mut scope = self.clone();
        scope.events.extend(name.map(|name| Bound {
            name: name.clone(),
            var,
            event,
            others,
        }));
        scope
    }

    /// The same names, where only fields can be looked at.
    pub(super) fn fields_only(&self) -> Scope {
        Scope {
            states: false,
            past: false,
            ..self.clone()
        }
    }

    /// The same names, where the present state and the past can be looked at too.
    pub(super) fn guard(&self) -> Scope {
        Scope {
            states: true,
            past: true,
            ..self.clone()
        }
    }
}
