//! RC-13 and RC-14: long stays in QRTPs need the approval of the agency's head (675a(c)(5)).
//!
//! A run is QRTP placements without a gap, across facilities. The breach day of a placement is the
//! earlier of 12 (under 13: 6) months after its run's start and, only if the child had an earlier
//! run, the first day at whose end all QRTP days exceed 547.875 (182.625), that is 18 (6) times
//! 30.4375; not before the placement's start.

use events::Date;
use events::v1::child::Setting;
use timeline::{Placement, Proof};

use super::{State, Stay};

/// Age at which the longer limits begin to apply.
const THIRTEEN: i32 = 13;

/// The limits of one rule.
struct Limits {
    /// Months from the run's start.
    months: u32,
    /// The first whole day count that exceeds the cumulative limit.
    days: i32,
    /// Whether it is the rule for children under 13.
    under_13: bool,
}

const FROM_13: Limits = Limits { months: 12, days: 548, under_13: false };
const UNDER_13: Limits = Limits { months: 6, days: 183, under_13: true };

/// RC-13: over 12 consecutive or 18 cumulative months, 13 or older.
pub(super) fn thirteen_and_older(stay: &Stay<'_>) -> State {
    judge(stay, &FROM_13)
}

/// The breach day of RC-13.
pub(super) fn breach_from_thirteen(stay: &Stay<'_>) -> Date {
    breach_day(stay, &FROM_13)
}

/// RC-14: over 6 consecutive or cumulative months, under 13.
pub(super) fn under_thirteen(stay: &Stay<'_>) -> State {
    judge(stay, &UNDER_13)
}

/// The breach day of RC-14.
pub(super) fn breach_under_thirteen(stay: &Stay<'_>) -> Date {
    breach_day(stay, &UNDER_13)
}

fn judge(stay: &Stay<'_>, limits: &Limits) -> State {
    if !stay.is_qrtp() {
        return State::NotApplicable;
    }
    let breach = breach_day(stay, limits);
    // The child is still placed there at that day's end, and the day is over.
    if !stay.placement.contains(breach) || stay.as_of <= breach {
        return State::NotApplicable;
    }
    let Some(birth) = stay.person.birth else { return State::Unknown };
    if (breach < birth.birth.birthday(THIRTEEN)) != limits.under_13 {
        return State::NotApplicable;
    }
    State::decided(stay.proven_by(Proof::LongStayApproved, breach))
}

fn breach_day(stay: &Stay<'_>, limits: &Limits) -> Date {
    let runs = runs(stay);
    let own = runs.iter().rposition(|(start, _)| *start <= stay.placement.start);
    let start = own.map_or(stay.placement.start, |own| runs[own].0);
    let consecutive = start.add_months(limits.months);
    let cumulative = own.filter(|own| *own > 0).and_then(|_| day_number(&runs, limits.days));
    cumulative.map_or(consecutive, |c| c.min(consecutive)).max(stay.placement.start)
}

/// QRTP placements without a gap, `[start, end)`, by start; an open one has no end.
fn runs(stay: &Stay<'_>) -> Vec<(Date, Date)> {
    let placements = stay.person.episodes.iter().flat_map(|e| &e.placements);
    let qrtp = placements.filter(|p: &&Placement| p.setting == Setting::Qrtp);
    let mut spans: Vec<_> = qrtp.map(|p| (p.start, p.end.unwrap_or(Date::MAX))).collect();
    spans.sort_unstable();
    let mut runs: Vec<(Date, Date)> = Vec::new();
    for (start, end) in spans {
        match runs.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => runs.push((start, end)),
        }
    }
    runs
}

/// The `n`th day of all runs, from 1.
fn day_number(runs: &[(Date, Date)], n: i32) -> Option<Date> {
    let mut left = n;
    for (start, end) in runs {
        let days = start.days_until(*end);
        if left <= days {
            return Some(start.add_days(left - 1));
        }
        left -= days;
    }
    None
}
