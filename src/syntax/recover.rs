//! Reading on after a mistake, and refusing what would exhaust the parser.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// How deep brackets and prefix words may nest. The parser recurses once per level.
const MAX_DEPTH: usize = 64;

pub(super) const ITEM_WORDS: [&str; 8] = [
    "use",
    "agreement",
    "reference",
    "event",
    "state",
    "define",
    "template",
    "clause",
];

/// A piece of a file that holds one declaration, as far as can be told without parsing it.
pub(super) struct Chunk {
    pub(super) range: Range<usize>,
    /// The name that it declares, if it starts like a declaration.
    pub(super) name: Option<String>,
}

/// Cuts a file before each word that starts a declaration: outside of brackets, or at the very start of a line. The second rule finds the
/// next declaration when the one before lacks its closing bracket.
pub(super) fn chunks(text: &str) -> Vec<Chunk> {
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    for token in tokens(text) {
        let word = &text[token.clone()];
        match word {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ if ITEM_WORDS.contains(&word) => {
                let at = token.start;
                let line_start = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
                if depth == 0 || line_start {
                    starts.push(at);
                    depth = 0;
                }
            }
            _ => {}
        }
    }
    let first = starts.first().copied().unwrap_or(text.len());
    let mut chunks = Vec::new();
    if tokens(&text[..first]).next().is_some() {
        chunks.push(Chunk {
            range: 0..first,
            name: None,
        });
    }
    for (position, &start) in starts.iter().enumerate() {
        let end = starts.get(position + 1).copied().unwrap_or(text.len());
        let name = tokens(&text[start..end])
            .nth(1)
            .map(|token| text[start..end][token].to_owned());
        chunks.push(Chunk {
            range: start..end,
            name,
        });
    }
    chunks
}

/// A diagnostic at the first place that nests deeper than the parser goes.
pub(super) fn too_deep(text: &str, source: SourceId) -> Option<Diagnostic> {
    let mut depth = 0_usize;
    let mut prefixes = 0_usize;
    for token in tokens(text) {
        match &text[token.clone()] {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            "not" | "set" => prefixes += 1,
            "of" => {}
            _ => prefixes = 0,
        }
        if depth + prefixes > MAX_DEPTH {
            let span = Span::of(source, token);
            let message = format!("this file nests more than {MAX_DEPTH} levels deep");
            let diagnostic = Diagnostic::error(Code::NestingTooDeep, message, span, "the level that is too deep");
            return Some(diagnostic.help("close brackets earlier, or split the condition over several clauses"));
        }
    }
    None
}

/// Where the words, single signs and whole quoted texts of a file stand; white space and comments are passed over.
pub fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &text[at..];
            let char = rest.chars().next()?;
            let length = match char {
                '#' => {
                    at += rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                '"' => quoted_length(rest),
                _ if char.is_whitespace() || char == '\u{FEFF}' => {
                    at += char.len_utf8();
                    continue;
                }
                _ if is_word(char) => rest.find(|char| !is_word(char)).unwrap_or(rest.len()),
                _ => char.len_utf8(),
            };
            let range = at..at + length;
            at += length;
            return Some(range);
        }
    })
}

pub(super) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The length of a quoted text, which ends at its closing quote, or before the end of the line if it has none.
fn quoted_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
