//! The canonical layout of a rule file.
//!
//! The formatter moves white space and nothing else: it lays out the words of the text as they were written, so that it cannot lose or change
//! what it does not know. Where a line can break, the grammar's pairs tell it ([`shape`] says it for every rule of the grammar). What decides
//! is only the words, the comments between them and which lines were left blank, so that a formatted text formatted again stays as it is.

mod layout;
mod render;
mod shape;
mod words;

use pest::Parser as _;

use super::{Grammar, Rule, parse, recover};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, SourceMap};

/// The columns that a line has at most, unless its words leave no place to break it.
pub const WIDTH: usize = 100;

/// The columns that a duty on one line has at most: what a report of 80 columns shows of it, beside the number of the line.
const DUTY_WIDTH: usize = 72;

/// How far an inner line stands to the right of the line that it belongs to.
const STEP: usize = 2;

/// The text of a rule file in the canonical layout.
///
/// - Words, signs, literals and texts stay as they are and in their order; only a comma before a closing bracket is left out.
/// - Comments stay as they are, but for white space at their ends: one that follows something on its line still does, one on a line of its
///   own still has it. A comment before a comma is put after it.
/// - Blank lines between declarations, and between the parts of a block, are kept, one of several. Clauses, templates and agreements are set
///   off by one.
/// - Lines end with a line feed, the last one too. A byte order mark is left out.
///
/// Formatting the result again gives the same text.
///
/// # Errors
/// The mistakes of a text that the grammar does not accept. Their places are those of the first file of a [`SourceMap`] that has this text. Mistakes
/// of another kind, such as an unknown name, are no hindrance.
///
/// ```
/// let tidy = servanda::format("event  ping{id:text,}# every minute").unwrap();
/// assert_eq!(tidy, "event ping { id: text } # every minute\n");
/// ```
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let first = SourceId::default();
    if let Some(diagnostic) = recover::too_deep(text, first) {
        return Err(vec![diagnostic]);
    }
    match Grammar::parse(Rule::file, text) {
        Ok(pairs) => {
            let words = words::words(text, pairs.clone());
            let layout = layout::layout(&words, pairs);
            Ok(render::render(&words, &layout))
        }
        Err(_) => {
            let mut sources = SourceMap::new();
            let id = sources.add("", text);
            Err(parse(&sources, id).diagnostics)
        }
    }
}
