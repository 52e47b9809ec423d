//! What things of a rule file are called in MonPoly's files, and how their values are written.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::formula::{Term, Variable};
use super::print::quoted;
use crate::model::{EventType, EventTypeId, FieldId, Model};
use crate::time::{Date, Instant};
use crate::value::{Type, Value};

/// Words that MonPoly's lexers take for themselves, and predicates that it brings.
const RESERVED: [&str; 58] = [
    "ALWAYS",
    "AND",
    "AVG",
    "BACKWARD",
    "CNT",
    "DAY_OF_MONTH",
    "EQUIV",
    "EVENTUALLY",
    "EXISTS",
    "FALSE",
    "FORALL",
    "FORMAT_DATE",
    "FORWARD",
    "HISTORICALLY",
    "IMPLIES",
    "IN",
    "LET",
    "LETPAST",
    "MATCHES",
    "MATCHF",
    "MATCHP",
    "MAX",
    "MED",
    "MIN",
    "MOD",
    "MONTH",
    "NEXT",
    "NOT",
    "ONCE",
    "OR",
    "PAST_ALWAYS",
    "PREV",
    "PREVIOUS",
    "SINCE",
    "SOMETIMES",
    "SUBSTRING",
    "SUM",
    "TRUE",
    "UNTIL",
    "YEAR",
    "bool",
    "event",
    "f2i",
    "f2s",
    "false",
    "float",
    "i2f",
    "i2s",
    "int",
    "null",
    "r2s",
    "regexp",
    "s2f",
    "s2i",
    "s2r",
    "string",
    "true",
    "tp",
];
const BROUGHT: [&str; 2] = ["ts", "tpts"];

/// The predicate that holds of the time stamp at each time point.
pub(super) const NOW: &str = "now";

/// Gives out names, each once.
#[derive(Debug, Clone)]
pub(super) struct Namer {
    taken: BTreeSet<String>,
}

impl Namer {
    pub(super) fn new() -> Self {
        let taken = RESERVED.iter().chain(&BROUGHT).map(|&word| word.to_owned());
        Namer { taken: taken.collect() }
    }

    /// A name like this one, that MonPoly reads as a name and that was not given out before.
    pub(super) fn name(&mut self, wanted: &str) -> String {
        let mut name: String = wanted
            .chars()
            .map(|char| if char.is_ascii_alphanumeric() { char } else { '_' })
            .collect();
        // A name that starts with `_` or a digit means something else, or nothing.
        if !name.starts_with(|char: char| char.is_ascii_alphabetic()) {
            name.insert(0, 'x');
        }
        let mut unique = name.clone();
        let mut number = 2;
        while !self.taken.insert(unique.clone()) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        unique
    }

    pub(super) fn variable(&mut self, wanted: &str) -> Variable {
        Variable(self.name(wanted))
    }
}

/// What event types and their fields are called.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    events: Vec<Words>,
}

#[derive(Debug, Clone)]
struct Words {
    predicate: String,
    columns: Vec<Column>,
    /// For each field of a set type, the predicate of its elements.
    elements: Vec<Option<String>>,
}

/// A column of an event's predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The number of the event in the log, from 1.
    Number,
    /// The time stamp.
    Time,
    /// Whether an optional field is there: 1 or 0.
    Given(FieldId),
    /// The value of a field; 0 or the empty text where it is absent.
    Value(FieldId),
}

impl Vocabulary {
    /// Names for everything in a model.
    pub fn new(model: &Model) -> Self {
        let mut predicates = Namer::new();
        predicates.name(NOW);
        let events = model.events.iter().map(|event| {
            let predicate = predicates.name(&event.name);
            let elements = event.fields.iter().map(|field| {
                let is_set = matches!(field.ty, Type::Set(_));
                is_set.then(|| predicates.name(&format!("{}_{}", event.name, field.name)))
            });
            Words {
                predicate,
                elements: elements.collect(),
                columns: columns(event),
            }
        });
        Vocabulary {
            events: events.collect(),
        }
    }

    /// The predicate of an event type.
    pub fn predicate(&self, event: EventTypeId) -> &str {
        self.events.get(event.index()).map_or("", |words| &words.predicate)
    }

