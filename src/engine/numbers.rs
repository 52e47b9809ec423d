//! Things that are given consecutive numbers, and found by them.

use std::collections::VecDeque;
use std::collections::hash_map::HashMap;

use foldhash::fast::RandomState;

/// Things by their numbers. The last ones are in a row, where a number leads to its place; those that outlast most of the others are apart.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    lasting: HashMap<u64, T, RandomState>,
    /// The number of the first place in the row.
    first: u64,
    row: VecDeque<Option<T>>,
    /// How many places of the row are taken.
    taken: usize,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered::new(0, HashMap::default())
    }
}

impl<T> Numbered<T> {
    /// With things of numbers below the next one.
    pub(super) fn new(next: u64, lasting: HashMap<u64, T, RandomState>) -> Self {
        Numbered {
            lasting,
            first: next,
            row: VecDeque::new(),
            taken: 0,
        }
    }

    /// The number that the next thing is given.
    pub(super) fn next(&self) -> u64 {
        self.first + self.row.len() as u64
    }

    pub(super) fn len(&self) -> usize {
        self.lasting.len() + self.taken
    }

    /// Gives a thing its number.
    pub(super) fn add(&mut self, thing: T) -> u64 {
        self.shorten();
        let number = self.next();
        self.row.push_back(Some(thing));
        self.taken += 1;
        number
    }

    /// Puts a thing back that was taken out.
    pub(super) fn put_back(&mut self, number: u64, thing: T) {
        let place = self.place(number);
        match place.and_then(|place| self.row.get_mut(place)) {
            Some(free) => {
                *free = Some(thing);
                self.taken += 1;
            }
            None => {
                self.lasting.insert(number, thing);
            }
        }
    }

    /// Leaves free places in front behind, and moves what stands before many of them.
    fn shorten(&mut self) {
        const LEAST: usize = 64;
        /// A row may have so many places for each thing in it.
        const PLACES: usize = 4;
        while let Some(front) = self.row.front() {
            if front.is_some() && self.row.len() <= LEAST + PLACES * self.taken {
                break;
            }
            if let Some(thing) = self.row.pop_front().flatten() {
                self.lasting.insert(self.first, thing);
                self.taken -= 1;
            }
            self.first += 1;
        }
    }

    /// The place of a number in the row.
    #[inline]
    fn place(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }

    #[inline]
    pub(super) fn has(&self, number: u64) -> bool {
        self.get(number).is_some()
    }

    #[inline]
    pub(super) fn get(&self, number: u64) -> Option<&T> {
        match self.place(number) {
            Some(place) => self.row.get(place)?.as_ref(),
            None => self.lasting.get(&number),
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        match self.place(number) {
            Some(place) => self.row.get_mut(place)?.as_mut(),
            None => self.lasting.get_mut(&number),
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, number: u64) -> Option<T> {
        match self.place(number) {
            Some(place) => {
                let thing = self.row.get_mut(place)?.take()?;
                self.taken -= 1;
                Some(thing)
            }
            None => self.lasting.remove(&number),
        }
    }

    /// All, in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let lasting = self.lasting.iter().map(|(number, thing)| (*number, thing));
        let row = (self.first..).zip(&self.row);
        lasting.chain(row.filter_map(|(number, thing)| Some((number, thing.as_ref()?))))
    }

    /// Takes all out, in the order of their numbers.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u64, T)> + use<T> {
        let mut lasting: Vec<(u64, T)> = std::mem::take(&mut self.lasting).into_iter().collect();
        lasting.sort_unstable_by_key(|(number, _)| *number);
        let (first, row) = (self.first, std::mem::take(&mut self.row));
        (self.first, self.taken) = (first + row.len() as u64, 0);
        let row = (first..).zip(row);
        lasting
            .into_iter()
            .chain(row.filter_map(|(number, thing)| Some((number, thing?))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_lead_to_what_they_were_given_to(
            steps in prop::collection::vec(prop::option::weighted(0.6, any::<prop::sample::Index>()), 0..1500),
            keeps in 1_u64..400,
        ) {
            let (mut numbered, mut all) = (Numbered::default(), BTreeMap::new());
            for (step, next) in steps.into_iter().zip(0_u64..) {
                let number = numbered.add(next);
                prop_assert_eq!(number, next);
                prop_assert!(numbered.row.len() <= 61 + 4 * numbered.taken);
                all.insert(number, next);
                if let Some(index) = step {
                    let number = index.index(usize::try_from(next).unwrap() + 1) as u64;
                    let number = if number.is_multiple_of(keeps) { next } else { number };
                    prop_assert_eq!(numbered.remove(number), all.remove(&number));
                    prop_assert_eq!(numbered.get(number), None);
                    if next.is_multiple_of(3) && number < numbered.next() {
                        numbered.put_back(number, number);
                        all.insert(number, number);
                    }
                }
                if let Some(oldest) = all.keys().find(|number| !number.is_multiple_of(keeps)).copied() {
                    prop_assert_eq!(numbered.get_mut(oldest), Some(&mut oldest.clone()));
                    numbered.remove(oldest);
                    all.remove(&oldest);
                }
                prop_assert_eq!(numbered.len(), all.len());
                prop_assert!(numbered.row.len() <= 69 + 4 * all.len());
            }
            let mut listed: Vec<(u64, u64)> = numbered.iter().map(|(number, thing)| (number, *thing)).collect();
            listed.sort_unstable();
            let all: Vec<(u64, u64)> = all.into_iter().collect();
            prop_assert_eq!(&listed, &all);
            let next = numbered.next();
            prop_assert_eq!(numbered.drain().collect::<Vec<_>>(), all);
            prop_assert_eq!((numbered.next(), numbered.len()), (next, 0));
        }
    }
}
