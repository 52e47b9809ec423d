//! What came of scenarios: mistakes and failures inside the YAML file, and the table of what was tried.

use std::fmt::Write as _;

use comfy_table::{Cell, Color};

use super::card::Card;
use super::findings::{EXCERPT_BYTES, Findings, help};
use super::quilt::{PieceLabel, Quilt};
use super::style::Style;
use super::summary::{drawn, plain_table};
use crate::log::{Excerpts, InputError, visible};
use crate::scenario::{Actual, ClauseCoverage, Coverage, Failure, Judged, Mistake, Scenario, Seen};

/// How many sentences of an explanation are shown to choose from.
const SHOWN_SENTENCES: usize = 8;

/// The text for the mistakes in a scenario file.
pub fn scenario_mistakes(mistakes: &[Mistake], name: &str, text: &str, style: Style) -> String {
    let cards = mistakes.iter().map(|mistake| {
        let mut quilt = Quilt::default();
        quilt.rule(name, text, vec![label(mistake.range.clone(), &mistake.label)], style);
        let card = Card {
            code: mistake.kind.name().to_owned(),
            severity: miette::Severity::Error,
            message: mistake.message.clone(),
            help: mistake.help.clone(),
            quilt,
        };
        card.render(style)
    });
    let cards: Vec<String> = cards.collect();
    cards.join("\n\n")
}

/// The text for what is not as a scenario expects: each failure in the scenario file, with the explanation of what was decided; so many of them, and how
/// many more there are.
///
/// # Errors
/// A scenario file that can no longer be read.
pub fn scenario_failures(
    findings: &Findings<'_>,
    (name, text): (&str, &str),
    scenario: &Scenario,
    judged: &Judged,
    most: usize,
) -> Result<Vec<String>, InputError> {
    let mut cards = Vec::new();
    for failure in judged.failures.iter().take(most) {
        let actual = failure.actual(scenario, judged);
        let mut quilt = Quilt::default();
        let words = Words {
            findings,
            scenario,
            judged,
        };
        let place = label(failure.place(scenario), &words.label(failure, actual));
        quilt.rule(name, text, vec![place], findings.style);
        if let Some(actual) = actual {
            let origins = actual.explanation.evidence.iter().map(|evidence| evidence.origin);
            let excerpts = Excerpts::fetch(findings.inputs, origins, EXCERPT_BYTES)?;
            findings.explanation_pieces(&mut quilt, &actual.explanation, &excerpts);
        }
        let card = Card {
            code: words.code(failure),
            severity: miette::Severity::Error,
            message: format!(
                "{}\nin the scenario: {}",
                words.message(failure, actual),
                visible(&scenario.name.value, 200)
            ),
            help: words.help(failure, actual),
            quilt,
        };
        cards.push(card.render(findings.style));
    }
    let hidden = judged.failures.len().saturating_sub(most);
    if hidden > 0 {
        let scenario = visible(&scenario.name.value, 200);
        cards.push(format!(
            "... and {hidden} more in the scenario: {scenario}: `--all` shows them"
        ));
    }
    Ok(cards)
}

fn label(range: std::ops::Range<usize>, text: &str) -> PieceLabel {
    PieceLabel {
        range,
        text: text.to_owned(),
        minor: false,
    }
}

pub(super) struct Words<'a> {
    pub(super) findings: &'a Findings<'a>,
    pub(super) scenario: &'a Scenario,
    pub(super) judged: &'a Judged,
}

