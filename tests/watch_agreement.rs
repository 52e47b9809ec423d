//! What is told while a log goes on is what the whole log comes to: each verdict once, none that is taken back, whatever the order within the delay that
//! is allowed, however far time passes at once, and whenever the monitor is put away and restored.
//!
//! `SERVANDA_CASES` says how many random agreements and logs are tried.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use servanda::engine::{Told, Verdict, judge};
use servanda::log::{Event, LiveRecord};
use servanda::model::Model;
use servanda::plan::Plan;
use servanda::run::watch::{Monitor, MonitorOptions, Tidings};
use servanda::time::{Delay, Instant};
use servanda::verdict::{Keeping, Numbering, Terms, VerdictId};

use naive::generate::{Case, cases};

fn case_count() -> u32 {
    std::env::var("SERVANDA_CASES").map_or(2_000, |count| count.parse().expect("SERVANDA_CASES is a number"))
}

/// All that was told of an instance, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Breach,
    Verdict(Verdict, Told),
    Sequel(Verdict),
}

type Stream = BTreeMap<VerdictId, Vec<Said>>;

struct Listener<'a> {
    plan: &'a Arc<Plan>,
    options: MonitorOptions,
    monitor: Option<Monitor>,
    stream: Stream,
    /// Every line in its order, to be compared between runs.
    order: Vec<(VerdictId, Said)>,
    late: usize,
}

impl Listener<'_> {
    fn act(&mut self, act: impl FnOnce(&mut Monitor, &mut dyn FnMut(&Tidings<'_>))) {
        let Listener {
            monitor,
            stream,
            order,
            late,
            ..
        } = self;
        act(monitor.as_mut().unwrap(), &mut |tidings| {
            hear(tidings, stream, order, late);
        });
    }

    fn put_away(&mut self) {
        let state = self.monitor.as_ref().unwrap().save();
        self.monitor = Some(Monitor::restore(self.plan, self.options.clone(), &state).unwrap());
    }

    fn finish(&mut self) {
        let Listener {
            monitor,
            stream,
            order,
            late,
            ..
        } = self;
        monitor
            .take()
            .unwrap()
            .finish(&mut |tidings| hear(tidings, stream, order, late));
    }
}

fn hear(tidings: &Tidings<'_>, stream: &mut Stream, order: &mut Vec<(VerdictId, Said)>, late: &mut usize) {
    let (id, said) = match tidings {
        Tidings::Breach(decided) => (decided.id, Said::Breach),
        Tidings::Verdict { decided, told } => (decided.id, Said::Verdict(decided.instance.verdict(), *told)),
        Tidings::Sequel(decided) => (decided.id, Said::Sequel(decided.instance.verdict())),
        Tidings::AtRisk(_) => return,
        Tidings::Late(_) => {
            *late += 1;
            return;
        }
    };
    stream.entry(id).or_default().push(said.clone());
    order.push((id, said));
}

/// How records come and time passes.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// In the order of time.
    InOrder,
    /// In any order, all of them within the delay that is allowed.
    Shuffled,
    /// In the order of time, with a clock that has them pass one by one.
    ByClock,
    /// In the order of time, and put away after every record.
    PutAway,
}

