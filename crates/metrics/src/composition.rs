//! How the answer of a composed metric is put together, step by step: for explanations.

use timeline::{PolicyKey, Pos, World};

use crate::{Clause, Row};

/// The steps of one row, or of the total, of a composed metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composition {
    /// The row; empty for the total.
    pub row: Row,
    /// The steps in order, each as a clause: what was put together, and whether a benchmark or goal
    /// is met by it.
    pub steps: Vec<Clause>,
    /// Positions of the policy events that decide about it.
    pub evidence: Vec<Pos>,
}

impl Composition {
    pub(crate) const fn of(row: Row) -> Self {
        Self { row, steps: Vec::new(), evidence: Vec::new() }
    }

    pub(crate) fn step(&mut self, name: &'static str, holds: Option<bool>, compared: String) {
        self.steps.push(Clause { name, holds, compared, lack: None });
    }

    /// Adds the policy in force under these keys.
    pub(crate) fn rests_on(&mut self, world: &World<'_>, keys: &[PolicyKey]) {
        let decided = keys.iter().filter_map(|key| world.policy.get(key));
        self.evidence.extend(decided.map(|decided| decided.original));
        self.evidence.sort_unstable();
        self.evidence.dedup();
    }
}
