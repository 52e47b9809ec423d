//! Logs as text: the terse lines that tests are written in, and the JSON lines that a person can run again.

use std::fmt::Write;

use servanda::log::{Event, InputId, Origin};
use servanda::model::Model;
use servanda::value::{Type, Value};

/// An event as a line of JSON.
pub(crate) fn line_of(model: &Model, event: &Event) -> String {
    let ty = model.event(event.kind);
    let mut out = format!("{{\"time\": \"{}\", \"type\": \"{}\"", event.time, ty.name);
    for (field, value) in ty.fields.iter().zip(&event.fields) {
        if let Some(value) = value {
            let shown = json(model, value, &field.ty);
            write!(out, ", \"{}\": {shown}", field.name).expect("a string takes any text");
        }
    }
    out.push('}');
    out
}

fn json(model: &Model, value: &Value, ty: &Type) -> String {
    match (value, ty) {
        (Value::Set(elements), Type::Set(element)) => {
            let elements: Vec<String> = elements.iter().map(|value| json(model, value, element)).collect();
            format!("[{}]", elements.join(", "))
        }
        (_, Type::Text | Type::Bool | Type::Number) => model.show(value, ty),
        _ => format!("\"{}\"", model.show(value, ty)),
    }
}

/// The events of lines as `2024-07-08T10:00:00Z attack id=A against=UA between=US;UA`, numbered from 1.
pub(crate) fn events_of(model: &Model, log: &str) -> Vec<Event> {
    let lines = log.lines().map(str::trim).filter(|line| !line.is_empty());
    (1..)
        .zip(lines)
        .map(|(number, line)| event_of(model, number, line))
        .collect()
}

fn event_of(model: &Model, number: u64, line: &str) -> Event {
    let mut words = line.split_whitespace();
    let time = words.next().expect("a time").parse().expect("an instant");
    let name = words.next().expect("a type");
    let kind = model
        .event_named(name)
        .unwrap_or_else(|| panic!("no event type {name}"));
    let ty = model.event(kind);
    let mut fields = vec![None; ty.fields.len()];
    for word in words {
        let (field, text) = word.split_once('=').expect("field=value");
        let id = ty.field_named(field).unwrap_or_else(|| panic!("{name} has no {field}"));
        fields[id.index()] = Some(value_of(model, text, &ty.field(id).ty));
    }
    for (field, value) in ty.fields.iter().zip(&fields) {
        assert!(field.optional || value.is_some(), "{line} lacks {}", field.name);
    }
    Event {
        kind,
        time,
        fields: fields.into(),
        origin: Origin {
            input: InputId(0),
            line: number,
            offset: number * 100,
            length: 99,
        },
        correction: None,
    }
}

fn value_of(model: &Model, text: &str, ty: &Type) -> Value {
    match ty {
        Type::Party => Value::Party(model.party_named(text).expect("a party")),
        Type::Text => Value::Text(text.into()),
        Type::Number | Type::Money(_) => Value::Number(text.parse().expect("a number")),
        Type::Bool => Value::Bool(text.parse().expect("true or false")),
        Type::Enum(names) => Value::Enum(names.variant(text).expect("a name of the enumeration")),
        Type::Instant => Value::Instant(text.parse().expect("an instant")),
        Type::Date => Value::Date(text.parse().expect("a date")),
        Type::Duration => Value::Duration(text.parse().expect("a duration")),
        Type::Set(element) => {
            let elements = text.split(';').filter(|text| !text.is_empty());
            Value::set(elements.map(|text| value_of(model, text, element)).collect())
        }
    }
}
