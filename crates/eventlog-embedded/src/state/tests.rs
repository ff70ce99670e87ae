use eventlog::suite::removal;
use events::{Event, Position, Revision, Salt, Timestamp};

use super::{Arrival, State};
use crate::codec;
use crate::tail::{Indexed, Record};

fn event(position: u64) -> Event {
    Event {
        content: removal(&format!("r{position}"), &format!("C{}", position % 3)).content,
        position: Position(position),
        revision: Revision((position - 1) / 3 + 1),
        recorded_time: Timestamp::from_micros(i64::try_from(position).unwrap()),
        recorded_by: "tester".into(),
        subject_salt: Salt([0; 16]),
        content_salt: Salt([1; 16]),
    }
}

fn arrival(event: &Event) -> Arrival {
    let leaf = event.entry().leaf();
    let mut record = Vec::new();
    codec::encode(event, &leaf, &mut record);
    Arrival {
        record: Record::new(&record),
        indexed: Indexed::of_logged(&event.clone().into()),
        leaf,
        recorded_time: event.recorded_time,
    }
}

#[test]
fn a_snapshot_does_not_change_when_events_arrive() {
    let mut state = State::sealed(Vec::new(), 256);
    let empty = state.snapshot().clone();
    let mut next = 1;
    let mut snapshots = Vec::new();
    for count in [1, 254, 1, 1, 300] {
        let events: Vec<_> = (next..next + count).map(event).collect();
        state.publish(events.iter().map(arrival));
        next += count;
        snapshots.push((next - 1, state.snapshot().clone()));
    }
    assert_eq!((empty.head(), empty.recorded_time), (0, None));
    for (head, snapshot) in snapshots {
        assert_eq!(snapshot.head(), head);
        assert_eq!(snapshot.recorded_time, Some(event(head).recorded_time));
        for position in (1..=head).map(Position) {
            let record = snapshot.record(position).unwrap();
            assert_eq!(record.logged(position), Ok(event(position.0).into()));
        }
        assert!(snapshot.record(Position(0)).is_none());
        assert!(snapshot.record(Position(head + 1)).is_none());
    }
}

#[test]
fn the_root_is_that_of_all_leaves() {
    let mut state = State::sealed(Vec::new(), 512);
    assert_eq!(state.root(), proof::empty_root());
    let mut leaves = Vec::new();
    for position in 1..=600 {
        let event = event(position);
        leaves.push(event.entry().leaf());
        state.publish(vec![arrival(&event)]);
        if position % 97 == 0 || position % 256 == 0 {
            assert_eq!(state.root(), proof::root_of(&leaves), "{position} leaves");
        }
    }
    let roots: Vec<_> = leaves.chunks_exact(256).map(proof::root_of).collect();
    assert_eq!(state.snapshot().roots(9), roots);
}

#[test]
fn generations_fill_one_after_the_other() {
    let mut state = State::sealed(Vec::new(), 256);
    let mut told = Vec::new();
    for position in 1..=600 {
        if state.publish(vec![arrival(&event(position))]) {
            told.push(position);
        }
    }
    assert_eq!(told, [256, 512]);
    assert_eq!(state.full_generations(), 2);
    let counts: Vec<_> = state.generations().map(|generation| generation.count()).collect();
    assert_eq!(counts, [88, 256, 256]);
    let newest_first: Vec<_> = state
        .generations()
        .filter_map(|generation| generation.stream(&"child/C1".parse().unwrap()))
        .map(|stream| (stream.first_revision.0, stream.last_revision().0))
        .collect();
    assert_eq!(newest_first, [(172, 200), (87, 171), (1, 86)]);
}
