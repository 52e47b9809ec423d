//! Maps: how the records of a log that was not written for the rules are read as events.
//!
//! A map says which parts of a record are the fields that the rules declare. It stands between what a format writes and what the declared
//! types make of it, so every format is read through it in the same way.

mod draft;
mod mistake;
mod read;
mod source;
mod value;

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use super::Format;
use super::record::{TIME, TYPE};
use super::written::{Pair, Shape, Written};
use crate::model::{EventType, EventTypeId, Model};
use crate::time::{Clock, TimeFormat};

use draft::Draft;
pub(super) use draft::Ignore;
pub use mistake::{MapMistake, MapMistakeKind};
use value::Kept;
pub(super) use value::Mapped;

/// A map that the program brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Nothing is mapped.
    None,
    /// `CloudEvents` in JSON.
    CloudEvents,
    /// The extensions of IEEE 1849, as XES files and the tables made of them name them.
    Xes,
    /// OCEL 2.0.
    Ocel,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 4] = [Preset::None, Preset::CloudEvents, Preset::Xes, Preset::Ocel];

    /// Its name, as people give it.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::None => "none",
            Preset::CloudEvents => "cloudevents",
            Preset::Xes => "xes",
            Preset::Ocel => "ocel",
        }
    }

    /// The preset of a name.
    pub fn named(name: &str) -> Option<Self> {
        Preset::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The map as a person would write it.
    pub const fn text(self) -> &'static str {
        match self {
            Preset::None => "",
            Preset::CloudEvents => include_str!("map/cloudevents.yaml"),
            Preset::Xes => include_str!("map/xes.yaml"),
            Preset::Ocel => include_str!("map/ocel.yaml"),
        }
    }

    fn draft(self) -> &'static Draft {
        static DRAFTS: LazyLock<[Draft; 4]> =
            LazyLock::new(|| Preset::ALL.map(|preset| Draft::of_preset(preset.text())));
        let [none, cloud_events, xes, ocel] = &*DRAFTS;
        match self {
            Preset::None => none,
            Preset::CloudEvents => cloud_events,
            Preset::Xes => xes,
            Preset::Ocel => ocel,
        }
    }

    /// What a log of a format is read through where no map says otherwise.
    fn of_format(format: Format) -> Option<Self> {
        match format {
            Format::Xes => Some(Preset::Xes),
            Format::Ocel => Some(Preset::Ocel),
            Format::Jsonl | Format::Json | Format::Csv | Format::Yaml | Format::Parquet | Format::Arrow => None,
        }
    }
}

/// A map as it was given: right for some rules, and for logs of every format.
#[derive(Debug, Clone)]
pub struct MapFile {
    draft: Draft,
}

impl MapFile {
    /// Reads a map in YAML for the rules of a model.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(text: &str, model: &Model) -> Result<Self, Vec<MapMistake>> {
        read::read(text, model).map(|draft| MapFile { draft })
    }

    /// A map that the program brings along.
    pub fn preset(preset: Preset) -> Self {
        MapFile {
            draft: Draft {
                preset: Some(preset),
                ..Draft::default()
            },
        }
    }

    /// The key of a JSON object that holds the list of records, if the log is one object.
    pub(super) fn records(&self) -> Option<&str> {
        self.draft.records.as_deref()
    }
}

/// How the records of one log are read as events of one model.
#[derive(Debug, Clone)]
pub(super) struct Map {
    time: Source,
    kind: Source,
    types: BTreeMap<String, EventTypeId>,
    ignore: Ignore,
    loose: bool,
    refuses_more: bool,
    fields_in: Vec<String>,
    /// By event types, and then by fields.
    events: Vec<EventMap>,
}

#[derive(Debug, Clone)]
struct EventMap {
    /// By fields.
    fields: Vec<Source>,
    /// The keys that say which event is amended.
    amends: Vec<(String, Source)>,
}

/// Where in a record a value is, and how it is to be understood.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Keys, and keys within objects after points; the first that the record has a value for counts.
    paths: Vec<String>,
    loose: bool,
    clock: Clock,
    /// What follows a number that is written alone: a currency, or a unit of time.
    unit: Option<String>,
    /// What words of the log stand for.
    values: BTreeMap<String, String>,
    /// What is taken where the record has no value.
    default: Option<String>,
}

impl Default for Source {
    fn default() -> Self {
        Source {
            paths: Vec::new(),
            loose: false,
            clock: Clock {
                format: TimeFormat::Rfc3339,
                zone: None,
            },
            unit: None,
            values: BTreeMap::new(),
            default: None,
        }
    }
}

