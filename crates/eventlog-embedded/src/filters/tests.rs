use proptest::prelude::*;

use super::Filters;
use crate::filter::Filter;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn all_together_say_what_each_says(
        runs in prop::collection::vec(
            (prop::collection::vec(any::<u64>(), 1..4), prop_oneof![9 => Just(64), 1 => Just(128)]), 0..150),
        at_once in 0_usize..150,
        absent in prop::collection::vec(any::<u64>(), 0..50),
    ) {
        let filters: Vec<_> =
            runs.iter().map(|(hashes, events)| Filter::of(hashes, *events)).collect();
        let (at_once, later) = filters.split_at(at_once.min(filters.len()));
        let mut together = Filters::of(&at_once.iter().collect::<Vec<_>>());
        later.iter().for_each(|filter| together.push(filter));
        for hash in runs.iter().flat_map(|(hashes, _)| hashes).chain(&absent) {
            let each = (0..filters.len()).rev().filter(|run| filters[*run].may_hold(*hash));
            prop_assert!(together.may_hold(*hash).eq(each));
        }
    }
}
