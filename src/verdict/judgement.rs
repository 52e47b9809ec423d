//! The judgement of a whole run.

use std::io;
use std::sync::Arc;

use super::baseline::{Baseline, Standing};
use super::id::{Numbering, OutcomeId, VerdictId};
use super::kept::Kept;
use super::policy::{FailOn, Ground, time_used};
use crate::engine::state::{Loader, Restored, Saver, restored, saved};
use crate::engine::{Instance, Life, Outcome, StateError, Subject, Verdict};
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
    /// Of those broken, the ones that the baseline has as they are.
    pub known: u64,
    /// Neither so far.
    pub open: u64,
    /// Released by an event.
    pub waived: u64,
    /// Not to be told from the log.
    pub unknown: u64,
    /// The earliest due time of an open duty or of an open repair.
    pub next_due: Option<Due>,
}

saved!(struct Tally { met, violated, repaired, excused, known, open, waived, unknown, next_due });

impl Tally {
    fn add(&mut self, other: &Tally) {
        let Tally {
            met,
            violated,
            repaired,
            excused,
            known,
            open,
            waived,
            unknown,
            next_due,
        } = other;
        self.met += met;
        self.violated += violated;
        self.repaired += repaired;
        self.excused += excused;
        self.known += known;
        self.open += open;
        self.waived += waived;
        self.unknown += unknown;
        self.next_due = self.next_due.into_iter().chain(*next_due).min();
    }

    /// Whether the clause has no instance at all.
    pub fn is_vacuous(&self) -> bool {
        self.met + self.violated + self.repaired + self.excused + self.open + self.waived + self.unknown == 0
    }
}

/// How a run is judged, and what is made of single instances.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Which instances are kept.
    pub keeping: Keeping,
    /// Of the findings of one clause with one verdict, no more are kept, the first ones in their order; `None` for all.
    pub most: Option<usize>,
    /// Which instances are told of as they are decided.
    pub telling: Keeping,
    /// What makes the run fail.
    pub fail_on: FailOn,
    /// The violations that are known.
    pub baseline: Option<Arc<Baseline>>,
    /// Whether all violations are to be known from now on, so that none makes the run fail.
    pub accepting: bool,
}

/// Which instances are kept beside their tallies, or told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeping {
    /// None.
    Nothing,
    /// Those to be shown: violated, repaired, excused, waived or unknown, and those that make the run fail.
    #[default]
    Findings,
    /// All.
    All,
}

impl Keeping {
    /// Whether an instance is one of those.
    pub fn has(self, decided: &Decided) -> bool {
        match self {
            Keeping::All => true,
            Keeping::Findings => decided.is_finding(),
            Keeping::Nothing => false,
        }
    }
}

/// An instance with its id, and what follows from it.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Its id.
    pub id: VerdictId,
    /// The instance.
    pub instance: Instance,
    /// How it stands to the baseline, for a violation where there is one.
    pub standing: Option<Standing>,
    /// How much of its time has passed while something has still to be done, in whole percents.
    pub time_used: Option<u8>,
    /// Why it is one to make the run fail, known or not.
    pub ground: Option<Ground>,
    /// Whether it does.
    pub failing: bool,
}

impl Decided {
    /// Whether it is one to be shown.
    pub fn is_finding(&self) -> bool {
        self.ground.is_some() || !is_quiet(self.instance.verdict())
    }

    /// Whether it is known, so that nobody has to be told again.
    pub fn is_known(&self) -> bool {
        self.standing == Some(Standing::Known)
    }
}

fn is_quiet(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Met | Verdict::Open)
}

/// How the violations of a run stand to a baseline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// They are in it as they are.
    pub known: u64,
    /// They are in it, and something else came of them since.
    pub changed: u64,
    /// They are not in it.
    pub new: u64,
    /// They are in it, and are no violations any more.
    pub gone: u64,
}

saved!(struct Compared { known, changed, new, gone });

/// All that a run decided, as of an instant.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The instant that was judged as of.
    pub as_of: Instant,
    /// What had become of each agreement.
    pub agreements: Vec<Life>,
    /// What had become of each clause alone.
    pub clauses: Vec<Life>,
    terms: Terms,
    tallies: Vec<Tally>,
    kept: Kept,
    compared: Compared,
    failing: u64,
}

restored!(Judgement {
    saved: [as_of, tallies, compared, failing],
    fixed: [agreements, clauses, terms, kept],
    checked by has_all_clauses,
});

