//! `casetrail timeline`: the rows of one subject.

use anyhow::anyhow;
use eventlog::ReadError;
use events::Revision;
use replay::{SubjectArgs, TextForm};
use report::{outline, pretty};

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let asked = args.subject.read(now())?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let Some(rows) = asked.rows(&projected.projection, now())? else {
        let subject = &asked.subject;
        let erased = opened.log().stream(subject, Revision(1), 1).await;
        let why = match erased {
            Err(ReadError::Erased) => anyhow!("{subject} was erased"),
            _ => anyhow!("no event of {subject} is known"),
        };
        return Err(Failure::Negative(why));
    };
    print(&if args.form.for_people() { outline(&rows) } else { pretty(&rows) })?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}
