//! What is measured in a process of its own: reads on one core, the memory of an engine, opening,
//! and a writer that is killed.

use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use eventlog::{EventLog, PAGE_EVENTS_MAX};
use eventlog_embedded::EmbeddedLog;
use events::{EventKey, Logged, Position, Revision, Subject};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::engine;
use super::input::{Input, SPREAD_EVENTS, SPREAD_STREAMS, spread_subject};
use super::supply::Supply;
use crate::process;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub(super) enum Task {
    /// Open, ask for the head, close
    Open {
        /// End without closing, as a crash would
        #[arg(long)]
        abandon: bool,
    },
    /// Read every page, so many times
    Pages {
        /// How many times
        #[arg(long)]
        rounds: u32,
    },
    /// Look events and streams up
    Lookups {
        /// How many of each
        #[arg(long)]
        count: u64,
    },
    /// Append events of a file until killed; tell how many are acknowledged
    Write {
        /// The file
        #[arg(long)]
        input: PathBuf,
        /// Put behind identities, so that they are new
        #[arg(long)]
        mark: String,
    },
}

/// The command line of such a process.
#[derive(Debug, Clone, clap::Args)]
pub struct ChildArgs {
    /// The log's directory
    #[arg(long)]
    log: PathBuf,
    #[command(subcommand)]
    task: Task,
}

/// What a process found, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Opened {
    /// Until the log was open.
    pub(super) open_seconds: f64,
    /// Until it had told its head.
    pub(super) head_seconds: f64,
    pub(super) head: u64,
}

/// Seconds of every round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Paged {
    pub(super) events: u64,
    pub(super) seconds: Vec<f64>,
}

/// Microseconds of every look-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LookedUp {
    pub(super) find: Vec<f64>,
    pub(super) find_absent: Vec<f64>,
    pub(super) stream_place: Vec<f64>,
    pub(super) spread_stream: Vec<f64>,
    pub(super) memory_bytes_max: u64,
    pub(super) memory_bytes: u64,
}

/// Does it; answers with what is printed.
///
/// # Errors
/// When the log cannot be opened or read, or answers wrongly.
pub fn run(args: &ChildArgs) -> Result<String> {
    // As the program builds it: as many threads as this process may use cores.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let start = Instant::now();
    let log = engine::open(&args.log)?;
    let open_seconds = start.elapsed().as_secs_f64();
    let head = runtime.block_on(log.head(None))?.position.0;
    let head_seconds = start.elapsed().as_secs_f64();
    let said = match &args.task {
        Task::Open { abandon } => {
            let said = serde_json::to_string(&Opened { open_seconds, head_seconds, head })?;
            if *abandon {
                let mut out = std::io::stdout();
                writeln!(out, "{said}")?;
                out.flush()?;
                std::process::exit(0);
            }
            said
        }
        Task::Pages { rounds } => {
            serde_json::to_string(&runtime.block_on(pages(&log, head, *rounds))?)?
        }
        Task::Lookups { count } => {
            serde_json::to_string(&runtime.block_on(look_up(&log, head, *count))?)?
        }
        Task::Write { input, mark } => {
            let supply = Supply::new(&Input { path: input.clone(), events: 0, bytes: 0 })?;
            runtime.block_on(write(Arc::new(log), supply, mark))?;
            return Ok(String::new());
        }
    };
    log.close()?;
    Ok(said)
}

