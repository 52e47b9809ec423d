//! Clauses compiled to monitors: which events concern which clause, and how an event finds the duties that it may answer.

mod division;
mod pattern;
mod sieve;
mod split;
mod wanting;

use std::sync::Arc;

pub use division::{Division, Route};
pub use pattern::{Join, Numbered, PatternPlan};
pub use sieve::Sieve;
pub use split::Split;
pub use wanting::Wanting;

use sieve::Failing;
use wanting::About;

use crate::model::{
    Clause, ClauseId, Condition, EventTypeId, Exception, Goal, LifeRule, Model, Opening, PastId, PastQuery, Sequence,
    StateId, Trigger, Var,
};

/// A model, compiled.
#[derive(Debug, Clone)]
pub struct Plan {
    model: Arc<Model>,
    /// For each clause, how it is monitored.
    pub chains: Vec<ChainPlan>,
    /// For each look into the past, by [`PastId`], how its events are kept.
    pub histories: Vec<HistoryPlan>,
    /// For each event type, who wants to see its events.
    pub dispatch: Vec<Dispatch>,
    /// By [`EventTypeId`].
    sieves: Vec<Sieve>,
    /// The length of the longest chain of duties.
    pub longest_chain: usize,
}

/// How a clause is monitored.
#[derive(Debug, Clone)]
pub struct ChainPlan {
    /// The clause.
    pub clause: ClauseId,
    /// How the first events of a sequence are kept, where one opens the clause.
    pub sequence: Option<SequencePlan>,
    /// For each duty, the pattern of the events that count for it; `None` for `maintain`.
    pub patterns: Vec<Option<PatternPlan>>,
    /// For each duty, the pattern of the events that make up the figure that it is held against, if there is one.
    pub references: Vec<Option<PatternPlan>>,
    /// The events that release an instance.
    pub waivers: Vec<PatternPlan>,
    /// For each duty, the event that ends the time of it, if one does.
    pub ends: Vec<Option<PatternPlan>>,
}

impl ChainPlan {
    /// Of a clause that is judged elsewhere.
    fn empty(clause: ClauseId) -> Self {
        ChainPlan {
            clause,
            sequence: None,
            patterns: Vec::new(),
            references: Vec::new(),
            waivers: Vec::new(),
            ends: Vec::new(),
        }
    }
}

/// How the first events of a sequence are kept for the second ones.
#[derive(Debug, Clone)]
pub struct SequencePlan {
    /// The first event, [`Var::Earlier`], with all that is asked of it and of the second one together.
    pub first: PatternPlan,
    /// What is asked of the second event, [`Var::Subject`], by itself.
    pub then: Vec<Condition>,
}

impl SequencePlan {
    fn new(model: &Model, sequence: &Sequence) -> Self {
        let joint = |condition: &Condition| {
            let mut joint = false;
            condition.for_each_operand(&mut |operand| joint |= operand.kind.var() == Some(Var::Earlier));
            joint
        };
        let conditions = sequence.then.conditions.iter().cloned();
        let (joint, then): (Vec<Condition>, Vec<Condition>) = conditions.partition(joint);
        SequencePlan {
            first: PatternPlan::new(model, &sequence.first, &joint, Var::Earlier),
            then,
        }
    }
}

/// How the events of a look into the past are kept.
#[derive(Debug, Clone)]
pub struct HistoryPlan {
    /// The look into the past.
    pub query: PastQuery,
    /// Its events.
    pub pattern: PatternPlan,
}

/// Who wants to see the events of a type.
#[derive(Debug, Clone, Default)]
pub struct Dispatch {
    /// States that the events may set, with the position of the setter.
    pub setters: Vec<(StateId, usize)>,
    /// Looks into the past that the events may count for.
    pub histories: Vec<PastId>,
    /// Clauses that look back from their trigger for the events.
    pub prior: Vec<ClauseId>,
    /// Clauses that the events may trigger.
    pub triggers: Wanting,
    /// For each position in a chain, clauses whose duty there the events may count for.
    pub candidates: Vec<Wanting>,
    /// Clauses of which the events may release an instance.
    pub waivers: Vec<ClauseId>,
    /// Whether the events may suspend, resume, extend or end something.
    pub life: bool,
    /// For each position in a chain, clauses whose duty there the events may end the time of.
    pub ends: Vec<Vec<ClauseId>>,
}

