//! A watch that is killed at random moments, again and again, loses no verdict and tells none twice: its file of results is, byte for byte, that of a watch
//! that nobody disturbed.
//!
//! `SERVANDA_KILLS` says how often it is killed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "watch/house.rs"]
#[allow(dead_code)]
mod house;

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use house::{House, PATIENCE, is};

fn kills() -> u32 {
    std::env::var("SERVANDA_KILLS").map_or(200, |kills| kills.parse().expect("SERVANDA_KILLS is a number"))
}

/// Numbers without a pattern; the moments of the kills depend on the machine too.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A house with rules, and a log of some thousand events that breaks them now and then.
fn house_and_log(events: u32) -> (House, Vec<u8>) {
    let house = House::new("");
    fs::copy("benches/workload.clause", house.path("r.clause")).unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_servanda"))
        .current_dir(house.folder.path())
        .args([
            "generate",
            "r.clause",
            "--breach",
            "10%",
            "--seed",
            "7",
            "--out",
            "all.jsonl",
            "--events",
            &events.to_string(),
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let log = fs::read(house.path("all.jsonl")).unwrap();
    (house, log)
}

const WATCH: [&str; 10] = [
    "--log",
    "log.jsonl",
    "--output",
    "out.jsonl",
    "--state",
    "s",
    "--checkpoint-every",
    "1ms",
    "--at-risk",
    "90%",
];

/// The results of a watch that nobody disturbs.
fn undisturbed(house: &House) -> Vec<u8> {
    let came = house.watch(&[
        "--log",
        "all.jsonl",
        "--output",
        "calm.jsonl",
        "--state",
        "calm",
        "--at-risk",
        "90%",
        "--no-follow",
    ]);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    let calm = fs::read_to_string(house.path("calm.jsonl")).unwrap();
    calm.replace("all.jsonl", "log.jsonl").into_bytes()
}

fn each_verdict_once(house: &House) -> usize {
    let lines = house.lines("out.jsonl");
    let verdicts: Vec<&str> = lines
        .iter()
        .filter(|line| is(line, "verdict"))
        .map(|line| line["id"].as_str().unwrap())
        .collect();
    let different: HashSet<&&str> = verdicts.iter().collect();
    assert_eq!(different.len(), verdicts.len(), "a verdict was told twice");
    verdicts.len()
}

#[test]
fn killed_at_random_moments() {
    let (house, log) = house_and_log(20_000);
    let kills = kills();
    let mut chance = Chance(0x5eed_cafe_f00d_0001);
    let mut rest = log.as_slice();
    let piece = log.len() / kills as usize / 3 + 1;
    let mut aside = 0;
    let mut killed_while_running = 0;
    for kill in 0..kills {
        let mut child = house.start(&WATCH);
        // Lines are torn between the pieces.
        for _ in 0..3 {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            rest = later;
            house.append(std::str::from_utf8(now).unwrap());
            thread::sleep(Duration::from_millis(chance.below(40)));
        }
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "{:?}", child.wait_with_output());
        child.kill().unwrap();
        child.wait().unwrap();
        killed_while_running += 1;
        // Where a line ends, the file can be put aside.
        let present = fs::read(house.path("log.jsonl")).unwrap();
        if kill % 20 == 19 && present.ends_with(b"\n") {
            aside += 1;
            fs::rename(house.path("log.jsonl"), house.path(&format!("log.jsonl.{aside}"))).unwrap();
            house.append("");
        }
    }
    house.append(std::str::from_utf8(rest).unwrap());
    let end = Instant::now() + PATIENCE;
    let came = house.watch(&[&WATCH[..], &["--no-follow"]].concat());
    assert!(Instant::now() < end);
    assert_eq!(came.exit, Some(1), "{}", came.errors);
    let verdicts = each_verdict_once(&house);
    let calm = undisturbed(&house);
    let out = fs::read(house.path("out.jsonl")).unwrap();
    // Places are counted in each file that the log was in.
    if aside == 0 {
        assert!(
            out == calm,
            "the results differ from those of a watch that nobody disturbed"
        );
    } else {
        assert_eq!(without_places(&out), without_places(&calm));
    }
    assert!(verdicts > 100, "{verdicts}");
    println!(
        "{killed_while_running} kills, {aside} files put aside, {verdicts} verdicts, none lost and none told twice"
    );
}

/// Lines without the numbers of the lines of the log.
fn without_places(results: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(results).unwrap();
    let mut lines = house::lines(text);
    for line in &mut lines {
        for evidence in line["evidence"].as_array_mut().into_iter().flatten() {
            evidence["line"] = 0.into();
        }
    }
    lines
}

#[test]
fn a_pipe_is_written_down_so_that_a_kill_loses_nothing_of_it() {
    let (house, log) = house_and_log(4_000);
    let kills = kills().min(20) as usize;
    let mut chance = Chance(0x5eed_cafe_f00d_0002);
    let watch = [
        "--log",
        "-",
        "--output",
        "out.jsonl",
        "--state",
        "s",
        "--checkpoint-every",
        "1ms",
        "--at-risk",
        "90%",
    ];
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    let written_down = || {
        let files = fs::read_dir(house.path("s")).into_iter().flatten().flatten();
        let files = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("journal-"));
        files
            .map(|entry| entry.metadata().map_or(0, |metadata| metadata.len()))
            .sum::<u64>()
    };
    let mut pieces = lines.chunks(lines.len() / (kills + 1) + 1);
    for _ in 0..kills {
        let mut child = house.command(&watch).stdin(Stdio::piped()).spawn().unwrap();
        let piece = pieces.next().unwrap().concat();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&piece).unwrap();
        // What has come is what was written down: files that were judged are removed, and none is as large as that here.
        let end = Instant::now() + PATIENCE;
        while !has_come(&house, &piece, written_down()) {
            assert!(Instant::now() < end);
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(chance.below(60)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut child = house.command(&watch).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&pieces.collect::<Vec<_>>().concat().concat()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    each_verdict_once(&house);
    let calm = String::from_utf8(undisturbed(&house))
        .unwrap()
        .replace("log.jsonl", "standard input");
    let out = fs::read(house.path("out.jsonl")).unwrap();
    assert_eq!(without_places(&out), without_places(calm.as_bytes()));
}

/// Whether the newest file that was written down holds a piece to its end.
fn has_come(house: &House, piece: &[u8], written: u64) -> bool {
    if written < piece.len() as u64 {
        return false;
    }
    let files = fs::read_dir(house.path("s")).into_iter().flatten().flatten();
    let mut files: Vec<_> = files
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("journal-"))
        })
        .collect();
    files.sort();
    files
        .last()
        .is_some_and(|last| fs::read(last).is_ok_and(|held| held == piece))
}
