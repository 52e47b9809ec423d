//! Section 3 of the reference, and the meaning of states: what is true at an instant, given the whole log.

use std::collections::BTreeMap;

use servanda::log::Event;
use servanda::model::{
    Condition, ConditionKind, FieldRef, Model, Operand, OperandKind, PastQuery, Pattern, Setter, State, StateId, Var,
};
use servanda::syntax::ast::Quantity;
use servanda::time::{Instant, Zone};
use servanda::value::Value;

/// Kleene's three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown,
}

use Truth::{False, True, Unknown};

impl Truth {
    fn of(truth: bool) -> Truth {
        if truth { True } else { False }
    }

    pub(super) fn not(self) -> Truth {
        match self {
            True => False,
            False => True,
            Unknown => Unknown,
        }
    }

    pub(super) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let truths: Vec<Truth> = truths.into_iter().collect();
        if truths.contains(&False) {
            False
        } else if truths.contains(&Unknown) {
            Unknown
        } else {
            True
        }
    }

    pub(super) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        Truth::all(truths.into_iter().map(Truth::not)).not()
    }
}

/// What the names of a clause stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Names<'a> {
    pub(super) trigger: Option<&'a Event>,
    pub(super) subject: Option<&'a Event>,
    pub(super) past: Option<&'a Event>,
    pub(super) breaches: BTreeMap<u8, &'a Event>,
    pub(super) key: Option<Value>,
}

impl<'a> Names<'a> {
    pub(super) fn with_subject(&self, subject: &'a Event) -> Names<'a> {
        Names {
            subject: Some(subject),
            ..self.clone()
        }
    }

    pub(super) fn with_key(&self, key: Value) -> Names<'a> {
        Names {
            key: Some(key),
            ..self.clone()
        }
    }

    pub(super) fn event(&self, var: Var) -> Option<&'a Event> {
        match var {
            Var::Trigger => self.trigger,
            Var::Subject => self.subject,
            Var::Past => self.past,
            Var::Breach(position) => self.breaches.get(&position).copied(),
        }
    }
}

/// A state that events of one instant set to different values, and those values.
struct Contradiction {
    of: (StateId, Option<Value>),
    values: Vec<Value>,
}

/// One of several values picked for each state that contradicts itself.
type World = BTreeMap<(StateId, Option<Value>), Value>;

/// The log up to the as-of instant, looked at from one agreement.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) model: &'a Model,
    pub(super) events: &'a [&'a Event],
    pub(super) zone: &'a Zone,
}

impl<'a> Facts<'a> {
    /// Whether all conditions are true at an instant.
    pub(super) fn all(&self, conditions: &[Condition], at: Instant, names: &Names<'a>) -> Truth {
        Truth::all(conditions.iter().map(|condition| self.holds(condition, at, names)))
    }

    /// "A condition is then true if it is true of all of these values, false if it is false of all, and otherwise unknown."
    fn holds(&self, condition: &Condition, at: Instant, names: &Names<'a>) -> Truth {
        let truths = self.in_every_world(condition, at, names, World::new());
        if truths.iter().all(|truth| *truth == True) {
            True
        } else if truths.iter().all(|truth| *truth == False) {
            False
        } else {
            Unknown
        }
    }

    /// "`maintain` is broken unless the condition is true": all the values of a contradiction are there, and each must do.
    pub(super) fn maintained(&self, condition: &Condition, at: Instant, names: &Names<'a>) -> Truth {
        Truth::all(self.in_every_world(condition, at, names, World::new()))
    }

    fn in_every_world(&self, condition: &Condition, at: Instant, names: &Names<'a>, world: World) -> Vec<Truth> {
        match self.truth(condition, at, names, &world) {
            Ok(truth) => vec![truth],
            Err(contradiction) => {
                let worlds = contradiction.values.into_iter().map(|value| {
                    let mut world = world.clone();
                    world.insert(contradiction.of.clone(), value);
                    world
                });
                worlds
                    .flat_map(|world| self.in_every_world(condition, at, names, world))
                    .collect()
            }
        }
    }

