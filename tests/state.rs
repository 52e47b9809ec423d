//! States of engines and judgements: what they hold, what they take, and what becomes of damaged ones.
//!
//! `SERVANDA_CASES` says how much is tried. That an engine decides the same with and without an interruption is tried in `naive_agreement.rs`, on all forms of the language.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use std::sync::Arc;

use proptest::prelude::*;
use servanda::engine::{Engine, Instance, StateError, Subject, Trigger};
use servanda::log::Event;
use servanda::model::{Model, build};
use servanda::plan::Plan;
use servanda::time::Instant;
use servanda::verdict::{Judgement, Keeping, Terms};

use naive::generate::{Case, cases, parsed};
use naive::log_text::events_of;

const RULES: &str = r"
agreement a { in force from 2024-01-01 for 2 years party US party UA }
event attack { id: text, losses: number }
event answer { id: text }
clause answered { when attack x US must ensure answer a where a.id == x.id within 30 days otherwise US must ensure answer b where b.id == x.id within 60 days }
clause told { when attack x UA must ensure answer a where a.id == x.id within 10 days }
";

fn case_count() -> u32 {
    std::env::var("SERVANDA_CASES").map_or(2_000, |count| count.parse().expect("SERVANDA_CASES is a number"))
}

fn model(text: &str) -> Model {
    let built = build(vec![parsed(text)]);
    built.model.unwrap_or_else(|| panic!("{:#?}", built.diagnostics))
}

fn attacks(model: &Model, count: usize) -> Vec<Event> {
    let log: Vec<String> = (0..count)
        .map(|number| {
            let (hour, minute, second) = (number / 3_600 % 24, number / 60 % 60, number % 60);
            format!("2024-07-08T{hour:02}:{minute:02}:{second:02}Z attack id=case-{number:06} losses=12.5")
        })
        .collect();
    events_of(model, &log.join("\n"))
}

fn shown(engine: &mut Engine, events: &[Event]) -> Vec<Instance> {
    let mut instances = Vec::new();
    for point in events.chunk_by(|one, other| one.time == other.time) {
        engine.time_point(point[0].time, point.iter().cloned().map(Arc::new).collect());
        instances.append(&mut engine.finished());
    }
    instances
}

fn state_of(engine: &Engine) -> Vec<u8> {
    let mut state = Vec::new();
    engine.save(&mut state).unwrap();
    state
}

fn trigger(instance: &Instance) -> &Trigger {
    match &instance.subject {
        Subject::Trigger(trigger) => trigger,
        subject => panic!("{subject:?}"),
    }
}

