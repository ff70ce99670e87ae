//! Federally claimable days: a funding limit beside the compliance of a placement (42 USC 672(k)).

use events::Date;
use events::v1::child::{CourtOutcome, Setting};

use super::qrtp::{COURT_DAYS, TRANSITION_DAYS};
use super::setting::UNSPECIFIED_DAYS;
use super::{State, Stay, assessment_done, unspecified};
use crate::Period;

/// Days of the period that are claimable for a placement, up to the as-of date; 0 for settings
/// that are no institutions.
pub(crate) fn claimable_days(stay: &Stay<'_>, days: Period) -> i64 {
    let Some(last) = last_claimable(stay) else { return 0 };
    let in_placement = stay.placement.end.map_or(days.end, |end| end.add_days(-1));
    let first = stay.placement.start.max(days.start);
    let last = last.min(in_placement).min(days.end).min(stay.as_of);
    i64::from((first.days_until(last) + 1).max(0))
}

/// The last day that is claimable, if the stay lasts so long; `None`: no day is.
fn last_claimable(stay: &Stay<'_>) -> Option<Date> {
    match stay.placement.setting {
        setting if unspecified(setting) => Some(stay.day(UNSPECIFIED_DAYS - 1)),
        Setting::Qrtp => last_in_qrtp(stay),
        Setting::ParentingYouth | Setting::TraffickingVictim => Some(Date::MAX),
        _ => None,
    }
}

/// In a QRTP none if the assessment was missed; else until 30 days after a negative finding and,
/// without an approval by day 60, until day 60.
fn last_in_qrtp(stay: &Stay<'_>) -> Option<Date> {
    if assessment_done(stay) == State::Violated {
        return None;
    }
    let sixty = stay.day(COURT_DAYS);
    let approved = stay.decisions().any(|d| d.outcome == CourtOutcome::Approved && d.day <= sixty);
    let after_negative = stay.first_negative().map(|day| day.add_days(TRANSITION_DAYS));
    let without_approval = (!approved).then_some(sixty);
    [after_negative, without_approval].into_iter().flatten().min().or(Some(Date::MAX))
}
