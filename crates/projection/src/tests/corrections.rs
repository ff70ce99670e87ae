//! What a correction changes of events that said little.

use events::{Json, Position};
use timeline::{Moment, Proof};

use super::histories::Said;
use super::laws::{memory, project, put};
use crate::Known;

fn said(kind: &'static str, data: &str, amends: Option<usize>) -> Said {
    let subject = "child/C0".parse().expect("a subject");
    let day = "2024-01-02".parse().expect("a date");
    Said { subject, kind, day, data: data.to_owned(), amends }
}

#[tokio::test]
async fn a_meeting_is_about_the_placement_that_its_last_correction_names() {
    let about = |named: usize, data: &str| {
        format!(r#"{{"corrects":{{"source":"t","id":"e{named}"}},"data":{data}}}"#)
    };
    let (nothing, p1) = (
        r#"{"meeting_id":"M","kind":"30-day"}"#,
        r#"{"meeting_id":"M","kind":"30-day","placement_id":"P1"}"#,
    );
    let history = [
        said("meeting.held", nothing, None),
        said("record.corrected", &about(0, p1), Some(0)),
        said("record.corrected", &about(1, nothing), Some(0)),
        said("record.corrected", &about(2, p1), Some(0)),
    ];
    let (log, clock) = memory();
    let taken = put(&log, &clock, &history.iter().enumerate().collect::<Vec<_>>()).await;
    assert_eq!(taken, [true; 4]);
    let projection = project(&log).await;
    let met_at = |position: u32| {
        let at = Moment { as_of: history[0].day, known: position };
        let world = projection.world(&at, at.as_of);
        let child = world.names.known("child/C0").expect("the child");
        projection.person(&world, child).proofs.iter().any(|p| p.proof == Proof::TeamMet)
    };
    assert_eq!(projection.position(), Position(4));
    assert_eq!([1, 2, 3, 4].map(met_at), [false, true, false, true]);
    // Whatever it is about, it was entered, and stands once in the child's history.
    let subject = "child/C0".parse().expect("a subject");
    for position in 1..=4 {
        let known = Known { position: Position(position), known_at: None };
        let rows = projection.timeline_of(&subject, history[0].day, &known).expect("rows");
        let events = rows.as_object().and_then(|rows| rows.get("events"));
        assert!(matches!(events, Some(Json::Array(events)) if events.len() == 1), "{rows:?}");
    }
}
