//! What can be done at a place: mending a mistake, and laying out a file.

use std::collections::HashMap;
use std::ops::Range;
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

/// The edits that lay out a file, or why it cannot be laid out. There is one canonical layout, so that an editor's own wishes have no say.
pub(super) fn formatted(workspace: &mut Workspace, path: &Path) -> Result<Vec<lsp::TextEdit>, String> {
    let Some(analysis) = workspace.analysis(path) else {
        return Ok(Vec::new());
    };
    let source = analysis.main();
    let text = analysis.text(source);
    let tidy = crate::syntax::format(text).map_err(|mistakes| {
        let first = mistakes.first().map_or("", |mistake| mistake.message.as_str());
        format!("a file is laid out once its grammar is right: {first}")
    })?;
    Ok(changes(text, &tidy)
        .into_iter()
        .map(|(range, new)| lsp::TextEdit {
            range: analysis.range_of(source, range),
            new_text: new.to_owned(),
        })
        .collect())
}

/// The lines that differ between two texts, as one edit: what is before and after them stays, so that an editor keeps its place.
fn changes<'t>(old: &str, new: &'t str) -> Option<(Range<usize>, &'t str)> {
    if old == new {
        return None;
    }
    let same_lines = |old: &mut dyn Iterator<Item = &str>, new: &mut dyn Iterator<Item = &str>| -> usize {
        let pairs = old.zip(new).take_while(|(old, new)| old == new);
        pairs.map(|(line, _)| line.len()).sum()
    };
    let start = same_lines(&mut old.split_inclusive('\n'), &mut new.split_inclusive('\n'));
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = same_lines(
        &mut old_rest.split_inclusive('\n').rev(),
        &mut new_rest.split_inclusive('\n').rev(),
    );
    Some((start..old.len() - end, &new_rest[..new_rest.len() - end]))
}
