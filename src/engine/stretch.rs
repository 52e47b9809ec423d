//! Extents of time that bounds are said of, and the figures of their groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::evaluate::{Bindings, Context};
use super::figures::{BoundPlan, Brought, Doubt, Lines, Meter, Side};
use super::history::Key;
use super::instance::{Outcome, Step, Subject, Trigger};
use super::state::saved;
use super::table::{InstanceKey, Table};
use super::truth::{Lacks, merge};
use crate::log::Event;
use crate::model::ClauseId;
use crate::time::{Due, Instant, Period};
use crate::value::Value;

/// An extent of time, with the figures of its groups.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) opened: Option<Instant>,
    pub(super) just_after: bool,
    pub(super) due: Option<Due>,
    /// What is lacking to tell whether an event has ended it.
    pub(super) doubt: Option<Lacks>,
    pub(super) bindings: Bindings,
    pub(super) about: About,
    pub(super) key: Option<Key>,
    pub(super) accounts: BTreeMap<Option<Value>, Account>,
    /// What a group that is yet to be found has already.
    pub(super) unborn: Account,
    /// Its instances that are some only if an extension of the term makes the period whole.
    pub(super) withheld: Vec<InstanceKey>,
    pub(super) changed: Changed,
}

/// The accounts that have changed since they were last judged.
#[derive(Debug)]
pub(super) enum Changed {
    All,
    Of(SmallVec<[Value; 1]>),
}

impl Changed {
    pub(super) fn add(&mut self, group: &Value) {
        match self {
            Changed::Of(groups) if !groups.contains(group) => groups.push(group.clone()),
            Changed::All | Changed::Of(_) => {}
        }
    }
}

saved!(enum Changed { 0 = All, 1 = Of(groups) });

saved!(struct Stretch {
    changed,
    opened,
    just_after,
    due,
    doubt,
    bindings,
    about,
    key,
    accounts,
    unborn,
    withheld,
});

/// What the instances of a stretch are about.
#[derive(Debug, Clone)]
pub(super) enum About {
    Term,
    /// A period.
    Period(Period, Owed),
    Trigger(Trigger),
    /// The instance that it repairs.
    Repair(InstanceKey),
    /// Nothing any more.
    Closed,
}

saved!(enum About { 0 = Term, 1 = Period(period, owed), 2 = Trigger(trigger), 3 = Repair(instance), 4 = Closed });

/// Whether something is owed in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owed {
    Yes,
    /// No floor is owed where the window cuts the period short, or where it began suspended.
    No,
    /// A floor that is owed if an extension of the term makes the period whole.
    IfExtended,
}

saved!(enum Owed { 0 = Yes, 1 = No, 2 = IfExtended });

/// The figures of one group in one stretch.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) instance: Option<InstanceKey>,
    pub(super) meter: Meter,
    pub(super) lines: Lines,
    pub(super) lacks: Lacks,
    pub(super) doubtful: Option<Arc<Event>>,
    /// Whether a ceiling may have been exceeded already.
    pub(super) doubted: bool,
}

saved!(struct Account {
    instance,
    meter,
    lines,
    lacks,
    doubtful,
    doubted,
});

impl Stretch {
    /// Opens the account of a group.
    pub(super) fn found(&mut self, clause: ClauseId, group: Option<Value>, table: &mut Table) -> Option<InstanceKey> {
        let step = Step::new(self.opened, self.due, Outcome::Open { count: 0 });
        let instance = match (&self.about, &group) {
            (About::Repair(instance), _) => Some(*instance),
            (About::Period(_, Owed::No) | About::Closed, _) => None,
            (About::Period(period, _), None) => Some(table.start(clause, Subject::Period(*period), step)),
            (About::Period(period, _), Some(group)) => {
                Some(table.start(clause, Subject::KeyInPeriod(group.clone(), *period), step))
            }
            (About::Trigger(trigger), None) => Some(table.start(clause, Subject::Trigger(trigger.clone()), step)),
            (About::Trigger(trigger), Some(group)) => {
                Some(table.start(clause, Subject::Key(group.clone(), Some(trigger.clone())), step))
            }
            (About::Term, None) => Some(table.start(clause, Subject::Term, step)),
            (About::Term, Some(group)) => Some(table.start(clause, Subject::Key(group.clone(), None), step)),
        };
        if let (About::Period(_, Owed::IfExtended), Some(instance)) = (&self.about, instance) {
            table.withhold(instance);
            self.withheld.push(instance);
        }
        let account = Account {
            instance,
            ..self.unborn.clone()
        };
        self.accounts.insert(group, account);
        instance
    }

    /// An instance with what it knows, unless it is that of a duty before, which is known already.
    pub(super) fn own(&self, instance: InstanceKey) -> Option<(InstanceKey, Bindings)> {
        let repairs = matches!(self.about, About::Repair(_));
        (!repairs).then(|| (instance, self.bindings.clone()))
    }
}

impl Account {
    /// Takes in what an event brings. Whether it brings anything.
    pub(super) fn take(
        &mut self,
        event: &Arc<Event>,
        group: Option<&Value>,
        plan: &BoundPlan,
        (bindings, doubt): (&Bindings, Option<&Lacks>),
        context: &Context<'_>,
    ) -> bool {
        let all = plan.brought(event, group, bindings, context);
        let brings = !all.is_empty();
        for brought in all {
            self.add(brought, event, plan, doubt);
        }
        brings
    }

    /// As [`Account::take`], where this is the account of the [only group](BoundPlan::only_group) that the event can bring anything to.
    pub(super) fn take_only(
        &mut self,
        event: &Arc<Event>,
        group: &Value,
        plan: &BoundPlan,
        (bindings, doubt): (&Bindings, Option<&Lacks>),
        context: &Context<'_>,
    ) -> bool {
        let Some(brought) = plan.brought_within(event, group, bindings, context) else {
            return false;
        };
        self.add(brought, event, plan, doubt);
        true
    }

    #[inline]
    fn add(&mut self, mut brought: Brought, event: &Arc<Event>, plan: &BoundPlan, doubt: Option<&Lacks>) {
        if let Some(lacks) = doubt {
            brought.part.certain = false;
            merge(&mut brought.lacks, lacks.clone());
        }
        self.meter.add(brought.side, &brought.part);
        if brought.side == Side::Figure && brought.part.certain {
            self.lines.take(plan, &brought.part.worth, event);
        }
        if !brought.lacks.is_empty() {
            merge(&mut self.lacks, brought.lacks);
            self.doubtful = Some(Arc::clone(event));
        }
    }

    /// Says how many events have counted, as long as nothing else is to be said.
    pub(super) fn show_count(&self, position: u8, table: &mut Table) {
        if let Some(instance) = self.instance.filter(|_| !self.doubted) {
            let count = u32::try_from(self.meter.counted()).unwrap_or(u32::MAX);
            table.count(instance, position, count);
        }
    }

    pub(super) fn unknown(&self, plan: &BoundPlan, doubt: Doubt) -> Outcome {
        Outcome::Unknown {
            lacks: plan.lacks(doubt, &self.lacks),
            at: self.doubtful.clone(),
            interval: None,
        }
    }
}
