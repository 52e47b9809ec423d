//! Instances that are given out at the end.

use std::sync::Arc;

use super::entries::{Held, Packing};
use super::entry::Entry;
use super::instance::Instance;
use crate::log::Origin;
use crate::model::ClauseId;

/// With its [`Instance::rank`].
type Ranked = ((ClauseId, Option<Origin>), Held<Entry>);

/// Instances in the order of [`Instance::rank`], which are made one by one: what was kept as bytes stays so until its turn.
#[derive(Debug)]
pub struct Rest {
    held: Vec<Ranked>,
    packing: Arc<Packing>,
}

impl Rest {
    pub(super) fn new(packing: Arc<Packing>) -> Self {
        Rest {
            held: Vec::new(),
            packing,
        }
    }

    pub(super) fn add(&mut self, entry: Box<Entry>, is_packed: bool) {
        let rank = entry.instance.rank();
        let held = if is_packed {
            Held::Packed(self.packing.pack(&*entry))
        } else {
            Held::Whole(entry)
        };
        self.held.push((rank, held));
    }

    pub(super) fn sort(&mut self) {
        self.held.sort_by_key(|(rank, _)| *rank);
    }

    /// Takes in the instances of another engine of the same rules.
    pub fn join(&mut self, mut other: Rest) {
        self.held.append(&mut other.held);
        self.sort();
    }
}

impl IntoIterator for Rest {
    type Item = Instance;
    type IntoIter = Instances;

    fn into_iter(self) -> Instances {
        Instances {
            held: self.held.into_iter(),
            packing: self.packing,
        }
    }
}

/// The instances of a [`Rest`].
#[derive(Debug)]
pub struct Instances {
    held: std::vec::IntoIter<Ranked>,
    packing: Arc<Packing>,
}

impl Iterator for Instances {
    type Item = Instance;

    fn next(&mut self) -> Option<Instance> {
        let (_, held) = self.held.next()?;
        Some(held.whole(&self.packing).instance)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.held.size_hint()
    }
}
