//! A clock that is set back under a running service.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use eventlog::SetClock;
use events::Timestamp;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::common::{now, service_at};
use crate::routes::router;
use crate::{Config, KeyFile, Service};

async fn post(service: &Service, token: &str, id: &str) -> Value {
    let event = json!({
        "specversion": "1.0", "source": "s", "id": id, "type": "casetrail.removal.recorded.v1",
        "subject": "child/C-1", "effectiveon": "2023-03-01", "data": { "removal_id": id },
    });
    let request = Request::post("/v1/events")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/cloudevents+json")
        .body(Body::from(event.to_string()))
        .expect("a request");
    let answer = router(service).oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), 201);
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn time_stands_still_and_nothing_is_lost() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(SetClock::at(now()));
    let file = KeyFile::new(dir.path().join("keys.json"));
    let config = Config::default();
    let (service, keys) = service_at(&file, config, clock.clone()).await;
    let token = keys.one_time();
    let first = post(&service, token.reveal(), "1").await;
    clock.set(Timestamp::from_micros(now().micros() - 3_600_000_000));
    let second = post(&service, token.reveal(), "2").await;
    assert_eq!(second["recordedtime"], first["recordedtime"], "it repeats the last");
    clock.set(Timestamp::from_micros(now().micros() + 1));
    let third = post(&service, token.reveal(), "3").await;
    assert!(third["recordedtime"].as_str() > second["recordedtime"].as_str());
    assert_eq!([&first["position"], &second["position"], &third["position"]], [1, 2, 3]);
}
