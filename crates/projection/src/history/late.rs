//! What was said late, by the cells of a history that it changes.

use events::Family;
use timeline::{Fact, Pos, Sym, What};

use super::cells::Row;
use crate::Projection;
use crate::index::LaneId;

/// What was said behind the first column of a row about days that the row sees: nothing else
/// changes from one column of a row to the next.
#[derive(Debug, Clone)]
pub(super) struct Late {
    /// Columns of every row.
    columns: usize,
    /// By row and column: the subjects of whom something was said since the column before, each once.
    subjects: Vec<Vec<LaneId>>,
    /// By row and column: whether since the column before something was said of what subjects share.
    shared: Vec<bool>,
    /// By row and column: children merged, or no longer so, since the column before.
    merged: Vec<Vec<Sym>>,
}

/// The known positions of columns, and the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    pub(super) rows: &'a [Row],
    /// In order.
    pub(super) known: &'a [Pos],
}

impl Grid<'_> {
    /// The cells that a fact changes: the rows that see its day, at each column since which it began
    /// or ceased to stand, where that is not their first.
    fn cells(self, fact: &Fact) -> impl Iterator<Item = (usize, usize)> {
        let seen = move |row: &Row| row.as_of < fact.day && !fact.what.uncut();
        let from = self.rows.partition_point(seen);
        let ends = [Some(fact.from), Some(fact.to).filter(|to| *to != Pos::MAX)];
        ends.into_iter().flatten().flat_map(move |at| {
            let column = self.known.partition_point(|known| *known < at);
            let counted = column < self.known.len();
            let to = self.rows.partition_point(|row| counted && row.first < column);
            (from..to).map(move |row| (row, column))
        })
    }
}

impl Late {
    fn new(grid: Grid<'_>) -> Self {
        let (columns, cells) = (grid.known.len(), grid.known.len() * grid.rows.len());
        let (subjects, shared) = (vec![Vec::new(); cells], vec![false; cells]);
        Self { columns, subjects, shared, merged: vec![Vec::new(); cells] }
    }

    /// Of all that subjects share, by the families that a metric reads.
    pub(super) fn of_shared(projection: &Projection, grid: Grid<'_>, families: &[Family]) -> Self {
        let mut late = Self::new(grid);
        let streams = families.iter().flat_map(|family| projection.of_family(*family));
        for fact in streams.flat_map(|stream| stream.facts) {
            for (row, column) in grid.cells(fact) {
                late.shared[row * late.columns + column] = true;
            }
        }
        late
    }

    /// Of so many children and members of staff.
    pub(super) fn of_subjects(
        projection: &Projection,
        grid: Grid<'_>,
        subjects: &[LaneId],
    ) -> Self {
        let mut late = Self::new(grid);
        let first = grid.rows.iter().filter_map(|row| grid.known.get(row.first)).min();
        for id in subjects {
            let lane = projection.lane(*id);
            if first.is_none_or(|first| lane.changed <= *first) {
                continue;
            }
            for fact in lane.stream().facts {
                for (row, column) in grid.cells(fact) {
                    let cell = row * late.columns + column;
                    let subjects = &mut late.subjects[cell];
                    if subjects.last() != Some(id) {
                        subjects.push(*id);
                    }
                    if let What::Merged { into } = fact.what {
                        late.merged[cell].extend([lane.name, into]);
                    }
                }
            }
        }
        late
    }

    /// Takes what was found of others.
    pub(super) fn take(&mut self, others: Self) {
        for (mine, others) in self.subjects.iter_mut().zip(others.subjects) {
            mine.extend(others);
        }
        for (mine, others) in self.merged.iter_mut().zip(others.merged) {
            mine.extend(others);
        }
        for (mine, others) in self.shared.iter_mut().zip(others.shared) {
            *mine |= others;
        }
    }

    /// Whether all of a cell's row is to be counted anew.
    pub(super) fn is_shared(&self, row: usize, column: usize) -> bool {
        self.shared[row * self.columns + column]
    }

    /// The subjects of whom something was said.
    pub(super) fn subjects(&self, row: usize, column: usize) -> &[LaneId] {
        &self.subjects[row * self.columns + column]
    }

    /// The children of whom a merge was said, or taken back.
    pub(super) fn merged(&self, row: usize, column: usize) -> &[Sym] {
        &self.merged[row * self.columns + column]
    }
}
