//! One metric as it was known month by month: the triangle of its restatements.
//!
//! It is made in one pass ([`cells`]): every effective month is counted once, as it was known at its
//! end, and for every later month only the children of whom something was said late.

mod cells;
mod late;
mod words;

pub use words::HistoryWords;

use events::{Date, Position};
use metrics::{Asked, Line, Period};

use crate::{Known, Projection};

/// A metric's totals by effective month and by month of knowledge.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The months in which it was known, in order.
    pub columns: Vec<Column>,
    /// The effective months, in order.
    pub rows: Vec<Month>,
}

/// A month in which something was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its last day, in Chicago.
    pub through: Date,
    /// The last position recorded by then.
    pub known: Known,
}

/// An effective month, as it was known in each of the later ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Month {
    /// The question that it is: the period that ends with the month, and its as-of date.
    pub asked: Asked,
    /// The days that count; those of the question.
    pub period: Period,
    /// The total in each column; `None` in months before its own.
    pub cells: Vec<Option<Line>>,
}

/// What a history is made of, beside its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The days within which the effective months lie.
    pub effective: Period,
    /// How many months each period has.
    pub months: u32,
    /// Whether every period has the question's as-of date, or that of its own end.
    pub fixed_as_of: bool,
    /// The days within which months of knowledge lie; `None`: from the first effective month on.
    pub known: Option<Period>,
}

impl Projection {
    /// The history of a question up to what is known at a position. Each row is the question put to
    /// one period, each column what was known at the end of a month in Chicago (of the last one at
    /// the position itself), so a cell is what a report gave on that day.
    #[must_use]
    pub fn history(&self, asked: &Asked, shape: &Shape, known: &Known) -> History {
        let periods = periods(shape);
        let from = shape.known.map_or(shape.effective.start, |days| days.start);
        let to = self.recorded_time(known.position).map(|time| time.chicago_date());
        let to = shape.known.map_or(to, |days| to.map(|to| to.min(days.end)));
        let ends = to.map_or_else(Vec::new, |to| month_ends(from, last_day(to)));
        let first = periods.first().map(|period| period.end);
        let ends = ends.into_iter().filter(|end| first.is_none_or(|first| *end >= first));
        let columns: Vec<Column> = ends
            .map(|through| {
                let position = self.known_through(through).min(known.position);
                Column { through, known: Known { position, known_at: None } }
            })
            .collect();
        let questions: Vec<Asked> = periods
            .iter()
            .map(|period| {
                let as_of = if shape.fixed_as_of { asked.as_of } else { period.end };
                Asked { period: Some(*period), as_of, ..asked.clone() }
            })
            .collect();
        let cells = self.totals(&questions, &columns);
        let rows = questions.into_iter().zip(periods).zip(cells);
        let rows = rows.map(|((asked, period), cells)| Month { asked, period, cells });
        History { columns, rows: rows.collect() }
    }

    /// The last position recorded on a day in Chicago or before.
    fn known_through(&self, day: Date) -> Position {
        let (mut known, mut later) = (0, self.position().0 + 1);
        while later - known > 1 {
            let middle = known + (later - known) / 2;
            let recorded = self.recorded_time(Position(middle));
            if recorded.is_some_and(|time| time.chicago_date() <= day) {
                known = middle;
            } else {
                later = middle;
            }
        }
        Position(known)
    }
}

/// The periods that end with the months of a shape: months that lie wholly in it, each with those
/// before it that belong to its period.
fn periods(shape: &Shape) -> Vec<Period> {
    let ends = month_ends(shape.effective.start, shape.effective.end);
    let back = |end: Date| {
        let (year, month, _) = end.ymd();
        let month = year * 12 + i32::try_from(month).unwrap_or(1)
            - i32::try_from(shape.months).unwrap_or(1);
        Date::from_ymd(month.div_euclid(12), month.rem_euclid(12).unsigned_abs() + 1, 1)
    };
    let period = |end: Date| back(end).map(|start| Period { start, end });
    ends.into_iter().filter_map(period).collect()
}

/// The last day of a day's month.
fn last_day(day: Date) -> Date {
    let (year, month, _) = day.ymd();
    (28..=31).rev().find_map(|n| Date::from_ymd(year, month, n)).unwrap_or(day)
}

/// The month ends from the first one not before `from` to the last one not behind `to`.
fn month_ends(from: Date, to: Date) -> Vec<Date> {
    let next = |end: &Date| Some(last_day(end.next())).filter(|next| next > end);
    std::iter::successors(Some(last_day(from)), next).take_while(|end| *end <= to).collect()
}

#[cfg(test)]
mod tests;
