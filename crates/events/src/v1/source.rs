//! `source/…`: how far a source's data are complete.

use std::collections::BTreeMap;

use crate::record::{Record, records};
use crate::{Date, Text};

records! {
    /// The source has sent everything effective up to a date.
    SourceCompleted {
        /// The last date that is complete.
        through: Date,
        /// The extract.
        extract: Option<Text>,
        /// Events sent, by type.
        counts: Option<BTreeMap<String, i64>>,
    }
}

impl Record for SourceCompleted {}
