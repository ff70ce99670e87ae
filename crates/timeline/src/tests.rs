//! Rows from facts: given a history, then these episodes, placements, roles.

mod care;
mod given;
mod shared;
