//! The arguments of the command.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::outputs::OutputSpec;
use crate::generate::Share;
use crate::log::Limits;
use crate::run::MAX_DECLARATIONS;
use crate::time::{Delay, Instant};
use crate::verdict::{Criterion, Percent};

/// Checks logs of what happened against the clauses of an agreement, and explains every breach.
#[derive(Debug, Parser)]
#[command(name = "servanda", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 no violation, 1 violations, 2 the rules, logs or command line could not be used."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// When to use colour; `auto` asks whether the output is a terminal, and respects `NO_COLOR`.
    #[arg(long, value_enum, default_value_t = ColourChoice::Auto, global = true, value_name = "WHEN")]
    pub color: ColourChoice,
    /// Draw with ASCII characters only.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The width of the report in columns; else that of the terminal, or 80.
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=500))]
    pub width: Option<u16>,
    /// Write no progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the command can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a project: rules, a log, a scenario and a workflow, which pass at once.
    Init(InitArgs),
    /// Check logs against rule files; without logs, check the rule files alone.
    Check(CheckArgs),
    /// Judge logs, and write a page for people: an overview, a timeline, and every finding beside the lines of the log.
    #[command(
        after_help = "Exit codes: 0 the page was written, 2 the rules, logs or command line could not be used, or the page not written."
    )]
    Report(ReportArgs),
    /// Judge a log while it is being written, and tell of each breach when its deadline passes.
    #[command(
        after_help = "Exit codes: 0 no violation so far, 1 violations, 2 the rules, the log, the checkpoint or the command line could not be used."
    )]
    Watch(WatchArgs),
    /// Tell in plain English what clauses say, with examples that keep and break them.
    Explain(ExplainArgs),
    /// Run scenarios: short logs in YAML files, with the verdicts that are expected of them.
    #[command(
        after_help = "Exit codes: 0 all as expected, 1 not as expected or not covered, 2 the files or the command line could not be used."
    )]
    Test(TestArgs),
    /// Lay rule files out in the one canonical way.
    Fmt(FmtArgs),
    /// Show what is certainly amiss in rule files, and mend it.
    Lint(LintArgs),
    /// Make a log from rules and a seed: kept, or broken on purpose, with the truth beside it.
    Generate(GenerateArgs),
    /// Write clauses and logs for an independent monitor.
    Export(ExportArgs),
    /// Serve an editor: a language server over standard input and output.
    Lsp {
        /// Taken and without effect: standard input and output are the only way.
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Write a completion script for a shell to standard output.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write a page of the manual to standard output.
    Man {
        /// The command that the page is about; else the page on the whole.
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder of the project, which is made if it is not there.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// What the agreement is called; else as the folder is.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Overwrite files that are there.
    #[arg(long)]
    pub force: bool,
}

/// Which rules are meant.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// Rule files; `-` is standard input.
    #[arg(required = true, value_name = "RULES")]
    pub rules: Vec<PathBuf>,
    /// The folder that files named in `use` must be in; else that of the first rule file.
    #[arg(long, value_name = "FOLDER")]
    pub rules_root: Option<PathBuf>,
    /// How many declarations the rules may have.
    #[arg(long, value_name = "NUMBER", default_value_t = MAX_DECLARATIONS, help_heading = "Limits")]
    pub max_declarations: usize,
}

impl RuleArgs {
    /// The files, the folder that used ones must be in, and how many declarations there may be.
    pub(super) fn bounded(&self) -> (&[PathBuf], Option<&Path>, usize) {
        (&self.rules, self.rules_root.as_deref(), self.max_declarations)
    }
}

/// How much a log may ask for.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Limits")]
// The fields' names are those of the options.
#[allow(clippy::struct_field_names)]
pub struct LimitArgs {
    /// The longest record of a log, in bytes, KiB, MiB or GiB; a longer one is a problem and is not held in memory.
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_record_size)]
    pub max_record: u32,
    /// The longest YAML log, which is read whole.
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_size)]
    pub max_yaml: u64,
    /// The longest batch of an Arrow log, which is read whole, and the most that a batch of rows of Parquet may take.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    pub max_batch: u64,
    /// The most that a packed Parquet or Arrow log may unpack to, in a temporary file.
    #[arg(long, value_name = "SIZE", default_value = "16GiB", value_parser = parse_size)]
    pub max_unpacked: u64,
    /// How many threads read and judge a log; else as many as the machine has, up to 8. It changes no result.
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<NonZeroUsize>,
}

