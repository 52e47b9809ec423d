//! Values that events carry and rules name, and their types.

mod number;
mod ratio;
mod types;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use compact_str::CompactString;

pub use number::{Number, NumberError};
pub use ratio::Ratio;
pub use types::{Currency, EnumType, Type};

use crate::time::{Date, Duration, Instant};

/// Identifies a party within a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartyId(pub u32);

/// The position of a value in its enumeration, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variant(pub u32);

/// A value. Which [`Type`] it is of is known from its place in the model, so that two values of one place always compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Of type `party`.
    Party(PartyId),
    /// Of type `text`.
    Text(CompactString),
    /// Of type `number`, or an amount of `money` in the currency of its type.
    Number(Number),
    /// Of type `bool`.
    Bool(bool),
    /// Of an enumeration.
    Enum(Variant),
    /// Of type `instant`.
    Instant(Instant),
    /// Of type `date`.
    Date(Date),
    /// Of type `duration`; exact.
    Duration(Duration),
    /// Of type `set of T`: sorted and without repetition. It is shared, so that to clone or to drop a value is no recursion, and little enough to be done in place.
    Set(Arc<[Value]>),
}

impl PartialOrd for Value {
    #[inline]
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    /// Groups are found by comparing values, which mostly are parties; what is ordered in rules mostly is of an enumeration.
    #[inline]
    fn cmp(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Party(one), Value::Party(other)) => one.cmp(other),
            (Value::Enum(one), Value::Enum(other)) => one.cmp(other),
            (one, other) => one.order_of_any(other),
        }
    }
}

impl Value {
    fn order_of_any(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Party(one), Value::Party(other)) => one.cmp(other),
            (Value::Text(one), Value::Text(other)) => one.cmp(other),
            (Value::Number(one), Value::Number(other)) => one.cmp(other),
            (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
            (Value::Enum(one), Value::Enum(other)) => one.cmp(other),
            (Value::Instant(one), Value::Instant(other)) => one.cmp(other),
            (Value::Date(one), Value::Date(other)) => one.cmp(other),
            (Value::Duration(one), Value::Duration(other)) => one.cmp(other),
            (Value::Set(one), Value::Set(other)) => one.cmp(other),
            (one, other) => one.form().cmp(&other.form()),
        }
    }

    /// A number for what kind of value it is.
    fn form(&self) -> u8 {
        match self {
            Value::Party(_) => 0,
            Value::Text(_) => 1,
            Value::Number(_) => 2,
            Value::Bool(_) => 3,
            Value::Enum(_) => 4,
            Value::Instant(_) => 5,
            Value::Date(_) => 6,
            Value::Duration(_) => 7,
            Value::Set(_) => 8,
        }
    }

    /// A set from its elements, in any order and with any repetition.
    pub fn set(mut elements: Vec<Value>) -> Value {
        elements.sort_unstable();
        elements.dedup();
        Value::Set(elements.into())
    }

    /// Takes the value into a hash that only values of one type are told apart by.
    #[inline]
    pub fn hash_alone(&self, hasher: &mut impl Hasher) {
        match self {
            Value::Text(text) => hasher.write(text.as_bytes()),
            Value::Party(party) => hasher.write_u32(party.0),
            value => value.hash(hasher),
        }
    }

    /// The order of two values of one type.
    pub fn order(&self, other: &Value) -> Ordering {
        self.cmp(other)
    }

    /// Whether a set has an element; false for what is not a set.
    pub fn includes(&self, element: &Value) -> bool {
        match self {
            Value::Set(elements) => elements.binary_search(element).is_ok(),
            _ => false,
        }
    }
}
