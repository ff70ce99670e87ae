//! Every cell of a history is the total of a report of its own.

use std::sync::Arc;

use eventlog::{Batch, EventLog, Memory, SeededEntropy, SetClock};
use events::{Date, Position, Timestamp};
use metrics::{MetricId, Period};
use proptest::prelude::*;

use super::{History, Shape, last_day, month_ends, periods};
use crate::tests::concerned::{questions_on_others, resting_on_others};
use crate::tests::histories::{Said, history, incoming};
use crate::tests::laws::questions;
use crate::{Known, Projection};

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn days(start: &str, end: &str) -> Period {
    Period { start: date(start), end: date(end) }
}

fn shape(effective: Period, months: u32) -> Shape {
    Shape { effective, months, fixed_as_of: false, known: None }
}

#[test]
fn months_lie_wholly_in_the_period_and_reach_back() {
    let whole = periods(&shape(days("2023-12-01", "2024-02-29"), 1));
    let expected = [
        days("2023-12-01", "2023-12-31"),
        days("2024-01-01", "2024-01-31"),
        days("2024-02-01", "2024-02-29"),
    ];
    assert_eq!(whole, expected);
    assert_eq!(periods(&shape(days("2024-02-01", "2024-02-28"), 1)), []);
    let years = periods(&shape(days("2024-01-15", "2024-02-29"), 12));
    assert_eq!(years, [days("2023-02-01", "2024-01-31"), days("2023-03-01", "2024-02-29")]);
    assert_eq!(last_day(date("2024-02-03")), date("2024-02-29"));
    assert_eq!(month_ends(Date::MAX, Date::MAX), [Date::MAX]);
}

/// Instants beside the ends of months in Chicago: half past ten or eleven on the last evening, then
/// after midnight.
fn recorded(n: usize) -> Timestamp {
    let month = u32::try_from(n / 2).expect("small");
    let first = date("2023-01-01").add_months(month);
    let hour = if n.is_multiple_of(2) { 4 } else { 6 };
    format!("{first}T0{hour}:30:00Z").parse().expect("an instant")
}

/// A projection of what was said, two events a month.
fn folded(said: &[Said]) -> Projection {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let clock = Arc::new(SetClock::at(recorded(0)));
        let log = Memory::new("history", clock.clone(), SeededEntropy(1));
        for (index, said) in said.iter().enumerate() {
            clock.set(recorded(index));
            let events = vec![incoming(index, said)];
            // Amendments of what no longer stands are refused.
            let _ = log.append(Batch::Adapter { events, recorded_by: "tester".to_owned() }).await;
        }
        let mut projection = Projection::default();
        for event in log.page(Position(1), 10_000).await.expect("a page") {
            projection.apply(&event).expect("applied");
        }
        projection
    })
}

/// Every cell is the total of a report of its own.
fn check(projection: &Projection, found: &History, known: &Known) {
    for row in &found.rows {
        assert_eq!(row.asked.period, Some(row.period));
        for (column, cell) in found.columns.iter().zip(&row.cells) {
            let at = column.known.position;
            assert!(at <= known.position);
            // Nothing recorded by then is left out, and nothing later taken.
            let on = |position: u64| {
                projection.recorded_time(Position(position)).map(|t| t.chicago_date())
            };
            assert!(on(at.0).is_none_or(|day| day <= column.through));
            let next = on(at.0 + 1).filter(|_| at < known.position);
            assert!(next.is_none_or(|day| day > column.through));
            let total = projection.report(&row.asked, column.known.clone()).answer.total;
            let expected = (column.through >= row.period.end).then_some(total);
            assert_eq!(*cell, expected);
        }
    }
}

#[test]
fn late_credentials_and_returns_change_the_cells_of_whom_they_concern() {
    let projection = folded(&resting_on_others());
    let known = Known::head(&projection);
    for asked in questions_on_others("2023-01-01..2023-01-31", "2023-01-31") {
        let found = projection.history(&asked, &shape(days("2023-01-01", "2023-01-31"), 1), &known);
        check(&projection, &found, &known);
        let cells: Vec<_> = found.rows[0].cells.iter().flatten().collect();
        assert_ne!(cells.first(), cells.last(), "{}", asked.metric.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_cell_is_the_total_of_a_report(said in history(), months in 1_u32..4, at in 5_u64..45, fixed in any::<bool>()) {
        let projection = folded(&said);
        let known = Known { position: Position(at).min(projection.position()), known_at: None };
        for asked in questions().into_iter().filter(|asked| asked.metric != MetricId::Scorecard) {
            let mut shape = shape(days("2023-01-01", "2023-06-30"), months);
            shape.fixed_as_of = fixed;
            let found = projection.history(&asked, &shape, &known);
            assert_eq!(found.rows.len(), 6);
            check(&projection, &found, &known);
        }
    }
}