impl Dispatch {
    /// Whether events are wanted for more than what opens clauses and what counts for duties.
    fn wants_all(&self) -> bool {
        !self.setters.is_empty()
            || !self.histories.is_empty()
            || !self.prior.is_empty()
            || !self.waivers.is_empty()
            || self.life
            || self.ends.iter().any(|clauses| !clauses.is_empty())
    }
}

impl Plan {
    /// Compiles a model.
    pub fn new(model: impl Into<Arc<Model>>) -> Self {
        Plan::of_clauses(&model.into(), None)
    }

    /// Compiles some clauses of a model, in the order of the ids that they keep; or all of them. The others are never opened, and what sets states is
    /// looked at only if one of these depends on states.
    fn of_clauses(model: &Arc<Model>, some: Option<&[ClauseId]>) -> Self {
        let is_meant = |id: ClauseId| some.is_none_or(|some| some.binary_search(&id).is_ok());
        let clauses = (0..).map(ClauseId).zip(&model.clauses);
        let longest_chain = clauses
            .filter(|(id, _)| is_meant(*id))
            .map(|(_, clause)| clause.duties.len())
            .max()
            .unwrap_or(0);
        let empty = Dispatch {
            candidates: vec![Wanting::default(); longest_chain],
            ends: vec![Vec::new(); longest_chain],
            ..Dispatch::default()
        };
        let mut plan = Plan {
            chains: Vec::with_capacity(model.clauses.len()),
            histories: Vec::new(),
            dispatch: vec![empty; model.events.len()],
            sieves: vec![Sieve::default(); model.events.len()],
            longest_chain,
            model: Arc::clone(model),
        };
        let mut clauses = (0..).map(ClauseId).zip(&model.clauses);
        let lives = || {
            let of_agreements = model.agreements.iter().map(|agreement| &agreement.life);
            of_agreements
                .chain(model.clauses.iter().map(|clause| &clause.life))
                .flatten()
        };
        // Every part of a division is told all lives.
        let looks_at_states = lives().any(LifeRule::looks_at_states)
            || clauses.any(|(id, clause)| is_meant(id) && clause.looks_at_states())
            || some.is_none();
        let states = model.states.iter().enumerate().filter(|_| looks_at_states);
        for (position, state) in states {
            for (setter, declared) in state.setters.iter().enumerate() {
                let id = StateId(u32::try_from(position).unwrap_or(u32::MAX));
                plan.dispatch[declared.pattern.event.index()].setters.push((id, setter));
            }
        }
        for rule in lives() {
            plan.dispatch[rule.pattern.event.index()].life = true;
        }
        for (id, clause) in (0..).map(ClauseId).zip(&model.clauses) {
            if is_meant(id) {
                plan.chain(id, clause);
            } else {
                plan.chains.push(ChainPlan::empty(id));
            }
        }
        plan.histories.sort_by_key(|history| history.query.id);
        for (dispatch, sieve) in plan.dispatch.iter_mut().zip(&mut plan.sieves) {
            dispatch.triggers.sort();
            dispatch.candidates.iter_mut().for_each(Wanting::sort);
            if dispatch.wants_all() {
                sieve.add_all();
            }
        }
        plan
    }

    /// The model that was compiled.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model that was compiled, to be shared.
    pub fn shared_model(&self) -> Arc<Model> {
        Arc::clone(&self.model)
    }

    /// Whether any clause or state looks at events of this type.
    pub fn is_wanted(&self, event: EventTypeId) -> bool {
        !self.sieves[event.index()].is_closed()
    }

    /// What keeps back those events of a wanted type of which nothing comes; `None` if something can come of each.
    pub fn sieve(&self, event: EventTypeId) -> Option<&Sieve> {
        self.sieves.get(event.index()).filter(|sieve| !sieve.is_open())
    }

