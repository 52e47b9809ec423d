//! What the generator claims is what the engine finds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use servanda::engine::{Breach, Instance, Outcome, Subject, Verdict, judge_planned};
use servanda::generate::{About, GenerateError, Made, Note, NoteKind, Share, Truth, Wishes, generate};
use servanda::log::Event;
use servanda::model::{ClauseId, Model};
use servanda::plan::Plan;
use servanda::run::{Rules, rule_files};
use servanda::time::Instant;
use servanda::value::Value;

fn packs() -> Vec<std::path::PathBuf> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    rule_files(&[rules]).unwrap()
}

fn model(path: &Path) -> Model {
    let rules = Rules::load(&[path]).unwrap();
    rules
        .model
        .unwrap_or_else(|| panic!("{}: {:?}", path.display(), rules.diagnostics))
}

fn wishes(seed: u64, events: u64) -> Wishes {
    Wishes {
        seed,
        events,
        noise: Share::NONE,
        breaches: Vec::new(),
        from: None,
        to: None,
    }
}

fn name(model: &Model, id: ClauseId) -> String {
    let clause = model.clause(id);
    format!("{}.{}", model.agreement(clause.agreement).name, clause.name)
}

/// What an instance or a claim is about, in words that both can say.
type Key = (ClauseId, String);

fn event_key(clause: ClauseId, event: &Event) -> Key {
    (clause, format!("{} {:?} {:?}", event.time, event.kind, event.fields))
}

fn window_key(clause: ClauseId, from: Instant, member: Option<&Value>) -> Key {
    (clause, format!("{from} {member:?}"))
}

struct Log {
    events: Vec<Event>,
    truths: Vec<Truth>,
    notes: Vec<Note>,
    as_of: Instant,
}

fn made(model: &Model, wishes: &Wishes) -> Result<Log, GenerateError> {
    let (generator, notes) = generate(model.clone(), wishes)?;
    let as_of = generator.as_of();
    let (mut events, mut truths) = (Vec::new(), Vec::new());
    for made in generator {
        match made {
            Made::Event(event) => events.push(event),
            Made::Truth(truth) => truths.push(truth),
        }
    }
    assert!(events.is_sorted_by_key(|event| event.time), "the order of time");
    assert!(events.last().is_none_or(|last| last.time <= as_of));
    Ok(Log {
        events,
        truths,
        notes,
        as_of,
    })
}

/// Everything in which the engine does not say what was claimed.
fn differences(model: &Model, log: &Log) -> Vec<String> {
    let mut claimed: BTreeMap<Key, Vec<Verdict>> = BTreeMap::new();
    for truth in &log.truths {
        let key = match &truth.about {
            About::Trigger(event) | About::Event(event) => event_key(truth.clause, event),
            About::From(from) => window_key(truth.clause, *from, None),
            About::Window(from, _, member) => window_key(truth.clause, from.unwrap_or(Instant::MIN), member.as_ref()),
        };
        claimed.entry(key).or_default().push(truth.verdict);
    }
    let plan = Arc::new(Plan::new(model.clone()));
    let events = log.events.iter().cloned().map(Arc::new).collect();
    let mut found: BTreeMap<Key, Vec<Verdict>> = BTreeMap::new();
    let mut differences = Vec::new();
    let unprovided = |clause: ClauseId| {
        let mut notes = log.notes.iter();
        notes.any(|note| note.clause == clause && note.kind == NoteKind::Short)
    };
    for instance in judge_planned(&plan, events, Some(log.as_of)) {
        let verdict = instance.verdict();
        let key = key_of(&instance);
        // What nothing broke is not told one by one.
        if !claimed.contains_key(&key)
            && matches!(verdict, Verdict::Met | Verdict::Open)
            && !matches!(instance.subject, Subject::Trigger(_) | Subject::Key(_, Some(_)))
        {
            continue;
        }
        if unprovided(instance.clause) {
            continue;
        }
        found.entry(key).or_default().push(verdict);
    }
    for (key, verdicts) in &mut claimed {
        verdicts.sort_unstable();
        let mut found = found.remove(key).unwrap_or_default();
        found.sort_unstable();
        if *verdicts != found {
            differences.push(format!(
                "{} {}: claimed {verdicts:?}, found {found:?}",
                name(model, key.0),
                key.1
            ));
        }
    }
    for (key, verdicts) in found {
        differences.push(format!(
            "{} {}: not claimed, found {verdicts:?}",
            name(model, key.0),
            key.1
        ));
    }
    differences
}

