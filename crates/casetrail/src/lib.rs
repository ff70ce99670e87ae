//! The `casetrail` program, as a library: one file a subcommand, and the generator of states that
//! tests and benchmarks use as well.

pub mod cli;
mod commands;
pub mod generate;
mod opened;
mod output;
mod remote;

pub use replay::Failure;
