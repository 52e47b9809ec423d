//! Problems of logs: the first ones in full, the rest counted.

use std::collections::BTreeMap;

use super::card::Card;
use super::quilt::{PieceLabel, Quilt};
use super::style::Style;
use crate::log::{Excerpts, InputError, Inputs, Problem};

/// Problems of logs as they come in: the first ones are kept to be shown.
#[derive(Debug)]
pub struct Problems {
    shown: Vec<Problem>,
    cap: usize,
    by_kind: BTreeMap<&'static str, u64>,
    records: u64,
}

/// No excerpt needs more of a record than fits a few lines.
const EXCERPT_BYTES: u32 = 64 * 1024;

impl Problems {
    /// Keeps at most so many problems.
    pub fn new(cap: usize) -> Self {
        Problems {
            shown: Vec::new(),
            cap,
            by_kind: BTreeMap::new(),
            records: 0,
        }
    }

    /// Takes in everything that is wrong with one record.
    pub fn add(&mut self, problems: Vec<Problem>) {
        self.records += 1;
        for problem in problems {
            *self.by_kind.entry(problem.kind.name()).or_default() += 1;
            if self.shown.len() < self.cap {
                self.shown.push(problem);
            }
        }
    }

    /// How many records cannot be used.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The text for all of it.
    ///
    /// # Errors
    /// A log that can no longer be read.
    pub fn render(&self, inputs: &Inputs, style: Style) -> Result<String, InputError> {
        let origins = self.shown.iter().map(|problem| problem.origin);
        let excerpts = Excerpts::fetch(inputs, origins, EXCERPT_BYTES)?;
        let mut parts: Vec<String> = self
            .shown
            .iter()
            .map(|problem| card(problem, inputs, &excerpts, style).render(style))
            .collect();
        let total: u64 = self.by_kind.values().sum();
        let hidden = total.saturating_sub(self.shown.len() as u64);
        if hidden > 0 {
            let kinds: Vec<String> = self
                .by_kind
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            parts.push(format!("... and {hidden} more problems: {} in all", kinds.join(", ")));
        }
        Ok(parts.join("\n\n"))
    }
}

fn card(problem: &Problem, inputs: &Inputs, excerpts: &Excerpts, style: Style) -> Card {
    let mut quilt = Quilt::default();
    if let Some(excerpt) = excerpts.get(problem.origin) {
        let first_line = excerpt.text.find('\n').unwrap_or(excerpt.text.len());
        let range = problem.range.clone().unwrap_or(0..first_line);
        let range = range.start.min(excerpt.text.len())..range.end.min(excerpt.text.len());
        let label = PieceLabel {
            range,
            text: problem.label.clone().unwrap_or_else(|| "this record".to_owned()),
            minor: false,
        };
        let name = inputs.name_of_lines(problem.origin.input);
        quilt.record(&name, &excerpt.text, problem.origin.line, label, style);
    }
    Card {
        code: problem.kind.name().to_owned(),
        severity: miette::Severity::Error,
        message: problem.message.clone(),
        help: problem.help.clone(),
        quilt,
    }
}
