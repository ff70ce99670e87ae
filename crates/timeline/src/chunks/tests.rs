//! A list in chunks is a list, and a clone of it stays what it was.

use proptest::prelude::*;

use super::Chunks;

type Small = Chunks<u32, 4>;

fn listed(list: &Small) -> Vec<u32> {
    let all: Vec<_> = list.iter().copied().collect();
    assert_eq!(list.slices().flatten().copied().collect::<Vec<_>>(), all);
    assert_eq!(list.len(), all.len());
    assert_eq!(list.is_empty(), all.is_empty());
    all
}

proptest! {
    #[test]
    fn it_is_a_list_and_a_clone_stays(
        first in prop::collection::vec(any::<u32>(), 0..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 0..8),
        rest in prop::collection::vec(any::<u32>(), 0..20),
    ) {
        let mut list = Small::default();
        list.extend(first.iter().copied());
        let clone = list.clone();
        let mut model = first.clone();
        model.extend(&rest);
        list.extend(rest);
        for (place, item) in &changes {
            // There is no place in a list of nothing.
            let Some(last) = model.len().checked_sub(1) else { break };
            let place = place.index(last + 1);
            model[place] = *item;
            *list.get_mut(place).expect("an item") = *item;
        }
        prop_assert_eq!(listed(&list), model.clone());
        prop_assert_eq!(listed(&clone), first);
        prop_assert_eq!(list.get(model.len()), None);
        prop_assert_eq!(list.get_mut(model.len()), None);
    }

    #[test]
    fn it_is_cut_where_a_list_is(mut items in prop::collection::vec(0_u32..20, 0..30), at in 0_u32..22) {
        items.sort_unstable();
        let mut list = Small::default();
        list.extend(items.iter().copied());
        prop_assert_eq!(list.partition_point(|n| *n < at), items.partition_point(|n| *n < at));
    }
}
