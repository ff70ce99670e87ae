//! Hearings of an episode and what the court found there.

use events::Date;
use events::v1::child::{Finding, HearingKind};

use super::episode::{Child, Episode};
use super::fact::{Contact, Fact};
use super::scribe::Scribe;

/// A hearing that was held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) hearing: u16,
    pub(super) kind: HearingKind,
    pub(super) on: Date,
}

/// Draws the hearings of an episode and tells of them and their findings.
pub(super) fn write(scribe: &mut Scribe<'_>, child: &mut Child, episode: &Episode) -> Vec<Held> {
    let mut days = first_hearings(scribe, episode.start);
    let last = scribe.world.calendar.last;
    let disposition = days[days.len() - 1].1;
    let year_end = episode.start.add_days(365);
    let mut on = disposition;
    while !scribe.thin() && on <= episode.exit && on <= last {
        let months = if on < year_end { (85, 122) } else { (150, 186) };
        on = on.add_days(scribe.dice.between(months.0, months.1));
        days.push((HearingKind::Review, on));
    }
    // Within twelve months of the first placement, then yearly.
    let mut on = episode.start;
    while on <= episode.exit && on <= last {
        let days_between = if scribe.dice.percent(88) { (315, 361) } else { (366, 450) };
        on = on.add_days(scribe.dice.between(days_between.0, days_between.1));
        days.push((HearingKind::Permanency, on));
    }
    let calendar = &scribe.world.calendar;
    days.iter_mut().for_each(|(_, on)| *on = calendar.working_day(*on));
    days.retain(|(_, on)| *on <= episode.exit);
    days.sort_by_key(|(_, on)| *on);
    let mut hearings = Vec::with_capacity(days.len());
    for (kind, on) in days {
        child.hearings += 1;
        let hearing = child.hearings;
        let continued = scribe.dice.percent(6);
        let first = matches!(kind, HearingKind::ProtectiveCustody | HearingKind::Adjudication);
        if !scribe.thin() || !first {
            scribe.tell(on, Fact::Contact(Contact::Hearing { hearing, kind, continued }));
        }
        findings(scribe, kind, on);
        hearings.push(Held { hearing, kind, on });
    }
    hearings
}

/// Protective custody within three working days, adjudication within 60 days and disposition
/// within 90, all mostly (RSMo 211.032).
fn first_hearings(scribe: &mut Scribe<'_>, removal: Date) -> Vec<(HearingKind, Date)> {
    let dice = &mut scribe.dice;
    let business_days = dice.weighted(&[(30, 1), (40, 2), (26, 3), (3, 4), (1, 6)]);
    let custody = scribe.world.calendar.business_days_after(removal, business_days);
    let (least, most) = dice.weighted(&[(88, (20, 57)), (12, (58, 110))]);
    let adjudication = removal.add_days(dice.between(least, most));
    let disposition = adjudication.add_days(dice.between(0, 35));
    vec![
        (HearingKind::ProtectiveCustody, custody),
        (HearingKind::Adjudication, adjudication),
        (HearingKind::Disposition, disposition),
    ]
}

fn findings(scribe: &mut Scribe<'_>, kind: HearingKind, on: Date) {
    let thin = scribe.thin();
    let findings: &[(u32, Finding)] = match kind {
        HearingKind::ProtectiveCustody if !thin => {
            &[(92, Finding::ReasonableEffortsPrevent), (50, Finding::BestInterest)]
        }
        HearingKind::Adjudication => &[(93, Finding::AbuseNeglect)],
        HearingKind::Disposition => &[(4, Finding::RelativeContrary)],
        HearingKind::Permanency if !thin => &[(90, Finding::ReasonableEffortsFinalize)],
        HearingKind::ProtectiveCustody | HearingKind::Review | HearingKind::Permanency => &[],
    };
    for (percent, finding) in findings {
        if scribe.dice.percent(*percent) {
            scribe.tell(on, Fact::Found(*finding));
        }
    }
}
