//! How numbers, and collections of what has a form, are saved.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};

use smallvec::SmallVec;

use super::{Loader, Restored, Saved, Saver, StateError};

const MOST_U16: u64 = u16::MAX as u64;
/// Counts stay so far from the largest number that what a log can still add to them fits.
const MOST_U32: u64 = (u32::MAX - (1 << 28)) as u64;
const MOST_U64: u64 = 1 << 60;

impl Saved for () {
    fn save(&self, to: &mut Saver<'_>) {
        to.byte(0);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        match from.byte()? {
            0 => Ok(()),
            _ => Err(from.damaged("nothing is written as 0")),
        }
    }
}

impl Saved for bool {
    fn save(&self, to: &mut Saver<'_>) {
        to.byte(u8::from(*self));
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        match from.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(from.damaged("neither yes nor no")),
        }
    }
}

impl Saved for u8 {
    fn save(&self, to: &mut Saver<'_>) {
        to.byte(*self);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        from.byte()
    }
}

macro_rules! numbers {
    ($($number:ident up to $most:expr;)*) => {
        $(impl Saved for $number {
            fn save(&self, to: &mut Saver<'_>) {
                to.number(u64::from(*self));
            }

            fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
                let number = from.number()?;
                let small = $number::try_from(number).ok().filter(|_| number <= $most);
                small.ok_or_else(|| from.damaged("a count is too large"))
            }
        })*
    };
}

numbers! {
    u16 up to MOST_U16;
    u32 up to MOST_U32;
    u64 up to MOST_U64;
}

impl Saved for i128 {
    fn save(&self, to: &mut Saver<'_>) {
        to.wide(*self);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        from.wide()
    }
}

impl<T: Saved> Saved for Box<T> {
    fn save(&self, to: &mut Saver<'_>) {
        (**self).save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        T::load(from).map(Box::new)
    }
}

impl<T: Saved> Saved for Box<[T]> {
    fn save(&self, to: &mut Saver<'_>) {
        save_all(self.iter(), to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        Vec::load(from).map(Vec::into_boxed_slice)
    }
}

impl<T: Saved> Saved for Option<T> {
    fn save(&self, to: &mut Saver<'_>) {
        match self {
            None => to.byte(0),
            Some(held) => {
                to.byte(1);
                held.save(to);
            }
        }
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        bool::load(from)?.then(|| T::load(from)).transpose()
    }
}

impl<A: Saved, B: Saved> Saved for (A, B) {
    fn save(&self, to: &mut Saver<'_>) {
        self.0.save(to);
        self.1.save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        Ok((A::load(from)?, B::load(from)?))
    }
}

impl<T: Saved> Saved for Reverse<T> {
    fn save(&self, to: &mut Saver<'_>) {
        self.0.save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        T::load(from).map(Reverse)
    }
}

fn save_all<'t, T: Saved + 't>(all: impl ExactSizeIterator<Item = &'t T>, to: &mut Saver<'_>) {
    to.length(all.len());
    all.for_each(|one| one.save(to));
}

fn load_all<T: Saved>(from: &mut Loader<'_>, mut take: impl FnMut(T)) -> Result<(), StateError> {
    for _ in 0..from.length()? {
        take(T::load(from)?);
    }
    Ok(())
}

impl<T: Saved> Saved for Vec<T> {
    fn save(&self, to: &mut Saver<'_>) {
        save_all(self.iter(), to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let length = from.length()?;
        let mut all = Vec::with_capacity(from.room::<T>(length));
        for _ in 0..length {
            all.push(T::load(from)?);
        }
        Ok(all)
    }
}

impl<T: Saved> Saved for VecDeque<T> {
    fn save(&self, to: &mut Saver<'_>) {
        save_all(self.iter(), to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        Vec::load(from).map(VecDeque::from)
    }
}

impl<T: Saved + Ord> Saved for BinaryHeap<T> {
    fn save(&self, to: &mut Saver<'_>) {
        save_all(self.iter(), to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        Vec::load(from).map(BinaryHeap::from)
    }
}

impl<A: smallvec::Array> Saved for SmallVec<A>
where
    A::Item: Saved,
{
    fn save(&self, to: &mut Saver<'_>) {
        save_all(self.iter(), to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let mut all = SmallVec::new();
        load_all(from, |one| all.push(one))?;
        Ok(all)
    }
}

const TWICE: &str = "one thing is there twice";

impl<T: Saved + Ord> Saved for BTreeSet<T> {
    fn save(&self, to: &mut Saver<'_>) {
        save_all(self.iter(), to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let mut all = BTreeSet::new();
        let mut distinct = true;
        load_all(from, |one| distinct &= all.insert(one))?;
        if distinct { Ok(all) } else { Err(from.damaged(TWICE)) }
    }
}

impl<K: Saved + Ord, V: Saved> Saved for BTreeMap<K, V> {
    fn save(&self, to: &mut Saver<'_>) {
        to.length(self.len());
        for (key, value) in self {
            key.save(to);
            value.save(to);
        }
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let mut all = BTreeMap::new();
        let mut distinct = true;
        load_all(from, |(key, value)| distinct &= all.insert(key, value).is_none())?;
        if distinct { Ok(all) } else { Err(from.damaged(TWICE)) }
    }
}

/// In any order.
impl<K: Saved + Eq + Hash, V: Saved, S: BuildHasher + Default> Saved for HashMap<K, V, S> {
    fn save(&self, to: &mut Saver<'_>) {
        to.length(self.len());
        for (key, value) in self {
            key.save(to);
            value.save(to);
        }
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let length = from.length()?;
        let mut all = HashMap::with_capacity_and_hasher(from.room::<(K, V)>(length), S::default());
        for _ in 0..length {
            if all.insert(K::load(from)?, V::load(from)?).is_some() {
                return Err(from.damaged(TWICE));
            }
        }
        Ok(all)
    }
}

impl<T: Restored> Restored for Box<T> {
    fn save(&self, to: &mut Saver<'_>) {
        (**self).save(to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        (**self).restore(from)
    }
}

/// With what is not from the rules.
impl<T: Restored, V: Saved> Restored for (T, V) {
    fn save(&self, to: &mut Saver<'_>) {
        self.0.save(to);
        self.1.save(to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.0.restore(from)?;
        self.1 = V::load(from)?;
        Ok(())
    }
}

/// The rules say whether it is there.
impl<T: Restored> Restored for Option<T> {
    fn save(&self, to: &mut Saver<'_>) {
        self.iter().for_each(|held| held.save(to));
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.iter_mut().try_for_each(|held| held.restore(from))
    }
}

const OTHER_RULES: &str = "the rules have another number of them";

fn restore_all<'t, T: Restored + 't>(
    mut all: impl ExactSizeIterator<Item = &'t mut T>,
    from: &mut Loader<'_>,
) -> Result<(), StateError> {
    if from.number()? != all.len() as u64 {
        return Err(from.damaged(OTHER_RULES));
    }
    all.try_for_each(|one| one.restore(from))
}

/// The rules say how many there are.
impl<T: Restored> Restored for Vec<T> {
    fn save(&self, to: &mut Saver<'_>) {
        to.length(self.len());
        self.iter().for_each(|one| one.save(to));
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        restore_all(self.iter_mut(), from)
    }
}

/// The rules say which keys there are.
impl<K, V: Restored> Restored for BTreeMap<K, V> {
    fn save(&self, to: &mut Saver<'_>) {
        to.length(self.len());
        self.values().for_each(|one| one.save(to));
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        restore_all(self.values_mut(), from)
    }
}
