//! Laws of the projection over random histories.

pub(crate) mod histories;
pub(crate) mod laws;
mod snapshots;
