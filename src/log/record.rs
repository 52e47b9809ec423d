//! Records, decoded into events and amendments.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::amend::{Amendment, Change, Record};
use super::decode::{Decoder, EXAMPLE_INSTANT, Place};
use super::map::{Map, Mapped, Meant};
use super::problem::{Problem, ProblemKind, misspelt, quoted, suggestion};
use super::quick::Quick;
use super::row::Row;
use super::visible::visible;
use super::written::{Pair, Shape, Written, repetition};
use super::{Asked, Fields, Origin};
use crate::model::{EventType, EventTypeId, FieldId, Model};
use crate::time::{Anchor, Instant};
use crate::value::Value;

/// The key of a record's instant.
pub(super) const TIME: &str = "time";
/// The key of a record's event type.
pub(super) const TYPE: &str = "type";

/// What other programs call the two keys.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    (
        TIME,
        &["timestamp", "@timestamp", "ts", "datetime", "date", "at", "when"],
    ),
    (TYPE, &["event", "event_type", "eventType", "kind", "name"]),
];

/// What the rules say about records.
#[derive(Debug, Clone)]
pub(super) struct Schema<'m> {
    model: &'m Model,
    asked: Asked<'m>,
    types: foldhash::HashMap<&'m str, EventTypeId>,
    anchor: Option<&'m Anchor>,
    /// How a log that was not written for the rules is read.
    map: Option<Arc<Map>>,
    /// The keys of all records, where they are rows of a table: a misspelt one may be among those that are not read.
    columns: Option<Vec<String>>,
}

impl<'m> Schema<'m> {
    pub(super) fn new(asked: &Asked<'m>, map: Option<Map>) -> Self {
        let model = asked.model;
        let types = model
            .events
            .iter()
            .filter_map(|event| Some((event.name.as_str(), model.event_named(&event.name)?)))
            .collect();
        Schema {
            model,
            asked: asked.clone(),
            types,
            anchor: None,
            map: map.map(Arc::new),
            columns: None,
        }
    }

    /// With instants that may be relative to one.
    pub(super) fn anchored(model: &'m Model, anchor: &'m Anchor) -> Self {
        Schema {
            anchor: Some(anchor),
            ..Schema::new(&Asked::all(model), None)
        }
    }

    /// For the rows of a table with these columns, whether they are read or not.
    pub(super) fn of_table(self, columns: Vec<String>) -> Self {
        Schema {
            columns: Some(columns),
            ..self
        }
    }

