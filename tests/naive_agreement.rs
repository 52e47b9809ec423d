//! The engine and the naive judge find the same on random agreements and logs.
//!
//! `SERVANDA_CASES` says how many; `PROPTEST_RNG_SEED` makes a run repeatable. A failing case is kept beside this file, in
//! naive_agreement.proptest-regressions, which is to be committed with the fix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestError, TestRunner};
use servanda::engine::{Engine, Instance, Life, Verdict, judge, judge_planned};
use servanda::log::{Dividing, Event};
use servanda::model::{
    AgreementId, Clause, ClauseId, Clock, Condition, ConditionKind, Ending, Extension, Extent, FieldId, FieldRef, Goal,
    LeadTime, LifeChange, Measure, Model, Opening, Operand, OperandKind, Pattern, Reach, Relative, Trigger, Var,
};
use servanda::plan::{Division, Plan};
use servanda::run::{DecidedAt, Lives, Part};
use servanda::syntax::{
    ast::{CompareOp, Count, Direction},
    print,
};
use servanda::time::Instant;
use servanda::value::{Type, Value};
use servanda::verdict::{Numbering, OutcomeId, VerdictId};

use naive::evaluate::evaluate;
use naive::generate::{Case, cases, parsed};
use naive::row::{Excused, Opener, OutcomeRow, Row, SubjectRow};

fn case_count() -> u32 {
    std::env::var("SERVANDA_CASES").map_or(2_000, |count| count.parse().expect("SERVANDA_CASES is a number"))
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        max_shrink_iters: 20_000,
        max_global_rejects: cases,
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..Config::default()
    })
}

fn check(cases_wanted: u32, property: impl Fn(&Case, &Model) -> Result<(), String>) {
    let outcome = runner(cases_wanted).run(&cases(), |case| {
        let Some(model) = &case.model else {
            return Err(TestCaseError::reject("the rule file has a mistake"));
        };
        property(&case, model).map_err(|message| TestCaseError::fail(format!("{message}\n{case:?}")))
    });
    match outcome {
        Ok(()) => {}
        // The reason already shows the case.
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{}", reason.message()),
    }
}

fn engine_rows(model: &Model, events: Vec<Event>, as_of: Instant) -> Vec<Row> {
    let instances = judge(model, events, Some(as_of));
    let mut rows: Vec<Row> = instances
        .iter()
        .map(|instance| Row::from_instance(model, instance))
        .collect();
    rows.sort();
    rows
}

/// Runs an engine over a log, and after some of the time points, by their numbers, puts another one in its place that was made from its state. Half of
/// the states are taken before what was decided is asked for. Tells all that the engine says: the instances in their order with all that is in them,
/// what is unfinished after each time point, and what has become of agreements and clauses.
fn interrupted(case: &Case, plan: &Arc<Plan>, after: impl Fn(usize) -> bool) -> (Vec<Instance>, String) {
    let mut events: Vec<Event> = case.events.clone();
    events.retain(|event| event.time <= case.as_of);
    events.sort_by_key(|event| event.time);
    let mut engine = Engine::new(Arc::clone(plan));
    let mut instances = Vec::new();
    let mut said = String::new();
    let replaced = |engine: &mut Engine| {
        let mut state = Vec::new();
        engine.save(&mut state).unwrap();
        *engine = Engine::restore(Arc::clone(plan), &state).unwrap();
    };
    for (number, point) in events.chunk_by(|one, other| one.time == other.time).enumerate() {
        engine.time_point(point[0].time, point.iter().cloned().map(Arc::new).collect());
        if after(number) && number % 2 == 0 {
            replaced(&mut engine);
        }
        instances.append(&mut engine.finished());
        if after(number) && number % 2 == 1 {
            replaced(&mut engine);
        }
        writeln!(said, "{:?} {}", engine.now(), engine.unfinished()).unwrap();
    }
    for (id, clause) in (0..).map(ClauseId).zip(&plan.model().clauses) {
        let lives = (engine.life_of_agreement(clause.agreement), engine.life_of_clause(id));
        writeln!(said, "{lives:?}").unwrap();
    }
    instances.append(&mut engine.finish(case.as_of));
    (instances, said)
}

fn same_when_interrupted(case: &Case, model: &Model, after: impl Fn(usize) -> bool) -> Result<(), String> {
    let plan = Arc::new(Plan::new(model.clone()));
    let (whole, said) = interrupted(case, &plan, |_| false);
    let (restored, said_restored) = interrupted(case, &plan, after);
    if whole != restored {
        return Err(format!(
            "decided without interruption:\n{whole:#?}\nand with it:\n{restored:#?}"
        ));
    }
    if said != said_restored {
        return Err(format!(
            "said without interruption:\n{said}\nand with it:\n{said_restored}"
        ));
    }
    Ok(())
}

