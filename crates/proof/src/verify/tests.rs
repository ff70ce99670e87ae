//! The vectors of Certificate Transparency, other implementations, and what must not verify.

use ct_merkle::{ConsistencyProof, InclusionProof, mem_backed_tree::MemoryBackedTree};
use proptest::prelude::*;
use sha2::Sha256;
use tlog_tiles::{HashReader, check_record, check_tree, prove_record, prove_tree, stored_hashes};

use super::*;
use crate::Plan;
use crate::testing::{Log, flips, leaf_of};

/// The eight records of the well-known vectors (certificate-transparency, `merkle_tree_test.cc`).
const RECORDS: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
/// Roots of the trees of the first 0 to 8 of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const N01: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const N23: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const N47: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const N4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const N67: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const N45: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

fn hash(text: &str) -> Hash {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| hash(text)).collect()
}

/// The log of the vectors.
fn vectors() -> Log {
    let leaves: Vec<_> = RECORDS.iter().map(|r| leaf_of(&hex::decode(r).unwrap())).collect();
    let mut tree = crate::Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    Log { leaves, tree }
}

#[test]
fn published_roots() {
    let log = vectors();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(crate::root_of(&log.leaves[..size]), hash(root));
        assert_eq!(log.prove(&Plan::root(size as u64)), [hash(root)]);
    }
}

#[test]
fn published_inclusion_paths() {
    let log = vectors();
    let paths: [(u64, usize, &[&str]); 5] = [
        (0, 1, &[]),
        (0, 8, &[N01, N23, N47]),
        (5, 8, &[N4, N67, ROOTS[4]]),
        (2, 3, &[ROOTS[2]]),
        (1, 5, &[ROOTS[1], N23, N4]),
    ];
    for (index, size, path) in paths {
        let path = hashes(path);
        assert_eq!(log.prove(&Plan::inclusion(index, size as u64).unwrap()), path);
        let leaf = &log.leaves[usize::try_from(index).unwrap()];
        assert_eq!(verify_inclusion(leaf, index, size as u64, &path, &hash(ROOTS[size])), Ok(()));
    }
}

#[test]
fn published_consistency_proofs() {
    let log = vectors();
    let proofs: [(usize, usize, &[&str]); 4] =
        [(1, 1, &[]), (1, 8, &[N01, N23, N47]), (6, 8, &[N45, N67, ROOTS[4]]), (2, 5, &[N23, N4])];
    for (old, new, proof) in proofs {
        let (old_size, size, proof) = (old as u64, new as u64, hashes(proof));
        assert_eq!(log.prove(&Plan::consistency(old_size, size).unwrap()), proof);
        let (old_root, root) = (hash(ROOTS[old]), hash(ROOTS[new]));
        assert_eq!(verify_consistency(old_size, size, &proof, &old_root, &root), Ok(()));
    }
}

/// Stored hashes of the other implementation, by its own index.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|i| self.0[usize::try_from(*i).unwrap()]).collect())
    }
}

#[test]
fn two_other_implementations_make_and_take_the_same_proofs() {
    const SIZE: u64 = 300;
    let log = Log::of(SIZE);
    let mut stored = Stored(Vec::new());
    let mut memory = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut roots = vec![memory.root()];
    for n in 0..SIZE {
        let more = stored_hashes(n, &n.to_be_bytes(), &stored).unwrap();
        stored.0.extend(more);
        memory.push(n.to_be_bytes().to_vec());
        roots.push(memory.root());
    }
    let theirs = |proof: &[Hash]| proof.iter().map(|h| tlog_tiles::Hash(*h)).collect::<Vec<_>>();
    let root = |size: u64| tlog_tiles::Hash(log.prove(&Plan::root(size))[0]);
    for size in (1..=SIZE).step_by(7).chain([256, 257, SIZE]) {
        let their_root = &roots[usize::try_from(size).unwrap()];
        for n in (0..size).step_by(5) {
            let record = n.to_be_bytes().to_vec();
            let proof = log.prove(&Plan::inclusion(n, size).unwrap());
            assert_eq!(theirs(&proof), prove_record(size, n, &stored).unwrap());
            let leaf = tlog_tiles::record_hash(&record);
            check_record(&theirs(&proof), size, root(size), n, leaf).unwrap();
            let proof = InclusionProof::try_from_bytes(proof.concat()).unwrap();
            their_root.verify_inclusion(&record, n, &proof).unwrap();
        }
        for old in (1..=size).step_by(5) {
            let proof = log.prove(&Plan::consistency(old, size).unwrap());
            assert_eq!(theirs(&proof), prove_tree(size, old, &stored).unwrap());
            check_tree(&theirs(&proof), size, root(size), old, root(old)).unwrap();
            let proof = ConsistencyProof::try_from_bytes(proof.concat()).unwrap();
            let old_root = &roots[usize::try_from(old).unwrap()];
            their_root.verify_consistency(old_root, &proof).unwrap();
        }
    }
}

