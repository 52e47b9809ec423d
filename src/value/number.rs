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
    let mut rest = text;
    while digits <= MOST_DIGITS
        && let Some((word, behind)) = rest.split_first_chunk()
    {
        let (of_word, count) = digits_of_word(*word);
        whole = whole.wrapping_mul(TENS[count]).wrapping_add(of_word);
        digits += count;
        if count < word.len() {
            return (whole, digits);
        }
        rest = behind;
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || digits > MOST_DIGITS {
            break;
        }
        whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
    }
    (whole, digits)
}

/// Powers of ten, by their exponents.
const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// As [`digits_at_start`] of a word, all bytes of which are looked at together.
#[inline]
fn digits_of_word(word: [u8; 8]) -> (u64, usize) {
    const HIGHEST_BITS: u64 = u64::from_le_bytes([0x80; 8]);
    // The first digit is in the lowest byte. A digit is its value now, and all else is more than 9, or has its highest bit set.
    let values = u64::from_le_bytes(word) ^ u64::from_le_bytes([b'0'; 8]);
    // Added to more than 9, this sets the highest bit. What goes over from a byte comes only to those behind it.
    let others = (values.wrapping_add(u64::from_le_bytes([0x76; 8])) | values) & HIGHEST_BITS;
    let count = others.trailing_zeros() / u8::BITS;
    // With as many zeros in front as are lacking to eight digits.
    let eight = values.checked_shl(u64::BITS - count * u8::BITS).unwrap_or(0);
    // Each digit times ten and the next one; each two of them times a hundred and the next two; each four likewise.
    let twos = (eight.wrapping_mul(10) + (eight >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100) + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    let all = (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff;
    (all, count as usize)
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_read_as_they_are_one_by_one(text in "[0-9]{0,26}([^0-9]|[/:\u{80}\u{ff}0-9]{0,9})") {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (whole, found) = digits_at_start(text.as_bytes());
            prop_assert_eq!(found.min(MOST_DIGITS + 1), digits.min(MOST_DIGITS + 1));
            if digits <= MOST_DIGITS {
                prop_assert_eq!((whole, found), (text[..digits].parse().unwrap_or(0), digits));
            }
        }
    }

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
