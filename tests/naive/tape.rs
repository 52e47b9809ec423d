//! Random decisions as a list of numbers, so that proptest can shrink what was built from them.

/// A list of numbers that decisions are read from. Past its end, and for small numbers, every decision is the simplest one.
#[derive(Debug)]
pub(super) struct Tape<'a> {
    numbers: &'a [u8],
}

impl<'a> Tape<'a> {
    pub(super) fn new(numbers: &'a [u8]) -> Self {
        Tape { numbers }
    }

    fn next(&mut self) -> usize {
        match self.numbers.split_first() {
            Some((first, rest)) => {
                self.numbers = rest;
                usize::from(*first)
            }
            None => 0,
        }
    }

    /// A position below `count`, which is not zero.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next() * count) >> 8
    }

    /// A number below `count`, which is not zero.
    pub(super) fn number(&mut self, count: usize) -> u32 {
        u32::try_from(self.below(count)).expect("below a small number")
    }

    /// One of several things, the first being the simplest.
    pub(super) fn of<T: Clone>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())].clone()
    }

    /// Yes so many times in a hundred; no is simpler.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }
}
