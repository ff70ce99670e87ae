//! Whatever is done to the files, opening returns what was acknowledged or names the damage.

use std::fs;
use std::path::{Path, PathBuf};

use journal::{Journal, JournalOptions, Needed, OpenError};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

const OPTIONS: JournalOptions = JournalOptions { segment_bytes: 2048 };
const GROUP_HEADER_BYTES: usize = 28;

type Groups = Vec<Vec<Vec<u8>>>;

/// One group as it lies on disk.
#[derive(Debug, Clone)]
struct Place {
    segment: usize,
    start: usize,
    end: usize,
    first: u64,
}

/// A written journal: its files in order, with their bytes, and where each group lies.
struct Written {
    dir: TempDir,
    files: Vec<(PathBuf, Vec<u8>)>,
    places: Vec<Place>,
}

fn write(groups: &Groups) -> Written {
    let dir = TempDir::new().unwrap();
    let mut journal = Journal::open(dir.path(), OPTIONS, Needed::NOTHING).unwrap();
    let firsts: Vec<u64> = groups.iter().map(|records| journal.append(records).unwrap()).collect();
    let segment_firsts = journal.segments().firsts();
    drop(journal);
    let files: Vec<_> = segment_firsts
        .iter()
        .map(|first| dir.path().join(format!("journal-{first:020}.seg")))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    let mut places: Vec<Place> = Vec::new();
    for (records, first) in groups.iter().zip(firsts) {
        let segment = segment_firsts.partition_point(|start| *start <= first) - 1;
        let start = match places.last() {
            Some(before) if before.segment == segment => before.end,
            _ => 32,
        };
        let body: usize = records.iter().map(|record| record.len() + 4).sum();
        places.push(Place { segment, start, end: start + GROUP_HEADER_BYTES + body, first });
    }
    Written { dir, files, places }
}

/// Opens a journal and reads all its records.
fn read(dir: &Path) -> Result<Vec<Vec<u8>>, OpenError> {
    let journal = Journal::open(dir, OPTIONS, Needed::NOTHING)?;
    let mut records = Vec::new();
    for first in journal.segments().firsts() {
        let segment = journal.segments().load(first).unwrap();
        records.extend(segment.records(1).map(|(_, bytes)| bytes.to_vec()));
    }
    assert_eq!(journal.next_position(), records.len() as u64 + 1);
    Ok(records)
}

/// Opens twice, and again after one more append: what the first opening left must be sound.
fn read_and_go_on(dir: &Path) -> Result<Vec<Vec<u8>>, OpenError> {
    let records = read(dir)?;
    assert_eq!(read(dir).unwrap(), records, "opened again");
    let mut journal = Journal::open(dir, OPTIONS, Needed::NOTHING).unwrap();
    journal.append(&["one more"]).unwrap();
    drop(journal);
    let with_one_more = read(dir).unwrap();
    assert_eq!(with_one_more.split_last(), Some((&b"one more".to_vec(), &records[..])));
    Ok(records)
}

#[derive(Debug, Clone)]
enum Damage {
    Truncate { at: usize },
    Flip { at: usize, mask: u8 },
    ZeroSector { sector: usize },
}

fn any_damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (0..2048_usize).prop_map(|at| Damage::Truncate { at }),
        (0..2048_usize, 1..=u8::MAX).prop_map(|(at, mask)| Damage::Flip { at, mask }),
        (0..4_usize).prop_map(|sector| Damage::ZeroSector { sector }),
    ]
}

fn inflict(bytes: &mut Vec<u8>, damage: &Damage) {
    match damage {
        Damage::Truncate { at } => bytes.truncate(*at),
        Damage::Flip { at, mask } => {
            if let Some(byte) = bytes.get_mut(*at) {
                *byte ^= mask;
            }
        }
        Damage::ZeroSector { sector } => {
            let end = bytes.len().min((sector + 1) * 512);
            bytes[(sector * 512).min(end)..end].fill(0);
        }
    }
}

fn any_groups(most: usize) -> impl Strategy<Value = Groups> {
    vec(vec(vec(any::<u8>(), 0..150), 1..5), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Damage anywhere: the acknowledged groups before it, or an error. A prefix is returned only
    /// where no good group lies behind the damage.
    #[test]
    fn damage_is_cut_off_or_named(
        groups in any_groups(24),
        victim in any::<prop::sample::Index>(),
        damages in vec(any_damage(), 1..4),
    ) {
        let written = write(&groups);
        let hurt_segment = victim.index(written.files.len());
        let (path, pristine) = &written.files[hurt_segment];
        let mut bytes = pristine.clone();
        for damage in &damages {
            inflict(&mut bytes, damage);
        }
        fs::write(path, &bytes).unwrap();

        let header_whole = bytes.get(..32) == Some(&pristine[..32]);
        let whole = |place: &Place| {
            place.segment != hurt_segment
                || bytes.get(place.start..place.end) == Some(&pristine[place.start..place.end])
        };
        let good = written.places.iter().take_while(|place| header_whole && whole(place)).count();
        let cut_lawful = header_whole
            && hurt_segment == written.files.len() - 1
            && !written.places[good..].iter().any(whole);
        match read_and_go_on(written.dir.path()) {
            Ok(records) => {
                let expected: Vec<_> = groups[..good].concat();
                prop_assert_eq!(records, expected);
                prop_assert!(cut_lawful || good == groups.len());
            }
            Err(error) => {
                prop_assert!(!cut_lawful, "{}", error);
                let after: Vec<_> = fs::read(path).unwrap();
                prop_assert_eq!(after, bytes, "a damaged file was changed");
            }
        }
    }

    /// A power cut while the last group is written: any subset of its sectors reached the disk.
    #[test]
    fn an_unacknowledged_group_is_there_whole_or_not_at_all(
        groups in any_groups(10),
        reached in vec(any::<bool>(), 5),
    ) {
        let written = write(&groups);
        let Some((last, acknowledged)) = written.places.split_last() else { unreachable!() };
        let (path, pristine) = &written.files[last.segment];
        let mut bytes = pristine.clone();
        for (sector, reached) in reached.iter().enumerate() {
            // The bytes of earlier groups in a shared sector are the same in either version of it.
            let start = (sector * 512).clamp(last.start, last.end);
            let end = ((sector + 1) * 512).clamp(last.start, last.end);
            if !reached {
                bytes[start..end].fill(0);
            }
        }
        fs::write(path, &bytes).unwrap();
        let whole = bytes[last.start..last.end] == pristine[last.start..last.end];
        let count = acknowledged.len() + usize::from(whole);
        let records = read_and_go_on(written.dir.path()).unwrap();
        prop_assert_eq!(records, groups[..count].concat());
    }

    /// Segments that are gone are missed, except for the newest ones, whose absence looks like a
    /// journal that ended earlier.
    #[test]
    fn a_missing_segment_is_named(groups in any_groups(24), victim in any::<prop::sample::Index>()) {
        let written = write(&groups);
        let gone = victim.index(written.files.len());
        fs::remove_file(&written.files[gone].0).unwrap();
        let found = read(written.dir.path());
        if gone + 1 < written.files.len() {
            let first = written.places.iter().find(|place| place.segment == gone).unwrap().first;
            let Err(OpenError::Missing { missing, .. }) = found else {
                return Err(TestCaseError::fail(format!("{found:?}")));
            };
            prop_assert_eq!(missing.first, first);
        } else {
            let kept = written.places.iter().filter(|place| place.segment < gone).count();
            prop_assert_eq!(found.unwrap(), groups[..kept].concat());
        }
    }
}
