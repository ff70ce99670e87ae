use events::{Revision, Salt};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::{StreamEntry, decode, decode_entry, decode_place, encode, place_at};

fn any_streams() -> impl Strategy<Value = Vec<StreamEntry>> {
    let stream = (any::<[u8; 16]>(), 1..u64::MAX / 2, btree_set(1_u32..70_000, 1..20));
    vec(stream, 0..30).prop_map(|streams| {
        let numbered = (0_u32..).zip(streams);
        let entry = |(number, (salt, first_revision, offsets))| StreamEntry {
            number,
            subject: format!("child/C-{number}").parse().unwrap(),
            salt: Salt(salt),
            first_revision: Revision(first_revision),
            offsets: Vec::from_iter(offsets),
        };
        numbered.map(entry).collect()
    })
}

proptest! {
    #[test]
    fn reads_back_what_was_written(streams in any_streams()) {
        let (bytes, places) = encode(&streams).unwrap();
        let expected: Vec<_> = streams.iter().cloned().zip(places.iter().copied()).collect();
        prop_assert_eq!(decode(&bytes), Some(expected));
        for (stream, place) in streams.iter().zip(places) {
            let at = usize::try_from(place_at(stream.number)).unwrap();
            prop_assert_eq!(decode_place(*bytes[at..].first_chunk().unwrap()), Some(place));
            let start = usize::try_from(place.offset).unwrap();
            let end = start + usize::try_from(place.length).unwrap();
            let alone = decode_entry(&bytes[start..end]);
            prop_assert_eq!(alone.as_ref(), Some(stream));
        }
    }

    #[test]
    fn damage_to_an_entry_is_noticed(streams in any_streams(), at in any::<prop::sample::Index>()) {
        let (bytes, places) = encode(&streams).unwrap();
        let Some(place) = places.first() else { return Ok(()) };
        let start = usize::try_from(place.offset).unwrap();
        let length = usize::try_from(place.length).unwrap();
        let mut entry = bytes[start..start + length].to_vec();
        entry[at.index(length)] ^= 4;
        prop_assert_eq!(decode_entry(&entry), None);
        prop_assert_eq!(decode_entry(&entry[..at.index(length)]), None);
    }
}

#[test]
fn the_last_revision_counts_from_the_first() {
    let entry = StreamEntry {
        number: 0,
        subject: "case/F-1".parse().unwrap(),
        salt: Salt([0; 16]),
        first_revision: Revision(5),
        offsets: vec![3, 4, 9],
    };
    assert_eq!(entry.last_revision(), Revision(7));
}
