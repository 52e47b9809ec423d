//! `servanda watch`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use console::Term;

use super::Exit;
use super::args::{ClockChoice, WatchArgs, WatchFormat};
use super::check::{records, usable_rules};
use super::logs;
use super::terminal::Terminal;
use crate::log::{Inputs, Limits, harmless};
use crate::model::Model;
use crate::plan::Plan;
use crate::report::{Difference, Findings, Heading, Standing, board, brief};
use crate::run::Rules;
#[cfg(feature = "nats")]
use crate::run::watch::NatsLog;
use crate::run::watch::{
    Delivered, DeliveryOptions, Late, LedgerError, Link, Monitor, MonitorOptions, Note, Put, Recipient, SourceError,
    StoreError, Tidings, WatchClock, WatchError, WatchObserver, WatchOptions, WatchSource, watch,
};
use crate::time::{Delay, Instant};
use crate::verdict::{CriterionError, FailOn, Keeping, Terms};

pub(super) fn run(arguments: &WatchArgs, terminal: &mut Terminal) -> Exit {
    let rules = usable_rules(
        arguments.rules.bounded(),
        std::slice::from_ref(&arguments.log),
        super::check::SHOWN_MISTAKES,
        terminal,
    );
    let Some((rules, model)) = rules.as_ref().and_then(|rules| Some((rules, rules.model.as_ref()?))) else {
        return Exit::Unusable;
    };
    let options = match options(arguments) {
        Ok(options) => options,
        Err(error) => {
            terminal.error(&format!("--fail-on: {error}"), None);
            return Exit::Unusable;
        }
    };
    match watch_log(arguments, rules, model, &options, terminal) {
        Ok(exit) => exit,
        Err(error) => {
            let help = help(&error);
            terminal.error(&error.to_string(), help.as_deref());
            Exit::Unusable
        }
    }
}

fn options(arguments: &WatchArgs) -> Result<WatchOptions, CriterionError> {
    let command = arguments.on_violation.clone().map(Recipient::Command);
    #[cfg(feature = "webhook")]
    let command = command.or(arguments.webhook.clone().map(Recipient::Webhook));
    Ok(WatchOptions {
        monitor: MonitorOptions {
            max_delay: arguments.max_delay.unwrap_or(match arguments.clock {
                ClockChoice::Event => Delay::ZERO,
                ClockChoice::Wall => Delay::MINUTE,
            }),
            await_late: arguments.await_late,
            at_risk: arguments.at_risk,
            terms: Terms {
                keeping: Keeping::Nothing,
                telling: if arguments.all { Keeping::All } else { Keeping::Findings },
                fail_on: FailOn::new(arguments.fail_on.clone())?,
                ..Terms::default()
            },
        },
        clock: match arguments.clock {
            ClockChoice::Event => WatchClock::Event,
            ClockChoice::Wall => WatchClock::Wall,
        },
        state: arguments.state.clone(),
        output: arguments.output.clone(),
        follow: !arguments.no_follow,
        delivery: command.map(|recipient| DeliveryOptions {
            recipient,
            retries: arguments.retries,
            wait: Duration::from_secs(1),
            timeout: arguments.timeout.to_std(),
        }),
        checkpoint_every: arguments.checkpoint_every.to_std(),
        max_pending: usize::try_from(arguments.max_pending).unwrap_or(usize::MAX),
        accept_gap: arguments.accept_gap,
        migrate: arguments.migrate,
        limits: Limits {
            record_bytes: arguments.max_record,
            ..Limits::default()
        },
    })
}

