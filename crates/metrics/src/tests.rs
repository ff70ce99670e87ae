//! Exact numbers and their display; the words of a question.

use events::Json;
use num_traits::One;
use proptest::prelude::*;

use crate::amount::{fraction, lowest, quotient};
use crate::{Amount, Asked, Exact, MetricId, Period, display_percent, display_places};

#[test]
fn percentages_are_rounded_half_up_at_one_decimal() {
    let cases = [
        (1331, 4593, "29.0%"),
        (20, 69, "29.0%"),
        (1, 2000, "0.1%"),
        (1, 2001, "0.0%"),
        (1, 8, "12.5%"),
        (2, 3, "66.7%"),
        (0, 7, "0.0%"),
        (7, 7, "100.0%"),
        (1999, 2000, "100.0%"),
        (26, 4, "650.0%"),
    ];
    for (n, d, expected) in cases {
        assert_eq!(display_percent(&fraction(n, d)), expected, "{n}/{d}");
    }
    // What is displayed alike is compared exactly.
    assert!(fraction(1331, 4593) < fraction(29, 100));
}

#[test]
fn decimals_keep_their_zeros_and_their_sign() {
    assert_eq!(display_places(&fraction(26, 4), 2), "6.50");
    assert_eq!(display_places(&fraction(3000, 268), 2), "11.19");
    assert_eq!(display_places(&fraction(1, 200), 2), "0.01");
    assert_eq!(display_places(&fraction(-1, 3), 1), "-0.3");
    assert_eq!(display_places(&fraction(-1, 300), 1), "0.0");
    assert_eq!(display_places(&fraction(5, 2), 0), "3");
}

#[test]
fn large_numbers_are_rounded_like_small_ones() {
    let large = |n: i64, d: i64| {
        let beyond = Exact::from_integer(num_bigint::BigInt::from(10).pow(30));
        (fraction(n, d) + &beyond, beyond)
    };
    for (n, d) in [(1, 8), (3, 8), (2, 3), (1, 3)] {
        let (sum, beyond) = large(n, d);
        let (whole, small) = (beyond.to_integer(), display_places(&fraction(n, d), 2));
        let decimals = small.strip_prefix('0').unwrap_or(&small);
        assert_eq!(display_places(&sum, 2), format!("{whole}{decimals}"), "{n}/{d}");
    }
}

proptest! {
    #[test]
    fn a_quotient_of_amounts_is_in_lowest_terms(n in 0_i64..5000, d in 1_i64..5000) {
        let quotient = Amount::whole(n).over(&Amount::whole(d));
        prop_assert_eq!(quotient, fraction(n, d));
        let third = Amount::whole(n).part(1, 3);
        prop_assert_eq!(third.over(&Amount::whole(d)), fraction(n, 3 * d));
    }
}

#[test]
fn fractions_are_written_in_lowest_terms() {
    assert_eq!(lowest(&fraction(6, 4)), "3/2");
    assert_eq!(lowest(&fraction(6, 3)), "2");
    assert_eq!(quotient(&fraction(6, 3)), "2/1");
}

proptest! {
    #[test]
    fn the_parts_of_a_member_add_up_to_it(days in prop::collection::vec(1_i32..800, 1..12)) {
        let all: i32 = days.iter().sum();
        let mut sum = Amount::default();
        for part in &days {
            sum += &Amount::whole(1).part(*part, all);
        }
        prop_assert_eq!(sum.exact(), Exact::one());
    }
}

fn asked(metric: MetricId) -> Asked {
    let period: Period = "2024-01-01..2024-03-31".parse().expect("a period");
    Asked::new(metric, Some(period), period.end).expect("a question")
}

#[test]
fn wrong_words_are_named() {
    let mut question = asked(MetricId::TimelyPermanency);
    let refused = [
        ("clock", "sunrise"),
        ("clocks", "removal"),
        ("benchmark.sunrise", "12"),
        ("benchmark.adoption", "1/2"),
        ("weight.adoption", "1/2"),
        ("weight.trauma-training", "1/0"),
    ];
    for (name, value) in refused {
        let error = question.set_text(name, value).expect_err(name).to_string();
        assert!(!error.is_empty(), "{name}={value}");
    }
    question.set_text("clock", "federal_entry").expect("a value");
    assert!(question.set_text("clock", "removal").is_err(), "twice");
    assert!(!question.draft());
    question.set_text("benchmark.adoption", "undetermined").expect("a what-if");
    assert!(question.draft());
    assert!(question.group_by("phase").is_err());
    assert!(asked(MetricId::CfsrP1).group_by("month").is_err());
    assert!(MetricId::from_name("luck").is_err());
    assert!("2024-02-01..2024-01-01".parse::<Period>().is_err());
    assert!(Asked::new(MetricId::Incentive, None, question.as_of).is_err());
}

#[test]
fn what_is_supposed_is_a_draft_whatever_it_is() {
    let suppose = |metric, json: &str| {
        let mut question = asked(metric);
        let json = Json::parse(json.as_bytes()).expect("JSON");
        question.suppose(json.as_object().expect("an object")).map(|()| question)
    };
    let own = suppose(MetricId::TimelyPermanency, r#"{"clock":"federal_entry"}"#).expect("taken");
    assert!(own.draft() && own.what_if_written.is_empty());
    assert_eq!(own.set["clock"], Json::from("federal_entry"));
    let nested = r#"{"benchmark":{"adoption":20},"weight":{"cfsr-p1":"1/2"},
        "regional-goal":{"st-louis":"2/5"},"parameters":{"residential-compliance":{"rules":["RC-01"]}}}"#;
    let composed = suppose(MetricId::Scorecard, nested).expect("taken");
    let written: Vec<_> = composed.what_if_written.keys().map(String::as_str).collect();
    let names = [
        "benchmark.adoption",
        "parameters.residential-compliance.rules",
        "regional-goal.st-louis",
        "weight.cfsr-p1",
    ];
    assert_eq!(written, names);
    let of = composed.of_metric(MetricId::ResidentialCompliance);
    let rules = &of.resolve(&timeline::Policy::default()).parameters["rules"];
    assert_eq!(*rules, Json::Array(vec![Json::from("RC-01")]));
    assert!(suppose(MetricId::Scorecard, "{}").expect("taken").draft());
    for wrong in [
        r#"{"clock":"sunrise"}"#,
        r#"{"hour":1}"#,
        r#"{"parameters":{"sunrise":{"clock":"removal"}}}"#,
        r#"{"parameters":{"timely-permanency":{"hour":"removal"}}}"#,
        r#"{"parameters":{"timely-permanency":"removal"}}"#,
        r#"{"benchmark":12}"#,
    ] {
        assert!(suppose(MetricId::TimelyPermanency, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_metric_of_the_program_is_in_the_vocabulary() {
    for metric in MetricId::ALL {
        // About a baseline nothing can be published.
        let named = events::parameters::is_metric(metric.name());
        assert_eq!(named, *metric != MetricId::Baseline, "{}", metric.name());
        assert_eq!(MetricId::from_name(metric.name()), Ok(*metric));
    }
}
