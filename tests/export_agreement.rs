//! Exported formulas on exported logs find what the engine finds, on random agreements and logs.
//!
//! `SERVANDA_CASES` says how many. With `SERVANDA_EXPORT_CASES=FOLDER` the cases are also written there, with what the engine found, so that
//! another monitor can be run on them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod monitor;
mod naive;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestError, TestRunner};
use servanda::engine::{Breach, Instance, Outcome, Subject, judge};
use servanda::export::{Export, LogWriter, Reading, Translated, Variable};
use servanda::log::Event;
use servanda::model::{ClauseId, Extent, Goal, Model, Opening, Relative};
use servanda::value::{Type, Value};

use monitor::{Assignment, Constant, Log, satisfactions};
use naive::generate::{Case, cases};

fn case_count() -> u32 {
    std::env::var("SERVANDA_CASES").map_or(1_000, |count| count.parse().expect("SERVANDA_CASES is a number"))
}

/// What tells violations of one duty apart, in words that both sides use.
type Found = BTreeSet<String>;

#[test]
fn exported_formulas_find_what_the_engine_finds() {
    let folder = std::env::var_os("SERVANDA_EXPORT_CASES").map(PathBuf::from);
    let seen: RefCell<BTreeMap<String, u64>> = RefCell::default();
    let number = RefCell::new(0_u32);
    let mut runner = TestRunner::new(Config {
        cases: case_count(),
        max_shrink_iters: 5_000,
        max_global_rejects: case_count(),
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..Config::default()
    });
    let outcome = runner.run(&cases(), |case| {
        let Some(model) = &case.model else {
            return Err(TestCaseError::reject("the rule file has a mistake"));
        };
        *number.borrow_mut() += 1;
        let folder = folder.as_ref().map(|folder| folder.join(number.borrow().to_string()));
        compare(&case, model, folder.as_deref(), &mut seen.borrow_mut())
            .map_err(|message| TestCaseError::fail(format!("{message}\n{case:?}")))
    });
    if let Err(TestError::Fail(reason, _) | TestError::Abort(reason)) = outcome {
        panic!("{}", reason.message());
    }
    let seen = seen.into_inner();
    // Some are there once in some thousand cases, which a shorter run may miss by chance.
    if case_count() >= 20_000 {
        for what in FORMS {
            assert!(seen.contains_key(what), "never seen: {what}; seen: {seen:#?}");
        }
    }
}

/// What the cases must reach, each with a violation.
const FORMS: [&str; 14] = [
    "what permissions are taken from",
    "what can be released",
    "several clocks",
    "ensure before a trigger",
    "ensure after a trigger",
    "ensure in the term",
    "ensure in periods",
    "avoid after a trigger",
    "avoid in the term",
    "avoid in periods",
    "maintain after a trigger",
    "maintain in the term",
    "repair 1",
    "repair 2",
];

fn compare(case: &Case, model: &Model, folder: Option<&Path>, seen: &mut BTreeMap<String, u64>) -> Result<(), String> {
    let clauses: Vec<ClauseId> = (0..).map(ClauseId).take(model.clauses.len()).collect();
    let export = Export::new(model, &clauses);
    let mut events: Vec<Event> = case.events.clone();
    events.sort_by_key(|event| event.time);
    events.retain(|event| event.time <= case.as_of);
    let mut writer = LogWriter::new(model, &export.vocabulary, export.moments(), Vec::new());
    for event in &events {
        writer.event(event, "a log").map_err(|error| error.to_string())?;
    }
    let text = writer.finish(case.as_of).map_err(|error| error.to_string())?;
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    let log = Log::read(&text);
    let instances = judge(model, events.clone(), Some(case.as_of));
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("signature.sig"), export.signature(model)).unwrap();
        std::fs::write(folder.join("log.log"), &text).unwrap();
    }
    for duty in &export.duties {
        let Ok(translated) = &duty.result else { continue };
        let of_clause = instances.iter().filter(|instance| instance.clause == duty.clause);
        let expected: Found = of_clause
            .filter(|instance| {
                let broken = |step: &servanda::engine::Step| matches!(step.outcome, Outcome::Broken(_));
                instance.steps.len() > duty.place && instance.steps[..=duty.place].iter().all(broken)
            })
            .map(|instance| by_engine(model, instance, translated, &events, &log))
            .collect();
        let satisfied = satisfactions(&translated.formula, &log);
        let found: Found = satisfied.iter().map(|(_, row)| by_formula(translated, row)).collect();
        if let Some(folder) = folder {
            let name = duty.file_name(model);
            std::fs::write(folder.join(&name), duty.text(model, &export.vocabulary, translated)).unwrap();
            let rows: BTreeSet<String> = satisfied
                .iter()
                .map(|(stamp, row)| format!("{stamp} {}", show(row)))
                .collect();
            let rows: Vec<String> = rows.into_iter().collect();
            std::fs::write(folder.join(name).with_extension("expected"), rows.join("\n")).unwrap();
        }
        if found != expected || satisfied.len() != found.len() {
            return Err(format!(
                "{} place {}: the engine finds {expected:?}, the formula {satisfied:?}\n{}\n{text}",
                model.clause(duty.clause).name,
                duty.place,
                duty.text(model, &export.vocabulary, translated),
            ));
        }
        if !found.is_empty() {
            *seen.entry(form(model, duty.clause, duty.place)).or_default() += 1;
            let clause = model.clause(duty.clause);
            if !clause.exceptions.is_empty() {
                *seen.entry("what permissions are taken from".to_owned()).or_default() += 1;
            }
            if !clause.waivers.is_empty() {
                *seen.entry("what can be released".to_owned()).or_default() += 1;
            }
            if let Goal::Ensure {
                extent: Extent::Relative(Relative::Until(clocks)),
                ..
            } = &clause.duties[0].goal
                && !clocks.is_single()
            {
                *seen.entry("several clocks".to_owned()).or_default() += 1;
            }
        }
    }
    Ok(())
}

