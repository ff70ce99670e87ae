//! `casetrail findings`: what is remarkable about the data themselves.

use replay::{FindingsArgs, FindingsForm};

use crate::Failure;
use crate::opened::now;
use crate::output::print;
use crate::remote::{self, Asked, AskedArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    asked: FindingsArgs,
    #[command(flatten)]
    place: AskedArgs,
    #[command(flatten)]
    form: FindingsForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let log = match args.place.read()? {
        Asked::Log(log) => log,
        Asked::Server(server) => {
            let FindingsArgs { kinds, subject, when } = args.asked;
            let mut words = remote::moment(when.into());
            words.push(("subject", subject));
            words.extend(kinds.into_iter().map(|kind| ("kind", Some(kind))));
            let accept = args.form.media_type();
            return print(&server.get("/v1/findings", accept, words).await?.text);
        }
    };
    let question = args.asked.read(now())?;
    let opened = log.open().await?;
    let projected = log.project(&opened).await?;
    let mut findings = question.ask(&projected.projection, now())?;
    let positions: Vec<_> = findings.positions().into_iter().collect();
    opened.log().at(&positions).await?.into_iter().for_each(|logged| findings.give(logged));
    let head = opened.log().head(Some(findings.position())).await?;
    print(&args.form.render(&findings, &head))?;
    log.keep(&opened, &projected).await;
    opened.close()
}
