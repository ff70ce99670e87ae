use std::fs::{self, OpenOptions};
use std::path::Path;

use tempfile::TempDir;

use crate::journal::{AppendError, Journal, JournalOptions, RewriteError};
use crate::recovery::{Needed, OpenError};
use crate::segment::SegmentError;

const SMALL: JournalOptions = JournalOptions { segment_bytes: 1024 };

fn open(dir: &Path) -> Journal {
    Journal::open(dir, SMALL, Needed::NOTHING).unwrap()
}

/// Everything below `first` is elsewhere.
fn known(first: u64) -> Needed {
    Needed { first, last: first - 1 }
}

/// Appends `count` groups of one record of 100 bytes each.
fn fill(journal: &mut Journal, count: u8) {
    for n in 0..count {
        journal.append(&[[n; 100]]).unwrap();
    }
}

fn records(journal: &Journal, from: u64) -> Vec<(u64, Vec<u8>)> {
    let mut records = Vec::new();
    for first in journal.segments().firsts() {
        let segment = journal.segments().load(first).unwrap();
        records.extend(segment.records(from).map(|(position, bytes)| (position, bytes.to_vec())));
    }
    records
}

fn file_names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn appends_across_segments_and_reads_all_again() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(journal.next_position(), 21);
    assert_eq!(journal.segments().firsts(), [1, 8, 15]);
    let expected: Vec<_> = (0..20).map(|n| (u64::from(n) + 1, vec![n; 100])).collect();
    assert_eq!(records(&journal, 1), expected);
    assert_eq!(records(&journal, 9), expected[8..]);
    assert_eq!(records(&journal, 21), []);
}

#[test]
fn segments_have_their_full_length_from_the_start() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 8);
    for first in journal.segments().firsts() {
        assert_eq!(fs::metadata(journal.segments().path(first)).unwrap().len(), 1024);
    }
}

#[test]
fn a_group_larger_than_a_segment_gets_a_larger_one() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    journal.append(&["before"]).unwrap();
    journal.append(&[vec![1; 5000]]).unwrap();
    journal.append(&["behind"]).unwrap();
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(journal.segments().firsts(), [1, 2, 3]);
    let lengths: Vec<_> = records(&journal, 1).iter().map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(lengths, [6, 5000, 6]);
}

#[test]
fn refuses_groups_that_say_nothing() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    assert!(matches!(journal.append::<&[u8]>(&[]), Err(AppendError::Empty)));
    assert_eq!(journal.append(&[""]).unwrap(), 1);
}

#[test]
fn a_failed_write_stops_the_journal() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 3);
    // Open for reading only, so that writing fails.
    journal.tail.file = fs::File::open(journal.segments().path(1)).unwrap();
    assert!(matches!(journal.append(&["x"]), Err(AppendError::Failed { first: 4, .. })));
    assert!(matches!(journal.append(&["x"]), Err(AppendError::Stopped)));
    drop(journal);
    let mut journal = open(dir.path());
    assert_eq!(journal.append(&["y"]).unwrap(), 4);
}

#[test]
fn a_failed_sync_stops_the_journal() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 3);
    // This device takes every write and refuses to be synced.
    let healthy = std::mem::replace(
        &mut journal.tail.file,
        OpenOptions::new().write(true).open("/dev/null").unwrap(),
    );
    assert!(matches!(journal.append(&["x"]), Err(AppendError::Failed { first: 4, .. })));
    // Not even a healthy file brings it back.
    journal.tail.file = healthy;
    assert!(matches!(journal.append(&["x"]), Err(AppendError::Stopped)));
}

#[test]
fn no_room_for_a_segment_is_no_stop() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    journal.append(&["x"]).unwrap();
    // A directory under the temporary name is in the way.
    let obstacle = dir.path().join("large.tmp");
    fs::create_dir(&obstacle).unwrap();
    assert!(matches!(journal.append(&[[1; 2000]]), Err(AppendError::NoRoom { .. })));
    assert_eq!(journal.append(&["y"]).unwrap(), 2);
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(journal.append(&[[1; 2000]]).unwrap(), 3);
    drop(journal);
    assert_eq!(open(dir.path()).next_position(), 4);
}

