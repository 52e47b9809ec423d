//! Judges logs: by one engine, event by event, or by several threads.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::panel::Panel;
use crate::engine::Engine;
use crate::log::{self, Asked, Dividing, Event, InputError, Inputs, Limits, Origin, Problem, ReadSummary, Sink, Work};
use crate::model::{AgreementId, ClauseId, Model};
use crate::plan::{Division, Plan};
use crate::time::Instant;
use crate::verdict::{Decided, Judgement, Terms};

/// How logs are judged.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// The instant to judge as of; else the last instant of the logs.
    pub as_of: Option<Instant>,
    /// Bounds on what is read.
    pub limits: Limits,
    /// Whether records are held to the rules whose type no clause looks at.
    pub strict: bool,
    /// How they are judged, and what is made of single instances.
    pub terms: Terms,
}

/// Follows a run over logs.
pub trait Observer {
    /// Everything that is wrong with one record.
    fn problems(&mut self, problems: Vec<Problem>);

    /// So many records have been read. Called now and then.
    fn progress(&mut self, _records: u64) {}

    /// What became of an instance, for good or as of the judgement.
    fn decided(&mut self, _decided: &Decided) {}

    /// The logs are not in the order of time: what was decided so far is void, and all comes again.
    fn restart(&mut self) {}
}

/// Gathers problems.
impl Observer for Vec<Problem> {
    fn problems(&mut self, mut problems: Vec<Problem>) {
        self.append(&mut problems);
    }
}

/// What came of judging logs.
#[derive(Debug)]
pub struct Checked {
    /// The verdicts; `None` if there is neither an event nor an instant to judge as of.
    pub judgement: Option<Judgement>,
    /// What was read.
    pub read: ReadSummary,
    /// How many events are later than the instant that was judged as of, and were left out.
    pub left_out: u64,
}

/// Judges logs against a model.
///
/// # Errors
/// A log that cannot be read to its end.
pub fn check(
    model: Model,
    inputs: &Inputs,
    options: CheckOptions,
    observer: &mut dyn Observer,
) -> Result<Checked, InputError> {
    let model = Arc::new(model);
    let plan = Arc::new(Plan::new(Arc::clone(&model)));
    let mut asked = Asked::only(&model, |kind| plan.is_wanted(kind));
    if options.strict {
        asked = asked.strict();
    }
    let CheckOptions {
        as_of, limits, terms, ..
    } = options;
    log::with_crew(inputs, limits, Work::Judging, |crew| {
        let Some(crew) = crew else {
            let mut feed = Feed::new(&plan, terms, as_of, observer);
            let read = log::read_with(inputs, &asked, limits, as_of, None, &mut feed)?;
            let left_out = feed.left_out;
            return Ok(Checked {
                judgement: feed.finish(),
                read,
                left_out,
            });
        };
        let division = Arc::new(Division::new(&plan, crew.size() + 1));
        let dividing = Dividing { division, as_of };
        let mut panel = Panel::new(crew, &plan, terms, dividing.clone(), observer);
        let read = log::read_divided(inputs, &asked, limits, &dividing, crew, &mut panel);
        // Whoever follows the run is told what was decided before a failure.
        let read = read.inspect_err(|_| panel.tell())?;
        let left_out = panel.left_out();
        Ok(Checked {
            judgement: panel.finish(),
            read,
            left_out,
        })
    })
}

/// Gathers events into time points and shows them to the engine.
struct Feed<'a> {
    plan: Arc<Plan>,
    engine: Engine,
    judgement: Judgement,
    as_of: Option<Instant>,
    /// The wanted events of the instant `at`.
    point: Vec<Arc<Event>>,
    at: Option<Instant>,
    left_out: u64,
    records: u64,
    observer: &'a mut dyn Observer,
}

/// How many records pass between two calls of [`Observer::progress`].
pub(super) const PROGRESS_STEP: u64 = 4096;

impl<'a> Feed<'a> {
    fn new(plan: &Arc<Plan>, terms: Terms, as_of: Option<Instant>, observer: &'a mut dyn Observer) -> Self {
        Feed {
            engine: Engine::new(Arc::clone(plan)),
            judgement: Judgement::new(plan.model(), terms),
            plan: Arc::clone(plan),
            as_of,
            point: Vec::new(),
            at: None,
            left_out: 0,
            records: 0,
            observer,
        }
    }

    fn tick(&mut self) {
        self.records += 1;
        if self.records.is_multiple_of(PROGRESS_STEP) {
            self.observer.progress(self.records);
        }
    }

    /// Takes time to the instant of a record, if it counts as of the instant that is judged.
    fn reach(&mut self, at: Instant) -> bool {
        if self.as_of.is_some_and(|as_of| at > as_of) {
            self.left_out += 1;
            return false;
        }
        if self.at != Some(at) {
            self.show_point();
            self.at = Some(at);
        }
        true
    }

    fn show_point(&mut self) {
        if self.point.is_empty() {
            return;
        }
        if let Some(at) = self.at {
            self.engine.show(at, &mut self.point);
            self.point.clear();
            let Feed {
                engine,
                judgement,
                plan,
                ..
            } = self;
            let kept = engine.finished_of(|instance| judgement.count_one(plan.model(), instance));
            if !kept.is_empty() {
                let observer = &mut *self.observer;
                self.judgement
                    .take_sifted(self.plan.model(), kept, &mut |decided| observer.decided(decided));
            }
        }
    }

    fn finish(mut self) -> Option<Judgement> {
        self.show_point();
        let as_of = self.as_of.or(self.at)?;
        self.judgement.as_of = as_of;
        self.engine.time_point(as_of, Vec::new());
        let agreements = (0..).map(AgreementId).zip(&mut self.judgement.agreements);
        agreements.for_each(|(id, life)| *life = self.engine.life_of_agreement(id));
        let clauses = (0..).map(ClauseId).zip(&mut self.judgement.clauses);
        clauses.for_each(|(id, life)| *life = self.engine.life_of_clause(id));
        let Feed {
            engine,
            mut judgement,
            plan,
            observer,
            ..
        } = self;
        judgement.take(plan.model(), engine.finish(as_of), &mut |decided| {
            observer.decided(decided);
        });
        judgement.sort();
        Some(judgement)
    }
}

impl Sink for Feed<'_> {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        self.tick();
        if self.reach(event.time) && self.plan.is_wanted(event.kind) {
            self.point.push(event);
        }
        ControlFlow::Continue(())
    }

    fn passed(&mut self, at: Instant) -> ControlFlow<()> {
        self.tick();
        self.reach(at);
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, event: Arc<Event>, by: Origin) -> ControlFlow<()> {
        self.tick();
        if self.reach(event.time) && self.plan.is_wanted(event.kind) {
            self.engine.retracted(event, by);
        }
        ControlFlow::Continue(())
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        self.tick();
        self.observer.problems(problems);
        ControlFlow::Continue(())
    }

    fn restart(&mut self) {
        self.engine = Engine::new(Arc::clone(&self.plan));
        self.judgement = Judgement::new(self.plan.model(), self.judgement.terms().clone());
        self.observer.restart();
        self.point.clear();
        self.at = None;
        self.left_out = 0;
    }
}
