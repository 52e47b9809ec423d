//! Watching a log that is being written, through the command as people and programs run it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "watch/house.rs"]
mod house;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use house::{House, RULES, event, interrupt, is, lines};
use serde_json::Value as Json;

fn attack(minute: u32, id: &str) -> String {
    event(minute, "attack", &format!("\"id\": \"{id}\""))
}

fn consultation(minute: u32, about: &str, level: &str) -> String {
    event(
        minute,
        "consultation",
        &format!("\"about\": \"{about}\", \"level\": \"{level}\""),
    )
}

fn told(lines: &[Json]) -> Vec<String> {
    let told = lines.iter().filter(|line| line["clause"].is_string());
    told.map(|line| {
        let word = |key: &str| line[key].as_str().unwrap_or("?").to_owned();
        format!("{} {} {}", word("record"), word("clause"), word("verdict"))
    })
    .collect()
}

#[test]
fn a_breach_is_told_when_time_has_passed_its_deadline() {
    let house = House::new(RULES);
    let log = [attack(0, "a"), event(61, "troops", ""), event(200, "troops", "")];
    house.append(&log.concat());
    let came = house.judge(&["--state", "s"]);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    assert_eq!(
        told(&lines(&came.out)),
        [
            "breach repaired violated",
            // Time has passed the hour of the first event, and not the last event's.
            "verdict nobody violated",
            "verdict answer violated",
        ]
    );
    assert!(came.errors.contains("3 records read"), "{}", came.errors);
}

#[test]
fn what_comes_of_a_breach_is_told_too() {
    let house = House::new(RULES);
    let log = [
        attack(0, "a"),
        event(300, "notice", "\"id\": \"n\""),
        consultation(400, "a", "junior"),
        event(500, "troops", ""),
        event(501, "troops", ""),
    ];
    house.append(&log.concat());
    let came = house.judge(&[]);
    let told = told(&lines(&came.out));
    assert_eq!(
        told,
        [
            "breach repaired violated",
            "verdict answer violated",
            "verdict repaired repaired",
            // It was done after all, too late.
            "sequel answer violated",
            "verdict nobody violated",
            "verdict nobody violated",
        ]
    );
    let summary = lines(&came.out).into_iter().find(|line| is(line, "summary")).unwrap();
    assert_eq!(summary["counts"]["violated"], 3);
    assert_eq!(summary["counts"]["repaired"], 1);
}

#[test]
fn a_file_that_grows_is_followed_and_a_torn_line_waited_for() {
    let house = House::new(RULES);
    fs::remove_file(house.path("log.jsonl")).unwrap();
    let child = house.start(&["--log", "log.jsonl", "--output", "out.jsonl"]);
    thread::sleep(Duration::from_millis(100));
    let line = event(0, "troops", "");
    let (first, second) = line.split_at(20);
    house.append(first);
    thread::sleep(Duration::from_millis(200));
    house.append(second);
    house.append(&event(1, "attack", "\"id\": \"x\""));
    let found = house.wait_for("out.jsonl", 1, |line| is(line, "verdict"));
    assert_eq!(found[0]["clause"], "nobody");
    let came = interrupt(child);
    assert_eq!(came.exit, Some(1));
    assert!(!came.errors.contains("not-a-record"), "{}", came.errors);
}

#[test]
fn files_that_are_put_aside_are_read_to_their_end() {
    let house = House::new(RULES);
    let child = house.start(&[
        "--log",
        "log.jsonl",
        "--output",
        "out.jsonl",
        "--state",
        "s",
        "--checkpoint-every",
        "0s",
    ]);
    let mut minute = 0;
    let mut some = |count: u32| {
        let lines: Vec<String> = (0..count).map(|step| event(minute + step, "troops", "")).collect();
        minute += count;
        lines.concat()
    };
    house.append(&some(3));
    house.wait_for("out.jsonl", 2, |line| is(line, "verdict"));
    for number in 1..4 {
        // More is written after the file was put aside, as by a program that holds it open.
        let aside = format!("log.jsonl.{number}");
        fs::rename(house.path("log.jsonl"), house.path(&aside)).unwrap();
        house.append_to(&aside, &some(2));
        house.append(&some(3));
        house.wait_for("out.jsonl", 2 + 5 * number, |line| is(line, "verdict"));
    }
    interrupt(child);
    // Two files were begun and put aside while nobody watched.
    for number in 4..6 {
        house.append(&some(1));
        fs::rename(house.path("log.jsonl"), house.path(&format!("log.jsonl.{number}"))).unwrap();
        thread::sleep(Duration::from_millis(20));
        house.append(&some(2));
    }
    let came = house.judge(&["--output", "out.jsonl", "--state", "s", "--checkpoint-every", "0s"]);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    assert!(!came.errors.contains("lacking"), "{}", came.errors);
    let verdicts = house
        .lines("out.jsonl")
        .into_iter()
        .filter(|line| is(line, "verdict"))
        .count();
    assert_eq!(u32::try_from(verdicts).unwrap(), minute - 1);
}