#[test]
fn deletes_sealed_segments_but_never_the_newest() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    let segments = journal.segments();
    assert_eq!(segments.remove_through(6).unwrap(), 0);
    assert_eq!(segments.remove_through(7).unwrap(), 1);
    assert_eq!(segments.firsts(), [8, 15]);
    assert_eq!(segments.remove_through(1000).unwrap(), 1);
    assert_eq!(journal.append(&["more"]).unwrap(), 21);
    drop(journal);
    let journal = Journal::open(dir.path(), SMALL, known(18)).unwrap();
    assert_eq!(journal.segments().firsts(), [15]);
    assert_eq!(records(&journal, 1).len(), 7);
}

#[test]
fn opening_finishes_an_interrupted_deletion() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    let middle = journal.segments().path(8);
    drop(journal);
    fs::remove_file(middle).unwrap();
    assert!(matches!(
        Journal::open(dir.path(), SMALL, Needed::NOTHING),
        Err(OpenError::Missing { missing, .. }) if missing.to_string() == "positions 8 to 14"
    ));
    let journal = Journal::open(dir.path(), SMALL, known(15)).unwrap();
    assert_eq!(journal.segments().firsts(), [15]);
}

#[test]
fn positions_that_should_be_there_are_missed() {
    let dir = TempDir::new().unwrap();
    let missing = |first| match Journal::open(dir.path(), SMALL, known(first)) {
        Err(OpenError::Missing { missing, .. }) => missing.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(2), "positions 2 and above");
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    journal.segments().remove_through(14).unwrap();
    drop(journal);
    assert_eq!(missing(5), "positions 5 to 14");
    assert_eq!(missing(30), "positions 21 to 29");
}

#[test]
fn a_torn_tail_that_was_acknowledged_is_not_cut_off() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 5);
    drop(journal);
    let path = dir.path().join("journal-00000000000000000001.seg");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let outcome = Journal::open(dir.path(), SMALL, Needed { first: 1, last: 5 });
    assert!(matches!(
        outcome,
        Err(OpenError::Missing { missing, .. }) if missing.to_string() == "position 5"
    ));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(open(dir.path()).next_position(), 5);
}

#[test]
fn a_torn_tail_is_allowed_in_the_last_segment_alone() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 10);
    drop(journal);
    let path = dir.path().join("journal-00000000000000000001.seg");
    let mut bytes = fs::read(&path).unwrap();
    let last_of_first_segment = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last_of_first_segment] ^= 0xFF;
    fs::write(&path, &bytes).unwrap();
    let Err(OpenError::Segment(SegmentError::Corrupt { corruption, .. })) =
        Journal::open(dir.path(), SMALL, Needed::NOTHING)
    else {
        panic!("not told as a corruption")
    };
    assert_eq!(corruption.hurt.to_string(), "position 7");
    assert_eq!(fs::read(&path).unwrap(), bytes, "a corruption must not be touched");
}

#[test]
fn a_segment_that_continues_another_journal_is_told() {
    let dir = TempDir::new().unwrap();
    let other = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 10);
    let mut stranger = open(other.path());
    for _ in 0..10 {
        stranger.append(&[[77; 100]]).unwrap();
    }
    drop((journal, stranger));
    let name = "journal-00000000000000000008.seg";
    fs::copy(other.path().join(name), dir.path().join(name)).unwrap();
    let error = Journal::open(dir.path(), SMALL, Needed::NOTHING).unwrap_err();
    assert!(matches!(error, OpenError::BrokenChain { .. }), "{error}");
}

#[test]
fn headers_of_other_versions_and_misnamed_files_are_told() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 2);
    drop(journal);
    let path = dir.path().join("journal-00000000000000000001.seg");
    let pristine = fs::read(&path).unwrap();
    let error_with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = pristine.clone();
        change(&mut bytes);
        let crc = crc32c::crc32c(&bytes[..28]);
        bytes[28..32].copy_from_slice(&crc.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        Journal::open(dir.path(), SMALL, Needed::NOTHING).unwrap_err().to_string()
    };
    assert!(error_with(&|bytes| bytes[8] = 9).contains("version 9"));
    assert!(error_with(&|bytes| bytes[12] = 3).contains("begins at position 3"));
    assert!(error_with(&|bytes| bytes[0] = 0).contains("header is unreadable"));
}

