//! `waived by`: how an event finds the instances of a clause that it releases.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::evaluate::{Bindings, Context, Frame};
use super::history::{Key, known_key, own_key};
use super::instance::{Outcome, Release};
use super::matching::pattern_truth;
use super::table::{InstanceKey, Table};
use super::truth::Truth;
use crate::log::Event;
use crate::plan::PatternPlan;

/// The unfinished instances of one clause, by what the events that release them must equal.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    patterns: Vec<Indexed>,
    members: HashMap<InstanceKey, Member, RandomState>,
}

#[derive(Debug)]
struct Indexed {
    pattern: PatternPlan,
    /// `None` stands for instances that lack a value on their side: any event may or may not be meant.
    places: HashMap<Option<Key>, BTreeSet<InstanceKey>, RandomState>,
}

#[derive(Debug)]
struct Member {
    bindings: Bindings,
    /// Where it is in each pattern's index.
    places: SmallVec<[Option<Key>; 1]>,
}

/// An instance that an event releases, or may release.
#[derive(Debug)]
pub(super) struct Released {
    pub(super) instance: InstanceKey,
    pub(super) outcome: Outcome,
}

impl Waivers {
    pub(super) fn new(patterns: &[PatternPlan]) -> Self {
        let indexed = |pattern: &PatternPlan| Indexed {
            pattern: pattern.clone(),
            places: HashMap::default(),
        };
        Waivers {
            patterns: patterns.iter().map(indexed).collect(),
            members: HashMap::default(),
        }
    }

    /// Takes on an instance that was opened.
    pub(super) fn enter(&mut self, instance: InstanceKey, bindings: &Bindings, context: &Context<'_>) {
        if self.patterns.is_empty() {
            return;
        }
        let frame = Frame {
            bindings: Some(bindings),
            ..Frame::default()
        };
        let mut places = SmallVec::new();
        for indexed in &mut self.patterns {
            let place = known_key(&indexed.pattern, &frame, context);
            indexed.places.entry(place.clone()).or_default().insert(instance);
            places.push(place);
        }
        let bindings = bindings.clone();
        self.members.insert(instance, Member { bindings, places });
    }

    /// Forgets an instance that is finished.
    pub(super) fn leave(&mut self, instance: InstanceKey) {
        let Some(member) = self.members.remove(&instance) else {
            return;
        };
        for (indexed, place) in self.patterns.iter_mut().zip(&member.places) {
            if let Some(instances) = indexed.places.get_mut(place) {
                instances.remove(&instance);
                if instances.is_empty() {
                    indexed.places.remove(place);
                }
            }
        }
    }

    /// The instances that the events of a time point release: those that are certainly released first.
    pub(super) fn released(&self, events: &[&Arc<Event>], context: &Context<'_>, table: &Table) -> Vec<Released> {
        let mut certain = Vec::new();
        let mut doubtful = Vec::new();
        for event in events {
            let fitting = self
                .patterns
                .iter()
                .filter(|indexed| indexed.pattern.event == event.kind);
            for indexed in fitting {
                let own = Some(own_key(&indexed.pattern, event));
                let mut places = vec![own];
                if !indexed.pattern.joins.is_empty() {
                    places.push(None);
                }
                let instances = places.iter().filter_map(|place| indexed.places.get(place)).flatten();
                for &instance in instances {
                    let is_owed = matches!(
                        table.present(instance),
                        Some((_, Outcome::Open { .. } | Outcome::Unknown { .. }))
                    );
                    let (true, Some(member)) = (is_owed, self.members.get(&instance)) else {
                        continue;
                    };
                    match pattern_truth(&indexed.pattern, &member.bindings, event, context) {
                        Truth::False => {}
                        Truth::True => certain.push(Released {
                            instance,
                            outcome: Outcome::Waived {
                                by: Arc::clone(event),
                                release: Release::Waiver,
                            },
                        }),
                        Truth::Unknown(lacks) => doubtful.push(Released {
                            instance,
                            outcome: Outcome::Unknown {
                                lacks: lacks.to_vec(),
                                at: Some(Arc::clone(event)),
                                interval: None,
                            },
                        }),
                    }
                }
            }
        }
        certain.append(&mut doubtful);
        certain
    }
}
