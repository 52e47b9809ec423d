//! Mistakes in rule files.

use std::collections::BTreeMap;

use super::card::Card;
use super::quilt::{PieceLabel, Quilt};
use super::style::Style;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceId, SourceMap};

/// The text for the mistakes in rule files: so many of them in full, and how many more there are.
pub fn mistakes(diagnostics: &[Diagnostic], sources: &SourceMap, style: Style, most: usize) -> String {
    let mut parts: Vec<String> = diagnostics
        .iter()
        .take(most)
        .map(|diagnostic| card(diagnostic, sources, style).render(style))
        .collect();
    let hidden = diagnostics.len().saturating_sub(most);
    if hidden > 0 {
        parts.push(format!("... and {hidden} more: `--all` shows them"));
    }
    parts.join("\n\n")
}

fn card(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> Card {
    let mut by_source: BTreeMap<SourceId, Vec<PieceLabel>> = BTreeMap::new();
    for label in &diagnostic.labels {
        by_source.entry(label.span.source).or_default().push(PieceLabel {
            range: label.span.range(),
            text: label.text.clone(),
            minor: false,
        });
    }
    let main = diagnostic.labels.first().map(|label| label.span.source);
    let mut quilt = Quilt::default();
    let order = main
        .into_iter()
        .chain(by_source.keys().copied().filter(|id| Some(*id) != main));
    let order: Vec<SourceId> = order.collect();
    for id in order {
        if let (Some(source), Some(labels)) = (sources.get(id), by_source.remove(&id)) {
            quilt.rule(source.name(), source.text(), labels, style);
        }
    }
    Card {
        code: diagnostic.code.name().to_owned(),
        severity: match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        },
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        quilt,
    }
}
