//! Episodes and placements: the rulings, one by one.

use events::v1::child::ExitReason::{Adoption, Guardianship, Reunification};

use super::given::Given;

const C1: &str = "child/C1";
const C2: &str = "child/C2";

fn given() -> Given {
    Given::default()
}

fn check(given: &Given, as_of: &str, expected: &[&str]) {
    let found = given.episodes(as_of);
    let found: Vec<_> = found.iter().map(|e| e.trim_end()).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_exit_without_a_name_ends_the_last_episode_that_began_before_it() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .exit(C1, "2023-06-01", "", Reunification)
        .removal(C1, "2024-01-01", "R2")
        .exit(C1, "2024-01-01", "", Adoption);
    // The second exit is on the day of the second removal, so it belongs to the first episode.
    check(
        &history,
        "2024-12-31",
        &["2023-01-01..2023-06-01 reunification [c]", "2024-01-01..  []"],
    );
    // Seen before it, nothing is doubtful.
    check(&history, "2023-12-31", &["2023-01-01..2023-06-01 reunification []"]);
}

#[test]
fn the_same_date_or_the_same_name_is_the_same_removal() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .removal(C1, "2023-01-01", "R2")
        .removal(C1, "2023-05-01", "R1")
        .exit(C1, "2023-06-01", "R2", Reunification);
    check(&history, "2023-12-31", &["2023-01-01..2023-06-01 reunification []"]);
}

#[test]
fn an_exit_not_after_its_removal_leaves_no_day_in_care() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .exit(C1, "2023-01-01", "R1", Reunification)
        .placed(C1, "2023-01-01", "P1");
    check(&history, "2023-12-31", &["2023-01-01..2023-01-01 reunification [a]"]);
}

#[test]
fn a_missing_end_lasts_until_the_next_removal() {
    let history = given().removal(C1, "2023-01-01", "R1").removal(C1, "2023-03-01", "R2").exit(
        C1,
        "2023-09-01",
        "",
        Guardianship,
    );
    check(
        &history,
        "2023-12-31",
        &["2023-01-01..2023-03-01  [b]", "2023-03-01..2023-09-01 guardianship []"],
    );
}

#[test]
fn two_different_exits_conflict_and_the_first_is_used() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .exit(C1, "2023-06-01", "R1", Reunification)
        .exit(C1, "2023-06-01", "R1", Reunification)
        .exit(C1, "2023-07-01", "R1", Adoption);
    check(&history, "2023-06-30", &["2023-01-01..2023-06-01 reunification []"]);
    check(&history, "2023-12-31", &["2023-01-01..2023-06-01 reunification [c]"]);
}

#[test]
fn an_exit_after_the_next_removal_makes_both_doubtful() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .removal(C1, "2023-03-01", "R2")
        .exit(C1, "2023-03-02", "R1", Reunification)
        .exit(C1, "2023-09-01", "R2", Adoption);
    let expected =
        ["2023-01-01..2023-03-02 reunification [c]", "2023-03-01..2023-09-01 adoption [c]"];
    check(&history, "2023-12-31", &expected);
    // On the day of the next removal itself, nothing overlaps.
    let touching = given().removal(C1, "2023-01-01", "R1").removal(C1, "2023-03-01", "R2").exit(
        C1,
        "2023-03-01",
        "R1",
        Reunification,
    );
    check(
        &touching,
        "2023-12-31",
        &["2023-01-01..2023-03-01 reunification []", "2023-03-01..  []"],
    );
}

#[test]
fn an_episode_without_a_day_is_passed_over_between_two_others() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .removal(C1, "2023-03-01", "R2")
        .exit(C1, "2023-02-01", "R2", Adoption)
        .exit(C1, "2023-06-01", "R1", Reunification);
    let expected =
        ["2023-01-01..2023-06-01 reunification []", "2023-03-01..2023-03-01 adoption [a]"];
    check(&history, "2023-12-31", &expected);
}

#[test]
fn overlapping_episodes_with_one_exit_are_one() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .removal(C2, "2023-01-03", "R1")
        .exit(C1, "2023-06-01", "R1", Reunification)
        .exit(C2, "2023-06-01", "R1", Reunification);
    check(&history, "2023-12-31", &["2023-01-01..2023-06-01 reunification []"]);
}

#[test]
fn a_named_removal_is_looked_for_on_the_own_stream_first() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .removal(C2, "2023-07-01", "R1")
        .exit(C1, "2023-03-01", "R1", Reunification)
        .exit(C2, "2023-09-01", "R1", Adoption)
        .exit(C2, "2023-10-01", "R9", Adoption);
    let expected =
        ["2023-01-01..2023-03-01 reunification []", "2023-07-01..2023-09-01 adoption []"];
    check(&history, "2023-12-31", &expected);
}

#[test]
fn a_placement_ends_with_the_first_of_its_end_the_next_and_the_episode() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .placed(C1, "2022-12-01", "P0")
        .placed(C1, "2023-01-01", "P1")
        .left_placement(C1, "2023-01-10", "P1")
        .placed(C1, "2023-02-01", "P2")
        .left_placement(C1, "2023-03-15", "P2")
        .placed(C1, "2023-03-01", "P3")
        .placed(C1, "2023-04-01", "P4")
        .placed(C1, "2023-04-01", "P5")
        .placed(C1, "2023-05-01", "P1")
        .exit(C1, "2023-06-01", "", Reunification);
    let placements = "P1@2023-01-01..2023-01-10,P2@2023-02-01..2023-03-01!,\
                      P3@2023-03-01..2023-04-01?,P5@2023-04-01..2023-06-01?";
    let expected = format!("2023-01-01..2023-06-01 reunification [] {placements}");
    check(&history, "2023-12-31", &[&expected]);
    // Before anything ended it, a placement lasts.
    let open = "2023-01-01..  [] P1@2023-01-01..2023-01-10,P2@2023-02-01..";
    check(&history, "2023-02-15", &[open]);
}

#[test]
fn a_placement_without_a_day_still_ends_the_one_before() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .placed(C1, "2023-01-01", "P1")
        .placed(C1, "2023-02-01", "P2")
        .left_placement(C1, "2023-02-01", "P2");
    check(&history, "2023-12-31", &["2023-01-01..  [] P1@2023-01-01..2023-02-01?"]);
}

#[test]
fn a_placement_of_overlapping_episodes_is_in_the_one_that_began_last() {
    let history = given()
        .removal(C1, "2023-01-01", "R1")
        .removal(C1, "2023-03-01", "R2")
        .exit(C1, "2023-06-01", "R1", Reunification)
        .placed(C1, "2023-04-01", "P1");
    let expected =
        ["2023-01-01..2023-06-01 reunification [c]", "2023-03-01..  [c] P1@2023-04-01.."];
    check(&history, "2023-12-31", &expected);
}

#[test]
fn days_in_care_are_half_open() {
    let history = given().removal(C1, "2023-01-01", "R1").exit(C1, "2023-06-01", "", Reunification);
    let person = history.person("2023-12-31");
    let date = super::given::date;
    assert!(!person.in_care_on(date("2022-12-31")));
    assert!(person.in_care_on(date("2023-01-01")));
    assert!(person.in_care_on(date("2023-05-31")));
    assert!(!person.in_care_on(date("2023-06-01")));
    let last = |first, last| person.last_day_in_care(date(first), date(last));
    assert_eq!(last("2023-05-01", "2023-12-31"), Some(date("2023-05-31")));
    assert_eq!(last("2023-05-01", "2023-05-05"), Some(date("2023-05-05")));
    assert_eq!(last("2023-06-01", "2023-12-31"), None);
}
