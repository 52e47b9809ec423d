//! A finding in a few lines, as it comes about.

use std::fmt::Write as _;

use super::Style;
use super::results::plain;
use crate::engine::Verdict;
use crate::log::Inputs;
use crate::model::Model;
use crate::verdict::{Decided, explain, key_text};

/// What is told of an instance while a log is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// A duty was broken, and it can still be excused or repaired.
    Breach,
    /// Its verdict.
    Verdict,
    /// What came of it after its verdict was told.
    Sequel,
    /// Much of its time has passed.
    AtRisk,
}

/// A finding in a few lines: what, the lines of the log, and what would have complied.
pub fn brief(model: &Model, inputs: &Inputs, heading: Heading, decided: &Decided, style: Style) -> String {
    let instance = &decided.instance;
    let explanation = explain(model, instance);
    let clause = model.clause(instance.clause);
    let agreement = model.agreement(clause.agreement);
    let verdict = instance.verdict();
    let (word, colour) = match (heading, verdict) {
        (Heading::Breach, _) => ("breach", 1),
        (Heading::AtRisk, _) => ("at risk", 3),
        (Heading::Sequel, _) => ("sequel", 6),
        (Heading::Verdict, Verdict::Violated) => ("violated", 1),
        (Heading::Verdict, Verdict::Met) => ("met", 2),
        (Heading::Verdict, Verdict::Unknown) => ("unknown", 5),
        (Heading::Verdict, verdict) => (verdict.word(), 3),
    };
    let sign = match (style.unicode, verdict) {
        (false, _) => "*",
        (true, Verdict::Violated) => "×",
        (true, Verdict::Met) => "✓",
        (true, _) => "•",
    };
    let key = key_text(model, instance).map_or_else(String::new, |key| format!(" [{}]", plain(&key)));
    let mut text = String::new();
    let head = style.tinted(&format!("{sign} {word}"), colour);
    let name = style.strong(&format!("{}.{}{key}", agreement.name, clause.name));
    let _ = writeln!(text, "{head} {name}: {}", plain(&explanation.headline));
    let mut lines = Vec::new();
    for evidence in &explanation.evidence {
        let origin = evidence.origin;
        let time = agreement.zone.show_briefly(evidence.time);
        lines.push(format!(
            "{}:{}  {time}  {}",
            inputs.name(origin.input),
            origin.line,
            plain(&evidence.text)
        ));
    }
    if let (Heading::AtRisk, Some(used)) = (heading, decided.time_used) {
        let due = instance.steps.last().and_then(|step| step.due);
        let due = due.map_or_else(String::new, |due| {
            format!(", due {}", agreement.zone.show_briefly(due.edge()))
        });
        lines.push(format!("{used} % of its time has passed{due}"));
    }
    lines.extend(explanation.repairs.iter().map(|repair| plain(repair)));
    let remedy = explanation.remedy.as_deref().map(plain);
    lines.extend(remedy.map(|remedy| format!("would have complied: {remedy}")));
    for line in lines {
        let wrapped = textwrap::Options::new(style.width)
            .initial_indent("    ")
            .subsequent_indent("      ");
        let _ = writeln!(text, "{}", textwrap::fill(&line, wrapped));
    }
    text
}
