//! Erasing a subject: what is gone, what stays, what the certificate is good for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Place, QUESTIONS, generated, json, lines_of, run, words};

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The child with the most lines, so that its stream lies in many places.
fn busiest(lines: &[String]) -> String {
    let subject = |line: &String| json(line)["subject"].as_str().expect("a subject").to_owned();
    let subjects: Vec<String> = lines.iter().map(subject).collect();
    let count = |subject: &str| subjects.iter().filter(|other| *other == subject).count();
    let children = subjects.iter().filter(|subject| subject.starts_with("child/"));
    children.max_by_key(|subject| count(subject)).expect("a child").clone()
}

fn erase(place: &Place, subject: &str, output: &Path) {
    let order = ["--authority", "court order 7", "--reason", "expunged"];
    let args = [&["log", "erase", subject, "--output", text(output)], &order[..]].concat();
    place.casetrail(&args).ok();
}

/// Bytes of a file without stretches of zeros, and of every zstd frame that begins anywhere in it.
fn readable(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a file");
    let mut all: Vec<u8> = Vec::new();
    let written = bytes.chunks(64).filter(|chunk| chunk.iter().any(|byte| *byte != 0));
    written.for_each(|chunk| all.extend(chunk));
    let starts: Vec<usize> = all
        .windows(4)
        .enumerate()
        .filter(|(_, four)| *four == [0x28, 0xb5, 0x2f, 0xfd])
        .map(|(at, _)| at)
        .collect();
    let raw = all.clone();
    for at in starts {
        let mut frame = zstd::Decoder::new(&raw[at..]).expect("a decoder").single_frame();
        // What only looks like a frame gives what it can.
        let _ = std::io::copy(&mut frame, &mut all);
    }
    all
}

/// Where these stand in the files of a log.
fn found_in(log: &Path, gone: &[Vec<u8>]) -> BTreeSet<String> {
    /// As many bytes as all have.
    const FIRST: usize = 8;
    let mut by_start: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
    for what in gone {
        by_start.entry(&what[..FIRST]).or_default().push(what);
    }
    let mut all = BTreeSet::new();
    for path in crate::files_of(log) {
        let bytes = readable(&path);
        for (at, start) in bytes.windows(FIRST).enumerate() {
            for what in by_start.get(start).into_iter().flatten() {
                if bytes[at..].starts_with(what) {
                    all.insert(format!("{} in {}", String::from_utf8_lossy(what), path.display()));
                }
            }
        }
    }
    all
}

/// What must be in no file once a stream is erased: salts as text and as bytes, identities that no
/// other event has, and the name, unless another stream still says it.
fn said_on(child: &str, before: &[Value], nowhere_else: bool) -> Vec<Vec<u8>> {
    let (own, others): (Vec<&Value>, Vec<&Value>) =
        before.iter().partition(|event| event["subject"] == child);
    let others: Vec<String> = others.iter().map(|event| event.to_string()).collect();
    let mut gone: Vec<Vec<u8>> = Vec::new();
    for event in own {
        for salt in ["contentsalt", "subjectsalt"] {
            let text = event[salt].as_str().expect("a salt");
            gone.extend([text.as_bytes().to_vec(), raw_salt(text)]);
        }
        let id = event["id"].as_str().expect("an id");
        if id.len() >= 8 && !others.iter().any(|other| other.contains(id)) {
            gone.push(id.as_bytes().to_vec());
        }
    }
    if nowhere_else {
        gone.push(child.as_bytes().to_vec());
    }
    gone
}

#[test]
fn an_erased_subject_is_gone_from_every_file_and_every_answer() {
    let lines = generated(12, 41);
    let child = busiest(&lines);
    let place = Place::with(&lines);
    let before: Vec<Value> = place.exported().iter().map(|line| json(line)).collect();
    let (size, root) = place.verified();
    let own: Vec<&Value> = before.iter().filter(|e| e["subject"] == child.as_str()).collect();
    let proof = place.path("before.tlog-proof");
    let position = own[0]["position"].to_string();
    place.casetrail(&["log", "proof", &position, "--output", text(&proof)]).ok();

    let found = found_in(&place.log(), &said_on(&child, &before, true));
    assert!(found.len() > own.len(), "what is looked for is there before");
    let certificate = place.path("certificate.json");
    erase(&place, &child, &certificate);

    let said = json(&fs::read_to_string(&certificate).expect("a certificate"));
    let gone = said_on(&child, &before, said["remains"] == Value::Array(Vec::new()));
    assert!(gone.len() > 2 * own.len());
    assert_eq!(found_in(&place.log(), &gone), BTreeSet::new());

    // Positions, hashes and roots stay; older proofs verify; the name is refused and told.
    let after: Vec<Value> = place.exported().iter().map(|line| json(line)).collect();
    assert_eq!(after.len() as u64, size + 1);
    for (before, after) in before.iter().zip(&after) {
        for kept in ["position", "revision", "recordedtime", "type", "subjecthash", "contenthash"] {
            assert_eq!(after[kept], before[kept]);
        }
        let erased = before["subject"] == child.as_str();
        assert_eq!(after.get("data").is_none(), erased);
        assert_eq!(after.as_object().expect("an object").len() == 7, erased);
    }
    let then = ["report", "trauma-training", "--as-of", "2025-06-30", "--json", "--at-position"];
    let answer = place.casetrail(&[&then[..], &[&size.to_string()]].concat()).json();
    assert_eq!(
        (&answer["log"]["root"], &answer["log"]["erased"]),
        (&root.into(), &own.len().into())
    );
    let vkey = place.casetrail(&["log", "key"]).ok();
    let vkey = vkey.trim_end();
    run("replay", ["proof", text(&proof), "--key", vkey]).ok();
    let certified = run("replay", ["proof", "--json", text(&certificate), "--key", vkey]).json();
    assert_eq!(certified["entry"]["type"], "casetrail.subject.erased.v1");
    assert_eq!(said["event"]["data"]["events"], own.len());

    is_refused(&place, &child, own[0]);
    place.verified();
}

