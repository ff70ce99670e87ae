//! Where a child lives during an episode.

use events::Date;
use events::v1::child::{ExitReason, Location, Setting};

use super::dice::Dice;
use super::episode::{Child, Episode};
use super::fact::{County, EndReason, Fact, Home, Placing};
use super::scribe::Scribe;

/// A placement with its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stay {
    pub(super) placing: Placing,
    pub(super) start: Date,
    pub(super) end: Date,
}

impl Stay {
    pub(super) fn days(&self) -> i32 {
        self.start.days_until(self.end)
    }

    pub(super) fn emergency(&self) -> bool {
        self.placing.emergency == Some(true)
    }
}

/// Draws the placements of an episode and tells of their starts and ends.
pub(super) fn write(
    scribe: &mut Scribe<'_>,
    child: &mut Child,
    episode: &Episode,
    county: County,
) -> Vec<Stay> {
    let home_visit = home_visit(&mut scribe.dice, episode);
    let away_until = home_visit.unwrap_or(episode.exit);
    let mut starts = starts(&mut scribe.dice, episode.start, away_until);
    starts.extend(home_visit);
    let mut stays: Vec<Stay> = Vec::new();
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(episode.exit);
        let setting = if home_visit == Some(*start) {
            Setting::TrialHomeVisit
        } else if *start == starts[starts.len() - 1] && adopts(&mut scribe.dice, episode, n) {
            Setting::PreAdoptive
        } else {
            setting(&mut scribe.dice, child, *start, n == 0)
        };
        child.placements += 1;
        let placing = placing(scribe, child.placements, setting, &stays, county);
        let stay = Stay { placing, start: *start, end };
        tell(scribe, &stay, end == episode.exit);
        stays.push(stay);
    }
    stays
}

/// The start of a trial home visit: most children who go home try it first.
fn home_visit(dice: &mut Dice, episode: &Episode) -> Option<Date> {
    let goes_home = episode.reason == ExitReason::Reunification && episode.days() > 60;
    let days = dice.between(14, 120).min(episode.days() / 2);
    (goes_home && dice.percent(60)).then(|| episode.exit.add_days(-days))
}

