//! What is unfinished, by number. What waits for something that may never come is kept as bytes, which take a third of the memory, and is made again of
//! them when something is asked of it.

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

/// So many that wait stay as they are, the last ones: what comes late mostly comes soon.
const WAKEFUL: usize = 4096;

/// Things by their numbers, of which some are asleep.
#[derive(Debug)]
pub(super) struct Entries<T> {
    awake: Numbered<Box<T>>,
    asleep: HashMap<u64, Box<[u8]>, RandomState>,
    /// Those that wait, in the order in which they began to. Some may be gone, or wait no longer.
    waiting: VecDeque<u64>,
    wakeful: usize,
    bed: Arc<Bed>,
}

/// What makes bytes of a thing, and the thing of its bytes.
#[derive(Debug)]
pub(super) struct Bed {
    model: Arc<Model>,
    /// The words of all rules on the life of something.
    rules: Vec<Span>,
}

impl Bed {
    pub(super) fn lay<T: Saved>(&self, thing: &T) -> Box<[u8]> {
        let mut saver = Saver::of_part(&self.rules);
        thing.save(&mut saver);
        saver.into_part()
    }

    #[expect(
        clippy::expect_used,
        reason = "the bytes were made of such a thing by the line above, and never left the program"
    )]
    pub(super) fn raise<T: Saved>(&self, bytes: &[u8]) -> T {
        T::load(&mut Loader::of_part(bytes, &self.model, &self.rules)).expect("what was saved is loaded")
    }
}

/// A thing that is no longer among others.
#[derive(Debug)]
pub(super) enum Held<T> {
    Awake(Box<T>),
    Asleep(Box<[u8]>),
}

impl<T: Saved> Held<T> {
    #[expect(clippy::unnecessary_box_returns, reason = "what is awake stays where it is")]
    pub(super) fn awake(self, bed: &Bed) -> Box<T> {
        match self {
            Held::Awake(thing) => thing,
            Held::Asleep(bytes) => Box::new(bed.raise(&bytes)),
        }
    }

    pub(super) fn sleeps(&self) -> bool {
        matches!(self, Held::Asleep(_))
    }
}

/// A thing to be looked at.
pub(super) enum Look<'a, T> {
    Awake(&'a T),
    Asleep(T),
}

impl<T> Deref for Look<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Look::Awake(thing) => thing,
            Look::Asleep(thing) => thing,
        }
    }
}

impl<T: Saved> Entries<T> {
    pub(super) fn new(model: Arc<Model>) -> Self {
        let rules = life_rules(&model);
        Entries {
            awake: Numbered::default(),
            asleep: HashMap::default(),
            waiting: VecDeque::new(),
            wakeful: WAKEFUL,
            bed: Arc::new(Bed { model, rules }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.awake.len() + self.asleep.len()
    }

    pub(super) fn asleep(&self) -> usize {
        self.asleep.len()
    }

    /// Says how many that wait stay awake.
    pub(super) fn keep_awake(&mut self, most: usize) {
        self.wakeful = most;
    }

    pub(super) fn bed(&self) -> Arc<Bed> {
        Arc::clone(&self.bed)
    }

    /// Gives a thing its number.
    #[inline]
    pub(super) fn add(&mut self, thing: Box<T>) -> u64 {
        self.awake.add(thing)
    }

    /// A thing, which wakes up.
    #[inline]
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        if !self.asleep.is_empty() && !self.awake.has(number) {
            self.wake(number);
        }
        self.awake.get_mut(number).map(Box::as_mut)
    }

    /// Takes a thing out.
    #[inline]
    pub(super) fn remove(&mut self, number: u64) -> Option<Box<T>> {
        if !self.asleep.is_empty() && !self.awake.has(number) {
            self.wake(number);
        }
        self.awake.remove(number)
    }

    /// A thing as it is, which sleeps on.
    pub(super) fn look(&self, number: u64) -> Option<Look<'_, T>> {
        let awake = self.awake.get(number).map(|thing| Look::Awake(&**thing));
        awake.or_else(|| {
            self.asleep
                .get(&number)
                .map(|bytes| Look::Asleep(self.bed.raise(bytes)))
        })
    }

    #[inline(never)]
    fn wake(&mut self, number: u64) {
        if let Some(bytes) = self.asleep.remove(&number) {
            self.awake.put_back(number, Box::new(self.bed.raise(&bytes)));
        }
    }

    /// Says that a thing waits for what may never come.
    pub(super) fn waits(&mut self, number: u64) {
        self.waiting.push_back(number);
    }

    /// Lets things fall asleep that have waited for long, as far as they may.
    #[inline]
    pub(super) fn lull(&mut self, may_sleep: impl Fn(&T) -> bool) {
        while self.waiting.len() > self.wakeful {
            self.lull_first(&may_sleep);
        }
    }

    #[inline(never)]
    fn lull_first(&mut self, may_sleep: &impl Fn(&T) -> bool) {
        if let Some(number) = self.waiting.pop_front()
            && self.awake.get(number).is_some_and(|thing| may_sleep(thing))
            && let Some(thing) = self.awake.remove(number)
        {
            self.asleep.insert(number, self.bed.lay(&*thing));
        }
    }

    /// All, in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Look<'_, T>)> {
        let awake = self.awake.iter().map(|(number, thing)| (number, Look::Awake(&**thing)));
        let asleep = self.asleep.iter();
        awake.chain(asleep.map(|(number, bytes)| (*number, Look::Asleep(self.bed.raise(bytes)))))
    }

    /// Takes all out, in the order of their numbers.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Held<T>> + use<T> {
        self.waiting.clear();
        let mut asleep: Vec<(u64, Box<[u8]>)> = std::mem::take(&mut self.asleep).into_iter().collect();
        asleep.sort_unstable_by_key(|(number, _)| *number);
        InOrder {
            awake: self.awake.drain().peekable(),
            asleep: asleep.into_iter().peekable(),
        }
    }

    pub(super) fn save(&self, to: &mut Saver<'_>, mut key: impl FnMut(u64, &mut Saver<'_>)) {
        self.awake.next().save(to);
        to.length(self.len());
        for (number, thing) in self.iter() {
            key(number, to);
            match thing {
                Look::Awake(thing) => thing.save(to),
                Look::Asleep(thing) => to.fleeting(|to| thing.save(to)),
            }
        }
    }

    /// Takes the place of what was restored: the next number, and things of numbers below it.
    pub(super) fn restore(&mut self, next: u64, things: HashMap<u64, Box<T>, RandomState>) {
        self.awake = Numbered::new(next, things);
    }
}

struct InOrder<A: Iterator, B: Iterator> {
    awake: Peekable<A>,
    asleep: Peekable<B>,
}

impl<T, A: Iterator<Item = (u64, Box<T>)>, B: Iterator<Item = (u64, Box<[u8]>)>> Iterator for InOrder<A, B> {
    type Item = Held<T>;

    fn next(&mut self) -> Option<Held<T>> {
        let next = self.awake.peek().map(|(number, _)| *number);
        match self
            .asleep
            .next_if(|(number, _)| next.is_none_or(|next| *number < next))
        {
            Some((_, bytes)) => Some(Held::Asleep(bytes)),
            None => self.awake.next().map(|(_, thing)| Held::Awake(thing)),
        }
    }
}