fn key_of(instance: &Instance) -> Key {
    let opened = instance.steps.first().and_then(|step| step.opened);
    let outcome = instance.steps.first().map(|step| &step.outcome);
    match (&instance.subject, outcome) {
        (Subject::Trigger(trigger) | Subject::Key(_, Some(trigger)), _) => event_key(instance.clause, &trigger.event),
        (_, Some(Outcome::Broken(Breach::Event { by, .. }))) if matches!(instance.subject, Subject::Term) => {
            event_key(instance.clause, by)
        }
        (_, Some(Outcome::Broken(Breach::Interval { start, .. } | Breach::Spell { start, .. }))) => {
            window_key(instance.clause, *start, None)
        }
        (Subject::Key(key, None) | Subject::KeyInPeriod(key, _), _) => {
            window_key(instance.clause, opened.unwrap_or(Instant::MIN), Some(key))
        }
        _ => window_key(instance.clause, opened.unwrap_or(Instant::MIN), None),
    }
}

fn assert_true(what: &str, model: &Model, log: &Log) {
    let found = differences(model, log);
    let shown: Vec<&String> = found.iter().take(12).collect();
    assert!(
        found.is_empty(),
        "{what}: {} differences, as of {}\n{shown:#?}",
        found.len(),
        log.as_of
    );
}

/// The packs with clauses, and the workload of the speed measurements.
fn models() -> Vec<(String, Model)> {
    let workload = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workload.clause");
    let named = packs().into_iter().chain([workload]).map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, model(&path))
    });
    named.filter(|(_, model)| !model.clauses.is_empty()).collect()
}

fn all_broken(model: &Model, rate: &str) -> Vec<(ClauseId, Share)> {
    let ids = (0..model.clauses.len()).map(|id| ClauseId(u32::try_from(id).unwrap()));
    ids.map(|id| (id, rate.parse().unwrap())).collect()
}

fn noted(model: &Model, log: &Log, kinds: &[NoteKind]) -> Vec<String> {
    let notes = log.notes.iter().filter(|note| kinds.contains(&note.kind));
    let mut names: Vec<String> = notes.map(|note| name(model, note.clause)).collect();
    names.sort();
    names.dedup();
    names
}

/// Clauses of the packs that the generator says it makes no events for, or not enough.
const LEFT_ALONE: &[&str] = &[
    "aws_compute_sla.claim_in_time",
    "dora_19.initial_after_late_at_weekends",
    "dora_19.initial_notification_at_weekends",
    "dora_19.intermediate_report_at_weekends",
    "icao_annex_13.each_anniversary",
    "nis2_23.final_after_handling",
    "denmark_ukraine_2024.programme",
    "latvia_ukraine_2024.aid_2024",
    "latvia_ukraine_2024.aid_each_year",
    "norway_ukraine_2024.programme",
    "sweden_ukraine_2024.aid_2024_to_2026",
];

#[test]
fn each_pack_has_logs_that_keep_it() {
    let mut left_alone = Vec::new();
    for (pack, model) in models() {
        for seed in 0..4 {
            let log = made(&model, &wishes(seed, 1_500)).unwrap();
            assert_true(&format!("{pack}, seed {seed}"), &model, &log);
            assert!(
                log.truths.iter().all(|truth| truth.verdict != Verdict::Violated),
                "{pack}"
            );
            assert!(log.events.len() > 1_400, "{pack}: {}", log.events.len());
            if seed == 0 {
                left_alone.extend(noted(&model, &log, &[NoteKind::Quiet, NoteKind::Short]));
            }
        }
    }
    assert_eq!(left_alone, LEFT_ALONE);
}

