//! The list of event types: name, family of streams, Rust type.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::v1::{
    amendment::{RecordCorrected, RecordRetracted},
    case::{CaseReturned, CostAdjusted, CostRecorded},
    child::{
        AftercarePlanned, AssessmentCompleted, CaseAssigned, CasePlanRevised,
        CertificationRecorded, ChildRegistered, CourtPlacementDecided, CourtPlacementOrdered,
        EpisodeClosed, EvaluationCompleted, EvidenceSubmitted, FindingMade, GoalApproved,
        GoalProposed, GoalWithdrawn, HearingHeld, IdentityMerged, LegalStatusChanged,
        LongStayApproved, MeetingHeld, OutOfStateApproved, PlacementEnded, PlacementStarted,
        RelativeSearchRecorded, RemovalRecorded, TeamDocumented, VisitRecorded,
    },
    facility::CredentialChanged,
    log::{KeyRotated, SubjectErased},
    place::CountyMapped,
    policy::{
        BenchmarkDecided, CalendarPublished, ExclusionDecided, MetricPublished, RegionalGoalSet,
        WeightDecided,
    },
    provider::ProviderRegistered,
    report::{AccessLogged, ReportPublished, ReportRestated},
    source::SourceCompleted,
    staff::{RoleEnded, RoleStarted, SupervisorAssigned, TrainingCompleted, TrainingRevoked},
};
use crate::{Code, Family, Field, Json, Pointer, Record, Refusal, Subject, Value};

/// Declares [`EventType`] and [`Payload`] from one list. `_` as family: on any stream.
macro_rules! vocabulary {
    ($($name:ident = $wire:literal on $family:tt,)*) => {
        /// The type of an event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $(#[doc = concat!("`", $wire, "`")] $name,)*
        }

        /// What an event says, by type.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Payload {
            $(#[doc = concat!("`", $wire, "`")] $name($name),)*
        }

        impl EventType {
            /// Every type, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The type's name, for example `casetrail.placement.started.v1`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $wire,)*
                }
            }

            /// The family of streams it belongs on; `None`: any.
            #[must_use]
            pub const fn family(self) -> Option<Family> {
                match self {
                    $(Self::$name => vocabulary!(@family $family),)*
                }
            }

            /// JSON Schema (2020-12) of its `data`.
            #[must_use]
            pub fn schema(self) -> serde_json::Value {
                match self {
                    $(Self::$name => <$name as Field>::schema(),)*
                }
            }
        }

        impl Payload {
            /// The type.
            #[must_use]
            pub const fn kind(&self) -> EventType {
                match self {
                    $(Self::$name(_) => EventType::$name,)*
                }
            }

            /// The `data` member.
            #[must_use]
            pub fn write(&self) -> Json {
                match self {
                    $(Self::$name(record) => record.write(),)*
                }
            }

            fn read_unplaced(kind: EventType, data: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
                match kind {
                    $(EventType::$name => $name::read(data, at).map(Self::$name),)*
                }
            }

            fn check(&self, stream: &Subject, at: &Pointer<'_>) -> Result<(), Refusal> {
                match self {
                    $(Self::$name(record) => record.check(stream, at),)*
                }
            }
        }

        $(impl From<$name> for Payload {
            fn from(record: $name) -> Self {
                Self::$name(record)
            }
        })*
    };
    (@family _) => { None };
    (@family $family:ident) => { Some(Family::$family) };
}

