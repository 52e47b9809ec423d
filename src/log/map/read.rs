//! A map, read from YAML with every mistake at its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::draft::{Draft, Ignore};
use super::source::Purpose;
use super::{MapMistake, MapMistakeKind, Preset, Source};
use crate::diagnostic::list;
use crate::log::problem::{quoted, suggestion};
use crate::log::record::{TIME, TYPE};
use crate::log::{Document, Node};
use crate::model::{EventType, Model};
use crate::value::Type;

const KEYS: &[&str] = &[
    "preset",
    "records",
    "time",
    "type",
    "types",
    "ignore",
    "extra_fields",
    "names",
    "fields_in",
    "fields",
    "events",
];

/// What `ignore` says where all types that the rules do not have are meant.
const OTHERS: &str = "others";

/// The map that a text writes, for the rules of a model, or everything that is wrong with it.
pub(super) fn read(text: &str, model: &Model) -> Result<Draft, Vec<MapMistake>> {
    let mut reader = Reader {
        model: Some(model),
        mistakes: Vec::new(),
    };
    let draft = reader.draft(text);
    if reader.mistakes.is_empty() {
        Ok(draft)
    } else {
        reader.mistakes.sort_by_key(|mistake| mistake.range.start);
        Err(reader.mistakes)
    }
}

/// A map that the program brings along: it is right, and its names are those that rules may have.
pub(super) fn read_preset(text: &str) -> Draft {
    let mut reader = Reader {
        model: None,
        mistakes: Vec::new(),
    };
    reader.draft(text)
}

pub(super) struct Reader<'m> {
    /// What names are held to; nothing, for a map that belongs to no rules.
    pub(super) model: Option<&'m Model>,
    pub(super) mistakes: Vec<MapMistake>,
}

