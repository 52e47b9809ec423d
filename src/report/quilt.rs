//! Pieces of several files as one source that miette can show: a rule file and the log records that took part, in one diagnostic.
//!
//! Each piece keeps its own name and line numbers. Lines wider than the report are cut around what is labelled.

use std::borrow::Cow;
use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthChar;

use super::style::Style;
use crate::log::harmless;

/// A source made of pieces.
#[derive(Debug, Default)]
pub(super) struct Quilt {
    pieces: Vec<Piece>,
    labels: Vec<LabeledSpan>,
    length: usize,
}

#[derive(Debug)]
struct Piece {
    name: String,
    text: String,
    first_line: usize,
    offset: usize,
    /// Whether the piece is shown whole, as a log record is, or only around its labels.
    is_record: bool,
    /// How many characters were cut from the start of each line.
    cuts: Vec<usize>,
}

/// A label in a piece: a byte range of the piece's text, and what to say there.
pub(super) struct PieceLabel {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// Left out where there is no room for it, rather than put with another.
    pub(super) minor: bool,
}

/// What miette puts left of a source line: the number, the bar and the spaces around them.
const GUTTER: usize = 8;
/// What miette draws between the middle of an underline and its words.
const LABEL_LEAD: usize = 4;
const LEAST_LABEL: usize = 24;

impl Quilt {
    /// A rule file, shown around its labels.
    pub(super) fn rule(&mut self, name: &str, text: &str, labels: Vec<PieceLabel>, style: Style) {
        self.piece(name, text, 1, labels, style, false);
    }

    /// A log record, shown whole.
    pub(super) fn record(&mut self, name: &str, text: &str, line: u64, label: PieceLabel, style: Style) {
        let line = usize::try_from(line).unwrap_or(usize::MAX).max(1);
        self.piece(name, text, line, vec![label], style, true);
    }

    pub(super) fn labels(&self) -> &[LabeledSpan] {
        &self.labels
    }

    fn piece(
        &mut self,
        name: &str,
        text: &str,
        first_line: usize,
        labels: Vec<PieceLabel>,
        style: Style,
        is_record: bool,
    ) {
        let width = style.width.saturating_sub(GUTTER).max(LEAST_LABEL);
        let text = &shown(text);
        let fitted = Fitted::new(text, &labels, width, if style.unicode { "…" } else { "..." });
        let mut placed: Vec<(Range<usize>, usize, String)> = Vec::new();
        for label in labels {
            let range = fitted.place(&label.range);
            let start = line_start(&fitted.text, range.start);
            let column = display_width(&fitted.text[start..range.start]);
            let before = placed
                .iter_mut()
                .find(|(other, _, _)| line_start(&fitted.text, other.start) == start && other.start <= range.start);
            match before {
                // Far to the right there is no room for words: they join those of a label before.
                Some((_, _, text)) if column + label_room(&range, &label.text) > width => {
                    if !label.minor {
                        text.push_str("; ");
                        text.push_str(&label.text);
                    }
                }
                _ => placed.push((range, column, label.text)),
            }
        }
        for (range, column, text) in placed {
            let room = width
                .saturating_sub(column + LABEL_LEAD + range.len().div_ceil(2))
                .max(LEAST_LABEL);
            let span = (self.length + range.start, range.len().max(1));
            let words = Some(wrapped(&shown(&text), room));
            self.labels.push(if self.labels.is_empty() {
                LabeledSpan::new_primary_with_span(words, span)
            } else {
                LabeledSpan::new_with_span(words, span)
            });
        }
        let offset = self.length;
        // One byte between pieces, so that a label at the end of one does not touch the next.
        self.length += fitted.text.len() + 2;
        self.pieces.push(Piece {
            name: shown(name).into_owned(),
            text: fitted.text,
            first_line,
            offset,
            is_record,
            cuts: fitted.cuts,
        });
    }
}

/// A text with every byte at its place and nothing in it that acts or hides; its line ends stay.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<String> = text.split("\r\n").map(|line| harmless(line.as_bytes())).collect();
    Cow::Owned(lines.join("\r\n"))
}

/// A text whose wide lines were cut.
struct Fitted {
    text: String,
    cuts: Vec<usize>,
    /// For each line: where it started, the byte range of it that was kept, and where that is now.
    lines: Vec<(usize, Range<usize>, usize)>,
}

