//! `replay policy`: what was decided about metrics, from an export.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use events::Timestamp;
use report::pretty;

use crate::export::{each_at, replay};
use crate::output::print;
use crate::{Failure, PolicyListArgs, PolicyQuestion, PolicyShowArgs, TextForm};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List every event of policy: position, effective date, who, by what authority
    List(Args<PolicyListArgs>),
    /// Show what is in force on a date, decided or built in
    Show(Args<PolicyShowArgs>),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args<A: clap::Args> {
    /// An export (.ndjson, .ndjson.zst) or the directory of a log; read twice: for what is in force,
    /// and for the events
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    asked: A,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) fn run(command: Command, now: Timestamp) -> Result<(), Failure> {
    match command {
        Command::List(args) => show(&args.export, &args.asked.read()?, &args.form, now),
        Command::Show(args) => show(&args.export, &args.asked.read(now)?, &args.form, now),
    }
}

fn show(
    export: &Path,
    question: &PolicyQuestion,
    form: &TextForm,
    now: Timestamp,
) -> Result<(), Failure> {
    if export.as_os_str() == "-" {
        let why = "standard input cannot be read twice: save the export to a file";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let replayed = replay(export)?;
    let mut policies = question.ask(replayed.projection(), now)?;
    each_at(export, &policies.positions(), |logged| policies.give(logged))?;
    print(&if form.for_people() { policies.text() } else { pretty(&policies.json()) })
}
