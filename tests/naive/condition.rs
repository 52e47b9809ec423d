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
    pub(super) fn of(truth: bool) -> Truth {
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
    pub(super) earlier: Option<&'a Event>,
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
            Var::Earlier => self.earlier,
            Var::Subject => self.subject,
            Var::Past => self.past,
            Var::Breach(position) => self.breaches.get(&position).copied(),
        }
    }
}

/// All that a condition may turn out to be: more than one thing where a value is lacking.
///
/// What events of one instant contradict each other about is `torn`, and no further value would tell.
#[derive(Debug, Clone, Copy)]
struct Outlook {
    yes: bool,
    no: bool,
    torn: bool,
}

impl Outlook {
    fn of(truth: Truth) -> Outlook {
        Outlook {
            yes: truth != False,
            no: truth != True,
            torn: false,
        }
    }

    fn not(self) -> Outlook {
        Outlook {
            yes: self.no,
            no: self.yes,
            torn: self.torn,
        }
    }

    fn and(self, other: Outlook) -> Outlook {
        Outlook {
            yes: self.yes && other.yes,
            no: self.no || other.no,
            torn: (self.torn && (other.yes || other.torn)) || (other.torn && self.yes),
        }
    }

    fn all(outlooks: impl IntoIterator<Item = Outlook>) -> Outlook {
        outlooks.into_iter().fold(Outlook::of(True), Outlook::and)
    }

