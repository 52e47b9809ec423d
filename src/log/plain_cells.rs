//! Cells of rows of CSV without quotes, which end at the next comma or line end, whatever they say.

use std::borrow::Cow;

use super::Origin;
use super::csv_cells::Cell;
use super::fixed::Fixed;
use super::line_ends::line_feed;
use super::names::Names;
use super::row::{Cells, Plain};
use crate::time::{Instant, InstantReader};

/// The cells of the row that a text starts with. They are looked for no further than they are asked for, and are found at once where they are asked for
/// in the order of their columns.
#[derive(Debug)]
pub(super) struct PlainCells<'a> {
    /// The row, and perhaps others behind it.
    text: &'a str,
    form: RowForm,
    /// The column of the cell that comes next.
    column: usize,
    /// What starts with it.
    rest: &'a [u8],
    /// The length of the row without its line end, once there is no further cell.
    length: Option<usize>,
}

/// What a row has to be like.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowForm {
    /// How many cells it has.
    pub(super) columns: usize,
    /// How many bytes it has at most.
    pub(super) most_bytes: u32,
}

impl<'a> PlainCells<'a> {
    #[inline]
    pub(super) fn new(text: &'a str, form: RowForm) -> Self {
        PlainCells {
            text,
            form,
            column: 0,
            rest: text.as_bytes(),
            length: None,
        }
    }

    /// How many bytes the row has with its line end, once its end has been asked for.
    #[inline]
    pub(super) fn taken(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    #[inline]
    fn cell(&mut self, column: usize) -> Option<&'a str> {
        self.go_to(column)?;
        let length = cell_length(self.rest);
        if self.rest.get(length) != Some(&b',') {
            return self.pass_last(length);
        }
        let start = self.taken();
        self.rest = self.rest.get(length + 1..)?;
        self.column += 1;
        self.text.get(start..start + length)
    }

    /// Passes the rest of the row, if that is so many cells.
    #[inline(never)]
    fn count(&mut self, cells: usize) -> Option<()> {
        if cells > 0 {
            self.cell(self.column + cells - 1)?;
        }
        self.length.map(|_| ())
    }

    /// The length of the row, once its end is known, if it is not too long.
    #[inline]
    fn sound_length(&self) -> Option<u32> {
        let length = u32::try_from(self.length?).ok()?;
        (length <= self.form.most_bytes).then_some(length)
    }

    /// Goes to a cell, if there is one.
    #[inline]
    fn go_to(&mut self, column: usize) -> Option<()> {
        if column < self.column {
            *self = PlainCells::new(self.text, self.form);
        }
        if self.length.is_some() {
            return None;
        }
        if column > self.column {
            let count = column - self.column;
            self.rest = if empty_cells(self.rest) >= count {
                self.rest.get(count..)?
            } else {
                behind_cells(self.rest, count)?
            };
            self.column = column;
        }
        Some(())
    }

    /// Passes all that is left of the row, which has so many bytes, and perhaps one less that is not of a cell.
    #[inline]
    fn pass_last(&mut self, length: usize) -> Option<&'a str> {
        let start = self.taken();
        let end = start + self.leave(length)?;
        self.column += 1;
        self.text.get(start..end)
    }

    /// Leaves the row behind so many bytes, of which one may be of the line end. How many are not.
    #[inline]
    fn leave(&mut self, length: usize) -> Option<usize> {
        let start = self.taken();
        let (line, end) = self.rest.split_at_checked(length)?;
        let is_returned = !end.is_empty() && line.last() == Some(&b'\r');
        self.rest = end.get(1..).unwrap_or_default();
        let length = length - usize::from(is_returned);
        self.length = Some(start + length);
        Some(length)
    }
}

impl<'a> Cells<'a> for PlainCells<'a> {
    type Written = Cell<'a>;

    #[inline]
    fn plain(&mut self, column: usize) -> Option<Plain<'a>> {
        let text = self.cell(column)?;
        Some(match text.as_bytes().first() {
            Some(b'!'..=b'~') => Plain::Cell(text),
            Some(_) if !text.trim().is_empty() => Plain::Cell(text),
            _ => Plain::Absent,
        })
    }

    #[inline]
    fn name<I: Copy>(&mut self, column: usize, names: &Names<'_, I>) -> Option<I> {
        self.go_to(column)?;
        let (id, behind) = names.take_cell(self.rest)?;
        self.rest = behind;
        self.column += 1;
        Some(id)
    }

    #[inline]
    fn head<I: Copy>(&mut self, reader: &InstantReader, names: &Names<'_, I>) -> Option<(Instant, I)> {
        let (instant, behind) = reader.start(self.text.as_bytes())?;
        let (id, behind) = names.take_cell(behind.strip_prefix(b",")?)?;
        self.rest = behind;
        self.column = 2;
        Some((instant, id))
    }

    #[inline]
    fn instant(&mut self, column: usize, reader: &mut InstantReader) -> Option<Instant> {
        self.go_to(column)?;
        if let Some((instant, [b',', behind @ ..])) = reader.start(self.rest) {
            self.rest = behind;
            self.column += 1;
            return Some(instant);
        }
        self.plain(column)?.instant(reader)
    }

    fn written(&self, column: usize) -> Option<Cell<'a>> {
        let mut cells = PlainCells::new(self.text, self.form);
        cells.go_to(column)?;
        let start = cells.taken();
        let text = cells.cell(column)?;
        Some(Cell {
            text: Cow::Borrowed(text),
            range: start..start + text.len(),
        })
    }

    #[inline]
    fn pass_over(&mut self, origin: Origin) -> Option<Origin> {
        if self.length.is_none() {
            self.leave(line_feed(self.rest).unwrap_or(self.rest.len()))?;
        }
        let length = self.sound_length()?;
        Some(Origin { length, ..origin })
    }

    #[inline]
    fn end(&mut self, origin: Origin, empty: Option<&Fixed>) -> Option<Origin> {
        let cells = self.form.columns.checked_sub(self.column)?;
        let behind = empty.and_then(|empty| empty.pass(self.rest));
        // Each of them has a comma or the line feed behind it.
        if behind.is_some_and(|behind| self.rest.len() - behind.len() == cells) && self.length.is_none() {
            self.leave(cells - 1)?;
        } else {
            self.count(cells)?;
        }
        let length = self.sound_length()?;
        Some(Origin { length, ..origin })
    }
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHEST_BITS: u64 = u64::from_le_bytes([0x80; 8]);
const COMMAS: u64 = u64::from_le_bytes([b','; 8]);
const LINE_FEEDS: u64 = u64::from_le_bytes([b'\n'; 8]);

