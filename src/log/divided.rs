//! Reading for several engines: what can be put into batches by the threads that decode it, is.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::amend::{Plain, Record};
use super::arrow::ArrowRows;
use super::batch::{Batch, Dividing};
use super::crew::{Crew, Hand};
use super::csv::CsvRows;
use super::jsonl::JsonLines;
use super::map::MapFile;
use super::parquet::ParquetRows;
use super::passing::{Passed, Span};
use super::pieces::Pieces;
use super::read::{ReadSummary, Records, Sink, read_with, sorted};
use super::record::Schema;
use super::shared::{Decoded, Gather, Shared};
use super::{Asked, Disorder, Event, Format, InputError, Inputs, Limits, Origin};
use crate::time::Instant;

/// Takes what logs say, many events at a time where that is possible.
pub trait DividedSink: Sink {
    /// Events, none of which is earlier than anything before them.
    fn batch(&mut self, batch: Batch) -> ControlFlow<()>;
}

/// Records that follow one another in the order of time, all of them sound, and put into a batch.
struct Sheaf {
    first: Option<(Instant, Origin)>,
    last: Option<Instant>,
    /// How many of its records there are.
    summary: ReadSummary,
    batch: Batch,
}

impl Sheaf {
    /// Takes in the instant of the next record, if it is not earlier than that of the one before it.
    #[inline]
    fn come_to(&mut self, time: Instant, origin: &Origin) -> ControlFlow<()> {
        if self.last.is_some_and(|last| time < last) {
            return ControlFlow::Break(());
        }
        if self.first.is_none() {
            self.first = Some((time, *origin));
        }
        self.last = Some(time);
        ControlFlow::Continue(())
    }
}

/// As [`super::read`], with the threads of a crew, for a sink that takes batches.
///
/// # Errors
/// As [`super::read`].
pub(crate) fn read_divided<'m>(
    inputs: &Inputs,
    asked: &Asked<'m>,
    limits: Limits,
    dividing: &Dividing,
    crew: &Crew<'m>,
    sink: &mut impl DividedSink,
) -> Result<ReadSummary, InputError> {
    let mut ids = inputs.ids();
    let records = inputs.map_file().and_then(MapFile::records);
    if let (Some(id), None, None, false) = (ids.next(), ids.next(), records, asked.has_amendments()) {
        let stream = || inputs.stream(id);
        let schema = Schema::new(asked, inputs.map(id, asked.model));
        let reading = Reading {
            inputs,
            asked,
            limits,
            dividing,
            crew,
        };
        match inputs.format(id).unwrap_or(Format::Jsonl) {
            Format::Jsonl => return reading.of(|| Ok(JsonLines::new(stream()?, id, schema, limits)), sink),
            Format::Csv => return reading.of(|| Ok(CsvRows::new(stream()?, id, schema, limits)), sink),
            Format::Parquet => return reading.of(|| ParquetRows::open(inputs, id, schema, limits), sink),
            Format::Arrow => return reading.of(|| ArrowRows::open(inputs, id, schema, limits), sink),
            Format::Json | Format::Yaml | Format::Xes | Format::Ocel => {}
        }
    }
    read_with(inputs, asked, limits, dividing.as_of, crew, sink)
}

/// A reading of one log in pieces.
struct Reading<'r, 'm> {
    inputs: &'r Inputs,
    asked: &'r Asked<'m>,
    limits: Limits,
    dividing: &'r Dividing,
    crew: &'r Crew<'m>,
}

impl<'m> Reading<'_, 'm> {
    fn of<P: Pieces<'m>>(
        &self,
        open: impl FnOnce() -> Result<P, InputError>,
        sink: &mut impl DividedSink,
    ) -> Result<ReadSummary, InputError> {
        self.inputs.progress().restart();
        let pieces = Shared::new(open()?, self.crew, Sheaves(self.dividing.clone()));
        match in_batches(pieces, sink)? {
            Read::All(summary) => Ok(summary),
            Read::UpTo { reported, origin } => {
                let disorder = Disorder {
                    input: origin.input,
                    line: origin.line,
                };
                sink.restart();
                let (crew, reported) = (Some(self.crew), [reported]);
                let mut sink = Plain(sink);
                sorted(
                    self.inputs,
                    self.asked,
                    self.limits,
                    crew,
                    &mut sink,
                    &reported,
                    Some(disorder),
                )
            }
        }
    }
}

