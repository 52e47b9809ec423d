//! XES: IEEE 1849, traces of events in XML.

use std::borrow::Cow;

use super::problem::{Problem, ProblemKind};
use super::reader::{Outcome, Reader, utf8};
use super::record::Schema;
use super::stream::Stream;
use super::written::Pair;
use super::xml::{Content, Element, Next, Step, Walk, XmlValue};
use super::{InputError, InputId, Limits, Origin};

/// What stands before the keys of a trace's attributes where its events have them.
const CASE: &str = "case:";

/// The tag of an event: what its trace says of it is shown there.
const EVENT: &str = "<event";

/// Reads the events of a log in XES, each with the attributes of its trace.
pub(super) struct XesReader<'m> {
    walk: Walk,
    schema: Schema<'m>,
    /// The attributes of the trace, with their keys in an event.
    case: Vec<(String, XmlValue<'static>)>,
}

fn step(path: &[String], name: &str) -> Step {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (path.as_slice(), name) {
        ([], "log") | (["log"], "trace") => Step::Enter,
        (["log"] | ["log", "trace"], "event") => Step::Take,
        (["log", "trace"], _) => Step::Take,
        (_, _) => Step::Skip,
    }
}

impl<'m> XesReader<'m> {
    pub(super) fn new(stream: Stream, input: InputId, schema: Schema<'m>, limits: Limits) -> Self {
        XesReader {
            walk: Walk::new(stream, input, limits, step),
            schema,
            case: Vec::new(),
        }
    }

    /// The event that is held, or what is wrong with it; nothing, for an attribute of the trace.
    fn element(&mut self, origin: Origin) -> Option<Outcome> {
        let text = match utf8(self.walk.held(), origin) {
            Ok(text) => text,
            Err(problems) => return Some(Err(problems)),
        };
        let element = match element(text, origin) {
            Ok(element) => element,
            Err(problems) => return Some(Err(problems)),
        };
        if element.name != "event" {
            if let Some((key, value)) = attribute(&element) {
                let value = value.elsewhere(&(0..EVENT.len()));
                self.case.push((format!("{CASE}{key}"), value));
            }
            return None;
        }
        let mut pairs = pairs(&element);
        let own = pairs.len();
        for (key, value) in &self.case {
            if !pairs[..own].iter().any(|pair| pair.key == *key) {
                pairs.push(XmlValue::pair(Cow::Borrowed(key), value.range.clone(), value.clone()));
            }
        }
        Some(self.schema.record(&pairs, origin))
    }
}

/// The element of a record, or the problem that it is none.
pub(super) fn element(text: &str, origin: Origin) -> Result<Element<'_>, Vec<Problem>> {
    Element::parse(text).map_err(|malformed| {
        let message = format!("the record is not XML: {}", malformed.message);
        let at = (0..=malformed.at.min(text.len()))
            .rev()
            .find(|&at| text.is_char_boundary(at));
        let at = at.unwrap_or(0);
        vec![Problem::new(ProblemKind::NotARecord, message, origin).at(at..at, "here")]
    })
}

/// The entries that an event has of its own.
pub(super) fn pairs<'a>(event: &Element<'a>) -> Vec<Pair<'a, XmlValue<'a>>> {
    let children = event.children.iter();
    children
        .filter_map(|child| {
            let (key, value) = attribute(child)?;
            Some(XmlValue::pair(key, child.attribute("key")?.range.clone(), value))
        })
        .collect()
}

/// An attribute as XES means it. What says more of an attribute is left out.
fn attribute<'a>(element: &Element<'a>) -> Option<(Cow<'a, str>, XmlValue<'a>)> {
    let key = element.attribute("key")?.text()?;
    let range = element.range.clone();
    let parts = || {
        let wrapped = element.named("values").flat_map(|values| &values.children);
        let own = element.children.iter().filter(|child| child.name != "values");
        wrapped.chain(own).filter_map(attribute)
    };
    let value = match element.name {
        "list" => XmlValue {
            range,
            content: Content::List(parts().map(|(_, value)| value).collect()),
        },
        "container" => XmlValue {
            range,
            content: Content::Object(parts().collect()),
        },
        _ => element.attribute("value")?.value(),
    };
    Some((key, value))
}

impl Reader for XesReader<'_> {
    fn next(&mut self) -> Result<Option<Outcome>, InputError> {
        loop {
            match self.walk.next()? {
                Next::Element(origin) => {
                    if let Some(outcome) = self.element(origin) {
                        return Ok(Some(outcome));
                    }
                }
                // Another trace has other attributes.
                Next::Boundary => self.case.clear(),
                Next::Broken(problems) => return Ok(Some(Err(problems))),
                Next::End => return Ok(None),
            }
        }
    }

    fn position(&self) -> u64 {
        self.walk.position()
    }
}