impl Fitted {
    fn new(text: &str, labels: &[PieceLabel], width: usize, ellipsis: &str) -> Self {
        let mut fitted = Fitted {
            text: String::with_capacity(text.len()),
            cuts: Vec::new(),
            lines: Vec::new(),
        };
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let end = start + content.len();
            let labelled = labels
                .iter()
                .filter(|label| label.range.start >= start && label.range.start <= end)
                .map(|label| {
                    (
                        label.range.start - start..label.range.end.min(end) - start,
                        label.text.as_str(),
                    )
                });
            let first = labelled.clone().min_by_key(|(range, _)| range.start);
            let crowded = first
                .is_some_and(|(range, text)| display_width(&content[..range.start]) + label_room(&range, text) > width);
            let kept = if display_width(content) <= width && !crowded {
                0..content.len()
            } else {
                window(content, labelled.map(|(range, _)| range), crowded, width)
            };
            fitted.cuts.push(content[..kept.start].chars().count());
            if kept.start > 0 {
                fitted.text.push_str(ellipsis);
            }
            fitted
                .lines
                .push((start, start + kept.start..start + kept.end, fitted.text.len()));
            fitted.text.push_str(&content[kept.clone()]);
            if kept.end < content.len() {
                fitted.text.push_str(ellipsis);
            }
            fitted.text.push('\n');
            start += line.len();
        }
        fitted
    }

    /// Where a range of the whole text is now.
    fn place(&self, range: &Range<usize>) -> Range<usize> {
        let at = |offset: usize| {
            let line = self
                .lines
                .partition_point(|(start, _, _)| *start <= offset)
                .checked_sub(1);
            let Some((_, kept, now)) = line.and_then(|line| self.lines.get(line)) else {
                return 0;
            };
            now + offset.clamp(kept.start, kept.end) - kept.start
        };
        let start = at(range.start);
        start..at(range.end).max(start)
    }
}

/// The part of a wide line to keep: from its start if the labels are there, else around them.
fn window(line: &str, labelled: impl Iterator<Item = Range<usize>>, crowded: bool, width: usize) -> Range<usize> {
    let (first, last) = labelled.fold((usize::MAX, 0), |(first, last), range| {
        (first.min(range.start), last.max(range.end))
    });
    // On either side there may be three dots.
    let room = width.saturating_sub(6);
    let prefix_end = advance(line, 0, room);
    if first == usize::MAX || (!crowded && last <= prefix_end) {
        return 0..prefix_end;
    }
    // Some of what stands before the label tells what it is the value of.
    let lead = room / 3;
    let start = retreat(line, first, lead);
    start..advance(line, start, room)
}

/// The offset so many columns on.
fn advance(line: &str, from: usize, columns: usize) -> usize {
    let mut used = 0;
    for (at, char) in line[from..].char_indices() {
        used += char.width().unwrap_or(0);
        if used > columns {
            return from + at;
        }
    }
    line.len()
}

/// The offset so many columns back.
fn retreat(line: &str, from: usize, columns: usize) -> usize {
    let from = (0..=from).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    let mut used = 0;
    for (at, char) in line[..from].char_indices().rev() {
        used += char.width().unwrap_or(0);
        if used > columns {
            return at + char.len_utf8();
        }
    }
    0
}

/// The columns from the start of an underline to the end of its words, as far as they need a line of their own.
fn label_room(range: &Range<usize>, text: &str) -> usize {
    range.len() / 2 + LABEL_LEAD + display_width(text).min(LEAST_LABEL)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn display_width(text: &str) -> usize {
    text.chars()
        .map(|char| if char == '\t' { 4 } else { char.width().unwrap_or(0) })
        .sum()
}

/// A label broken into lines.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |line| display_width(line));
        if last > 0 && last + 1 + display_width(word) > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

impl SourceCode for Quilt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let piece = self
            .pieces
            .iter()
            .find(|piece| span.offset() >= piece.offset && end <= piece.offset + piece.text.len() + 1)
            .ok_or(MietteError::OutOfBounds)?;
        let start = span.offset() - piece.offset;
        let length = span.len().min(piece.text.len().saturating_sub(start));
        // Context 0 asks for the label's own place, to name it.
        let (before, after) = if piece.is_record && lines_before + lines_after > 0 {
            (usize::MAX / 2, usize::MAX / 2)
        } else {
            (lines_before, lines_after)
        };
        let local = SourceSpan::from((start, length));
        let contents = piece.text.as_bytes().read_span(&local, before, after)?;
        let inner = contents.span();
        let cut = piece.cuts.get(contents.line()).copied().unwrap_or(0);
        Ok(Box::new(MietteSpanContents::new_named(
            piece.name.clone(),
            contents.data(),
            SourceSpan::from((inner.offset() + piece.offset, inner.len())),
            contents.line() + piece.first_line - 1,
            contents.column() + cut,
            contents.line_count(),
        )))
    }
}
