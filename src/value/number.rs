//! Exact decimal numbers.

use std::fmt;
use std::str::FromStr;

/// A decimal number with nine digits after the point, exact under addition in any order.
///
/// Sums must not depend on the order of events at one instant, which rules out binary floats, and decimals that round to a
/// fixed count of significant digits. A fixed point keeps every sum exact; what does not fit is refused when it is read.
///
/// It is kept at the alignment of a word, so that a [`Value`](super::Value) takes three words and not four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(Rust, packed(8))]
pub struct Number(i128);

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// More than nine digits after the point.
    #[error("it has more than 9 decimals")]
    TooPrecise,
    /// 10^18 or more.
    #[error("it is not below 10^18")]
    TooLarge,
    /// Not a decimal number.
    #[error("it is not a decimal number")]
    Malformed,
}

const DECIMALS: i64 = 9;
const UNIT: i128 = 1_000_000_000;
const LIMIT: i128 = UNIT * 1_000_000_000_000_000_000;

impl Number {
    /// A whole number.
    pub fn whole(count: u64) -> Self {
        Number(i128::from(count) * UNIT)
    }

    /// The whole number of few digits that a text starts with, as most numbers are, and how many these are. What follows may be more of the number.
    #[inline]
    pub(crate) fn whole_at_start(text: &[u8]) -> Option<(Self, usize)> {
        let (whole, digits) = digits_at_start(text);
        (1..=MOST_DIGITS)
            .contains(&digits)
            .then(|| (Number::whole(whole), digits))
    }

    /// This number so many times; `None` from 10^18 on.
    pub fn times(self, factor: u64) -> Option<Self> {
        self.0
            .checked_mul(i128::from(factor))
            .filter(|product| product.abs() < LIMIT)
            .map(Number)
    }

    /// So many billionths; `None` from 10^18 on.
    pub fn from_billionths(billionths: i128) -> Option<Self> {
        (billionths.abs() < LIMIT).then_some(Number(billionths))
    }

    /// Billionths.
    pub fn billionths(self) -> i128 {
        self.0
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads a JSON number or its like: a sign, digits, a point, digits, and an exponent.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if let Some((Number(number), digits)) = Number::whole_at_start(rest.as_bytes())
            && digits == rest.len()
        {
            return Ok(Number(if negative { -number } else { number }));
        }
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let exponent: i32 = exponent
                    .strip_prefix('+')
                    .unwrap_or(exponent)
                    .parse()
                    .map_err(|_| NumberError::Malformed)?;
                (mantissa, exponent)
            }
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let digits_only = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits_only(whole) || !digits_only(fraction) {
            return Err(NumberError::Malformed);
        }
        let digits: String = [whole, fraction].concat();
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Number(0));
        }
        let trailing = digits.len() - digits.trim_end_matches('0').len();
        // The number is `significant` x 10^power.
        let power = i64::from(exponent) + signed(trailing) - signed(fraction.len());
        let shift = power + DECIMALS;
        if shift < 0 {
            return Err(NumberError::TooPrecise);
        }
        if signed(significant.len()) + shift > 27 {
            return Err(NumberError::TooLarge);
        }
        let magnitude: i128 = significant.parse().map_err(|_| NumberError::TooLarge)?;
        let shift = u32::try_from(shift).map_err(|_| NumberError::TooLarge)?;
        let scaled = magnitude.checked_mul(10_i128.pow(shift)).ok_or(NumberError::TooLarge)?;
        Ok(Number(if negative { -scaled } else { scaled }))
    }
}

/// So many digits a number of 64 bits has room for, whichever they are.
const MOST_DIGITS: usize = 18;

/// The number that the digits say which a text starts with, and how many they are; of more than [`MOST_DIGITS`] only that.
#[inline]
fn digits_at_start(text: &[u8]) -> (u64, usize) {
    let (mut whole, mut digits) = (0_u64, 0);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || digits > MOST_DIGITS {
            break;
        }
        whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
    }
    (whole, digits)
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let unit = UNIT.unsigned_abs();
        write!(f, "{sign}{}", magnitude / unit)?;
        let fraction = magnitude % unit;
        if fraction > 0 {
            let digits = format!("{fraction:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_exactly() {
        for (text, shown) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("1.50", "1.5"),
            ("-2.000000001", "-2.000000001"),
            ("123456789e-9", "0.123456789"),
            ("999999999999999999.999999999", "999999999999999999.999999999"),
        ] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_keep() {
        for (text, error) in [
            ("1e-10", NumberError::TooPrecise),
            ("0.1234567891", NumberError::TooPrecise),
            ("1e18", NumberError::TooLarge),
            ("1e999999999", NumberError::TooLarge),
            ("NaN", NumberError::Malformed),
            ("Infinity", NumberError::Malformed),
            ("", NumberError::Malformed),
            ("1.", NumberError::Malformed),
            (".5", NumberError::Malformed),
            ("0x10", NumberError::Malformed),
            ("+1", NumberError::Malformed),
        ] {
            assert_eq!(text.parse::<Number>(), Err(error), "{text}");
        }
    }
}
