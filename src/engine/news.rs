//! What is to be told while time goes on, before an instance is finished.

use std::borrow::Cow;

use super::Engine;
use super::alarm::Alarm;
use super::entry::Told;
use super::instance::{Breach, Instance, Outcome, Verdict};
use super::table::InstanceKey;
use crate::model::{Goal, Model};
use crate::time::Instant;

/// What there is to tell of an instance.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A duty was broken, and it can still be excused or repaired.
    Breach(Instance),
    /// A duty was broken, and it was repaired or released, or nothing of the kind is left. How often, how late or how long can still turn out.
    Certain {
        /// What it is known by until it is finished.
        key: InstanceKey,
        /// The instance.
        instance: Instance,
        /// What was told of it before.
        told: Told,
    },
    /// Nothing more can come of it.
    Finished {
        /// The instance.
        instance: Instance,
        /// What was told of it before.
        told: Told,
    },
}

impl Engine {
    /// Lets [`Engine::news`] tell of breaches as they come about.
    pub fn follow(&mut self) {
        self.table.follow();
    }

    /// What has come about since the last call: breaches of what is not finished, if they are followed, then what is finished, which
    /// [`Engine::finished`] then gives out no more.
    pub fn news(&mut self) -> Vec<News> {
        let mut news = Vec::new();
        for key in self.table.take_broken() {
            news.extend(self.breach(key));
        }
        news.extend(
            self.take_finished()
                .map(|(instance, told)| News::Finished { instance, told }),
        );
        news
    }

    fn breach(&mut self, key: InstanceKey) -> Option<News> {
        let (instance, told) = self.table.unfinished_mut(key)?;
        let now = match (instance.verdict(), is_final(self.plan.model(), instance)) {
            (Verdict::Violated | Verdict::Repaired | Verdict::Waived, true) => Told::Verdict,
            (Verdict::Violated, false) => Told::Breach,
            _ => return None,
        };
        if now <= *told {
            return None;
        }
        let told = std::mem::replace(told, now);
        let mut instance = instance.clone();
        self.hindsight.tell(&self.plan, &mut instance);
        Some(match now {
            Told::Verdict => News::Certain { key, instance, told },
            Told::Nothing | Told::Breach => News::Breach(instance),
        })
    }

    /// Waits no longer for what may come too late of a duty that was missed, whose verdict is told. [`Engine::news`] then gives the instance out.
    pub fn wait_no_longer(&mut self, key: InstanceKey) {
        let told = self.table.unfinished_mut(key);
        if let Some((instance, Told::Verdict)) = told {
            let clause = instance.clause;
            self.chains[clause.index()].wait_no_longer(key, &mut self.table);
            self.let_go();
        }
    }

    /// The earliest instant at which time alone may change something; it may turn out that it does not.
    pub fn next_wake(&self) -> Option<Instant> {
        let end = self.lives.next_end(Instant::MAX);
        end.into_iter().chain(self.alarm.next()).min()
    }

    /// The earliest instant before another one at which time alone may change something. Unlike [`Engine::next_wake`] it takes the trouble to find out
    /// whether something is waited for.
    #[inline]
    pub fn wakes_before(&mut self, at: Instant) -> Option<Instant> {
        let end = self.lives.next_end(at);
        if self.alarm.may_ring_before(at) {
            self.rings_before(at, end)
        } else {
            end
        }
    }

    fn rings_before(&mut self, at: Instant, end: Option<Instant>) -> Option<Instant> {
        while let Some((wake, clause)) = self.alarm.first_before(at) {
            // A clause that has not been shown anything says nothing of what it waits for.
            if wake == Alarm::AT_ONCE {
                return Some(wake.edge());
            }
            let truly = self.chains[clause.index()].truly_wakes(&mut self.table);
            if truly == Some(wake) {
                let wake = wake.first_after();
                return Some(end.map_or(wake, |end| end.min(wake)));
            }
            self.alarm.reset(clause, truly);
        }
        end
    }

    /// The instances that were opened since the last call, in their order, if breaches are followed.
    pub fn opened(&mut self) -> Vec<InstanceKey> {
        self.table.take_opened()
    }

    /// All unfinished instances.
    pub fn unfinished_instances(&self) -> impl Iterator<Item = Cow<'_, Instance>> {
        self.table.all()
    }

    /// An instance, as long as it is unfinished.
    pub fn open(&self, key: InstanceKey) -> Option<Cow<'_, Instance>> {
        self.table.get(key)
    }
}

/// Whether what became of a breach cannot change any more.
fn is_final(model: &Model, instance: &Instance) -> bool {
    let duties = &model.clause(instance.clause).duties;
    let can_be_excused = matches!(
        (
            duties.first().map(|duty| &duty.goal),
            instance.steps.first().map(|step| &step.outcome)
        ),
        (
            Some(Goal::Ensure { excuse: Some(_), .. }),
            Some(Outcome::Broken(Breach::Missed { late: None, .. }))
        )
    );
    let is_last = instance.steps.len() == duties.len();
    !can_be_excused
        && match instance.steps.last().map(|step| &step.outcome) {
            Some(Outcome::Broken(_)) => is_last,
            Some(Outcome::Met { .. } | Outcome::Waived { .. }) => instance.steps.len() > 1,
            Some(Outcome::Open { .. } | Outcome::Unknown { .. }) | None => false,
        }
}
