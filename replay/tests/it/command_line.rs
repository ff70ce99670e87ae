//! The program itself: what it prints, and its exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::common::{export_of, histories_dir, history, now};

fn replay(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    command.args(args).env_remove("UPDATE");
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A history's export in a folder of its own.
struct Audit {
    dir: TempDir,
}

impl Audit {
    fn of(name: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let export = export_of(&history(name).events(now()).unwrap());
        std::fs::write(dir.path().join("export.ndjson"), export).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let export = self.path("export.ndjson");
        replay(&[&[args[0], export.to_str().unwrap()], &args[1..]].concat())
    }
}

const Q1: [&str; 3] = ["timely-permanency", "--period", "2024-01-01..2024-03-31"];

#[test]
fn verify_prints_size_and_root_and_finds_the_first_bad_position() {
    let audit = Audit::of("correction-after-publication");
    let good = audit.run(&["verify"]);
    assert_eq!(code(&good), 0, "{}", stderr(&good));
    let good = stdout(&good);
    assert!(good.starts_with("22 events verified, root ") && good.ends_with("=\n"), "{good}");
    let as_json = stdout(&audit.run(&["verify", "--json"]));
    assert!(as_json.contains("\"size\": 22") && as_json.contains("\"verified\": true"));

    let path = audit.path("export.ndjson");
    let zst = audit.path("export.ndjson.zst");
    let plain = std::fs::read(&path).unwrap();
    std::fs::write(&zst, zstd::encode_all(plain.as_slice(), 0).unwrap()).unwrap();
    assert_eq!(stdout(&replay(&["verify", zst.to_str().unwrap()])), good);

    let spoilt = String::from_utf8(plain).unwrap().replacen("C-3", "C-4", 1);
    std::fs::write(&path, spoilt).unwrap();
    let bad = audit.run(&["verify"]);
    assert_eq!((code(&bad), stdout(&bad).as_str()), (1, ""));
    let why = stderr(&bad);
    assert!(why.contains("position 10 is bad: line 10 ") && why.contains("hash"), "{why}");
    assert_eq!(code(&audit.run(&[&["report"], &Q1[..]].concat())), 3);
}

/// The answer of an earlier position passed off as that of a later one: the position is found at
/// which the two part.
#[test]
fn a_saved_answer_is_told_from_which_position_on_it_differs() {
    let audit = Audit::of("correction-after-publication");
    let report = |position: u64| {
        let position = position.to_string();
        let then = ["--at-position", &position, "--by", "provider", "--json"];
        stdout(&audit.run(&[&["report"], &Q1[..], &then[..]].concat()))
    };
    let rows = |answer: &str| answer.split_once("\"rows\"").unwrap().1.to_owned();
    let last = (0..22).rev().find(|position| rows(&report(*position)) != rows(&report(22)));
    let last = last.unwrap();
    let claimed = report(last).replace(&format!("\"position\": {last},"), "\"position\": 22,");
    let saved = audit.path("saved.json");
    std::fs::write(&saved, claimed).unwrap();
    let differs = audit.run(&["diff", saved.to_str().unwrap()]);
    let said = stdout(&differs);
    let expected = format!("those of position {last}: they part at {}, ", last + 1);
    assert!(said.contains(&expected), "{said}");
    assert_eq!(code(&differs), 1);
}

#[test]
fn an_explanation_names_clauses_and_events() {
    let audit = Audit::of("correction-after-publication");
    let explain = |more: &[&str]| audit.run(&[&["explain"], &Q1[..], more].concat());
    let json = stdout(&explain(&["--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let members = json["members"].as_array().unwrap();
    assert!(!members.is_empty());
    for member in members {
        assert!(!member["clauses"].as_array().unwrap().is_empty(), "{member}");
        assert!(member["evidence"].as_array().unwrap().iter().all(|e| e["position"].is_u64()));
    }
    let nobody = explain(&["--text", "--subject", "child/nobody"]);
    let nobody = stdout(&nobody);
    assert!(nobody.contains("child/nobody") && nobody.contains("not in it"), "{nobody}");
    assert!(nobody.contains("no event of it is known"), "{nobody}");
    assert_eq!(code(&explain(&["--group", "weather=fair"])), 2);
}

#[test]
fn a_saved_answer_is_confirmed_or_differs_with_paths() {
    let audit = Audit::of("correction-after-publication");
    let saved = audit.path("saved.json");
    let then = ["--at-position", "21", "--by", "provider"];
    let answer = audit.run(&[&["report"], &Q1[..], &then[..]].concat());
    std::fs::write(&saved, &answer.stdout).unwrap();
    let same = audit.run(&["diff", saved.to_str().unwrap()]);
    assert_eq!((code(&same), stdout(&same).as_str()), (0, "the same answer\n"));

    let text = stdout(&answer);
    let elsewhere = text.replace("\"origin\": \"export\"", "\"origin\": \"casetrail/1\"");
    assert_ne!(elsewhere, text);
    std::fs::write(&saved, elsewhere).unwrap();
    assert_eq!(code(&audit.run(&["diff", saved.to_str().unwrap()])), 0, "no origin in an export");

    let better = text.replace("\"value\": \"3/4\"", "\"value\": \"4/4\"");
    std::fs::write(&saved, better).unwrap();
    let differs = audit.run(&["diff", saved.to_str().unwrap()]);
    assert_eq!(code(&differs), 1);
    assert_eq!(
        stdout(&differs),
        "/rows/0/value: saved \"4/4\", replayed \"3/4\"\n\
         /total/value: saved \"4/4\", replayed \"3/4\"\n\
         no position tried before 21 gives the saved rows\n"
    );
    assert!(stderr(&differs).contains("differ: 2"), "{}", stderr(&differs));
}

#[test]
fn every_golden_answer_is_confirmed_from_an_export() {
    for name in ["policy-is-events", "partial-weights", "p5-placement-stability"] {
        let audit = Audit::of(name);
        let saved = audit.path("saved.json");
        for question in history(name).questions() {
            let args: Vec<&str> = question.args.iter().map(String::as_str).collect();
            let answer = audit.run(&args);
            assert_eq!(code(&answer), 0, "{}", stderr(&answer));
            std::fs::write(&saved, &answer.stdout).unwrap();
            let same = audit.run(&["diff", saved.to_str().unwrap()]);
            assert_eq!(code(&same), 0, "{name}: {args:?}: {}", stdout(&same));
        }
    }
}

#[test]
fn what_cannot_be_compared_is_wrong_use() {
    let audit = Audit::of("correction-after-publication");
    let saved = audit.path("saved.json");
    let diff = |text: &[u8]| {
        std::fs::write(&saved, text).unwrap();
        let output = audit.run(&["diff", saved.to_str().unwrap()]);
        (code(&output), stderr(&output))
    };
    let answer = audit.run(&[&["report"], &Q1[..]].concat());
    let masked = audit.run(&[&["report"], &Q1[..], &["--suppress", "10"]].concat());
    for (text, why) in [
        (b"{}".to_vec(), "no question"),
        (b"nothing".to_vec(), "cannot read"),
        (masked.stdout, "masked"),
        (stdout(&answer).replace("\"position\": 22", "\"position\": 23").into(), "past the head"),
        (stdout(&answer).replace("\"clock\"", "\"clocks\"").into(), "no parameter `clocks`"),
        (stdout(&answer).replace("\"by\": []", "\"by\": 1").into(), "no by"),
    ] {
        let (code, found) = diff(&text);
        assert_eq!(code, 2, "{why}: {found}");
        assert!(found.contains(why), "{why}: {found}");
    }
}

#[test]
fn wrong_words_and_missing_files_are_wrong_use() {
    let audit = Audit::of("correction-after-publication");
    for (args, why) in [
        (vec!["report", "no-such-metric"], "no metric `no-such-metric`"),
        (vec!["report", "timely-permanency"], "needs --period"),
        (vec!["report", "timely-permanency", "--period", "2024"], "no period"),
        (vec!["timeline", "child"], "child"),
        (vec!["timeline", "child/C-1", "--as-of", "soon"], "soon"),
        (vec!["timeline", "child/C-1", "--at-position", "23"], "past the head"),
        (vec!["timeline", "child/C-1", "--known-at", "2999-01-01T00:00:00Z"], "future"),
    ] {
        let output = audit.run(&args);
        assert_eq!(code(&output), 2, "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    let unknown = audit.run(&["timeline", "child/C-99", "--as-of", "2024-01-01"]);
    assert_eq!(code(&unknown), 1, "{}", stderr(&unknown));
    let rows = audit.run(&["timeline", "child/C-1", "--as-of", "2024-01-01", "--text"]);
    assert!(stdout(&rows).contains("child/C-1") && !stdout(&rows).contains('{'), "for people");
    for missing in [&["verify", "no/such/export"][..], &["report", "no/such/export", "cfsr-p1"]] {
        assert_eq!(code(&replay(missing)), 2);
    }
    assert_eq!(code(&audit.run(&["diff", "no/such/answer"])), 2);
    assert_eq!(code(&replay(&["verify", env!("CARGO_MANIFEST_DIR")])), 2);
    assert_eq!(code(&replay(&["verify"])), 2);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn goldens_are_renewed_but_for_what_was_written_by_hand() {
    let dir = TempDir::new().unwrap();
    let golden = dir.path().join("re-entry");
    copy(&histories_dir().join("re-entry"), &golden);
    let run = |update: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
        command.arg("goldens").arg(dir.path()).env("UPDATE", update);
        command.output().unwrap()
    };
    let good = run("");
    assert_eq!((code(&good), stdout(&good).as_str()), (0, "6 passed, 0 failed\n"));

    let questions = golden.join("questions.json");
    let text = std::fs::read_to_string(&questions).unwrap();
    let stale = text.replace("\"under_8_days\": 0", "\"under_8_days\": 9");
    std::fs::write(&questions, &stale).unwrap();
    let bad = run("0");
    assert_eq!(code(&bad), 1);
    assert!(stdout(&bad).contains("/total/detail/flags/under_8_days: expected 9, got 0"));
    assert!(stdout(&bad).ends_with("3 passed, 3 failed\n"), "{}", stdout(&bad));
    assert_eq!(std::fs::read_to_string(&questions).unwrap(), stale, "untouched");
    assert_eq!(code(&run("1")), 0);
    assert_eq!(std::fs::read_to_string(&questions).unwrap(), text, "renewed to the same bytes");

    let wrong = text.replacen("\"numerator\": 1", "\"numerator\": 5", 1);
    std::fs::write(&questions, &wrong).unwrap();
    let bad = run("1");
    assert_eq!(code(&bad), 1, "what must be is not renewed");
    assert!(stdout(&bad).contains("must: /total/numerator: 1 must be 5"), "{}", stdout(&bad));
    assert_eq!(std::fs::read_to_string(&questions).unwrap(), wrong);
    assert_eq!(code(&replay(&["goldens", dir.path().join("none").to_str().unwrap()])), 2);
}
