//! All logs of a run as events in the order of time.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::amend::{Amendments, Plain, Record, Rewriting};
use super::crew::Crew;
use super::merge::{Disorder, Merge, Next};
use super::problem::Problem;
use super::reader::{self, Outcome};
use super::sorter::Sorter;
use super::{Asked, Event, Format, InputError, Inputs, Limits, Origin};
use crate::time::Instant;

/// Takes what logs say.
pub trait Sink {
    /// An event, not earlier than those before it.
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()>;

    /// Everything that is wrong with one record, which then is no event. Every record comes here at most once, and those of
    /// one log come in its order.
    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()>;

    /// Time has come to an instant with a record that is not an event, or is none any more.
    fn passed(&mut self, at: Instant) -> ControlFlow<()>;

    /// An event that a later record took back: it did not happen. Time has come to its instant.
    fn retracted(&mut self, event: Arc<Event>, by: Origin) -> ControlFlow<()>;

    /// The events so far were not in the order of time after all: forget them; all come again. Problems do not.
    fn restart(&mut self);
}

/// As [`Sink`], before corrections and retractions have been put in force.
pub(super) trait Records {
    fn record(&mut self, record: Record) -> ControlFlow<()>;
    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()>;
    fn restart(&mut self);
}

/// What a reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadSummary {
    /// Records, usable or not.
    pub records: u64,
    /// Records that are events.
    pub events: u64,
    /// Records that correct or retract events.
    pub amendments: u64,
    /// Events that were corrected.
    pub corrected: u64,
    /// Events that were retracted, and were not given to the sink.
    pub retracted: u64,
    /// Records whose type a map passes over.
    pub ignored: u64,
    /// Records that are none.
    pub unusable: u64,
    /// Problems of these records; a record can have several.
    pub problems: u64,
    /// Bytes of text, after decompression.
    pub bytes: u64,
    /// The first place where a log turned out not to be in the order of time, so that all records had to be sorted.
    pub disorder: Option<Disorder>,
    /// Whether the sink ended the reading before the end of the logs. Whether the rest is in order is then not known.
    pub stopped: bool,
}

/// Every log is an open file while it is merged, and systems allow some hundreds of them.
const MAX_MERGED: usize = 200;

/// Reads all logs and hands their events to the sink in the order of time; events of one instant come in the order of the
/// logs, and of the lines within one.
///
/// Logs are taken to be in the order of time, each on its own, and are merged while they are read. When one turns out not to
/// be, the sink is restarted, all logs are read again, and their records are sorted, which takes a bounded piece of memory and a temporary file for
/// the rest. More than 200 logs are sorted at once.
///
/// Where an event type has an identity, the logs are read once more before: corrections and retractions, as far as they are known as of the instant,
/// are gathered first, and then put in force.
///
/// # Errors
/// A log that cannot be read to its end. What the sink was given until then is not complete.
pub fn read(
    inputs: &Inputs,
    asked: &Asked<'_>,
    limits: Limits,
    as_of: Option<Instant>,
    sink: &mut impl Sink,
) -> Result<ReadSummary, InputError> {
    with_crew(inputs, limits, Work::Reading, |crew| {
        read_with(inputs, asked, limits, as_of, crew, sink)
    })
}

/// As [`read`], with the threads of a crew.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_with<'m>(
    inputs: &Inputs,
    asked: &Asked<'m>,
    limits: Limits,
    as_of: Option<Instant>,
    crew: &Crew<'m>,
    sink: &mut impl Sink,
) -> Result<ReadSummary, InputError> {
    let crew = Some(crew).filter(|crew| crew.size() > 0 && are_shared(inputs));
    if !asked.has_amendments() {
        return records(inputs, asked, limits, crew, &mut Plain(sink));
    }
    let mut amendments = Amendments::new(asked.model, as_of);
    records(inputs, asked, limits, crew, &mut amendments)?;
    let mut rewriting = Rewriting::new(amendments, sink);
    let summary = records(inputs, asked, limits, crew, &mut rewriting)?;
    Ok(rewriting.finish(summary))
}

/// What the threads of a run are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// To decode: only formats that can be cut into pieces are decoded by several.
    Reading,
    /// To judge what is read too.
    Judging,
}

/// Runs a reading with a crew of the threads that it may have beside its own, or of none where they are of no use to it.
pub(crate) fn with_crew<'m, T>(inputs: &Inputs, limits: Limits, work: Work, run: impl FnOnce(&Crew<'m>) -> T) -> T {
    /// Fewer bytes are read sooner than threads are started.
    const SHARED_BYTES: u64 = 2 * 1024 * 1024;
    /// The same events take fewer bytes in columns.
    const SHARED_BYTES_OF_COLUMNS: u64 = SHARED_BYTES / 8;
    let formats = || inputs.ids().filter_map(|id| inputs.format(id));
    let are_columns = |format: Format| matches!(format, Format::Parquet | Format::Arrow);
    let least = if formats().all(are_columns) {
        SHARED_BYTES_OF_COLUMNS
    } else {
        SHARED_BYTES
    };
    let can_help = match work {
        Work::Reading => are_shared(inputs) && formats().any(reader::is_in_pieces),
        Work::Judging => true,
    };
    let is_worth_it = can_help && inputs.stored_bytes() >= least;
    let helpers = if is_worth_it {
        limits.threads.saturating_sub(1)
    } else {
        0
    };
    Crew::with(helpers, run)
}

