//! Records of JSON on the short way: what is as it should be becomes an event at once, everything else is left to the long way.

use smallvec::SmallVec;

use super::amend::Record;
use super::asked::Regard;
use super::decode::{Decoder, Place};
use super::json_form::{Learnt, Part, Taken};
use super::json_scan::{Cursor, Entry, Kind, Scan, Sketch};
use super::json_text::JsonValue;
use super::names::Names;
use super::record::{TIME, TYPE};
use super::{Asked, Fields, Origin, short};
use crate::model::{EventType, EventTypeId, Field, Model};
use crate::time::{Instant, InstantReader};
use crate::value::{PartyId, Type, Value, Variant};

/// The names that the rules give, made ready to be found in records, and the forms that records were found to have.
#[derive(Debug)]
pub(super) struct Quick<'m> {
    model: &'m Model,
    time: Sketch,
    kind: Sketch,
    types: Names<'m, EventTypeId>,
    /// By [`EventTypeId`].
    layouts: Vec<Layout<'m>>,
    parties: Names<'m, PartyId>,
    instants: InstantReader,
    head: Learnt<Head>,
    /// Those of the present record.
    entries: Vec<Entry>,
}

/// What records start with: their instant and their type.
#[derive(Debug)]
struct Head {
    first: Part,
    second: Part,
    /// Whether the instant comes first.
    time_first: bool,
}

/// What follows.
#[derive(Debug)]
struct Body {
    /// With the position of the field whose value it is, if it is that of one.
    parts: Box<[(Part, Option<usize>)]>,
    end: Box<[u8]>,
}

/// The fields of an event type.
#[derive(Debug)]
struct Layout<'m> {
    fields: Vec<Slot<'m>>,
    /// The keys of its amendments, which have a way of their own.
    amending: Vec<(&'m str, Sketch)>,
    regard: Regard,
    body: Learnt<Body>,
}

/// A field that wants a value.
#[derive(Debug)]
struct Slot<'m> {
    field: &'m Field,
    sketch: Sketch,
    /// The names that its values have, if it is of an enumeration.
    variants: Names<'m, Variant>,
}

impl<'m> Slot<'m> {
    fn new(field: &'m Field) -> Self {
        Slot {
            field,
            sketch: Sketch::of(&field.name),
            variants: Names::of_variants(&field.ty),
        }
    }
}

/// What a record is, and where.
#[derive(Debug, Clone, Copy)]
struct Said {
    time: Instant,
    kind: EventTypeId,
    origin: Origin,
}

impl<'m> Layout<'m> {
    fn new(event: &'m EventType, regard: Regard) -> Self {
        let identity = event.identity.iter();
        let keys = identity.flat_map(|identity| identity.corrects.iter().chain(&identity.retracts));
        Layout {
            fields: event.fields.iter().map(Slot::new).collect(),
            amending: keys.map(|key| (key.as_str(), Sketch::of(key))).collect(),
            regard,
            body: Learnt::default(),
        }
    }

    /// For each field, the position of its entry.
    fn places(&self, text: &str, entries: &[Entry]) -> SmallVec<[Option<usize>; 8]> {
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
}

impl<'m> Quick<'m> {
    pub(super) fn new(asked: &Asked<'m>) -> Self {
        let model = asked.model;
        let types = (0..).map(EventTypeId).zip(&model.events);
        let layouts = types.map(|(id, event)| Layout::new(event, asked.regard(id))).collect();
        Quick {
            model,
            time: Sketch::of(TIME),
            kind: Sketch::of(TYPE),
            types: Names::of_types(model),
            layouts,
            parties: Names::of_parties(model),
            instants: InstantReader::default(),
            head: Learnt::default(),
            entries: Vec::new(),
        }
    }

