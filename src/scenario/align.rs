//! Which expectation is of which instance.

use super::because::says;
use super::expect::Expectation;
use super::judge::Actual;

/// An expectation and the instance that it is compared with, by their positions; one of the two may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pair {
    Both(usize, usize),
    Expected(usize),
    Actual(usize),
}

/// What a pair costs whose verdicts differ; one that is alone costs as much, so that two pairs are made of two rather than one and two loose ends.
const DIFFERENT: u32 = 4;
/// What is said of why is another thing.
const UNFOUNDED: u32 = 1;

/// Pairs expectations with instances: first those that say which instance they are of, then the others in their order, so that as many as can be agree.
pub(super) fn align(expected: &[Expectation], actual: &[Actual]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut taken = vec![false; actual.len()];
    let mut rest = Vec::new();
    for (position, expectation) in expected.iter().enumerate() {
        if expectation.opened.is_none() && expectation.key.is_none() {
            rest.push(position);
            continue;
        }
        let fitting = actual.iter().enumerate();
        let fitting = fitting.filter(|(at, instance)| !taken[*at] && is_meant(expectation, instance));
        let nearest = fitting.min_by_key(|(_, instance)| cost(expectation, instance));
        match nearest {
            Some((at, _)) => {
                taken[at] = true;
                pairs.push(Pair::Both(position, at));
            }
            None => pairs.push(Pair::Expected(position)),
        }
    }
    let free: Vec<usize> = (0..actual.len()).filter(|at| !taken[*at]).collect();
    pairs.extend(in_order(&rest, &free, expected, actual));
    pairs
}

fn is_meant(expectation: &Expectation, actual: &Actual) -> bool {
    let opened = expectation.opened.as_ref();
    let key = expectation.key.as_ref();
    opened.is_none_or(|opened| actual.opened() == Some(opened.value))
        && key.is_none_or(|key| actual.key.as_ref() == Some(&key.value))
}

fn cost(expectation: &Expectation, actual: &Actual) -> u32 {
    if expectation.verdict.value != actual.verdict() {
        return DIFFERENT;
    }
    let sentences = actual.sentences();
    let unfounded = expectation
        .because
        .iter()
        .any(|because| !says(&sentences, &because.value));
    if unfounded { UNFOUNDED } else { 0 }
}

/// The cheapest pairing that keeps both orders.
fn in_order(rest: &[usize], free: &[usize], expected: &[Expectation], actual: &[Actual]) -> Vec<Pair> {
    let (rows, columns) = (rest.len() + 1, free.len() + 1);
    // The cost of pairing what comes from these two positions on.
    let mut costs = vec![0_u32; rows * columns];
    let at = |row: usize, column: usize| row * columns + column;
    let pair = |row: usize, column: usize| cost(&expected[rest[row]], &actual[free[column]]);
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let skip_row = (row + 1 < rows).then(|| costs[at(row + 1, column)] + DIFFERENT);
            let skip_column = (column + 1 < columns).then(|| costs[at(row, column + 1)] + DIFFERENT);
            let both =
                (row + 1 < rows && column + 1 < columns).then(|| costs[at(row + 1, column + 1)] + pair(row, column));
            let cheapest = [skip_row, skip_column, both].into_iter().flatten().min();
            costs[at(row, column)] = cheapest.unwrap_or(0);
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row + 1 < rows || column + 1 < columns {
        let here = costs[at(row, column)];
        if row + 1 < rows && column + 1 < columns && here == costs[at(row + 1, column + 1)] + pair(row, column) {
            pairs.push(Pair::Both(rest[row], free[column]));
            (row, column) = (row + 1, column + 1);
        } else if row + 1 < rows && here == costs[at(row + 1, column)] + DIFFERENT {
            pairs.push(Pair::Expected(rest[row]));
            row += 1;
        } else {
            pairs.push(Pair::Actual(free[column]));
            column += 1;
        }
    }
    pairs
}
