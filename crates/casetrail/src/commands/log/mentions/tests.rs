use events::{Content, Event, Json, Position, Revision, Salt, Timestamp};

use super::{mentions, tells};

/// The places at which an event of this type with these data names a subject.
fn paths(kind: &str, on: &str, data: &str, subject: &str) -> Vec<String> {
    let text = format!(
        r#"{{"specversion":"1.0","source":"s","id":"i","type":"casetrail.{kind}.v1",
            "subject":"{on}","effectiveon":"2024-01-01","data":{data}}}"#
    );
    let event = Event {
        content: Content::from_json(&Json::parse(text.as_bytes()).unwrap()).unwrap(),
        position: Position(7),
        revision: Revision(1),
        recorded_time: Timestamp::from_micros(0),
        recorded_by: "local".into(),
        subject_salt: Salt([0; 16]),
        content_salt: Salt([0; 16]),
    };
    mentions(&event, &subject.parse().unwrap()).into_iter().map(|m| m.path).collect()
}

#[test]
fn full_names_are_found_anywhere() {
    let data = r#"{"provider":"A","reason":"court-order","children":["child/C-1","child/C-12"],
                   "raw":{"note":"see child/C-1."}}"#;
    let found = paths("case.returned", "case/F-1", data, "child/C-1");
    assert_eq!(found, ["/data/children/0", "/data/raw/note"]);
    assert_eq!(
        paths("identity.merged", "child/C-2", r#"{"into":"child/C-1"}"#, "child/C-1"),
        ["/data/into"]
    );
}

#[test]
fn bare_identifiers_count_in_fields_of_their_family() {
    let data = r#"{"case_id":"X","provider":"X","worker":"X"}"#;
    let on = |subject| paths("case.assigned", "child/C-1", data, subject);
    assert_eq!(on("case/X"), ["/data/case_id"]);
    assert_eq!(on("provider/X"), ["/data/provider"]);
    assert_eq!(on("staff/X"), ["/data/worker"]);
    assert!(on("child/X").is_empty());
}

#[test]
fn a_correction_is_looked_through() {
    let data = r#"{"corrects":{"source":"s","id":"j"},"data":{"into":"child/C-1"}}"#;
    assert_eq!(paths("record.corrected", "child/C-2", data, "child/C-1"), ["/data/data/into"]);
}

#[test]
fn a_text_tells_of_a_subject_by_whole_words() {
    let cases = [
        ("provider/A", "As the court ordered, RSMo 210.150", false),
        ("provider/A", "contract of A.", true),
        ("case/7", "order 17-JU-2027 of 2027-07-17", false),
        ("case/7", "case 7 was expunged", true),
        ("child/C-1001", "expunge C-1001", true),
        ("child/C-1001", "expunge (child/C-1001): done", true),
        ("child/C-1001", "expunge C-10012", false),
        ("child/C-1001", "expunge XC-1001", false),
    ];
    for (subject, text, told) in cases {
        assert_eq!(tells(text, &subject.parse().unwrap()), told, "{subject}: {text}");
    }
}
