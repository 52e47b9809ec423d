//! Writes states.

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
    out: &'a mut dyn Write,
    gathered: Vec<u8>,
    failed: Option<io::Error>,
    rules: Vec<Span>,
    events: HashMap<*const Event, u64, RandomState>,
    extensions: HashMap<*const Extended, u64, RandomState>,
    pub(super) last: (i64, i32),
}

impl<'a> Saver<'a> {
    /// Begins a state of what follows these rules.
    pub(crate) fn new(out: &'a mut dyn Write, model: &Model) -> Self {
        let mut saver = Saver {
            out,
            gathered: Vec::with_capacity(GATHERED + 64),
            failed: None,
            rules: life_rules(model),
            events: HashMap::default(),
            extensions: HashMap::default(),
            last: (0, 0),
        };
        saver.number(VERSION);
        saver
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
        if self.failed.is_none() {
            self.failed = self.out.write_all(&self.gathered).err();
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
        let next = self.events.len() as u64;
        let number = *self.events.entry(Arc::as_ptr(event)).or_insert(next);
        self.number(next - number);
        if number == next {
            Saved::save(&**event, self);
        }
    }

    pub(super) fn extension(&mut self, extension: &Arc<Extended>) {
        let next = self.extensions.len() as u64;
        let number = *self.extensions.entry(Arc::as_ptr(extension)).or_insert(next);
        self.number(next - number);
        if number == next {
            Saved::save(&**extension, self);
        }
    }
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}

/// The words of all rules on the life of agreements and clauses.
pub(super) fn life_rules(model: &Model) -> Vec<Span> {
    let agreements = model.agreements.iter().map(|agreement| &agreement.life);
    let lives = agreements.chain(model.clauses.iter().map(|clause| &clause.life));
    lives.flatten().map(|rule| rule.span).collect()
}
