//! `GET /v1/events/follow`: the log as it grows, as server-sent events.
//!
//! `event: event` (or `erased`, the bare entry) has the position as `id`, so that a client which
//! reconnects with `Last-Event-ID` goes on where it was. Whenever the end of the log is reached,
//! `event: head` says size and root of the tree of all events up to there: who has computed another
//! root from what came has missed something.

use std::fmt::Write as _;
use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use eventlog::ReadError;
use events::Position;
use futures_util::stream::unfold;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;

use crate::config::seconds;
use crate::guard::{Needs, still};
use crate::pages::{line, tree};
use crate::problem::{Problem, ServiceCode};
use crate::query::Query;
use crate::service::Service;

/// Events read at a time.
const EVENTS_TOGETHER: usize = 128;

/// Where to begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Asked {
    /// A position; `Last-Event-ID` goes before it. With neither: what comes from now on.
    from: Option<u64>,
}

pub(crate) async fn follow(
    State(service): State<Service>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = headers.get("last-event-id").map(|id| id.to_str().ok()?.parse::<u64>().ok());
    let from = match (seen, asked.from) {
        (Some(seen), _) => seen.ok_or(ServiceCode::InvalidQuery)?.saturating_add(1),
        (None, Some(from)) => from.max(1),
        (None, None) => service.log().head(None).await?.position.0 + 1,
    };
    let head = service.log().head(None).await?.position;
    if from > head.0 + 1 {
        let problem = Problem::from(ServiceCode::BeyondHead);
        return Err(problem.with("asked", from).with("head", head.0));
    }
    let place = service.follower_place()?;
    let following = Following { service, headers, next: Position(from), said: None, _place: place };
    let body = Body::from_stream(unfold(Some(following), |following| async move {
        let mut following = following?;
        let (text, goes_on) = following.next().await;
        Some((Ok::<_, io::Error>(Bytes::from(text)), goes_on.then_some(following)))
    }));
    let kind = (header::CONTENT_TYPE, "text/event-stream");
    // What stands between must not keep it back.
    Ok(([kind, (header::CACHE_CONTROL, "no-store")], [("x-accel-buffering", "no")], body)
        .into_response())
}

/// One who follows.
struct Following {
    service: Service,
    /// Who follows.
    headers: HeaderMap,
    /// The next position to be shown.
    next: Position,
    /// The size that was last said to be the log's.
    said: Option<Position>,
    _place: OwnedSemaphorePermit,
}

impl Following {
    /// What is sent next, and whether more will be.
    async fn next(&mut self) -> (String, bool) {
        let waited = self.wait().await;
        if !still(&self.service, &self.headers, Needs::Children) {
            let problem = Problem::from(ServiceCode::Unauthenticated).to_json();
            return (format!("event: problem\ndata: {problem}\n\n"), false);
        }
        match waited {
            Ok(Some(text)) => (text, true),
            Ok(None) => (String::new(), false),
            Err(error) => {
                let problem = Problem::from(error).to_json();
                (format!("event: problem\ndata: {problem}\n\n"), false)
            }
        }
    }

    /// New events or a sign of life; `None` when the service stops.
    async fn wait(&mut self) -> Result<Option<String>, ReadError> {
        let shown = Position(self.next.0 - 1);
        if self.said != Some(shown) {
            return self.catch_up(shown).await.map(Some);
        }
        let heartbeat = seconds(self.service.config().limits.heartbeat_seconds);
        let (stopping, log) = (self.service.stopping(), self.service.log());
        tokio::select! {
            () = stopping.cancelled() => Ok(None),
            () = tokio::time::sleep(heartbeat) => Ok(Some(": alive\n\n".to_owned())),
            head = log.watch(shown) => {
                head?;
                self.catch_up(shown).await.map(Some)
            }
        }
    }

    /// Events behind those that were shown, and the head if these are the last.
    async fn catch_up(&mut self, shown: Position) -> Result<String, ReadError> {
        let mut text = String::new();
        let events = self.service.log().page(self.next, EVENTS_TOGETHER).await?;
        for logged in &events {
            let (kind, data) = line(logged);
            let position = logged.position();
            // A string takes every write; canonical JSON has no line breaks.
            let _ = write!(text, "id: {position}\nevent: {kind}\ndata: {data}\n\n");
            self.next = Position(position.0 + 1);
        }
        if events.len() < EVENTS_TOGETHER {
            let last = Position(shown.0 + events.len() as u64);
            let head = self.service.log().head(Some(last)).await?;
            let _ = write!(text, "event: head\ndata: {}\n\n", tree(&head));
            self.said = Some(last);
        }
        Ok(text)
    }
}
