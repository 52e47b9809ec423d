//! Which steps of a time point have anything to do at all, as the rules tell: most rules need few of them.

use super::chain::Chain;
use crate::plan::{Dispatch, Plan};

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, and any combination of answers can be"
)]
pub(super) struct Steps {
    /// Events suspend, resume, extend or end something.
    pub(super) lives: bool,
    /// Events set states.
    pub(super) states: bool,
    /// The past is looked into.
    pub(super) histories: bool,
    /// Events end the time of duties.
    pub(super) endings: bool,
    /// Events release instances.
    pub(super) releases: bool,
    /// Duties look back from their trigger.
    pub(super) prior: bool,
    /// States decide duties.
    pub(super) changes: bool,
    /// Duties are judged once all events of the instant are in.
    pub(super) settling: bool,
    /// Nothing but what opens clauses and what counts for their duties has anything to do.
    pub(super) are_few: bool,
}

impl Steps {
    pub(super) fn new(plan: &Plan, chains: &[Chain]) -> Self {
        let any = |what: fn(&Dispatch) -> bool| plan.dispatch.iter().any(what);
        let mut steps = Steps {
            lives: any(|dispatch| dispatch.life),
            states: any(|dispatch| !dispatch.setters.is_empty()),
            histories: any(|dispatch| !dispatch.histories.is_empty()),
            endings: any(|dispatch| dispatch.ends.iter().any(|clauses| !clauses.is_empty())),
            releases: any(|dispatch| !dispatch.waivers.is_empty()),
            prior: any(|dispatch| !dispatch.prior.is_empty()),
            changes: chains.iter().any(Chain::maintains),
            settling: chains.iter().any(Chain::settles),
            are_few: false,
        };
        let Steps {
            lives,
            states,
            histories,
            endings,
            releases,
            prior,
            changes,
            ..
        } = steps;
        steps.are_few = !(lives || states || histories || endings || releases || prior || changes);
        steps
    }
}
