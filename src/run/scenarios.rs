//! Scenario files: found, judged by the rules that they name, and updated.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::files::{files_in, replace};
use super::load::read_text;
use super::{Rules, RulesError};
use crate::log::visible;
use crate::plan::Plan;
use crate::scenario::{Coverage, File, Judged, Mistake, MistakeKind, Scenario, judge, update};
use crate::source::MAX_RULE_BYTES;

/// Scenario files and what came of them.
#[derive(Debug, Default)]
pub struct Suite {
    /// The files, in the order of their names.
    pub files: Vec<TestedFile>,
    /// The rules that they name, each set of rule files once.
    pub rules: Vec<TestedRules>,
}

/// Rules that scenarios are judged by.
#[derive(Debug)]
pub struct TestedRules {
    /// The rules, mistakes included.
    pub rules: Rules,
    plan: Option<Arc<Plan>>,
}

/// A scenario file and what came of it.
#[derive(Debug)]
pub struct TestedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, for people: harmless on a terminal.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What is wrong with it. With a mistake in it, none of its scenarios is judged.
    pub mistakes: Vec<Mistake>,
    /// The rules that it names, if they can be used.
    pub rules: Option<RulesId>,
    /// Its scenarios.
    pub scenarios: Vec<(Scenario, Judged)>,
    /// What came of updating it, if that was asked for and there was something to write.
    pub update: Option<Update>,
}

/// Identifies rules within a [`Suite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RulesId(usize);

/// What came of updating a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// What was decided is in the file now.
    Written,
    /// It cannot be written without touching more than it should.
    Refused,
}

/// A scenario file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// There is no such file or folder.
    #[error("there is no scenario file or folder {path}")]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// There is no scenario file in the folders.
    #[error("no scenario file was found in {}", shown(.paths))]
    None {
        /// The folders.
        paths: Vec<PathBuf>,
    },
    /// The system does not give it.
    #[error("{path} cannot be read: {cause}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not text, or too long.
    #[error("the scenario file {path} cannot be read: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The system does not take it.
    #[error("the scenario file {path} cannot be written: {cause}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| visible(&path.to_string_lossy(), 200)).collect();
    paths.join(", ")
}

/// How the name of a scenario file ends that is found in a folder.
pub const SCENARIO_ENDINGS: [&str; 2] = [".scenario.yaml", ".scenario.yml"];

/// The scenario files at paths: a file is meant whatever its name, a folder means all that are in it and in its folders, but for hidden ones.
///
/// # Errors
/// A path that is not there, a folder that cannot be read, and folders without any scenario file.
pub fn find_scenarios(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ScenarioError> {
    if let Some(path) = paths.iter().find(|path| !path.exists()) {
        return Err(ScenarioError::NotFound { path: path.clone() });
    }
    let is_meant = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| SCENARIO_ENDINGS.iter().any(|ending| name.ends_with(ending)))
    };
    let found = files_in(paths, is_meant).map_err(|(path, cause)| ScenarioError::Unreadable { path, cause })?;
    if found.is_empty() {
        return Err(ScenarioError::None { paths: paths.to_vec() });
    }
    // What is in this folder is named without it.
    let short = |path: PathBuf| path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
    Ok(found.into_iter().map(short).collect())
}

/// Judges the scenarios of files, and writes what was decided into the files where that is asked for. After each file its position is told.
///
/// # Errors
/// A file that cannot be read or written.
pub fn test(paths: &[PathBuf], updates: bool, on_file: &mut dyn FnMut(usize)) -> Result<Suite, ScenarioError> {
    let mut suite = Suite::default();
    let mut known = HashMap::new();
    for (position, path) in paths.iter().enumerate() {
        let text = read(path)?;
        let mut tested = suite.tested(path, text, &mut known);
        if updates && tested.mistakes.is_empty() {
            tested = suite.updated(tested, &mut known)?;
        }
        suite.files.push(tested);
        on_file(position);
    }
    Ok(suite)
}

fn read(path: &Path) -> Result<String, ScenarioError> {
    if path == Path::new("-") {
        return Err(ScenarioError::NotFound { path: path.to_owned() });
    }
    read_text(path, MAX_RULE_BYTES).map_err(|error| match error {
        RulesError::Unreadable { path, cause }
        | RulesError::Root { path, cause }
        | RulesError::Unwritable { path, cause } => ScenarioError::Unreadable { path, cause },
        RulesError::NotText { path, offset } => ScenarioError::Unusable {
            path,
            why: format!("byte {offset} belongs to no character of UTF-8"),
        },
        RulesError::TooLarge { path } | RulesError::TooManyDeclarations { path, .. } => ScenarioError::Unusable {
            path,
            why: "it is too large to be one".to_owned(),
        },
    })
}

/// Rules by their files, or why they cannot be read: which file, and what the system says.
type Known = HashMap<Vec<PathBuf>, Result<RulesId, (PathBuf, String)>>;

impl Suite {
    /// The rules of a file.
    pub fn rules_of(&self, file: &TestedFile) -> Option<&Rules> {
        Some(&self.rules.get(file.rules?.0)?.rules)
    }

