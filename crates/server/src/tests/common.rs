//! A service over a log in memory, asked without a connection.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use eventlog::{EventLog, Memory, SeededEntropy, SetClock};
use events::Timestamp;
use projection::{Follower, Projection};
use tower::ServiceExt as _;

use crate::routes::router;
use crate::{AccessLog, Config, KeyFile, Keys, Parts, Service};

/// The instant at which all tests are.
pub(super) fn now() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000)
}

/// A service with the keys of a file.
pub(super) async fn service(keys: &KeyFile, config: Config) -> Service {
    let clock = Arc::new(SetClock::at(now()));
    let memory = |name: &str| -> Arc<dyn EventLog> {
        Arc::new(Memory::new(name, clock.clone(), SeededEntropy(7)))
    };
    let (log, accesses) = (memory("example.org/log"), memory("example.org/access"));
    let follower = Follower::start(log.clone(), Projection::default()).await.expect("it follows");
    Service::new(Parts {
        log,
        view: follower.view(),
        keys: Keys::of_file(keys).expect("keys"),
        access: AccessLog::new(accesses, clock.clone()),
        clock,
        config,
    })
    .expect("a service")
}

/// Asks, as whoever the token says.
pub(super) async fn ask(
    service: &Service,
    method: Method,
    path: &str,
    token: Option<&str>,
) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header("purpose", "a test");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    router(service).oneshot(request).await.expect("an answer")
}

/// Whether somebody was let through.
pub(super) fn let_through(status: StatusCode) -> bool {
    status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN
}