/// What one list of rows has and the other has not, as multisets.
fn difference(first: (&str, &[Row]), second: (&str, &[Row])) -> Result<(), String> {
    if first.1 == second.1 {
        return Ok(());
    }
    let mut out = String::new();
    for (one, other) in [(first, second), (second, first)] {
        let mut others = other.1.to_vec();
        for row in one.1 {
            match others.iter().position(|other| other == row) {
                Some(at) => drop(others.remove(at)),
                None => writeln!(out, "only {}: {row}", one.0).unwrap(),
            }
        }
    }
    Err(out)
}

#[test]
fn the_engine_agrees_with_the_naive_judge() {
    let seen = RefCell::new(Seen::default());
    check(case_count(), |case, model| {
        let expected = evaluate(model, &case.events, case.as_of);
        let found = engine_rows(model, case.events.clone(), case.as_of);
        difference(("the naive judge", &expected), ("the engine", &found))?;
        let points = case.events.len().max(1);
        let interrupted = case.shuffled.first().map(|at| at % points);
        same_when_interrupted(case, model, |point| Some(point) == interrupted)?;
        seen.borrow_mut().add(model, &expected);
        Ok(())
    });
    seen.into_inner().is_everything(case_count());
}

#[test]
fn an_engine_that_is_restored_after_every_time_point_decides_the_same() {
    check(case_count() / 4, |case, model| {
        same_when_interrupted(case, model, |_| true)
    });
}

#[test]
fn the_order_of_the_log_changes_nothing() {
    check(case_count() / 4, |case, model| {
        let shuffled: Vec<Event> = case.shuffled.iter().map(|at| case.events[*at].clone()).collect();
        let as_written = engine_rows(model, case.events.clone(), case.as_of);
        let otherwise = engine_rows(model, shuffled.clone(), case.as_of);
        difference(("in one order", &as_written), ("in another", &otherwise))?;
        let as_written = evaluate(model, &case.events, case.as_of);
        let otherwise = evaluate(model, &shuffled, case.as_of);
        difference(("naive in one order", &as_written), ("naive in another", &otherwise))
    });
}

/// A model of which only some clauses are left.
fn part_of(model: &Model, is_meant: impl Fn(usize) -> bool) -> Model {
    let mut part = model.clone();
    let mut at = 0..;
    part.clauses.retain(|_| at.next().is_some_and(&is_meant));
    part
}

#[test]
fn clauses_decide_by_themselves_as_they_do_among_others() {
    check(case_count() / 4, |case, model| {
        let whole = engine_rows(model, case.events.clone(), case.as_of);
        for parts in 2..4 {
            let rows = (0..parts).map(|part| part_of(model, |clause| clause % parts == part));
            let mut rows: Vec<Row> = rows
                .flat_map(|part| engine_rows(&part, case.events.clone(), case.as_of))
                .collect();
            rows.sort();
            difference(("all clauses", &whole), ("parts of them", &rows))?;
        }
        Ok(())
    });
}

/// The pattern of what opens a clause, where one event does, and that of what is owed.
fn patterns_of(clause: &mut Clause) -> [Option<&mut Pattern>; 2] {
    let opening = match &mut clause.opening {
        Opening::Trigger {
            trigger: Trigger::Any(patterns),
            ..
        } => patterns.first_mut(),
        _ => None,
    };
    let owed = clause.duties.first_mut().and_then(|duty| match &mut duty.goal {
        Goal::Ensure { pattern, .. }
        | Goal::EnsureBefore { pattern, .. }
        | Goal::EnsureEach { pattern, .. }
        | Goal::Avoid { pattern, .. }
        | Goal::AvoidEach { pattern, .. }
        | Goal::Permit { pattern, .. } => Some(pattern),
        Goal::Bound(bound) => Some(&mut bound.figure.pattern),
        Goal::Maintain { .. } => None,
    });
    [opening, owed]
}

/// Asks that a text or a party in the events of a pattern is what it is in one of these events. Whether that can be asked.
fn narrow(pattern: &mut Pattern, model: &Model, events: &[Event], choice: usize) -> bool {
    let fields = (0..).map(FieldId).zip(&model.event(pattern.event).fields);
    let told = fields.filter(|(_, field)| matches!(field.ty, Type::Text | Type::Party));
    let told: Vec<(FieldId, &Type)> = told.map(|(id, field)| (id, &field.ty)).collect();
    let Some(&(field, ty)) = told.get(choice % told.len().max(1)) else {
        return false;
    };
    let of_type = events.iter().filter(|event| event.kind == pattern.event);
    let values: Vec<&Value> = of_type.filter_map(|event| event.field(field)).collect();
    let Some(&value) = values.get(choice % values.len().max(1)) else {
        return false;
    };
    let operand = |kind| Operand {
        kind,
        ty: ty.clone(),
        span: pattern.span,
    };
    let condition = Condition {
        kind: ConditionKind::Compare {
            left: operand(OperandKind::Field(Var::Subject, FieldRef::Declared(field))),
            op: CompareOp::Equal,
            right: operand(OperandKind::Literal(value.clone())),
        },
        span: pattern.span,
    };
    pattern.conditions.push(condition);
    true
}

