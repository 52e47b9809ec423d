//! What is fuzzed: functions of arbitrary bytes that may not panic, hang or contradict themselves. Fuzzers and the test beside them call the same ones.

// Several programs have this file as a module, and each uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use servanda::log::{self, Event, Format, Inputs, Limits, MapFile, Origin, Problem, Sink};
use servanda::model::Model;
use servanda::plan::Plan;
use servanda::report::Findings;
use servanda::report::Style;
use servanda::report::results::ResultsBuilder;
use servanda::run::{CheckOptions, Loaded, Rules, check as check_logs};
use servanda::scenario::{File, judge};
use servanda::source::SourceMap;
use servanda::time::Instant;
use servanda::verdict::{Keeping, Terms};
use servanda::{format, syntax};

/// Rules that ask for a value of every type.
const RULES: &str = r#"agreement a "A" {
  in force from 2024-01-01 for 2 years
  time zone "Europe/Kyiv"
  party US
  party UA
}
event ping {}
event attack {
  id: text, n: optional number, len: optional duration, day: optional date, at: optional instant,
  against: optional party, paid: optional money USD, done: optional bool, kinds: optional set of text
}
clause answered "Answered" { when attack x US must ensure ping p within 1 day }
clause few "Few" { US should avoid more than 2 attack x for every x.id in each calendar month }
"#;

/// So small that records reach them.
const LIMITS: Limits = Limits {
    record_bytes: 4096,
    yaml_bytes: 65_536,
    batch_bytes: 1_048_576,
    unpacked_bytes: 4_194_304,
    threads: 1,
};

fn rules(text: &str) -> Rules {
    let mut sources = SourceMap::new();
    let id = sources.add("fuzz.clause", text);
    let files = vec![syntax::parse(&sources, id)];
    Rules::build(Loaded {
        sources,
        files,
        paths: vec![None],
        lists: Vec::new(),
        uses: Vec::new(),
    })
}

fn model() -> Model {
    rules(RULES).model.expect("the rules of the fuzzers are right")
}

/// Counts what a log holds, and holds it to the order of time.
#[derive(Default)]
struct Ordered {
    last: Option<Instant>,
}

impl Sink for Ordered {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        assert!(self.last.is_none_or(|last| last <= event.time));
        self.last = Some(event.time);
        ControlFlow::Continue(())
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        assert!(!problems.is_empty());
        ControlFlow::Continue(())
    }

    fn passed(&mut self, _: Instant) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, _: Arc<Event>, _: Origin) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn restart(&mut self) {
        self.last = None;
    }
}

fn read(inputs: &Inputs, model: &Model) {
    // What cannot be read is an error, which is as good as an event here.
    let _ = log::read(inputs, &log::Asked::all(model), LIMITS, None, &mut Ordered::default());
}

/// Any text is parsed, and one that is right is laid out as it stays, and means what it meant.
pub fn grammar(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let before = rules(text);
    if let Ok(formatted) = format(text) {
        let again = format(&formatted).expect("what was laid out is right");
        assert_eq!(formatted, again, "laid out twice");
        let after = rules(&formatted);
        assert_eq!(before.errors(), after.errors(), "layout changes no mistake");
    }
}

/// A log: the first byte says of which format.
pub fn log(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else {
        return;
    };
    let format = Format::ALL[usize::from(kind) % Format::ALL.len()];
    if let Ok(inputs) = Inputs::open_with(&["-"], Some(format), data) {
        read(&inputs, &model());
    }
}

/// A map, and a log that is read through it.
pub fn map(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let model = model();
    if let Ok(map) = MapFile::read(text, &model) {
        let records =
            r#"{"time":"2024-07-08T10:00:00Z","type":"attack","id":"a","data":{"ts":1740992400000,"n":[1,{"a":"b"}]}}"#;
        let inputs = Inputs::open_with(&["-"], Some(Format::Jsonl), records.as_bytes()).expect("a log");
        read(&inputs.mapped(map), &model);
    }
}

/// A file of scenarios, which are judged.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(mut file) = File::parse(text) else { return };
    let model = model();
    let scenarios = file.scenarios(&model, "fuzz");
    let plan = Arc::new(Plan::new(Arc::new(model)));
    for scenario in &scenarios {
        let _ = judge(&plan, scenario);
    }
}

/// Rules, a line of `---`, and a log of lines.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, lines) = text.split_once("\n---\n").unwrap_or((text, ""));
    let rules = rules(text);
    let Some(model) = &rules.model else { return };
    let inputs = Inputs::open_with(&["-"], Some(Format::Jsonl), lines.as_bytes()).expect("a log");
    let options = CheckOptions {
        limits: LIMITS,
        terms: Terms {
            keeping: Keeping::All,
            ..Terms::default()
        },
        ..CheckOptions::default()
    };
    let mut problems: Vec<Problem> = Vec::new();
    let Ok(checked) = check_logs(model.clone(), &inputs, options, &mut problems) else {
        return;
    };
    let Some(judgement) = &checked.judgement else { return };
    let findings = Findings {
        model,
        sources: &rules.sources,
        inputs: &inputs,
        style: Style::PLAIN,
    };
    let results = ResultsBuilder::new(&findings).results(judgement, &checked.read, checked.left_out);
    drop(results.expect("results of what was read"));
}

/// Takes any bytes.
pub type Target = fn(&[u8]);

/// All targets, by the names of their folders in the corpus.
pub const TARGETS: [(&str, Target); 5] = [
    ("grammar", grammar),
    ("log", log),
    ("map", map),
    ("scenario", scenario),
    ("check", check),
];

/// Where the corpus of a target is.
pub fn corpus(of: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(of)
}
