//! The log's tree, as c2sp.org/tlog-tiles lays it out.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::problem::{Problem, ServiceCode};
use crate::service::Service;

/// `GET /checkpoint`: size and root, signed.
pub(crate) async fn checkpoint(State(service): State<Service>) -> Result<Response, Problem> {
    let head = service.log().head(None).await?.position;
    let note = service.log().checkpoint(head).await?.ok_or(ServiceCode::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}
