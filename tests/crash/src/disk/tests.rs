//! The simulated disk keeps what was promised, and nothing else for sure.

use std::collections::BTreeSet;

use crate::dice::Dice;
use crate::disk::{Deaf, Disk, Mood};
use crate::tape::Call;
use crate::tree::{Node, Tree};

const MOODS: [Mood; 4] = [Mood::Lost, Mood::Kept, Mood::Mixed, Mood::Stale];

fn created(inode: u64, path: &str) -> Call {
    Call::Opened { inode, created: true, emptied: false, path: path.to_owned() }
}

fn opened(inode: u64, path: &str) -> Call {
    Call::Opened { inode, created: false, emptied: false, path: path.to_owned() }
}

fn written(inode: u64, offset: u64, bytes: &[u8]) -> Call {
    Call::Written { inode, offset, bytes: bytes.to_vec() }
}

fn renamed(from: &str, to: &str) -> Call {
    Call::Renamed { from: from.to_owned(), to: to.to_owned() }
}

fn synced(inode: u64, sync: u64) -> [Call; 2] {
    [Call::SyncBegun { inode, sync }, Call::SyncEnded { sync, ok: true }]
}

/// A disk behind these calls; the folder itself is open under inode 1.
fn behind(calls: &[&[Call]]) -> Disk {
    let mut disk = Disk::new(&Tree::new(), Deaf::No);
    disk.play(&opened(1, "")).unwrap();
    calls.iter().copied().flatten().for_each(|call| disk.play(call).unwrap());
    disk
}

/// Everything that many power cuts leave of a file; `None` where it is gone.
fn outcomes(disk: &Disk, name: &str) -> BTreeSet<Option<Vec<u8>>> {
    let rounds = MOODS.iter().flat_map(|mood| (0..100).map(move |seed| (*mood, seed)));
    let left = rounds.map(|(mood, seed)| match disk.cut(mood, &Dice(seed)).remove(name) {
        Some(Node::File(bytes)) => Some(bytes),
        _ => None,
    });
    left.collect()
}

#[test]
fn what_is_synced_with_its_name_stays() {
    let disk =
        behind(&[&[created(2, "a"), written(2, 0, &[7; 700])], &synced(2, 1), &synced(1, 2)]);
    assert_eq!(outcomes(&disk, "a"), BTreeSet::from([Some(vec![7; 700])]));
}

#[test]
fn a_file_whose_folder_was_not_synced_may_be_gone() {
    let disk = behind(&[&[created(2, "a"), written(2, 0, &[7; 700])], &synced(2, 1)]);
    assert_eq!(outcomes(&disk, "a"), BTreeSet::from([None, Some(vec![7; 700])]));
}

#[test]
fn a_name_may_stand_for_nothing_yet() {
    let disk = behind(&[
        &[created(2, "a.tmp"), written(2, 0, &[7; 9]), renamed("a.tmp", "a")],
        &synced(1, 1),
    ]);
    let outcomes = outcomes(&disk, "a");
    assert!(outcomes.contains(&Some(Vec::new())), "the name without the bytes");
    assert!(outcomes.contains(&Some(vec![0; 9])), "the length without the bytes");
    assert!(outcomes.contains(&Some(vec![7; 9])));
    assert!(!outcomes.contains(&None));
}

#[test]
fn a_sync_covers_what_came_before_it_began() {
    let disk = behind(&[
        &[created(2, "a")],
        &synced(1, 1),
        &[Call::SyncBegun { inode: 2, sync: 2 }, written(2, 0, &[7; 9])],
        &[Call::SyncEnded { sync: 2, ok: true }],
    ]);
    assert!(outcomes(&disk, "a").contains(&Some(Vec::new())));
}

#[test]
fn an_overwritten_file_is_torn_at_sectors() {
    let mut disk = behind(&[
        &[created(2, "a"), written(2, 0, &[1; 1536])],
        &synced(2, 1),
        &synced(1, 2),
        &[written(2, 0, &[2; 1536])],
    ]);
    let sectors = |a: u8, b: u8, c: u8| Some([[a; 512], [b; 512], [c; 512]].concat());
    let found = outcomes(&disk, "a");
    assert!(found.contains(&sectors(2, 1, 2)) && found.contains(&sectors(1, 2, 1)));
    assert_eq!(found.len(), 8, "each of three sectors is old or new, and no byte is between");
    synced(2, 3).iter().for_each(|call| disk.play(call).unwrap());
    assert_eq!(outcomes(&disk, "a"), BTreeSet::from([sectors(2, 2, 2)]));
}

#[test]
fn names_change_in_order() {
    let disk = behind(&[&[created(2, "a"), renamed("a", "b"), renamed("b", "c")]]);
    let names = |disk: &Disk, seed| disk.cut(Mood::Mixed, &Dice(seed)).into_keys().collect();
    let found: BTreeSet<Vec<String>> = (0..100).map(|seed| names(&disk, seed)).collect();
    let expected = [vec![], vec!["a"], vec!["b"], vec!["c"]];
    let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn no_later_sync_makes_up_for_a_failed_one() {
    let failed = [Call::SyncBegun { inode: 2, sync: 3 }, Call::SyncEnded { sync: 3, ok: false }];
    let before = [created(2, "a"), written(2, 0, &[1; 8192])];
    let mut disk =
        behind(&[&before, &synced(2, 1), &synced(1, 2), &[written(2, 0, &[2; 10])], &failed]);
    // Another page is written and synced: the first one counts as clean.
    disk.play(&written(2, 5000, &[3])).unwrap();
    synced(2, 4).iter().for_each(|call| disk.play(call).unwrap());
    let lost = outcomes(&disk, "a");
    assert!(lost.iter().any(|bytes| bytes.as_ref().is_some_and(|bytes| bytes[0] == 1)));
    assert!(lost.iter().all(|bytes| bytes.as_ref().is_some_and(|bytes| bytes[5000] == 3)));
    // Written again, it is dirty again.
    disk.play(&written(2, 100, &[4])).unwrap();
    synced(2, 5).iter().for_each(|call| disk.play(call).unwrap());
    let kept = outcomes(&disk, "a");
    assert!(kept.iter().all(|bytes| bytes.as_ref().is_some_and(|bytes| bytes[..10] == [2; 10])));
}

#[test]
fn a_cut_repeats_for_its_seed() {
    let disk = behind(&[&[created(2, "a"), written(2, 0, &[7; 5000]), created(3, "b")]]);
    for seed in 0..20 {
        assert_eq!(disk.cut(Mood::Stale, &Dice(seed)), disk.cut(Mood::Stale, &Dice(seed)));
    }
}
