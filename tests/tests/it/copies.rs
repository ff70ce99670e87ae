//! Exports and exact imports: the same bytes, the same root, from nothing or from a prefix.

use std::fs;

use crate::program::{Place, QUESTIONS, comparable, generated, lines_of, run, words};

fn import(place: &Place, export: &std::path::Path) -> serde_json::Value {
    place.casetrail(&["log", "import", "--json", export.to_str().expect("UTF-8")]).json()
}

/// The lines of an export but for the last, its checkpoint: each copy signs with a key of its own.
fn events_of(export: &std::path::Path) -> Vec<String> {
    let mut lines = lines_of(&fs::read_to_string(export).expect("an export"));
    let last = lines.pop().expect("a checkpoint");
    assert!(last.starts_with("{\"checkpoint\":"), "{last}");
    lines
}

#[test]
fn an_export_imported_is_the_same_log() {
    let lines = generated(4, 21);
    let place = Place::with(&lines);
    let export = place.export("export.ndjson");
    let bytes = fs::read(&export).expect("an export");
    let events = events_of(&export).concat();
    let verified = place.verified();
    assert_eq!(verified.0, lines.len() as u64);

    let copy = Place::new();
    let outcome = import(&copy, &export);
    assert_eq!(outcome["recorded"], verified.0);
    assert_eq!(outcome["root"], verified.1);
    assert_eq!(events_of(&copy.export("export.ndjson")), lines_of(&events));
    assert_eq!(copy.verified(), verified);
    assert_eq!(copy.origin(), place.origin(), "the checkpoint of the export names it");

    // From a prefix, through a compressed export, twice.
    let compressed = place.export("export.ndjson.zst");
    assert!(fs::metadata(&compressed).expect("a file").len() < bytes.len() as u64 / 3);
    let grown = Place::new();
    let prefix = grown.file("prefix.ndjson", &lines_of(&events)[..300]);
    let prefix = prefix.to_str().expect("UTF-8");
    let origin = ["--origin", &place.origin()];
    let outcome = grown.casetrail(&[&["log", "import", "--json", prefix], &origin[..]].concat());
    let outcome = outcome.json();
    assert_eq!((&outcome["recorded"], &outcome["size"]), (&300.into(), &300.into()));
    let outcome = import(&grown, &compressed);
    assert_eq!(outcome["already_recorded"], 300);
    assert_eq!(outcome["recorded"], verified.0 - 300);
    assert_eq!(grown.verified(), verified);
    assert_eq!(events_of(&grown.export("export.ndjson")), lines_of(&events));

    // Answers, from the log, the copy and the exports, by both programs.
    for question in QUESTIONS.iter().step_by(9) {
        let args = [words(question), vec!["--json"]].concat();
        let (answer, of_copy) = (place.casetrail(&args).json(), copy.casetrail(&args).json());
        assert_eq!(of_copy["log"]["root"], answer["log"]["root"], "{question}");
        assert_eq!(comparable(of_copy), comparable(answer.clone()), "{question}");
        let saved = place.path("saved.json");
        fs::write(&saved, answer.to_string()).expect("a file can be written");
        let confirmed = ["diff".as_ref(), compressed.as_os_str(), saved.as_os_str()];
        assert_eq!(run("replay", confirmed).ok(), "the same answer\n", "{question}");
        let plain = place.casetrail_on(&export, &args).ok();
        assert_eq!(place.casetrail_on(&compressed, &args).ok(), plain, "{question}");
        let replayed = |export: &std::path::Path| {
            let export = export.to_str().expect("UTF-8");
            run("replay", [&[args[0], export], &args[1..]].concat()).ok()
        };
        assert_eq!(replayed(&export), plain, "{question}");
        assert_eq!(replayed(&compressed), plain, "{question}");
    }
}

