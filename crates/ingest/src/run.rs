//! From a reader into a log, in order, many events under way at once.

use std::collections::VecDeque;
use std::io::Read;

use eventlog::{EventLog, PendingEach, Receipt};
use events::{Admission, Refusal};
use tokio::sync::oneshot;

use crate::parsers::{Parsed, Parsers};
use crate::texts::{Text, Texts};
use crate::{IngestError, Progress, Quarantine, ReadInputError, Reader, Summary};

/// How many events are under way at once unless the caller has a reason.
pub const WINDOW_EVENTS: usize = 8192;

/// How many bytes of text are under way at most; one event always is.
const WINDOW_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many events are handed on together at most.
const EVENTS_TOGETHER: usize = 512;

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
    let window = window.max(1);
    let summary = Summary::default();
    let mut ingestion = Ingestion { under_way: VecDeque::new(), summary, quarantine, progress };
    let outcome = async {
        let parsers =
            Parsers::start(mode).map_err(|e| ingestion.broken(ReadInputError::of_io(0, e)))?;
        let mut ahead = Ahead { reader, parsers, parsing: VecDeque::new(), ended: None };
        while let Some(parsed) = ahead.next(window.min(EVENTS_TOGETHER)).await {
            let events_max = window - parsed.texts.len();
            let bytes_max = WINDOW_BYTES_MAX.saturating_sub(parsed.texts.bytes());
            ingestion.settle_down_to(events_max, bytes_max).await?;
            ingestion.submit(log, parsed, mode, recorded_by);
        }
        ingestion.settle_down_to(0, 0).await?;
        ahead.ended.map_or(Ok(()), |error| Err(ingestion.broken(error)))
    };
    let outcome = outcome.await;
    ingestion.end(outcome)
}

/// Reads ahead, so that the threads that parse always have something to do.
struct Ahead<R: Read> {
    reader: Reader<R>,
    parsers: Parsers,
    /// In the order of the input.
    parsing: VecDeque<oneshot::Receiver<Parsed>>,
    /// Why the input cannot be read on, if it cannot.
    ended: Option<ReadInputError>,
}

impl<R: Read> Ahead<R> {
    /// The next events of the input, up to `count`; `None` at its end.
    async fn next(&mut self, count: usize) -> Option<Parsed> {
        while self.ended.is_none() && self.parsing.len() < self.parsers.ahead() {
            match self.reader.next_texts(count) {
                Ok(texts) if texts.is_empty() => break,
                Ok(texts) => self.parsing.push_back(self.parsers.parse(texts)),
                Err(error) => self.ended = Some(error),
            }
        }
        let oldest = self.parsing.pop_front()?;
        Some(oldest.await.expect("a text is an event or refused, and no thread panics over it"))
    }
}

/// Events whose outcome is not settled.
struct UnderWay {
    texts: Texts,
    /// What the reader refused, by place among the texts.
    refused: VecDeque<(usize, Refusal)>,
    /// What the log says of the others.
    outcomes: PendingEach,
}

struct Ingestion<'a> {
    under_way: VecDeque<UnderWay>,
    summary: Summary,
    quarantine: &'a mut Quarantine,
    progress: &'a mut dyn FnMut(Progress),
}

impl Ingestion<'_> {
    fn submit(&mut self, log: &dyn EventLog, parsed: Parsed, mode: Admission, recorded_by: &str) {
        let Parsed { texts, outcomes } = parsed;
        let mut refused = VecDeque::new();
        let mut events = Vec::with_capacity(outcomes.len());
        for (index, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(event) => events.push(event),
                Err(refusal) => refused.push_back((index, refusal)),
            }
        }
        let outcomes = log.append_each(events, mode, recorded_by);
        self.under_way.push_back(UnderWay { texts, refused, outcomes });
    }

    /// Settles from the front until so many events and bytes are left under way.
    async fn settle_down_to(&mut self, events: usize, bytes: usize) -> Result<(), IngestError> {
        let left = |sum: fn(&Texts) -> usize, queue: &VecDeque<UnderWay>| -> usize {
            queue.iter().map(|under_way| sum(&under_way.texts)).sum()
        };
        while left(Texts::len, &self.under_way) > events
            || left(Texts::bytes, &self.under_way) > bytes
        {
            let Some(oldest) = self.under_way.pop_front() else { break };
            self.settle(oldest).await?;
        }
        Ok(())
    }

    async fn settle(&mut self, under_way: UnderWay) -> Result<(), IngestError> {
        let UnderWay { texts, mut refused, outcomes } = under_way;
        let mut outcomes = outcomes.await.into_iter();
        for (index, text) in texts.iter().enumerate() {
            if let Some((_, refusal)) = refused.pop_front_if(|(at, _)| *at == index) {
                self.refuse(text, &refusal)?;
            } else {
                match outcomes.next().expect("the log answers for each event") {
                    Ok(receipt) => self.count(&receipt),
                    Err(source) => match source.refusal() {
                        Some(refusal) => self.refuse(text, &refusal)?,
                        None => {
                            let (progress, line) = (self.summary.progress, text.number);
                            return Err(IngestError::Log { progress, line, source });
                        }
                    },
                }
            }
            self.summary.progress.line = text.number;
            (self.progress)(self.summary.progress);
        }
        Ok(())
    }

    const fn broken(&self, source: ReadInputError) -> IngestError {
        IngestError::Input { progress: self.summary.progress, source }
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

    fn refuse(&mut self, text: Text<'_>, refusal: &Refusal) -> Result<(), IngestError> {
        let kept = self.quarantine.keep(text.number, refusal, text.bytes);
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
