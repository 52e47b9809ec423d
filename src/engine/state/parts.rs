//! How what the rooms before the engine know is saved: times, values, events, and the numbers by which the rules name things.

use std::sync::Arc;

use compact_str::CompactString;

use super::{Loader, Restored, Saved, Saver, StateError, restored, saved};
use crate::engine::life::Extended;
use crate::log::{Event, InputId, Origin};
use crate::model::{AgreementId, ClauseId, Ending, EventTypeId, FieldId, Periods, Standing, StateId, Window};
use crate::source::Span;
use crate::time::{Date, Due, Duration, Instant, Period};
use crate::value::{Number, PartyId, Ratio, Type, Value, Variant};

saved!(struct Period { index, start, end });
saved!(struct Ending { succession, notice });
saved!(struct InputId(input));
saved!(struct Origin { input, line, offset, length });
restored!(Window {
    restored: [standing],
    fixed: [length],
});
restored!(Periods {
    restored: [window],
    fixed: [cadence, anchor],
});

/// What an event can put off is the end of the term.
impl Restored for Standing {
    fn save(&self, to: &mut Saver<'_>) {
        let Standing { start: _, own: _, term } = self;
        term.save(to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        let term = Option::load(from)?;
        if term.is_some() != self.term.is_some() {
            return Err(from.damaged("a term cannot begin or cease to have an end"));
        }
        self.term = term;
        Ok(())
    }
}

/// The instant at the edge, and whether it is in time.
impl Saved for Due {
    fn save(&self, to: &mut Saver<'_>) {
        self.edge().save(to);
        self.is_inclusive().save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let edge = Instant::load(from)?;
        Ok(Due::new(edge, bool::load(from)?))
    }
}

/// The distance from the instant before in whole seconds, and the rest of a second where that is another one.
impl Saved for Instant {
    fn save(&self, to: &mut Saver<'_>) {
        let (seconds, nanoseconds) = self.seconds_and_nanoseconds();
        let distance = seconds - to.last.0;
        let folded = (distance << 1).cast_unsigned() ^ (distance >> 63).cast_unsigned();
        let same = nanoseconds == to.last.1;
        to.number(folded << 1 | u64::from(!same));
        if !same {
            to.number(u64::from(nanoseconds.unsigned_abs()) << 1 | u64::from(nanoseconds < 0));
        }
        to.last = (seconds, nanoseconds);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let number = from.number()?;
        let folded = number >> 1;
        let distance = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        let nanoseconds = if number & 1 == 0 {
            Some(from.last.1)
        } else {
            let number = from.number()?;
            let magnitude = i32::try_from(number >> 1).ok();
            magnitude.map(|magnitude| if number & 1 == 0 { magnitude } else { -magnitude })
        };
        let seconds = from.last.0.checked_add(distance);
        let instant = seconds
            .zip(nanoseconds)
            .and_then(|(seconds, nanoseconds)| Instant::from_seconds_and_nanoseconds(seconds, nanoseconds));
        let instant = instant.ok_or_else(|| from.damaged("there is no such instant"))?;
        from.last = instant.seconds_and_nanoseconds();
        Ok(instant)
    }
}

impl Saved for Date {
    fn save(&self, to: &mut Saver<'_>) {
        to.number(u64::from(self.year().unsigned_abs()));
        to.byte(self.month().unsigned_abs());
        to.byte(self.day().unsigned_abs());
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let (year, month, day) = (from.number()?, from.byte()?, from.byte()?);
        let numbers = i16::try_from(year)
            .ok()
            .zip(i8::try_from(month).ok().zip(i8::try_from(day).ok()));
        let date = numbers.and_then(|(year, (month, day))| Date::new(year, month, day));
        date.ok_or_else(|| from.damaged("there is no such day"))
    }
}

impl Saved for Duration {
    fn save(&self, to: &mut Saver<'_>) {
        to.number(u64::from(self.months()));
        to.number(u64::from(self.days()));
        to.number(self.nanoseconds());
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let duration = Duration::new(from.number()?, from.number()?, from.number()?);
        duration.map_err(|_| from.damaged("a duration is too long"))
    }
}

impl Saved for Number {
    fn save(&self, to: &mut Saver<'_>) {
        to.wide(self.billionths());
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let billionths = from.wide()?;
        // The magnitude of the least number of 128 bits does not fit.
        let number = Some(billionths).filter(|billionths| *billionths > i128::MIN);
        let number = number.and_then(Number::from_billionths);
        number.ok_or_else(|| from.damaged("a number is too large"))
    }
}

impl Saved for Ratio {
    fn save(&self, to: &mut Saver<'_>) {
        to.wide(self.numerator());
        to.number(self.denominator());
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let ratio = Ratio::new(from.wide()?, from.number()?);
        ratio.ok_or_else(|| from.damaged("a fraction is over zero"))
    }
}

impl Saved for CompactString {
    fn save(&self, to: &mut Saver<'_>) {
        to.length(self.len());
        to.bytes(self.as_bytes());
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let length = from.length()?;
        let bytes = from.bytes(length)?;
        CompactString::from_utf8(bytes).map_err(|_| from.damaged("a text is not UTF-8"))
    }
}

impl Saved for Value {
    fn save(&self, to: &mut Saver<'_>) {
        match self {
            Value::Party(party) => {
                to.byte(0);
                to.number(u64::from(party.0));
            }
            Value::Text(text) => {
                to.byte(1);
                text.save(to);
            }
            Value::Number(number) => {
                to.byte(2);
                number.save(to);
            }
            Value::Bool(truth) => {
                to.byte(3);
                truth.save(to);
            }
            Value::Enum(variant) => {
                to.byte(4);
                to.number(u64::from(variant.0));
            }
            Value::Instant(instant) => {
                to.byte(5);
                instant.save(to);
            }
            Value::Date(date) => {
                to.byte(6);
                date.save(to);
            }
            Value::Duration(duration) => {
                to.byte(7);
                duration.save(to);
            }
            Value::Set(elements) => {
                to.byte(8);
                to.length(elements.len());
                elements.iter().for_each(|element| element.save(to));
            }
        }
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let kind = from.byte()?;
        if kind < 8 {
            return single(kind, from);
        }
        if kind > 8 {
            return Err(from.damaged(NO_VALUE));
        }
        let mut elements = Vec::new();
        for _ in 0..from.length()? {
            let kind = from.byte()?;
            elements.push(single(kind, from)?);
        }
        Ok(Value::set(elements))
    }
}

const NO_VALUE: &str = "there is no such kind of value";

/// A value that is no set: a set holds no sets.
fn single(kind: u8, from: &mut Loader<'_>) -> Result<Value, StateError> {
    Ok(match kind {
        0 => {
            let parties = from.model().parties.len();
            Value::Party(PartyId(from.position(parties, "the rules have no such party")?))
        }
        1 => Value::Text(Saved::load(from)?),
        2 => Value::Number(Saved::load(from)?),
        3 => Value::Bool(Saved::load(from)?),
        4 => Value::Enum(Variant(Saved::load(from)?)),
        5 => Value::Instant(Saved::load(from)?),
        6 => Value::Date(Saved::load(from)?),
        7 => Value::Duration(Saved::load(from)?),
        _ => return Err(from.damaged(NO_VALUE)),
    })
}

fn is_of(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Enum(variant), Type::Enum(names)) => (variant.0 as usize) < names.names.len(),
        (Value::Set(elements), Type::Set(ty)) => elements.iter().all(|element| is_of(element, ty)),
        (Value::Party(_), Type::Party)
        | (Value::Text(_), Type::Text)
        | (Value::Number(_), Type::Number | Type::Money(_))
        | (Value::Bool(_), Type::Bool)
        | (Value::Instant(_), Type::Instant)
        | (Value::Date(_), Type::Date)
        | (Value::Duration(_), Type::Duration) => true,
        _ => false,
    }
}

