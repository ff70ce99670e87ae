//! `casetrail history`: one metric as it was known month by month.

use events::Json;
use projection::HistoryWords;
use replay::{HistoryArgs, TableForm};

use crate::Failure;
use crate::opened::now;
use crate::output::print;
use crate::remote::{self, Asked, AskedArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    place: AskedArgs,
    #[command(flatten)]
    form: TableForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let log = match args.place.read()? {
        Asked::Log(log) => log,
        Asked::Server(server) => {
            let HistoryWords { words, months, known } = args.history.into();
            let mut members = remote::members(words);
            members.push(("months", remote::number(Some(months))));
            members.push(("known", known.map_or(Json::Null, Json::String)));
            let accept = args.form.media_type();
            return print(&server.post("/v1/history", accept, members).await?.text);
        }
    };
    let asked = args.history.read(now())?;
    let opened = log.open().await?;
    let projected = log.project(&opened).await?;
    let asked = asked.ask(&projected.projection, now())?;
    let head = opened.log().head(Some(asked.answered.known.position)).await?;
    print(&args.form.render(&asked, &head))?;
    log.keep(&opened, &projected).await;
    opened.close()
}
