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