macro_rules! ids {
    ($($id:ident of $list:ident, $what:literal;)*) => {
        $(impl Saved for $id {
            fn save(&self, to: &mut Saver<'_>) {
                to.number(u64::from(self.0));
            }

            fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
                let length = from.model().$list.len();
                from.position(length, $what).map($id)
            }
        })*
    };
}

ids! {
    AgreementId of agreements, "the rules have no such agreement";
    ClauseId of clauses, "the rules have no such clause";
    EventTypeId of events, "the rules have no such type of events";
    StateId of states, "the rules have no such state";
}

/// A field of a type of events.
pub(in crate::engine) fn save_field((of, field): (EventTypeId, FieldId), to: &mut Saver<'_>) {
    of.save(to);
    to.number(u64::from(field.0));
}

/// As [`save_field`] has saved it.
pub(in crate::engine) fn load_field(from: &mut Loader<'_>) -> Result<(EventTypeId, FieldId), StateError> {
    let of = EventTypeId::load(from)?;
    let fields = from.model().event(of).fields.len();
    Ok((of, FieldId(from.position(fields, "the type has no such field")?)))
}

/// Words of the rules on the life of an agreement or a clause.
impl Saved for Span {
    fn save(&self, to: &mut Saver<'_>) {
        to.rule(*self);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        from.rule()
    }
}

impl Saved for Event {
    fn save(&self, to: &mut Saver<'_>) {
        let Event {
            kind,
            time,
            fields,
            origin,
            correction,
        } = self;
        kind.save(to);
        time.save(to);
        to.length(fields.len());
        fields.iter().for_each(|field| field.save(to));
        origin.save(to);
        correction.save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let kind = EventTypeId::load(from)?;
        let time = Instant::load(from)?;
        let fields: Vec<Option<Value>> = Saved::load(from)?;
        let declared = &from.model().event(kind).fields;
        let fits = |(field, value): (&crate::model::Field, &Option<Value>)| {
            value.as_ref().is_none_or(|value| is_of(value, &field.ty))
        };
        if fields.len() != declared.len() || !declared.iter().zip(&fields).all(fits) {
            return Err(from.damaged("an event is not of its type"));
        }
        Ok(Event {
            kind,
            time,
            fields: fields.into(),
            origin: Saved::load(from)?,
            correction: Saved::load(from)?,
        })
    }
}

impl Saved for Arc<Event> {
    fn save(&self, to: &mut Saver<'_>) {
        to.event(self);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        from.event()
    }
}

impl Saved for Arc<Extended> {
    fn save(&self, to: &mut Saver<'_>) {
        to.extension(self);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        from.extension()
    }
}
