//! Watching a stream of NATS, with the real server: restarts of both, messages that come again, and messages that are gone.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "nats/broker.rs"]
mod broker;
#[path = "watch/house.rs"]
#[allow(dead_code, reason = "it serves other tests too")]
mod house;

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use async_nats::jetstream::stream::RetentionPolicy;
use broker::{Broker, STREAM, broker};
use house::{Came, House, RULES, event, is};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Events of every kind, each on the subject of its kind.
fn events(count: u32) -> Vec<(String, String)> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut minute = 0;
    (0..count)
        .map(|number| {
            minute += random.next_u32() % 7;
            let about = number - random.next_u32() % (number + 1).min(20);
            let (kind, rest) = match random.next_u32() % 8 {
                0..3 => ("attack", format!("\"id\": \"a{number}\"")),
                3 => (
                    "consultation",
                    format!("\"about\": \"a{about}\", \"level\": \"senior\""),
                ),
                4 => (
                    "consultation",
                    format!("\"about\": \"a{about}\", \"level\": \"junior\""),
                ),
                5 => ("notice", format!("\"id\": \"n{number}\"")),
                _ => ("troops", String::new()),
            };
            (format!("audit.{kind}"), event(minute, kind, &rest))
        })
        .collect()
}

/// A house whose file has the events of the stream, and what a watch of the file tells.
fn house(events: &[(String, String)]) -> (House, String) {
    let house = House::new(RULES);
    let lines: Vec<&str> = events.iter().map(|(_, line)| line.as_str()).collect();
    house.append(&lines.concat());
    let came = house.watch(&[
        "--log",
        "log.jsonl",
        "--no-follow",
        "--all",
        "--state",
        "file-state",
        "--output",
        "file.jsonl",
    ]);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    let told = std::fs::read_to_string(house.path("file.jsonl")).unwrap();
    let verdicts = house
        .lines("file.jsonl")
        .into_iter()
        .filter(|line| is(line, "verdict"))
        .count();
    assert!(verdicts > events.len() / 4, "{verdicts} verdicts");
    (house, told.replace("log.jsonl", &format!("nats:{STREAM}")))
}

/// What a file has been told.
fn told(house: &House, name: &str) -> String {
    std::fs::read_to_string(house.path(name)).unwrap()
}

/// Starts a watch whose errors go to a file.
fn start(house: &House, arguments: &[&str]) -> Child {
    let errors = File::options()
        .append(true)
        .create(true)
        .open(house.path("errors"))
        .unwrap();
    house
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .unwrap()
}

/// Ends a watch as a person does.
fn stop(child: &mut Child) {
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    child.wait().unwrap();
}

