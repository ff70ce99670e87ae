//! `replay history`: one metric as it was known month by month, from an export.

use std::path::PathBuf;

use events::Timestamp;

use crate::export::replay;
use crate::{Failure, HistoryArgs, TableForm, print};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst; `-` is standard input), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    form: TableForm,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    let asked = args.history.read(now)?;
    let replayed = replay(&args.export)?;
    let asked = asked.ask(replayed.projection(), now)?;
    let head = replayed.head(asked.answered.known.position);
    print(&args.form.render(&asked, &head))
}