/// What follows so many cells of a row, if it has more of them.
#[inline(never)]
fn behind_cells(row: &[u8], count: usize) -> Option<&[u8]> {
    let (mut rest, mut count) = (row, count);
    while count > 0 {
        let empty = empty_cells(rest).min(count);
        if empty > 0 {
            rest = rest.get(empty..)?;
            count -= empty;
        } else {
            let length = cell_length(rest);
            (*rest.get(length)? == b',').then_some(())?;
            rest = rest.get(length + 1..)?;
            count -= 1;
        }
    }
    Some(rest)
}

/// How many of the first cells are certainly empty, and not the last one of a row.
#[inline]
fn empty_cells(bytes: &[u8]) -> usize {
    let word = bytes.first_chunk::<8>();
    word.map_or(0, |word| {
        let others = u64::from_le_bytes(*word) ^ COMMAS;
        others.trailing_zeros() as usize / 8
    })
}

/// The length of the first cell, which ends at a comma, a line feed, or the end of all.
#[inline]
fn cell_length(bytes: &[u8]) -> usize {
    // Most cells are shorter than a word.
    let ends = bytes.first_chunk().map_or(0, |word| ends(u64::from_le_bytes(*word)));
    if ends == 0 {
        long_cell_length(bytes)
    } else {
        ends.trailing_zeros() as usize / 8
    }
}

/// As [`cell_length`], of any cell.
#[inline(never)]
fn long_cell_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (word, at) in words.iter().zip((0..).step_by(8)) {
        let ends = ends(u64::from_le_bytes(*word));
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
    }
    let end = rest.iter().position(|byte| matches!(*byte, b',' | b'\n'));
    bytes.len() - rest.len() + end.unwrap_or(rest.len())
}

/// Of the bytes of a word, the highest bit of the first that is a comma or a line feed, and perhaps of some behind it.
#[inline]
fn ends(word: u64) -> u64 {
    let zeros = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    (zeros(word ^ COMMAS) | zeros(word ^ LINE_FEEDS)) & HIGHEST_BITS
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::log::csv_cells::cells;
    use crate::log::fixture::START;
    use crate::log::line_ends::end_of;

    proptest! {
        #[test]
        fn they_are_the_same_cells(
            row in "([a,;é\u{1}\u{7f}\\-\r]{0,9},{0,9}){0,4}",
            end in prop::sample::select(&["", "\n", "\r\n", "\na,b,c\n,,,,,,,,,,", "\r\n,,,,,,,,,,"][..]),
            asked in prop::collection::vec(0_usize..12, 0..8),
            is_read in any::<bool>(),
            columns in 0_usize..12,
            empty in 0_usize..6,
            most_bytes in prop_oneof![4 => Just(1000_u32), 1 => 0_u32..50],
        ) {
            // Where no line feed follows, a carriage return is one of the cell.
            let text = format!("{row}{end}");
            let line = text.split_inclusive('\n').next().unwrap_or_default();
            let row = &line[..line.len() - end_of(line.as_bytes())];
            let whole: Vec<Range<usize>> = cells(row).map(|cell| cell.range).collect();
            let columns = if columns < 2 { whole.len() } else { columns };
            let mut plain = PlainCells::new(&text, RowForm { columns, most_bytes });
            for column in asked {
                prop_assert_eq!(plain.written(column).map(|cell| cell.range), whole.get(column).cloned());
            }
            let length = u32::try_from(row.len()).unwrap();
            let is_whole = length <= most_bytes && (!is_read || whole.len() == columns);
            let empty = Fixed::new(format!("{}\n", ",".repeat(empty)).as_bytes());
            let place = if is_read { plain.end(START, Some(&empty)) } else { plain.pass_over(START) };
            prop_assert_eq!(place.map(|origin| origin.length), is_whole.then_some(length));
            prop_assert!(!is_whole || plain.taken() == line.len());
        }
    }
}
