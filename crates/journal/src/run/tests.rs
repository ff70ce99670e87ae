use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::run::frame::{DATA_APART, KEPT_APART, Split, join};
use crate::run::{
    CopyBlockError, OpenRunError, ReadRunError, RunName, RunReader, RunWriter, WriteRunError,
};

const NAME: RunName = RunName { first: 257, last: 768 };

fn kept(position: u64) -> Vec<u8> {
    format!("kept {position}").into_bytes()
}

fn data(position: u64) -> Vec<u8> {
    vec![u8::try_from(position % 251).unwrap(); usize::try_from(position % 40).unwrap()]
}

fn write(dir: &Path) -> Result<std::path::PathBuf, WriteRunError> {
    let mut writer = RunWriter::create(dir, NAME)?;
    for block in NAME.blocks() {
        let positions = block * 256 + 1..=block * 256 + 256;
        let kept: Vec<_> = positions.clone().map(kept).collect();
        let data: Vec<_> = positions.map(data).collect();
        writer.block(&kept, &data)?;
    }
    writer.section("ids", b"sorted hashes")?;
    writer.section("empty", b"")?;
    writer.finish()
}

#[test]
fn reads_back_what_was_written() {
    let dir = TempDir::new().unwrap();
    write(dir.path()).unwrap();
    let runs = RunName::list(dir.path()).unwrap();
    assert_eq!(runs.len(), 1);
    let run = RunReader::open(dir.path(), runs[0].0).unwrap();
    assert_eq!(run.name(), NAME);
    for number in [2, 1] {
        let block = run.block(number).unwrap();
        assert_eq!(block.first, number * 256 + 1);
        let positions = block.first..;
        assert!(block.kept.iter().zip(positions.clone()).all(|(bytes, at)| bytes == kept(at)));
        assert!(block.data.iter().zip(positions).all(|(bytes, at)| bytes == data(at)));
        assert_eq!(run.kept(number).unwrap(), block.kept);
    }
    assert_eq!(run.section("ids").unwrap(), b"sorted hashes");
    assert_eq!(run.section("empty").unwrap(), b"");
    let mut part = [0; 6];
    run.section_part("ids", 7, &mut part).unwrap();
    assert_eq!(&part, b"hashes");
}

#[test]
fn asking_for_what_is_not_there_is_an_error() {
    let dir = TempDir::new().unwrap();
    write(dir.path()).unwrap();
    let run = RunReader::open(dir.path(), NAME).unwrap();
    assert!(matches!(run.block(0), Err(ReadRunError::Absent { .. })));
    assert!(matches!(run.block(3), Err(ReadRunError::Absent { .. })));
    assert!(matches!(run.section("x"), Err(ReadRunError::Absent { .. })));
    assert!(matches!(run.section_part("ids", 8, &mut [0; 6]), Err(ReadRunError::Absent { .. })));
    assert!(matches!(
        run.section_part("ids", u64::MAX, &mut [0; 6]),
        Err(ReadRunError::Absent { .. })
    ));
}

