//! A model and short ways to read texts with it, for the tests of this room.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::amend::Record;
use super::crew::Crew;
use super::pieces::{PieceReader, Pieces};
use super::reader::{self, Outcome, Reader};
use super::shared::SharedReader;
use super::{Asked, Event, Format, InputError, InputId, Inputs, Limits, Origin, Problem, ReadSummary, Sink};
use crate::model::{EventType, Field, FieldId, Model, Party};
use crate::source::Span;
use crate::time::Instant;
use crate::value::{Currency, EnumType, Type, Value};

fn enumeration(names: &[&str], ordered: bool) -> Type {
    Type::Enum(Arc::new(EnumType {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        ordered,
    }))
}

fn event(name: &str, fields: &[(&str, Type)]) -> EventType {
    EventType {
        name: name.to_owned(),
        title: None,
        fields: fields
            .iter()
            .map(|(name, ty)| Field {
                name: name.trim_end_matches('?').to_owned(),
                ty: ty.clone(),
                optional: name.ends_with('?'),
                span: Span::default(),
            })
            .collect(),
        identity: None,
        span: Span::default(),
    }
}

/// The parties and events of docs/language.md, as far as they are needed, and one event without fields.
pub(super) fn model() -> Model {
    let set = |element: Type| Type::Set(Box::new(element));
    let dollars = Type::Money(Currency::new("USD").unwrap());
    Model {
        agreements: vec![],
        parties: ["US", "UA"]
            .map(|name| Party {
                name: name.to_owned(),
                title: name.to_owned(),
                span: Span::default(),
            })
            .to_vec(),
        references: vec![],
        reference_uses: std::collections::HashMap::new(),
        events: vec![
            event("ping", &[]),
            event(
                "attack",
                &[
                    ("id", Type::Text),
                    ("against", Type::Party),
                    ("kind", enumeration(&["armed_attack", "threat"], false)),
                ],
            ),
            event(
                "consultation",
                &[("between", set(Type::Party)), ("topics?", set(Type::Text))],
            ),
            event("funding", &[("amount", dollars), ("remark?", Type::Text)]),
            event(
                "mixed",
                &[
                    ("count?", Type::Number),
                    ("done?", Type::Bool),
                    ("since?", Type::Instant),
                    ("day?", Type::Date),
                    ("notice?", Type::Duration),
                    ("level?", enumeration(&["low", "mid", "high"], true)),
                    ("numbers?", set(Type::Number)),
                ],
            ),
        ],
        states: vec![],
        clauses: vec![],
    }
}

/// A log with this text.
pub(super) fn inputs(text: &(impl AsRef<[u8]> + ?Sized), format: Format) -> Inputs {
    Inputs::open_with(&["-"], Some(format), text.as_ref()).unwrap()
}

/// Where the first record of a log starts.
pub(super) const START: super::Origin = super::Origin {
    input: InputId(0),
    line: 1,
    offset: 0,
    length: 0,
};

/// Logs with these texts, in files.
pub(super) fn files(texts: &[&str]) -> (tempfile::TempDir, Inputs) {
    let directory = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let path = directory.path().join(format!("{at:04}.jsonl"));
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let inputs = Inputs::open(&paths, None).unwrap();
    (directory, inputs)
}

/// What the records of a text come to.
pub(super) fn outcomes_within(text: &(impl AsRef<[u8]> + ?Sized), format: Format, limits: Limits) -> Vec<Outcome> {
    let inputs = inputs(text, format);
    // A format of bytes can be damaged beyond any record.
    let outcomes = outcomes_of(&inputs, limits).unwrap_or_default();
    if !format.is_binary() {
        outcomes.iter().for_each(|outcome| check_places(text.as_ref(), outcome));
    }
    outcomes
}

/// What the records of a log come to.
pub(super) fn outcomes_of(inputs: &Inputs, limits: Limits) -> Result<Vec<Outcome>, InputError> {
    let model = model();
    let mut reader = reader::open(inputs, InputId(0), &Asked::all(&model), limits, None)?;
    let mut outcomes = Vec::new();
    while let Some(outcome) = reader.next()? {
        outcomes.push(outcome);
    }
    let mut length = 0;
    inputs.stream(InputId(0)).unwrap().bytes().for_each(|_| length += 1);
    assert!(reader.position() <= length + 3);
    Ok(outcomes)
}

