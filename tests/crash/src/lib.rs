#![doc = include_str!("../README.md")]

pub mod check;
pub mod claims;
pub mod dice;
pub mod disk;
pub mod faults;
pub mod flips;
pub mod kill;
pub mod names;
pub mod power;
pub mod program;
pub mod sled_alone;
pub mod tape;
pub mod trace;
pub mod tree;
pub mod workload;
