//! How the clauses of a plan, and the events of single ones, are divided among engines that know nothing of each other.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use super::{Plan, Split};
use crate::model::{ClauseId, EventTypeId, FieldRef};
use crate::value::Value;

/// The parts that a plan is divided into. Each judges some of the clauses, or the instances of one clause that belong to some of the values of a field.
#[derive(Debug, Clone)]
pub struct Division {
    /// Never empty.
    parts: Vec<Arc<Plan>>,
    /// By [`EventTypeId`].
    routes: Vec<Route>,
}

/// Which parts the events of a type are for.
#[derive(Debug, Clone, Default)]
struct Route {
    /// Those that see all of them.
    all: Vec<usize>,
    shards: Vec<Shards>,
}

/// Parts that follow one another, each of which sees the events of some values of a field.
#[derive(Debug, Clone, Copy)]
struct Shards {
    first: usize,
    count: usize,
    by: FieldRef,
}

impl Shards {
    fn of(self, value: &Value) -> usize {
        let hash = foldhash::quality::FixedState::default().hash_one(value);
        let count = self.count as u128;
        // Scaled down, which takes less than a remainder.
        let shard = (u128::from(hash) * count) >> u64::BITS;
        self.first + usize::try_from(shard).unwrap_or_default()
    }
}

/// Clauses that are judged together, and how their events are split.
struct Group {
    clauses: Vec<ClauseId>,
    split: Option<(Split, usize)>,
}

impl Division {
    /// Divides a plan so that so many threads have something to do. Several clauses are divided by clause, into more parts than there are threads,
    /// since some take longer than others; where there are few, the events of each are split, if they can be.
    pub fn new(plan: &Plan, threads: usize) -> Self {
        /// Parts for each thread: what events cost that several parts look at grows with them.
        const PARTS: usize = 2;
        let clauses: Vec<ClauseId> = (0..).map(ClauseId).take(plan.chains.len()).collect();
        let most = threads.max(1) * PARTS;
        if threads < 2 || clauses.is_empty() {
            let split = None;
            return Division::of(plan, vec![Group { clauses, split }]);
        }
        let groups = if clauses.len() < most {
            let alone = |clause| Group {
                clauses: vec![clause],
                split: plan.split(clause).map(|split| (split, threads)),
            };
            clauses.into_iter().map(alone).collect()
        } else {
            // Those that stand beside each other in a rule file often look at the same events.
            let size = clauses.len().div_ceil(most);
            let together = |clauses: &[ClauseId]| Group {
                clauses: clauses.to_vec(),
                split: None,
            };
            clauses.chunks(size).map(together).collect()
        };
        Division::of(plan, groups)
    }

    fn of(plan: &Plan, groups: Vec<Group>) -> Self {
        let mut parts: Vec<Arc<Plan>> = Vec::new();
        let mut routes = vec![Route::default(); plan.dispatch.len()];
        for Group { clauses, split } in groups {
            let is_meant = |clause: ClauseId| clauses.binary_search(&clause).is_ok();
            let part = Arc::new(Plan::of_clauses(Arc::clone(&plan.model), is_meant));
            let first = parts.len();
            let count = split.as_ref().map_or(1, |(_, count)| *count);
            for (event, route) in (0..).map(EventTypeId).zip(&mut routes) {
                if !part.is_wanted(event) {
                    continue;
                }
                match split.as_ref().and_then(|(split, _)| split.field(event)) {
                    Some(by) => route.shards.push(Shards { first, count, by }),
                    None => route.all.extend(first..first + count),
                }
            }
            parts.extend(std::iter::repeat_n(part, count));
        }
        Division { parts, routes }
    }

    /// The plans of the parts, which have the clauses of the whole one under the same ids. Never empty.
    pub fn parts(&self) -> &[Arc<Plan>] {
        &self.parts
    }

    /// Shows each part that an event is for, by the event's type and the values of its fields. There is none if no clause looks at it.
    pub fn parts_of<'v>(
        &self,
        event: EventTypeId,
        value: impl Fn(FieldRef) -> Option<Cow<'v, Value>>,
        mut visit: impl FnMut(usize),
    ) {
        let Some(route) = self.routes.get(event.index()) else {
            return;
        };
        route.all.iter().for_each(|part| visit(*part));
        for shards in &route.shards {
            match value(shards.by) {
                Some(value) => visit(shards.of(&value)),
                None => (shards.first..shards.first + shards.count).for_each(&mut visit),
            }
        }
    }
}
