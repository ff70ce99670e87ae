//! Payloads to facts' content.

use events::v1::child::AssessmentReason;
use events::{EventType, Ident, Json, Payload, Text, Value};

use crate::{Conduct, DocId, ListId, Proof, Reasons, Sym, What};

/// Whether some row or metric reads events of a type: whether any of them is kept as a fact.
#[must_use]
pub const fn is_read(kind: EventType) -> bool {
    !matches!(
        kind,
        EventType::SupervisorAssigned
            | EventType::ReportPublished
            | EventType::ReportRestated
            | EventType::AccessLogged
            | EventType::KeyRotated
            | EventType::SubjectErased
            | EventType::RecordCorrected
            | EventType::RecordRetracted
    )
}

/// Gives small numbers for what facts hold in their place.
pub trait Interner {
    /// The text's number, new or known.
    fn intern(&mut self, text: &str) -> Sym;

    /// Keeps a list; `None` where none are kept.
    fn intern_list(&mut self, items: Vec<Sym>) -> Option<ListId>;

    /// Keeps a policy event's payload, and its `data` as it was written; `None` where none are
    /// kept.
    fn intern_document(&mut self, payload: Payload, data: Json) -> Option<DocId>;
}

/// What a fact keeps of a payload, and of the `data` it was read from; `None` for types that no row
/// and no metric reads, and for what `names` does not keep.
pub fn what(names: &mut impl Interner, payload: &Payload, data: &Value<'_>) -> Option<What> {
    Reading(names).what(payload, data)
}

struct Reading<'n, N>(&'n mut N);