#[test]
fn events_are_shared_after_a_restore_as_before() {
    let plan = Arc::new(Plan::new(model(RULES)));
    let mut engine = Engine::new(Arc::clone(&plan));
    shown(&mut engine, &attacks(plan.model(), 3));
    let restored = Engine::restore(Arc::clone(&plan), &state_of(&engine)).unwrap();
    let instances = restored.finish("2025-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(instances.len(), 6);
    for instance in &instances {
        let id = &trigger(instance).event.fields[0];
        let alike = instances.iter().filter(|other| trigger(other).event.fields[0] == *id);
        let shared = alike.filter(|other| Arc::ptr_eq(&trigger(other).event, &trigger(instance).event));
        assert_eq!(shared.count(), 2, "{instance:?}");
    }
}

#[test]
fn an_open_duty_takes_few_bytes_with_its_event() {
    let plan = Arc::new(Plan::new(model(RULES)));
    let mut engine = Engine::new(Arc::clone(&plan));
    let empty = state_of(&engine).len();
    shown(&mut engine, &attacks(plan.model(), 5_000));
    assert_eq!(engine.unfinished(), 10_000);
    let each = (state_of(&engine).len() - empty) / 10_000;
    assert!(each <= 130, "{each} bytes");
}

#[test]
fn what_is_no_state_is_said_to_be_none() {
    let plan = Arc::new(Plan::new(model(RULES)));
    let mut engine = Engine::new(Arc::clone(&plan));
    shown(&mut engine, &attacks(plan.model(), 3));
    let state = state_of(&engine);
    let why = |bytes: &[u8]| Engine::restore(Arc::clone(&plan), bytes).unwrap_err().to_string();
    assert_eq!(why(&[]), "the state is damaged at byte 0: it ends too early");
    assert_eq!(
        why(&[9]),
        "the state is of another form: version 9, and this program reads version 3"
    );
    assert!(matches!(
        Engine::restore(Arc::clone(&plan), &[&state[..], &[0]].concat()),
        Err(StateError::Damaged { at, what: "something follows its end" }) if at == state.len()
    ));
    // Version, next key, and then far more instances than there are bytes.
    let claimed = [3, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0];
    assert_eq!(
        why(&claimed),
        "the state is damaged at byte 8: more is claimed than it holds"
    );
}

#[test]
fn a_state_of_other_rules_is_refused_where_that_can_be_told() {
    let plan = Arc::new(Plan::new(model(RULES)));
    let mut engine = Engine::new(Arc::clone(&plan));
    shown(&mut engine, &attacks(plan.model(), 3));
    let state = state_of(&engine);
    for (changed, other) in [
        ("losses: number", "losses: text"),
        ("{ id: text, losses: number }", "{ id: text }"),
        ("clause told", "clause more { US must avoid attack }\nclause told"),
    ] {
        let other = Arc::new(Plan::new(model(&RULES.replace(changed, other))));
        assert!(
            matches!(Engine::restore(other, &state), Err(StateError::Damaged { .. })),
            "{changed}"
        );
    }
}

#[test]
fn a_judgement_counts_on_from_where_it_was() {
    let model = model(RULES);
    let plan = Arc::new(Plan::new(model.clone()));
    let events = attacks(&model, 40);
    let as_of: Instant = "2024-08-10T00:00:00Z".parse().unwrap();
    let terms = || Terms {
        keeping: Keeping::Nothing,
        ..Terms::default()
    };
    let restored = |judgement: Judgement| {
        let mut state = Vec::new();
        judgement.save(&model, &mut state).unwrap();
        for length in 0..state.len() {
            assert!(Judgement::restore(&model, terms(), &state[..length]).is_err());
        }
        Judgement::restore(&model, terms(), &state).unwrap()
    };
    let take = |judgement: &mut Judgement, mut instances: Vec<Instance>| {
        instances.retain(|instance| judgement.count_one(&model, instance));
        judgement.take_counted(&model, instances, &mut |_| {});
    };
    let judged = |between: &dyn Fn(Judgement) -> Judgement| {
        let mut engine = Engine::new(Arc::clone(&plan));
        let mut judgement = Judgement::new(&model, terms());
        judgement.as_of = as_of;
        shown(&mut engine, &events);
        let answers = "2024-07-21T00:00:00Z answer id=case-000001\n2024-07-21T00:00:01Z answer id=case-000002";
        take(&mut judgement, shown(&mut engine, &events_of(&model, answers)));
        judgement = between(judgement);
        take(&mut judgement, engine.finish(as_of));
        judgement = between(judgement);
        let tallies: Vec<_> = judgement.tallies().map(|(_, tally)| *tally).collect();
        (tallies, judgement.fails(), judgement.as_of)
    };
    let (tallies, fails, at) = judged(&|judgement| judgement);
    assert!(fails && at == as_of && tallies[0].met == 2 && tallies[0].next_due.is_some() && tallies[1].violated == 40);
    assert_eq!(judged(&restored), (tallies, fails, at));
}

/// Restores what is left of a state, and lets the engine go on if it is taken for one.
fn goes_on(case: &Case, plan: &Arc<Plan>, bytes: &[u8], rest: &[Event]) {
    if let Ok(mut engine) = Engine::restore(Arc::clone(plan), bytes) {
        shown(&mut engine, rest);
        engine.finish(case.as_of);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: case_count() / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_states_are_refused_or_do_no_harm(
        case in cases().prop_filter("the rule file has a mistake", |case| case.model.is_some()),
        shown_share in 0..=100_usize,
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 10),
    ) {
        let plan = Arc::new(Plan::new(case.model.clone().unwrap()));
        let mut events = case.events.clone();
        events.retain(|event| event.time <= case.as_of);
        events.sort_by_key(|event| event.time);
        let mut engine = Engine::new(Arc::clone(&plan));
        let (before, rest) = events.split_at(events.len() * shown_share / 100);
        shown(&mut engine, before);
        let state = state_of(&engine);
        for cut in cuts {
            prop_assert!(Engine::restore(Arc::clone(&plan), &state[..cut.index(state.len())]).is_err());
        }
        for (at, change) in &damages {
            let mut damaged = state.clone();
            damaged[at.index(state.len())] ^= change;
            goes_on(&case, &plan, &damaged, rest);
        }
        let mut damaged = state;
        for (at, change) in &damages {
            let at = at.index(damaged.len());
            damaged[at] = *change;
            goes_on(&case, &plan, &damaged, rest);
        }
    }
}
