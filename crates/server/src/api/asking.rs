//! What the routes say that answer questions.

use axum::http::StatusCode;
use events::Code;
use metrics::MetricId;
use serde_json::{Value, json};
use utoipa::openapi::path::Parameter;

use super::about::{About, Media, Of, Tag, header, json as media_of, part, queries, query, text};
use crate::problem::ServiceCode as S;

/// An answer of a log with one child's four events.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/examples/", $name))
    };
}

const PERIOD: &str = "2024-01-01..2024-03-31";
const WORDS: &str = "The words of the command line, and its bytes: what `casetrail` prints of the \
    same log.";

fn metric() -> Parameter {
    part("metric", Of::Text, "The metric.", MetricId::TimelyPermanency.name())
}

fn when() -> [Parameter; 3] {
    [
        query(
            "as_of",
            Of::Date,
            "The date on which facts must be true; default: the period's end, else today in Chicago.",
            "2024-03-31",
        ),
        query(
            "known_at",
            Of::Instant,
            "Only what the log knew at this instant; default: all it knows.",
            "2024-04-10T12:00:00Z",
        ),
        query(
            "at_position",
            Of::Number(0, None),
            "Only what the log knew at this position; it is waited for, five seconds unless configured otherwise.",
            1,
        ),
    ]
}

fn words() -> Vec<Parameter> {
    let of_question = [
        query("period", Of::Text, "The days that count, both ends included.", PERIOD),
        query("by", Of::Text, "A row for each group of these dimensions.", "provider,county"),
        queries("set", Of::Text, "A parameter of the metric, or a what-if.", "weight.cfsr-p1=0"),
        queries("where", Of::Text, "Only what belongs here.", "provider=A"),
    ];
    when().into_iter().chain(of_question).collect()
}

/// JSON that was answered.
fn answered(schema: &'static str, text: &str) -> Media {
    media_of(schema, serde_json::from_str(text).unwrap_or_default())
}

fn question() -> Value {
    json!({ "metric": "timely-permanency", "period": PERIOD })
}

fn asked(about: About) -> About {
    about.refuses([
        S::InvalidQuery,
        S::WrongQuestion,
        S::NotAcceptable,
        S::BeyondHead,
        S::NotReached,
        S::LogFailed,
    ])
}

/// Of routes that take a body.
fn sent(about: About) -> About {
    about.refuses([S::BadBody, S::BodyTooLarge])
}

/// Forms for programs that are lines, and for people.
fn lines() -> Media {
    text("application/x-ndjson", "{\"answer\":{}}\n")
}

fn people() -> Media {
    text("text/plain", example!("report.txt"))
}

fn table() -> Media {
    text("text/csv", example!("report.csv"))
}

/// Of routes that may show decisions about single people.
fn may_name(about: About) -> About {
    about
        .takes([header(
            "Purpose",
            Of::Text,
            "Needed where the answer names single people; then it is written down who reads, and why.",
            "quarterly audit",
        )])
        .refuses([S::PurposeRequired, S::BodyTooLarge])
}

fn report(about: About) -> About {
    let about = may_name(about)
        .takes([header(
            "If-None-Match",
            Of::Text,
            "Tags of answers that are there already.",
            "\"5d41402abc4b2a76b9719d911017c592\"",
        )])
        .answers(
            StatusCode::OK,
            "The answer. Its tag changes when its bytes do: for a question about the past, when \
             something was erased.",
            [answered("ReportOrAlternatives", example!("report.json")), table(), lines(), people()],
        )
        .with_header("ETag", "A strong tag of question, scope, position, root and erasures.")
        .answers(StatusCode::NOT_MODIFIED, "The tag still holds.", [])
        .with_header("ETag", "The tag.");
    asked(about)
}

fn masks() -> [Parameter; 2] {
    [
        query(
            "suppress",
            Of::Number(0, None),
            "Mask counts below this, and what would give them away.",
            10,
        ),
        query("alternatives", Of::Bool, "Beside it, the answer under every other choice.", true),
    ]
}

/// `GET /v1/reports/{metric}`.
pub(crate) fn get_report() -> About {
    let about = About::new(Tag::Ask, "getReport", "A metric at a date, as known at a moment");
    report(about.words(WORDS).takes([metric()]).takes(words()).takes(masks()))
}

/// `POST /v1/reports`.
pub(crate) fn post_report() -> About {
    let about = About::new(Tag::Ask, "postReport", "The same with suppositions");
    let about = about
        .words("`what_if` holds what is supposed: the answer is marked as a draft.")
        .body([media_of("ReportAsked", question())]);
    sent(report(about))
}

fn explanation(about: About) -> About {
    asked(about)
        .answers(
            StatusCode::OK,
            "Members, the clauses that decided, and the events behind them; `next` is the cursor \
             of the next page.",
            [answered("Explanation", example!("explanation.json")), lines(), people()],
        )
        .refuses_events([Code::SubjectErased])
}