impl<N: Interner> Reading<'_, N> {
    #[expect(clippy::too_many_lines, reason = "an arm a type: a new type does not compile without")]
    fn what(&mut self, payload: &Payload, data: &Value<'_>) -> Option<What> {
        if !is_read(payload.kind()) {
            return None;
        }
        Some(match payload {
            Payload::ChildRegistered(p) => What::Registered { birth: p.birth_date },
            Payload::IdentityMerged(p) => What::Merged { into: self.0.intern(p.into.as_str()) },
            Payload::RemovalRecorded(p) => What::Removal { id: self.name(&p.removal_id) },
            Payload::FindingMade(p) => What::Finding(p.finding),
            Payload::PlacementStarted(p) => What::PlacementStarted {
                id: self.name(&p.placement_id),
                setting: p.setting,
                facility: self.optional(p.facility_id.as_ref()),
                location: p.location,
                relative: p.relative,
                emergency: p.emergency,
            },
            Payload::PlacementEnded(p) => What::PlacementEnded { id: self.name(&p.placement_id) },
            Payload::CaseAssigned(p) => What::Assigned {
                case: self.ident(&p.case_id),
                provider: self.ident(&p.provider),
                worker: self.optional(p.worker.as_ref()),
                county: p.county.as_ref().map(|c| self.0.intern(c.as_str())),
            },
            Payload::GoalProposed(p) => {
                What::Goal { conduct: Conduct::Proposed, role: p.role, goal: p.goal }
            }
            Payload::GoalApproved(p) => {
                What::Goal { conduct: Conduct::Approved, role: p.role, goal: p.goal }
            }
            Payload::GoalWithdrawn(p) => {
                What::Goal { conduct: Conduct::Withdrawn, role: p.role, goal: p.goal }
            }
            Payload::EpisodeClosed(p) => What::Closed {
                removal: p.removal_id.as_ref().map(|r| self.name(r)),
                reason: p.exit_reason,
                order_date: p.order_date,
            },
            Payload::AssessmentCompleted(p) => What::Assessment {
                placement: self.name(&p.placement_id),
                employer: p.assessor_employer,
                waiver: p.waiver_id.is_some(),
                determination: p.determination,
                goals_listed: p.goals_listed,
                reasons: match p.reasons.as_deref() {
                    None => Reasons::Missing,
                    Some([]) => Reasons::Empty,
                    Some(r) if r.contains(&AssessmentReason::Shortage) => Reasons::Shortage,
                    Some(_) => Reasons::Given,
                },
            },
            Payload::EvaluationCompleted(_) => What::Evaluated,
            Payload::HearingHeld(p) => What::Hearing { id: self.name(&p.hearing_id), kind: p.kind },
            Payload::LegalStatusChanged(_) => What::LegalStatus,
            Payload::VisitRecorded(p) => {
                What::Visit { place: p.place, face_to_face: p.face_to_face }
            }
            Payload::CourtPlacementDecided(p) => {
                What::CourtDecision { placement: self.name(&p.placement_id), outcome: p.outcome }
            }
            Payload::TeamDocumented(p) => {
                let items = p.items.iter().fold(0, |bits, item| bits | 1 << *item as u8);
                self.proof(&p.placement_id, Proof::Team(items))
            }
            Payload::CourtPlacementOrdered(p) => self.proof(&p.placement_id, Proof::Ordered),
            Payload::CertificationRecorded(p) => self.proof(&p.placement_id, Proof::Certified),
            Payload::EvidenceSubmitted(p) => {
                let hearing = self.name(&p.hearing_id);
                self.proof(&p.placement_id, Proof::Submitted(hearing))
            }
            Payload::LongStayApproved(p) => self.proof(&p.placement_id, Proof::LongStayApproved),
            Payload::OutOfStateApproved(p) => {
                self.proof(&p.placement_id, Proof::OutOfStateApproved)
            }
            Payload::AftercarePlanned(p) => self
                .proof(&p.placement_id, Proof::AftercarePlanned { from: p.from, until: p.until }),
            Payload::CasePlanRevised(p) => {
                let items = p.items.iter().fold(0, |bits, item| bits | 1 << *item as u8);
                self.proof_if_any(p.placement_id.as_ref(), Proof::PlanRevised(items))
            }
            Payload::RelativeSearchRecorded(p) => {
                self.proof(&p.placement_id, Proof::RelativesSearched)
            }
            Payload::MeetingHeld(p) => self.proof_if_any(p.placement_id.as_ref(), Proof::TeamMet),
            Payload::CaseReturned(p) => {
                let children = p.children.iter().map(|c| self.0.intern(c.as_str())).collect();
                What::Returned {
                    provider: self.ident(&p.provider),
                    reason: p.reason,
                    children: self.0.intern_list(children)?,
                }
            }
            Payload::CostRecorded(p) => {
                What::Cost { id: self.name(&p.cost_id), cents: p.amount_cents.into() }
            }
            Payload::CostAdjusted(p) => {
                What::CostAdjusted { id: self.name(&p.cost_id), cents: p.amount_cents.into() }
            }
            Payload::RoleStarted(p) => What::RoleStarted {
                role: p.role,
                provider: self.ident(&p.provider),
                fte: p.fte.unwrap_or(100),
            },
            Payload::RoleEnded(p) => {
                What::RoleEnded { role: p.role, provider: self.ident(&p.provider) }
            }
            Payload::TrainingCompleted(p) => What::Trained { course: self.name(&p.course) },
            Payload::TrainingRevoked(p) => What::TrainingRevoked { course: self.name(&p.course) },
            Payload::CredentialChanged(p) => {
                What::Credential { credential: p.credential, status: p.status, until: p.until }
            }
            Payload::ProviderRegistered(p) => What::Provider {
                kind: p.kind,
                parent: self.optional(p.parent.as_ref()),
                region: p.region.as_ref().map(|r| self.name(r)),
                contract_from: p.contract_effective_on,
            },
            Payload::CountyMapped(p) => What::County { region: self.name(&p.region) },
            Payload::SourceCompleted(p) => What::SourceCompleted { through: p.through },
            Payload::ExclusionDecided(p) => {
                // A subject may be left out before any event of its own is known.
                self.0.intern(p.subject.as_str());
                What::Policy(self.0.intern_document(payload.clone(), data.to_json())?)
            }
            Payload::MetricPublished(_)
            | Payload::BenchmarkDecided(_)
            | Payload::WeightDecided(_)
            | Payload::RegionalGoalSet(_)
            | Payload::CalendarPublished(_) => {
                What::Policy(self.0.intern_document(payload.clone(), data.to_json())?)
            }
            Payload::SupervisorAssigned(_)
            | Payload::ReportPublished(_)
            | Payload::ReportRestated(_)
            | Payload::AccessLogged(_)
            | Payload::KeyRotated(_)
            | Payload::SubjectErased(_)
            | Payload::RecordCorrected(_)
            | Payload::RecordRetracted(_) => return None,
        })
    }

    fn ident(&mut self, ident: &Ident) -> Sym {
        self.0.intern(ident.as_str())
    }

    fn optional(&mut self, ident: Option<&Ident>) -> Option<Sym> {
        ident.map(|i| self.ident(i))
    }

    fn name(&mut self, text: &Text) -> Sym {
        self.0.intern(text.as_str())
    }

    fn proof_if_any(&mut self, placement: Option<&Text>, proof: Proof) -> What {
        placement.map_or(What::Silent, |placement| self.proof(placement, proof))
    }

    fn proof(&mut self, placement: &Text, proof: Proof) -> What {
        What::Proof { placement: self.name(placement), proof }
    }
}