/// Of more threads than this, most would wait for the one that cuts the log into blocks.
const MOST_THREADS: usize = 8;

impl From<LimitArgs> for Limits {
    fn from(limits: LimitArgs) -> Self {
        Limits {
            record_bytes: limits.max_record,
            yaml_bytes: limits.max_yaml,
            batch_bytes: limits.max_batch,
            unpacked_bytes: limits.max_unpacked,
            threads: limits.threads.map_or_else(
                || std::thread::available_parallelism().map_or(1, |there| there.get().min(MOST_THREADS)),
                NonZeroUsize::get,
            ),
        }
    }
}

/// Arguments of `check`.
#[derive(Debug, Args)]
// Each is an option that is given or not.
#[allow(clippy::struct_excessive_bools)]
pub struct CheckArgs {
    /// The rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// A log: JSON lines, a JSON array, CSV, YAML, Parquet, Arrow, XES or OCEL 2.0, plain or compressed with gzip or zstd; `-` is standard input. Can be given several times.
    #[arg(long, short, value_name = "FILE", num_args = 1..)]
    pub log: Vec<PathBuf>,
    /// The format of the logs; else told from each file's name or first bytes.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// How to read logs that were not written for the rules: a map in YAML, or `cloudevents`, `xes`, `ocel` or `none`.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// The instant to judge as of, as in 2024-07-08T10:00:00+03:00; else the last instant of the logs. Later events are left out.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub as_of: Option<Instant>,
    /// Go on without the records that cannot be used, and count them.
    #[arg(long)]
    pub skip_invalid: bool,
    /// Hold to the rules the records too whose type no clause looks at. Else only their time and type are read.
    #[arg(long)]
    pub strict: bool,
    /// Show every finding and every problem in full; in the formats for other programs, every duty, also those that were met or are open.
    #[arg(long)]
    pub all: bool,
    /// Say nothing of the violations that a file knows, as long as they stay as they are: they are counted, and do not make the run fail.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the violations that there are now into the file of `--baseline`, so that they are known from now on.
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,
    /// What makes the run fail (exit code 1), in the place of `must`: a violation of a clause that is `must`, `should` (or stronger) or `aim` (or an aim that is not
    /// reached), each perhaps of a severity at least, as in `should:major`; `critical` or `major` for `must:critical` or `must:major`; `unknown` for a verdict that
    /// cannot be told; `at-risk:80%` for a duty that is not done when 80 % of its time has passed; `never`. Several with commas: any of them is enough.
    #[arg(long, value_name = "CONDITIONS", value_delimiter = ',')]
    pub fail_on: Vec<Criterion>,
    /// How the result is written.
    #[command(flatten)]
    pub results: ResultArgs,
    /// How much a log may ask for.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How results are written, and where to.
#[derive(Debug, Args)]
pub struct ResultArgs {
    /// How to write the result to standard output.
    #[arg(long, value_enum, default_value_t = OutputFormat::Pretty, value_name = "FORMAT")]
    pub format: OutputFormat,
    /// Write the result to a file besides, in any of the formats, as in `sarif=out.sarif`. Can be given several times.
    #[arg(long, value_name = "FORMAT=FILE")]
    pub output: Vec<OutputSpec>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// A log, as `check` takes it. Can be given several times.
    #[arg(long, short, value_name = "FILE", num_args = 1.., required = true)]
    pub log: Vec<PathBuf>,
    /// The format of the logs; else told from each file's name or first bytes.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// How to read logs that were not written for the rules: a map in YAML, or `cloudevents`, `xes`, `ocel` or `none`.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// The instant to judge as of, as in 2024-07-08T10:00:00+03:00; else the last instant of the logs. Later events are left out.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub as_of: Option<Instant>,
    /// Go on without the records that cannot be used, and count them.
    #[arg(long)]
    pub skip_invalid: bool,
    /// Hold to the rules the records too whose type no clause looks at. Else only their time and type are read.
    #[arg(long)]
    pub strict: bool,
    /// Where to write the page, which is one HTML file; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub output: PathBuf,
    /// The title of the page; else that of the agreement.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// How much a log may ask for.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
// Each is an option that is given or not.
#[allow(clippy::struct_excessive_bools)]
pub struct WatchArgs {
    /// The rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// The log, in JSON lines: a file that grows and may be put aside and begun anew, `-` for standard input, or where the program was built with the feature
    /// `nats` a stream of NATS, as `nats://[USER:PASSWORD@]HOST[:PORT]/STREAM`, with `tls://` where the connection must be encrypted.
    #[arg(long, short, value_name = "FILE")]
    pub log: PathBuf,
    /// Of a stream, take only the messages of these subjects, as in 'audit.>'.
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<String>,
    /// The name of the durable consumer that the server of a stream keeps for the watch, in the place of a name that is made up. It is made if it is not there.
    #[arg(long, value_name = "NAME")]
    pub consumer: Option<String>,
    /// A file of credentials for the server of a stream.
    #[arg(long, value_name = "FILE")]
    pub nats_creds: Option<PathBuf>,
    /// How to read a log that was not written for the rules: a map in YAML, or `cloudevents` or `none`.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Which clock says that a deadline has passed: `event`, the times of the records, or `wall`, that of the system, once all that was written is read.
    #[arg(long, value_enum, default_value_t = ClockChoice::Event, value_name = "CLOCK")]
    pub clock: ClockChoice,
    /// How long a record may come after records of later times, and with `--clock wall` after its own time, as in 30s, 5m or 2h; else not at all, and with
    /// `--clock wall` 1m. One that comes later still is told of, counted, and not judged.
    #[arg(long, value_name = "TIME")]
    pub max_delay: Option<Delay>,
    /// How long after a violation was told a duty that was missed is waited for, to tell how late it was done.
    #[arg(long, value_name = "TIME", default_value = "720h")]
    pub await_late: Delay,
    /// Tell of an open duty when this share of its time has passed and it is not done.
    #[arg(long, value_name = "PERCENT")]
    pub at_risk: Option<Percent>,
    /// Tell of every duty, also of those that were met.
    #[arg(long)]
    pub all: bool,
    /// What counts as a failure (exit code 1, and what `--on-violation` is told of), in the place of `must`, as for `check`.
    #[arg(long, value_name = "CONDITIONS", value_delimiter = ',')]
    pub fail_on: Vec<Criterion>,
    /// A folder for checkpoints. Started anew with it, the watch goes on where it was, whatever ended it.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// How often a checkpoint is written, at most.
    #[arg(long, value_name = "TIME", default_value = "10s", requires = "state")]
    pub checkpoint_every: Delay,
    /// With a checkpoint of other rules: say what of it can be carried over, read the log anew by these rules, and tell what was not told.
    #[arg(long, requires = "state")]
    pub migrate: bool,
    /// Go on although records are lacking since the checkpoint, as when the file was moved away, or from a stream before they were read.
    #[arg(long)]
    pub accept_gap: bool,
    /// Write everything that is told to a file in JSON lines, each line once even if the process is killed.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to tell on standard output; else pretty on a terminal, and jsonl elsewhere.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<WatchFormat>,
    /// A shell command to run for each violation. It gets the JSON line on its standard input, and the violation's id in `SERVANDA_ID`.
    #[arg(long, value_name = "COMMAND")]
    pub on_violation: Option<String>,
    /// An address that the JSON line of each violation is posted to, with its id as `Idempotency-Key`.
    #[cfg(feature = "webhook")]
    #[arg(long, value_name = "URL", conflicts_with = "on_violation")]
    pub webhook: Option<String>,
    /// How often a command or a request that fails is tried again, after 1 s, 2 s, 4 s and so on.
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub retries: u32,
    /// How long a command or a request may take.
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub timeout: Delay,
    /// End with the end of the log, in the place of waiting for more.
    #[arg(long)]
    pub no_follow: bool,
    /// How many events may wait for their time to pass, in memory.
    #[arg(long, value_name = "NUMBER", default_value = "1_000_000", value_parser = parse_count)]
    pub max_pending: u64,
    /// The longest record, in bytes, KiB, MiB or GiB; a longer one is a problem and is not held in memory.
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_record_size)]
    pub max_record: u32,
}

