//! Version 1 of the vocabulary, one file a family.
//!
//! Names and meanings are fixed: a field may be added, never renamed or given a second meaning. A
//! change of meaning is a new type in a new version beside this one (`casetrail.….v2`, in `v2/`).
//!
//! **Upcasting.** What the log holds is never rewritten: an event keeps type, bytes and hashes for
//! ever. Whoever folds reads the latest version alone; an earlier one is turned into it when it is
//! read, by one pure and total function from each version to the next (`From<v1::X> for v2::X`), so
//! that a v1 event comes to v3 by way of v2. The function invents nothing: what the earlier version
//! did not say is absent or `unknown` in the later one, and what it said is kept or, if there is no
//! room for it, stays in `raw`. It reads the event's own data and nothing else, so that an answer at
//! an earlier position stays what it was. Adapters may send both versions side by side; a correction
//! replaces data of the original's type, and is turned with it. No version is taken away. The tests
//! have a worked example (`tests/upcasting.rs`).

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