fn listen(case: &Case, model: &Model, plan: &Arc<Plan>, way: Way) -> (Stream, Vec<(VerdictId, Said)>, usize) {
    let max_delay: Delay = match way {
        Way::Shuffled => "2000000h".parse().unwrap(),
        _ => Delay::ZERO,
    };
    let options = MonitorOptions {
        max_delay,
        await_late: "5h".parse().unwrap(),
        at_risk: Some("80%".parse().unwrap()),
        terms: Terms {
            telling: Keeping::All,
            keeping: Keeping::Nothing,
            ..Terms::default()
        },
    };
    let mut events: Vec<Event> = match way {
        Way::Shuffled => case.shuffled.iter().map(|at| case.events[*at].clone()).collect(),
        _ => {
            let mut events = case.events.clone();
            events.sort_by_key(|event| event.time);
            events
        }
    };
    events.retain(|event| event.time <= case.as_of);
    let mut listener = Listener {
        plan,
        monitor: Some(Monitor::new(Arc::clone(plan), options.clone())),
        options,
        stream: Stream::new(),
        order: Vec::new(),
        late: 0,
    };
    let _ = model;
    for event in events {
        let (origin, time) = (event.origin, event.time);
        if matches!(way, Way::ByClock) {
            // First to the event, then a part of the way.
            let now = listener.monitor.as_ref().unwrap().frontier();
            let middle = now.unix_nanoseconds() / 2 + time.unix_nanoseconds() / 2;
            let begun = listener.monitor.as_ref().unwrap().latest().is_some();
            if let (Some(middle), true) = (Instant::from_unix_nanoseconds(middle), begun) {
                listener.act(|monitor, tell| monitor.pass_to(middle, tell));
            }
        }
        listener.act(|monitor, tell| monitor.take(LiveRecord::Event(Arc::new(event)), origin, tell));
        if matches!(way, Way::PutAway) {
            listener.put_away();
        }
    }
    listener.finish();
    (listener.stream, listener.order, listener.late)
}

/// The verdicts that the whole log comes to as of its last event.
fn whole(case: &Case, model: &Model) -> Option<BTreeMap<VerdictId, Verdict>> {
    let mut events: Vec<Event> = case.events.clone();
    events.retain(|event| event.time <= case.as_of);
    let as_of = events.iter().map(|event| event.time).max()?;
    let mut numbering = Numbering::default();
    let instances = judge(model, events, Some(as_of));
    let verdicts = instances
        .iter()
        .map(|instance| (numbering.next(model, instance), instance.verdict()));
    Some(verdicts.collect())
}

fn is_told(case: &Case, model: &Model) -> Result<(), String> {
    let Some(expected) = whole(case, model) else {
        return Ok(());
    };
    let plan = Arc::new(Plan::new(model.clone()));
    let mut in_order = None;
    for way in [Way::InOrder, Way::ByClock, Way::PutAway, Way::Shuffled] {
        let (stream, order, late) = listen(case, model, &plan, way);
        if late > 0 {
            return Err(format!("{way:?}: {late} records were late"));
        }
        let mut verdicts = BTreeMap::new();
        for (id, said) in &stream {
            let verdict = match said.as_slice() {
                [Said::Verdict(verdict, Told::Nothing)] => *verdict,
                [Said::Breach, Said::Verdict(verdict, Told::Breach)] => *verdict,
                [Said::Verdict(first, Told::Nothing), Said::Sequel(then)] if first == then => *first,
                [Said::Breach, Said::Verdict(first, Told::Breach), Said::Sequel(then)] if first == then => *first,
                _ => return Err(format!("{way:?}: of {id} was told {said:?}")),
            };
            verdicts.insert(*id, verdict);
        }
        if verdicts != expected {
            let only = |one: &BTreeMap<VerdictId, Verdict>, other: &BTreeMap<VerdictId, Verdict>| {
                let only = one.iter().filter(|(id, verdict)| other.get(id) != Some(verdict));
                only.map(|(id, verdict)| format!("{id} {}", verdict.word()))
                    .collect::<Vec<_>>()
            };
            return Err(format!(
                "{way:?}: told only: {:?}; expected only: {:?}",
                only(&verdicts, &expected),
                only(&expected, &verdicts)
            ));
        }
        let first = in_order.get_or_insert_with(|| order.clone());
        if *first != order {
            return Err(format!("{way:?}: told in another order: {order:?} and not {first:?}"));
        }
    }
    Ok(())
}

#[test]
fn what_is_told_as_time_goes_on_is_what_the_whole_log_comes_to() {
    let mut runner = TestRunner::new(Config {
        cases: case_count() / 4,
        max_shrink_iters: 20_000,
        max_global_rejects: case_count(),
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&cases(), |case| {
        let Some(model) = &case.model else {
            return Err(TestCaseError::reject("the rule file has a mistake"));
        };
        is_told(&case, model).map_err(|message| TestCaseError::fail(format!("{message}\n{case:?}")))
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{}", reason.message()),
    }
}
