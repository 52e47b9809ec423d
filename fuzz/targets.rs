//! What is fuzzed: functions of arbitrary bytes that may not panic, hang or contradict themselves. Fuzzers and the test beside them call the same ones.

// Several programs have this file as a module, and each uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use servanda::log::{self, Event, Excerpts, Format, Inputs, Limits, MapFile, Origin, Problem, Sink};
use servanda::model::Model;
use servanda::plan::Plan;
use servanda::report::results::ResultsBuilder;
use servanda::report::{Caps, Findings, Problems, Style};
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

static MODEL: LazyLock<Model> = LazyLock::new(|| rules(RULES).model.expect("the rules of the fuzzers are right"));

fn opened(format: Option<Format>, data: &[u8]) -> Option<Inputs> {
    Inputs::open_all(&["-"], format, LIMITS, data).ok()
}

/// How many events and problems of a log are shown.
const SHOWN: usize = 20;

/// Holds a log to the order of time, and keeps its first events and problems.
struct Reading {
    last: Option<Instant>,
    origins: Vec<Origin>,
    problems: Problems,
}

impl Sink for Reading {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        assert!(self.last.is_none_or(|last| last <= event.time));
        self.last = Some(event.time);
        if self.origins.len() < SHOWN {
            self.origins.push(event.origin);
        }
        ControlFlow::Continue(())
    }

    fn problems(&mut self, problems: Vec<Problem>) -> ControlFlow<()> {
        assert!(!problems.is_empty());
        self.problems.add(problems);
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

/// Reads a log to its end, and shows what a report shows of it. What cannot be read is an error, which is as good as an event here.
fn read(inputs: &Inputs) {
    let mut reading = Reading {
        last: None,
        origins: Vec::new(),
        problems: Problems::new(SHOWN),
    };
    let _ = log::read(inputs, &log::Asked::all(&MODEL), LIMITS, None, &mut reading);
    let _ = reading.problems.render(inputs, Style::PLAIN);
    let Ok(excerpts) = Excerpts::fetch(inputs, reading.origins.iter().copied(), LIMITS.record_bytes) else {
        return;
    };
    for origin in reading.origins {
        let Some(excerpt) = excerpts.get(origin) else { continue };
        let record = (excerpt.text.as_str(), excerpts.header(origin.input));
        for field in ["time", "type", "id", "kinds"] {
            let found = inputs.locate(origin.input, &MODEL, record, field);
            assert!(found.is_none_or(|range| excerpt.text.get(range).is_some()));
        }
    }
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

/// A log of some format.
fn log_of(format: Format, data: &[u8]) {
    if let Some(inputs) = opened(Some(format), data) {
        read(&inputs);
    }
}

/// Declares the target of each format.
macro_rules! readers {
    ($($name:ident: $format:ident,)+) => {
        $(#[doc = concat!("A log of the format ", stringify!($name), ".")]
        pub fn $name(data: &[u8]) {
            log_of(Format::$format, data);
        })+

        /// The targets that read logs of one format, by the names of these.
        const READERS: &[(&str, Target)] = &[$((stringify!($name), $name),)+];
    };
}

readers! {
    jsonl: Jsonl,
    json: Json,
    csv: Csv,
    yaml: Yaml,
    parquet: Parquet,
    arrow: Arrow,
    xes: Xes,
    ocel: Ocel,
}

/// A log whose first bytes say what it is: packed or not, and of which format.
pub fn packed(data: &[u8]) {
    if let Some(inputs) = opened(None, data) {
        read(&inputs);
    }
}

/// A map, and a log that is read through it.
pub fn map(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(map) = MapFile::read(text, &MODEL) {
        let records =
            r#"{"time":"2024-07-08T10:00:00Z","type":"attack","id":"a","data":{"ts":1740992400000,"n":[1,{"a":"b"}]}}"#;
        let inputs = opened(Some(Format::Jsonl), records.as_bytes()).expect("a log");
        read(&inputs.mapped(map));
    }
}

/// A file of scenarios, which are judged.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(mut file) = File::parse(text) else { return };
    let scenarios = file.scenarios(&MODEL, "fuzz");
    let plan = Arc::new(Plan::new(Arc::new(MODEL.clone())));
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
    let inputs = opened(Some(Format::Jsonl), lines.as_bytes()).expect("a log");
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
    let caps = Caps {
        per_clause: 2,
        ..Caps::ALL
    };
    let shown = findings.render(judgement, caps, |_| ());
    shown.expect("findings of what was read");
}

/// Takes any bytes.
pub type Target = fn(&[u8]);

/// All targets, by the names of their folders in the corpus.
pub fn targets() -> impl Iterator<Item = (&'static str, Target)> {
    let others: [(&str, Target); 5] = [
        ("packed", packed),
        ("grammar", grammar),
        ("map", map),
        ("scenario", scenario),
        ("check", check),
    ];
    READERS.iter().copied().chain(others)
}

/// Where the corpus of a target is.
pub fn corpus(of: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(of)
}
