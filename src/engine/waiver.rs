//! `waived by`: how an event finds the instances of a clause that it releases.

use std::sync::Arc;

use super::evaluate::{Bindings, Context};
use super::instance::{Outcome, Release};
use super::joined::Joined;
use super::state::restored;
use super::table::{InstanceKey, Table};
use super::truth::Truth;
use crate::log::Event;
use crate::plan::PatternPlan;

/// The unfinished instances of one clause, for each pattern of events that release them.
#[derive(Debug)]
pub(super) struct Waivers {
    patterns: Vec<Joined<InstanceKey>>,
}

restored!(Waivers { restored: [patterns] });

/// An instance that an event releases, or may release.
#[derive(Debug)]
pub(super) struct Released {
    pub(super) instance: InstanceKey,
    pub(super) outcome: Outcome,
}

impl Waivers {
    pub(super) fn new(patterns: &[PatternPlan]) -> Self {
        Waivers {
            patterns: patterns.iter().cloned().map(Joined::new).collect(),
        }
    }

    /// Whether no event releases anything.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Takes on an instance that was opened.
    pub(super) fn enter(&mut self, instance: InstanceKey, bindings: &Bindings, context: &Context<'_>) {
        for pattern in &mut self.patterns {
            pattern.enter(instance, bindings, context);
        }
    }

    /// Forgets an instance that is finished.
    pub(super) fn leave(&mut self, instance: InstanceKey) {
        for pattern in &mut self.patterns {
            pattern.leave(instance);
        }
    }

    /// The instances that the events of a time point release: those that are certainly released first.
    pub(super) fn released(&self, events: &[&Arc<Event>], context: &Context<'_>, table: &mut Table) -> Vec<Released> {
        let mut certain = Vec::new();
        let mut doubtful = Vec::new();
        for event in events {
            let about = self.patterns.iter().flat_map(|pattern| pattern.about(event, context));
            for (instance, truth) in about {
                let is_owed = matches!(
                    table.present(instance),
                    Some((_, Outcome::Open { .. } | Outcome::Unknown { .. }))
                );
                if !is_owed {
                    continue;
                }
                match truth {
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
        certain.append(&mut doubtful);
        certain
    }
}
