//! Go's `sumdb` packages and pymerkle agree on roots, inclusion, consistency and signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proof::{Checkpoint, Hash, LogKey, Plan, SignedCheckpoint, Tree};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::tools::{go_run, python, root, run};

/// More than one block, so that proofs come from tiles of two levels.
const SIZE: u64 = 300;
const ORIGIN: &str = "example.org/log";

fn records() -> Vec<Vec<u8>> {
    (0..SIZE).map(|n| format!("record {n}").into_bytes()).collect()
}

fn leaf_hash(record: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(record).finalize().into()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// What the other programs are given: see `tests/interop/go/verify.go`.
fn input() -> Value {
    let records = records();
    let leaves: Vec<_> = records.iter().map(|record| leaf_hash(record)).collect();
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let prove = |plan: &Plan| {
        let tile = |id| tree.tile(id).or_else(|| leaves.get(range(id)));
        plan.hashes(tile).expect("every tile is at hand")
    };
    let proof = |n: u64, size: u64, plan: &Plan| {
        let hashes: Vec<_> = prove(plan).iter().map(base64).collect();
        json!({ "N": n, "Size": size, "Hashes": hashes })
    };
    let pairs = || {
        let sizes =
            (2..=SIZE).filter(|size| size % 9 == 0 || [2, 255, 256, 257, SIZE].contains(size));
        sizes.flat_map(|size| (1..size).step_by(7).map(move |n| (n, size)))
    };
    let inclusion: Vec<_> =
        pairs().map(|(n, size)| proof(n, size, &Plan::inclusion(n, size).unwrap())).collect();
    let consistency: Vec<_> =
        pairs().map(|(n, size)| proof(n, size, &Plan::consistency(n, size).unwrap())).collect();
    let roots: Vec<_> = (0..=SIZE).map(|size| base64(prove(&Plan::root(size))[0])).collect();
    let key = LogKey::from_seed(ORIGIN, &[7; 32]).unwrap();
    let checkpoint = Checkpoint::new(ORIGIN, SIZE, tree.root()).unwrap();
    json!({
        "Key": key.verifier().to_string(),
        "SecretKey": key.secret_text(),
        "Checkpoint": SignedCheckpoint::sign(checkpoint, &key).unwrap().to_string(),
        "Records": records.iter().map(base64).collect::<Vec<_>>(),
        "Roots": roots,
        "Inclusion": inclusion,
        "Consistency": consistency,
    })
}

fn range(id: proof::TileId) -> std::ops::Range<usize> {
    let leaves = id.leaves();
    usize::try_from(leaves.start).unwrap()..usize::try_from(leaves.end).unwrap()
}

/// The input with one bit of one hash of one proof flipped, per kind of proof; and with another
/// letter in the checkpoint.
fn falsified() -> Vec<Value> {
    let flip = |kind: &str| {
        let mut input = input();
        let last = input[kind].as_array_mut().unwrap().last_mut().unwrap();
        let mut hash = STANDARD.decode(last["Hashes"][0].as_str().unwrap()).unwrap();
        hash[31] ^= 1;
        last["Hashes"][0] = base64(hash).into();
        input
    };
    vec![flip("Inclusion"), flip("Consistency")]
}

#[test]
fn go_agrees() {
    let verify =
        |input: &Value| run(go_run(&root().join("tests/interop/go")), input.to_string().as_bytes());
    let done = verify(&input());
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "ok\n"), "{}", done.stderr);
    let mut signature = input();
    let checkpoint = signature["Checkpoint"].as_str().unwrap().replace("\n300\n", "\n301\n");
    signature["Checkpoint"] = checkpoint.into();
    for input in falsified().into_iter().chain([signature]) {
        let done = verify(&input);
        assert!(done.stdout.starts_with("not verified: "), "{done:?}");
    }
}

#[test]
fn pymerkle_agrees() {
    let verify = |input: &Value| {
        let mut python = python();
        python.arg(root().join("tests/interop/pymerkle_verify.py"));
        run(python, input.to_string().as_bytes())
    };
    let done = verify(&input());
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "ok\n"), "{}", done.stderr);
    for input in falsified() {
        let done = verify(&input);
        assert!(done.code == Some(1) && done.stdout.is_empty(), "{done:?}");
    }
}