/// A repetition of what an erased stream held is refused, and whoever asks for it is told.
fn is_refused(place: &Place, child: &str, event: &Value) {
    let again = event.as_object().expect("an object").clone();
    let sent = ["specversion", "id", "source", "type", "subject", "effectiveon", "data"];
    let again: serde_json::Map<_, _> =
        again.into_iter().filter(|(name, _)| sent.contains(&name.as_str())).collect();
    let file = place.file("again.ndjson", &[Value::Object(again).to_string() + "\n"]);
    let refused = place.casetrail(&["ingest", "--strict", text(&file)]);
    assert_eq!(refused.code, Some(1));
    let quarantine = fs::read_to_string(place.path("again.ndjson.quarantine.ndjson"));
    assert!(quarantine.expect("a file").contains("SUBJECT_ERASED"));
    let timeline = place.casetrail(&["timeline", child]);
    assert_eq!(timeline.code, Some(1));
    assert!(timeline.stderr.contains("erased"), "{}", timeline.stderr);
    let question = ["explain", "cfsr-p1", "--period", "2024-01-01..2024-12-31", "--subject", child];
    let explained = place.casetrail(&question);
    assert_eq!(explained.code, Some(1));
    assert!(explained.stderr.contains("was erased"), "{}", explained.stderr);
}

/// Sixteen bytes from unpadded base64url.
fn raw_salt(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let bits = text.bytes().fold((Vec::new(), 0_u32, 0_u32), |(mut bytes, acc, held), c| {
        let (acc, held) = (acc << 6 | u32::from(digit(c)), held + 6);
        if held < 8 {
            return (bytes, acc, held);
        }
        bytes.push(u8::try_from(acc >> (held - 8) & 0xff).expect("a byte"));
        (bytes, acc & ((1 << (held - 8)) - 1), held - 8)
    });
    bits.0
}

#[test]
fn a_backup_older_than_an_erasure_is_restored_without_what_was_erased() {
    let lines = generated(6, 42);
    let child = busiest(&lines);
    let place = Place::with(&lines);
    let backup = place.export("backup.ndjson.zst");
    let (size, root) = place.verified();
    let certificate = place.path("certificate.json");
    erase(&place, &child, &certificate);
    let later = place.export("later.ndjson");

    let copy = Place::new();
    let erased = ["--erased", text(&certificate)];
    let import = |file: &Path, more: &[&str]| {
        copy.casetrail(&[&["log", "import", "--json", text(file)], more].concat()).json()
    };
    let outcome = import(&backup, &erased);
    assert_eq!((&outcome["size"], &outcome["root"]), (&size.into(), &root.into()));
    assert_eq!(outcome["erased"], place.casetrail(&["log", "verify", "--json"]).json()["erased"]);
    let whole = Place::new();
    whole.casetrail(&["log", "import", text(&backup)]).ok();
    let before_erasure: Vec<Value> = whole.exported().iter().map(|line| json(line)).collect();
    assert_eq!(before_erasure.len(), lines.len());
    assert_eq!(found_in(&copy.log(), &said_on(&child, &before_erasure, false)), BTreeSet::new());
    // The event itself comes with the rest of the log, and then both are the same.
    import(&later, &[]);
    assert_eq!(copy.exported(), place.exported());
    assert_eq!(copy.verified(), place.verified());

    // Answers do not know the child, in the log, the copy and the export.
    for question in QUESTIONS.iter().step_by(5) {
        let args = [words(question), vec!["--json"]].concat();
        let answer = place.casetrail(&args).ok();
        assert_eq!(copy.casetrail(&args).ok(), answer, "{question}");
        assert_eq!(run("replay", [&[args[0], text(&later)], &args[1..]].concat()).ok(), answer);
    }
}

#[test]
fn an_erasure_must_not_name_whom_it_erases() {
    let place = Place::with(&generated(1, 43));
    let child = busiest(&place.exported());
    let ident = child.trim_start_matches("child/");
    let args = ["log", "erase", &child, "--authority", "court", "--reason", ident];
    assert_eq!(place.casetrail(&args).code, Some(2));
    let unknown = ["log", "erase", "child/nobody", "--authority", "a", "--reason", "r"];
    let refused = place.casetrail(&unknown);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("ERASES_UNKNOWN"), "{}", refused.stderr);
    assert_eq!(lines_of(&place.exported().concat()).len() as u64, place.verified().0);
}
