//! Erasing a subject: what is gone, what stays, what the certificate is good for.

use std::fs;
use std::path::{Path, PathBuf};

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

/// Every file under a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Bytes of a file, and of every zstd frame that begins anywhere in it.
fn readable(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a file");
    let mut all = bytes.clone();
    let starts = bytes.windows(4).enumerate().filter(|(_, four)| *four == [0x28, 0xb5, 0x2f, 0xfd]);
    for (at, _) in starts {
        let mut frame = zstd::Decoder::new(&bytes[at..]).expect("a decoder").single_frame();
        // What only looks like a frame gives what it can.
        let _ = std::io::copy(&mut frame, &mut all);
    }
    all
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
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

    let certificate = place.path("certificate.json");
    erase(&place, &child, &certificate);

    // No file holds what was said on the stream, nor what names it; nor its salts.
    let salts = own.iter().map(|e| e["contentsalt"].as_str().expect("a salt"));
    let salts = salts.chain([own[0]["subjectsalt"].as_str().expect("a salt")]);
    let mut gone: Vec<String> = salts.map(str::to_owned).collect();
    let elsewhere = |id: &str| {
        before.iter().filter(|e| e["subject"] != child.as_str()).any(|e| e.to_string().contains(id))
    };
    let ids = own.iter().map(|e| e["id"].as_str().expect("an id").to_owned());
    gone.extend(ids.filter(|id| !elsewhere(id)));
    assert!(gone.len() > own.len());
    let certificate_text = fs::read_to_string(&certificate).expect("a certificate");
    let said = json(&certificate_text);
    let named_elsewhere = !said["remains"].as_array().expect("a list").is_empty();
    if !named_elsewhere {
        gone.push(child.clone());
    }
    let raw: Vec<Vec<u8>> =
        own.iter().map(|e| raw_salt(e["contentsalt"].as_str().expect("salt"))).collect();
    for path in files(&place.log()) {
        let bytes = readable(&path);
        for what in &gone {
            assert!(!contains(&bytes, what.as_bytes()), "{what} is in {}", path.display());
        }
        for salt in &raw {
            assert!(!contains(&bytes, salt), "a salt is in {}", path.display());
        }
    }

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

    let again = own[0].as_object().expect("an object").clone();
    let sent = ["specversion", "id", "source", "type", "subject", "effectiveon", "data"];
    let again: serde_json::Map<_, _> =
        again.into_iter().filter(|(name, _)| sent.contains(&name.as_str())).collect();
    let file = place.file("again.ndjson", &[Value::Object(again).to_string() + "\n"]);
    let refused = place.casetrail(&["ingest", "--strict", text(&file)]);
    assert_eq!(refused.code, Some(1));
    let quarantine = fs::read_to_string(place.path("again.ndjson.quarantine.ndjson"));
    assert!(quarantine.expect("a file").contains("SUBJECT_ERASED"));
    let timeline = place.casetrail(&["timeline", &child]);
    assert_eq!(timeline.code, Some(1));
    assert!(timeline.stderr.contains("erased"), "{}", timeline.stderr);
    place.verified();
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
    for path in files(&copy.log()) {
        assert!(
            !contains(&readable(&path), format!("\"{child}\"").as_bytes()),
            "{}",
            path.display()
        );
    }
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