/// What a word of the log means as an event type.
pub(super) enum Meant {
    Type(EventTypeId),
    Ignored,
    Unknown,
}

impl Map {
    /// The map for a log of this format; `None` if its records are the rules' own.
    pub(super) fn new(file: Option<&MapFile>, format: Format, model: &Model) -> Option<Self> {
        let own = file
            .and_then(|file| file.draft.preset)
            .or_else(|| Preset::of_format(format));
        let mut draft = match (file, own) {
            (None, None) => return None,
            (_, Some(preset)) => preset.draft().clone(),
            (Some(_), None) => Draft::default(),
        };
        if let Some(file) = file {
            draft.put_over(&file.draft);
        }
        Some(draft.compile(model))
    }

    pub(super) fn time(&self) -> &Source {
        &self.time
    }

    pub(super) fn kind(&self) -> &Source {
        &self.kind
    }

    /// The entries of a record that an event of a type reads, under the names that the rules have for them.
    pub(super) fn entries<'r, 'a, W: Written<'a>>(
        &'r self,
        pairs: &'r [Pair<'a, W>],
        (kind, event): (EventTypeId, &'r EventType),
    ) -> impl Iterator<Item = Pair<'a, Mapped<'r, W>>> {
        let own = self.events.get(kind.index());
        let fields = own.into_iter().flat_map(|own| &own.fields);
        let fields = event.fields.iter().map(|field| field.name.as_str()).zip(fields);
        let amends = own.into_iter().flat_map(|own| &own.amends);
        let amends = amends.map(|(name, source)| (name.as_str(), source));
        fields
            .chain(amends)
            .filter_map(|(name, source)| source.entry(pairs, name))
    }

    /// What a word of the log means as an event type.
    pub(super) fn meaning(&self, word: &str, types: &foldhash::HashMap<&str, EventTypeId>) -> Meant {
        if let Some(&kind) = self.types.get(word).or_else(|| types.get(word)) {
            return Meant::Type(kind);
        }
        let near = || types.iter().find(|(name, _)| self.loose && is_alike(name, word));
        if matches!(&self.ignore, Ignore::Words(words) if words.contains(word)) {
            return Meant::Ignored;
        }
        match (near(), &self.ignore) {
            (Some((_, &kind)), _) => Meant::Type(kind),
            (None, Ignore::Others) => Meant::Ignored,
            (None, Ignore::Words(_)) => Meant::Unknown,
        }
    }

    /// The words that the map gives a meaning as event types.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// What the log calls a field of an event type, or the time or type of every record, if that is something else.
    pub(super) fn name_of(&self, event: Option<(EventTypeId, &EventType)>, name: &str) -> Option<String> {
        let source = match (name, event) {
            (TIME, _) => &self.time,
            (TYPE, _) => &self.kind,
            (_, Some((kind, event))) => {
                let field = event.field_named(name)?;
                self.events.get(kind.index())?.fields.get(field.index())?
            }
            (_, None) => return None,
        };
        if source.paths.iter().any(|path| path == name) {
            return None;
        }
        let paths: Vec<String> = source.paths.iter().map(|path| super::problem::quoted(path)).collect();
        Some(paths.join(" or "))
    }

    /// Whether `time` or `type` can be found where these are the keys of every record.
    pub(super) fn finds<'w>(&self, key: &str, mut keys: impl Iterator<Item = &'w str>) -> bool {
        let source = if key == TIME { &self.time } else { &self.kind };
        source.default.is_some() || keys.any(|key| source.reads(key))
    }

    /// Whether the value of a key is looked at.
    pub(super) fn reads(&self, key: &str) -> bool {
        self.refuses_more || self.has_use_for(key)
    }

    /// Whether anything of the value at a path is read for some event type.
    fn has_use_for(&self, path: &str) -> bool {
        let of_event = |event: &EventMap| {
            event.fields.iter().any(|source| source.reads(path))
                || event.amends.iter().any(|(_, source)| source.reads(path))
        };
        self.time.reads(path) || self.kind.reads(path) || self.events.iter().any(of_event)
    }

    /// The entries of a record that nothing reads, if the map does not allow them.
    pub(super) fn unread<'a, W: Written<'a>>(&self, pairs: &[Pair<'a, W>]) -> Vec<(String, std::ops::Range<usize>)> {
        let mut unread = Vec::new();
        if !self.refuses_more {
            return unread;
        }
        for pair in pairs {
            if self.fields_in.iter().any(|outer| *outer == pair.key)
                && let Shape::Object(inner) = pair.value.shape()
            {
                let inner = inner
                    .iter()
                    .map(|inner| (format!("{}.{}", pair.key, inner.key), inner.key_range.clone()));
                unread.extend(inner.filter(|(path, _)| !self.has_use_for(path)));
            } else if !self.has_use_for(&pair.key) {
                unread.push((pair.key.to_string(), pair.key_range.clone()));
            }
        }
        unread
    }

    /// The bytes of a record that write a field, or its time or type.
    pub(super) fn locate<'a, W: Written<'a>>(
        &self,
        model: &Model,
        pairs: &[Pair<'a, W>],
        field: &str,
    ) -> Option<std::ops::Range<usize>> {
        let source = |source: &Source| source.find(pairs).map(|(found, _)| found.range());
        match field {
            TIME => source(&self.time),
            TYPE => source(&self.kind),
            _ => {
                let events = model.events.iter().zip(&self.events);
                events
                    .filter_map(|(event, own)| own.fields.get(event.field_named(field)?.index()))
                    .find_map(source)
            }
        }
    }
}

impl Source {
    pub(super) fn at(paths: Vec<String>) -> Self {
        Source {
            paths,
            ..Source::default()
        }
    }

    /// The entry that a record has for this source, under a name.
    pub(super) fn entry<'r, 'a, W: Written<'a>>(
        &'r self,
        pairs: &'r [Pair<'a, W>],
        name: &'r str,
    ) -> Option<Pair<'a, Mapped<'r, W>>> {
        let value = match (self.find(pairs), &self.default) {
            (Some((found, _)), Some(default)) if matches!(found.shape(), Shape::Null) => {
                Mapped::constant(default, self)
            }
            (Some((found, path)), _) => Mapped::new(found, self, path),
            (None, Some(default)) => Mapped::constant(default, self),
            (None, None) => return None,
        };
        Some(Pair {
            key: std::borrow::Cow::Owned(name.to_owned()),
            key_range: value.range(),
            value,
        })
    }

    /// The first value of the record that is not null, or else the first one, with the path to it.
    fn find<'r, 'a, W: Written<'a>>(&'r self, pairs: &'r [Pair<'a, W>]) -> Option<(Kept<'r, W>, &'r str)> {
        let mut absent = None;
        for path in &self.paths {
            match find(pairs, path, self.loose) {
                Some(found) if matches!(found.shape(), Shape::Null) => {
                    absent.get_or_insert((found, path.as_str()));
                }
                Some(found) => return Some((found, path)),
                None => {}
            }
        }
        absent
    }

    /// Whether something of the value of a key is read, or within it.
    fn reads(&self, key: &str) -> bool {
        let is_key = |whole: &str| whole == key || (self.loose && is_alike(whole, key));
        self.paths.iter().any(|path| {
            let starts = path.match_indices('.').map(|(at, _)| &path[..at]);
            is_key(path) || starts.into_iter().any(is_key)
        })
    }
}

