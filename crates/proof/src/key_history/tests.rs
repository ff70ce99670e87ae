//! Changes of keys: what the old key vouched for is believed, and nothing else.

use super::*;
use crate::testing::{Log, ORIGIN, log_key, witness};
use crate::{Checkpoint, Disproof, LogKey, Plan};

fn key(n: u8) -> LogKey {
    LogKey::from_seed(ORIGIN, &[n; 32]).unwrap()
}

fn rotation(position: u64, old: &LogKey, new: &LogKey) -> Rotation {
    Rotation { position, old_key: old.verifier().clone(), new_key: new.verifier().clone() }
}

/// The handover of the event at `position`: the log's checkpoint, signed by these keys.
fn handover(log: &Log, position: u64, keys: &[&LogKey]) -> (Hash, TlogProof) {
    let mut signed = SignedCheckpoint::sign(log.checkpoint(), keys[0]).unwrap();
    keys[1..].iter().for_each(|key| signed.countersign(key).unwrap());
    let proof = log.prove(&Plan::inclusion(position - 1, log.tree.size()).unwrap());
    let leaf = log.leaves[usize::try_from(position - 1).unwrap()];
    (leaf, TlogProof::new(position - 1, proof, &signed))
}

fn signed(size: u64, key: &LogKey) -> String {
    let checkpoint = Checkpoint::new(ORIGIN, size, [0; 32]).unwrap();
    SignedCheckpoint::sign(checkpoint, key).unwrap().to_string()
}

#[test]
fn keys_follow_handovers() {
    let (first, second, third) = (log_key(), key(2), key(3));
    let mut history = KeyHistory::new(first.verifier().clone());
    let (leaf, proof) = handover(&Log::of(10), 10, &[&first, &second]);
    history.rotate(rotation(10, &first, &second), &leaf, &proof).unwrap();
    // Other entries may have come before the checkpoint was signed.
    let (leaf, proof) = handover(&Log::of(25), 20, &[&second, &third]);
    history.rotate(rotation(20, &second, &third), &leaf, &proof).unwrap();

    let at = |size| history.key_at(size).clone();
    assert_eq!([at(0), at(9)], [first.verifier().clone(), first.verifier().clone()]);
    assert_eq!([at(10), at(19)], [second.verifier().clone(), second.verifier().clone()]);
    assert_eq!([at(20), at(u64::MAX)], [third.verifier().clone(), third.verifier().clone()]);
    assert_eq!(history.current(), third.verifier());

    for (size, key) in [(9, &first), (10, &second), (19, &second), (20, &third)] {
        assert!(history.open(signed(size, key).as_bytes()).is_ok(), "{size}");
    }
    for (size, key) in [(9, &second), (10, &first), (19, &first), (20, &second), (20, &first)] {
        assert!(history.open(signed(size, key).as_bytes()).is_err(), "{size}");
    }
    assert!(history.open(proof.checkpoint().to_string().as_bytes()).is_ok(), "has both signatures");
}

#[test]
fn a_change_that_the_old_key_did_not_sign_is_not_believed() {
    // Who forges a log can write the event and sign with a key of his own, but not with the old.
    let (old, forged) = (log_key(), key(66));
    let mut history = KeyHistory::new(old.verifier().clone());
    let before = history.clone();
    let (leaf, proof) = handover(&Log::of(10), 10, &[&forged]);
    let refused = history.rotate(rotation(10, &old, &forged), &leaf, &proof);
    assert!(matches!(refused, Err(RotationError::OldKey { position: 10, .. })), "{refused:?}");
    let (leaf, proof) = handover(&Log::of(10), 10, &[&old]);
    let refused = history.rotate(rotation(10, &old, &forged), &leaf, &proof);
    assert_eq!(refused, Err(RotationError::NewKey { position: 10 }));
    // A handover of another entry.
    let (_, proof) = handover(&Log::of(10), 10, &[&old, &forged]);
    let refused = history.rotate(rotation(10, &old, &forged), &[0; 32], &proof);
    let source = Unproven::Inclusion(Disproof::Root);
    assert_eq!(refused, Err(RotationError::OldKey { position: 10, source }));
    let refused = history.rotate(rotation(9, &old, &forged), &leaf, &proof);
    assert_eq!(refused, Err(RotationError::OtherPosition { position: 9, found: 10 }));
    assert_eq!(history, before);
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let (first, second) = (log_key(), key(2));
    let log = Log::of(10);
    let mut history = KeyHistory::new(first.verifier().clone());
    let (leaf, proof) = handover(&log, 10, &[&first, &second]);
    let mut rotate = |rotation| history.rotate(rotation, &leaf, &proof);
    let other = rotate(rotation(10, &second, &key(3)));
    assert!(matches!(other, Err(RotationError::OtherKey { position: 10, .. })));
    let unfit = |result| matches!(result, Err(RotationError::Unfit { .. }));
    assert!(unfit(rotate(rotation(10, &first, &first))));
    let elsewhere = LogKey::from_seed("example.org/other", &[5; 32]).unwrap();
    assert!(unfit(rotate(rotation(10, &first, &elsewhere))));
    let mut witnessed = rotation(10, &first, &second);
    witnessed.new_key = witness(0).verifier().clone();
    assert!(unfit(rotate(witnessed)));
    rotate(rotation(10, &first, &second)).unwrap();
    let order = RotationError::Order { position: 10, last: 10 };
    assert_eq!(rotate(rotation(10, &second, &key(3))), Err(order));
    assert!(unfit(rotate(rotation(11, &second, &first))), "a retired key does not return");
}
