//! OCEL 2.0: events that stand in relation to objects, in JSON or XML.
//!
//! An event names its objects by their ids. Of which type each is, is said elsewhere in the log, so the objects are read first; memory holds the id and
//! the type of each.

use std::borrow::Cow;
use std::io::BufRead;
use std::ops::Range;

use compact_str::CompactString;

use super::json::{Elements, not_an_object};
use super::json_text::{JsonValue, read_pairs};
use super::jsonl;
use super::reader::{Outcome, Reader, utf8};
use super::record::Schema;
use super::written::{Pair, Shape, Written};
use super::xes::element;
use super::xml::{Content, Element, Next, Piece, Step, Walk, XmlValue};
use super::{InputError, InputId, Inputs, Limits};

/// Where an event has the ids of its objects, by their types.
const OBJECTS: &str = "objects";

/// Where it has them by what they are to the event.
const QUALIFIERS: &str = "qualifiers";

/// The types of objects, by their ids.
#[derive(Debug, Default)]
struct Objects {
    names: Vec<String>,
    types: foldhash::HashMap<CompactString, u32>,
}

impl Objects {
    fn add(&mut self, id: &str, kind: &str) {
        let at = self.names.iter().position(|name| name == kind).unwrap_or_else(|| {
            self.names.push(kind.to_owned());
            self.names.len() - 1
        });
        self.types.insert(id.into(), u32::try_from(at).unwrap_or(u32::MAX));
    }

    fn type_of(&self, id: &str) -> Option<&str> {
        let at = usize::try_from(*self.types.get(id)?).ok()?;
        self.names.get(at).map(String::as_str)
    }
}

/// A reader for a log, after its objects have been read.
pub(super) fn open<'m>(
    inputs: &Inputs,
    id: InputId,
    schema: Schema<'m>,
    limits: Limits,
) -> Result<Box<dyn Reader + 'm>, InputError> {
    let mut stream = inputs.stream(id)?;
    let is_xml = match stream.fill_buf() {
        Ok(head) => head.trim_ascii_start().starts_with(b"<"),
        Err(error) => return Err(stream.failure(error)),
    };
    // Both readings are of the whole log, and only one of them counts as progress.
    let first = inputs.stream_quietly(id)?;
    if is_xml {
        let objects = objects_of_xml(Walk::new(first, id, limits, object_step))?;
        let walk = Walk::new(stream, id, limits, event_step);
        return Ok(Box::new(XmlReader { walk, schema, objects }));
    }
    let member = |name: &str| Some(name.to_owned());
    let objects = objects_of_json(Elements::new(first, id, member("objects"), limits))?;
    let events = Elements::new(stream, id, member("events"), limits);
    Ok(Box::new(JsonReader {
        events,
        schema,
        objects,
    }))
}

fn objects_of_json(mut elements: Elements) -> Result<Objects, InputError> {
    let mut objects = Objects::default();
    // An object that cannot be read is of no type.
    while let Some(element) = elements.next()? {
        let Ok(_) = element else { continue };
        let Ok(text) = std::str::from_utf8(elements.text()) else {
            continue;
        };
        let mut pairs = Vec::new();
        let _ = read_pairs(text, &mut pairs);
        if let (Some(id), Some(kind)) = (text_at(&pairs, "id"), text_at(&pairs, "type")) {
            objects.add(&id, &kind);
        }
    }
    Ok(objects)
}

fn text_at<'a>(pairs: &[Pair<'a, JsonValue<'a>>], key: &str) -> Option<Cow<'a, str>> {
    let pair = pairs.iter().find(|pair| pair.key == key)?;
    match pair.value.shape() {
        Shape::Text(text) => Some(text),
        _ => None,
    }
}

fn object_step(path: &[String], name: &str) -> Step {
    list_step(path, name, "objects", "object")
}

fn event_step(path: &[String], name: &str) -> Step {
    list_step(path, name, "events", "event")
}

fn list_step(path: &[String], name: &str, list: &str, element: &str) -> Step {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [] if name == "log" => Step::Enter,
        ["log"] if name == list => Step::Enter,
        ["log", outer] if *outer == list && name == element => Step::Take,
        _ => Step::Skip,
    }
}

fn objects_of_xml(mut walk: Walk) -> Result<Objects, InputError> {
    let mut objects = Objects::default();
    loop {
        match walk.next()? {
            Next::Element(_) => {}
            Next::Boundary => continue,
            // The second reading tells of it.
            Next::Broken(_) | Next::End => return Ok(objects),
        }
        let Ok(text) = std::str::from_utf8(walk.held()) else {
            continue;
        };
        let Ok(object) = Element::parse(text) else { continue };
        let at = |name: &str| object.attribute(name).and_then(Piece::text);
        if let (Some(id), Some(kind)) = (at("id"), at("type")) {
            objects.add(&id, &kind);
        }
    }
}