/// The value at the end of a path: the whole path may be a key, points and all, or a part of it, with the rest within that key's object.
fn find<'r, 'a, W: Written<'a>>(pairs: &'r [Pair<'a, W>], path: &str, loose: bool) -> Option<Kept<'r, W>> {
    if let Some(at) = position(pairs, path, loose) {
        return Some(Kept::Borrowed(&pairs[at].value));
    }
    for (at, _) in path.match_indices('.') {
        let Some(outer) = position(pairs, &path[..at], loose) else {
            continue;
        };
        if let Shape::Object(inner) = pairs[outer].value.shape()
            && let Some(found) = find(&inner, &path[at + 1..], loose)
        {
            return Some(Kept::Owned(found.into_owned()));
        }
    }
    None
}

fn position<W>(pairs: &[Pair<'_, W>], key: &str, loose: bool) -> Option<usize> {
    let exact = pairs.iter().position(|pair| pair.key == key);
    exact.or_else(|| {
        loose
            .then(|| pairs.iter().position(|pair| is_alike(&pair.key, key)))
            .flatten()
    })
}

/// Whether names are the same but for the case of letters and for the signs between them.
fn is_alike(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        name.chars()
            .filter(|char| char.is_alphanumeric())
            .flat_map(char::to_lowercase)
    }
    letters(one).eq(letters(other)) && letters(one).next().is_some()
}

/// The words under which a log's own names are looked for.
pub(super) fn distinct<'w>(words: impl Iterator<Item = &'w str>) -> Vec<&'w str> {
    let mut seen = HashSet::new();
    words.filter(|word| seen.insert(*word)).collect()
}