#[test]
fn clauses_about_single_values_decide_as_if_they_saw_all_events() {
    const VARIANTS: usize = 3;
    let narrowed = RefCell::new(0);
    check(case_count() / 4, |case, model| {
        let mut many = model.clone();
        many.clauses = Vec::new();
        // What looks into the past has an id that a model has once.
        let copied = model
            .clauses
            .iter()
            .filter(|clause| !format!("{clause:?}").contains("PastQuery"));
        for (at, clause) in copied.enumerate() {
            for variant in 0..VARIANTS {
                let mut clause = clause.clone();
                let patterns = patterns_of(&mut clause).into_iter().enumerate();
                for (place, pattern) in patterns.filter_map(|(place, pattern)| Some((place, pattern?))) {
                    // One of the two, the other, or both.
                    if variant != place && narrow(pattern, model, &case.events, at + 2 * variant + place) {
                        *narrowed.borrow_mut() += 1;
                    }
                }
                many.clauses.push(clause);
            }
        }
        let shown = |model: &Model, clause: Option<usize>| {
            let found = judge(model, case.events.clone(), Some(case.as_of)).into_iter();
            let shown = found.map(|instance| {
                let clause = clause.unwrap_or(instance.clause.index());
                format!("{clause}: {:?} {:?}", instance.subject, instance.steps)
            });
            shown.collect::<Vec<String>>()
        };
        let mut together = shown(&many, None);
        // With no other clause nothing is sorted by values.
        let alone = |clause: usize| shown(&part_of(&many, |at| at == clause), Some(clause));
        let mut alone: Vec<String> = (0..many.clauses.len()).flat_map(alone).collect();
        together.sort();
        alone.sort();
        if together == alone {
            Ok(())
        } else {
            Err(format!("together: {together:#?}\nalone: {alone:#?}"))
        }
    });
    let narrowed = narrowed.into_inner();
    assert!(
        narrowed > case_count() / 4,
        "only {narrowed} patterns are about one value"
    );
}

#[test]
fn the_parts_of_a_split_log_decide_what_the_whole_does() {
    let splits = RefCell::new(0);
    check(case_count(), |case, model| {
        let plan = Plan::new(model.clone());
        for clause in 0..model.clauses.len() {
            let Some(split) = plan.split(ClauseId(u32::try_from(clause).unwrap())) else {
                continue;
            };
            *splits.borrow_mut() += 1;
            let alone = part_of(model, |at| at == clause);
            let whole = engine_rows(&alone, case.events.clone(), case.as_of);
            let hash = |event: &Event| {
                let value = event.value(split.field(event.kind)?)?;
                Some(BuildHasherDefault::<DefaultHasher>::default().hash_one(value) % 3)
            };
            let rows = (0..3).map(|part| {
                let of_part = |event: &&Event| hash(event).is_none_or(|hash| hash == part);
                case.events.iter().filter(of_part).cloned().collect::<Vec<Event>>()
            });
            let mut rows: Vec<Row> = rows
                .flat_map(|events| engine_rows(&alone, events, case.as_of))
                .collect();
            rows.sort();
            difference(("the whole log", &whole), ("its parts", &rows))?;
        }
        Ok(())
    });
    let splits = splits.into_inner();
    assert!(splits > case_count() / 200, "only {splits} clauses can be split");
}

/// What is read of a log is what a plan lets through, so that it must decide the same of a log that lacks the rest.
#[test]
fn nothing_comes_of_the_events_that_a_plan_keeps_back() {
    let kept_back = RefCell::new(0);
    check(case_count(), |case, model| {
        let alone = (0..model.clauses.len()).map(|clause| {
            let mut alone = part_of(model, |at| at == clause);
            for pattern in patterns_of(&mut alone.clauses[0]).into_iter().flatten() {
                narrow(pattern, model, &case.events, clause);
            }
            alone
        });
        for model in [model.clone()].into_iter().chain(alone) {
            let plan = Arc::new(Plan::new(model));
            let passes = |event: &&Event| {
                let sieve = plan.sieve(event.kind);
                sieve.is_none_or(|sieve| sieve.lets_through(|field| event.field(field)))
            };
            let events = case.events.iter();
            let let_through: Vec<Event> = events.filter(passes).cloned().collect();
            let all = case.events.iter().filter(|event| plan.is_wanted(event.kind)).count();
            *kept_back.borrow_mut() += u32::from(let_through.len() < all);
            let decided = |events: &[Event]| {
                let events = events.iter().cloned().map(Arc::new).collect();
                let instances = judge_planned(&plan, events, Some(case.as_of));
                // What is decided between two time points is ranked with what is decided at the second.
                let mut instances: Vec<String> = instances.iter().map(|instance| format!("{instance:?}")).collect();
                instances.sort_unstable();
                instances
            };
            let (whole, sifted) = (decided(&case.events), decided(&let_through));
            if whole != sifted {
                return Err(format!(
                    "of the whole log:\n{whole:#?}\nof what is let through:\n{sifted:#?}"
                ));
            }
        }
        Ok(())
    });
    let kept_back = kept_back.into_inner();
    assert!(kept_back > case_count() / 5, "only {kept_back} logs lack something");
}

