//! `servanda lsp`.

use super::Exit;
use super::terminal::Terminal;
use crate::lsp::{self, Ending};

pub(super) fn run(terminal: &mut Terminal) -> Exit {
    match lsp::run() {
        Ok(Ending::Orderly) => Exit::Clean,
        // The protocol asks for 1 here.
        Ok(Ending::Abrupt) => Exit::Violated,
        Err(error) => {
            terminal.error(&format!("the editor cannot be understood: {error}"), None);
            Exit::Unusable
        }
    }
}
