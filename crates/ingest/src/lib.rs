//! Untrusted bytes to events or refusals, and events to the log.
//!
//! - [`read`] takes a file or stream, finds out how it is written ([`Format`]: one JSON document,
//!   a JSON list, or one event a line; plain, gzip or zstd) and gives a [`Reader`]: an iterator of
//!   [`Item`]s, each an event or its refusal, with the bytes it came from;
//! - [`run`] hands the events to a log in their order, many under way at once, and counts what
//!   became of them;
//! - [`Quarantine`] keeps what was refused, by the reader or by the log, with code and place.
//!
//! Memory is bounded whatever the input: see [`EVENT_TEXT_BYTES_MAX`] and
//! [`DOCUMENT_BYTES_MAX`]. A broken input is an error, never an end.
//!
//! This crate knows no source system and judges nothing across events: the log and the metrics do.

mod decoded;
mod format;
mod lines;
mod list;
mod parsers;
mod progress;
mod quarantine;
mod reader;
mod run;
mod texts;

pub use format::{Encoding, Form, Format};
pub use progress::{IngestError, Progress, Summary};
pub use quarantine::Quarantine;
pub use reader::{Item, ReadInputError, Reader, read, read_bounded, read_lines};
pub use run::{WINDOW_EVENTS, run};
pub use texts::Texts;

/// The longest text of one event, in bytes: four times what an event may have in canonical bytes.
/// Longer ones are refused without being read.
pub const EVENT_TEXT_BYTES_MAX: usize = 256 * 1024;

/// The largest JSON document or list, in bytes, decompressed. Files with one event a line have no
/// such bound.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests;
