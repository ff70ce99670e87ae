//! What is the same around every request.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::problem::{Failed, Problem, ServiceCode};
use crate::service::Service;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, and puts on the answer what browsers are to hold to.
pub(crate) async fn around(
    State(service): State<Service>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = service.request_ids().next();
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, took) = (response.status(), start.elapsed());
    service.telemetry().request(&method, route, status, took);
    let code = response.extensions().get::<Failed>().map_or("", |Failed(code)| *code);
    let (status, micros) = (status.as_u16(), took.as_micros());
    // The route as it is written, never as it was asked for: that may name a child.
    // What went well is told to those who ask for it: there may be tens of thousands a second.
    match status {
        500.. => tracing::error!(%id, %method, route, status, code, micros, "failed"),
        400.. => tracing::info!(%id, %method, route, status, code, micros, "refused"),
        _ => tracing::debug!(%id, %method, route, status, micros, "answered"),
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id.header().clone());
    for (name, value) in SECURITY {
        // A page of its own may say more exactly what it needs.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What was answered to one must not be kept for another.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response
}

/// What browsers are to hold to.
const SECURITY: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// A mistake of ours is answered, and takes nothing else with it.
pub(crate) async fn no_panic(request: Request, next: Next) -> Response {
    let answer = std::panic::AssertUnwindSafe(next.run(request)).catch_unwind().await;
    // What the panic says may hold what an event says: the hook has its place, this answer not.
    answer.unwrap_or_else(|_| Problem::from(ServiceCode::Internal).into_response())
}