/// Clauses of the packs that the generator says it cannot break, aims and permissions apart.
const NOT_BROKEN: &[&str] = &[
    "aws_compute_sla.claim_in_time",
    "aws_compute_sla.uptime_9999",
    "dora_19.initial_after_late_at_weekends",
    "dora_19.initial_notification_at_weekends",
    "dora_19.intermediate_report_at_weekends",
    "icao_annex_13.each_anniversary",
    "new_start.inspections",
    "new_start.no_inspection_before_day_60",
    "new_start.type_one",
    "new_start.type_two",
    "nis2_23.final_after_handling",
    "belgium_ukraine_2024.first_f16",
    "belgium_ukraine_2024.thirty_f16",
    "france_ukraine_2024.aid_2024",
    "iceland_ukraine_2024.aid_2024",
    "iceland_ukraine_2024.aid_each_year",
    "sweden_ukraine_2024.aid_2024",
    "sweden_ukraine_2024.aid_each_year",
    "us_ukraine_2024_pause.aid_flows",
    "us_ukraine_2024_pause.intelligence_flows",
];

#[test]
fn each_pack_has_logs_that_break_its_clauses() {
    let mut not_broken = Vec::new();
    for (pack, model) in models() {
        for seed in 0..4 {
            let wishes = Wishes {
                breaches: all_broken(&model, "10%"),
                ..wishes(seed, 1_500)
            };
            let log = made(&model, &wishes).unwrap();
            assert_true(&format!("{pack}, seed {seed}"), &model, &log);
            assert!(
                log.truths.iter().any(|truth| truth.verdict == Verdict::Violated),
                "{pack}"
            );
            if seed == 0 {
                not_broken.extend(noted(&model, &log, &[NoteKind::NotBroken]));
            }
        }
    }
    assert_eq!(not_broken, NOT_BROKEN);
}

#[test]
fn one_clause_can_be_broken_and_no_other() {
    let (_, model) = models().into_iter().find(|(pack, _)| pack == "workload").unwrap();
    for (position, clause) in model.clauses.iter().enumerate() {
        let wishes = Wishes {
            breaches: vec![(ClauseId(u32::try_from(position).unwrap()), "20%".parse().unwrap())],
            ..wishes(3, 4_000)
        };
        let log = made(&model, &wishes).unwrap();
        assert_true(&clause.name, &model, &log);
        let mut broken: Vec<&str> = log
            .truths
            .iter()
            .filter(|truth| truth.verdict == Verdict::Violated)
            .map(|truth| model.clause(truth.clause).name.as_str())
            .collect();
        broken.dedup();
        assert_eq!(broken, [clause.name.as_str()]);
        assert_eq!(log.events.last().map(|event| event.time), Some(log.as_of));
    }
}

#[test]
fn a_log_has_as_many_events_as_are_wanted_and_as_much_noise() {
    let (_, model) = models().into_iter().find(|(pack, _)| pack == "workload").unwrap();
    let plan = Plan::new(model.clone());
    for noise in ["0%", "95%", "50%"] {
        let wishes = Wishes {
            noise: noise.parse().unwrap(),
            ..wishes(5, 20_000)
        };
        let log = made(&model, &wishes).unwrap();
        assert_true(noise, &model, &log);
        let heard = log.events.iter().filter(|event| !plan.is_wanted(event.kind)).count() as u64;
        let wanted = wishes.noise.of(20_000);
        assert!(wanted <= heard && heard <= wanted + 1, "{noise}: {heard}");
        assert!(log.events.len() >= 19_999, "{noise}: {}", log.events.len());
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let pack = packs()
        .into_iter()
        .find(|pack| pack.ends_with("us-ukraine-2024.clause"))
        .unwrap();
    let model = model(&pack);
    let noisy = Wishes {
        noise: "5%".parse().unwrap(),
        ..wishes(0, 2_000)
    };
    assert_eq!(generate(model.clone(), &noisy).unwrap_err(), GenerateError::NoNoise);
    assert!(matches!(
        generate(model.clone(), &wishes(0, 5)).unwrap_err(),
        GenerateError::TooFew { wanted: 5, needed: 6.. }
    ));
    let late = Wishes {
        from: Some("2050-01-01T00:00:00Z".parse().unwrap()),
        to: Some("2051-01-01T00:00:00Z".parse().unwrap()),
        ..wishes(0, 2_000)
    };
    assert!(matches!(generate(model, &late).unwrap_err(), GenerateError::NoTime(..)));
}
