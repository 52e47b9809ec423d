//! Judges logs.

use std::sync::Arc;

use super::panel::Panel;
use crate::log::{self, Asked, Dividing, InputError, Inputs, Limits, Problem, ReadSummary, Work};
use crate::model::Model;
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
    let mut asked = Asked::by(&plan);
    if options.strict {
        asked = asked.strict();
    }
    let CheckOptions {
        as_of, limits, terms, ..
    } = options;
    log::with_crew(inputs, limits, Work::Judging, |crew| {
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
