//! Pages of other origins.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use tower::ServiceExt as _;

use super::common::service;
use crate::cors::is_origin;
use crate::routes::router;
use crate::{Config, KeyFile};

const ALLOW: &str = "access-control-allow-origin";

#[tokio::test]
async fn pages_of_named_origins_alone_may_ask() {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = KeyFile::new(dir.path().join("keys.json"));
    let named = "https://console.example.org";
    let config = Config { allowed_origins: vec![named.to_owned()], ..Config::default() };
    let service = service(&keys, config).await;
    for (origin, allowed) in [(named, Some(named)), ("https://example.org", None)] {
        for (method, path) in [(Method::GET, "/healthz"), (Method::OPTIONS, "/v1/reports/cfsr-p1")]
        {
            let request = Request::builder().method(method).uri(path).header("origin", origin);
            let request = request.header("access-control-request-method", "GET");
            let request = request.body(Body::empty()).expect("a request");
            let answer = router(&service).oneshot(request).await.expect("an answer");
            let origin = answer.headers().get(ALLOW).and_then(|value| value.to_str().ok());
            assert_eq!((answer.status(), origin), (StatusCode::OK, allowed), "{path}");
            assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        }
    }
}

#[test]
fn an_origin_is_a_scheme_and_a_host() {
    for origin in ["https://example.org", "http://localhost:8080"] {
        assert!(is_origin(origin), "{origin}");
    }
    for other in [
        "*",
        "null",
        "example.org",
        "https://example.org/",
        "https://Example.org",
        "https://a@example.org",
        "file:///",
        "",
    ] {
        assert!(!is_origin(other), "{other}");
    }
}