/// A log as a run is told of it: some events, by their numbers, were taken back.
fn told(case: &Case, is_retracted: impl Fn(usize) -> bool) -> Vec<(Arc<Event>, bool)> {
    let events = case.events.iter().cloned().map(Arc::new);
    let mut told: Vec<(Arc<Event>, bool)> = events
        .enumerate()
        .map(|(number, event)| (event, is_retracted(number)))
        .collect();
    told.sort_by_key(|(event, _)| event.time);
    told
}

/// What one engine decides that sees everything, instant by instant, then what is left at the end, and what has become of agreements and clauses.
fn judged_by_one(plan: &Arc<Plan>, told: &[(Arc<Event>, bool)], as_of: Instant) -> (Vec<DecidedAt>, String) {
    judged_by(Engine::new(Arc::clone(plan)), plan, told, as_of, &mut |_| {})
}

/// The same, of an engine with which something is done after each time point.
fn judged_by(
    mut engine: Engine,
    plan: &Plan,
    told: &[(Arc<Event>, bool)],
    as_of: Instant,
    between: &mut dyn FnMut(&mut Engine),
) -> (Vec<DecidedAt>, String) {
    let mut decided = Vec::new();
    let in_time: Vec<&(Arc<Event>, bool)> = told.iter().filter(|(event, _)| event.time <= as_of).collect();
    for point in in_time.chunk_by(|one, other| one.0.time == other.0.time) {
        let at = point[0].0.time;
        let mut events = Vec::new();
        for (event, is_retracted) in point {
            if *is_retracted {
                engine.retracted(Arc::clone(event), event.origin);
            } else if plan.is_wanted(event.kind) {
                events.push(Arc::clone(event));
            }
        }
        if !events.is_empty() {
            engine.time_point(at, events);
            decided.push((at, engine.finished()));
            between(&mut engine);
        }
    }
    let mut engine_lives = engine;
    engine_lives.time_point(as_of, Vec::new());
    let model = plan.model();
    let agreements = (0..).map(AgreementId).take(model.agreements.len());
    let agreements: Vec<Life> = agreements.map(|id| engine_lives.life_of_agreement(id)).collect();
    let clauses = (0..).map(ClauseId).take(model.clauses.len());
    let clauses: Vec<Life> = clauses.map(|id| engine_lives.life_of_clause(id)).collect();
    decided.push((Instant::MAX, engine_lives.finish(as_of)));
    decided.retain(|(_, instances)| !instances.is_empty());
    (decided, format!("{agreements:?} {clauses:?}"))
}

/// The same, of the parts of a division, to which the log comes in batches.
fn judged_by_parts(
    plan: &Plan,
    told: &[(Arc<Event>, bool)],
    as_of: Instant,
    (threads, size): (usize, usize),
) -> (Vec<DecidedAt>, Vec<String>) {
    let division = Arc::new(Division::new(plan, threads));
    let dividing = Dividing {
        division: Arc::clone(&division),
        as_of: Some(as_of),
    };
    let mut parts: Vec<Part> = division.parts().iter().cloned().map(Part::new).collect();
    let mut decided: Vec<DecidedAt> = Vec::new();
    for events in told.chunks(size) {
        let mut batch = dividing.batch(events.len());
        for (event, is_retracted) in events {
            if *is_retracted {
                dividing.retract(&mut batch, Arc::clone(event), event.origin);
            } else {
                dividing.add(&mut batch, Arc::clone(event));
            }
        }
        for (part, portion) in parts.iter_mut().zip(batch.portions) {
            decided.append(&mut part.take_in(&batch.times, portion, &batch.retracted, batch.reached, &mut |_| true));
        }
    }
    let mut lives = Vec::new();
    for mut part in parts {
        decided.extend(part.close(&mut |_| true));
        let (Lives { agreements, clauses }, rest) = part.finish(plan.model(), as_of, &mut |_| true);
        lives.push(format!("{agreements:?} {clauses:?}"));
        decided.push((Instant::MAX, rest.into_iter().collect()));
    }
    let mut merged: BTreeMap<Instant, Vec<Instance>> = BTreeMap::new();
    for (at, instances) in decided {
        merged.entry(at).or_default().extend(instances);
    }
    for instances in merged.values_mut() {
        instances.sort_by_key(Instance::rank);
    }
    merged.retain(|_, instances| !instances.is_empty());
    (merged.into_iter().collect(), lives)
}

