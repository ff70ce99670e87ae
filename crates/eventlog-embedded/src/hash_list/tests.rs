use proptest::collection::vec;
use proptest::prelude::*;

use super::{Encoded, HashList, encode};

fn search(list: &HashList, buckets: &[u8], hash: u64) -> Option<Vec<u32>> {
    list.numbers(&buckets[list.bucket(hash)], hash)
}

fn listed(entries: Vec<(u64, u32)>) -> (HashList, Vec<u8>) {
    let Encoded { index, buckets } = encode(entries).unwrap();
    (HashList::decode(&index).unwrap(), buckets)
}

fn spread(n: u32) -> u64 {
    u64::from(n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[test]
fn evenly_spread_hashes_take_one_small_bucket_and_four_bytes() {
    let (list, buckets) = listed((0..65_536).map(|n| (spread(n), n)).collect());
    assert!(buckets.len() < 65_536 * 41 / 10, "{} bytes", buckets.len());
    let mut others = 0;
    for n in (0..65_536).step_by(13) {
        let bucket = list.bucket(spread(n));
        assert!(bucket.len() < 4096, "{} bytes", bucket.len());
        let found = search(&list, &buckets, spread(n)).unwrap();
        assert!(found.contains(&n));
        others += found.len() - 1;
    }
    assert!(others < 50, "{others} in vain");
}

#[test]
fn an_empty_list_holds_nothing() {
    let (list, buckets) = listed(Vec::new());
    assert_eq!(search(&list, &buckets, 7), Some(Vec::new()));
}

#[test]
fn a_damaged_bucket_is_noticed() {
    let (list, buckets) = listed(vec![(1 << 60, 2), (3 << 60, 4)]);
    assert_eq!(search(&list, &buckets, 3 << 60), Some(vec![4]));
    for at in 0..buckets.len() {
        let mut damaged = buckets.clone();
        damaged[at] ^= 1;
        assert_eq!(search(&list, &damaged, 3 << 60), None, "byte {at}");
        assert_eq!(list.numbers(&buckets[..at], 3 << 60), None, "{at} bytes");
    }
}

#[test]
fn bytes_that_are_no_index_are_refused() {
    let Encoded { index, .. } = encode((0..2000).map(|n| (spread(n), n)).collect()).unwrap();
    assert!(HashList::decode(&index).is_some());
    for length in 0..index.len() {
        assert_eq!(HashList::decode(&index[..length]), None, "{length} bytes");
    }
    for (at, byte) in [(0, 60), (0, 2), (1, 3), (5, 255)] {
        let mut damaged = index.clone();
        damaged[at] = byte;
        assert_eq!(HashList::decode(&damaged), None, "byte {at}");
    }
}

proptest! {
    /// However the hashes are spread, and however often one occurs, all its numbers are found.
    #[test]
    fn finds_all(
        hashes in vec(prop_oneof![any::<u64>(), 0_u64..40, Just(u64::MAX)], 0..1500),
        absent in any::<u64>(),
        first in prop_oneof![Just(0_u32), any::<u16>().prop_map(|n| 65_000 + u32::from(n))],
    ) {
        let entries: Vec<_> = hashes.iter().copied().zip(first..).collect();
        let (list, buckets) = listed(entries.clone());
        for hash in hashes.iter().take(50).chain([&absent]) {
            let found = search(&list, &buckets, *hash).unwrap();
            let of_hash = entries.iter().filter(|(other, _)| other == hash);
            prop_assert!(of_hash.clone().all(|(_, number)| found.contains(number)));
            // What else is found shares its upper bits.
            let near = |number: &u32| entries[(number - first) as usize].0 >> 48 == hash >> 48;
            prop_assert!(found.iter().all(near));
        }
    }
}
