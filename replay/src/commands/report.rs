//! `replay report`: a metric at a date, as known at a moment, from an export.

use std::path::PathBuf;

use events::Timestamp;

use crate::export::replay;
use crate::output::print;
use crate::{Failure, QuestionArgs, ReportForm};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst; `-` is standard input), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    form: ReportForm,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    let question = args.question.read(now)?;
    let replayed = replay(&args.export)?;
    let answered = question.ask(replayed.projection(), now)?;
    let head = replayed.head(answered.known.position);
    print(&args.form.render(replayed.projection(), answered, &head)?)
}