/// A clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClockChoice {
    /// The times of the records.
    Event,
    /// That of the system.
    Wall,
}

/// How a watch tells what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WatchFormat {
    /// For people, with the open duties below on a terminal.
    Pretty,
    /// One JSON object a line.
    Jsonl,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule file; `-` is standard input.
    #[arg(value_name = "RULES")]
    pub rules: PathBuf,
    /// The clauses, by their names; all if none is named.
    #[arg(value_name = "CLAUSE")]
    pub clauses: Vec<String>,
    /// The folder that files named in `use` must be in; else that of the rule file.
    #[arg(long, value_name = "FOLDER")]
    pub rules_root: Option<PathBuf>,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Scenario files, and folders in which every `*.scenario.yaml` is one, their own folders included.
    #[arg(value_name = "PATHS", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write the verdicts as they are into the files, and keep all else.
    #[arg(long)]
    pub update: bool,
    /// Show what the scenarios try out of each clause of the rules that they name.
    #[arg(long)]
    pub coverage: bool,
    /// Show every failure in full.
    #[arg(long)]
    pub all: bool,
    /// Fail if less than so much of what should be tried is; shows the coverage.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min_coverage: Option<u8>,
    /// How the result is written.
    #[command(flatten)]
    pub results: ResultArgs,
}

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Rule files, and folders whose `.clause` files are meant; `-` is standard input, laid out to standard output.
    #[arg(value_name = "PATHS", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Change nothing, show what would change, and exit with 1 if anything would.
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Rule files, which belong together, and folders whose `.clause` files are looked at one by one; `-` is standard input.
    #[arg(value_name = "PATHS", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The folder that files named in `use` must be in; else that of the first rule file.
    #[arg(long, value_name = "FOLDER")]
    pub rules_root: Option<PathBuf>,
    /// Apply the fixes that are safe.
    #[arg(long)]
    pub fix: bool,
    /// Apply all fixes, also those that a person should look at.
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Tell what a code means, and do nothing else.
    #[arg(long, value_name = "CODE")]
    pub explain: Option<String>,
    /// Show every finding in full.
    #[arg(long)]
    pub all: bool,
    /// How to write the findings.
    #[arg(long, value_enum, default_value_t = LintFormat::Pretty, value_name = "FORMAT")]
    pub format: LintFormat,
}

