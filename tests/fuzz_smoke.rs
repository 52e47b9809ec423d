//! The targets of the fuzzers over their corpora and random mutations of them, so that they hold with every change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How many mutations are tried of each target: `SERVANDA_FUZZ`, or else 1000.
fn cases() -> u64 {
    let asked = std::env::var("SERVANDA_FUZZ").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(1000)
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
    for (of, target) in targets::targets() {
        let seeds = seeds(of);
        for seed in &seeds {
            holds(of, target, seed);
        }
        for _ in 0..cases() {
            holds(of, target, &mutated(&seeds, &mut chance));
        }
    }
}
