//! What an event costs in each room, beside the limit of merely parsing its line.

use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use servanda::log::{Asked, Event, Format, Inputs, Limits, Origin, Problem, Sink};
use servanda::model::Model;
use servanda::run::{CheckOptions, Rules, check};
use servanda::time::Instant;
use servanda_benches::Parser;
use std::ops::ControlFlow;

/// Counts what is read and keeps nothing.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn event(&mut self, event: Arc<Event>) -> ControlFlow<()> {
        self.passed(event.time)
    }

    fn problems(&mut self, _problems: Vec<Problem>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn passed(&mut self, _at: Instant) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }

    fn retracted(&mut self, event: Arc<Event>, _by: Origin) -> ControlFlow<()> {
        self.passed(event.time)
    }

    fn restart(&mut self) {
        self.0 = 0;
    }
}

fn workload() -> Model {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("workload.clause");
    let rules = Rules::load(&[rules]).expect("the workload's rules can be read");
    rules.model.expect("the workload's rules have no mistake")
}

/// The log that `LOG` names: `servanda generate benches/workload.clause -n 100000 -o LOG`.
fn log() -> Vec<u8> {
    let path = std::env::var("LOG").expect("LOG names a log of the workload in JSON lines");
    std::fs::read(path).expect("the log can be read")
}

fn inputs(log: &[u8]) -> Inputs {
    Inputs::open_with(&["-"], Some(Format::Jsonl), Cursor::new(log)).expect("a log in memory can be opened")
}

fn rooms(criterion: &mut Criterion) {
    let (model, log) = (workload(), log());
    let mut group = criterion.benchmark_group("log");
    group.throughput(Throughput::Bytes(log.len() as u64));
    for (name, parser) in [("serde_json", Parser::SerdeJson), ("sonic-rs", Parser::SonicRs)] {
        group.bench_with_input(BenchmarkId::new("parse", name), &log, |bencher, log| {
            bencher.iter(|| log.split(|byte| *byte == b'\n').filter_map(|line| parser.line(line)).count());
        });
    }
    let inputs = inputs(&log);
    for (name, is_wanted) in [("all", true), ("none", false)] {
        group.bench_function(BenchmarkId::new("read", name), |bencher| {
            let asked = Asked::only(&model, |_| is_wanted);
            bencher.iter(|| {
                let mut count = Count::default();
                let _ = servanda::log::read(&inputs, &asked, Limits::default(), None, &mut count);
                count.0
            });
        });
    }
    group.bench_function("check", |bencher| {
        bencher.iter(|| {
            let mut problems = Vec::new();
            black_box(check(model.clone(), &inputs, CheckOptions::default(), &mut problems).is_ok())
        });
    });
    group.finish();
}

criterion_group!(benches, rooms);
criterion_main!(benches);
