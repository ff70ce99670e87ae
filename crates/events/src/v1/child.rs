//! `child/…`: removals, placements, goals, hearings and the evidence around them.

use crate::record::{Record, codes, records};
use crate::{Date, Fips, Ident, Subject, Text};

records! {
    /// A child became known; a later registration replaces the fields that it carries.
    ChildRegistered {
        /// Date of birth.
        birth_date: Option<Date>,
        /// Whether the date of birth is an estimate.
        birth_date_estimated: Option<bool>,
        /// Sex as the source records it.
        sex: Option<Text>,
        /// Name of the group of siblings.
        sibling_group: Option<Text>,
    }
    /// Two identities are one child: once known, on all dates.
    IdentityMerged {
        /// The other `child/…` subject.
        into: Subject,
    }
    /// The child was removed from home; opens an episode on this date.
    RemovalRecorded {
        /// Name of the removal, unique within the stream.
        removal_id: Text,
        /// County of the removal.
        county: Option<Fips>,
        /// Judicial circuit.
        circuit: Option<Text>,
        /// Manner of removal.
        manner: Option<Text>,
        /// Environment the child was removed from.
        environment: Option<Text>,
    }
    /// The child's legal status changed.
    LegalStatusChanged {
        /// The new status.
        status: LegalStatus,
        /// The court.
        court: Option<Text>,
        /// The order.
        order_id: Option<Text>,
    }
    /// A court made a finding.
    FindingMade {
        /// Which finding.
        finding: Finding,
        /// The order.
        order_id: Option<Text>,
    }
    /// A placement began.
    PlacementStarted {
        /// Name of the placement, unique within the stream.
        placement_id: Text,
        /// Kind of setting.
        setting: Setting,
        /// The facility or home.
        facility_id: Option<Ident>,
        /// Where it lies; absent means that the source does not say.
        location: Option<Location>,
        /// County of the placement.
        county: Option<Fips>,
        /// Whether the caregiver is a relative.
        relative: Option<bool>,
        /// Whether it was an emergency placement.
        emergency: Option<bool>,
        /// Reason for the placement.
        reason: Option<Text>,
        /// Code set of the source's own codes.
        code_set: Option<Text>,
    }
    /// A placement ended; this date is the first day no longer in it.
    PlacementEnded {
        /// The placement.
        placement_id: Text,
        /// Reason for the end.
        reason: Option<Text>,
    }
    /// The case was assigned to a provider; replaces the assignment before it.
    CaseAssigned {
        /// The family's case.
        case_id: Ident,
        /// The provider answerable for the case.
        provider: Ident,
        /// The subcontractor that does the work.
        subcontractor: Option<Ident>,
        /// The case manager.
        worker: Option<Ident>,
        /// County that has the case.
        county: Option<Fips>,
    }
    /// A permanency goal was proposed by the team.
    GoalProposed {
        /// Primary or concurrent.
        role: GoalRole,
        /// The goal.
        goal: Goal,
        /// The order.
        order_id: Option<Text>,
        /// The meeting.
        meeting_id: Option<Text>,
    }
    /// A permanency goal was approved by the court.
    GoalApproved {
        /// Primary or concurrent.
        role: GoalRole,
        /// The goal.
        goal: Goal,
        /// The order.
        order_id: Option<Text>,
        /// The meeting.
        meeting_id: Option<Text>,
    }
    /// A permanency goal was withdrawn.
    GoalWithdrawn {
        /// Primary or concurrent.
        role: GoalRole,
        /// The goal.
        goal: Goal,
        /// The order.
        order_id: Option<Text>,
        /// The meeting.
        meeting_id: Option<Text>,
    }
    /// The child left care on this date.
    EpisodeClosed {
        /// The removal that it ends; absent: the last one before this date.
        removal_id: Option<Text>,
        /// How the child left.
        exit_reason: ExitReason,
        /// Date of the order behind it.
        order_date: Option<Date>,
        /// Code set of the source's own codes.
        code_set: Option<Text>,
    }
    /// A hearing was held.
    HearingHeld {
        /// Name of the hearing, unique within the stream.
        hearing_id: Text,
        /// Kind of hearing.
        kind: HearingKind,
        /// Outcome.
        outcome: Option<Text>,
    }
    /// A family support team met.
    MeetingHeld {
        /// Name of the meeting, unique within the stream.
        meeting_id: Text,
        /// Kind of meeting.
        kind: MeetingKind,
        /// The placement it was about.
        placement_id: Option<Text>,
        /// Roles of those who attended.
        attendees: Option<Vec<Text>>,
    }
    /// A worker visited the child.
    VisitRecorded {
        /// The worker.
        worker: Ident,
        /// Where.
        place: VisitPlace,
        /// Whether they met face to face.
        face_to_face: bool,
    }
    /// A qualified individual assessed whether the placement is needed (42 USC 675a(c)(1)).
    AssessmentCompleted {
        /// The placement.
        placement_id: Text,
        /// The tool.
        tool: Text,
        /// Who employs the assessor.
        assessor_employer: Option<AssessorEmployer>,
        /// A waiver of the assessor's independence.
        waiver_id: Option<Text>,
        /// What was determined.
        determination: Determination,
        /// Whether short- and long-term goals are listed.
        goals_listed: Option<bool>,
        /// Written reasons why not a foster home.
        reasons: Option<Vec<AssessmentReason>>,
    }
    /// A clinical evaluation was completed (RSMo 211.081).
    EvaluationCompleted {
        /// Psychological or psychiatric.
        kind: EvaluationKind,
        /// Recommendation.
        recommendation: Option<Text>,
    }
    /// Items of the family and permanency team's record were documented (42 USC 675a(c)(1)(B)).
    TeamDocumented {
        /// The placement.
        placement_id: Text,
        /// Which of the seven items.
        items: Vec<TeamItem>,
    }
    /// A court approved or disapproved the placement (42 USC 675a(c)(2)).
    CourtPlacementDecided {
        /// The placement.
        placement_id: Text,
        /// The decision.
        outcome: CourtOutcome,
        /// The order.
        order_id: Option<Text>,
    }
    /// A court ordered institutional placement (RSMo 211.081).
    CourtPlacementOrdered {
        /// The placement.
        placement_id: Text,
        /// The order.
        order_id: Option<Text>,
    }
    /// The division certified provider and funds (RSMo 211.081).
    CertificationRecorded {
        /// The placement.
        placement_id: Text,
        /// Role of who signed.
        signer_role: Text,
    }
    /// Evidence on the placement was given to a hearing (42 USC 675a(c)(4)).
    EvidenceSubmitted {
        /// The placement.
        placement_id: Text,
        /// The hearing.
        hearing_id: Text,
    }
    /// The agency's head approved a long stay (42 USC 675a(c)(5)).
    LongStayApproved {
        /// The placement.
        placement_id: Text,
        /// Role of who signed.
        signer_role: Text,
    }
    /// The division approved a placement outside the state (RSMo 211.081).
    OutOfStateApproved {
        /// The placement.
        placement_id: Text,
    }
    /// Aftercare was planned (42 USC 672(k)(4)(F)).
    AftercarePlanned {
        /// The placement.
        placement_id: Text,
        /// First day of aftercare.
        from: Date,
        /// First day no longer in it.
        until: Date,
    }
    /// The case plan was revised.
    CasePlanRevised {
        /// The placement.
        placement_id: Option<Text>,
        /// What it now covers.
        items: Vec<PlanItem>,
    }
    /// A search for relatives was recorded (RSMo 210.565).
    RelativeSearchRecorded {
        /// The placement.
        placement_id: Text,
    }
}

