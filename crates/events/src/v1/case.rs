//! `case/…`: a family's case, returned to the Division, and what it cost.

use crate::record::{Record, codes, records};
use crate::{Code, Family, Ident, Pointer, Refusal, Subject, Text};

records! {
    /// A contractor returned the case to the Division.
    CaseReturned {
        /// Who returned it.
        provider: Ident,
        /// Why.
        reason: ReturnReason,
        /// The children of the case, as `child/…` subjects.
        children: Vec<Subject>,
    }
    /// A cost of the case became known.
    CostRecorded {
        /// Name of the cost, unique within the stream.
        cost_id: Text,
        /// Amount in cents.
        amount_cents: i64,
        /// Category.
        category: Option<Text>,
    }
    /// The amount of a cost was replaced.
    CostAdjusted {
        /// The cost.
        cost_id: Text,
        /// The new amount in cents.
        amount_cents: i64,
        /// Category.
        category: Option<Text>,
    }
}

codes! {
    /// Why a case was returned.
    ReturnReason {
        /// Catastrophic cost.
        CatastrophicCost = "catastrophic-cost",
        /// Order of a court.
        CourtOrder = "court-order",
        /// Another reason; never counted.
        Other = "other",
    }
}

impl Record for CaseReturned {
    fn check(&self, _stream: &Subject, at: &Pointer<'_>) -> Result<(), Refusal> {
        match self.children.iter().position(|c| c.family() != Family::Child) {
            None => Ok(()),
            Some(i) => Err(at
                .member("children")
                .index(i)
                .refuse(Code::InvalidSubject, "children are child/… subjects")),
        }
    }
}

impl Record for CostRecorded {}
impl Record for CostAdjusted {}
