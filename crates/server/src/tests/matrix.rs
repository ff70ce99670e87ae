//! Every route, every role: who is let through.

use axum::http::{HeaderValue, StatusCode};
use eventlog::SetClock;

use super::common::{ask, let_through, now, service};
use crate::routes::routes;
use crate::{Config, Grants, KeyFile};

/// Those who ask: nobody, a key that was made up, and each role.
const WHO: [&str; 6] = ["nobody", "stranger", "ingest:a", "reporter:A", "auditor", "operator"];

/// Who is let through where, written down by hand: a route that is missing here fails.
const MATRIX: &[(&str, &str, [bool; 6])] = &[
    ("GET", "/healthz", [true, true, true, true, true, true]),
    ("GET", "/readyz", [true, true, true, true, true, true]),
    ("GET", "/codes/{code}", [true, true, true, true, true, true]),
    ("GET", "/openapi.json", [true, true, true, true, true, true]),
    ("GET", "/docs", [true, true, true, true, true, true]),
    ("GET", "/metrics", [false, false, false, false, false, true]),
    ("POST", "/v1/events", [false, false, true, false, false, false]),
    ("GET", "/v1/events", [false, false, false, false, true, false]),
    ("GET", "/v1/events/follow", [false, false, false, false, true, false]),
    ("GET", "/v1/streams/{family}/{ident}", [false, false, false, false, true, false]),
    ("GET", "/v1/reports/{metric}", [false, false, false, true, true, false]),
    ("POST", "/v1/reports", [false, false, false, true, true, false]),
    ("GET", "/v1/explain/{metric}", [false, false, false, false, true, false]),
    ("POST", "/v1/explain", [false, false, false, false, true, false]),
    ("POST", "/v1/diff", [false, false, false, false, true, false]),
    ("GET", "/v1/history/{metric}", [false, false, false, false, true, false]),
    ("POST", "/v1/history", [false, false, false, false, true, false]),
    ("GET", "/v1/timeline/{family}/{ident}", [false, false, false, false, true, false]),
    ("GET", "/v1/findings", [false, false, false, false, true, false]),
    ("GET", "/v1/metrics", [false, false, true, true, true, true]),
    ("GET", "/v1/policy", [false, false, false, true, true, false]),
    ("GET", "/checkpoint", [false, false, true, true, true, true]),
    ("GET", "/tile/{level}/{*tile}", [false, false, true, true, true, true]),
    ("GET", "/tile/entries/{*tile}", [false, false, false, false, true, false]),
];

#[tokio::test]
async fn every_route_lets_through_whom_it_should() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = KeyFile::new(dir.path().join("keys.json"));
    let clock = SetClock::at(now());
    let token = |who: &str| match who {
        "nobody" => None,
        "stranger" => Some(format!("ct_0123456789ab_{}", "A".repeat(43))),
        grant => {
            let grants = Grants::read([grant]).expect("a grant");
            let name = grant.split(':').next().expect("a name");
            let (_, token) = file.create(name, &grants, &clock).expect("a key");
            Some(token.reveal().to_owned())
        }
    };
    let tokens = WHO.map(token);
    let service = service(&file, Config::default()).await;
    for route in routes() {
        let row = MATRIX
            .iter()
            .find(|(method, path, _)| *method == route.method.as_str() && *path == route.path);
        let (_, _, expected) = row.unwrap_or_else(|| panic!("{} is in no matrix", route.path));
        let path =
            route.path.replace("{family}/{ident}", "child/C-1").replace("{code}", "NOT_JSON");
        let path = path
            .replace("{metric}", "cfsr-p1")
            .replace("{level}/{*tile}", "0/000")
            .replace("{*tile}", "000");
        for ((who, token), expected) in WHO.iter().zip(&tokens).zip(expected) {
            let answer = ask(&service, route.method.clone(), &path, token.as_deref()).await;
            let status = answer.status();
            assert_eq!(let_through(status), *expected, "{who} at {path}: {status}");
            let known = !matches!(*who, "nobody" | "stranger");
            let refused = if known { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
            assert!(*expected || status == refused, "{who} at {path}: {status}");
            let no_cors = answer.headers().get("access-control-allow-origin").is_none();
            assert!(no_cors && answer.headers().contains_key("x-request-id"));
            let sniff = answer.headers().get("x-content-type-options");
            assert_eq!(sniff, Some(&HeaderValue::from_static("nosniff")));
        }
    }
    assert_eq!(routes().len(), MATRIX.len());
}