    fn truth(
        &self,
        condition: &Condition,
        at: Instant,
        names: &Names<'a>,
        world: &World,
    ) -> Result<Truth, Contradiction> {
        let value = |operand: &Operand| self.value(operand, at, names, world);
        let each = |elements: &[Condition]| -> Result<Vec<Truth>, Contradiction> {
            elements
                .iter()
                .map(|element| self.truth(element, at, names, world))
                .collect()
        };
        // "An operand without a value makes its comparison unknown."
        let compared =
            |left: Option<&Value>, right: Option<Value>, holds: &dyn Fn(&Value, &Value) -> bool| match (left, right) {
                (Some(left), Some(right)) => Truth::of(holds(left, &right)),
                _ => Unknown,
            };
        Ok(match &condition.kind {
            ConditionKind::All(elements) => Truth::all(each(elements)?),
            ConditionKind::Any(elements) => Truth::any(each(elements)?),
            ConditionKind::Not(negated) => self.truth(negated, at, names, world)?.not(),
            ConditionKind::Compare { left, op, right } => {
                let (left, right) = (value(left)?, value(right)?);
                compared(left.as_ref(), right, &|left, right| op.holds(left.order(right)))
            }
            ConditionKind::Includes { set, elements } => {
                let set = value(set)?;
                let elements: Result<Vec<Option<Value>>, Contradiction> = elements.iter().map(value).collect();
                let has = elements?
                    .into_iter()
                    .map(|element| compared(set.as_ref(), element, &Value::includes));
                Truth::all(has)
            }
            ConditionKind::In { item, choices } => {
                let item = value(item)?;
                let choices: Result<Vec<Option<Value>>, Contradiction> = choices.iter().map(value).collect();
                let is = choices?
                    .into_iter()
                    .map(|choice| compared(item.as_ref(), choice, &|item, choice| item == choice));
                Truth::any(is)
            }
            ConditionKind::Holds(operand) => match value(operand)? {
                Some(Value::Bool(truth)) => Truth::of(truth),
                _ => Unknown,
            },
            ConditionKind::Past(query) => self.past(query, at, names),
        })
    }

    /// "At least one event E with C in [t - D, t], both ends included"; before the year 1 there is nothing to look at.
    fn past(&self, query: &PastQuery, at: Instant, names: &Names<'a>) -> Truth {
        let from = self.zone.subtract(at, query.within);
        let in_window = |event: &Event| from.is_none_or(|from| from <= event.time) && event.time <= at;
        let (mut certain, mut possible) = (0, 0);
        for event in self.events.iter().filter(|event| in_window(event)) {
            let names = Names {
                past: Some(event),
                ..names.clone()
            };
            match self.fits(&query.pattern, event, &names) {
                True => (certain, possible) = (certain + 1, possible + 1),
                Unknown => possible += 1,
                False => {}
            }
        }
        let at_least = |wanted: u32| {
            if certain >= wanted {
                True
            } else if possible < wanted {
                False
            } else {
                Unknown
            }
        };
        match query.quantity {
            Quantity::Some => at_least(1),
            Quantity::No => at_least(1).not(),
            Quantity::AtLeast(wanted) => at_least(wanted),
        }
    }

    /// Whether an event is of a pattern; the names say already which event is being judged.
    pub(super) fn fits(&self, pattern: &Pattern, event: &Event, names: &Names<'a>) -> Truth {
        if event.kind == pattern.event {
            self.all(&pattern.conditions, event.time, names)
        } else {
            False
        }
    }