/// The starts of 1 to 12 placements within a time; moves crowd towards its beginning.
fn starts(dice: &mut Dice, from: Date, until: Date) -> Vec<Date> {
    let counts: &[(u32, i32)] = &[
        (27, 1),
        (25, 2),
        (17, 3),
        (11, 4),
        (8, 5),
        (4, 6),
        (3, 7),
        (1, 8),
        (1, 9),
        (1, 10),
        (1, 11),
        (1, 12),
    ];
    let days = from.days_until(until);
    let moves = dice.weighted(counts).min(1 + days / 15) - 1;
    let mut starts = vec![from];
    for _ in 0..moves {
        let day = dice.between(1, days - 1).min(dice.between(1, days - 1));
        starts.push(from.add_days(day));
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

fn adopts(dice: &mut Dice, episode: &Episode, moves: usize) -> bool {
    episode.reason == ExitReason::Adoption && moves > 0 && dice.percent(70)
}

fn setting(dice: &mut Dice, child: &Child, on: Date, first: bool) -> Setting {
    use Setting as S;
    let mut weights = match child.age(on) {
        ..6 => vec![
            (45, S::FosterFamily),
            (36, S::Relative),
            (17, S::Kin),
            (1, S::TherapeuticFoster),
            (1, S::Medical),
        ],
        6..13 => vec![
            (35, S::FosterFamily),
            (32, S::Relative),
            (19, S::Kin),
            (6, S::TherapeuticFoster),
            (3, S::Qrtp),
            (1, S::ResidentialTreatment),
            (1, S::Shelter),
            (1, S::PsychiatricHospital),
            (1, S::Respite),
        ],
        13.. => vec![
            (21, S::FosterFamily),
            (24, S::Relative),
            (15, S::Kin),
            (7, S::TherapeuticFoster),
            (10, S::Qrtp),
            (5, S::ResidentialTreatment),
            (4, S::GroupHome),
            (4, S::Shelter),
            (1, S::ChildCareInstitution),
            (2, S::PsychiatricHospital),
            (2, S::JuvenileJustice),
            (1, S::Medical),
            (1, S::TraffickingVictim),
        ],
    };
    if child.age(on) >= 13 {
        weights.push((if first { 0 } else { 3 }, S::Runaway));
        weights.push((if first { 0 } else { 1 }, S::WhereaboutsUnknown));
        weights.push((u32::from(child.female), S::ParentingYouth));
    }
    if child.age(on) >= 17 {
        weights.push((if child.age(on) >= 18 { 60 } else { 3 }, S::SupervisedIndependentLiving));
    }
    dice.weighted(&weights)
}

fn placing(
    scribe: &mut Scribe<'_>,
    placement: u16,
    setting: Setting,
    before: &[Stay],
    county: County,
) -> Placing {
    let away = matches!(setting, Setting::Runaway | Setting::WhereaboutsUnknown);
    let dice = &mut scribe.dice;
    let locations: &[(u32, Option<Location>)] = &[
        (95, Some(Location::InState)),
        (2, Some(Location::OutOfState)),
        (1, Some(Location::Unknown)),
        (2, None),
    ];
    let location = if away { Some(Location::Unknown) } else { dice.weighted(locations) };
    let elsewhere = setting != Setting::TrialHomeVisit && dice.percent(25);
    let county = if elsewhere { dice.weighted(&scribe.world.counties).county } else { county };
    let relative = setting == Setting::Relative;
    let says = relative || dice.percent(80);
    let emergency = dice.percent(if before.is_empty() { 35 } else { 12 });
    Placing {
        placement,
        setting,
        home: home(scribe, setting, before),
        location,
        county,
        relative: says.then_some(relative),
        emergency: emergency.then_some(true),
    }
}

/// Which home or facility; now and then one where the child has been before.
fn home(scribe: &mut Scribe<'_>, setting: Setting, before: &[Stay]) -> Home {
    use Setting as S;
    let dice = &mut scribe.dice;
    let last = before.last().map_or(Home::Unnamed, |stay| stay.placing.home);
    let been = before.iter().find(|stay| stay.placing.setting == setting);
    match setting {
        S::PreAdoptive if matches!(last, Home::Foster(_) | Home::Kin(_)) && dice.percent(60) => {
            last
        }
        S::FosterFamily | S::TherapeuticFoster | S::PreAdoptive => match been {
            Some(stay) if dice.percent(8) => stay.placing.home,
            _ => Home::Foster(1 + dice.below(scribe.world.foster_homes)),
        },
        S::Relative | S::Kin => {
            let home = scribe.household.number() * 4 + dice.below(4);
            if dice.percent(75) { Home::Kin(home) } else { Home::Unnamed }
        }
        _ if dice.percent(2) => Home::Unnamed,
        _ => scribe.world.facilities.pick(dice, setting).map_or(Home::Unnamed, Home::Facility),
    }
}

fn tell(scribe: &mut Scribe<'_>, stay: &Stay, at_exit: bool) {
    scribe.tell(stay.start, Fact::PlacementStarted(stay.placing));
    // A few ends are never entered.
    if scribe.dice.percent(2) {
        return;
    }
    let reasons: &[(u32, EndReason)] = &[
        (55, EndReason::Planned),
        (22, EndReason::Disruption),
        (20, EndReason::CaregiverRequest),
        (3, EndReason::RanAway),
    ];
    let reason = if at_exit { EndReason::LeftCare } else { scribe.dice.weighted(reasons) };
    let placement = stay.placing.placement;
    scribe.tell(stay.end, Fact::PlacementEnded { placement, reason });
}
