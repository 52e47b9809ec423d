//! Findings in rule files, one a line and for machines.

use serde::Serialize;

use super::place::{Place, Places, Position};
use crate::diagnostic::{Diagnostic, Safety, Severity};
use crate::source::SourceMap;

/// One finding a line: `file:line:column: severity[code] message`.
pub fn short_findings(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut places = Places::new(sources);
    let lines = diagnostics.iter().map(|diagnostic| {
        let place = diagnostic.labels.first().map(|label| places.place(label.span));
        let place = place.map_or_else(String::new, |place| {
            let Position { line, column, .. } = place.start;
            format!("{}:{line}:{column}: ", place.file)
        });
        let severity = severity(diagnostic.severity);
        format!("{place}{severity}[{}] {}\n", diagnostic.code.name(), diagnostic.message)
    });
    lines.collect()
}

/// Findings for machines, each an object.
pub fn write_findings(diagnostics: &[Diagnostic], sources: &SourceMap) -> Vec<serde_json::Value> {
    // An object of texts and numbers has a value.
    let mut places = Places::new(sources);
    let values = diagnostics
        .iter()
        .map(|found| serde_json::to_value(Finding::new(found, &mut places)));
    values.filter_map(Result::ok).collect()
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    places: Vec<LabelReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixReport<'a>>,
}

#[derive(Serialize)]
struct LabelReport<'a> {
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct FixReport<'a> {
    title: &'a str,
    safe: bool,
    #[serde(flatten)]
    place: Place,
    replacement: &'a str,
}

impl<'a> Finding<'a> {
    fn new(found: &'a Diagnostic, places: &mut Places<'_>) -> Self {
        Finding {
            code: found.code.name(),
            severity: severity(found.severity),
            message: &found.message,
            places: found
                .labels
                .iter()
                .map(|label| LabelReport {
                    place: places.place(label.span),
                    text: &label.text,
                })
                .collect(),
            help: found.help.as_deref(),
            fix: found.fix.as_ref().map(|fix| FixReport {
                title: &fix.title,
                safe: fix.safety == Safety::Safe,
                place: places.place(fix.span),
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
