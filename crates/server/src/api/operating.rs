//! What the routes say that look after the service and describe it.

use axum::http::StatusCode;
use serde_json::json;

use super::about::{About, Of, Tag, json as media_of, part, text};
use crate::problem::ServiceCode as S;

/// `GET /healthz`.
pub(crate) fn alive() -> About {
    About::new(Tag::Operate, "alive", "Whether it lives").answers(
        StatusCode::OK,
        "It does.",
        [media_of("Alive", json!({ "status": "alive" }))],
    )
}

/// `GET /readyz`.
pub(crate) fn ready() -> About {
    let said = |status: &str, writable: bool| {
        json!({
            "status": status, "log_writable": writable,
            "projection": { "following": true, "events_behind": 0 },
            "verified": {
                "origin": "example.org/log", "size": 1,
                "root": "2ZjqYFAwenetML9xsbO+YoVE7VRRsacVQcMBlOQysW4=",
            },
        })
    };
    About::new(Tag::Operate, "ready", "Whether it can do what it is for")
        .words(
            "Whether the log takes events, how far the projection is behind it, and the last tree \
             that was verified.",
        )
        .answers(StatusCode::OK, "It can.", [media_of("Ready", said("ready", true))])
        .answers(
            StatusCode::SERVICE_UNAVAILABLE,
            "It cannot.",
            [media_of("Ready", said("not ready", false))],
        )
}

/// `GET /metrics`.
pub(crate) fn telemetry() -> About {
    About::new(Tag::Operate, "telemetry", "Counts for Prometheus")
        .words("Of requests by route, status and duration, and of events; no names.")
        .answers(
            StatusCode::OK,
            "Counts.",
            [text("text/plain", "# TYPE casetrail_events_recorded_total counter\n")],
        )
        .refuses([S::LogFailed])
}

/// `GET /codes/{code}`.
pub(crate) fn code() -> About {
    About::new(Tag::Operate, "code", "What a code means, and what to do")
        .takes([part("code", Of::Text, "The code.", "INVALID_DATE")])
        .answers(StatusCode::OK, "A page.", [text("text/markdown", "# INVALID_DATE\n")])
        .refuses([S::NotFound])
}

/// `GET /openapi.json`.
pub(crate) fn document() -> About {
    About::new(Tag::Operate, "openapi", "This description, for programs").answers(
        StatusCode::OK,
        "An OpenAPI 3.1 document.",
        [media_of("OpenApi", json!({ "openapi": "3.1.0", "info": {}, "paths": {} }))],
    )
}

/// `GET /docs`.
pub(crate) fn page() -> About {
    About::new(Tag::Operate, "docs", "This description, for people").answers(
        StatusCode::OK,
        "A page.",
        [text("text/html", "<!doctype html>")],
    )
}
