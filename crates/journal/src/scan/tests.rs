use proptest::collection::vec;
use proptest::prelude::*;

use crate::group::{decode_group, encode_group, encode_rewritten};
use crate::positions::Positions;
use crate::scan::{Expected, Flaw, Verdict, scan};
use crate::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};

const START: Expected = Expected { position: 41, previous_link: 7 };
const CAPACITY: usize = 16 * 1024;

/// A segment in memory, and where its groups lie.
struct Written {
    bytes: Vec<u8>,
    groups: Vec<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    first: u64,
    start: usize,
    end: usize,
}

/// Records of a group, and whether it was rewritten since.
type Given = (Vec<Vec<u8>>, bool);

fn write(groups: &[Given]) -> Written {
    let mut bytes = SegmentHeader { expected: START }.encode().to_vec();
    let mut spans = Vec::new();
    let Expected { mut position, previous_link: mut crc } = START;
    let mut buffer = Vec::new();
    for (records, is_rewritten) in groups {
        crc = encode_group(&mut buffer, position, crc, records).unwrap();
        if *is_rewritten {
            let original = decode_group(&buffer, 0).unwrap();
            let other: Vec<_> =
                records.iter().rev().map(|record| [record, &b"!"[..]].concat()).collect();
            encode_rewritten(&mut buffer, &original, &other).unwrap();
        }
        let start = bytes.len();
        bytes.extend_from_slice(&buffer);
        spans.push(Span { first: position, start, end: bytes.len() });
        position += records.len() as u64;
    }
    assert!(bytes.len() <= CAPACITY);
    bytes.resize(CAPACITY, 0);
    Written { bytes, groups: spans }
}

fn three_groups() -> Written {
    write(&[
        (vec![b"a".to_vec(), b"bb".to_vec()], false),
        (vec![b"ccc".to_vec()], true),
        (vec![b"".to_vec(), b"dddd".to_vec()], false),
    ])
}

#[test]
fn reads_all_groups_up_to_the_zeros() {
    let written = three_groups();
    let found = scan(&written.bytes, START);
    assert_eq!(found.verdict, Verdict::CleanEnd);
    assert_eq!(found.next.position, 46);
    assert_eq!(found.end, written.groups[2].end);
    let firsts: Vec<_> = found.groups.iter().map(|group| (group.first, group.count)).collect();
    assert_eq!(firsts, [(41, 2), (43, 1), (44, 2)]);
}

#[test]
fn an_empty_segment_ends_cleanly() {
    for length in [0, 5, SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + 9] {
        let found = scan(&vec![0; length], START);
        assert_eq!((found.verdict, found.next), (Verdict::CleanEnd, START), "{length} bytes");
    }
}

#[test]
fn a_bad_last_group_is_a_torn_tail() {
    let mut written = three_groups();
    let last = written.groups[2];
    written.bytes[last.end - 1] ^= 1;
    let found = scan(&written.bytes, START);
    assert_eq!(found.verdict, Verdict::TornTail);
    assert_eq!((found.end, found.next.position), (last.start, 44));
}

#[test]
fn a_bad_group_before_a_good_one_is_a_corruption() {
    let mut written = three_groups();
    let hurt = written.groups[1];
    written.bytes[hurt.start + 2] ^= 1;
    let Verdict::Corruption(found) = scan(&written.bytes, START).verdict else {
        panic!("not told as a corruption")
    };
    assert_eq!(found.hurt, Positions::between(43, 43));
    assert_eq!((found.offset, found.flaw), (hurt.start, Flaw::Unreadable));
}

#[test]
fn a_group_that_lies_elsewhere_is_a_corruption() {
    let written = three_groups();
    let off_by_one = Expected { position: 42, ..START };
    let Verdict::Corruption(found) = scan(&written.bytes, off_by_one).verdict else {
        panic!("not told as a corruption")
    };
    assert_eq!((found.flaw, found.hurt), (Flaw::NotDense, Positions { first: 42, last: None }));

    let other_chain = Expected { previous_link: 8, ..START };
    let Verdict::Corruption(found) = scan(&written.bytes, other_chain).verdict else {
        panic!("not told as a corruption")
    };
    assert_eq!((found.flaw, found.hurt), (Flaw::BrokenChain, Positions::between(41, 42)));
}

