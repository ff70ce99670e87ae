//! Whether the service lives, and whether it is ready.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::service::Service;

/// `GET /healthz`: it lives.
pub(crate) async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: it can do what it is for. Numbers of the log are for those who are known.
pub(crate) async fn ready(State(service): State<Service>) -> Response {
    let log = service.log().head(None).await.is_ok();
    let status = if log { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = if log { "ready" } else { "not ready" };
    (status, Json(json!({ "status": said, "log": log }))).into_response()
}
