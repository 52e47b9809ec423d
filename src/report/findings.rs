//! Violated, repaired, excused, waived and unknown instances, each explained beside the lines of the log.

use miette::Severity;

use super::card::Card;
use super::quilt::{PieceLabel, Quilt};
use super::style::Style;
use crate::engine::Verdict;
use crate::log::{Excerpts, InputError, Inputs, Origin};
use crate::model::{ClauseSeverity, Model, Strength};
use crate::source::{SourceId, SourceMap};
use crate::verdict::{Decided, Explanation, Ground, Judgement, Note, Standing, explain};

/// How many findings are shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Of one clause with one verdict.
    pub per_clause: usize,
    /// In all.
    pub total: usize,
    /// Of one clause, of the duties that were released: nobody has to do anything about them.
    pub waived: usize,
}

impl Caps {
    /// Every finding.
    pub const ALL: Caps = Caps {
        per_clause: usize::MAX,
        total: usize::MAX,
        waived: usize::MAX,
    };
}

impl Default for Caps {
    /// 3 of a clause, 30 in all, and none that was waived: what a person reads before looking at the rest in another way.
    fn default() -> Self {
        Caps {
            per_clause: 3,
            total: 30,
            waived: 0,
        }
    }
}

/// What is needed to show findings.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// The model.
    pub model: &'a Model,
    /// The rule files.
    pub sources: &'a SourceMap,
    /// The logs.
    pub inputs: &'a Inputs,
    /// How it looks.
    pub style: Style,
}

pub(super) const EXCERPT_BYTES: u32 = 64 * 1024;

/// Explanations are made and shown so many at a time, so that a great many findings take no more memory than few.
const BATCH: usize = 256;

const KINDS: [(Verdict, &str, &str); 6] = [
    (Verdict::Violated, "violation", "violations"),
    (Verdict::Open, "open duty", "open duties"),
    (Verdict::Unknown, "unknown verdict", "unknown verdicts"),
    (Verdict::Excused, "excused delay", "excused delays"),
    (Verdict::Repaired, "repaired breach", "repaired breaches"),
    (Verdict::Waived, "waived duty", "waived duties"),
];

