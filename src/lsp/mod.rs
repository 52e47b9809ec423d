//! A language server for rule files, over standard input and output: a sibling of the command line.
//!
//! One thread reads, one writes, and this one answers, one message after the other: nothing here takes longer than a person notices. What
//! has arrived is looked through before each answer, so that a request which was cancelled meanwhile is not answered in vain, and mistakes are looked
//! for once the editor has fallen silent for a moment.

mod actions;
mod completion;
mod diagnostics;
mod hover;
mod navigation;
mod outline;
mod scenarios;
mod server;
mod text;
mod transport;
mod workspace;

pub use server::{Ending, serve};

use std::io;

/// Serves one editor over standard input and output until it leaves.
///
/// # Errors
/// Input or output that fails, or a message whose header cannot be read.
pub fn run() -> io::Result<Ending> {
    let (connection, threads) = transport::standard()?;
    let ending = serve(&connection);
    drop(connection);
    threads.finish()?;
    Ok(ending)
}
