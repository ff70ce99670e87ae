//! Laws of the projection over random histories.

pub(crate) mod concerned;
mod corrections;
pub(crate) mod histories;
pub(crate) mod laws;
mod pages;
mod snapshots;