    /// The short way for records of JSON, where they are written for the rules and tell instants by themselves.
    pub(super) fn quick(&self) -> Option<Quick<'m>> {
        (self.map.is_none() && self.anchor.is_none()).then(|| Quick::new(&self.asked))
    }

    /// As [`Schema::quick`], for rows of a table whose columns have these names.
    pub(super) fn row(&self, columns: &[Option<&str>]) -> Option<Row<'m>> {
        (self.map.is_none() && self.anchor.is_none()).then(|| Row::new(&self.asked, columns))?
    }

    /// Whether some event type reads the values of this key, or every one does.
    pub(super) fn knows(&self, key: &str) -> bool {
        if let Some(map) = &self.map {
            return map.reads(key);
        }
        key == TIME
            || key == TYPE
            || self.model.events.iter().any(|event| {
                let identity = event.identity.as_ref();
                event.field_named(key).is_some() || identity.is_some_and(|identity| identity.names(key))
            })
    }

    /// Whether the values of this key are read of records of which more than their instant and their type is.
    pub(super) fn needs(&self, key: &str) -> bool {
        if self.map.is_some() || key == TIME || key == TYPE {
            return self.knows(key);
        }
        (0..).map(EventTypeId).zip(&self.model.events).any(|(id, event)| {
            let identity = event.identity.as_ref();
            let is_field = event.field_named(key).is_some() || identity.is_some_and(|identity| identity.names(key));
            is_field && !self.asked.regard(id).passes_over()
        })
    }

    /// What is wrong with a table whose columns have these names.
    pub(super) fn columns_lacking<'w>(
        &self,
        whole: &str,
        names: &(impl Iterator<Item = &'w str> + Clone),
        origin: Origin,
        otherwise: &str,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for key in [TIME, TYPE] {
            let found = match &self.map {
                Some(map) => map.finds(key, names.clone()),
                None => names.clone().any(|name| name == key),
            };
            if found {
                continue;
            }
            let own = self.map.as_ref().and_then(|map| map.name_of(None, key));
            let lacking = own.unwrap_or_else(|| quoted(key));
            let help = match (&self.map, renaming(whole, key, names.clone())) {
                (None, Some(help)) => help,
                (None, None) => otherwise.to_owned(),
                (Some(_), _) => format!("say in the map where `{key}` is"),
            };
            let message = format!("the {whole} has no column {lacking}");
            problems.push(Problem::new(ProblemKind::MissingColumn, message, origin).help(help));
        }
        problems
    }

    /// The event or the amendment that a record tells of, or everything that is wrong with the record.
    pub(super) fn record<'a, W: Written<'a>>(
        &self,
        pairs: &[Pair<'a, W>],
        origin: Origin,
    ) -> Result<Record, Vec<Problem>> {
        let mut decoder = Decoder::new(self.model, self.anchor, origin);
        let repeated = repetition(pairs).map(|second| &pairs[second]);
        if let Some(repeated) = repeated {
            decoder.repeated(repeated);
        }
        let keys = || match &self.columns {
            Some(columns) => columns.clone(),
            None => pairs.iter().map(|pair| pair.key.to_string()).collect(),
        };
        let names = Names {
            map: self.map.as_deref(),
            event: None,
            keys: &keys,
        };
        if let Some(map) = &self.map {
            return self.mapped(map, decoder, pairs, names);
        }
        let time =
            required(&mut decoder, pairs, TIME, names).and_then(|written| decoder.instant(Place::Key(TIME), written));
        let kind = required(&mut decoder, pairs, TYPE, names).and_then(|written| self.kind(&mut decoder, written));
        // Which instant and which type are meant is certain, whatever else is said twice.
        if let (Some(time), Some(kind)) = (time, kind)
            && repeated.is_none_or(|repeated| repeated.key != TIME && repeated.key != TYPE)
            && self.asked.regard(kind).passes_over()
        {
            return Ok(Record::Unasked { time, origin });
        }
        let content = kind.and_then(|kind| content(&mut decoder, pairs, self.model.event(kind), names));
        complete(&self.asked, decoder, time, kind, content, origin)
    }

    /// As [`Schema::record`], for a record that is read through a map.
    fn mapped<'a, W: Written<'a>>(
        &self,
        map: &Map,
        mut decoder: Decoder<'_>,
        pairs: &[Pair<'a, W>],
        names: Names<'_>,
    ) -> Result<Record, Vec<Problem>> {
        let origin = decoder.origin();
        let head: Vec<Pair<'a, Mapped<'_, W>>> = [(map.time(), TIME), (map.kind(), TYPE)]
            .into_iter()
            .filter_map(|(source, name)| source.entry(pairs, name))
            .collect();
        let time = required(&mut decoder, &head, TIME, names)
            .and_then(|written| decoder.instant(Place::Key(written.name().unwrap_or(TIME)), written));
        let meant =
            required(&mut decoder, &head, TYPE, names).and_then(|written| self.meant(&mut decoder, map, written));
        let kind = match (meant, time) {
            (Some(Meant::Ignored), Some(time)) => return Ok(Record::Ignored { time, origin }),
            (Some(Meant::Type(kind)), Some(time)) if self.asked.regard(kind).passes_over() => {
                return Ok(Record::Unasked { time, origin });
            }
            (Some(Meant::Type(kind)), _) => Some(kind),
            (_, _) => None,
        };
        let content = kind.and_then(|kind| {
            let event = self.model.event(kind);
            let entries: Vec<Pair<'a, Mapped<'_, W>>> = map.entries(pairs, (kind, event)).collect();
            for (key, range) in map.unread(pairs) {
                let message = format!("nothing reads {} of the record", quoted(&key));
                let known: Vec<&str> = event.fields.iter().map(|field| field.name.as_str()).collect();
                let mut problem = decoder
                    .problem(ProblemKind::UnknownField, message)
                    .at(range, "not read");
                problem.help = misspelt(&key, known.into_iter()).map(|known| format!("did you mean `{known}`?"));
                decoder.report(
                    problem
                        .help_or("the map says `extra_fields: refuse`: give it a field to be, or ignore what is more"),
                );
            }
            let names = Names {
                event: Some((kind, event)),
                ..names
            };
            content(&mut decoder, &entries, event, names)
        });
        complete(&self.asked, decoder, time, kind, content, origin)
    }

    /// What the word that a record has for its type means; `None` after reporting that it means nothing.
    fn meant<'a, W: Written<'a>>(&self, decoder: &mut Decoder<'_>, map: &Map, written: &W) -> Option<Meant> {
        let name = word(decoder, written)?;
        let meant = map.meaning(name.trim(), &self.types);
        if let Meant::Unknown = meant {
            let known: Vec<&str> = self.types.keys().copied().chain(map.words()).collect();
            let near = misspelt(name.trim(), known.into_iter());
            let help = near.map_or_else(
                || {
                    let name = visible(name.trim(), 40);
                    format!("say in the map what it is, under `types:`, or pass it over with `ignore: [\"{name}\"]` or `ignore: others`")
                },
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("neither a rule nor the map has an event type {}", quoted(&name));
            let problem = decoder.problem(ProblemKind::UnknownEventType, message);
            decoder.report(problem.at(written.range(), "not declared").help(help));
            return None;
        }
        Some(meant)
    }

    fn kind<'a, W: Written<'a>>(&self, decoder: &mut Decoder<'_>, written: &W) -> Option<EventTypeId> {
        let name = word(decoder, written)?;
        let kind = self.types.get(name.trim()).copied();
        if kind.is_none() {
            let known: Vec<&str> = self.model.events.iter().map(|event| event.name.as_str()).collect();
            let message = format!("no rule declares an event type {}", quoted(&name));
            let mut problem = decoder
                .problem(ProblemKind::UnknownEventType, message)
                .at(written.range(), "not declared");
            problem.help = suggestion(&name, "event types", &known);
            decoder.report(problem);
        }
        kind
    }
}

/// The word that a record has for its type; `None` after reporting that it is none.
fn word<'a, W: Written<'a>>(decoder: &mut Decoder<'_>, written: &W) -> Option<Cow<'a, str>> {
    match written.shape() {
        Shape::Text(name) | Shape::Plain(name) | Shape::Cell(name) => Some(name),
        shape => {
            let key = written.name().unwrap_or(TYPE);
            let message = format!(
                "{} must be the name of an event type, and is {}",
                quoted(key),
                shape.describe()
            );
            let problem = decoder.problem(ProblemKind::WrongType, message);
            decoder.report(problem.at(written.range(), "not a name"));
            None
        }
    }
}

/// The record of these parts, unless something was wrong with one of them.
fn complete(
    asked: &Asked<'_>,
    decoder: Decoder<'_>,
    time: Option<Instant>,
    kind: Option<EventTypeId>,
    content: Option<Content>,
    origin: Origin,
) -> Result<Record, Vec<Problem>> {
    let problems = decoder.problems();
    let (Some(kind), Some(time), Some(content), true) = (kind, time, content, problems.is_empty()) else {
        return Err(problems);
    };
    Ok(match content {
        Content::Event(fields) => Record::regarded(asked.regard(kind), kind, time, fields, origin),
        Content::Amends { target, change, place } => Record::Amendment(Box::new(Amendment {
            kind,
            target,
            time,
            change,
            origin,
            place,
        })),
    })
}

/// How a log names what the rules name, to say what a record lacks.
#[derive(Clone, Copy)]
struct Names<'n> {
    map: Option<&'n Map>,
    event: Option<(EventTypeId, &'n EventType)>,
    /// The keys that the record has.
    keys: &'n dyn Fn() -> Vec<String>,
}

impl Names<'_> {
    /// What the log calls something, where that is not what the rules call it.
    fn own(&self, name: &str) -> Option<String> {
        self.map?.name_of(self.event, name)
    }
}

fn find<'r, 'a, W: Written<'a>>(pairs: &'r [Pair<'a, W>], key: &str) -> Option<&'r W> {
    pairs.iter().find(|pair| pair.key == key).map(|pair| &pair.value)
}

/// The value of a key that every record has; `None` after reporting that this one lacks it.
fn required<'r, 'a, W: Written<'a>>(
    decoder: &mut Decoder<'_>,
    pairs: &'r [Pair<'a, W>],
    key: &str,
    names: Names<'_>,
) -> Option<&'r W> {
    let found = find(pairs, key);
    if let Some(written) = found
        && !matches!(written.shape(), Shape::Null)
    {
        return Some(written);
    }
    let others = (names.keys)();
    let lack = if found.is_some() { "has no value for" } else { "lacks" };
    let (message, help) = match (names.map, names.own(key)) {
        (None, _) => (
            format!("the record {lack} `{key}`"),
            renaming("record", key, others.iter().map(String::as_str)),
        ),
        (Some(_), None) => (
            format!("the record {lack} `{key}`"),
            Some(format!("say in the map where `{key}` is")),
        ),
        (Some(_), Some(own)) => {
            let near = misspelt(own.trim_matches('`'), others.iter().map(String::as_str));
            let help = near.map(|near| format!("the record has {}: mend it there, or in the map", quoted(near)));
            (
                format!("the record {lack} {own}, which the map takes for `{key}`"),
                help.or_else(|| Some(format!("say in the map where `{key}` is, or what it is by `default`"))),
            )
        }
    };
    let help = help.unwrap_or_else(|| {
        if key == TIME {
            format!("add when it happened, as in \"{EXAMPLE_INSTANT}\"")
        } else {
            "add the name of an event type that the rules declare".to_owned()
        }
    });
    let mut problem = decoder.problem(ProblemKind::MissingField, message);
    if let Some(written) = found {
        problem = problem.at(written.range(), "no value");
    }
    decoder.report(problem.help(help));
    None
}

