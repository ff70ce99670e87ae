//! `provider/…`: who is answerable for cases.

use crate::record::{Record, codes, records};
use crate::{Date, Ident, Text};

records! {
    /// A provider became known; a later registration replaces the fields that it carries.
    ProviderRegistered {
        /// Name.
        name: Text,
        /// The Division itself, or a contractor.
        kind: ProviderKind,
        /// The prime contractor of a subcontractor.
        parent: Option<Ident>,
        /// Contract region.
        region: Option<Text>,
        /// Date from which the contract is effective.
        contract_effective_on: Option<Date>,
    }
}

codes! {
    /// Kind of provider.
    ProviderKind {
        /// The Children's Division.
        Division = "division",
        /// A foster care case management contractor.
        Contractor = "contractor",
    }
}

impl Record for ProviderRegistered {}
