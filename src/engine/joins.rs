//! How the joins of a pattern bring an event together with the duties that it may answer: by a hash, and then by the values themselves.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

use super::duty::{Duty, Found, Terms};
use super::evaluate::{Frame, lasting_field, plain};
use super::instance::Instance;
use crate::log::Event;
use crate::model::{FieldRef, Operand};
use crate::value::Value;

/// Does something with the value of a field of an event, if it is there.
#[inline]
fn with_own<T>(event: &Event, field: FieldRef, act: impl FnOnce(&Value) -> T) -> Option<T> {
    match field {
        FieldRef::Declared(id) => event.field(id).map(act),
        FieldRef::Time => Some(act(&Value::Instant(event.time))),
    }
}

/// Does something with what a duty knows, if it is there.
#[inline]
fn with_known<T>(operand: &Operand, frame: &Frame<'_>, act: impl FnOnce(&Value) -> T) -> Option<T> {
    match plain(operand, frame) {
        Some(value) => Some(act(value)),
        None => lasting_field(&operand.kind, frame).map(|value| act(&value)),
    }
}

impl Terms {
    /// The hash of an event's side of the joins; `None` if a value of it is absent.
    pub(super) fn own_hash(&self, event: &Event, hashing: &RandomState) -> Option<u64> {
        let mut hasher = hashing.build_hasher();
        for join in &self.pattern.joins {
            with_own(event, join.own, |value| value.hash_alone(&mut hasher))?;
        }
        Some(hasher.finish())
    }

    /// The hash of a duty's side, with what it knows in a frame; `None` if a value of it is absent.
    pub(super) fn known_hash(&self, found: &Found, frame: &Frame<'_>, hashing: &RandomState) -> Option<u64> {
        let mut hasher = hashing.build_hasher();
        match found {
            Found::Joined => {
                for join in &self.pattern.joins {
                    with_known(&join.other, frame, |value| value.hash_alone(&mut hasher))?;
                }
            }
            Found::Kept(key) => key.iter().for_each(|value| value.hash_alone(&mut hasher)),
            Found::Loose => return None,
        }
        Some(hasher.finish())
    }

    /// Whether what a duty has on its side of the joins is what an event has; for a duty that lacks a value, conditions tell.
    pub(super) fn is_joined(&self, event: &Event, duty: &Duty, known: &Instance) -> bool {
        let mut joins = self.pattern.joins.iter();
        match &duty.found {
            Found::Joined => {
                let frame = known.frame(&duty.breaches);
                joins.all(|join| {
                    let is_same = with_own(event, join.own, |own| {
                        with_known(&join.other, &frame, |known| own == known)
                    });
                    is_same.flatten() == Some(true)
                })
            }
            Found::Kept(key) => joins
                .zip(key.iter())
                .all(|(join, value)| event.value(join.own).is_some_and(|own| *own == *value)),
            Found::Loose => true,
        }
    }

    /// Whether two events have the same values on their side of the joins.
    pub(super) fn joins_alike(&self, left: &Event, right: &Event) -> bool {
        let mut joins = self.pattern.joins.iter();
        joins.all(|join| left.value(join.own) == right.value(join.own))
    }
}
