//! Whether the service lives, and whether it is ready.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use eventlog::{Batch, EventLog};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::pages::tree;
use crate::service::Service;

/// How long the log may take to say that it takes events.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /healthz`: it lives.
pub(crate) async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: it can do what it is for. The log takes events; what is computed from it follows,
/// and how many events it is behind; and the last tree of which the events taken were found to be
/// those of the log.
pub(crate) async fn ready(State(service): State<Service>) -> Response {
    let log = service.log().as_ref();
    let writable = service.readiness().of(|| takes_events(log)).await;
    let head = log.head(None).await.ok();
    let followed = service.view().now();
    let verified = log.head(Some(followed.position())).await.ok();
    let verified = verified.filter(|head| head.root == followed.root);
    let lag = head.map(|head| head.position.0.saturating_sub(followed.position().0));
    let following = service.is_followed();
    let ready = writable && following && verified.is_some() && !service.stopping().is_cancelled();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = json!({
        "status": if ready { "ready" } else { "not ready" },
        "log_writable": writable,
        "projection": { "following": following, "events_behind": lag },
        "verified": verified.as_ref().map(tree),
    });
    (status, Json(said)).into_response()
}

/// Whether the log takes events, looked at no more than once a second, whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    async fn of<F: Future<Output = bool>>(&self, look: impl FnOnce() -> F) -> bool {
        let mut seen = self.0.lock().await;
        match *seen {
            Some((at, writable)) if at.elapsed() < Duration::from_secs(1) => writable,
            _ => {
                let writable = look().await;
                *seen = Some((Instant::now(), writable));
                writable
            }
        }
    }
}

/// Whether the log would take an event: it is given none, and answers.
async fn takes_events(log: &dyn EventLog) -> bool {
    let nothing = Batch::Adapter { events: Vec::new(), recorded_by: "casetrail".to_owned() };
    matches!(timeout(PATIENCE, log.append(nothing)).await, Ok(Ok(_)))
}
