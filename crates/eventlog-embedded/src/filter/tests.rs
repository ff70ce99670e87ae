use proptest::collection::vec;
use proptest::prelude::*;

use super::Filter;

/// Numbers that are spread as hashes are.
fn spread(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

#[test]
fn few_of_the_absent_pass() {
    let present: Vec<u64> = (0..65_536).map(spread).collect();
    let filter = Filter::of(&present, 52_429);
    let passed = (65_536..265_536).filter(|n| filter.may_hold(spread(*n))).count();
    assert!(passed < 500, "{passed} of 200,000");
}

#[test]
fn runs_of_one_length_have_filters_of_one_length() {
    let count =
        |hashes: u64| Filter::of(&(0..hashes).map(spread).collect::<Vec<_>>(), 65_536).line_count();
    assert_eq!((count(65_536), count(100_000)), (2_560, 2_560));
    assert!(count(200_000) > 2_560);
}

#[test]
fn an_empty_filter_holds_nothing() {
    let filter = Filter::of(&[], 0);
    assert!((0..1000).map(spread).all(|hash| !filter.may_hold(hash)));
}

#[test]
fn bytes_that_are_no_filter_are_refused() {
    for length in [0, 1, 63, 65, 72] {
        assert_eq!(Filter::decode(&vec![0; length]), None, "{length} bytes");
    }
}

proptest! {
    #[test]
    fn what_is_held_is_never_denied(hashes in vec(any::<u64>(), 0..500), events in 0_usize..500) {
        let filter = Filter::of(&hashes, events);
        prop_assert!(hashes.iter().all(|hash| filter.may_hold(*hash)));
        prop_assert_eq!(Filter::decode(&filter.encode()), Some(filter));
    }
}
