//! Several events in one body.

use std::io;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use eventlog::{AppendError, Batch};
use events::{Admission, Incoming, Refusal};
use ingest::{Form, ReadInputError, Reader, read_bounded, read_lines};

use super::outcome::{self, Outcome};
use super::{JSON, Options, granted};
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::service::Service;

/// An event, or why it is none.
pub(super) type Item = Result<Incoming, Refusal>;

/// The events of a body, in order.
pub(super) fn items_of(body: &[u8], lines: bool, bytes_max: usize) -> Result<Vec<Item>, Problem> {
    if lines {
        return all_of(
            read_lines(body, Admission::Adapter).map_err(|e| unreadable(&e))?,
            bytes_max,
        );
    }
    let reader = read_bounded(body, Admission::Adapter, bytes_max);
    let reader = reader.map_err(|error| unreadable(&error))?;
    if reader.format().form != Form::List {
        return Err(events::Code::NotJson.into());
    }
    all_of(reader, bytes_max)
}

fn all_of<R: io::Read>(reader: Reader<R>, bytes_max: usize) -> Result<Vec<Item>, Problem> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for item in reader {
        let item = item.map_err(|error| unreadable(&error))?;
        bytes += item.raw.len();
        if bytes > bytes_max {
            return Err(ServiceCode::BodyTooLarge.into());
        }
        items.push(item.outcome);
    }
    Ok(items)
}

/// Why a body cannot be read.
pub(super) fn unreadable(error: &ReadInputError) -> Problem {
    match error {
        ReadInputError::Io { source, .. } => broken(source).into(),
        ReadInputError::TooLarge => ServiceCode::BodyTooLarge.into(),
        ReadInputError::NotJson(_) => events::Code::NotJson.into(),
    }
}

/// Why a body came to no end.
pub(super) fn broken(error: &io::Error) -> ServiceCode {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ServiceCode::BodyTooLarge,
        io::ErrorKind::TimedOut => ServiceCode::TooSlow,
        _ => ServiceCode::BadBody,
    }
}

/// Appends them, each by itself or all or none.
pub(super) async fn answer(
    service: &Service,
    principal: &Principal,
    items: Vec<Item>,
    options: Options,
) -> Result<Response, Problem> {
    let items = items.into_iter().map(|item| granted(principal, item));
    let mut outcomes = if options.atomic {
        atomically(service, principal, items).await?
    } else {
        each(service, principal, items).await
    };
    if options.proof {
        for outcome in &mut outcomes {
            if let Outcome::Taken(receipt, proof) = outcome {
                *proof = Some(outcome::proof(service, receipt).await?);
            }
        }
    }
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|o| wanted(o)).count() as u64;
    let again = count(|o| matches!(o, Outcome::Taken(receipt, _) if receipt.already_recorded));
    let all_refused = count(|o| matches!(o, Outcome::Refused(_)));
    let recorded = outcomes.len() as u64 - again - all_refused;
    service.telemetry().events(recorded, again, all_refused);
    let status =
        if outcomes.iter().any(refused) { StatusCode::MULTI_STATUS } else { StatusCode::OK };
    let mut text = vec![b'['];
    for (line, outcome) in (1..).zip(&outcomes) {
        text.extend_from_slice(if line > 1 { b",\n" } else { b"\n" });
        outcome.write(Some(line), &mut text);
    }
    text.extend_from_slice(b"\n]\n");
    Ok((status, JSON, Bytes::from(text)).into_response())
}

async fn each(
    service: &Service,
    principal: &Principal,
    items: impl Iterator<Item = Item>,
) -> Vec<Outcome> {
    let mut events = Vec::new();
    let places: Vec<Option<Outcome>> = items
        .map(|item| match item {
            Ok(event) => {
                events.push(event);
                None
            }
            Err(refusal) => Some(Outcome::of_refusal(&refusal)),
        })
        .collect();
    let taken = service.log().append_each(events, Admission::Adapter, principal.name()).await;
    let mut taken = taken.into_iter();
    let next = |place: Option<Outcome>| {
        place.or_else(|| taken.next().map(|outcome| Outcome::of(outcome, principal)))
    };
    places.into_iter().filter_map(next).collect()
}

/// Whatever is wrong with one of them, none is recorded; the problem says which.
async fn atomically(
    service: &Service,
    principal: &Principal,
    items: impl Iterator<Item = Item>,
) -> Result<Vec<Outcome>, Problem> {
    let mut events = Vec::new();
    for (line, item) in (1_u64..).zip(items) {
        events.push(item.map_err(|refusal| Problem::from(&refusal).with("line", line))?);
    }
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let receipts = service.log().append(Batch::of(events, Admission::Adapter, principal.name()));
    let receipts = receipts.await.map_err(|error| {
        let index = match &error {
            AppendError::Refused { index, .. } | AppendError::RevisionMismatch { index, .. } => {
                Some(*index)
            }
            AppendError::Read(_) | AppendError::Stopped(_) | AppendError::OutcomeUnknown(_) => None,
        };
        let problem = outcome::problem(error, principal);
        match index {
            Some(index) => problem.with("line", index + 1),
            None => problem,
        }
    })?;
    Ok(receipts.into_iter().map(|receipt| Outcome::Taken(receipt, None)).collect())
}
