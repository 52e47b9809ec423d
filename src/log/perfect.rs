//! Finds which of a few numbers one is, without comparing it with each: where the highest bits of all of them differ once they are multiplied by a factor,
//! these lead to a place for each. What is compared with one candidate takes the same way whatever it is, so that no branch has to be foreseen.

/// Leads from some numbers to their positions (perfect hashing).
#[derive(Debug)]
pub(super) struct Perfect {
    factor: u64,
    places: [u8; Perfect::PLACES],
}

impl Perfect {
    /// How many numbers there may be.
    pub(super) const MOST: usize = 16;
    const PLACES: usize = 1 << Perfect::BITS;
    const BITS: u32 = 6;

    /// For numbers, if they are few and no two are the same.
    pub(super) fn new(numbers: &[u64]) -> Option<Self> {
        /// With the most numbers there may be, one factor in six does.
        const TRIES: u64 = 1000;
        if numbers.len() > Perfect::MOST {
            return None;
        }
        (1..=TRIES).find_map(|step| {
            // The multiples of the golden ratio are spread over all bits.
            let factor = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut places = [u8::MAX; Perfect::PLACES];
            for (number, position) in numbers.iter().zip(0_u8..) {
                let place = places.get_mut(place(*number, factor))?;
                if *place != u8::MAX {
                    return None;
                }
                *place = position;
            }
            Some(Perfect { factor, places })
        })
    }

    /// The position of a number, if it is one of them; else that of one of them, or none at all.
    #[inline]
    pub(super) fn position(&self, number: u64) -> usize {
        let position = self.places.get(place(number, self.factor));
        position.map_or(usize::MAX, |position| usize::from(*position))
    }
}

#[inline]
fn place(number: u64, factor: u64) -> usize {
    let highest = number.wrapping_mul(factor) >> (u64::BITS - Perfect::BITS);
    usize::try_from(highest).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_number_leads_to_its_position(
            numbers in prop::collection::btree_set(prop_oneof![any::<u64>(), 0_u64..40, (0_u64..40).prop_map(|high| high << 40)], 0..20),
        ) {
            let numbers: BTreeSet<u64> = numbers;
            let numbers: Vec<u64> = numbers.into_iter().collect();
            let perfect = Perfect::new(&numbers);
            prop_assert_eq!(perfect.is_some(), numbers.len() <= Perfect::MOST);
            if let Some(perfect) = perfect {
                for (position, number) in numbers.iter().enumerate() {
                    prop_assert_eq!(perfect.position(*number), position);
                }
            }
        }

        #[test]
        fn the_same_number_twice_leads_nowhere(number in any::<u64>(), others in prop::collection::vec(any::<u64>(), 0..5)) {
            let numbers = [vec![number], others, vec![number]].concat();
            prop_assert!(Perfect::new(&numbers).is_none());
        }
    }
}
