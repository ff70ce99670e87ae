//! What many subjects share: merges, primes, regions, credentials, roles, costs.

use events::v1::facility::{Credential, CredentialStatus};
use events::v1::provider::ProviderKind;
use events::v1::staff::Role;

use super::given::{Given, date};
use crate::{Case, Credentials, Directory, Merges, Staff, What};

fn merged(given: Given, child: &str, into: &str) -> Given {
    given.says(child, "2024-01-01", |names| What::Merged { into: names.intern(into) })
}

#[test]
fn a_merged_child_has_the_name_that_is_merged_into_nothing() {
    let given = merged(merged(Given::default(), "child/A", "child/B"), "child/B", "child/C");
    let at = Given::moment("2023-01-01");
    let streams = [given.stream("child/A"), given.stream("child/B")];
    let merges = Merges::read(streams.into_iter(), &at, &given.names);
    let name = |text: &str| given.names.known(text).expect("named");
    assert_eq!(merges.canonical(name("child/A")), name("child/C"), "on all dates");
    assert_eq!(merges.members(name("child/B")).map(<[_]>::len), Some(3));
}

#[test]
fn in_a_circle_the_smallest_name_stands() {
    let given = merged(merged(Given::default(), "child/B", "child/A"), "child/A", "child/B");
    let at = Given::moment("2024-01-01");
    let streams = [given.stream("child/B"), given.stream("child/A")];
    let merges = Merges::read(streams.into_iter(), &at, &given.names);
    let name = |text: &str| given.names.known(text).expect("named");
    assert_eq!(merges.canonical(name("child/B")), name("child/A"));
}

fn registered(given: Given, provider: &str, day: &str, parent: Option<&str>) -> Given {
    given.says(&format!("provider/{provider}"), day, |names| What::Provider {
        kind: ProviderKind::Contractor,
        parent: parent.map(|p| names.intern(p)),
        region: None,
        contract_from: None,
    })
}

#[test]
fn a_subcontractor_counts_to_the_prime_of_the_day() {
    let given = registered(Given::default(), "SUB", "2023-01-01", Some("A"));
    let given = registered(given, "SUB", "2024-01-01", Some("B"));
    let given = registered(given, "B", "2023-01-01", Some("TOP"));
    let mut names = given.names.clone();
    let (sub, b, top) = (names.intern("SUB"), names.intern("B"), names.intern("TOP"));
    let a = names.intern("A");
    let mut directory = Directory::default();
    let at = Given::moment("2024-12-31");
    directory.read_provider(sub, given.stream("provider/SUB"), &at);
    directory.read_provider(b, given.stream("provider/B"), &at);
    assert_eq!(directory.prime(sub, date("2022-12-31"), &names), sub);
    assert_eq!(directory.prime(sub, date("2023-12-31"), &names), a);
    assert_eq!(directory.prime(sub, date("2024-01-01"), &names), top);
}

#[test]
fn parents_in_a_circle_are_counted_to_the_smallest_name() {
    let given = registered(Given::default(), "X", "2023-01-01", Some("C"));
    let given = registered(given, "C", "2023-01-01", Some("B"));
    let given = registered(given, "B", "2023-01-01", Some("C"));
    let mut names = given.names.clone();
    let mut directory = Directory::default();
    for provider in ["X", "C", "B"] {
        let stream = given.stream(&format!("provider/{provider}"));
        directory.read_provider(names.intern(provider), stream, &Given::moment("2024-01-01"));
    }
    let (x, b) = (names.intern("X"), names.intern("B"));
    assert_eq!(directory.prime(x, date("2023-06-01"), &names), b);
}

