use events::{Content, Event, Json, Logged, Position, Revision, Salt, SharedStr, Timestamp};
use proptest::prelude::*;

use super::{
    Data, DecodeError, SharedTexts, StoredData, StoredRecord, encode, encode_bare, erased_data,
};

fn event(time: Option<&str>, correlation: Option<&str>, causation: Option<&str>) -> Event {
    let mut attributes = vec![
        ("specversion", Json::from("1.0")),
        ("source", "faces".into()),
        ("id", "e-1".into()),
        ("type", "casetrail.removal.recorded.v1".into()),
        ("subject", "child/C-1001".into()),
        ("effectiveon", "2024-02-29".into()),
        ("data", Json::object([("removal_id", Json::from("é\"\u{1}"))])),
    ];
    let optional = [("time", time), ("correlationid", correlation), ("causationid", causation)];
    attributes.extend(optional.into_iter().filter_map(|(k, v)| Some((k, Json::from(v?)))));
    Event {
        content: Content::from_json(&Json::object(attributes)).unwrap(),
        position: Position(77),
        revision: Revision(300),
        recorded_time: Timestamp::from_micros(1_717_243_200_000_001),
        recorded_by: "adapter+backfill".into(),
        subject_salt: Salt([1; 16]),
        content_salt: Salt([2; 16]),
    }
}

fn plain() -> Event {
    event(None, None, None)
}

fn read(bytes: &[u8]) -> Result<Event, DecodeError> {
    Ok(logged(bytes)?.into_event().expect("not erased"))
}

fn logged(bytes: &[u8]) -> Result<Logged, DecodeError> {
    StoredRecord::read(bytes)?.logged(Position(77))
}