#[test]
fn what_does_not_continue_a_log_is_not_imported() {
    let place = Place::with(&generated(3, 5)[..200]);
    let other = Place::with(&generated(3, 6)[..200]);
    let before = place.verified();
    let export = other.export("other.ndjson");
    let import = ["log", "import", export.to_str().expect("UTF-8")];
    let done = place.casetrail(&import);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("origin"), "{}", done.stderr);
    let done = place.casetrail(&[&import[..], &["--origin", &place.origin()]].concat());
    assert_ne!(done.code, Some(0));
    assert!(done.stderr.contains("IMPORT_MISMATCH"), "{}", done.stderr);
    assert_eq!(place.verified(), before);

    // A gap in an export.
    let mut lines = place.exported();
    lines.remove(100);
    let copy = Place::new();
    let gap = copy.file("gap.ndjson", &lines);
    let done = copy.casetrail(&["log", "import", gap.to_str().expect("UTF-8")]);
    assert_ne!(done.code, Some(0));
    assert!(done.stderr.contains("IMPORT_MISMATCH"), "{}", done.stderr);
    let verified = run("replay", ["verify".as_ref(), gap.as_os_str()]);
    assert_eq!(verified.code, Some(1), "{}", verified.stderr);
    assert!(verified.stderr.contains("position 101 is bad"), "{}", verified.stderr);
}

#[test]
fn both_programs_verify_to_the_same_root() {
    let place = Place::with(&generated(4, 8)[..400]);
    let export = place.export("export.ndjson.zst");
    let replayed = run("replay", ["verify".as_ref(), "--json".as_ref(), export.as_os_str()]).json();
    let (size, root) = place.verified();
    assert_eq!(replayed["size"], size);
    assert_eq!(replayed["root"], root);
}

/// The auditor's program explains as the other does, from the export alone.
#[test]
fn both_programs_explain_alike() {
    let place = Place::with(&generated(4, 25));
    let export = place.export("export.ndjson.zst");
    let question = words(QUESTIONS[0]);
    let asked = [&["explain", question[1]], &question[2..4], &["--json"]].concat();
    let explained = place.casetrail(&asked).ok();
    let export = export.to_str().expect("UTF-8");
    assert_eq!(run("replay", [&["explain", export], &asked[1..]].concat()).ok(), explained);
    assert!(explained.contains("\"clauses\""));
}

/// An export that breaks off goes on where it did, whatever was written last, and a file of another
/// log is begun anew.
#[test]
fn an_export_goes_on_where_it_broke_off() {
    let place = Place::with(&generated(30, 22));
    let whole = |name: &str| {
        let path = place.export(name);
        fs::read(path).expect("an export")
    };
    let plain = whole("plain.ndjson");
    for name in ["going-on.ndjson", "going-on.ndjson.zst"] {
        let bytes = whole(name);
        let part = place.path(&format!("{name}.part"));
        let middle = bytes.len() / 2;
        for kept in [1, middle, bytes.len() - 1, bytes.len()] {
            fs::write(&part, &bytes[..kept]).expect("a file can be written");
            assert_eq!(
                plain_of(&whole(name)),
                plain,
                "{name} from {kept} of {} bytes",
                bytes.len()
            );
            assert!(!part.exists());
        }
    }
    let other = Place::with(&generated(3, 23));
    let foreign = fs::read(other.export("export.ndjson")).expect("an export");
    fs::write(place.path("plain.ndjson.part"), foreign).expect("a file can be written");
    assert_eq!(whole("plain.ndjson"), plain);
}

/// The plain bytes of an export, compressed or not.
fn plain_of(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(b"{") { bytes.to_vec() } else { zstd::decode_all(bytes).expect("zstd") }
}

/// Entries alone: no word of an adapter, and still the whole tree.
#[test]
fn entries_alone_give_the_same_root() {
    let place = Place::with(&generated(4, 24));
    let verified = place.verified();
    let path = place.path("entries.ndjson");
    let path = path.to_str().expect("UTF-8");
    place.casetrail(&["log", "export", "--entries", "--output", path]).ok();
    let text = fs::read_to_string(path).expect("an export");
    assert!(!text.contains("child/") && !text.contains("salt") && !text.contains("\"data\""));
    let verify = |path: &str| run("replay", ["verify", "--json", path]);
    assert_eq!(verify(path).json()["root"], verified.1);
    let mut lines = lines_of(&text);
    lines.remove(lines.len() / 2);
    let short = place.file("short.ndjson", &lines);
    assert_eq!(verify(short.to_str().expect("UTF-8")).code, Some(1), "one is left out");
}
