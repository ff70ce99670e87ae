//! `report/…`: what was published, and who read what.

use std::collections::BTreeMap;

use crate::record::{Record, records};
use crate::{Json, Text};

records! {
    /// A report was published.
    ReportPublished {
        /// Digest of its bytes.
        digest: Text,
        /// The question it answers.
        question: BTreeMap<String, Json>,
        /// The report that it supersedes.
        supersedes: Option<Text>,
    }
    /// A published report was restated.
    ReportRestated {
        /// Digest of its bytes.
        digest: Text,
        /// The question it answers.
        question: BTreeMap<String, Json>,
        /// The report that it supersedes.
        supersedes: Option<Text>,
    }
    /// Someone read records of children.
    AccessLogged {
        /// Who.
        principal: Text,
        /// For what purpose.
        purpose: Text,
        /// What was read.
        what: Text,
    }
}

impl Record for ReportPublished {}
impl Record for ReportRestated {}
impl Record for AccessLogged {}