impl Reader<'_> {
    pub(super) fn mistake(
        &mut self,
        kind: MapMistakeKind,
        range: Range<usize>,
        message: impl Into<String>,
        label: &str,
        help: Option<String>,
    ) {
        self.mistakes.push(MapMistake {
            kind,
            message: message.into(),
            range,
            label: label.to_owned(),
            help,
        });
    }

    fn wrong_form(&mut self, node: &Node<'_>, what: &str, expected: &str) {
        let message = format!("{what} must be {expected}, and is {}", node.describe());
        self.mistake(
            MapMistakeKind::WrongForm,
            node.range(),
            message,
            &format!("not {expected}"),
            None,
        );
    }

    fn draft(&mut self, text: &str) -> Draft {
        let mut draft = Draft::default();
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let message = format!("the map is not YAML: {}", error.message);
                self.mistake(MapMistakeKind::NotYaml, error.range, message, "here", None);
                return draft;
            }
        };
        let Some(root) = document.root() else { return draft };
        for (key, key_range, node) in self.entries(root, "a map") {
            match key {
                "preset" => draft.preset = self.preset(node),
                "records" => draft.records = self.word(node, "`records`", "the key of the list of records"),
                "time" => draft.time = self.source(node, &Purpose::Time),
                "type" => draft.kind = self.source(node, &Purpose::Kind),
                "types" => draft.types = self.types(node),
                "ignore" => draft.ignore = self.ignore(node),
                "extra_fields" => draft.refuses_more = self.choice(node, key, "ignore", "refuse"),
                "names" => draft.loose = self.choice(node, key, "exact", "loose"),
                "fields_in" => draft.fields_in = self.words(node, "`fields_in`", "a path or a list of paths"),
                "fields" => draft.fields = self.fields(node, None),
                "events" => draft.events = self.events(node),
                other => self.unknown_key(other, key_range, "a map", KEYS),
            }
        }
        self.contradictions(&draft, root);
        draft
    }

    pub(super) fn unknown_key(&mut self, key: &str, range: Range<usize>, whole: &str, known: &[&str]) {
        let message = format!("{whole} has no key {}", quoted(key));
        let help = suggestion(key, "keys", known);
        self.mistake(MapMistakeKind::UnknownKey, range, message, "not a key", help);
    }

    /// The entries of a mapping, each key once.
    pub(super) fn entries<'n, 'a>(
        &mut self,
        node: &'n Node<'a>,
        what: &str,
    ) -> Vec<(&'n str, Range<usize>, &'n Node<'a>)> {
        let Some(entries) = node.entries() else {
            self.wrong_form(node, what, "a mapping");
            return Vec::new();
        };
        let mut found: Vec<(&str, Range<usize>, &Node<'_>)> = Vec::new();
        for (key, value) in entries {
            let Some(word) = key.word() else {
                self.wrong_form(key, "a key", "a word");
                continue;
            };
            if found.iter().any(|(other, ..)| *other == word) {
                let message = format!("{what} says {} twice", quoted(word));
                self.mistake(
                    MapMistakeKind::Repeated,
                    key.range(),
                    message,
                    "said before",
                    Some("keep one of the two".to_owned()),
                );
                continue;
            }
            found.push((word, key.range(), value));
        }
        found
    }

    pub(super) fn word(&mut self, node: &Node<'_>, what: &str, expected: &str) -> Option<String> {
        match node.word() {
            Some(word) if !word.is_empty() => Some(word.to_owned()),
            _ => {
                self.wrong_form(node, what, expected);
                None
            }
        }
    }

    pub(super) fn words(&mut self, node: &Node<'_>, what: &str, expected: &str) -> Option<Vec<String>> {
        match node.elements() {
            Some([]) => {
                self.wrong_form(node, what, expected);
                None
            }
            Some(elements) => {
                let words = elements.iter().map(|element| self.word(element, what, expected));
                let words: Vec<Option<String>> = words.collect();
                words.into_iter().collect()
            }
            None => self.word(node, what, expected).map(|word| vec![word]),
        }
    }

    fn choice(&mut self, node: &Node<'_>, key: &str, first: &str, second: &str) -> Option<bool> {
        match node.word() {
            Some(word) if word == first => Some(false),
            Some(word) if word == second => Some(true),
            _ => {
                self.wrong_word(node, &format!("`{key}`"), &[first, second]);
                None
            }
        }
    }

    fn wrong_word(&mut self, node: &Node<'_>, what: &str, known: &[&str]) {
        let words = list(known, 12);
        match node.word() {
            Some(word) => {
                let message = format!("{what} cannot be {}", quoted(word));
                let help = suggestion(word, "words", known);
                self.mistake(
                    MapMistakeKind::WrongForm,
                    node.range(),
                    message,
                    "not one of them",
                    help,
                );
            }
            None => self.wrong_form(node, what, &format!("one of {words}")),
        }
    }

    fn preset(&mut self, node: &Node<'_>) -> Option<Preset> {
        let preset = node.word().and_then(Preset::named);
        if preset.is_none() {
            self.wrong_word(node, "`preset`", &Preset::ALL.map(Preset::name));
        }
        preset
    }

    /// Whether the rules declare an event type; says so if they do not.
    pub(super) fn declares(&mut self, name: &str, range: Range<usize>) -> bool {
        let Some(model) = self.model else { return true };
        if model.event_named(name).is_some() {
            return true;
        }
        let known: Vec<&str> = model.events.iter().map(|event| event.name.as_str()).collect();
        let message = format!("no rule declares an event type {}", quoted(name));
        let help = suggestion(name, "event types", &known);
        self.mistake(MapMistakeKind::UnknownEventType, range, message, "not declared", help);
        false
    }

    fn types(&mut self, node: &Node<'_>) -> BTreeMap<String, String> {
        let mut types = BTreeMap::new();
        for (word, _, value) in self.entries(node, "`types`") {
            let Some(name) = self.word(value, "a value of `types`", "the name of an event type") else {
                continue;
            };
            if self.declares(&name, value.range()) {
                types.insert(word.to_owned(), name);
            }
        }
        types
    }

    fn ignore(&mut self, node: &Node<'_>) -> Option<Ignore> {
        const EXPECTED: &str = "`others`, or a list of words that the log has for types";
        if node.word() == Some(OTHERS) {
            return Some(Ignore::Others);
        }
        let Some(elements) = node.elements() else {
            self.wrong_form(node, "`ignore`", EXPECTED);
            return None;
        };
        let mut words = BTreeSet::new();
        for element in elements {
            if let Some(word) = self.word(element, "an element of `ignore`", "a word that the log has for a type") {
                words.insert(word);
            }
        }
        Some(Ignore::Words(words))
    }

    fn contradictions(&mut self, draft: &Draft, root: &Node<'_>) {
        let Some(Ignore::Words(words)) = &draft.ignore else {
            return;
        };
        let ignored = root.entries().into_iter().flatten();
        let ignored = ignored.filter(|(key, _)| key.word() == Some("ignore"));
        let elements: Vec<(String, Range<usize>)> = ignored
            .flat_map(|(_, node)| node.elements().into_iter().flatten())
            .filter_map(|element| Some((element.word()?.to_owned(), element.range())))
            .collect();
        for (word, range) in elements {
            if words.contains(&word) && draft.types.contains_key(&word) {
                let message = format!("{} is both ignored and an event type", quoted(&word));
                self.mistake(
                    MapMistakeKind::Repeated,
                    range,
                    message,
                    "`types` has it too",
                    Some("leave it out of one of the two".to_owned()),
                );
            }
        }
    }

    fn events(&mut self, node: &Node<'_>) -> BTreeMap<String, BTreeMap<String, Source>> {
        let mut events = BTreeMap::new();
        for (name, range, fields) in self.entries(node, "`events`") {
            if self.declares(name, range) {
                let fields = self.fields(fields, Some(name));
                events.insert(name.to_owned(), fields);
            }
        }
        events
    }

    /// The types that a field is declared with, in one event type or in all that have it; `None` if there is none.
    fn types_of(&self, event: Option<&str>, field: &str) -> Option<Vec<Type>> {
        let Some(model) = self.model else {
            return Some(Vec::new());
        };
        let of_event = |event: &EventType| {
            let declared = event.field_named(field).map(|id| event.field(id).ty.clone());
            let identity = event.identity.as_ref().filter(|identity| identity.names(field));
            declared.or_else(|| identity.map(|identity| event.field(identity.field).ty.clone()))
        };
        let events = model
            .events
            .iter()
            .filter(|declared| event.is_none_or(|name| declared.name == name));
        let types: Vec<Type> = events.filter_map(of_event).collect();
        (!types.is_empty()).then_some(types)
    }

    fn fields(&mut self, node: &Node<'_>, event: Option<&str>) -> BTreeMap<String, Source> {
        let mut fields = BTreeMap::new();
        let what = event.map_or_else(|| "`fields`".to_owned(), quoted);
        for (name, range, value) in self.entries(node, &what) {
            let Some(types) = self.types_of(event, name) else {
                self.unknown_field(event, name, range);
                continue;
            };
            if let Some(source) = self.source(value, &Purpose::Field(name, types)) {
                fields.insert(name.to_owned(), source);
            }
        }
        fields
    }

    fn unknown_field(&mut self, event: Option<&str>, name: &str, range: Range<usize>) {
        let Some(model) = self.model else { return };
        let events = model
            .events
            .iter()
            .filter(|declared| event.is_none_or(|name| declared.name == name));
        let known = events.flat_map(|event| &event.fields).map(|field| field.name.as_str());
        let known = super::distinct(known);
        let (message, help) = if name == TIME || name == TYPE {
            (
                format!("`{name}` is no field"),
                Some(format!(
                    "write `{name}:` beside `fields:` and `events:`, as it is the same for all event types"
                )),
            )
        } else {
            let message = match event {
                Some(event) => format!("{} has no field {}", quoted(event), quoted(name)),
                None => format!("no event type has a field {}", quoted(name)),
            };
            (message, suggestion(name, "fields", &known))
        };
        self.mistake(MapMistakeKind::UnknownField, range, message, "not declared", help);
    }
}
