//! The `servanda` command.

use std::process::ExitCode;

/// Threads give back what others have asked for: an event is freed by the one that judges it, and made by the one that read it. The allocator of the
/// C library lets them wait for each other meanwhile (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    servanda::cli::main()
}
