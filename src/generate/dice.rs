//! Chance that is the same on every machine.

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A part of a whole, in billionths: a rate, a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Share(u32);

const WHOLE: u32 = 1_000_000_000;

impl Share {
    /// Nothing.
    pub const NONE: Share = Share(0);
    /// All.
    pub const ALL: Share = Share(WHOLE);

    /// So much of a number of things, rounded down.
    pub fn of(self, count: u64) -> u64 {
        let part = u128::from(count) * u128::from(self.0) / u128::from(WHOLE);
        u64::try_from(part).unwrap_or(count)
    }

    /// Whether it is nothing.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// A text that is no part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share is a number from 0 to 1 or a percentage, as in 0.05 or 5%")]
pub struct NoShare;

impl FromStr for Share {
    type Err = NoShare;

    fn from_str(text: &str) -> Result<Self, NoShare> {
        let (digits, unit) = match text.strip_suffix('%') {
            Some(percentage) => (percentage.trim_end(), WHOLE / 100),
            None => (text, WHOLE),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 9 {
            return Err(NoShare);
        }
        let whole: u64 = whole.parse().map_err(|_| NoShare)?;
        let billionths: u64 = format!("{fraction:0<9}").parse().map_err(|_| NoShare)?;
        let parts = whole
            .checked_mul(u64::from(unit))
            .and_then(|parts| parts.checked_add(billionths * u64::from(unit) / u64::from(WHOLE)))
            .ok_or(NoShare)?;
        u32::try_from(parts)
            .ok()
            .filter(|parts| *parts <= WHOLE)
            .map(Share)
            .ok_or(NoShare)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredth = WHOLE / 100;
        let (whole, rest) = (self.0 / hundredth, self.0 % hundredth);
        let rest = format!("{rest:07}");
        let rest = rest.trim_end_matches('0');
        if rest.is_empty() {
            write!(f, "{whole} %")
        } else {
            write!(f, "{whole}.{rest} %")
        }
    }
}

/// Throws that depend on a seed alone. The generator's stream of numbers is specified, and everything is made from them in whole numbers.
#[derive(Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Throws for one purpose; those for another one do not depend on how often these are thrown.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose);
        Dice(rng)
    }

    /// A number below a bound; 0 for the bound 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// An amount of nanoseconds below a bound.
    pub(super) fn nanoseconds_below(&mut self, bound: i128) -> i128 {
        i128::from(self.below(u64::try_from(bound.max(0)).unwrap_or(u64::MAX)))
    }

    /// Whether something that happens in so large a share of cases happens.
    pub(super) fn falls_in(&mut self, share: Share) -> bool {
        self.below(u64::from(WHOLE)) < u64::from(share.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_seed_are_these() {
        let mut dice = Dice::new(7, 1);
        let thrown: Vec<u64> = (0..6).map(|_| dice.below(1000)).collect();
        assert_eq!(thrown, [992, 9, 721, 528, 58, 595]);
    }

    #[test]
    fn shares_are_numbers_or_percentages() {
        let read = |text: &str| text.parse::<Share>().map(|share| share.to_string());
        assert_eq!(read("5%"), Ok("5 %".to_owned()));
        assert_eq!(read("0.05"), Ok("5 %".to_owned()));
        assert_eq!(read("12.5 %"), Ok("12.5 %".to_owned()));
        assert_eq!(read("1"), Ok("100 %".to_owned()));
        assert_eq!(read("0.000001"), Ok("0.0001 %".to_owned()));
        for wrong in ["", "%", "1.1", "101%", "-1", "x", "1e-3", "5 percent", ".5"] {
            assert_eq!(read(wrong), Err(NoShare), "{wrong}");
        }
        assert_eq!("5%".parse::<Share>().unwrap().of(1_000), 50);
    }
}
