//! Months of a window, and the distribution of their values.

use super::*;

fn asked(period: &str, as_of: &str) -> Asked {
    let period = period.parse().expect("a period");
    let mut asked = Asked::new(MetricId::Baseline, Some(period), as_of.parse().expect("a date"));
    let asked = asked.as_mut().expect("a question");
    asked.set_text("metric", "timely-permanency").expect("a metric");
    asked.clone()
}

fn month_names(period: &str, as_of: &str) -> Vec<String> {
    let named = |month: &Asked| {
        let period = month.period.expect("a period");
        assert_eq!(month.as_of, period.end);
        assert_eq!(period.start.month_text(), period.end.month_text());
        period.start.month_text()
    };
    months(&asked(period, as_of)).iter().map(named).collect()
}

#[test]
fn only_whole_months_count() {
    let all = ["2023-12", "2024-01", "2024-02"];
    assert_eq!(month_names("2023-12-01..2024-02-29", "2024-02-29"), all);
    assert_eq!(month_names("2023-12-02..2024-02-29", "2024-02-29"), all[1..]);
    assert_eq!(month_names("2023-12-01..2024-02-28", "2024-12-31"), all[..2]);
    assert_eq!(month_names("2023-11-30..2024-03-01", "2024-12-31"), all);
    // The period is cut at the as-of date.
    assert_eq!(month_names("2023-12-01..2024-12-31", "2024-02-29"), all);
    assert_eq!(month_names("2023-12-01..2024-12-31", "2024-02-28"), all[..2]);
    assert_eq!(month_names("2024-01-02..2024-01-31", "2024-12-31"), [""; 0]);
    assert_eq!(month_names("2023-12-01..2024-12-31", "2023-11-30"), [""; 0]);
}

#[test]
fn a_baseline_is_of_one_metric() {
    let period = "2024-01-01..2024-03-31".parse().expect("a period");
    let mut nothing = Asked::new(MetricId::Baseline, Some(period), period.end).expect("a question");
    assert!(nothing.measured().is_err() && months(&nothing).is_empty());
    for other in ["baseline", "scorecard", "incentive", "luck"] {
        assert!(nothing.set_text("metric", other).is_err(), "{other}");
    }
    // It is grouped as its metric is, but by month.
    let mut of_staff = nothing.clone();
    of_staff.set_text("metric", "trauma-training").expect("a metric");
    assert!(of_staff.group_by("county").is_err());
    of_staff.group_by("provider").expect("a dimension");
    assert!(asked("2024-01-01..2024-03-31", "2024-03-31").group_by("month").is_err());
    asked("2024-01-01..2024-03-31", "2024-03-31").group_by("goal").expect("a dimension");
}

/// min, q1, median, q3, max of values in any order.
fn five(values: &[(i64, i64)]) -> Vec<String> {
    let mut values: Vec<Exact> = values.iter().map(|(n, d)| fraction(*n, *d)).collect();
    values.sort();
    (0..=4).map(|quarter| at(&values, quarter).as_ref().map_or("none".to_owned(), lowest)).collect()
}

#[test]
fn quartiles_are_interpolated_inclusively_and_exactly() {
    assert_eq!(five(&[]), ["none"; 5]);
    assert_eq!(five(&[(3, 6)]), ["1/2"; 5]);
    assert_eq!(five(&[(1, 1), (0, 1)]), ["0", "1/4", "1/2", "3/4", "1"]);
    assert_eq!(five(&[(3, 1), (1, 1), (2, 1)]), ["1", "3/2", "2", "5/2", "3"]);
    assert_eq!(five(&[(4, 1), (1, 1), (3, 1), (2, 1)]), ["1", "7/4", "5/2", "13/4", "4"]);
    assert_eq!(five(&[(5, 1), (1, 1), (3, 1), (2, 1), (4, 1)]), ["1", "2", "3", "4", "5"]);
    assert_eq!(five(&[(1, 3), (1, 2), (2, 3), (3, 4)]), ["1/3", "11/24", "7/12", "11/16", "3/4"]);
}

#[test]
fn the_last_month_that_can_be_written_ends_the_months() {
    let asked = asked("9999-11-01..9999-12-31", "9999-12-31");
    let days: Vec<_> = months(&asked).into_iter().filter_map(|month| month.period).collect();
    let period = |text: &str| text.parse::<Period>().expect("a period");
    assert_eq!(days, [period("9999-11-01..9999-11-30"), period("9999-12-01..9999-12-31")]);
}
