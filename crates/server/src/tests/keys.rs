use eventlog::SetClock;
use events::Timestamp;

use crate::{Grants, KeyError, KeyFile, Keys};

fn clock() -> SetClock {
    SetClock::at(Timestamp::from_micros(1_700_000_000_000_000))
}

#[test]
fn a_token_is_known_until_its_key_is_revoked() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = KeyFile::new(dir.path().join("service/keys.json"));
    let grants = Grants::read(["ingest:faces"]).expect("grants");
    let (record, token) = file.create("faces", &grants, &clock()).expect("a key");
    let known = Keys::of_file(&file).expect("keys").principal_of(token.reveal()).expect("known");
    assert_eq!((known.name(), known.grants()), ("faces", &grants));
    let kept = std::fs::read_to_string(file.path()).expect("the file");
    let secret = token.reveal().rsplit_once('_').expect("a secret").1;
    assert!(!kept.contains(secret), "only a digest is kept");
    file.revoke(&record.id, &clock()).expect("revoked");
    assert!(Keys::of_file(&file).expect("keys").principal_of(token.reveal()).is_none());
    assert!(matches!(file.revoke(&record.id, &clock()), Err(KeyError::Unknown(_))));
}

#[test]
fn other_tokens_are_nobodys() {
    let keys = Keys::default();
    let token = keys.one_time();
    let text = token.reveal();
    assert!(keys.principal_of(text).is_some());
    let last = if text.ends_with('A') { "B" } else { "A" };
    let other = format!("{}{last}", &text[..text.len() - 1]);
    for wrong in ["", "ct_", "ct_zz_", &other, &text[1..], &text.to_uppercase()] {
        assert!(keys.principal_of(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn keys_have_names_that_mean_nobody_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = KeyFile::new(dir.path().join("keys.json"));
    for name in ["", "local", "dev", "a+backfill", "a b", &"a".repeat(65)] {
        let made = file.create(name, &Grants::all(), &clock());
        assert!(matches!(made, Err(KeyError::Name(_))), "{name}");
    }
    let made = file.create("a", &Grants::default(), &clock());
    assert!(matches!(made, Err(KeyError::NoGrants)));
}

#[test]
fn changes_at_the_same_time_do_not_undo_each_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("keys.json");
    let grants = Grants::read(["auditor"]).expect("grants");
    std::thread::scope(|scope| {
        for name in 0..8 {
            let (path, grants) = (path.clone(), &grants);
            scope.spawn(move || {
                for number in 0..5 {
                    let file = KeyFile::new(path.clone());
                    let name = format!("k{name}-{number}");
                    let (record, _) = file.create(&name, grants, &clock()).expect("a key");
                    file.revoke(&record.id, &clock()).expect("revoked");
                }
            });
        }
    });
    let keys = KeyFile::new(path).read().expect("keys");
    assert_eq!(keys.len(), 40);
    assert!(keys.iter().all(|key| key.revoked.is_some()));
}
