//! How the joins of a pattern bring an event together with the duties that it may answer: by a hash, and then by the values themselves.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;

use super::duty::{Duty, Found, Terms};
use super::evaluate::{Frame, lasting_value};
use super::instance::Instance;
use crate::log::Event;
use crate::value::Value;

/// Takes in a value, of which the other side has one of the same type.
#[inline]
fn hash_in(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Text(text) => hasher.write(text.as_bytes()),
        Value::Party(party) => hasher.write_u32(party.0),
        value => value.hash(hasher),
    }
}

impl Terms {
    /// The hash of an event's side of the joins; `None` if a value of it is absent.
    pub(super) fn own_hash(&self, event: &Event, hashing: &RandomState) -> Option<u64> {
        let mut hasher = hashing.build_hasher();
        for join in &self.pattern.joins {
            let value = event.value(join.own)?;
            hash_in(&value, &mut hasher);
        }
        Some(hasher.finish())
    }

    /// The hash of a duty's side, with what it knows in a frame; `None` if a value of it is absent.
    pub(super) fn known_hash(&self, found: &Found, frame: &Frame<'_>, hashing: &RandomState) -> Option<u64> {
        let mut hasher = hashing.build_hasher();
        match found {
            Found::Joined => {
                for join in &self.pattern.joins {
                    let value = lasting_value(&join.other, frame)?;
                    hash_in(&value, &mut hasher);
                }
            }
            Found::Kept(key) => key.iter().for_each(|value| hash_in(value, &mut hasher)),
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
                    event
                        .value(join.own)
                        .is_some_and(|own| lasting_value(&join.other, &frame) == Some(own))
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