impl Findings<'_> {
    /// Hands the text of each finding to be shown to `out`, clause by clause, and says how many are not shown.
    ///
    /// # Errors
    /// A log that can no longer be read.
    pub fn render(&self, judgement: &Judgement, caps: Caps, mut out: impl FnMut(&str)) -> Result<(), InputError> {
        let mut left = caps.total;
        for (clause, _) in judgement.tallies() {
            for (verdict, one, many) in KINDS {
                let most = if verdict == Verdict::Waived {
                    caps.waived
                } else {
                    caps.per_clause
                };
                let show = most.min(left);
                let (count, findings) = judgement.findings(clause, verdict);
                let shown: Vec<&Decided> = findings.take(show).collect();
                for batch in shown.chunks(BATCH) {
                    self.render_batch(batch, &mut out)?;
                }
                left -= shown.len();
                let hidden = count - shown.len() as u64;
                if hidden > 0 {
                    let name = &self.model.clause(clause).name;
                    let what = if hidden == 1 { one } else { many };
                    let more = if shown.is_empty() { "" } else { " more" };
                    out(&format!(
                        "... and {hidden}{more} {what} of `{name}`: `--all` shows {}\n",
                        if hidden == 1 { "it" } else { "them" }
                    ));
                }
            }
        }
        Ok(())
    }

    fn render_batch(&self, batch: &[&Decided], out: &mut impl FnMut(&str)) -> Result<(), InputError> {
        let explanations: Vec<Explanation> = batch
            .iter()
            .map(|decided| explain(self.model, &decided.instance))
            .collect();
        let origins = explanations.iter().flat_map(|explanation| &explanation.evidence);
        let origins: Vec<Origin> = origins.map(|evidence| evidence.origin).collect();
        let excerpts = Excerpts::fetch(self.inputs, origins, EXCERPT_BYTES)?;
        for (decided, explanation) in batch.iter().zip(&explanations) {
            let mut text = self.card(decided, explanation, &excerpts).render(self.style);
            text.push('\n');
            out(&text);
        }
        Ok(())
    }

    fn card(&self, decided: &Decided, explanation: &Explanation, excerpts: &Excerpts) -> Card {
        let clause = self.model.clause(explanation.clause);
        let agreement = self.model.agreement(clause.agreement);
        let mut quilt = Quilt::default();
        self.explanation_pieces(&mut quilt, explanation, excerpts);
        Card {
            code: format!("{}.{}", agreement.name, clause.name),
            severity: severity(decided, explanation, clause.severity),
            message: format!(
                "{}{}{}\n{}",
                lead(decided, explanation),
                explanation.headline,
                standing(decided),
                clause.title
            ),
            help: help(explanation, &clause.cites),
            quilt,
        }
    }

    /// Adds the rule file and the records of the log, as far as they matter for an explanation.
    pub(super) fn explanation_pieces(&self, quilt: &mut Quilt, explanation: &Explanation, excerpts: &Excerpts) {
        self.rule_pieces(quilt, &explanation.rule);
        let mut seen: Vec<Origin> = Vec::new();
        for evidence in &explanation.evidence {
            if seen.contains(&evidence.origin) {
                continue;
            }
            seen.push(evidence.origin);
            let Some(excerpt) = excerpts.get(evidence.origin) else {
                continue;
            };
            let input = evidence.origin.input;
            let field = evidence.field.as_deref().or(Some("time"));
            let record = (excerpt.text.as_str(), excerpts.header(input));
            let range = field.and_then(|field| self.inputs.locate(input, self.model, record, field));
            let first_line = excerpt.text.find('\n').unwrap_or(excerpt.text.len());
            let same = explanation
                .evidence
                .iter()
                .filter(|other| other.origin == evidence.origin);
            let texts: Vec<&str> = same.map(|other| other.text.as_str()).collect();
            let label = PieceLabel {
                range: range.unwrap_or(0..first_line),
                text: texts.join("; "),
                minor: false,
            };
            quilt.record(
                &self.inputs.name_of_lines(input),
                &excerpt.text,
                evidence.origin.line,
                label,
                self.style,
            );
        }
    }

    /// Where a record is.
    pub(super) fn place(&self, origin: Origin) -> String {
        format!("{}:{}", self.inputs.name_of_lines(origin.input), origin.line)
    }

    fn rule_pieces(&self, quilt: &mut Quilt, notes: &[Note]) {
        let mut sources: Vec<SourceId> = notes.iter().map(|note| note.span.source).collect();
        sources.dedup();
        for id in sources {
            let Some(source) = self.sources.get(id) else { continue };
            let notes = notes.iter().filter(|note| note.span.source == id);
            let labels = notes.map(|note| PieceLabel {
                range: note.span.range(),
                text: note.text.clone(),
                minor: note.minor,
            });
            quilt.rule(source.name(), source.text(), labels.collect(), self.style);
        }
    }
}

fn severity(decided: &Decided, explanation: &Explanation, clause: ClauseSeverity) -> Severity {
    match (explanation.verdict, explanation.strength, clause) {
        (Verdict::Violated, Strength::Binding, ClauseSeverity::Major | ClauseSeverity::Critical) => Severity::Error,
        (Verdict::Violated, ..) => Severity::Warning,
        _ if decided.failing => Severity::Warning,
        _ => Severity::Advice,
    }
}

fn lead(decided: &Decided, explanation: &Explanation) -> &'static str {
    match (explanation.verdict, explanation.strength) {
        (Verdict::Violated, Strength::Binding) => "violated: ",
        (Verdict::Violated, _) => "best effort not kept: ",
        (Verdict::Repaired, _) => "repaired: ",
        (Verdict::Excused, _) => "excused: ",
        (Verdict::Waived, _) => "waived: ",
        (Verdict::Unknown, _) => "unknown: ",
        (Verdict::Met, _) => "met: ",
        (Verdict::Open, _) => match decided.ground {
            Some(Ground::AtRisk(_)) => "at risk: ",
            Some(Ground::Unreached) => "not reached: ",
            _ => "open: ",
        },
    }
}

/// How a finding stands to its time or to the baseline, after its headline.
fn standing(decided: &Decided) -> String {
    match (decided.ground, decided.standing) {
        (Some(Ground::AtRisk(percent)), _) => format!("; {percent} % of its time has passed"),
        (_, Some(Standing::Changed)) => " (known, but otherwise than in the baseline)".to_owned(),
        _ => String::new(),
    }
}

pub(super) fn help(explanation: &Explanation, cites: &[String]) -> Option<String> {
    let mut lines = Vec::new();
    if let Some(remedy) = &explanation.remedy {
        lines.push(format!("would have complied: {remedy}"));
    }
    lines.extend(explanation.repairs.iter().cloned());
    lines.extend(cites.iter().map(|cite| format!("see {cite}")));
    (!lines.is_empty()).then(|| lines.join("\n"))
}
