//! Writes states.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::{Saved, VERSION};
use crate::engine::life::Extended;
use crate::log::Event;
use crate::model::Model;
use crate::source::Span;

/// How many bytes are gathered before they are handed on.
const GATHERED: usize = 1 << 16;

/// Takes the parts of a state. What the writer says of its failure is kept until the end.
pub(crate) struct Saver<'a> {
    /// Where there is none, all is gathered.
    out: Option<&'a mut dyn Write>,
    gathered: Vec<u8>,
    failed: Option<io::Error>,
    rules: Cow<'a, [Span]>,
    events: Shared<Event>,
    extensions: Shared<Extended>,
    pub(super) last: (i64, i32),
}

impl<'a> Saver<'a> {
    /// Begins a state of what follows these rules.
    pub(crate) fn new(out: &'a mut dyn Write, model: &Model) -> Self {
        let rules = Cow::Owned(life_rules(model));
        let mut saver = Saver::of(Some(out), rules, GATHERED + 64);
        saver.number(VERSION);
        saver
    }

    /// Begins a part of a state that stays in memory. It is told the words of all rules on the life of something.
    pub(crate) fn of_part(rules: &'a [Span]) -> Self {
        Saver::of(None, Cow::Borrowed(rules), 256)
    }

    fn of(out: Option<&'a mut dyn Write>, rules: Cow<'a, [Span]>, room: usize) -> Self {
        Saver {
            out,
            gathered: Vec::with_capacity(room),
            failed: None,
            rules,
            events: Shared::default(),
            extensions: Shared::default(),
            last: (0, 0),
        }
    }

    /// Ends a part.
    pub(crate) fn into_part(self) -> Box<[u8]> {
        Box::from(self.gathered.as_slice())
    }

    /// Ends the state.
    ///
    /// # Errors
    /// What the writer said first.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.hand_on();
        self.failed.map_or(Ok(()), Err)
    }

    fn hand_on(&mut self) {
        let Some(out) = &mut self.out else { return };
        if self.failed.is_none() {
            self.failed = out.write_all(&self.gathered).err();
        }
        self.gathered.clear();
    }

    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.gathered.push(byte);
        if self.gathered.len() >= GATHERED {
            self.hand_on();
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED {
            self.hand_on();
        }
    }

    /// Seven bits to a byte, the lowest first; the highest bit says that more follow.
    #[inline]
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(low_bits(number) | 0x80);
            number >>= 7;
        }
        self.byte(low_bits(number));
    }

    /// As [`Saver::number`], for what may be larger, with the sign in the lowest bit.
    pub(crate) fn wide(&mut self, number: i128) {
        let mut folded = (number << 1).cast_unsigned() ^ (number >> 127).cast_unsigned();
        while folded > u128::from(u64::MAX) {
            self.byte(u8::try_from(folded & 0x7f).unwrap_or(0) | 0x80);
            folded >>= 7;
        }
        self.number(u64::try_from(folded).unwrap_or(0));
    }

    pub(crate) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    /// The words of a rule on the life of something, by its position among all of these.
    pub(super) fn rule(&mut self, span: Span) {
        let position = self.rules.iter().position(|known| *known == span);
        self.length(position.unwrap_or(self.rules.len()));
    }

    pub(super) fn event(&mut self, event: &Arc<Event>) {
        let (back, is_new) = self.events.number(event);
        self.number(back);
        if is_new {
            Saved::save(&**event, self);
        }
    }

    pub(super) fn extension(&mut self, extension: &Arc<Extended>) {
        let (back, is_new) = self.extensions.number(extension);
        self.number(back);
        if is_new {
            Saved::save(&**extension, self);
        }
    }

    /// Saves what is gone before the state is ended, and shares nothing with what else is saved: other things may come to lie where it lay.
    pub(crate) fn fleeting(&mut self, save: impl FnOnce(&mut Self)) {
        let events = std::mem::take(&mut self.events.known);
        let extensions = std::mem::take(&mut self.extensions.known);
        save(self);
        self.events.known = events;
        self.extensions.known = extensions;
    }
}

/// What many places share, by where it lies.
struct Shared<T> {
    known: HashMap<*const T, u64, RandomState>,
    written: u64,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared {
            known: HashMap::default(),
            written: 0,
        }
    }
}

impl<T> Shared<T> {
    /// How many such things were written since this one was, this one too, or 0 if it was not; and whether it is to be written now.
    fn number(&mut self, thing: &Arc<T>) -> (u64, bool) {
        let next = self.written;
        let number = *self.known.entry(Arc::as_ptr(thing)).or_insert(next);
        let is_new = number == next;
        self.written += u64::from(is_new);
        (next - number, is_new)
    }
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}

/// The words of all rules on the life of agreements and clauses.
pub(crate) fn life_rules(model: &Model) -> Vec<Span> {
    let agreements = model.agreements.iter().map(|agreement| &agreement.life);
    let lives = agreements.chain(model.clauses.iter().map(|clause| &clause.life));
    lives.flatten().map(|rule| rule.span).collect()
}
