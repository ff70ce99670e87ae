//! Meetings about a child and visits to it, month by month; the case plan with them.

use events::Date;
use events::v1::child::{MeetingKind, VisitPlace};

use super::episode::{Child, Episode};
use super::fact::{Contact, Fact};
use super::handling::Handling;
use super::placements::Stay;
use super::scribe::Scribe;

/// Days between reviews of the plan.
const REVIEW_DAYS: i32 = 182;

/// Tells of the meetings of an episode; gives the one within 72 hours, if it was held.
pub(super) fn meetings(
    scribe: &mut Scribe<'_>,
    child: &mut Child,
    episode: &Episode,
    stays: &[Stay],
) -> Option<u16> {
    if scribe.thin() {
        return None;
    }
    let mut meeting = |scribe: &mut Scribe<'_>, on: Date, kind, placement: Option<u16>| {
        (on <= episode.exit).then(|| {
            child.meetings += 1;
            let parents = scribe.dice.percent(70);
            let meeting = child.meetings;
            let held = Contact::Meeting { meeting, kind, placement, parents };
            scribe.tell(on, Fact::Contact(held));
            meeting
        })
    };
    let after = |days| episode.start.add_days(days);
    let mut first = None;
    let early: &[(MeetingKind, u32, i32, i32)] = &[
        (MeetingKind::Hours24, 85, 0, 2),
        (MeetingKind::Hours72, 94, 1, 3),
        (MeetingKind::Days30, 92, 20, 32),
        (MeetingKind::Other, 60, 50, 65),
    ];
    for (kind, percent, least, most) in early {
        if scribe.dice.percent(*percent) {
            let on = after(scribe.dice.between(*least, *most));
            let held = meeting(scribe, on, *kind, None);
            first = first.or(held.filter(|_| *kind == MeetingKind::Hours72));
        }
    }
    for stay in stays.iter().skip(1) {
        if scribe.dice.percent(86) {
            let days = if stay.emergency() { (0, 4) } else { (-8, 0) };
            let on = stay.start.add_days(scribe.dice.between(days.0, days.1));
            meeting(scribe, on, MeetingKind::Placement, Some(stay.placing.placement));
        }
    }
    let on = after(scribe.dice.between(15, 33));
    plan(scribe, on, episode);
    let mut on = episode.start;
    while on <= episode.exit && on <= scribe.world.calendar.last {
        on = on.add_days(REVIEW_DAYS + scribe.dice.between(-12, 6));
        meeting(scribe, on, MeetingKind::Pprt, None);
        let written = on.add_days(scribe.dice.between(0, 12));
        plan(scribe, written, episode);
    }
    first
}

fn plan(scribe: &mut Scribe<'_>, on: Date, episode: &Episode) {
    if on <= episode.exit && scribe.dice.percent(90) {
        let complete = scribe.dice.percent(92);
        scribe.tell(on, Fact::PlanRevised { placement: None, complete });
    }
}

/// Tells of the worker's visits: in nearly every month one, in some two.
pub(super) fn visits(scribe: &mut Scribe<'_>, episode: &Episode, handling: &Handling<'_>) {
    if scribe.thin() {
        return;
    }
    let end = episode.exit.min(scribe.world.calendar.last.next());
    let mut from = episode.start.next();
    while from < end {
        let (year, month, _) = from.ymd();
        let month_end = Date::from_ymd(year, month, 1).unwrap_or(from).add_months(1);
        let days = from.days_until(month_end.min(end));
        let visits = scribe.dice.weighted(&[(4, 0), (82, 1), (14, 2)]);
        for _ in 0..visits.min(days / 4) {
            let on = from.add_days(scribe.dice.between(0, days - 1));
            visit(scribe, on, handling);
        }
        from = month_end;
    }
}

fn visit(scribe: &mut Scribe<'_>, on: Date, handling: &Handling<'_>) {
    let Some(worker) = handling.worker(on) else { return };
    let place = scribe.dice.weighted(&[(78, VisitPlace::Residence), (22, VisitPlace::Other)]);
    let face_to_face = scribe.dice.percent(98);
    scribe.tell(on, Fact::Contact(Contact::Visit { worker, place, face_to_face }));
}
