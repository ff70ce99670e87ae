//! `staff/…`: roles, supervisors, training.

use crate::record::{Record, codes, records};
use crate::{Code, Family, Ident, Pointer, Refusal, Subject, Text};

records! {
    /// A person took up a role with a provider.
    RoleStarted {
        /// The role.
        role: Role,
        /// The provider.
        provider: Ident,
        /// Full-time equivalent in hundredths; 100 if absent.
        fte: Option<u32>,
    }
    /// A role ended; this date is the first day no longer in it.
    RoleEnded {
        /// The role.
        role: Role,
        /// The provider.
        provider: Ident,
    }
    /// A supervisor was assigned; replaces the one before.
    SupervisorAssigned {
        /// The supervisor, a `staff/…` subject.
        supervisor: Subject,
    }
    /// A training was completed.
    TrainingCompleted {
        /// The course.
        course: Text,
        /// Its edition.
        edition: Option<Text>,
        /// The certificate.
        certificate: Option<Text>,
    }
    /// A completion was revoked.
    TrainingRevoked {
        /// The course.
        course: Text,
        /// Its edition.
        edition: Option<Text>,
        /// The certificate.
        certificate: Option<Text>,
    }
}

codes! {
    /// Role of a member of staff.
    Role {
        /// Case manager.
        CaseManager = "case-manager",
        /// Supervisor.
        Supervisor = "supervisor",
        /// Licensing worker.
        Licensing = "licensing",
        /// Other.
        Other = "other",
    }
}

impl Record for SupervisorAssigned {
    fn check(&self, _stream: &Subject, at: &Pointer<'_>) -> Result<(), Refusal> {
        if self.supervisor.family() == Family::Staff {
            return Ok(());
        }
        Err(at
            .member("supervisor")
            .refuse(Code::InvalidSubject, "a supervisor is a staff/… subject"))
    }
}

impl Record for RoleStarted {}
impl Record for RoleEnded {}
impl Record for TrainingCompleted {}
impl Record for TrainingRevoked {}