impl Judgement {
    fn has_all_clauses(&self) -> Result<(), &'static str> {
        let all = self.tallies.len() == self.clauses.len();
        all.then_some(()).ok_or("the rules have another number of clauses")
    }

    /// Writes what has been counted so far, for [`Judgement::restore`] to go on from: neither the instances that are kept, nor the terms, nor what had
    /// become of agreements and clauses.
    ///
    /// # Errors
    /// What the writer says.
    pub fn save(&self, model: &Model, out: &mut impl io::Write) -> io::Result<()> {
        let mut to = Saver::new(out, model);
        Restored::save(self, &mut to);
        to.finish()
    }

    /// A judgement on these terms that counts on from where the one did that [`Judgement::save`] wrote of.
    ///
    /// # Errors
    /// If the bytes are of another form, or damaged.
    pub fn restore(model: &Model, terms: Terms, bytes: &[u8]) -> Result<Judgement, StateError> {
        let mut judgement = Judgement::new(model, terms);
        let mut from = Loader::new(bytes, model)?;
        Restored::restore(&mut judgement, &mut from)?;
        from.finish()?;
        Ok(judgement)
    }

    /// A judgement of nothing so far. The instant can be set later, while the log's last one is not known.
    pub fn new(model: &Model, terms: Terms) -> Self {
        Judgement {
            as_of: Instant::MIN,
            agreements: vec![Life::default(); model.agreements.len()],
            clauses: vec![Life::default(); model.clauses.len()],
            kept: Kept::new(terms.most),
            terms,
            tallies: vec![Tally::default(); model.clauses.len()],
            compared: Compared::default(),
            failing: 0,
        }
    }

    /// Counts an instance. Whether it is to be told of or to be kept; another judgement that does so has to [take over](Judgement::count_in) the numbers
    /// of this one. Open ones come when the instant that is judged as of is known.
    pub fn count_one(&mut self, model: &Model, instance: &Instance) -> bool {
        let verdict = instance.verdict();
        self.count(verdict, instance);
        let everything = [self.terms.keeping, self.terms.telling].contains(&Keeping::All);
        everything || !is_quiet(verdict) || self.ground(model, instance).is_some()
    }

    /// Tells of each of the instances that were decided at one instant and [counted](Judgement::count_one), and keeps it, as far as that is to be done.
    pub fn take_counted(
        &mut self,
        model: &Model,
        instances: impl IntoIterator<Item = Instance>,
        on_decided: &mut dyn FnMut(&Decided),
    ) {
        let mut numbering = Numbering::default();
        for instance in instances {
            let decided = self.decide(model, instance, &mut numbering);
            if self.terms.telling.has(&decided) {
                on_decided(&decided);
            }
            if self.terms.keeping.has(&decided) {
                self.kept.push(decided);
            }
        }
    }

    /// Takes over the numbers of a judgement that counted instances for this one.
    pub fn count_in(&mut self, counted: &Judgement) {
        for (tally, part) in self.tallies.iter_mut().zip(&counted.tallies) {
            tally.add(part);
        }
    }

    /// Counts an instance. `None` if it is neither to be told of nor to be kept: then it has no id.
    pub fn take_one(&mut self, model: &Model, instance: Instance, numbering: &mut Numbering) -> Option<Decided> {
        self.count_one(model, &instance)
            .then(|| self.decide(model, instance, numbering))
    }

    /// An instance as it stands, which is not counted: more can come of it.
    pub fn look(&self, model: &Model, instance: Instance, numbering: &mut Numbering) -> Decided {
        let ground = self.ground(model, &instance);
        Decided {
            id: numbering.next(model, &instance),
            time_used: time_used(model, &instance, self.as_of),
            failing: ground.is_some(),
            instance,
            standing: None,
            ground,
        }
    }

    fn ground(&self, model: &Model, instance: &Instance) -> Option<Ground> {
        self.terms.fail_on.ground(model, instance, self.as_of)
    }

    fn decide(&mut self, model: &Model, instance: Instance, numbering: &mut Numbering) -> Decided {
        let mut decided = self.look(model, instance, numbering);
        let instance = &decided.instance;
        let violated = instance.verdict() == Verdict::Violated;
        let baseline = self.terms.baseline.as_ref().filter(|_| violated);
        decided.standing = baseline.map(|baseline| baseline.standing(decided.id, OutcomeId::of(model, instance)));
        match decided.standing {
            Some(Standing::Known) => {
                self.compared.known += 1;
                self.tallies[instance.clause.index()].known += 1;
            }
            Some(Standing::Changed) => self.compared.changed += 1,
            Some(Standing::New) => self.compared.new += 1,
            None => {}
        }
        let is_accepted = violated && self.terms.accepting;
        decided.failing &= !decided.is_known() && !is_accepted;
        self.failing += u64::from(decided.failing);
        decided
    }

    fn count(&mut self, verdict: Verdict, instance: &Instance) {
        let tally = &mut self.tallies[instance.clause.index()];
        match verdict {
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
        self.kept.sort();
    }

    /// How it is judged.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The instances that are kept, in their order.
    pub fn kept(&self) -> &[Decided] {
        self.kept.all()
    }

    /// How the violations stand to the baseline, if there is one.
    pub fn compared(&self) -> Option<Compared> {
        let baseline = self.terms.baseline.as_ref()?;
        let found = self.compared.known + self.compared.changed;
        Some(Compared {
            gone: (baseline.len() as u64).saturating_sub(found),
            ..self.compared
        })
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

    /// The instances of a clause with a verdict that are to be shown, as far as they are kept, and how many there are: not those that are known, and not
    /// duties that are met or open, unless these make the run fail.
    pub fn findings(&self, clause: ClauseId, verdict: Verdict) -> (u64, impl Iterator<Item = &Decided>) {
        self.kept.findings(clause, verdict)
    }

    /// How many open duties make the run fail because of the time that has passed, of those that are to be kept.
    pub fn at_risk(&self) -> u64 {
        self.kept.at_risk()
    }

    /// Whether the run fails.
    pub fn fails(&self) -> bool {
        self.failing > 0
    }
}

/// The strength of a clause: that of its first duty.
pub fn strength(model: &Model, clause: ClauseId) -> Strength {
    let duty = model.clause(clause).duties.first();
    duty.map_or(Strength::Binding, |duty| duty.strength)
}

/// The order of the findings of a clause: by the time of the decision, then of the opening, then by the lines of the log.
pub(super) fn by_decision(instance: &Instance) -> impl Ord + use<> {
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
        _ => step.due.map(Due::edge),
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
