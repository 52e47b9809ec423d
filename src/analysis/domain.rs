//! Which values conditions leave to the fields of one event.

use crate::model::{Condition, ConditionKind, FieldRef, Operand, OperandKind, Var};
use crate::source::Span;
use crate::syntax::ast::CompareOp;
use crate::value::{Type, Value};

/// What a conjunction of conditions asks of one field: a superset of the values for which it can be true.
#[derive(Debug, Clone, Default)]
struct Domain {
    /// The only values possible, if they are few enough to be listed.
    only: Option<Vec<Value>>,
    not: Vec<Value>,
    at_least: Option<(Value, bool)>,
    at_most: Option<(Value, bool)>,
    includes: Vec<Value>,
    places: Vec<Span>,
}

/// What a conjunction of conditions asks of the fields of one event.
#[derive(Debug, Clone, Default)]
pub(super) struct Domains {
    fields: Vec<(FieldRef, Type, Domain)>,
    /// Whether each of the conditions is wholly expressed here, so that the domains are exact.
    pub(super) exact: bool,
}

impl Domains {
    /// What conditions ask of the event that a name stands for. Conditions on anything else, and those of other forms, are left out.
    pub(super) fn of<'a>(conditions: impl IntoIterator<Item = &'a Condition>, event: Var) -> Self {
        let mut domains = Domains {
            fields: Vec::new(),
            exact: true,
        };
        for condition in conditions {
            domains.exact &= domains.take_in(condition, event, true);
        }
        domains
    }

    /// The same demands, added to these.
    pub(super) fn and(&mut self, other: Domains) {
        self.exact &= other.exact;
        for (field, ty, domain) in other.fields {
            let own = self.domain(field, &ty);
            if let Some(only) = domain.only {
                own.keep_only(&only);
            }
            own.not.extend(domain.not);
            own.includes.extend(domain.includes);
            own.places.extend(domain.places);
            if let Some((value, inclusive)) = domain.at_least {
                own.raise(value, inclusive);
            }
            if let Some((value, inclusive)) = domain.at_most {
                own.lower(value, inclusive);
            }
        }
    }

    /// The places of conditions that no value of a field can satisfy together.
    pub(super) fn contradiction(&self) -> Option<&[Span]> {
        let empty = self.fields.iter().find(|(_, ty, domain)| domain.is_empty(ty));
        empty.map(|(_, _, domain)| domain.places.as_slice())
    }

    /// Whether every event within these domains is certainly within the others, which must be exact.
    pub(super) fn imply(&self, others: &Domains) -> bool {
        others.exact
            && others.fields.iter().all(|(field, ty, other)| {
                let own = self.fields.iter().find(|(known, _, _)| known == field);
                own.is_some_and(|(_, _, own)| own.is_within(other, ty))
            })
    }

    fn domain(&mut self, field: FieldRef, ty: &Type) -> &mut Domain {
        let position = self.fields.iter().position(|(known, _, _)| *known == field);
        let position = position.unwrap_or_else(|| {
            self.fields.push((field, ty.clone(), Domain::default()));
            self.fields.len() - 1
        });
        &mut self.fields[position].2
    }

    /// Takes in a condition, or its contrary. Returns whether it is wholly expressed.
    fn take_in(&mut self, condition: &Condition, event: Var, positive: bool) -> bool {
        match (&condition.kind, positive) {
            (ConditionKind::All(elements), true) => {
                // Each element is taken in, also after one that is not wholly expressed.
                let whole: Vec<bool> = elements
                    .iter()
                    .map(|element| self.take_in(element, event, true))
                    .collect();
                whole.into_iter().all(|whole| whole)
            }
            (ConditionKind::Not(negated), _) => self.take_in(negated, event, !positive),
            (ConditionKind::Compare { left, op, right }, _) => {
                let op = if positive { *op } else { contrary(*op) };
                let sides = [(left, op, right), (right, op.mirrored(), left)];
                let Some((field, ty, op, value)) = sides.into_iter().find_map(|(own, op, other)| {
                    let field = field_of(own, event)?;
                    Some((field, &own.ty, op, constant(other)?))
                }) else {
                    return false;
                };
                let domain = self.domain(field, ty);
                domain.places.push(condition.span);
                match op {
                    CompareOp::Equal => domain.keep_only(std::slice::from_ref(value)),
                    CompareOp::NotEqual => domain.not.push(value.clone()),
                    CompareOp::Less => domain.lower(value.clone(), false),
                    CompareOp::LessOrEqual => domain.lower(value.clone(), true),
                    CompareOp::Greater => domain.raise(value.clone(), false),
                    CompareOp::GreaterOrEqual => domain.raise(value.clone(), true),
                }
                true
            }
            (ConditionKind::Holds(operand), _) => {
                let Some(field) = field_of(operand, event) else {
                    return false;
                };
                let domain = self.domain(field, &operand.ty);
                domain.places.push(condition.span);
                domain.keep_only(&[Value::Bool(positive)]);
                true
            }
            (ConditionKind::In { item, choices }, true) => {
                let values: Option<Vec<Value>> = choices.iter().map(|choice| constant(choice).cloned()).collect();
                let (Some(field), Some(values)) = (field_of(item, event), values) else {
                    return false;
                };
                let domain = self.domain(field, &item.ty);
                domain.places.push(condition.span);
                domain.keep_only(&values);
                true
            }
            (ConditionKind::Includes { set, elements }, true) => {
                let values: Option<Vec<Value>> = elements.iter().map(|element| constant(element).cloned()).collect();
                let (Some(field), Some(values)) = (field_of(set, event), values) else {
                    return false;
                };
                let domain = self.domain(field, &set.ty);
                domain.places.push(condition.span);
                domain.includes.extend(values);
                true
            }
            _ => false,
        }
    }
}