impl Words<'_> {
    pub(super) fn code(&self, failure: &Failure) -> String {
        let id = match failure {
            Failure::Wrong { clause, .. } | Failure::Missing { clause, .. } | Failure::Unexpected { clause, .. } => {
                self.scenario.expect.clauses[*clause].clause
            }
            Failure::Other { clause, .. } => *clause,
            Failure::Blank => return "nothing-expected".to_owned(),
        };
        let clause = self.findings.model.clause(id);
        format!(
            "{}.{}",
            self.findings.model.agreement(clause.agreement).name,
            clause.name
        )
    }

    fn label(&self, failure: &Failure, actual: Option<&Actual>) -> String {
        let is = actual.map_or("", |actual| actual.verdict().word());
        match failure {
            Failure::Wrong { differs: true, .. } => format!("it is {is}"),
            Failure::Wrong { .. } => "its explanation does not say this".to_owned(),
            Failure::Missing { .. } => "no instance is left for this".to_owned(),
            Failure::Unexpected { clause, .. } => {
                let expected = &self.scenario.expect.clauses[*clause];
                let count = self.judged.clauses[expected.clause.index()].len();
                format!("{} expected, and there are {count}", expected.instances.len())
            }
            Failure::Other { .. } => format!("this one is {is}"),
            Failure::Blank => "nothing yet".to_owned(),
        }
    }

    pub(super) fn message(&self, failure: &Failure, actual: Option<&Actual>) -> String {
        let is = actual.map_or_else(String::new, outcome);
        match failure {
            Failure::Wrong {
                clause,
                expected,
                differs: true,
                ..
            } => {
                let expectation = &self.scenario.expect.clauses[*clause].instances[*expected];
                let wanted = expectation.verdict.value.word();
                format!("expected {wanted}, and it is {is}")
            }
            Failure::Wrong { .. } => format!("as expected, but for another reason: {is}"),
            Failure::Missing { clause, expected } => {
                let clause = &self.scenario.expect.clauses[*clause];
                let wanted = clause.instances[*expected].verdict.value.word();
                format!("expected an instance that is {wanted}, and there is none")
            }
            Failure::Unexpected { .. } => format!("an instance that is not expected is {is}"),
            Failure::Other { .. } => format!("an instance of a clause that the scenario does not speak of is {is}"),
            Failure::Blank => "the scenario expects nothing so far".to_owned(),
        }
    }

    fn help(&self, failure: &Failure, actual: Option<&Actual>) -> Option<String> {
        let mut lines = Vec::new();
        match failure {
            Failure::Blank => lines.push("`servanda test --update` writes down what is decided".to_owned()),
            Failure::Missing { clause, .. } => {
                let id = self.scenario.expect.clauses[*clause].clause;
                let instances = &self.judged.clauses[id.index()];
                if instances.is_empty() {
                    lines.push("the clause has no instance: write `none`".to_owned());
                } else {
                    lines.push("its instances:".to_owned());
                    lines.extend(instances.iter().map(|actual| self.instance(actual)));
                }
            }
            Failure::Wrong { differs: false, .. } => {
                lines.push("it says:".to_owned());
                let sentences = actual.map(Actual::sentences).unwrap_or_default();
                lines.extend(
                    sentences
                        .iter()
                        .take(SHOWN_SENTENCES)
                        .map(|sentence| format!("- {sentence}")),
                );
                if sentences.len() > SHOWN_SENTENCES {
                    lines.push(format!("and {} sentences more", sentences.len() - SHOWN_SENTENCES));
                }
            }
            Failure::Wrong { .. } | Failure::Unexpected { .. } | Failure::Other { .. } => {
                if let Some(actual) = actual {
                    lines.extend(help(&actual.explanation, &[]));
                    let verdict = actual.verdict().word();
                    lines.push(format!(
                        "if that is right, write `verdict: {verdict}`, or run `servanda test --update`"
                    ));
                }
            }
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn instance(&self, actual: &Actual) -> String {
        let mut text = "-".to_owned();
        let clause = self.findings.model.clause(actual.instance.clause);
        let zone = &self.findings.model.agreement(clause.agreement).zone;
        if let Some(key) = &actual.key {
            let _ = write!(text, " for {key}");
        }
        if let Some(opened) = actual.opened() {
            let _ = write!(text, " opened {}", zone.show(opened));
        }
        let _ = write!(text, ", {}", outcome(actual));
        text
    }
}

/// The verdict and the headline of an instance, which can start with the word for the verdict.
fn outcome(actual: &Actual) -> String {
    let (word, headline) = (actual.verdict().word(), &actual.explanation.headline);
    if headline.starts_with(word) {
        headline.clone()
    } else {
        format!("{word}: {headline}")
    }
}

/// The table of what scenarios try out of each clause, and what is lacking.
pub fn coverage_table(coverage: &Coverage, style: Style) -> String {
    let mut parts = Vec::new();
    let mut files: Vec<&str> = coverage.clauses().iter().map(|clause| clause.file.as_str()).collect();
    files.dedup();
    for file in files {
        let clauses: Vec<&ClauseCoverage> = coverage.clauses().iter().filter(|clause| clause.file == file).collect();
        parts.push(format!("{}\n{}", style.strong(file), table(&clauses, style)));
        let lacking: Vec<String> = clauses.iter().filter_map(|clause| lacking(clause, style)).collect();
        if !lacking.is_empty() {
            parts.push(lacking.join("\n"));
        }
    }
    let (covered, all) = coverage.points();
    let colour = if covered == all { 2 } else { 1 };
    parts.push(style.tinted(&format!("coverage: {}", share(covered, all)), colour));
    parts.join("\n\n")
}

fn share(covered: usize, all: usize) -> String {
    format!("{} % ({covered} of {all})", percent(covered, all))
}

/// A share in whole percents, rounded down, so that 100 is all of it.
pub fn percent(covered: usize, all: usize) -> usize {
    (covered * 100).checked_div(all).unwrap_or(100)
}

type Column = (&'static str, fn(&ClauseCoverage) -> Seen);

const COLUMNS: [Column; 6] = [
    ("triggered", |clause| clause.triggered),
    ("met", |clause| clause.met),
    ("violated", |clause| clause.violated),
    ("repaired", |clause| clause.repaired),
    ("excused", |clause| clause.excused),
    ("waived", |clause| clause.waived),
];

fn table(clauses: &[&ClauseCoverage], style: Style) -> String {
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|(_, seen)| clauses.iter().any(|clause| seen(clause).possible))
        .collect();
    let header = ["clause"]
        .into_iter()
        .chain(columns.iter().map(|(title, _)| *title))
        .chain(["boundary"]);
    let mut table = plain_table(style);
    table.set_header(header);
    let nothing = if style.unicode { "·" } else { "." };
    for clause in clauses {
        let mut cells = vec![Cell::new(&clause.clause)];
        cells.extend(columns.iter().map(|(_, seen)| match seen(clause) {
            Seen { possible: false, .. } => Cell::new(""),
            Seen { count: 0, .. } => Cell::new(nothing).fg(Color::Red),
            Seen { count, .. } => Cell::new(count).fg(Color::Green),
        }));
        let sides = clause
            .deadlines
            .iter()
            .flat_map(|deadline| [deadline.inside, deadline.outside]);
        let tried = sides.clone().filter(|count| *count > 0).count();
        cells.push(match (tried, sides.count()) {
            (_, 0) => Cell::new(""),
            (2, 2) => Cell::new("both").fg(Color::Green),
            (0, _) => Cell::new(nothing).fg(Color::Red),
            (1, 2) => Cell::new("one side").fg(Color::Red),
            (tried, all) if tried == all => Cell::new("all").fg(Color::Green),
            (tried, all) => Cell::new(format!("{tried} of {all}")).fg(Color::Red),
        });
        table.add_row(cells);
    }
    drawn(table, columns.len())
}

/// What is not tried out of a clause.
fn lacking(clause: &ClauseCoverage, style: Style) -> Option<String> {
    let lacking: Vec<String> = clause
        .points()
        .filter(|(_, covered)| !covered)
        .map(|(point, _)| format!("not {point}"))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let options = textwrap::Options::new(style.width)
        .subsequent_indent("    ")
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    Some(textwrap::fill(
        &format!("  {}: {}", clause.clause, lacking.join("; ")),
        options,
    ))
}