    /// The event that a text tells of, if it is one in which nothing is wrong or out of the ordinary.
    pub(super) fn record(&mut self, text: &str, origin: Origin) -> Option<Record> {
        let Some((said, behind)) = self.as_others_start(text, origin) else {
            let record = self.taken_apart(text, origin)?;
            let Quick { head, entries, .. } = self;
            let (time, kind) = (self.time, self.kind);
            head.missed(|| {
                let names = [(TIME, time), (TYPE, kind)];
                let [first, second, ..] = entries.as_slice() else {
                    return None;
                };
                let is = |entry: &Entry, at: usize| entry.is_named(text, names[at].0, names[at].1);
                let time_first = is(first, 0) && is(second, 1);
                let are_both = time_first || is(first, 1) && is(second, 0);
                let parts = are_both.then(|| Part::all(text, 0, &entries[..2]))??;
                let [first, second] = <[Part; 2]>::try_from(parts).ok()?;
                let is_text = first.kind() == Kind::Text && second.kind() == Kind::Text;
                is_text.then_some(Head {
                    first,
                    second,
                    time_first,
                })
            });
            return Some(record);
        };
        self.head.met();
        let layout = self.layouts.get(said.kind.index())?;
        if layout.regard == Regard::PassedOver {
            return passed_over(text, said);
        }
        if let Some(record) = self.as_others_go_on(text, said, behind) {
            self.layouts.get_mut(said.kind.index())?.body.met();
            return Some(record);
        }
        let record = self.taken_apart(text, origin)?;
        let entries = self.entries.get(2..)?;
        let layout = self.layouts.get_mut(said.kind.index())?;
        let places = layout.places(text, entries);
        layout.body.missed(|| {
            let parts = Part::all(text, behind, entries)?.into_iter().zip(0..);
            let field = |entry: usize| places.iter().position(|place| *place == Some(entry));
            let end = entries.last().map_or(behind, |entry| entry.value().1);
            Some(Body {
                parts: parts.map(|(part, entry)| (part, field(entry))).collect(),
                end: text.as_bytes().get(end..)?.into(),
            })
        });
        Some(record)
    }

    /// What a record is that starts as others did, and the place behind that.
    #[inline]
    fn as_others_start(&mut self, text: &str, origin: Origin) -> Option<(Said, usize)> {
        let head = self.head.known()?;
        let mut cursor = Cursor::new(text, 0);
        head.first.come_to(&mut cursor)?;
        let (time, kind) = if head.time_first {
            let time = instant(&mut self.instants, &head.first, &mut cursor)?;
            head.second.come_to(&mut cursor)?;
            (time, self.types.take(&mut cursor)?)
        } else {
            let kind = self.types.take(&mut cursor)?;
            head.second.come_to(&mut cursor)?;
            (instant(&mut self.instants, &head.second, &mut cursor)?, kind)
        };
        Some((Said { time, kind, origin }, cursor.place()))
    }

    /// The event that a record tells of that goes on as others of its type did.
    #[inline]
    fn as_others_go_on(&self, text: &str, said: Said, behind: usize) -> Option<Record> {
        let Said { time, kind, origin } = said;
        let layout = self.layouts.get(kind.index())?;
        let body = layout.body.known()?;
        let mut fields = Fields::with_capacity(layout.fields.len());
        let mut cursor = Cursor::new(text, behind);
        for (part, field) in &body.parts {
            part.come_to(&mut cursor)?;
            let Some(at) = *field else {
                part.take(&mut cursor)?;
                continue;
            };
            let slot = layout.fields.get(at)?;
            let value = Some(match (&slot.field.ty, part.kind()) {
                (Type::Party, Kind::Text) => Value::Party(self.parties.take(&mut cursor)?),
                (Type::Enum(_), Kind::Text) => Value::Enum(slot.variants.take(&mut cursor)?),
                (_, kind) => self.value(text, kind, part.take(&mut cursor)?, slot, origin)?,
            });
            // Records mostly have their fields in the order in which the rules declare them.
            if at == fields.len() {
                fields.push(value);
            } else {
                fill(&mut fields, at + 1);
                *fields.get_mut(at)? = value;
            }
        }
        fill(&mut fields, layout.fields.len());
        let mut wanted = layout.fields.iter().zip(&fields);
        let is_complete = wanted.all(|(slot, value)| value.is_some() || slot.field.optional);
        let is_whole = is_complete && *cursor.rest() == *body.end;
        is_whole.then(|| Record::regarded(layout.regard, kind, time, fields, origin))
    }

