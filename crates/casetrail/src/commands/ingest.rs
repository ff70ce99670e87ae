//! `casetrail ingest`: events from files or standard input into a log.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use eventlog::EventLog;
use events::{Admission, Json};
use ingest::{Progress, Quarantine, Summary, WINDOW_EVENTS};
use report::pretty;

use crate::Failure;
use crate::opened::LogArgs;
use crate::output::{print, progress_bar, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    log: LogArgs,
    /// Keep the events' own recordedtime: prior history, in order
    #[arg(long)]
    backfill: bool,
    /// Exit with 1 if any event was refused
    #[arg(long)]
    strict: bool,
    /// Where refused events go; default: beside each file, with `.quarantine.ndjson` added
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// The name of a new log, for ever; default: a random one
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Who posts events on the command line.
const PRINCIPAL: &str = "local";

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    if args.quarantine.is_some() && args.files.len() > 1 {
        return Err(Failure::WrongUse(anyhow!("--quarantine takes one file's refusals")));
    }
    for file in args.files.iter().filter(|file| *file != Path::new("-")) {
        let name = || format!("cannot read {}", file.display());
        File::open(file).with_context(name).map_err(Failure::WrongUse)?;
    }
    let opened = args.log.open_or_begin(args.origin.clone()).await?;
    let mut refused = 0;
    let mut outcomes = Vec::new();
    for file in &args.files {
        let summary = one_file(opened.log(), file, &args).await?;
        refused += summary.progress.refused;
        outcomes.push(outcome(file, &quarantine_of(file, &args), &summary));
    }
    opened.close()?;
    if args.json {
        print(&pretty(&Json::Array(outcomes)))?;
    }
    if args.strict && refused > 0 {
        return Err(Failure::Negative(anyhow!("events refused: {refused}")));
    }
    Ok(())
}

fn quarantine_of(file: &Path, args: &Args) -> PathBuf {
    args.quarantine.clone().unwrap_or_else(|| {
        let mut name = match file.file_name() {
            Some(name) if file != Path::new("-") => name.to_owned(),
            _ => "stdin".into(),
        };
        name.push(".quarantine.ndjson");
        file.with_file_name(name)
    })
}

async fn one_file(log: &dyn EventLog, file: &Path, args: &Args) -> Result<Summary, Failure> {
    let name = || format!("cannot read {}", file.display());
    let (input, length): (Box<dyn Read>, _) = if file == Path::new("-") {
        (Box::new(std::io::stdin()), None)
    } else {
        let input = File::open(file).with_context(name)?;
        let length = input.metadata().ok().map(|m| m.len());
        (Box::new(input), length)
    };
    let bar = progress_bar(length, "ingesting");
    let input = bar.wrap_read(input);
    let admission = if args.backfill { Admission::Backfill } else { Admission::Adapter };
    let reader = ingest::read(input, admission).with_context(name)?;
    let mut quarantine = Quarantine::new(quarantine_of(file, args));
    let mut ignore = |_: Progress| ();
    let window = WINDOW_EVENTS;
    let summary =
        ingest::run(log, reader, PRINCIPAL, window, &mut quarantine, &mut ignore)
            .await
            .with_context(|| format!("{}: broken off; run it again to go on", file.display()))?;
    bar.finish_and_clear();
    tell(&in_words(file, quarantine.path(), &summary));
    Ok(summary)
}

fn in_words(file: &Path, quarantine: &Path, summary: &Summary) -> String {
    let Progress { recorded, already_recorded, refused, .. } = summary.progress;
    let mut text = format!("{}: {recorded} recorded", file.display());
    if already_recorded > 0 {
        text += &format!(", {already_recorded} already recorded");
    }
    if refused > 0 {
        let codes = summary.refused_by_code.iter();
        let codes: Vec<_> = codes.map(|(code, n)| format!("{n} {code}")).collect();
        let codes = codes.join(", ");
        text += &format!(", {refused} refused ({codes}): see {}", quarantine.display());
    }
    text
}

fn outcome(file: &Path, quarantine: &Path, summary: &Summary) -> Json {
    let count = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let codes = summary.refused_by_code.iter().map(|(code, n)| (code.name(), count(*n)));
    let refused = summary.progress.refused > 0;
    let kept = refused.then(|| Json::from(quarantine.display().to_string()));
    Json::object([
        ("file", Json::from(file.display().to_string())),
        ("recorded", count(summary.progress.recorded)),
        ("already_recorded", count(summary.progress.already_recorded)),
        ("refused", count(summary.progress.refused)),
        ("refused_by_code", Json::object(codes)),
        ("quarantine", kept.unwrap_or(Json::Null)),
        ("last_position", summary.last_position.map_or(Json::Null, |p| count(p.0))),
    ])
}
