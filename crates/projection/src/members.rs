//! Members of a metric as parts of an answer: which of their groups pass, what they count for
//! where, and who was one child with whom.

use std::collections::{BTreeMap, BTreeSet};

use metrics::{Cells, Counting, Dimension, Division, Group};
use timeline::{Names, Sym, World};

/// Whether a group passes a filter.
pub(crate) fn passes(group: &Group, filter: &BTreeMap<Dimension, String>, names: &Names) -> bool {
    filter.iter().all(|(d, value)| group.value(*d, names).as_ref() == Some(value))
}

/// The groups of a member that pass, and what some of them together count for.
pub(crate) fn passing<'a>(
    division: Division<'a>,
    passes: impl Fn(&Group) -> bool,
) -> (Vec<Group>, Counting<'a>) {
    match division {
        Division::Whole(group, cells) => {
            let groups = Some(group).filter(|group| passes(group)).into_iter().collect();
            (groups, Box::new(move |_| cells.clone()))
        }
        Division::Parts(all, count) => {
            let passing: Vec<usize> = (0..all.len()).filter(|i| passes(&all[*i])).collect();
            let groups = passing.iter().map(|i| all[*i]).collect();
            let together = move |parts: &[usize]| {
                count(&parts.iter().map(|i| passing[*i]).collect::<Vec<_>>())
            };
            (groups, Box::new(together))
        }
    }
}

/// What all groups of a member together count for.
pub(crate) fn in_total(groups: &[Group], count: &Counting<'_>) -> Cells {
    if groups.is_empty() {
        return Cells::default();
    }
    count(&(0..groups.len()).collect::<Vec<_>>())
}

/// What a member counts for in each row, by the row's first group; none where there are no rows.
pub(crate) fn by_row(
    groups: &[Group],
    by: &[Dimension],
    count: &Counting<'_>,
) -> Vec<(Group, Cells)> {
    if by.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<(Group, Vec<usize>)> = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let key = group.only(by);
        match rows.iter_mut().find(|(k, _)| *k == key) {
            Some((_, parts)) => parts.push(index),
            None => rows.push((key, vec![index])),
        }
    }
    rows.into_iter().map(|(key, parts)| (key, count(&parts))).collect()
}

/// The names with all those of children that are, or were, one with one of them in some world.
pub(crate) fn closed(mut names: BTreeSet<Sym>, worlds: [&World<'_>; 2]) -> Vec<Sym> {
    loop {
        let groups = names
            .iter()
            .flat_map(|name| worlds.iter().filter_map(|world| world.merges.members(*name)));
        let others: Vec<Sym> = groups.flatten().copied().collect();
        let before = names.len();
        names.extend(others);
        if names.len() == before {
            return names.into_iter().collect();
        }
    }
}
