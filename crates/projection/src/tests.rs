//! Laws of the projection over random histories.

mod histories;
mod laws;
mod snapshots;
