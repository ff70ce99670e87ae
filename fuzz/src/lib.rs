//! What fuzzers call with any bytes: one function for each thing that reads bytes of others.
//!
//! Each must neither panic nor run away, and whatever it takes must be taken again, the same, once
//! it is written down. libFuzzer calls them (`fuzz/libfuzzer`), and so do the tests of this
//! package, with seeds that are changed a little at random: the short form, on any compiler.
//! `fuzz/run` runs the long one.

mod exports;
mod ingested;
mod proofs;
mod stored;

pub use exports::export;
pub use ingested::events;
pub use proofs::proofs;
pub use stored::{records, run, segment};

/// A target: bytes in, a panic where something is wrong.
pub type Target = fn(&[u8]);

/// All targets by name; `fuzz/seeds` has a folder for each.
pub const TARGETS: &[(&str, Target)] = &[
    ("events", events),
    ("export", export),
    ("proofs", proofs),
    ("records", records),
    ("run", run),
    ("segment", segment),
];