/// What a log in pieces is found to say, record by record, by a crew of so many helpers or without one.
pub(super) fn found_in<'m>(pieces: impl Pieces<'m>, helpers: Option<usize>) -> Vec<String> {
    match helpers {
        None => found(&mut PieceReader::new(pieces)),
        Some(helpers) => Crew::with(helpers, |crew| found(&mut SharedReader::new(pieces, crew))),
    }
}

/// What a reader finds, record by record.
fn found(reader: &mut dyn Reader) -> Vec<String> {
    let outcomes = std::iter::from_fn(|| reader.next().unwrap());
    outcomes.map(|outcome| format!("{outcome:?}")).collect()
}

pub(super) fn outcomes(text: &(impl AsRef<[u8]> + ?Sized), format: Format) -> Vec<Outcome> {
    outcomes_within(text, format, Limits::default())
}

/// The origin and range of everything that is reported lie within the text.
pub(super) fn check_places(text: &[u8], outcome: &Outcome) {
    let origin_holds = |origin: super::Origin| {
        let start = usize::try_from(origin.offset).unwrap();
        assert!(start + origin.length as usize <= text.len(), "{origin:?}");
        let feeds = text[..start].iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(origin.line, feeds as u64 + 1, "{origin:?}");
        &text[start..start + origin.length as usize]
    };
    match outcome {
        Ok(record) => {
            origin_holds(record.origin());
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                let record = origin_holds(problem.origin);
                if let Some(range) = &problem.range {
                    assert!(
                        record.get(range.clone()).is_some(),
                        "{problem:?} in {} bytes",
                        record.len()
                    );
                    assert!(problem.label.is_some());
                }
                assert!(
                    !problem.message.ends_with('.') && !problem.message.contains('\x1b'),
                    "{problem:?}"
                );
            }
        }
    }
}

/// The events of a text that has no problem.
pub(super) fn events(text: &(impl AsRef<[u8]> + ?Sized), format: Format) -> Vec<Event> {
    let records = outcomes(text, format).into_iter().map(Result::unwrap);
    let event = |record: Record| match record {
        Record::Event(event) => Arc::unwrap_or_clone(event),
        other => panic!("{other:?} is no event"),
    };
    records.map(event).collect()
}

/// The problems of a text without an event.
pub(super) fn problems(text: &(impl AsRef<[u8]> + ?Sized), format: Format) -> Vec<Problem> {
    outcomes(text, format)
        .into_iter()
        .flat_map(Result::unwrap_err)
        .collect()
}

/// The only problem of a text, and what it underlines.
pub(super) fn problem(text: &str, format: Format) -> (Problem, String) {
    let mut problems = problems(text, format);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = problems.remove(0);
    let start = usize::try_from(problem.origin.offset).unwrap();
    let underlined = problem.range.as_ref().map_or("", |range| &text[start..][range.clone()]);
    (problem.clone(), underlined.to_owned())
}

/// A record in JSON of an event type and its fields, at some time.
pub(super) fn record(kind: &str, fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { ", " };
    format!(r#"{{"time": "2024-07-08T10:00:00Z", "type": "{kind}"{comma}{fields}}}"#)
}

/// The value of an event's field, in the language's spelling; `None` if it is absent.
pub(super) fn shown(event: &Event, field: &str) -> Option<String> {
    let model = model();
    let kind = model.event(event.kind);
    let id: FieldId = kind.field_named(field).unwrap();
    let value: &Value = event.fields[id.index()].as_ref()?;
    Some(model.show(value, &kind.field(id).ty))
}

/// Takes down what a reading gives.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The instants of the events, with their logs and lines.
    pub(super) events: Vec<(String, u32, u64)>,
    /// The logs and lines of the records that are no events.
    pub(super) problems: Vec<(u32, u64)>,
    pub(super) restarts: usize,
    /// How many events to take.
    pub(super) most: Option<usize>,
}

impl Sink for Notes {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        let origin = event.origin;
        self.events.push((event.time.to_string(), origin.input.0, origin.line));
        if self.most.is_some_and(|most| self.events.len() >= most) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        self.problems
            .push((problems[0].origin.input.0, problems[0].origin.line));
        ControlFlow::Continue(())
    }

    fn passed(&mut self, _at: Instant) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, _event: Arc<Event>, _by: Origin) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn restart(&mut self) {
        self.restarts += 1;
        self.events.clear();
    }
}

/// Reads logs and takes down what they give.
pub(super) fn notes(inputs: &Inputs) -> (Notes, ReadSummary) {
    let mut notes = Notes::default();
    let summary = super::read(inputs, &Asked::all(&model()), Limits::default(), None, &mut notes).unwrap();
    (notes, summary)
}
