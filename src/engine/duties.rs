//! The duties of one instance that count events: mostly one, since the next in the chain is opened when one is broken.

use super::duty::Duty;
use super::state::saved;

/// At most one duty for each position in the chain.
#[derive(Debug, Default)]
pub(super) struct Duties {
    one: Option<Duty>,
    others: Option<Box<Others>>,
}

#[derive(Debug, Default)]
struct Others(Vec<Duty>);

saved!(struct Duties { one, others });
saved!(struct Others(duties));

impl Duties {
    /// Takes on a duty, whose position no other one has.
    #[inline]
    pub(super) fn add(&mut self, duty: Duty) {
        if self.one.is_none() {
            self.one = Some(duty);
        } else {
            self.others.get_or_insert_default().0.push(duty);
        }
    }

    pub(super) fn get(&self, position: u8) -> Option<&Duty> {
        self.iter().find(|duty| duty.position == position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Duty> {
        let others = self.others.iter().flat_map(|others| &others.0);
        self.one.iter().chain(others)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, position: u8) -> Option<&mut Duty> {
        match &mut self.one {
            Some(one) if one.position == position => Some(one),
            _ => {
                let mut others = self.others.as_mut()?.0.iter_mut();
                others.find(|duty| duty.position == position)
            }
        }
    }

    /// Forgets the duty at a position.
    pub(super) fn remove(&mut self, position: u8) {
        match &mut self.one {
            Some(one) if one.position == position => self.one = None,
            _ => {
                if let Some(others) = &mut self.others {
                    others.0.retain(|duty| duty.position != position);
                }
            }
        }
    }
}