#[test]
fn a_credential_lapses_on_its_until_day() {
    let change = |status, until: Option<&str>| {
        let until = until.map(date);
        move |_: &mut crate::Names| What::Credential {
            credential: Credential::License,
            status,
            until,
        }
    };
    let facility = "facility/F";
    let given = Given::default()
        .says(facility, "2023-01-01", change(CredentialStatus::Active, Some("2023-06-01")))
        .says(facility, "2023-07-01", change(CredentialStatus::Active, None))
        .says(facility, "2023-09-01", change(CredentialStatus::Suspended, None));
    let credentials = Credentials::read(given.stream(facility), &Given::moment("2024-01-01"));
    let lapse =
        |first, last| credentials.first_lapse(&[Credential::License], date(first), date(last));
    assert_eq!(lapse("2023-01-01", "2023-05-31"), None);
    assert_eq!(lapse("2023-01-01", "2023-06-01"), Some(date("2023-06-01")));
    assert_eq!(lapse("2022-12-31", "2023-05-31"), Some(date("2022-12-31")));
    assert_eq!(lapse("2023-07-01", "2023-08-31"), None);
    assert_eq!(lapse("2023-07-01", "2023-12-31"), Some(date("2023-09-01")));
    assert!(!credentials.known(Credential::Contract));
}

#[test]
fn a_role_is_held_from_its_start_up_to_its_end() {
    let started = |fte| {
        move |names: &mut crate::Names| What::RoleStarted {
            role: Role::CaseManager,
            provider: names.intern("A"),
            fte,
        }
    };
    let ended = |names: &mut crate::Names| What::RoleEnded {
        role: Role::CaseManager,
        provider: names.intern("A"),
    };
    let staff = "staff/S";
    let given = Given::default()
        .says(staff, "2023-01-01", started(100))
        .says(staff, "2023-02-01", started(50))
        .says(staff, "2023-03-01", ended)
        .says(staff, "2023-03-01", ended)
        .says(staff, "2023-05-01", started(80));
    let rows = Staff::read(given.stream(staff), &Given::moment("2024-01-01"));
    assert_eq!(rows.roles.len(), 2);
    let first = &rows.roles[0];
    assert!(first.on(date("2023-02-28")) && !first.on(date("2023-03-01")));
    assert_eq!((first.fte_on(date("2023-01-31")), first.fte_on(date("2023-02-01"))), (100, 50));
    assert_eq!(rows.roles[1].start, date("2023-05-01"));
}

#[test]
fn a_completion_stands_until_a_revocation_follows_it() {
    let course = |completed: bool| {
        move |names: &mut crate::Names| {
            let course = names.intern("trauma-toolkit");
            if completed { What::Trained { course } } else { What::TrainingRevoked { course } }
        }
    };
    let staff = "staff/S";
    let given = Given::default()
        .says(staff, "2023-01-01", course(true))
        .says(staff, "2023-02-01", course(false))
        .says(staff, "2023-03-01", course(true));
    let toolkit = given.names.known("trauma-toolkit").expect("named");
    let completed = |as_of| {
        let rows = Staff::read(given.stream(staff), &Given::moment(as_of));
        rows.completion(toolkit).map(|t| t.day)
    };
    assert_eq!(completed("2023-01-31"), Some(date("2023-01-01")));
    assert_eq!(completed("2023-02-01"), None);
    assert_eq!(completed("2023-03-01"), Some(date("2023-03-01")));
}

#[test]
fn costs_follow_the_case_whatever_their_date() {
    let cost = |cents: i64| {
        move |names: &mut crate::Names| What::Cost { id: names.intern("K1"), cents: cents.into() }
    };
    let adjusted = |id: &'static str, cents| {
        move |names: &mut crate::Names| {
            let cents: i64 = cents;
            What::CostAdjusted { id: names.intern(id), cents: cents.into() }
        }
    };
    let case = "case/F";
    let given = Given::default()
        .says(case, "2024-01-01", cost(100))
        .says(case, "2025-01-01", adjusted("K1", 70))
        .says(case, "2025-02-01", adjusted("K2", 999));
    let rows = Case::read(given.stream(case), &Given::moment("2023-06-01"));
    assert_eq!(rows.cost_cents(), Some(70), "an adjustment without a cost is ignored");
}
