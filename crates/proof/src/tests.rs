//! Every parser takes any bytes: it refuses them, or writes them back as they were.

use proptest::prelude::*;

use crate::testing::{Log, log_key, witness};
use crate::{AddCheckpoint, Checkpoint, LogKey, Note, Plan, TlogProof, VerifierKey};

/// A text of each format.
fn texts() -> Vec<String> {
    let log = Log::of(300);
    let mut signed = log.signed();
    witness(1).cosign(&mut signed, 1_700_000_000).unwrap();
    let proof = log.prove(&Plan::inclusion(17, 300).unwrap());
    let consistency = log.prove(&Plan::consistency(17, 300).unwrap());
    let note = signed.note().clone();
    let add = AddCheckpoint { old_size: 17, proof: consistency, checkpoint: note };
    vec![
        signed.to_string(),
        signed.checkpoint().to_string(),
        TlogProof::new(17, proof, &signed).with_extra(b"entry".to_vec()).to_string(),
        add.to_string(),
        log_key().verifier().to_string(),
        log_key().secret_text(),
    ]
}

/// What the parsers read in these bytes is what they write.
fn read_back(bytes: &[u8]) {
    let same = |written: String| assert_eq!(written.as_bytes(), bytes);
    let _ = Note::parse(bytes).map(|note| same(note.to_string()));
    let _ = TlogProof::parse(bytes).map(|proof| same(proof.to_string()));
    let _ = AddCheckpoint::parse(bytes).map(|add| same(add.to_string()));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Checkpoint::parse(text).map(|checkpoint| same(checkpoint.to_string()));
        let _ = text.parse::<VerifierKey>().map(|key| same(key.to_string()));
        let _ = LogKey::parse(text).map(|key| same(key.secret_text()));
    }
}

#[test]
fn each_format_is_read_by_its_parser() {
    let texts = texts();
    assert!(Note::parse(texts[0].as_bytes()).is_ok());
    assert!(Checkpoint::parse(&texts[1]).is_ok());
    assert!(TlogProof::parse(texts[2].as_bytes()).is_ok());
    assert!(AddCheckpoint::parse(texts[3].as_bytes()).is_ok());
    assert!(texts[4].parse::<VerifierKey>().is_ok());
    assert!(LogKey::parse(&texts[5]).is_ok());
    texts.iter().for_each(|text| read_back(text.as_bytes()));
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, u8),
    Delete(usize, usize),
    Replace(usize, u8),
    Repeat(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    // Mostly bytes that mean something in these formats.
    let byte = prop_oneof![prop::sample::select(b"\n\n\n +=/0A".to_vec()), any::<u8>(),];
    prop_oneof![
        (any::<usize>(), byte.clone()).prop_map(|(at, b)| Edit::Insert(at, b)),
        (any::<usize>(), 1_usize..40).prop_map(|(at, n)| Edit::Delete(at, n)),
        (any::<usize>(), byte).prop_map(|(at, b)| Edit::Replace(at, b)),
        (any::<usize>(), 1_usize..200).prop_map(|(at, n)| Edit::Repeat(at, n)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let place = |at: usize, bytes: &[u8]| at % (bytes.len() + 1);
    match *edit {
        Edit::Insert(at, byte) => bytes.insert(place(at, bytes), byte),
        Edit::Delete(at, count) => {
            let at = place(at, bytes);
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Edit::Replace(at, byte) => {
            let at = place(at, bytes);
            bytes.get_mut(at).into_iter().for_each(|b| *b = byte);
        }
        Edit::Repeat(at, count) => {
            let at = place(at, bytes);
            let part = bytes[at..(at + count).min(bytes.len())].to_vec();
            bytes.splice(at..at, part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mutations_are_refused_or_read_as_they_stand(
        which in 0_usize..6, edits in prop::collection::vec(edit(), 1..6)
    ) {
        thread_local!(static TEXTS: Vec<String> = texts());
        let mut bytes = TEXTS.with(|texts| texts[which].clone().into_bytes());
        edits.iter().for_each(|edit| apply(&mut bytes, edit));
        read_back(&bytes);
    }

    #[test]
    fn any_bytes_are_refused_or_read_as_they_stand(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_back(&bytes);
    }
}
