//! Input of adapters.

use events::{Admission, Content, Json};

/// Reads bytes as `casetrail ingest` does: any form, any encoding.
///
/// # Panics
/// Where an event that was taken is not taken again from its own canonical form.
pub fn events(bytes: &[u8]) {
    for admission in [Admission::Adapter, Admission::Backfill] {
        let Ok(reader) = ingest::read(bytes, admission) else { continue };
        for item in reader.take(MAX).filter_map(Result::ok) {
            let Ok(incoming) = item.outcome else { continue };
            let canonical = incoming.content.to_json().canonical();
            let json = Json::parse(&canonical).expect("canonical bytes are JSON");
            let again = Content::from_json(&json).expect("what was taken is taken again");
            assert_eq!(again, incoming.content);
            assert_eq!(again.to_json().canonical(), canonical);
        }
    }
}

/// Compressed input can be long; so many events say enough.
const MAX: usize = 1000;
