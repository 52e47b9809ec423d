//! The words of a text, and what stands between them.

use std::ops::Range;

use pest::iterators::Pairs;
use unicode_width::UnicodeWidthStr;

use super::super::Rule;
use super::shape::{Shape, shape};

/// A comment.
#[derive(Debug, Clone)]
pub(super) struct Comment<'t> {
    pub(super) text: &'t str,
    /// Nothing stands before it on its line.
    pub(super) own_line: bool,
    /// The line before it is blank.
    pub(super) after_blank: bool,
}

/// What stands before a word, or at the end of the text.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap<'t> {
    pub(super) comments: Vec<Comment<'t>>,
    /// The line before the word is blank.
    pub(super) blank: bool,
}

/// The words and signs of a text. Gap `n` stands before word `n`; there is one gap more.
pub(super) struct Words<'t> {
    pub(super) texts: Vec<&'t str>,
    starts: Vec<usize>,
    pub(super) gaps: Vec<Gap<'t>>,
}

impl Words<'_> {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn width(&self, word: usize) -> usize {
        self.texts[word].width()
    }

    /// The words that start in a range of the text.
    pub(super) fn within(&self, range: Range<usize>) -> Range<usize> {
        let position = |at: usize| self.starts.partition_point(|start| *start < at);
        position(range.start)..position(range.end)
    }
}

/// The words of a text that was parsed to these pairs, without the commas before closing brackets.
pub(super) fn words<'t>(text: &'t str, pairs: Pairs<'t, Rule>) -> Words<'t> {
    let leaves: Vec<Range<usize>> = leaves(pairs);
    let mut leaves = leaves.into_iter().peekable();
    let mut words = Words {
        texts: Vec::new(),
        starts: Vec::new(),
        gaps: Vec::new(),
    };
    let mut gap = Gap::default();
    let mut newlines = 0;
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let leaf = leaves.next_if(|leaf| leaf.start == at);
        let end = match (leaf, char) {
            (Some(leaf), _) => leaf.end,
            (None, '#') => {
                let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
                gap.comments.push(Comment {
                    text: text[at..end].trim_end(),
                    own_line: newlines > 0 || words.texts.is_empty() || !gap.comments.is_empty(),
                    after_blank: newlines > 1,
                });
                newlines = 0;
                at = end;
                continue;
            }
            (None, ' ' | '\t' | '\r' | '\n' | '\u{FEFF}') => {
                newlines += usize::from(char == '\n');
                at += char.len_utf8();
                continue;
            }
            (None, _) => at + char.len_utf8(),
        };
        gap.blank = newlines > 1;
        newlines = 0;
        words.push(&text[at..end], at, std::mem::take(&mut gap));
        at = end;
    }
    words.gaps.push(gap);
    words
}

impl<'t> Words<'t> {
    fn push(&mut self, text: &'t str, start: usize, gap: Gap<'t>) {
        // A comment before a comma goes after it, so that no line starts with a comma.
        let follows_comma = self.texts.last() == Some(&",");
        let gap = if follows_comma {
            let position = self.texts.len() - 1;
            joined(std::mem::take(&mut self.gaps[position]), gap)
        } else {
            gap
        };
        if follows_comma && matches!(text, ")" | "]" | "}") {
            self.texts.pop();
            self.starts.pop();
            self.gaps.pop();
        }
        self.texts.push(text);
        self.starts.push(start);
        self.gaps.push(gap);
    }
}

fn joined<'t>(mut first: Gap<'t>, second: Gap<'t>) -> Gap<'t> {
    for mut comment in second.comments {
        comment.own_line |= !first.comments.is_empty();
        first.comments.push(comment);
    }
    first.blank = second.blank;
    first
}

/// The places of the pairs that are one word, in the order of the text.
fn leaves(pairs: Pairs<'_, Rule>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = vec![pairs];
    while let Some(pairs) = open.last_mut() {
        match pairs.next() {
            Some(pair) if shape(pair.as_rule()) == Shape::Word => {
                found.push(pair.as_span().start()..pair.as_span().end());
            }
            Some(pair) => open.push(pair.into_inner()),
            None => drop(open.pop()),
        }
    }
    found
}
