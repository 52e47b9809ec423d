//! The scenarios that try a clause: how many there are, and what came of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types as lsp;

use super::workspace::Workspace;
use crate::index::{Home, Symbol};
use crate::run::{Suite, TestedFile, find_scenarios, test};

/// The command that judges scenarios.
pub(super) const RUN: &str = "servanda.runScenarios";

/// What the scenarios of the workspace came to when they were last looked at, by the files on disk.
#[derive(Debug, Default)]
pub(super) struct Scenarios {
    suite: Option<Suite>,
    /// Whether somebody asked for what they come to, and not only for how many there are.
    shows_results: bool,
}

/// A clause, by its agreement and its name.
type ClauseName = (String, String);

/// How many scenarios speak of a clause, and how many of them came out as expected.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    all: usize,
    kept: usize,
}

impl Scenarios {
    /// Forgets what came of them, as a file has changed.
    pub(super) fn forget(&mut self) {
        *self = Scenarios::default();
    }

    fn suite(&mut self, workspace: &Workspace) -> &Suite {
        self.suite.get_or_insert_with(|| {
            let found = find_scenarios(workspace.folders()).unwrap_or_default();
            test(&found, false, &mut |_| {}).unwrap_or_default()
        })
    }

    /// A lens over each clause of a file that scenarios speak of.
    pub(super) fn lenses(&mut self, workspace: &mut Workspace, path: &Path) -> Vec<lsp::CodeLens> {
        let Some(analysis) = workspace.analysis(path) else {
            return Vec::new();
        };
        let counts = counts(self.suite(workspace), path);
        let declarations = analysis.index.declarations_in(analysis.main());
        let mut lenses = Vec::new();
        for declaration in declarations {
            let Symbol::Clause(Home::Agreement(agreement), name) = &declaration.symbol else {
                continue;
            };
            let Some(count) = counts.get(&(agreement.clone(), name.clone())) else {
                continue;
            };
            let scenarios = plural(count.all);
            let title = match (self.shows_results, count.all - count.kept) {
                (false, _) => format!("{scenarios}: run"),
                (true, 0) => format!("{scenarios}, as expected"),
                (true, wrong) => format!("{scenarios}, {wrong} not as expected"),
            };
            let uri = workspace.uri_of(path);
            lenses.push(lsp::CodeLens {
                range: analysis.range(declaration.name),
                command: Some(lsp::Command {
                    title,
                    tooltip: None,
                    command: RUN.to_owned(),
                    arguments: Some(vec![uri.0.into(), format!("{agreement}.{name}").into()]),
                }),
                data: None,
            });
        }
        lenses
    }

    /// Judges all scenarios anew and says what came of those that speak of a clause, or of all.
    pub(super) fn run(&mut self, workspace: &Workspace, clause: Option<&str>) -> (lsp::MessageType, String) {
        self.forget();
        self.shows_results = true;
        let suite = self.suite(workspace);
        let mut count = Count::default();
        let mut wrong = Vec::new();
        for file in &suite.files {
            if !file.mistakes.is_empty() {
                wrong.push(format!("{} has a mistake: {}", file.name, file.mistakes[0].message));
            }
            for (position, (scenario, judged)) in file.scenarios.iter().enumerate() {
                let concerned = clauses_of(suite, file, position);
                let named = |(agreement, name): &ClauseName| clause == Some(format!("{agreement}.{name}").as_str());
                if clause.is_some() && !concerned.iter().any(named) {
                    continue;
                }
                count.all += 1;
                if judged.failures.is_empty() {
                    count.kept += 1;
                } else {
                    wrong.push(format!("{}: {}", file.name, scenario.name.value));
                }
            }
        }
        if wrong.is_empty() {
            return (lsp::MessageType::Info, format!("{}, as expected", plural(count.all)));
        }
        let shown = wrong.join("\n");
        let message = format!(
            "{}, not as expected:\n{shown}\n`servanda test` says why",
            plural(count.all)
        );
        (lsp::MessageType::Warning, message)
    }
}

fn plural(count: usize) -> String {
    match count {
        1 => "1 scenario".to_owned(),
        many => format!("{many} scenarios"),
    }
}

/// The clauses of a rule file that scenarios speak of.
fn counts(suite: &Suite, path: &Path) -> BTreeMap<ClauseName, Count> {
    let mut counts: BTreeMap<ClauseName, Count> = BTreeMap::new();
    for file in &suite.files {
        let Some(rules) = suite.rules_of(file) else { continue };
        let is_of_file = rules.sources.ids().any(|id| {
            let named = rules.sources.get(id).map(|source| PathBuf::from(source.name()));
            named.and_then(|named| named.canonicalize().ok()).as_deref() == Some(path)
        });
        if !is_of_file {
            continue;
        }
        for (position, (_, judged)) in file.scenarios.iter().enumerate() {
            for clause in clauses_of(suite, file, position) {
                let count = counts.entry(clause).or_default();
                count.all += 1;
                count.kept += usize::from(judged.failures.is_empty());
            }
        }
    }
    counts
}

/// The clauses that a scenario says something of.
fn clauses_of(suite: &Suite, file: &TestedFile, scenario: usize) -> Vec<ClauseName> {
    let model = suite.rules_of(file).and_then(|rules| rules.model.as_ref());
    let (Some(model), Some((scenario, _))) = (model, file.scenarios.get(scenario)) else {
        return Vec::new();
    };
    let expected = scenario.expect.clauses.iter();
    expected
        .map(|expected| {
            let clause = model.clause(expected.clause);
            (model.agreement(clause.agreement).name.clone(), clause.name.clone())
        })
        .collect()
}