fn sent_again(errors: &str) -> u64 {
    let (before, _) = errors
        .split_once(" sent again")
        .unwrap_or_else(|| panic!("none: {errors}"));
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

fn ended_well(came: &Came) {
    assert_eq!(came.exit, Some(1), "{}", came.errors);
}

/// Kills a watch at random moments while messages come, and lets the last one read to the end.
fn kill_and_restart(
    house: &House,
    broker: &Broker,
    events: &[(String, String)],
    arguments: &[&str],
    kills: usize,
) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let slice = events.len().div_ceil(kills);
    let mut parts = events.chunks(slice);
    for _ in 0..kills {
        let mut child = start(house, arguments);
        if let Some(part) = parts.next() {
            broker.publish(part);
        }
        thread::sleep(Duration::from_millis(u64::from(random.next_u32() % 700)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    parts.for_each(|part| broker.publish(part));
    let came = house.watch(&[arguments, &["--no-follow"]].concat());
    ended_well(&came);
    if came.errors.contains("sent again") {
        sent_again(&came.errors)
    } else {
        0
    }
}

#[test]
fn a_stream_is_judged_as_a_file_of_its_messages() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    let events = events(3000);
    broker.publish(&events);
    let (house, expected) = house(&events);
    let log = broker.address();
    let state = [
        "--log",
        &log,
        "--no-follow",
        "--all",
        "--state",
        "s",
        "--output",
        "out.jsonl",
    ];
    ended_well(&house.watch(&state));
    assert_eq!(told(&house, "out.jsonl"), expected);

    // To its end, without checkpoints, the verdicts are those of `check`.
    let came = house.watch(&["--log", &log, "--no-follow", "--all"]);
    ended_well(&came);
    let mut check = Command::new(env!("CARGO_BIN_EXE_servanda"));
    check.current_dir(house.folder.path()).args([
        "check",
        "r.clause",
        "--log",
        "log.jsonl",
        "--format",
        "jsonl",
        "--all",
    ]);
    let check = String::from_utf8(check.output().unwrap().stdout).unwrap();
    let verdicts = |text: &str| {
        let lines = house::lines(text).into_iter().filter(|line| is(line, "verdict"));
        let mut verdicts: Vec<String> = lines
            .map(|line| format!("{} {}", line["id"], line["verdict"]))
            .collect();
        verdicts.sort();
        verdicts
    };
    assert!(verdicts(&check).len() > 1000);
    assert_eq!(verdicts(&came.out), verdicts(&check));
}

#[test]
fn a_watch_that_is_killed_tells_everything_once() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    let events = events(4000);
    let (house, expected) = house(&events);
    let log = broker.address();
    let arguments = [
        "--log",
        &log,
        "--all",
        "--state",
        "s",
        "--checkpoint-every",
        "50ms",
        "--output",
        "out.jsonl",
    ];
    kill_and_restart(&house, &broker, &events, &arguments, 20);
    assert_eq!(told(&house, "out.jsonl"), expected);
}

#[test]
fn a_work_queue_is_judged_in_order_although_messages_come_again() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::WorkQueue);
    broker.make_consumer("watch", Duration::from_millis(300), 500);
    let events = events(4000);
    let (house, expected) = house(&events);
    let log = broker.address();
    let arguments = [
        "--log",
        &log,
        "--consumer",
        "watch",
        "--all",
        "--state",
        "s",
        "--checkpoint-every",
        "400ms",
        "--output",
        "out.jsonl",
    ];
    let again = kill_and_restart(&house, &broker, &events, &arguments, 12);
    println!("{again} messages came again in the last watch");
    assert_eq!(told(&house, "out.jsonl"), expected);
    assert_eq!(broker.messages(), 0, "what is judged is acknowledged and removed");
}

#[test]
fn a_watch_outlasts_the_server() {
    let Some(mut broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    let events = events(1500);
    let (house, expected) = house(&events);
    let log = broker.address();
    let arguments = [
        "--log",
        &log,
        "--all",
        "--state",
        "s",
        "--checkpoint-every",
        "100ms",
        "--output",
        "out.jsonl",
    ];
    let mut child = start(&house, &arguments);
    house.wait_for("out.jsonl", 1, |line| is(line, "start"));
    for part in events.chunks(300) {
        let (now, then) = part.split_at(150);
        broker.publish(now);
        broker.restart();
        broker.publish(then);
    }
    let lines = expected.lines().count();
    house.wait_for("out.jsonl", lines, |_| true);
    stop(&mut child);
    assert_eq!(told(&house, "out.jsonl"), expected);
    let errors = told(&house, "errors");
    assert!(
        errors.contains("warning: the connection to the log is lost"),
        "{errors}"
    );
    assert!(errors.contains("the connection to the log is there again"), "{errors}");
}

#[test]
fn messages_that_come_again_are_passed_over_and_acknowledged_with_the_checkpoint() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    broker.make_consumer("watch", Duration::from_millis(200), 50_000);
    let events = events(1000);
    let (house, expected) = house(&events);
    broker.publish(&events);
    let log = broker.address();
    let arguments = [
        "--log",
        &log,
        "--consumer",
        "watch",
        "--all",
        "--state",
        "s",
        "--checkpoint-every",
        "1h",
        "--output",
        "out.jsonl",
    ];
    let mut child = start(&house, &arguments);
    house.wait_for("out.jsonl", expected.lines().count(), |_| true);
    let (pending, _) = broker.acknowledged("watch");
    assert_eq!(pending, 1000, "nothing is acknowledged before the checkpoint");
    thread::sleep(Duration::from_millis(1500));
    stop(&mut child);
    assert_eq!(told(&house, "out.jsonl"), expected);
    let again = sent_again(&told(&house, "errors"));
    assert!(again >= 1000, "{again}");
    println!("{again} messages came again");
    assert_eq!(broker.acknowledged("watch"), (0, 1000));
}

