//! Tests of the vocabulary.

mod chains;
mod dates;
mod events;
mod golden;
mod instants;
mod limits;
mod refusals;
mod round_trip;
mod sample;
mod schemas;
mod upcasting;
mod wide_numbers;

use crate::{Admission, Incoming, Json, Refusal};

/// A removal as an adapter sends it: the smallest event, to be spoilt by the tests.
fn removal() -> serde_json::Value {
    serde_json::json!({
        "specversion": "1.0", "source": "test", "id": "r1",
        "type": "casetrail.removal.recorded.v1", "subject": "child/C-1",
        "effectiveon": "2024-03-01", "data": { "removal_id": "R1" },
    })
}

/// Reads the text of one event.
fn read(text: &str, admission: Admission) -> Result<Incoming, Refusal> {
    Incoming::read(&Json::parse(text.as_bytes()).expect("JSON"), admission)
}
