//! The file of events that is ingested: generated once, kept for later runs.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use casetrail::generate::{Generated, Generator, Options};
use events::v1::child::{VisitPlace, VisitRecorded};
use events::{EventKey, Subject};
use sha2::{Digest as _, Sha256};

use crate::tell;

/// How many streams are spread over the whole file.
pub(crate) const SPREAD_STREAMS: u64 = 20;
/// How many events each of them has.
pub(crate) const SPREAD_EVENTS: u64 = 60;
const SPREAD: u64 = SPREAD_STREAMS * SPREAD_EVENTS;

/// Raised when the same options give another file, so that an old one is not taken for it.
const VERSION: u32 = 1;

/// A file of events.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    /// One event a line, for `ingest --backfill`.
    pub(crate) path: PathBuf,
    /// How many there are.
    pub(crate) events: u64,
    /// How long the file is.
    pub(crate) bytes: u64,
}

impl Input {
    /// Generates it, unless an earlier run did.
    ///
    /// The events are those of the generator of states, among which the events of 20 streams more
    /// stand, evenly spread. Unless `plain`, each carries what real adapters send and the
    /// generator leaves out: the source's own instant, a correlation id, and raw fields.
    pub(crate) fn prepare(root: &Path, events: u64, plain: bool) -> Result<Self> {
        let form = if plain { "plain" } else { "rich" };
        let path = root.join(format!("input-{VERSION}-{form}-{events}.ndjson"));
        if !path.is_file() {
            tell(&format!("generating {}", path.display()));
            let unfinished = path.with_extension("tmp");
            write(&unfinished, events, plain)
                .with_context(|| format!("cannot write {}", unfinished.display()))?;
            fs::rename(&unfinished, &path)?;
        }
        let bytes = fs::metadata(&path)?.len();
        Ok(Self { path, events, bytes })
    }

    /// What the file is, for whoever reads the figures.
    pub(crate) fn in_words(&self) -> String {
        let mean = self.bytes / self.events.max(1);
        format!("input: {} events, {mean} bytes of JSON each on average", self.events)
    }
}

/// The streams that are spread over the file.
pub(crate) fn spread_subject(number: u64) -> Result<Subject> {
    format!("child/spread-{number}").parse().map_err(|_| anyhow!("not a subject"))
}

fn write(path: &Path, events: u64, plain: bool) -> Result<()> {
    // A child has about 60 events; with fewer, the state would end too early.
    let children = u32::try_from(events / 50 + 100)?;
    let mut state = Generator::new(Options { children, ..Options::default() })
        .map_err(|error| anyhow!("{error}"))?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (every, mut spread) = (events / SPREAD, 0);
    let mut line = Vec::new();
    let mut last: Option<Generated> = None;
    for number in 0..events {
        let due = number % every == every - 1 && spread < SPREAD;
        let event = match (&last, due) {
            (Some(last), true) => {
                spread += 1;
                spread_event(spread - 1, last)?
            }
            _ => state.next().context("the generated state is too small")?,
        };
        line.clear();
        event.write_line(&mut line);
        if !plain {
            enrich(&mut line, &event)?;
        }
        out.write_all(&line)?;
        last = Some(event);
    }
    ensure!(spread == SPREAD, "only {spread} events of the spread streams were placed");
    // What is written back later would slow the first measures down.
    out.into_inner()?.sync_all()?;
    Ok(())
}

/// The event with that number of the spread streams, which take turns.
fn spread_event(number: u64, before: &Generated) -> Result<Generated> {
    let visit = VisitRecorded {
        worker: "S-1".parse().map_err(|_| anyhow!("not an identifier"))?,
        place: VisitPlace::Residence,
        face_to_face: true,
        raw: None,
    };
    Ok(Generated {
        recorded_time: before.recorded_time,
        key: EventKey { source: "faces".into(), id: format!("spread-{number}").into() },
        subject: spread_subject(number % SPREAD_STREAMS)?,
        effective_on: before.effective_on,
        payload: visit.into(),
    })
}

/// Adds the optional attributes and the raw fields to a line. What stands in them is random to a
/// compressor, as identifiers are.
fn enrich(line: &mut Vec<u8>, event: &Generated) -> Result<()> {
    const START: &[u8] = b"{";
    let digest = hex::encode(Sha256::digest(format!("{} {}", event.key.source, event.key.id)));
    let (time, on) = (event.recorded_time.to_string(), event.effective_on);
    let minute = time.get(11..16).context("an instant has minutes")?;
    let uuid = [&digest[..8], &digest[8..12], &digest[12..16], &digest[16..20], &digest[20..32]];
    let uuid = uuid.join("-");
    let front = format!(r#"{{"time":"{on}T{minute}:00-06:00","correlationid":"{uuid}","#);
    ensure!(line.starts_with(START) && line.ends_with(b"}}\n"), "not a line of an event");
    line.splice(..START.len(), front.into_bytes());
    line.truncate(line.len() - b"}}\n".len());
    let comma = if line.ends_with(b"{") { "" } else { "," };
    let entry = &digest[32..38];
    line.extend_from_slice(
        format!(r#"{comma}"raw":{{"ENTRY_ID":"{entry}","SCREEN":"SS-61"}}}}}}{}"#, "\n").as_bytes(),
    );
    Ok(())
}
