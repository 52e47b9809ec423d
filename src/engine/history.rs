//! The past that guards ask for: events kept as long as a window can still reach them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::evaluate::{Context, Contradictions, Evaluated, Frame, evaluate, evaluate_operand};
use super::fluents::Fluents;
use super::truth::{Lacks, Truth, merge};
use crate::log::Event;
use crate::model::PastQuery;
use crate::plan::{HistoryPlan, PatternPlan, Plan};
use crate::syntax::ast::Quantity;
use crate::time::Instant;
use crate::value::Value;

/// The values of the joins of a pattern.
pub(super) type Key = SmallVec<[Value; 1]>;

/// All looks into the past, by their id.
#[derive(Debug, Default)]
pub(super) struct Histories {
    histories: Vec<History>,
}

#[derive(Debug)]
struct History {
    plan: HistoryPlan,
    buckets: HashMap<Key, VecDeque<Kept>, RandomState>,
    /// When each kept event was taken in, oldest first, to let it go in time whoever asks.
    ages: VecDeque<(Instant, Key)>,
}

#[derive(Debug)]
struct Kept {
    event: Arc<Event>,
    /// The truth of what the pattern asks of the event alone; not false.
    local: Truth,
}

impl Histories {
    pub(super) fn new(plan: &Plan) -> Self {
        let history = |plan: &HistoryPlan| History {
            plan: plan.clone(),
            buckets: HashMap::default(),
            ages: VecDeque::new(),
        };
        Histories {
            histories: plan.histories.iter().map(history).collect(),
        }
    }

    /// No looks into the past, for conditions that cannot have any.
    pub(super) fn none() -> Self {
        Histories::default()
    }

    /// Takes in the events of a time point, and lets go of those that no window can reach any more.
    pub(super) fn update(&mut self, plan: &Plan, now: Instant, events: &[Arc<Event>], fluents: &Fluents) {
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
                if let Some(history) = self.histories.get_mut(id.index()) {
                    history.take_in(event, &context);
                }
            }
        }
        for history in &mut self.histories {
            history.let_go(now);
        }
    }

    pub(super) fn judge(&self, query: &PastQuery, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
        match self.histories.get(query.id.index()) {
            Some(history) => history.judge(frame, context),
            None => Truth::Unknown(Lacks::new()),
        }
    }
}

impl History {
    fn take_in(&mut self, event: &Arc<Event>, context: &Context<'_>) {
        let frame = Frame {
            past: Some(event),
            ..Frame::default()
        };
        let local = &self.plan.pattern.local;
        let local = Truth::all(
            local
                .iter()
                .map(|conjunct| evaluate(&conjunct.condition, &frame, context)),
        );
        if local == Truth::False {
            return;
        }
        let key = own_key(&self.plan.pattern, event);
        self.ages.push_back((event.time, key.clone()));
        let kept = Kept {
            event: Arc::clone(event),
            local,
        };
        self.buckets.entry(key).or_default().push_back(kept);
    }

    fn let_go(&mut self, now: Instant) {
        let reach = self.plan.query.within.longest();
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

    fn judge(&self, frame: &Frame<'_>, context: &Context<'_>) -> Truth {
        let Some(zone) = context.zone else {
            return Truth::Unknown(Lacks::new());
        };
        let earliest = zone.subtract(context.now, self.plan.query.within);
        let reachable = |kept: &&Kept| earliest.is_none_or(|earliest| kept.event.time >= earliest);
        let mut certain = 0_u32;
        let mut possible = 0_u32;
        let mut lacks = Lacks::new();
        let mut count = |kept: &Kept, truth: Truth| match Truth::all([kept.local.clone(), truth]) {
            Truth::False => {}
            Truth::True => {
                certain += 1;
                possible += 1;
            }
            Truth::Unknown(more) => {
                possible += 1;
                merge(&mut lacks, more);
            }
        };
        let residual = |kept: &Kept| {
            let frame = Frame {
                past: Some(&kept.event),
                ..*frame
            };
            let residual = &self.plan.pattern.residual;
            Truth::all(
                residual
                    .iter()
                    .map(|conjunct| evaluate(&conjunct.condition, &frame, context)),
            )
        };
        match known_key(&self.plan.pattern, frame, context) {
            Some(key) => {
                for kept in self.buckets.get(&key).into_iter().flatten().filter(reachable) {
                    count(kept, residual(kept));
                }
            }
            // The judging side lacks a value of the join, so every kept event may or may not be meant.
            None => {
                for kept in self.buckets.values().flatten().filter(reachable) {
                    let frame = Frame {
                        past: Some(&kept.event),
                        ..*frame
                    };
                    let joins = &self.plan.pattern.joins;
                    let joined = Truth::all(joins.iter().map(|join| evaluate(&join.condition, &frame, context)));
                    count(kept, Truth::all([joined, residual(kept)]));
                }
            }
        }
        let wanted = match self.plan.query.quantity {
            Quantity::Some | Quantity::No => 1,
            Quantity::AtLeast(count) => count,
        };
        let reached = if certain >= wanted {
            Truth::True
        } else if possible >= wanted {
            Truth::Unknown(lacks)
        } else {
            Truth::False
        };
        match self.plan.query.quantity {
            Quantity::No => reached.not(),
            Quantity::Some | Quantity::AtLeast(_) => reached,
        }
    }
}

/// The event's side of the joins.
pub(super) fn own_key(pattern: &PatternPlan, event: &Event) -> Key {
    let own = pattern.joins.iter().filter_map(|join| event.value(join.own));
    own.map(std::borrow::Cow::into_owned).collect()
}

/// The other side of the joins; `None` if a value of it is absent.
pub(super) fn known_key(pattern: &PatternPlan, frame: &Frame<'_>, context: &Context<'_>) -> Option<Key> {
    let value = |operand| match evaluate_operand(operand, frame, context) {
        Evaluated::One(value) => Some(value.into_owned()),
        Evaluated::Many(_) | Evaluated::Lacking(_) => None,
    };
    pattern.joins.iter().map(|join| value(&join.other)).collect()
}
