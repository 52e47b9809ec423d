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
    rules.model.unwrap_or_else(|| panic!("{}: {:?}", path.display(), rules.diagnostics))
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
            differences.push(format!("{} {}: claimed {verdicts:?}, found {found:?}", name(model, key.0), key.1));
        }
    }
    for (key, verdicts) in found {
        differences.push(format!("{} {}: not claimed, found {verdicts:?}", name(model, key.0), key.1));
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
    assert!(found.is_empty(), "{what}: {} differences, as of {}\n{shown:#?}", found.len(), log.as_of);
}

#[test]
fn each_pack_has_a_log_that_keeps_it() {
    for pack in packs().into_iter().chain([Path::new("benches/workload.clause").to_owned()]) {
        let model = model(&pack);
        if model.clauses.is_empty() {
            continue;
        }
        let start = std::time::Instant::now();
        let log = made(&model, &wishes(1, 2_000)).unwrap();
        eprintln!("{} {} events {:?}", pack.display(), log.events.len(), start.elapsed());
        for note in &log.notes {
            eprintln!("   {} {}", name(&model, note.clause), note.kind.message());
        }
        let diffs = differences(&model, &log);
        eprintln!("   {} differences {:#?}", diffs.len(), diffs.iter().take(5).collect::<Vec<_>>());
    }
}

#[test]
fn each_pack_has_a_log_that_breaks_it() {
    for pack in packs().into_iter().chain([Path::new("benches/workload.clause").to_owned()]) {
        let model = model(&pack);
        if model.clauses.is_empty() {
            continue;
        }
        let start = std::time::Instant::now();
        let all = (0..model.clauses.len()).map(|id| (ClauseId(u32::try_from(id).unwrap()), "10%".parse().unwrap()));
        let wishes = Wishes {
            breaches: all.collect(),
            ..wishes(1, 2_000)
        };
        let log = made(&model, &wishes).unwrap();
        eprintln!("{} {} events {:?}", pack.display(), log.events.len(), start.elapsed());
        for note in &log.notes {
            eprintln!("   {} {}", name(&model, note.clause), note.kind.message());
        }
        let mut broken: BTreeMap<String, usize> = BTreeMap::new();
        for truth in log.truths.iter().filter(|truth| truth.verdict == Verdict::Violated) {
            *broken.entry(name(&model, truth.clause)).or_default() += 1;
        }
        eprintln!("   {broken:?}");
        let diffs = differences(&model, &log);
        eprintln!("   {} differences {:#?}", diffs.len(), diffs.iter().take(5).collect::<Vec<_>>());
    }
}

#[allow(dead_code)]
fn keep(what: &str, model: &Model, log: &Log) {
    assert_true(what, model, log);
}