    fn any(outlooks: impl IntoIterator<Item = Outlook>) -> Outlook {
        Outlook::all(outlooks.into_iter().map(Outlook::not)).not()
    }
}

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

    fn holds(&self, condition: &Condition, at: Instant, names: &Names<'a>) -> Truth {
        match self.outlook(condition, at, names) {
            Outlook {
                yes: true,
                no: false,
                torn: false,
            } => True,
            Outlook {
                yes: false,
                no: true,
                torn: false,
            } => False,
            _ => Unknown,
        }
    }

    /// "`maintain` is broken, not unknown, where such a contradiction keeps its condition from being true": where it would not
    /// be true whatever the values were that are lacking.
    pub(super) fn maintained(&self, condition: &Condition, at: Instant, names: &Names<'a>) -> Truth {
        let outlook = self.outlook(condition, at, names);
        match (outlook.yes, outlook.no || outlook.torn) {
            (true, false) => True,
            (true, true) => Unknown,
            (false, _) => False,
        }
    }

    fn outlook(&self, condition: &Condition, at: Instant, names: &Names<'a>) -> Outlook {
        let each = |elements: &[Condition]| -> Vec<Outlook> {
            elements
                .iter()
                .map(|element| self.outlook(element, at, names))
                .collect()
        };
        match &condition.kind {
            ConditionKind::All(elements) => Outlook::all(each(elements)),
            ConditionKind::Any(elements) => Outlook::any(each(elements)),
            ConditionKind::Not(negated) => self.outlook(negated, at, names).not(),
            ConditionKind::Compare { left, op, right } => self.comparison([left, right], at, names, |values| {
                both(values[0].as_ref(), values[1].as_ref(), |left, right| {
                    op.holds(left.order(right))
                })
            }),
            ConditionKind::Includes { set, elements } => {
                self.comparison([set].into_iter().chain(elements), at, names, |values| {
                    let (set, elements) = values.split_first().expect("a set");
                    Truth::all(
                        elements
                            .iter()
                            .map(|element| both(set.as_ref(), element.as_ref(), Value::includes)),
                    )
                })
            }
            ConditionKind::In { item, choices } => {
                self.comparison([item].into_iter().chain(choices), at, names, |values| {
                    let (item, choices) = values.split_first().expect("an item");
                    Truth::any(
                        choices
                            .iter()
                            .map(|choice| both(item.as_ref(), choice.as_ref(), Value::eq)),
                    )
                })
            }
            ConditionKind::Holds(operand) => self.comparison([operand], at, names, |values| match &values[0] {
                Some(Value::Bool(truth)) => Truth::of(*truth),
                _ => Unknown,
            }),
            ConditionKind::Past(query) => Outlook::of(self.past(query, at, names)),
        }
    }

    /// "A comparison is true if it is true of all of these values, false if it is false of all, and otherwise unknown."
    fn comparison<'b>(
        &self,
        operands: impl IntoIterator<Item = &'b Operand>,
        at: Instant,
        names: &Names<'a>,
        compare: impl Fn(&[Option<Value>]) -> Truth,
    ) -> Outlook {
        let mut picks: Vec<Vec<Option<Value>>> = vec![Vec::new()];
        for operand in operands {
            let values = self.values(operand, at, names);
            let options: Vec<Option<Value>> = match values.len() {
                0 => vec![None],
                _ => values.into_iter().map(Some).collect(),
            };
            let longer = |pick: &Vec<Option<Value>>| {
                let with = |option| [pick.as_slice(), std::slice::from_ref(option)].concat();
                options.iter().map(with).collect::<Vec<_>>()
            };
            picks = picks.iter().flat_map(longer).collect();
        }
        let truths: Vec<Truth> = picks.iter().map(|pick| compare(pick)).collect();
        // What is unknown of some of the values may turn out either way, but what is known of others stands.
        let (some_may_not, some_may) = (
            truths.iter().any(|truth| *truth != True),
            truths.iter().any(|truth| *truth != False),
        );
        Outlook {
            yes: !truths.contains(&False),
            no: !truths.contains(&True),
            torn: truths.len() > 1 && some_may && some_may_not,
        }
    }

    /// "At least one event E with C in [t - D, t], both ends included", or without D "at t or before"; before the year 1 there is nothing to look at.
    fn past(&self, query: &PastQuery, at: Instant, names: &Names<'a>) -> Truth {
        let from = query.within.and_then(|within| self.zone.subtract(at, within));
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

    /// The values of an operand: none if it has none, several if events of one instant contradict each other about it.
    pub(super) fn values(&self, operand: &Operand, at: Instant, names: &Names<'a>) -> Vec<Value> {
        let one = |value: Option<Value>| value.into_iter().collect();
        match &operand.kind {
            OperandKind::Literal(value) => vec![value.clone()],
            OperandKind::Field(var, field) => one(names.event(*var).and_then(|event| field_of(event, *field))),
            // "One name for all alternatives": the field is that of the type which the event is of.
            OperandKind::Common(var, places) => one(names.event(*var).and_then(|event| {
                let (_, field) = places.iter().find(|(kind, _)| *kind == event.kind)?;
                field_of(event, FieldRef::Declared(*field))
            })),
            OperandKind::Key => one(names.key.clone()),
            OperandKind::State(id, None) => self.state(*id, None, at),
            OperandKind::State(id, Some(key)) => match self.values(key, at, names).as_slice() {
                [key] => self.state(*id, Some(key), at),
                _ => Vec::new(),
            },
        }
    }

    /// The values of a state at an instant: none if it is not set or cannot be told, several if they contradict each other.
    fn state(&self, id: StateId, key: Option<&Value>, at: Instant) -> Vec<Value> {
        let state = self.model.state(id);
        // "A change holds from the instant of the event on, that instant included", until the next one.
        let changes: Vec<Change> = self
            .changes(state)
            .filter(|change| change.event.time <= at && change.key.as_ref() == key)
            .collect();
        let Some(latest) = changes.iter().map(|change| change.event.time).max() else {
            return state.initially.iter().cloned().collect();
        };
        let mut values = Vec::new();
        for change in changes.iter().filter(|change| change.event.time == latest) {
            match &change.value {
                Some(value) if change.certain => values.push(value.clone()),
                // "A setter whose `where` is unknown, or whose value is absent from the event, leaves the state unknown."
                _ => return Vec::new(),
            }
        }
        values.sort();
        values.dedup();
        values
    }

    /// Every event that sets a state, or of which it is unknown. "A setter whose key is absent sets nothing."
    fn changes(&self, state: &'a State) -> impl Iterator<Item = Change<'a>> {
        let change = |setter: &'a Setter, event: &'a Event| {
            let names = Names::default().with_subject(event);
            let value = |operand: &Operand| self.values(operand, event.time, &names).pop();
            let certain = match self.fits(&setter.pattern, event, &names) {
                True => true,
                Unknown => false,
                False => return None,
            };
            let key = setter.key.as_ref().map(value);
            let keyless = key == Some(None);
            (!keyless).then(|| Change {
                event,
                certain,
                key: key.flatten(),
                value: value(&setter.value),
            })
        };
        let mut changes = Vec::new();
        for setter in &state.setters {
            changes.extend(self.events.iter().filter_map(|event| change(setter, event)));
        }
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
    /// Whose value it sets, if the state has a value for each of several things.
    key: Option<Value>,
    /// `None` if the event does not say.
    value: Option<Value>,
}

pub(super) fn field_of(event: &Event, field: FieldRef) -> Option<Value> {
    event.value(field).map(std::borrow::Cow::into_owned)
}

/// "An operand without a value makes its comparison unknown."
fn both(left: Option<&Value>, right: Option<&Value>, holds: impl Fn(&Value, &Value) -> bool) -> Truth {
    match (left, right) {
        (Some(left), Some(right)) => Truth::of(holds(left, right)),
        _ => Unknown,
    }
}
