//! Where lines end, and rows of CSV, which go on over line ends inside quotes.

use super::Limits;

const QUOTE: u8 = b'"';
const COMMA: u8 = b',';

/// Follows the quotes of a row that is read piece by piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quotes {
    /// At the start of a cell.
    #[default]
    Start,
    /// In a cell without quotes, or after its quotes.
    Outside,
    /// Inside quotes, where a line end is a part of the cell.
    Inside,
    /// After a quote that closes, or is the first of two.
    AtQuote,
}

impl Quotes {
    /// Where the row is after these bytes.
    pub(super) fn after(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |state, &byte| match (state, byte) {
            (Quotes::Inside, QUOTE) => Quotes::AtQuote,
            (Quotes::Start | Quotes::AtQuote, QUOTE) | (Quotes::Inside, _) => Quotes::Inside,
            (_, COMMA) => Quotes::Start,
            (_, _) => Quotes::Outside,
        })
    }
}

/// Follows rows line by line.
#[derive(Debug)]
pub(super) struct RowEnds {
    quotes: Quotes,
    /// The bytes of the row so far.
    length: usize,
    /// A longer row is given up at the end of a line.
    limit: usize,
}

impl RowEnds {
    pub(super) fn new(limits: Limits) -> Self {
        RowEnds {
            quotes: Quotes::default(),
            length: 0,
            limit: usize::try_from(limits.record_bytes).unwrap_or(usize::MAX),
        }
    }

    /// Forgets a row that has not come to its end.
    pub(super) fn restart(&mut self) {
        self.quotes = Quotes::default();
        self.length = 0;
    }

    /// Whether a row has begun that has not come to its end.
    pub(super) fn is_open(&self) -> bool {
        self.length > 0
    }

    /// Whether each of these lines is a row, which can be told at once.
    pub(super) fn are_ends(&self, lines: &[u8]) -> bool {
        !self.is_open() && memchr::memchr(QUOTE, lines).is_none()
    }

    /// Takes in a line. Whether the row goes on after it, inside quotes.
    pub(super) fn goes_on(&mut self, line: &[u8]) -> bool {
        self.quotes = self.quotes.after(line);
        self.length += line.len();
        let is_over = self.quotes != Quotes::Inside || self.length - end_of(line) > self.limit;
        if is_over {
            self.restart();
        }
        !is_over
    }
}

/// How many of the last bytes of a line are its end.
#[inline]
pub(super) fn end_of(line: &[u8]) -> usize {
    match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}

/// Where the first line feed is. Most lines are so short that a call would take longer than to look at so few words.
#[inline]
#[expect(
    clippy::needless_bitwise_bool,
    reason = "all bytes of a word are compared by one instruction where none of them ends that"
)]
pub(super) fn line_feed(bytes: &[u8]) -> Option<usize> {
    const WORD: usize = 16;
    const WORDS: usize = 8;
    const LOW: u128 = u128::MAX / 0xff;
    let (words, _) = bytes.as_chunks::<WORD>();
    for (word, at) in words.iter().take(WORDS).zip((0..).step_by(WORD)) {
        if word.iter().fold(false, |found, byte| found | (*byte == b'\n')) {
            let zero = u128::from_le_bytes(*word) ^ (LOW * u128::from(b'\n'));
            let lowest = zero.wrapping_sub(LOW) & !zero & (LOW << 7);
            return Some(at + lowest.trailing_zeros() as usize / 8);
        }
    }
    let (_, rest) = bytes.split_at_checked(WORD * words.len().min(WORDS))?;
    memchr::memchr(b'\n', rest).map(|at| bytes.len() - rest.len() + at)
}

/// How many line feeds there are.
pub(super) fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_line_feed_is_found(text in "[\\na\u{b}]{0,20}", before in 0_usize..300) {
            let text = [vec![b'\x0b'; before], text.into_bytes()].concat();
            prop_assert_eq!(line_feed(&text), text.iter().position(|byte| *byte == b'\n'));
        }
    }

    #[test]
    fn an_open_quote_is_noticed() {
        let open = |row: &str| Quotes::default().after(row.as_bytes()) == Quotes::Inside;
        assert!(open("a,\"b"));
        assert!(open("a,\"b\"\""));
        assert!(!open("a,\"b\""));
        assert!(!open("a,b\"c"));
        assert!(open("\"a\",\""));
    }
}
