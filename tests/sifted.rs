//! A check keeps no more of a log than something can come of, and says of it what there is to say of the whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use proptest::prelude::*;
use servanda::engine::{Verdict, judge};
use servanda::log::{Event, Format, Inputs, Limits, LogWriter};
use servanda::model::{Model, build};
use servanda::plan::Plan;
use servanda::run::{CheckOptions, check};
use servanda::time::Zone;
use servanda::verdict::Judgement;

use naive::generate::parsed;
use naive::log_text::events_of;

const RULES: &str = r#"
agreement a { in force from 2024-01-01 for 2 years party US party UA }
event deployment { by: party, kind: troops | advisers, strength: optional number, announced: bool }
event visit { by: party, place: text }
event answer { place: text }
clause no_troops {
  US and UA must avoid deployment d
    where d.kind == troops and (d.by == US or not (d.strength < 10))
    unless d.announced == true
}
clause answered {
  when visit v where v.by in [US] and v.place != "y"
  UA must ensure answer a where a.place == v.place within 1 hour
}
"#;

/// What happened, in the terse form.
fn happening() -> impl Strategy<Value = String> {
    let party = || prop::sample::select(&["US", "UA"][..]);
    let place = || prop::sample::select(&["x", "y", "a_place_of_more_than_twenty-four_bytes"][..]);
    let kind = prop::sample::select(&["troops", "advisers"][..]);
    let strength = prop::sample::select(&["", " strength=9", " strength=10", " strength=9.999"][..]);
    prop_oneof![
        (party(), kind, strength, any::<bool>()).prop_map(|(by, kind, strength, announced)| {
            format!("deployment by={by} kind={kind} announced={announced}{strength}")
        }),
        (party(), place()).prop_map(|(by, place)| format!("visit by={by} place={place}")),
        place().prop_map(|place| format!("answer place={place}")),
    ]
}

/// By clause, how many instances are violated, met, open and unknown, and how many events were read.
fn checked(model: &Model, log: &Path, threads: usize, strict: bool) -> (Vec<[u64; 4]>, u64) {
    let inputs = Inputs::open(&[log], None).unwrap();
    let options = CheckOptions {
        limits: Limits {
            threads,
            ..Limits::default()
        },
        strict,
        ..CheckOptions::default()
    };
    let mut problems = Vec::new();
    let checked = check(model.clone(), &inputs, options, &mut problems).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let tallies = checked.judgement.iter().flat_map(Judgement::tallies);
    let counts = tallies.map(|(_, tally)| [tally.violated, tally.met, tally.open, tally.unknown]);
    (counts.collect(), checked.read.events)
}

fn judged(model: &Model, events: &[Event]) -> Vec<[u64; 4]> {
    let mut counts = vec![[0; 4]; model.clauses.len()];
    for instance in judge(model, events.to_vec(), None) {
        let verdicts = [Verdict::Violated, Verdict::Met, Verdict::Open, Verdict::Unknown];
        let at = verdicts.iter().position(|verdict| *verdict == instance.verdict());
        counts[instance.clause.index()][at.unwrap()] += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_check_says_what_there_is_to_say_of_the_whole_log(
        happenings in prop::collection::vec((0_u32..90, happening()), 1..40),
        // Mostly in the order of time.
        back in prop::option::weighted(0.3, 0_usize..40),
    ) {
        let model = build(vec![parsed(RULES)]).model.unwrap();
        let (mut terse, mut minute) = (String::new(), 0);
        for (at, (step, happened)) in happenings.iter().enumerate() {
            minute += step;
            let shown = if back == Some(at) { minute / 2 } else { minute };
            let time = format!("2024-07-{:02}T{:02}:{:02}:00Z", 1 + shown / 1440, shown / 60 % 24, shown % 60);
            writeln!(terse, "{time} {happened}").unwrap();
        }
        let events = events_of(&model, &terse);
        let expected = (judged(&model, &events), events.len() as u64);
        let folder = tempfile::tempdir().unwrap();
        for format in [Format::Jsonl, Format::Json, Format::Csv, Format::Parquet, Format::Arrow] {
            let log = folder.path().join(format!("log.{}", format.name()));
            let mut writer = LogWriter::new(&model, &Zone::utc(), format, File::create(&log).unwrap()).unwrap();
            events.iter().for_each(|event| writer.event(event).unwrap());
            writer.finish().unwrap();
            for (threads, strict) in [(1, false), (1, true), (2, false)] {
                prop_assert_eq!(&checked(&model, &log, threads, strict), &expected, "{} {}", format.name(), threads);
            }
        }
    }
}

#[test]
fn what_is_false_by_itself_is_kept_back() {
    let model = build(vec![parsed(RULES)]).model.unwrap();
    let plan = Plan::new(model);
    let passes = |happened: &str| {
        let event = &events_of(plan.model(), &format!("2024-07-01T00:00:00Z {happened}"))[0];
        let sieve = plan.sieve(event.kind);
        sieve.is_none_or(|sieve| sieve.lets_through(|field| event.field(field)))
    };
    for (happened, expected) in [
        ("deployment by=US kind=troops announced=false", true),
        ("deployment by=US kind=advisers announced=false", false),
        ("deployment by=US kind=troops announced=true", false),
        ("deployment by=UA kind=troops strength=9 announced=false", false),
        ("deployment by=UA kind=troops strength=10 announced=false", true),
        // Nobody knows how many.
        ("deployment by=UA kind=troops announced=false", true),
        ("visit by=US place=x", true),
        ("visit by=US place=y", false),
        ("visit by=UA place=x", false),
        ("answer place=y", true),
    ] {
        assert_eq!(passes(happened), expected, "{happened}");
    }
}