#[test]
fn nothing_else_is_consistent_with_nothing() {
    let log = Log::of(7);
    let root = log.tree.root();
    assert_eq!(verify_consistency(0, 7, &[], &empty_root(), &root), Ok(()));
    assert_eq!(verify_consistency(0, 7, &[], &root, &root), Err(Disproof::OldRoot));
    let long = Err(Disproof::Length { found: 1 });
    assert_eq!(verify_consistency(0, 7, &[root], &empty_root(), &root), long);
    assert_eq!(verify_consistency(7, 7, &[root], &root, &root), long);
    assert_eq!(verify_consistency(7, 7, &[], &empty_root(), &root), Err(Disproof::Root));
    assert_eq!(verify_consistency(0, 0, &[], &empty_root(), &empty_root()), Ok(()));
    assert_eq!(verify_consistency(0, 0, &[], &root, &root), Err(Disproof::OldRoot));
    let behind = Err(Disproof::OutOfRange { index: 8, size: 7 });
    assert_eq!(verify_consistency(8, 7, &[], &root, &root), behind);
    let outside = Err(Disproof::OutOfRange { index: 0, size: 0 });
    assert_eq!(verify_inclusion(&root, 0, 0, &[], &root), outside);
}

/// All inputs of a verification as one run of bytes: proof, leaf or old root, root.
fn parts(bytes: &[u8]) -> (Vec<Hash>, Hash, Hash) {
    let mut hashes = bytes.chunks_exact(32).map(|c| c.try_into().unwrap()).collect::<Vec<_>>();
    let (root, first) = (hashes.pop().unwrap(), hashes.pop().unwrap());
    (hashes, first, root)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_flipped_bit_is_detected(size in 1_u64..400, below in 0_u64..400) {
        let log = Log::of(size);
        let (below, root) = (below % size, log.tree.root());
        let proof = log.prove(&Plan::inclusion(below, size).unwrap());
        let leaf = log.leaves[usize::try_from(below).unwrap()];
        for (bit, flipped) in flips(&[proof.concat(), leaf.to_vec(), root.to_vec()].concat()) {
            let (proof, leaf, root) = parts(&flipped);
            let outcome = verify_inclusion(&leaf, below, size, &proof, &root);
            prop_assert_eq!(outcome, Err(Disproof::Root), "inclusion, bit {}", bit);
        }
        if below == 0 { return Ok(()) }
        let proof = log.prove(&Plan::consistency(below, size).unwrap());
        let old_root = log.prove(&Plan::root(below))[0];
        for (bit, flipped) in flips(&[proof.concat(), old_root.to_vec(), root.to_vec()].concat()) {
            let (proof, old_root, root) = parts(&flipped);
            let outcome = verify_consistency(below, size, &proof, &old_root, &root);
            let roots = matches!(outcome, Err(Disproof::Root | Disproof::OldRoot));
            prop_assert!(roots, "consistency, bit {}: {:?}", bit, outcome);
        }
    }

    #[test]
    fn a_hash_more_or_less_or_elsewhere_is_detected(size in 2_u64..400, below in 0_u64..400) {
        let log = Log::of(size);
        let (below, root) = (below % size, log.tree.root());
        let leaf = log.leaves[usize::try_from(below).unwrap()];
        let proof = log.prove(&Plan::inclusion(below, size).unwrap());
        let verify = |proof: &[Hash]| verify_inclusion(&leaf, below, size, proof, &root);
        let short = &proof[1..];
        prop_assert_eq!(verify(short), Err(Disproof::Length { found: short.len() }));
        let long = [proof.as_slice(), &[[0; 32]]].concat();
        prop_assert_eq!(verify(&long), Err(Disproof::Length { found: long.len() }));
        for other in (0..size).filter(|other| *other != below) {
            prop_assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
        }
        let proof = log.prove(&Plan::consistency(below.max(1), size).unwrap());
        let old_root = log.prove(&Plan::root(below.max(1)))[0];
        let verify = |proof: &[Hash]| verify_consistency(below.max(1), size, proof, &old_root, &root);
        if let Some((_, short)) = proof.split_first() {
            prop_assert!(verify(short).is_err());
        }
        prop_assert!(verify(&[proof.as_slice(), &[[0; 32]]].concat()).is_err());
    }

    #[test]
    fn any_numbers_and_hashes_are_judged(
        a in any::<u64>(), b in any::<u64>(), proof in prop::collection::vec(any::<Hash>(), 0..70)
    ) {
        let zero = [0; 32];
        prop_assert!(verify_inclusion(&zero, a, b, &proof, &zero).is_err());
        prop_assert!(a == b || verify_consistency(a, b, &proof, &zero, &zero).is_err());
    }
}
