//! The cells of a history: every row is counted once, then moved on from column to column.

use std::collections::BTreeSet;

use events::{Date, Family, Position};
use metrics::{Asked, Concern, Evaluation, Line, MetricId, Period, Sums};
use timeline::{Pos, Sym, World};

use super::Column;
use super::late::{Grid, Late};
use crate::members::closed;
use crate::people::LaneSet;
use crate::threads::{cores, spread};
use crate::{Known, Projection};

/// An effective month of a history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) as_of: Date,
    /// The days that count.
    pub(super) days: Option<Period>,
    /// The first column that is not before the end of its period.
    pub(super) first: usize,
}

impl Projection {
    /// The total of each question at the position of each column that is not before its period's
    /// end. Questions and columns are in order of time.
    pub(super) fn totals(&self, questions: &[Asked], columns: &[Column]) -> Vec<Vec<Option<Line>>> {
        let Some(asked) = questions.first() else { return Vec::new() };
        let known: Vec<Pos> = columns.iter().map(|column| column.known.pos()).collect();
        let row = |asked: &Asked| {
            let before = |column: &Column| asked.period.is_some_and(|p| column.through < p.end);
            Row { as_of: asked.as_of, days: asked.days(), first: columns.partition_point(before) }
        };
        let rows: Vec<Row> = questions.iter().map(row).collect();
        let grid = Grid { rows: &rows, known: &known };
        let late = self.late(grid, asked.metric);
        spread(rows.len(), |row| self.cells(&questions[row], row, grid, &late))
    }

    fn late(&self, grid: Grid<'_>, metric: MetricId) -> Late {
        let (children, staff) = (self.lanes_of(Family::Child), self.lanes_of(Family::Staff));
        let subjects = [children, staff].concat();
        let parts: Vec<_> = subjects.chunks(subjects.len().div_ceil(cores()).max(1)).collect();
        let mut late = Late::of_shared(self, grid, metric.reads_families());
        for part in spread(parts.len(), |part| Late::of_subjects(self, grid, parts[part], metric)) {
            late.take(part);
        }
        late
    }

    /// One row.
    fn cells(&self, asked: &Asked, row: usize, grid: Grid<'_>, late: &Late) -> Vec<Option<Line>> {
        // The rows of an answer stand in no cell.
        let asked = Asked { by: Vec::new(), ..asked.clone() };
        let first = grid.rows[row].first;
        if asked.metric == MetricId::Baseline {
            // Each of its months has a world of its own.
            let known = |at: &Pos| Known { position: Position(u64::from(*at)), known_at: None };
            let total = |at: &Pos| self.report(&asked, known(at)).answer.total;
            let cells = grid.known.iter().enumerate();
            return cells.map(|(column, at)| (column >= first).then(|| total(at))).collect();
        }
        let mut cells = vec![None; first];
        let mut counted: Option<Counted<'_>> = None;
        for (column, at) in grid.known.iter().enumerate().skip(first) {
            let next = match counted.take() {
                Some(before) if !late.is_shared(row, column) => {
                    let subjects = late.subjects(row, column);
                    before.moved(self, &asked, *at, subjects, late.others(row, column))
                }
                _ => Counted::anew(self, &asked, *at, *grid.known.last().unwrap_or(at)),
            };
            cells.push(Some(next.total.clone()));
            counted = Some(next);
        }
        cells
    }
}

/// A question, counted at a position.
struct Counted<'p> {
    world: World<'p>,
    /// Who may count at this position, or up to the last one.
    candidates: LaneSet,
    sums: Vec<Sums>,
    total: Line,
}

impl<'p> Counted<'p> {
    fn anew(projection: &'p Projection, asked: &Asked, known: Pos, last: Pos) -> Self {
        let world = projection.world_for(asked, known);
        let mut evaluation = Evaluation::new(&world, asked);
        let concerns = evaluation.concerns();
        let concerned = projection.concerned(&world, &concerns);
        let candidates = projection.candidates(&world, &concerns, last).0;
        for sums in projection.count(&evaluation, &world.at, &concerned, 1, 1) {
            evaluation.take(sums);
        }
        let (sums, total) = (evaluation.sums(), evaluation.finish().total);
        Self { world, candidates, sums, total }
    }

    /// The same at a later position, at which something is known of these subjects, and on other
    /// streams of these: what they count for now, less what they counted for before.
    fn moved(
        self,
        projection: &'p Projection,
        asked: &Asked,
        known: Pos,
        subjects: &[u32],
        others: &[Sym],
    ) -> Self {
        let name = |lane: &u32| projection.lane(*lane).name;
        let may_count = |lane: &&u32| {
            self.candidates.contains(**lane) || projection.index().was_merged(name(lane))
        };
        let subjects = subjects.iter().filter(may_count).map(name);
        let names: BTreeSet<Sym> = subjects.chain(others.iter().copied()).collect();
        if names.is_empty() {
            return self;
        }
        let world = projection.world_for(asked, known);
        let worlds = [&self.world, &world];
        // Who was one child before, or is so now, is counted as such.
        let concerns = [Concern::Named(closed(names, worlds))];
        let mut evaluation = Evaluation::new(&world, asked);
        evaluation.take(self.sums);
        for (world, times) in worlds.into_iter().zip([-1, 1]) {
            let judged = Evaluation::new(world, asked);
            let concerned = projection.concerned(world, &concerns);
            for sums in projection.count(&judged, &world.at, &concerned, times, 1) {
                evaluation.take(sums);
            }
        }
        let (sums, total) = (evaluation.sums(), evaluation.finish().total);
        Self { world, candidates: self.candidates, sums, total }
    }
}
