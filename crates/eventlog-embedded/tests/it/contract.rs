//! The contract suite, with small runs and with the usual ones.

/// Everything is sealed as soon as it can be.
mod small {
    use std::sync::Arc;

    use eventlog::suite::{Fixture, SuiteClock};
    use eventlog_embedded::{EmbeddedLog, Options};
    use tempfile::TempDir;

    use crate::common;

    eventlog::contract_suite!(|origin: &'static str, clock: Arc<SuiteClock>| async move {
        let dir = TempDir::new().unwrap();
        let options = Options { origin: Some(origin.to_owned()), ..common::small(clock) };
        Fixture::new(EmbeddedLog::open(dir.path(), options).unwrap(), dir)
    });
}

/// Nothing is sealed in so short a time.
mod usual {
    use std::sync::Arc;

    use eventlog::SeededEntropy;
    use eventlog::suite::{Fixture, SuiteClock};
    use eventlog_embedded::{EmbeddedLog, Options};
    use tempfile::TempDir;

    eventlog::contract_suite!(|origin: &'static str, clock: Arc<SuiteClock>| async move {
        let dir = TempDir::new().unwrap();
        let options = Options {
            origin: Some(origin.to_owned()),
            clock,
            entropy: Box::new(SeededEntropy(7)),
            ..Options::default()
        };
        Fixture::new(EmbeddedLog::open(dir.path(), options).unwrap(), dir)
    });
}
