//! Laws of the projection over random histories.

mod corrections;
mod histories;
mod laws;
mod snapshots;
