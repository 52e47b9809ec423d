//! Values of fields in records of JSON on the short way.

use super::decode::sound_value;
use super::json_form::Taken;
use super::json_scan::{Kind, Sketch};
use super::json_text::JsonValue;
use super::names::Names;
use super::{Origin, short};
use crate::model::{Field, Model};
use crate::value::{PartyId, Type, Value, Variant};

/// A field that wants a value.
#[derive(Debug)]
pub(super) struct Slot<'m> {
    pub(super) field: &'m Field,
    pub(super) sketch: Sketch,
    /// The names that its values have, if it is of an enumeration.
    pub(super) variants: Names<'m, Variant>,
}

impl<'m> Slot<'m> {
    pub(super) fn new(field: &'m Field) -> Self {
        Slot {
            field,
            sketch: Sketch::of(&field.name),
            variants: Names::of_variants(&field.ty),
        }
    }
}

/// What values are read by.
#[derive(Debug)]
pub(super) struct Values<'m> {
    model: &'m Model,
    pub(super) parties: Names<'m, PartyId>,
}

impl<'m> Values<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        Values {
            model,
            parties: Names::of_parties(model),
        }
    }

    /// The value of a field that is written so, if nothing is wrong with it.
    pub(super) fn of(
        &self,
        text: &str,
        kind: Kind,
        taken: Taken<'_>,
        slot: &Slot<'_>,
        origin: Origin,
    ) -> Option<Value> {
        let plain = match (&slot.field.ty, kind) {
            (ty, Kind::Text) => short::of_text(ty, taken.text, &self.parties, &slot.variants),
            (Type::Number, Kind::Number) => taken.text.parse().ok().map(Value::Number),
            (Type::Bool, Kind::True) => Some(Value::Bool(true)),
            (Type::Bool, Kind::False) => Some(Value::Bool(false)),
            _ => None,
        };
        plain.or_else(|| self.as_said(text, kind, taken, slot.field, origin))
    }

    /// The value that the long way finds, if nothing is wrong with it.
    fn as_said(&self, text: &str, kind: Kind, taken: Taken<'_>, field: &Field, origin: Origin) -> Option<Value> {
        let quote = usize::from(kind == Kind::Text);
        let start = taken.start.checked_sub(quote)?;
        let written = text.get(start..taken.start + taken.text.len() + quote)?;
        sound_value(self.model, &JsonValue::new(written, start), field, origin)
    }
}
