//! Records as bytes, to be put aside and taken up again in the same run.

use std::ops::Range;
use std::sync::Arc;

use compact_str::CompactString;

use super::amend::{Amendment, Change, Record};
use super::{Event, Fields, InputId, Origin};
use crate::model::EventTypeId;
use crate::time::{Date, Duration, Instant};
use crate::value::{Number, PartyId, Value, Variant};

/// Writes a record behind other bytes.
pub(super) fn pack(record: &Record, to: &mut Vec<u8>) {
    match record {
        Record::Event(event) => {
            to.push(0);
            head(event.time, event.origin, to);
            number(event.kind.0, to);
            fields(&event.fields, to);
        }
        Record::Amendment(amendment) => {
            to.push(match amendment.change {
                Change::Correct(_) => 1,
                Change::Retract => 2,
            });
            head(amendment.time, amendment.origin, to);
            number(amendment.kind.0, to);
            value(Some(&amendment.target), to);
            long(amendment.place.start as u64, to);
            long(amendment.place.end as u64, to);
            if let Change::Correct(changed) = &amendment.change {
                fields(changed, to);
            }
        }
        Record::Unasked { time, origin } => {
            to.push(3);
            head(*time, *origin, to);
        }
        Record::Ignored { time, origin } => {
            to.push(4);
            head(*time, *origin, to);
        }
    }
}

/// The record that these bytes were written for; `None` if they are not what was written.
pub(super) fn unpack(bytes: &[u8]) -> Option<Record> {
    let mut from = Unpacking(bytes);
    let tag = from.byte()?;
    let time = from.instant()?;
    let origin = from.origin()?;
    let record = match tag {
        0 => Record::Event(Arc::new(Event {
            time,
            origin,
            kind: EventTypeId(from.number()?),
            fields: from.fields()?,
            correction: None,
        })),
        1 | 2 => {
            let kind = EventTypeId(from.number()?);
            let target = from.value()?;
            let place = from.place()?;
            let change = if tag == 1 {
                Change::Correct(from.fields()?)
            } else {
                Change::Retract
            };
            Record::Amendment(Box::new(Amendment {
                kind,
                target,
                time,
                change,
                origin,
                place,
            }))
        }
        3 => Record::Unasked { time, origin },
        4 => Record::Ignored { time, origin },
        _ => return None,
    };
    from.0.is_empty().then_some(record)
}

fn number(number: u32, to: &mut Vec<u8>) {
    to.extend_from_slice(&number.to_le_bytes());
}

fn long(number: u64, to: &mut Vec<u8>) {
    to.extend_from_slice(&number.to_le_bytes());
}

fn wide(number: i128, to: &mut Vec<u8>) {
    to.extend_from_slice(&number.to_le_bytes());
}

fn length(length: usize, to: &mut Vec<u8>) {
    long(length as u64, to);
}

fn text(text: &str, to: &mut Vec<u8>) {
    length(text.len(), to);
    to.extend_from_slice(text.as_bytes());
}

fn head(time: Instant, origin: Origin, to: &mut Vec<u8>) {
    wide(time.unix_nanoseconds(), to);
    number(origin.input.0, to);
    long(origin.line, to);
    long(origin.offset, to);
    number(origin.length, to);
}

fn fields(fields: &[Option<Value>], to: &mut Vec<u8>) {
    length(fields.len(), to);
    for field in fields {
        value(field.as_ref(), to);
    }
}

fn value(written: Option<&Value>, to: &mut Vec<u8>) {
    match written {
        None => to.push(0),
        Some(Value::Party(party)) => {
            to.push(1);
            number(party.0, to);
        }
        Some(Value::Text(words)) => {
            to.push(2);
            text(words, to);
        }
        Some(Value::Number(amount)) => {
            to.push(3);
            wide(amount.billionths(), to);
        }
        Some(Value::Bool(truth)) => {
            to.push(4);
            to.push(u8::from(*truth));
        }
        Some(Value::Enum(variant)) => {
            to.push(5);
            number(variant.0, to);
        }
        Some(Value::Instant(instant)) => {
            to.push(6);
            wide(instant.unix_nanoseconds(), to);
        }
        Some(Value::Date(date)) => {
            to.push(7);
            text(&date.to_string(), to);
        }
        Some(Value::Duration(duration)) => {
            to.push(8);
            number(duration.months(), to);
            number(duration.days(), to);
            long(duration.nanoseconds(), to);
        }
        Some(Value::Set(elements)) => {
            to.push(9);
            length(elements.len(), to);
            elements.iter().for_each(|element| value(Some(element), to));
        }
    }
}

/// What is left to be read.
struct Unpacking<'b>(&'b [u8]);

impl<'b> Unpacking<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn wide(&mut self) -> Option<i128> {
        self.array().map(i128::from_le_bytes)
    }

    /// A number of things, each of which takes a byte at least.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.long()?)
            .ok()
            .filter(|length| *length <= self.0.len())
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn instant(&mut self) -> Option<Instant> {
        Instant::from_unix_nanoseconds(self.wide()?)
    }

    fn origin(&mut self) -> Option<Origin> {
        Some(Origin {
            input: InputId(self.number()?),
            line: self.long()?,
            offset: self.long()?,
            length: self.number()?,
        })
    }

    fn place(&mut self) -> Option<Range<usize>> {
        let (start, end) = (self.long()?, self.long()?);
        Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    fn fields(&mut self) -> Option<Fields> {
        let mut fields = Fields::new();
        for _ in 0..self.length()? {
            fields.push(match self.byte()? {
                0 => None,
                tag => Some(self.value_of(tag)?),
            });
        }
        Some(fields)
    }

    fn value(&mut self) -> Option<Value> {
        let tag = self.byte()?;
        self.value_of(tag)
    }

    fn value_of(&mut self, tag: u8) -> Option<Value> {
        Some(match tag {
            1 => Value::Party(PartyId(self.number()?)),
            2 => Value::Text(CompactString::new(self.text()?)),
            3 => Value::Number(Number::from_billionths(self.wide()?)?),
            4 => Value::Bool(self.byte()? == 1),
            5 => Value::Enum(Variant(self.number()?)),
            6 => Value::Instant(self.instant()?),
            7 => Value::Date(self.text()?.parse::<Date>().ok()?),
            8 => {
                let (months, days) = (self.number()?, self.number()?);
                Value::Duration(Duration::new(months.into(), days.into(), self.long()?).ok()?)
            }
            9 => {
                let length = self.length()?;
                let elements = (0..length).map(|_| self.value());
                Value::Set(elements.collect::<Option<Vec<Value>>>()?.into())
            }
            _ => return None,
        })
    }
}
