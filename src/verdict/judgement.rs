//! The judgement of a whole run.

use super::id::{Numbering, VerdictId};
use crate::engine::{Instance, Life, Outcome, Subject, Verdict};
use crate::model::{ClauseId, Model, Strength};
use crate::time::{Due, Instant};

/// How the instances of one clause came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Kept.
    pub met: u64,
    /// Broken.
    pub violated: u64,
    /// Broken and repaired.
    pub repaired: u64,
    /// Done late, and excused.
    pub excused: u64,
    /// Neither so far.
    pub open: u64,
    /// Released by an event.
    pub waived: u64,
    /// Not to be told from the log.
    pub unknown: u64,
    /// The earliest due time of an open duty or of an open repair.
    pub next_due: Option<Due>,
}

impl Tally {
    /// Whether the clause has no instance at all.
    pub fn is_vacuous(&self) -> bool {
        self.met + self.violated + self.repaired + self.excused + self.open + self.waived + self.unknown == 0
    }
}

/// Which instances are kept beside their tallies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeping {
    /// None.
    Nothing,
    /// Those to be shown: violated, repaired, excused, waived or unknown.
    #[default]
    Findings,
    /// All.
    All,
}

/// An instance with its id.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Its id.
    pub id: VerdictId,
    /// The instance.
    pub instance: Instance,
}

impl Decided {
    /// Whether it is one to be shown: violated, repaired, excused, waived or unknown.
    pub fn is_finding(&self) -> bool {
        !matches!(self.instance.verdict(), Verdict::Met | Verdict::Open)
    }
}

/// All that a run decided, as of an instant.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The instant that was judged as of.
    pub as_of: Instant,
    /// What had become of each agreement.
    pub agreements: Vec<Life>,
    /// What had become of each clause alone.
    pub clauses: Vec<Life>,
    keeping: Keeping,
    tallies: Vec<Tally>,
    kept: Vec<Decided>,
}

impl Judgement {
    /// A judgement of nothing so far. The instant can be set later, while the log's last one is not known.
    pub fn new(model: &Model, keeping: Keeping) -> Self {
        Judgement {
            as_of: Instant::MIN,
            agreements: vec![Life::default(); model.agreements.len()],
            clauses: vec![Life::default(); model.clauses.len()],
            keeping,
            tallies: vec![Tally::default(); model.clauses.len()],
            kept: Vec::new(),
        }
    }

    /// Counts the instances that were decided at one instant, shows each to `on_decided`, and keeps those that are to be kept.
    pub fn take(&mut self, model: &Model, instances: Vec<Instance>, on_decided: &mut dyn FnMut(&Decided)) {
        let mut numbering = Numbering::default();
        for instance in instances {
            self.count(&instance);
            let id = numbering.next(model, &instance);
            let decided = Decided { id, instance };
            on_decided(&decided);
            match self.keeping {
                Keeping::All => self.kept.push(decided),
                Keeping::Findings if decided.is_finding() => self.kept.push(decided),
                Keeping::Findings | Keeping::Nothing => {}
            }
        }
    }

    fn count(&mut self, instance: &Instance) {
        let tally = &mut self.tallies[instance.clause.index()];
        match instance.verdict() {
            Verdict::Open => tally.open += 1,
            Verdict::Met => tally.met += 1,
            Verdict::Violated => tally.violated += 1,
            Verdict::Repaired => tally.repaired += 1,
            Verdict::Excused => tally.excused += 1,
            Verdict::Waived => tally.waived += 1,
            Verdict::Unknown => tally.unknown += 1,
        }
        if let Some(step) = instance.steps.last()
            && let (Outcome::Open { .. }, Some(due)) = (&step.outcome, step.due)
        {
            tally.next_due = Some(tally.next_due.map_or(due, |next| next.min(due)));
        }
    }

    /// Puts the instances in their order: by clause, then by time, then by the lines of the log.
    pub fn sort(&mut self) {
        self.kept
            .sort_by_cached_key(|decided| (decided.instance.clause, by_decision(&decided.instance)));
    }

    /// Which instances are kept.
    pub fn keeping(&self) -> Keeping {
        self.keeping
    }

    /// The instances that are kept, in their order.
    pub fn kept(&self) -> &[Decided] {
        &self.kept
    }

    /// How the instances of a clause came out.
    pub fn tally(&self, clause: ClauseId) -> &Tally {
        &self.tallies[clause.index()]
    }

    /// The clauses with their tallies, in the order of the rule files.
    pub fn tallies(&self) -> impl Iterator<Item = (ClauseId, &Tally)> {
        let ids = 0_u32..;
        ids.map(ClauseId).zip(&self.tallies)
    }

    /// The instances of a clause with a verdict, of those that are kept.
    pub fn findings(&self, clause: ClauseId, verdict: Verdict) -> impl Iterator<Item = &Instance> {
        let instances = self.kept.iter().map(|decided| &decided.instance);
        instances.filter(move |instance| instance.clause == clause && instance.verdict() == verdict)
    }

    /// Whether an instance of a binding clause is violated: the run fails.
    pub fn fails(&self, model: &Model) -> bool {
        self.tallies()
            .any(|(id, tally)| tally.violated > 0 && strength(model, id) == Strength::Binding)
    }
}

/// The strength of a clause: that of its first duty.
pub fn strength(model: &Model, clause: ClauseId) -> Strength {
    let duty = model.clause(clause).duties.first();
    duty.map_or(Strength::Binding, |duty| duty.strength)
}

/// The order of the findings of a clause: by the time of the decision, then of the opening, then by the lines of the log.
fn by_decision(instance: &Instance) -> impl Ord + use<> {
    let opened = instance.steps.first().and_then(|step| step.opened);
    (decided_at(instance), opened, origin(instance))
}

/// The order of the instances of a clause: by the time of the opening, then of the decision, then by the lines of the log.
pub fn by_opening(instance: &Instance) -> impl Ord + use<> {
    let opened = instance.steps.first().and_then(|step| step.opened);
    let key = match &instance.subject {
        Subject::Key(key, _) | Subject::KeyInPeriod(key, _) => Some(key.clone()),
        Subject::Term | Subject::Trigger(_) | Subject::Period(_) => None,
    };
    (opened, decided_at(instance), key, origin(instance))
}

/// When the first duty of an instance was decided: the breach, for a finding.
fn decided_at(instance: &Instance) -> Option<Instant> {
    use crate::engine::Breach;
    let step = instance.steps.first()?;
    match &step.outcome {
        Outcome::Broken(Breach::Event { by, .. }) => Some(by.time),
        Outcome::Broken(Breach::Interval { start, .. } | Breach::Spell { start, .. }) => Some(*start),
        Outcome::Broken(Breach::Beyond { at, .. }) => Some(*at),
        Outcome::Unknown { at: Some(event), .. } => Some(event.time),
        Outcome::Waived { by, release } => Some(release.at(by)),
        _ => step.due.map(|due| due.at),
    }
}

fn origin(instance: &Instance) -> Option<crate::log::Origin> {
    use crate::engine::Breach;
    match (&instance.subject, instance.steps.first().map(|step| &step.outcome)) {
        (Subject::Trigger(trigger) | Subject::Key(_, Some(trigger)), _) => Some(trigger.event.origin),
        (_, Some(Outcome::Broken(Breach::Event { by, .. }))) => Some(by.origin),
        (_, Some(Outcome::Unknown { at: Some(event), .. })) => Some(event.origin),
        (_, Some(Outcome::Waived { by, .. })) => Some(by.origin),
        _ => None,
    }
}
