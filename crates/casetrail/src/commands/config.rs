//! `casetrail config`: how the service is set up.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use server::Config;

use crate::Failure;
use crate::output::print;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Read a file as `serve` would, and print all that is in force
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The file (TOML)
    #[arg(value_name = "FILE", env = "CASETRAIL_CONFIG")]
    file: PathBuf,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    let Command::Check(args) = command;
    let config = read(&args.file)?;
    config.check().map_err(Failure::wrong_use)?;
    print(&toml::to_string(&config)?)
}

/// The configuration of a file.
pub(super) fn read(file: &Path) -> Result<Config, Failure> {
    let name = || file.display().to_string();
    let text = fs::read_to_string(file).with_context(name).map_err(Failure::WrongUse)?;
    Config::read(&text).with_context(name).map_err(Failure::WrongUse)
}
