//! The sink that counts: rows and total of an answer.

use rustc_hash::FxHashMap;
use timeline::{Names, World};

use crate::{Asked, Cells, Dimension, Division, Group, Member, Row, Sink};

/// Which groups pass a question's filter, and which row each belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    by: Vec<Dimension>,
    filter: Vec<(Dimension, String)>,
}

impl Frame {
    pub(crate) fn of(asked: &Asked) -> Self {
        let filter = asked.filter.iter().map(|(d, v)| (*d, v.clone())).collect();
        Self { by: asked.by.clone(), filter }
    }

    pub(crate) fn passes(&self, group: &Group, names: &Names) -> bool {
        let same =
            |(d, value): &(Dimension, String)| group.value(*d, names).as_ref() == Some(value);
        self.filter.iter().all(same)
    }

    pub(crate) fn key(&self, group: &Group) -> Group {
        group.only(&self.by)
    }

    pub(crate) fn row(&self, key: &Group, names: &Names) -> Row {
        Row(self.by.iter().map(|d| (*d, key.value(*d, names))).collect())
    }
}

/// Counts by row, and in total.
#[derive(Debug, Clone)]
pub struct Tally<'w> {
    names: &'w Names,
    frame: Frame,
    rows: FxHashMap<Group, Cells>,
    total: Cells,
}

impl<'w> Tally<'w> {
    /// An empty tally for a question.
    #[must_use]
    pub fn new(world: &World<'w>, asked: &Asked) -> Self {
        let (rows, total) = (FxHashMap::default(), Cells::default());
        Self { names: world.names, frame: Frame::of(asked), rows, total }
    }

    /// The same without what was counted.
    pub(crate) fn emptied(&self) -> Self {
        let (rows, total) = (FxHashMap::default(), Cells::default());
        Self { names: self.names, frame: self.frame.clone(), rows, total }
    }

    /// Adds what another tally of the same question counted.
    pub(crate) fn join(&mut self, other: Self) {
        self.total += &other.total;
        for (key, cells) in other.rows {
            *self.rows.entry(key).or_default() += &cells;
        }
    }

    /// The total.
    #[must_use]
    pub fn total(&self) -> &Cells {
        &self.total
    }

    /// The rows in the order of an answer; none where the question does not group.
    #[must_use]
    pub fn rows(&self) -> Vec<(Row, &Cells)> {
        if self.frame.by.is_empty() {
            return Vec::new();
        }
        let row = |(key, cells)| (self.frame.row(key, self.names), cells);
        let mut rows: Vec<_> = self.rows.iter().map(row).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows
    }

    fn add_to_row(&mut self, key: Group, cells: &Cells) {
        if !self.frame.by.is_empty() {
            *self.rows.entry(key).or_default() += cells;
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
                    self.total += &cells;
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
                self.total += &cells(&passing);
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
