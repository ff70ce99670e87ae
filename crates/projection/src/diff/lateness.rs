//! Whether a fact was recorded in time: the measure of data timeliness.
//!
//! **Source.** FACES data timeliness memo: placement changes, legal status, entries and exits within
//! 2 business days, everything else within 30 days. An early entry is in time.

use std::collections::BTreeSet;

use events::{Date, Event, EventType};

/// Business days within which a change of status is recorded.
const BUSINESS_DAYS: usize = 2;
/// Days within which everything else is recorded.
const DAYS: i32 = 30;

/// Whether an event was recorded too late for the day on which it is true. Business days are
/// counted after that day up to the one of the record in Chicago; `holidays` are none.
pub(super) fn late(event: &Event, holidays: &BTreeSet<Date>) -> bool {
    let effective = event.content.effective_on;
    let recorded = event.recorded_time.chicago_date();
    if !of_status(event.content.kind) {
        return effective.days_until(recorded) > DAYS;
    }
    let mut day = effective;
    let mut business = 0;
    while day < recorded && business <= BUSINESS_DAYS {
        day = day.next();
        business += usize::from(is_business_day(day, holidays));
    }
    business > BUSINESS_DAYS
}

/// Entries, exits, placement changes and legal status.
const fn of_status(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::RemovalRecorded
            | EventType::EpisodeClosed
            | EventType::PlacementStarted
            | EventType::PlacementEnded
            | EventType::LegalStatusChanged
    )
}

/// Monday to Friday, but for holidays. 0001-01-01, day 1, was a Monday.
fn is_business_day(day: Date, holidays: &BTreeSet<Date>) -> bool {
    (day.day_number() - 1).rem_euclid(7) < 5 && !holidays.contains(&day)
}

#[cfg(test)]
mod tests {
    use events::{Content, EventKey, Json, Position, Revision, Salt};

    use super::*;

    fn event(kind: &str, effective: &str, recorded: &str) -> Event {
        let data = match kind {
            "removal.recorded" => r#"{"removal_id":"R"}"#,
            _ => r#"{"status":"custody"}"#,
        };
        let text = format!(
            r#"{{"specversion":"1.0","source":"s","id":"i","type":"casetrail.{kind}.v1",
                "subject":"child/C","effectiveon":"{effective}","data":{data}}}"#
        );
        let data = if kind == "evaluation.completed" {
            text.replace(data, r#"{"kind":"psychological"}"#)
        } else {
            text
        };
        let json = Json::parse(data.as_bytes()).expect("JSON");
        let content = Content::from_json(&json).expect("an event");
        assert_eq!(content.key, EventKey { source: "s".into(), id: "i".into() });
        Event {
            content,
            position: Position(1),
            revision: Revision(1),
            recorded_time: recorded.parse().expect("an instant"),
            recorded_by: "tester".into(),
            subject_salt: Salt([0; 16]),
            content_salt: Salt([0; 16]),
        }
    }

    #[test]
    fn changes_of_status_have_two_business_days() {
        let holidays = BTreeSet::from(["2024-05-27".parse().expect("a date")]);
        let is_late =
            |effective, recorded| late(&event("removal.recorded", effective, recorded), &holidays);
        // A Thursday: Friday and, after the weekend and Memorial Day, Tuesday.
        assert!(!is_late("2024-05-23", "2024-05-28T20:00:00Z"));
        assert!(is_late("2024-05-23", "2024-05-29T12:00:00Z"));
        // By the clock in Chicago it is still Tuesday.
        assert!(!is_late("2024-05-23", "2024-05-29T04:59:59Z"));
        assert!(!is_late("2024-05-23", "2024-05-20T12:00:00Z"), "early");
        assert!(is_late("2020-05-23", "2024-05-20T12:00:00Z"));
    }

    #[test]
    fn everything_else_has_thirty_days() {
        let is_late = |recorded| {
            late(&event("evaluation.completed", "2024-01-01", recorded), &BTreeSet::new())
        };
        assert!(!is_late("2024-02-01T05:59:59Z"));
        assert!(is_late("2024-02-01T06:00:00Z"));
    }
}
