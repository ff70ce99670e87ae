//! `casetrail timeline`: the rows of one subject.

use anyhow::anyhow;
use eventlog::ReadError;
use events::{Revision, Subject};
use replay::{SubjectArgs, TextForm};
use report::{outline, pretty};

use crate::Failure;
use crate::opened::now;
use crate::output::print;
use crate::remote::{self, Asked, AskedArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    place: AskedArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let log = match args.place.read()? {
        Asked::Log(log) => log,
        Asked::Server(server) => {
            let subject: Subject = args
                .subject
                .subject
                .parse()
                .map_err(|why: String| Failure::WrongUse(anyhow!(why)))?;
            let words = remote::moment(args.subject.when.into());
            let accept = args.form.media_type();
            let path = format!("/v1/timeline/{subject}");
            return print(&server.get(&path, accept, words).await?.text);
        }
    };
    let asked = args.subject.read(now())?;
    let opened = log.open().await?;
    let projected = log.project(&opened).await?;
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
    log.keep(&opened, &projected).await;
    opened.close()
}