vocabulary! {
    ChildRegistered = "casetrail.child.registered.v1" on Child,
    IdentityMerged = "casetrail.identity.merged.v1" on Child,
    RemovalRecorded = "casetrail.removal.recorded.v1" on Child,
    LegalStatusChanged = "casetrail.legal-status.changed.v1" on Child,
    FindingMade = "casetrail.finding.made.v1" on Child,
    PlacementStarted = "casetrail.placement.started.v1" on Child,
    PlacementEnded = "casetrail.placement.ended.v1" on Child,
    CaseAssigned = "casetrail.case.assigned.v1" on Child,
    GoalProposed = "casetrail.goal.proposed.v1" on Child,
    GoalApproved = "casetrail.goal.approved.v1" on Child,
    GoalWithdrawn = "casetrail.goal.withdrawn.v1" on Child,
    EpisodeClosed = "casetrail.episode.closed.v1" on Child,
    HearingHeld = "casetrail.hearing.held.v1" on Child,
    MeetingHeld = "casetrail.meeting.held.v1" on Child,
    VisitRecorded = "casetrail.visit.recorded.v1" on Child,
    AssessmentCompleted = "casetrail.assessment.completed.v1" on Child,
    EvaluationCompleted = "casetrail.evaluation.completed.v1" on Child,
    TeamDocumented = "casetrail.team.documented.v1" on Child,
    CourtPlacementDecided = "casetrail.court-placement.decided.v1" on Child,
    CourtPlacementOrdered = "casetrail.court-placement.ordered.v1" on Child,
    CertificationRecorded = "casetrail.certification.recorded.v1" on Child,
    EvidenceSubmitted = "casetrail.evidence.submitted.v1" on Child,
    LongStayApproved = "casetrail.long-stay.approved.v1" on Child,
    OutOfStateApproved = "casetrail.out-of-state.approved.v1" on Child,
    AftercarePlanned = "casetrail.aftercare.planned.v1" on Child,
    CasePlanRevised = "casetrail.case-plan.revised.v1" on Child,
    RelativeSearchRecorded = "casetrail.relative-search.recorded.v1" on Child,
    CaseReturned = "casetrail.case.returned.v1" on Case,
    CostRecorded = "casetrail.cost.recorded.v1" on Case,
    CostAdjusted = "casetrail.cost.adjusted.v1" on Case,
    RoleStarted = "casetrail.role.started.v1" on Staff,
    RoleEnded = "casetrail.role.ended.v1" on Staff,
    SupervisorAssigned = "casetrail.supervisor.assigned.v1" on Staff,
    TrainingCompleted = "casetrail.training.completed.v1" on Staff,
    TrainingRevoked = "casetrail.training.revoked.v1" on Staff,
    CredentialChanged = "casetrail.credential.changed.v1" on Facility,
    ProviderRegistered = "casetrail.provider.registered.v1" on Provider,
    CountyMapped = "casetrail.county.mapped.v1" on Place,
    MetricPublished = "casetrail.metric.published.v1" on Policy,
    BenchmarkDecided = "casetrail.benchmark.decided.v1" on Policy,
    WeightDecided = "casetrail.weight.decided.v1" on Policy,
    RegionalGoalSet = "casetrail.regional-goal.set.v1" on Policy,
    CalendarPublished = "casetrail.calendar.published.v1" on Policy,
    ExclusionDecided = "casetrail.exclusion.decided.v1" on Policy,
    ReportPublished = "casetrail.report.published.v1" on Report,
    ReportRestated = "casetrail.report.restated.v1" on Report,
    AccessLogged = "casetrail.access.logged.v1" on Report,
    SourceCompleted = "casetrail.source.completed.v1" on Source,
    KeyRotated = "casetrail.key.rotated.v1" on Log,
    SubjectErased = "casetrail.subject.erased.v1" on Log,
    RecordCorrected = "casetrail.record.corrected.v1" on _,
    RecordRetracted = "casetrail.record.retracted.v1" on _,
}

/// Every type, by its name.
static BY_NAME: LazyLock<FxHashMap<&str, EventType>> =
    LazyLock::new(|| EventType::ALL.iter().map(|kind| (kind.name(), *kind)).collect());

impl EventType {
    /// Whether events of this type correct or retract another event of their stream.
    #[must_use]
    pub const fn amends(self) -> bool {
        matches!(self, Self::RecordCorrected | Self::RecordRetracted)
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        BY_NAME.get(name).copied()
    }
}

impl Payload {
    /// Reads `data` of a type, on a stream.
    ///
    /// # Errors
    /// [`Code::WrongStream`] if the type does not belong there; otherwise what a field or the
    /// record refuses, with pointers that start with `at` (data) or at the root (attributes).
    pub fn read(
        kind: EventType,
        stream: &Subject,
        data: &Value<'_>,
        at: &Pointer<'_>,
    ) -> Result<Self, Refusal> {
        if let Some(family) = kind.family().filter(|f| *f != stream.family()) {
            let message = format!("{} belongs on {}/… streams", kind.name(), family.name());
            return Err(Pointer::ROOT.member("subject").refuse(Code::WrongStream, message));
        }
        let payload = Self::read_unplaced(kind, data, at)?;
        payload.check(stream, at)?;
        Ok(payload)
    }
}