/// What to do where `time` or `type` is missing and one of the other words was probably meant to be it.
pub(super) fn renaming<'w>(whole: &str, key: &str, words: impl Iterator<Item = &'w str> + Clone) -> Option<String> {
    let others = words.filter(|&word| word != TIME && word != TYPE);
    let other_name = OTHER_NAMES
        .iter()
        .filter(|(name, _)| *name == key)
        .flat_map(|(_, names)| names.iter())
        .find(|name| others.clone().any(|other| other == **name));
    if let Some(other) = other_name {
        return Some(format!("the {whole} has `{other}`: rename it to `{key}`"));
    }
    let other = misspelt(key, others)?;
    Some(format!("the {whole} has {}: did you mean `{key}`?", quoted(other)))
}

/// What a record says beside its time and type.
enum Content {
    Event(Fields),
    Amends {
        target: Value,
        change: Change,
        place: Range<usize>,
    },
}

/// A key with its value, where the record has one.
fn given<'k, 'r, 'a, W: Written<'a>>(pairs: &'r [Pair<'a, W>], key: Option<&'k str>) -> Option<(&'k str, &'r W)> {
    let key = key?;
    let written = find(pairs, key).filter(|written| !matches!(written.shape(), Shape::Null))?;
    Some((key, written))
}

