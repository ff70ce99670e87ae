//! The sink that counts: rows and total of an answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use timeline::{Names, World};

use crate::{Asked, Cells, Dimension, Division, Group, Member, Row, Sink};

/// Which groups pass a question's filter, and which row each belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    by: Vec<Dimension>,
    filter: Vec<(Dimension, String)>,
    within: Option<Arc<BTreeSet<String>>>,
}

impl Frame {
    pub(crate) fn of(asked: &Asked) -> Self {
        let filter = asked.filter.iter().map(|(d, v)| (*d, v.clone())).collect();
        Self { by: asked.by.clone(), filter, within: asked.within.clone() }
    }

    pub(crate) fn passes(&self, group: &Group, names: &Names) -> bool {
        let same =
            |(d, value): &(Dimension, String)| group.value(*d, names).as_ref() == Some(value);
        let provider = || group.place.provider.map(|provider| names.text(provider));
        let within = |providers: &Arc<BTreeSet<String>>| {
            provider().is_some_and(|provider| providers.contains(provider))
        };
        self.filter.iter().all(same) && self.within.as_ref().is_none_or(within)
    }

    pub(crate) fn key(&self, group: &Group) -> Group {
        group.only(&self.by)
    }

    pub(crate) fn row(&self, key: &Group, names: &Names) -> Row {
        Row(self.by.iter().map(|d| (*d, key.value(*d, names))).collect())
    }
}

/// Counts of a row, and how many members or parts of members they are of: a row is there as long
/// as one of them is, whatever it counts for.
#[derive(Debug, Clone, Default)]
struct Sum {
    cells: Cells,
    members: i64,
}

/// What was counted, by row and in total; it outlives the question's world.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    rows: FxHashMap<Group, Sum>,
    total: Cells,
}

/// Counts by row, and in total.
#[derive(Debug, Clone)]
pub struct Tally<'w> {
    names: &'w Names,
    frame: Frame,
    sums: Sums,
    /// How often what comes is counted; -1 takes it back.
    times: i64,
}

impl<'w> Tally<'w> {
    /// An empty tally for a question.
    #[must_use]
    pub fn new(world: &World<'w>, asked: &Asked) -> Self {
        let (names, frame) = (world.names, Frame::of(asked));
        Self { names, frame, sums: Sums::default(), times: 1 }
    }

    /// The same without what was counted; what comes is counted so many times.
    pub(crate) fn emptied(&self, times: i64) -> Self {
        Self { names: self.names, frame: self.frame.clone(), sums: Sums::default(), times }
    }

    pub(crate) fn into_sums(self) -> Sums {
        self.sums
    }

    /// Adds what was counted of the same question.
    pub(crate) fn take(&mut self, sums: Sums) {
        if self.sums.rows.is_empty() {
            let total = std::mem::replace(&mut self.sums, sums).total;
            self.sums.total += &total;
            return;
        }
        self.sums.total += &sums.total;
        for (key, sum) in sums.rows {
            let row = self.sums.rows.entry(key).or_default();
            row.cells += &sum.cells;
            row.members += sum.members;
        }
    }

    /// The total.
    #[must_use]
    pub fn total(&self) -> &Cells {
        &self.sums.total
    }

    /// The rows in the order of an answer; none where the question does not group.
    #[must_use]
    pub fn rows(&self) -> Vec<(Row, &Cells)> {
        let there = self.sums.rows.iter().filter(|(_, sum)| sum.members > 0);
        let mut rows: Vec<_> =
            there.map(|(key, sum)| (self.frame.row(key, self.names), &sum.cells)).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows
    }

    fn add_to_row(&mut self, key: Group, cells: &Cells) {
        if !self.frame.by.is_empty() {
            let row = self.sums.rows.entry(key).or_default();
            row.cells.add_times(cells, self.times);
            row.members += self.times;
        }
    }
}

impl Sink for Tally<'_> {
    fn traces(&self) -> bool {
        false
    }

    fn add(&mut self, member: Member<'_>) {
        match member.division {
            Division::Whole(group, cells) => {
                if self.frame.passes(&group, self.names) {
                    self.sums.total.add_times(&cells, self.times);
                    self.add_to_row(self.frame.key(&group), &cells);
                }
            }
            Division::Parts(groups, cells) => {
                let passing: Vec<usize> = (0..groups.len())
                    .filter(|i| self.frame.passes(&groups[*i], self.names))
                    .collect();
                if passing.is_empty() {
                    return;
                }
                self.sums.total.add_times(&cells(&passing), self.times);
                let mut by_key: Vec<(Group, Vec<usize>)> = Vec::new();
                for index in passing {
                    let key = self.frame.key(&groups[index]);
                    match by_key.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, indices)) => indices.push(index),
                        None => by_key.push((key, vec![index])),
                    }
                }
                for (key, indices) in by_key {
                    self.add_to_row(key, &cells(&indices));
                }
            }
        }
    }
}