#[test]
fn messages_that_are_lost_on_the_way_are_fetched_in_their_place() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    broker.make_consumer("watch", Duration::from_secs(1), 50_000);
    let events = events(1200);
    let (house, expected) = house(&events);
    let log = broker.address();
    let mut child = start(
        &house,
        &[
            "--log",
            &log,
            "--consumer",
            "watch",
            "--all",
            "--state",
            "s",
            "--checkpoint-every",
            "100ms",
            "--output",
            "out.jsonl",
        ],
    );
    let mut stolen = 0;
    for part in events.chunks(60) {
        // Another client of the same consumer takes some, as if the connection had been lost.
        stolen += broker.steal("watch", part);
    }
    house.wait_for("out.jsonl", expected.lines().count(), |_| true);
    stop(&mut child);
    assert!(stolen > 20, "{stolen}");
    assert_eq!(told(&house, "out.jsonl"), expected);
    println!("{stolen} messages were lost on the way");
}

#[test]
fn a_consumer_that_is_ahead_or_gone_is_made_anew() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    let events = events(2500);
    let (house, expected) = house(&events);
    broker.publish(&events);
    let log = broker.address();
    let arguments = ["--log", &log, "--consumer", "watch", "--all", "--no-follow"];
    for round in ["1", "2", "3"] {
        let output = format!("out-{round}.jsonl");
        ended_well(&house.watch(&[&arguments[..], &["--state", round, "--output", &output]].concat()));
        assert_eq!(told(&house, &output), expected, "round {round}");
        assert_eq!(broker.acknowledged("watch"), (0, 2500));
        if round == "2" {
            broker.remove_consumer("watch");
        }
    }
}

#[test]
fn only_the_subjects_that_are_asked_for_are_taken() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    let events = events(600);
    let wanted = |(subject, _): &&(String, String)| subject == "audit.troops";
    let (troops, others): (Vec<_>, Vec<_>) = events.iter().cloned().partition(|event| wanted(&event));
    let log = broker.address();
    let house = House::new(RULES);
    let arguments = [
        "--log",
        &log,
        "--subject",
        "audit.troops",
        "--no-follow",
        "--all",
        "--state",
        "s",
        "--output",
        "out.jsonl",
    ];
    broker.publish(&events);
    assert!(!others.is_empty());
    ended_well(&house.watch(&arguments));
    let last = events.iter().rposition(|event| wanted(&event)).unwrap() + 1;
    let verdicts: Vec<_> = house
        .lines("out.jsonl")
        .into_iter()
        .filter(|line| is(line, "verdict"))
        .collect();
    // The last instant is not over yet.
    assert!(verdicts.len() < troops.len() && !verdicts.is_empty());
    assert!(last > troops.len());
    // Messages that were not asked for are gone, and nothing is lacking.
    broker.purge_to(events.len() as u64 + 1);
    let came = house.watch(&arguments);
    assert!(matches!(came.exit, Some(0 | 1)), "{}", came.errors);
    let other = [
        "--log",
        &log,
        "--subject",
        "audit.attack",
        "--no-follow",
        "--state",
        "s",
    ];
    let came = house.watch(&other);
    assert!(
        came.errors
            .contains("the checkpoint was made for nats:AUDIT --subject 'audit.troops'"),
        "{}",
        came.errors
    );
}