/// How far a log could be read.
enum Read {
    All(ReadSummary),
    /// To a record that is earlier than one before it.
    UpTo {
        /// The last record that is none, of those that the sink was told of.
        reported: Option<Origin>,
        origin: Origin,
    },
}

fn in_batches<'m>(
    mut pieces: Shared<'m, impl Pieces<'m>, Sheaves>,
    sink: &mut impl DividedSink,
) -> Result<Read, InputError> {
    let mut summary = ReadSummary::default();
    let mut latest: Option<Instant> = None;
    let mut reported = None;
    let is_late = |latest: Option<Instant>, time: Instant| latest.is_some_and(|latest| time < latest);
    while let Some(decoded) = pieces.next()? {
        match decoded {
            Decoded::Together(sheaf) => {
                if let Some((_, origin)) = sheaf.first.filter(|(time, _)| is_late(latest, *time)) {
                    return Ok(Read::UpTo { reported, origin });
                }
                latest = sheaf.last.or(latest);
                summary.events += sheaf.summary.events;
                summary.ignored += sheaf.summary.ignored;
                if sink.batch(sheaf.batch).is_break() {
                    return Ok(Read::All(summary.ended(ControlFlow::Break(()), pieces.position())));
                }
            }
            Decoded::Apart(outcomes) => {
                for outcome in outcomes {
                    let flow = match outcome {
                        Ok(record) if is_late(latest, record.time()) => {
                            let origin = record.origin();
                            return Ok(Read::UpTo { reported, origin });
                        }
                        Ok(record) => {
                            latest = Some(record.time());
                            summary.take(&record);
                            Plain(sink).record(record)
                        }
                        Err(problems) => {
                            summary.count(&problems);
                            reported = problems.first().map(|problem| problem.origin).or(reported);
                            sink.problems(problems)
                        }
                    };
                    if flow.is_break() {
                        return Ok(Read::All(summary.ended(flow, pieces.position())));
                    }
                }
            }
        }
    }
    Ok(Read::All(summary.ended(ControlFlow::Continue(()), pieces.position())))
}

/// Puts the records of pieces into batches.
#[derive(Clone)]
struct Sheaves(Dividing);

impl Gather for Sheaves {
    type Made = Sheaf;

    fn begin(&self, by: Hand) -> Option<Sheaf> {
        /// About as many as a piece has at most.
        const EVENTS: usize = 2048;
        Some(Sheaf {
            first: None,
            last: None,
            summary: ReadSummary::default(),
            batch: Batch {
                by: Some(by),
                ..self.0.batch(EVENTS)
            },
        })
    }

    fn add(&self, sheaf: &mut Sheaf, record: Record) -> ControlFlow<()> {
        if let Record::Event(event) = record {
            return self.event(sheaf, event);
        }
        sheaf.summary.take(&record);
        match record {
            Record::Event(_) | Record::Amendment(_) => return ControlFlow::Break(()),
            Record::Unasked { time, origin } | Record::Ignored { time, origin } => {
                sheaf.come_to(time, &origin)?;
                self.0.reach(&mut sheaf.batch, time);
            }
        }
        ControlFlow::Continue(())
    }

    #[inline]
    fn event(&self, sheaf: &mut Sheaf, event: Arc<Event>) -> ControlFlow<()> {
        sheaf.summary.events += 1;
        sheaf.come_to(event.time, &event.origin)?;
        self.0.add(&mut sheaf.batch, event);
        ControlFlow::Continue(())
    }

    #[inline]
    fn span(&self, sheaf: &Sheaf) -> Span {
        Span {
            from: sheaf.last.unwrap_or(Instant::MIN),
            to: self.0.as_of.unwrap_or(Instant::MAX),
        }
    }

