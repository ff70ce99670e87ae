//! `casetrail`: post case events, ask questions, follow every number back to its events.

use std::process::ExitCode;

use casetrail::cli;

fn main() -> ExitCode {
    cli::main()
}
