//! From a reader into a log, in order, many events under way at once.

use std::collections::VecDeque;
use std::io::Read;

use eventlog::{Batch, EventLog, Pending, Receipt};
use events::{Admission, Incoming, Refusal};

use crate::{IngestError, Item, Progress, Quarantine, Reader, Summary};

/// How many events are under way at once unless the caller has a reason.
pub const WINDOW_EVENTS: usize = 1024;

/// How many bytes of text are under way at most; one event always is.
const WINDOW_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Takes every event of `reader` to `log`: each a batch of its own, submitted in their order, at
/// most `window` of them under way; outcomes are taken in the same order. What the reader or the
/// log refuses goes to the quarantine, and the rest goes on. Events are recorded by `recorded_by`
/// (which the log marks where the reader's admission is backfill).
///
/// `progress` is told after every event whose outcome is known.
///
/// # Errors
/// [`IngestError`] says how far it got; running it again is safe.
pub async fn run<R: Read>(
    log: &dyn EventLog,
    reader: Reader<R>,
    recorded_by: &str,
    window: usize,
    quarantine: &mut Quarantine,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, IngestError> {
    let mode = reader.admission();
    let summary = Summary::default();
    let mut ingestion = Ingestion { queue: VecDeque::new(), bytes: 0, summary, quarantine };
    let outcome = async {
        for item in reader {
            let item = match item {
                Ok(item) => item,
                Err(source) => {
                    ingestion.settle_down_to(0, 0, progress).await?;
                    let progress = ingestion.summary.progress;
                    return Err(IngestError::Input { progress, source });
                }
            };
            let bytes_max = WINDOW_BYTES_MAX.saturating_sub(item.raw.len());
            ingestion.settle_down_to(window.max(1) - 1, bytes_max, progress).await?;
            ingestion.submit(log, item, mode, recorded_by);
        }
        ingestion.settle_down_to(0, 0, progress).await
    };
    let outcome = outcome.await;
    ingestion.end(outcome)
}

/// An event whose outcome is not settled.
struct UnderWay {
    line: u64,
    raw: Vec<u8>,
    outcome: Outcome,
}

enum Outcome {
    /// By the reader.
    Refused(Refusal),
    /// The log's answer is still to come.
    Pending(Pending),
}

struct Ingestion<'a> {
    queue: VecDeque<UnderWay>,
    /// Text under way.
    bytes: usize,
    summary: Summary,
    quarantine: &'a mut Quarantine,
}

impl Ingestion<'_> {
    fn submit(&mut self, log: &dyn EventLog, item: Item, mode: Admission, recorded_by: &str) {
        let Item { line, outcome, raw } = item;
        let outcome = match outcome {
            Ok(event) => Outcome::Pending(log.append(batch_of(event, mode, recorded_by))),
            Err(refusal) => Outcome::Refused(refusal),
        };
        self.bytes += raw.len();
        self.queue.push_back(UnderWay { line, raw, outcome });
    }

    /// Settles from the front until so many events and bytes are left under way.
    async fn settle_down_to(
        &mut self,
        events: usize,
        bytes: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), IngestError> {
        while self.queue.len() > events || self.bytes > bytes {
            let Some(first) = self.queue.pop_front() else { break };
            self.bytes -= first.raw.len();
            self.settle(first).await?;
            progress(self.summary.progress);
        }
        Ok(())
    }

    async fn settle(&mut self, event: UnderWay) -> Result<(), IngestError> {
        let UnderWay { line, raw, outcome } = event;
        match outcome {
            Outcome::Refused(refusal) => self.refuse(line, &refusal, &raw)?,
            Outcome::Pending(pending) => match pending.await {
                Ok(receipts) => receipts.iter().for_each(|receipt| self.count(receipt)),
                Err(source) => match source.refusal() {
                    Some(refusal) => self.refuse(line, &refusal, &raw)?,
                    None => {
                        let progress = self.summary.progress;
                        return Err(IngestError::Log { progress, line, source });
                    }
                },
            },
        }
        self.summary.progress.line = line;
        Ok(())
    }

    fn count(&mut self, receipt: &Receipt) {
        let progress = &mut self.summary.progress;
        if receipt.already_recorded {
            progress.already_recorded += 1;
        } else {
            progress.recorded += 1;
        }
        self.summary.last_position = self.summary.last_position.max(Some(receipt.position));
    }

    fn refuse(&mut self, line: u64, refusal: &Refusal, raw: &[u8]) -> Result<(), IngestError> {
        let kept = self.quarantine.keep(line, refusal, raw);
        kept.map_err(|source| self.quarantine_error(source))?;
        self.summary.progress.refused += 1;
        *self.summary.refused_by_code.entry(refusal.code).or_default() += 1;
        Ok(())
    }

    const fn quarantine_error(&self, source: std::io::Error) -> IngestError {
        IngestError::Quarantine { progress: self.summary.progress, source }
    }

    /// Writes the quarantine out; an ingestion that broke off keeps its own error.
    fn end(self, outcome: Result<(), IngestError>) -> Result<Summary, IngestError> {
        match outcome {
            Ok(()) => match self.quarantine.finish() {
                Ok(()) => Ok(self.summary),
                Err(source) => Err(self.quarantine_error(source)),
            },
            Err(error) => {
                // The first fault is the one to tell; a second one here follows from it or waits
                // for the next run.
                let _ = self.quarantine.flush();
                Err(error)
            }
        }
    }
}

fn batch_of(event: Incoming, mode: Admission, recorded_by: &str) -> Batch {
    let (events, recorded_by) = (vec![event], recorded_by.to_owned());
    match mode {
        Admission::Adapter => Batch::Adapter { events, recorded_by },
        Admission::Backfill => Batch::Backfill { events, recorded_by },
    }
}
