//! Tables whose keys are hashes already, so that what was hashed need not be kept beside what it leads to.

use std::hash::{BuildHasherDefault, Hasher};

/// For keys that are hashes.
pub(super) type ByHash = BuildHasherDefault<SameHash>;

/// Takes a hash as it is.
#[derive(Debug, Default)]
pub(super) struct SameHash(u64);

impl Hasher for SameHash {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.rotate_left(8) ^ hash;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
