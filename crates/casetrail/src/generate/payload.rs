//! A fact of a family in the words of the vocabulary.

use events::v1::case::{CaseReturned, CostAdjusted, CostRecorded};
use events::v1::child as c;
use events::v1::policy::ExclusionDecided;
use events::{Family, Fips, Ident, Payload, Subject, Text};

use super::fact::{
    Assessing, Assignment, CaseFact, Contact, County, Evidence, Fact, GoalStep, Home, Placing,
    ProviderNo, Reasons, StaffNo,
};
use super::plan::Household;
use super::providers::PROVIDERS;

/// The metric from which children are excluded, if from any.
pub(super) const EXCLUDED_FROM: &str = "timely-permanency";

/// Who decides about metrics (RSMo 210.112).
pub(super) const DECIDED_BY: &str = "response and evaluation team";

pub(super) fn ident(text: &str) -> Ident {
    text.parse().expect("generated names are identifiers")
}

pub(super) fn subject(family: Family, name: &str) -> Subject {
    Subject::of(family, &ident(name))
}

pub(super) fn fips(county: County) -> Fips {
    format!("29{:03}", county.0).parse().expect("a county has five digits")
}

pub(super) fn staff(number: StaffNo) -> Ident {
    ident(&format!("S-{}", number.0))
}

pub(super) fn facility(number: u32) -> Ident {
    ident(&format!("R-{number}"))
}

pub(super) fn provider(number: ProviderNo) -> Ident {
    ident(PROVIDERS[usize::from(number.0)].id)
}

/// The name of what is numbered within a stream: removal `R1`, placement `P3`.
fn numbered(letter: &str, number: u16) -> Text {
    format!("{letter}{number}").into()
}

/// Says a fact of a household; `member` is the child that it is about.
pub(super) fn payload(household: &Household, member: u8, fact: &Fact) -> Payload {
    match *fact {
        Fact::Registered { birth, estimated, female, siblings } => c::ChildRegistered {
            birth_date: Some(birth),
            birth_date_estimated: estimated.then_some(true),
            sex: Some(if female { "female" } else { "male" }.into()),
            sibling_group: siblings.then(|| format!("G-{}", household.number()).into()),
            raw: None,
        }
        .into(),
        Fact::Merged => c::IdentityMerged { into: household.child(member), raw: None }.into(),
        Fact::Removed { removal, county, voluntary } => c::RemovalRecorded {
            removal_id: numbered("R", removal),
            county: Some(fips(county)),
            circuit: None,
            manner: Some(if voluntary { "voluntary" } else { "court-ordered" }.into()),
            environment: None,
            raw: None,
        }
        .into(),
        Fact::Status(status) => {
            c::LegalStatusChanged { status, court: None, order_id: None, raw: None }.into()
        }
        Fact::Found(finding) => c::FindingMade { finding, order_id: None, raw: None }.into(),
        Fact::PlacementStarted(placing) => placement_started(&placing).into(),
        Fact::PlacementEnded { placement, reason } => c::PlacementEnded {
            placement_id: numbered("P", placement),
            reason: Some(reason.code().into()),
            raw: None,
        }
        .into(),
        Fact::Assigned(assignment) => case_assigned(household, assignment).into(),
        Fact::Goal { step, role, goal, meeting } => goal_step(step, role, goal, meeting),
        Fact::Closed { removal, reason, order } => c::EpisodeClosed {
            removal_id: removal.map(|r| numbered("R", r)),
            exit_reason: reason,
            order_date: order,
            code_set: None,
            raw: None,
        }
        .into(),
        Fact::Contact(contact) => contact_payload(contact),
        Fact::Evidence(placement, evidence) => evidence_payload(placement, evidence),
        Fact::Evaluated(kind) => c::EvaluationCompleted {
            kind,
            recommendation: Some("residential treatment".into()),
            raw: None,
        }
        .into(),
        Fact::PlanRevised { placement, complete } => c::CasePlanRevised {
            placement_id: placement.map(|p| numbered("P", p)),
            items: c::PlanItem::ALL[..if complete { 4 } else { 2 }].to_vec(),
            raw: None,
        }
        .into(),
        Fact::Case(fact) => case_payload(household, fact),
        Fact::Excluded(decision) => ExclusionDecided {
            subject: household.child(member),
            metric: EXCLUDED_FROM.into(),
            decision,
            decided_by: DECIDED_BY.into(),
            raw: None,
        }
        .into(),
    }
}

fn placement_started(placing: &Placing) -> c::PlacementStarted {
    let home = match placing.home {
        Home::Unnamed => None,
        Home::Facility(n) => Some(facility(n)),
        Home::Foster(n) => Some(ident(&format!("H-{n}"))),
        Home::Kin(n) => Some(ident(&format!("K-{n}"))),
    };
    c::PlacementStarted {
        placement_id: numbered("P", placing.placement),
        setting: placing.setting,
        facility_id: home,
        location: placing.location,
        county: Some(fips(placing.county)),
        relative: placing.relative,
        emergency: placing.emergency,
        reason: None,
        code_set: None,
        raw: None,
    }
}

