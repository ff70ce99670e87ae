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
    service_at(keys, config, Arc::new(SetClock::at(now()))).await.0
}

/// The same by another clock, and its keys.
pub(super) async fn service_at(
    keys: &KeyFile,
    config: Config,
    clock: Arc<SetClock>,
) -> (Service, Keys) {
    let keys = Keys::of_file(keys).expect("keys");
    let memory = |name: &str| -> Arc<dyn EventLog> {
        Arc::new(Memory::new(name, clock.clone(), SeededEntropy(7)))
    };
    let (log, accesses) = (memory("example.org/log"), memory("example.org/access"));
    let follower = Follower::start(log.clone(), Projection::default()).await.expect("it follows");
    let service = Service::new(Parts {
        log,
        view: follower.view(),
        keys: keys.clone(),
        access: AccessLog::new(accesses, clock.clone()),
        clock,
        config,
    });
    service.meet_issuer().await.expect("the issuer's keys");
    (service, keys)
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