#[test]
fn a_group_cut_out_of_the_middle_breaks_the_chain() {
    let written = three_groups();
    let [_, second, third] = written.groups[..] else { panic!("three groups") };
    let mut bytes = written.bytes.clone();
    bytes.copy_within(third.start..third.end, second.start);
    let Verdict::Corruption(found) = scan(&bytes, START).verdict else {
        panic!("not told as a corruption")
    };
    assert_eq!((found.flaw, found.hurt), (Flaw::NotDense, Positions::between(43, 43)));
}

#[test]
fn headers_with_impossible_numbers_are_no_groups() {
    let written = three_groups();
    let last = written.groups[2];
    // Count, length and first position at their largest, each under a checksum that matches.
    for (at, length) in [(12, 4), (16, 4), (4, 8)] {
        let mut bytes = written.bytes.clone();
        bytes[last.start + at..last.start + at + length].fill(0xFF);
        let mut covered = bytes[last.start..last.start + 24].to_vec();
        covered.extend_from_slice(&bytes[last.start + 28..last.end]);
        let crc = crc32c::crc32c(&covered);
        bytes[last.start + 24..last.start + 28].copy_from_slice(&crc.to_le_bytes());
        let found = scan(&bytes, START);
        assert_ne!(found.verdict, Verdict::CleanEnd, "field at {at}");
        assert_eq!(found.groups.len(), 2, "field at {at}");
    }
}

/// Damage to a file.
#[derive(Debug, Clone)]
enum Damage {
    Truncate { at: usize },
    Flip { at: usize, mask: u8 },
    ZeroSector { sector: usize },
    Overwrite { at: usize, bytes: Vec<u8> },
}

fn any_damage(length: usize) -> impl Strategy<Value = Damage> {
    prop_oneof![
        (0..length).prop_map(|at| Damage::Truncate { at }),
        (0..length, 1..=u8::MAX).prop_map(|(at, mask)| Damage::Flip { at, mask }),
        (0..length / 512).prop_map(|sector| Damage::ZeroSector { sector }),
        (0..length, vec(any::<u8>(), 1..64))
            .prop_map(|(at, bytes)| Damage::Overwrite { at, bytes }),
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
        Damage::Overwrite { at, bytes: new } => {
            for (old, new) in bytes.iter_mut().skip(*at).zip(new) {
                *old = *new;
            }
        }
    }
}

fn any_groups() -> impl Strategy<Value = Vec<Given>> {
    vec((vec(vec(any::<u8>(), 0..120), 1..5), any::<bool>()), 0..12)
}

proptest! {
    /// Whatever happens to the bytes, the groups returned are those written, up to the first one
    /// hurt; and a whole group behind the first one hurt makes it a corruption.
    #[test]
    fn returns_the_groups_before_the_damage_and_nothing_else(
        groups in any_groups(),
        damages in vec(any_damage(6 * 1024), 1..4),
    ) {
        let written = write(&groups);
        let mut bytes = written.bytes.clone();
        for damage in &damages {
            inflict(&mut bytes, damage);
        }
        let whole =
            |span: &Span| bytes.get(span.start..span.end) == Some(&written.bytes[span.start..span.end]);
        let good = written.groups.iter().take_while(|span| whole(span)).count();
        let whole_behind = written.groups[good..].iter().find(|span| whole(span));

        let found = scan(&bytes, START);
        let starts: Vec<_> = found.groups.iter().map(|group| group.offset).collect();
        let expected: Vec<_> = written.groups[..good].iter().map(|span| span.start).collect();
        prop_assert_eq!(starts, expected);
        match (&found.verdict, whole_behind) {
            (Verdict::Corruption(found), Some(behind)) => {
                let first = written.groups[good].first;
                prop_assert_eq!(found.hurt, Positions::between(first, behind.first - 1));
            }
            (Verdict::CleanEnd | Verdict::TornTail, None) => {}
            (verdict, behind) => prop_assert!(false, "{:?} with {:?} behind", verdict, behind),
        }
    }

    /// Any bytes at all are judged without a panic.
    #[test]
    fn takes_any_bytes(bytes in vec(any::<u8>(), 0..2_000)) {
        let found = scan(&bytes, START);
        prop_assert!(found.groups.is_empty());
    }
}
