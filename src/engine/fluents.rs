//! The present values of states.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::evaluate::{Context, Contradictions, Evaluated, Frame, conjunction, evaluate_operand};
use super::history::Histories;
use super::instance::Lack;
use super::state::{restored, saved};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{Model, StateId};
use crate::plan::Plan;
use crate::time::Instant;
use crate::value::Value;

/// What a state was last set to.
#[derive(Debug, Clone, Default)]
pub(super) struct Fluent {
    /// The values set at the last instant of a change: more than one if they contradict each other.
    pub(super) values: SmallVec<[Value; 1]>,
    /// Why the value is not known, if an event set it to something absent.
    pub(super) lacks: Lacks,
    /// The events that set it.
    pub(super) by: SmallVec<[Arc<Event>; 1]>,
}

saved!(struct Fluent { values, lacks, by });

/// A state, and the key whose value it is.
pub(super) type Slot = (StateId, Option<Value>);

/// All states.
#[derive(Debug)]
pub(super) struct Fluents {
    states: Vec<HashMap<Option<Value>, Fluent, RandomState>>,
    initially: Vec<Option<Fluent>>,
}

restored!(Fluents { saved: [states], fixed: [initially], checked by has_all_states, });

impl Fluents {
    fn has_all_states(&self) -> Result<(), &'static str> {
        let all = self.states.len() == self.initially.len();
        all.then_some(()).ok_or("the rules have another number of states")
    }
}

impl Fluents {
    pub(super) fn new(model: &Model) -> Self {
        let initially = |value: &Value| Fluent {
            values: SmallVec::from_iter([value.clone()]),
            ..Fluent::default()
        };
        Fluents {
            states: model.states.iter().map(|_| HashMap::default()).collect(),
            initially: model
                .states
                .iter()
                .map(|state| state.initially.as_ref().map(initially))
                .collect(),
        }
    }

    /// The present value of a state; `None` if it was never set and has no initial value.
    pub(super) fn get(&self, state: StateId, key: Option<&Value>) -> Option<&Fluent> {
        // The map is keyed by an owned option, so a borrowed key is found by cloning it; texts are short and kept inline.
        self.states[state.index()]
            .get(&key.cloned())
            .or(self.initially[state.index()].as_ref())
    }

    /// The keys that a state was set for.
    pub(super) fn keys(&self, state: StateId) -> impl Iterator<Item = &Value> {
        self.states[state.index()].keys().flatten()
    }

    /// Takes in the changes of a time point, and returns the slots that were set at it.
    pub(super) fn update(&mut self, plan: &Plan, now: Instant, events: &[Arc<Event>]) -> Vec<Slot> {
        if self.states.is_empty() {
            return Vec::new();
        }
        let mut changes: Vec<(Slot, Fluent)> = Vec::new();
        for event in events {
            for &(state, setter) in &plan.dispatch[event.kind.index()].setters {
                if let Some((key, set)) = self.change(plan, now, event, state, setter) {
                    let slot = (state, key);
                    match changes.iter_mut().find(|(known, _)| *known == slot) {
                        None => changes.push((slot, set)),
                        Some((_, fluent)) => {
                            for value in set.values {
                                if !fluent.values.contains(&value) {
                                    fluent.values.push(value);
                                }
                            }
                            merge(&mut fluent.lacks, set.lacks);
                            fluent.by.extend(set.by);
                        }
                    }
                }
            }
        }
        let slots = changes.iter().map(|(slot, _)| slot.clone()).collect();
        for ((state, key), fluent) in changes {
            self.states[state.index()].insert(key, fluent);
        }
        slots
    }

    fn change(
        &self,
        plan: &Plan,
        now: Instant,
        event: &Arc<Event>,
        state: StateId,
        setter: usize,
    ) -> Option<(Option<Value>, Fluent)> {
        let setter = &plan.model().state(state).setters[setter];
        let no_histories = Histories::none();
        let context = Context {
            fluents: self,
            histories: &no_histories,
            zone: None,
            now,
            contradictions: Contradictions::Unknown,
        };
        let frame = Frame {
            subject: Some(event),
            ..Frame::default()
        };
        let mut lacks = match conjunction(&setter.pattern.conditions, &frame, &context) {
            Truth::True => Lacks::new(),
            Truth::False => return None,
            Truth::Unknown(lacks) => *lacks,
        };
        let key = match &setter.key {
            None => None,
            Some(operand) => match evaluate_operand(operand, &frame, &context) {
                Evaluated::One(value) => Some(value.into_owned()),
                // An event that does not say whose value it sets, sets none that could be named.
                Evaluated::Many(_) | Evaluated::Lacking(_) => return None,
            },
        };
        let mut values = SmallVec::new();
        match evaluate_operand(&setter.value, &frame, &context) {
            Evaluated::One(value) => values.push(value.into_owned()),
            Evaluated::Many(many) => values.extend(many.iter().cloned()),
            Evaluated::Lacking(lack) => merge(&mut lacks, lack),
        }
        let fluent = Fluent {
            values,
            lacks,
            by: SmallVec::from_iter([Arc::clone(event)]),
        };
        Some((key, fluent))
    }
}

impl Fluent {
    /// What the value is, for a condition to judge.
    pub(super) fn evaluated(&self) -> Evaluated<'_> {
        match (self.lacks.is_empty(), self.values.as_slice()) {
            (true, [only]) => Evaluated::One(std::borrow::Cow::Borrowed(only)),
            (true, many) => Evaluated::Many(many),
            (false, _) => Evaluated::Lacking(self.lacks.clone()),
        }
    }
}

/// A state that was never set.
pub(super) fn unset(state: StateId) -> Evaluated<'static> {
    Evaluated::Lacking(Lacks::from_iter([Lack::Unset(state)]))
}