/// Reads the events of a log in JSON.
struct JsonReader<'m> {
    events: Elements,
    schema: Schema<'m>,
    objects: Objects,
}

impl Reader for JsonReader<'_> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        let origin = match self.events.next()? {
            None => return Ok(None),
            Some(Err(problems)) => return Ok(Some(Err(problems))),
            Some(Ok(origin)) => origin,
        };
        let text = match utf8(self.events.text(), origin) {
            Ok(text) => text,
            Err(problems) => return Ok(Some(Err(problems))),
        };
        Ok(Some(match jsonl::pairs(text, origin, not_an_object) {
            Ok(pairs) => self
                .schema
                .record(&of_json(pairs, |id| self.objects.type_of(id)), origin),
            Err(problems) => Err(problems),
        }))
    }

    fn position(&self) -> u64 {
        self.events.position()
    }
}

/// Reads the events of a log in XML.
struct XmlReader<'m> {
    walk: Walk,
    schema: Schema<'m>,
    objects: Objects,
}

impl Reader for XmlReader<'_> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        loop {
            let origin = match self.walk.next()? {
                Next::Element(origin) => origin,
                Next::Boundary => continue,
                Next::Broken(problems) => return Ok(Some(Err(problems))),
                Next::End => return Ok(None),
            };
            return Ok(Some(
                utf8(self.walk.held(), origin)
                    .and_then(|text| element(text, origin))
                    .and_then(|event| {
                        self.schema
                            .record(&of_xml(&event, |id| self.objects.type_of(id)), origin)
                    }),
            ));
        }
    }

    fn position(&self) -> u64 {
        self.walk.position()
    }
}

/// A value of an event in JSON.
#[derive(Debug, Clone)]
pub(super) enum OcelValue<'a> {
    Json(JsonValue<'a>),
    /// Values by names, as attributes and relations have them.
    Named(Vec<(Cow<'a, str>, OcelValue<'a>)>, Range<usize>),
    /// The ids of objects; a single one can be a field of its own.
    Ids(Vec<JsonValue<'a>>),
}

impl<'a> Written<'a> for OcelValue<'a> {
    fn range(&self) -> Range<usize> {
        match self {
            OcelValue::Json(value) => value.range(),
            OcelValue::Named(_, range) => range.clone(),
            OcelValue::Ids(ids) => {
                let start = ids.first().map_or(0, |id| id.range().start);
                start..ids.last().map_or(start, |id| id.range().end)
            }
        }
    }

    fn shape(&self) -> Shape<'a, Self> {
        match self {
            OcelValue::Json(value) => json_shape(value.shape()),
            OcelValue::Named(values, _) => {
                let pairs = values.iter().cloned();
                Shape::Object(
                    pairs
                        .map(|(key, value)| Pair {
                            key,
                            key_range: value.range(),
                            value,
                        })
                        .collect(),
                )
            }
            OcelValue::Ids(ids) => match ids.as_slice() {
                [only] => json_shape(only.shape()),
                several => Shape::List(several.iter().cloned().map(OcelValue::Json).collect()),
            },
        }
    }
}

fn json_shape<'a>(shape: Shape<'a, JsonValue<'a>>) -> Shape<'a, OcelValue<'a>> {
    match shape {
        Shape::List(elements) => Shape::List(elements.into_iter().map(OcelValue::Json).collect()),
        Shape::Object(pairs) => {
            let pairs = pairs.into_iter().map(|pair| Pair {
                key: pair.key,
                key_range: pair.key_range,
                value: OcelValue::Json(pair.value),
            });
            Shape::Object(pairs.collect())
        }
        Shape::Null => Shape::Null,
        Shape::Bool(truth) => Shape::Bool(truth),
        Shape::Number(digits) => Shape::Number(digits),
        Shape::Instant(instant) => Shape::Instant(instant),
        Shape::Text(text) => Shape::Text(text),
        Shape::Plain(text) => Shape::Plain(text),
        Shape::Cell(text) => Shape::Cell(text),
        Shape::Broken(why) => Shape::Broken(why),
    }
}

