//! Lines of rule files and logs, with what is marked in them.

use std::ops::Range;

use serde::Serialize;

use super::words::{Piece, pieces};
use crate::log::visible;
use crate::report::results::{RecordResult, RuleNote};

/// Some lines of a file.
#[derive(Debug, Serialize)]
pub(super) struct Excerpt {
    file: String,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
pub(super) struct Line {
    /// Whether lines were left out before it.
    gap: bool,
    number: u64,
    parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct Part {
    text: String,
    mark: bool,
    /// The numbers of the notes about it.
    note: Option<String>,
}

/// A sentence about something marked.
#[derive(Debug, Serialize)]
pub(super) struct Numbered {
    number: usize,
    text: Vec<Piece>,
}

/// A marked range, with the numbers of its notes.
struct Mark {
    range: Range<usize>,
    numbers: Vec<usize>,
}

/// The lines of one rule file that notes are about, with the line at `head` before them. Notes are numbered on from `count`.
pub(super) fn rule_lines(
    text: &str,
    file: &str,
    head: Option<usize>,
    notes: &[&RuleNote],
    numbered: &mut Vec<Numbered>,
) -> Excerpt {
    let mut notes = notes.to_vec();
    notes.sort_by_key(|note| (note.place.start.offset, note.place.end.offset));
    let mut marks: Vec<Mark> = Vec::new();
    for note in notes {
        let number = numbered.len() + 1;
        numbered.push(Numbered {
            number,
            text: pieces(&note.text),
        });
        let range = note.place.start.offset as usize..note.place.end.offset as usize;
        match marks.last_mut().filter(|last| range.start < last.range.end) {
            // What lies in another mark, or across its end, is marked with it.
            Some(last) => {
                last.range.end = last.range.end.max(range.end);
                last.numbers.push(number);
            }
            None => marks.push(Mark {
                range,
                numbers: vec![number],
            }),
        }
    }
    let mut lines = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (number, line) in (1_u64..).zip(text.split_inclusive('\n')) {
        let whole = start..start + line.len();
        start = whole.end;
        let is_head = head.is_some_and(|head| u64::try_from(head) == Ok(number));
        let here: Vec<&Mark> = marks
            .iter()
            .filter(|mark| mark.range.start < whole.end && mark.range.end > whole.start)
            .collect();
        if !is_head && here.is_empty() {
            continue;
        }
        let line = line.trim_end_matches(['\n', '\r']);
        lines.push(Line {
            gap: last.is_some_and(|last| last + 1 != number),
            number,
            parts: parts(line, whole.start, &here),
        });
        last = Some(number);
    }
    Excerpt {
        file: file.to_owned(),
        lines,
    }
}

/// A record of a log, with the field that matters marked.
pub(super) fn record_lines(record: &RecordResult) -> Vec<Line> {
    let mark = Mark {
        range: record.start..record.end,
        numbers: Vec::new(),
    };
    let mut lines = Vec::new();
    let mut start = 0;
    for (number, line) in (record.line..).zip(record.text.split_inclusive('\n')) {
        let whole = start..start + line.len();
        start = whole.end;
        let is_here = mark.range.start < whole.end && mark.range.end > whole.start;
        let here: &[&Mark] = if is_here { &[&mark] } else { &[] };
        let line = line.trim_end_matches(['\n', '\r']);
        lines.push(Line {
            gap: false,
            number,
            parts: parts(line, whole.start, here),
        });
    }
    if let Some(last) = lines.last_mut().filter(|_| record.cut) {
        last.parts.push(plain("…"));
    }
    lines
}

fn plain(text: &str) -> Part {
    Part {
        text: visible(text, usize::MAX),
        mark: false,
        note: None,
    }
}

/// A line taken apart at its marks, which do not overlap.
fn parts(line: &str, start: usize, marks: &[&Mark]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    for mark in marks {
        let from = floor(line, mark.range.start.saturating_sub(start)).max(at);
        let to = floor(line, mark.range.end.saturating_sub(start)).max(from);
        // The white space that begins a line is no part of what is meant.
        let from = to - line[from..to].trim_start().len().min(to - from);
        if from > at {
            parts.push(plain(&line[at..from]));
        }
        if from < to {
            // A mark over several lines has its numbers where it ends.
            let ends_here = mark.range.end <= start + line.len();
            let numbers: Vec<String> = mark.numbers.iter().map(usize::to_string).collect();
            parts.push(Part {
                text: visible(&line[from..to], usize::MAX),
                mark: true,
                note: (ends_here && !numbers.is_empty()).then(|| numbers.join(",")),
            });
        }
        at = to;
    }
    if at < line.len() {
        parts.push(plain(&line[at..]));
    }
    parts
}

/// The last boundary of characters at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}
