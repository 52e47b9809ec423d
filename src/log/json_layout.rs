//! What records of JSON of one event type have behind their start, in the form that the others of the type have.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::asked::Regard;
use super::event::without_values;
use super::extent::Extent;
use super::fixed::Fixed;
use super::json_form::{Learnt, Part};
use super::json_scan::{Entry, Kind, Sketch, plain_length};
use super::json_value::{Slot, Values};
use super::{Fields, Origin};
use crate::model::EventType;
use crate::value::{Currency, Number, Type, Value};

/// What follows. It has a value for each field that must have one.
#[derive(Debug)]
struct Body {
    /// With what becomes of their values.
    parts: Box<[(Part, Use)]>,
    end: Fixed,
}

/// What becomes of a value.
#[derive(Debug)]
enum Use {
    /// It is that of a field.
    Field {
        way: Way,
        /// The position of the field.
        field: usize,
    },
    /// It is that of no field.
    None,
}

impl Body {
    /// Learns what records of a type have behind a place from the entries that follow there.
    fn of(text: &str, behind: usize, entries: &[Entry], slots: &[Slot<'_>], places: &[Option<usize>]) -> Option<Self> {
        let field = |entry: usize| places.iter().position(|place| *place == Some(entry));
        let with = |(part, entry): (Part, usize)| {
            let Some((field, slot)) = field(entry).and_then(|at| Some((at, slots.get(at)?))) else {
                return (part, Use::None);
            };
            let way = Way::of(&slot.field.ty, part.kind());
            (part, Use::Field { way, field })
        };
        let parts = Part::all(text, behind, entries)?.into_iter().zip(0..);
        let end = entries.last().map_or(behind, |entry| entry.value().1);
        Some(Body {
            parts: parts.map(with).collect(),
            end: Fixed::new(text.as_bytes().get(end..)?),
        })
    }
}

/// How the value of a field is read.
#[derive(Debug)]
enum Way {
    Party,
    Enum,
    Text,
    Number,
    Money(Currency),
    /// By what its type is, and what its value.
    Any,
}

impl Way {
    fn of(ty: &Type, kind: Kind) -> Self {
        match (ty, kind) {
            (Type::Party, Kind::Text) => Way::Party,
            (Type::Enum(_), Kind::Text) => Way::Enum,
            (Type::Text, Kind::Text) => Way::Text,
            (Type::Number, Kind::Number) => Way::Number,
            (Type::Money(currency), Kind::Text) => Way::Money(*currency),
            _ => Way::Any,
        }
    }
}

/// The fields of an event type.
#[derive(Debug)]
pub(super) struct Layout<'m> {
    pub(super) fields: Vec<Slot<'m>>,
    /// The keys of its amendments, which have a way of their own.
    pub(super) amending: Vec<(&'m str, Sketch)>,
    pub(super) regard: Regard<'m>,
    body: Learnt<Body>,
}

/// The whole number of few digits that a text starts with, and what follows it.
#[inline]
fn whole(text: &[u8]) -> Option<(Number, &[u8])> {
    let (number, digits) = Number::whole_at_start(text)?;
    let after = text.get(digits..)?;
    let is_json = digits == 1 || text.first() != Some(&b'0');
    let goes_on = matches!(after.first(), Some(b'.' | b'e' | b'E'));
    (is_json && !goes_on).then_some((number, after))
}

/// A whole amount with its currency, one space between them, and what follows the quote behind it.
#[inline]
fn amount(text: &[u8], currency: Currency) -> Option<(Number, &[u8])> {
    let (number, digits) = Number::whole_at_start(text)?;
    let after = text.get(digits..)?.strip_prefix(b" ")?;
    let after = after.strip_prefix(currency.letters())?;
    Some((number, after.strip_prefix(b"\"")?))
}

impl<'m> Layout<'m> {
    pub(super) fn new(event: &'m EventType, regard: Regard<'m>) -> Self {
        let identity = event.identity.iter();
        let keys = identity.flat_map(|identity| identity.corrects.iter().chain(&identity.retracts));
        Layout {
            fields: event.fields.iter().map(Slot::new).collect(),
            amending: keys.map(|key| (key.as_str(), Sketch::of(key))).collect(),
            regard,
            body: Learnt::default(),
        }
    }

    /// The values of the record that a text starts with, if it goes on as others of its type did, and the record's length, alone and with its line end.
    #[inline]
    pub(super) fn as_others_go_on(
        &mut self,
        values: &Values<'m>,
        text: &str,
        rest: &[u8],
        extent: Extent,
        start: Origin,
    ) -> Option<(Fields, usize, usize)> {
        let body = self.body.known()?;
        let mut fields = without_values(self.fields.len());
        let of_fields = fields.as_mut_slice();
        let mut rest = rest;
        for (part, with) in &body.parts {
            rest = part.come_to(rest)?;
            let Use::Field { way, field } = with else {
                rest = part.take(text, rest)?.1;
                continue;
            };
            let value = of_fields.get_mut(*field)?;
            match way {
                Way::Party => {
                    let party = values.parties.start(rest)?;
                    rest = party.behind(rest)?;
                    *value = Some(Value::Party(party.id));
                }
                Way::Enum => {
                    let variant = self.fields.get(*field)?.variants.start(rest)?;
                    rest = variant.behind(rest)?;
                    *value = Some(Value::Enum(variant.id));
                }
                Way::Text => {
                    let (start, length) = (text.len().checked_sub(rest.len())?, plain_length(rest)?);
                    rest = rest.get(length + 1..)?;
                    *value = Some(Value::Text(CompactString::new(text.get(start..start + length)?)));
                }
                Way::Number | Way::Money(_) | Way::Any => {
                    let plain = match way {
                        Way::Number => whole(rest),
                        Way::Money(currency) => amount(rest, *currency),
                        _ => None,
                    };
                    let (is, after) = match plain {
                        Some((number, after)) => (Value::Number(number), after),
                        None => {
                            let (taken, after) = part.take(text, rest)?;
                            let slot = self.fields.get(*field)?;
                            (values.of(text, part.kind(), taken, slot, start)?, after)
                        }
                    };
                    *value = Some(is);
                    rest = after;
                }
            }
        }
        let rest = body.end.pass(rest)?;
        let line_end = extent.line_end(rest)?;
        let length = text.len().checked_sub(rest.len())?;
        self.body.met();
        Some((fields, length, length + line_end))
    }

    /// For each field, the position of its entry.
    pub(super) fn places(&self, text: &str, entries: &[Entry]) -> SmallVec<[Option<usize>; 8]> {
        let mut next = 0;
        let place = |slot: &Slot<'_>| {
            // Records mostly have their fields in the order in which the rules declare them.
            let (before, after) = entries.split_at(next);
            let is_meant = |entry: &Entry| entry.is_named(text, &slot.field.name, slot.sketch);
            let found = match after.iter().position(is_meant) {
                Some(at) => Some(next + at),
                None => before.iter().position(is_meant),
            };
            next = found.map_or(next, |at| at + 1);
            found
        };
        self.fields.iter().map(place).collect()
    }

    /// Learns what follows in records of the type from one that was taken apart, behind its start.
    pub(super) fn missed(&mut self, text: &str, behind: usize, entries: &[Entry]) {
        let places = self.places(text, entries);
        let Layout { fields, body, .. } = self;
        body.missed(|| Body::of(text, behind, entries, fields, &places));
    }
}
