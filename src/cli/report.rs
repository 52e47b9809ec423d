//! `servanda report`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use indicatif::ProgressBar;

use super::Exit;
use super::args::ReportArgs;
use super::check::{SHOWN_MISTAKES, SHOWN_PROBLEMS, go_on, no_instant, usable_rules};
use super::logs;
use super::terminal::Terminal;
use crate::log::{InputError, Limits, Problem, Progress};
use crate::model::Model;
use crate::report::results::{Results, ResultsBuilder};
use crate::report::{Findings, Problems, write_page};
use crate::run::{CheckOptions, Observer, Rules, check};
use crate::verdict::{Decided, Keeping, Terms};

pub(super) fn run(arguments: &ReportArgs, terminal: &mut Terminal) -> Exit {
    let Some(rules) = usable_rules(arguments.rules.bounded(), &arguments.log, SHOWN_MISTAKES, terminal) else {
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
    let map = arguments.map.as_deref();
    let limits = Limits::from(arguments.limits);
    let Some(inputs) = logs::open(&arguments.log, arguments.log_format, map, limits, model, terminal)? else {
        return Ok(None);
    };
    let mut problems = Problems::new(SHOWN_PROBLEMS);
    let bar = terminal.progress(inputs.stored_bytes());
    let options = CheckOptions {
        as_of: arguments.as_of,
        limits,
        strict: arguments.strict,
        terms: Terms {
            keeping: Keeping::All,
            ..Terms::default()
        },
    };
    let mut following = Following {
        problems: &mut problems,
        bar: &bar,
        progress: inputs.progress(),
    };
    let checked = check(model.clone(), &inputs, options, &mut following);
    bar.finish_and_clear();
    let checked = checked?;
    if !go_on(&problems, &inputs, arguments.skip_invalid, terminal)? {
        return Ok(None);
    }
    let Some(judgement) = &checked.judgement else {
        no_instant(terminal);
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

    fn progress(&mut self, records: u64) {
        self.bar.set_position(self.progress.bytes());
        self.bar.set_message(format!(", {records} records"));
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
