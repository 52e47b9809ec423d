//! The past that guards ask for: events kept as long as a window can still reach them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::evaluate::{Context, Contradictions, Evaluated, Frame, evaluate, evaluate_operand};
use super::fluents::Fluents;
use super::state::{restored, saved};
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::{PastId, PastQuery, Var};
use crate::plan::{HistoryPlan, Join, PatternPlan, Plan};
use crate::syntax::ast::Quantity;
use crate::time::{Duration, Instant};
use crate::value::Value;

/// The values of the joins of a pattern.
pub(super) type Key = SmallVec<[Value; 1]>;

/// All looks into the past, by their id.
#[derive(Debug, Default)]
pub(super) struct Histories {
    histories: Vec<History>,
}

restored!(Histories { restored: [histories] });

#[derive(Debug)]
struct History {
    query: PastQuery,
    past: PastEvents,
}

restored!(History {
    restored: [past],
    fixed: [query],
});

/// Past events of a pattern, found by the values of its joins.
#[derive(Debug)]
pub(super) struct PastEvents {
    pattern: PatternPlan,
    /// What the pattern calls its event.
    own: Var,
    keep: Keep,
    buckets: HashMap<Key, VecDeque<Kept>, RandomState>,
    /// When each kept event was taken in, oldest first, to let it go in time whoever asks. Not for events that are kept for good.
    ages: VecDeque<(Instant, Key)>,
}

restored!(PastEvents {
    saved: [buckets, ages],
    fixed: [pattern, own, keep],
});

/// Which events are worth keeping.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keep {
    /// Those that are no older than so many nanoseconds.
    Within(i128),
    /// For each key, the earliest ones that make up a count.
    Earliest(u32),
    /// All.
    All,
}

#[derive(Debug)]
struct Kept {
    event: Arc<Event>,
    /// The truth of what the pattern asks of the event alone; not false.
    local: Truth,
}

saved!(struct Kept { event, local });

impl Histories {
    pub(super) fn new(plan: &Plan) -> Self {
        let history = |plan: &HistoryPlan| History {
            query: plan.query.clone(),
            past: PastEvents::new(
                plan.pattern.clone(),
                Var::Past,
                Keep::for_a_count(
                    &plan.pattern,
                    plan.query.within.map(Duration::longest),
                    wanted(plan.query.quantity),
                ),
            ),
        };
        Histories {
            histories: plan.histories.iter().map(history).collect(),
        }
    }

    /// Where a look into the past is kept. A plan of some clauses of a model has only their looks, in the order of their ids.
    fn position(&self, id: PastId) -> Result<usize, usize> {
        self.histories.binary_search_by_key(&id, |history| history.query.id)
    }

    /// No looks into the past, for conditions that cannot have any.
    pub(super) fn none() -> Self {
        Histories::default()
    }

    /// Takes in the events of a time point, and lets go of those that no window can reach any more.
    pub(super) fn update(&mut self, plan: &Plan, now: Instant, events: &[Arc<Event>], fluents: &Fluents) {
        if self.histories.is_empty() {
            return;
        }
        let no_histories = Histories::none();
        let context = Context {
            fluents,
            histories: &no_histories,
            zone: None,
            now,
            contradictions: Contradictions::Unknown,
        };
        for event in events {
            for id in &plan.dispatch[event.kind.index()].histories {
                if let Ok(at) = self.position(*id) {
                    self.histories[at].past.take_in(event, &context);
                }
            }
        }
        for history in &mut self.histories {
            history.past.let_go(now);
        }
    }

    pub(super) fn judge(&self, query: &PastQuery, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
        match self.position(query.id) {
            Ok(at) => self.histories[at].judge(frame, context),
            Err(_) => Truth::lacking(Lacks::new()),
        }
    }
}

impl PastEvents {
    pub(super) fn new(pattern: PatternPlan, own: Var, keep: Keep) -> Self {
        PastEvents {
            pattern,
            own,
            keep,
            buckets: HashMap::default(),
            ages: VecDeque::new(),
        }
    }

    pub(super) fn pattern(&self) -> &PatternPlan {
        &self.pattern
    }

    fn frame<'a>(&self, event: &'a Event, rest: Frame<'a>) -> Frame<'a> {
        match self.own {
            Var::Past => Frame {
                past: Some(event),
                ..rest
            },
            Var::Earlier => Frame {
                earlier: Some(event),
                ..rest
            },
            _ => Frame {
                subject: Some(event),
                ..rest
            },
        }
    }

    /// Takes in an event of the pattern's type, if what the pattern asks of it alone may be so. Events come in the order of time.
    pub(super) fn take_in(&mut self, event: &Arc<Event>, context: &Context<'_>) {
        let frame = self.frame(event, Frame::default());
        let local = Truth::all(
            self.pattern
                .local
                .iter()
                .map(|conjunct| evaluate(&conjunct.condition, &frame, context)),
        );
        if local == Truth::False {
            return;
        }
        let key = own_key(&self.pattern, event);
        if matches!(self.keep, Keep::Within(_)) {
            self.ages.push_back((event.time, key.clone()));
        }
        let bucket = self.buckets.entry(key).or_default();
        if let Keep::Earliest(count) = self.keep {
            // Once the count is complete nothing later adds to it, and an uncertain event adds nothing to so many earlier ones.
            let so_many = |certain: bool| {
                let alike = bucket.iter().filter(|kept| (kept.local == Truth::True) == certain);
                alike.count() >= usize::try_from(count).unwrap_or(usize::MAX)
            };
            if so_many(true) || (local != Truth::True && so_many(false)) {
                return;
            }
        }
        bucket.push_back(Kept {
            event: Arc::clone(event),
            local,
        });
    }

