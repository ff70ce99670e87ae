//! `casetrail policy publish`: a metric's parameters, or the holidays of a year.

use anyhow::anyhow;
use events::{EventType, Json, parameters};

use super::write::{Said, WriteArgs, write};
use crate::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The metric whose parameters are published, or `calendar`
    #[arg(value_name = "METRIC|calendar")]
    what: String,
    /// A parameter; those left out are the built-in defaults, not the values before
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// The rule that the publication rests on
    #[arg(long, value_name = "TEXT", required_unless_present = "year")]
    citation: Option<String>,
    /// The phase of the evaluation tool
    #[arg(long, value_name = "TEXT", required_unless_present = "year")]
    phase: Option<String>,
    /// The year whose holidays are published
    #[arg(long, value_name = "YEAR", conflicts_with_all = ["set", "citation", "phase"])]
    year: Option<u32>,
    /// The holidays of the year; a year without any is published by none
    #[arg(long, value_name = "DATES", value_delimiter = ',', requires = "year")]
    holidays: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// The stream that holds the holidays.
const CALENDAR: &str = "calendar";

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let said = if args.what == CALENDAR { calendar(&args)? } else { metric(&args)? };
    write(&args.write, said).await
}

fn calendar(args: &Args) -> Result<Said, Failure> {
    let no_year = || Failure::WrongUse(anyhow!("a calendar needs --year"));
    let year = args.year.ok_or_else(no_year)?;
    let holidays = args.holidays.iter().map(|day| day.as_str().into()).collect();
    let data = [("year", Json::Int(i64::from(year))), ("holidays", Json::Array(holidays))];
    Ok(Said {
        kind: EventType::CalendarPublished,
        subject: format!("policy/{CALENDAR}"),
        data: Json::object(data),
    })
}

fn metric(args: &Args) -> Result<Said, Failure> {
    let wrong = |why: String| Failure::WrongUse(anyhow!(why));
    if args.year.is_some() {
        return Err(wrong(format!("--year is of `{CALENDAR}`, not of {}", args.what)));
    }
    let mut set = std::collections::BTreeMap::new();
    for text in &args.set {
        let form = || wrong(format!("`{text}` is not of the form name=value"));
        let (name, value) = text.split_once('=').ok_or_else(form)?;
        let parameter = parameters::of(&args.what).iter().find(|p| p.name == name);
        // What no parameter takes is refused with the rest of the event.
        let value = parameter.map_or_else(|| value.into(), |p| p.domain.from_text(value));
        if set.insert(name.to_owned(), value).is_some() {
            return Err(wrong(format!("`{name}` stands twice")));
        }
    }
    let texts = [("citation", &args.citation), ("phase", &args.phase)];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?.into())));
    let data = texts.chain([("parameters", Json::Object(set))]);
    Ok(Said {
        kind: EventType::MetricPublished,
        subject: format!("policy/{}", args.what),
        data: Json::object(data),
    })
}
