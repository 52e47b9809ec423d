//! All logs of a run as events in the order of time.

use std::ops::ControlFlow;

use super::merge::{Disorder, Merge, Next};
use super::problem::Problem;
use super::reader::{self, Outcome};
use super::{Event, InputError, Inputs, Limits, Origin};
use crate::model::Model;

/// Takes what logs say.
pub trait Sink {
    /// An event, not earlier than those before it.
    fn event(&mut self, event: Event) -> ControlFlow<()>;

    /// Everything that is wrong with one record, which then is no event. Every record comes here at most once, and those of
    /// one log come in its order.
    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()>;

    /// The events so far were not in the order of time after all: forget them; all come again. Problems do not.
    fn restart(&mut self);
}

/// What a reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadSummary {
    /// Records, usable or not.
    pub records: u64,
    /// Records that are events.
    pub events: u64,
    /// Records that are none.
    pub unusable: u64,
    /// Problems of these records; a record can have several.
    pub problems: u64,
    /// Bytes of text, after decompression.
    pub bytes: u64,
    /// The first place where a log turned out not to be in the order of time, so that all events had to be held in memory.
    pub disorder: Option<Disorder>,
    /// Whether the sink ended the reading before the end of the logs.
    pub stopped: bool,
}

/// Every log is an open file while it is merged, and systems allow some hundreds of them.
const MAX_MERGED: usize = 200;

/// Reads all logs and hands their events to the sink in the order of time; events of one instant come in the order of the
/// logs, and of the lines within one.
///
/// Logs are taken to be in the order of time, each on its own, and are merged while they are read. When one turns out not to
/// be, the sink is restarted, all logs are read again, and their events are held in memory and sorted. More than 200 logs
/// are sorted at once.
///
/// # Errors
/// A log that cannot be read to its end. What the sink was given until then is not complete.
pub fn read(inputs: &Inputs, model: &Model, limits: Limits, sink: &mut impl Sink) -> Result<ReadSummary, InputError> {
    let mut reported = vec![None; inputs.ids().len()];
    if inputs.ids().len() > MAX_MERGED {
        return sorted(inputs, model, limits, sink, &reported, None);
    }
    inputs.progress().restart();
    let mut merge = Merge::open(inputs, model, limits)?;
    let mut summary = ReadSummary::default();
    let flow = loop {
        match merge.next()? {
            Next::Event(event) => {
                summary.events += 1;
                if sink.event(event).is_break() {
                    break ControlFlow::Break(());
                }
            }
            Next::Problems(problems) => {
                summary.count(&problems);
                if let Some(origin) = problems.first().map(|problem| problem.origin)
                    && let Some(last) = reported.get_mut(origin.input.0 as usize)
                {
                    *last = Some(origin);
                }
                if sink.problems(problems).is_break() {
                    break ControlFlow::Break(());
                }
            }
            Next::Disorder(disorder) => {
                // The files and buffers of the first reading are not needed beside those of the second.
                drop(merge);
                sink.restart();
                return sorted(inputs, model, limits, sink, &reported, Some(disorder));
            }
            Next::End => break ControlFlow::Continue(()),
        }
    };
    summary.stopped = flow.is_break();
    summary.bytes = merge.bytes();
    summary.records = summary.events + summary.unusable;
    Ok(summary)
}

/// Reads one log after the other, and sorts. Problems up to the last one reported of each log are not reported again.
fn sorted(
    inputs: &Inputs,
    model: &Model,
    limits: Limits,
    sink: &mut impl Sink,
    reported: &[Option<Origin>],
    disorder: Option<Disorder>,
) -> Result<ReadSummary, InputError> {
    inputs.progress().restart();
    let mut summary = ReadSummary {
        disorder,
        ..ReadSummary::default()
    };
    let mut events = Vec::new();
    for (id, reported) in inputs.ids().zip(reported) {
        let mut reader = reader::open(inputs, id, model, limits)?;
        while let Some(outcome) = reader.next()? {
            let flow = match outcome {
                Outcome::Ok(event) => {
                    events.push(event);
                    ControlFlow::Continue(())
                }
                Outcome::Err(problems) => {
                    summary.count(&problems);
                    let is_new = problems
                        .first()
                        .is_none_or(|problem| reported.is_none_or(|last| last < problem.origin));
                    if is_new {
                        sink.problems(problems)
                    } else {
                        ControlFlow::Continue(())
                    }
                }
            };
            if flow.is_break() {
                summary.stopped = true;
                break;
            }
        }
        summary.bytes += reader.position();
        if summary.stopped {
            break;
        }
    }
    events.sort_unstable_by_key(|event: &Event| (event.time, event.origin));
    summary.events = events.len() as u64;
    summary.records = summary.events + summary.unusable;
    for event in events {
        if summary.stopped || sink.event(event).is_break() {
            summary.stopped = true;
            break;
        }
    }
    Ok(summary)
}

impl ReadSummary {
    fn count(&mut self, problems: &[Problem]) {
        self.unusable += 1;
        self.problems += problems.len() as u64;
    }
}