    /// Lets go of events that are too old.
    pub(super) fn let_go(&mut self, now: Instant) {
        let Keep::Within(reach) = self.keep else { return };
        while let Some((time, key)) = self.ages.front() {
            if now.nanoseconds_since(*time) <= reach {
                break;
            }
            if let Some(bucket) = self.buckets.get_mut(key) {
                bucket.pop_front();
                if bucket.is_empty() {
                    self.buckets.remove(key);
                }
            }
            self.ages.pop_front();
        }
    }

    /// Shows each kept event with the truth of the pattern, unless that is false, in the order of time.
    pub(super) fn for_each(&self, frame: &Frame<'_>, context: &Context<'_>, mut visit: impl FnMut(&Arc<Event>, Truth)) {
        let judged = |kept: &Kept, joins: Option<&[Join]>| {
            let frame = self.frame(&kept.event, *frame);
            let joins = joins.unwrap_or_default().iter().map(|join| &join.condition);
            let residual = self.pattern.residual.iter().map(|conjunct| &conjunct.condition);
            let rest = joins
                .chain(residual)
                .map(|condition| evaluate(condition, &frame, context));
            Truth::all(std::iter::once(kept.local.clone()).chain(rest))
        };
        let mut show = |kept: &Kept, joins: Option<&[Join]>| match judged(kept, joins) {
            Truth::False => {}
            truth => visit(&kept.event, truth),
        };
        match known_key(&self.pattern, frame, context) {
            Some(key) => {
                for kept in self.buckets.get(&key).into_iter().flatten() {
                    show(kept, None);
                }
            }
            // The judging side lacks a value of the join, so every kept event may or may not be meant.
            None => {
                let mut all: Vec<&Kept> = self.buckets.values().flatten().collect();
                all.sort_by(|left, right| by_time(&left.event).cmp(&by_time(&right.event)));
                for kept in all {
                    show(kept, Some(&self.pattern.joins));
                }
            }
        }
    }
}

/// The order of time; content decides between the events of one instant.
fn by_time(event: &Event) -> impl Ord + '_ {
    (event.time, &event.fields, event.origin)
}

impl Keep {
    /// What must be kept for asking whether there are so many events, no older than so many nanoseconds or however old.
    pub(super) fn for_a_count(pattern: &PatternPlan, reach: Option<i128>, count: u32) -> Keep {
        match reach {
            Some(reach) => Keep::Within(reach),
            // What is left to be judged against the asking side decides which are the earliest that count.
            None if !pattern.residual.is_empty() => Keep::All,
            None => Keep::Earliest(count),
        }
    }
}

fn wanted(quantity: Quantity) -> u32 {
    match quantity {
        Quantity::Some | Quantity::No => 1,
        Quantity::AtLeast(count) => count,
    }
}

impl History {
    fn judge(&self, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
        let Some(zone) = context.zone else {
            return Truth::lacking(Lacks::new());
        };
        let earliest = self.query.within.and_then(|within| zone.subtract(context.now, within));
        let mut certain = 0_u32;
        let mut possible = 0_u32;
        let mut lacks = Lacks::new();
        self.past.for_each(frame, context, |event, truth| {
            if earliest.is_some_and(|earliest| event.time < earliest) {
                return;
            }
            possible += 1;
            match truth {
                Truth::Unknown(more) => merge(&mut lacks, *more),
                Truth::True | Truth::False => certain += 1,
            }
        });
        let wanted = wanted(self.query.quantity);
        let reached = if certain >= wanted {
            Truth::True
        } else if possible >= wanted {
            Truth::lacking(lacks)
        } else {
            Truth::False
        };
        match self.query.quantity {
            Quantity::No => reached.not(),
            Quantity::Some | Quantity::AtLeast(_) => reached,
        }
    }
}

/// The event's side of the joins.
pub(super) fn own_key(pattern: &PatternPlan, event: &Event) -> Key {
    let mut key = Key::new();
    for join in &pattern.joins {
        if let Some(value) = event.value(join.own) {
            key.push(value.into_owned());
        }
    }
    key
}

/// The other side of the joins; `None` if a value of it is absent.
pub(super) fn known_key(pattern: &PatternPlan, frame: &Frame<'_>, context: &Context<'_>) -> Option<Key> {
    let mut key = Key::new();
    for join in &pattern.joins {
        match evaluate_operand(&join.other, frame, context) {
            Evaluated::One(value) => key.push(value.into_owned()),
            Evaluated::Many(_) | Evaluated::Lacking(_) => return None,
        }
    }
    Some(key)
}
