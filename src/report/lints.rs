//! Findings in rule files, one a line and for machines.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Safety, Severity};
use crate::source::{SourceMap, Span};

/// One finding a line: `file:line:column: severity[code] message`.
pub fn short_findings(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let lines = diagnostics.iter().map(|diagnostic| {
        let place = diagnostic.labels.first().map(|label| label.span);
        let place = place.map_or_else(String::new, |span| {
            let file = sources.get(span.source).map_or("", |source| source.name());
            let Position { line, column, .. } = position(sources, span, span.start);
            format!("{file}:{line}:{column}: ")
        });
        let severity = severity(diagnostic.severity);
        format!("{place}{severity}[{}] {}\n", diagnostic.code.name(), diagnostic.message)
    });
    lines.collect()
}

/// Findings for machines, each an object.
pub fn write_findings(diagnostics: &[Diagnostic], sources: &SourceMap) -> Vec<serde_json::Value> {
    // An object of texts and numbers has a value.
    let values = diagnostics
        .iter()
        .map(|found| serde_json::to_value(Finding::new(found, sources)));
    values.filter_map(Result::ok).collect()
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    places: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixReport<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    start: Position,
    end: Position,
    text: &'a str,
}

/// Lines and columns count from 1, columns in characters; the offset is in bytes from 0.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    offset: u32,
}

#[derive(Serialize)]
struct FixReport<'a> {
    title: &'a str,
    safe: bool,
    file: &'a str,
    start: Position,
    end: Position,
    replacement: &'a str,
}

impl<'a> Finding<'a> {
    fn new(found: &'a Diagnostic, sources: &'a SourceMap) -> Self {
        let file = |span: Span| sources.get(span.source).map_or("", |source| source.name());
        Finding {
            code: found.code.name(),
            severity: severity(found.severity),
            message: &found.message,
            places: found
                .labels
                .iter()
                .map(|label| Place {
                    file: file(label.span),
                    start: position(sources, label.span, label.span.start),
                    end: position(sources, label.span, label.span.end),
                    text: &label.text,
                })
                .collect(),
            help: found.help.as_deref(),
            fix: found.fix.as_ref().map(|fix| FixReport {
                title: &fix.title,
                safe: fix.safety == Safety::Safe,
                file: file(fix.span),
                start: position(sources, fix.span, fix.span.start),
                end: position(sources, fix.span, fix.span.end),
                replacement: &fix.replacement,
            }),
        }
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn position(sources: &SourceMap, span: Span, offset: u32) -> Position {
    let text = sources.get(span.source).map_or("", |source| source.text());
    let before = text.get(..offset as usize).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Position {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        offset,
    }
}
