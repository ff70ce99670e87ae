//! The event vocabulary: what adapters may say, and the words in which everything else speaks.
//!
//! This crate is the contract between ingest adapters and the log, and the format that auditors
//! read years later. It holds, from the outside in:
//!
//! - [`Content`]: one CloudEvents 1.0 object as an adapter sends it, checked attribute by
//!   attribute; [`Event`]: the same with what the log adds (position, revision, recorded time, …);
//! - [`Payload`] and [`EventType`]: every type of the vocabulary as a Rust type (module [`v1`]);
//! - [`Refusal`] and [`Code`]: why input is not taken, with a stable code and a JSON pointer;
//! - [`Date`], [`Timestamp`]: civil days and instants, and the month arithmetic of rule RR-1;
//! - [`Value`]: JSON as the vocabulary allows it (integers only), as it stands in a text;
//!   [`CanonicalJson`]: the same in canonical form (RFC 8785); [`Json`]: owning its parts;
//! - [`Entry`]: what the log's Merkle tree commits to; [`Logged`]: an event, or the bare entry that
//!   erasure left of it;
//! - [`Chains`]: which event of a stream stands after corrections and retractions;
//! - [`parameters`]: the parameters that a metric's published policy may carry;
//! - [`schema`]: JSON Schemas (2020-12) of all types, made from the same declarations that decode.
//!
//! It reads no clock, no file and no random number, and computes no metric.

#![deny(clippy::float_arithmetic)]

mod canonical;
mod chains;
mod content;
mod date;
mod digits;
mod entry;
mod event;
mod field;
mod fraction;
mod ids;
mod json;
mod leaves;
mod logged;
pub mod parameters;
mod pointer;
mod record;
mod refusal;
pub mod schema;
mod shared;
mod timestamp;
pub mod v1;
mod value;
mod vocabulary;

pub use canonical::CanonicalJson;
pub use chains::{Chains, Effect, NotStanding};
pub use content::{Admission, Content, EVENT_BYTES_MAX, Incoming};
pub use date::{Date, DateError};
pub use entry::{Entry, Hash, Salt, leaf_hash};
pub use event::Event;
pub use field::{Field, Members, Slot};
pub use fraction::{Fraction, Rate, Target};
pub use ids::{EventKey, Family, Fips, Ident, Position, Revision, Subject, Text};
pub use json::Json;
pub use leaves::LeafHasher;
pub use logged::Logged;
pub use pointer::Pointer;
pub use record::Record;
pub use refusal::{Code, Refusal};
pub use shared::SharedStr;
pub use timestamp::{Timestamp, TimestampError};
pub use value::{Object, SyntaxError, Value};
pub use vocabulary::{EventType, Payload};

#[cfg(test)]
mod tests;
