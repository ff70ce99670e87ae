//! The baseline of a metric: its months and their distribution, from which a benchmark can be set.
//!
//! **Citation.** Phase II metrics document (baselines of three to six months, or of one year);
//! RSMo 210.112.2(4) (data are collected monthly).
//!
//! **Populations.** One value for each whole calendar month of the period: that of the metric in the
//! month, as of its last day. Of the months that have a value: n, min, q1, median, q3, max, with
//! quartiles by inclusive linear interpolation (between the values at the places (n - 1)/4,
//! (n - 1)/2 and 3(n - 1)/4, from 0), exact. The value is the median. A group has the months in
//! which it has a row; the total has every month's total.
//!
//! **Parameters.** metric = the metric that is measured, which must be said; incentive, scorecard and
//! baseline itself have no baseline.
//!
//! **Undetermined by any source.** The window; which statistic becomes the benchmark. Both are
//! recorded with the decision (benchmark.decided).

use std::collections::BTreeMap;

use events::Json;

use crate::amount::{fraction, lowest};
use crate::answer::Reason;
use crate::scorecard::value_in_words;
use crate::{Answer, Asked, Composition, Exact, Line, MetricId, Period, Row};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// A month's question, and its answer.
pub type MonthAnswered = (Asked, Answer);

/// The value of a group or of the total, month by month; `None` where the month has none.
type Months<'a> = Vec<(Period, &'a Line)>;

/// The questions that a baseline puts to its metric: one for each whole calendar month of the days
/// that count. None for any other question.
#[must_use]
pub fn months(asked: &Asked) -> Vec<Asked> {
    let (Some(days), Ok(metric)) = (asked.days(), asked.measured()) else { return Vec::new() };
    let question = |month: Period| Asked {
        metric,
        period: Some(month),
        as_of: month.end,
        set: BTreeMap::new(),
        ..asked.clone()
    };
    days.whole_months().map(question).collect()
}

/// The answer, from those of its months in order.
#[must_use]
pub fn answer(months: &[MonthAnswered]) -> Answer {
    let rows = rows(months).into_iter().map(|(row, months)| line(row.clone(), &months));
    Answer { rows: rows.collect(), total: line(Row::default(), &total(months)) }
}

/// How each row comes about, the total's last: month by month, then the distribution.
#[must_use]
pub fn compositions(months: &[MonthAnswered]) -> Vec<Composition> {
    let Some((asked, _)) = months.first() else { return Vec::new() };
    let metric = asked.metric;
    let all = rows(months).into_iter().map(|(row, months)| (row.clone(), months));
    let all = all.chain([(Row::default(), total(months))]);
    all.map(|(row, months)| composition(metric, row, &months)).collect()
}

fn composition(metric: MetricId, row: Row, months: &Months<'_>) -> Composition {
    let mut composition = Composition::of(row);
    for (Period { start, end }, line) in months {
        let value = value_in_words(Some(line));
        composition.step(metric.name(), None, format!("{start} to {end}, as of {end}: {value}"));
    }
    let values = sorted(months);
    let words: Vec<_> = values.iter().map(lowest).collect();
    composition.step("in_order", None, format!("n {}: {}", values.len(), words.join(", ")));
    let quartiles = STATISTICS.iter().zip(0..);
    let words: Vec<_> = quartiles
        .filter_map(|(name, quarter)| Some(format!("{name} {}", lowest(&at(&values, quarter)?))))
        .collect();
    let words =
        if words.is_empty() { Reason::NoValues.name().to_owned() } else { words.join(", ") };
    composition.step("distribution", None, words);
    composition
}

/// Every group that has a row in some month, with the lines of these months.
fn rows(months: &[MonthAnswered]) -> BTreeMap<&Row, Months<'_>> {
    let mut rows: BTreeMap<&Row, Months<'_>> = BTreeMap::new();
    for (month, answer) in by_month(months) {
        for line in &answer.rows {
            rows.entry(&line.row).or_default().push((month, line));
        }
    }
    rows
}

fn total(months: &[MonthAnswered]) -> Months<'_> {
    by_month(months).map(|(month, answer)| (month, &answer.total)).collect()
}

fn by_month(months: &[MonthAnswered]) -> impl Iterator<Item = (Period, &Answer)> {
    months.iter().filter_map(|(asked, answer)| Some((asked.period?, answer)))
}

/// The names of the five statistics, by quarters of the way through the values.
const STATISTICS: [&str; 5] = ["min", "q1", "median", "q3", "max"];

/// How many quarters the median is through the values.
const MEDIAN: usize = 2;

fn sorted(months: &Months<'_>) -> Vec<Exact> {
    let mut values: Vec<Exact> = months.iter().filter_map(|(_, line)| line.exact.clone()).collect();
    values.sort();
    values
}

/// The value that lies so many quarters of the way through sorted values, interpolated.
fn at(values: &[Exact], quarter: usize) -> Option<Exact> {
    let place = values.len().checked_sub(1)? * quarter;
    let (below, rest) = (&values[place / 4], i64::try_from(place % 4).unwrap_or_default());
    let above = values.get(place / 4 + 1).unwrap_or(below);
    Some(below + (above - below) * fraction(rest, 4))
}

fn line(row: Row, months: &Months<'_>) -> Line {
    let values = sorted(months);
    let text = |exact: Option<Exact>| exact.map_or(Json::Null, |exact| lowest(&exact).into());
    let month = |(month, line): &(Period, &Line)| {
        let value = text(line.exact.clone());
        Json::object([("month", month.start.month_text().into()), ("value", value)])
    };
    let statistics =
        STATISTICS.iter().zip(0..).map(|(name, quarter)| (*name, at(&values, quarter)));
    let detail = statistics.map(|(name, value)| (name, text(value))).chain([
        ("n", i64::try_from(values.len()).map_or(Json::Null, Json::Int)),
        ("months", Json::Array(months.iter().map(month).collect())),
    ]);
    let median = at(&values, MEDIAN);
    Line {
        row,
        numerator: Json::Null,
        denominator: Json::Null,
        unknown: Json::Int(0),
        excluded: Json::Int(0),
        value: median.as_ref().map(lowest),
        display: None,
        reason: median.is_none().then_some(Reason::NoValues),
        exact: median,
        detail: Json::object(detail),
    }
}

#[cfg(test)]
mod tests;
