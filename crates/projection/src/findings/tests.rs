//! Findings are a function of what was known, and of nothing else.

use std::collections::BTreeSet;

use events::{Family, Position};
use proptest::prelude::*;

use super::{Finding, FindingKind, FindingsAsked};
use crate::tests::histories::history;
use crate::tests::laws::{memory, project, put, runtime};
use crate::{Known, Projection};

fn asked(as_of: &str) -> FindingsAsked {
    FindingsAsked { kinds: Vec::new(), subject: None, as_of: as_of.parse().expect("a date") }
}

fn at(position: u64) -> Known {
    Known { position: Position(position), known_at: None }
}

fn folded(said: &[crate::tests::histories::Said], count: usize) -> Projection {
    runtime().block_on(async {
        let (log, clock) = memory();
        put(&log, &clock, &said.iter().enumerate().take(count).collect::<Vec<_>>()).await;
        project(&log).await
    })
}

/// Kinds that small random histories show; the others are in the tests of the programs.
const EXPECTED: usize = 12;

#[test]
fn words_name_kinds() {
    for kind in FindingKind::ALL {
        assert_eq!(FindingKind::from_name(kind.name()), Some(*kind));
        assert!(!kind.meaning().trim().is_empty());
    }
    assert_eq!(FindingKind::from_name("luck"), None);
}

#[test]
fn random_histories_show_most_kinds() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..60 {
        let said = history().new_tree(&mut runner).expect("a history").current();
        let projection = folded(&said, said.len());
        let found = projection.findings(&asked("2025-01-01"), &Known::head(&projection));
        seen.extend(found.iter().map(|finding| finding.kind));
    }
    assert!(seen.len() >= EXPECTED, "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn nothing_later_is_known(said in history(), cut in 0_usize..45) {
        let whole = folded(&said, said.len());
        let before = folded(&said, cut);
        let known = before.position();
        for as_of in ["2023-02-01", "2023-12-31", "2025-01-01"] {
            let asked = asked(as_of);
            let found = whole.findings(&asked, &at(known.0));
            prop_assert_eq!(&found, &before.findings(&asked, &at(known.0)));
            for finding in &found {
                prop_assert!(!finding.events.is_empty(), "{finding:?}");
                prop_assert!(finding.events.iter().all(|event| *event <= known), "{finding:?}");
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_a_part_of_all(said in history()) {
        let projection = folded(&said, said.len());
        let known = Known::head(&projection);
        let all = projection.findings(&asked("2024-06-30"), &known);
        for kind in FindingKind::ALL {
            let some = FindingsAsked { kinds: vec![*kind], ..asked("2024-06-30") };
            let expected: Vec<&Finding> = all.iter().filter(|f| f.kind == *kind).collect();
            let found = projection.findings(&some, &known);
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        }
        let merged = projection.merging().next().is_some();
        for stream in projection.of_family(Family::Child).filter(|_| !merged) {
            let subject = projection.names().text(stream.name).to_owned();
            let own = FindingsAsked { subject: Some(subject.clone()), ..asked("2024-06-30") };
            let expected: Vec<&Finding> = all.iter().filter(|f| f.subject == subject).collect();
            let found = projection.findings(&own, &known);
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        }
    }
}
