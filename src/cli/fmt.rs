//! `servanda fmt`.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::Exit;
use super::args::FmtArgs;
use super::check::SHOWN_MISTAKES;
use super::terminal::Terminal;
use crate::report::mistakes;
use crate::run::{read_rule_file, rule_files, shown_name, write_rule_file};
use crate::source::SourceMap;
use crate::syntax::format;

pub(super) fn run(arguments: &FmtArgs, terminal: &mut Terminal) -> Exit {
    let files = match rule_files(&arguments.paths) {
        Ok(files) => files,
        Err(error) => {
            terminal.error(&error.to_string(), None);
            return Exit::Unusable;
        }
    };
    if files.is_empty() {
        let folders: Vec<String> = arguments.paths.iter().map(|path| shown_name(path)).collect();
        terminal.error(&format!("no `.clause` file in {}", folders.join(", ")), None);
        return Exit::Unusable;
    }
    let mut result = Tally::default();
    for path in &files {
        one(path, arguments.check, &mut result, terminal);
    }
    if arguments.check && !result.changed.is_empty() {
        let count = result.changed.len();
        let files = if count == 1 { "file is" } else { "files are" };
        terminal.err(&format!(
            "{count} {files} not in the canonical layout: `servanda fmt` puts it right\n"
        ));
    }
    if result.unusable > 0 {
        Exit::Unusable
    } else if arguments.check && !result.changed.is_empty() {
        Exit::Violated
    } else {
        Exit::Clean
    }
}

#[derive(Default)]
struct Tally {
    changed: Vec<PathBuf>,
    unusable: usize,
}

fn one(path: &Path, check: bool, result: &mut Tally, terminal: &mut Terminal) {
    let text = match read_rule_file(path) {
        Ok(text) => text,
        Err(error) => {
            result.unusable += 1;
            return terminal.error(&error.to_string(), None);
        }
    };
    let name = shown_name(path);
    let tidy = match format(&text) {
        Ok(tidy) => tidy,
        Err(diagnostics) => {
            result.unusable += 1;
            let mut sources = SourceMap::new();
            sources.add(name, text);
            let text = mistakes(&diagnostics, &sources, terminal.error_style, SHOWN_MISTAKES);
            return terminal.err(&format!("{text}\n\n"));
        }
    };
    let is_standard_input = path == Path::new("-");
    if is_standard_input && !check {
        return terminal.out(&tidy);
    }
    if tidy == text {
        return;
    }
    result.changed.push(path.to_owned());
    if check {
        let diff = TextDiff::from_lines(&text, &tidy);
        let wanted = format!("{name}, formatted");
        terminal.out(&diff.unified_diff().header(&name, &wanted).to_string());
    } else if let Err(error) = write_rule_file(path, &tidy) {
        result.unusable += 1;
        terminal.error(&error.to_string(), None);
    }
}
