//! Where output goes, and how it may look there.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ColourChoice, Global};
use crate::log::harmless;
use crate::report::Style;

/// The two output streams of the process.
#[derive(Debug)]
pub(super) struct Terminal {
    out: io::BufWriter<io::Stdout>,
    /// How results look.
    pub(super) out_style: Style,
    /// How files look.
    pub(super) file_style: Style,
    /// How errors look.
    pub(super) error_style: Style,
    progress: bool,
    quiet: bool,
    /// Nobody reads standard output any more, as when a pager was quit.
    closed: bool,
}

impl Terminal {
    pub(super) fn new(global: &Global) -> Self {
        let style = |is_terminal: bool| {
            let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
            let width = match (global.width, columns) {
                (Some(width), _) => usize::from(width),
                (None, Some(columns)) if is_terminal => columns.clamp(40, 120),
                (None, _) => 80,
            };
            Style {
                width,
                colour: match global.color {
                    ColourChoice::Always => true,
                    ColourChoice::Never => false,
                    ColourChoice::Auto => is_terminal && !no_colour && !dumb,
                },
                unicode: !global.ascii,
            }
        };
        Terminal {
            out_style: style(io::stdout().is_terminal()),
            file_style: Style {
                width: global.width.map_or(80, usize::from),
                colour: false,
                unicode: !global.ascii,
            },
            error_style: style(io::stderr().is_terminal()),
            quiet: global.quiet,
            progress: !global.quiet && io::stderr().is_terminal(),
            out: io::BufWriter::new(io::stdout()),
            closed: false,
        }
    }

    pub(super) fn out(&mut self, text: &str) {
        self.out_bytes(text.as_bytes());
    }

    pub(super) fn out_bytes(&mut self, bytes: &[u8]) {
        if !self.closed && self.out.write_all(bytes).is_err() {
            self.closed = true;
        }
    }

    /// Writes to standard error, after what was written to standard output.
    pub(super) fn err(&mut self, text: &str) {
        self.flush();
        // Where errors cannot be written, there is nobody to tell.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Writes to standard error what is no error, unless nobody wants to know.
    pub(super) fn note(&mut self, text: &str) {
        if self.quiet {
            self.flush();
        } else {
            self.err(text);
        }
    }

    /// Writes an error that has no place in a file. Names of files in it can be anybody's, and do nothing to the terminal.
    pub(super) fn error(&mut self, message: &str, help: Option<&str>) {
        let help = help.map_or_else(String::new, |help| format!("  help: {help}\n"));
        self.err(&harmless(format!("error: {message}\n{help}").as_bytes()));
    }

    pub(super) fn flush(&mut self) {
        if !self.closed && self.out.flush().is_err() {
            self.closed = true;
        }
    }

    /// Shows that something is waited for whose size is not known; invisible where nobody would see it.
    pub(super) fn waiting(&self, what: &'static str) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// A progress bar over so many bytes; an invisible one where nobody would see it.
    pub(super) fn progress(&self, bytes: u64) -> ProgressBar {
        self.bar(bytes, "{bar:20} {bytes}/{total_bytes}{msg}, {eta} left")
    }

    /// A progress bar over so many things; an invisible one where nobody would see it.
    pub(super) fn counter(&self, count: u64) -> ProgressBar {
        self.bar(count, "{bar:30} {human_pos}/{human_len} ({per_sec}, {eta} left)")
    }

    fn bar(&self, length: u64, template: &str) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.flush();
    }
}
