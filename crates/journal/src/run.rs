//! Sealed runs: immutable files of compressed blocks, with sections that the caller fills.

mod frame;
mod layout;
mod reader;
mod writer;

pub use layout::{BLOCK_RECORDS, RunName};
pub use reader::{Block, OpenRunError, ReadRunError, RunReader};
pub use writer::{CopyBlockError, RunWriter, WriteRunError};

#[cfg(test)]
mod tests;
