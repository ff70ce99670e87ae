//! The engine seen from outside, over real clusters.

#[cfg(test)]
mod common;
#[cfg(test)]
mod contract;
