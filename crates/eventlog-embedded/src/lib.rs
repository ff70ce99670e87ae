#![doc = include_str!("../README.md")]

mod cache;
mod codec;
mod destroyer;
mod directory;
mod erasures;
mod files;
mod filter;
mod hash_list;
mod lister;
mod log;
mod marker;
mod open;
mod options;
mod pending;
mod rotation;
mod sealed;
mod sealer;
mod seams;
mod sections;
mod short_hash;
mod signing;
mod state;
mod store;
mod streams;
mod tail;
mod wire;
mod writer;

pub use destroyer::DestroyError;
pub use log::{CloseError, EmbeddedLog, KeepError};
pub use open::OpenError;
pub use options::Options;
pub use rotation::RotateError;
pub use sealed::OpenSealedError;
pub use seams::{SystemClock, SystemEntropy};
pub use signing::SigningError;
