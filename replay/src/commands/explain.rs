//! `replay explain`: why the members of a metric count as they do, from an export.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use events::Timestamp;
use projection::Selection;
use report::{Explanation, pretty};

use crate::Failure;
use crate::args::QuestionArgs;
use crate::export::{open, replay};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export (.ndjson, .ndjson.zst), read twice: once to judge, once for the events
    #[arg(value_name = "EXPORT")]
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
        for logged in open(&args.export)? {
            let (_, logged) = logged.with_context(|| args.export.display().to_string())?;
            if logged.position() > *last {
                break;
            }
            if positions.contains(&logged.position()) {
                explanation.give(logged);
            }
        }
    }
    print(&if for_people {
        explanation.text(subject)
    } else {
        pretty(&explanation.json(&question.asked, &known, subject))
    })
}
