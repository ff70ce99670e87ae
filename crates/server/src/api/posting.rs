//! What the routes say that take events.

use axum::http::StatusCode;
use events::Code;
use serde_json::{Value, json};

use super::about::{About, Of, Tag, header, json as media_of, media, query, text};
use crate::problem::ServiceCode as S;

/// An event as an adapter sends it.
pub(super) fn event() -> Value {
    json!({
        "specversion": "1.0", "source": "faces-extract", "id": "1",
        "type": "casetrail.removal.recorded.v1", "subject": "child/C-1001",
        "effectiveon": "2023-02-15", "data": { "removal_id": "R1" },
    })
}

fn receipt() -> Value {
    json!({
        "outcome": "recorded", "position": 1, "revision": 1,
        "recordedtime": "2024-04-10T12:00:00.000000Z",
        "leaf": "2ZjqYFAwenetML9xsbO+YoVE7VRRsacVQcMBlOQysW4=",
    })
}

/// `POST /v1/events`.
pub(crate) fn events() -> About {
    let mut first = receipt();
    first["line"] = 1.into();
    let refused = json!({
        "line": 2, "outcome": "refused", "type": "/codes/INVALID_DATE", "status": 422,
        "code": "INVALID_DATE", "title": Code::InvalidDate.meaning(), "path": "/effectiveon",
    });
    let lines = format!(
        "{first}\n{refused}\n{}\n",
        json!({ "end": { "recorded": 1, "already_recorded": 0, "refused": 1 } })
    );
    About::new(Tag::Post, "postEvents", "Record events")
        .words(
            "CloudEvents 1.0 over HTTP: one event (structured, or binary: attributes as `ce-` \
             headers and `data` as the body), a batch, or a stream of any length with one event a \
             line, which is answered line by line while it is read. A source and an id name an \
             event for ever: what is sent twice is recorded once. An answer `recorded` comes after \
             the event is on the disk. Bodies may be compressed with gzip or zstd.",
        )
        .takes([
            query("atomic", Of::Bool, "All of the events or none.", true),
            query("proof", Of::Bool, "With each receipt, the proof that it is in the log.", true),
            query(
                "answers",
                Of::Word(&["all", "refused"]),
                "Which events of a stream of lines get a line of the answer.",
                "refused",
            ),
            header("ce-specversion", Of::Text, "Binary mode.", "1.0"),
            header("ce-type", Of::Text, "Binary mode.", "casetrail.removal.recorded.v1"),
            header("ce-source", Of::Text, "Binary mode.", "faces-extract"),
            header("ce-id", Of::Text, "Binary mode.", "1"),
            header("ce-subject", Of::Text, "Binary mode.", "child/C-1001"),
            header("ce-effectiveon", Of::Text, "Binary mode.", "2023-02-15"),
        ])
        .body([
            media("application/cloudevents+json", "Event", event()),
            media("application/cloudevents-batch+json", "Events", json!([event()])),
            text("application/x-ndjson", event().to_string() + "\n"),
            media("application/json", "EventData", json!({ "removal_id": "R1" })),
        ])
        .answers(StatusCode::CREATED, "The event was recorded.", [media_of("Receipt", receipt())])
        .answers(
            StatusCode::OK,
            "The event was recorded before; or every event of a batch is recorded; or the answers \
             to a stream.",
            [media_of("ReceiptOrOutcomes", receipt()), text("application/x-ndjson", lines)],
        )
        .answers(
            StatusCode::MULTI_STATUS,
            "Some events of the batch were not recorded: each says why.",
            [media_of("Outcomes", json!([first, refused]))],
        )
        .refuses([
            S::InvalidQuery,
            S::BadBody,
            S::UnsupportedMediaType,
            S::BodyTooLarge,
            S::LogFailed,
            S::OutcomeUnknown,
        ])
        .refuses_events(Code::ALL.iter().copied())
}
