//! How much a log may ask for.

/// Bounds on what is held at one time, against logs that are broken or hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest record, in bytes without its line end. A longer one is a problem and is passed over without being held.
    pub record_bytes: u32,
    /// The longest YAML log, in bytes after decompression, because such a log is read whole.
    pub yaml_bytes: u64,
    /// The longest batch of an Arrow log, in bytes, because a batch is read whole.
    pub batch_bytes: u64,
    /// The longest packed Parquet or Arrow log, in bytes after decompression, because such a log is unpacked to a temporary file.
    pub unpacked_bytes: u64,
    /// How many threads read, and judge what is read, at the same time, the one that asks among them. No result depends on it.
    pub threads: usize,
}

impl Limits {
    /// Records of 16 MiB, YAML logs of 64 MiB, batches of 1 GiB, packed tables of 16 GiB, one thread.
    pub const DEFAULT: Limits = {
        const MIB: u32 = 1024 * 1024;
        const GIB: u64 = 1024 * 1024 * 1024;
        Limits {
            record_bytes: 16 * MIB,
            yaml_bytes: 64 * MIB as u64,
            batch_bytes: GIB,
            unpacked_bytes: 16 * GIB,
            threads: 1,
        }
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}