#[test]
fn the_parts_of_a_division_decide_what_one_engine_does_in_its_order() {
    let several = RefCell::new(0);
    check(case_count(), |case, model| {
        let plan = Arc::new(Plan::new(model.clone()));
        let is_retracted = |number: usize| case.shuffled.get(number).is_some_and(|at| at % 8 == 0);
        let told = told(case, is_retracted);
        let (whole, lives) = judged_by_one(&plan, &told, case.as_of);
        for (threads, size) in [(1, 3), (2, 1), (2, 4), (3, 7), (8, usize::MAX)] {
            let parts = Division::new(&plan, threads).parts().len();
            *several.borrow_mut() += u32::from(parts > 1);
            let (divided, lives_of_parts) = judged_by_parts(&plan, &told, case.as_of, (threads, size));
            if whole != divided {
                return Err(format!(
                    "one engine decides:\n{whole:#?}\nand {parts} parts:\n{divided:#?}"
                ));
            }
            if let Some(other) = lives_of_parts.iter().find(|other| **other != lives) {
                return Err(format!("with one engine:\n{lives}\nand in a part:\n{other}"));
            }
        }
        Ok(())
    });
    let several = several.into_inner();
    assert!(several > case_count(), "only {several} divisions into several parts");
}

/// Whether they are kept as bytes until something comes, and whether a state is made of them meanwhile, changes nothing.
#[test]
fn instances_that_are_packed_are_what_they_were() {
    let (packed, saved) = (RefCell::new(0), RefCell::new(0));
    check(case_count(), |case, model| {
        let plan = Arc::new(Plan::new(model.clone()));
        let told = told(case, |number| case.shuffled.get(number).is_some_and(|at| at % 8 == 0));
        let whole = judged_by_one(&plan, &told, case.as_of);
        for most in 0..2 {
            let mut engine = Engine::new(Arc::clone(&plan));
            engine.keep_whole(most);
            let mut points = 0;
            let otherwise = judged_by(engine, &plan, &told, case.as_of, &mut |engine| {
                points += 1;
                *packed.borrow_mut() += engine.packed();
                if points % 4 == 0 && engine.packed() > 0 {
                    *saved.borrow_mut() += 1;
                    let mut bytes = Vec::new();
                    engine.save(&mut bytes).unwrap();
                    *engine = Engine::restore(Arc::clone(&plan), &bytes).unwrap();
                    engine.keep_whole(most);
                }
            });
            if whole != otherwise {
                return Err(format!("whole:\n{whole:#?}\nand packed:\n{otherwise:#?}"));
            }
        }
        Ok(())
    });
    let (packed, saved) = (packed.into_inner(), saved.into_inner());
    assert!(
        packed > case_count() as usize / 10 && saved > 10,
        "only {packed} were packed, {saved} times while a state was made"
    );
}

/// The ids of all instances with those of what came of them, numbered instant by instant, as a run does.
fn ids(model: &Model, mut events: Vec<Event>, as_of: Instant) -> Result<BTreeMap<VerdictId, OutcomeId>, String> {
    let mut engine = Engine::new(Arc::new(Plan::new(model.clone())));
    let mut ids = BTreeMap::new();
    let mut take = |instances: Vec<Instance>| -> Result<(), String> {
        let mut numbering = Numbering::default();
        for instance in instances {
            let id = numbering.next(model, &instance);
            if ids.insert(id, OutcomeId::of(model, &instance)).is_some() {
                return Err(format!(
                    "{id} names two instances, one of them {}",
                    Row::from_instance(model, &instance)
                ));
            }
        }
        Ok(())
    };
    events.retain(|event| event.time <= as_of);
    events.sort_by_key(|event| event.time);
    for point in events.chunk_by(|one, other| one.time == other.time) {
        engine.time_point(point[0].time, point.iter().cloned().map(Arc::new).collect());
        take(engine.finished())?;
    }
    take(engine.finish(as_of))?;
    Ok(ids)
}

#[test]
fn ids_name_one_instance_each_whatever_the_order_of_the_log() {
    check(case_count() / 4, |case, model| {
        let shuffled: Vec<Event> = case.shuffled.iter().map(|at| case.events[*at].clone()).collect();
        let as_written = ids(model, case.events.clone(), case.as_of)?;
        let otherwise = ids(model, shuffled, case.as_of)?;
        if as_written == otherwise {
            Ok(())
        } else {
            Err(format!("{as_written:?}\nis in another order\n{otherwise:?}"))
        }
    });
}

