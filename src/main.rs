//! The `servanda` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    servanda::cli::main()
}