impl Domain {
    fn keep_only(&mut self, values: &[Value]) {
        self.only = Some(match self.only.take() {
            None => values.to_vec(),
            Some(known) => known.into_iter().filter(|value| values.contains(value)).collect(),
        });
    }

    fn raise(&mut self, value: Value, inclusive: bool) {
        let tighter = self
            .at_least
            .as_ref()
            .is_none_or(|(known, known_inclusive)| (&value, !inclusive) > (known, !known_inclusive));
        if tighter {
            self.at_least = Some((value, inclusive));
        }
    }

    fn lower(&mut self, value: Value, inclusive: bool) {
        let tighter = self
            .at_most
            .as_ref()
            .is_none_or(|(known, known_inclusive)| (&value, inclusive) < (known, *known_inclusive));
        if tighter {
            self.at_most = Some((value, inclusive));
        }
    }

    fn admits(&self, value: &Value) -> bool {
        let above = self
            .at_least
            .as_ref()
            .is_none_or(|(least, inclusive)| value > least || (*inclusive && value == least));
        let below = self
            .at_most
            .as_ref()
            .is_none_or(|(most, inclusive)| value < most || (*inclusive && value == most));
        above
            && below
            && !self.not.contains(value)
            && self.only.as_ref().is_none_or(|only| only.contains(value))
            && self.includes.iter().all(|element| value.includes(element))
    }

    /// Whether no value is left. For types with few values all are tried.
    fn is_empty(&self, ty: &Type) -> bool {
        if let Some(values) = self.all_values(ty) {
            return !values.iter().any(|value| self.admits(value));
        }
        match (&self.at_least, &self.at_most) {
            (Some((least, from)), Some((most, to))) => least > most || (least == most && !(*from && *to)),
            _ => false,
        }
    }

    /// The values that could be, if they can be listed.
    fn all_values(&self, ty: &Type) -> Option<Vec<Value>> {
        if let Some(only) = &self.only {
            return Some(only.clone());
        }
        match ty {
            Type::Bool => Some(vec![Value::Bool(false), Value::Bool(true)]),
            Type::Enum(names) => {
                let count = u32::try_from(names.names.len()).ok()?;
                Some(
                    (0..count)
                        .map(|variant| Value::Enum(crate::value::Variant(variant)))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    fn is_within(&self, other: &Domain, ty: &Type) -> bool {
        if let Some(values) = self.all_values(ty) {
            return values
                .iter()
                .filter(|value| self.admits(value))
                .all(|value| other.admits(value));
        }
        let least = other.at_least.as_ref().is_none_or(|(least, inclusive)| {
            self.at_least
                .as_ref()
                .is_some_and(|(own, own_inclusive)| own > least || (own == least && (*inclusive || !own_inclusive)))
        });
        let most = other.at_most.as_ref().is_none_or(|(most, inclusive)| {
            self.at_most
                .as_ref()
                .is_some_and(|(own, own_inclusive)| own < most || (own == most && (*inclusive || !own_inclusive)))
        });
        least
            && most
            && other.only.is_none()
            && other.not.iter().all(|value| !self.admits(value))
            && other.includes.iter().all(|element| self.includes.contains(element))
    }
}

fn field_of(operand: &Operand, event: Var) -> Option<FieldRef> {
    match operand.kind {
        OperandKind::Field(var, field) if var == event => Some(field),
        _ => None,
    }
}

fn constant(operand: &Operand) -> Option<&Value> {
    match &operand.kind {
        OperandKind::Literal(value) => Some(value),
        _ => None,
    }
}

fn contrary(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::NotEqual,
        CompareOp::NotEqual => CompareOp::Equal,
        CompareOp::Less => CompareOp::GreaterOrEqual,
        CompareOp::LessOrEqual => CompareOp::Greater,
        CompareOp::Greater => CompareOp::LessOrEqual,
        CompareOp::GreaterOrEqual => CompareOp::Less,
    }
}
