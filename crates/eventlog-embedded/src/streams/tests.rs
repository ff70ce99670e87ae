use events::{Revision, Salt};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::{Encoded, StreamEntry, StreamName, StreamTable, encode};

fn any_name() -> impl Strategy<Value = StreamName> {
    let named = ("(child|case|staff)/(C-[1-3]{1,3}|F)", any::<[u8; 16]>());
    prop_oneof![
        4 => named.prop_map(|(name, salt)| StreamName::Named(name.parse().unwrap(), Salt(salt))),
        1 => any::<[u8; 32]>().prop_map(StreamName::Erased),
    ]
}

fn any_streams() -> impl Strategy<Value = Vec<StreamEntry>> {
    let stream = (any_name(), 1..u64::MAX / 2, btree_set(0_u32..70_000, 1..20));
    let entry = |(name, first_revision, places)| StreamEntry {
        name,
        first_revision: Revision(first_revision),
        places: Vec::from_iter(places),
    };
    vec(stream.prop_map(entry), 0..200)
}

proptest! {
    #[test]
    fn reads_back_what_was_written(streams in any_streams()) {
        let Encoded { index, pages } = encode(&streams).unwrap();
        let table = StreamTable::decode(&index).unwrap();
        let all = table.entries(&pages);
        prop_assert_eq!(all.as_ref(), Some(&streams));
        for (number, stream) in (0..).zip(&streams) {
            let page = table.page_of(number).unwrap();
            let alone = table.entry(&pages[page], number);
            prop_assert_eq!(alone.as_ref(), Some(stream));
        }
        prop_assert_eq!(table.page_of(table.count()), None);
    }

    #[test]
    fn damage_to_a_page_is_noticed(streams in any_streams(), at in any::<prop::sample::Index>()) {
        let Encoded { index, mut pages } = encode(&streams).unwrap();
        if streams.is_empty() {
            return Ok(());
        }
        let table = StreamTable::decode(&index).unwrap();
        let at = at.index(pages.len());
        pages[at] ^= 4;
        prop_assert_eq!(table.entries(&pages), None);
        for number in 0..table.count() {
            let page = table.page_of(number).unwrap();
            prop_assert_eq!(table.entry(&pages[page.clone()], number).is_none(), page.contains(&at));
        }
    }
}

#[test]
fn bytes_that_are_no_index_are_refused() {
    let stream = StreamEntry {
        name: StreamName::Erased([7; 32]),
        first_revision: Revision(5),
        places: vec![3, 4, 9],
    };
    assert_eq!(stream.last_revision(), Revision(7));
    let Encoded { index, .. } = encode(&vec![stream; 65]).unwrap();
    assert!(StreamTable::decode(&index).is_some());
    for length in 0..index.len() {
        assert_eq!(StreamTable::decode(&index[..length]), None, "{length} bytes");
    }
}