#[test]
fn a_file_that_is_cut_short_is_told_as_a_gap() {
    let house = House::new(RULES);
    house.append(&(event(0, "troops", "") + &event(1, "troops", "")));
    let child = house.start(&["--log", "log.jsonl", "--output", "out.jsonl"]);
    house.wait_for("out.jsonl", 1, |line| is(line, "verdict"));
    fs::write(house.path("log.jsonl"), event(2, "troops", "")).unwrap();
    house.wait_for("out.jsonl", 1, |line| is(line, "gap"));
    house.append(&event(3, "troops", ""));
    house.wait_for("out.jsonl", 3, |line| is(line, "verdict"));
    let came = interrupt(child);
    assert!(came.errors.contains("may be lacking"), "{}", came.errors);
}

#[test]
fn late_records_are_told_and_not_judged() {
    let house = House::new(RULES);
    let log = [
        event(100, "troops", ""),
        event(95, "troops", ""),
        event(80, "troops", ""),
        event(120, "troops", ""),
    ];
    house.append(&log.concat());
    let came = house.judge(&["--max-delay", "10m"]);
    let lines = lines(&came.out);
    let late: Vec<&Json> = lines.iter().filter(|line| is(line, "late")).collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0]["line"], 3);
    assert_eq!(late[0]["judged_to"], "2024-07-01T01:30:00Z");
    assert_eq!(lines.iter().filter(|line| is(line, "verdict")).count(), 3);
    assert!(came.errors.contains("4 records read, 1 late"), "{}", came.errors);
}

#[test]
fn amendments_count_as_long_as_their_event_waits() {
    let house = House::new(RULES);
    let log = [
        attack(0, "a"),
        event(70, "notice", "\"id\": \"n\""),
        event(75, "notice", "\"withdrawal\": \"n\""),
        event(90, "notice", "\"withdrawal\": \"n\""),
        event(3000, "troops", ""),
        event(3001, "troops", ""),
    ];
    house.append(&log.concat());
    let came = house.judge(&["--max-delay", "10m"]);
    let lines = lines(&came.out);
    let of_repaired: Vec<String> = told(&lines)
        .into_iter()
        .filter(|line| line.contains("repaired"))
        .collect();
    assert_eq!(
        of_repaired,
        ["breach repaired violated", "verdict repaired violated"],
        "{}{}",
        came.out,
        came.errors
    );
    // The second one finds nothing left to take back.
    assert!(came.errors.contains("1 late, 1 retracted"), "{}", came.errors);
}

#[test]
fn an_open_duty_is_told_when_it_comes_to_be_at_risk() {
    let house = House::new(RULES);
    let log = [
        attack(0, "a"),
        event(97, "troops", ""),
        consultation(100, "a", "senior"),
        event(3000, "troops", ""),
    ];
    house.append(&log.concat());
    let came = house.judge(&["--at-risk", "80%"]);
    let lines = lines(&came.out);
    let told = told(&lines);
    assert_eq!(
        told[..3],
        [
            // 48 of 60 minutes.
            "at-risk repaired open",
            "breach repaired violated",
            // 96 of 120 minutes; then it was met, of which nothing is told.
            "at-risk answer open",
        ]
    );
    assert!(!told.iter().any(|line| line == "verdict answer violated"));
    let risk = lines.iter().find(|line| line["clause"] == "answer").unwrap();
    assert_eq!(risk["time_used"], 80);
}

