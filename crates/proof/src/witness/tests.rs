//! A witness follows a log that grows, and no other.

use proptest::prelude::*;

use super::*;
use crate::Plan;
use crate::testing::{Log, ORIGIN};

fn at(log: &Log, size: u64) -> Checkpoint {
    Checkpoint::new(ORIGIN, size, log.prove(&Plan::root(size))[0]).unwrap()
}

fn proof(log: &Log, old_size: u64, size: u64) -> Vec<Hash> {
    log.prove(&Plan::consistency(old_size, size).unwrap())
}

#[test]
fn a_log_that_grows_is_followed_and_the_same_again_is_taken() {
    let log = Log::of(700);
    let mut state = WitnessState::new(ORIGIN);
    for size in [0, 1, 1, 5, 256, 257, 257, 700] {
        let next = at(&log, size);
        state = state.advance(&next, state.size, &proof(&log, state.size, size)).unwrap();
        assert_eq!(state, WitnessState::from(&next));
    }
}

#[test]
fn whatever_else_is_refused_by_name() {
    let log = Log::of(300);
    let mut fork = Log::of(299);
    fork.leaves.push([9; 32]);
    fork.tree.push([9; 32]);
    let state = WitnessState::from(&at(&log, 299 + 1));
    let refused = |next: &Checkpoint, old_size, proof: &[Hash]| {
        state.advance(next, old_size, proof).unwrap_err()
    };
    let other = Checkpoint::new("example.org/other", 300, log.tree.root()).unwrap();
    let names =
        WitnessError::OtherLog { expected: ORIGIN.into(), found: "example.org/other".into() };
    assert_eq!(refused(&other, 300, &[]), names);
    let smaller = WitnessError::Smaller { size: 300, found: 299 };
    assert_eq!(refused(&at(&log, 299), 300, &[]), smaller);
    assert_eq!(refused(&at(&fork, 300), 300, &[]), WitnessError::Fork { size: 300 });
    let start = WitnessError::OtherStart { size: 300, found: 299 };
    assert_eq!(refused(&at(&log, 300), 299, &proof(&log, 299, 300)), start);
    let long = WitnessError::Inconsistent { size: 300, source: Disproof::Length { found: 1 } };
    assert_eq!(refused(&at(&log, 300), 300, &[[0; 32]]), long);
}

proptest! {
    /// A log that was rewritten anywhere below the cosigned size is refused, with its own proof.
    #[test]
    fn a_rewritten_log_is_refused(size in 2_u64..600, old in 1_u64..600, at_leaf in 0_u64..600) {
        let old = old.min(size - 1);
        let log = Log::of(size);
        let mut leaves = log.leaves.clone();
        leaves[usize::try_from(at_leaf % old).unwrap()] = [9; 32];
        let mut tree = crate::Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        let rewritten = Log { leaves, tree };
        let state = WitnessState::from(&at(&log, old));
        let refused = state.advance(&at(&rewritten, size), old, &proof(&rewritten, old, size));
        let inconsistent = matches!(refused, Err(WitnessError::Inconsistent { .. }));
        prop_assert!(inconsistent, "{:?}", refused);
    }
}
