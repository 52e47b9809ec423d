//! Instances in the order in which they were opened, of which there mostly is one.

use std::collections::VecDeque;

use super::state::{Loader, Saved, Saver, StateError};
use super::table::InstanceKey;

/// As a [`VecDeque`], which asks for memory for the first one already, and has more to hold of itself.
#[derive(Debug, Default)]
pub(super) enum Queue {
    #[default]
    Empty,
    One(InstanceKey),
    Many(Box<Crowd>),
}

#[derive(Debug)]
pub(super) struct Crowd(VecDeque<InstanceKey>);

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.front().is_none()
    }

    pub(super) fn front(&self) -> Option<InstanceKey> {
        match self {
            Queue::Empty => None,
            Queue::One(only) => Some(*only),
            Queue::Many(all) => all.0.front().copied(),
        }
    }

    pub(super) fn push_back(&mut self, instance: InstanceKey) {
        match self {
            Queue::Empty => *self = Queue::One(instance),
            Queue::One(only) => {
                *self = Queue::Many(Box::new(Crowd(VecDeque::from([*only, instance]))));
            }
            Queue::Many(all) => all.0.push_back(instance),
        }
    }

    pub(super) fn pop_front(&mut self) {
        match self {
            Queue::Empty | Queue::One(_) => *self = Queue::Empty,
            Queue::Many(all) => {
                all.0.pop_front();
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = InstanceKey> {
        let (only, all) = match self {
            Queue::Empty => (None, None),
            Queue::One(only) => (Some(*only), None),
            Queue::Many(all) => (None, Some(&all.0)),
        };
        only.into_iter().chain(all.into_iter().flatten().copied())
    }

    /// Keeps those of which this is so; each is asked of once, in their order.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(InstanceKey) -> bool) {
        match self {
            Queue::Empty => {}
            Queue::One(only) => {
                if !stays(*only) {
                    *self = Queue::Empty;
                }
            }
            Queue::Many(all) => all.0.retain(|instance| stays(*instance)),
        }
    }
}

impl Saved for Queue {
    fn save(&self, to: &mut Saver<'_>) {
        self.iter().collect::<VecDeque<InstanceKey>>().save(to);
    }

    fn load(from: &mut Loader<'_>) -> Result<Self, StateError> {
        let all: VecDeque<InstanceKey> = Saved::load(from)?;
        let mut queue = Queue::default();
        all.into_iter().for_each(|instance| queue.push_back(instance));
        Ok(queue)
    }
}
