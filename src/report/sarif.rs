//! SARIF 2.1.0, the format of code scanners.
//!
//! Only what the standard asks for and what readers of it use; the tests hold it to the official schema.

use std::fmt::Write as _;

use serde::Serialize;

use super::notice::{Kind, Notice, Notices, Rule, Spot, forward};
use super::results::{SeverityWord, StandingWord, StrengthWord, Tool};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: ToolPart,
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct ToolPart {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    short_description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<SeverityWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strength: Option<StrengthWord>,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: Vec<SarifPlace>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifPlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<Fingerprints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    justification: &'static str,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "servandaVerdict/v1")]
    verdict: String,
    /// The one that code scanning tells alerts apart by. Lines of logs come and go; a verdict stays.
    #[serde(rename = "primaryLocationLineHash")]
    primary: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifPlace {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    start_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text>,
}

/// Notices as a document that ends in a newline.
pub(super) fn sarif(notices: &Notices) -> Result<String, serde_json::Error> {
    let tool = Tool::default();
    let index = |code: &str| notices.rules.iter().position(|rule| rule.code == code);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: ToolPart {
                driver: Driver {
                    name: tool.name,
                    version: tool.version,
                    semantic_version: tool.version,
                    rules: notices.rules.iter().map(descriptor).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: notices
                .notices
                .iter()
                .map(|notice| result(notice, index(&notice.code)))
                .collect(),
        }],
    };
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

fn descriptor(rule: &Rule) -> Descriptor {
    let cites: Vec<String> = rule.cites.iter().map(|cite| format!("see {cite}")).collect();
    Descriptor {
        id: rule.code.clone(),
        short_description: Text {
            text: rule.title.clone(),
        },
        full_description: rule.text.clone().map(|text| Text { text }),
        help: (!cites.is_empty()).then(|| Text { text: cites.join("\n") }),
        help_uri: rule.cites.iter().find_map(|cite| link(cite)),
        default_configuration: Configuration {
            level: rule.level.word(),
        },
        properties: RuleProperties {
            tags: rule.tags.clone(),
            severity: rule.severity,
            strength: rule.strength,
        },
    }
}

/// The address that a citation has in it: `https://example.org/treaty` of `https://example.org/treaty, article 6`.
fn link(cite: &str) -> Option<String> {
    let start = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| cite.find(scheme))
        .min()?;
    let word = cite[start..].split_whitespace().next()?;
    let word = word.trim_end_matches([',', ';', '.', ')', '>']);
    let url = url::Url::parse(word).ok()?;
    Some(url.into())
}

fn result(notice: &Notice, rule_index: Option<usize>) -> SarifResult {
    let lines: Vec<&str> = [notice.message.as_str()]
        .into_iter()
        .chain(notice.details.iter().map(String::as_str))
        .collect();
    let kind = match notice.kind {
        Kind::Fail => "fail",
        Kind::Open => "open",
        Kind::Informational => "informational",
        Kind::NotApplicable => "notApplicable",
        Kind::Pass => "pass",
        Kind::Review => "review",
    };
    let related = notice.related.iter().enumerate();
    SarifResult {
        rule_id: notice.code.clone(),
        rule_index,
        kind,
        // The standard has a level for failures alone.
        level: match (notice.kind, notice.level) {
            (Kind::Fail, level) => level.word(),
            _ => "none",
        },
        message: Text { text: lines.join("\n") },
        locations: vec![location(notice.rule.as_ref().unwrap_or(&notice.spot), None, None, None)],
        related_locations: related
            .map(|(id, (spot, text, record))| location(spot, Some(id), Some(text), record.as_deref()))
            .collect(),
        partial_fingerprints: notice.id.map(|id| Fingerprints {
            verdict: id.to_string(),
            primary: id.to_string(),
        }),
        baseline_state: notice.standing.map(|standing| match standing {
            StandingWord::Known => "unchanged",
            StandingWord::Changed => "updated",
            StandingWord::New => "new",
        }),
        suppressions: match notice.standing {
            Some(StandingWord::Known) => vec![Suppression {
                kind: "external",
                justification: "known in the baseline",
            }],
            _ => Vec::new(),
        },
    }
}

fn location(spot: &Spot, id: Option<usize>, text: Option<&str>, record: Option<&str>) -> SarifPlace {
    SarifPlace {
        id,
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(&spot.file) },
            region: Region {
                start_line: spot.line,
                start_column: spot.column,
                end_line: spot.end.map(|(line, _)| line),
                end_column: spot.end.map(|(_, column)| column),
                snippet: record.map(|text| Text { text: text.to_owned() }),
            },
        },
        message: text.map(|text| Text { text: text.to_owned() }),
    }
}

/// A path as a reference: relative as it was given, or of the scheme `file`.
fn uri(file: &str) -> String {
    let file = forward(file);
    let mut uri = match file.as_bytes() {
        [b'/', ..] => "file://".to_owned(),
        [_, b':', b'/', ..] => "file:///".to_owned(),
        _ => String::new(),
    };
    for byte in file.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./logs/a b.jsonl"), "logs/a%20b.jsonl");
        assert_eq!(uri("../x:1?#%.csv"), "../x%3A1%3F%23%25.csv");
        assert_eq!(uri("/tmp/é"), "file:///tmp/%C3%A9");
        assert_eq!(uri("C:\\logs\\a.csv"), "file:///C%3A/logs/a.csv");
    }

    #[test]
    fn links_are_found_in_citations() {
        let found = |cite| link(cite);
        assert_eq!(
            found("https://example.org/a?b=1, article 6").as_deref(),
            Some("https://example.org/a?b=1")
        );
        assert_eq!(
            found("the text (https://example.org/x)").as_deref(),
            Some("https://example.org/x")
        );
        assert_eq!(found("article 6"), None);
        assert_eq!(found("javascript:alert(1)"), None);
        assert_eq!(found("https://"), None);
    }
}
