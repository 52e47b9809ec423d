//! The instances that a run keeps: all of them, or those that come first of each kind.

use std::collections::BTreeMap;

use super::judgement::{Decided, by_decision};
use super::policy::Ground;
use crate::engine::Verdict;
use crate::model::ClauseId;

/// So many more than are kept are gathered before they are sorted, so that an instance costs no more than to be pushed.
const GATHERED: usize = 64;

/// What is kept, and how much there was to be kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    /// Of the findings of one clause with one verdict, at most so many.
    most: Option<usize>,
    instances: Vec<Decided>,
    /// What comes first so far, where not all are kept.
    firsts: BTreeMap<(ClauseId, Verdict), First>,
    at_risk: u64,
}

#[derive(Debug, Clone, Default)]
struct First {
    instances: Vec<Decided>,
    /// How many there were.
    count: u64,
}

impl First {
    fn shorten(&mut self, most: usize) {
        self.instances
            .sort_by_cached_key(|decided| by_decision(&decided.instance));
        self.instances.truncate(most);
    }
}

impl Kept {
    pub(super) fn new(most: Option<usize>) -> Self {
        Kept {
            most,
            ..Kept::default()
        }
    }

    pub(super) fn push(&mut self, decided: Decided) {
        self.at_risk += u64::from(matches!(decided.ground, Some(Ground::AtRisk(_))));
        let Some(most) = self.most else {
            self.instances.push(decided);
            return;
        };
        if is_shown(&decided) {
            let kind = (decided.instance.clause, decided.instance.verdict());
            let first = self.firsts.entry(kind).or_default();
            first.count += 1;
            first.instances.push(decided);
            if first.instances.len() >= most.saturating_add(GATHERED) {
                first.shorten(most);
            }
        }
    }

    /// Puts all in their order: by clause, then by time, then by the lines of the log.
    pub(super) fn sort(&mut self) {
        for first in self.firsts.values_mut() {
            first.shorten(self.most.unwrap_or(usize::MAX));
            self.instances.append(&mut first.instances);
        }
        self.instances
            .sort_by_cached_key(|decided| (decided.instance.clause, by_decision(&decided.instance)));
    }

    pub(super) fn all(&self) -> &[Decided] {
        &self.instances
    }

    /// The findings of a clause with a verdict, as far as they are kept, and how many there were.
    pub(super) fn findings(&self, clause: ClauseId, verdict: Verdict) -> (u64, impl Iterator<Item = &Decided>) {
        let findings = self.instances.iter().filter(move |decided| {
            let instance = &decided.instance;
            instance.clause == clause && instance.verdict() == verdict && is_shown(decided)
        });
        let count = match self.most {
            Some(_) => self.firsts.get(&(clause, verdict)).map_or(0, |first| first.count),
            None => findings.clone().count() as u64,
        };
        (count, findings)
    }

    /// How many of those that there were are at risk.
    pub(super) fn at_risk(&self) -> u64 {
        self.at_risk
    }
}

fn is_shown(decided: &Decided) -> bool {
    decided.is_finding() && !decided.is_known()
}