    /// The event that a record tells of, whatever form it has.
    fn taken_apart(&mut self, text: &str, origin: Origin) -> Option<Record> {
        let mut scan = Scan::new(text)?;
        self.entries.clear();
        let (mut time, mut kind) = (None, None);
        // What a record is decides whether the rest of it is read.
        while scan.goes_on() && (time.is_none() || kind.is_none()) {
            let entry = scan.entry(&mut self.entries)?;
            let plain = |entry: &Entry| (entry.kind == Kind::Text).then(|| entry.quoted(text))?;
            if entry.is_named(text, TIME, self.time) {
                time = Some(plain(&entry)?.parse().ok()?);
            } else if entry.is_named(text, TYPE, self.kind) {
                kind = Some(self.types.find(plain(&entry)?)?);
            }
        }
        let said = Said {
            time: time?,
            kind: kind?,
            origin,
        };
        let layout = self.layouts.get(said.kind.index())?;
        if layout.regard == Regard::PassedOver {
            return passed_over(text, said);
        }
        scan.rest(&mut self.entries)?;
        let is_said = |key: &str, sketch: Sketch| self.entries.iter().any(|entry| entry.is_named(text, key, sketch));
        if layout.amending.iter().any(|(key, sketch)| is_said(key, *sketch)) {
            return None;
        }
        self.event(text, said, &self.entries, &layout.places(text, &self.entries))
    }

    /// The event with these values, of which each field has its place.
    fn event(&self, text: &str, said: Said, entries: &[Entry], places: &[Option<usize>]) -> Option<Record> {
        let Said { time, kind, origin } = said;
        let layout = self.layouts.get(kind.index())?;
        let mut fields = Fields::with_capacity(layout.fields.len());
        for (slot, place) in layout.fields.iter().zip(places) {
            let entry = place.and_then(|place| entries.get(place));
            fields.push(match entry.filter(|entry| entry.kind != Kind::Null) {
                Some(entry) => {
                    let (written, start) = entry.written(text)?;
                    let taken = match entry.kind {
                        Kind::Text => Taken {
                            text: entry.quoted(text)?,
                            start: start + 1,
                        },
                        _ => Taken { text: written, start },
                    };
                    Some(self.value(text, entry.kind, taken, slot, origin)?)
                }
                None if slot.field.optional => None,
                None => return None,
            });
        }
        Some(Record::regarded(layout.regard, kind, time, fields, origin))
    }

    #[inline]
    fn value(&self, text: &str, kind: Kind, taken: Taken<'_>, slot: &Slot<'_>, origin: Origin) -> Option<Value> {
        let plain = match (&slot.field.ty, kind) {
            (ty, Kind::Text) => short::of_text(ty, taken.text, &self.parties, &slot.variants),
            (Type::Number, Kind::Number) => taken.text.parse().ok().map(Value::Number),
            (Type::Bool, Kind::True) => Some(Value::Bool(true)),
            (Type::Bool, Kind::False) => Some(Value::Bool(false)),
            _ => None,
        };
        plain.or_else(|| self.value_as_said(text, kind, taken, slot.field, origin))
    }

