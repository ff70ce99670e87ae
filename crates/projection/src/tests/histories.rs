//! Random small histories, dense at boundaries and heavy with amendments.

use std::ops::Range;

use events::{Content, Date, EventKey, Incoming, Json, Subject, Timestamp};
use metrics::MetricId;
use proptest::prelude::*;

/// An event to be: what it says, of whom, and when it is true.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) subject: Subject,
    pub(crate) kind: &'static str,
    pub(crate) day: Date,
    pub(crate) data: String,
    /// Index of the event that it amends, for corrections and retractions.
    pub(crate) amends: Option<usize>,
}

pub(crate) fn day(n: u32) -> Date {
    Date::from_ymd(2023, 1, 1).expect("a date").add_days(i32::try_from(n).expect("small"))
}

/// Few days, so that many events share one, on deadlines and beside them.
pub(crate) fn any_day() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![0, 1, 3, 8, 14, 30, 31, 59, 60, 90, 183, 364, 365, 366, 545, 548])
}

fn subject(name: &str) -> Subject {
    name.parse().expect("a subject")
}

/// What a child's stream may say; `n` chooses among its variants.
fn child_event(kind: u8, n: u8) -> (&'static str, String) {
    let goal = ["reunification", "guardianship", "adoption"][usize::from(n % 3)];
    let role = if n.is_multiple_of(4) { "concurrent" } else { "primary" };
    let setting = ["qrtp", "shelter", "relative", "trial-home-visit", "group-home"];
    let setting = setting[usize::from(n % 5)];
    let provider = ["A", "B", "SUB"][usize::from(n % 3)];
    match kind {
        0 | 27 => ("child.registered", format!(r#"{{"birth_date":"201{}-01-15"}}"#, n % 3)),
        1 | 2 | 24 => ("removal.recorded", format!(r#"{{"removal_id":"R{}"}}"#, n % 3)),
        3 | 4 => ("episode.closed", format!(r#"{{"exit_reason":"{goal}"}}"#)),
        5 => ("episode.closed", format!(r#"{{"exit_reason":"{goal}","removal_id":"R{}"}}"#, n % 3)),
        6 | 7 => ("goal.approved", format!(r#"{{"role":"{role}","goal":"{goal}"}}"#)),
        8 => ("goal.withdrawn", format!(r#"{{"role":"primary","goal":"{goal}"}}"#)),
        9 => ("goal.proposed", format!(r#"{{"role":"{role}","goal":"{goal}"}}"#)),
        10 | 11 => (
            "placement.started",
            format!(
                r#"{{"placement_id":"P{}","setting":"{setting}","facility_id":"F{}"}}"#,
                n % 6,
                n % 2
            ),
        ),
        12 => ("placement.ended", format!(r#"{{"placement_id":"P{}"}}"#, n % 6)),
        13 => (
            "assessment.completed",
            format!(
                r#"{{"placement_id":"P{}","tool":"t","assessor_employer":"independent","determination":"qrtp"}}"#,
                n % 6
            ),
        ),
        14 => (
            "court-placement.decided",
            format!(r#"{{"placement_id":"P{}","outcome":"approved"}}"#, n % 6),
        ),
        15 => ("identity.merged", format!(r#"{{"into":"child/C{}"}}"#, n % 3)),
        16 | 17 => {
            let kinds = ["protective-custody", "adjudication", "disposition", "permanency"];
            let kind = kinds[usize::from(n % 4)];
            ("hearing.held", format!(r#"{{"hearing_id":"H{n}","kind":"{kind}"}}"#))
        }
        18 | 19 | 25 | 26 => {
            let place = if n.is_multiple_of(2) { "residence" } else { "other" };
            let seen = !n.is_multiple_of(5);
            (
                "visit.recorded",
                format!(r#"{{"worker":"S1","place":"{place}","face_to_face":{seen}}}"#),
            )
        }
        20 => ("finding.made", r#"{"finding":"abuse-neglect"}"#.to_owned()),
        21 => ("legal-status.changed", r#"{"status":"custody"}"#.to_owned()),
        _ => (
            "case.assigned",
            format!(r#"{{"case_id":"K{}","provider":"{provider}","county":"29189"}}"#, n % 2),
        ),
    }
}

/// What streams that many share may say.
fn shared_event(kind: u8, n: u8) -> (String, &'static str, String) {
    let provider = ["A", "B"][usize::from(n % 2)];
    let role = if n.is_multiple_of(3) { "supervisor" } else { "case-manager" };
    match kind {
        0 | 1 => (
            format!("staff/S{}", n % 3),
            "role.started",
            format!(r#"{{"role":"{role}","provider":"{provider}"}}"#),
        ),
        2 => (
            format!("staff/S{}", n % 3),
            "role.ended",
            format!(r#"{{"role":"{role}","provider":"{provider}"}}"#),
        ),
        3 => (
            format!("staff/S{}", n % 3),
            "training.completed",
            r#"{"course":"trauma-toolkit"}"#.to_owned(),
        ),
        4 => (
            format!("facility/F{}", n % 2),
            "credential.changed",
            r#"{"credential":"license","status":"active","until":"2024-01-01"}"#.to_owned(),
        ),
        5 => (
            "provider/SUB".to_owned(),
            "provider.registered",
            format!(r#"{{"name":"s","kind":"contractor","parent":"{provider}"}}"#),
        ),
        6 => (
            format!("provider/{provider}"),
            "provider.registered",
            r#"{"name":"p","kind":"contractor","region":"E","contract_effective_on":"2023-01-01"}"#
                .to_owned(),
        ),
        7 => (
            "case/K0".to_owned(),
            "case.returned",
            format!(
                r#"{{"provider":"{provider}","reason":"court-order","children":["child/C{}"]}}"#,
                n % 4
            ),
        ),
        8 => ("case/K0".to_owned(), "cost.recorded", r#"{"cost_id":"X","amount_cents":5}"#.into()),
        9 => (
            "policy/timely-permanency".to_owned(),
            "benchmark.decided",
            format!(
                r#"{{"goal":"reunification","value":{},"decided_by":"RET","rationale":"r"}}"#,
                n % 20
            ),
        ),
        10 | 13 | 14 => {
            // The baseline is of another metric, whose exclusions count.
            let metrics = MetricId::ALL.iter().filter(|metric| **metric != MetricId::Baseline);
            let metric = metrics.cycle().nth(usize::from(n)).expect("an endless list").name();
            let decided = format!(
                r#"{{"subject":"child/C{}","metric":"{metric}","decision":"approved","decided_by":"RET"}}"#,
                n % 2
            );
            (format!("policy/{metric}"), "exclusion.decided", decided)
        }
        11 => (
            "policy/calendar".to_owned(),
            "calendar.published",
            format!(r#"{{"year":2023,"holidays":["2023-01-0{}"]}}"#, 2 + n % 3),
        ),
        _ => ("place/29189".to_owned(), "county.mapped", r#"{"region":"E"}"#.to_owned()),
    }
}

/// A history: children mostly, what they share between, amendments of what was said before.
pub(crate) fn history() -> impl Strategy<Value = Vec<Said>> {
    amended(5..45, 3)
}

/// A longer history, of which amendments are nearly a half.
pub(crate) fn corrected_history() -> impl Strategy<Value = Vec<Said>> {
    amended(5..120, 11)
}

/// A history of so many events, so many in 24 of which are amendments.
fn amended(events: Range<usize>, amendments: u8) -> impl Strategy<Value = Vec<Said>> {
    let one = (0_u8..24, 0_u8..28, 0_u8..15, any_day(), any::<u8>(), any::<prop::sample::Index>());
    prop::collection::vec(one, events).prop_map(move |drawn| {
        let mut said: Vec<Said> = Vec::new();
        for (which, child, shared, on, n, named) in drawn {
            let next = match which {
                _ if which < amendments && !said.is_empty() => {
                    amendment(&said, named.index(said.len()), on, n)
                }
                // A quarter, spread so that some are left however many amendments there are.
                _ if which % 7 < 2 => {
                    let (name, kind, data) = shared_event(shared, n);
                    Said { subject: subject(&name), kind, day: day(on), data, amends: None }
                }
                _ => {
                    let (kind, data) = child_event(child, n);
                    let subject = subject(&format!("child/C{}", n % 7 % 2));
                    Said { subject, kind, day: day(on), data, amends: None }
                }
            };
            said.push(next);
        }
        said
    })
}

/// A correction to another date or content, or a retraction, of an earlier event; whether that one still
/// stands, the log decides.
fn amendment(said: &[Said], named: usize, on: u32, n: u8) -> Said {
    let named = said[named].amends.filter(|_| n.is_multiple_of(2)).unwrap_or(named);
    let original = &said[named];
    let subject = original.subject.clone();
    let reference = format!(r#"{{"source":"t","id":"e{named}"}}"#);
    let (kind, data) = if n.is_multiple_of(3) || original.kind == "record.retracted" {
        ("record.retracted", format!(r#"{{"retracts":{reference},"reason":"wrong"}}"#))
    } else if original.kind == "record.corrected" {
        let replaced = format!(r#""corrects":{}"#, reference);
        let data = original.data.split_once(r#","effectiveon""#);
        let tail = data.map_or("", |(_, tail)| tail);
        ("record.corrected", format!(r#"{{{replaced},"effectiveon"{tail}"#))
    } else {
        let on = day(on);
        // Now and then it says something else, as another event of the type did.
        let same = |other: &&Said| other.kind == original.kind && n.is_multiple_of(5);
        let data = &said.iter().find(same).unwrap_or(original).data;
        let text = format!(r#"{{"corrects":{reference},"effectiveon":"{on}","data":{data}}}"#);
        ("record.corrected", text)
    };
    Said { subject, kind, day: day(on), data, amends: Some(named) }
}

/// The event as an adapter sends it; `index` names it, whatever its place in the log.
pub(crate) fn incoming(index: usize, said: &Said) -> Incoming {
    let data = Json::parse(said.data.as_bytes()).expect("JSON");
    let mut json = vec![
        ("specversion", Json::from("1.0")),
        ("source", "t".into()),
        ("id", format!("e{index}").into()),
        ("type", format!("casetrail.{}.v1", said.kind).into()),
        ("subject", said.subject.as_str().into()),
        ("effectiveon", said.day.to_string().into()),
        ("data", data),
    ];
    // Some sources tell when they took it; at this hour the day before goes on in Chicago.
    if !index.is_multiple_of(3) {
        let day = said.day.add_days(i32::try_from(index % 5).expect("small") * 8);
        json.push(("time", format!("{day}T04:30:00Z").into()));
    }
    let content = Content::from_json(&Json::object(json)).expect("an event of the vocabulary");
    assert_eq!(content.key, EventKey { source: "t".into(), id: format!("e{index}").into() });
    Incoming { content, expected_revision: None, recorded_time: None }
}

/// The clock of the histories' log: a fortnight or so lies between two events.
pub(crate) fn recorded(n: usize) -> Timestamp {
    recorded_every(13, n)
}

/// A clock by which so many days lie between two events.
pub(crate) fn recorded_every(days: usize, n: usize) -> Timestamp {
    let start: Timestamp = "2023-01-01T12:00:00Z".parse().expect("an instant");
    let days = i64::try_from(n * days).expect("small");
    Timestamp::from_micros(start.micros() + days * 86_400_000_000)
}
