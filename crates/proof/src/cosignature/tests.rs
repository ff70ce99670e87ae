//! Cosignatures: the published examples, flipped bits, and copies merged.

use super::*;
use crate::testing::{Log, flips, log_keys, witness, witness_keys};

/// The example of c2sp.org/tlog-cosignature; the page says that it was made at 1679315147.
const EXAMPLE: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
";

fn cosigned(by: &[(u8, u64)]) -> SignedCheckpoint {
    let mut signed = Log::of(300).signed();
    by.iter().for_each(|(n, time_s)| witness(*n).cosign(&mut signed, *time_s).unwrap());
    signed
}

fn names(found: &[Cosignature]) -> Vec<(&str, u64)> {
    found.iter().map(|c| (c.witness.name(), c.time_s)).collect()
}

#[test]
fn example_of_the_specification() {
    let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
    let line = &note.signatures()[1];
    let (time, signature) = line.bytes().split_first_chunk::<TIME_BYTES>().unwrap();
    assert_eq!((line.key_id(), u64::from_be_bytes(*time)), (0x8d66_cf3f, 1_679_315_147));
    assert_eq!(signature.len(), 64);
    let signed = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
                  CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    assert_eq!(message(note.text(), 1_679_315_147), signed.as_bytes());
    assert_eq!(note.to_string(), EXAMPLE);
}

#[test]
fn known_witnesses_are_found_and_unknown_left_alone() {
    let signed = cosigned(&[(0, 10), (1, 11), (5, 12)]);
    let reopened = SignedCheckpoint::open(signed.to_string().as_bytes(), &log_keys()).unwrap();
    let found = reopened.cosignatures(&witness_keys(3)).unwrap();
    assert_eq!(names(&found), [("witness0.example", 10), ("witness1.example", 11)]);
    assert_eq!(reopened.cosignatures(&[]), Ok(Vec::new()));
    assert_eq!(reopened.cosignatures(&log_keys()), Ok(Vec::new()), "a log's key is no witness's");
}

#[test]
fn every_flipped_bit_loses_the_cosignature_or_is_an_error() {
    let signed = cosigned(&[(0, 10)]).to_string();
    for (bit, flipped) in flips(signed.as_bytes()) {
        let Ok(opened) = SignedCheckpoint::open(&flipped, &log_keys()) else { continue };
        let found = opened.cosignatures(&witness_keys(1));
        assert!(found.as_ref().is_err() || found == Ok(Vec::new()), "bit {bit}: {found:?}");
    }
}

#[test]
fn times_are_those_of_the_format() {
    let mut signed = cosigned(&[(0, 0), (1, TIME_S_MAX)]);
    assert_eq!(signed.cosignatures(&witness_keys(2)).unwrap().len(), 2);
    let refused = witness(0).cosign(&mut signed, TIME_S_MAX + 1);
    assert_eq!(refused, Err(MergeError::Time(TIME_S_MAX + 1)));
    // A signature that is right for a time that no cosignature has.
    let line =
        witness(2).sign_line(&u64::MAX.to_be_bytes(), &message(signed.note.text(), u64::MAX));
    signed.note.sign(line);
    assert!(matches!(
        signed.cosignatures(&witness_keys(3)),
        Err(MergeError::BadCosignature { .. })
    ));
}

#[test]
fn a_witness_that_signs_again_replaces_its_line() {
    let signed = cosigned(&[(0, 10), (1, 11), (0, 12)]);
    let found = signed.cosignatures(&witness_keys(2)).unwrap();
    assert_eq!(names(&found), [("witness1.example", 11), ("witness0.example", 12)]);
}

#[test]
fn merging_keeps_what_verifies_and_the_first_of_each() {
    let mut ours = cosigned(&[(0, 10)]);
    let copy = cosigned(&[(0, 99), (1, 11), (5, 12)]);
    let mut with_unknown = ours.clone();
    let merged = ours.merge(copy.note(), &witness_keys(3), Unknown::Drop).unwrap();
    assert_eq!(
        (names(&merged.accepted), merged.unknown.len()),
        (vec![("witness1.example", 11)], 0)
    );
    let found = ours.cosignatures(&witness_keys(9)).unwrap();
    assert_eq!(names(&found), [("witness0.example", 10), ("witness1.example", 11)]);
    let again = ours.merge(copy.note(), &witness_keys(3), Unknown::Drop).unwrap();
    assert_eq!(again, Merged::default());

    let merged = with_unknown.merge(copy.note(), &witness_keys(3), Unknown::Keep).unwrap();
    assert_eq!((merged.accepted.len(), merged.unknown.len()), (1, 1));
    assert_eq!(merged.unknown[0].name(), "witness5.example");
    assert_eq!(with_unknown.cosignatures(&witness_keys(9)).unwrap().len(), 3);
}

#[test]
fn merging_refuses_false_lines_other_checkpoints_and_too_many() {
    let mut ours = cosigned(&[]);
    let before = ours.clone();
    let witnesses = witness_keys(3);
    // A cosignature of another checkpoint, moved under this one.
    let mut other = Log::of(299).signed();
    witness(1).cosign(&mut other, 10).unwrap();
    assert_eq!(
        ours.merge(other.note(), &witnesses, Unknown::Keep),
        Err(MergeError::OtherCheckpoint)
    );
    let mut copy = cosigned(&[(0, 10)]);
    copy.note.sign(other.note.signatures()[1].clone());
    let refused = ours.merge(&copy.note, &witnesses, Unknown::Keep);
    let bad = MergeError::BadCosignature { witness: witnesses[1].to_string() };
    assert_eq!((refused, &ours), (Err(bad), &before), "nothing is taken");

    let by: Vec<_> = (0..99).map(|n| (n, 1)).collect();
    let mut full = cosigned(&by);
    assert_eq!(full.note.signatures().len(), SIGNATURES_MAX);
    assert_eq!(witness(99).cosign(&mut full, 1), Err(MergeError::TooManySignatures));
    assert_eq!(witness(7).cosign(&mut full, 2), Ok(()), "again is not more");
    let copy = cosigned(&[(99, 1)]);
    let refused = full.merge(copy.note(), &[], Unknown::Keep);
    assert_eq!(refused, Err(MergeError::TooManySignatures));
}
