//! Mistakes, as an editor shows them while one types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gen_lsp_types as lsp;

use super::workspace::{Analysis, Workspace};
use crate::diagnostic::{Code, Diagnostic, Severity};

/// What is amiss in each file that is open, that an open one uses, or that uses an open one. Files without a mistake are left out.
pub(super) fn collect(workspace: &mut Workspace) -> BTreeMap<PathBuf, Vec<lsp::Diagnostic>> {
    let mut shared = BTreeSet::new();
    let mut analyses = Vec::new();
    for path in workspace.rule_files() {
        let Some(analysis) = workspace.analysis(&path) else {
            continue;
        };
        shared.extend(analysis.paths().filter(|used| *used != path).map(Path::to_owned));
        let concerned = analysis.paths().any(|held| workspace.open.contains_key(held));
        if concerned {
            analyses.push((path, analysis));
        }
    }
    let mut found: BTreeMap<PathBuf, Vec<lsp::Diagnostic>> = BTreeMap::new();
    // A file's own mistakes come first; what another file finds in it is added where it is something else.
    analyses.sort_by_key(|(path, _)| !workspace.open.contains_key(path));
    for (_, analysis) in &analyses {
        for diagnostic in &analysis.diagnostics {
            let Some(path) = place(analysis, diagnostic) else {
                continue;
            };
            // What one file has no use for, the others that share it may have.
            if diagnostic.code == Code::Unused && shared.contains(path) {
                continue;
            }
            let shown = shown(workspace, analysis, diagnostic);
            let known = found.entry(path.to_owned()).or_default();
            let same = |other: &lsp::Diagnostic| {
                other.range == shown.range && other.code == shown.code && other.message == shown.message
            };
            if !known.iter().any(same) {
                known.push(shown);
            }
        }
    }
    for diagnostics in found.values_mut() {
        diagnostics.sort_by_key(|diagnostic| diagnostic.range);
    }
    found
}

/// The file that a mistake is in.
pub(super) fn place<'a>(analysis: &'a Analysis, diagnostic: &Diagnostic) -> Option<&'a Path> {
    analysis.path(diagnostic.labels.first()?.span.source)
}

pub(super) fn shown(workspace: &Workspace, analysis: &Analysis, diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let mut labels = diagnostic.labels.iter();
    let main = labels.next();
    let mut message = diagnostic.message.clone();
    if let Some(main) = main {
        message.push_str(": ");
        message.push_str(&main.text);
    }
    if let Some(help) = &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    let related = labels.filter_map(|label| {
        let uri = workspace.uri_of(analysis.path(label.span.source)?);
        let range = analysis.range(label.span);
        Some(lsp::DiagnosticRelatedInformation {
            location: lsp::Location { uri, range },
            message: label.text.clone(),
        })
    });
    let related: Vec<lsp::DiagnosticRelatedInformation> = related.collect();
    lsp::Diagnostic {
        range: main.map_or(lsp::Range::default(), |main| analysis.range(main.span)),
        severity: Some(match diagnostic.severity {
            Severity::Error => lsp::DiagnosticSeverity::Error,
            Severity::Warning => lsp::DiagnosticSeverity::Warning,
        }),
        code: Some(lsp::Code::String(diagnostic.code.name().to_owned())),
        source: Some("servanda".to_owned()),
        message: lsp::Message::String(message),
        tags: (diagnostic.code == Code::Unused).then(|| vec![lsp::DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        code_description: None,
        data: None,
    }
}
