//! The short form of fuzzing: seeds changed a little at random, on any compiler.

use std::fs;
use std::path::PathBuf;

use casetrail_fuzz::{TARGETS, Target};
use proptest::prelude::*;
use proptest::sample::Index;

/// The seeds of a target, each with its file's name.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let files =
        fs::read_dir(&dir).expect("a folder of seeds").map(|file| file.expect("a file").path());
    let mut seeds: Vec<_> =
        files.map(|path| (path.clone(), fs::read(path).expect("a seed"))).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{target} has no seeds");
    seeds
}

/// One small change of bytes.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Set(Index, u8),
    Cut(Index, Index),
    Repeat(Index, Index),
    Insert(Index, Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        (index(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (index(), prop_oneof![Just(0), Just(0xff), any::<u8>()])
            .prop_map(|(at, byte)| Change::Set(at, byte)),
        (index(), index()).prop_map(|(from, to)| Change::Cut(from, to)),
        (index(), index()).prop_map(|(from, to)| Change::Repeat(from, to)),
        (index(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        let span = |from: &Index, to: &Index| {
            let (from, to) = (from.index(length), to.index(length));
            from.min(to)..(from.max(to) + 1).min(from.min(to) + 64)
        };
        match self {
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Set(at, byte) => bytes[at.index(length)] = *byte,
            Self::Cut(from, to) => drop(bytes.drain(span(from, to))),
            Self::Repeat(from, to) => {
                let piece = bytes[span(from, to)].to_vec();
                let at = span(from, to).start;
                drop(bytes.splice(at..at, piece));
            }
            Self::Insert(at, piece) => {
                let at = at.index(length);
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
        }
    }
}

fn try_out(name: &str, cases: u32) {
    let target: Target = TARGETS.iter().find(|(found, _)| *found == name).expect("a target").1;
    let seeds = seeds(name);
    for (_, seed) in &seeds {
        target(seed);
    }
    let changes = prop::collection::vec(change(), 1..5);
    let inputs = (prop::sample::select(seeds), changes);
    proptest!(ProptestConfig::with_cases(cases), |((_, seed) in inputs.0, changes in inputs.1)| {
        let mut bytes = seed;
        changes.iter().for_each(|change| change.apply(&mut bytes));
        target(&bytes);
    });
}

#[test]
fn events() {
    try_out("events", 3000);
}

#[test]
fn export() {
    try_out("export", 2000);
}

#[test]
fn proofs() {
    try_out("proofs", 5000);
}

#[test]
fn records() {
    try_out("records", 60);
}

#[test]
fn run() {
    try_out("run", 1000);
}

#[test]
fn segment() {
    try_out("segment", 5000);
}
