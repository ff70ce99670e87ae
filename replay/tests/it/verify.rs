//! A spoilt export is found at its first bad position.

use eventlog::{ExportError, ExportReader};
use events::{Code, Event, Logged, Position, Revision, Salt};
use replay::{Break, ReplayError, Replayed, Why};

use crate::common::{history, now};

fn events() -> Vec<Event> {
    let logged = history("retraction-brings-back").events(now()).unwrap();
    logged.into_iter().filter_map(Logged::into_event).collect()
}

fn export_of(events: &[Event]) -> Vec<u8> {
    crate::common::export_of(&events.iter().cloned().map(Logged::Whole).collect::<Vec<_>>())
}

fn fault(export: &[u8]) -> ReplayError {
    Replayed::read(ExportReader::new(export)).expect_err("the export is spoilt")
}

/// Spoils the events, with hashes that fit, and says where that is found.
fn spoilt(spoil: impl FnOnce(&mut Vec<Event>)) -> (u64, Break) {
    let mut events = events();
    spoil(&mut events);
    let ReplayError { position, why } = fault(&export_of(&events));
    let Why::Break(why) = why else { panic!("{why}") };
    (position.0, why)
}

#[test]
fn a_changed_word_is_found_by_its_hash() {
    let text = String::from_utf8(export_of(&events())).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| line.contains(r#""exit_reason":"reunification""#));
    let at = at.unwrap();
    lines[at] =
        lines[at].replace(r#""exit_reason":"reunification""#, r#""exit_reason":"adoption""#);
    let found = fault((lines.join("\n") + "\n").as_bytes());
    assert_eq!(found.position.0, at as u64 + 1);
    let Why::Line(ExportError::Refused { line, source }) = found.why else {
        panic!("{}", found.why)
    };
    assert_eq!((line, source.code), (at as u64 + 1, Code::ImportMismatch));
    assert_eq!(source.path, "/contenthash");
}

#[test]
fn lines_that_are_no_events_are_found() {
    let good = export_of(&events());
    let size = events().len() as u64;
    let cut = fault(&good[..good.len() - 20]);
    assert_eq!(cut.position.0, size);
    assert!(matches!(cut.why, Why::Line(ExportError::NotJson { .. })), "{}", cut.why);
    let blank = fault(&[b"\n", good.as_slice()].concat());
    assert_eq!((blank.position.0, matches!(blank.why, Why::Line(_))), (1, true));
    let long = fault(&[good.as_slice(), &b" ".repeat(300_000)].concat());
    assert_eq!(long.position.0, size + 1);
    assert!(matches!(long.why, Why::Line(ExportError::TooLong { .. })), "{}", long.why);
    let unended = Replayed::read(ExportReader::new(&good[..good.len() - 1])).unwrap();
    assert_eq!(unended.projection().position().0, size);
}

#[test]
fn gaps_repeats_and_swaps_are_found() {
    let position =
        |found, expected| Break::Position { found: Position(found), expected: Position(expected) };
    assert_eq!(spoilt(|events| drop(events.remove(4))), (5, position(6, 5)));
    assert_eq!(spoilt(|events| events.insert(4, events[3].clone())), (5, position(4, 5)));
    assert_eq!(spoilt(|events| events.swap(2, 3)), (3, position(4, 3)));
    assert_eq!(spoilt(|events| drop(events.remove(0))), (1, position(2, 1)));
}

#[test]
fn what_does_not_follow_in_its_stream_or_in_time_is_found() {
    let (at, why) = spoilt(|events| events[3].revision = Revision(7));
    assert!(matches!(why, Break::Revision { found: Revision(7), .. }), "{why}");
    assert_eq!(at, 4);
    // The last event amends on a stream that has events before it.
    let last = events().len() - 1;
    let (at, why) = spoilt(|events| events[last].subject_salt = Salt([9; 16]));
    assert_eq!((at, why), (last as u64 + 1, Break::Salt));
    let (at, why) =
        spoilt(|events| events[5].recorded_time = "2000-01-01T00:00:00Z".parse().unwrap());
    assert!(matches!(why, Break::Time { .. }), "{why}");
    assert_eq!(at, 6);
    let (at, why) = spoilt(|events| {
        let key = events[0].content.key.clone();
        events[3].content.key = key;
    });
    assert_eq!((at, why), (4, Break::Identity));
}

#[test]
fn an_amendment_of_what_does_not_stand_is_found() {
    let mut events = events();
    let of_type = |events: &[Event], name: &str| {
        events.iter().position(|e| e.content.kind.name() == name).unwrap()
    };
    // The first correction names itself.
    let at = of_type(&events, "casetrail.record.corrected.v1");
    let json = String::from_utf8(events[at].content.canonical()).unwrap();
    let named = events.iter().find(|e| json.contains(&format!(r#""id":"{}""#, e.content.key.id)));
    let named = named.unwrap().content.key.id.clone();
    let own = events[at].content.key.id.clone();
    let json = json.replace(
        &format!(r#""corrects":{{"id":"{named}""#),
        &format!(r#""corrects":{{"id":"{own}""#),
    );
    let json = events::Json::parse(json.as_bytes()).unwrap();
    events[at].content = events::Content::from_json(&json).unwrap();
    let found = fault(&export_of(&events));
    assert_eq!(found.position.0, at as u64 + 1);
    assert!(matches!(found.why, Why::Apply(_)), "{}", found.why);
}
