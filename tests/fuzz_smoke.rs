//! The targets of the fuzzers over their corpora and random mutations of them, so that they hold with every change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How many mutations are tried of each target.
fn cases() -> u64 {
    let asked = std::env::var("SERVANDA_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    // A mutation takes about as long as ten random logs.
    asked.map_or(1000, |cases: u64| cases.div_ceil(10).max(200))
}

/// Pieces that break texts of all kinds.
const PIECES: [&[u8]; 22] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b":",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"\xe2\x80\xae",
    b"1e400",
    b"0000-01-01",
    b"9999-12-31T23:59:60Z",
    b"*a",
    b"&a ",
    b"<",
    b"not ",
    b"18446744073709551616",
    b"\xc3\xa9",
];

fn seeds(of: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(targets::corpus(of))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no corpus of {of}");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Small logs of tables, which no file of the corpus holds since they are bytes: the first byte says of which format.
fn tables() -> [Vec<u8>; 2] {
    let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("time", text(&["2024-07-08T10:00:00Z", "2024-07-08T11:00:00Z"])),
        ("type", text(&["attack", "ping"])),
        ("id", text(&["a", "b"])),
        ("n", Arc::new(Float64Array::from(vec![1.5, f64::NAN])) as ArrayRef),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let parquet = [b"4".as_slice(), &bytes].concat();
    let mut arrow = b"5".to_vec();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut arrow, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    [parquet, arrow]
}

/// Cuts, doubles, swaps and breaks some bytes.
fn mutated(seeds: &[Vec<u8>], chance: &mut impl Rng) -> Vec<u8> {
    let mut below = |most: usize| usize::try_from(chance.next_u64() % (most as u64).max(1)).unwrap();
    let mut bytes = seeds[below(seeds.len())].clone();
    for _ in 0..=below(4) {
        let (one, two) = (below(bytes.len() + 1), below(bytes.len() + 1));
        let range = one.min(two)..one.max(two).min(one.min(two) + 40);
        match below(6) {
            0 => drop(bytes.drain(range)),
            1 => {
                let again = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, again);
            }
            2 => {
                let other = &seeds[below(seeds.len())];
                let at = below(other.len() + 1);
                let piece = other[at..other.len().min(at + 60)].to_vec();
                bytes.splice(range, piece);
            }
            3 if !range.is_empty() => bytes[range.start] ^= 1 << below(8),
            _ => {
                let piece = PIECES[below(PIECES.len())].iter().copied();
                bytes.splice(range.start..range.start, piece);
            }
        }
    }
    bytes
}

fn holds(of: &str, target: fn(&[u8]), bytes: &[u8]) {
    let held = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    assert!(held.is_ok(), "{of} fails with {:?}", String::from_utf8_lossy(bytes));
}

#[test]
fn targets_hold_over_their_corpora_and_mutations() {
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    for (of, target) in targets::TARGETS {
        let mut seeds = seeds(of);
        if of == "log" {
            seeds.extend(tables());
        }
        for seed in &seeds {
            holds(of, target, seed);
        }
        for _ in 0..cases() {
            holds(of, target, &mutated(&seeds, &mut chance));
        }
    }
}
