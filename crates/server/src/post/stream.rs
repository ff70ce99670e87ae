//! One event a line, of any number, with a line of answer for each.
//!
//! ```text
//! pieces of the body -> lines -> parsed on any core -> handed to the log, in order -> answers
//! ```
//!
//! Each arrow holds a few things at most, so a log that is slow, or a client that does not read,
//! stops what comes before it. An event is handed on as soon as nothing more of the body is there:
//! who sends one and waits is answered.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use eventlog::PendingEach;
use events::{Admission, Incoming, Refusal};
use futures_util::stream::unfold;
use ingest::{ReadInputError, read_lines};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;

use super::granted;
use super::outcome::Outcome;
use super::together::broken;
use crate::body::Pieces;
use crate::guard::{Needs, still};
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::service::Service;

/// Events handed on together at most.
const EVENTS_TOGETHER: usize = 512;
/// Pieces of the body that wait to be read.
const PIECES: usize = 4;
/// Groups of events being parsed.
const PARSING: usize = 4;
/// Groups of events under way in the log.
const UNDER_WAY: usize = 16;

type Parsed = Vec<(u64, Result<Incoming, Refusal>)>;

/// What the reader gives: groups in order, and at last why there are no more, if it broke off.
type Group = Result<JoinHandle<Parsed>, ServiceCode>;

/// Takes a stream of lines, and answers while it comes. `all`: with a line for every event.
pub(super) fn answer(
    service: &Service,
    principal: Principal,
    headers: HeaderMap,
    pieces: Pieces,
    all: bool,
) -> Result<Response, Problem> {
    let place = service.stream_place()?;
    let unread = Arc::new(AtomicUsize::new(0));
    let (give, given) = mpsc::channel(PIECES);
    tokio::spawn(pump(pieces, give, Arc::clone(&unread)));
    let (read, groups) = mpsc::channel(PARSING);
    let input = Input { given, piece: Bytes::new(), unread };
    tokio::task::spawn_blocking(move || read_groups(input, &read));
    let (submit, submitted) = mpsc::channel(UNDER_WAY);
    tokio::spawn(hand_over(service.clone(), principal.clone(), headers, groups, submit));
    let answers = Answers {
        service: service.clone(),
        submitted,
        principal,
        all,
        counts: Counts::default(),
        _place: place,
    };
    let body = Body::from_stream(unfold(Some(answers), |answers| async move {
        let mut answers = answers?;
        let (text, goes_on) = answers.next().await;
        Some((Ok::<_, io::Error>(Bytes::from(text)), goes_on.then_some(answers)))
    }));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Takes pieces from the network.
async fn pump(
    mut pieces: Pieces,
    give: mpsc::Sender<Result<Bytes, ServiceCode>>,
    unread: Arc<AtomicUsize>,
) {
    loop {
        let piece = match pieces.next().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => return,
            Err(code) => Err(code),
        };
        let broken = piece.is_err();
        unread.fetch_add(piece.as_ref().map_or(0, Bytes::len), Ordering::Relaxed);
        if give.send(piece).await.is_err() || broken {
            return;
        }
    }
}

/// The pieces as a reader that waits for them, on a thread that may.
struct Input {
    given: mpsc::Receiver<Result<Bytes, ServiceCode>>,
    piece: Bytes,
    /// Bytes that came and were not read.
    unread: Arc<AtomicUsize>,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.given.blocking_recv() {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(ServiceCode::TooSlow)) => return Err(io::ErrorKind::TimedOut.into()),
                Some(Err(code)) => return Err(io::Error::other(code.name())),
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        self.unread.fetch_sub(count, Ordering::Relaxed);
        Ok(count)
    }
}

/// Cuts the input into groups of lines, and has them parsed.
fn read_groups(input: Input, groups: &mpsc::Sender<Group>) {
    let unread = Arc::clone(&input.unread);
    let broken = |error: &ReadInputError| match error {
        ReadInputError::Io { source, .. } => broken(source),
        ReadInputError::TooLarge | ReadInputError::NotJson(_) => ServiceCode::BadBody,
    };
    let mut reader = match read_lines(input, Admission::Adapter) {
        Ok(reader) => reader,
        Err(error) => return drop(groups.blocking_send(Err(broken(&error)))),
    };
    let more = || unread.load(Ordering::Relaxed) > 0;
    loop {
        let group = match reader.next_texts_there(EVENTS_TOGETHER, more) {
            Ok(texts) if texts.is_empty() => return,
            Ok(texts) => Ok(tokio::task::spawn_blocking(move || texts.parse(Admission::Adapter))),
            Err(error) => Err(broken(&error)),
        };
        let ends = group.is_err();
        if groups.blocking_send(group).is_err() || ends {
            return;
        }
    }
}

