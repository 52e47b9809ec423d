//! `servanda explain`.

use super::Exit;
use super::args::ExplainArgs;
use super::check::{SHOWN_MISTAKES, usable_rules};
use super::selection::selected;
use super::terminal::Terminal;
use crate::account::account;
use crate::report;
use crate::run::MAX_DECLARATIONS;

pub(super) fn run(arguments: &ExplainArgs, terminal: &mut Terminal) -> Exit {
    let paths = std::slice::from_ref(&arguments.rules);
    let root = arguments.rules_root.as_deref();
    let Some(rules) = usable_rules((paths, root, MAX_DECLARATIONS), &[], SHOWN_MISTAKES, terminal) else {
        return Exit::Unusable;
    };
    let Some(model) = &rules.model else {
        return Exit::Unusable;
    };
    let Some(clauses) = selected(model, &arguments.clauses, terminal) else {
        return Exit::Unusable;
    };
    for (position, clause) in clauses.into_iter().enumerate() {
        if position > 0 {
            terminal.out("\n\n");
        }
        let text = report::account(model, &account(model, clause), terminal.out_style);
        terminal.out(&text);
    }
    Exit::Clean
}