/// `GET /v1/explain/{metric}`.
pub(crate) fn get_explanation() -> About {
    let about = About::new(Tag::Ask, "getExplanation", "Why the members count as they do");
    let about = about.words(WORDS).takes([metric()]).takes(words()).takes([
        query("subject", Of::Text, "Of one subject alone.", "child/C-1001"),
        queries("group", Of::Text, "The members of a group.", "provider=A"),
        query("limit", Of::Number(1, None), "Members of a page.", 100),
        query("cursor", Of::Text, "`next` of the page before.", ""),
    ]);
    explanation(about)
}

/// `POST /v1/explain`.
pub(crate) fn post_explanation() -> About {
    let about = About::new(Tag::Ask, "postExplanation", "The same with suppositions");
    sent(explanation(about.body([media_of("ExplanationAsked", question())])))
}

/// `POST /v1/diff`.
pub(crate) fn difference() -> About {
    let side = |position: u64| {
        let mut words = question();
        words["at_position"] = position.into();
        json!({ "words": words })
    };
    let about = About::new(Tag::Ask, "postDifference", "Why an answer became another one")
        .words("Every changed number, split by cause. A side is a saved answer or a question.")
        .body([media_of("DifferenceAsked", json!({ "from": side(0), "to": side(1) }))])
        .answers(
            StatusCode::OK,
            "The difference.",
            [answered("Difference", example!("difference.json")), people()],
        )
        .with_header(
            "Casetrail-Verification",
            "`failed` where a saved answer is not what its question gives.",
        );
    sent(asked(about))
}

fn history(about: About) -> About {
    asked(about).answers(
        StatusCode::OK,
        "A row for each effective month, a column for each month of knowledge.",
        [answered("History", example!("history.json")), lines(), people()],
    )
}

/// `GET /v1/history/{metric}`.
pub(crate) fn get_history() -> About {
    let about = About::new(Tag::Ask, "getHistory", "A metric as it was known month by month");
    let about = about.words(WORDS).takes([metric()]).takes(words()).takes([
        query("months", Of::Number(1, Some(120)), "Months of each effective period.", 1),
        query("known", Of::Text, "The months of knowledge.", PERIOD),
    ]);
    history(about)
}

/// `POST /v1/history`.
pub(crate) fn post_history() -> About {
    let about = About::new(Tag::Ask, "postHistory", "The same with suppositions");
    sent(history(about.body([media_of("HistoryAsked", question())])))
}

/// `GET /v1/timeline/{family}/{ident}`.
pub(crate) fn timeline() -> About {
    let about = About::new(Tag::Ask, "getTimeline", "The rows of one subject");
    let about = about
        .words("Episodes, placements, assignments, goals, and every live event.")
        .takes([
            part("family", Of::Form("^[a-z]+$"), "What kind of subject.", "child"),
            part("ident", Of::Form("^[A-Za-z0-9._:-]{1,128}$"), "Its identifier.", "C-1001"),
        ])
        .takes(when())
        .answers(
            StatusCode::OK,
            "Its rows.",
            [answered("Timeline", example!("timeline.json")), people()],
        )
        .refuses([S::StreamUnknown])
        .refuses_events([Code::InvalidSubject, Code::SubjectErased]);
    asked(about)
}

/// `GET /v1/findings`.
pub(crate) fn findings() -> About {
    let about = About::new(Tag::Ask, "getFindings", "What is remarkable about the data");
    let about = about
        .words(
            "Overlaps, missing dates, unknown references, late entries; no number changes by them.",
        )
        .takes([
            queries("kind", Of::Text, "Only these kinds.", "overlap"),
            query("subject", Of::Text, "Of one subject alone.", "child/C-1001"),
        ])
        .takes(when())
        .answers(
            StatusCode::OK,
            "Findings, each with its events.",
            [answered("Findings", example!("findings.json")), table(), lines(), people()],
        )
        .refuses_events([Code::InvalidSubject]);
    asked(about)
}

fn metrics_example() -> Value {
    let metric = json!({
        "name": "long-stayers", "program": "long-stayers/1", "definition": "\u{2026}",
        "needs_period": false, "dimensions": ["provider"],
        "parameters": [{ "name": "months", "default": 24, "values": { "whole_number": true } }],
    });
    json!({ "schema": "casetrail.metrics.v1", "metrics": [metric] })
}

/// `GET /v1/metrics`.
pub(crate) fn metrics() -> About {
    let page = text("text/plain", "# Metrics\n");
    About::new(Tag::Ask, "getMetrics", "What can be asked for")
        .words("Every metric with its definition, citation, parameters and their defaults.")
        .answers(
            StatusCode::OK,
            "All of them.",
            [media_of("Metrics", metrics_example()), lines(), page],
        )
        .refuses([S::NotAcceptable])
}

/// `GET /v1/policy`.
pub(crate) fn policy() -> About {
    let about = About::new(Tag::Ask, "getPolicy", "What metrics are judged by");
    let about = may_name(about)
        .words("What is in force on a date; with `list`, every event of policy.")
        .takes([
            query("metric", Of::Text, "Of this metric alone, or of `calendar`.", "cfsr-p1"),
            query("list", Of::Bool, "Every event.", true),
        ])
        .takes(when())
        .answers(
            StatusCode::OK,
            "Values, each with the event that decided it.",
            [answered("Policy", example!("policy.json")), lines(), people()],
        );
    asked(about)
}