codes! {
    /// Legal status of a child.
    LegalStatus {
        /// In the state's custody.
        Custody = "custody",
        /// Supervision only.
        Supervision = "supervision",
        /// None.
        None = "none",
    }
    /// A court's finding.
    Finding {
        /// Abuse or neglect.
        AbuseNeglect = "abuse-neglect",
        /// Reasonable efforts to prevent removal.
        ReasonableEffortsPrevent = "reasonable-efforts-prevent",
        /// Reasonable efforts to finalize the plan.
        ReasonableEffortsFinalize = "reasonable-efforts-finalize",
        /// Relatives are contrary to the child's interest.
        RelativeContrary = "relative-contrary",
        /// Best interest.
        BestInterest = "best-interest",
    }
    /// Kind of setting a child is placed in.
    Setting {
        /// Foster family home.
        FosterFamily = "foster-family",
        /// Therapeutic foster home.
        TherapeuticFoster = "therapeutic-foster",
        /// Home of a relative.
        Relative = "relative",
        /// Home of kin.
        Kin = "kin",
        /// Pre-adoptive home.
        PreAdoptive = "pre-adoptive",
        /// Group home.
        GroupHome = "group-home",
        /// Shelter.
        Shelter = "shelter",
        /// Residential treatment.
        ResidentialTreatment = "residential-treatment",
        /// Qualified residential treatment program.
        Qrtp = "qrtp",
        /// Child-care institution.
        ChildCareInstitution = "child-care-institution",
        /// Supervised independent living.
        SupervisedIndependentLiving = "supervised-independent-living",
        /// Setting for prenatal, post-partum or parenting youth.
        ParentingYouth = "parenting-youth",
        /// Setting for victims of sex trafficking or children at risk of it.
        TraffickingVictim = "trafficking-victim",
        /// Juvenile justice.
        JuvenileJustice = "juvenile-justice",
        /// Medical.
        Medical = "medical",
        /// Psychiatric hospital.
        PsychiatricHospital = "psychiatric-hospital",
        /// Respite.
        Respite = "respite",
        /// Run away.
        Runaway = "runaway",
        /// Whereabouts unknown.
        WhereaboutsUnknown = "whereabouts-unknown",
        /// Trial home visit.
        TrialHomeVisit = "trial-home-visit",
    }
    /// Where a placement lies.
    Location {
        /// In Missouri.
        InState = "in-state",
        /// In another state.
        OutOfState = "out-of-state",
        /// In another country.
        OutOfCountry = "out-of-country",
        /// The source does not know.
        Unknown = "unknown",
    }
    /// Role of a goal.
    GoalRole {
        /// The plan.
        Primary = "primary",
        /// The plan beside it.
        Concurrent = "concurrent",
    }
    /// A permanency goal.
    Goal {
        /// Reunification.
        Reunification = "reunification",
        /// Guardianship.
        Guardianship = "guardianship",
        /// Adoption.
        Adoption = "adoption",
        /// Placement with a fit and willing relative.
        Relative = "relative",
        /// Another planned permanent living arrangement.
        Appla = "appla",
    }
    /// How a child left care.
    ExitReason {
        /// Reunified.
        Reunification = "reunification",
        /// To a relative.
        Relative = "relative",
        /// Adopted.
        Adoption = "adoption",
        /// To a guardian.
        Guardianship = "guardianship",
        /// Emancipated.
        Emancipation = "emancipation",
        /// Discharged while run away.
        Runaway = "runaway",
        /// Died.
        Death = "death",
        /// Transferred to another agency.
        Transfer = "transfer",
    }
    /// Kind of hearing.
    HearingKind {
        /// Protective custody.
        ProtectiveCustody = "protective-custody",
        /// Adjudication.
        Adjudication = "adjudication",
        /// Disposition.
        Disposition = "disposition",
        /// Review.
        Review = "review",
        /// Permanency.
        Permanency = "permanency",
    }
    /// Kind of meeting.
    MeetingKind {
        /// Within 24 hours.
        Hours24 = "24-hour",
        /// Within 72 hours.
        Hours72 = "72-hour",
        /// Within 30 days.
        Days30 = "30-day",
        /// About a placement.
        Placement = "placement",
        /// Permanency planning review team.
        Pprt = "pprt",
        /// Other.
        Other = "other",
    }
    /// Where a visit took place.
    VisitPlace {
        /// In the child's residence.
        Residence = "residence",
        /// Elsewhere.
        Other = "other",
    }
    /// Who employs an assessor.
    AssessorEmployer {
        /// Nobody concerned.
        Independent = "independent",
        /// The state agency.
        Agency = "agency",
        /// A provider of placements.
        PlacementProvider = "placement-provider",
    }
    /// What an assessment determined.
    Determination {
        /// A qualified residential treatment program is right.
        Qrtp = "qrtp",
        /// A family setting can meet the needs.
        FamilySetting = "family-setting",
        /// Another specified setting is right.
        OtherSpecifiedSetting = "other-specified-setting",
    }
    /// Why a foster home cannot meet the needs.
    AssessmentReason {
        /// Clinical.
        Clinical = "clinical",
        /// Safety.
        Safety = "safety",
        /// Treatment.
        Treatment = "treatment",
        /// Shortage of foster homes, which the law does not accept.
        Shortage = "shortage",
        /// Other.
        Other = "other",
    }
    /// Kind of evaluation.
    EvaluationKind {
        /// Psychological.
        Psychological = "psychological",
        /// Psychiatric.
        Psychiatric = "psychiatric",
    }
    /// The seven items of the team's record.
    TeamItem {
        /// Efforts to identify the team.
        Identification = "identification",
        /// Contacts.
        Contacts = "contacts",
        /// Meetings at a convenient time and place.
        MeetingConvenience = "meeting-convenience",
        /// The parent's input.
        ParentInput = "parent-input",
        /// The assessment was made with the team.
        JointAssessment = "joint-assessment",
        /// Placement preferences.
        Preferences = "preferences",
        /// Why preferences were not followed.
        PreferenceReasons = "preference-reasons",
    }
    /// A court's decision on a placement.
    CourtOutcome {
        /// Approved.
        Approved = "approved",
        /// Disapproved.
        Disapproved = "disapproved",
    }
    /// What a case plan covers.
    PlanItem {
        /// Type of setting.
        Setting = "setting",
        /// Safety.
        Safety = "safety",
        /// Least restrictive.
        LeastRestrictive = "least-restrictive",
        /// Proximity.
        Proximity = "proximity",
    }
}

impl Record for IdentityMerged {
    fn check(&self, _stream: &Subject, at: &crate::Pointer<'_>) -> Result<(), crate::Refusal> {
        if self.into.family() == crate::Family::Child {
            return Ok(());
        }
        Err(at
            .member("into")
            .refuse(crate::Code::InvalidSubject, "a child is merged into a child/… subject"))
    }
}

/// Types whose fields say all there is to check.
macro_rules! plain {
    ($($name:ident),* $(,)?) => { $(impl Record for $name {})* };
}

plain!(
    ChildRegistered,
    RemovalRecorded,
    LegalStatusChanged,
    FindingMade,
    PlacementStarted,
    PlacementEnded,
    CaseAssigned,
    GoalProposed,
    GoalApproved,
    GoalWithdrawn,
    EpisodeClosed,
    HearingHeld,
    MeetingHeld,
    VisitRecorded,
    AssessmentCompleted,
    EvaluationCompleted,
    TeamDocumented,
    CourtPlacementDecided,
    CourtPlacementOrdered,
    CertificationRecorded,
    EvidenceSubmitted,
    LongStayApproved,
    OutOfStateApproved,
    AftercarePlanned,
    CasePlanRevised,
    RelativeSearchRecorded,
);
