//! What was said late, by the cells of a history that it changes.

use events::{Date, Family};
use metrics::MetricId;
use timeline::{Fact, Pos, Sym, What};

use super::cells::Row;
use crate::Projection;
use crate::index::LaneId;
use crate::lane::Lane;

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
    /// By row and column: children merged, or no longer so, since the column before, or on whom
    /// another stream's events bear that were said since.
    others: Vec<Vec<Sym>>,
}

/// The known positions of columns, and the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    pub(super) rows: &'a [Row],
    /// In order.
    pub(super) known: &'a [Pos],
}

impl Grid<'_> {
    /// Whether one of the days is one of a row's.
    fn any(self, row: usize, days: &[Date]) -> bool {
        self.rows[row]
            .days
            .is_none_or(|of| days.iter().any(|day| of.start <= *day && *day <= of.end))
    }

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
        Self { columns, subjects, shared, others: vec![Vec::new(); cells] }
    }

    /// Of all that subjects share, by the families that a metric reads.
    pub(super) fn of_shared(projection: &Projection, grid: Grid<'_>, families: &[Family]) -> Self {
        let mut late = Self::new(grid);
        for lane in families.iter().flat_map(|family| projection.lanes_of(*family)) {
            let lane = projection.lane(*lane);
            let resting = projection.resting_on(lane);
            let returns = returns(lane);
            for fact in lane.stream().facts.iter() {
                for (row, column) in grid.cells(&fact) {
                    let cell = row * late.columns + column;
                    match &resting {
                        None => late.shared[cell] = true,
                        // A case that was returned on none of a row's days is none of its cases.
                        Some(_) if lane.family == Family::Case && !grid.any(row, &returns) => {}
                        Some(names) => late.others[cell].extend(names),
                    }
                }
            }
        }
        late
    }

    /// Of so many children and members of staff: of their facts those that the metric may read.
    pub(super) fn of_subjects(
        projection: &Projection,
        grid: Grid<'_>,
        subjects: &[LaneId],
        metric: MetricId,
    ) -> Self {
        let mut late = Self::new(grid);
        let first = grid.rows.iter().filter_map(|row| grid.known.get(row.first)).min();
        for id in subjects {
            let lane = projection.lane(*id);
            if first.is_none_or(|first| lane.changed <= *first) {
                continue;
            }
            let facts = lane.stream().facts.iter();
            for fact in facts.filter(|fact| metric.may_read(&fact.what)) {
                for (row, column) in grid.cells(&fact) {
                    let cell = row * late.columns + column;
                    let subjects = &mut late.subjects[cell];
                    if subjects.last() != Some(id) {
                        subjects.push(*id);
                    }
                    if let What::Merged { into } = fact.what {
                        late.others[cell].extend([lane.name, into]);
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
        for (mine, others) in self.others.iter_mut().zip(others.others) {
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

    /// The subjects of whom something was said on other streams: merges, returns of cases,
    /// credentials of a facility.
    pub(super) fn others(&self, row: usize, column: usize) -> &[Sym] {
        &self.others[row * self.columns + column]
    }
}

/// The days on which a case was returned, as some event says or said.
fn returns(lane: &Lane) -> Vec<Date> {
    let returned = |fact: &Fact| matches!(fact.what, What::Returned { .. });
    lane.stream().facts.iter().filter(returned).map(|fact| fact.day).collect()
}
