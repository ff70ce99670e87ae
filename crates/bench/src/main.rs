//! `cargo xtask bench NAME`: runs a benchmark, prints its table, writes it as JSON.
//!
//! Exit codes: 0 success, 1 with `--check` when a bar does not hold, 2 wrong use, 3 a fault.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use std::process::ExitCode;

use bench::{Report, log, postgres, projection, service};
use clap::Parser;

/// Events are taken apart on one thread and kept by another, at which the system's allocator is
/// slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(name = "bench", max_term_width = 100)]
enum Cli {
    /// The event log: appends, ingestion, reads, size, look-ups
    Log(log::Args),
    /// What the benchmark of the log does in processes of their own
    #[command(hide = true)]
    LogChild(log::ChildArgs),
    /// The projection: rebuild, questions at any moment, memory
    Projection(projection::Args),
    /// The engine on PostgreSQL: appends, import, reads, size
    Postgres(postgres::Args),
    /// The service: events posted over HTTP, beside the engine
    Service(service::Args),
    /// The service for an hour: whether its memory stays flat
    Soak(service::SoakArgs),
    /// A service that does nothing
    #[command(hide = true)]
    BareService,
    /// What the benchmark of the projection does in processes of their own
    #[command(hide = true)]
    ProjectionChild(projection::ChildArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse() {
        Cli::Log(args) => log::run(&args).map(|report| shown(&report, args.check)),
        Cli::Projection(args) => projection::run(&args).map(|report| shown(&report, args.check)),
        Cli::Postgres(args) => postgres::run(&args).map(|report| shown(&report, args.check)),
        Cli::Service(args) => service::run(&args).map(|report| shown(&report, args.check)),
        Cli::Soak(args) => service::soak(&args).map(|()| false),
        Cli::BareService => service::serve_bare().map(|()| false),
        Cli::LogChild(args) => log::run_child(&args).map(|line| said(&line)),
        Cli::ProjectionChild(args) => projection::run_child(&args).map(|line| said(&line)),
    };
    match outcome {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(3)
        }
    }
}

/// Prints a report; whether a run that is checked fails by it.
fn shown(report: &Report, check: bool) -> bool {
    print!("{}", report.table());
    let falls_short = report.falls_short();
    falls_short.iter().for_each(|bar| eprintln!("falls short: {bar}"));
    check && !falls_short.is_empty()
}

fn said(line: &str) -> bool {
    println!("{line}");
    false
}
