//! An event that makes conditions true: values for its fields, tried from those that the conditions name.

use compact_str::format_compact;

use super::parts::{Role, is_own_field};
use crate::engine::PlainJudge;
use crate::log::{Event, InputId, Origin};
use crate::model::{AgreementId, Condition, ConditionKind, FieldId, FieldRef, Model, Operand, OperandKind, Var};
use crate::time::{Date, Duration, Instant, Zone};
use crate::value::{Number, PartyId, Type, Value, Variant};

pub use crate::engine::Names;

/// How many combinations of values are tried for one event.
const MOST_TRIES: u32 = 4_000;

/// Finds events for the roles of an agreement's clauses.
#[derive(Debug)]
pub struct Solver<'m> {
    model: &'m Model,
    judge: PlainJudge,
    zone: &'m Zone,
    parties: &'m [PartyId],
}

impl<'m> Solver<'m> {
    /// For the clauses of an agreement.
    pub fn new(model: &'m Model, agreement: AgreementId) -> Self {
        let agreement = model.agreement(agreement);
        Solver {
            model,
            judge: PlainJudge::new(model),
            zone: &agreement.zone,
            parties: &agreement.parties,
        }
    }

    /// An event of a role at an instant; the names in its conditions stand for what is given. Events with different serial numbers differ in what the conditions leave open.
    /// `None` if no such event was found.
    pub fn event(&self, role: &Role, at: Instant, names: Names<'_>, serial: u32) -> Option<Event> {
        let declared = self.model.event(role.event);
        let mut search = Search {
            solver: self,
            role,
            names,
            event: Event {
                kind: role.event,
                time: at,
                fields: declared.fields.iter().map(|_| None).collect(),
                correction: None,
                // Nothing was read: the place is the event's number.
                origin: Origin {
                    input: InputId(0),
                    line: u64::from(serial) + 1,
                    offset: 0,
                    length: 0,
                },
            },
            tries: MOST_TRIES,
        };
        let mut asked: Vec<(FieldId, Vec<Value>)> = Vec::new();
        for (position, field) in declared.fields.iter().enumerate() {
            let id = FieldId(u32::try_from(position).ok()?);
            let named = search.named_values(id);
            if let Some(mut values) = named {
                self.widen(&mut values, &field.ty, at, serial);
                asked.push((id, values));
            } else if !field.optional {
                let value = self.plain_value(&field.ty, at, serial)?;
                search.event.fields[position] = Some(value);
            }
        }
        search.assign(&asked).then_some(search.event)
    }

    /// A value of a type that means nothing in particular.
    fn plain_value(&self, ty: &Type, at: Instant, serial: u32) -> Option<Value> {
        Some(match ty {
            Type::Party => Value::Party(*self.parties.get(serial as usize % self.parties.len().max(1))?),
            Type::Text => {
                // Alike for all types of event, so that what is about one thing is so unless a condition says otherwise.
                Value::Text(format_compact!("A-{}", serial + 1))
            }
            Type::Number | Type::Money(_) => Value::Number(Number::whole(1)),
            Type::Bool => Value::Bool(false),
            Type::Enum(_) => Value::Enum(Variant(0)),
            Type::Instant => Value::Instant(at),
            Type::Date => Value::Date(self.zone.date_of(at)),
            Type::Duration => Value::Duration(Duration::exact(3_600_000_000_000).ok()?),
            Type::Set(element) => Value::set(self.plain_value(element, at, serial).into_iter().collect()),
        })
    }

