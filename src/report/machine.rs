//! A judgement for machines, as JSON or YAML.

use serde::Serialize;

use super::findings::Findings;
use crate::engine::Verdict;
use crate::model::{AgreementId, ClauseSeverity, Strength};
use crate::verdict::{Explanation, Judgement, Role, StageKind, explain, stages};

/// The version of the form; it changes when a field changes its meaning or goes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report {
    version: u32,
    as_of: String,
    violated: bool,
    /// What is extended or suspended, has ended or will end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stages: Vec<StageReport>,
    clauses: Vec<ClauseReport>,
    findings: Vec<FindingReport>,
}

#[derive(Serialize)]
struct StageReport {
    agreement: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    clause: Option<String>,
    stage: &'static str,
    time: String,
    text: String,
    file: String,
    line: u64,
}

#[derive(Serialize)]
struct ClauseReport {
    agreement: String,
    clause: String,
    title: String,
    strength: &'static str,
    severity: &'static str,
    met: u64,
    violated: u64,
    repaired: u64,
    excused: u64,
    unknown: u64,
    waived: u64,
    open: u64,
    vacuous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due: Option<String>,
}

#[derive(Serialize)]
struct FindingReport {
    agreement: String,
    clause: String,
    verdict: &'static str,
    strength: &'static str,
    headline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    evidence: Vec<EvidenceReport>,
    repairs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    cites: Vec<String>,
}

#[derive(Serialize)]
struct EvidenceReport {
    file: String,
    line: u64,
    time: String,
    role: &'static str,
    text: String,
}

/// A form that machines read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineFormat {
    /// JSON, indented.
    Json,
    /// YAML.
    Yaml,
}

impl Findings<'_> {
    /// The judgement with all its findings, as a document that ends in a newline.
    ///
    /// # Errors
    /// What the writer of the format says; no judgement is known to cause it.
    pub fn machine(&self, judgement: &Judgement, format: MachineFormat) -> Result<String, String> {
        let report = self.report(judgement);
        match format {
            MachineFormat::Json => serde_json::to_string_pretty(&report)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string()),
            MachineFormat::Yaml => serde_yaml::to_string(&report).map_err(|error| error.to_string()),
        }
    }

    fn report(&self, judgement: &Judgement) -> Report {
        let mut clauses = Vec::new();
        let mut findings = Vec::new();
        for (id, tally) in judgement.tallies() {
            let clause = self.model.clause(id);
            let agreement = self.model.agreement(clause.agreement);
            let strength = clause.duties.first().map_or(Strength::Binding, |duty| duty.strength);
            clauses.push(ClauseReport {
                agreement: agreement.name.clone(),
                clause: clause.name.clone(),
                title: clause.title.clone(),
                strength: strength_word(strength),
                severity: match clause.severity {
                    ClauseSeverity::Minor => "minor",
                    ClauseSeverity::Major => "major",
                    ClauseSeverity::Critical => "critical",
                },
                met: tally.met,
                violated: tally.violated,
                repaired: tally.repaired,
                excused: tally.excused,
                unknown: tally.unknown,
                waived: tally.waived,
                open: tally.open,
                vacuous: tally.is_vacuous(),
                next_due: tally.next_due.map(|due| due.at.to_string()),
            });
            for (verdict, word) in [
                (Verdict::Violated, "violated"),
                (Verdict::Unknown, "unknown"),
                (Verdict::Excused, "excused"),
                (Verdict::Repaired, "repaired"),
                (Verdict::Waived, "waived"),
            ] {
                for instance in judgement.findings(id, verdict) {
                    let explanation = explain(self.model, instance);
                    let first = instance.steps.first();
                    findings.push(FindingReport {
                        agreement: agreement.name.clone(),
                        clause: clause.name.clone(),
                        verdict: word,
                        strength: strength_word(strength),
                        opened: first.and_then(|step| step.opened).map(|opened| opened.to_string()),
                        due: first.and_then(|step| step.due).map(|due| due.at.to_string()),
                        evidence: self.evidence(&explanation),
                        headline: explanation.headline,
                        repairs: explanation.repairs,
                        remedy: explanation.remedy,
                        cites: clause.cites.clone(),
                    });
                }
            }
        }
        Report {
            version: VERSION,
            as_of: judgement.as_of.to_string(),
            violated: judgement.fails(self.model),
            stages: self.stages(judgement),
            clauses,
            findings,
        }
    }

    fn stages(&self, judgement: &Judgement) -> Vec<StageReport> {
        let agreements = (0..).map(AgreementId).zip(&self.model.agreements);
        let reports = agreements.flat_map(|(id, agreement)| {
            stages(self.model, id, judgement).into_iter().map(|stage| StageReport {
                agreement: agreement.name.clone(),
                clause: stage.clause.map(|clause| self.model.clause(clause).name.clone()),
                stage: match stage.kind {
                    StageKind::Extended => "extended",
                    StageKind::Suspended => "suspended",
                    StageKind::Ending => "ending",
                    StageKind::Ended => "ended",
                },
                time: stage.at.to_string(),
                text: stage.text,
                file: self.inputs.name(stage.by.origin.input).to_owned(),
                line: stage.by.origin.line,
            })
        });
        reports.collect()
    }

    fn evidence(&self, explanation: &Explanation) -> Vec<EvidenceReport> {
        let report = |evidence: &crate::verdict::Evidence| EvidenceReport {
            file: self.inputs.name(evidence.origin.input).to_owned(),
            line: evidence.origin.line,
            time: evidence.time.to_string(),
            role: match evidence.role {
                Role::Trigger => "trigger",
                Role::NearMiss => "near-miss",
                Role::Late => "late",
                Role::Breach => "breach",
                Role::Setter => "setter",
                Role::Repair => "repair",
                Role::Counted => "counted",
                Role::Release => "release",
                Role::End => "end",
                Role::Extension => "extension",
                Role::Lacking => "lacking",
            },
            text: evidence.text.clone(),
        };
        explanation.evidence.iter().map(report).collect()
    }
}

fn strength_word(strength: Strength) -> &'static str {
    match strength {
        Strength::Binding => "binding",
        Strength::BestEffort => "best-effort",
        Strength::Aim => "aim",
        Strength::Permission => "permission",
    }
}
