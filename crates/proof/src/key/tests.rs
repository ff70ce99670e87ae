//! Keys in the form of Go's `sumdb/note`, and what is no key.

use super::*;
use crate::testing::flips;

const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// A key of the public network of witnesses.
const REMORA: &str = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";

#[test]
fn the_example_of_go_signs_as_there() {
    let key = LogKey::parse(SECRET).unwrap();
    assert_eq!(key.verifier().to_string(), PUBLIC);
    assert_eq!(key.secret_text(), SECRET);
    let text = "If you think cryptography is the answer to your problem,
then you don't know what your problem is.
";
    let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    assert_eq!(key.sign_line(&[], text.as_bytes()).to_string(), line);
    let theirs = signed_note::StandardSigner::new(SECRET).unwrap();
    assert_eq!(signed_note::Signer::key_id(&theirs), key.verifier().id());
}

#[test]
fn a_witness_key_is_read() {
    let key: VerifierKey = REMORA.parse().unwrap();
    assert_eq!((key.name(), key.algorithm()), ("remora.n621.de", Algorithm::Witness));
    assert_eq!(key.to_string(), REMORA);
}

#[test]
fn a_key_does_one_thing() {
    let log = LogKey::from_seed("a", &[1; 32]).unwrap();
    let witness = WitnessKey::from_seed("a", &[1; 32]).unwrap();
    assert_ne!(log.verifier().id(), witness.verifier().id());
    let other = LogKey::parse(&witness.secret_text()).unwrap_err();
    assert_eq!(other, KeyError::OtherAlgorithm(Algorithm::Witness));
    let other = WitnessKey::parse(&log.secret_text()).unwrap_err();
    assert_eq!(other, KeyError::OtherAlgorithm(Algorithm::Log));
}

#[test]
fn debug_does_not_show_the_secret() {
    let key = LogKey::parse(SECRET).unwrap();
    let shown = format!("{key:?}");
    assert!(shown.contains(PUBLIC) && !shown.contains("AYEKFALV"), "{shown}");
    assert!(!shown.contains("129, 10, 20"), "{shown}");
}

#[test]
fn every_flipped_bit_and_every_part_is_refused() {
    for (bit, flipped) in flips(PUBLIC.as_bytes()) {
        let text = String::from_utf8(flipped);
        assert!(text.is_err() || text.unwrap().parse::<VerifierKey>().is_err(), "bit {bit}");
    }
    for (bit, flipped) in flips(SECRET.as_bytes()) {
        let text = String::from_utf8(flipped);
        assert!(text.is_err() || LogKey::parse(&text.unwrap()).is_err(), "bit {bit}");
    }
    for (start, end) in (0..PUBLIC.len()).flat_map(|s| (s..=PUBLIC.len()).map(move |e| (s, e))) {
        assert!(
            (start, end) == (0, PUBLIC.len()) || PUBLIC[start..end].parse::<VerifierKey>().is_err()
        );
    }
}

#[test]
fn what_is_no_key_is_named() {
    let weak = |point: [u8; 32]| {
        let id = key_id("a", Algorithm::Log, &point);
        key_text("a", id, Algorithm::Log, &point)
    };
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut no_point = [0; 32];
    no_point[0] = 2;
    let cases = [
        // Both with an id that fits, from the tests of Go.
        (
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            KeyError::Form,
        ),
        (
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEQ==",
            KeyError::Length,
        ),
        (
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            KeyError::UnknownAlgorithm(0x65),
        ),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Form),
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Id),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Name),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Name),
        (&weak(identity), KeyError::Point),
        (&weak(no_point), KeyError::Point),
    ];
    for (text, why) in cases {
        assert_eq!(text.parse::<VerifierKey>(), Err(why), "{text}");
    }
    assert_eq!(LogKey::from_seed("", &[1; 32]).unwrap_err(), KeyError::Name);
    assert_eq!(LogKey::parse(PUBLIC).unwrap_err(), KeyError::Form);
}
