//! A whole run: rule files and logs in, a judgement out. The command line is its first user.

mod baseline;
mod export;
mod files;
mod generate;
mod lint;
mod load;
mod scaffold;
mod scenarios;
pub mod watch;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::{Engine, Instance};
use crate::log::{self, Asked, Event, InputError, Inputs, Limits, Origin, Problem, ReadSummary, Sink};
use crate::model::{self, AgreementId, ClauseId, Model};
use crate::plan::Plan;
use crate::source::{MAX_RULE_BYTES, SourceId, SourceMap};
use crate::syntax;
use crate::time::Instant;
use crate::verdict::{Decided, Judgement, Terms};

pub use baseline::{BaselineFileError, read_baseline, write_baseline};
pub use export::{ExportError, WrittenLog, write_formulas, write_log};
pub use files::{read_rule_file, rule_files, write_rule_file};
pub use generate::{Target, WriteLogError, Written, write_generated};
pub use lint::{Fixed, allowed, fix, lint_units};
pub use load::{Loaded, MAX_DECLARATIONS, Unsaved, shown_name};
pub use scaffold::{ScaffoldError, scaffold};
pub use scenarios::{
    RulesId, SCENARIO_ENDINGS, ScenarioError, Suite, TestedFile, TestedRules, Update, find_scenarios, test,
};

/// Rule files, read and built.
#[derive(Debug)]
pub struct Rules {
    /// Their texts.
    pub sources: SourceMap,
    /// What they mean, if there is no error in them.
    pub model: Option<Model>,
    /// The mistakes in them.
    pub diagnostics: Vec<Diagnostic>,
}

/// A rule file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The system does not give it.
    #[error("the rule file {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The system does not take it.
    #[error("the rule file {path} cannot be written: {cause}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not text.
    #[error("the rule file {path} is not text in UTF-8: byte {offset} belongs to no character")]
    NotText {
        /// The file.
        path: PathBuf,
        /// Offset of the first byte that is not.
        offset: usize,
    },
    /// The folder that used files must be in is none.
    #[error("the rules' root {path} is no folder that can be read: {cause}")]
    Root {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is too large to be a rule file.
    #[error("the rule file {path} has more than {} MiB", MAX_RULE_BYTES / 1024 / 1024)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// With it, there are more declarations than a run can have.
    #[error("with the rule file {path} these rules have more than {most} declarations")]
    TooManyDeclarations {
        /// The file.
        path: PathBuf,
        /// How many there can be.
        most: usize,
    },
}

impl RulesError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            RulesError::NotText { .. } => Some("write rule files as UTF-8, or convert them, as with `iconv -t UTF-8`"),
            RulesError::TooLarge { .. } => {
                Some("split it into several files, and let `use` join those that belong together")
            }
            RulesError::TooManyDeclarations { .. } => {
                Some("check the files in several runs, or allow more with `--max-declarations`")
            }
            RulesError::Unreadable { .. } | RulesError::Unwritable { .. } | RulesError::Root { .. } => None,
        }
    }
}

impl Rules {
    /// Reads and builds rule files and those that they use; `-` is standard input. Used files must be in the folder of the first one.
    ///
    /// # Errors
    /// A file that cannot be read. Mistakes in a file are no error here: they are in [`Rules::diagnostics`].
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, RulesError> {
        Rules::load_within(paths, None)
    }

    /// As [`Rules::load`], with another folder that used files must be in.
    ///
    /// # Errors
    /// A file that cannot be read, or a root that is not a folder.
    pub fn load_within<P: AsRef<Path>>(paths: &[P], root: Option<&Path>) -> Result<Self, RulesError> {
        Rules::load_bounded(paths, root, MAX_DECLARATIONS)
    }

    /// As [`Rules::load_within`], with so many declarations at most.
    ///
    /// # Errors
    /// As [`Rules::load_within`].
    pub fn load_bounded<P: AsRef<Path>>(
        paths: &[P],
        root: Option<&Path>,
        most_declarations: usize,
    ) -> Result<Self, RulesError> {
        let loaded = Loaded::read_bounded(paths, root, &Unsaved::default(), most_declarations)?;
        Ok(Rules::build(loaded))
    }

    /// Builds rule files that were read.
    pub fn build(loaded: Loaded) -> Self {
        let Loaded {
            sources, files: parsed, ..
        } = loaded;
        let used = parsed.iter().filter(|parsed| parsed.role == syntax::Role::Used);
        let used: HashSet<SourceId> = used.map(|parsed| parsed.source).collect();
        let built = model::build(parsed);
        let mut diagnostics = built.diagnostics;
        if let Some(model) = &built.model {
            let mut found = analysis::analyse(model);
            found.append(&mut analysis::analyse_texts(model, &sources));
            found.sort_by_key(|found| found.labels.first().map(|label| label.span));
            // What one run has no use for in a file that others share, another run may have.
            found.retain(|found| {
                found.code != Code::Unused
                    || !found
                        .labels
                        .first()
                        .is_some_and(|label| used.contains(&label.span.source))
            });
            // A template's clause can be amiss in the same way in every agreement that it is applied to.
            found.dedup();
            analysis::with_removals(&mut found, &sources);
            found.retain(|found| !allowed(found, &sources));
            diagnostics.append(&mut found);
        }
        let sound = diagnostics
            .iter()
            .all(|diagnostic| diagnostic.severity != Severity::Error);
        Rules {
            sources,
            model: built.model.filter(|_| sound),
            diagnostics,
        }
    }

    /// Whether the rules can be used.
    pub fn are_usable(&self) -> bool {
        self.model.is_some()
    }

    /// How many errors there are, warnings apart.
    pub fn errors(&self) -> usize {
        let errors = self
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error);
        errors.count()
    }
}

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
    let mut feed = Feed {
        engine: Engine::new(Arc::clone(&plan)),
        judgement: Judgement::new(&model, options.terms),
        plan: Arc::clone(&plan),
        as_of: options.as_of,
        point: Vec::new(),
        at: None,
        left_out: 0,
        records: 0,
        observer,
    };
    let read = log::read(inputs, &asked, options.limits, options.as_of, &mut feed)?;
    let left_out = feed.left_out;
    Ok(Checked {
        judgement: feed.finish(),
        read,
        left_out,
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
const PROGRESS_STEP: u64 = 4096;

impl Feed<'_> {
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
            let finished = self.engine.finished();
            if !finished.is_empty() {
                self.take(finished);
            }
        }
    }

    fn take(&mut self, instances: Vec<Instance>) {
        let observer = &mut *self.observer;
        self.judgement
            .take(self.plan.model(), instances, &mut |decided| observer.decided(decided));
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
