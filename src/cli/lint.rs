//! `servanda lint`.

use std::path::{Path, PathBuf};

use super::Exit;
use super::args::{LintArgs, LintFormat};
use super::check::SHOWN_MISTAKES;
use super::terminal::Terminal;
use crate::diagnostic::{Code, Diagnostic, Safety, list};
use crate::report::{explanation, mistakes, short_findings, write_findings};
use crate::run::{Rules, RulesError, fix, lint_units, shown_name};
use crate::source::SourceMap;

pub(super) fn run(arguments: &LintArgs, terminal: &mut Terminal) -> Exit {
    if let Some(name) = &arguments.explain {
        return explain(name, terminal);
    }
    let units = match lint_units(&arguments.paths) {
        Ok(units) if units.is_empty() => {
            let paths: Vec<String> = arguments.paths.iter().map(|path| shown_name(path)).collect();
            terminal.error(&format!("no `.clause` file in {}", paths.join(", ")), None);
            return Exit::Unusable;
        }
        Ok(units) => units,
        Err(error) => {
            terminal.error(&error.to_string(), None);
            return Exit::Unusable;
        }
    };
    let mut tally = Tally::default();
    for paths in &units {
        match lint(paths, arguments, &mut tally, terminal) {
            Ok(rules) => {
                tally.errors += rules.errors();
                tally.warnings += rules.diagnostics.len() - rules.errors();
                show(&rules.diagnostics, &rules.sources, arguments, &mut tally, terminal);
            }
            Err(error) => {
                tally.unreadable += 1;
                terminal.error(&error.to_string(), None);
            }
        }
    }
    finish(&tally, arguments, terminal)
}

#[derive(Default)]
struct Tally {
    errors: usize,
    warnings: usize,
    unreadable: usize,
    applied: usize,
    /// What JSON holds, which is written when all is known.
    json: Vec<serde_json::Value>,
}

fn lint(
    paths: &[PathBuf],
    arguments: &LintArgs,
    tally: &mut Tally,
    terminal: &mut Terminal,
) -> Result<Rules, RulesError> {
    let root = arguments.rules_root.as_deref();
    let wanted = match (arguments.fix, arguments.unsafe_fixes) {
        (_, true) => Some(Safety::Unsafe),
        (true, false) => Some(Safety::Safe),
        (false, false) => None,
    };
    let Some(most) = wanted else {
        return Rules::load_within(paths, root);
    };
    if paths.iter().any(|path| path == Path::new("-")) {
        terminal.error(
            "standard input cannot be fixed",
            Some("give a file, or leave `--fix` out"),
        );
        tally.unreadable += 1;
        return Rules::load_within(paths, root);
    }
    let fixed = fix(paths, root, most)?;
    tally.applied += fixed.applied;
    Ok(fixed.rules)
}

fn show(
    diagnostics: &[Diagnostic],
    sources: &SourceMap,
    arguments: &LintArgs,
    tally: &mut Tally,
    terminal: &mut Terminal,
) {
    if diagnostics.is_empty() {
        return;
    }
    match arguments.format {
        LintFormat::Pretty => {
            let most = if arguments.all { usize::MAX } else { SHOWN_MISTAKES };
            let text = mistakes(diagnostics, sources, terminal.out_style, most);
            terminal.out(&format!("{text}\n\n"));
        }
        LintFormat::Short => terminal.out(&short_findings(diagnostics, sources)),
        LintFormat::Json => tally.json.extend(write_findings(diagnostics, sources)),
    }
}

fn finish(tally: &Tally, arguments: &LintArgs, terminal: &mut Terminal) -> Exit {
    let count = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    if arguments.format == LintFormat::Json {
        match serde_json::to_string_pretty(&tally.json) {
            Ok(text) => terminal.out(&format!("{text}\n")),
            Err(error) => {
                terminal.error(&format!("the findings cannot be written: {error}"), None);
                return Exit::Unusable;
            }
        }
    }
    if tally.applied > 0 {
        terminal.err(&format!(
            "{} applied\n",
            count(tally.applied, "fix").replace("fixs", "fixes")
        ));
    }
    if tally.errors + tally.warnings > 0 && arguments.format == LintFormat::Pretty {
        let (errors, warnings) = (count(tally.errors, "error"), count(tally.warnings, "warning"));
        terminal.out(&format!(
            "{errors}, {warnings}; `servanda lint --explain CODE` tells more\n"
        ));
    }
    if tally.errors + tally.unreadable > 0 {
        Exit::Unusable
    } else if tally.warnings > 0 {
        Exit::Violated
    } else {
        Exit::Clean
    }
}

fn explain(name: &str, terminal: &mut Terminal) -> Exit {
    if let Some(code) = Code::named(name) {
        let text = explanation(code, terminal.out_style);
        terminal.out(&text);
        return Exit::Clean;
    }
    let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let help = match crate::diagnostic::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the codes are {}", list(&names, names.len())),
    };
    terminal.error(
        &format!("there is no code `{}`", crate::log::visible(name, 80)),
        Some(&help),
    );
    Exit::Unusable
}
