//! Ours: the embedded engine, as a program that holds it appends to it.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use eventlog::{Batch, EventLog};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Incoming, Position};
use journal::{Journal, JournalOptions, Needed};

use super::drive::Caller;
use super::supply::Supply;

/// Who appends in benchmarks.
pub(crate) const PRINCIPAL: &str = "bench";

/// Opens a log, or begins one.
pub(crate) fn open(dir: &Path) -> Result<EmbeddedLog> {
    let opened = EmbeddedLog::open(dir, Options::default());
    opened.with_context(|| format!("cannot open the log {}", dir.display()))
}

/// Events as an adapter's batch.
pub(crate) fn batch(events: Vec<Incoming>) -> Batch {
    Batch::Adapter { events, recorded_by: PRINCIPAL.to_owned() }
}

/// One caller of the engine, with all that it will append.
pub(crate) struct EngineCaller {
    log: Arc<dyn EventLog>,
    batches: std::vec::IntoIter<Batch>,
}

impl Caller for EngineCaller {
    async fn commit(&mut self) -> Result<bool> {
        let Some(batch) = self.batches.next() else { return Ok(false) };
        let count = batch.len();
        let receipts = self.log.append(batch).await?;
        let recorded = receipts.iter().filter(|receipt| !receipt.already_recorded).count();
        ensure!(recorded == count, "{recorded} of {count} events were recorded");
        Ok(true)
    }
}

/// So many callers, each with so many batches of its own.
pub(crate) fn callers(
    log: &Arc<impl EventLog + 'static>,
    supply: &mut Supply,
    count: usize,
    batch_events: usize,
    batches: usize,
) -> Result<Vec<EngineCaller>> {
    let mut callers = Vec::with_capacity(count);
    for _ in 0..count {
        let mut its = Vec::with_capacity(batches);
        for _ in 0..batches {
            its.push(batch(supply.take(batch_events)?));
        }
        callers.push(EngineCaller { log: Arc::clone(log) as _, batches: its.into_iter() });
    }
    Ok(callers)
}

/// Waits until what was appended is sealed as far as it will be.
pub(crate) async fn wait_until_sealed(log: &EmbeddedLog) -> Result<()> {
    let head = log.head(None).await?.position.0;
    let every = Options::default().seal_events;
    log.watch_sealed(Position(head / every * every)).await?;
    Ok(())
}

/// The bytes that the engine's journal holds for events, a record each: what reference A appends.
pub(crate) async fn records(dir: &Path, supply: &mut Supply, count: usize) -> Result<Vec<Vec<u8>>> {
    let log = open(dir)?;
    log.append(batch(supply.take(count)?)).await?;
    log.close()?;
    drop(log);
    let journal = Journal::open(&dir.join("journal"), JournalOptions::default(), Needed::NOTHING)?;
    let segments = journal.segments();
    let mut records = Vec::new();
    for first in segments.firsts() {
        let segment = segments.load(first)?;
        records.extend(segment.records(1).map(|(_, bytes)| bytes.to_vec()));
    }
    ensure!(records.len() == count, "the journal holds {} of {count} records", records.len());
    Ok(records)
}