/// The lines that events stand on name them and decide nothing.
#[test]
fn the_numbers_of_the_lines_change_nothing() {
    check(case_count() / 4, |case, model| {
        let mut renumbered = case.events.clone();
        let mut back = BTreeMap::new();
        for (event, position) in renumbered.iter_mut().zip(&case.shuffled) {
            let line = 7 + 3 * u64::try_from(*position).unwrap();
            back.insert(line, event.origin.line);
            event.origin.line = line;
            event.origin.offset = line * 100;
        }
        let named_back = |rows: Vec<Row>| {
            let mut rows: Vec<Row> = rows.into_iter().map(|row| with_lines(row, &back)).collect();
            rows.sort();
            rows
        };
        let as_written = engine_rows(model, case.events.clone(), case.as_of);
        let otherwise = named_back(engine_rows(model, renumbered.clone(), case.as_of));
        difference(("as numbered", &as_written), ("renumbered", &otherwise))?;
        let as_written = evaluate(model, &case.events, case.as_of);
        let otherwise = named_back(evaluate(model, &renumbered, case.as_of));
        difference(("naive as numbered", &as_written), ("naive renumbered", &otherwise))
    });
}

fn with_lines(mut row: Row, lines: &BTreeMap<u64, u64>) -> Row {
    match &mut row.subject {
        SubjectRow::Trigger(opener)
        | SubjectRow::Key {
            trigger: Some(opener), ..
        } => match opener {
            Opener::Event(line) => *line = lines[line],
            Opener::Pair(first, line) => (*first, *line) = (lines[first], lines[line]),
            Opener::Count(..) => {}
        },
        _ => {}
    }
    for step in &mut row.steps {
        if let OutcomeRow::Event { line: Some(line), .. } | OutcomeRow::Unknown { line: Some(line), .. } =
            &mut step.outcome
        {
            *line = lines[line];
        }
    }
    row
}

#[test]
fn what_is_after_the_as_of_instant_changes_nothing() {
    check(case_count() / 4, |case, model| {
        let until: Vec<Event> = case
            .events
            .iter()
            .filter(|event| event.time <= case.as_of)
            .cloned()
            .collect();
        let with = engine_rows(model, case.events.clone(), case.as_of);
        let without = engine_rows(model, until, case.as_of);
        difference(("with the later events", &with), ("without", &without))
    });
}

#[test]
fn printing_a_parsed_file_gives_its_text_again() {
    check(case_count() / 4, |case, _| {
        let again = print(&parsed(&case.text).file);
        if again == case.text {
            Ok(())
        } else {
            Err(format!("printed again:\n{again}"))
        }
    });
}

#[test]
fn nearly_all_generated_files_build() {
    let cases_wanted = 500;
    let built = RefCell::new(0);
    let mistakes = RefCell::new(Vec::new());
    let outcome = runner(cases_wanted).run(&cases(), |case| {
        match case.model {
            Some(_) => *built.borrow_mut() += 1,
            None => mistakes.borrow_mut().push(format!("{case:?}")),
        }
        Ok(())
    });
    assert!(outcome.is_ok());
    let built = built.into_inner();
    let mistakes = mistakes.into_inner();
    assert!(
        built * 10 >= cases_wanted * 9,
        "{built} of {cases_wanted} build; for example not\n{}",
        mistakes.first().map_or("", String::as_str)
    );
}

/// The naive judge alone, so that the generators can be seen to reach everything whatever the engine does.
#[test]
fn generated_cases_reach_every_form_and_verdict() {
    let seen = RefCell::new(Seen::default());
    let cases_wanted = case_count().min(ENOUGH_FOR_EVERYTHING);
    check(cases_wanted, |case, model| {
        let rows = evaluate(model, &case.events, case.as_of);
        seen.borrow_mut().add(model, &rows);
        Ok(())
    });
    seen.into_inner().is_everything(cases_wanted);
}

/// Of the rarest verdicts there is one in some thousand cases: a shorter run may miss them by chance.
const ENOUGH_FOR_EVERYTHING: u32 = 12_000;

/// What the cases of a run have been about.
#[derive(Default)]
struct Seen {
    counts: BTreeMap<String, u64>,
}

const VERDICTS: [Verdict; 7] = [
    Verdict::Open,
    Verdict::Met,
    Verdict::Violated,
    Verdict::Repaired,
    Verdict::Excused,
    Verdict::Waived,
    Verdict::Unknown,
];

