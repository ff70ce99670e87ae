//! Facts: events in small, with the interval of positions in which they stood.

use events::Date;
use events::v1::case::ReturnReason;
use events::v1::child::{
    AssessorEmployer, CourtOutcome, Determination, ExitReason, Finding, Goal, GoalRole,
    HearingKind, Location, Setting, VisitPlace,
};
use events::v1::facility::{Credential, CredentialStatus};
use events::v1::provider::ProviderKind;
use events::v1::staff::Role;

use crate::{DocId, ListId, Sym};

/// A position of the log; facts hold it in 32 bits.
pub type Pos = u32;

/// What one event says, while it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The day on which it is true.
    pub day: Date,
    /// Position of the original event: its place among facts of one day, whatever corrected it.
    pub original: Pos,
    /// Position of the event that says it: the original or a correction.
    pub event: Pos,
    /// First position at which it stood.
    pub from: Pos,
    /// First position at which it no longer stood; [`Pos::MAX`] while it does.
    pub to: Pos,
    /// The content.
    pub what: What,
}

impl Fact {
    /// Whether it stood at position `known`.
    #[must_use]
    pub const fn stood_at(&self, known: Pos) -> bool {
        self.from <= known && known < self.to
    }
}

/// An amount in cents, in bytes: a whole number of 64 bits would make every fact longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cents([u8; 8]);

impl From<i64> for Cents {
    fn from(cents: i64) -> Self {
        Self(cents.to_le_bytes())
    }
}

impl Cents {
    /// The amount.
    #[must_use]
    pub const fn get(self) -> i64 {
        i64::from_le_bytes(self.0)
    }
}

/// The written reasons of an assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasons {
    /// The source does not say.
    Missing,
    /// None are given.
    Empty,
    /// Some, a shortage of foster homes not among them.
    Given,
    /// A shortage of foster homes is among them.
    Shortage,
}

/// What an event proves about the placement that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// `team.documented`: items, a bit each in the order of the vocabulary.
    Team(u8),
    /// `court-placement.ordered`
    Ordered,
    /// `certification.recorded`
    Certified,
    /// `evidence.submitted` to the hearing of that name.
    Submitted(Sym),
    /// `long-stay.approved`
    LongStayApproved,
    /// `out-of-state.approved`
    OutOfStateApproved,
    /// `aftercare.planned`
    AftercarePlanned {
        /// First day of aftercare.
        from: Date,
        /// First day no longer in it.
        until: Date,
    },
    /// `case-plan.revised`: items, a bit each in the order of the vocabulary.
    PlanRevised(u8),
    /// `relative-search.recorded`
    RelativesSearched,
    /// `meeting.held` about the placement.
    TeamMet,
}

/// What was done with a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Proposed by the team.
    Proposed,
    /// Approved by the court.
    Approved,
    /// Withdrawn.
    Withdrawn,
}

/// The part of an event's content that some row or metric reads, by type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the event types of the same names")]
pub enum What {
    /// `child.registered`
    Registered { birth: Option<Date> },
    /// `identity.merged`
    Merged { into: Sym },
    /// `removal.recorded`
    Removal { id: Sym },
    /// `finding.made`
    Finding(Finding),
    /// `placement.started`
    PlacementStarted {
        id: Sym,
        setting: Setting,
        facility: Option<Sym>,
        location: Option<Location>,
        relative: Option<bool>,
        emergency: Option<bool>,
    },
    /// `placement.ended`
    PlacementEnded { id: Sym },
    /// `case.assigned`
    Assigned { case: Sym, provider: Sym, worker: Option<Sym>, county: Option<Sym> },
    /// `goal.proposed`, `goal.approved`, `goal.withdrawn`
    Goal { conduct: Conduct, role: GoalRole, goal: Goal },
    /// `episode.closed`
    Closed { removal: Option<Sym>, reason: ExitReason, order_date: Option<Date> },
    /// `assessment.completed`
    Assessment {
        placement: Sym,
        employer: Option<AssessorEmployer>,
        waiver: bool,
        determination: Determination,
        goals_listed: Option<bool>,
        reasons: Reasons,
    },
    /// Evidence on a placement, by several types.
    Proof { placement: Sym, proof: Proof },
    /// `evaluation.completed`
    Evaluated,
    /// `hearing.held`
    Hearing { id: Sym, kind: HearingKind },
    /// `legal-status.changed`
    LegalStatus,
    /// `visit.recorded`
    Visit { place: VisitPlace, face_to_face: bool },
    /// `court-placement.decided`
    CourtDecision { placement: Sym, outcome: CourtOutcome },
    /// `case.returned`
    Returned { provider: Sym, reason: ReturnReason, children: ListId },
    /// `cost.recorded`
    Cost { id: Sym, cents: Cents },
    /// `cost.adjusted`
    CostAdjusted { id: Sym, cents: Cents },
    /// `role.started`
    RoleStarted { role: Role, provider: Sym, fte: u32 },
    /// `role.ended`
    RoleEnded { role: Role, provider: Sym },
    /// `training.completed`
    Trained { course: Sym },
    /// `training.revoked`
    TrainingRevoked { course: Sym },
    /// `credential.changed`
    Credential { credential: Credential, status: CredentialStatus, until: Option<Date> },
    /// `provider.registered`
    Provider {
        kind: ProviderKind,
        parent: Option<Sym>,
        region: Option<Sym>,
        contract_from: Option<Date>,
    },
    /// `county.mapped`
    County { region: Sym },
    /// A policy event.
    Policy(DocId),
    /// `source.completed`
    SourceCompleted { through: Date },
    /// Says nothing that is read but that it was entered, until a correction does: `meeting.held` and
    /// `case-plan.revised` about no placement.
    Silent,
}

impl What {
    /// Whether it is evidence about a child's care. Few questions read it, and half of what is said
    /// of a child is evidence, so it lies behind the rest.
    #[must_use]
    pub const fn evidence(&self) -> bool {
        matches!(
            self,
            Self::Assessment { .. }
                | Self::Proof { .. }
                | Self::Evaluated
                | Self::Hearing { .. }
                | Self::LegalStatus
                | Self::Visit { .. }
                | Self::CourtDecision { .. }
                | Self::Silent
        )
    }

    /// Whether it says that a child entered or left care, was placed or has another legal status:
    /// what the data timeliness memo wants within 2 business days.
    #[must_use]
    pub const fn of_status(&self) -> bool {
        matches!(
            self,
            Self::Removal { .. }
                | Self::Closed { .. }
                | Self::PlacementStarted { .. }
                | Self::PlacementEnded { .. }
                | Self::LegalStatus
        )
    }

    /// Whether it is seen on every date: registrations, merged identities, costs of a case.
    #[must_use]
    pub const fn uncut(&self) -> bool {
        matches!(
            self,
            Self::Registered { .. }
                | Self::Merged { .. }
                | Self::Cost { .. }
                | Self::CostAdjusted { .. }
        )
    }
}
