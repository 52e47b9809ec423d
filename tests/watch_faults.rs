//! What a checkpoint is worth where the disk fails: short writes, a full disk, a machine that stops at any write, and bytes that come back as others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::sync::{Arc, Mutex};

use servanda::model;
use servanda::run::Rules;
use servanda::run::watch::{Checkpoint, Head, Held, Identity, MonitorOptions, Passed, Position, Store, StoreError};
use servanda::time::Instant;

/// A disk in memory that fails when it is told to.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// What has been written out for good.
    safe: Vec<u8>,
    /// What was written since, and where.
    unsafe_writes: Vec<(usize, Vec<u8>)>,
    writes: usize,
    /// At which write it fails, and how.
    fails: Option<(usize, Failure)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// A part of what is to be written is written, and then an error is told.
    Short,
    /// Nothing is written any more.
    Full,
}

impl Disk {
    fn of(bytes: Vec<u8>) -> Disk {
        Disk(Arc::new(Mutex::new(Content {
            safe: bytes.clone(),
            bytes,
            ..Content::default()
        })))
    }

    fn content<T>(&self, act: impl FnOnce(&mut Content) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

impl redb::StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.content(|content| Ok(content.bytes.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.content(|content| {
            let from = usize::try_from(offset).unwrap();
            let held = content.bytes.get(from..from + out.len());
            out.copy_from_slice(held.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.content(|content| {
            content.fail(|_| {})?;
            content.bytes.resize(usize::try_from(length).unwrap(), 0);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.content(|content| {
            content.fail(|_| {})?;
            content.safe.clone_from(&content.bytes);
            content.unsafe_writes.clear();
            Ok(())
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.content(|content| {
            let from = usize::try_from(offset).unwrap();
            content.fail(|content| {
                let part = data.len() / 2;
                content.bytes[from..from + part].copy_from_slice(&data[..part]);
            })?;
            content.bytes[from..from + data.len()].copy_from_slice(data);
            content.unsafe_writes.push((from, data.to_vec()));
            Ok(())
        })
    }
}

impl Content {
    fn fail(&mut self, short: impl FnOnce(&mut Content)) -> io::Result<()> {
        self.writes += 1;
        match self.fails {
            Some((at, Failure::Short)) if self.writes == at => {
                short(self);
                Err(io::ErrorKind::Interrupted.into())
            }
            Some((at, Failure::Full)) if self.writes >= at => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

fn identity() -> Identity {
    let rules = Rules::load(&["benches/workload.clause"]).unwrap();
    let model: &model::Model = rules.model.as_ref().unwrap();
    Identity::of(model, &MonitorOptions::default(), "event", "log.jsonl")
}

/// A checkpoint by its number, of which everything depends on the number.
fn written(identity: &Identity, number: u64) -> (Head, Vec<u8>, Vec<(String, String)>) {
    let head = Head {
        identity: identity.clone(),
        position: Position {
            generation: 0,
            offset: number * 1000,
            line: number * 10,
        },
        file: None,
        stream: None,
        told: number * 7,
        records: (number * 10, number),
    };
    let state = (0..200_000 + number * 4099)
        .map(|byte| (byte * number % 251) as u8)
        .collect();
    let outbox = vec![(format!("id-{number}"), format!("line {number}\n"))];
    (head, state, outbox)
}

fn is_number(checkpoint: &Checkpoint, identity: &Identity, number: u64) -> bool {
    let (head, state, outbox) = written(identity, number);
    checkpoint.head == head && checkpoint.state == state && checkpoint.outbox == outbox
}

fn write(store: &mut Store, identity: &Identity, number: u64) -> Result<(), StoreError> {
    let (head, state, outbox) = written(identity, number);
    store.checkpoint(&head, &state, &outbox)
}

/// Which of the checkpoints a store holds; 0 for none.
fn held(disk: Disk, identity: &Identity, last: u64) -> Result<u64, StoreError> {
    match Store::open_with(disk)? {
        (_, Held::Nothing) => Ok(0),
        (_, Held::Checkpoint(found)) => {
            let number = (1..=last).find(|number| is_number(&found, identity, *number));
            Ok(number.unwrap_or_else(|| panic!("a checkpoint that nobody wrote: {:?}", found.head)))
        }
    }
}

/// The writes, by number, in which a disk that does not fail takes three checkpoints.
fn writes_of_checkpoints(identity: &Identity) -> std::ops::RangeInclusive<usize> {
    let disk = Disk::default();
    let (mut store, _) = Store::open_with(disk.clone()).unwrap();
    let begun = disk.content(|content| content.writes);
    for number in 1..4 {
        write(&mut store, identity, number).unwrap();
    }
    drop(store);
    begun + 1..=disk.content(|content| content.writes)
}

#[test]
fn a_disk_that_fails_at_any_write_leaves_the_checkpoint_before() {
    let identity = identity();
    let writes = writes_of_checkpoints(&identity);
    let mut faults = 0;
    for failure in [Failure::Short, Failure::Full] {
        for at in writes.clone() {
            let disk = Disk::default();
            let (mut store, _) = Store::open_with(disk.clone()).unwrap();
            disk.content(|content| content.fails = Some((at, failure)));
            let done = (1..4)
                .take_while(|number| write(&mut store, &identity, *number).is_ok())
                .count() as u64;
            // The process ends without being asked.
            std::mem::forget(store);
            for bytes in disk.content(|content| [content.bytes.clone(), content.safe.clone()]) {
                let found = held(Disk::of(bytes), &identity, 3).unwrap();
                assert!(
                    found == done || found == done + 1,
                    "{failure:?} at {at}: {found} after {done}"
                );
            }
            faults += 1;
        }
    }
    assert!(faults > 50);
    println!("{faults} faults, no checkpoint lost");
}

/// What is on a disk whose machine stopped: what was written out for good, and of the writes since then some, some in part, and some not at all.
fn after_the_stop(content: &Content, chance: &mut u64) -> Vec<u8> {
    let mut bytes = content.safe.clone();
    bytes.resize(content.bytes.len(), 0);
    for (from, data) in &content.unsafe_writes {
        *chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let part = match *chance >> 62 {
            0 => 0,
            1 => data.len() / 2,
            _ => data.len(),
        };
        if let Some(place) = bytes.get_mut(*from..from + part) {
            place.copy_from_slice(&data[..part]);
        }
    }
    bytes
}

#[test]
fn a_machine_that_stops_at_any_write_leaves_the_checkpoint_before() {
    let identity = identity();
    let writes = writes_of_checkpoints(&identity);
    let (mut chance, mut stops) = (0x5eed, 0);
    for at in writes {
        let disk = Disk::default();
        let (mut store, _) = Store::open_with(disk.clone()).unwrap();
        disk.content(|content| content.fails = Some((at, Failure::Full)));
        let done = (1..4)
            .take_while(|number| write(&mut store, &identity, *number).is_ok())
            .count() as u64;
        std::mem::forget(store);
        for _ in 0..4 {
            let bytes = disk.content(|content| after_the_stop(content, &mut chance));
            let found = held(Disk::of(bytes), &identity, 3).unwrap();
            assert!(found == done || found == done + 1, "at {at}: {found} after {done}");
            stops += 1;
        }
    }
    assert!(stops > 100);
    println!("{stops} stops of the machine, no checkpoint lost");
}

#[test]
fn how_time_was_let_pass_is_kept_until_the_next_checkpoint() {
    let identity = identity();
    let disk = Disk::default();
    let (mut store, _) = Store::open_with(disk.clone()).unwrap();
    write(&mut store, &identity, 1).unwrap();
    let passed: Vec<Passed> = (1..20)
        .map(|step| {
            let (head, ..) = written(&identity, step);
            Passed::new(
                head.position,
                Instant::from_unix_nanoseconds(i128::from(step) * 1_000_000_007).unwrap(),
            )
        })
        .collect();
    passed.iter().for_each(|passed| store.pass(*passed).unwrap());
    store.delivered("id-1").unwrap();
    drop(store);
    let reopened =
        |disk: &Disk| match Store::open_with(Disk::of(disk.content(|content| content.bytes.clone()))).unwrap() {
            (mut store, Held::Checkpoint(found)) => (store.is_delivered("id-1").unwrap(), *found),
            (_, Held::Nothing) => panic!("nothing is held"),
        };
    let (is_delivered, found) = reopened(&disk);
    assert!(is_delivered);
    assert_eq!(found.passed, passed);
    assert!(found.outbox.is_empty());
    let (mut store, _) = Store::open_with(Disk::of(disk.content(|content| content.bytes.clone()))).unwrap();
    write(&mut store, &identity, 2).unwrap();
}

#[test]
fn bytes_that_come_back_as_others_are_noticed() {
    let identity = identity();
    let disk = Disk::default();
    let (mut store, _) = Store::open_with(disk.clone()).unwrap();
    write(&mut store, &identity, 1).unwrap();
    write(&mut store, &identity, 2).unwrap();
    drop(store);
    let whole = disk.content(|content| content.bytes.clone());
    let (mut noticed, mut harmless) = (0, 0);
    for step in 0..400 {
        let mut bytes = whole.clone();
        let at = step * 7919 % bytes.len();
        match step % 4 {
            0 => bytes[at] ^= 1 << (step % 8),
            1 => bytes[at..].iter_mut().take(512).for_each(|byte| *byte = 0),
            2 => bytes.truncate(at),
            _ => bytes[at..].iter_mut().take(64).for_each(|byte| *byte ^= 0xff),
        }
        // A wrong checkpoint would panic here.
        match held(Disk::of(bytes), &identity, 2) {
            Ok(_) => harmless += 1,
            Err(StoreError::Damaged { .. } | StoreError::OtherForm { .. } | StoreError::System { .. }) => noticed += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(noticed > 50 && harmless > 0, "{noticed} noticed, {harmless} harmless");
    println!("{noticed} damages noticed, {harmless} where nothing is, none taken for a checkpoint");
}
