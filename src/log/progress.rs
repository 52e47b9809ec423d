//! How far a run has read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read so far, as they are on disk: before decompression. Cheap to clone; all clones share one count.
///
/// A run that has to read its logs a second time starts again from 0.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn restart(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