fn encoded(event: &Event, leaf: &[u8; 32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(event, leaf, &mut bytes);
    bytes
}

#[test]
fn reads_back_what_was_written() {
    for time in [None, Some("2024-02-29T23:59:59.123+02:00")] {
        for correlation in [None, Some("c")] {
            for causation in [None, Some("é")] {
                let event = event(time, correlation, causation);
                let leaf = event.entry().leaf();
                let bytes = encoded(&event, &leaf);
                assert_eq!(read(&bytes).as_ref(), Ok(&event));
                assert_eq!(StoredRecord::read(&bytes).unwrap().leaf, leaf);
            }
        }
    }
}

/// Stored records are read for ever: a changed form gets a new version, and this one stays.
#[test]
fn a_record_has_these_bytes() {
    let bytes = encoded(&event(None, Some("c"), None), &[3; 32]);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = [
        "01",
        "0303030303030303030303030303030303030303030303030303030303030303",
        "01010101010101010101010101010101",
        "0c6368696c642f432d31303031",
        "3a",
        "01",
        "01d0edd6d2190600",
        "ac02",
        "1d63617365747261696c2e72656d6f76616c2e7265636f726465642e7631",
        "10616461707465722b6261636b66696c6c",
        "01",
        "02020202020202020202020202020202",
        "81460b00",
        "056661636573",
        "03652d31",
        "02",
        "0163",
        "7b2272656d6f76616c5f6964223a22c3a95c225c7530303031227d",
    ];
    assert_eq!(hex, expected.concat());
}

#[test]
fn erasure_leaves_the_entry_and_nothing_else() {
    let event = event(Some("2024-02-29T23:59:59Z"), Some("c"), None);
    let entry = event.entry();
    let bytes = encoded(&event, &entry.leaf());
    let stored = StoredRecord::read(&bytes).unwrap();
    assert_eq!(stored.erased(Position(77), &[9; 32]), Ok(None), "another stream");
    let bare = stored.erased(Position(77), &entry.subject_hash).unwrap().unwrap();
    assert_eq!(logged(&bare), Ok(Logged::Erased(entry.clone())));
    let mut written = Vec::new();
    encode_bare(&entry, &entry.leaf(), &mut written);
    assert_eq!(bare, written);
    let left = StoredRecord::read(&bare).unwrap();
    assert_eq!((left.leaf, left.kept), (stored.leaf, stored.kept));
    assert_eq!(left.erased(Position(77), &entry.subject_hash), Ok(None), "a second time");
    let length = 1 + 32 + 32 + 1 + stored.kept.len() + 1 + 32;
    assert_eq!(bare.len(), length);
}

/// The data part of an event.
fn data_part(event: &Event) -> Vec<u8> {
    let bytes = encoded(event, &[0; 32]);
    StoredRecord::read(&bytes).unwrap().data.to_vec()
}

fn together(parts: &[Vec<u8>]) -> Vec<Result<StoredData<SharedStr>, DecodeError>> {
    let mut texts = SharedTexts::of(parts.iter().map(Vec::as_slice));
    parts.iter().map(|part| texts.read(part)).collect()
}

fn said(read: &Result<StoredData<SharedStr>, DecodeError>) -> &Data<SharedStr> {
    match read {
        Ok(StoredData::Said(data)) => data,
        other => panic!("{other:?}"),
    }
}

/// What is read of parts together is what is read of each alone.
fn assert_read_as_alone(parts: &[Vec<u8>]) {
    for (part, together) in parts.iter().zip(together(parts)) {
        let alone = SharedTexts::of([part.as_slice()]).read(part);
        assert_eq!(together, alone);
        let borrowed = StoredData::read(part);
        assert_eq!(together.is_ok(), borrowed.is_ok());
        if let (Ok(StoredData::Said(data)), Ok(StoredData::Said(borrowed))) = (&together, borrowed)
        {
            assert_eq!(data.source, borrowed.source);
            assert_eq!(data.id, borrowed.id);
            assert_eq!(data.time.as_deref(), borrowed.time);
            assert_eq!(data.correlation_id.as_deref(), borrowed.correlation_id);
            assert_eq!(data.causation_id.as_deref(), borrowed.causation_id);
            assert_eq!(data.data, borrowed.data);
        }
    }
}

#[test]
fn events_read_together_have_their_own_texts() {
    let long = "é".repeat(200);
    let events = [
        plain(),
        event(Some("2024-02-29T23:59:59Z"), Some("c"), None),
        event(None, Some("Niño"), Some("é")),
    ];
    let mut parts: Vec<_> = events.iter().map(data_part).collect();
    parts.insert(1, erased_data(&[7; 32]));
    assert_read_as_alone(&parts);
    assert_eq!(said(&together(&parts)[3]).causation_id.as_deref(), Some("é"));
    parts.push(data_part(&event(None, None, Some(&long))));
    assert_read_as_alone(&parts);
    assert_eq!(said(&together(&parts)[4]).causation_id.as_deref(), Some(long.as_str()));
}

#[test]
fn a_text_that_is_none_hurts_its_own_event_alone() {
    let mut parts = vec![data_part(&plain()), data_part(&plain()), data_part(&plain())];
    *parts[1].last_mut().unwrap() = 0xff;
    let read = together(&parts);
    assert_eq!(read[1], Err(DecodeError::Malformed));
    assert!(read[0].is_ok() && read[2].is_ok());
    // Half a character at the end of one text and half at the start of the next are none.
    let mut parts = vec![data_part(&event(None, Some("aé"), None)), data_part(&plain())];
    let at = parts[0].iter().position(|byte| *byte == 0xc3).unwrap();
    assert_eq!(parts[0][at - 2], 3, "the length of the text");
    parts[0][at - 2] = 2;
    let read = together(&parts);
    assert_eq!(read[0], Err(DecodeError::Malformed));
    assert!(read[1].is_ok());
}

#[test]
fn other_versions_and_types_are_errors() {
    let bytes = encoded(&plain(), &[0; 32]);
    let kept_at = 1 + 32 + 16 + 13 + 1;
    let kept_length = usize::from(bytes[kept_at - 1]);
    for at in [0, kept_at, kept_at + kept_length] {
        let mut other = bytes.clone();
        assert_eq!(other[at], 1, "a version at {at}");
        other[at] = 3;
        assert_eq!(read(&other), Err(DecodeError::Version(3)), "a version at {at}");
        other[at] = 2;
        assert!(logged(&other).is_err(), "erased in part");
    }
    let name = b"casetrail.removal.recorded.v1";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    let mut other = bytes.clone();
    other[at + name.len() - 1] = b'7';
    let unknown = "casetrail.removal.recorded.v7".to_owned();
    assert_eq!(read(&other), Err(DecodeError::UnknownType(unknown)));
}

proptest! {
    /// Bytes that are cut or damaged give an error or an event, never a panic.
    #[test]
    fn takes_any_bytes(cut in 0_usize..300, at in 0_usize..300, mask in any::<u8>()) {
        let mut bytes = encoded(&event(Some("2024-01-01T00:00:00Z"), None, Some("x")), &[0; 32]);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= mask;
        }
        bytes.truncate(cut);
        drop(logged(&bytes));
    }
}