fn case_assigned(household: &Household, assignment: Assignment) -> c::CaseAssigned {
    c::CaseAssigned {
        case_id: ident(&format!("F-{}", household.number())),
        provider: provider(assignment.provider),
        subcontractor: assignment.subcontractor.map(provider),
        worker: assignment.worker.map(staff),
        county: Some(fips(assignment.county)),
        raw: None,
    }
}

fn goal_step(step: GoalStep, role: c::GoalRole, goal: c::Goal, meeting: Option<u16>) -> Payload {
    let (order_id, raw) = (None, None);
    let meeting_id = meeting.map(|m| numbered("M", m));
    match step {
        GoalStep::Proposed => c::GoalProposed { role, goal, order_id, meeting_id, raw }.into(),
        GoalStep::Approved => c::GoalApproved { role, goal, order_id, meeting_id, raw }.into(),
        GoalStep::Withdrawn => c::GoalWithdrawn { role, goal, order_id, meeting_id, raw }.into(),
    }
}

fn contact_payload(contact: Contact) -> Payload {
    match contact {
        Contact::Hearing { hearing, kind, continued } => c::HearingHeld {
            hearing_id: numbered("H", hearing),
            kind,
            outcome: continued.then(|| "continued".into()),
            raw: None,
        }
        .into(),
        Contact::Meeting { meeting, kind, placement, parents } => {
            let present: &[&str] =
                if parents { &["worker", "juvenile-officer", "parent"] } else { &["worker"] };
            c::MeetingHeld {
                meeting_id: numbered("M", meeting),
                kind,
                placement_id: placement.map(|p| numbered("P", p)),
                attendees: Some(present.iter().map(|role| Text::from(*role)).collect()),
                raw: None,
            }
            .into()
        }
        Contact::Visit { worker, place, face_to_face } => {
            c::VisitRecorded { worker: staff(worker), place, face_to_face, raw: None }.into()
        }
    }
}

fn evidence_payload(placement: u16, evidence: Evidence) -> Payload {
    let placement_id = numbered("P", placement);
    let (order_id, raw) = (None, None);
    let signer_role = Text::from("director-designee");
    match evidence {
        Evidence::Assessed(assessing) => assessment(placement_id, assessing).into(),
        Evidence::Team { complete } => c::TeamDocumented {
            placement_id,
            items: c::TeamItem::ALL[..if complete { 7 } else { 6 }].to_vec(),
            raw,
        }
        .into(),
        Evidence::CourtDecided(outcome) => {
            c::CourtPlacementDecided { placement_id, outcome, order_id, raw }.into()
        }
        Evidence::CourtOrdered => c::CourtPlacementOrdered { placement_id, order_id, raw }.into(),
        Evidence::Certified => c::CertificationRecorded { placement_id, signer_role, raw }.into(),
        Evidence::Submitted { hearing } => {
            c::EvidenceSubmitted { placement_id, hearing_id: numbered("H", hearing), raw }.into()
        }
        Evidence::LongStayApproved => c::LongStayApproved { placement_id, signer_role, raw }.into(),
        Evidence::OutOfStateApproved => c::OutOfStateApproved { placement_id, raw }.into(),
        Evidence::Aftercare { from, until } => {
            c::AftercarePlanned { placement_id, from, until, raw }.into()
        }
        Evidence::Searched => c::RelativeSearchRecorded { placement_id, raw }.into(),
    }
}

fn assessment(placement_id: Text, assessing: Assessing) -> c::AssessmentCompleted {
    use c::AssessmentReason as R;
    let reasons = assessing.reasons.map(|reasons| match reasons {
        Reasons::Clinical => vec![R::Clinical],
        Reasons::TreatmentAndSafety => vec![R::Treatment, R::Safety],
        Reasons::TreatmentAndShortage => vec![R::Treatment, R::Shortage],
    });
    c::AssessmentCompleted {
        placement_id,
        tool: "CANS".into(),
        assessor_employer: assessing.employer,
        waiver_id: assessing.waived.then(|| "W-1".into()),
        determination: assessing.determination,
        goals_listed: assessing.goals_listed,
        reasons,
        raw: None,
    }
}

fn case_payload(household: &Household, fact: CaseFact) -> Payload {
    match fact {
        CaseFact::Returned { provider: number, reason, children } => CaseReturned {
            provider: provider(number),
            reason,
            children: (0..8)
                .filter(|member| children & (1 << member) != 0)
                .map(|member| household.child(member))
                .collect(),
            raw: None,
        }
        .into(),
        CaseFact::Cost { cost, cents, adjusted } => {
            let (cost_id, amount_cents) = (numbered("K", cost), i64::from(cents));
            let category = Some("residential-treatment".into());
            if adjusted {
                CostAdjusted { cost_id, amount_cents, category, raw: None }.into()
            } else {
                CostRecorded { cost_id, amount_cents, category, raw: None }.into()
            }
        }
    }
}
