//! `facility/…`: credentials.

use crate::record::{Record, codes, records};
use crate::{Date, Text};

records! {
    /// A credential of the facility changed on this date.
    CredentialChanged {
        /// Which credential.
        credential: Credential,
        /// Its status from this date.
        status: CredentialStatus,
        /// First day on which it is no longer active.
        until: Option<Date>,
        /// Who gave it.
        body: Option<Text>,
    }
}

codes! {
    /// A facility's credential.
    Credential {
        /// License.
        License = "license",
        /// Contract with the Division.
        Contract = "contract",
        /// Designation as a qualified residential treatment program (13 CSR 35-71.150).
        QrtpDesignation = "qrtp-designation",
        /// Accreditation.
        Accreditation = "accreditation",
        /// Certification by the Department of Mental Health.
        DmhCertification = "dmh-certification",
    }
    /// Status of a credential.
    CredentialStatus {
        /// Active.
        Active = "active",
        /// Suspended.
        Suspended = "suspended",
        /// Expired.
        Expired = "expired",
        /// Revoked.
        Revoked = "revoked",
    }
}

impl Record for CredentialChanged {}
