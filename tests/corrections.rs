//! Corrections and retractions (section 1.2 of the reference): events as later records leave them.
//!
//! The property compares the reading of logs of every format with the sentences of the reference, taken over the whole log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use servanda::log::{Asked, Event, Format, Inputs, Limits, Origin, Problem, ProblemKind, ReadSummary, Sink, read};
use servanda::model::{self, Model};
use servanda::source::SourceMap;
use servanda::syntax;
use servanda::time::Instant;

const RULES: &str = "
agreement demo { party US }
event report identified by id corrected by corrects retracted by retracts {
  id: text, level: low | high, remark: optional text
}
event tick { id: text }
";

fn model() -> Model {
    let mut sources = SourceMap::new();
    let source = sources.add("rules", RULES);
    let built = model::build(vec![syntax::parse(&sources, source)]);
    built.model.unwrap_or_else(|| panic!("{:?}", built.diagnostics))
}

/// A record of a log, at some hour.
#[derive(Debug, Clone)]
struct Line {
    hour: u8,
    says: Says,
}

#[derive(Debug, Clone, PartialEq)]
enum Says {
    Tick(&'static str),
    Report(&'static str, Content),
    Corrects(&'static str, Content),
    Retracts(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
struct Content {
    level: &'static str,
    remark: Option<&'static str>,
}

fn line() -> impl Strategy<Value = Line> {
    let id = || prop::sample::select(vec!["A", "B", "C"]);
    let content = || {
        let level = prop::sample::select(vec!["low", "high"]);
        (level, prop::option::of(Just("seen"))).prop_map(|(level, remark)| Content { level, remark })
    };
    let says = prop_oneof![
        id().prop_map(Says::Tick),
        (id(), content()).prop_map(|(id, content)| Says::Report(id, content)),
        (id(), content()).prop_map(|(id, content)| Says::Corrects(id, content)),
        id().prop_map(Says::Retracts),
    ];
    (0..8_u8, says).prop_map(|(hour, says)| Line { hour, says })
}

fn instant(hour: u8) -> Instant {
    format!("2025-01-01T{hour:02}:00:00Z").parse().unwrap()
}

fn keys(says: &Says) -> Vec<(&'static str, &'static str)> {
    let content = |content: &Content| {
        let remark = content.remark.map(|remark| ("remark", remark));
        std::iter::once(("level", content.level))
            .chain(remark)
            .collect::<Vec<_>>()
    };
    match says {
        Says::Tick(id) => vec![("type", "tick"), ("id", id)],
        Says::Report(id, said) => [vec![("type", "report"), ("id", id)], content(said)].concat(),
        Says::Corrects(id, said) => [vec![("type", "report"), ("corrects", id)], content(said)].concat(),
        Says::Retracts(id) => vec![("type", "report"), ("retracts", id)],
    }
}

/// The records as a log; each begins a line of its own.
fn written(lines: &[Line], format: Format) -> String {
    const COLUMNS: [&str; 6] = ["type", "id", "corrects", "retracts", "level", "remark"];
    let mut text = String::new();
    if format == Format::Csv {
        writeln!(text, "time,{}", COLUMNS.join(",")).unwrap();
    }
    for line in lines {
        let time = instant(line.hour);
        let keys = keys(&line.says);
        match format {
            Format::Jsonl => {
                let pairs = keys.iter().map(|(key, value)| format!(r#","{key}":"{value}""#));
                writeln!(text, r#"{{"time":"{time}"{}}}"#, pairs.collect::<String>()).unwrap();
            }
            Format::Yaml => {
                let pairs = keys.iter().map(|(key, value)| format!(", {key}: {value}"));
                writeln!(text, "- {{time: {time}{}}}", pairs.collect::<String>()).unwrap();
            }
            _ => {
                let cell = |column: &&str| {
                    let found = keys.iter().find(|(key, _)| key == column);
                    found.map_or("", |(_, value)| value)
                };
                let cells: Vec<&str> = COLUMNS.iter().map(cell).collect();
                writeln!(text, "{time},{}", cells.join(",")).unwrap();
            }
        }
    }
    text
}

/// An event as a sink takes it down: its line, that of its correction, and what it carries.
type Taken = (u64, Option<u64>, Vec<Option<String>>);

#[derive(Default)]
struct Notes {
    events: Vec<Taken>,
    /// Lines of retracted events, with those of their retractions.
    retracted: Vec<(u64, u64)>,
    problems: Vec<Problem>,
}

impl Sink for Notes {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        let values = event
            .fields
            .iter()
            .map(|value| value.as_ref().map(|value| format!("{value:?}")));
        let correction = event.correction.as_ref().map(|correction| correction.line);
        self.events.push((event.origin.line, correction, values.collect()));
        ControlFlow::Continue(())
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        self.problems.extend(problems);
        ControlFlow::Continue(())
    }

    fn passed(&mut self, _at: Instant) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, event: Arc<Event>, by: Origin) -> ControlFlow<()> {
        self.retracted.push((event.origin.line, by.line));
        ControlFlow::Continue(())
    }

    fn restart(&mut self) {
        self.events.clear();
        self.retracted.clear();
    }
}

fn taken(text: &str, format: Format, as_of: Option<Instant>) -> (Notes, ReadSummary) {
    let inputs = Inputs::open_with(&["-"], Some(format), text.as_bytes()).unwrap();
    let mut notes = Notes::default();
    let summary = read(&inputs, &Asked::all(&model()), Limits::default(), as_of, &mut notes).unwrap();
    (notes, summary)
}

/// What the reference says of a log.
#[derive(Debug)]
struct Meant {
    events: Vec<Taken>,
    retracted: Vec<(u64, u64)>,
    problems: BTreeSet<(u64, ProblemKind)>,
}

fn meant(lines: &[Line], as_of: Option<u8>, first_line: u64) -> Meant {
    let numbered: Vec<(u64, &Line)> = (first_line..).zip(lines).collect();
    let mut problems = BTreeSet::new();
    let said_of = |id: &str| -> Vec<(u64, &Line)> {
        let known = numbered
            .iter()
            .copied()
            .filter(|(_, line)| as_of.is_none_or(|as_of| line.hour <= as_of));
        known
            .filter(|(_, line)| match line.says {
                Says::Corrects(target, _) | Says::Retracts(target) => target == id,
                _ => false,
            })
            .collect()
    };
    // "The latest by its time decides; those of one instant that say different things are unusable."
    let decisive = |id: &str, problems: &mut BTreeSet<(u64, ProblemKind)>| -> Option<(u64, Says)> {
        let said = said_of(id);
        let mut decisive = None;
        for hour in 0..8 {
            let here: Vec<&(u64, &Line)> = said.iter().filter(|(_, line)| line.hour == hour).collect();
            let Some((number, first)) = here.first() else { continue };
            let others: Vec<_> = here.iter().filter(|(_, line)| line.says != first.says).collect();
            if others.is_empty() {
                decisive = Some((*number, first.says.clone()));
            } else {
                problems.insert((*number, ProblemKind::Contradiction));
                problems.extend(others.iter().map(|(number, _)| (*number, ProblemKind::Contradiction)));
            }
        }
        decisive
    };
    let mut events: Vec<(u8, Taken)> = Vec::new();
    let mut retracted: Vec<(u8, (u64, u64))> = Vec::new();
    let text = |text: &str| Some(format!("Text({text:?})"));
    let report = |id: &str, said: &Content| {
        let level = u8::from(said.level == "high");
        vec![
            text(id),
            Some(format!("Enum(Variant({level}))")),
            said.remark.and_then(text),
        ]
    };
    for (number, line) in &numbered {
        match &line.says {
            Says::Tick(id) => events.push((line.hour, (*number, None, vec![text(id)]))),
            Says::Report(id, said) => match decisive(id, &mut problems) {
                None => events.push((line.hour, (*number, None, report(id, said)))),
                Some((correction, Says::Corrects(_, said))) => {
                    events.push((line.hour, (*number, Some(correction), report(id, &said))));
                }
                Some((retraction, _)) => retracted.push((line.hour, (*number, retraction))),
            },
            _ => {}
        }
    }
    for id in ["A", "B", "C"] {
        let is_there = lines
            .iter()
            .any(|line| matches!(line.says, Says::Report(known, _) if known == id));
        // "Said once for each id", of the one that would decide.
        if let (Some((number, _)), false) = (decisive(id, &mut problems), is_there) {
            problems.insert((number, ProblemKind::UnknownId));
        }
    }
    events.sort_by_key(|(hour, (number, ..))| (*hour, *number));
    retracted.sort_unstable();
    Meant {
        events: events.into_iter().map(|(_, event)| event).collect(),
        retracted: retracted.into_iter().map(|(_, lines)| lines).collect(),
        problems,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_are_read_as_later_records_leave_them(
        lines in prop::collection::vec(line(), 0..12),
        in_order in any::<bool>(),
        as_of in prop::option::of(0..8_u8),
        format in prop::sample::select(vec![Format::Jsonl, Format::Csv, Format::Yaml]),
    ) {
        let mut lines = lines;
        if in_order {
            lines.sort_by_key(|line| line.hour);
        }
        let text = written(&lines, format);
        let (notes, summary) = taken(&text, format, as_of.map(instant));
        let meant = meant(&lines, as_of, if format == Format::Csv { 2 } else { 1 });
        let told = notes.problems.iter().map(|problem| (problem.origin.line, problem.kind));
        let told: BTreeSet<(u64, ProblemKind)> = told.collect();
        prop_assert_eq!(told.len(), notes.problems.len(), "a record is told of once");
        prop_assert_eq!(&told, &meant.problems, "{}", text);
        prop_assert_eq!(&notes.events, &meant.events, "{}", text);
        prop_assert_eq!(&notes.retracted, &meant.retracted, "{}", text);
        prop_assert_eq!(summary.records, lines.len() as u64);
        prop_assert_eq!(summary.unusable, meant.problems.len() as u64);
    }
}

fn problems_of(text: &str) -> Vec<(ProblemKind, String)> {
    let problems = taken(text, Format::Jsonl, None).0.problems.into_iter();
    problems.map(|problem| (problem.kind, problem.message)).collect()
}

#[test]
fn what_a_correction_cannot_be() {
    let both = r#"{"time":"2025-01-01T00:00:00Z","type":"report","id":"A","level":"low"}
{"time":"2025-01-01T01:00:00Z","type":"report","corrects":"A","retracts":"A","level":"low"}"#;
    assert_eq!(
        problems_of(both),
        [(
            ProblemKind::Contradiction,
            "the record has both `corrects` and `retracts`".to_owned()
        )]
    );
    let renamed = r#"{"time":"2025-01-01T00:00:00Z","type":"report","id":"A","level":"low"}
{"time":"2025-01-01T01:00:00Z","type":"report","corrects":"A","id":"B","level":"low"}"#;
    assert_eq!(
        problems_of(renamed),
        [(
            ProblemKind::Contradiction,
            "the record corrects one event by `corrects`, and is another one by `id`".to_owned()
        )]
    );
    let incomplete = r#"{"time":"2025-01-01T00:00:00Z","type":"report","id":"A","level":"low"}
{"time":"2025-01-01T01:00:00Z","type":"report","corrects":"A","remark":"seen"}"#;
    assert_eq!(
        problems_of(incomplete),
        [(
            ProblemKind::MissingField,
            "the record lacks `level`, which `report` needs".to_owned()
        )]
    );
    let unknown = r#"{"time":"2025-01-01T00:00:00Z","type":"tick","id":"A"}
{"time":"2025-01-01T01:00:00Z","type":"report","retracts":"A"}"#;
    assert_eq!(
        problems_of(unknown),
        [(
            ProblemKind::UnknownId,
            "no record of the logs is the `report` `A`, which this one amends".to_owned()
        )]
    );
}