const FORMS: [&str; 39] = [
    "a floor before an event",
    "a ceiling until an event",
    "avoid until",
    "maintain until",
    "ensure before an event",
    "when",
    "when one or the other",
    "when one after the other",
    "when so many",
    "when so many for every",
    "floor in periods",
    "ceiling in periods",
    "floor in windows",
    "ceiling in windows",
    "bound over the term",
    "bound opened by an event",
    "ensure standing",
    "ensure within",
    "ensure within of",
    "ensure by",
    "ensure within working days",
    "ensure within working days of",
    "ensure by a day of a month",
    "ensure by a day of a month of",
    "ensure by a deferred deadline",
    "ensure within several clocks",
    "ensure without end",
    "ensure at least before",
    "ensure between before",
    "ensure within before",
    "ensure at least in periods",
    "ensure exactly in periods",
    "avoid standing",
    "avoid more than standing",
    "avoid opened by an event",
    "avoid in periods",
    "maintain",
    "maintain for every",
    "permission",
];

impl Seen {
    fn add(&mut self, model: &Model, rows: &[Row]) {
        if !model.reference_uses.is_empty() {
            *self.counts.entry("a reference figure".to_owned()).or_default() += 1;
        }
        let mut lived = |what: &str| *self.counts.entry(what.to_owned()).or_default() += 1;
        for clause in &model.clauses {
            let agreement = model.agreement(clause.agreement);
            for (whole, rules) in [("agreement", &agreement.life), ("clause", &clause.life)] {
                for rule in rules {
                    lived(&match rule.change {
                        LifeChange::Suspend => format!("{whole} suspended"),
                        LifeChange::Resume => format!("{whole} resumed"),
                        LifeChange::Extend(Extension::For(_)) => format!("{whole} extended for a time"),
                        LifeChange::Extend(Extension::To(_)) => format!("{whole} extended to a time"),
                        LifeChange::End(Ending { notice: None, .. }) => format!("{whole} ended"),
                        LifeChange::End(_) => format!("{whole} ended after notice"),
                    });
                }
            }
        }
        for row in rows {
            let clause = model.clauses.iter().find(|clause| clause.name == row.clause).unwrap();
            let opening = match clause.opening {
                Opening::Standing => "standing",
                Opening::Trigger { .. } => "triggered",
            };
            *self.counts.entry(format!("{opening} {:?}", row.verdict)).or_default() += 1;
            if let (Opening::Trigger { trigger, .. }, false) = (&clause.opening, row.verdict == Verdict::Unknown) {
                let trigger = match trigger {
                    Trigger::Any(patterns) if patterns.len() == 1 => "when",
                    Trigger::Any(_) => "when one or the other",
                    Trigger::Sequence(_) => "when one after the other",
                    Trigger::Repeated(repetition) if repetition.group.is_some() => "when so many for every",
                    Trigger::Repeated(_) => "when so many",
                };
                *self.counts.entry(trigger.to_owned()).or_default() += 1;
            }
            for (step, duty) in row.steps.iter().zip(&clause.duties) {
                let decided = !matches!(step.outcome, OutcomeRow::Unknown { .. });
                if decided && duty.end.is_some() {
                    let ended = match &duty.goal {
                        Goal::Maintain { .. } => "maintain until",
                        Goal::Bound(bound) if bound.direction == Direction::Floor => "a floor before an event",
                        Goal::Bound(_) => "a ceiling until an event",
                        Goal::Avoid { .. } => "avoid until",
                        _ => "ensure before an event",
                    };
                    *self.counts.entry(ended.to_owned()).or_default() += 1;
                }
                if decided {
                    *self.counts.entry(form(&duty.goal).to_owned()).or_default() += 1;
                }
                let outcome = match step.outcome {
                    OutcomeRow::Waived { .. } if clause.waivers.is_empty() => {
                        "released where the clause has no `waived by`"
                    }
                    OutcomeRow::Missed { late: Some(_), .. } => "late",
                    OutcomeRow::Missed { .. } => "missed",
                    OutcomeRow::Event { .. } => "broken by an event",
                    OutcomeRow::NotBefore { .. } => "not before",
                    OutcomeRow::Short { .. } => "short",
                    OutcomeRow::Beyond { .. } => "beyond",
                    OutcomeRow::Spell { end: None, .. } => "beyond still",
                    OutcomeRow::Spell { .. } => "beyond for a time",
                    OutcomeRow::Interval { end: None, .. } => "broken still",
                    OutcomeRow::Interval { .. } => "broken for a time",
                    OutcomeRow::Unknown { interval: Some(_), .. } => "unknown for a time",
                    _ => continue,
                };
                if let Goal::Bound(bound) = &duty.goal {
                    let measure = match bound.figure.measure {
                        Measure::Count => "count",
                        Measure::Total(_) => "total",
                        Measure::Average(_) => "average",
                        Measure::Lowest(_) => "lowest",
                        Measure::Highest(_) => "highest",
                        Measure::Distinct(_) => "distinct",
                        Measure::Share(_) => "share",
                    };
                    *self.counts.entry(measure.to_owned()).or_default() += 1;
                }
                *self.counts.entry(outcome.to_owned()).or_default() += 1;
            }
            if let (
                OutcomeRow::Missed {
                    excused: Excused::Yes, ..
                },
                true,
            ) = (&row.steps[0].outcome, clause.duties.len() > 1)
            {
                let when = if row.steps.len() > 1 {
                    "settled before an excuse"
                } else {
                    "taken back by an excuse"
                };
                *self.counts.entry(when.to_owned()).or_default() += 1;
            }
            *self.counts.entry(format!("{} steps", row.steps.len())).or_default() += 1;
        }
    }

