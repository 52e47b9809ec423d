//! `servanda check`.

use std::path::{Path, PathBuf};

use super::Exit;
use super::args::{CheckArgs, OutputFormat};
use super::logs;
use super::terminal::Terminal;
use crate::log::{InputError, Limits};
use crate::model::Model;
use crate::report::{Caps, Findings, MachineFormat, Problems, mistakes, summary};
use crate::run::{CheckOptions, Checked, Rules, check};

/// How many mistakes in rule files are shown in full: more than a person mends before looking again.
pub(super) const SHOWN_MISTAKES: usize = 50;

/// How many problems of logs are shown in full.
pub(super) const SHOWN_PROBLEMS: usize = 20;

pub(super) fn run(arguments: &CheckArgs, terminal: &mut Terminal) -> Exit {
    let most = if arguments.all { usize::MAX } else { SHOWN_MISTAKES };
    let Some(rules) = usable_rules(
        &arguments.rules.rules,
        arguments.rules.rules_root.as_deref(),
        &arguments.log,
        most,
        terminal,
    ) else {
        return Exit::Unusable;
    };
    let Some(model) = &rules.model else {
        return Exit::Unusable;
    };
    if arguments.log.is_empty() {
        terminal.out(&rules_are_right(model));
        return Exit::Clean;
    }
    match check_logs(arguments, &rules, model, terminal) {
        Ok(exit) => exit,
        Err(error) => {
            let help = error.help();
            terminal.error(&error.to_string(), help.as_deref());
            Exit::Unusable
        }
    }
}

/// Reads rule files and shows the mistakes in them, so many at most. `None` if they cannot be used.
pub(super) fn usable_rules(
    paths: &[PathBuf],
    root: Option<&Path>,
    logs: &[PathBuf],
    most: usize,
    terminal: &mut Terminal,
) -> Option<Rules> {
    let standard_input = Path::new("-");
    if paths.iter().chain(logs).filter(|path| *path == standard_input).count() > 1 {
        terminal.error(
            "standard input can be read once",
            Some("give `-` for the rules or for one log, not for both"),
        );
        return None;
    }
    let rules = match Rules::load_within(paths, root) {
        Ok(rules) => rules,
        Err(error) => {
            terminal.error(&error.to_string(), None);
            return None;
        }
    };
    if !rules.diagnostics.is_empty() {
        let text = mistakes(&rules.diagnostics, &rules.sources, terminal.error_style, most);
        terminal.err(&format!("{text}\n"));
    }
    if rules.model.is_none() {
        let errors = rules.errors();
        let plural = if errors == 1 { "error" } else { "errors" };
        terminal.err(&format!("\n{errors} {plural} in the rules; nothing was checked\n"));
        return None;
    }
    Some(rules)
}

fn rules_are_right(model: &Model) -> String {
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    format!(
        "the rules are right: {}, {}, {}, {}\n",
        count(model.agreements.len(), "agreement", "agreements"),
        count(model.events.len(), "event type", "event types"),
        count(model.states.len(), "state", "states"),
        count(model.clauses.len(), "clause", "clauses"),
    )
}

fn check_logs(
    arguments: &CheckArgs,
    rules: &Rules,
    model: &Model,
    terminal: &mut Terminal,
) -> Result<Exit, InputError> {
    let map = arguments.map.as_deref();
    let Some(inputs) = logs::open(&arguments.log, arguments.log_format, map, model, terminal)? else {
        return Ok(Exit::Unusable);
    };
    let mut problems = Problems::new(if arguments.all { usize::MAX } else { SHOWN_PROBLEMS });
    let bar = terminal.progress(inputs.stored_bytes());
    let progress = inputs.progress();
    let options = CheckOptions {
        as_of: arguments.as_of,
        limits: Limits::default(),
    };
    let checked = check(
        model.clone(),
        &inputs,
        options,
        &mut |found| problems.add(found),
        &mut || bar.set_position(progress.bytes()),
    );
    bar.finish_and_clear();
    let checked = checked?;
    if problems.records() > 0 {
        let text = problems.render(&inputs, terminal.error_style)?;
        terminal.err(&format!("{text}\n\n"));
        if !arguments.skip_invalid {
            let records = records(problems.records());
            terminal.error(
                &format!("{records} of the logs cannot be used, so nothing was judged"),
                Some("mend the log, or give `--skip-invalid` to go on without them"),
            );
            return Ok(Exit::Unusable);
        }
    }
    let findings = Findings {
        model,
        sources: &rules.sources,
        inputs: &inputs,
        style: terminal.out_style,
    };
    write(arguments, &findings, &checked, terminal)
}

pub(super) fn records(count: u64) -> String {
    if count == 1 {
        "1 record".to_owned()
    } else {
        format!("{count} records")
    }
}

fn write(
    arguments: &CheckArgs,
    findings: &Findings<'_>,
    checked: &Checked,
    terminal: &mut Terminal,
) -> Result<Exit, InputError> {
    let Some(judgement) = &checked.judgement else {
        terminal.error(
            "the logs have no event, so there is no instant to judge as of",
            Some("give one with `--as-of 2024-07-08T10:00:00+03:00`"),
        );
        return Ok(Exit::Unusable);
    };
    let exit = if judgement.fails(findings.model) {
        Exit::Violated
    } else {
        Exit::Clean
    };
    let machine = match arguments.format {
        OutputFormat::Pretty => None,
        OutputFormat::Json => Some(MachineFormat::Json),
        OutputFormat::Yaml => Some(MachineFormat::Yaml),
    };
    if let Some(format) = machine {
        return Ok(match findings.machine(judgement, format) {
            Ok(text) => {
                terminal.out(&text);
                exit
            }
            Err(error) => {
                terminal.error(&format!("the result cannot be written: {error}"), None);
                Exit::Unusable
            }
        });
    }
    let caps = if arguments.all { Caps::ALL } else { Caps::default() };
    findings.render(judgement, caps, |text| {
        terminal.out(text);
        terminal.out("\n");
    })?;
    terminal.out(&summary(findings, judgement));
    terminal.out("\n");
    let mut notes = Vec::new();
    if checked.left_out > 0 {
        notes.push(format!(
            "{} later than the as-of instant left out",
            events(checked.left_out)
        ));
    }
    if checked.read.unusable > 0 {
        notes.push(format!("{} skipped as unusable", records(checked.read.unusable)));
    }
    if checked.read.ignored > 0 {
        notes.push(format!(
            "{} of types that the map ignores",
            records(checked.read.ignored)
        ));
    }
    if checked.read.corrected > 0 {
        notes.push(format!("{} corrected", events(checked.read.corrected)));
    }
    if checked.read.retracted > 0 {
        notes.push(format!("{} retracted", events(checked.read.retracted)));
    }
    if !notes.is_empty() {
        terminal.out(&format!("{}\n", notes.join("; ")));
    }
    Ok(exit)
}

pub(super) fn events(count: u64) -> String {
    if count == 1 {
        "1 event".to_owned()
    } else {
        format!("{count} events")
    }
}
