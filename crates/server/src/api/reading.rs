//! What the routes say that show the log and its tree.

use axum::http::StatusCode;
use events::Code;
use serde_json::{Value, json};

use super::about::{About, Of, Tag, header, json as media_of, part, query, text};
use super::posting::event;
use crate::problem::ServiceCode as S;

const FAMILY: Of = Of::Form("^[a-z]+$");
const IDENT: Of = Of::Form("^[A-Za-z0-9._:-]{1,128}$");

fn tree() -> Value {
    json!({
        "origin": "example.org/log", "size": 1,
        "root": "2ZjqYFAwenetML9xsbO+YoVE7VRRsacVQcMBlOQysW4=",
    })
}

fn logged() -> Value {
    let mut event = event();
    for (name, value) in [
        ("position", json!(1)),
        ("revision", json!(1)),
        ("recordedtime", json!("2024-04-10T12:00:00.000000Z")),
        ("recordedby", json!("faces")),
    ] {
        event[name] = value;
    }
    event
}

fn page() -> Value {
    json!({ "schema": "casetrail.page.v1", "events": [logged()], "log": tree(), "next": null })
}

fn pages(about: About) -> About {
    about
        .takes([query("limit", Of::Number(1, Some(1000)), "Events of a page; default: 100.", 100)])
        .answers(
            StatusCode::OK,
            "Events, the tree of which they are, and where the next page begins.",
            [
                media_of("Page", page()),
                text(
                    "application/x-ndjson",
                    format!("{}\n{}\n", logged(), json!({ "log": tree(), "next": null })),
                ),
            ],
        )
        .refuses([S::InvalidQuery, S::LogFailed])
        .refuses_events([Code::InvalidSubject])
}

/// `GET /v1/events`.
pub(crate) fn events() -> About {
    let about = About::new(Tag::Read, "readEvents", "Read the log page by page");
    let about = about
        .words(
            "By position. An erased event is its bare entry. Every page carries size and root of \
             the tree, so that a follower can prove that it missed nothing.",
        )
        .takes([
            query("from", Of::Number(0, None), "From this position on.", 1),
            query("subject", Of::Text, "Of this stream alone.", "child/C-1001"),
            query("type", Of::Text, "Of this type alone.", "casetrail.removal.recorded.v1"),
        ]);
    pages(about).refuses_events([Code::UnknownType, Code::SubjectErased])
}

/// `GET /v1/streams/{family}/{ident}`.
pub(crate) fn stream() -> About {
    let about = About::new(Tag::Read, "readStream", "Read one stream");
    let about = about.words("By revision.").takes([
        part("family", FAMILY, "What kind of subject.", "child"),
        part("ident", IDENT, "Its identifier.", "C-1001"),
        query("from", Of::Number(0, None), "From this revision on.", 1),
    ]);
    pages(about).refuses([S::StreamUnknown]).refuses_events([Code::SubjectErased])
}

/// `GET /v1/events/follow`.
pub(crate) fn follow() -> About {
    let shown = format!(
        "id: 1\nevent: event\ndata: {}\n\nevent: head\ndata: {}\n\n: alive\n\n",
        logged(),
        tree()
    );
    About::new(Tag::Read, "followEvents", "Follow the log as it grows")
        .words(
            "Server-sent events. `event` (or `erased`, the bare entry) has the position as id; \
             `head` says size and root whenever the end is reached; a comment is a sign of life; \
             `problem` ends it. Without `from` and `Last-Event-ID` it begins with what comes next.",
        )
        .takes([
            query("from", Of::Number(0, None), "From this position on.", 1),
            header("Last-Event-ID", Of::Form("^[0-9]+$"), "Go on behind this position.", "1"),
        ])
        .answers(StatusCode::OK, "Events without end.", [text("text/event-stream", shown)])
        .refuses([S::InvalidQuery, S::BeyondHead, S::LogFailed])
}

/// `GET /checkpoint`.
pub(crate) fn checkpoint() -> About {
    let note = "example.org/log\n1\n2ZjqYFAwenetML9xsbO+YoVE7VRRsacVQcMBlOQysW4=\n\n\
                \u{2014} example.org/log AAAA\n";
    About::new(Tag::Verify, "checkpoint", "The signed size and root of the log")
        .words("A signed note, as c2sp.org/tlog-checkpoint has it.")
        .answers(StatusCode::OK, "A note.", [text("text/plain", note)])
        .refuses([S::NotFound, S::LogFailed])
}

fn tiles(about: About) -> About {
    about
        .takes([part(
            "tile",
            Of::Form(r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?$"),
            "Its number in groups of three digits, and the width of one that is not full.",
            "000.p/1",
        )])
        .answers(StatusCode::OK, "Bytes that never change.", [text("application/octet-stream", "")])
        .refuses([S::NotFound, S::BeyondHead, S::LogFailed])
}

/// `GET /tile/{level}/{tile}`.
pub(crate) fn tile() -> About {
    let about = About::new(Tag::Verify, "tile", "Hashes of the tree");
    let about = about
        .words("As c2sp.org/tlog-tiles lays them out: up to 256 hashes of 32 bytes.")
        .takes([part("level", Of::Number(0, Some(63)), "How far from the leaves.", 0)]);
    tiles(about)
}

/// `GET /tile/entries/{tile}`.
pub(crate) fn entries() -> About {
    let about = About::new(Tag::Verify, "entries", "Entries of the log");
    tiles(about.words(
        "What the leaves are hashes of: up to 256 entries, each behind its length in two bytes. \
         They name no child.",
    ))
}
