//! What the repository does to itself: continuous integration, generated files, tidiness.
//!
//! `cargo xtask ci` is everything that CI runs; `cargo xtask schemas` writes the JSON Schemas and the
//! page of metrics; `cargo xtask tidy` checks what the compiler does not; `cargo xtask bench NAME`
//! builds for release and runs a benchmark.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

mod bench;
mod ci;
mod metrics_page;
mod repository;
mod schemas;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask ci | schemas | tidy | bench NAME [OPTIONS]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ci"] => ci::run(),
        ["schemas"] => schemas::write().and_then(|()| metrics_page::write()),
        ["tidy"] => tidy::run(),
        ["bench", ..] => return bench::run(&arguments[1..]),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
