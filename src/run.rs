//! A whole run: rule files and logs in, a judgement out. The command line is its first user.

mod baseline;
mod export;
mod files;
mod generate;
mod judge;
mod lint;
mod load;
mod panel;
mod part;
mod scaffold;
mod scenarios;
pub mod watch;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::analysis;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::model::{self, Model};
use crate::source::{MAX_RULE_BYTES, SourceId, SourceMap};
use crate::syntax;

pub use baseline::{BaselineFileError, read_baseline, write_baseline};
pub use export::{ExportError, WrittenLog, write_formulas, write_log};
pub use files::{read_rule_file, rule_files, write_rule_file};
pub use generate::{Target, WriteLogError, Written, write_generated};
pub use judge::{CheckOptions, Checked, Observer, check};
pub use lint::{Fixed, allowed, fix, lint_units};
pub use load::{Loaded, MAX_DECLARATIONS, Unsaved, shown_name};
pub use part::{DecidedAt, Lives, Part};
pub use scaffold::{ScaffoldError, scaffold};
pub use scenarios::{
    RulesId, SCENARIO_ENDINGS, ScenarioError, Suite, TestedFile, TestedRules, Update, find_scenarios, test,
};

/// Rule files, read and built.
#[derive(Debug)]
pub struct Rules {
    /// Their texts.
    pub sources: SourceMap,
    /// What they mean, if there is no error in them.
    pub model: Option<Model>,
    /// The mistakes in them.
    pub diagnostics: Vec<Diagnostic>,
}

/// A rule file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The system does not give it.
    #[error("the rule file {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The system does not take it.
    #[error("the rule file {path} cannot be written: {cause}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not text.
    #[error("the rule file {path} is not text in UTF-8: byte {offset} belongs to no character")]
    NotText {
        /// The file.
        path: PathBuf,
        /// Offset of the first byte that is not.
        offset: usize,
    },
    /// The folder that used files must be in is none.
    #[error("the rules' root {path} is no folder that can be read: {cause}")]
    Root {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is too large to be a rule file.
    #[error("the rule file {path} has more than {} MiB", MAX_RULE_BYTES / 1024 / 1024)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// With it, there are more declarations than a run can have.
    #[error("with the rule file {path} these rules have more than {most} declarations")]
    TooManyDeclarations {
        /// The file.
        path: PathBuf,
        /// How many there can be.
        most: usize,
    },
}

impl RulesError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            RulesError::NotText { .. } => Some("write rule files as UTF-8, or convert them, as with `iconv -t UTF-8`"),
            RulesError::TooLarge { .. } => {
                Some("split it into several files, and let `use` join those that belong together")
            }
            RulesError::TooManyDeclarations { .. } => {
                Some("check the files in several runs, or allow more with `--max-declarations`")
            }
            RulesError::Unreadable { .. } | RulesError::Unwritable { .. } | RulesError::Root { .. } => None,
        }
    }
}

impl Rules {
    /// Reads and builds rule files and those that they use; `-` is standard input. Used files must be in the folder of the first one.
    ///
    /// # Errors
    /// A file that cannot be read. Mistakes in a file are no error here: they are in [`Rules::diagnostics`].
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, RulesError> {
        Rules::load_within(paths, None)
    }

    /// As [`Rules::load`], with another folder that used files must be in.
    ///
    /// # Errors
    /// A file that cannot be read, or a root that is not a folder.
    pub fn load_within<P: AsRef<Path>>(paths: &[P], root: Option<&Path>) -> Result<Self, RulesError> {
        Rules::load_bounded(paths, root, MAX_DECLARATIONS)
    }

    /// As [`Rules::load_within`], with so many declarations at most.
    ///
    /// # Errors
    /// As [`Rules::load_within`].
    pub fn load_bounded<P: AsRef<Path>>(
        paths: &[P],
        root: Option<&Path>,
        most_declarations: usize,
    ) -> Result<Self, RulesError> {
        let loaded = Loaded::read_bounded(paths, root, &Unsaved::default(), most_declarations)?;
        Ok(Rules::build(loaded))
    }

    /// Builds rule files that were read.
    pub fn build(loaded: Loaded) -> Self {
        let Loaded {
            sources, files: parsed, ..
        } = loaded;
        let used = parsed.iter().filter(|parsed| parsed.role == syntax::Role::Used);
        let used: HashSet<SourceId> = used.map(|parsed| parsed.source).collect();
        let built = model::build(parsed);
        let mut diagnostics = built.diagnostics;
        if let Some(model) = &built.model {
            let mut found = analysis::analyse(model);
            found.append(&mut analysis::analyse_texts(model, &sources));
            found.sort_by_key(|found| found.labels.first().map(|label| label.span));
            // What one run has no use for in a file that others share, another run may have.
            found.retain(|found| {
                found.code != Code::Unused
                    || !found
                        .labels
                        .first()
                        .is_some_and(|label| used.contains(&label.span.source))
            });
            // A template's clause can be amiss in the same way in every agreement that it is applied to.
            found.dedup();
            analysis::with_removals(&mut found, &sources);
            found.retain(|found| !allowed(found, &sources));
            diagnostics.append(&mut found);
        }
        let sound = diagnostics
            .iter()
            .all(|diagnostic| diagnostic.severity != Severity::Error);
        Rules {
            sources,
            model: built.model.filter(|_| sound),
            diagnostics,
        }
    }

    /// Whether the rules can be used.
    pub fn are_usable(&self) -> bool {
        self.model.is_some()
    }

    /// How many errors there are, warnings apart.
    pub fn errors(&self) -> usize {
        let errors = self
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error);
        errors.count()
    }
}
