//! `replay`: recomputes a log's root, rows and answers from an export alone.

use std::process::ExitCode;

use replay::cli;

fn main() -> ExitCode {
    cli::main()
}
