//! `POST /v1/events`: the HTTP binding of CloudEvents 1.0 (one event in structured or binary mode,
//! a batch), and a stream with one event a line.

mod binary;
mod outcome;
mod stream;
mod together;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use eventlog::AppendError;
use events::{Admission, Code, Incoming, Pointer, Refusal};
use ingest::read_bounded;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::body::Pieces;
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::query::Query;
use crate::service::Service;
use outcome::Outcome;

/// What may stand behind the question mark.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// All of the events or none.
    atomic: bool,
    /// With each receipt, the proof that the event is in the log.
    proof: bool,
    /// Which events of a stream get a line of the answer.
    answers: Answers,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answers {
    /// Every one. Who sends must read meanwhile.
    #[default]
    All,
    /// Those that were not recorded, now or before.
    Refused,
}

/// How the events of a request are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `application/cloudevents+json`, or no `ce-` header and `application/json`.
    Structured,
    /// `ce-` headers, and data as `application/json`.
    Binary,
    /// `application/cloudevents-batch+json`.
    Batch,
    /// `application/x-ndjson`.
    Lines,
}

pub(crate) async fn post_events(
    State(service): State<Service>,
    principal: Principal,
    Query(options): Query<Options>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_encoding(&headers)?;
    let limits = &service.config().limits;
    let pieces = Pieces::new(body, limits);
    let mode = mode_of(&headers)?;
    if mode == Mode::Lines && !options.atomic && !options.proof {
        return stream::answer(
            &service,
            principal,
            headers,
            pieces,
            options.answers == Answers::All,
        );
    }
    let body = pieces.whole(&headers, limits).await?;
    if matches!(mode, Mode::Batch | Mode::Lines) {
        let (lines, bytes_max) = (mode == Mode::Lines, limits.body_bytes);
        // Much to parse must not keep others waiting.
        let items = spawn_blocking(move || together::items_of(&body, lines, bytes_max));
        let items = items.await.map_err(|_| ServiceCode::Internal)??;
        return together::answer(&service, &principal, items, options).await;
    }
    let event = match mode {
        Mode::Binary if headers.contains_key(header::CONTENT_ENCODING) => {
            return Err(ServiceCode::UnsupportedMediaType.into());
        }
        Mode::Binary => binary::read(&headers, &body),
        _ => structured(&body, limits.body_bytes)?,
    };
    one(&service, &principal, granted(&principal, event), options).await
}

/// Appends one event.
async fn one(
    service: &Service,
    principal: &Principal,
    event: Result<Incoming, Refusal>,
    options: Options,
) -> Result<Response, Problem> {
    let event = event.map_err(|refusal| Problem::from(&refusal))?;
    let mut outcomes =
        service.log().append_each(vec![event], Admission::Adapter, principal.name()).await;
    let outcome = outcomes.pop().ok_or(ServiceCode::Internal)?;
    let taken = outcome.as_ref().map(|receipt| receipt.already_recorded);
    service.telemetry().events(
        u64::from(taken == Ok(false)),
        u64::from(taken == Ok(true)),
        u64::from(taken.is_err()),
    );
    let receipt = outcome.map_err(|error| outcome::problem(error, principal))?;
    let status = if receipt.already_recorded { StatusCode::OK } else { StatusCode::CREATED };
    let proof = if options.proof { Some(outcome::proof(service, &receipt).await?) } else { None };
    let mut text = Vec::new();
    Outcome::Taken(receipt, proof).write(None, &mut text);
    Ok((status, JSON, Bytes::from(text)).into_response())
}

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// The event of a body that holds one.
fn structured(body: &Bytes, bytes_max: usize) -> Result<Result<Incoming, Refusal>, Problem> {
    // Nearly always it is plain JSON.
    if body.trim_ascii_start().first() == Some(&b'{') {
        return Ok(Incoming::parse(body.trim_ascii(), Admission::Adapter));
    }
    let reader = read_bounded(body.as_ref(), Admission::Adapter, bytes_max);
    let mut reader = reader.map_err(|error| together::unreadable(&error))?;
    let nothing = || Pointer::ROOT.refuse(Code::NotJson, "there is no event");
    let Some(first) = reader.next() else { return Ok(Err(nothing())) };
    let first = first.map_err(|error| together::unreadable(&error))?;
    Ok(if reader.next().is_some() { Err(nothing()) } else { first.outcome })
}

/// The event, if its source is one that the principal may speak for.
fn granted(principal: &Principal, event: Result<Incoming, Refusal>) -> Result<Incoming, Refusal> {
    let event = event?;
    let sources = principal.grants().ingest.as_ref();
    if sources.is_some_and(|sources| sources.hold(&event.content.key.source)) {
        return Ok(event);
    }
    Err(Pointer::ROOT.member("source").refuse(Code::SourceNotGranted, "another's source"))
}

fn mode_of(headers: &HeaderMap) -> Result<Mode, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mut parts = kind.unwrap_or_default().split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    // JSON is UTF-8, whatever else is said.
    let other = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        name.eq_ignore_ascii_case("charset")
            && !value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    if parts.any(other) {
        return Err(ServiceCode::UnsupportedMediaType.into());
    }
    let binary = headers.contains_key("ce-specversion") || headers.contains_key("ce-type");
    match kind.as_str() {
        "application/cloudevents+json" => Ok(Mode::Structured),
        "application/cloudevents-batch+json" => Ok(Mode::Batch),
        "application/x-ndjson" | "application/jsonl" => Ok(Mode::Lines),
        "application/json" if binary => Ok(Mode::Binary),
        "" if binary => Ok(Mode::Binary),
        _ => Err(ServiceCode::UnsupportedMediaType.into()),
    }
}

/// Compression is told by the bytes themselves; what is said must be one of those known.
fn check_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    let said = headers.get_all(header::CONTENT_ENCODING).iter();
    let known = |said: &header::HeaderValue| {
        let said = said.to_str().unwrap_or_default().trim();
        ["gzip", "x-gzip", "zstd", "identity"].iter().any(|known| said.eq_ignore_ascii_case(known))
    };
    let said: Vec<_> = said.collect();
    if said.len() > 1 || !said.into_iter().all(known) {
        return Err(ServiceCode::UnsupportedMediaType.into());
    }
    Ok(())
}

/// Why the log took nothing, where nobody's event is at fault.
fn log_code(error: &AppendError) -> ServiceCode {
    match error {
        AppendError::OutcomeUnknown(_) => ServiceCode::OutcomeUnknown,
        _ => ServiceCode::LogFailed,
    }
}
