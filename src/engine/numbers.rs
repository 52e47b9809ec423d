//! How tables find things that have consecutive numbers.

use std::hash::{BuildHasherDefault, Hasher};

/// For keys that are one number, given out one after the other.
pub(super) type ByNumber = BuildHasherDefault<NumberHasher>;

/// Puts so many consecutive numbers beside each other, as instances that are opened together are looked for together, and such blocks anywhere, so
/// that those that are left of many fill a table evenly.
#[derive(Debug, Default)]
pub(super) struct NumberHasher(u64);

const BLOCK: u64 = 16;
/// 2⁶⁴ by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        let (block, within) = (self.0 ^ (number / BLOCK), number % BLOCK);
        // Both halves of a product depend on all bits of the block. The table takes the place from the low bits, and compares the high ones.
        let product = u128::from(block.wrapping_add(1)) * u128::from(SPREAD);
        let (low, high) = (product & u128::from(u64::MAX), product >> 64);
        let mixed = u64::try_from(low ^ high).unwrap_or_default();
        self.0 = (mixed / BLOCK * BLOCK + within) ^ within.rotate_right(4);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn what_is_left_of_many_is_spread() {
        for distance in [1, 2, 16, 1000, 1024, 1 << 20, 1 << 40] {
            let numbers = (0..1_u64 << 12).map(|number| number * distance);
            let hashes = numbers.map(|number| ByNumber::default().hash_one(number));
            // So many blocks of a table, each of which has as much room as it gets on the average.
            let blocks: HashSet<u64> = hashes.map(|hash| hash / BLOCK % (1 << 12)).collect();
            let most = (1 << 12) / (BLOCK / distance.min(BLOCK)).max(1);
            assert!(
                u64::try_from(blocks.len()).unwrap() > most / 2,
                "{distance}: {}",
                blocks.len()
            );
        }
    }
}
