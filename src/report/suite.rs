//! What came of scenarios, for other programs.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::findings::Findings;
use super::machine::{FormatError, MachineFormat, json, json_line, yaml};
use super::notice::{Kind, Level, Notice, Notices, Rule, Spot};
use super::results::{Tool, plain};
use super::sarif::sarif;
use super::scenarios::Words;
use super::sheet::rows_under;
use super::style::Style;
use crate::scenario::{Coverage, Judged, Mistake, Scenario, Seen};

/// The version of the form for machines; it changes when a field changes its meaning or goes.
const VERSION: u32 = 2;

const HEADER: [&str; 7] = ["file", "line", "column", "scenario", "result", "clause", "message"];

/// What came of scenarios, for machines.
#[derive(Debug, Serialize)]
pub struct ScenarioReport {
    version: u32,
    tool: Tool,
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

impl FailureReport {
    fn details(&self, scenario: &OneReport) -> Vec<String> {
        let says = self.actual.iter().flat_map(|actual| &actual.says);
        std::iter::once(format!("in the scenario: {}", scenario.name))
            .chain(says.cloned())
            .collect()
    }
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

/// A line of JSON.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Line<'a> {
    Start {
        version: u32,
        tool: &'a Tool,
    },
    Mistakes {
        file: &'a str,
        mistakes: &'a [MistakeReport],
    },
    Scenario {
        file: &'a str,
        #[serde(flatten)]
        scenario: &'a OneReport,
    },
    Summary {
        passed: usize,
        failed: usize,
        unusable_files: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        coverage: Option<&'a CoverageReport>,
    },
}

impl ScenarioReport {
    /// A report of nothing so far.
    pub fn new() -> Self {
        ScenarioReport {
            version: VERSION,
            tool: Tool::default(),
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
                message: plain(&mistake.message),
                label: plain(&mistake.label),
                help: mistake.help.as_deref().map(plain),
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
                    message: plain(&words.message(failure, actual)),
                    actual: actual.map(|actual| ActualReport {
                        verdict: actual.verdict().word(),
                        says: actual.sentences().into_iter().map(plain).collect(),
                    }),
                }
            });
            reports.push(OneReport {
                name: plain(&scenario.name.value),
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

    /// As a document that ends in a newline, or is empty.
    ///
    /// # Errors
    /// What the writer of the format says; no report is known to cause it.
    pub fn write(&self, format: MachineFormat) -> Result<String, FormatError> {
        match format {
            MachineFormat::Short => Ok(self.notices().short()),
            MachineFormat::Json => json(self),
            MachineFormat::Yaml => yaml(self),
            MachineFormat::Sarif => sarif(&self.notices()).map_err(FormatError::of),
            MachineFormat::Junit => self.junit().to_string().map_err(FormatError::of),
            MachineFormat::Github => Ok(self.notices().github()),
            MachineFormat::Csv => rows_under(&HEADER, self.rows().into_iter()).map_err(FormatError::of),
        }
    }

    /// As lines of JSON: one for each scenario and each file with mistakes, and a last one on the whole.
    ///
    /// # Errors
    /// What the writer of JSON says.
    pub fn lines(&self) -> Result<String, FormatError> {
        let mut text = json_line(&Line::Start {
            version: self.version,
            tool: &self.tool,
        })?;
        for FileReport {
            file,
            mistakes,
            scenarios,
        } in &self.files
        {
            if !mistakes.is_empty() {
                text += &json_line(&Line::Mistakes { file, mistakes })?;
            }
            for scenario in scenarios {
                text += &json_line(&Line::Scenario { file, scenario })?;
            }
        }
        text += &json_line(&Line::Summary {
            passed: self.passed,
            failed: self.failed,
            unusable_files: self.unusable_files,
            coverage: self.coverage.as_ref(),
        })?;
        Ok(text)
    }

    fn notices(&self) -> Notices {
        let mut notices = Notices::default();
        for file in &self.files {
            let spot = |line: usize, column: usize| Spot {
                file: file.file.clone(),
                line: line as u64,
                column,
                end: None,
            };
            notices.notices.extend(file.mistakes.iter().map(|mistake| Notice {
                code: mistake.code.to_owned(),
                level: Level::Error,
                kind: Kind::Fail,
                message: format!("{}: {}", mistake.message, mistake.label),
                details: mistake.help.iter().cloned().collect(),
                spot: spot(mistake.line, mistake.column),
                rule: None,
                related: Vec::new(),
                id: None,
                standing: None,
            }));
            for scenario in &file.scenarios {
                notices.notices.extend(scenario.failures.iter().map(|failure| Notice {
                    code: failure.clause.clone(),
                    level: Level::Error,
                    kind: Kind::Fail,
                    message: failure.message.clone(),
                    details: failure.details(scenario),
                    spot: spot(failure.line, failure.column),
                    rule: None,
                    related: Vec::new(),
                    id: None,
                    standing: None,
                }));
            }
        }
        for notice in &notices.notices {
            if !notices.rules.iter().any(|rule| rule.code == notice.code) {
                notices.rules.push(Rule {
                    code: notice.code.clone(),
                    title: notice.code.clone(),
                    text: None,
                    cites: Vec::new(),
                    tags: Vec::new(),
                    level: Level::Error,
                    severity: None,
                    strength: None,
                });
            }
        }
        notices
    }

    fn junit(&self) -> Report {
        let mut report = Report::new("servanda");
        for file in &self.files {
            let mut suite = TestSuite::new(file.file.as_str());
            if !file.mistakes.is_empty() {
                let lines = file
                    .mistakes
                    .iter()
                    .map(|mistake| format!("{}:{}: {}", mistake.line, mistake.column, mistake.message));
                let lines: Vec<String> = lines.collect();
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_type("mistakes").set_description(lines.join("\n"));
                let mut case = TestCase::new("the file can be used", status);
                case.set_classname(file.file.as_str());
                suite.add_test_case(case);
            }
            for scenario in &file.scenarios {
                let status = match scenario.failures.as_slice() {
                    [] => TestCaseStatus::success(),
                    failures => {
                        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                        let lines = failures.iter().map(|failure| {
                            let FailureReport {
                                line,
                                column,
                                clause,
                                message,
                                ..
                            } = failure;
                            format!("{line}:{column}: {clause}: {message}")
                        });
                        let lines: Vec<String> = lines.collect();
                        status.set_type("not as expected").set_description(lines.join("\n"));
                        status
                    }
                };
                let mut case = TestCase::new(scenario.name.as_str(), status);
                case.set_classname(file.file.as_str());
                suite.add_test_case(case);
            }
            report.add_test_suite(suite);
        }
        report
    }

    /// A row for each mistake, each failure, and each scenario that passed.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for file in &self.files {
            let mut row =
                |line: usize, column: Option<usize>, scenario: &str, result: &str, code: &str, message: &str| {
                    rows.push(vec![
                        file.file.clone(),
                        line.to_string(),
                        column.map_or_else(String::new, |column| column.to_string()),
                        scenario.to_owned(),
                        result.to_owned(),
                        code.to_owned(),
                        message.to_owned(),
                    ]);
                };
            for mistake in &file.mistakes {
                row(
                    mistake.line,
                    Some(mistake.column),
                    "",
                    "mistake",
                    mistake.code,
                    &mistake.message,
                );
            }
            for scenario in &file.scenarios {
                if scenario.failures.is_empty() {
                    row(scenario.line, None, &scenario.name, "passed", "", "");
                }
                for failure in &scenario.failures {
                    row(
                        failure.line,
                        Some(failure.column),
                        &scenario.name,
                        "failed",
                        &failure.clause,
                        &failure.message,
                    );
                }
            }
        }
        rows
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
