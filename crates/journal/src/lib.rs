#![doc = include_str!("../README.md")]

mod bytes;
pub mod durable;
mod group;
mod journal;
mod positions;
mod records;
mod recovery;
mod rewrite;
mod run;
mod scan;
mod seeded;
mod segment;
mod segments;
mod spare;

pub use group::Group;
pub use journal::{AppendError, Journal, JournalOptions, RewriteError};
pub use positions::Positions;
pub use records::Records;
pub use recovery::{Needed, OpenError, read_only};
pub use run::{
    BLOCK_RECORDS, Block, CopyBlockError, OpenRunError, ReadRunError, RunName, RunReader,
    RunWriter, WriteRunError,
};
pub use scan::{Corruption, Expected, Flaw, Scan, Verdict, scan};
#[doc(hidden)]
pub use seeded::seeded_bug;
pub use segment::{HeaderFlaw, Segment, SegmentError};
pub use segments::{RemoveError, Segments};
