#![doc = include_str!("../README.md")]

mod args;
pub mod cli;
mod commands;
mod continuity;
mod differences;
#[cfg(feature = "embedded")]
mod directory;
mod export;
mod failure;
pub mod golden;
mod output;
mod replayed;
mod trust;

pub use args::Asking;
pub use continuity::Break;
pub use differences::{Difference, differences, lacking};
pub use export::open;
pub use failure::Failure;
pub use replayed::{ReplayError, Replayed, Why};
pub use trust::{Checked, Trust, TrustArgs, read_named};
