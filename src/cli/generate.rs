//! `servanda generate`.

use std::path::Path;

use super::Exit;
use super::args::GenerateArgs;
use super::check::{SHOWN_MISTAKES, usable_rules};
use super::selection::selected;
use super::terminal::Terminal;
use crate::generate::{GenerateError, NoteKind, Share, Wishes, generate};
use crate::log::Format;
use crate::model::{ClauseId, Model};
use crate::run::{Target, write_generated};

pub(super) fn run(arguments: &GenerateArgs, terminal: &mut Terminal) -> Exit {
    let Some(rules) = usable_rules(arguments.rules.bounded(), &[], SHOWN_MISTAKES, terminal) else {
        return Exit::Unusable;
    };
    let Some(model) = rules.model else {
        return Exit::Unusable;
    };
    let Some(breaches) = breaches(&model, &arguments.breach, terminal) else {
        return Exit::Unusable;
    };
    let wishes = Wishes {
        seed: arguments.seed,
        events: arguments.events,
        noise: arguments.noise,
        breaches,
        from: arguments.from,
        to: arguments.to,
    };
    let target = Target {
        log: Some(arguments.out.clone()).filter(|path| path != Path::new("-")),
        format: arguments
            .log_format
            .map(Format::from)
            .or_else(|| Format::of_path(&arguments.out))
            .unwrap_or(Format::Jsonl),
        truth: arguments.truth.clone(),
    };
    let (generator, notes) = match generate(model.clone(), &wishes) {
        Ok(made) => made,
        Err(error) => {
            terminal.error(&error.to_string(), help(&error));
            return Exit::Unusable;
        }
    };
    for note in &notes {
        let clause = model.clause(note.clause);
        let name = format!("{}.{}", model.agreement(clause.agreement).name, clause.name);
        let warning = if note.kind == NoteKind::BreaksOthers {
            "note"
        } else {
            "warning"
        };
        terminal.err(&format!("{warning}: `{name}` {}\n", note.kind.message()));
    }
    let as_of = generator.as_of();
    let bar = terminal.counter(wishes.events);
    let written = write_generated(generator, &target, &mut |events| bar.set_position(events));
    bar.finish_and_clear();
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            // Nobody reads on, as when a pager was quit.
            if error.path.is_none() && error.cause.kind() == std::io::ErrorKind::BrokenPipe {
                return Exit::Clean;
            }
            terminal.error(&error.to_string(), None);
            return Exit::Unusable;
        }
    };
    if written.events < wishes.events {
        terminal.err(&format!(
            "warning: {} of {} events: the rules leave no room for more in the time\n  help: give a longer time with `--to`, or more events that nothing looks at with `--noise`\n",
            written.events, wishes.events
        ));
    }
    let zone = &crate::generate::zone(&model);
    let counted = if written.violated == 1 {
        "1 breach".to_owned()
    } else {
        format!("{} breaches", written.violated)
    };
    terminal.err(&format!("{} events, {counted}", written.events));
    if let Some(last) = written.last {
        terminal.err(&format!(", as of {}", zone.rfc3339(last.max(as_of))));
        if last != as_of {
            terminal.err(&format!(
                "\n  help: judge the log as of that instant, with `--as-of {}`",
                zone.rfc3339(as_of)
            ));
        }
    }
    terminal.err("\n");
    Exit::Clean
}

/// The rates that were given, by clause; `None` after something was wrong with one.
fn breaches(model: &Model, given: &[String], terminal: &mut Terminal) -> Option<Vec<(ClauseId, Share)>> {
    let mut breaches = Vec::new();
    let mut are_right = true;
    for word in given {
        let (name, rate) = match word.rsplit_once('=') {
            Some((name, rate)) => (Some(name), rate),
            None => (None, word.as_str()),
        };
        let names: Vec<String> = name.into_iter().map(str::to_owned).collect();
        let clauses = selected(model, &names, terminal);
        match rate.parse::<Share>() {
            Ok(rate) => breaches.extend(clauses.iter().flatten().map(|clause| (*clause, rate))),
            Err(error) => {
                terminal.error(
                    &format!("`{rate}` is no rate: {error}"),
                    Some("write `--breach CLAUSE=5%`, or `--breach 5%` for every clause"),
                );
                are_right = false;
            }
        }
        are_right &= clauses.is_some();
    }
    are_right.then_some(breaches)
}

fn help(error: &GenerateError) -> Option<&'static str> {
    match error {
        GenerateError::NoClause => None,
        GenerateError::NoTime(..) => Some("choose the time with `--from` and `--to`, or leave rules out"),
        GenerateError::NoNoise => {
            Some("declare a type that no clause uses, as in `event remark { text: text }`, or leave `--noise` out")
        }
        GenerateError::TooFew { .. } => Some("ask for more with `--events`, or give a shorter time with `--to`"),
    }
}
