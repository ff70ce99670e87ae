//! The contract suite.

use std::sync::Arc;

use eventlog::suite::{Fixture, SuiteClock};
use tokio::sync::OnceCell;

use crate::common::{self, Place};

/// One cluster for all tests of a process, and a database for each log. It ends when the process
/// does, since the shell that guards it reads its input.
static PLACE: OnceCell<Place> = OnceCell::const_new();

eventlog::contract_suite!(|origin: &'static str, clock: Arc<SuiteClock>| async move {
    let place = PLACE.get_or_init(Place::new).await;
    let url = place.database().await;
    common::init(&url, origin).await;
    Fixture::new(common::open(&url, 7, Some(clock)).await, ())
});
