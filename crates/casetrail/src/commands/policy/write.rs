//! Appending an event of policy.

use anyhow::anyhow;
use eventlog::{Batch, EventLog, PAGE_EVENTS_MAX, ReadError, Receipt};
use events::{Admission, EventType, Incoming, Json, Payload, Revision, Subject};
use report::pretty;

use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::{print, tell};

/// Where and how it is written down.
#[derive(Debug, clap::Args)]
pub(super) struct WriteArgs {
    /// The day from which it is in force; it may lie in the past or the future
    #[arg(long, value_name = "DATE")]
    effective_on: String,
    /// The event's name, for ever: said again with the same content, it is recorded once; default:
    /// the stream and its next revision
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
    /// Check it and show it, and append nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    log: LogArgs,
    /// Print the receipt as JSON
    #[arg(long)]
    json: bool,
}

/// What is said, and about what.
pub(super) struct Said {
    pub(super) kind: EventType,
    pub(super) subject: String,
    pub(super) data: Json,
}

impl Said {
    pub(super) fn of(
        kind: EventType,
        metric: &str,
        data: impl IntoIterator<Item = (&'static str, Json)>,
    ) -> Self {
        Self { kind, subject: format!("policy/{metric}"), data: Json::object(data) }
    }
}

/// The `source` of what is decided on the command line.
const SOURCE: &str = "casetrail/policy";
/// Who posts events on the command line.
const PRINCIPAL: &str = "local";

/// Checks an event, appends it, and prints where it stands. What is refused is not appended.
pub(super) async fn write(args: &WriteArgs, said: Said) -> Result<(), Failure> {
    // Refused before a log is opened or begun, whatever its revision.
    incoming(args, &said, Revision(0))?;
    let opened = args.log.open().await?;
    if matches!(opened, Opened::Export(_)) {
        let why = "an export is read-only: decide in the log";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let log = opened.log();
    let subject: Subject = said.subject.parse().map_err(|e: String| anyhow!(e))?;
    let event = incoming(args, &said, revision(log, &subject).await?)?;
    note(log, &event).await?;
    let receipt = if args.dry_run { None } else { Some(append(log, event.clone()).await?) };
    opened.close()?;
    if args.json {
        print(&pretty(&json(&event, receipt.as_ref())))
    } else {
        print(&in_words(&event, receipt.as_ref()))
    }
}

/// The event; a name that the log gives it holds the revision that was seen, so that of two who
/// decide at once the second is refused.
fn incoming(args: &WriteArgs, said: &Said, seen: Revision) -> Result<Incoming, Failure> {
    let mut members = vec![
        ("specversion", "1.0".into()),
        ("source", SOURCE.into()),
        ("type", Json::from(said.kind.name())),
        ("subject", said.subject.as_str().into()),
        ("effectiveon", args.effective_on.as_str().into()),
        ("data", said.data.clone()),
    ];
    match &args.id {
        Some(id) => members.push(("id", id.as_str().into())),
        None => {
            members.push(("id", format!("{}/{}", said.subject, seen.0 + 1).into()));
            let seen = i64::try_from(seen.0).map_or(Json::Null, Json::Int);
            members.push(("expectedrevision", seen));
        }
    }
    Incoming::read(&Json::object(members), Admission::Adapter).map_err(Failure::wrong_use)
}

/// The last revision of a stream; 0 if there is none.
async fn revision(log: &dyn EventLog, subject: &Subject) -> Result<Revision, Failure> {
    let mut last = Revision(0);
    loop {
        let page = match log.stream(subject, Revision(last.0 + 1), PAGE_EVENTS_MAX).await {
            Err(ReadError::Erased) => {
                return Err(Failure::WrongUse(anyhow!("{subject} was erased")));
            }
            page => page?,
        };
        let Some(event) = page.last() else { return Ok(last) };
        last = event.revision;
    }
}

/// Tells what is taken and may not be meant: an exclusion of somebody of whom nothing is known.
async fn note(log: &dyn EventLog, event: &Incoming) -> Result<(), Failure> {
    let Payload::ExclusionDecided(said) = event.content.payload() else { return Ok(()) };
    match log.stream(&said.subject, Revision(1), 1).await {
        Err(ReadError::Erased) => tell(&format!("note: {} was erased", said.subject)),
        events => {
            if events?.is_empty() {
                tell(&format!("note: no event of {} is known", said.subject));
            }
        }
    }
    Ok(())
}

async fn append(log: &dyn EventLog, event: Incoming) -> Result<Receipt, Failure> {
    let receipts = log.append(Batch::of(vec![event], Admission::Adapter, PRINCIPAL)).await;
    let receipts = receipts.map_err(|error| match error.refusal() {
        Some(refusal) => Failure::WrongUse(refusal.into()),
        None => Failure::Fault(error.into()),
    })?;
    Ok(*receipts.first().ok_or_else(|| anyhow!("the log gave no receipt"))?)
}

fn json(event: &Incoming, receipt: Option<&Receipt>) -> Json {
    let number = |n: u64| i64::try_from(n).map_or(Json::Null, Json::Int);
    let receipt = receipt.map_or(Json::Null, |receipt| {
        Json::object([
            ("position", number(receipt.position.0)),
            ("revision", number(receipt.revision.0)),
            ("recordedtime", receipt.recorded_time.to_string().into()),
            ("already_recorded", Json::Bool(receipt.already_recorded)),
        ])
    });
    Json::object([("event", event.content.to_json()), ("receipt", receipt)])
}

fn in_words(event: &Incoming, receipt: Option<&Receipt>) -> String {
    let content = &event.content;
    let outcome = match receipt {
        None => "checked, not appended".to_owned(),
        Some(receipt) if receipt.already_recorded => {
            format!("already recorded at position {}", receipt.position)
        }
        Some(receipt) => format!("recorded at position {}", receipt.position),
    };
    let (kind, subject, day) = (content.kind.name(), &content.subject, content.effective_on);
    format!("{kind} on {subject}, in force from {day}: {outcome}\n{}\n", content.data.as_str())
}
