//! Clauses by the names that a command is given.

use super::terminal::Terminal;
use crate::diagnostic::suggest;
use crate::model::{ClauseId, Model};

/// The clauses of these names, or all; `None` after a name that no clause has.
pub(super) fn selected(model: &Model, names: &[String], terminal: &mut Terminal) -> Option<Vec<ClauseId>> {
    let all = (0..).map(ClauseId).zip(&model.clauses);
    let all: Vec<(ClauseId, String, &str)> = all
        .map(|(id, clause)| {
            let path = format!("{}.{}", model.agreement(clause.agreement).name, clause.name);
            (id, path, clause.name.as_str())
        })
        .collect();
    if names.is_empty() {
        return Some(all.into_iter().map(|(id, ..)| id).collect());
    }
    let mut chosen = Vec::new();
    let mut known = true;
    for name in names {
        let mut found = all
            .iter()
            .filter(|(_, path, short)| name == path || name == short)
            .peekable();
        if found.peek().is_none() {
            let candidates: Vec<&str> = all.iter().map(|(.., short)| *short).collect();
            let help = suggest(name, "clauses", &candidates);
            terminal.error(&format!("there is no clause `{name}`"), help.as_deref());
            known = false;
        }
        for (id, ..) in found {
            if !chosen.contains(id) {
                chosen.push(*id);
            }
        }
    }
    known.then_some(chosen)
}
