//! Events as lines of a log.

use std::fmt::Write;

use super::Event;
use super::record::{TIME, TYPE};
use crate::model::Model;
use crate::time::Zone;
use crate::value::{Type, Value};

/// An event as a line of JSON, without a line end; its instants are written with the offsets of a zone.
pub fn json_line(model: &Model, event: &Event, zone: &Zone) -> String {
    let declared = model.event(event.kind);
    let mut line = String::new();
    let _ = write!(
        line,
        "{{{}:{},{}:{}",
        text(TIME),
        text(&zone.rfc3339(event.time)),
        text(TYPE),
        text(&declared.name)
    );
    for (field, value) in declared.fields.iter().zip(&event.fields) {
        if let Some(value) = value {
            let _ = write!(line, ",{}:{}", text(&field.name), json(model, value, &field.ty, zone));
        }
    }
    line.push('}');
    line
}

fn json(model: &Model, value: &Value, ty: &Type, zone: &Zone) -> String {
    match (value, ty) {
        (Value::Bool(truth), _) => truth.to_string(),
        (Value::Number(number), Type::Number) => number.to_string(),
        (Value::Text(words), _) => text(words),
        (Value::Instant(instant), _) => text(&zone.rfc3339(*instant)),
        (Value::Set(elements), ty) => {
            let element_type = match ty {
                Type::Set(element) => element,
                other => other,
            };
            let elements: Vec<String> = elements
                .iter()
                .map(|element| json(model, element, element_type, zone))
                .collect();
            format!("[{}]", elements.join(","))
        }
        (other, ty) => text(&model.show(other, ty)),
    }
}

/// A text as JSON writes it.
fn text(words: &str) -> String {
    serde_json::Value::from(words).to_string()
}
