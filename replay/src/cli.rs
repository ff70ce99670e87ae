//! The command line: subcommands, exit codes.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};
use events::Timestamp;

use crate::Failure;
use crate::commands::{
    diff, explain, findings, goldens, history, policy, proof, report, timeline, verify,
};

/// Recomputes a log's root, rows and answers from an export alone.
///
/// Exit codes: 0 success, 1 a negative answer, 2 wrong use, 3 a fault.
#[derive(Debug, Parser)]
#[command(name = "replay", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Decode every line, recompute every hash and the tree; print size and root
    Verify(verify::Args),
    /// Answer a question: a metric at a date, as known at a moment
    Report(report::Args),
    /// Show the rows of one subject: episodes, placements, roles, due dates
    Timeline(timeline::Args),
    /// Say why members count as they do: clauses, dates, events
    Explain(explain::Args),
    /// Split the difference of two answers by cause; or ask a saved answer's question again
    Diff(diff::Args),
    /// Show one metric as it was known month by month
    History(history::Args),
    /// List what is remarkable about the data: overlaps, missing dates, unknown names, late entries
    Findings(findings::Args),
    /// List what was decided about metrics, or show what is in force
    #[command(subcommand)]
    Policy(policy::Command),
    /// Verify a proof of one event, or a certificate of erasure, without the log
    Proof(proof::Args),
    /// Ask the questions of golden case histories, and compare
    Goldens(goldens::Args),
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // A closed pipe ends the output, not the work: there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "replay: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Verify(args) => verify::run(&args),
        Command::Report(args) => report::run(args, now()),
        Command::Timeline(args) => timeline::run(args, now()),
        Command::Explain(args) => explain::run(args, now()),
        Command::Diff(args) => diff::run(&args, now()),
        Command::History(args) => history::run(args, now()),
        Command::Findings(args) => findings::run(&args, now()),
        Command::Policy(command) => policy::run(command, now()),
        Command::Proof(args) => proof::run(&args),
        Command::Goldens(args) => goldens::run(&args, now()),
    }
}

/// The instant of now: read here, in the outermost shell, and nowhere below.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}
