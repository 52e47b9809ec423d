//! `servanda check`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;

use super::Exit;
use super::args::CheckArgs;
use super::logs;
use super::outputs::{Form, Output, Outputs, ResultError};
use super::terminal::Terminal;
use crate::log::{Format, InputError, Inputs, Limits, Problem, Progress, is_packed, visible};
use crate::model::Model;
use crate::report::results::{Holds, ResultsBuilder};
use crate::report::{Caps, Findings, FormatError, Problems, ResultLine, mistakes, summary};
use crate::run::{BaselineFileError, CheckOptions, Checked, Observer, Rules, check, read_baseline, write_baseline};
use crate::verdict::{Baseline, Compared, Decided, FailOn, Judgement, Keeping, Terms};

/// How many mistakes in rule files are shown in full: more than a person mends before looking again.
pub(super) const SHOWN_MISTAKES: usize = 50;

/// How many problems of logs are shown in full.
pub(super) const SHOWN_PROBLEMS: usize = 20;

/// How much of a file is looked at to tell whether it is a log.
const HEAD_BYTES: u64 = 8;

/// What logs start with, and rules never do.
const LOG_STARTS: [&[u8]; 5] = [b"{", b"[", b"<", b"PAR1", b"ARROW1"];

pub(super) fn run(arguments: &CheckArgs, terminal: &mut Terminal) -> Exit {
    let most = if arguments.all { usize::MAX } else { SHOWN_MISTAKES };
    let Some(rules) = usable_rules(arguments.rules.bounded(), &arguments.log, most, terminal) else {
        return Exit::Unusable;
    };
    let Some(model) = &rules.model else {
        return Exit::Unusable;
    };
    if arguments.log.is_empty() {
        if let Some(spec) = arguments.results.output.first() {
            terminal.error(
                &format!("without a log there is no result to write to {}", spec.path.display()),
                Some("give one with `--log FILE`"),
            );
            return Exit::Unusable;
        }
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
    (paths, root, most_declarations): (&[PathBuf], Option<&Path>, usize),
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
    let loaded = Rules::load_bounded(paths, root, most_declarations);
    if !loaded.as_ref().is_ok_and(|rules| rules.model.is_some())
        && let Some(log) = paths.iter().find(|path| is_log(path))
    {
        let name = visible(&log.to_string_lossy(), 200);
        terminal.error(
            &format!("`{name}` was given as a rule file, and is a log"),
            Some(&format!("did you mean `--log {name}`?")),
        );
        return None;
    }
    let rules = match loaded {
        Ok(rules) => rules,
        Err(error) => {
            terminal.error(&error.to_string(), error.help());
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

/// Whether a file has the name of a log, or starts like one.
fn is_log(path: &Path) -> bool {
    if path == Path::new("-") || !path.is_file() {
        return false;
    }
    if Format::of_path(path).is_some() {
        return true;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && (is_packed(&head) || LOG_STARTS.iter().any(|start| head.starts_with(start)))
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
) -> Result<Exit, ResultError> {
    let map = arguments.map.as_deref();
    let limits = Limits::from(arguments.limits);
    let Some(inputs) = logs::open(&arguments.log, arguments.log_format, map, limits, model, terminal)? else {
        return Ok(Exit::Unusable);
    };
    let read = arguments
        .rules
        .rules
        .iter()
        .chain(&arguments.log)
        .chain(&arguments.map)
        .chain(&arguments.baseline);
    let read: Vec<&Path> = read.map(PathBuf::as_path).collect();
    let fail_on = FailOn::new(arguments.fail_on.clone())?;
    let baseline = baseline(arguments)?;
    let mut outputs = Outputs::open(&arguments.results, &read)?;
    let findings = Findings {
        model,
        sources: &rules.sources,
        inputs: &inputs,
        style: terminal.out_style,
    };
    let mut problems = Problems::new(if arguments.all { usize::MAX } else { SHOWN_PROBLEMS });
    let documents = outputs.any(|format| matches!(format.form(), Form::Document(_)));
    let options = CheckOptions {
        as_of: arguments.as_of,
        limits,
        strict: arguments.strict,
        terms: Terms {
            keeping: match (arguments.all, documents) {
                (true, true) => Keeping::All,
                (false, true) => Keeping::Findings,
                (_, false) if outputs.any(|format| format.form() == Form::Pretty) || arguments.update_baseline => {
                    Keeping::Findings
                }
                (_, false) => Keeping::Nothing,
            },
            most: (!arguments.all && !documents && !arguments.update_baseline).then_some(Caps::default().per_clause),
            telling: match (outputs.any(|format| format.form() == Form::Lines), arguments.all) {
                (false, _) => Keeping::Nothing,
                (true, false) => Keeping::Findings,
                (true, true) => Keeping::All,
            },
            fail_on,
            baseline: baseline.map(Arc::new),
            accepting: arguments.update_baseline,
        },
    };
    let bar = terminal.progress(inputs.stored_bytes());
    let mut following = Following {
        problems: &mut problems,
        bar: &bar,
        progress: inputs.progress(),
        lines: Lines::new(&mut outputs, terminal, ResultsBuilder::new(&findings)),
    };
    let checked = check(model.clone(), &inputs, options, &mut following);
    let unwritten = following.lines.failure.take();
    bar.finish_and_clear();
    let checked = checked?;
    if let Some(error) = unwritten {
        return Err(error.into());
    }
    if !go_on(&problems, &inputs, arguments.skip_invalid, terminal)? {
        return Ok(Exit::Unusable);
    }
    let exit = write(arguments, &findings, &checked, &mut outputs, terminal)?;
    outputs.finish()?;
    Ok(exit)
}

/// The violations that are known. Where they are about to be written, a file that is not there knows none.
fn baseline(arguments: &CheckArgs) -> Result<Option<Baseline>, BaselineFileError> {
    let Some(path) = &arguments.baseline else {
        return Ok(None);
    };
    match read_baseline(path) {
        Err(BaselineFileError::NotFound { .. }) if arguments.update_baseline => Ok(Some(Baseline::default())),
        read => read.map(Some),
    }
}

/// Gathers what a run tells while it goes on.
struct Following<'a> {
    problems: &'a mut Problems,
    bar: &'a ProgressBar,
    progress: Progress,
    lines: Lines<'a>,
}

impl Observer for Following<'_> {
    fn problems(&mut self, problems: Vec<Problem>) {
        self.problems.add(problems);
    }

    fn progress(&mut self, records: u64) {
        self.bar.set_position(self.progress.bytes());
        self.bar.set_message(format!(", {records} records"));
    }

    fn decided(&mut self, decided: &Decided) {
        self.lines.decided(decided);
    }

    fn restart(&mut self) {
        self.lines.put(&ResultLine::Restart);
    }
}

/// The outputs that are written while a run goes on.
struct Lines<'a> {
    outputs: Vec<&'a mut Output>,
    terminal: &'a mut Terminal,
    builder: ResultsBuilder<'a>,
    failure: Option<FormatError>,
}

impl<'a> Lines<'a> {
    fn new(outputs: &'a mut Outputs, terminal: &'a mut Terminal, builder: ResultsBuilder<'a>) -> Self {
        let outputs = outputs.iter_mut().filter(|output| output.format.form() == Form::Lines);
        let mut lines = Lines {
            outputs: outputs.collect(),
            terminal,
            builder,
            failure: None,
        };
        lines.put(&ResultLine::start());
        lines
    }

    fn decided(&mut self, decided: &Decided) {
        let instance = self.builder.instance(decided);
        self.put(&ResultLine::Verdict(&instance));
    }

    fn put(&mut self, line: &ResultLine<'_>) {
        if self.outputs.is_empty() {
            return;
        }
        match line.write() {
            Ok(text) => {
                for output in &mut self.outputs {
                    output.put(&text, self.terminal);
                }
            }
            Err(error) => self.failure = Some(error),
        }
    }
}

/// Shows what is wrong with the logs, and says whether the run goes on.
pub(super) fn go_on(
    problems: &Problems,
    inputs: &Inputs,
    skip_invalid: bool,
    terminal: &mut Terminal,
) -> Result<bool, InputError> {
    if problems.records() == 0 {
        return Ok(true);
    }
    let text = problems.render(inputs, terminal.error_style)?;
    terminal.err(&format!("{text}\n\n"));
    if !skip_invalid {
        let records = records(problems.records());
        terminal.error(
            &format!("{records} of the logs cannot be used, so nothing was judged"),
            Some("mend the log, or give `--skip-invalid` to go on without them"),
        );
    }
    Ok(skip_invalid)
}

/// Says that there is nothing to judge as of.
pub(super) fn no_instant(terminal: &mut Terminal) {
    terminal.error(
        "the logs have no event, so there is no instant to judge as of",
        Some("give one with `--as-of 2024-07-08T10:00:00+03:00`"),
    );
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
    outputs: &mut Outputs,
    terminal: &mut Terminal,
) -> Result<Exit, ResultError> {
    let Some(judgement) = &checked.judgement else {
        no_instant(terminal);
        return Ok(Exit::Unusable);
    };
    let mut builder = ResultsBuilder::new(findings);
    let mut results = None;
    for output in outputs.iter_mut() {
        match output.format.form() {
            Form::Pretty => {
                let findings = Findings {
                    style: output.style(terminal),
                    ..*findings
                };
                pretty(arguments, &findings, (judgement, checked), &mut |text| {
                    output.put(text, terminal);
                })?;
            }
            Form::Lines => {
                let holds = if arguments.all { Holds::All } else { Holds::Findings };
                let summary = builder.summary(judgement, &checked.read, checked.left_out, holds);
                output.put(&ResultLine::Summary(&summary).write()?, terminal);
            }
            Form::Document(format) => {
                let results = match &mut results {
                    Some(results) => results,
                    None => results.insert(builder.results(judgement, &checked.read, checked.left_out)?),
                };
                output.put(&format.write(results)?, terminal);
            }
        }
    }
    if let (Some(path), true) = (&arguments.baseline, arguments.update_baseline) {
        write_baseline(path, findings.model, judgement)?;
    }
    Ok(if judgement.fails() { Exit::Violated } else { Exit::Clean })
}

/// Findings, the summary, and what there is to say of what was read.
fn pretty(
    arguments: &CheckArgs,
    findings: &Findings<'_>,
    (judgement, checked): (&Judgement, &Checked),
    out: &mut dyn FnMut(&str),
) -> Result<(), InputError> {
    let caps = if arguments.all { Caps::ALL } else { Caps::default() };
    findings.render(judgement, caps, |text| {
        out(text);
        out("\n");
    })?;
    out(&summary(findings, judgement));
    out("\n");
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
    if let Some(compared) = judgement.compared() {
        notes.extend(baseline_note(compared, arguments.update_baseline));
    }
    if !notes.is_empty() {
        out(&format!("{}\n", notes.join("; ")));
    }
    Ok(())
}

/// What there is to say of a baseline that is not in the counts.
fn baseline_note(compared: Compared, updating: bool) -> Option<String> {
    let Compared {
        known,
        changed,
        new,
        gone,
    } = compared;
    match (updating, gone) {
        (true, _) => Some(format!(
            "baseline written: {new} new, {changed} changed, {known} as before, {gone} taken out"
        )),
        (false, 0) => None,
        (false, gone) => Some(format!(
            "{gone} of the baseline no longer violated: `--update-baseline` takes {} out",
            if gone == 1 { "it" } else { "them" }
        )),
    }
}

pub(super) fn events(count: u64) -> String {
    if count == 1 {
        "1 event".to_owned()
    } else {
        format!("{count} events")
    }
}