    /// The columns of that predicate.
    pub fn columns(&self, event: EventTypeId) -> &[Column] {
        self.events.get(event.index()).map_or(&[], |words| &words.columns)
    }

    /// The predicate of the elements of a field of a set type: the number of the event, and an element.
    pub fn elements(&self, event: EventTypeId, field: FieldId) -> Option<&str> {
        self.events.get(event.index())?.elements.get(field.index())?.as_deref()
    }

    /// The signature: which predicates there are and of what.
    pub fn signature(&self, model: &Model) -> String {
        let mut out = format!("{NOW}(time: int)\n");
        for (event, words) in model.events.iter().zip(&self.events) {
            let mut names = Namer::new();
            let columns = words.columns.iter().map(|column| match column {
                Column::Number => format!("{}: int", names.name("number")),
                Column::Time => format!("{}: int", names.name("time")),
                Column::Given(field) => {
                    let name = format!("{}_given", event.field(*field).name);
                    format!("{}: int", names.name(&name))
                }
                Column::Value(field) => {
                    let field = event.field(*field);
                    format!("{}: {}", names.name(&field.name), sort(&field.ty))
                }
            });
            let columns: Vec<String> = columns.collect();
            let _ = writeln!(out, "{}({})", words.predicate, columns.join(", "));
            for (field, predicate) in event.fields.iter().zip(&words.elements) {
                if let (Some(predicate), Type::Set(element)) = (predicate, &field.ty) {
                    let _ = writeln!(out, "{predicate}(number: int, element: {})", sort(element));
                }
            }
        }
        out
    }
}

fn columns(event: &EventType) -> Vec<Column> {
    let mut columns = vec![Column::Number, Column::Time];
    for (position, field) in (0..).zip(&event.fields) {
        if field.optional {
            columns.push(Column::Given(FieldId(position)));
        }
        if !matches!(field.ty, Type::Set(_)) {
            columns.push(Column::Value(FieldId(position)));
        }
    }
    columns
}

/// How values of a type are written.
fn sort(ty: &Type) -> &'static str {
    match ty {
        Type::Party | Type::Text => "string",
        Type::Enum(names) if !names.ordered => "string",
        Type::Enum(_) | Type::Number | Type::Money(_) | Type::Bool | Type::Instant | Type::Date | Type::Duration => {
            "int"
        }
        // A set is a predicate, and sets of sets do not exist.
        Type::Set(element) => sort(element),
    }
}

/// A value as a term; `None` for a set.
pub(super) fn term(model: &Model, value: &Value, ty: &Type) -> Option<Term> {
    Some(match (value, ty) {
        (Value::Party(party), _) => Term::Text(model.party(*party).name.clone()),
        (Value::Text(text), _) => Term::Text(text.to_string()),
        (Value::Number(number), _) => Term::Int(number.billionths()),
        (Value::Bool(truth), _) => Term::Int(i128::from(*truth)),
        (Value::Enum(variant), Type::Enum(names)) if !names.ordered => Term::Text(names.name(*variant).to_owned()),
        (Value::Enum(variant), _) => Term::Int(i128::from(variant.0)),
        (Value::Instant(instant), _) => stamp(*instant),
        (Value::Date(date), _) => Term::Int(day(*date)),
        (Value::Duration(duration), _) => Term::Int(i128::from(duration.nanoseconds())),
        (Value::Set(_), _) => return None,
    })
}

/// What stands for a value that is absent.
pub(super) fn nothing(ty: &Type) -> Term {
    if sort(ty) == "string" {
        Term::Text(String::new())
    } else {
        Term::Int(0)
    }
}

/// The time stamp of an instant.
pub(super) fn stamp(instant: Instant) -> Term {
    Term::Int(instant.unix_nanoseconds())
}

/// A day as the number that its digits make, which keeps the order of days.
fn day(date: Date) -> i128 {
    let digits: String = date.to_string().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// A constant in a log.
pub(super) fn constant(term: &Term) -> String {
    match term {
        Term::Int(number) => number.to_string(),
        Term::Text(text) => quoted(text),
        Term::Variable(_) | Term::Plus(..) | Term::Something => String::new(),
    }
}
