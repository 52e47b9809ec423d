//! Values that are read through a map.

use std::borrow::Cow;
use std::ops::{Deref, Range};

use super::Source;
use crate::log::written::{Pair, Shape, Written};
use crate::time::Clock;

/// A value of a record, or of an object within it.
#[derive(Debug, Clone)]
pub(super) enum Kept<'r, W> {
    Borrowed(&'r W),
    Owned(W),
}

impl<W: Clone> Kept<'_, W> {
    pub(super) fn into_owned(self) -> W {
        match self {
            Kept::Borrowed(value) => value.clone(),
            Kept::Owned(value) => value,
        }
    }
}

impl<W> Deref for Kept<'_, W> {
    type Target = W;

    fn deref(&self) -> &W {
        match self {
            Kept::Borrowed(value) => value,
            Kept::Owned(value) => value,
        }
    }
}

/// A value as the map says that it is to be understood: where a format marks texts and numbers, the declared type decides all the same.
#[derive(Debug, Clone)]
pub(in crate::log) struct Mapped<'r, W> {
    value: Content<'r, W>,
    source: &'r Source,
}

#[derive(Debug, Clone)]
enum Content<'r, W> {
    /// What the log says, and the path to it.
    Said(Kept<'r, W>, &'r str),
    /// What the map says.
    Constant(&'r str),
}

impl<'r, W> Mapped<'r, W> {
    pub(super) fn new(value: Kept<'r, W>, source: &'r Source, path: &'r str) -> Self {
        Mapped {
            value: Content::Said(value, path),
            source,
        }
    }

    pub(super) fn constant(text: &'r str, source: &'r Source) -> Self {
        Mapped {
            value: Content::Constant(text),
            source,
        }
    }

    fn within(&self, value: W) -> Self {
        let path = match &self.value {
            Content::Said(_, path) => path,
            Content::Constant(_) => "",
        };
        Mapped::new(Kept::Owned(value), self.source, path)
    }

    fn scalar<'a>(&self, text: Cow<'a, str>) -> Shape<'a, Self> {
        if let Some(meant) = self.source.values.get(text.as_ref()) {
            return Shape::Cell(Cow::Owned(meant.clone()));
        }
        let is_bare = || {
            text.trim_start_matches('-')
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        match &self.source.unit {
            Some(unit) if is_bare() && !text.is_empty() => Shape::Cell(Cow::Owned(format!("{text} {unit}"))),
            _ => Shape::Cell(text),
        }
    }
}

impl<'a, W: Written<'a>> Written<'a> for Mapped<'_, W> {
    fn range(&self) -> Range<usize> {
        match &self.value {
            Content::Said(value, _) => value.range(),
            Content::Constant(_) => 0..0,
        }
    }

    fn shape(&self) -> Shape<'a, Self> {
        let value = match &self.value {
            Content::Said(value, _) => value,
            Content::Constant(text) => return Shape::Cell(Cow::Owned((*text).to_owned())),
        };
        match value.shape() {
            Shape::Null => Shape::Null,
            Shape::Bool(truth) => self.scalar(Cow::Borrowed(if truth { "true" } else { "false" })),
            Shape::Number(text) | Shape::Text(text) | Shape::Plain(text) | Shape::Cell(text) => self.scalar(text),
            Shape::Instant(instant) => Shape::Instant(instant),
            Shape::List(elements) => Shape::List(elements.into_iter().map(|element| self.within(element)).collect()),
            Shape::Object(pairs) => {
                let pairs = pairs.into_iter().map(|pair| Pair {
                    key: pair.key,
                    key_range: pair.key_range,
                    value: self.within(pair.value),
                });
                Shape::Object(pairs.collect())
            }
            Shape::Broken(why) => Shape::Broken(why),
        }
    }

    fn name(&self) -> Option<&str> {
        match self.value {
            Content::Said(_, path) => Some(path),
            Content::Constant(_) => None,
        }
    }

    fn clock(&self) -> Option<&Clock> {
        Some(&self.source.clock)
    }

    /// A single value is a set of one.
    fn parts(&self) -> Vec<Self> {
        if let Content::Said(value, _) = &self.value
            && matches!(value.shape(), Shape::Cell(_))
        {
            return value.parts().into_iter().map(|part| self.within(part)).collect();
        }
        vec![self.clone()]
    }
}