    fn value(
        &self,
        operand: &Operand,
        at: Instant,
        names: &Names<'a>,
        world: &World,
    ) -> Result<Option<Value>, Contradiction> {
        match &operand.kind {
            OperandKind::Literal(value) => Ok(Some(value.clone())),
            OperandKind::Field(var, field) => Ok(names.event(*var).and_then(|event| field_of(event, *field))),
            OperandKind::Key => Ok(names.key.clone()),
            OperandKind::State(id, None) => self.state_in_world(*id, None, at, world),
            OperandKind::State(id, Some(key)) => match self.value(key, at, names, world)? {
                Some(key) => self.state_in_world(*id, Some(key), at, world),
                None => Ok(None),
            },
        }
    }

    fn state_in_world(
        &self,
        id: StateId,
        key: Option<Value>,
        at: Instant,
        world: &World,
    ) -> Result<Option<Value>, Contradiction> {
        let mut values = self.state(id, key.as_ref(), at);
        if values.len() < 2 {
            return Ok(values.pop());
        }
        let of = (id, key);
        match world.get(&of) {
            Some(picked) => Ok(Some(picked.clone())),
            None => Err(Contradiction { of, values }),
        }
    }

    /// The values of a state at an instant: none if it is not set or cannot be told, several if they contradict each other.
    fn state(&self, id: StateId, key: Option<&Value>, at: Instant) -> Vec<Value> {
        let state = self.model.state(id);
        // "A change holds from the instant of the event on, that instant included", until the next one.
        let changes: Vec<Change> = self
            .changes(state)
            .filter(|change| change.event.time <= at)
            .filter(|change| change.key.is_none() || change.key.as_ref() == key)
            .collect();
        let Some(latest) = changes.iter().map(|change| change.event.time).max() else {
            return state.initially.iter().cloned().collect();
        };
        let mut values = Vec::new();
        for change in changes.iter().filter(|change| change.event.time == latest) {
            let keyless_where_keyed = state.key.is_some() && change.key.is_none();
            match &change.value {
                Some(value) if change.certain && !keyless_where_keyed => values.push(value.clone()),
                // Whether, whose or to what it changed is not in the log.
                _ => return Vec::new(),
            }
        }
        values.sort();
        values.dedup();
        values
    }

    /// Every event that sets a state, or for which the log lacks what would tell.
    fn changes(&self, state: &'a State) -> impl Iterator<Item = Change<'a>> {
        let each = |setter: &'a Setter, event: &'a Event| {
            let names = Names::default().with_subject(event);
            let at = event.time;
            let value = |operand: &Operand| self.value(operand, at, &names, &World::new()).unwrap_or(None);
            Some(Change {
                event,
                certain: match self.fits(&setter.pattern, event, &names) {
                    True => true,
                    Unknown => false,
                    False => return None,
                },
                key: setter.key.as_ref().and_then(value),
                value: value(&setter.value),
            })
        };
        let pairs = state.setters.iter().flat_map(|setter| {
            let events: &'a [&'a Event] = self.events;
            events.iter().map(move |event| (setter, *event))
        });
        let changes: Vec<Change<'a>> = pairs.filter_map(|(setter, event)| each(setter, event)).collect();
        changes.into_iter()
    }

    /// Every key that a state has been set for, with the instant from which on it has.
    pub(super) fn first_settings(&self, states: &[StateId]) -> BTreeMap<Value, Instant> {
        let mut first: BTreeMap<Value, Instant> = BTreeMap::new();
        for state in states {
            for change in self.changes(self.model.state(*state)) {
                let time = change.event.time;
                if let Some(key) = change.key {
                    let known = first.entry(key).or_insert(time);
                    *known = time.min(*known);
                }
            }
        }
        first
    }
}

/// An event that sets a state.
struct Change<'a> {
    event: &'a Event,
    /// Whether the event is of the setter's pattern for certain.
    certain: bool,
    /// Whose value it sets; `None` if there is one for all, or if the event does not say.
    key: Option<Value>,
    /// `None` if the event does not say.
    value: Option<Value>,
}

pub(super) fn field_of(event: &Event, field: FieldRef) -> Option<Value> {
    event.value(field).map(std::borrow::Cow::into_owned)
}