/// Whether there are so few logs that each can be read ahead, which takes memory.
fn are_shared(inputs: &Inputs) -> bool {
    const MOST_SHARED: usize = 4;
    inputs.ids().len() <= MOST_SHARED
}

fn records<'m>(
    inputs: &Inputs,
    asked: &Asked<'m>,
    limits: Limits,
    crew: Option<&Crew<'m>>,
    sink: &mut impl Records,
) -> Result<ReadSummary, InputError> {
    let mut reported = vec![None; inputs.ids().len()];
    if inputs.ids().len() > MAX_MERGED {
        return sorted(inputs, asked, limits, crew, sink, &reported, None);
    }
    inputs.progress().restart();
    let mut merge = Merge::open(inputs, asked, limits, crew)?;
    let mut summary = ReadSummary::default();
    let flow = loop {
        match merge.next()? {
            Next::Record(record) => {
                summary.take(&record);
                if sink.record(record).is_break() {
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
                return sorted(inputs, asked, limits, crew, sink, &reported, Some(disorder));
            }
            Next::End => break ControlFlow::Continue(()),
        }
    };
    Ok(summary.ended(flow, merge.bytes()))
}

/// Reads one log after the other, and sorts. Problems up to the last one reported of each log are not reported again.
pub(super) fn sorted<'m>(
    inputs: &Inputs,
    asked: &Asked<'m>,
    limits: Limits,
    crew: Option<&Crew<'m>>,
    sink: &mut impl Records,
    reported: &[Option<Origin>],
    disorder: Option<Disorder>,
) -> Result<ReadSummary, InputError> {
    inputs.progress().restart();
    let mut summary = ReadSummary {
        disorder,
        ..ReadSummary::default()
    };
    let mut sorter = Sorter::new(Sorter::BOUND);
    for (id, reported) in inputs.ids().zip(reported) {
        let mut reader = reader::open(inputs, id, asked, limits, crew)?;
        while let Some(outcome) = reader.next()? {
            let flow = match outcome {
                Outcome::Ok(record) => {
                    summary.take(&record);
                    sorter.add(&record)?;
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
    summary.records = summary.events + summary.amendments + summary.ignored + summary.unusable;
    let mut sorted = sorter.finish()?;
    while !summary.stopped
        && let Some(record) = sorted.next()?
    {
        summary.stopped = sink.record(record).is_break();
    }
    Ok(summary)
}

impl ReadSummary {
    #[inline]
    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::Event(_) | Record::Unasked { .. } => self.events += 1,
            Record::Amendment(_) => self.amendments += 1,
            Record::Ignored { .. } => self.ignored += 1,
        }
    }

    /// Says how a reading in one go came to its end, after so many bytes.
    pub(super) fn ended(self, flow: ControlFlow<()>, bytes: u64) -> Self {
        ReadSummary {
            stopped: flow.is_break(),
            bytes,
            records: self.events + self.amendments + self.ignored + self.unusable,
            ..self
        }
    }

    pub(super) fn count(&mut self, problems: &[Problem]) {
        self.unusable += 1;
        self.problems += problems.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::InputId;
    use crate::log::fixture::{Notes, files, inputs, model, notes};

    fn at(seconds: &[u32]) -> String {
        let line = |second: &u32| format!("{{\"time\": \"2024-07-08T10:00:{second:02}Z\", \"type\": \"ping\"}}\n");
        seconds.iter().map(line).collect()
    }

    fn order(notes: &Notes) -> Vec<(u32, u32, u64)> {
        let second = |time: &str| time["2024-07-08T10:00:".len()..].trim_end_matches('Z').parse().unwrap();
        notes
            .events
            .iter()
            .map(|(time, input, line)| (second(time), *input, *line))
            .collect()
    }

    #[test]
    fn logs_are_merged_by_time_then_log_then_line() {
        let (_directory, inputs) = files(&[&at(&[1, 3, 3, 9]), "", &at(&[0, 3, 4]), &at(&[3])]);
        let (notes, summary) = notes(&inputs);
        assert_eq!(
            order(&notes),
            [
                (0, 2, 1),
                (1, 0, 1),
                (3, 0, 2),
                (3, 0, 3),
                (3, 2, 2),
                (3, 3, 1),
                (4, 2, 3),
                (9, 0, 4)
            ]
        );
        let bytes = inputs.stored_bytes();
        assert_eq!(
            summary,
            ReadSummary {
                records: 8,
                events: 8,
                bytes,
                ..ReadSummary::default()
            }
        );
        assert_eq!(notes.restarts, 0);
        assert_eq!(inputs.progress().bytes(), bytes);
    }

    #[test]
    fn a_log_out_of_order_is_sorted() {
        let (_directory, inputs) = files(&[&at(&[1, 5, 4, 4]), &at(&[0, 2, 4])]);
        let (notes, summary) = notes(&inputs);
        assert_eq!(
            order(&notes),
            [
                (0, 1, 1),
                (1, 0, 1),
                (2, 1, 2),
                (4, 0, 3),
                (4, 0, 4),
                (4, 1, 3),
                (5, 0, 2)
            ]
        );
        assert_eq!(notes.restarts, 1);
        assert_eq!(
            summary.disorder,
            Some(Disorder {
                input: InputId(0),
                line: 3
            })
        );
        assert_eq!((summary.records, summary.events), (7, 7));
        assert_eq!(summary.bytes, inputs.stored_bytes());
        assert_eq!(inputs.progress().bytes(), inputs.stored_bytes());
    }

    #[test]
    fn problems_are_told_once_whether_sorted_or_not() {
        let one = format!("{}x\n{}y\n{}z\n", at(&[1]), at(&[5]), at(&[4]));
        let other = format!("a\n{}b\nc\n", at(&[7]));
        let (_directory, inputs) = files(&[&one, &other]);
        let (mut notes, summary) = notes(&inputs);
        assert_eq!(notes.restarts, 1);
        notes.problems.sort_unstable();
        assert_eq!(notes.problems, [(0, 2), (0, 4), (0, 6), (1, 1), (1, 3), (1, 4)]);
        assert_eq!(
            (summary.records, summary.events, summary.unusable, summary.problems),
            (10, 4, 6, 6)
        );
    }

    #[test]
    fn standard_input_out_of_order_is_read_again() {
        let packed = zstd::encode_all(at(&[3, 2, 1]).as_bytes(), 3).unwrap();
        let inputs = inputs(&packed, Format::Jsonl);
        let (notes, summary) = notes(&inputs);
        assert_eq!(order(&notes), [(1, 0, 3), (2, 0, 2), (3, 0, 1)]);
        assert_eq!(summary.bytes, at(&[3, 2, 1]).len() as u64);
    }

    #[test]
    fn the_sink_can_end_the_reading() {
        let in_order = [at(&[1, 2, 3]), at(&[1, 4])];
        let out_of_order = [at(&[2, 1]), at(&[3])];
        for (texts, expected) in [
            (in_order, [(1, 0, 1), (1, 1, 1)]),
            (out_of_order, [(1, 0, 2), (2, 0, 1)]),
        ] {
            let (_directory, inputs) = files(&[&texts[0], &texts[1]]);
            let mut notes = Notes {
                most: Some(2),
                ..Notes::default()
            };
            let summary = read(&inputs, &Asked::all(&model()), Limits::default(), None, &mut notes).unwrap();
            assert!(summary.stopped);
            assert_eq!(order(&notes), expected);
        }
    }

    #[test]
    fn logs_of_different_formats_are_merged() {
        let directory = tempfile::tempdir().unwrap();
        let texts = [
            ("a.csv", "time,type\n2024-07-08T10:00:02Z,ping\n"),
            ("b.yaml", "- {time: 2024-07-08T10:00:01Z, type: ping}\n"),
            ("c.json", "[{\"time\": \"2024-07-08T10:00:03Z\", \"type\": \"ping\"}]"),
        ];
        let paths = texts.map(|(name, text)| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        });
        let (notes, _) = notes(&Inputs::open(&paths, None).unwrap());
        assert_eq!(order(&notes), [(1, 1, 1), (2, 0, 2), (3, 2, 1)]);
    }

    #[test]
    fn more_logs_than_files_can_be_open_are_sorted() {
        let texts: Vec<String> = (0_u32..=200).map(|log| at(&[59 - log % 60])).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (_directory, inputs) = files(&texts);
        let (notes, summary) = notes(&inputs);
        assert_eq!(summary.events, MAX_MERGED as u64 + 1);
        assert_eq!((notes.restarts, summary.disorder), (0, None));
        assert!(order(&notes).is_sorted());
    }

    #[test]
    fn a_log_that_ends_too_soon_is_an_error_after_its_events() {
        let lines = at(&[1]).repeat(10_000);
        let packed = zstd::encode_all(lines.as_bytes(), 0).unwrap();
        let mut both = packed.clone();
        both.extend_from_slice(&packed[..packed.len() / 2]);
        let inputs = inputs(&both, Format::Jsonl);
        let mut notes = Notes::default();
        let error = read(&inputs, &Asked::all(&model()), Limits::default(), None, &mut notes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`standard input` ends before its zstd data is complete"
        );
        assert!(notes.events.len() >= 10_000);
    }

    #[test]
    fn no_logs_have_no_events() {
        let inputs = Inputs::open::<&str>(&[], None).unwrap();
        let (notes, summary) = notes(&inputs);
        assert!(notes.events.is_empty());
        assert_eq!(summary, ReadSummary::default());
    }
}
