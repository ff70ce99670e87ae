#![doc = include_str!("../README.md")]

mod cache;
mod codec;
mod directory;
mod files;
mod filter;
mod hash_list;
mod lister;
mod log;
mod open;
mod options;
mod pending;
mod sealed;
mod sealer;
mod seams;
mod sections;
mod short_hash;
mod state;
mod store;
mod streams;
mod tail;
mod wire;
mod writer;

pub use log::{CloseError, EmbeddedLog};
pub use open::OpenError;
pub use options::Options;
pub use sealed::OpenSealedError;
pub use seams::{SystemClock, SystemEntropy};
