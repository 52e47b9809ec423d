//! What a record says, before declared types give it a meaning.

use std::borrow::Cow;
use std::ops::Range;

use crate::time::{Clock, Instant};

/// A value as a format writes it.
pub(super) trait Written<'a>: Sized + Clone {
    /// The bytes that write it, counted from the start of the record.
    fn range(&self) -> Range<usize>;

    /// What it is, one level deep.
    fn shape(&self) -> Shape<'a, Self>;

    /// The key that the log has for it, where that is not the name of the field that it stands for.
    fn name(&self) -> Option<&str> {
        None
    }

    /// How instants and dates are written here, where not as everywhere.
    fn clock(&self) -> Option<&Clock> {
        None
    }

    /// The parts of a cell: those of CSV lie between its semicolons, without the empty ones.
    fn parts(&self) -> Vec<Self> {
        Vec::new()
    }
}

/// What a written value is, as far as its format tells.
pub(super) enum Shape<'a, W> {
    /// The absence of a value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, in the digits that write it.
    Number(Cow<'a, str>),
    /// An instant that the format keeps as one.
    Instant(Instant),
    /// Text that is marked as text.
    Text(Cow<'a, str>),
    /// A word of YAML without quotes: the declared type decides what it is.
    Plain(Cow<'a, str>),
    /// A cell of CSV, or a value that is read through a map: the declared type decides what it is, sets included.
    Cell(Cow<'a, str>),
    /// A list.
    List(Vec<W>),
    /// An object.
    Object(Vec<Pair<'a, W>>),
    /// Something that has the form of a value and stands for none; why, in words that follow "it".
    Broken(&'static str),
}

impl<W> Shape<'_, W> {
    /// What it is, in a message.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Shape::Null => "null",
            Shape::Bool(_) => "a truth value",
            Shape::Number(_) => "a number",
            Shape::Instant(_) => "an instant",
            Shape::Text(_) | Shape::Plain(_) | Shape::Cell(_) => "text",
            Shape::List(_) => "a list",
            Shape::Object(_) => "an object",
            Shape::Broken(_) => "broken",
        }
    }
}

/// One entry of a record or of an object within it.
#[derive(Debug, Clone)]
pub(super) struct Pair<'a, W> {
    /// The key, with its escapes resolved.
    pub(super) key: Cow<'a, str>,
    /// The bytes that write the key, counted from the start of the record.
    pub(super) key_range: Range<usize>,
    /// The value.
    pub(super) value: W,
}

/// The position of the first entry whose key an earlier entry has too.
pub(super) fn repetition<W>(pairs: &[Pair<'_, W>]) -> Option<usize> {
    const FEW: usize = 16;
    if pairs.len() <= FEW {
        return (1..pairs.len()).find(|&at| pairs[..at].iter().any(|earlier| earlier.key == pairs[at].key));
    }
    let mut seen = foldhash::HashSet::default();
    pairs.iter().position(|pair| !seen.insert(pair.key.as_ref()))
}
