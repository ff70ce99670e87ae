//! `replay explain`: why the members of a metric count as they do, from an export.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::anyhow;
use events::Timestamp;
use projection::Selection;
use report::{Explanation, pretty};

use crate::Failure;
use crate::args::QuestionArgs;
use crate::export::{each, replay};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst) or the directory of a log; read twice: to judge, and for
    /// the events
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    question: QuestionArgs,
    /// One subject's members, for example child/C-1001
    #[arg(long, value_name = "SUBJECT", conflicts_with = "group")]
    subject: Option<String>,
    /// The members of a group
    #[arg(long, value_name = "DIMENSION=VALUE")]
    group: Vec<String>,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print text for people (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    if args.export.as_os_str() == "-" {
        let why = "standard input cannot be read twice: save the export to a file";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let for_people = args.text || (!args.json && std::io::stdout().is_terminal());
    let question = args.question.read(now)?;
    let subject = args.subject.as_deref();
    let selection = Selection::read(subject, &args.group, &question.asked);
    let selection = selection.map_err(Failure::wrong_use)?;
    let replayed = replay(&args.export)?;
    let known = question.known(&replayed, now)?;
    let members = replayed.projection().explain(&question.asked, &known, &selection);
    let mut explanation = Explanation::of(members);
    let positions = explanation.positions();
    if let Some(last) = positions.last() {
        each(&args.export, |logged| {
            let position = logged.position();
            if positions.contains(&position) {
                explanation.give(logged);
            }
            position < *last
        })?;
    }
    print(&if for_people {
        explanation.text(subject)
    } else {
        pretty(&explanation.json(&question.asked, &known, subject))
    })
}
