//! RC-06 to RC-12 and RC-15: qualified residential treatment programs (42 USC 672(k), 675a(c)).

use events::Date;
use events::v1::child::{
    AssessorEmployer, CourtOutcome, Determination, HearingKind, Setting, TeamItem,
};
use timeline::{Assessment, Hearing, Proof, Reasons};

use super::{State, Stay};

/// Day by which a placement is assessed (675a(c)(1)(A)).
pub(super) const ASSESSMENT_DAYS: i32 = 30;
/// Day by which a court decides about it (675a(c)(2)).
pub(super) const COURT_DAYS: i32 = 60;
/// Days after a negative finding by which the child leaves (672(k)(3)(B)).
pub(super) const TRANSITION_DAYS: i32 = 30;
/// Months of aftercare (672(k)(4)(F)).
const AFTERCARE_MONTHS: u32 = 6;

/// RC-06: a qualified individual assessed the need by day 30; an earlier date counts too.
pub(crate) fn assessment_done(stay: &Stay<'_>) -> State {
    if stay.is_qrtp() { assessed(stay) } else { State::NotApplicable }
}

/// An assessment by day 30, in any setting.
pub(super) fn assessed(stay: &Stay<'_>) -> State {
    let deadline = stay.day(ASSESSMENT_DAYS);
    let by_deadline = stay.assessments().any(|a| a.day <= deadline);
    stay.by(deadline, by_deadline)
}

/// RC-07 and RC-08 judge the last assessment by day 30, else the first after. Without any they are
/// pending with RC-06, else not applicable: RC-06 alone carries the violation.
fn of_assessment(stay: &Stay<'_>, judge: impl Fn(&Assessment) -> State) -> State {
    let deadline = stay.day(ASSESSMENT_DAYS);
    if !stay.is_qrtp() || stay.ended_before(deadline) {
        return State::NotApplicable;
    }
    let by_deadline = stay.assessments().filter(|a| a.day <= deadline).last();
    match by_deadline.or_else(|| stay.assessments().find(|a| a.day > deadline)) {
        Some(assessment) => judge(assessment),
        None if assessment_done(stay) == State::Pending => State::Pending,
        None => State::NotApplicable,
    }
}

/// RC-07: the assessor is independent, or a waiver is named (675a(c)(1)(D)).
pub(super) fn assessor_independent(stay: &Stay<'_>) -> State {
    of_assessment(stay, |a| match a.employer {
        _ if a.waiver => State::Met,
        Some(AssessorEmployer::Independent) => State::Met,
        Some(AssessorEmployer::Agency | AssessorEmployer::PlacementProvider) => State::Violated,
        None => State::Unknown,
    })
}

/// RC-08: goals are listed, and reasons written unless a family setting is right; a shortage of
/// foster homes is no reason (675a(c)(1)(A), (C)).
pub(super) fn assessment_content(stay: &Stay<'_>) -> State {
    of_assessment(stay, |a| {
        let family = a.determination == Determination::FamilySetting;
        let bad_reasons = matches!(a.reasons, Reasons::Empty | Reasons::Shortage) && !family;
        if a.goals_listed == Some(false) || bad_reasons {
            State::Violated
        } else if a.goals_listed.is_none() || a.reasons == Reasons::Missing {
            State::Unknown
        } else {
            State::Met
        }
    })
}

/// RC-09: the seven items of the team's record by day 30, whichever events document them.
pub(super) fn team_record(stay: &Stay<'_>) -> State {
    if !stay.is_qrtp() {
        return State::NotApplicable;
    }
    let deadline = stay.day(ASSESSMENT_DAYS);
    let documented = stay.proofs().filter(|p| p.day <= deadline).fold(0, |all, p| match p.proof {
        Proof::Team(items) => all | items,
        _ => all,
    });
    stay.by(deadline, documented.count_ones() as usize == TeamItem::ALL.len())
}

/// RC-10: a court approved by day 60; the last decision by then counts, a disapproval at once.
pub(super) fn court_decided(stay: &Stay<'_>) -> State {
    let deadline = stay.day(COURT_DAYS);
    if !stay.is_qrtp() || stay.ended_before(deadline) {
        return State::NotApplicable;
    }
    match stay.decisions().filter(|d| d.day <= deadline).last().map(|d| d.outcome) {
        Some(CourtOutcome::Approved) => State::Met,
        Some(CourtOutcome::Disapproved) => State::Violated,
        None => stay.by(deadline, false),
    }
}

/// RC-11, any setting: out within 30 days of the first negative finding; a later approval does
/// not cure it (672(k)(3)(B)).
pub(super) fn exit_after_negative(stay: &Stay<'_>) -> State {
    let Some(negative) = stay.first_negative() else { return State::NotApplicable };
    let deadline = negative.add_days(TRANSITION_DAYS);
    if stay.placement.end.is_some_and(|end| end <= deadline) {
        State::Met
    } else if stay.as_of <= deadline {
        State::Pending
    } else {
        State::Violated
    }
}

/// The reviews and permanency hearings on days of the stay.
pub(super) fn hearings<'a>(stay: &'a Stay<'_>) -> impl Iterator<Item = &'a Hearing> {
    let judged = |kind| matches!(kind, HearingKind::Review | HearingKind::Permanency);
    let during = |day: Date| stay.placement.contains(day);
    stay.person.hearings.iter().filter(move |h| judged(h.kind) && during(h.day))
}

/// RC-12: evidence on the placement at each of them, dated by the hearing (675a(c)(4)).
pub(super) fn review_evidence(stay: &Stay<'_>) -> State {
    let mut hearings = hearings(stay).peekable();
    if !stay.is_qrtp() || hearings.peek().is_none() {
        return State::NotApplicable;
    }
    let shown = |hearing: &Hearing| {
        stay.proofs().any(|p| match p.proof {
            Proof::Submitted(id) => {
                let named = stay.person.hearing_named(p.stream, id);
                named.is_some_and(|n| n.event == hearing.event) && p.day <= hearing.day
            }
            _ => false,
        })
    };
    State::decided(hearings.all(shown))
}

/// RC-15: at discharge, unless into another QRTP the same day, a plan by the end for aftercare of
/// at least six months from then (672(k)(4)(F)).
pub(super) fn aftercare(stay: &Stay<'_>) -> State {
    let Some(end) = stay.placement.end.filter(|_| stay.is_qrtp()) else {
        return State::NotApplicable;
    };
    let placements = stay.person.episodes.iter().flat_map(|e| &e.placements);
    let moved = |p: &timeline::Placement| p.setting == Setting::Qrtp && p.start == end;
    if placements.into_iter().any(moved) {
        return State::NotApplicable;
    }
    let planned = stay.proofs().any(|p| match p.proof {
        Proof::AftercarePlanned { from, until } => {
            p.day <= end && from <= end && until >= end.add_months(AFTERCARE_MONTHS)
        }
        _ => false,
    });
    stay.by(end, planned)
}