    fn chain(&mut self, id: ClauseId, clause: &Clause) {
        let mut sequence = None;
        if let Opening::Trigger { trigger, guards } = &clause.opening {
            for pattern in trigger.patterns() {
                // What belongs to a sequence or is counted is found out by the trigger itself.
                let alone = Some(&pattern.conditions).filter(|_| matches!(trigger, Trigger::Any(_)));
                let alone = || alone.into_iter().flatten();
                let event = pattern.event.index();
                self.dispatch[event].triggers.add(id, About::of(alone(), Var::Subject));
                self.sieves[event].add(alone(), Failing::IsNothing);
            }
            if let Trigger::Sequence(found) = trigger {
                sequence = Some(SequencePlan::new(&self.model, found));
            }
            guards.iter().for_each(|guard| self.histories_in(guard));
        }
        let mut patterns = Vec::with_capacity(clause.duties.len());
        let mut references = Vec::with_capacity(clause.duties.len());
        for (position, duty) in clause.duties.iter().enumerate() {
            let reference = match &duty.goal {
                Goal::Bound(bound) => bound.reference().map(|figure| &figure.pattern),
                _ => None,
            };
            references.push(reference.map(|pattern| PatternPlan::new(&self.model, pattern, &[], Var::Subject)));
            let (pattern, guards): (_, Vec<Condition>) = match &duty.goal {
                Goal::Bound(bound) => (bound.pattern(), bound.guards.clone()),
                Goal::Ensure { pattern, .. } | Goal::EnsureEach { pattern, .. } => (pattern, Vec::new()),
                Goal::EnsureBefore { pattern, .. } => {
                    self.dispatch[pattern.event.index()].prior.push(id);
                    patterns.push(Some(PatternPlan::new(&self.model, pattern, &[], Var::Subject)));
                    continue;
                }
                Goal::Avoid { pattern, guards, .. } | Goal::AvoidEach { pattern, guards, .. } => {
                    let exceptions = clause.exceptions.iter().filter(|_| position == 0);
                    let not_permitted = exceptions.map(Exception::does_not_apply);
                    (pattern, guards.iter().cloned().chain(not_permitted).collect())
                }
                Goal::Permit {
                    pattern,
                    guards,
                    forbids,
                    ..
                } => (pattern, guards.iter().chain(forbids).cloned().collect()),
                Goal::Maintain { .. } => {
                    patterns.push(None);
                    continue;
                }
            };
            guards.iter().for_each(|guard| self.histories_in(guard));
            // An event that counts for nothing can still bring forth a group of those that are found in the log.
            let finds_groups = matches!(&duty.goal, Goal::Bound(bound) if bound.per.is_some());
            let alone = || pattern.conditions.iter().chain(&guards).filter(|_| !finds_groups);
            let event = pattern.event.index();
            self.dispatch[event].candidates[position].add(id, About::of(alone(), Var::Subject));
            self.sieves[event].add(alone(), Failing::of(&duty.goal));
            if let Some(reference) = reference {
                let event = reference.event.index();
                self.dispatch[event].candidates[position].add(id, None);
                self.sieves[event].add_all();
            }
            patterns.push(Some(PatternPlan::new(&self.model, pattern, &guards, Var::Subject)));
        }
        let mut waivers = Vec::with_capacity(clause.waivers.len());
        for pattern in &clause.waivers {
            let wanting = &mut self.dispatch[pattern.event.index()].waivers;
            if !wanting.contains(&id) {
                wanting.push(id);
            }
            waivers.push(PatternPlan::new(&self.model, pattern, &[], Var::Subject));
        }
        let mut ends = Vec::with_capacity(clause.duties.len());
        for (position, duty) in clause.duties.iter().enumerate() {
            if let Some(end) = &duty.end {
                self.dispatch[end.event.index()].ends[position].push(id);
            }
            let plan = |end| PatternPlan::new(&self.model, end, &[], Var::Subject);
            ends.push(duty.end.as_ref().map(plan));
        }
        self.chains.push(ChainPlan {
            ends,
            clause: id,
            sequence,
            patterns,
            references,
            waivers,
        });
    }

    /// Takes in the looks into the past of a guard.
    fn histories_in(&mut self, condition: &Condition) {
        condition.for_each_past(&mut |query| {
            self.dispatch[query.pattern.event.index()].histories.push(query.id);
            self.histories.push(HistoryPlan {
                query: query.clone(),
                pattern: PatternPlan::new(&self.model, &query.pattern, &[], Var::Past),
            });
        });
    }
}
