//! Runs a benchmark: the programs are built for release first, so that none is measured as it was.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::repository;

/// Steps of cargo, the benchmark itself last.
const BUILD: &[&str] =
    &["build", "--release", "--locked", "--package", "bench", "--package", "casetrail", "--bins"];
const RUN: &[&str] = &["run", "--quiet", "--release", "--locked", "--package", "bench", "--"];

/// Builds, then runs `bench` with the arguments as they are; ends as it ends.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let run: Vec<&str> = RUN.iter().copied().chain(arguments.iter().map(String::as_str)).collect();
    match cargo(BUILD).and_then(|built| if built == 0 { cargo(&run) } else { Ok(built) }) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The exit code of cargo; 1 if a signal ended it.
fn cargo(arguments: &[&str]) -> Result<u8> {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(repository::root());
    let status = command.status().context("cannot run cargo")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