    /// The value that the long way finds, if nothing is wrong with it.
    fn value_as_said(&self, text: &str, kind: Kind, taken: Taken<'_>, field: &Field, origin: Origin) -> Option<Value> {
        let quote = usize::from(kind == Kind::Text);
        let start = taken.start.checked_sub(quote)?;
        let written = text.get(start..taken.start + taken.text.len() + quote)?;
        let mut decoder = Decoder::new(self.model, None, origin);
        let value = decoder.value(Place::Key(&field.name), &JsonValue::new(written, start), &field.ty)?;
        decoder.problems().is_empty().then_some(value)
    }
}

/// Makes room for so many values at least.
#[inline]
fn fill(fields: &mut Fields, least: usize) {
    while fields.len() < least {
        fields.push(None);
    }
}

/// Takes the instant that is the value of a part.
#[inline]
fn instant(instants: &mut InstantReader, part: &Part, cursor: &mut Cursor<'_>) -> Option<Instant> {
    if let Some((instant, length)) = instants.start(cursor.rest()) {
        cursor.skip(length);
        if cursor.pass(b"\"").is_some() {
            return Some(instant);
        }
        return None;
    }
    instants.read(part.take(cursor)?.text)
}

/// A record of which nothing else is asked. That its line was written to its end is seen by its last byte.
fn passed_over(text: &str, said: Said) -> Option<Record> {
    let Said { time, origin, .. } = said;
    let is_whole = text.trim_ascii_end().ends_with('}');
    is_whole.then_some(Record::Unasked { time, origin })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::log::fixture::{model, record};
    use crate::log::record::Schema;
    use crate::log::{Event, InputId, jsonl};

    const NOWHERE: Origin = Origin {
        input: InputId(0),
        line: 1,
        offset: 0,
        length: 0,
    };

    fn short(text: &str) -> Option<Record> {
        Quick::new(&Asked::all(&model())).record(text, NOWHERE)
    }

    fn event(record: Option<Record>) -> Option<Event> {
        record.map(|record| match record {
            Record::Event(event) => Arc::unwrap_or_clone(event),
            record => panic!("{record:?}"),
        })
    }

    /// The event that a record comes to on the long way.
    fn long(text: &str) -> Option<Event> {
        let model = model();
        let schema = Schema::new(&Asked::all(&model), None);
        match jsonl::event(&schema, None, text, NOWHERE, |_, _| None) {
            Ok(Record::Event(event)) => Some(Arc::unwrap_or_clone(event)),
            _ => None,
        }
    }

    /// Values of every type as logs write them, and others.
    const VALUES: &[&str] = &[
        "\"US\"",
        "\"UA\"",
        "\"UX\"",
        "\"threat\"",
        "\"armed_attack\"",
        "\"mid\"",
        "\"\"",
        "\"a text of more than twenty-four bytes, and then some\"",
        "\"\\u0055S\"",
        "\"\\ud800\"",
        "\"\\x\"",
        "\"tab\tin it\"",
        "\"é\u{2028}\"",
        "\"100 USD\"",
        "\"1e3  USD\"",
        "\"-0.50 USD\"",
        "\"100 EUR\"",
        "\"USD 100\"",
        "{\"amount\": 100, \"currency\": \"USD\"}",
        "{\"amount\": 100, \"amount\": 100}",
        "{\"a\": [{}, [], {\"b\": [1, {\"c\": null}]}]}",
        "{\"a\": [1, }",
        "[1 2]",
        "[\"US\", \"UA\", \"US\"]",
        "[\"UX\"]",
        "[3, 1.50, -0]",
        "[",
        "0",
        "-0",
        "01",
        "1550",
        "-12.5",
        "1.",
        ".5",
        "1e5",
        "1E+2",
        "1e",
        "1e400",
        "0.1234567891",
        "999999999999999999",
        "1000000000000000000",
        "true",
        "false",
        "tru",
        "null",
        "NaN",
        "\"2024-07-08T10:00:00+03:00\"",
        "\"2024-07-08T10:00:00.5Z\"",
        "\"2024-02-30T10:00:00Z\"",
        "\"2024-07-08 10:00:00Z\"",
        "\"2024-07-08T10:00:00\"",
        "\"2024-02-29\"",
        "\"PT72H\"",
        "\"72 hours\"",
    ];

    const KEYS: &[&str] = &[
        "time",
        "type",
        "id",
        "against",
        "kind",
        "between",
        "topics",
        "amount",
        "remark",
        "count",
        "done",
        "since",
        "day",
        "notice",
        "level",
        "numbers",
        "x",
        "a_long_key",
        "a_long_kez",
        "\\u0069d",
        "",
    ];

    fn entry() -> impl Strategy<Value = String> {
        let time = Just("\"time\":\"2024-07-08T10:00:00Z\"".to_owned());
        let kind = prop::sample::select(&["ping", "attack", "consultation", "funding", "mixed", " ping", "pong"][..]);
        let (keys, values) = (prop::sample::select(KEYS), prop::sample::select(VALUES));
        prop_oneof![
            2 => time,
            2 => kind.prop_map(|kind| format!("\"type\": \"{kind}\"")),
            6 => (keys, values).prop_map(|(key, value)| format!("\"{key}\": {value}")),
        ]
    }

    /// Objects whose entries are mostly those of one event type, in any order.
    fn object() -> impl Strategy<Value = String> {
        let whole = [
            record("attack", r#""id": "a", "against": "UA", "kind": "threat""#),
            record("funding", r#""amount": "100 USD", "remark": null"#),
            record("consultation", r#""between": ["US", "UA"]"#),
            record(
                "mixed",
                r#""count": -1.5, "done": true, "level": "high", "numbers": [1]"#,
            ),
        ];
        let free = prop::collection::vec(entry(), 0..8).prop_map(|entries| format!("{{{}}}", entries.join(", ")));
        let near = (
            prop::sample::select(whole.to_vec()),
            prop::collection::vec(entry(), 0..3),
        )
            .prop_map(|(whole, more)| {
                let more: Vec<String> = more.iter().map(|entry| format!(", {entry}")).collect();
                format!("{}{}}}", whole.trim_end_matches('}'), more.concat())
            });
        prop_oneof![free, near]
    }

    fn text() -> impl Strategy<Value = String> {
        let damage = prop_oneof![
            6 => Just(None),
            1 => (any::<prop::sample::Index>(), prop::sample::select(&["", "\"", "\\", "{", "}", "[", ",", " ", "\t", "\u{b}", "\u{1}", "0", "é"][..]), 0_usize..2)
                .prop_map(Some),
        ];
        (object(), damage).prop_map(|(text, damage)| {
            let Some((at, what, over)) = damage else { return text };
            let mut characters: Vec<String> = text.chars().map(String::from).collect();
            if !characters.is_empty() {
                let at = at.index(characters.len());
                let end = (at + over).min(characters.len());
                characters.splice(at..end, [what.to_owned()]);
            }
            characters.concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_short_way_says_nothing_else_than_the_long_one(text in text()) {
            if let Some(record) = short(&text) {
                let Record::Event(event) = record else { panic!("{record:?}") };
                prop_assert_eq!(Some(Arc::unwrap_or_clone(event)), long(&text));
            }
        }

        #[test]
        fn what_was_read_before_changes_nothing(texts in prop::collection::vec(text(), 1..6)) {
            let model = model();
            let mut quick = Quick::new(&Asked::all(&model));
            for text in texts.iter().chain(&texts) {
                prop_assert_eq!(event(quick.record(text, NOWHERE)), event(short(text)));
            }
        }

        #[test]
        fn a_strict_reading_holds_to_the_rules_what_nobody_asks_for(text in text()) {
            let unasked = unasked(&text, true);
            let asked = short(&text);
            prop_assert_eq!(unasked.as_ref().map(Record::time), asked.as_ref().map(Record::time));
        }

        #[test]
        fn what_is_passed_over_is_at_the_instant_that_it_would_be_at(text in text()) {
            let passed_over = unasked(&text, false);
            let is_unasked = matches!(passed_over, Some(Record::Unasked { .. }) | None);
            prop_assert!(is_unasked);
            if let (Some(event), Some(record)) = (long(&text), passed_over) {
                prop_assert_eq!(event.time, record.time());
            }
        }

        #[test]
        fn what_is_a_record_can_be_passed_over(text in text()) {
            if let Some(record) = short(&text) {
                let passed_over = unasked(&text, false);
                prop_assert_eq!(passed_over.map(|record| record.time()), Some(record.time()));
            }
        }
    }

    /// A record on the short way where no event is asked for.
    fn unasked(text: &str, is_strict: bool) -> Option<Record> {
        let model = model();
        let asked = Asked::only(&model, |_| false);
        let asked = if is_strict { asked.strict() } else { asked };
        Quick::new(&asked).record(text, NOWHERE)
    }

    #[test]
    fn what_is_common_in_logs_takes_the_short_way() {
        let attack = r#""id": "a", "against": "UA", "kind": "threat""#;
        let texts = [
            record("ping", ""),
            record("attack", attack),
            record(
                "attack",
                &format!(r#"{attack}, "note": "line\nbreak \u00e9", "more": {{"of": [1, {{}}, []]}}"#),
            ),
            record("funding", r#""amount": "100 USD", "remark": null"#),
            record("funding", r#""amount": {"amount": 100, "currency": "USD"}"#),
            record("consultation", r#""between": ["US", "UA"]"#),
            record(
                "mixed",
                r#""count": -1.5, "done": true, "level": "high", "numbers": [1]"#,
            ),
            record(
                "mixed",
                r#""since": "2024-07-08T10:00:00Z", "day": "2024-02-29", "notice": "PT72H""#,
            ),
            r#"{"type":"ping","time":"2024-07-08T10:00:00.123456+03:00","n":1}"#.to_owned(),
        ];
        for text in texts {
            assert!(short(&text).is_some(), "{text}");
        }
    }
}
