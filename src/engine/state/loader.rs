//! Reads states, from bytes that may be anything.

use std::borrow::Cow;
use std::sync::Arc;

use super::saver::life_rules;
use super::{Saved, StateError, VERSION};
use crate::engine::life::Extended;
use crate::log::Event;
use crate::model::Model;
use crate::source::Span;

/// Gives the parts of a state, in the order in which they were saved.
pub(crate) struct Loader<'a> {
    bytes: &'a [u8],
    at: usize,
    model: &'a Model,
    rules: Cow<'a, [Span]>,
    events: Vec<Arc<Event>>,
    extensions: Vec<Arc<Extended>>,
    pub(super) last: (i64, i32),
    /// How many instances there have been: a key from there on is of none.
    pub(crate) instances: u64,
}

impl<'a> Loader<'a> {
    /// Begins to read a state of what follows these rules.
    ///
    /// # Errors
    /// If it is of another form.
    pub(crate) fn new(bytes: &'a [u8], model: &'a Model) -> Result<Self, StateError> {
        let rules = Cow::Owned(life_rules(model));
        let mut loader = Loader::of(bytes, model, rules);
        match loader.number()? {
            VERSION => Ok(loader),
            found => Err(StateError::OtherForm { found }),
        }
    }

    /// Begins to read a part of a state that stayed in memory.
    pub(crate) fn of_part(bytes: &'a [u8], model: &'a Model, rules: &'a [Span]) -> Self {
        Loader::of(bytes, model, Cow::Borrowed(rules))
    }

    fn of(bytes: &'a [u8], model: &'a Model, rules: Cow<'a, [Span]>) -> Self {
        Loader {
            bytes,
            at: 0,
            model,
            rules,
            events: Vec::new(),
            extensions: Vec::new(),
            last: (0, 0),
            instances: 0,
        }
    }

    /// Ends the state.
    ///
    /// # Errors
    /// If something follows it.
    pub(crate) fn finish(self) -> Result<(), StateError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.damaged("something follows its end"))
        }
    }

    pub(crate) fn damaged(&self, what: &'static str) -> StateError {
        StateError::Damaged { at: self.at, what }
    }

    /// The rules.
    pub(crate) fn model(&self) -> &'a Model {
        self.model
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, StateError> {
        let byte = self.bytes.get(self.at).copied();
        let byte = byte.ok_or_else(|| self.damaged("it ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], StateError> {
        let taken = self.bytes[self.at..].get(..length);
        let taken = taken.ok_or_else(|| self.damaged("it ends too early"))?;
        self.at += length;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64, StateError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.damaged("a number is too large"))
    }

    pub(crate) fn wide(&mut self) -> Result<i128, StateError> {
        let mut folded = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            if shift == 126 && bits > 3 {
                break;
            }
            folded |= bits << shift;
            if byte < 0x80 {
                return Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed());
            }
        }
        Err(self.damaged("a number is too large"))
    }

    /// How many things follow. There is at least one byte for each.
    pub(crate) fn length(&mut self) -> Result<usize, StateError> {
        let length = usize::try_from(self.number()?).ok();
        let length = length.filter(|length| *length <= self.left());
        length.ok_or_else(|| self.damaged("more is claimed than it holds"))
    }

    /// For how many of so many things to make room before they are read: for no more than the bytes that are left would fill.
    pub(super) fn room<T>(&self, length: usize) -> usize {
        length.min(self.left() / size_of::<T>().max(1))
    }

    /// A position in a list of the rules.
    pub(super) fn position(&mut self, length: usize, what: &'static str) -> Result<u32, StateError> {
        let position = self.number()?;
        let position = u32::try_from(position)
            .ok()
            .filter(|position| (*position as usize) < length);
        position.ok_or_else(|| self.damaged(what))
    }

    pub(super) fn rule(&mut self) -> Result<Span, StateError> {
        let position = self.number()?;
        let rule = usize::try_from(position)
            .ok()
            .and_then(|position| self.rules.get(position));
        rule.copied()
            .ok_or_else(|| self.damaged("the rules have no such rule on a life"))
    }

    pub(super) fn event(&mut self) -> Result<Arc<Event>, StateError> {
        let back = self.number()?;
        if back == 0 {
            let event = Arc::new(Event::load(self)?);
            self.events.push(Arc::clone(&event));
            return Ok(event);
        }
        shared(&self.events, back).ok_or_else(|| self.damaged("there was no such event before"))
    }

    pub(super) fn extension(&mut self) -> Result<Arc<Extended>, StateError> {
        let back = self.number()?;
        if back == 0 {
            let extension = Arc::new(Extended::load(self)?);
            self.extensions.push(Arc::clone(&extension));
            return Ok(extension);
        }
        shared(&self.extensions, back).ok_or_else(|| self.damaged("there was no such extension before"))
    }
}

fn shared<T>(known: &[Arc<T>], back: u64) -> Option<Arc<T>> {
    let position = known.len().checked_sub(usize::try_from(back).ok()?)?;
    known.get(position).map(Arc::clone)
}