fn watch_log(
    arguments: &WatchArgs,
    rules: &Rules,
    model: &Model,
    options: &WatchOptions,
    terminal: &mut Terminal,
) -> Result<Exit, WatchError> {
    let Some((source, name)) = source(arguments, terminal) else {
        return Ok(Exit::Unusable);
    };
    let mut inputs = Inputs::live(&name);
    if let Some(map) = &arguments.map {
        let Some(map) = logs::read_map(map, model, terminal) else {
            return Ok(Exit::Unusable);
        };
        inputs = inputs.mapped(map);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let told_to_stop = Arc::clone(&stop);
    let handled = ctrlc::set_handler(move || {
        // Who asks twice does not want to wait.
        if told_to_stop.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
    if let Err(error) = handled {
        terminal.error(&format!("the watch cannot be stopped in order: {error}"), None);
    }
    let findings = Findings {
        model,
        sources: &rules.sources,
        inputs: &inputs,
        style: terminal.out_style,
    };
    let format = arguments.format.unwrap_or(if io::stdout().is_terminal() {
        WatchFormat::Pretty
    } else {
        WatchFormat::Jsonl
    });
    let mut screen = Screen {
        format,
        clock: options.clock,
        inputs: &inputs,
        model,
        drawn: 0,
        board: (format == WatchFormat::Pretty && io::stdout().is_terminal()).then(Term::stdout),
        violations: 0,
        unusable: 0,
        terminal,
    };
    let plan = Arc::new(Plan::new(model.clone()));
    let watched = watch(&plan, source, &findings, options, &system_time, &stop, &mut screen);
    screen.clear();
    let watched = watched?;
    let fails = watched.counts.failing > 0 || watched.judgement.fails();
    let (read, unusable) = watched.records;
    let mut words = vec![format!("{} read", records(read))];
    for (count, what) in [
        (unusable, "unusable"),
        (watched.counts.late, "late"),
        (watched.counts.corrected, "corrected"),
        (watched.counts.retracted, "retracted"),
        (watched.redelivered, "sent again and passed over"),
    ] {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    }
    terminal.note(&format!("{}\n", words.join(", ")));
    Ok(if fails { Exit::Violated } else { Exit::Clean })
}

/// What is watched, and what people are told of it by.
fn source<'a>(arguments: &'a WatchArgs, terminal: &mut Terminal) -> Option<(WatchSource<'a>, String)> {
    if let Some(address) = arguments.log.to_str().filter(|log| is_address(log)) {
        return stream(arguments, address, terminal);
    }
    if let Some(option) = stream_option(arguments) {
        let help = "a stream is given as `--log nats://HOST:PORT/STREAM`";
        terminal.error(
            &format!("{option} goes with a stream of NATS, and the log is none"),
            Some(help),
        );
        return None;
    }
    if arguments.log == Path::new("-") {
        return Some((WatchSource::Pipe(Box::new(io::stdin())), "standard input".to_owned()));
    }
    Some((
        WatchSource::File(&arguments.log),
        arguments.log.to_string_lossy().into_owned(),
    ))
}

/// Whether a log is a stream of a server.
fn is_address(log: &str) -> bool {
    ["nats://", "tls://"].iter().any(|scheme| log.starts_with(scheme))
}

#[cfg(feature = "nats")]
fn stream<'a>(arguments: &WatchArgs, address: &str, terminal: &mut Terminal) -> Option<(WatchSource<'a>, String)> {
    match NatsLog::parse(address) {
        Ok(log) => {
            let log = NatsLog {
                subject: arguments.subject.clone(),
                consumer: arguments.consumer.clone(),
                credentials: arguments.nats_creds.clone(),
                ..log
            };
            let name = log.name();
            Some((WatchSource::Nats(log), name))
        }
        Err(error) => {
            let help = "a stream is given as `nats://HOST:PORT/STREAM` or `nats://USER:PASSWORD@HOST:PORT/STREAM`";
            terminal.error(&format!("--log: {error}"), Some(help));
            None
        }
    }
}

#[cfg(not(feature = "nats"))]
fn stream<'a>(_: &WatchArgs, _: &str, terminal: &mut Terminal) -> Option<(WatchSource<'a>, String)> {
    let help = "build it with `cargo build --release --features nats`, or bring the stream by a pipe to `--log -`";
    terminal.error(
        "this program was built without the feature `nats`, and reads no streams of NATS",
        Some(help),
    );
    None
}

/// An option that is given and says something of streams only.
fn stream_option(arguments: &WatchArgs) -> Option<&'static str> {
    let given = [
        ("--subject", arguments.subject.is_some()),
        ("--consumer", arguments.consumer.is_some()),
        ("--nats-creds", arguments.nats_creds.is_some()),
    ];
    given.iter().find(|(_, given)| *given).map(|(option, _)| *option)
}

