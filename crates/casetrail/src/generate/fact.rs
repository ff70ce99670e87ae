//! What happens to a child or a family's case, small enough to keep a hundred thousand of it.
//!
//! A [`Fact`] holds no text and no allocation: it becomes a [`Payload`](events::Payload) when its
//! recorded time has come.

use events::Date;
use events::v1::case::ReturnReason;
use events::v1::child::{
    AssessorEmployer, CourtOutcome, Determination, EvaluationKind, ExitReason, Finding, Goal,
    GoalRole, HearingKind, LegalStatus, Location, MeetingKind, Setting, VisitPlace,
};
use events::v1::policy::ExclusionDecision;

/// A county by the last three digits of its FIPS code; Missouri's begin with 29.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct County(pub(super) u16);

/// A member of staff, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StaffNo(pub(super) u32);

/// A provider, by its place in the list of providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProviderNo(pub(super) u8);

/// Where a child lives, as far as the source names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// Not named.
    Unnamed,
    /// A residential facility.
    Facility(u32),
    /// A licensed foster home.
    Foster(u32),
    /// The home of a relative or of kin of the family.
    Kin(u32),
}

/// Why a placement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndReason {
    /// As the plan foresaw.
    Planned,
    /// It broke down.
    Disruption,
    /// The caregiver asked for it.
    CaregiverRequest,
    /// The child ran away.
    RanAway,
    /// The child left care.
    LeftCare,
}

impl EndReason {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Disruption => "disruption",
            Self::CaregiverRequest => "caregiver-request",
            Self::RanAway => "ran-away",
            Self::LeftCare => "left-care",
        }
    }
}

/// A placement as its start tells it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placing {
    pub(super) placement: u16,
    pub(super) setting: Setting,
    pub(super) home: Home,
    pub(super) location: Option<Location>,
    pub(super) county: County,
    pub(super) relative: Option<bool>,
    pub(super) emergency: Option<bool>,
}

/// Who has the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) provider: ProviderNo,
    pub(super) subcontractor: Option<ProviderNo>,
    pub(super) worker: Option<StaffNo>,
    pub(super) county: County,
}

/// What is told about one placement, apart from its start and end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Evidence {
    Assessed(Assessing),
    /// The last of the seven items may be missing.
    Team {
        complete: bool,
    },
    CourtDecided(CourtOutcome),
    CourtOrdered,
    Certified,
    Submitted {
        hearing: u16,
    },
    LongStayApproved,
    OutOfStateApproved,
    Aftercare {
        from: Date,
        until: Date,
    },
    Searched,
}

/// What an assessment says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assessing {
    pub(super) employer: Option<AssessorEmployer>,
    pub(super) waived: bool,
    pub(super) determination: Determination,
    pub(super) goals_listed: Option<bool>,
    /// `None`: the source has no reasons.
    pub(super) reasons: Option<Reasons>,
}

/// The usual combinations of reasons why not a foster home.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reasons {
    Clinical,
    TreatmentAndSafety,
    TreatmentAndShortage,
}

/// A step in the life of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoalStep {
    Proposed,
    Approved,
    Withdrawn,
}

/// A meeting of people about the child, or with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Contact {
    Hearing { hearing: u16, kind: HearingKind, continued: bool },
    Meeting { meeting: u16, kind: MeetingKind, placement: Option<u16>, parents: bool },
    Visit { worker: StaffNo, place: VisitPlace, face_to_face: bool },
}

/// What is told about a family's case.
#[derive(Debug, Clone, Copy)]
pub(super) enum CaseFact {
    /// `children`: a bit for each member of the family.
    Returned {
        provider: ProviderNo,
        reason: ReturnReason,
        children: u8,
    },
    Cost {
        cost: u16,
        cents: u32,
        adjusted: bool,
    },
}

/// One thing told about a child or a case.
///
/// Placements, hearings, meetings, costs and the like are numbered within their stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fact {
    Registered {
        birth: Date,
        estimated: bool,
        female: bool,
        siblings: bool,
    },
    Merged,
    Removed {
        removal: u16,
        county: County,
        voluntary: bool,
    },
    Status(LegalStatus),
    Found(Finding),
    PlacementStarted(Placing),
    PlacementEnded {
        placement: u16,
        reason: EndReason,
    },
    Assigned(Assignment),
    Goal {
        step: GoalStep,
        role: GoalRole,
        goal: Goal,
        meeting: Option<u16>,
    },
    Closed {
        removal: Option<u16>,
        reason: ExitReason,
        order: Option<Date>,
    },
    Contact(Contact),
    Evidence(u16, Evidence),
    Evaluated(EvaluationKind),
    /// `complete`: all four items; otherwise two of them.
    PlanRevised {
        placement: Option<u16>,
        complete: bool,
    },
    Case(CaseFact),
    Excluded(ExclusionDecision),
}