#[test]
fn a_run_comes_into_being_whole_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let records = vec![b"r"; 256];
    let mut writer = RunWriter::create(dir.path(), NAME).unwrap();
    writer.block(&records, &records).unwrap();
    assert!(matches!(writer.section("ids", b""), Err(WriteRunError::Shape { .. })));
    assert!(matches!(writer.block(&records[1..], &records), Err(WriteRunError::Shape { .. })));
    assert!(matches!(writer.finish(), Err(WriteRunError::Shape { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);

    let leftover = dir.path().join(format!("{}.tmp", NAME.file_name()));
    fs::write(&leftover, "cut short").unwrap();
    assert_eq!(RunName::list(dir.path()).unwrap(), []);
    assert!(leftover.exists(), "a reader removes nothing");
    crate::durable::remove_leftovers(dir.path()).unwrap();
    assert!(!leftover.exists());
}

#[test]
fn a_run_takes_the_place_of_one_of_the_same_name() {
    let dir = TempDir::new().unwrap();
    write(dir.path()).unwrap();
    let before = RunReader::open(dir.path(), NAME).unwrap();
    let mut writer = RunWriter::create(dir.path(), NAME).unwrap();
    let records = vec![b"new"; 256];
    writer.block(&records, &records).unwrap();
    writer.block(&records, &records).unwrap();
    writer.finish().unwrap();
    let after = RunReader::open(dir.path(), NAME).unwrap();
    assert_eq!(after.block(1).unwrap().data.get(0), Some(b"new".as_slice()));
    assert_eq!(before.block(1).unwrap().kept.get(0), Some(kept(257).as_slice()));
}

#[test]
fn names_are_exact_and_aligned() {
    assert_eq!(RunName::parse(&NAME.file_name()), Some(NAME));
    for name in [
        "sealed-257-768.run",
        "sealed-00000000000000000257-00000000000000000768.run.tmp",
        "sealed-00000000000000000256-00000000000000000768.run",
        "sealed-00000000000000000257-00000000000000000767.run",
        "sealed-00000000000000000257-00000000000000000256.run",
        "sealed-000000000000000000257-0000000000000000768.run",
    ] {
        assert_eq!(RunName::parse(name), None, "{name}");
    }
    let dir = TempDir::new().unwrap();
    let unaligned = RunName { first: 2, last: 256 };
    assert!(matches!(RunWriter::create(dir.path(), unaligned), Err(WriteRunError::Shape { .. })));
}

/// Opens a run and reads all of it, and returns the first error's words.
fn read_all(dir: &Path) -> Result<(), String> {
    let words = |error: ReadRunError| error.to_string();
    let run = RunReader::open(dir, NAME).map_err(|error: OpenRunError| error.to_string())?;
    for number in NAME.blocks() {
        let block = run.block(number).map_err(words)?;
        let sound = (block.first..).zip(block.kept.iter().zip(block.data.iter())).all(
            |(position, (found_kept, found_data))| {
                found_kept == kept(position) && found_data == data(position)
            },
        );
        assert!(sound, "wrong bytes in block {number}");
    }
    assert_eq!(run.section("ids").map_err(words)?, b"sorted hashes");
    assert_eq!(run.section("empty").map_err(words)?, b"");
    Ok(())
}

#[test]
fn damage_names_the_positions_hurt() {
    let dir = TempDir::new().unwrap();
    let path = write(dir.path()).unwrap();
    let pristine = fs::read(&path).unwrap();
    let error_at = |at: usize| {
        let mut bytes = pristine.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        read_all(dir.path()).unwrap_err()
    };
    let is_frame = |bytes: &[u8]| bytes == [0x28, 0xB5, 0x2F, 0xFD];
    let frames: Vec<_> =
        pristine.windows(4).enumerate().filter_map(|(at, w)| is_frame(w).then_some(at)).collect();
    let [kept_1, data_1, kept_2, data_2] = frames[..] else { panic!("four frames") };
    for at in [kept_1, data_1, data_1 + 9] {
        assert!(error_at(at).ends_with("(positions 257 to 512)"));
    }
    for at in [kept_2, data_2, data_2 + 9] {
        assert!(error_at(at).ends_with("(positions 513 to 768)"));
    }
    assert!(error_at(pristine.len() - 1).contains("the file's end is damaged"));
    assert!(error_at(pristine.len() - 20).contains("the footer is damaged"));
    assert!(error_at(9).contains("the header is damaged"));
}

proptest! {
    /// Any change to a run's bytes is noticed, and so is every truncation.
    #[test]
    fn damage_is_always_noticed(flips in vec((0_usize..100_000, 1..=u8::MAX), 0..3), cut in 0_usize..100_000) {
        let dir = TempDir::new().unwrap();
        let path = write(dir.path()).unwrap();
        let pristine = fs::read(&path).unwrap();
        let mut bytes = pristine.clone();
        let length = bytes.len();
        for (at, mask) in flips {
            bytes[at % length] ^= mask;
        }
        if cut % 3 == 0 {
            bytes.truncate(cut % length);
        }
        fs::write(&path, &bytes).unwrap();
        prop_assert_eq!(read_all(dir.path()).is_ok(), bytes == pristine);
    }
}

#[test]
fn takes_blocks_over_from_another_run() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(dir.path()).unwrap();
    let from = RunReader::open(dir.path(), NAME).unwrap();
    let mut writer = RunWriter::create(other.path(), NAME).unwrap();
    let new: Vec<_> = (0_u8..=255).map(|n| [n, n]).collect();
    assert!(writer.copy_kept(&from, 1, &new[1..]).is_err(), "a record is missing");
    writer.copy_kept(&from, 1, &new).unwrap();
    writer.copy_block(&from, 2).unwrap();
    assert!(writer.copy_block(&from, 2).is_err(), "the run has all its blocks");
    writer.finish().unwrap();
    let run = RunReader::open(other.path(), NAME).unwrap();
    assert_eq!(run.block(2).unwrap(), from.block(2).unwrap());
    assert_eq!(run.frames(2).unwrap().1.bytes, from.frames(2).unwrap().1.bytes);
    assert_eq!(run.frames(1).unwrap().0.bytes, from.frames(1).unwrap().0.bytes);
    assert!(run.block(1).unwrap().data.iter().eq(new.iter().map(|record| &record[..])));
}

#[test]
fn a_damaged_block_is_not_taken_over() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = write(dir.path()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    let from = RunReader::open(dir.path(), NAME).unwrap();
    let mut writer = RunWriter::create(other.path(), NAME).unwrap();
    let outcome = writer.copy_block(&from, 1);
    assert!(matches!(outcome, Err(CopyBlockError::Read(ReadRunError::Damaged { .. }))));
}

proptest! {
    /// Records of any length, shorter than what lies apart too, come back as they were; parts that
    /// are cut are noticed.
    #[test]
    fn what_was_cut_in_two_is_put_together(records in vec(vec(any::<u8>(), 0..40), 1..60)) {
        for places in [KEPT_APART, DATA_APART] {
            let Split { apart, rest } = Split::of(&records, &places).unwrap();
            let joined = join(&apart, &rest, &places, records.len()).unwrap();
            prop_assert!(joined.iter().eq(records.iter().map(Vec::as_slice)));
            prop_assert!(join(&apart, &rest, &places, records.len() + 1).is_none());
            prop_assert!(join(&apart, &rest, &places, records.len() - 1).is_none());
            prop_assert!(join(&apart, &rest[..rest.len() - 1], &places, records.len()).is_none());
        }
    }
}
