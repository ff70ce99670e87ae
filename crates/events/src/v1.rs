//! Version 1 of the vocabulary, one file a family.
//!
//! Names and meanings are fixed: a field may be added, never renamed or given a second meaning. A
//! change of meaning is a new type in a new version beside this one.

pub mod amendment;
pub mod case;
pub mod child;
pub mod facility;
pub mod log;
pub mod place;
pub mod policy;
pub mod provider;
pub mod report;
pub mod source;
pub mod staff;
