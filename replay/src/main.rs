//! `replay`: recomputes a log's root, rows and answers from an export alone.

use std::process::ExitCode;

use replay::cli;

/// Events are taken apart on one thread and kept by another, at which the system's allocator is
/// slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
