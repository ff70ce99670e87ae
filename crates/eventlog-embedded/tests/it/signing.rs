//! The log's key: checkpoints, rotation, cosignatures.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use eventlog::EventLog as _;
use eventlog::suite::{adapter, removal};
use eventlog_embedded::{EmbeddedLog, KeepError, OpenError, SigningError};
use events::{Payload, Position};
use proof::{KeyHistory, LogKey, Rotation, SignedCheckpoint, TlogProof, VerifierKey, WitnessKey};
use tempfile::TempDir;

use crate::common::{fill, open, try_open};

async fn checkpoint(log: &EmbeddedLog, at: u64, keys: &[VerifierKey]) -> SignedCheckpoint {
    let note = log.checkpoint(Position(at)).await.unwrap().expect("the log signs");
    SignedCheckpoint::open(note.as_bytes(), keys).unwrap()
}

#[tokio::test]
async fn checkpoints_are_signed_with_a_key_of_the_logs_own() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 300).await;
    let key = log.verifier_key();
    for at in [0, 1, 256, 300] {
        let signed = checkpoint(&log, at, std::slice::from_ref(&key)).await;
        let head = log.head(Some(Position(at))).await.unwrap();
        let said = signed.checkpoint();
        assert_eq!((said.origin(), said.size(), *said.root()), (&*head.origin, at, head.root));
    }
    log.close().unwrap();
    drop(log);
    let mode = fs::metadata(dir.path().join("key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(open(dir.path()).verifier_key(), key, "the key stays");
    let other = LogKey::from_seed("elsewhere", &[7; 32]).unwrap();
    fs::write(dir.path().join("key"), other.secret_text()).unwrap();
    let outcome = try_open(dir.path());
    assert!(matches!(outcome, Err(OpenError::Signing(SigningError::OtherLog { .. }))));
    fs::write(dir.path().join("key"), "nonsense").unwrap();
    let outcome = try_open(dir.path());
    assert!(matches!(outcome, Err(OpenError::Signing(SigningError::Key { .. }))));
}

/// The rotations that a log records, followed from its first key.
async fn history(log: &EmbeddedLog, dir: &Path, first: VerifierKey) -> KeyHistory {
    let mut keys = KeyHistory::new(first);
    let stream = log.stream(&"log/keys".parse().unwrap(), events::Revision(1), 100).await.unwrap();
    for event in stream {
        let Payload::KeyRotated(rotated) = event.content.payload() else { panic!("a rotation") };
        let rotation = Rotation {
            position: event.position.0,
            old_key: rotated.old_key.as_str().parse().unwrap(),
            new_key: rotated.new_key.as_str().parse().unwrap(),
        };
        let path = dir.join(format!("handovers/{}.tlog-proof", event.position));
        let handover = TlogProof::parse(&fs::read(path).unwrap()).unwrap();
        keys.rotate(rotation, &event.entry().leaf(), &handover).unwrap();
    }
    keys
}

#[tokio::test]
async fn a_new_key_is_recorded_and_vouched_for() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    let first = log.verifier_key();
    fill(&log, 0, 10).await;
    let handover = log.rotate_key("operator").await.unwrap();
    assert_eq!(handover.index(), 10);
    let second = log.verifier_key();
    assert_ne!(first, second);
    log.append(adapter(vec![removal("more", "C1")])).await.unwrap();
    log.rotate_key("operator").await.unwrap();
    let keys = history(&log, dir.path(), first.clone()).await;
    assert_eq!((keys.key_at(10), keys.key_at(11), keys.key_at(12)), (&first, &second, &second));
    assert_eq!(*keys.current(), log.verifier_key());
    log.close().unwrap();
    drop(log);
    let log = open(dir.path());
    assert_eq!(log.verifier_key(), *keys.current());
    let note = log.checkpoint(Position(13)).await.unwrap().unwrap();
    keys.open(note.as_bytes()).unwrap();
}

/// What a crash leaves between the steps of a rotation: a key that nothing records is forgotten,
/// one that is recorded takes its place.
#[tokio::test]
async fn an_interrupted_rotation_is_finished_or_taken_back() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    let first = log.verifier_key();
    fill(&log, 0, 5).await;
    log.close().unwrap();
    drop(log);
    let stray = LogKey::from_seed(first.name(), &[9; 32]).unwrap();
    let (key, next) = (dir.path().join("key"), dir.path().join("key.next"));
    fs::write(&next, stray.secret_text()).unwrap();
    let log = open(dir.path());
    assert_eq!(log.verifier_key(), first);
    assert!(!next.exists());

    let old = fs::read(&key).unwrap();
    log.rotate_key("operator").await.unwrap();
    let second = log.verifier_key();
    log.close().unwrap();
    drop(log);
    fs::rename(&key, &next).unwrap();
    fs::write(&key, old).unwrap();
    fs::remove_dir_all(dir.path().join("handovers")).unwrap();
    let log = open(dir.path());
    assert_eq!(log.verifier_key(), second);
    assert!(!next.exists());
    assert_eq!(*history(&log, dir.path(), first).await.current(), second);
}

#[tokio::test]
async fn cosignatures_are_kept_under_their_checkpoint() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 20).await;
    let keys = [log.verifier_key()];
    let witness = WitnessKey::from_seed("witness.example", &[3; 32]).unwrap();
    let mut copy = checkpoint(&log, 12, &keys).await;
    witness.cosign(&mut copy, 1_700_000_000).unwrap();
    let known = [witness.verifier().clone()];
    let merged = log.keep_cosignatures(copy.to_string().as_bytes(), &known).await.unwrap();
    assert_eq!(merged.accepted.len(), 1);
    log.close().unwrap();
    drop(log);
    let log = open(dir.path());
    assert_eq!(checkpoint(&log, 12, &keys).await.cosignatures(&known).unwrap().len(), 1);
    assert!(checkpoint(&log, 13, &keys).await.cosignatures(&known).unwrap().is_empty());

    // A checkpoint of the same key over another history is not kept.
    let key = fs::read_to_string(dir.path().join("key")).unwrap();
    let key = LogKey::parse(key.trim_end()).unwrap();
    let forked = proof::Checkpoint::new(key.verifier().name(), 12, [0; 32]).unwrap();
    let forked = SignedCheckpoint::sign(forked, &key).unwrap().to_string();
    let outcome = log.keep_cosignatures(forked.as_bytes(), &known).await;
    assert!(matches!(outcome, Err(KeepError::Signing(SigningError::OtherRoot { size: 12 }))));
}