#[test]
fn the_spare_is_filled_ahead_and_leftovers_are_removed() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("spare.tmp"), "leftover").unwrap();
    let mut journal = open(dir.path());
    assert_eq!(file_names(dir.path()), ["journal-00000000000000000001.seg"]);
    fill(&mut journal, 4);
    assert!(journal.spare.is_begun(), "half full, and no spare begun");
    fill(&mut journal, 4);
    assert!(!journal.spare.is_begun(), "put to use, and counted as still there");
    drop(journal);
    let names = ["journal-00000000000000000001.seg", "journal-00000000000000000008.seg"];
    assert_eq!(file_names(dir.path()), names);
}

/// Positions whose records are replaced, in each of three segments.
const REPLACED: [u64; 4] = [3, 4, 9, 20];

fn replace(position: u64, _: &[u8]) -> Option<Vec<u8>> {
    REPLACED.contains(&position).then(|| format!("new {position}").into_bytes())
}

fn all_bytes(dir: &Path) -> Vec<u8> {
    file_names(dir).iter().flat_map(|name| fs::read(dir.join(name)).unwrap()).collect()
}

#[test]
fn replaced_records_are_gone_and_appending_goes_on() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    let untouched = fs::read(journal.segments().path(1)).unwrap();
    journal.rewrite(|_, _| None).unwrap();
    journal.rewrite(replace).unwrap();
    journal.rewrite(replace).unwrap();
    assert_eq!(journal.segments().firsts().len(), 3);
    journal.append(&[b"behind"]).unwrap();
    let expected = (1..=20_u8).map(|n| (u64::from(n), vec![n - 1; 100]));
    let expected = expected.map(|(at, old)| (at, replace(at, &old).unwrap_or(old)));
    let mut expected: Vec<_> = expected.collect();
    expected.push((21, b"behind".to_vec()));
    assert_eq!(records(&journal, 1), expected);
    let bytes = all_bytes(dir.path());
    for at in REPLACED {
        let old = [u8::try_from(at).unwrap() - 1; 100];
        assert!(untouched.windows(100).any(|window| window == old) || at > 7);
        assert!(!bytes.windows(100).any(|window| window == old), "position {at}");
    }
    drop(journal);
    let mut journal = open(dir.path());
    assert_eq!(records(&journal, 1), expected);
    // The second segment is as long as it was, and the first groups stand where they stood.
    let now = fs::read(journal.segments().path(1)).unwrap();
    assert_eq!(now.len(), untouched.len());
    assert_eq!(now[..100], untouched[..100]);
    fill(&mut journal, 20);
    assert_eq!(journal.next_position(), 42);
}

#[test]
fn records_may_grow_beyond_their_segment() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 7);
    journal.rewrite(|position, _| (position < 3).then(|| vec![0xEE; 2_000])).unwrap();
    journal.append(&[b"behind"]).unwrap();
    drop(journal);
    let journal = open(dir.path());
    let lengths: Vec<_> = records(&journal, 1).iter().map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(lengths, [2_000, 2_000, 100, 100, 100, 100, 100, 6]);
}

#[test]
fn what_an_interrupted_rewriting_leaves_is_removed() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    drop(journal);
    let leftover = dir.path().join("journal-00000000000000000008.seg.tmp");
    fs::copy(dir.path().join("journal-00000000000000000008.seg"), &leftover).unwrap();
    let journal = open(dir.path());
    assert!(!leftover.exists());
    assert_eq!(records(&journal, 1).len(), 20);
}

#[test]
fn a_rewriting_that_fails_stops_the_journal() {
    let dir = TempDir::new().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 20);
    let path = journal.segments().path(8);
    // A directory is in the way of the temporary file.
    fs::create_dir(path.with_added_extension("tmp")).unwrap();
    assert!(
        matches!(journal.rewrite(replace), Err(RewriteError::Io { path: at, .. }) if at == path)
    );
    assert!(matches!(journal.append(&[b"x"]), Err(AppendError::Stopped)));
    assert!(matches!(journal.rewrite(replace), Err(RewriteError::Stopped)));
}