/// The entries of an event, with its attributes and relations by their names.
pub(super) fn of_json<'a, 't>(
    pairs: Vec<Pair<'a, JsonValue<'a>>>,
    type_of: impl Fn(&str) -> Option<&'t str>,
) -> Vec<Pair<'a, OcelValue<'a>>> {
    let mut entries = Vec::with_capacity(pairs.len() + 1);
    for Pair { key, key_range, value } in pairs {
        let range = value.range();
        let mut entry = |key: Cow<'a, str>, value| {
            entries.push(Pair {
                key,
                key_range: key_range.clone(),
                value,
            });
        };
        match key.as_ref() {
            "attributes" => {
                let named = objects_in(&value).into_iter().filter_map(|attribute| {
                    let name = text_at(&attribute, "name")?;
                    let value = attribute.into_iter().find(|pair| pair.key == "value")?.value;
                    Some((name, OcelValue::Json(value)))
                });
                entry(key.clone(), OcelValue::Named(named.collect(), range));
            }
            "relationships" => {
                let mut by_type: Vec<(Cow<'a, str>, Vec<JsonValue<'a>>)> = Vec::new();
                let mut by_qualifier = Vec::new();
                for relation in objects_in(&value) {
                    let Some(id) = text_at(&relation, "objectId") else {
                        continue;
                    };
                    let Some(place) = relation.iter().find(|pair| pair.key == "objectId") else {
                        continue;
                    };
                    if let Some(kind) = type_of(&id) {
                        put(&mut by_type, Cow::Owned(kind.to_owned()), place.value.clone());
                    }
                    if let Some(qualifier) = text_at(&relation, "qualifier") {
                        put(&mut by_qualifier, qualifier, place.value.clone());
                    }
                }
                let ids = |named: Vec<(Cow<'a, str>, Vec<JsonValue<'a>>)>| {
                    named
                        .into_iter()
                        .map(|(name, ids)| (name, OcelValue::Ids(ids)))
                        .collect()
                };
                entry(Cow::Borrowed(OBJECTS), OcelValue::Named(ids(by_type), range.clone()));
                entry(Cow::Borrowed(QUALIFIERS), OcelValue::Named(ids(by_qualifier), range));
            }
            _ => entry(key.clone(), OcelValue::Json(value)),
        }
    }
    entries
}

fn put<'a, V>(named: &mut Vec<(Cow<'a, str>, Vec<V>)>, name: Cow<'a, str>, value: V) {
    match named.iter_mut().find(|(other, _)| *other == name) {
        Some((_, values)) => values.push(value),
        None => named.push((name, vec![value])),
    }
}

/// The objects of a list.
fn objects_in<'a>(value: &JsonValue<'a>) -> Vec<Vec<Pair<'a, JsonValue<'a>>>> {
    let Shape::List(elements) = value.shape() else {
        return Vec::new();
    };
    let objects = elements.iter().filter_map(|element| match element.shape() {
        Shape::Object(pairs) => Some(pairs),
        _ => None,
    });
    objects.collect()
}

/// The entries of an event in XML, under the names that they have in JSON.
pub(super) fn of_xml<'a, 't>(
    event: &Element<'a>,
    type_of: impl Fn(&str) -> Option<&'t str>,
) -> Vec<Pair<'a, XmlValue<'a>>> {
    let mut entries = Vec::new();
    for key in ["id", "type", "time"] {
        if let Some(piece) = event.attribute(key) {
            entries.push(XmlValue::pair(Cow::Borrowed(key), piece.range.clone(), piece.value()));
        }
    }
    let within = |list: &'static str| event.children.iter().filter(move |child| child.name == list);
    let attributes = within("attributes")
        .flat_map(|list| &list.children)
        .filter_map(|attribute| {
            let name = attribute.attribute("name")?.text()?;
            Some((name, attribute.text.value()))
        });
    let attributes = Content::Object(attributes.collect());
    let (mut by_type, mut by_qualifier) = (Vec::new(), Vec::new());
    for relation in within("objects").flat_map(|list| &list.children) {
        let Some(id) = relation.attribute("object-id") else {
            continue;
        };
        if let Some(kind) = id.text().as_deref().and_then(&type_of) {
            put(&mut by_type, Cow::Owned(kind.to_owned()), id.value());
        }
        if let Some(qualifier) = relation.attribute("qualifier").and_then(Piece::text) {
            put(&mut by_qualifier, qualifier, id.value());
        }
    }
    let whole = 0..0;
    let mut named = |key: &'static str, content| {
        let value = XmlValue {
            range: whole.clone(),
            content,
        };
        entries.push(XmlValue::pair(Cow::Borrowed(key), whole.clone(), value));
    };
    named("attributes", attributes);
    named(OBJECTS, Content::Object(by_type.into_iter().map(several).collect()));
    named(
        QUALIFIERS,
        Content::Object(by_qualifier.into_iter().map(several).collect()),
    );
    entries
}

/// The ids under a name; a single one can be a field of its own.
fn several<'a>((name, mut ids): (Cow<'a, str>, Vec<XmlValue<'a>>)) -> (Cow<'a, str>, XmlValue<'a>) {
    let value = match (ids.len(), ids.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            ids.extend(last);
            let start = ids.first().map_or(0, |id| id.range.start);
            let end = ids.last().map_or(start, |id| id.range.end);
            XmlValue {
                range: start..end,
                content: Content::List(ids),
            }
        }
    };
    (name, value)
}