    /// Adds to the values that conditions name those beside them and those of the type itself.
    fn widen(&self, values: &mut Vec<Value>, ty: &Type, at: Instant, serial: u32) {
        let mut more: Vec<Value> = Vec::new();
        match ty {
            Type::Bool => more.extend([Value::Bool(true), Value::Bool(false)]),
            Type::Enum(names) => {
                let count = u32::try_from(names.names.len()).unwrap_or(0);
                more.extend((0..count).map(|variant| Value::Enum(Variant(variant))));
            }
            Type::Party => more.extend(self.parties.iter().map(|party| Value::Party(*party))),
            Type::Set(element) => {
                more.extend(values.iter().filter(|value| matches!(value, Value::Set(_))).cloned());
                more.push(Value::set(Vec::new()));
                if **element == Type::Party {
                    more.push(Value::set(
                        self.parties.iter().map(|party| Value::Party(*party)).collect(),
                    ));
                    more.extend(self.parties.iter().map(|party| Value::set(vec![Value::Party(*party)])));
                }
            }
            Type::Text | Type::Number | Type::Money(_) | Type::Instant | Type::Date | Type::Duration => {
                more.extend(values.iter().flat_map(|value| neighbours(value, self.zone)));
            }
        }
        more.extend(self.plain_value(ty, at, serial));
        if *ty == Type::Text {
            more.push(Value::Text("".into()));
        }
        for value in more {
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
}

/// The values next to one that is compared with: one more and one less of a unit that people count in.
fn neighbours(value: &Value, zone: &Zone) -> Vec<Value> {
    const SECOND: i128 = 1_000_000_000;
    match value {
        Value::Number(number) => [1, -1]
            .into_iter()
            .filter_map(|step| Number::from_billionths(number.billionths() + step * SECOND))
            .map(Value::Number)
            .collect(),
        Value::Instant(instant) => [1, -1]
            .into_iter()
            .filter_map(|step| Instant::from_unix_nanoseconds(instant.unix_nanoseconds() + step * SECOND))
            .map(Value::Instant)
            .collect(),
        Value::Date(date) => {
            let before = Instant::from_unix_nanoseconds(zone.start_of(*date).unix_nanoseconds() - 1);
            let days: Vec<Date> = [Some(zone.end_of(*date)), before]
                .into_iter()
                .flatten()
                .map(|instant| zone.date_of(instant))
                .collect();
            days.into_iter().map(Value::Date).collect()
        }
        Value::Duration(duration) => {
            let nanoseconds = duration.nanoseconds();
            let second = 1_000_000_000;
            [nanoseconds.checked_add(second), nanoseconds.checked_sub(second)]
                .into_iter()
                .flatten()
                .filter_map(|nanoseconds| Duration::exact(nanoseconds).ok())
                .map(Value::Duration)
                .collect()
        }
        Value::Party(_) | Value::Text(_) | Value::Bool(_) | Value::Enum(_) | Value::Set(_) => Vec::new(),
    }
}

struct Search<'s, 'm> {
    solver: &'s Solver<'m>,
    role: &'s Role,
    names: Names<'s>,
    event: Event,
    tries: u32,
}

impl Search<'_, '_> {
    /// The values that the conditions name for a field, the first named first; `None` if no condition is about it.
    fn named_values(&self, field: FieldId) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        let mut named = false;
        for condition in &self.role.conditions {
            self.values_in(condition, field, &mut values, &mut named);
        }
        named.then_some(values)
    }

    fn values_in(&self, condition: &Condition, field: FieldId, values: &mut Vec<Value>, named: &mut bool) {
        let is_it = |operand: &Operand| is_own_field(operand, self.role.own) == Some(field);
        let mut add = |value: Option<Value>| values.extend(value);
        match &condition.kind {
            ConditionKind::All(elements) | ConditionKind::Any(elements) => {
                for element in elements {
                    self.values_in(element, field, values, named);
                }
            }
            ConditionKind::Not(negated) => self.values_in(negated, field, values, named),
            ConditionKind::Compare { left, right, .. } => {
                for (one, other) in [(left, right), (right, left)] {
                    if is_it(one) {
                        *named = true;
                        add(self.known(other));
                    }
                }
            }
            ConditionKind::Includes { set, elements } => {
                if is_it(set) {
                    *named = true;
                    add(Some(Value::set(
                        elements.iter().filter_map(|element| self.known(element)).collect(),
                    )));
                }
                for element in elements.iter().filter(|element| is_it(element)) {
                    *named = true;
                    match self.known(set) {
                        Some(Value::Set(members)) => values.extend(members.iter().cloned()),
                        other => values.extend(other.filter(|_| !is_it(element))),
                    }
                }
            }
            ConditionKind::In { item, choices } => {
                if is_it(item) {
                    *named = true;
                    choices.iter().for_each(|choice| values.extend(self.known(choice)));
                }
                if choices.iter().any(is_it) {
                    *named = true;
                    values.extend(self.known(item));
                }
            }
            ConditionKind::Holds(held) => *named |= is_it(held),
            ConditionKind::Past(_) => {}
        }
    }

    /// The value of an operand as far as it is known before the event is.
    fn known(&self, operand: &Operand) -> Option<Value> {
        let of_event = |event: &Event, field: FieldRef| event.value(field).map(std::borrow::Cow::into_owned);
        match &operand.kind {
            OperandKind::Literal(value) => Some(value.clone()),
            OperandKind::Key => self.names.key.cloned(),
            OperandKind::Field(var, _) | OperandKind::Common(var, _) => {
                let event = match var {
                    Var::Trigger => self.names.trigger.map(|event| &**event),
                    Var::Earlier => self.names.earlier.map(|event| &**event),
                    Var::Breach(_) => self.names.breach.map(|(_, event)| &**event),
                    Var::Subject => self.names.subject,
                    Var::Past => None,
                };
                match event {
                    Some(event) => of_event(event, operand.kind.field(event.kind)?),
                    None if operand.kind.field(self.event.kind) == Some(FieldRef::Time) => {
                        Some(Value::Instant(self.event.time))
                    }
                    None => None,
                }
            }
            OperandKind::State(..) => None,
        }
    }

    fn holds(&mut self) -> Option<bool> {
        let mut names = self.names;
        if self.role.own == Var::Past {
            names.past = Some(&self.event);
        } else {
            names.subject = Some(&self.event);
        }
        self.solver.judge.holds(&self.role.conditions, names)
    }

    /// Chooses values for the fields that conditions are about, so that all conditions are true.
    fn assign(&mut self, asked: &[(FieldId, Vec<Value>)]) -> bool {
        let Some(((field, values), rest)) = asked.split_first() else {
            return self.holds() == Some(true);
        };
        for value in values {
            if self.tries == 0 {
                return false;
            }
            self.tries -= 1;
            self.event.fields[field.index()] = Some(value.clone());
            if self.holds() != Some(false) && self.assign(rest) {
                return true;
            }
        }
        self.event.fields[field.index()] = None;
        false
    }
}