/// A group that the log has.
struct UnderWay {
    /// The lines, and what was refused before the log saw it.
    lines: Vec<(u64, Option<Refusal>)>,
    outcomes: PendingEach,
}

/// Hands groups to the log, in order.
async fn hand_over(
    service: Service,
    principal: Principal,
    headers: HeaderMap,
    mut groups: mpsc::Receiver<Group>,
    submit: mpsc::Sender<Result<UnderWay, ServiceCode>>,
) {
    while let Some(group) = groups.recv().await {
        let parsed = match group {
            Ok(parsing) => parsing.await.map_err(|_| ServiceCode::Internal),
            Err(code) => Err(code),
        };
        let parsed = parsed.and_then(|parsed| match still(&service, &headers, Needs::Ingest) {
            true => Ok(parsed),
            false => Err(ServiceCode::Unauthenticated),
        });
        let under_way = parsed.map(|parsed| {
            let mut events = Vec::with_capacity(parsed.len());
            let mut lines = Vec::with_capacity(parsed.len());
            for (line, event) in parsed {
                match granted(&principal, event) {
                    Ok(event) => {
                        events.push(event);
                        lines.push((line, None));
                    }
                    Err(refusal) => lines.push((line, Some(refusal))),
                }
            }
            let log = service.log();
            let outcomes = log.append_each(events, Admission::Adapter, principal.name());
            UnderWay { lines, outcomes }
        });
        if submit.send(under_way).await.is_err() {
            return;
        }
    }
}

/// What became of the lines so far.
#[derive(Debug, Default)]
struct Counts {
    recorded: u64,
    already_recorded: u64,
    refused: u64,
    last_position: u64,
}

/// The answers, in order of the lines.
struct Answers {
    service: Service,
    submitted: mpsc::Receiver<Result<UnderWay, ServiceCode>>,
    principal: Principal,
    all: bool,
    counts: Counts,
    _place: OwnedSemaphorePermit,
}

impl Drop for Answers {
    fn drop(&mut self) {
        let Counts { recorded, already_recorded, refused, .. } = self.counts;
        self.service.telemetry().events(recorded, already_recorded, refused);
    }
}

impl Answers {
    /// The next lines of the answer, and whether more will come.
    async fn next(&mut self) -> (Vec<u8>, bool) {
        let mut out = Vec::new();
        while out.is_empty() {
            let code = match self.submitted.recv().await {
                Some(Ok(under_way)) => match self.settle(under_way, &mut out).await {
                    None => continue,
                    code => code,
                },
                Some(Err(code)) => Some(code),
                None => None,
            };
            self.end(code, &mut out);
            return (out, false);
        }
        (out, true)
    }

    /// Answers a group; a log that failed ends the stream.
    async fn settle(&mut self, under_way: UnderWay, out: &mut Vec<u8>) -> Option<ServiceCode> {
        let mut outcomes = under_way.outcomes.await.into_iter();
        for (line, refusal) in under_way.lines {
            let outcome = match refusal {
                Some(refusal) => Outcome::of_refusal(&refusal),
                None => match outcomes.next() {
                    Some(Err(error)) if error.refusal().is_none() => {
                        return Some(super::log_code(&error));
                    }
                    Some(outcome) => Outcome::of(outcome, &self.principal),
                    None => return Some(ServiceCode::Internal),
                },
            };
            self.count(&outcome);
            if self.all || matches!(outcome, Outcome::Refused(_)) {
                outcome.write(Some(line), out);
                out.push(b'\n');
            }
        }
        None
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Taken(receipt, _) => {
                let counts = &mut self.counts;
                let count = if receipt.already_recorded {
                    &mut counts.already_recorded
                } else {
                    &mut counts.recorded
                };
                *count += 1;
                counts.last_position = counts.last_position.max(receipt.position.0);
            }
            Outcome::Refused(_) => self.counts.refused += 1,
        }
    }

    /// The last line: how it ended, and how many of each there were. An answer without it broke off.
    fn end(&self, code: Option<ServiceCode>, out: &mut Vec<u8>) {
        let Counts { recorded, already_recorded, refused, last_position } = self.counts;
        let mut said = json!({
            "outcome": "end", "recorded": recorded, "already_recorded": already_recorded,
            "refused": refused, "last_position": last_position,
        });
        if let Some(code) = code {
            said["outcome"] = "broken-off".into();
            said["problem"] = Problem::from(code).to_json();
        }
        out.extend_from_slice(said.to_string().as_bytes());
        out.push(b'\n');
    }
}