/// A format of findings in rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For people, with the lines of the rules.
    Pretty,
    /// One finding a line, as in `my.clause:3:7: warning[unused] ...`.
    Short,
    /// For machines.
    Json,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The rules.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// The log to write, compressed if its name ends in .gz or .zst; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
    /// The format of the log; else told from its name, and JSON lines on standard output.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Write what is true of the log: one JSON object for each instance, with the expected verdict and what was done to it.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// What chance depends on: the same seed gives the same log, byte for byte, everywhere.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// How many events there are to be; digits can be grouped with `_`.
    #[arg(long, short = 'n', value_name = "NUMBER", default_value = "1000", value_parser = parse_count)]
    pub events: u64,
    /// The share of events of declared types that no clause asks for, as in 95% or 0.95.
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = parse_share)]
    pub noise: Share,
    /// Break a clause in this share of its instances, as in `consultation_24h=1%`; a share alone is for every clause. Can be given several times, and the last one on a clause counts.
    #[arg(long, value_name = "CLAUSE=RATE")]
    pub breach: Vec<String>,
    /// When the log begins, as in 2024-07-08T10:00:00+03:00; else with the first agreement.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub from: Option<Instant>,
    /// When the log ends; else with the last agreement, or after ten years where one has no end.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub to: Option<Instant>,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// What to write: for `mfotl` a signature, a formula for each clause, and the log, in the syntax of MonPoly.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub to: ExportLanguage,
    /// The rule file; `-` is standard input.
    #[arg(value_name = "RULES")]
    pub rules: PathBuf,
    /// The folder that files named in `use` must be in; else that of the rule file.
    #[arg(long, value_name = "FOLDER")]
    pub rules_root: Option<PathBuf>,
    /// The clauses, by their names; all if none is named.
    #[arg(value_name = "CLAUSE")]
    pub clauses: Vec<String>,
    /// A log, as for `check`. Can be given several times.
    #[arg(long, short, value_name = "FILE")]
    pub log: Vec<PathBuf>,
    /// The format of the logs; else told from each file's name or first bytes.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// How to read logs that were not written for the rules: a map in YAML, or `cloudevents`, `xes`, `ocel` or `none`.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// The instant at which the log ends, as in 2024-07-08T10:00:00+03:00; else its last one. Later events are left out.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub as_of: Option<Instant>,
    /// Go on without the records that cannot be used, and count them.
    #[arg(long)]
    pub skip_invalid: bool,
    /// The folder to write to.
    #[arg(long, short, value_name = "FOLDER", default_value = "mfotl")]
    pub out: PathBuf,
    /// Show in the rule file what has no translation.
    #[arg(long)]
    pub explain: bool,
    /// Translate as if nothing suspended an agreement or a clause, ended it before its term or extended the term. The log must be one in which nothing does.
    #[arg(long)]
    pub assume_in_force: bool,
    /// How much a log may ask for.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// A language of independent monitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportLanguage {
    /// Metric first-order temporal logic.
    Mfotl,
}

