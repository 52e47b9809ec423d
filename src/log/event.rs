//! Events, and where they were read.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::model::{EventTypeId, FieldId, FieldRef};
use crate::time::Instant;
use crate::value::Value;

/// Identifies a log file within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputId(pub u32);

/// Where a record was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The log file.
    pub input: InputId,
    /// The line that the record starts on, or in a table its row, from 1.
    pub line: u64,
    /// The record's first byte, counted in the text after decompression; in a table, the rows before it.
    pub offset: u64,
    /// The record's length in bytes, without its line end; 0 in a table.
    pub length: u32,
}

/// The values of the declared fields of an event. Most events have no more than are kept within it.
pub type Fields = SmallVec<[Option<Value>; 4]>;

/// So many fields, none of which has a value so far.
#[inline]
pub(super) fn without_values(count: usize) -> Fields {
    let within = [const { None }; 4];
    if count <= within.len() {
        Fields::from_buf_and_len(within, count)
    } else {
        std::iter::repeat_with(|| None).take(count).collect()
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its type.
    pub kind: EventTypeId,
    /// When.
    pub time: Instant,
    /// The values of the declared fields, by [`FieldId`]; `None` where an optional field is absent.
    pub fields: Fields,
    /// Where it was read.
    pub origin: Origin,
    /// Where the values of its fields were read instead, if a later record corrects it. That is rare, and there are many events.
    pub correction: Option<Box<Origin>>,
}

impl Event {
    /// As it was read, by a record that nothing corrects so far.
    #[inline]
    pub(super) fn new(kind: EventTypeId, time: Instant, fields: Fields, origin: Origin) -> Self {
        Event {
            kind,
            time,
            fields,
            origin,
            correction: None,
        }
    }

    /// The event with other fields, as a later record has them.
    pub(super) fn corrected(self, fields: Fields, by: Origin) -> Self {
        Event {
            fields,
            correction: Some(Box::new(by)),
            ..self
        }
    }

    /// The value of a field, if the event carries it.
    pub fn value(&self, field: FieldRef) -> Option<Cow<'_, Value>> {
        match field {
            FieldRef::Time => Some(Cow::Owned(Value::Instant(self.time))),
            FieldRef::Declared(id) => self.field(id).map(Cow::Borrowed),
        }
    }

    /// The value of a declared field, if the event carries it.
    pub fn field(&self, id: FieldId) -> Option<&Value> {
        self.fields.get(id.index())?.as_ref()
    }
}
