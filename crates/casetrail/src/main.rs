//! `casetrail`: post case events, ask questions, follow every number back to its events.

use std::process::ExitCode;

use casetrail::cli;

/// Events are taken apart on one thread and kept by another, at which the system's allocator is
/// slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
