//! Pieces of text that are known beforehand, made ready to be met at the start of others.

/// A piece of text. Most are so short that a call would take longer than to compare them as one word.
#[derive(Debug)]
pub(super) struct Fixed {
    text: Box<[u8]>,
    /// Its first bytes.
    word: Word,
    /// Which bits of a word are of it.
    bits: Word,
}

/// So many bytes as are compared at once, where they are read at once too.
#[derive(Debug)]
#[repr(align(16))]
struct Word([u8; Fixed::HELD]);

impl Fixed {
    /// How many bytes a word holds.
    const HELD: usize = 16;

    pub(super) fn new(text: &[u8]) -> Self {
        let (mut word, mut bits) = ([0; Fixed::HELD], [0; Fixed::HELD]);
        for ((byte, of_word), of_bits) in text.iter().zip(&mut word).zip(&mut bits) {
            (*of_word, *of_bits) = (*byte, u8::MAX);
        }
        Fixed {
            text: text.into(),
            word: Word(word),
            bits: Word(bits),
        }
    }

    /// Whether a word starts with the first bytes of the piece.
    #[inline]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "all bytes are compared by one instruction where none of them ends that"
    )]
    fn starts_word(&self, next: &[u8; Fixed::HELD]) -> bool {
        let known = self.bits.0.iter().zip(&self.word.0);
        !next
            .iter()
            .zip(known)
            .fold(false, |differs, (byte, (bits, word))| differs | (byte & bits != *word))
    }

    /// Whether a text starts with the piece.
    #[inline]
    pub(super) fn starts(&self, text: &[u8]) -> bool {
        match text.first_chunk::<{ Fixed::HELD }>() {
            Some(next) if !self.starts_word(next) => false,
            Some(_) if self.text.len() <= Fixed::HELD => true,
            _ => text.starts_with(&self.text),
        }
    }

    /// What follows the piece in a text that starts with it.
    #[inline]
    pub(super) fn pass<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        if !self.starts(text) {
            return None;
        }
        text.get(self.text.len()..)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_piece_is_met_where_a_text_starts_with_it(
            text in "[ab]{0,40}",
            piece in "[ab]{0,3}",
            cut in any::<prop::sample::Index>(),
        ) {
            let start = &text[..cut.index(text.len() + 1)];
            for piece in [start.to_owned(), format!("{start}{piece}"), piece] {
                let (piece, text) = (piece.as_bytes(), text.as_bytes());
                let fixed = Fixed::new(piece);
                prop_assert_eq!(fixed.starts(text), text.starts_with(piece));
                prop_assert_eq!(fixed.pass(text), text.strip_prefix(piece));
            }
        }
    }
}
