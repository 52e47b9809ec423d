//! Rows of CSV taken apart into cells, with the place of every cell.
//!
//! The csv crate reads the same language (the tests hold this module to it), but does not bound the length of a row that lacks
//! its closing quote, and does not tell where in the row a cell is.

use std::borrow::Cow;
use std::ops::Range;

use super::written::{Shape, Written};

const QUOTE: u8 = b'"';
const COMMA: u8 = b',';

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    /// What it says, without its quotes.
    pub(super) text: Cow<'a, str>,
    /// The bytes that write it, quotes included, counted from the start of the row.
    pub(super) range: Range<usize>,
}

/// The cells of a row, which may hold line ends inside quotes. A row has at least one cell.
pub(super) fn cells(row: &str) -> impl Iterator<Item = Cell<'_>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let (text, end) = cell_at(row, start);
        next = (end < row.len()).then_some(end + 1);
        Some(Cell {
            text,
            range: start..end,
        })
    })
}

/// The text of the cell that starts here, and where it ends.
fn cell_at(row: &str, start: usize) -> (Cow<'_, str>, usize) {
    let unquoted_end = |from: usize| row[from..].find(char::from(COMMA)).map_or(row.len(), |at| from + at);
    if row.as_bytes().get(start) != Some(&QUOTE) {
        let end = unquoted_end(start);
        return (Cow::Borrowed(&row[start..end]), end);
    }
    let mut text = Cow::Borrowed("");
    let mut from = start + 1;
    loop {
        let closing = row[from..].find(char::from(QUOTE)).map_or(row.len(), |at| from + at);
        append(&mut text, &row[from..closing]);
        if row.as_bytes().get(closing + 1) == Some(&QUOTE) {
            append(&mut text, "\"");
            from = closing + 2;
            continue;
        }
        let after = (closing + 1).min(row.len());
        let end = unquoted_end(after);
        append(&mut text, &row[after..end]);
        return (text, end);
    }
}

fn append<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else if !more.is_empty() {
        text.to_mut().push_str(more);
    }
}

impl<'a> Written<'a> for Cell<'a> {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn shape(&self) -> Shape<'a, Self> {
        if self.text.trim().is_empty() {
            Shape::Null
        } else {
            Shape::Cell(self.text.clone())
        }
    }

    fn parts(&self) -> Vec<Self> {
        let parts = |text: &str| -> Vec<Range<usize>> {
            let place = |part: &str| {
                let start = part.as_ptr().addr() - text.as_ptr().addr();
                start..start + part.len()
            };
            text.split(';')
                .map(|part| place(part.trim()))
                .filter(|part| !part.is_empty())
                .collect()
        };
        match &self.text {
            Cow::Borrowed(text) => {
                let quote = usize::from(self.range.len() > text.len());
                let cell = |part: Range<usize>| Cell {
                    text: Cow::Borrowed(&text[part.clone()]),
                    range: self.range.start + quote + part.start..self.range.start + quote + part.end,
                };
                parts(text).into_iter().map(cell).collect()
            }
            // A text that was put together has no places of its own.
            Cow::Owned(text) => {
                let cell = |part: Range<usize>| Cell {
                    text: Cow::Owned(text[part].to_owned()),
                    range: self.range.clone(),
                };
                parts(text).into_iter().map(cell).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::line_ends::Quotes;

    fn texts(row: &str) -> Vec<String> {
        cells(row).map(|cell| cell.text.into_owned()).collect()
    }

    #[test]
    fn takes_rows_apart() {
        assert_eq!(texts("a,b,c"), ["a", "b", "c"]);
        assert_eq!(texts(""), [""]);
        assert_eq!(texts(",a,"), ["", "a", ""]);
        assert_eq!(texts(r#""a,b","say ""hi""","""#), ["a,b", "say \"hi\"", ""]);
        assert_eq!(texts("\"two\r\nlines\",x"), ["two\r\nlines", "x"]);
        assert_eq!(texts(r#"a"b,"c"d"#), ["a\"b", "cd"]);
    }

    #[test]
    fn cells_know_their_places() {
        let row = r#"é,"a,b",,"x""y""#;
        let slices: Vec<&str> = cells(row).map(|cell| &row[cell.range]).collect();
        assert_eq!(slices, ["é", "\"a,b\"", "", "\"x\"\"y\""]);
    }

    #[test]
    fn parts_know_their_places() {
        let row = r#"x,"US; UA;;",a;b"#;
        let cells: Vec<Cell<'_>> = cells(row).collect();
        let parts = |at: usize| -> Vec<(String, &str)> {
            let parts = cells[at].parts();
            parts
                .into_iter()
                .map(|part| (part.text.into_owned(), &row[part.range]))
                .collect()
        };
        assert_eq!(parts(1), [("US".to_owned(), "US"), ("UA".to_owned(), "UA")]);
        assert_eq!(parts(2), [("a".to_owned(), "a"), ("b".to_owned(), "b")]);
    }

    proptest! {
        #[test]
        fn reads_what_the_csv_crate_reads(text in "([a\",; é]|\r?\n){0,24}") {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                .collect();

            let mut rows = Vec::new();
            let mut row = String::new();
            let mut quotes = Quotes::default();
            let mut lines = text.split_inclusive('\n').peekable();
            while let Some(line) = lines.next() {
                row.push_str(line);
                quotes = quotes.after(line.as_bytes());
                if quotes == Quotes::Inside && lines.peek().is_some() {
                    continue;
                }
                let whole = if quotes == Quotes::Inside { row.as_str() } else { row.trim_end_matches(['\r', '\n']) };
                if !whole.is_empty() {
                    rows.push(texts(whole));
                }
                row.clear();
                quotes = Quotes::default();
            }
            prop_assert_eq!(rows, expected);
        }
    }
}