/// What the clock of the system says, in whole milliseconds.
fn system_time() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanoseconds = i128::try_from(since.as_millis())
        .unwrap_or(i128::MAX)
        .saturating_mul(1_000_000);
    Instant::from_unix_nanoseconds(nanoseconds).unwrap_or(Instant::MAX)
}

fn help(error: &WatchError) -> Option<String> {
    let text = match error {
        WatchError::OtherRules(difference) => {
            let migrate = "give `--migrate` to go on with these rules, or another folder with `--state` to begin anew";
            return Some(format!(
                "{}\n        {migrate}",
                changes(difference).replace('\n', "\n        ")
            ));
        }
        WatchError::Other { .. } => "give the same log and options, or another folder with `--state` to begin anew",
        WatchError::PipeIsGone => "give another folder with `--state` to begin anew",
        WatchError::TooManyPending(_) => {
            "a record's time may lie far ahead of the others; allow more with `--max-pending`, or less delay with `--max-delay`"
        }
        WatchError::Store(StoreError::InUse { .. }) => "end that one first, or give another folder with `--state`",
        WatchError::Store(StoreError::OtherForm { .. }) => {
            "use the version of Servanda that wrote it, or give another folder with `--state` to begin anew"
        }
        WatchError::Source(SourceError::Gone { .. }) => {
            "put the file back, unpacked, or give `--accept-gap` to go on without what it had"
        }
        #[cfg(feature = "nats")]
        WatchError::Source(SourceError::Nats(error)) => return error.help(),
        WatchError::Source(SourceError::Packed { .. }) => {
            "unpack it on the way, as with `zcat FILE | servanda watch RULES --log -`; `servanda check` reads packed logs"
        }
        WatchError::Ledger(LedgerError::Short { .. } | LedgerError::Differs { .. }) => {
            "the file, the log or the rules are not those of before; give another file with `--output` and another folder with `--state` to begin anew"
        }
        WatchError::State(_) => "remove the folder of `--state`: the log is then read from its start",
        WatchError::Source(SourceError::Unreadable { .. })
        | WatchError::Store(_)
        | WatchError::Ledger(LedgerError::System { .. })
        | WatchError::Format(_) => return None,
    };
    Some(text.to_owned())
}

/// What can be carried over from other rules.
fn changes(difference: &Difference) -> String {
    let list = |names: &[String]| {
        let shown: Vec<&str> = names.iter().take(SHOWN_NAMES).map(String::as_str).collect();
        let more = names.len().saturating_sub(SHOWN_NAMES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{more}", shown.join(", "))
    };
    let lines = [
        (&difference.same, "means the same, and what was told of it stands"),
        (&difference.changed, "means something else, and is judged anew"),
        (&difference.new, "is new, and is judged from the start of the log"),
        (&difference.gone, "is gone, and what was told of it stays as it was"),
    ];
    let lines = lines.iter().filter(|(names, _)| !names.is_empty());
    let lines: Vec<String> = lines.map(|(names, what)| format!("{what}: {}", list(names))).collect();
    lines.join("\n")
}

/// So many names of clauses are listed.
const SHOWN_NAMES: usize = 10;

/// How many open duties are shown at most.
const SHOWN_DUTIES: usize = 20;

/// Shows what is found, above the open duties.
struct Screen<'a> {
    format: WatchFormat,
    clock: WatchClock,
    inputs: &'a Inputs,
    model: &'a Model,
    terminal: &'a mut Terminal,
    /// Where the open duties are drawn.
    board: Option<Term>,
    /// How many lines of the screen they take.
    drawn: usize,
    violations: u64,
    unusable: u64,
}

impl Screen<'_> {
    /// Takes the open duties off the screen.
    fn clear(&mut self) {
        self.terminal.flush();
        if let Some(term) = &self.board {
            // A terminal that does not take it shows the lines twice.
            let _ = term.clear_last_lines(std::mem::take(&mut self.drawn));
        }
    }
}

