//! `until` and `before`: how an event ends the time of the duties at one place in a chain.

use std::hash::Hash;
use std::sync::Arc;

use super::evaluate::{Bindings, Context};
use super::joined::Joined;
use super::state::{Loader, Restored, Saved, Saver, StateError};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::plan::PatternPlan;
use crate::time::Instant;

/// The duties whose time an event can end.
#[derive(Debug)]
pub(super) struct Endings<K> {
    joined: Joined<K>,
    /// The events of the last time point shown, for duties that are opened at it.
    present: (Instant, Vec<Arc<Event>>),
}

impl<K: Copy + Eq + Hash + Ord + Saved> Restored for Endings<K> {
    fn save(&self, to: &mut Saver<'_>) {
        let Endings { joined, present } = self;
        Restored::save(joined, to);
        Saved::save(present, to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.joined.restore(from)?;
        self.present = Saved::load(from)?;
        Ok(())
    }
}

/// What events say of the time of a duty.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// It is over.
    Over(Arc<Event>),
    /// It may be over, which cannot be told for lack of these.
    Doubtful(Lacks),
}

impl<K: Copy + Eq + Hash + Ord> Endings<K> {
    pub(super) fn new(pattern: PatternPlan) -> Self {
        Endings {
            joined: Joined::new(pattern),
            present: (Instant::MIN, Vec::new()),
        }
    }

    /// Takes on a duty, and says what the present instant has already said of its time.
    pub(super) fn enter(&mut self, member: K, bindings: &Bindings, context: &Context<'_>) -> Option<Ending> {
        self.joined.enter(member, bindings, context);
        let (at, events) = &self.present;
        if *at != context.now {
            return None;
        }
        let judged = events.iter().filter_map(|event| {
            let truth = self.joined.truth(member, event, context)?;
            Some((event, truth))
        });
        decided(judged)
    }

    pub(super) fn leave(&mut self, member: K) {
        self.joined.leave(member);
    }

    /// Shows the events of a time point that may end the time of duties, and says of which they do.
    pub(super) fn show(&mut self, events: &[&Arc<Event>], context: &Context<'_>) -> Vec<(K, Ending)> {
        self.present = (context.now, events.iter().map(|event| Arc::clone(event)).collect());
        let mut about: Vec<(K, &Arc<Event>, Truth)> = Vec::new();
        for event in events {
            let members = self.joined.about(event, context);
            about.extend(members.into_iter().map(|(member, truth)| (member, *event, truth)));
        }
        about.sort_by_key(|(member, ..)| *member);
        about
            .chunk_by(|left, right| left.0 == right.0)
            .filter_map(|of_member| {
                let (member, ..) = of_member.first()?;
                let judged = of_member.iter().map(|(_, event, truth)| (*event, truth.clone()));
                Some((*member, decided(judged)?))
            })
            .collect()
    }
}

/// What several events of one instant say together: one that ends it decides.
fn decided<'a>(judged: impl Iterator<Item = (&'a Arc<Event>, Truth)>) -> Option<Ending> {
    let mut doubtful: Option<Lacks> = None;
    for (event, truth) in judged {
        match truth {
            Truth::True => return Some(Ending::Over(Arc::clone(event))),
            Truth::False => {}
            Truth::Unknown(more) => {
                merge(doubtful.get_or_insert_with(Lacks::new), *more);
            }
        }
    }
    doubtful.map(Ending::Doubtful)
}
