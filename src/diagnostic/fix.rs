//! Changes of a text that mend a mistake.

use super::{Diagnostic, distances};
use crate::source::{SourceId, Span};

/// Whether a fix can be applied without a person's eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// The rules mean the same as before, or what was certainly meant.
    Safe,
    /// They may come to mean something else than was meant.
    Unsafe,
}

/// A change of a text that mends a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as in "replace it by `attack`".
    pub title: String,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Whether it can be applied unseen.
    pub safety: Safety,
}

impl Diagnostic {
    /// Adds a fix.
    #[must_use]
    pub fn fixed_by(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds the fix that puts the nearest of these words in the place of the misspelt one, which is the main place. It is safe where no other word
    /// is near and the two differ by little.
    #[must_use]
    pub fn meant(mut self, word: &str, candidates: &[&str]) -> Self {
        let (Some(near), Some(label)) = (super::nearest(word, candidates.iter().copied()), self.labels.first()) else {
            return self;
        };
        let distances = distances(word, candidates.iter().copied());
        let least = distances
            .iter()
            .map(|(distance, _)| *distance)
            .min()
            .unwrap_or(usize::MAX);
        let others = distances
            .iter()
            .any(|(distance, other)| *other != near && *distance <= least + 1);
        let little = if word.chars().count() <= 5 { 1 } else { 2 };
        let is_certain = !others && least <= little;
        self.fix = Some(Fix {
            title: format!("replace it by `{near}`"),
            span: label.span,
            replacement: near.to_owned(),
            safety: if is_certain { Safety::Safe } else { Safety::Unsafe },
        });
        self
    }
}

/// The text of a file after as many of these fixes as can be applied at once, and how many they are. Of two that overlap, the one that starts first is
/// applied; those of other files are passed over.
pub fn apply<'a>(text: &str, source: SourceId, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, usize) {
    let mut fixes: Vec<&Fix> = fixes.into_iter().filter(|fix| fix.span.source == source).collect();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut applied = 0;
    for fix in fixes {
        let range = fix.span.range();
        let (Some(between), true) = (text.get(at..range.start), text.get(range.clone()).is_some()) else {
            continue;
        };
        out.push_str(between);
        out.push_str(&fix.replacement);
        at = range.end;
        applied += 1;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, applied)
}
