//! `replay/verify.py` takes what is right, and names what is wrong.

use std::ffi::OsString;
use std::path::Path;

use proof::{AddCheckpoint, Plan, WitnessKey};
use tempfile::TempDir;

use crate::export::{BARE, BEFORE, Log, SIZE, new_key, old_key, write};
use crate::tools::{Done, python, root, run};

fn verify(arguments: &[OsString]) -> Done {
    let mut python = python();
    python.arg(root().join("replay/verify.py")).args(arguments);
    run(python, b"")
}

/// Arguments from words and paths.
macro_rules! words {
    ($($word:expr),* $(,)?) => { Vec::from([$(OsString::from($word)),*]) };
}

fn verified(arguments: &[OsString]) -> String {
    let done = verify(arguments);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    done.stdout
}

fn refused(arguments: &[OsString], why: &str) {
    let done = verify(arguments);
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    let said = done.stdout.lines().last().unwrap_or_default();
    assert!(said.starts_with("NOT VERIFIED: ") && said.contains(why), "{said}");
}

fn old_vkey() -> String {
    old_key().verifier().to_string()
}

fn export(folder: &Path, lines: &[String]) -> std::path::PathBuf {
    write(folder, "export.ndjson", lines.join("\n") + "\n")
}

#[test]
fn an_export_with_its_checkpoint_verifies() {
    let (folder, log) = (TempDir::new().unwrap(), Log::new());
    let checkpoint = log.checkpoint(BEFORE, &[&old_key()]).to_string();
    let mut lines = log.lines();
    lines.push(serde_json::json!({ "checkpoint": checkpoint }).to_string());
    let path = export(folder.path(), &lines);
    let said = verified(&words![&path, "--key", old_vkey()]);
    assert!(said.contains("330 entries, 1 of them without content"), "{said}");
    assert!(said.contains("size 300 of example.org/log, signed; not witnessed"), "{said}");
    let said = verified(&words![&path]);
    assert!(said.contains("SIGNATURE NOT CHECKED") && said.contains("but for the signature"));
    refused(&words![&path, "--key", new_key().verifier().to_string()], "no given key");

    let compressed = folder.path().join("export.ndjson.zst");
    let mut zstd = python();
    zstd.args(["-c", "import sys, zstandard as z; open(sys.argv[2], 'wb').write(z.compress(open(sys.argv[1], 'rb').read()))"]);
    zstd.args([&path, &compressed]);
    assert_eq!(run(zstd, b"").code, Some(0));
    verified(&words![&compressed, "--key", old_vkey()]);
    let mut bytes = std::fs::read(&compressed).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&compressed, bytes).unwrap();
    assert_eq!(verify(&words![&compressed, "--key", old_vkey()]).code, Some(1));
}

#[test]
fn whatever_is_changed_in_an_export_is_named() {
    let (folder, log) = (TempDir::new().unwrap(), Log::new());
    let checkpoint = log.checkpoint(SIZE, &[&new_key()]);
    let file = write(folder.path(), "checkpoint", checkpoint.to_string());
    let key = new_key().verifier().to_string();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = log.lines();
        change(&mut lines);
        words![export(folder.path(), &lines), "--key", &key, "--checkpoint", &file]
    };
    verified(&with(&|_| ()));
    let bare = usize::try_from(BARE - 1).unwrap();
    let replace = |n: usize, from: &'static str, to: &'static str| {
        with(&move |lines| {
            assert!(lines[n].contains(from), "{}", lines[n]);
            lines[n] = lines[n].replacen(from, to, 1);
        })
    };
    refused(&replace(4, "2011-05-17", "2011-05-18"), "line 5: contenthash");
    refused(&replace(4, "child/C-5", "child/C-6"), "line 5: subjecthash");
    refused(&replace(4, "\"contentsalt\":\"A", "\"contentsalt\":\"B"), "line 5: contenthash");
    refused(&replace(4, "\"local\"", "\"other\""), "another root at size 330");
    refused(&replace(bare, "\"local\"", "\"other\""), "another root at size 330");
    refused(&replace(4, "08:30:00.000001Z", "08:29:00.000001Z"), "line 5: recorded time decreases");
    refused(&replace(4, "\"revision\":1", "\"revision\":2"), "line 5: position 5 is revision 2");
    refused(&replace(4, "\"position\":5", "\"position\":true"), "line 5: position is missing");
    refused(&replace(4, "{", "{\"more\":1,"), "line 5: contenthash");
    refused(&replace(4, "{", "{\"id\":\"5\","), "line 5: a member stands twice");
    refused(&replace(4, "{", ""), "line 5: not JSON");
    refused(&with(&|lines| drop(lines.remove(4))), "line 5: position 6 follows 4");
    refused(&with(&|lines| lines.swap(4, 5)), "line 5: position 6 follows 4");
    refused(&with(&|lines| lines.insert(4, lines[4].clone())), "line 6: position 5 follows 5");
    refused(&with(&|lines| drop(lines.pop())), "the checkpoint has 330 entries, the export 329");
    // Content that is withheld is no content that is false.
    let withheld = with(&|lines| {
        lines[4] = String::from_utf8(log.events[4].entry().to_json().canonical()).unwrap()
    });
    assert!(verified(&withheld).contains("2 of them without content"));
}

