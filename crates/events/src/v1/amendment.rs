//! On any stream: what was recorded wrongly is corrected or retracted by a further event.

use std::collections::BTreeMap;

use crate::record::{Record, records};
use crate::{Date, EventKey, Json, Text};

records! {
    /// From its position on, the replacement stands in the place of the event that it names.
    RecordCorrected {
        /// The event that it replaces: the original, or the last correction of it.
        corrects: EventKey,
        /// The new effective date; absent: that of the event named.
        effectiveon: Option<Date>,
        /// The full replacement, of the original's type.
        data: BTreeMap<String, Json>,
    }
    /// The event named no longer stands; a retracted correction brings back what it replaced.
    RecordRetracted {
        /// The event that is taken back.
        retracts: EventKey,
        /// Why.
        reason: Text,
    }
}

impl Record for RecordCorrected {}
impl Record for RecordRetracted {}
