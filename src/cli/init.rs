//! `servanda init`.

use std::path::Path;

use super::Exit;
use super::args::InitArgs;
use super::terminal::Terminal;
use crate::log::visible;
use crate::run::{ScaffoldError, scaffold};

pub(super) fn run(arguments: &InitArgs, terminal: &mut Terminal) -> Exit {
    let written = match scaffold(&arguments.folder, arguments.name.as_deref(), arguments.force) {
        Ok(written) => written,
        Err(error) => {
            let help = match &error {
                ScaffoldError::Exists(_) => {
                    Some("nothing was written: choose another folder, or give `--force` to overwrite")
                }
                ScaffoldError::Unwritable { .. } => None,
            };
            terminal.error(&error.to_string(), help);
            return Exit::Unusable;
        }
    };
    for file in &written {
        terminal.out(&format!("  {}\n", file.display()));
    }
    terminal.out("\nWhat is in them is an example, and fictional. To begin:\n\n");
    if arguments.folder != Path::new(".") {
        let folder = arguments.folder.to_string_lossy();
        terminal.out(&format!("  cd {}\n", visible(&folder, 200)));
    }
    for line in [
        "servanda check agreement.clause --log logs/fictional.yaml",
        "servanda test",
        "servanda explain agreement.clause",
    ] {
        terminal.out(&format!("  {line}\n"));
    }
    Exit::Clean
}
