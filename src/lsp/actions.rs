//! What can be done at a place: mending a mistake, and laying out a file.

use std::collections::HashMap;
use std::path::Path;

use gen_lsp_types as lsp;

use super::diagnostics::{place, shown};
use super::workspace::Workspace;
use crate::diagnostic::Diagnostic;

/// The fixes of the mistakes in a range.
pub(super) fn fixes(workspace: &mut Workspace, path: &Path, range: lsp::Range) -> Vec<lsp::CodeActionResponse> {
    let Some(analysis) = workspace.analysis(path) else {
        return Vec::new();
    };
    let asked = analysis.offsets_in(analysis.main(), range);
    let mut found = Vec::new();
    for diagnostic in &analysis.diagnostics {
        let Some(label) = diagnostic.labels.first() else {
            continue;
        };
        let here = label.span.range();
        let touches = here.start <= asked.end && asked.start <= here.end;
        if place(&analysis, diagnostic) != Some(path) || !touches {
            continue;
        }
        let Some(meant) = meant(diagnostic) else {
            continue;
        };
        let edit = lsp::TextEdit {
            range: analysis.range(label.span),
            new_text: meant.to_owned(),
        };
        found.push(lsp::CodeActionResponse::CodeAction(lsp::CodeAction {
            title: format!("Write `{meant}`"),
            kind: Some(lsp::CodeActionKind::QuickFix),
            diagnostics: Some(vec![shown(workspace, &analysis, diagnostic)]),
            is_preferred: Some(true),
            edit: Some(lsp::WorkspaceEdit {
                changes: Some(HashMap::from([(workspace.uri_of(path), vec![edit])])),
                document_changes: None,
                change_annotations: None,
            }),
            ..lsp::CodeAction::default()
        }));
    }
    found
}

/// The word that was meant where another one is written.
fn meant(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic
        .help
        .as_deref()?
        .strip_prefix("did you mean `")?
        .strip_suffix("`?")
}
