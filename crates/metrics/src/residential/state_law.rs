//! RC-17 to RC-22: Missouri law and policy; SB-01 and SB-02: rules proposed in 2024, off unless
//! they are listed.

use events::Date;
use events::v1::child::{Finding, Location, PlanItem, Setting};
use timeline::{Proof, Proven};

use super::qrtp::{assessed, hearings};
use super::{State, Stay};

/// Day by which plan and search are on record.
pub(super) const RECORD_DAYS: i32 = 30;
/// Day by which the team meets after an emergency (RSMo 210.762: 72 hours).
const EMERGENCY_DAYS: i32 = 3;

/// The court's first order of the placement.
pub(super) fn court_order<'a>(stay: &'a Stay<'_>) -> Option<&'a Proven> {
    stay.proofs().find(|p| p.proof == Proof::Ordered)
}

/// RC-17: an evaluation on or before the court's first order of the placement (RSMo 211.081.2).
pub(super) fn clinical_basis(stay: &Stay<'_>) -> State {
    court_order(stay).map_or(State::NotApplicable, |order| {
        State::decided(stay.person.evaluations.iter().any(|(day, _)| *day <= order.day))
    })
}

/// RC-18: the division's certification on or before it (RSMo 211.081.2).
pub(super) fn certification(stay: &Stay<'_>) -> State {
    court_order(stay).map_or(State::NotApplicable, |order| {
        State::decided(stay.proven_by(Proof::Certified, order.day))
    })
}

/// RC-19: approval before a placement outside the state (RSMo 211.081.1).
pub(super) fn out_of_state(stay: &Stay<'_>) -> State {
    match stay.placement.location {
        None | Some(Location::Unknown) => State::Unknown,
        Some(Location::InState) => State::NotApplicable,
        Some(Location::OutOfState | Location::OutOfCountry) => {
            State::decided(stay.proven_by(Proof::OutOfStateApproved, stay.placement.start))
        }
    }
}

/// RC-20: the family support team met before a change of placement, in an emergency within 72
/// hours (RSMo 210.762).
pub(super) fn team_met(stay: &Stay<'_>) -> State {
    if stay.episode.placements.first().is_some_and(|first| first.id == stay.placement.id) {
        return State::NotApplicable;
    }
    let deadline = meeting_deadline(stay);
    stay.by(deadline, stay.proven_by(Proof::TeamMet, deadline))
}

/// The day by which the team meets.
pub(super) fn meeting_deadline(stay: &Stay<'_>) -> Date {
    let emergency = stay.placement.emergency == Some(true);
    stay.day(if emergency { EMERGENCY_DAYS } else { 0 })
}

/// RC-21: setting, safety, least restrictive and proximity in the case plan (675(1)(A), (5)(A)).
pub(super) fn case_plan(stay: &Stay<'_>) -> State {
    let deadline = stay.day(RECORD_DAYS);
    let planned = stay.proofs().filter(|p| p.day <= deadline).fold(0, |all, p| match p.proof {
        Proof::PlanRevised(items) => all | items,
        _ => all,
    });
    stay.by(deadline, planned.count_ones() as usize == PlanItem::ALL.len())
}

/// RC-22: relatives were searched for, or found contrary to the child's interest (RSMo 210.565).
pub(super) fn relative_preference(stay: &Stay<'_>) -> State {
    if stay.placement.relative == Some(true) {
        return State::NotApplicable;
    }
    let deadline = stay.day(RECORD_DAYS);
    let last = stay.episode.end.map_or(deadline, |end| end.min(deadline));
    let found = stay.person.findings.iter().any(|(day, finding, _)| {
        *finding == Finding::RelativeContrary && stay.episode.removal <= *day && *day <= last
    });
    stay.by(deadline, found || stay.proven_by(Proof::RelativesSearched, deadline))
}

/// Settings that the rules of 2024 leave out.
const fn left_out(setting: Setting) -> bool {
    matches!(setting, Setting::Shelter | Setting::ParentingYouth)
}

/// SB-01: an assessment by day 30 in every residential setting (SB 811 of 2024).
pub(super) fn assessment_everywhere(stay: &Stay<'_>) -> State {
    if left_out(stay.placement.setting) { State::NotApplicable } else { assessed(stay) }
}

/// SB-02: for each later review or permanency hearing of the stay, an assessment after the hearing
/// before it (or the first assessment) and by this one (SB 811 of 2024).
pub(super) fn reassessment(stay: &Stay<'_>) -> State {
    let first = stay.assessments().next().filter(|_| !left_out(stay.placement.setting));
    let Some(first) = first else { return State::NotApplicable };
    let mut after = first.day;
    let mut state = State::NotApplicable;
    for hearing in hearings(stay).filter(|h| h.day > first.day) {
        if hearing.day <= after {
            continue;
        }
        if !stay.assessments().any(|a| after < a.day && a.day <= hearing.day) {
            return State::Violated;
        }
        after = hearing.day;
        state = State::Met;
    }
    state
}