#[test]
fn messages_that_are_gone_end_the_watch_unless_that_is_accepted() {
    let Some(broker) = broker(&[]) else { return };
    broker.make(RetentionPolicy::Limits);
    let events = events(900);
    let (first, rest) = events.split_at(300);
    let (lost, last) = rest.split_at(300);
    let (house, _) = house(&events);
    let log = broker.address();
    let arguments = ["--log", &log, "--no-follow", "--state", "s", "--output", "out.jsonl"];
    broker.publish(first);
    ended_well(&house.watch(&arguments));
    broker.publish(lost);
    broker.publish(last);
    broker.purge_to(601);
    let came = house.watch(&arguments);
    assert_eq!(came.exit, Some(2), "{}", came.errors);
    let text = "nats:AUDIT cannot be gone on with after message 300: messages 301 to 600 are not there any more";
    assert!(
        came.errors.contains(text) && came.errors.contains("--accept-gap"),
        "{}",
        came.errors
    );
    let accept = [&arguments[..], &["--accept-gap"]].concat();
    ended_well(&house.watch(&accept));
    let gaps = |house: &House| {
        house
            .lines("out.jsonl")
            .into_iter()
            .filter(|line| is(line, "gap"))
            .count()
    };
    assert_eq!(gaps(&house), 1);
    let came = house.watch(&arguments);
    assert!(!came.errors.contains("not there"), "{}", came.errors);
    assert_eq!(gaps(&house), 1, "it is told once");

    // One in the midst shows too.
    broker.publish(&events[..3]);
    broker.remove_message(902);
    let came = house.watch(&arguments);
    assert!(
        came.errors.contains("after message 901: messages 902 to 902"),
        "{}",
        came.errors
    );

    broker.make_anew();
    let came = house.watch(&arguments);
    assert!(came.errors.contains("the stream was made anew"), "{}", came.errors);
}

#[test]
fn what_cannot_be_watched_is_told_with_what_to_do() {
    let Some(broker) = broker(&["--user", "ann", "--pass", "se/cret"]) else {
        return;
    };
    broker.make(RetentionPolicy::Limits);
    let house = House::new(RULES);
    let errors = |log: &str, more: &[&str]| {
        let came = house.watch(&[&["--log", log], more].concat());
        assert_eq!(came.exit, Some(2), "{}", came.errors);
        assert!(
            !came.errors.contains("se%2Fcret") && !came.errors.contains("se/cret"),
            "{}",
            came.errors
        );
        came.errors
    };
    let port = broker.port;
    let told = errors(&format!("nats://127.0.0.1:{port}/AUDIT"), &[]);
    assert!(
        told.contains("refuses the login") && told.contains("nats://USER:PASSWORD@HOST/STREAM"),
        "{told}"
    );
    let told = errors(&format!("nats://ann:wrong@127.0.0.1:{port}/AUDIT"), &[]);
    assert!(told.contains("refuses the login"), "{told}");
    let told = errors(&format!("nats://ann:se%2Fcret@127.0.0.1:{port}/AUDIO"), &[]);
    assert!(
        told.contains("has no stream AUDIO") && told.contains("it has AUDIT"),
        "{told}"
    );
    let told = errors("nats://127.0.0.1:1/AUDIT", &[]);
    assert!(
        told.contains("no NATS server can be reached at nats://127.0.0.1:1"),
        "{told}"
    );
    let told = errors(&format!("nats://127.0.0.1:{port}"), &[]);
    assert!(told.contains("the address names no stream"), "{told}");
    let told = errors("log.jsonl", &["--subject", "audit.>"]);
    assert!(told.contains("--subject goes with a stream of NATS"), "{told}");
    let told = errors(&broker.address(), &["--nats-creds", "no-such-file"]);
    assert!(told.contains("the credentials no-such-file cannot be used"), "{told}");
    broker.make_consumer("watch", Duration::from_secs(1), 100);
    let told = errors(&broker.address(), &["--consumer", "watch", "--subject", "audit.troops"]);
    assert!(
        told.contains("the consumer watch of the stream AUDIT cannot be used"),
        "{told}"
    );
    let came = house.watch(&["--log", &broker.address(), "--no-follow"]);
    assert_eq!(came.exit, Some(0), "{}", came.errors);
}
