use proptest::collection::btree_set;
use proptest::prelude::*;

use super::{BYTES_MAX, Ordinals};

fn of(ordinals: impl IntoIterator<Item = u64>) -> Ordinals {
    let mut all = Ordinals::default();
    for ordinal in ordinals {
        assert!(all.push(ordinal));
    }
    all
}

proptest! {
    #[test]
    fn reads_back_what_was_added(ordinals in btree_set(0_u64..300, 0..200)) {
        let all = of(ordinals.iter().copied());
        prop_assert!(all.iter().eq(ordinals.iter().copied()));
        prop_assert_eq!(Ordinals::decode(&all.encode()), Some(all.clone()));
        for ordinal in &ordinals {
            prop_assert!(!all.clone().push(*ordinal), "a second time changes nothing");
        }
    }
}

#[test]
fn runs_that_follow_each_other_take_two_bytes() {
    assert_eq!(of(0..100).encode(), [0, 100]);
}

#[test]
fn a_value_stays_short_and_denies_no_run() {
    let all = of((0..5_000).map(|n| n * 2));
    assert!(all.encode().len() <= BYTES_MAX + 4);
    let named: Vec<u64> = all.iter().collect();
    assert!((0..5_000).all(|n| named.contains(&(n * 2))));
    assert!(named.is_sorted());
}

#[test]
fn bytes_that_are_no_value_are_refused() {
    assert_eq!(Ordinals::decode(&[3]), None);
    assert_eq!(Ordinals::decode(&[0x80]), None);
}