    /// What the scenarios try out of each clause of the rules that they name.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for tested in &self.rules {
            if let Some(model) = &tested.rules.model {
                coverage.add_rules(model, &tested.rules.sources);
            }
        }
        for file in &self.files {
            let Some(rules) = self.rules_of(file) else { continue };
            let Some(model) = &rules.model else { continue };
            for (scenario, judged) in &file.scenarios {
                coverage.add(model, &rules.sources, scenario, judged);
            }
        }
        coverage
    }

    fn tested(&mut self, path: &Path, text: String, known: &mut Known) -> TestedFile {
        let name = visible(&path.to_string_lossy(), 200);
        let mut tested = TestedFile {
            path: path.to_owned(),
            name,
            text,
            mistakes: Vec::new(),
            rules: None,
            scenarios: Vec::new(),
            update: None,
        };
        let mut file = match File::parse(&tested.text) {
            Ok(file) => file,
            Err(mistake) => {
                tested.mistakes = vec![mistake];
                return tested;
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let paths: Vec<PathBuf> = file.rules.iter().map(|rules| beside(folder, &rules.value)).collect();
        if !paths.is_empty() {
            let rules = known.entry(paths.clone()).or_insert_with(|| self.load(&paths)).clone();
            match rules {
                Ok(id) => tested.rules = Some(id),
                Err((path, why)) => {
                    let at = paths.iter().position(|known| *known == path).unwrap_or(0);
                    file.mistakes.push(Mistake::new(
                        MistakeKind::UnusableRules,
                        format!("the rule file {} cannot be read", visible(&path.to_string_lossy(), 200)),
                        file.rules[at].range.clone(),
                        visible(&why, 200),
                        Some("a path is relative to the folder of the scenario file".to_owned()),
                    ));
                }
            }
        }
        if let Some(RulesId(id)) = tested.rules {
            match &self.rules[id].plan {
                Some(plan) => {
                    let stem = path.file_name().map_or_else(String::new, |name| {
                        let name = name.to_string_lossy();
                        name.split('.').next().unwrap_or_default().to_owned()
                    });
                    let scenarios = file.scenarios(plan.model(), &stem);
                    if file.mistakes.is_empty() {
                        let judged = scenarios.into_iter().map(|scenario| {
                            let judged = judge(plan, &scenario);
                            (scenario, judged)
                        });
                        tested.scenarios = judged.collect();
                    }
                }
                None => {
                    let errors = self.rules[id].rules.errors();
                    let plural = if errors == 1 { "error" } else { "errors" };
                    let first = file.rules.first().map_or(0..0, |rules| rules.range.clone());
                    let last = file.rules.last().map_or(0, |rules| rules.range.end);
                    file.mistakes.push(Mistake::new(
                        MistakeKind::UnusableRules,
                        "the rules cannot be used",
                        first.start..last.max(first.end),
                        format!("{errors} {plural} in them"),
                        Some("`servanda check` shows them too".to_owned()),
                    ));
                }
            }
        }
        tested.mistakes = file.mistakes;
        tested.mistakes.sort_by_key(|mistake| mistake.range.start);
        tested
    }

    fn load(&mut self, paths: &[PathBuf]) -> Result<RulesId, (PathBuf, String)> {
        let rules = Rules::load(paths).map_err(|error| {
            let why = match &error {
                RulesError::Unreadable { cause, .. }
                | RulesError::Root { cause, .. }
                | RulesError::Unwritable { cause, .. } => cause.to_string(),
                RulesError::NotText { .. } => "it is not text in UTF-8".to_owned(),
                RulesError::TooLarge { .. } => "it is too large".to_owned(),
                RulesError::TooManyDeclarations { .. } => "it has too many declarations".to_owned(),
            };
            let (RulesError::Unreadable { path, .. }
            | RulesError::Root { path, .. }
            | RulesError::Unwritable { path, .. }
            | RulesError::NotText { path, .. }
            | RulesError::TooLarge { path }
            | RulesError::TooManyDeclarations { path, .. }) = error;
            (path, why)
        })?;
        let plan = rules.model.clone().map(|model| Arc::new(Plan::new(model)));
        self.rules.push(TestedRules { rules, plan });
        Ok(RulesId(self.rules.len() - 1))
    }

    /// The file with what was decided written into it.
    fn updated(&mut self, mut tested: TestedFile, known: &mut Known) -> Result<TestedFile, ScenarioError> {
        let failed = tested.scenarios.iter().any(|(_, judged)| !judged.failures.is_empty());
        let Some(model) = self.rules_of(&tested).and_then(|rules| rules.model.as_ref()) else {
            return Ok(tested);
        };
        if !failed {
            return Ok(tested);
        }
        let text = update(&tested.text, model, &tested.scenarios);
        let mut again = self.tested(&tested.path, text, known);
        let agrees = again.mistakes.is_empty()
            && again.scenarios.len() == tested.scenarios.len()
            && again.scenarios.iter().all(|(_, judged)| judged.failures.is_empty());
        if !agrees {
            tested.update = Some(Update::Refused);
            return Ok(tested);
        }
        replace(&again.path, &again.text).map_err(|cause| ScenarioError::Unwritable {
            path: again.path.clone(),
            cause,
        })?;
        again.update = Some(Update::Written);
        Ok(again)
    }
}

/// A path that is relative to a folder, as short as its names allow.
fn beside(folder: &Path, path: &str) -> PathBuf {
    let joined = folder.join(path);
    let mut short = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(short.components().next_back(), Some(Component::Normal(_))) => {
                short.pop();
            }
            part => short.push(part),
        }
    }
    // Through a link the short path may lead elsewhere.
    let same = match (short.canonicalize(), joined.canonicalize()) {
        (Ok(short), Ok(joined)) => short == joined,
        (_, Err(_)) => true,
        (Err(_), Ok(_)) => false,
    };
    if same { short } else { joined }
}
