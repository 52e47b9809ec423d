//! What events of a pattern are about, found by the values that they must have: instances to release, duties to end.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::evaluate::{Bindings, Context};
use super::history::{Key, known_key, own_key};
use super::matching::pattern_truth;
use super::state::{Loader, Restored, Saved, Saver, StateError, saved};
use super::truth::Truth;
use crate::log::Event;
use crate::plan::PatternPlan;

/// Members that events of a pattern may be about.
#[derive(Debug)]
pub(super) struct Joined<K> {
    pattern: PatternPlan,
    /// `None` stands for members that lack a value on their side: any event may or may not be meant.
    places: HashMap<Option<Key>, BTreeSet<K>, RandomState>,
    members: HashMap<K, Member, RandomState>,
}

#[derive(Debug)]
struct Member {
    bindings: Bindings,
    place: Option<Key>,
}

saved!(struct Member { bindings, place });

/// What is found by a place follows from the members.
impl<K: Copy + Eq + Hash + Ord + Saved> Restored for Joined<K> {
    fn save(&self, to: &mut Saver<'_>) {
        let Joined {
            pattern: _,
            places: _,
            members,
        } = self;
        members.save(to);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), StateError> {
        self.members = Saved::load(from)?;
        for (member, Member { place, .. }) in &self.members {
            self.places.entry(place.clone()).or_default().insert(*member);
        }
        Ok(())
    }
}

impl<K: Copy + Eq + Hash + Ord> Joined<K> {
    pub(super) fn new(pattern: PatternPlan) -> Self {
        Joined {
            pattern,
            places: HashMap::default(),
            members: HashMap::default(),
        }
    }

    pub(super) fn enter(&mut self, member: K, bindings: &Bindings, context: &Context<'_>) {
        let frame = bindings.frame();
        let place = known_key(&self.pattern, &frame, context);
        self.places.entry(place.clone()).or_default().insert(member);
        let bindings = bindings.clone();
        self.members.insert(member, Member { bindings, place });
    }

    pub(super) fn leave(&mut self, member: K) {
        let Some(Member { place, .. }) = self.members.remove(&member) else {
            return;
        };
        if let Some(members) = self.places.get_mut(&place) {
            members.remove(&member);
            if members.is_empty() {
                self.places.remove(&place);
            }
        }
    }

    /// The members that an event is about, or may be.
    pub(super) fn about(&self, event: &Arc<Event>, context: &Context<'_>) -> Vec<(K, Truth)> {
        if event.kind != self.pattern.event {
            return Vec::new();
        }
        let mut places = vec![Some(own_key(&self.pattern, event))];
        if !self.pattern.joins.is_empty() {
            places.push(None);
        }
        let members = places.iter().filter_map(|place| self.places.get(place)).flatten();
        let judged = members.filter_map(|&member| Some((member, self.truth(member, event, context)?)));
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// Whether an event is about a member.
    pub(super) fn truth(&self, member: K, event: &Arc<Event>, context: &Context<'_>) -> Option<Truth> {
        if event.kind != self.pattern.event {
            return Some(Truth::False);
        }
        let member = self.members.get(&member)?;
        Some(pattern_truth(&self.pattern, &member.bindings, event, context))
    }
}
