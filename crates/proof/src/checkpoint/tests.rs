//! Checkpoints: the published example, flipped bits, keys of others.

use super::*;
use crate::testing::{Log, ORIGIN, flips, log_key, log_keys, witness};

/// The example of c2sp.org/tlog-checkpoint.
const EXAMPLE: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
";

#[test]
fn example_of_the_specification() {
    let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(
        (checkpoint.origin(), checkpoint.size()),
        ("example.com/behind-the-sofa", 20_852_163)
    );
    assert_eq!(base64(checkpoint.root()), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
    assert_eq!(checkpoint.to_string(), note.text());
    let unknown = OpenError::NoKnownKey { origin: "example.com/behind-the-sofa".to_owned() };
    assert_eq!(SignedCheckpoint::open(EXAMPLE.as_bytes(), &log_keys()), Err(unknown));
}

#[test]
fn what_is_signed_opens_with_its_key_alone() {
    let signed = Log::of(300).signed();
    let bytes = signed.to_string();
    assert_eq!(SignedCheckpoint::open(bytes.as_bytes(), &log_keys()), Ok(signed));
    let other = LogKey::from_seed(ORIGIN, &[2; 32]).unwrap().verifier().clone();
    // The same key under another log's name, and as a witness's.
    let elsewhere = LogKey::from_seed("example.org/other", &[1; 32]).unwrap().verifier().clone();
    let witness = crate::WitnessKey::from_seed(ORIGIN, &[1; 32]).unwrap().verifier().clone();
    let unknown = OpenError::NoKnownKey { origin: ORIGIN.to_owned() };
    assert_eq!(
        SignedCheckpoint::open(bytes.as_bytes(), &[other, elsewhere, witness]),
        Err(unknown)
    );
}

#[test]
fn a_key_signs_for_its_own_log_alone() {
    let key = LogKey::from_seed("example.org/other", &[1; 32]).unwrap();
    let refused = OpenError::OtherOrigin { key: "example.org/other".into(), origin: ORIGIN.into() };
    assert_eq!(SignedCheckpoint::sign(Log::of(3).checkpoint(), &key), Err(refused.clone()));
    assert_eq!(Log::of(3).signed().countersign(&key), Err(refused));
}

#[test]
fn every_flipped_bit_is_detected() {
    let bytes = Log::of(300).signed().to_string();
    for (bit, flipped) in flips(bytes.as_bytes()) {
        assert!(SignedCheckpoint::open(&flipped, &log_keys()).is_err(), "bit {bit}");
    }
}

#[test]
fn a_false_signature_beside_a_good_one_is_refused() {
    let mut signed = Log::of(4).signed();
    let second = LogKey::from_seed(ORIGIN, &[2; 32]).unwrap();
    let false_line = second.sign_line(&[], b"another text\n");
    signed.note.sign(false_line);
    let bytes = signed.to_string();
    // Whoever does not know the second key leaves its line alone.
    assert!(SignedCheckpoint::open(bytes.as_bytes(), &log_keys()).is_ok());
    let keys = [log_keys(), vec![second.verifier().clone()]].concat();
    let refused = OpenError::BadSignature { key: second.verifier().to_string() };
    assert_eq!(SignedCheckpoint::open(bytes.as_bytes(), &keys), Err(refused));
    assert!(signed.is_signed_by(log_key().verifier()) && !signed.is_signed_by(second.verifier()));
    signed.countersign(&second).unwrap();
    assert!(signed.is_signed_by(second.verifier()));
    assert_eq!(signed.note().signatures().len(), 2, "the false line is replaced");
    assert!(!signed.is_signed_by(witness(0).verifier()));
}

#[test]
fn what_is_no_checkpoint_is_named() {
    let root = base64(&[7; 32]);
    let cases = [
        (String::new(), CheckpointError::Form),
        ("a\n".to_owned(), CheckpointError::Form),
        ("a\n1\n".to_owned(), CheckpointError::Form),
        (format!("a\n1\n{root}"), CheckpointError::Form),
        (format!("a\n1\n{root}\n\n"), CheckpointError::Form),
        (format!("a\n1\n{root}\nmore\n\n"), CheckpointError::Form),
        (format!("\n1\n{root}\n"), CheckpointError::Origin),
        (format!("a\n01\n{root}\n"), CheckpointError::Size),
        (format!("a\n+1\n{root}\n"), CheckpointError::Size),
        (format!("a\n\n{root}\n"), CheckpointError::Size),
        (format!("a\n18446744073709551616\n{root}\n"), CheckpointError::Size),
        (format!("a\n1\n{}\n", base64(&[7; 31])), CheckpointError::Root),
        (format!("a\n1\n{}\n", root.replace('=', "")), CheckpointError::Root),
    ];
    for (text, why) in cases {
        assert_eq!(Checkpoint::parse(&text), Err(why), "{text:?}");
    }
    let extended = format!("a b\n0\n{root}\nmore\n— lines\n");
    let checkpoint = Checkpoint::parse(&extended).unwrap();
    assert_eq!(checkpoint.extensions(), ["more", "— lines"]);
    assert_eq!(checkpoint.to_string(), extended);
    assert_eq!(Checkpoint::new("a\nb", 0, [0; 32]), Err(CheckpointError::Origin));
}
