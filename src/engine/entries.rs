//! What is unfinished, by number. What waits for something that may never come is packed into bytes, which take a third of the memory, and unpacked when
//! something is asked of it.

use std::collections::VecDeque;
use std::collections::hash_map::HashMap;
use std::iter::Peekable;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::numbers::Numbered;
use super::state::{Loader, Saved, Saver, life_rules};
use crate::model::Model;
use crate::source::Span;

/// So many that wait stay whole, the last ones: what comes late mostly comes soon.
const MOST_WHOLE: usize = 4096;

/// Things by their numbers, of which some are packed.
#[derive(Debug)]
pub(super) struct Entries<T> {
    whole: Numbered<Box<T>>,
    packed: HashMap<u64, Box<[u8]>, RandomState>,
    /// The numbers of those that wait, in the order in which they began to. Some may be gone, or wait no longer.
    waiting: VecDeque<u64>,
    most_whole: usize,
    packing: Arc<Packing>,
}

/// What makes bytes of a thing, and the thing of its bytes.
#[derive(Debug)]
pub(super) struct Packing {
    model: Arc<Model>,
    /// The words of all rules on the life of something.
    rules: Vec<Span>,
}

impl Packing {
    pub(super) fn pack<T: Saved>(&self, thing: &T) -> Box<[u8]> {
        let mut saver = Saver::of_part(&self.rules);
        thing.save(&mut saver);
        saver.into_part()
    }

    #[expect(
        clippy::expect_used,
        reason = "the bytes were made of such a thing by `pack`, and never left the program"
    )]
    pub(super) fn unpack<T: Saved>(&self, bytes: &[u8]) -> T {
        T::load(&mut Loader::of_part(bytes, &self.model, &self.rules)).expect("what was saved is loaded")
    }
}

/// A thing that is no longer among others.
#[derive(Debug)]
pub(super) enum Held<T> {
    Whole(Box<T>),
    Packed(Box<[u8]>),
}

impl<T: Saved> Held<T> {
    #[expect(clippy::unnecessary_box_returns, reason = "what is whole stays where it is")]
    pub(super) fn whole(self, packing: &Packing) -> Box<T> {
        match self {
            Held::Whole(thing) => thing,
            Held::Packed(bytes) => Box::new(packing.unpack(&bytes)),
        }
    }

    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Held::Packed(_))
    }
}

/// A thing to be looked at.
pub(super) enum Look<'a, T> {
    Whole(&'a T),
    Unpacked(T),
}

impl<T> Deref for Look<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Look::Whole(thing) => thing,
            Look::Unpacked(thing) => thing,
        }
    }
}

impl<T: Saved> Entries<T> {
    pub(super) fn new(model: Arc<Model>) -> Self {
        let rules = life_rules(&model);
        Entries {
            whole: Numbered::default(),
            packed: HashMap::default(),
            waiting: VecDeque::new(),
            most_whole: MOST_WHOLE,
            packing: Arc::new(Packing { model, rules }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.whole.len() + self.packed.len()
    }

    pub(super) fn packed(&self) -> usize {
        self.packed.len()
    }

    /// Says how many that wait stay whole.
    pub(super) fn keep_whole(&mut self, most: usize) {
        self.most_whole = most;
    }

    pub(super) fn packing(&self) -> Arc<Packing> {
        Arc::clone(&self.packing)
    }

    /// Gives a thing its number.
    #[inline]
    pub(super) fn add(&mut self, thing: Box<T>) -> u64 {
        self.whole.add(thing)
    }

    /// A thing, which is unpacked.
    #[inline]
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.make_whole(number);
        self.whole.get_mut(number).map(Box::as_mut)
    }

    /// Takes a thing out.
    #[inline]
    pub(super) fn remove(&mut self, number: u64) -> Option<Box<T>> {
        self.make_whole(number);
        self.whole.remove(number)
    }

    /// A thing as it is, which stays packed.
    pub(super) fn look(&self, number: u64) -> Option<Look<'_, T>> {
        let whole = self.whole.get(number).map(|thing| Look::Whole(&**thing));
        whole.or_else(|| {
            self.packed
                .get(&number)
                .map(|bytes| Look::Unpacked(self.packing.unpack(bytes)))
        })
    }

    #[inline]
    fn make_whole(&mut self, number: u64) {
        if !self.packed.is_empty() && !self.whole.has(number) {
            self.unpack(number);
        }
    }

    #[inline(never)]
    fn unpack(&mut self, number: u64) {
        if let Some(bytes) = self.packed.remove(&number) {
            self.whole.put_back(number, Box::new(self.packing.unpack(&bytes)));
        }
    }

    /// Says that a thing waits for what may never come.
    pub(super) fn waits(&mut self, number: u64) {
        self.waiting.push_back(number);
    }

    /// Packs things that have waited for long, as far as they may be packed.
    #[inline]
    pub(super) fn pack_waiting(&mut self, may_be_packed: impl Fn(&T) -> bool) {
        while self.waiting.len() > self.most_whole {
            self.pack_first(&may_be_packed);
        }
    }

    #[inline(never)]
    fn pack_first(&mut self, may_be_packed: &impl Fn(&T) -> bool) {
        if let Some(number) = self.waiting.pop_front()
            && self.whole.get(number).is_some_and(|thing| may_be_packed(thing))
            && let Some(thing) = self.whole.remove(number)
        {
            self.packed.insert(number, self.packing.pack(&*thing));
        }
    }

    /// All, in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Look<'_, T>)> {
        let whole = self.whole.iter().map(|(number, thing)| (number, Look::Whole(&**thing)));
        let packed = self.packed.iter();
        whole.chain(packed.map(|(number, bytes)| (*number, Look::Unpacked(self.packing.unpack(bytes)))))
    }

    /// Takes all out, in the order of their numbers.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Held<T>> + use<T> {
        self.waiting.clear();
        let mut packed: Vec<(u64, Box<[u8]>)> = std::mem::take(&mut self.packed).into_iter().collect();
        packed.sort_unstable_by_key(|(number, _)| *number);
        InOrder {
            whole: self.whole.drain().peekable(),
            packed: packed.into_iter().peekable(),
        }
    }

    pub(super) fn save(&self, to: &mut Saver<'_>, mut key: impl FnMut(u64, &mut Saver<'_>)) {
        self.whole.next().save(to);
        to.length(self.len());
        for (number, thing) in self.iter() {
            key(number, to);
            match thing {
                Look::Whole(thing) => thing.save(to),
                Look::Unpacked(thing) => to.fleeting(|to| thing.save(to)),
            }
        }
    }

    /// Takes the place of what was restored: the next number, and things of numbers below it.
    pub(super) fn restore(&mut self, next: u64, things: HashMap<u64, Box<T>, RandomState>) {
        self.whole = Numbered::new(next, things);
    }
}

struct InOrder<A: Iterator, B: Iterator> {
    whole: Peekable<A>,
    packed: Peekable<B>,
}

impl<T, A: Iterator<Item = (u64, Box<T>)>, B: Iterator<Item = (u64, Box<[u8]>)>> Iterator for InOrder<A, B> {
    type Item = Held<T>;

    fn next(&mut self) -> Option<Held<T>> {
        let next = self.whole.peek().map(|(number, _)| *number);
        match self
            .packed
            .next_if(|(number, _)| next.is_none_or(|next| *number < next))
        {
            Some((_, bytes)) => Some(Held::Packed(bytes)),
            None => self.whole.next().map(|(_, thing)| Held::Whole(thing)),
        }
    }
}
