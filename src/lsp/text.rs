//! Places in texts, as the protocol counts them.

use std::ops::Range;

use gen_lsp_types as lsp;

/// The unit that a client counts columns in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    /// The best of what a client offers: bytes, which are what spans count. Without an offer it is UTF-16.
    pub(super) fn chosen(offered: Option<&[lsp::PositionEncodingKind]>) -> Encoding {
        let offers = |kind: &lsp::PositionEncodingKind| offered.is_some_and(|offered| offered.contains(kind));
        if offers(&lsp::PositionEncodingKind::UTF8) {
            Encoding::Utf8
        } else if offers(&lsp::PositionEncodingKind::UTF32) && !offers(&lsp::PositionEncodingKind::UTF16) {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    pub(super) fn kind(self) -> lsp::PositionEncodingKind {
        match self {
            Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
            Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
            Encoding::Utf32 => lsp::PositionEncodingKind::UTF32,
        }
    }

    fn width(self, char: char) -> usize {
        match self {
            Encoding::Utf8 => char.len_utf8(),
            Encoding::Utf16 => char.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// Where the lines of a text start. Lines end with `\n`, `\r\n` or `\r`.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    encoding: Encoding,
}

impl Lines {
    pub(super) fn of(text: &str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, &byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Lines { starts, encoding }
    }

    /// The line that an offset is on, and its text without its end.
    fn line<'t>(&self, text: &'t str, number: usize) -> &'t str {
        let Some(&start) = self.starts.get(number) else {
            return "";
        };
        let end = self.starts.get(number + 1).copied().unwrap_or(text.len());
        text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    pub(super) fn position(&self, text: &str, offset: usize) -> lsp::Position {
        let number = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(number).copied().unwrap_or(0);
        let line = self.line(text, number);
        let before = line.char_indices().take_while(|(at, _)| start + at < offset);
        let column: usize = before.map(|(_, char)| self.encoding.width(char)).sum();
        lsp::Position {
            line: u32::try_from(number).unwrap_or(u32::MAX),
            character: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn range(&self, text: &str, range: Range<usize>) -> lsp::Range {
        lsp::Range {
            start: self.position(text, range.start),
            end: self.position(text, range.end),
        }
    }

    /// The offset of a position. One that is past the end of its line is the end of that line, and one past the last line the end of the text.
    pub(super) fn offset(&self, text: &str, position: lsp::Position) -> usize {
        let number = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(number) else {
            return text.len();
        };
        let line = self.line(text, number);
        let wanted = usize::try_from(position.character).unwrap_or(usize::MAX);
        let mut column = 0;
        for (at, char) in line.char_indices() {
            // A position within a character is its start.
            if column + self.encoding.width(char) > wanted {
                return start + at;
            }
            column += self.encoding.width(char);
        }
        start + line.len()
    }

    pub(super) fn offsets(&self, text: &str, range: lsp::Range) -> Range<usize> {
        let (start, end) = (self.offset(text, range.start), self.offset(text, range.end));
        start.min(end)..end.max(start)
    }
}

/// Applies the changes that a client made to a text, one after the other.
pub(super) fn changed(
    mut text: String,
    changes: Vec<lsp::TextDocumentContentChangeEvent>,
    encoding: Encoding,
) -> String {
    for change in changes {
        match change {
            lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => text = whole.text,
            lsp::TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                let range = Lines::of(&text, encoding).offsets(&text, part.range);
                text.replace_range(range, &part.text);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Lines};
    use gen_lsp_types::Position;

    /// `é` is 2 bytes and 1 unit, `𝄞` 4 bytes and 2 units.
    const TEXT: &str = "aé𝄞b\r\nsecond\rthird\n";

    #[test]
    fn columns_are_counted_in_the_agreed_unit() {
        let at = TEXT.find('b').unwrap_or_default();
        for (encoding, column) in [(Encoding::Utf8, 7), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            let lines = Lines::of(TEXT, encoding);
            let position = lines.position(TEXT, at);
            assert_eq!((position.line, position.character), (0, column));
            assert_eq!(lines.offset(TEXT, position), at);
        }
    }

    #[test]
    fn every_line_end_counts_and_positions_past_an_end_are_the_end() {
        let lines = Lines::of(TEXT, Encoding::Utf16);
        let offset = |line, character| lines.offset(TEXT, Position { line, character });
        assert_eq!(&TEXT[offset(1, 0)..offset(1, 99)], "second");
        assert_eq!(&TEXT[offset(2, 0)..offset(2, 99)], "third");
        assert_eq!(offset(3, 0), TEXT.len());
        assert_eq!(offset(9, 9), TEXT.len());
        // Between the two units of one character.
        assert_eq!(offset(0, 3), TEXT.find('𝄞').unwrap_or_default());
    }
}
