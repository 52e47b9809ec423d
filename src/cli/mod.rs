//! The command line. Thin: it reads arguments, calls the library and writes what comes back.

mod args;
mod check;
mod explain;
mod export;
mod fmt;
mod generate;
mod init;
mod lint;
mod logs;
mod lsp;
mod outputs;
mod report;
mod scenarios;
mod selection;
mod terminal;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::diagnostic::suggest;
use crate::log::visible;

pub use args::{Cli, Command};

/// What a run came to, as the process tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// No violation of a binding clause.
    Clean,
    /// Violations; files that are not laid out as they should be; warnings.
    Violated,
    /// The rules, the logs or the command line could not be used.
    Unusable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Violated => 1,
            Exit::Unusable => 2,
        })
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut terminal = terminal::Terminal::new(&cli.global);
    let exit = match cli.command {
        Command::Init(arguments) => init::run(&arguments, &mut terminal),
        Command::Check(arguments) => check::run(&arguments, &mut terminal),
        Command::Report(arguments) => report::run(&arguments, &mut terminal),
        Command::Watch(arguments) => watch::run(&arguments, &mut terminal),
        Command::Explain(arguments) => explain::run(&arguments, &mut terminal),
        Command::Test(arguments) => scenarios::run(&arguments, &mut terminal),
        Command::Fmt(arguments) => fmt::run(&arguments, &mut terminal),
        Command::Lint(arguments) => lint::run(&arguments, &mut terminal),
        Command::Generate(arguments) => generate::run(&arguments, &mut terminal),
        Command::Export(arguments) => export::run(&arguments, &mut terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "servanda", &mut script);
            terminal.out_bytes(&script);
            Exit::Clean
        }
        Command::Lsp { stdio: _ } => lsp::run(&mut terminal),
        Command::Man { command } => man(command.as_deref(), &mut terminal),
    };
    exit.into()
}

fn man(name: Option<&str>, terminal: &mut terminal::Terminal) -> Exit {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = name {
        let known = command.get_subcommands().filter(|known| !known.is_hide_set());
        let known: Vec<&clap::Command> = known.collect();
        let Some(found) = known.iter().find(|known| known.get_name() == name) else {
            let names: Vec<&str> = known.iter().map(|known| known.get_name()).collect();
            let help = suggest(&visible(name, 60), "commands", &names);
            terminal.error(&format!("there is no command `{}`", visible(name, 60)), help.as_deref());
            return Exit::Unusable;
        };
        command = (*found).clone();
    }
    let mut page = Vec::new();
    match clap_mangen::Man::new(command).render(&mut page) {
        Ok(()) => {
            terminal.out_bytes(&page);
            Exit::Clean
        }
        Err(error) => {
            terminal.error(&format!("the manual page cannot be made: {error}"), None);
            Exit::Unusable
        }
    }
}