/// A format of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Comma-separated values with a header.
    Csv,
    /// A list of mappings.
    Yaml,
    /// A Parquet file.
    Parquet,
    /// An Arrow file or stream.
    Arrow,
    /// XES.
    Xes,
    /// OCEL 2.0, in JSON or XML.
    Ocel,
}

impl From<LogFormat> for crate::log::Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Jsonl => crate::log::Format::Jsonl,
            LogFormat::Json => crate::log::Format::Json,
            LogFormat::Csv => crate::log::Format::Csv,
            LogFormat::Yaml => crate::log::Format::Yaml,
            LogFormat::Parquet => crate::log::Format::Parquet,
            LogFormat::Arrow => crate::log::Format::Arrow,
            LogFormat::Xes => crate::log::Format::Xes,
            LogFormat::Ocel => crate::log::Format::Ocel,
        }
    }
}

/// A format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Pretty,
    /// One line a finding, as in `log.jsonl:4:9: error[desk.answer] ...`.
    Short,
    /// JSON, as docs/results.schema.json describes it.
    Json,
    /// One JSON object a line, each as soon as it is certain.
    Jsonl,
    /// YAML, which says what JSON says.
    Yaml,
    /// SARIF 2.1.0, for code scanners.
    Sarif,
    /// XML in the form of `JUnit`, for continuous integration.
    Junit,
    /// Annotations of a GitHub workflow.
    Github,
    /// Comma-separated values, for spreadsheets.
    Csv,
}

fn parse_instant(text: &str) -> Result<Instant, String> {
    text.parse::<Instant>()
        .map_err(|error| format!("{error}; write it as in 2024-07-08T10:00:00+03:00"))
}

fn parse_share(text: &str) -> Result<Share, String> {
    text.parse::<Share>().map_err(|error| error.to_string())
}

fn parse_count(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let count = digits.parse::<u64>().ok().filter(|count| *count > 0);
    count.ok_or_else(|| "it is not a whole number from 1 on, as in 1_000_000".to_owned())
}

fn parse_record_size(text: &str) -> Result<u32, String> {
    u32::try_from(parse_size(text)?).map_err(|_| "a record is below 4 GiB".to_owned())
}

/// A number of bytes, as in 1048576, 1024KiB or 1MiB.
fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))
        .unwrap_or((text, 1));
    let digits = digits.trim_end().replace('_', "");
    let size = digits.parse::<u64>().ok().and_then(|size| size.checked_mul(unit));
    size.filter(|size| *size > 0)
        .ok_or_else(|| "it is not a size from 1 byte on, as in 16MiB".to_owned())
}
