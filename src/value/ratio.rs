//! Exact fractions: averages, shares and percentages are compared by cross-multiplication, never rounded.

use std::cmp::Ordering;

use super::Number;

/// An exact fraction. Two compare exactly whatever their size; arithmetic that does not fit is refused.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    numerator: i128,
    /// Not zero.
    denominator: u64,
}

impl Ratio {
    /// A whole number of the unit that is meant: events, billionths, nanoseconds.
    pub fn whole(count: i128) -> Self {
        Ratio {
            numerator: count,
            denominator: 1,
        }
    }

    /// A fraction; `None` over zero.
    pub fn new(numerator: i128, denominator: u64) -> Option<Self> {
        (denominator > 0).then_some(Ratio { numerator, denominator })
    }

    /// A percentage as a part of one: 0.25 % is 1 / 400.
    pub fn percent(percentage: Number) -> Self {
        // A number of percent is in billionths: one is 10^11 of them.
        const ONE: u64 = 100_000_000_000;
        let common = greatest_common_divisor(percentage.billionths().unsigned_abs(), u128::from(ONE));
        let common = u64::try_from(common).unwrap_or(ONE);
        Ratio {
            numerator: percentage.billionths() / i128::from(common),
            denominator: ONE / common,
        }
    }

    /// The product; `None` if it does not fit.
    pub fn times(self, other: Ratio) -> Option<Ratio> {
        let cross = |numerator: i128, denominator: u64| {
            let common = greatest_common_divisor(numerator.unsigned_abs(), u128::from(denominator)).max(1);
            let common = u64::try_from(common).unwrap_or(1);
            (numerator / i128::from(common), denominator / common)
        };
        let (left, right_under) = cross(self.numerator, other.denominator);
        let (right, left_under) = cross(other.numerator, self.denominator);
        Some(Ratio {
            numerator: left.checked_mul(right)?,
            denominator: left_under.checked_mul(right_under)?,
        })
    }

    /// What is over the line of the fraction.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// What is under it; not zero.
    pub fn denominator(self) -> u64 {
        self.denominator
    }

    /// The distance from another one, if it fits.
    pub fn minus(self, other: Ratio) -> Option<Ratio> {
        let common = greatest_common_divisor(u128::from(self.denominator), u128::from(other.denominator));
        let common = u64::try_from(common).ok()?;
        let (mine, theirs) = (other.denominator / common, self.denominator / common);
        let left = self.numerator.checked_mul(i128::from(mine))?;
        let right = other.numerator.checked_mul(i128::from(theirs))?;
        Ratio::new(left.checked_sub(right)?, self.denominator.checked_mul(mine)?)
    }

    /// The whole part and the billionths of the rest, rounded towards zero, with whether that is exact.
    pub fn decimals(self) -> (i128, u32, bool) {
        let under = i128::from(self.denominator);
        let (whole, rest) = (self.numerator / under, (self.numerator % under).unsigned_abs());
        let scaled = rest * 1_000_000_000;
        let under = u128::from(self.denominator);
        let billionths = u32::try_from(scaled / under).unwrap_or(0);
        (whole, billionths, scaled % under == 0)
    }
}

fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right > 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// A product of 128 and 64 bits as its upper 64 and lower 128 bits.
fn wide(left: u128, right: u64) -> (u128, u128) {
    let right = u128::from(right);
    let low_half = u128::from(u64::MAX);
    let low = (left & low_half) * right;
    let high = (left >> 64) * right + (low >> 64);
    (high >> 64, (high << 64) | (low & low_half))
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.numerator.signum().cmp(&other.numerator.signum());
        if signs.is_ne() {
            return signs;
        }
        let mine = wide(self.numerator.unsigned_abs(), other.denominator);
        let theirs = wide(other.numerator.unsigned_abs(), self.denominator);
        if self.numerator < 0 {
            theirs.cmp(&mine)
        } else {
            mine.cmp(&theirs)
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ratio {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_compare_exactly_where_floats_and_narrow_products_do_not() {
        let third = Ratio::new(1, 3).unwrap();
        assert!(third > Ratio::new(333_333_333_333_333_333, 1_000_000_000_000_000_000).unwrap());
        assert_eq!(third, Ratio::new(6, 18).unwrap());
        let large = Ratio::new(i128::MAX, 3).unwrap();
        assert!(large > Ratio::new(i128::MAX - 1, 3).unwrap());
        assert!(large < Ratio::new(i128::MAX, 2).unwrap());
        assert!(Ratio::new(-1, 3).unwrap() > Ratio::new(-1, 2).unwrap());
        assert!(Ratio::new(i128::MIN, u64::MAX).unwrap() < Ratio::whole(0));
    }

    #[test]
    fn percentages_are_parts_of_one() {
        let quarter_percent = Ratio::percent("0.25".parse().unwrap());
        assert_eq!((quarter_percent.numerator(), quarter_percent.denominator()), (1, 400));
        let total = Ratio::whole(40_000_000_000_000_000_000);
        assert_eq!(
            total.times(quarter_percent).unwrap(),
            Ratio::whole(100_000_000_000_000_000)
        );
        assert_eq!(
            Ratio::percent("99.99".parse().unwrap()),
            Ratio::new(9_999, 10_000).unwrap()
        );
        assert_eq!(Ratio::percent(Number::default()), Ratio::whole(0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(Ratio::whole(i128::MAX).times(Ratio::whole(2)), None);
        assert_eq!(Ratio::whole(i128::MAX).minus(Ratio::whole(-1)), None);
        assert_eq!(Ratio::new(1, 0), None);
        let half = Ratio::new(1, 2).unwrap();
        assert_eq!(half.minus(Ratio::new(1, 3).unwrap()), Ratio::new(1, 6));
        assert_eq!(Ratio::new(7, 3).unwrap().decimals(), (2, 333_333_333, false));
    }
}