    /// Fails if a verdict, a form or an outcome was never reached, in a run that is long enough to reach all.
    fn is_everything(&self, cases: u32) {
        if cases < ENOUGH_FOR_EVERYTHING {
            return;
        }
        let verdicts = VERDICTS
            .iter()
            .flat_map(|verdict| ["standing", "triggered"].map(|opening| format!("{opening} {verdict:?}")));
        let outcomes = [
            "count",
            "total",
            "average",
            "lowest",
            "highest",
            "distinct",
            "share",
            "late",
            "missed",
            "broken by an event",
            "not before",
            "short",
            "beyond",
            "beyond still",
            "beyond for a time",
            "broken still",
            "broken for a time",
            "unknown for a time",
            "a reference figure",
            "agreement suspended",
            "agreement resumed",
            "agreement extended for a time",
            "agreement extended to a time",
            "agreement ended",
            "agreement ended after notice",
            "clause suspended",
            "clause resumed",
            "clause ended",
            "clause ended after notice",
            "released where the clause has no `waived by`",
            "settled before an excuse",
            "taken back by an excuse",
            "1 steps",
            "2 steps",
            "3 steps",
            "4 steps",
        ];
        let all = FORMS.iter().chain(&outcomes).map(|&text| text.to_owned());
        let never: BTreeSet<String> = verdicts
            .chain(all)
            .filter(|what| !self.counts.contains_key(what))
            .collect();
        assert!(
            never.is_empty(),
            "never reached: {never:?}; reached: {:#?}",
            self.counts
        );
    }
}

fn form(goal: &Goal) -> &'static str {
    match goal {
        Goal::Ensure { extent, .. } => match extent {
            Extent::Standing(_) => "ensure standing",
            Extent::Relative(Relative::Until(clocks)) if !clocks.is_single() => "ensure within several clocks",
            Extent::Relative(Relative::Until(clocks)) => match clocks.first() {
                Clock::Within(_) => "ensure within",
                Clock::WithinOf(..) => "ensure within of",
                Clock::By(..) => "ensure by",
                Clock::WorkingDays(_, None, _) => "ensure within working days",
                Clock::WorkingDays(..) => "ensure within working days of",
                Clock::DayOfMonth(_, None) => "ensure by a day of a month",
                Clock::DayOfMonth(..) => "ensure by a day of a month of",
                Clock::Deferred(..) => "ensure by a deferred deadline",
            },
            Extent::Relative(Relative::Never) => "ensure without end",
        },
        Goal::EnsureBefore { lead, .. } => match lead {
            LeadTime::AtLeast(_) => "ensure at least before",
            LeadTime::Between(..) => "ensure between before",
            LeadTime::Within(_) => "ensure within before",
        },
        Goal::EnsureEach {
            count: Count::AtLeast(_),
            ..
        } => "ensure at least in periods",
        Goal::EnsureEach { .. } => "ensure exactly in periods",
        Goal::Avoid {
            extent: Extent::Relative(_),
            ..
        } => "avoid opened by an event",
        Goal::Avoid { more_than: None, .. } => "avoid standing",
        Goal::Avoid { .. } => "avoid more than standing",
        Goal::AvoidEach { .. } => "avoid in periods",
        Goal::Bound(bound) => match (&bound.reach, bound.direction) {
            (Reach::Each(_), Direction::Floor) => "floor in periods",
            (Reach::Each(_), Direction::Ceiling) => "ceiling in periods",
            (Reach::Any(_), Direction::Floor) => "floor in windows",
            (Reach::Any(_), Direction::Ceiling) => "ceiling in windows",
            (Reach::Over(Extent::Standing(_)), _) => "bound over the term",
            (Reach::Over(Extent::Relative(_)), _) => "bound opened by an event",
        },
        Goal::Permit { .. } => "permission",
        Goal::Maintain { every: Some(_), .. } => "maintain for every",
        Goal::Maintain { .. } => "maintain",
    }
}
