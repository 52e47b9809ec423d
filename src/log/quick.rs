//! Records of JSON on the short way: what is as it should be becomes an event at once, everything else is left to the long way.

use compact_str::CompactString;

use super::amend::Record;
use super::decode::{Decoder, Place};
use super::json_scan::{Entry, Kind, Sketch, scan};
use super::json_text::JsonValue;
use super::record::{TIME, TYPE};
use super::{Asked, Event, Origin};
use crate::model::{EventType, EventTypeId, Field, Model};
use crate::time::Instant;
use crate::value::{Currency, Number, PartyId, Type, Value};

/// The names that the rules give, made ready to be found in records.
#[derive(Debug)]
pub(super) struct Quick<'m> {
    model: &'m Model,
    time: Sketch,
    kind: Sketch,
    types: foldhash::HashMap<&'m str, EventTypeId>,
    /// By [`EventTypeId`].
    layouts: Vec<Layout<'m>>,
    parties: foldhash::HashMap<&'m str, PartyId>,
    /// Those of the present record.
    entries: Vec<Entry>,
}

/// The fields of an event type.
#[derive(Debug)]
struct Layout<'m> {
    fields: Vec<(&'m Field, Sketch)>,
    /// The keys of its amendments, which have a way of their own.
    amending: Vec<(&'m str, Sketch)>,
    /// Whether somebody looks at its events.
    is_asked: bool,
}

impl<'m> Layout<'m> {
    fn new(event: &'m EventType, is_asked: bool) -> Self {
        let identity = event.identity.iter();
        let keys = identity.flat_map(|identity| identity.corrects.iter().chain(&identity.retracts));
        Layout {
            fields: event
                .fields
                .iter()
                .map(|field| (field, Sketch::of(&field.name)))
                .collect(),
            amending: keys.map(|key| (key.as_str(), Sketch::of(key))).collect(),
            is_asked,
        }
    }
}

impl<'m> Quick<'m> {
    pub(super) fn new(asked: &Asked<'m>) -> Self {
        let model = asked.model;
        let types = (0..).map(EventTypeId).zip(&model.events);
        let layouts = types
            .clone()
            .map(|(id, event)| Layout::new(event, asked.has(id)))
            .collect();
        let parties = (0..).map(PartyId).zip(&model.parties);
        Quick {
            model,
            time: Sketch::of(TIME),
            kind: Sketch::of(TYPE),
            types: types.map(|(id, event)| (event.name.as_str(), id)).collect(),
            layouts,
            parties: parties.map(|(id, party)| (party.name.as_str(), id)).collect(),
            entries: Vec::new(),
        }
    }

    /// The event that a text tells of, if it is one in which nothing is wrong or out of the ordinary.
    pub(super) fn record(&mut self, text: &str, origin: Origin) -> Option<Record> {
        scan(text, &mut self.entries)?;
        let entries = self.entries.as_slice();
        let plain = |name: &str, sketch: Sketch| {
            let entry = entries.iter().find(|entry| entry.is_named(text, name, sketch))?;
            (entry.kind == Kind::Text).then(|| entry.quoted(text))?
        };
        let time: Instant = plain(TIME, self.time)?.parse().ok()?;
        let kind = *self.types.get(plain(TYPE, self.kind)?)?;
        let layout = self.layouts.get(kind.index())?;
        let is_said = |key: &str, sketch: Sketch| entries.iter().any(|entry| entry.is_named(text, key, sketch));
        if layout.amending.iter().any(|(key, sketch)| is_said(key, *sketch)) {
            return None;
        }
        let mut decoder = Decoder::new(self.model, None, origin);
        let mut fields = Vec::new();
        if layout.is_asked {
            fields.reserve_exact(layout.fields.len());
        }
        let mut next = 0;
        for (field, sketch) in &layout.fields {
            // Records mostly have their fields in the order in which the rules declare them.
            let (before, after) = entries.split_at(next);
            let is_meant = |entry: &Entry| entry.is_named(text, &field.name, *sketch);
            let found = match after.iter().position(is_meant) {
                Some(at) => Some(next + at),
                None => before.iter().position(is_meant),
            };
            let entry = found.map(|at| &entries[at]);
            next = found.map_or(next, |at| at + 1);
            let value = match entry.filter(|entry| entry.kind != Kind::Null) {
                Some(entry) => Some(self.value(text, entry, field, &mut decoder)?),
                None if field.optional => None,
                None => return None,
            };
            if layout.is_asked {
                fields.push(value);
            }
        }
        if !decoder.problems().is_empty() {
            return None;
        }
        Some(if layout.is_asked {
            Record::Event(Event {
                kind,
                time,
                fields: fields.into_boxed_slice(),
                origin,
                correction: None,
            })
        } else {
            Record::Unasked { time, origin }
        })
    }

    fn value(&self, text: &str, entry: &Entry, field: &Field, decoder: &mut Decoder<'_>) -> Option<Value> {
        Some(match (&field.ty, entry.kind) {
            (Type::Text, Kind::Text) => Value::Text(CompactString::new(entry.quoted(text)?)),
            (Type::Party, Kind::Text) => Value::Party(*self.parties.get(entry.quoted(text)?)?),
            (Type::Enum(names), Kind::Text) => Value::Enum(names.variant(entry.quoted(text)?)?),
            (Type::Number, Kind::Number) => Value::Number(entry.written(text)?.0.parse().ok()?),
            (Type::Money(currency), Kind::Text) => Value::Number(amount(entry.quoted(text)?, *currency)?),
            (Type::Bool, Kind::True) => Value::Bool(true),
            (Type::Bool, Kind::False) => Value::Bool(false),
            _ => {
                let (written, start) = entry.written(text)?;
                let written = JsonValue::new(written, start);
                return decoder.value(Place::Key(&field.name), &written, &field.ty);
            }
        })
    }
}

/// An amount with its currency, one space between them.
fn amount(text: &str, currency: Currency) -> Option<Number> {
    let (amount, code) = text.split_once(' ')?;
    (Currency::new(code) == Some(currency)).then(|| amount.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::InputId;
    use crate::log::fixture::{model, record};
    use crate::log::jsonl;
    use crate::log::record::Schema;

    const NOWHERE: Origin = Origin {
        input: InputId(0),
        line: 1,
        offset: 0,
        length: 0,
    };

    fn short(text: &str) -> Option<Record> {
        Quick::new(&Asked::all(&model())).record(text, NOWHERE)
    }

    /// The event that a record comes to on the long way.
    fn long(text: &str) -> Option<Event> {
        let model = model();
        let schema = Schema::new(&Asked::all(&model), None);
        match jsonl::event(&schema, None, text, NOWHERE, |_, _| None) {
            Ok(Record::Event(event)) => Some(event),
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
                prop_assert_eq!(Some(event), long(&text));
            }
        }

        #[test]
        fn what_nobody_asks_for_is_held_to_the_rules_too(text in text()) {
            let model = model();
            let unasked = Quick::new(&Asked::only(&model, |_| false)).record(&text, NOWHERE);
            let asked = short(&text);
            prop_assert_eq!(unasked.as_ref().map(Record::time), asked.as_ref().map(Record::time));
        }
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