#[test]
fn proofs_verify_alone_and_against_the_export() {
    let (folder, log) = (TempDir::new().unwrap(), Log::new());
    let witness = WitnessKey::from_seed("witness.example", &[9; 32]).unwrap();
    let mut checkpoint = log.checkpoint(SIZE, &[&new_key()]);
    witness.cosign(&mut checkpoint, 1_700_000_000).unwrap();
    let text = log.proof(17, &checkpoint).to_string();
    let file = write(folder.path(), "17.tlog-proof", &text);
    let path = export(folder.path(), &log.lines());
    let (key, witness_key) = (new_key().verifier().to_string(), witness.verifier().to_string());
    let policy = words!["--key", &key, "--witness", &witness_key, "--min-witnesses", "1"];
    let alone = [words!["--proof", &file], policy.clone()].concat();
    assert!(verified(&alone).contains(
        "position 17 is in the log of 330 entries, signed; witnessed by witness.example"
    ));
    verified(&[words![&path, "--proof", &file], policy.clone()].concat());
    assert_eq!(verify(&words!["--proof", &file]).code, Some(2), "without a key nothing is proven");

    let replace = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        write(folder.path(), "17.tlog-proof", text.replacen(from, to, 1));
    };
    replace("index 16", "index 17");
    refused(&alone, "another position than its entry");
    let hash = text.lines().nth(4).unwrap().to_owned();
    replace(&hash, text.lines().nth(5).unwrap());
    refused(&alone, "the inclusion proof does not lead to the root");
    replace(&format!("{hash}\n"), "");
    refused(&alone, "the proof is too short");
    replace("— witness.example", "— witness.elsewhere");
    refused(&alone, "cosigned by 0 of 1 witnesses");
    let line = text.lines().last().unwrap().to_owned();
    let mut other = log.checkpoint(SIZE - 1, &[&new_key()]);
    witness.cosign(&mut other, 1_700_000_000).unwrap();
    replace(&line, other.to_string().lines().last().unwrap());
    refused(&alone, "a false signature by witness.example");
    let entry = log.events[17].entry().to_json().canonical();
    let of_other = log.proof(17, &checkpoint).with_extra(entry).to_string();
    write(folder.path(), "17.tlog-proof", of_other);
    refused(&alone, "another position than its entry");
}

#[test]
fn checkpoints_of_one_history_are_consistent_by_proof_and_by_export() {
    let (folder, log) = (TempDir::new().unwrap(), Log::new());
    let old = log.checkpoint(257, &[&old_key()]);
    let new = log.checkpoint(BEFORE, &[&old_key()]);
    let proof = log.prove(&Plan::consistency(257, BEFORE).unwrap());
    let mut add = AddCheckpoint { old_size: 257, proof, checkpoint: new.note().clone() };
    let older = write(folder.path(), "old", old.to_string());
    let file = write(folder.path(), "add", add.to_string());
    let arguments = words!["--key", old_vkey(), "--checkpoint", &older, "--consistency", &file];
    assert!(verified(&arguments).contains("the 300 entries begin with the 257, signed"));
    let path = export(folder.path(), &log.lines());
    verified(&words![&path, "--key", old_vkey(), "--checkpoint", &older, "--consistency", &file]);
    verified(&words![&path, "--key", old_vkey(), "--consistency", &file]);
    add.proof[1][0] ^= 1;
    write(folder.path(), "add", add.to_string());
    refused(&arguments, "the trees are not of one history");
}

#[test]
fn a_change_of_keys_is_followed_by_its_handover_alone() {
    let (folder, log) = (TempDir::new().unwrap(), Log::new());
    let path = export(folder.path(), &log.lines());
    let rotated = BEFORE + 1;
    let both = log.proof(rotated, &log.checkpoint(rotated, &[&old_key(), &new_key()]));
    let handover = write(folder.path(), "handover", both.to_string());
    let before = write(folder.path(), "before", log.checkpoint(BEFORE, &[&old_key()]).to_string());
    let after = write(folder.path(), "after", log.checkpoint(SIZE, &[&new_key()]).to_string());
    let stale = write(folder.path(), "stale", log.checkpoint(SIZE, &[&old_key()]).to_string());
    let given = words![&path, "--key", old_vkey()];
    let and = |more: &[OsString]| [given.clone(), more.to_vec()].concat();
    verified(&and(&words!["--checkpoint", &before]));
    refused(&and(&words!["--checkpoint", &after]), "no given key");
    let follow = words!["--handover", &handover, "--checkpoint"];
    verified(&and(&[follow.clone(), words![&before]].concat()));
    verified(&and(&[follow.clone(), words![&after]].concat()));
    refused(&and(&[follow.clone(), words![&stale]].concat()), "no given key");
    // A forger has the new key alone; who has lost the new one cannot hand over to it.
    for keys in [[new_key(), new_key()], [old_key(), old_key()]] {
        let proof = log.proof(rotated, &log.checkpoint(rotated, &[&keys[0], &keys[1]]));
        write(folder.path(), "handover", proof.to_string());
        refused(&and(&[follow.clone(), words![&after]].concat()), "did not sign the handover");
    }
}