/// Every event, decoded, from the first to the head. One round before the first is not counted.
async fn pages(log: &EmbeddedLog, head: u64, rounds: u32) -> Result<Paged> {
    let mut seconds = Vec::new();
    for round in 0..=rounds {
        let start = Instant::now();
        let mut next = 1;
        while next <= head {
            let page = log.page(Position(next), PAGE_EVENTS_MAX).await?;
            let first = page.first().context("a page below the head is empty")?;
            ensure!(first.position().0 == next, "a page begins at {}", first.position());
            next += page.len() as u64;
            black_box(&page);
        }
        if round > 0 {
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    Ok(Paged { events: head, seconds })
}

/// A prime stride, so that positions follow no order that a cache could profit from.
const STRIDE: u64 = 7_368_787;

async fn look_up(log: &EmbeddedLog, head: u64, count: u64) -> Result<LookedUp> {
    let mut sample: Vec<(EventKey, Subject, Position)> = Vec::new();
    for number in 0..count {
        let position = Position(number * STRIDE % head + 1);
        let page = log.page(position, 1).await?.pop();
        let event = page.and_then(Logged::into_event).context("an event is missing")?;
        sample.push((event.content.key, event.content.subject, position));
    }
    // Another order than they were read in, so that no block is warm for it.
    sample.sort_by_key(|(key, ..)| key.digest());
    let mut looked_up = LookedUp {
        find: Vec::new(),
        find_absent: Vec::new(),
        stream_place: Vec::new(),
        spread_stream: Vec::new(),
        memory_bytes_max: 0,
        memory_bytes: 0,
    };
    for (key, _, position) in &sample {
        let start = Instant::now();
        let found = log.find(key).await?;
        looked_up.find.push(micros(start));
        ensure!(found == Some(*position), "{key:?} was found at {found:?}, not {position}");
    }
    for (key, ..) in &sample {
        let absent =
            EventKey { source: key.source.clone(), id: format!("{}-absent", key.id).into() };
        let start = Instant::now();
        let found = log.find(&absent).await?;
        looked_up.find_absent.push(micros(start));
        ensure!(found.is_none(), "an absent event was found");
    }
    for (_, subject, _) in &sample {
        let start = Instant::now();
        let first = log.stream(subject, Revision(1), 1).await?;
        looked_up.stream_place.push(micros(start));
        let first = first.first().context("a stream is empty")?;
        ensure!(first.revision == Revision(1), "a stream begins at {}", first.revision);
    }
    for number in 0..SPREAD_STREAMS {
        let subject = spread_subject(number)?;
        let start = Instant::now();
        let events = log.stream(&subject, Revision(1), PAGE_EVENTS_MAX).await?;
        looked_up.spread_stream.push(micros(start));
        let found = events.len() as u64;
        ensure!(found == SPREAD_EVENTS, "{subject} has {found} events");
    }
    let unknown = "the kernel does not tell the memory of this process";
    looked_up.memory_bytes_max = process::memory_bytes_max("self").context(unknown)?;
    looked_up.memory_bytes = process::memory_bytes("self").context(unknown)?;
    Ok(looked_up)
}

fn micros(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6
}

/// Callers that append at the same time.
const WRITERS: usize = 16;
/// Events that a caller appends at once.
const WRITTEN_AT_ONCE: usize = 20;

/// Appends for ever; after every batch a line says how many events are acknowledged.
async fn write(log: Arc<EmbeddedLog>, mut supply: Supply, mark: &str) -> Result<()> {
    let (acknowledge, mut acknowledged) = mpsc::channel::<usize>(WRITERS);
    let mut queues = Vec::new();
    for _ in 0..WRITERS {
        let (queue, mut batches) = mpsc::channel(4);
        queues.push(queue);
        let (log, acknowledge) = (Arc::clone(&log), acknowledge.clone());
        tokio::spawn(async move {
            while let Some(batch) = batches.recv().await {
                let receipts = log.append(batch).await?;
                acknowledge.send(receipts.len()).await?;
            }
            anyhow::Ok(())
        });
    }
    drop(acknowledge);
    tokio::spawn(async move {
        let mut out = std::io::stdout();
        let mut total = 0;
        while let Some(count) = acknowledged.recv().await {
            total += count;
            writeln!(out, "{total}")?;
            out.flush()?;
        }
        anyhow::Ok(())
    });
    loop {
        for queue in &queues {
            let mut events = supply.take(WRITTEN_AT_ONCE)?;
            for event in &mut events {
                event.content.key.id = format!("{}{mark}", event.content.key.id).into();
            }
            queue.send(engine::batch(events)).await.context("a caller has ended")?;
        }
    }
}
