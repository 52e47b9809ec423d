//! `servanda test`.

use std::fs;
use std::path::{Path, PathBuf};

use super::Exit;
use super::args::TestArgs;
use super::check::SHOWN_MISTAKES;
use super::outputs::{Form, Outputs, ResultError};
use super::terminal::Terminal;
use crate::log::{Format, InputError, Inputs};
use crate::report::{
    Findings, ScenarioReport, coverage_table, mistakes, percent, scenario_failures, scenario_mistakes,
};
use crate::run::{ScenarioError, Suite, TestedFile, Update, find_scenarios, test};

/// How many failures of one scenario are shown in full.
const SHOWN_FAILURES: usize = 5;

pub(super) fn run(arguments: &TestArgs, terminal: &mut Terminal) -> Exit {
    let suite = match judged(arguments, terminal) {
        Ok(suite) => suite,
        Err(error) => {
            let help = match &error {
                ScenarioError::None { .. } => Some(
                    "the name of a scenario file ends in `.scenario.yaml`; a file with another name is given by itself",
                ),
                _ => None,
            };
            terminal.error(&error.to_string(), help);
            return Exit::Unusable;
        }
    };
    let written = Outputs::open(&arguments.results, &read(&suite))
        .map_err(ResultError::from)
        .and_then(|outputs| write(arguments, &suite, outputs, terminal));
    match written {
        Ok(exit) => exit,
        Err(error) => {
            let help = error.help();
            terminal.error(&error.to_string(), help.as_deref());
            Exit::Unusable
        }
    }
}

/// The scenario files, which are read.
fn read(suite: &Suite) -> Vec<&Path> {
    suite.files.iter().map(|file| file.path.as_path()).collect()
}

fn judged(arguments: &TestArgs, terminal: &Terminal) -> Result<Suite, ScenarioError> {
    let paths = find_scenarios(&arguments.paths)?;
    // A file that cannot be read is an error later.
    let bytes = |path: &PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let sizes: Vec<u64> = paths.iter().map(bytes).collect();
    let bar = terminal.progress(sizes.iter().sum());
    let suite = test(&paths, arguments.update, &mut |position| bar.inc(sizes[position]));
    bar.finish_and_clear();
    suite
}

fn write(
    arguments: &TestArgs,
    suite: &Suite,
    mut outputs: Outputs,
    terminal: &mut Terminal,
) -> Result<Exit, ResultError> {
    for tested in &suite.rules {
        if tested.rules.model.is_none() {
            let style = terminal.error_style;
            let text = mistakes(&tested.rules.diagnostics, &tested.rules.sources, style, SHOWN_MISTAKES);
            terminal.err(&format!("{text}\n\n"));
        }
    }
    let mut report = ScenarioReport::new();
    for file in &suite.files {
        if !file.mistakes.is_empty() {
            report.add_mistakes(&file.name, &file.text, &file.mistakes);
            let text = scenario_mistakes(&file.mistakes, &file.name, &file.text, terminal.error_style);
            terminal.err(&format!("{text}\n\n"));
            continue;
        }
        of_scenarios(arguments, suite, file, &mut report, &mut outputs, terminal)?;
    }
    let coverage = (arguments.coverage || arguments.min_coverage.is_some()).then(|| suite.coverage());
    if let Some(coverage) = &coverage {
        report.add_coverage(coverage);
    }
    for output in outputs.iter_mut() {
        let text = match output.format.form() {
            Form::Pretty => {
                let style = output.style(terminal);
                let table = coverage.as_ref().map(|coverage| coverage_table(coverage, style));
                let table = table.map_or_else(String::new, |table| format!("{table}\n\n"));
                format!("{table}{}\n", report.last_line(style))
            }
            Form::Lines => report.lines()?,
            Form::Document(format) => report.write(format)?,
        };
        output.put(&text, terminal);
    }
    outputs.finish()?;
    let enough = match (&coverage, arguments.min_coverage) {
        (Some(coverage), Some(least)) => {
            let (covered, all) = coverage.points();
            percent(covered, all) >= usize::from(least)
        }
        _ => true,
    };
    if !enough {
        let least = arguments.min_coverage.unwrap_or_default();
        terminal.error(&format!("less than {least} % of what should be tried is"), None);
    }
    Ok(if report.unusable_files() > 0 {
        Exit::Unusable
    } else if report.failed() > 0 || !enough {
        Exit::Violated
    } else {
        Exit::Clean
    })
}

fn of_scenarios(
    arguments: &TestArgs,
    suite: &Suite,
    file: &TestedFile,
    report: &mut ScenarioReport,
    outputs: &mut Outputs,
    terminal: &mut Terminal,
) -> Result<(), InputError> {
    let Some(rules) = suite.rules_of(file) else {
        return Ok(());
    };
    let Some(model) = &rules.model else { return Ok(()) };
    let inputs = Inputs::open(std::slice::from_ref(&file.path), Some(Format::Yaml))?;
    let findings = Findings {
        model,
        sources: &rules.sources,
        inputs: &inputs,
        style: terminal.out_style,
    };
    let most = if arguments.all { usize::MAX } else { SHOWN_FAILURES };
    for output in outputs.iter_mut().filter(|output| output.format.form() == Form::Pretty) {
        let findings = Findings {
            style: output.style(terminal),
            ..findings
        };
        for (scenario, judged) in &file.scenarios {
            for text in scenario_failures(&findings, (&file.name, &file.text), scenario, judged, most)? {
                output.put(&format!("{text}\n\n"), terminal);
            }
        }
        if file.update == Some(Update::Written) {
            output.put(&format!("{} updated\n", file.name), terminal);
        }
    }
    report.add_scenarios(&findings, (&file.name, &file.text), &file.scenarios);
    if file.update == Some(Update::Refused) {
        terminal.error(
            &format!("{} cannot be updated without touching more than it should", file.name),
            Some("write what is expected by hand, in the simple form that docs/scenarios.md shows"),
        );
    }
    Ok(())
}