impl Screen<'_> {
    fn text(&self, tidings: &Tidings<'_>) -> String {
        let style = self.terminal.out_style;
        let (heading, decided) = match tidings {
            Tidings::Breach(decided) => (Heading::Breach, decided),
            Tidings::Verdict { decided, .. } => (Heading::Verdict, decided),
            Tidings::Sequel(decided) => (Heading::Sequel, decided),
            Tidings::AtRisk(decided) => (Heading::AtRisk, decided),
            Tidings::Late(late) => {
                let name = self.inputs.name(late.origin.input);
                let Late {
                    origin, time, frontier, ..
                } = late;
                return format!(
                    "late: {name}:{} is of {time}, and all before {frontier} was judged\n",
                    origin.line
                );
            }
        };
        brief(self.model, self.inputs, heading, decided, style)
    }
}

impl WatchObserver for Screen<'_> {
    fn told(&mut self, tidings: Option<&Tidings<'_>>, line: &str, put: Put) {
        if let Some(tidings) = tidings {
            self.violations += u64::from(tidings.begins_violation());
        }
        if put == Put::Known {
            return;
        }
        match (self.format, tidings) {
            (WatchFormat::Jsonl, _) => {
                self.terminal.out(line);
            }
            (WatchFormat::Pretty, Some(tidings)) => {
                self.clear();
                let text = self.text(tidings);
                self.terminal.out(&text);
            }
            (WatchFormat::Pretty, None) => {}
        }
    }

    fn note(&mut self, note: &Note<'_>) {
        self.clear();
        let text = match note {
            Note::Resumed {
                position,
                stream,
                frontier,
            } => {
                let place = match stream {
                    Some(stream) => format!("after message {}", stream.sequence),
                    None => format!("at line {}", position.line + 1),
                };
                self.terminal.note(&format!("going on {place}, judged to {frontier}\n"));
                return;
            }
            Note::Rebuilt { error, aside } => format!(
                "warning: {error}\n  it was put aside as {}, and the log is read from its start; nothing is told twice",
                aside.display()
            ),
            Note::Migrated(difference) => format!(
                "the rules are others than before:\n  {}",
                changes(difference).replace('\n', "\n  ")
            ),
            Note::NoCheckpoint(error) => format!("warning: {error}\n  the watch goes on, and tries again"),
            Note::Gap(text) => format!("warning: {text}"),
            Note::Link(Link::Lost) => "warning: the connection to the log is lost, and is tried again".to_owned(),
            Note::Link(Link::Found { after }) => {
                format!(
                    "the connection to the log is there again, after {:.1} s",
                    after.as_secs_f64()
                )
            }
            Note::Link(Link::Trouble(why)) => format!("warning: the log does not come: {why}\n  it is tried again"),
            Note::Delivery(Delivered::Taken { .. }) => return,
            Note::Delivery(Delivered::Failed { id, tries, why }) => {
                format!("warning: telling of {id} failed, {why} (try {tries}); it is tried again")
            }
            Note::Delivery(Delivered::GivenUp { id, tries, why }) => {
                format!(
                    "error: telling of {id} failed {tries} times, {why}; it is tried again when the watch is started anew with `--state`"
                )
            }
            Note::Problems(problems) => {
                self.unusable += 1;
                let mut shown = String::new();
                for problem in *problems {
                    let place = format!("{}:{}", self.inputs.name(problem.origin.input), problem.origin.line);
                    let _ = writeln!(shown, "{place}: {}: {}", problem.kind.name(), problem.message);
                    if let Some(help) = &problem.help {
                        let _ = writeln!(shown, "  help: {help}");
                    }
                }
                shown.trim_end().to_owned()
            }
        };
        self.terminal.err(&format!("{}\n", harmless(text.as_bytes())));
    }

    fn moment(&mut self, monitor: &Monitor, now: Instant, records: u64) {
        self.clear();
        let Some(term) = &self.board else { return };
        let (rows, _) = term.size();
        let most = usize::from(rows).saturating_sub(4).clamp(1, SHOWN_DUTIES);
        let standing = Standing {
            now: match self.clock {
                WatchClock::Wall => now,
                WatchClock::Event => monitor.latest().unwrap_or(Instant::MIN),
            },
            records,
            unusable: self.unusable,
            late: monitor.counts().late,
            violations: self.violations,
        };
        let unfinished = monitor.engine().unfinished_instances();
        let text = board(
            self.model,
            self.inputs,
            unfinished,
            standing,
            most,
            self.terminal.out_style,
        );
        self.drawn = text.lines().count();
        self.terminal.out(&text);
        self.terminal.flush();
    }
}
