//! Bounds that are judged before their time is over, where nothing that follows can change them, or where a ceiling is exceeded.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::evaluate::Bindings;
use super::figures::{BoundPlan, Standing};
use super::instance::{Breach, Outcome};
use super::stretch::Account;
use super::table::{Breached, InstanceKey, Table};
use crate::model::{ClauseId, Limit, Measure};
use crate::syntax::ast::Direction;
use crate::time::Instant;

/// What becomes of a bound before its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    /// Nothing.
    Nothing,
    /// It is met as soon as it is kept.
    Met,
    /// It is broken as soon as it is beyond.
    Broken,
    /// It is broken as soon as it is beyond, and unknown as soon as it may be.
    BrokenOrUnknown,
}

impl BoundPlan {
    pub(super) fn early(&self) -> Early {
        if matches!(self.bound.limit, Limit::Part(..)) {
            return Early::Nothing;
        }
        match (&self.bound.figure.measure, self.bound.direction) {
            (Measure::Count | Measure::Distinct(_) | Measure::Highest(_), Direction::Floor) => Early::Met,
            (Measure::Count | Measure::Distinct(_) | Measure::Highest(_) | Measure::Total(_), Direction::Ceiling) => {
                Early::BrokenOrUnknown
            }
            (Measure::Lowest(_), Direction::Floor) => Early::Broken,
            _ => Early::Nothing,
        }
    }
}

/// What accounts are judged by at an instant before their time is over.
pub(super) struct Settling<'a> {
    pub(super) clause: ClauseId,
    pub(super) position: u8,
    pub(super) plan: &'a BoundPlan,
    pub(super) early: Early,
    pub(super) bindings: &'a Bindings,
    pub(super) at: Instant,
    pub(super) just_after: bool,
}

impl Settling<'_> {
    pub(super) fn settle(
        &self,
        account: &mut Account,
        places: &mut HashMap<InstanceKey, u64, RandomState>,
        table: &mut Table,
    ) {
        let Some(instance) = account.instance else { return };
        // Where nothing is judged before the time is over, nobody asks how the bound stands before.
        let standing = match self.early {
            Early::Nothing => None,
            _ => Some(self.plan.standing(&account.meter)),
        };
        match (self.early, standing) {
            (Early::Broken | Early::BrokenOrUnknown, Some(Standing::Beyond(figure, limit))) => {
                let reading = Box::new(account.lines.reading(figure, limit, &account.meter));
                let at = self.at;
                table.set(instance, self.position, Outcome::Broken(Breach::Beyond { at, reading }));
                table.breached.push(Breached {
                    instance,
                    clause: self.clause,
                    position: self.position,
                    at,
                    just_after: self.just_after,
                    bindings: self.bindings.clone(),
                });
            }
            (Early::Met, Some(Standing::Kept)) => {
                let by = account.lines.latest();
                table.set(instance, self.position, Outcome::Met { by });
            }
            (Early::BrokenOrUnknown, Some(Standing::Unknown(doubt))) => {
                account.doubted = true;
                table.set(instance, self.position, account.unknown(self.plan, doubt));
                return;
            }
            _ => {
                account.show_count(self.position, table);
                return;
            }
        }
        // Decided.
        account.instance = None;
        places.remove(&instance);
        table.release(instance);
    }
}
