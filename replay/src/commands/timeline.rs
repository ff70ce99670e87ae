//! `replay timeline`: the rows of one subject, from an export.

use std::path::PathBuf;

use events::Timestamp;
use report::{outline, pretty};

use crate::export::replay;
use crate::output::print;
use crate::{Failure, SubjectArgs, TextForm};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst; `-` is standard input), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    let subject = args.subject.read(now)?;
    let replayed = replay(&args.export)?;
    let rows = subject.ask(replayed.projection(), now)?;
    print(&if args.form.for_people() { outline(&rows) } else { pretty(&rows) })
}