#[test]
fn records_that_cannot_be_used_are_told_and_the_watch_goes_on() {
    let house = House::new(RULES);
    house.append("nonsense\n\n");
    house.append(&event(0, "trops", ""));
    house.append(&event(1, "troops", ""));
    house.append(&"x".repeat(3000));
    house.append("\n");
    house.append(&event(2, "troops", ""));
    let came = house.judge(&["--max-record", "2KiB"]);
    let problems: Vec<Json> = lines(&came.out)
        .into_iter()
        .filter(|line| is(line, "problem"))
        .collect();
    let kinds: Vec<&str> = problems.iter().map(|line| line["problem"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["not-a-record", "unknown-event-type", "record-too-long"]);
    assert!(came.errors.contains("did you mean `troops`?"), "{}", came.errors);
    assert!(came.errors.contains("5 records read, 3 unusable"), "{}", came.errors);
    assert_eq!(lines(&came.out).iter().filter(|line| is(line, "verdict")).count(), 2);
}

#[test]
fn a_clock_has_deadlines_pass_while_nothing_comes() {
    let rules = RULES
        .replace("2024-01-01 for 10 years", "2024-01-01 for 100 years")
        .replace("within 2 hours", "within 2 seconds");
    let house = House::new(&rules);
    let child = house.start(&[
        "--log",
        "log.jsonl",
        "--output",
        "out.jsonl",
        "--clock",
        "wall",
        "--max-delay",
        "1s",
        "--state",
        "s",
        "--at-risk",
        "50%",
    ]);
    let now = std::process::Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%SZ"])
        .output()
        .unwrap();
    let now = String::from_utf8(now.stdout).unwrap();
    house.append(&format!(
        "{{\"time\": \"{}\", \"type\": \"attack\", \"id\": \"a\"}}\n",
        now.trim()
    ));
    let found = house.wait_for("out.jsonl", 1, |line| is(line, "verdict"));
    assert_eq!(
        (&found[0]["clause"], &found[0]["verdict"]),
        (&Json::from("answer"), &Json::from("violated"))
    );
    house.wait_for("out.jsonl", 1, |line| is(line, "at-risk"));
    let came = interrupt(child);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    // The same again, and nothing twice.
    let before = fs::read_to_string(house.path("out.jsonl")).unwrap();
    house.judge(&[
        "--output",
        "out.jsonl",
        "--clock",
        "wall",
        "--max-delay",
        "1s",
        "--state",
        "s",
        "--at-risk",
        "50%",
    ]);
    assert!(
        fs::read_to_string(house.path("out.jsonl"))
            .unwrap()
            .starts_with(&before)
    );
}

#[test]
fn a_pipe_is_watched_and_ends_with_its_end() {
    let house = House::new(RULES);
    let mut child = house.command(&["--log", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all((event(0, "troops", "") + &attack(1, "a")).as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(lines.first().unwrap()["record"], "start");
    let summary = lines.last().unwrap();
    assert_eq!(summary["record"], "summary");
    assert_eq!(summary["counts"]["open"], 2);
    assert_eq!(summary["counts"]["violated"], 1);
}

#[test]
fn what_is_packed_is_refused_with_the_way_to_go() {
    let house = House::new(RULES);
    fs::write(house.path("log.jsonl"), zstd::encode_all(&b"x"[..], 0).unwrap()).unwrap();
    let came = house.watch(&["--log", "log.jsonl"]);
    assert_eq!(came.exit, Some(2));
    assert!(came.errors.contains("zcat FILE | servanda watch"), "{}", came.errors);
}

#[test]
fn a_checkpoint_of_other_rules_is_refused_and_can_be_migrated() {
    let house = House::new(RULES);
    let log = [
        attack(0, "a"),
        event(10, "troops", ""),
        event(200, "troops", ""),
        event(201, "troops", ""),
    ];
    house.append(&log.concat());
    let watch = [
        "--log",
        "log.jsonl",
        "--state",
        "s",
        "--output",
        "out.jsonl",
        "--no-follow",
    ];
    house.watch(&watch);
    assert_eq!(told(&house.lines("out.jsonl")).len(), 4);
    // How rules are laid out makes no difference.
    let laid_out = RULES
        .replace("  US must", "\n\n    US must")
        .replace("No troops", "No soldiers");
    fs::write(house.path("r.clause"), laid_out).unwrap();
    let came = house.watch(&watch);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    let other =
        RULES.replace("within 2 hours", "within 3 hours") + "clause more \"More\" {\n  US must avoid attack\n}\n";
    fs::write(house.path("r.clause"), other).unwrap();
    let before = fs::read_to_string(house.path("out.jsonl")).unwrap();
    let came = house.watch(&watch);
    assert_eq!(came.exit, Some(2));
    for part in [
        "the checkpoint is of other rules",
        "means the same, and what was told of it stands: pact.repaired, pact.nobody",
        "means something else, and is judged anew: pact.answer",
        "is new, and is judged from the start of the log: pact.more",
        "--migrate",
    ] {
        assert!(came.errors.contains(part), "{part}: {}", came.errors);
    }
    assert_eq!(fs::read_to_string(house.path("out.jsonl")).unwrap(), before);
    let came = house.watch(&[&watch[..], &["--migrate"]].concat());
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    let after = house.lines("out.jsonl");
    let new: Vec<Json> = after[lines(&before).len()..].to_vec();
    assert_eq!(new[0]["record"], "migrated");
    assert_eq!(new[0]["changed"][0], "pact.answer");
    assert_eq!(told(&new), ["verdict more violated", "verdict answer violated"]);
    // From here on as ever.
    house.append(&event(300, "troops", ""));
    let came = house.watch(&watch);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    assert_eq!(house.lines("out.jsonl").len(), after.len() + 1);
}

#[test]
fn other_options_are_refused() {
    let house = House::new(RULES);
    house.append(&event(0, "troops", ""));
    house.judge(&["--state", "s"]);
    let came = house.judge(&["--state", "s", "--max-delay", "5m"]);
    assert_eq!(came.exit, Some(2));
    assert!(
        came.errors.contains("was made for") && came.errors.contains("--max-delay"),
        "{}",
        came.errors
    );
}

#[test]
fn two_watches_do_not_share_a_checkpoint() {
    let house = House::new(RULES);
    let child = house.start(&["--log", "log.jsonl", "--state", "s", "--output", "out.jsonl"]);
    house.wait_for("out.jsonl", 0, |_| true);
    thread::sleep(Duration::from_millis(300));
    let came = house.judge(&["--state", "s"]);
    assert_eq!(came.exit, Some(2));
    assert!(came.errors.contains("in use by another process"), "{}", came.errors);
    interrupt(child);
}

#[test]
fn a_file_that_was_moved_away_is_not_passed_over_in_silence() {
    let house = House::new(RULES);
    house.append(&(event(0, "troops", "") + &event(1, "troops", "")));
    let watch = [
        "--log",
        "log.jsonl",
        "--state",
        "s",
        "--output",
        "out.jsonl",
        "--no-follow",
    ];
    house.watch(&watch);
    // Two more are told, and the process is killed before a checkpoint holds them.
    let mut child = house.start(&watch[..6]);
    house.append(&(event(4, "troops", "") + &event(5, "troops", "")));
    house.wait_for("out.jsonl", 3, |line| is(line, "verdict"));
    child.kill().unwrap();
    child.wait().unwrap();
    fs::rename(house.path("log.jsonl"), house.path("elsewhere")).unwrap();
    house.append(&(event(6, "troops", "") + &event(7, "troops", "")));
    let came = house.watch(&watch);
    assert_eq!(came.exit, Some(2));
    assert!(
        came.errors.contains("cannot be gone on with") && came.errors.contains("--accept-gap"),
        "{}",
        came.errors
    );
    let came = house.watch(&[&watch[..], &["--accept-gap"]].concat());
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    let records: Vec<String> = house
        .lines("out.jsonl")
        .iter()
        .map(|line| line["record"].to_string())
        .collect();
    assert_eq!(
        records,
        [
            "\"start\"",
            "\"verdict\"",
            "\"verdict\"",
            "\"verdict\"",
            "\"gap\"",
            "\"verdict\""
        ]
    );
}

#[test]
fn a_command_is_told_of_each_violation_and_tried_again() {
    let house = House::new(RULES);
    let log = [
        attack(0, "a"),
        event(10, "troops", ""),
        event(200, "troops", ""),
        event(201, "attack", "\"id\": \"b\""),
    ];
    house.append(&log.concat());
    // Fails the first time, then keeps what it is told.
    let command = r#"if [ -e failed ]; then cat > "told-$SERVANDA_ID"; else touch failed; exit 3; fi"#;
    let came = house.judge(&["--on-violation", command, "--state", "s"]);
    assert!(came.errors.contains("it exited with 3 (try 1)"), "{}", came.errors);
    let mut ids: Vec<String> = lines(&came.out)
        .iter()
        .filter(|line| line["clause"].is_string())
        .map(|line| format!("told-{}", line["id"].as_str().unwrap()))
        .collect();
    ids.sort();
    assert_eq!(ids.len(), 4);
    for id in &ids {
        let told = fs::read_to_string(house.path(id)).unwrap();
        assert_eq!(lines(&told).len(), 1, "{told}");
    }
}

#[test]
fn what_could_not_be_delivered_is_delivered_after_a_restart() {
    let house = House::new(RULES);
    house.append(&(event(0, "troops", "") + &event(1, "troops", "") + &event(2, "troops", "")));
    let watch = [
        "--log",
        "log.jsonl",
        "--no-follow",
        "--state",
        "s",
        "--output",
        "o",
        "--retries",
        "0",
        "--on-violation",
    ];
    let came = house.watch(&[&watch[..], &["exit 1"]].concat());
    assert!(
        came.errors.contains("failed 1 times") && came.errors.contains("started anew"),
        "{}",
        came.errors
    );
    let came = house.watch(&[&watch[..], &["cat >> told"]].concat());
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    assert_eq!(house.lines("told").len(), 2);
    house.watch(&[&watch[..], &["cat >> told"]].concat());
    assert_eq!(house.lines("told").len(), 2);
}

#[test]
fn a_violation_is_posted_to_an_address_and_tried_again() {
    let house = House::new(RULES);
    house.append(&(event(0, "troops", "") + &event(1, "troops", "")));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in ["500 Internal Server Error", "204 No Content"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.ends_with(b"}\n") {
                let count = stream.read(&mut piece).unwrap();
                request.extend_from_slice(&piece[..count]);
            }
            write!(
                stream,
                "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            requests.push(String::from_utf8(request).unwrap());
        }
        requests
    });
    let came = house.judge(&["--state", "s", "--webhook", &address]);
    assert!(came.errors.contains("500"), "{}", came.errors);
    let requests = server.join().unwrap();
    for request in requests {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hook "), "{head}");
        let id = lines(body)[0]["id"].as_str().unwrap().to_owned();
        assert!(
            head.to_lowercase().contains(&format!("idempotency-key: {id}")),
            "{head}"
        );
    }
}

#[test]
fn a_damaged_checkpoint_is_named_put_aside_and_rebuilt_from_the_log() {
    let house = House::new(RULES);
    let log: Vec<String> = (0..200).map(|minute| event(minute, "troops", "")).collect();
    house.append(&log.concat());
    let watch = [
        "--log",
        "log.jsonl",
        "--state",
        "s",
        "--output",
        "out.jsonl",
        "--no-follow",
    ];
    house.watch(&watch);
    let whole = fs::read(house.path("out.jsonl")).unwrap();
    let store = house.path("s/checkpoint.redb");
    for damage in ["cut", "zeroed", "noise"] {
        let mut bytes = fs::read(&store).unwrap();
        match damage {
            "cut" => bytes.truncate(bytes.len() / 3),
            "zeroed" => bytes.fill(0),
            _ => bytes.iter_mut().skip(100).step_by(97).for_each(|byte| *byte ^= 0x55),
        }
        fs::write(&store, bytes).unwrap();
        let came = house.watch(&watch);
        assert_eq!(came.exit, Some(1), "{damage}: {}", came.errors);
        assert!(
            came.errors.contains("is damaged") && came.errors.contains("nothing is told twice"),
            "{damage}: {}",
            came.errors
        );
        assert_eq!(fs::read(house.path("out.jsonl")).unwrap(), whole, "{damage}");
    }
    let aside = fs::read_dir(house.path("s")).unwrap().flatten();
    let aside = aside
        .filter(|entry| entry.file_name().to_string_lossy().contains("damaged"))
        .count();
    assert_eq!(aside, 3);
}

#[test]
fn a_full_disk_is_an_error_and_not_a_gap() {
    let house = House::new(RULES);
    house.append(&(event(0, "troops", "") + &event(1, "troops", "")));
    let came = house.judge(&["--output", "/dev/full"]);
    assert_eq!(came.exit, Some(2), "{}", came.errors);
    assert!(came.errors.contains("cannot be written"), "{}", came.errors);
}

#[test]
fn text_from_a_log_does_nothing_to_a_terminal() {
    let house = House::new(RULES);
    house.append(&event(0, "attack", "\"id\": \"\\u001b[31mred\\u202e\""));
    house.append(&event(1, "\\u001b[2J", ""));
    house.append(&event(200, "troops", ""));
    let came = house.judge(&["--format", "pretty", "--at-risk", "10%"]);
    for text in [&came.out, &came.errors] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }
    assert!(came.out.contains("violated"), "{}", came.out);
}
