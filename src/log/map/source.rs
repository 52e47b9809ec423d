//! Where a map says that a value is, and how it is to be understood.

use std::collections::BTreeMap;
use std::ops::Range;

use super::read::Reader;
use super::{MapMistakeKind, Source};
use crate::diagnostic::nearest;
use crate::log::Node;
use crate::log::problem::{quoted, suggestion};
use crate::time::{Duration, EpochUnit, TimeFormat, Zone};
use crate::value::Type;

const SOURCE_KEYS: &[&str] = &["from", "format", "zone", "unit", "values", "default", "always"];

/// What a source is for: what it may say of its values depends on it.
pub(super) enum Purpose<'p> {
    Time,
    Kind,
    /// A field, as the event types that have it declare it.
    Field(&'p str, Vec<Type>),
}

impl Reader<'_> {
    pub(super) fn source(&mut self, node: &Node<'_>, purpose: &Purpose<'_>) -> Option<Source> {
        const PATHS: &str = "a path, a list of paths, or a mapping with `from`";
        let what = purpose.name();
        if node.entries().is_none() {
            return self.words(node, &what, PATHS).map(Source::at);
        }
        let mut source = Source::default();
        let mut is_found = false;
        let before = self.mistakes.len();
        for (key, range, value) in self.entries(node, &what) {
            match key {
                "from" => {
                    is_found = true;
                    source.paths = self
                        .words(value, "`from`", "a path or a list of paths")
                        .unwrap_or_default();
                }
                "always" => {
                    is_found = true;
                    source.default = self.word(value, "`always`", "a word");
                    if node
                        .entries()
                        .is_some_and(|entries| entries.iter().any(|(key, _)| key.word() == Some("from")))
                    {
                        self.mistake(
                            MapMistakeKind::Repeated,
                            range,
                            "`always` leaves nothing for `from` to say",
                            "beside `from`",
                            Some("write `default` for what is taken where the log has no value".to_owned()),
                        );
                    }
                }
                "default" => source.default = self.word(value, "`default`", "a word"),
                "format" => source.clock.format = self.format(value, &range, purpose),
                "zone" => source.clock.zone = self.zone(value, &range, purpose),
                "unit" => source.unit = self.unit(value, purpose),
                "values" => source.values = self.values(value, purpose),
                other => self.unknown_key(other, range, &what, SOURCE_KEYS),
            }
        }
        if !is_found {
            let message = format!("{what} does not say where in the log it is");
            self.mistake(
                MapMistakeKind::MissingKey,
                node.range(),
                message,
                "no `from`",
                Some("write `from: PATH`, or `always: WORD` where the log does not say it".to_owned()),
            );
        }
        if let (Purpose::Kind, Some(default)) = (purpose, &source.default)
            && let Some(value) = entry(node, "default").or_else(|| entry(node, "always"))
        {
            self.declares(default, value.range());
        }
        (self.mistakes.len() == before).then_some(source)
    }

    /// Whether what is said of a value makes sense for what is declared; says so if it does not.
    fn suits(
        &mut self,
        range: &Range<usize>,
        purpose: &Purpose<'_>,
        key: &str,
        suits: fn(&Type) -> bool,
        of: &str,
    ) -> bool {
        let (name, types) = match purpose {
            Purpose::Time => return true,
            Purpose::Kind => ("type", None),
            Purpose::Field(name, types) => (*name, Some(types)),
        };
        if types.is_some_and(|types| types.is_empty() || types.iter().all(|ty| suits(element(ty)))) {
            return true;
        }
        let declared = types.and_then(|types| types.iter().find(|ty| !suits(element(ty))));
        let declared = declared.map_or_else(
            || "the name of an event type".to_owned(),
            |ty| format!("declared as `{ty}`"),
        );
        let message = format!("`{key}` is for {of}, and `{name}` is {declared}");
        self.mistake(
            MapMistakeKind::WrongForm,
            range.clone(),
            message,
            "without meaning here",
            None,
        );
        false
    }

    fn format(&mut self, node: &Node<'_>, range: &Range<usize>, purpose: &Purpose<'_>) -> TimeFormat {
        self.suits(
            range,
            purpose,
            "format",
            |ty| matches!(ty, Type::Instant | Type::Date),
            "instants and dates",
        );
        let Some(word) = self.word(node, "`format`", "the name of a format or a pattern") else {
            return TimeFormat::Rfc3339;
        };
        if word.contains('%') {
            let format = TimeFormat::Pattern(word);
            if !format.is_usable() {
                self.mistake(
                    MapMistakeKind::UnknownFormat,
                    node.range(),
                    "this pattern does not tell the day",
                    "not a pattern that can be read",
                    Some(
                        "patterns are those of strptime, as in \"%d/%m/%Y %H:%M:%S\" or \"%Y%m%dT%H%M%S%z\"".to_owned(),
                    ),
                );
            }
            return format;
        }
        let epoch = EpochUnit::ALL
            .into_iter()
            .find(|unit| word.strip_prefix("epoch-") == Some(unit.name()));
        match epoch {
            Some(unit) => TimeFormat::Epoch(unit),
            None if word == "rfc3339" => TimeFormat::Rfc3339,
            None => {
                let known = EpochUnit::ALL.map(|unit| format!("epoch-{}", unit.name()));
                let known: Vec<&str> = ["rfc3339"]
                    .into_iter()
                    .chain(known.iter().map(String::as_str))
                    .collect();
                let message = format!("there is no format {}", quoted(&word));
                let help = suggestion(&word, "formats", &known);
                self.mistake(
                    MapMistakeKind::UnknownFormat,
                    node.range(),
                    message,
                    "not a format",
                    help,
                );
                TimeFormat::Rfc3339
            }
        }
    }

    fn zone(&mut self, node: &Node<'_>, range: &Range<usize>, purpose: &Purpose<'_>) -> Option<Zone> {
        self.suits(range, purpose, "zone", |ty| matches!(ty, Type::Instant), "instants");
        let word = self.word(node, "`zone`", "the name of a time zone")?;
        match Zone::named(&word) {
            Ok(zone) => Some(zone),
            Err(_) => {
                let names = Zone::names();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let near = nearest(&word, names.iter().copied());
                let help = near.map_or_else(
                    || "zones are named as in `Europe/Kyiv`, and `UTC` is one".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.mistake(
                    MapMistakeKind::UnknownZone,
                    node.range(),
                    format!("the time-zone database has no zone {}", quoted(&word)),
                    "not a zone",
                    Some(help),
                );
                None
            }
        }
    }

    fn unit(&mut self, node: &Node<'_>, purpose: &Purpose<'_>) -> Option<String> {
        let unit = self.word(node, "`unit`", "a currency or a unit of time")?;
        let types: &[Type] = match purpose {
            Purpose::Field(_, types) => types,
            Purpose::Time | Purpose::Kind => &[Type::Instant],
        };
        for ty in types {
            let (fits, help) = match element(ty) {
                Type::Money(currency) => (
                    currency.to_string() == unit,
                    format!(
                        "write `unit: {currency}` if it is in {currency}; nothing converts one currency into another"
                    ),
                ),
                Type::Duration => (
                    format!("2 {unit}").parse::<Duration>().is_ok(),
                    "units of an exact length of time are `hours`, `minutes` and `seconds`".to_owned(),
                ),
                other => (
                    false,
                    format!("a value that is declared as `{other}` has no unit: leave it out"),
                ),
            };
            if !fits {
                let message = format!("{} cannot be in {}", purpose.name(), quoted(&unit));
                self.mistake(
                    MapMistakeKind::WrongUnit,
                    node.range(),
                    message,
                    "not its unit",
                    Some(help),
                );
                return None;
            }
        }
        Some(unit)
    }

    fn values(&mut self, node: &Node<'_>, purpose: &Purpose<'_>) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for (word, range, value) in self.entries(node, "`values`") {
            if matches!(purpose, Purpose::Kind) {
                self.mistake(
                    MapMistakeKind::WrongForm,
                    range,
                    "what words stand for which event types is said elsewhere",
                    "without meaning here",
                    Some("write it under `types:`, beside `type:`".to_owned()),
                );
                return values;
            }
            let Some(meant) = self.word(value, "a value of `values`", "a word") else {
                continue;
            };
            if self.has_value(&meant, value.range(), purpose) {
                values.insert(word.to_owned(), meant);
            }
        }
        values
    }

    fn has_value(&mut self, word: &str, range: Range<usize>, purpose: &Purpose<'_>) -> bool {
        let Purpose::Field(_, types) = purpose else { return true };
        let Some(model) = self.model else { return true };
        for ty in types {
            let known: Vec<&str> = match element(ty) {
                Type::Party => model.parties.iter().map(|party| party.name.as_str()).collect(),
                Type::Enum(declared) => declared.names.iter().map(String::as_str).collect(),
                Type::Bool => vec!["true", "false"],
                _ => continue,
            };
            if !known.contains(&word) {
                let message = format!("{} has no value {}", purpose.name(), quoted(word));
                let help = suggestion(word, "values", &known);
                self.mistake(MapMistakeKind::UnknownValue, range, message, "not declared", help);
                return false;
            }
        }
        true
    }
}

impl Purpose<'_> {
    fn name(&self) -> String {
        match self {
            Purpose::Time => "`time`".to_owned(),
            Purpose::Kind => "`type`".to_owned(),
            Purpose::Field(name, _) => quoted(name),
        }
    }
}

/// The type of single values.
fn element(ty: &Type) -> &Type {
    match ty {
        Type::Set(element) => element,
        other => other,
    }
}

fn entry<'n, 'a>(node: &'n Node<'a>, key: &str) -> Option<&'n Node<'a>> {
    let entries = node.entries()?;
    entries
        .iter()
        .find(|(name, _)| name.word() == Some(key))
        .map(|(_, value)| value)
}
