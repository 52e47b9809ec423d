//! What came of scenarios: mistakes and failures inside the YAML file, and the table of what was tried.

use std::fmt::Write as _;

use comfy_table::{Cell, Color};
use serde::Serialize;

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

struct Words<'a> {
    findings: &'a Findings<'a>,
    scenario: &'a Scenario,
    judged: &'a Judged,
}

impl Words<'_> {
    fn code(&self, failure: &Failure) -> String {
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

    fn message(&self, failure: &Failure, actual: Option<&Actual>) -> String {
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

/// The version of the form for machines; it changes when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// What came of scenarios, for machines.
#[derive(Debug, Serialize)]
pub struct ScenarioReport {
    version: u32,
    passed: usize,
    failed: usize,
    unusable_files: usize,
    files: Vec<FileReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageReport>,
}

#[derive(Debug, Serialize)]
struct FileReport {
    file: String,
    mistakes: Vec<MistakeReport>,
    scenarios: Vec<OneReport>,
}

#[derive(Debug, Serialize)]
struct MistakeReport {
    code: &'static str,
    line: usize,
    column: usize,
    message: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Debug, Serialize)]
struct OneReport {
    name: String,
    line: usize,
    passed: bool,
    failures: Vec<FailureReport>,
}

#[derive(Debug, Serialize)]
struct FailureReport {
    clause: String,
    line: usize,
    column: usize,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<ActualReport>,
}

#[derive(Debug, Serialize)]
struct ActualReport {
    verdict: &'static str,
    says: Vec<String>,
}

#[derive(Debug, Serialize)]
struct CoverageReport {
    covered: usize,
    of: usize,
    clauses: Vec<ClauseReport>,
}

#[derive(Debug, Serialize)]
struct ClauseReport {
    file: String,
    agreement: String,
    clause: String,
    covered: bool,
    triggered: Option<u64>,
    met: Option<u64>,
    violated: Option<u64>,
    repaired: Option<u64>,
    excused: Option<u64>,
    waived: Option<u64>,
    deadlines: Vec<DeadlineReport>,
    lacking: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DeadlineReport {
    deadline: String,
    repair: usize,
    just_in_time: u64,
    just_too_late: u64,
}

impl ScenarioReport {
    /// A report of nothing so far.
    pub fn new() -> Self {
        ScenarioReport {
            version: VERSION,
            passed: 0,
            failed: 0,
            unusable_files: 0,
            files: Vec::new(),
            coverage: None,
        }
    }

    /// Takes in a file with mistakes.
    pub fn add_mistakes(&mut self, name: &str, text: &str, mistakes: &[Mistake]) {
        self.unusable_files += 1;
        let mistakes = mistakes.iter().map(|mistake| {
            let (line, column) = position(text, mistake.range.start);
            MistakeReport {
                code: mistake.kind.name(),
                line,
                column,
                message: mistake.message.clone(),
                label: mistake.label.clone(),
                help: mistake.help.clone(),
            }
        });
        self.files.push(FileReport {
            file: name.to_owned(),
            mistakes: mistakes.collect(),
            scenarios: Vec::new(),
        });
    }

    /// Takes in a file whose scenarios were judged.
    pub fn add_scenarios(
        &mut self,
        findings: &Findings<'_>,
        (name, text): (&str, &str),
        scenarios: &[(Scenario, Judged)],
    ) {
        let mut reports = Vec::new();
        for (scenario, judged) in scenarios {
            let words = Words {
                findings,
                scenario,
                judged,
            };
            let passed = judged.failures.is_empty();
            *(if passed { &mut self.passed } else { &mut self.failed }) += 1;
            let failures = judged.failures.iter().map(|failure| {
                let actual = failure.actual(scenario, judged);
                let (line, column) = position(text, failure.place(scenario).start);
                FailureReport {
                    clause: words.code(failure),
                    line,
                    column,
                    message: words.message(failure, actual),
                    actual: actual.map(|actual| ActualReport {
                        verdict: actual.verdict().word(),
                        says: actual.sentences().into_iter().map(str::to_owned).collect(),
                    }),
                }
            });
            reports.push(OneReport {
                name: scenario.name.value.clone(),
                line: position(text, scenario.name.range.start).0,
                passed,
                failures: failures.collect(),
            });
        }
        self.files.push(FileReport {
            file: name.to_owned(),
            mistakes: Vec::new(),
            scenarios: reports,
        });
    }

    /// Takes in what was tried.
    pub fn add_coverage(&mut self, coverage: &Coverage) {
        let (covered, of) = coverage.points();
        let count = |seen: Seen| seen.possible.then_some(seen.count);
        let clauses = coverage.clauses().iter().map(|clause| ClauseReport {
            file: clause.file.clone(),
            agreement: clause.agreement.clone(),
            clause: clause.clause.clone(),
            covered: clause.is_covered(),
            triggered: count(clause.triggered),
            met: count(clause.met),
            violated: count(clause.violated),
            repaired: count(clause.repaired),
            excused: count(clause.excused),
            waived: count(clause.waived),
            deadlines: clause
                .deadlines
                .iter()
                .map(|deadline| DeadlineReport {
                    deadline: deadline.name(),
                    repair: deadline.place,
                    just_in_time: deadline.inside,
                    just_too_late: deadline.outside,
                })
                .collect(),
            lacking: clause
                .points()
                .filter(|(_, covered)| !covered)
                .map(|(point, _)| point)
                .collect(),
        });
        self.coverage = Some(CoverageReport {
            covered,
            of,
            clauses: clauses.collect(),
        });
    }

    /// As a JSON document that ends in a newline.
    ///
    /// # Errors
    /// What the writer of JSON says; no report is known to cause it.
    pub fn json(&self) -> Result<String, String> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| error.to_string())
    }

    /// One line on the whole.
    pub fn last_line(&self, style: Style) -> String {
        let scenarios = |count: usize| if count == 1 { "scenario" } else { "scenarios" };
        let mut words = Vec::new();
        if self.passed > 0 || self.failed == 0 {
            let text = format!("{} {} passed", self.passed, scenarios(self.passed));
            words.push(style.tinted(&text, 2));
        }
        if self.failed > 0 {
            let text = format!("{} {} failed", self.failed, scenarios(self.failed));
            words.push(style.tinted(&text, 1));
        }
        if self.unusable_files > 0 {
            let plural = if self.unusable_files == 1 { "file" } else { "files" };
            words.push(style.tinted(&format!("{} {plural} with mistakes", self.unusable_files), 1));
        }
        words.join(", ")
    }

    /// How many scenarios are not as expected.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// How many files cannot be used.
    pub fn unusable_files(&self) -> usize {
        self.unusable_files
    }
}

impl Default for ScenarioReport {
    fn default() -> Self {
        ScenarioReport::new()
    }
}

/// The line and column of an offset, from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
    (line, column)
}
