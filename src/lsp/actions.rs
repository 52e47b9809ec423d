//! What can be done at a place: mending a mistake, and laying out a file.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use gen_lsp_types as lsp;

use super::diagnostics::{place, shown};
use super::workspace::{Analysis, Workspace};
use crate::diagnostic::{Code, Fix, Safety, Severity};
use crate::source::Span;

/// What mends the mistakes in a range, one by one and all at once, and what allows the findings that are none.
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
        let told = shown(workspace, &analysis, diagnostic);
        if let Some(fix) = &diagnostic.fix
            && let Some(edit) = edit(workspace, &analysis, [fix])
        {
            found.push(lsp::CodeAction {
                title: capitalised(&fix.title),
                kind: Some(lsp::CodeActionKind::QuickFix),
                diagnostics: Some(vec![told.clone()]),
                is_preferred: Some(fix.safety == Safety::Safe),
                edit: Some(edit),
                ..lsp::CodeAction::default()
            });
        }
        if diagnostic.severity == Severity::Warning {
            found.push(lsp::CodeAction {
                title: format!("Allow `{}` here", diagnostic.code.name()),
                kind: Some(lsp::CodeActionKind::QuickFix),
                diagnostics: Some(vec![told]),
                edit: edit(
                    workspace,
                    &analysis,
                    [&allowing(&analysis, diagnostic.code, label.span)],
                ),
                ..lsp::CodeAction::default()
            });
        }
    }
    let safe = analysis
        .diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.fix.as_ref());
    let safe: Vec<&Fix> = safe
        .filter(|fix| fix.safety == Safety::Safe && fix.span.source == analysis.main())
        .collect();
    // Where fixes overlap, a second look after the first ones says what is left.
    let apart = safe.iter().enumerate().all(|(position, fix)| {
        let earlier = &safe[..position];
        earlier
            .iter()
            .all(|other| other.span.end <= fix.span.start || fix.span.end <= other.span.start)
    });
    if let (false, true, Some(edit)) = (safe.is_empty(), apart, edit(workspace, &analysis, safe.iter().copied())) {
        found.push(lsp::CodeAction {
            title: "Mend all that is certain in this file".to_owned(),
            kind: Some(lsp::CodeActionKind::SourceFixAll),
            edit: Some(edit),
            ..lsp::CodeAction::default()
        });
    }
    found.into_iter().map(lsp::CodeActionResponse::CodeAction).collect()
}

fn edit<'f>(
    workspace: &Workspace,
    analysis: &Analysis,
    fixes: impl IntoIterator<Item = &'f Fix>,
) -> Option<lsp::WorkspaceEdit> {
    let mut changes: HashMap<lsp::Uri, Vec<lsp::TextEdit>> = HashMap::new();
    for fix in fixes {
        let uri = workspace.uri_of(analysis.path(fix.span.source)?);
        changes.entry(uri).or_default().push(lsp::TextEdit {
            range: analysis.range(fix.span),
            new_text: fix.replacement.clone(),
        });
    }
    Some(lsp::WorkspaceEdit {
        changes: Some(changes),
        document_changes: None,
        change_annotations: None,
    })
}

/// The comment above a line that allows a finding on it.
fn allowing(analysis: &Analysis, code: Code, span: Span) -> Fix {
    let text = analysis.text(span.source);
    let line = text
        .get(..span.range().start)
        .unwrap_or("")
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let indent: String = text[line..]
        .chars()
        .take_while(|char| matches!(char, ' ' | '\t'))
        .collect();
    Fix {
        title: String::new(),
        span: Span::of(span.source, line..line),
        replacement: format!("{indent}# lint: allow({})\n", code.name()),
        safety: Safety::Safe,
    }
}

fn capitalised(title: &str) -> String {
    let mut chars = title.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
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
