//! `replay explain`: why the members of a metric count as they do, from an export.

use std::path::PathBuf;

use anyhow::anyhow;
use events::Timestamp;
use report::{Explanation, pretty};

use crate::export::{each_at, replay};
use crate::output::print;
use crate::{Failure, MembersArgs, QuestionArgs, TextForm};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst) or the directory of a log; read twice: to judge, and for
    /// the events
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    if args.export.as_os_str() == "-" {
        let why = "standard input cannot be read twice: save the export to a file";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let question = args.question.read(now)?;
    let selection = args.members.read(&question.asked)?;
    let replayed = replay(&args.export)?;
    let known = question.known(replayed.projection(), now)?;
    let mut explanation =
        Explanation::of(replayed.projection(), &question.asked, &known, &selection);
    each_at(&args.export, &explanation.positions(), |logged| explanation.give(logged))?;
    print(&if args.form.for_people() { explanation.text() } else { pretty(&explanation.json()) })
}
