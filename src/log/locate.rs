//! Where in the text of a record a field is.

use std::ops::Range;

use serde_saphyr::granit_parser::Event as Token;

use super::Format;
use super::csv_cells::cells;
use super::json_text::read_pairs;
use super::written::Written;
use super::yaml_nodes::Nodes;

/// The bytes of a field's value in the text of a record, to underline it; `None` if the record does not have the field, or its
/// text is cut off before.
///
/// `field` is a key of the record, `time` and `type` included. A record of CSV needs the header of its log.
pub fn locate(format: Format, record: &str, header: Option<&str>, field: &str) -> Option<Range<usize>> {
    match format {
        Format::Jsonl | Format::Json => {
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
