//! Rule RR-1: civil dates, months, birthdays.

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::Date;

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

#[test]
fn text_is_exactly_a_civil_date() {
    for text in ["0001-01-01", "2024-02-29", "2000-02-29", "9999-12-31"] {
        assert_eq!(date(text).to_string(), text);
    }
    let wrong = [
        "",
        "2024-2-29",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-10",
        "2024-01-00",
        "2024-01-32",
        "2024-04-31",
        "0000-12-31",
        "24-01-01",
        "2024/01/01",
        "20240101",
        "2024-01-01 ",
        " 2024-01-01",
        "2024-01-01T00:00:00Z",
        "+024-01-01",
        "-024-01-01",
        "2024-1 -01",
        "２０２４-01-01",
        "2024-01-0１",
    ];
    for text in wrong {
        assert!(text.parse::<Date>().is_err(), "{text:?} is no civil date");
    }
}

#[test]
fn months_are_added_to_the_same_day_or_the_months_last() {
    let table = [
        ("2024-01-15", 0, "2024-01-15"),
        ("2024-01-15", 1, "2024-02-15"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2023-01-29", 1, "2023-02-28"),
        ("2024-01-29", 1, "2024-02-29"),
        ("2024-03-31", 1, "2024-04-30"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-02-28", 12, "2024-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2023-08-31", 18, "2025-02-28"),
        ("2023-12-31", 24, "2025-12-31"),
        ("2023-11-30", 3, "2024-02-29"),
        ("1899-02-28", 12, "1900-02-28"),
        ("2023-12-01", 1, "2024-01-01"),
        ("9999-12-15", 1, "9999-12-31"),
        ("2024-01-01", u32::MAX, "9999-12-31"),
    ];
    for (from, months, expected) in table {
        assert_eq!(date(from).add_months(months), date(expected), "{from} + {months} months");
    }
}

#[test]
fn days_are_added_without_rolling() {
    let table = [
        ("2024-02-28", 1, "2024-02-29"),
        ("2024-02-28", 2, "2024-03-01"),
        ("2023-02-28", 1, "2023-03-01"),
        ("2024-03-04", 30, "2024-04-03"),
        ("2024-01-01", 366, "2025-01-01"),
        ("2024-03-09", 1, "2024-03-10"),
        ("2024-01-01", -1, "2023-12-31"),
        ("0001-01-01", -1, "0001-01-01"),
        ("9999-12-31", 1, "9999-12-31"),
        ("9999-12-31", i32::MAX, "9999-12-31"),
        ("0001-01-01", i32::MIN, "0001-01-01"),
    ];
    for (from, days, expected) in table {
        assert_eq!(date(from).add_days(days), date(expected), "{from} + {days} days");
    }
    assert_eq!(date("2024-02-28").next(), date("2024-02-29"));
    assert_eq!(Date::MAX.next(), Date::MAX);
}

#[test]
fn full_months_lack_one_until_the_day_is_reached() {
    let table = [
        ("2023-02-15", "2023-02-15", 0),
        ("2023-02-15", "2023-03-14", 0),
        ("2023-02-15", "2023-03-15", 1),
        ("2023-02-15", "2024-02-14", 11),
        ("2023-02-15", "2024-02-15", 12),
        ("2023-01-31", "2023-02-28", 0),
        ("2023-01-31", "2023-03-01", 1),
        ("2024-01-31", "2024-02-29", 0),
        ("2024-02-29", "2025-02-28", 11),
        ("2024-02-29", "2025-03-01", 12),
        ("2024-02-29", "2028-02-29", 48),
        ("2023-03-15", "2023-02-15", -1),
        ("2023-03-15", "2023-02-14", -2),
        ("2023-12-31", "2024-01-01", 0),
    ];
    for (from, to, expected) in table {
        assert_eq!(date(from).full_months_until(date(to)), expected, "{from} to {to}");
    }
}

#[test]
fn a_birthday_of_29_february_falls_on_1_march() {
    let table = [
        ("2008-02-29", 0, "2008-02-29"),
        ("2008-02-29", 1, "2009-03-01"),
        ("2008-02-29", 16, "2024-02-29"),
        ("2008-02-29", 18, "2026-03-01"),
        ("2008-02-28", 18, "2026-02-28"),
        ("2006-12-31", 18, "2024-12-31"),
        ("1896-02-29", 4, "1900-03-01"),
        ("9990-06-01", 10, "9999-12-31"),
        ("2008-06-01", i32::MAX, "9999-12-31"),
        ("0010-06-01", -10, "0001-01-01"),
        ("2008-06-01", i32::MIN, "0001-01-01"),
    ];
    for (born, years, expected) in table {
        assert_eq!(date(born).birthday(years), date(expected), "{born}, {years} years");
    }
}

#[test]
fn the_range_ends_where_writing_does() {
    assert_eq!(Date::MIN, date("0001-01-01"));
    assert_eq!(Date::MAX, date("9999-12-31"));
    assert_eq!(Date::MIN.day_number(), 1);
    assert_eq!(Date::from_day_number(i32::MAX), Date::MAX);
    assert_eq!(Date::from_day_number(0), Date::MIN);
    assert_eq!(Date::from_ymd(0, 12, 31), None);
    assert_eq!(Date::from_ymd(10_000, 1, 1), None);
    assert_eq!(Date::from_chrono(NaiveDate::MAX), Date::MAX);
    assert_eq!(Date::from_chrono(NaiveDate::MIN), Date::MIN);
    assert_eq!(date("0987-06-05").month_text(), "0987-06");
}

/// Dates from 1900 to 2100.
fn dates() -> impl Strategy<Value = Date> {
    (693_596..766_645_i32).prop_map(Date::from_day_number)
}

proptest! {
    #[test]
    fn text_and_number_give_the_date_back(day in 1..=3_652_059_i32) {
        let date = Date::from_day_number(day);
        prop_assert_eq!(date.day_number(), day);
        prop_assert_eq!(date.to_string().parse(), Ok(date));
        let (y, m, d) = date.ymd();
        prop_assert_eq!(Date::from_ymd(y, m, d), Some(date));
    }

    #[test]
    fn months_keep_the_order_and_the_count(a in dates(), days in 0..2000, n in 0..240_u32) {
        let b = a.add_days(days);
        prop_assert!(a.add_months(n) <= b.add_months(n));
        let late = a.add_months(n);
        // Clamped to a shorter month, the count lacks one.
        let clamped = late.ymd().2 < a.ymd().2;
        let full = a.full_months_until(late) + i32::from(clamped);
        prop_assert_eq!(u32::try_from(full), Ok(n));
        prop_assert!(late.next().ymd().2 == 1 || !clamped, "clamped to a month's last day");
    }

    #[test]
    fn days_until_undoes_adding(a in dates(), n in -5000..5000_i32) {
        prop_assert_eq!(a.days_until(a.add_days(n)), n);
    }
}
