//! Proof files: the published form, every flipped bit, and policies.

use super::*;
use crate::testing::{Log, ORIGIN, flips, leaf_of, log_keys, witness, witness_keys};
use crate::{Plan, WitnessKey};

const ENTRY: &[u8] = b"{\"position\":18}";

/// A proof of an entry that two witnesses cosigned.
fn proof() -> TlogProof {
    let mut log = Log::of(17);
    for n in 17..300 {
        let leaf = if n == 17 { leaf_of(ENTRY) } else { crate::testing::leaf(n) };
        log.leaves.push(leaf);
        log.tree.push(leaf);
    }
    let mut signed = log.signed();
    witness(0).cosign(&mut signed, 10).unwrap();
    witness(1).cosign(&mut signed, 11).unwrap();
    TlogProof::new(17, log.prove(&Plan::inclusion(17, 300).unwrap()), &signed)
        .with_extra(ENTRY.to_vec())
}

/// As a verifier does it who was given nothing but the file.
fn verify(proof: &TlogProof, policy: &Policy) -> Result<Verified, Unproven> {
    proof.verify(&leaf_of(proof.extra().unwrap_or_default()), &log_keys(), policy)
}

fn policy(known: u8, min: usize) -> Policy {
    Policy { witnesses: witness_keys(known), min }
}

#[test]
fn the_published_form_is_read() {
    // The example of c2sp.org/tlog-proof; its signature lines are cut short there, and its extra
    // data is not base64, so those stand here with others.
    let text = "c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog hI2DJwA=
— witness1.example mJirIkk=
";
    let proof = TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(proof.extra(), Some(b"age-v1.2.1-darwin-arm64.tar.gz".as_slice()));
    assert_eq!((proof.index(), proof.hashes().len()), (73_894, 5));
    assert_eq!(proof.checkpoint().signatures().len(), 2);
    assert_eq!(proof.to_string(), text);
}

#[test]
fn what_is_written_verifies() {
    let proof = TlogProof::parse(proof().to_string().as_bytes()).unwrap();
    let verified = verify(&proof, &policy(3, 2)).unwrap();
    assert_eq!((verified.checkpoint.origin(), verified.checkpoint.size()), (ORIGIN, 300));
    let times: Vec<_> = verified.cosignatures.iter().map(|c| c.time_s).collect();
    assert_eq!((verified.index, times), (17, vec![10, 11]));
    let unwitnessed = verify(&proof, &Policy::default()).unwrap();
    assert!(unwitnessed.cosignatures.is_empty());
}

#[test]
fn every_flipped_bit_is_detected() {
    for (bit, flipped) in flips(proof().to_string().as_bytes()) {
        let Ok(flipped) = TlogProof::parse(&flipped) else { continue };
        assert!(verify(&flipped, &policy(2, 2)).is_err(), "bit {bit}");
    }
}

#[test]
fn lines_by_unknown_keys_prove_nothing_and_change_nothing() {
    let (proof, policy) = (proof(), policy(1, 1));
    let verified = verify(&proof, &policy).unwrap();
    let text = proof.to_string();
    let unknown = text.rfind("— witness1").unwrap();
    for (bit, flipped) in flips(text.as_bytes()) {
        let Ok(flipped) = TlogProof::parse(&flipped) else { continue };
        let outcome = verify(&flipped, &policy);
        // The one part of the file that nobody with this policy can authenticate.
        let expected = bit / 8 >= unknown && outcome.as_ref() == Ok(&verified);
        assert!(outcome.is_err() || expected, "bit {bit}");
    }
}

#[test]
fn another_leaf_key_or_policy_is_refused() {
    let proof = proof();
    let leaf = leaf_of(ENTRY);
    let none = Policy::default();
    let other = proof.verify(&[0; 32], &log_keys(), &none);
    assert_eq!(other, Err(Unproven::Inclusion(Disproof::Root)));
    let unknown = OpenError::NoKnownKey { origin: ORIGIN.into() };
    assert_eq!(proof.verify(&leaf, &[], &none), Err(Unproven::Checkpoint(unknown)));
    let few = Unproven::TooFewWitnesses { found: 1, needed: 2 };
    assert_eq!(verify(&proof, &policy(1, 2)), Err(few));
    let mut elsewhere = proof.clone();
    elsewhere.index = 18;
    assert_eq!(verify(&elsewhere, &none), Err(Unproven::Inclusion(Disproof::Root)));
}

#[test]
fn a_witness_under_two_names_counts_once() {
    let log = Log::of(1);
    let mut signed = log.signed();
    let names =
        ["a.example", "b.example"].map(|name| WitnessKey::from_seed(name, &[9; 32]).unwrap());
    names.iter().for_each(|key| key.cosign(&mut signed, 1).unwrap());
    let witnesses = names.iter().map(|key| key.verifier().clone()).collect();
    let refused = Policy { witnesses, min: 2 }.check(&signed);
    assert_eq!(refused, Err(Unproven::TooFewWitnesses { found: 1, needed: 2 }));
}

#[test]
fn what_is_no_proof_is_named() {
    let good = proof().to_string();
    let line = |n: usize| good.split_inclusive('\n').nth(n).unwrap();
    let hash = line(3);
    let many = hash.repeat(60);
    let note = &good[good.find("\n\n").unwrap()..];
    let cases = [
        (good.replace("@v1", "@v2"), TlogProofError::Header),
        (good.replace("\n\n", "\n"), TlogProofError::NoCheckpoint),
        (format!("{}{note}", line(0).trim_end()), TlogProofError::Index),
        (good.replace(line(1), "extra \n"), TlogProofError::Extra),
        (good.replace(line(1), "extra ===\n"), TlogProofError::Extra),
        (good.replace(line(1), "note e30=\n"), TlogProofError::Index),
        (good.replace("index 17", "index 017"), TlogProofError::Index),
        (good.replace("index 17", "index -1"), TlogProofError::Index),
        (good.replace(hash, "e30=\n"), TlogProofError::Hash(1)),
        (good.replace(hash, &many), TlogProofError::Hash(65)),
        (
            good.replace(" 10\n", "\n").replace(note, "\n\nno note\n"),
            TlogProofError::Checkpoint(NoteError::Form),
        ),
    ];
    for (text, why) in cases {
        assert_eq!(TlogProof::parse(text.as_bytes()), Err(why), "{text}");
    }
    assert_eq!(TlogProof::parse(b"\xff\n\n"), Err(TlogProofError::NotUtf8));
    let bare = TlogProof::new(0, Vec::new(), &Log::of(1).signed()).with_extra(Vec::new());
    assert_eq!(bare.extra(), None, "no line without extra bytes");
}