fn form(model: &Model, clause: ClauseId, place: usize) -> String {
    if place > 0 {
        return format!("repair {place}");
    }
    let clause = model.clause(clause);
    let verb = match &clause.duties[0].goal {
        Goal::EnsureBefore { .. } => return "ensure before a trigger".to_owned(),
        Goal::EnsureEach { .. } => return "ensure in periods".to_owned(),
        Goal::AvoidEach { .. } => return "avoid in periods".to_owned(),
        Goal::Permit { .. } => return "may".to_owned(),
        Goal::Bound(_) => return "bound on a figure".to_owned(),
        Goal::Ensure { .. } => "ensure",
        Goal::Avoid { .. } => "avoid",
        Goal::Maintain { .. } => "maintain",
    };
    let opening = match clause.opening {
        Opening::Standing => "in the term",
        Opening::Trigger { .. } => "after a trigger",
    };
    format!("{verb} {opening}")
}

fn by_engine(model: &Model, instance: &Instance, translated: &Translated, events: &[Event], log: &Log) -> String {
    let number = |event: &Event| {
        let position = events.iter().position(|other| other.origin.line == event.origin.line);
        position.expect("an event of the log") + 1
    };
    let Outcome::Broken(breach) = &instance.steps[0].outcome else {
        panic!("not broken")
    };
    match (&translated.reading, &instance.subject, breach) {
        (Reading::Opened(_), Subject::Trigger(trigger), _) => format!("{}", number(&trigger.event)),
        (Reading::Event(_), Subject::Term, Breach::Event { by, .. }) => format!("{}", number(by)),
        (Reading::Term(_), Subject::Term, _) => "the term".to_owned(),
        (Reading::Period(_), Subject::Period(period), _) => format!("{}", period.index),
        (Reading::Interval { key, opened, .. }, subject, Breach::Interval { start, .. }) => {
            let mut parts = vec![format!("{:?}", log.first_from(start.unix_nanoseconds()))];
            let (of, event) = match subject {
                Subject::Key(of, trigger) => (Some(of), trigger.as_ref()),
                Subject::Trigger(trigger) => (None, Some(trigger)),
                Subject::Term | Subject::Period(_) | Subject::KeyInPeriod(..) => (None, None),
            };
            assert_eq!((key.is_some(), opened.is_some()), (of.is_some(), event.is_some()));
            parts.extend(of.map(|of| key_text(model, of)));
            parts.extend(event.map(|trigger| number(&trigger.event).to_string()));
            parts.join(" ")
        }
        (reading, subject, _) => panic!("{reading:?} does not fit {subject:?}"),
    }
}

fn key_text(model: &Model, key: &Value) -> String {
    match key {
        Value::Party(_) => model.show(key, &Type::Party),
        Value::Text(text) => text.to_string(),
        other => panic!("{other:?} is no key of the random rules"),
    }
}

fn by_formula(translated: &Translated, row: &Assignment) -> String {
    let show = |variable: &Variable| match &row[variable] {
        Constant::Int(number) => number.to_string(),
        Constant::Text(text) => text.clone(),
    };
    match &translated.reading {
        Reading::Opened(variable) | Reading::Event(variable) | Reading::Period(variable) => show(variable),
        Reading::Term(_) => "the term".to_owned(),
        Reading::Interval { from, key, opened } => {
            let from = show(from).parse::<i128>().ok();
            let mut parts = vec![format!("{from:?}")];
            parts.extend(key.iter().chain(opened).map(show));
            parts.join(" ")
        }
    }
}

/// The values of a row, in the order of the variables' names.
fn show(row: &Assignment) -> String {
    let values = row.iter().map(|(variable, value)| match value {
        Constant::Int(number) => format!("{}={number}", variable.0),
        Constant::Text(text) => format!("{}=\"{text}\"", variable.0),
    });
    values.collect::<Vec<_>>().join(" ")
}
