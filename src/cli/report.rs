//! `servanda report`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use indicatif::ProgressBar;

use super::Exit;
use super::args::ReportArgs;
use super::check::{SHOWN_MISTAKES, SHOWN_PROBLEMS, records, usable_rules};
use super::terminal::Terminal;
use crate::log::{Format, InputError, Inputs, Limits, Problem, Progress};
use crate::model::Model;
use crate::report::results::{Results, ResultsBuilder};
use crate::report::{Findings, Problems, write_page};
use crate::run::{CheckOptions, Observer, Rules, check};
use crate::verdict::{Decided, Keeping};

pub(super) fn run(arguments: &ReportArgs, terminal: &mut Terminal) -> Exit {
    let Some(rules) = usable_rules(
        &arguments.rules.rules,
        arguments.rules.rules_root.as_deref(),
        &arguments.log,
        SHOWN_MISTAKES,
        terminal,
    ) else {
        return Exit::Unusable;
    };
    let Some(model) = &rules.model else {
        return Exit::Unusable;
    };
    match results(arguments, &rules, model, terminal) {
        Ok(Some(results)) => write(arguments, &results, &rules, terminal),
        Ok(None) => Exit::Unusable,
        Err(error) => {
            let help = error.help();
            terminal.error(&error.to_string(), help.as_deref());
            Exit::Unusable
        }
    }
}

/// What the logs came to; `None` after saying why nothing was judged.
fn results(
    arguments: &ReportArgs,
    rules: &Rules,
    model: &Model,
    terminal: &mut Terminal,
) -> Result<Option<Results>, InputError> {
    let inputs = Inputs::open(&arguments.log, arguments.log_format.map(Format::from))?;
    let mut problems = Problems::new(SHOWN_PROBLEMS);
    let bar = terminal.progress(inputs.stored_bytes());
    let options = CheckOptions {
        as_of: arguments.as_of,
        limits: Limits::default(),
        keeping: Keeping::All,
    };
    let mut following = Following {
        problems: &mut problems,
        bar: &bar,
        progress: inputs.progress(),
    };
    let checked = check(model.clone(), &inputs, options, &mut following);
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
            return Ok(None);
        }
    }
    let Some(judgement) = &checked.judgement else {
        terminal.error(
            "the logs have no event, so there is no instant to judge as of",
            Some("give one with `--as-of 2024-07-08T10:00:00+03:00`"),
        );
        return Ok(None);
    };
    let findings = Findings {
        model,
        sources: &rules.sources,
        inputs: &inputs,
        style: terminal.out_style,
    };
    let results = ResultsBuilder::new(&findings).results(judgement, &checked.read, checked.left_out)?;
    Ok(Some(results))
}

/// Gathers what is wrong with records, and shows how far the reading has come.
struct Following<'a> {
    problems: &'a mut Problems,
    bar: &'a ProgressBar,
    progress: Progress,
}

impl Observer for Following<'_> {
    fn problems(&mut self, problems: Vec<Problem>) {
        self.problems.add(problems);
    }

    fn progress(&mut self, _: u64) {
        self.bar.set_position(self.progress.bytes());
    }

    fn decided(&mut self, _: &Decided) {}

    fn restart(&mut self) {}
}

fn write(arguments: &ReportArgs, results: &Results, rules: &Rules, terminal: &mut Terminal) -> Exit {
    let title = arguments.title.as_deref();
    let path = &arguments.output;
    if path == Path::new("-") {
        let mut page = Vec::new();
        if let Err(error) = write_page(results, &rules.sources, title, &mut page) {
            terminal.error(&format!("the page cannot be made: {error}"), None);
            return Exit::Unusable;
        }
        terminal.out_bytes(&page);
        return Exit::Clean;
    }
    let written = File::create(path).and_then(|file| {
        let mut out = BufWriter::new(file);
        write_page(results, &rules.sources, title, &mut out)?;
        out.flush()
    });
    match written {
        Ok(()) => {
            terminal.err(&format!("wrote {}\n", path.display()));
            Exit::Clean
        }
        Err(error) => {
            terminal.error(&format!("{} cannot be written: {error}", path.display()), None);
            Exit::Unusable
        }
    }
}
