//! The same content, by other numbers of its texts.

use crate::{Proof, Sym, What};

impl What {
    /// The content with the number of each text replaced, from left to right. Lists and documents
    /// keep their numbers.
    #[must_use]
    pub fn renamed(self, mut sym: impl FnMut(Sym) -> Sym) -> Self {
        match self {
            Self::Merged { into } => Self::Merged { into: sym(into) },
            Self::Removal { id } => Self::Removal { id: sym(id) },
            Self::PlacementStarted { id, setting, facility, location, relative, emergency } => {
                let (id, facility) = (sym(id), facility.map(sym));
                Self::PlacementStarted { id, setting, facility, location, relative, emergency }
            }
            Self::PlacementEnded { id } => Self::PlacementEnded { id: sym(id) },
            Self::Assigned { case, provider, worker, county } => {
                let (case, provider) = (sym(case), sym(provider));
                let (worker, county) = (worker.map(&mut sym), county.map(sym));
                Self::Assigned { case, provider, worker, county }
            }
            Self::Closed { removal, reason, order_date } => {
                Self::Closed { removal: removal.map(sym), reason, order_date }
            }
            Self::Assessment {
                placement,
                employer,
                waiver,
                determination,
                goals_listed,
                reasons,
            } => Self::Assessment {
                placement: sym(placement),
                employer,
                waiver,
                determination,
                goals_listed,
                reasons,
            },
            // The hearing is named before the placement when an event is read.
            Self::Proof { placement, proof: Proof::Submitted(hearing) } => {
                let hearing = sym(hearing);
                Self::Proof { placement: sym(placement), proof: Proof::Submitted(hearing) }
            }
            Self::Proof { placement, proof } => Self::Proof { placement: sym(placement), proof },
            Self::Hearing { id, kind } => Self::Hearing { id: sym(id), kind },
            Self::CourtDecision { placement, outcome } => {
                Self::CourtDecision { placement: sym(placement), outcome }
            }
            Self::Returned { provider, reason, children } => {
                Self::Returned { provider: sym(provider), reason, children }
            }
            Self::Cost { id, cents } => Self::Cost { id: sym(id), cents },
            Self::CostAdjusted { id, cents } => Self::CostAdjusted { id: sym(id), cents },
            Self::RoleStarted { role, provider, fte } => {
                Self::RoleStarted { role, provider: sym(provider), fte }
            }
            Self::RoleEnded { role, provider } => Self::RoleEnded { role, provider: sym(provider) },
            Self::Trained { course } => Self::Trained { course: sym(course) },
            Self::TrainingRevoked { course } => Self::TrainingRevoked { course: sym(course) },
            Self::Provider { kind, parent, region, contract_from } => {
                let (parent, region) = (parent.map(&mut sym), region.map(sym));
                Self::Provider { kind, parent, region, contract_from }
            }
            Self::County { region } => Self::County { region: sym(region) },
            Self::Registered { .. }
            | Self::Finding(_)
            | Self::Goal { .. }
            | Self::Evaluated
            | Self::LegalStatus
            | Self::Visit { .. }
            | Self::Credential { .. }
            | Self::Policy(_)
            | Self::SourceCompleted { .. }
            | Self::Silent => self,
        }
    }
}
