//! `servanda export`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Exit;
use super::args::{ExportArgs, ExportLanguage};
use super::check::{SHOWN_MISTAKES, SHOWN_PROBLEMS, events, records, usable_rules};
use super::logs;
use super::selection::selected;
use super::terminal::Terminal;
use crate::diagnostic::{Code, Diagnostic};
use crate::export::Export;
use crate::log::Limits;
use crate::model::Model;
use crate::report::{Problems, mistakes};
use crate::run::{CheckOptions, ExportError, MAX_DECLARATIONS, Rules, write_formulas, write_log};

pub(super) fn run(arguments: &ExportArgs, terminal: &mut Terminal) -> Exit {
    let ExportLanguage::Mfotl = arguments.to;
    let paths = std::slice::from_ref(&arguments.rules);
    let Some(rules) = usable_rules(
        (paths, arguments.rules_root.as_deref(), MAX_DECLARATIONS),
        &arguments.log,
        SHOWN_MISTAKES,
        terminal,
    ) else {
        return Exit::Unusable;
    };
    let Some(model) = &rules.model else {
        return Exit::Unusable;
    };
    let model = &if arguments.assume_in_force {
        model.always_in_force()
    } else {
        model.clone()
    };
    let Some(clauses) = selected(model, &arguments.clauses, terminal) else {
        return Exit::Unusable;
    };
    let export = Export::new(model, &clauses);
    match write(arguments, &rules, model, &export, terminal) {
        Ok(exit) => exit,
        Err(error) => {
            let help = match &error {
                ExportError::Input(error) => error.help(),
                ExportError::Unwritable { .. } | ExportError::Log(_) => None,
            };
            terminal.error(&error.to_string(), help.as_deref());
            Exit::Unusable
        }
    }
}

fn write(
    arguments: &ExportArgs,
    rules: &Rules,
    model: &Model,
    export: &Export,
    terminal: &mut Terminal,
) -> Result<Exit, ExportError> {
    let files = write_formulas(export, model, &arguments.out)?;
    let mut note = String::new();
    if !arguments.log.is_empty() {
        match log(arguments, model, export, terminal)? {
            Some(text) => note = text,
            None => return Ok(Exit::Unusable),
        }
    }
    let folder = arguments.out.display();
    let counted = if files.len() == 1 {
        "1 formula".to_owned()
    } else {
        format!("{} formulas", files.len())
    };
    terminal.out(&format!("{counted} written to {folder}{note}\n"));
    let refused = refusals(export, model);
    if refused.is_empty() {
        return Ok(Exit::Clean);
    }
    if arguments.explain {
        let most = usize::MAX;
        let text = mistakes(&diagnostics(export, model), &rules.sources, terminal.out_style, most);
        terminal.out(&format!("\n{text}\n"));
    } else {
        terminal.out("\nwithout translation:\n");
        let wrapped = textwrap::Options::new(terminal.out_style.width)
            .initial_indent("    ")
            .subsequent_indent("    ");
        for (reason, names) in refused {
            terminal.out(&format!(
                "{}\n",
                textwrap::fill(&names.join(", "), wrapped.clone().initial_indent("  "))
            ));
            terminal.out(&format!("{}\n", textwrap::fill(&reason, &wrapped)));
        }
    }
    // Who names a clause wants its formula.
    Ok(if arguments.clauses.is_empty() {
        Exit::Clean
    } else {
        Exit::Unusable
    })
}

/// Writes the log. Returns what to say of it; `None` after an error was shown.
fn log(
    arguments: &ExportArgs,
    model: &Model,
    export: &Export,
    terminal: &mut Terminal,
) -> Result<Option<String>, ExportError> {
    let map = arguments.map.as_deref();
    let limits = Limits::from(arguments.limits);
    let Some(inputs) = logs::open(&arguments.log, arguments.log_format, map, limits, model, terminal)? else {
        return Ok(None);
    };
    let mut problems = Problems::new(SHOWN_PROBLEMS);
    let options = CheckOptions {
        as_of: arguments.as_of,
        limits,
        ..CheckOptions::default()
    };
    let written = write_log(export, model, &inputs, &options, &arguments.out, &mut |found| {
        problems.add(found);
    })?;
    if problems.records() > 0 {
        let text = problems.render(&inputs, terminal.error_style)?;
        terminal.err(&format!("{text}\n\n"));
        if !arguments.skip_invalid {
            let records = records(problems.records());
            terminal.error(
                &format!("{records} of the logs cannot be used, so the log that was written is not whole"),
                Some("mend the log, or give `--skip-invalid` to go on without them"),
            );
            return Ok(None);
        }
    }
    let Some(as_of) = written.as_of else {
        terminal.error(
            "the logs have no event, so there is no instant at which the log could end",
            Some("give one with `--as-of 2024-07-08T10:00:00+03:00`"),
        );
        return Ok(None);
    };
    let mut note = format!(", with a log that ends at {as_of}");
    if written.left_out > 0 {
        let _ = write!(note, "; {} later than that left out", events(written.left_out));
    }
    if written.read.unusable > 0 {
        let _ = write!(note, "; {} skipped as unusable", records(written.read.unusable));
    }
    Ok(Some(note))
}

/// The reasons why duties have no translation, with the names of those duties.
fn refusals(export: &Export, model: &Model) -> BTreeMap<String, Vec<String>> {
    let mut refusals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for duty in &export.duties {
        if let Err(refused) = &duty.result {
            let name = match duty.place {
                0 => duty.path(model),
                place => format!("{} (repair {place})", duty.path(model)),
            };
            refusals.entry(refused.reason.to_string()).or_default().push(name);
        }
    }
    refusals
}

fn diagnostics(export: &Export, model: &Model) -> Vec<Diagnostic> {
    let refused = export
        .duties
        .iter()
        .filter_map(|duty| Some((duty, duty.result.as_ref().err()?)));
    refused
        .map(|(duty, refused)| {
            let what = match duty.place {
                0 => format!("`{}` has no translation", duty.path(model)),
                place => format!("repair {place} of `{}` has no translation", duty.path(model)),
            };
            Diagnostic::warning(Code::NoTranslation, what, refused.span, refused.reason.to_string())
                .also(model.clause(duty.clause).span, "the clause")
        })
        .collect()
}
