//! Findings that a comment allows, and fixes applied to files.

use std::path::{Path, PathBuf};

use super::{Rules, RulesError, rule_files, write_rule_file};
use crate::diagnostic::{Code, Diagnostic, Fix, Safety, Severity, apply};
use crate::source::{SourceId, SourceMap};
use crate::syntax;

/// How often a file is looked at again after fixes: one fix can make way for another.
const MAX_ROUNDS: usize = 10;

/// Whether a comment in the rule file allows a finding: `# lint: allow(CODE, ...)` on the line of its main place, or on lines of comments just before
/// that line. Errors cannot be allowed.
pub fn allowed(diagnostic: &Diagnostic, sources: &SourceMap) -> bool {
    if diagnostic.severity == Severity::Error {
        return false;
    }
    let Some(place) = diagnostic.labels.first().map(|label| label.span) else {
        return false;
    };
    let Some(source) = sources.get(place.source) else {
        return false;
    };
    let text = source.text();
    if !text.contains("lint:") {
        return false;
    }
    let line_of = |at: usize| text[..at].bytes().filter(|byte| *byte == b'\n').count();
    let line = line_of(place.range().start);
    // From the last comment up: those of the line itself, then the lines of comments right above.
    let mut nearest = line;
    for comment in syntax::comments(text).into_iter().rev() {
        let at = line_of(comment.start);
        let start = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
        let own_line = text[start..comment.start].trim().is_empty();
        if at > line {
            continue;
        }
        if at != line && !(own_line && at + 1 == nearest) {
            return false;
        }
        nearest = at;
        if allows(&text[comment]).any(|code| code == diagnostic.code.name()) {
            return true;
        }
    }
    false
}

/// The codes that a comment allows.
fn allows(comment: &str) -> impl Iterator<Item = &str> {
    let words = comment.trim_start_matches('#').trim_start();
    let list = words.strip_prefix("lint:").map(str::trim_start);
    let list = list.and_then(|list| list.strip_prefix("allow(")?.split_once(')'));
    list.map_or("", |(codes, _)| codes).split(',').map(str::trim)
}

/// The runs that paths stand for: files named one by one are of one run, and each file of a folder is a run by itself.
///
/// # Errors
/// As for [`rule_files`].
pub fn lint_units(paths: &[PathBuf]) -> Result<Vec<Vec<PathBuf>>, RulesError> {
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.iter().cloned().partition(|path| path.is_dir());
    let named = rule_files(&files)?;
    let inside = rule_files(&folders)?;
    let named = (!named.is_empty()).then_some(named);
    Ok(named
        .into_iter()
        .chain(inside.into_iter().map(|file| vec![file]))
        .collect())
}

/// What came of fixing files.
#[derive(Debug)]
pub struct Fixed {
    /// The rules as they are now.
    pub rules: Rules,
    /// How many fixes were applied.
    pub applied: usize,
}

/// Applies the fixes of a run's findings to the files that were asked for, again and again until there are none left. A text that parsed before still
/// does afterwards.
///
/// # Errors
/// A file that cannot be read or written.
pub fn fix(paths: &[PathBuf], root: Option<&Path>, most: Safety) -> Result<Fixed, RulesError> {
    let mut applied = 0;
    let mut rules = Rules::load_within(paths, root)?;
    for _ in 0..MAX_ROUNDS {
        let fixes: Vec<&Fix> = rules
            .diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .filter(|fix| fix.safety <= most)
            .collect();
        let mut changed = 0;
        // Files that were asked for have the first ids, in their order; each occurs once.
        for (id, path) in rules.sources.ids().zip(paths) {
            let Some(source) = rules.sources.get(id) else { continue };
            let (text, count) = apply(source.text(), id, fixes.iter().copied());
            if count > 0 && still_parses(source.text(), &text) {
                write_rule_file(path, &text)?;
                changed += count;
            }
        }
        if changed == 0 {
            break;
        }
        applied += changed;
        rules = Rules::load_within(paths, root)?;
    }
    Ok(Fixed { rules, applied })
}

fn still_parses(before: &str, after: &str) -> bool {
    let mistakes = |text: &str| {
        let mut sources = SourceMap::new();
        let id: SourceId = sources.add("", text);
        let parsed = syntax::parse(&sources, id);
        let syntax = parsed.diagnostics.iter().filter(|found| found.code == Code::Syntax);
        syntax.count()
    };
    mistakes(after) <= mistakes(before)
}
