//! Instants: the forms that are taken, and what is kept of them.

use proptest::prelude::*;

use crate::{Date, Timestamp};

#[test]
fn instants_are_written_in_utc_with_six_digits() {
    let table = [
        ("2024-03-01T08:30:00Z", "2024-03-01T08:30:00.000000Z"),
        ("2024-03-01T08:30:00.5Z", "2024-03-01T08:30:00.500000Z"),
        ("2024-03-01T08:30:00.123456Z", "2024-03-01T08:30:00.123456Z"),
        ("2024-03-01T08:30:00-06:00", "2024-03-01T14:30:00.000000Z"),
        ("2024-03-01T00:30:00+05:45", "2024-02-29T18:45:00.000000Z"),
        ("2024-03-01T08:30:00+00:00", "2024-03-01T08:30:00.000000Z"),
        ("2024-03-01T08:30:00-00:00", "2024-03-01T08:30:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ];
    for (text, written) in table {
        let at: Timestamp = text.parse().expect(text);
        assert_eq!(at.to_string(), written);
        assert_eq!(written.parse(), Ok(at));
        assert_eq!(Timestamp::containing(text), Ok(at));
    }
}

#[test]
fn other_forms_are_no_instants() {
    let wrong = [
        "",
        "2024-03-01",
        "2024-03-01T08:30:00",
        "2024-03-01T08:30Z",
        "2024-03-01 08:30:00Z",
        "2024-03-01t08:30:00Z",
        "2024-03-01T08:30:00z",
        "2024-03-01T08:30:00 Z",
        "2024-03-01T08:30:00Z ",
        " 2024-03-01T08:30:00Z",
        "2024-03-01T08:30:00UTC",
        "2024-03-01T08:30:00.Z",
        "2024-03-01T08:30:00,5Z",
        "2024-03-01T08:30:00+0600",
        "2024-03-01T08:30:00+06",
        "2024-03-01T08:30:00+06:60",
        "2024-03-01T08:30:00+24:00",
        "2024-03-01T08:30:00\u{2212}06:00",
        "2024-03-01T24:00:00Z",
        "2024-03-01T08:60:00Z",
        "2024-03-01T08:30:61Z",
        "2016-12-31T23:59:60Z",
        "2024-02-30T08:30:00Z",
        "2023-02-29T08:30:00Z",
        "24-03-01T08:30:00Z",
        "+2024-03-01T08:30:00Z",
        "20240301T083000Z",
        "0000-06-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "２024-03-01T08:30:00Z",
        "2024-03-01T08:30:00é",
    ];
    for text in wrong {
        assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
        assert!(Timestamp::containing(text).is_err(), "{text:?}");
    }
}

#[test]
fn finer_than_microseconds_is_for_sources_alone() {
    for text in [
        "2024-03-01T08:30:00.1234567Z",
        "2024-03-01T08:30:00.123456000Z",
        "2024-03-01T08:30:00.123456000000000001Z",
        "2024-03-01T08:30:00.123456999999999999999999999999Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}: a digit would be lost");
        let at = Timestamp::containing(text).expect(text);
        assert_eq!(at.to_string(), "2024-03-01T08:30:00.123456Z");
    }
}

#[test]
fn before_1970_the_microsecond_is_still_the_one_that_contains_the_instant() {
    let at = Timestamp::containing("1969-12-31T23:59:59.9999999Z").expect("an instant");
    assert_eq!(at.micros(), -1);
}

#[test]
fn civil_dates_are_those_of_chicago() {
    let table = [
        ("2024-01-01T05:59:59.999999Z", "2023-12-31"),
        ("2024-01-01T06:00:00Z", "2024-01-01"),
        ("2024-07-01T04:59:59Z", "2024-06-30"),
        ("2024-07-01T05:00:00Z", "2024-07-01"),
        // Clocks go forward on 10 March and back on 3 November 2024.
        ("2024-03-10T05:59:59Z", "2024-03-09"),
        ("2024-03-11T05:00:00Z", "2024-03-11"),
        ("2024-11-03T05:00:00Z", "2024-11-03"),
        ("2024-11-04T05:59:59Z", "2024-11-03"),
        ("2024-11-04T06:00:00Z", "2024-11-04"),
        ("0001-01-01T00:00:00Z", "0001-01-01"),
    ];
    for (instant, date) in table {
        let at: Timestamp = instant.parse().expect(instant);
        assert_eq!(at.chicago_date(), date.parse::<Date>().expect(date), "{instant}");
    }
}

proptest! {
    #[test]
    fn text_gives_the_instant_back(
        micros in -62_135_596_800_000_000..=253_402_300_799_999_999_i64,
    ) {
        let at = Timestamp::from_micros(micros);
        prop_assert_eq!(at.to_string().parse(), Ok(at));
        prop_assert_eq!(at.to_string().len(), 27);
    }

    #[test]
    fn any_text_is_an_instant_or_not(text in "[0-9TZtz:. +-]{0,34}|\\PC{0,30}") {
        let strict = text.parse::<Timestamp>();
        let containing = Timestamp::containing(&text);
        if strict.is_ok() {
            prop_assert_eq!(strict, containing);
        }
    }
}
