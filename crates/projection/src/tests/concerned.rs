//! Whom a question concerns where random histories seldom lead.

use events::{Json, Position};
use metrics::{Asked, MetricId, Period};

use super::histories::Said;
use super::laws::{memory, project, put};
use crate::{Known, Projection, Standing};

/// What a source says of a subject on a day.
pub(crate) fn said(subject: &str, kind: &'static str, day: &str, data: &str) -> Said {
    let subject = subject.parse().expect("a subject");
    let day = day.parse().expect("a date");
    Said { subject, kind, day, data: data.to_owned(), amends: None }
}

async fn projected(history: &[Said]) -> Projection {
    let (log, clock) = memory();
    let taken = put(&log, &clock, &history.iter().enumerate().collect::<Vec<_>>()).await;
    assert!(taken.iter().all(|taken| *taken));
    project(&log).await
}

/// A question with nothing set.
pub(crate) fn asked(metric: MetricId, period: &str, as_of: &str) -> Asked {
    let period: Period = period.parse().expect("a period");
    Asked::new(metric, Some(period), as_of.parse().expect("a date")).expect("a question")
}

/// What is said on streams of no child, of children who were placed, and who were never in care.
pub(crate) fn resting_on_others() -> Vec<Said> {
    let placed = r#"{"placement_id":"P","setting":"group-home","facility_id":"F"}"#;
    let licensed = r#"{"credential":"license","status":"active"}"#;
    let returned = |child: &str| {
        format!(r#"{{"provider":"V","reason":"court-order","children":["child/{child}"]}}"#)
    };
    vec![
        said("child/C", "removal.recorded", "2023-01-01", r#"{"removal_id":"R"}"#),
        said("child/C", "placement.started", "2023-01-01", placed),
        said("case/K", "case.returned", "2023-01-10", &returned("D")),
        said("child/B", "removal.recorded", "2023-01-20", r#"{"removal_id":"R"}"#),
        said("facility/F", "credential.changed", "2023-01-01", licensed),
        said("case/L", "case.returned", "2023-01-15", &returned("C")),
        said("case/K", "case.returned", "2023-01-12", &returned("E")),
        said("case/K", "cost.recorded", "2023-01-12", r#"{"cost_id":"X","amount_cents":5}"#),
        said("child/B", "episode.closed", "2023-01-25", r#"{"exit_reason":"reunification"}"#),
    ]
}

/// Questions that rest on them.
pub(crate) fn questions_on_others(period: &str, as_of: &str) -> [Asked; 2] {
    let mut licensed = asked(MetricId::ResidentialCompliance, period, as_of);
    licensed.set_json("rules", Json::Array(vec!["RC-03".into()])).expect("a value");
    [licensed, asked(MetricId::ReturnedCases, period, as_of)]
}

#[tokio::test]
async fn a_credential_that_comes_later_changes_a_question_that_is_asked_again() {
    let placed = r#"{"placement_id":"P","setting":"group-home","facility_id":"F"}"#;
    let licensed = r#"{"credential":"license","status":"active"}"#;
    let projection = projected(&[
        said("child/C", "removal.recorded", "2023-02-01", r#"{"removal_id":"R"}"#),
        said("child/C", "placement.started", "2023-02-01", placed),
        said("facility/F", "credential.changed", "2023-01-01", licensed),
    ])
    .await;
    let mut asked = asked(MetricId::ResidentialCompliance, "2023-01-01..2023-03-31", "2023-03-31");
    asked.set_json("rules", Json::Array(vec!["RC-03".into()])).expect("a value");
    let mut standing = Standing::new(asked.clone());
    let mut at = |position| {
        let known = Known { position: Position(position), known_at: None };
        let found = standing.answer(&projection, known.clone());
        assert_eq!(found, projection.report(&asked, known));
        found.answer.total
    };
    assert_eq!(at(2).unknown, Json::Int(1));
    assert_eq!(at(3).numerator, Json::Int(1));
}

#[tokio::test]
async fn a_deadline_concerns_a_child_that_left_long_before_it() {
    let goal = r#"{"role":"primary","goal":"adoption"}"#;
    let projection = projected(&[
        said("child/C", "removal.recorded", "2023-01-10", r#"{"removal_id":"R"}"#),
        said("child/C", "goal.approved", "2023-01-20", goal),
        said("child/C", "episode.closed", "2023-02-01", r#"{"exit_reason":"adoption"}"#),
    ])
    .await;
    // 24 months from the removal, from the approval, from 60 days behind the removal.
    for (clock, month) in [
        ("removal", "2025-01-01..2025-01-15"),
        ("court_goal_approval", "2025-01-16..2025-01-31"),
        ("federal_entry", "2025-03-01..2025-03-31"),
    ] {
        let mut asked = asked(MetricId::TimelyPermanency, month, "2025-12-31");
        asked.set_text("cohort", "deadline").expect("a value");
        asked.set_text("clock", clock).expect("a value");
        let total = projection.report(&asked, Known::head(&projection)).answer.total;
        assert_eq!(total.numerator, Json::Int(1), "{clock}");
    }
}
