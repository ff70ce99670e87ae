//! `replay findings`: what is remarkable about the data, from an export.

use std::path::PathBuf;

use anyhow::anyhow;
use events::Timestamp;

use crate::export::{each_at, replay};
use crate::output::print;
use crate::{Failure, FindingsArgs, FindingsForm};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst) or the directory of a log; read twice: for the findings, and
    /// for the events
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    asked: FindingsArgs,
    #[command(flatten)]
    form: FindingsForm,
}

pub(crate) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    if args.export.as_os_str() == "-" {
        let why = "standard input cannot be read twice: save the export to a file";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let question = args.asked.clone().read(now)?;
    let replayed = replay(&args.export)?;
    let mut findings = question.ask(replayed.projection(), now)?;
    each_at(&args.export, &findings.positions(), |logged| findings.give(logged))?;
    print(&args.form.render(&findings, &replayed.head(findings.position())))
}
