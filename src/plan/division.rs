//! How the clauses of a plan, and the events of single ones, are divided among engines that know nothing of each other.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};
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
pub struct Route {
    /// Whether the whole plan looks at them, so that time passes with them for every part.
    is_wanted: bool,
    /// Those that see all of them.
    all: Vec<usize>,
    shards: Vec<Shards>,
    /// The part that they are for, if it is one alone, whatever the values of their fields.
    only: Option<usize>,
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
        let mut hasher = foldhash::quality::FixedState::default().build_hasher();
        value.hash_alone(&mut hasher);
        let count = self.count as u128;
        // Scaled down, which takes less than a remainder.
        let shard = (u128::from(hasher.finish()) * count) >> u64::BITS;
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
    /// since some take longer than others; where there are few, the events of each are split, if they can be. Those that depend on states are one part,
    /// so that no two have to know the same states.
    pub fn new(plan: &Plan, threads: usize) -> Self {
        /// Parts for each thread: what events cost that several parts look at grows with them.
        const PARTS: usize = 2;
        let whole = |clauses: Vec<ClauseId>| Group { clauses, split: None };
        let all = (0..).map(ClauseId).take(plan.chains.len());
        if threads < 2 {
            return Division::of(plan, vec![whole(all.collect())]);
        }
        let (with_states, without): (Vec<ClauseId>, Vec<ClauseId>) =
            all.partition(|clause| plan.model().clause(*clause).looks_at_states());
        let most = threads * PARTS;
        let mut groups = Vec::new();
        if !with_states.is_empty() || without.is_empty() {
            groups.push(whole(with_states));
        }
        if without.len() + groups.len() < most {
            groups.extend(without.into_iter().map(|clause| Group {
                clauses: vec![clause],
                split: plan.split(clause).map(|split| (split, threads)),
            }));
        } else {
            // Those that stand beside each other in a rule file often look at the same events.
            let size = without.len().div_ceil(most);
            groups.extend(without.chunks(size).map(|clauses| whole(clauses.to_vec())));
        }
        Division::of(plan, groups)
    }

    fn of(plan: &Plan, groups: Vec<Group>) -> Self {
        let mut parts: Vec<Arc<Plan>> = Vec::new();
        let routes = (0..).map(EventTypeId).take(plan.dispatch.len());
        let mut routes: Vec<Route> = routes
            .map(|event| Route {
                is_wanted: plan.is_wanted(event),
                ..Route::default()
            })
            .collect();
        for Group { clauses, split } in groups {
            let part = Arc::new(Plan::of_clauses(&plan.model, Some(&clauses)));
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
        for route in &mut routes {
            route.only = match (route.all.as_slice(), route.shards.as_slice()) {
                ([part], []) => Some(*part),
                _ => None,
            };
        }
        Division { parts, routes }
    }

    /// The plans of the parts, which have the clauses of the whole one under the same ids. Never empty.
    pub fn parts(&self) -> &[Arc<Plan>] {
        &self.parts
    }

    /// Whether any clause or state looks at events of this type.
    pub fn is_wanted(&self, event: EventTypeId) -> bool {
        self.route(event).is_some()
    }

    /// Which parts the events of a type are for; `None` if no clause and no state looks at them.
    #[inline]
    pub fn route(&self, event: EventTypeId) -> Option<&Route> {
        self.routes.get(event.index()).filter(|route| route.is_wanted)
    }
}

impl Route {
    /// The part that they are for, if it is one alone, whatever the values of their fields.
    #[inline]
    pub fn only(&self) -> Option<usize> {
        self.only
    }

    /// Shows each part that an event is for, by the values of its fields.
    pub fn parts<'v>(&self, value: impl Fn(FieldRef) -> Option<Cow<'v, Value>>, mut visit: impl FnMut(usize)) {
        self.all.iter().for_each(|part| visit(*part));
        for shards in &self.shards {
            match value(shards.by) {
                Some(value) => visit(shards.of(&value)),
                None => (shards.first..shards.first + shards.count).for_each(&mut visit),
            }
        }
    }
}
