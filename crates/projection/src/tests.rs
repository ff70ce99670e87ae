//! Laws of the projection over random histories.

pub(crate) mod concerned;
mod corrections;
pub(crate) mod histories;
mod invariants;
pub(crate) mod laws;
mod oracle;
mod pages;
mod snapshots;
