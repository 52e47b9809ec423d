//! A map before it meets a model.

use std::collections::{BTreeMap, BTreeSet};

use super::{EventMap, Map, Preset, Source, read};
use crate::log::record::{TIME, TYPE};
use crate::model::{EventType, Model};

/// What a map says; nothing is said twice.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) preset: Option<Preset>,
    pub(super) records: Option<String>,
    pub(super) time: Option<Source>,
    pub(super) kind: Option<Source>,
    pub(super) types: BTreeMap<String, String>,
    pub(super) ignore: Option<Ignore>,
    pub(super) refuses_more: Option<bool>,
    pub(super) loose: Option<bool>,
    pub(super) fields_in: Option<Vec<String>>,
    pub(super) fields: BTreeMap<String, Source>,
    pub(super) events: BTreeMap<String, BTreeMap<String, Source>>,
}

/// The records that are passed over, by their types in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::log) enum Ignore {
    Words(BTreeSet<String>),
    /// All that are no event types of the rules.
    Others,
}

/// Stands in `fields_in` for the record itself.
pub(super) const RECORD: &str = ".";

impl Draft {
    /// A map that the program brings along; its fields are those that rules may have.
    pub(super) fn of_preset(text: &str) -> Self {
        read::read_preset(text)
    }

    /// Lets another map say what it has to say on top of this one.
    pub(super) fn put_over(&mut self, other: &Draft) {
        fn put<T: Clone>(under: &mut Option<T>, over: Option<&T>) {
            if let Some(over) = over {
                *under = Some(over.clone());
            }
        }
        put(&mut self.preset, other.preset.as_ref());
        put(&mut self.records, other.records.as_ref());
        put(&mut self.time, other.time.as_ref());
        put(&mut self.kind, other.kind.as_ref());
        put(&mut self.ignore, other.ignore.as_ref());
        put(&mut self.refuses_more, other.refuses_more.as_ref());
        put(&mut self.loose, other.loose.as_ref());
        put(&mut self.fields_in, other.fields_in.as_ref());
        self.types.extend(other.types.clone());
        self.fields.extend(other.fields.clone());
        for (event, fields) in &other.events {
            self.events.entry(event.clone()).or_default().extend(fields.clone());
        }
    }

    /// The map for the events of a model.
    pub(super) fn compile(self, model: &Model) -> Map {
        let loose = self.loose.unwrap_or(false);
        let fields_in = self.fields_in.clone().unwrap_or_else(|| vec![RECORD.to_owned()]);
        let given = |event: &EventType, name: &str| {
            let own = self.events.get(&event.name).and_then(|fields| fields.get(name));
            let source = own.or_else(|| self.fields.get(name));
            let mut source = source.cloned().unwrap_or_else(|| Source::at(within(&fields_in, name)));
            source.loose = loose;
            source
        };
        let events = model.events.iter().map(|event| {
            let identity = event.identity.iter();
            let amends = identity.flat_map(|identity| [&identity.corrects, &identity.retracts].into_iter().flatten());
            EventMap {
                fields: event.fields.iter().map(|field| given(event, &field.name)).collect(),
                amends: amends.map(|key| (key.clone(), given(event, key))).collect(),
            }
        });
        let head = |source: &Option<Source>, key: &str| {
            let source = source.clone().unwrap_or_else(|| Source::at(vec![key.to_owned()]));
            Source { loose, ..source }
        };
        let types = self.types.iter();
        Map {
            time: head(&self.time, TIME),
            kind: head(&self.kind, TYPE),
            types: types
                .filter_map(|(word, event)| Some((word.clone(), model.event_named(event)?)))
                .collect(),
            ignore: self.ignore.clone().unwrap_or(Ignore::Words(BTreeSet::new())),
            loose,
            refuses_more: self.refuses_more.unwrap_or(false),
            events: events.collect(),
            fields_in,
        }
    }
}

/// Where a field is looked for under its own name.
fn within(fields_in: &[String], name: &str) -> Vec<String> {
    let path = |outer: &String| {
        if outer == RECORD {
            name.to_owned()
        } else {
            format!("{outer}.{name}")
        }
    };
    fields_in.iter().map(path).collect()
}
