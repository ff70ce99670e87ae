//! Bytes on disk that must not change: a program of any later version reads these files.
//!
//! A golden that fails is not repaired by writing it anew: a changed format gets a new version
//! number, and these files stay and stay readable.

use std::fs;
use std::path::{Path, PathBuf};

use journal::{Journal, JournalOptions, Needed, RunName, RunReader, RunWriter};
use tempfile::TempDir;

const OPTIONS: JournalOptions = JournalOptions { segment_bytes: 256 };
const SEGMENT_NAME: &str = "journal-00000000000000000001.seg";
const NAME: RunName = RunName { first: 257, last: 512 };

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Reads a golden: hexadecimal digits, white space ignored.
fn golden(name: &str) -> Vec<u8> {
    let text = fs::read_to_string(golden_path(name)).unwrap();
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Compares with a golden. A missing one is written, so that a new version can get its own.
fn check_golden(name: &str, bytes: &[u8]) {
    if !golden_path(name).exists() {
        let lines: Vec<String> = bytes
            .chunks(32)
            .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect())
            .collect();
        fs::write(golden_path(name), lines.join("\n") + "\n").unwrap();
    }
    assert_eq!(golden(name), bytes, "{name}");
}

#[test]
fn a_segment_has_these_bytes() {
    let dir = TempDir::new().unwrap();
    let mut journal = Journal::open(dir.path(), OPTIONS, Needed::NOTHING).unwrap();
    journal.append(&["first", "second"]).unwrap();
    journal.append(&[""]).unwrap();
    drop(journal);
    check_golden("segment-v1.hex", &fs::read(dir.path().join(SEGMENT_NAME)).unwrap());
}

#[test]
fn a_segment_of_these_bytes_is_read() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(SEGMENT_NAME), golden("segment-v1.hex")).unwrap();
    let mut journal = Journal::open(dir.path(), OPTIONS, Needed::NOTHING).unwrap();
    let segment = journal.segments().load(1).unwrap();
    let records: Vec<_> = segment.records(1).collect();
    assert_eq!(records, [(1, b"first".as_slice()), (2, b"second"), (3, b"")]);
    assert_eq!(journal.append(&["third"]).unwrap(), 4);
}

fn records_of_run() -> (Vec<String>, Vec<String>) {
    let positions = NAME.first..=NAME.last;
    let kept = positions.clone().map(|position| format!("k{position}")).collect();
    (kept, positions.map(|position| format!("content of {position}")).collect())
}

#[test]
fn a_run_of_these_bytes_is_read() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(NAME.file_name()), golden("run-v1.hex")).unwrap();
    let run = RunReader::open(dir.path(), NAME).unwrap();
    let block = run.block(1).unwrap();
    let (kept, data) = records_of_run();
    assert!(block.kept.iter().eq(kept.iter().map(String::as_bytes)));
    assert!(block.data.iter().eq(data.iter().map(String::as_bytes)));
    assert_eq!(run.section("streams").unwrap(), b"a table");
    assert_eq!(run.section("ids").unwrap(), b"");
}

/// The compressed frames may differ from one version of zstd to the next, so only what the
/// frames do not decide is compared byte for byte: everything before them, and the layout.
#[test]
fn a_run_has_this_layout() {
    let dir = TempDir::new().unwrap();
    let (kept, data) = records_of_run();
    let mut writer = RunWriter::create(dir.path(), NAME).unwrap();
    writer.block(&kept, &data).unwrap();
    writer.section("streams", b"a table").unwrap();
    writer.section("ids", b"").unwrap();
    let bytes = fs::read(writer.finish().unwrap()).unwrap();
    if !golden_path("run-v1.hex").exists() {
        check_golden("run-v1.hex", &bytes);
    }
    let golden = golden("run-v1.hex");
    assert_eq!(bytes[..32], golden[..32], "header");
    let name_and_counts = |bytes: &[u8]| {
        let trailer = bytes.len() - 16;
        let length = u32::from_le_bytes(bytes[trailer..trailer + 4].try_into().unwrap());
        let footer = &bytes[trailer - usize::try_from(length).unwrap()..trailer];
        (footer[..32].to_vec(), footer.len(), bytes[trailer + 8..].to_vec())
    };
    assert_eq!(name_and_counts(&bytes), name_and_counts(&golden), "footer and trailer");
}
