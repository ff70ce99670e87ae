//! A placement with what its rules look at.

use events::Date;
use events::v1::child::{CourtOutcome, Determination, Setting};
use events::v1::facility::Credential;
use timeline::{Assessment, CourtDecision, Credentials, Episode, Person, Placement, Proof, Proven};

/// How a rule came out for one placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Met,
    Violated,
    Pending,
    Unknown,
    NotApplicable,
}

impl State {
    pub(crate) const ALL: [Self; 5] =
        [Self::Met, Self::Violated, Self::Pending, Self::Unknown, Self::NotApplicable];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Violated => "violated",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// Met or violated.
    pub(super) const fn decided(met: bool) -> Self {
        if met { Self::Met } else { Self::Violated }
    }
}

/// A placement with what its rules look at.
pub(crate) struct Stay<'a> {
    pub(crate) person: &'a Person,
    pub(crate) episode: &'a Episode,
    pub(crate) placement: &'a Placement,
    /// The facility's credentials; `None` without a facility or anything known of it.
    pub(crate) credentials: Option<&'a Credentials>,
    pub(crate) as_of: Date,
}

impl Stay<'_> {
    /// Day N of the stay.
    pub(crate) fn day(&self, n: i32) -> Date {
        self.placement.start.add_days(n)
    }

    pub(super) fn ended_before(&self, day: Date) -> bool {
        self.placement.end.is_some_and(|end| end < day)
    }

    pub(super) fn is_qrtp(&self) -> bool {
        self.placement.setting == Setting::Qrtp
    }

    /// A rule with a deadline, and evidence by it or not.
    pub(super) fn by(&self, deadline: Date, evidence: bool) -> State {
        if self.ended_before(deadline) {
            State::NotApplicable
        } else if evidence {
            State::Met
        } else if self.as_of <= deadline {
            State::Pending
        } else {
            State::Violated
        }
    }

    /// Any of the credentials, active on every day from the start to the earlier of the last day
    /// in the placement and the as-of date.
    pub(super) fn credential(&self, any_of: &[Credential]) -> State {
        let known = self.credentials.filter(|c| any_of.iter().any(|one| c.known(*one)));
        let Some(credentials) = known else { return State::Unknown };
        let lapse = credentials.first_lapse(any_of, self.placement.start, self.last_day());
        State::decided(lapse.is_none())
    }

    /// The earlier of the last day in the placement and the as-of date.
    pub(super) fn last_day(&self) -> Date {
        self.placement.end.map_or(self.as_of, |end| end.add_days(-1)).min(self.as_of)
    }

    pub(crate) fn assessments(&self) -> impl Iterator<Item = &Assessment> {
        self.person.assessments.iter().filter(|a| a.placement == self.placement.id)
    }

    pub(crate) fn decisions(&self) -> impl Iterator<Item = &CourtDecision> {
        self.person.decisions.iter().filter(|d| d.placement == self.placement.id)
    }

    pub(crate) fn proofs(&self) -> impl Iterator<Item = &Proven> {
        self.person.proofs.iter().filter(|p| p.placement == self.placement.id)
    }

    /// Whether this is proven on or before a day.
    pub(super) fn proven_by(&self, proof: Proof, day: Date) -> bool {
        self.proofs().any(|p| p.proof == proof && p.day <= day)
    }

    /// First day in the placement on which it was found not appropriate: an assessment says family
    /// setting (in a QRTP also another specified setting), or the court disapproves.
    pub(crate) fn first_negative(&self) -> Option<Date> {
        let negative = |a: &&Assessment| match a.determination {
            Determination::FamilySetting => true,
            Determination::OtherSpecifiedSetting => self.is_qrtp(),
            Determination::Qrtp => false,
        };
        let assessed = self.assessments().filter(negative).map(|a| a.day);
        let disapproved = self.decisions().filter(|d| d.outcome == CourtOutcome::Disapproved);
        let days = assessed.chain(disapproved.map(|d| d.day));
        days.filter(|day| self.placement.contains(*day)).min()
    }
}
