//! The command line: subcommands, exit codes.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::Failure;
use crate::commands::{
    config, demo, diff, explain, findings, generate, history, ingest, keys, log, policy, report,
    serve, timeline,
};

/// Case events in, metrics out: as they were true on any date, as they were known at any moment.
///
/// Exit codes: 0 success, 1 a negative answer, 2 wrong use, 3 a fault.
#[derive(Debug, Parser)]
#[command(name = "casetrail", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Post events from files or standard input: JSON, lists, NDJSON; plain, gzip or zstd
    Ingest(ingest::Args),
    /// Answer a question: a metric at a date, as known at a moment
    Report(report::Args),
    /// Show why a metric's members count as they do, clause by clause, event by event
    Explain(explain::Args),
    /// Split the difference of two answers by cause: facts, corrections, policy, words
    Diff(diff::Args),
    /// Show one metric as it was known month by month: the triangle of its restatements
    History(history::Args),
    /// Show the rows of one subject: episodes, placements, roles, due dates
    Timeline(timeline::Args),
    /// List what is remarkable about the data: overlaps, missing dates, unknown names, late entries
    Findings(findings::Args),
    /// Publish and decide what metrics are judged by, and show what is in force
    #[command(subcommand)]
    Policy(policy::Command),
    /// Export, import and verify a log
    #[command(subcommand)]
    Log(log::Command),
    /// Serve a log over HTTP: take events, show pages of them, answer questions
    Serve(serve::Args),
    /// Make, list and revoke the keys of those whom the service answers
    #[command(subcommand)]
    Keys(keys::Command),
    /// Look at how the service is set up
    #[command(subcommand)]
    Config(config::Command),
    /// Generate a plausible state, for trials and benchmarks: NDJSON for `ingest --backfill`
    Generate(generate::Args),
    /// Generate a small state, ingest it, and show what Casetrail answers
    Demo(demo::Args),
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    begin_logging(&cli.command);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&Failure::Fault(error.into())),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => end(&failure),
    }
}

/// What happens is told on standard error: for people, or by a service that nobody watches as one
/// JSON object a line.
fn begin_logging(command: &Command) {
    let serves = matches!(command, Command::Serve(_));
    let level = if serves { LevelFilter::INFO } else { LevelFilter::ERROR };
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    let for_people = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(for_people);
    if serves && !for_people {
        subscriber.json().flatten_event(true).init();
    } else {
        subscriber.init();
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Ingest(args) => ingest::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Diff(args) => diff::run(args).await,
        Command::History(args) => history::run(args).await,
        Command::Timeline(args) => timeline::run(args).await,
        Command::Findings(args) => findings::run(args).await,
        Command::Policy(command) => policy::run(command).await,
        Command::Log(command) => log::run(command).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Keys(command) => keys::run(command),
        Command::Config(command) => config::run(command),
        Command::Generate(args) => generate::run(&args),
        Command::Demo(args) => demo::run(args).await,
    }
}

fn end(failure: &Failure) -> ExitCode {
    // A closed pipe ends the output, not the work: there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "casetrail: {failure}");
    ExitCode::from(failure.code())
}