    #[inline]
    fn pass(&self, sheaf: &mut Sheaf, passed: &Passed) {
        sheaf.summary.events += passed.records();
        sheaf.first.get_or_insert_with(|| passed.first());
        sheaf.last = Some(passed.last());
        sheaf.batch.pass(passed.last(), passed.records());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::log::fixture::{inputs, model};
    use crate::log::{Event, Problem, Sink};
    use crate::plan::{Division, Plan};

    /// The instants of records, as far as they are told, and what was wrong.
    #[derive(Debug, Default, PartialEq)]
    struct Told {
        records: u64,
        left_out: u64,
        reached: Option<Instant>,
        problems: Vec<String>,
        as_of: Option<Instant>,
    }

    impl Told {
        fn reach(&mut self, at: Instant) -> ControlFlow<()> {
            self.records += 1;
            if self.as_of.is_some_and(|as_of| at > as_of) {
                self.left_out += 1;
            } else {
                self.reached = Some(at);
            }
            ControlFlow::Continue(())
        }
    }

    impl Sink for Told {
        fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
            self.reach(event.time)
        }

        fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
            self.problems.push(format!("{problems:?}"));
            ControlFlow::Continue(())
        }

        fn passed(&mut self, at: Instant) -> ControlFlow<()> {
            self.reach(at)
        }

        fn retracted(&mut self, event: Arc<Event>, _: Origin) -> ControlFlow<()> {
            self.reach(event.time)
        }

        fn restart(&mut self) {
            (self.records, self.left_out, self.reached) = (0, 0, None);
        }
    }

    impl DividedSink for Told {
        fn batch(&mut self, batch: Batch) -> ControlFlow<()> {
            self.records += batch.records;
            self.left_out += batch.left_out;
            self.reached = batch.reached.or(self.reached);
            ControlFlow::Continue(())
        }
    }

    const HEADER: &str = "time,type,id,against,kind\n";

    proptest! {
        #[test]
        fn batches_tell_of_as_many_records_as_there_are(
            steps in prop::collection::vec((0_i64..40, 0_usize..3, 0_usize..40), 0..60),
            // Mostly in the order of time.
            back in prop::option::weighted(0.3, (0_usize..60, 1_i64..50)),
            as_of in prop::option::of(0_i64..1500),
            is_csv in any::<bool>(),
            is_strict in any::<bool>(),
        ) {
            let model = model();
            let (mut text, mut minute) = (String::new(), 0);
            for (at, (step, kind, damage)) in steps.iter().enumerate() {
                minute += step;
                let back = back.filter(|(place, _)| *place == at).map_or(0, |(_, minutes)| minutes);
                let time = Instant::from_seconds_and_nanoseconds(1_720_000_000 + (minute - back) * 60, 0).unwrap();
                let (kind, json, csv) = [
                    ("ping", "", ",,"),
                    ("attack", r#","id":"a","against":"UA","kind":"threat""#, "a,UA,threat"),
                    ("attack", r#","id":"b","against":"XX","kind":"threat""#, "\"b\",UA,threat"),
                ][*kind];
                let (start, end) = [("", "}"), (" ", "}"), ("", "} "), ("", "")][damage.saturating_sub(36)];
                let line = if is_csv {
                    format!("{time},{kind},{csv}{end}\n").replace('}', "")
                } else {
                    format!("{start}{{\"time\":\"{time}\",\"type\":\"{kind}\"{json}{end}\n")
                };
                text.push_str(&line);
            }
            let (text, format) = if is_csv { (format!("{HEADER}{text}"), Format::Csv) } else { (text, Format::Jsonl) };
            let as_of = as_of.map(|minute| Instant::from_seconds_and_nanoseconds(1_720_000_000 + minute * 60, 0).unwrap());
            let asked = Asked::only(&model, |id| model.event(id).name == "attack" && steps.len() % 2 == 0);
            let asked = if is_strict { asked.strict() } else { asked };
            let plan = Plan::new(model.clone());
            let dividing = Dividing { division: Arc::new(Division::new(&plan, 2)), as_of };
            let mut one_by_one = Told { as_of, ..Told::default() };
            let summary = super::super::read(&inputs(&text, format), &asked, Limits::default(), as_of, &mut one_by_one);
            for threads in [0, 2] {
                let mut told = Told { as_of, ..Told::default() };
                let inputs = inputs(&text, format);
                let divided = Crew::with(threads, |crew| {
                    read_divided(&inputs, &asked, Limits::default(), &dividing, crew, &mut told)
                });
                prop_assert_eq!(&told, &one_by_one);
                prop_assert_eq!(format!("{divided:?}"), format!("{summary:?}"));
            }
        }
    }
}