/// What a record says beside its time and type; `None` after reporting what is wrong with it.
fn content<'a, W: Written<'a>>(
    decoder: &mut Decoder<'_>,
    pairs: &[Pair<'a, W>],
    event: &EventType,
    names: Names<'_>,
) -> Option<Content> {
    let Some(identity) = &event.identity else {
        return Some(Content::Event(fields(decoder, pairs, event, None, names)));
    };
    let (corrects, retracts) = (
        given(pairs, identity.corrects.as_deref()),
        given(pairs, identity.retracts.as_deref()),
    );
    let id = event.field(identity.field);
    match (corrects, retracts) {
        (None, None) => Some(Content::Event(fields(decoder, pairs, event, None, names))),
        (Some((key, written)), None) => {
            let target = decoder.value(Place::Key(written.name().unwrap_or(key)), written, &id.ty)?;
            let values = fields(decoder, pairs, event, Some((identity.field, &target)), names);
            if values
                .get(identity.field.index())
                .is_some_and(|own| own.as_ref().is_some_and(|own| *own != target))
            {
                let message = format!(
                    "the record corrects one event by `{key}`, and is another one by `{}`",
                    id.name
                );
                let problem = decoder.problem(ProblemKind::Contradiction, message);
                let help = format!("leave `{}` out, or let it say the same: a correction keeps it", id.name);
                decoder.report(problem.at(written.range(), "another event").help(help));
            }
            let change = Change::Correct(values);
            let place = written.range();
            Some(Content::Amends { target, change, place })
        }
        (None, Some((key, written))) => {
            let target = decoder.value(Place::Key(written.name().unwrap_or(key)), written, &id.ty)?;
            let place = written.range();
            let change = Change::Retract;
            Some(Content::Amends { target, change, place })
        }
        (Some((corrects, _)), Some((retracts, written))) => {
            let message = format!("the record has both `{corrects}` and `{retracts}`");
            let problem = decoder.problem(ProblemKind::Contradiction, message);
            decoder.report(
                problem
                    .at(written.range(), "and retracts")
                    .help("keep the one that is meant"),
            );
            None
        }
    }
}

/// The values of an event's declared fields, by their ids. One of them can be known already.
fn fields<'a, W: Written<'a>>(
    decoder: &mut Decoder<'_>,
    pairs: &[Pair<'a, W>],
    event: &EventType,
    known: Option<(FieldId, &Value)>,
    names: Names<'_>,
) -> Fields {
    let mut values = Fields::with_capacity(event.fields.len());
    for field in &event.fields {
        let found = find(pairs, &field.name);
        let is_written = found.is_some_and(|written| !matches!(written.shape(), Shape::Null));
        if let Some((id, value)) = known
            && !is_written
            && id.index() == values.len()
        {
            values.push(Some(value.clone()));
            continue;
        }
        let value = match found {
            Some(written) if !matches!(written.shape(), Shape::Null) => {
                decoder.value(Place::Key(written.name().unwrap_or(&field.name)), written, &field.ty)
            }
            _ if field.optional => None,
            _ => {
                let known = |key: &str| key == TIME || key == TYPE || event.field_named(key).is_some();
                let own = names.own(&field.name);
                let wanted = own.as_deref().map_or(field.name.as_str(), |own| own.trim_matches('`'));
                let others = (names.keys)();
                let others = others.iter().map(String::as_str).filter(|key| !known(key));
                let help = match misspelt(wanted, others) {
                    Some(other) => {
                        format!("the record has {}: did you mean `{}`?", quoted(other), wanted)
                    }
                    None => {
                        format!(
                            "add it, or declare it as `optional {}` if an event may lack it",
                            field.ty
                        )
                    }
                };
                let lack = if found.is_some() { "has no value for" } else { "lacks" };
                let message = match &own {
                    None => format!("the record {lack} `{}`, which `{}` needs", field.name, event.name),
                    Some(own) => format!(
                        "the record {lack} {own}, which `{}` needs as `{}`",
                        event.name, field.name
                    ),
                };
                let mut problem = decoder.problem(ProblemKind::MissingField, message);
                if let Some(written) = found {
                    problem = problem.at(written.range(), "no value");
                }
                decoder.report(problem.help(help));
                None
            }
        };
        values.push(value);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Format;
    use crate::log::fixture::{events, model, problem, problems, record, shown};

    fn jsonl(text: &str) -> (ProblemKind, String, Option<String>) {
        let (problem, _) = problem(text, Format::Jsonl);
        (problem.kind, problem.message, problem.help)
    }

    #[test]
    fn a_record_becomes_an_event() {
        let text = record(
            "attack",
            r#""kind": "threat", "id": "A-7", "extra": [1, {}], "against": "UA""#,
        );
        let event = &events(&text, Format::Jsonl)[0];
        assert_eq!(model().event(event.kind).name, "attack");
        assert_eq!(event.time.to_string(), "2024-07-08T10:00:00Z");
        assert_eq!(shown(event, "id").as_deref(), Some("\"A-7\""));
        assert_eq!(shown(event, "against").as_deref(), Some("UA"));
        assert_eq!(shown(event, "kind").as_deref(), Some("threat"));
    }

    #[test]
    fn an_unknown_type_is_explained() {
        let (problem, underlined) = problem(&record("atack", ""), Format::Jsonl);
        assert_eq!(problem.kind, ProblemKind::UnknownEventType);
        assert_eq!(problem.message, "no rule declares an event type `atack`");
        assert_eq!(problem.help.as_deref(), Some("did you mean `attack`?"));
        assert_eq!(underlined, "\"atack\"");
        let (_, _, help) = jsonl(&record("something else", ""));
        assert_eq!(
            help.as_deref(),
            Some("event types known here: `ping`, `attack`, `consultation`, `funding` and `mixed`")
        );
        let (kind, message, _) = jsonl(r#"{"time": "2024-07-08T10:00:00Z", "type": 5}"#);
        assert_eq!(kind, ProblemKind::WrongType);
        assert_eq!(message, "`type` must be the name of an event type, and is a number");
    }

    #[test]
    fn time_and_type_are_needed() {
        let (kind, message, help) = jsonl(r#"{"type": "ping"}"#);
        assert_eq!(kind, ProblemKind::MissingField);
        assert_eq!(message, "the record lacks `time`");
        assert_eq!(
            help.as_deref(),
            Some("add when it happened, as in \"2024-07-08T10:00:00+03:00\"")
        );
        let (_, _, help) = jsonl(r#"{"type": "ping", "timestamp": 1}"#);
        assert_eq!(help.as_deref(), Some("the record has `timestamp`: rename it to `time`"));
        let (_, _, help) = jsonl(r#"{"type": "ping", "Time": 1}"#);
        assert_eq!(help.as_deref(), Some("the record has `Time`: did you mean `time`?"));
        let (_, message, _) = jsonl(r#"{"type": "ping", "time": null}"#);
        assert_eq!(message, "the record has no value for `time`");
        let (kind, message, help) = jsonl(r#"{"time": "2024-07-08T10:00:00Z", "event": "ping"}"#);
        assert_eq!(kind, ProblemKind::MissingField);
        assert_eq!(message, "the record lacks `type`");
        assert_eq!(help.as_deref(), Some("the record has `event`: rename it to `type`"));
    }

    #[test]
    fn a_field_that_is_needed_and_absent_is_looked_for_under_other_names() {
        let (kind, message, help) = jsonl(&record("attack", r#""id": "a", "agianst": "UA", "kind": "threat""#));
        assert_eq!(kind, ProblemKind::MissingField);
        assert_eq!(message, "the record lacks `against`, which `attack` needs");
        assert_eq!(
            help.as_deref(),
            Some("the record has `agianst`: did you mean `against`?")
        );
        let (_, message, help) = jsonl(&record("attack", r#""id": "a", "against": null, "kind": "threat""#));
        assert_eq!(message, "the record has no value for `against`, which `attack` needs");
        assert_eq!(
            help.as_deref(),
            Some("add it, or declare it as `optional party` if an event may lack it")
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let text = r#"{"time": "2024-07-08", "type": "attack", "id": 5, "kind": "thread", "id": 6}"#;
        let kinds: Vec<ProblemKind> = problems(text, Format::Jsonl)
            .iter()
            .map(|problem| problem.kind)
            .collect();
        assert_eq!(
            kinds,
            [
                ProblemKind::DuplicateKey,
                ProblemKind::BadTime,
                ProblemKind::WrongType,
                ProblemKind::MissingField,
                ProblemKind::UnknownValue,
            ]
        );
    }

    #[test]
    fn a_key_said_twice_is_a_problem_whatever_it_is() {
        let (problem, underlined) = problem(&record("ping", r#""x": 1, "\u0078": 2"#), Format::Jsonl);
        assert_eq!(problem.kind, ProblemKind::DuplicateKey);
        assert_eq!(problem.message, "the record says `x` twice");
        assert_eq!(underlined, "2");
        let many: Vec<String> = (0..50).map(|at| format!("\"k{}\": 0", at % 49)).collect();
        let found = problems(&record("ping", &many.join(",")), Format::Jsonl);
        assert_eq!(found[0].message, "the record says `k0` twice");
    }

    #[test]
    fn a_record_with_very_many_keys_takes_no_longer_than_it_is_long() {
        let many: Vec<String> = (0..200_000).map(|at| format!("\"k{at}\": 0")).collect();
        let text = record("attack", &many.join(","));
        assert_eq!(problems(&text, Format::Jsonl).len(), 3);
    }
}
