//! From facts to rows: what an event stream says on a date, as it was known at a position.
//!
//! ```text
//! events -> facts with known intervals -> history at (T, K) -> rows: episodes, placements, roles, …
//! ```
//!
//! - [`Fact`]: one event's content in small, with the interval of positions in which it stood;
//! - [`Moment`]: the pair (as-of date T, known position K) that a question is asked for;
//! - [`Person`]: the rows of one child, whose merged streams are read as one;
//! - [`World`]: what many subjects share: providers, counties, facilities, cases, policy.
//!
//! Rules are those of RR-1 and its rulings: what is cut at T, how episodes and placements are read
//! and when they are doubtful. The crate judges no metric, keeps no state between questions, and
//! knows neither log nor clock.

#![deny(clippy::float_arithmetic)]

mod care;
mod case;
mod chunks;
mod entered;
mod fact;
mod facts;
mod folder;
mod history;
mod intern;
mod merges;
mod names;
mod packed;
mod person;
mod places;
mod policy;
mod renamed;
mod staff;
mod world;

pub use care::{Doubts, Episode, Exit, Placement, PlacementFlags};
pub use case::{Case, Cost, Return};
pub use chunks::Chunks;
pub use entered::{Entered, Entry};
pub use fact::{Cents, Conduct, Fact, Pos, Proof, Reasons, What};
pub use facts::{Facts, make_room};
pub use folder::{CareSpan, Folder};
pub use history::{Moment, Stream, evidence, history, uncut};
pub use intern::{Interner, is_read, what};
pub use merges::Merges;
pub use names::{DocId, Document, Gathered, ListId, Names, Sym};
pub use packed::{FACT_WORDS_MAX, FACT_WORDS_MIN};
pub use person::{
    Assessment, Assignment, CourtDecision, GoalAct, Hearing, Person, PlacementRef, Proven,
    Registration, Visit,
};
pub use places::{Credentials, Directory, Place, Registered};
pub use policy::{InForce, Policy, PolicyKey};
pub use staff::{RoleHeld, Staff, Training};
pub use world::World;

#[cfg(test)]
mod tests;
