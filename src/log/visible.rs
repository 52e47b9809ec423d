//! Text from a log, made harmless for terminals and readers.
//!
//! A log is written by others. What it says goes into messages and reports, where a control character could move the cursor,
//! an override could turn the direction of writing, and a character without a shape could make two different words look equal.

/// The text on one line, with every character that acts or hides written as an escape, as `\n` or `\u{1b}`.
///
/// The result has at most `max_chars` characters; a longer text is cut and ends with `…`.
/// White space other than the plain space is escaped too, because it is a common reason why a word is not the one it seems to be.
pub fn visible(text: &str, max_chars: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    // The length of `shown` up to which one character is left for the ellipsis.
    let mut cut_at = 0;
    for character in text.chars() {
        let before = shown.len();
        if acts_or_hides(character) || (character.is_whitespace() && character != ' ') {
            shown.extend(character.escape_debug());
            // `escape_debug` leaves some characters that only hide as they are.
            if shown[before..].chars().eq([character]) {
                shown.truncate(before);
                shown.extend(character.escape_unicode());
            }
        } else {
            shown.push(character);
        }
        count += shown[before..].chars().count();
        if count < max_chars {
            cut_at = shown.len();
        }
        if count > max_chars {
            shown.truncate(cut_at);
            if max_chars > 0 {
                shown.push('…');
            }
            break;
        }
    }
    shown
}

/// The text with every byte at its place, and nothing in it that acts or hides: for excerpts, whose byte ranges must stay true.
///
/// Line feeds and tabs stay. Bytes that are not UTF-8 become `?`.
pub fn harmless(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if acts_or_hides(character) && !matches!(character, '\n' | '\t') {
                shown.push_str(match character.len_utf8() {
                    1 => "?",
                    2 => "·",
                    3 => "\u{fffd}",
                    _ => "··",
                });
            } else {
                shown.push(character);
            }
        }
        shown.extend(chunk.invalid().iter().map(|_| '?'));
    }
    shown
}

/// Whether a character has an effect beyond its own shape, or has no shape.
fn acts_or_hides(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Without a shape: soft hyphen, zero-width characters, fillers, byte-order mark, variation selectors' tags.
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            // Direction.
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_ordinary_text_as_it_is() {
        assert_eq!(
            visible("attack on Київ, 東京 and `x`", 80),
            "attack on Київ, 東京 and `x`"
        );
        assert_eq!(visible("", 80), "");
    }

    #[test]
    fn escapes_what_acts() {
        assert_eq!(visible("a\x1b[31mred", 80), "a\\u{1b}[31mred");
        assert_eq!(visible("a\r\nb\tc\0", 80), "a\\r\\nb\\tc\\0");
        assert_eq!(visible("\u{9b}2J\u{7f}", 80), "\\u{9b}2J\\u{7f}");
        assert_eq!(visible("x\u{202e}gnp.exe\u{2066}", 80), "x\\u{202e}gnp.exe\\u{2066}");
        assert_eq!(visible("a\u{2028}b", 80), "a\\u{2028}b");
    }

    #[test]
    fn escapes_what_hides() {
        assert_eq!(visible("U\u{200d}A\u{ad}\u{feff}", 80), "U\\u{200d}A\\u{ad}\\u{feff}");
        assert_eq!(visible("100\u{a0}EUR", 80), "100\\u{a0}EUR");
    }

    #[test]
    fn cuts_to_the_length_asked_for() {
        assert_eq!(visible("abcdef", 6), "abcdef");
        assert_eq!(visible("abcdefg", 6), "abcde…");
        assert_eq!(visible("абвгдеж", 3), "аб…");
        // An escape is kept whole or left out.
        assert_eq!(visible("ab\x1bcd", 6), "ab…");
        assert_eq!(visible("abc", 1), "…");
        assert_eq!(visible("abc", 0), "");
    }

    #[test]
    fn keeps_every_byte_at_its_place() {
        let text = "a\x1b\r\u{85}\u{202e}\u{e0041}\tb\nc é";
        let shown = harmless(text.as_bytes());
        assert_eq!(shown, "a??·\u{fffd}··\tb\nc é");
        assert_eq!(shown.len(), text.len());
        assert_eq!(harmless(b"a\xff\xc3b"), "a??b");
    }
}
