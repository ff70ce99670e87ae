//! The model against the contract.

use std::sync::Arc;

use crate::{Memory, SeededEntropy, suite};

crate::contract_suite!(|origin: &'static str, clock: Arc<suite::SuiteClock>| async move {
    let log = Memory::new(origin, clock, SeededEntropy(7));
    suite::Fixture::new(log, ())
});
