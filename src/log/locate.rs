//! Where in the text of a record a field is.

use std::borrow::Cow;
use std::ops::Range;

use serde_saphyr::granit_parser::Event as Token;

use super::csv_cells::cells;
use super::json_text::read_pairs;
use super::map::Map;
use super::written::{Pair, Written};
use super::xml::Element;
use super::yaml_nodes::Nodes;
use super::{Format, InputId, Inputs, ocel, xes};
use crate::model::Model;

impl Inputs {
    /// The bytes of a field's value in the text of a record of a log, to underline it; `None` if the record does not have the field, or its
    /// text is cut off before.
    ///
    /// `field` is a field of an event type, or `time` or `type`. A record of CSV needs the header of its log.
    pub fn locate(
        &self,
        id: InputId,
        model: &Model,
        (record, header): (&str, Option<&str>),
        field: &str,
    ) -> Option<Range<usize>> {
        let map = self.map(id, model);
        let format = self.format(id)?;
        match map {
            None => locate(format, record, header, field),
            Some(map) => mapped(&map, model, format, (record, header), field),
        }
    }
}

fn mapped(
    map: &Map,
    model: &Model,
    format: Format,
    (record, header): (&str, Option<&str>),
    field: &str,
) -> Option<Range<usize>> {
    let json = || {
        let mut pairs = Vec::new();
        let _ = read_pairs(record, &mut pairs);
        pairs
    };
    let is_xml = record.trim_start().starts_with('<');
    let range = match format {
        Format::Ocel if is_xml => map.locate(model, &ocel::of_xml(&Element::parse(record).ok()?, any_type), field),
        Format::Ocel => map.locate(model, &ocel::of_json(json(), any_type), field),
        Format::Xes => map.locate(model, &xes::pairs(&Element::parse(record).ok()?), field),
        Format::Jsonl | Format::Json | Format::Parquet | Format::Arrow => map.locate(model, &json(), field),
        Format::Csv => {
            let columns = cells(header?).map(|cell| cell.text.trim().to_owned());
            let pairs = columns.zip(cells(record)).map(|(column, cell)| Pair {
                key: Cow::Owned(column),
                key_range: cell.range.clone(),
                value: cell,
            });
            map.locate(model, &pairs.collect::<Vec<_>>(), field)
        }
        Format::Yaml => {
            let mut nodes = Nodes::new(record);
            let node = loop {
                let (token, span) = nodes.token().ok()??;
                if matches!(token, Token::MappingStart(..)) {
                    break nodes.record(token, span).ok()?;
                }
            };
            map.locate(model, &node.pairs(0)?, field)
        }
    };
    range.filter(|range| !range.is_empty() && record.get(range.clone()).is_some())
}

/// Where a record is shown alone, the types of its objects are not known.
fn any_type(_: &str) -> Option<&'static str> {
    None
}

/// As [`Inputs::locate`], where the keys of records are the names of fields.
pub(super) fn locate(format: Format, record: &str, header: Option<&str>, field: &str) -> Option<Range<usize>> {
    match format {
        Format::Jsonl | Format::Json | Format::Parquet | Format::Arrow => {
            let mut pairs = Vec::new();
            // The pairs before the place where a cut text ends are good.
            let _ = read_pairs(record, &mut pairs);
            let pair = pairs.iter().find(|pair| pair.key == field)?;
            Some(pair.value.range())
        }
        Format::Csv => {
            let column = cells(header?).position(|cell| cell.text.trim() == field)?;
            Some(cells(record).nth(column)?.range)
        }
        Format::Yaml => in_yaml(record, field),
        // They are read through maps.
        Format::Xes | Format::Ocel => None,
    }
    .filter(|range| !range.is_empty() && record.get(range.clone()).is_some())
}

fn in_yaml(record: &str, field: &str) -> Option<Range<usize>> {
    let mut nodes = Nodes::new(record);
    while let (token, _) = nodes.token().ok()??
        && !matches!(token, Token::MappingStart(..))
    {}
    loop {
        let (token, span) = nodes.token().ok()??;
        if matches!(token, Token::MappingEnd) {
            return None;
        }
        let key = nodes.record(token, span).ok()?;
        let (token, span) = nodes.token().ok()??;
        let value = nodes.record(token, span).ok()?;
        if key.word() == Some(field) {
            return Some(value.range());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Excerpts;
    use crate::log::fixture::{events, inputs};

    fn located<'r>(format: Format, record: &'r str, header: Option<&str>, field: &str) -> Option<&'r str> {
        locate(format, record, header, field).map(|range| &record[range])
    }

    #[test]
    fn fields_of_json_are_found() {
        let record = r#" {"time": "t", "a\u0062": {"x": [1]}, "c": 2}"#;
        assert_eq!(located(Format::Jsonl, record, None, "time"), Some("\"t\""));
        assert_eq!(located(Format::Json, record, None, "ab"), Some("{\"x\": [1]}"));
        assert_eq!(located(Format::Json, record, None, "x"), None);
        let cut = &record[..record.len() - 4];
        assert_eq!(located(Format::Jsonl, cut, None, "ab"), Some("{\"x\": [1]}"));
        assert_eq!(located(Format::Jsonl, cut, None, "c"), None);
    }

    #[test]
    fn fields_of_csv_are_found_by_the_header() {
        let header = Some("time, \"x\",\"type\"");
        let record = "t,,\"a,b\"";
        assert_eq!(located(Format::Csv, record, header, "type"), Some("\"a,b\""));
        assert_eq!(located(Format::Csv, record, header, "time"), Some("t"));
        assert_eq!(located(Format::Csv, record, header, "x"), None);
        assert_eq!(located(Format::Csv, record, header, "y"), None);
        assert_eq!(located(Format::Csv, record, None, "time"), None);
    }

    #[test]
    fn fields_of_yaml_are_found_in_what_an_excerpt_shows() {
        let text = "events:\n---\n-   time: 2024-07-08T10:00:00Z\n    'type': ping # comment\n    deep:\n      type: 5\n    end: [1,\n  2]\n";
        let text = &text["events:\n---\n".len()..];
        let origin = events(text, Format::Yaml)[0].origin;
        let excerpts = Excerpts::fetch(&inputs(text, Format::Yaml), [origin], 4_096).unwrap();
        let record = &excerpts.get(origin).unwrap().text;
        assert_eq!(located(Format::Yaml, record, None, "type"), Some("ping"));
        assert_eq!(
            located(Format::Yaml, record, None, "time"),
            Some("2024-07-08T10:00:00Z")
        );
        assert_eq!(located(Format::Yaml, record, None, "end"), Some("[1,\n  2]"));
        assert_eq!(located(Format::Yaml, record, None, "none"), None);
        assert_eq!(
            located(Format::Yaml, &record[..40], None, "time"),
            Some("2024-07-08T10:00:00Z")
        );
        assert_eq!(
            located(Format::Yaml, "{time: 1, type: ping}", None, "type"),
            Some("ping")
        );
        assert_eq!(located(Format::Yaml, "- hello", None, "type"), None);
        assert_eq!(located(Format::Yaml, "", None, "type"), None);
    }
}
